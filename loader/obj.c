/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What all object formats share: choosing the reader, questions about the
 * result. Leaf.
 */
#include "obj.h"

#include <elf.h>
#include <stdlib.h>
#include <unistd.h>

static const struct objfmt *const formats[] = {&gort__objelf};

int
gort__obj_parse(const void *data, size_t size, const char *file,
    struct gort__obj *o, struct gort_err *e)
{
	unsigned i;

	memset(o, 0, sizeof(*o));
	o->rd.data = data;
	o->rd.size = size;
	o->rd.file = file;
	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (formats[i]->probe(&o->rd))
			return formats[i]->parse(o, e);
	return gort__err(
	    e, GORT_EFORMAT, file, 0, "not an object file of a known format");
}

void
gort__obj_free(struct gort__obj *o)
{
	free(o->notes);
	free(o->syms);
	free(o->needed);
	memset(o, 0, sizeof(*o));
}

static const char *
machine_name(uint16_t machine)
{
	switch (machine) {
	case EM_386:
		return "i386";
	case EM_X86_64:
		return "x86-64";
	case EM_AARCH64:
		return "AArch64";
	case EM_ARM:
		return "ARM";
	case EM_RISCV:
		return "RISC-V";
	case EM_PPC64:
		return "PowerPC64";
	case EM_S390:
		return "S/390";
	default:
		return "another machine";
	}
}

#if defined(__x86_64__)
#define HOST_MACHINE EM_X86_64
#elif defined(__i386__)
#define HOST_MACHINE EM_386
#elif defined(__aarch64__)
#define HOST_MACHINE EM_AARCH64
#endif

int
gort__obj_check_host(const struct gort__obj *o, struct gort_err *e)
{
	const unsigned bits = 8 * sizeof(void *);

	if (o->machine != HOST_MACHINE || o->bits != bits || o->rd.big)
		return gort__err(e, GORT_EARCH, o->rd.file, 18,
		    "built for %s (e_machine %u, %u-bit, %s-endian), this "
		    "process is %s (%u-bit)",
		    machine_name(o->machine), o->machine, o->bits,
		    o->rd.big ? "big" : "little", machine_name(HOST_MACHINE),
		    bits);
	if (o->kind != OBJ_SHARED)
		return gort__err(
		    e, GORT_EFORMAT, o->rd.file, 16, "not a shared object");
	return 0;
}

bool
gort__obj_imports(const struct gort__obj *o, const char *name)
{
	uint32_t i;

	for (i = 0; i < o->nsyms; i++)
		if (!o->syms[i].defined && strcmp(o->syms[i].name, name) == 0)
			return true;
	return false;
}

/* Length of an $ORIGIN at the start of an entry, or 0. */
static size_t
origin_prefix(const char *entry)
{
	if (strncmp(entry, "$ORIGIN", 7) == 0)
		return 7;
	if (strncmp(entry, "${ORIGIN}", 9) == 0)
		return 9;
	return 0;
}

bool
gort__obj_origin_path(const struct gort__obj *o, const char *path,
    const char *needed, char *buf, size_t n)
{
	const char *entry = o->runpath, *slash = strrchr(path, '/'), *end;
	size_t skip;
	int len;

	if (strchr(needed, '/'))
		return false;
	for (; entry && *entry; entry = *end ? end + 1 : end) {
		end = entry + strcspn(entry, ":");
		skip = origin_prefix(entry);
		if (!skip)
			continue;
		len = snprintf(buf, n, "%.*s%.*s/%s",
		    slash ? (int)(slash - path) : 1, slash ? path : ".",
		    (int)((size_t)(end - entry) - skip), entry + skip, needed);
		if (len > 0 && (size_t)len < n && access(buf, R_OK) == 0)
			return true;
	}
	return false;
}
