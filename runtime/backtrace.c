/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Backtraces and their text: module versions by their own names, also after
 * unload; other objects by what the dynamic linker knows.
 */
#include "../include/small.h"
#include "runtime.h"
#include "dynlib.h"
#include "linked.h"

#include <string.h>

size_t
gort_backtrace(void **pcs, size_t n)
{
	struct g *gp = gort__getg();
	uint32_t taken = 0, max = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
	struct walk w = {.pcs = pcs, .n = &taken, .max = max, .full = true};
	struct gort__regs regs;
	bool is_fault = false, lockless = false;

	if (!max)
		return 0;
	gort__getregs(&regs);
	if (gp) {
		gort__unwind_begin(gp);
		lockless = gort__unwind_lockless(gp, true);
	}
	/* the first step leaves this function */
	while (gort__unwind_look(gp, &regs, &is_fault) != STEP_END &&
	       taken < max) {
		if (gp && !is_fault)
			gort__unwind_quick(gp, &regs, &w);
		if (taken < max)
			pcs[taken++] = (void *)regs.pc;
	}
	if (gp)
		gort__unwind_lockless(gp, lockless);
	return taken;
}

/* What gort linked itself, as the dynamic linker would tell it. */
static bool
linked_info(const void *addr, struct gort__dlinfo *info)
{
	struct gort__linked_name name;
	const char *slash;

	if (!gort__linked_name(addr, &name))
		return false;
	slash = strrchr(name.object, '/');
	gort__copy(
	    info->file, sizeof(info->file), slash ? slash + 1 : name.object);
	gort__copy(info->symbol, sizeof(info->symbol), name.symbol);
	info->base = name.section;
	info->symbol_at = name.symbol_at;
	return true;
}

/* A text that grows; what does not fit is left out. */
struct text {
	char *at, *end;
};

static void
put(struct text *t, const char *s)
{
	while (*s && t->at < t->end)
		*t->at++ = *s++;
}

static void
put_hex(struct text *t, uintptr_t v)
{
	char digits[2 * sizeof(v) + 1], *p = digits + sizeof(digits);

	*--p = '\0';
	do
		*--p = "0123456789abcdef"[v & 15];
	while (v >>= 4);
	put(t, "0x");
	put(t, p);
}

/* "(file+0xoff)" of an address that is base and more. */
static void
put_place(struct text *t, const struct gort__image *im, bool live,
    const struct gort__dlinfo *info, uintptr_t at)
{
	put(t, "(");
	if (im) {
		put(t, im->name);
		put(t, " ");
		put(t, im->version);
		put(t, live ? "" : ", unloaded");
	} else {
		put(t, info->file);
	}
	put(t, "+");
	put_hex(t, at - (uintptr_t)(im ? im->base : info->base));
	put(t, ")");
}

size_t
gort_describe_pc(const void *pc, char *buf, size_t n)
{
	const struct gort__image *im = gort__image_of_pc(pc);
	bool live = im && atomic_load(&im->used);
	struct gort__dlinfo info;
	char line[512];
	struct text t = {line, line + sizeof(line) - 1};
	uintptr_t at = (uintptr_t)pc;
	bool known;
	size_t len;

	/* a return address may be one past its function's end */
	known = gort__dl_info((const char *)pc - 1, &info) ||
		linked_info((const char *)pc - 1, &info);
	if (im && known && !live)
		im = NULL;
	if (!im && !known) {
		put_hex(&t, at);
	} else {
		if (known && info.symbol[0]) {
			put(&t, info.symbol);
			put(&t, "+");
			put_hex(&t, at - (uintptr_t)info.symbol_at);
			put(&t, " ");
		} else {
			put(&t, "?? ");
		}
		put_place(&t, im, live, &info, at);
	}
	*t.at = '\0';
	len = (size_t)(t.at - line);
	if (n)
		gort__copy(buf, n, line);
	return len;
}

/* Append as snprintf does: counts what did not fit. */
GORT__PRINTF(4, 5)
static void
add(char *buf, size_t n, size_t *len, const char *fmt, ...)
{
	va_list ap;
	int k;

	va_start(ap, fmt);
	k = vsnprintf(
	    *len < n ? buf + *len : NULL, *len < n ? n - *len : 0, fmt, ap);
	va_end(ap);
	if (k > 0)
		*len += (size_t)k;
}

__attribute__((cold)) size_t
gort_format_error(const struct gort_error *err, char *buf, size_t n)
{
	char where[256];
	size_t len = 0;
	uint32_t i;

	if (n)
		buf[0] = '\0';
	add(buf, n, &len, "panic: %s%s%s", err->message,
	    err->code == GORT_EPANIC ? "" : "\n[",
	    err->code == GORT_EPANIC ? "" : gort_strerror(err->code));
	if (err->code == GORT_EFAULT)
		add(buf, n, &len, ": signal %d, address 0x%zx", err->signo,
		    (size_t)err->address);
	add(buf, n, &len, "%s\n", err->code == GORT_EPANIC ? "" : "]");
	if (err->module[0])
		add(buf, n, &len, "in module %s %s\n", err->module,
		    err->version);
	add(buf, n, &len, "\nbacktrace:\n");
	for (i = 0; i < err->nframes; i++) {
		gort_describe_pc(err->frames[i], where, sizeof(where));
		add(buf, n, &len, "  #%u %s\n", i, where);
	}
	if (err->nframes == GORT_ERROR_FRAMES)
		add(buf, n, &len, "  ...\n");
	if (err->skipped_at)
		gort_describe_pc(err->skipped_at, where, sizeof(where));
	if (err->skipped)
		add(buf, n, &len,
		    "(%u frames left without running their cleanups%s%s)\n",
		    err->skipped, err->skipped_at ? ", first " : "",
		    err->skipped_at ? where : "");
	return len;
}
