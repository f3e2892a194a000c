/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Thread-local variables of an image.
 *
 * Note [The TLS carrier]
 * Only the dynamic linker can give a module of TLS to all threads: those that
 * run already and those to come, with their own copy of the initial values,
 * freed when they end; and only it has room at a fixed distance from the thread
 * pointer, which code that was compiled for a program (local-exec,
 * initial-exec) needs. So the variables of an image are put into a shared
 * object that has nothing else: a page or two, written here, loaded from a
 * memfd. Its relocations tell the module's number and, where that is needed,
 * the distance; __tls_get_addr is then the process's own, and dlclose() frees
 * all. Static room is small (glibc: 1664 bytes and what
 * rtld.optional_static_tls adds); a link that needs more is refused by dlopen.
 */
#include "../include/small.h"
#include "dso.h"
#include "filecopy.h"
#include "link.h"
#include "../runtime/os.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define NAME "gort_tls"

/* The file; the template of the variables follows, aligned. */
struct carrier {
	ElfW(Ehdr) eh;
	ElfW(Phdr) ph[4];
	ElfW(Dyn) dyn[12];
	ElfW(Sym) sym[2];
	uintptr_t rel[3 * 3]; /* ElfW(Rel) or ElfW(Rela), side by side */
	uint32_t hash[5];     /* one bucket, two symbols */
	char names[1 + sizeof(NAME)];
	uintptr_t words[4]; /* what the relocations fill: module, distance, */
			    /* a descriptor */
};

#define AT(member) offsetof(struct carrier, member)

static void
add_dyn(struct carrier *c, unsigned *n, int tag, size_t value)
{
	c->dyn[*n].d_tag = tag;
	c->dyn[(*n)++].d_un.d_val = value;
}

static void
fill_header(struct carrier *c)
{
	memcpy(c->eh.e_ident, ELFMAG, SELFMAG);
	c->eh.e_ident[EI_CLASS] = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
	c->eh.e_ident[EI_DATA] = ELFDATA2LSB;
	c->eh.e_ident[EI_VERSION] = EV_CURRENT;
	c->eh.e_type = ET_DYN;
	c->eh.e_machine = gort__relmachine.elf;
	c->eh.e_version = EV_CURRENT;
	c->eh.e_phoff = AT(ph);
	c->eh.e_ehsize = sizeof(c->eh);
	c->eh.e_phentsize = sizeof(c->ph[0]);
	c->eh.e_phnum = 4;
}

/* A record of some words behind the first n: for a word, of no symbol. */
static unsigned
add_relocation(struct carrier *c, unsigned n, unsigned word, uint32_t type)
{
	c->rel[n] = AT(words) + word * sizeof(c->words[0]);
	c->rel[n + 1] = type;
	return n + (gort__relmachine.rela ? 3 : 2);
}

/* Those that are asked for: each kind may need room that is scarce. */
static size_t
fill_relocations(struct carrier *c, const struct gort_link *lk)
{
	unsigned n = add_relocation(c, 0, 0, gort__relmachine.dtpmod);

	if (lk->static_tls)
		n = add_relocation(c, n, 1, gort__relmachine.tpoff);
	if (lk->desc_tls)
		n = add_relocation(c, n, 2, gort__relmachine.tlsdesc_type);
	return n * sizeof(c->rel[0]);
}

static void
fill_dynamic(struct carrier *c, const struct gort_link *lk)
{
	const bool rela = gort__relmachine.rela;
	unsigned n = 0;

	add_dyn(c, &n, DT_HASH, AT(hash));
	add_dyn(c, &n, DT_SYMTAB, AT(sym));
	add_dyn(c, &n, DT_STRTAB, AT(names));
	add_dyn(c, &n, DT_STRSZ, sizeof(c->names));
	add_dyn(c, &n, DT_SYMENT, sizeof(c->sym[0]));
	add_dyn(c, &n, rela ? DT_RELA : DT_REL, AT(rel));
	add_dyn(c, &n, rela ? DT_RELASZ : DT_RELSZ, fill_relocations(c, lk));
	add_dyn(c, &n, rela ? DT_RELAENT : DT_RELENT,
	    (rela ? 3 : 2) * sizeof(c->rel[0]));
	if (lk->static_tls)
		add_dyn(c, &n, DT_FLAGS, DF_STATIC_TLS);
	c->hash[0] = 1;
	c->hash[1] = 2;
	c->hash[2] = 1; /* the bucket; no symbol follows */
	memcpy(c->names + 1, NAME, sizeof(NAME));
	c->sym[1].st_name = 1;
	c->sym[1].st_info = ELF32_ST_INFO(STB_GLOBAL, STT_OBJECT);
	c->sym[1].st_shndx = 1;
	c->sym[1].st_value = AT(words);
	c->sym[1].st_size = sizeof(c->words);
}

/* tls: where the template lies in the file. */
static void
fill_segments(
    struct carrier *c, const struct gort_link *lk, size_t tls, size_t size)
{
	/* sizes are below the limit of images */
	size_t memsz = (size_t)lk->part_size[PART_TLS];
	size_t align = (size_t)lk->part_align[PART_TLS];
	ElfW(Phdr) *ph = c->ph;

	ph[0].p_type = PT_LOAD;
	ph[0].p_flags = PF_R | PF_W;
	ph[0].p_filesz = ph[0].p_memsz = size;
	ph[0].p_align = gort__pagesize();
	ph[1].p_type = PT_DYNAMIC;
	ph[1].p_flags = PF_R | PF_W;
	ph[1].p_offset = ph[1].p_vaddr = AT(dyn);
	ph[1].p_filesz = ph[1].p_memsz = sizeof(c->dyn);
	ph[1].p_align = 8;
	ph[2].p_type = PT_TLS;
	ph[2].p_flags = PF_R;
	ph[2].p_offset = ph[2].p_vaddr = tls;
	ph[2].p_filesz = (size_t)lk->tls_file;
	ph[2].p_memsz = memsz ? memsz : 1;
	ph[2].p_align = align ? align : 1;
	ph[3].p_type = PT_GNU_STACK;
	ph[3].p_flags = PF_R | PF_W;
}

static bool
write_all(int fd, const uint8_t *p, size_t n)
{
	while (n) {
		ssize_t k = write(fd, p, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return false;
		p += k;
		n -= (size_t)k;
	}
	return true;
}

static int
load(struct gort_link *lk, const uint8_t *file, size_t size, struct gort_err *e)
{
	int fd = gort__memfd("gort:tls");
	void *words;

	if (fd < 0 || !write_all(fd, file, size)) {
		gort__err(e, GORT_ESYS, NULL, GORT_ERR_NO_OFFSET,
		    "cannot make a file for TLS: %s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return -GORT_ESYS;
	}
	gort__filecopy_path(fd, lk->tls_path, sizeof(lk->tls_path));
	lk->tls_handle = dlopen(lk->tls_path, RTLD_NOW | RTLD_LOCAL);
	close(fd);
	words = lk->tls_handle ? dlsym(lk->tls_handle, NAME) : NULL;
	if (!words)
		return gort__err(e, GORT_ELOAD, NULL, GORT_ERR_NO_OFFSET,
		    "thread-local variables (0x%llx bytes%s): %s",
		    (unsigned long long)lk->part_size[PART_TLS],
		    lk->static_tls ? ", static: compile with -fPIC" : "",
		    dlerror());
	lk->tls_words = words;
	lk->tls_module = lk->tls_words[0];
	lk->tls_offset = (intptr_t)lk->tls_words[1];
	lk->tls_desc = lk->desc_tls ? (uintptr_t)&lk->tls_words[2] : 0;
	return 0;
}

int
gort__link_tls(struct gort_link *lk, struct gort_err *e)
{
	size_t align = (size_t)lk->part_align[PART_TLS], tls, size;
	size_t used = (size_t)lk->tls_file;
	struct carrier *c;
	uint8_t *file;
	int rc;

	if (!lk->has_tls)
		return 0;
	rc = used ? gort__link_relocate(lk, true, e) : 0;
	if (rc)
		return rc;
	/* the loader wants the template as far into a page as its block */
	tls = sizeof(*c) + (align > 16 ? align : 16);
	tls -= tls % (align > 16 ? align : 16);
	size = tls + used;
	file = calloc(1, size);
	if (!file)
		return gort__err(e, GORT_ENOMEM, NULL, GORT_ERR_NO_OFFSET,
		    "no memory for TLS");
	c = (struct carrier *)(void *)file;
	fill_header(c);
	fill_dynamic(c, lk);
	fill_segments(c, lk, tls, size);
	if (used)
		memcpy(file + tls, lk->part[PART_TLS], used);
	rc = load(lk, file, size, e);
	free(file);
	if (rc == 0)
		gort__link_place_own(lk);
	return rc;
}

/*
 * Whether the carrier is still there is asked of the list of objects, not by
 * dlopen(RTLD_NOLOAD): that would open what its path leads to by now, which may
 * be a pipe that nobody writes to.
 */
bool
gort__link_tls_free(struct gort_link *lk)
{
	if (!lk->tls_handle)
		return true;
	dlclose(lk->tls_handle);
	lk->tls_handle = NULL;
	return !gort__dso_is_mapped(lk->tls_path, NULL);
}
