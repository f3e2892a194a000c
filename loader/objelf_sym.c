/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ELF symbol tables (gABI, "Symbol Table") and the names of machines. Leaf.
 */
#include "objelf.h"

#include <stdlib.h>

/* Registered e_machine values (gABI, "ELF Header") that one meets. */
static const struct {
	uint16_t machine;
	const char *name;
} machines[] = {
    {2, "SPARC"},
    {EM_386, "i386"},
    {4, "m68k"},
    {EM_MIPS, "MIPS"},
    {15, "PA-RISC"},
    {20, "PowerPC"},
    {21, "PowerPC64"},
    {EM_S390, "S/390"},
    {EM_ARM, "ARM"},
    {42, "SuperH"},
    {43, "SPARC V9"},
    {50, "IA-64"},
    {EM_X86_64, "x86-64"},
    {83, "AVR"},
    {94, "Xtensa"},
    {EM_AARCH64, "AArch64"},
    {224, "AMD GPU"},
    {EM_RISCV, "RISC-V"},
    {247, "BPF"},
    {258, "LoongArch"},
    {EM_ALPHA, "Alpha"},
};

const char *
gort__elf_machine_name(uint32_t machine)
{
	unsigned i;

	for (i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		if (machines[i].machine == machine)
			return machines[i].name;
	return "another machine";
}

#define X OBJ_BIND_OTHER
static const uint8_t binds[16] = {OBJ_LOCAL, OBJ_GLOBAL, OBJ_WEAK, X, X, X, X,
    X, X, X, OBJ_UNIQUE, X, X, X, X, X};
#undef X
#define X OBJ_TYPE_OTHER
static const uint8_t types[16] = {OBJ_NOTYPE, OBJ_DATA, OBJ_FUNC, OBJ_SECTION,
    OBJ_FILE, OBJ_COMMON, OBJ_TLS, X, X, X, OBJ_IFUNC, X, X, X, X, X};
#undef X
_Static_assert(STB_GNU_UNIQUE == 10 && STT_GNU_IFUNC == 10 && STT_TLS == 6,
    "gABI, Symbol Table");

/*
 * The section of a symbol: an index below o->nsecs or an OBJ_SHN_... Without
 * section headers a defined symbol has OBJ_SHN_OTHER. xindex: the offset of
 * its word of SHT_SYMTAB_SHNDX, or 0. false: out of range.
 */
static bool
section_of(const struct gort__obj *o, uint32_t shndx, uint64_t xindex,
    uint32_t *section)
{
	if (shndx == SHN_XINDEX) {
		if (!xindex)
			return false;
		shndx = rd_u32(&o->rd, xindex);
	} else if (shndx == SHN_ABS) {
		*section = OBJ_SHN_ABS;
		return true;
	} else if (shndx == SHN_COMMON ||
		   (shndx == SHN_X86_64_LCOMMON && o->machine == EM_X86_64)) {
		/* that of large data: anywhere, as an image is small enough */
		*section = OBJ_SHN_COMMON;
		return true;
	} else if (shndx >= SHN_LORESERVE) {
		*section = OBJ_SHN_OTHER;
		return true;
	}
	*section = shndx;
	if (shndx == 0 || shndx < o->nsecs)
		return true;
	/* the dynamic linker does not look, and BOLT leaves wrong ones */
	*section = OBJ_SHN_OTHER;
	return o->nsecs == 0 || o->kind != OBJ_RELOCATABLE;
}

/* The fields of one symbol as the file has them. */
struct raw {
	uint32_t name, shndx;
	uint8_t info, other;
	uint64_t value, size;
};

static struct raw
read_raw(const struct gort__obj *o, const struct layout *l, uint64_t at)
{
	struct raw w;

	w.name = rd_u32(&o->rd, at);
	w.info = (uint8_t)elf_get(o, at, l->st_info);
	w.other = (uint8_t)elf_get(o, at, l->st_other);
	w.shndx = (uint32_t)elf_get(o, at, l->st_shndx);
	w.value = elf_get(o, at, l->st_value);
	w.size = elf_get(o, at, l->st_size);
	return w;
}

/* Elf64_Sym in this machine's order, at any address (gABI, "Symbol Table"). */
struct __attribute__((packed)) sym64 {
	uint32_t name;
	uint8_t info, other;
	uint16_t shndx;
	uint64_t value, size;
};

/* The same for the most usual class and order. */
static inline struct raw
read_raw_usual(const struct gort__obj *o, uint64_t at)
{
	const struct sym64 *s = (const void *)(o->rd.data + at);
	struct raw w = {
	    s->name, s->shndx, s->info, s->other, s->value, s->size};

	return w;
}

int
gort__elf_read_symbols(struct gort__obj *o, uint64_t off, uint64_t n,
    const struct rd_strings *strings, uint64_t xindex,
    struct gort__objsym **syms, uint32_t *nsyms, struct gort_err *e)
{
	const struct layout *l = gort__elf_layout(o);
	const bool usual = elf_is_usual(o);
	struct gort__objsym *s;
	uint64_t i, at = off;

	if (n == 0)
		return 0;
	if (n > UINT32_MAX)
		return gort__rd_bad(&o->rd, off, e, "too many symbols");
	*syms = s = gort__obj_table(o, (size_t)n, sizeof(*s));
	if (!s)
		return gort__rd_no_memory(&o->rd, e, "symbols");
	/* *nsyms counts those that are whole, for who looks after an error */
	for (i = 0; i < n; i++, s++, at += l->symsize, ++*nsyms) {
		struct raw w =
		    usual ? read_raw_usual(o, at) : read_raw(o, l, at);

		*s = (struct gort__objsym){
		    .name = rd_strings_at(strings, w.name),
		    .value = w.value,
		    .size = w.size,
		    .section = w.shndx,
		    .bind = binds[w.info >> 4],
		    .type = types[w.info & 0xf],
		    .visibility = w.other & 3,
		    .other = w.other,
		};
		if (!s->name && w.name)
			return gort__rd_bad(
			    &o->rd, at, e, "a symbol's name is out of range");
		if (!s->name)
			s->name = "";
		if ((w.shndx >= o->nsecs || w.shndx >= SHN_LORESERVE) &&
		    !section_of(
			o, w.shndx, xindex ? xindex + 4 * i : 0, &s->section))
			return gort__rd_bad(&o->rd, at, e,
			    "a symbol's section is out of range");
	}
	return 0;
}

/* Words of SHT_SYMTAB_SHNDX for the n symbols of section i; 0: none. */
static uint64_t
find_xindex(const struct gort__obj *o, uint32_t section, uint64_t n)
{
	uint32_t i;

	for (i = 1; i < o->nsecs; i++)
		if (o->secs[i].type == SHT_SYMTAB_SHNDX &&
		    o->secs[i].link == section && o->secs[i].filesz / 4 >= n)
			return o->secs[i].offset;
	return 0;
}

int
gort__elf_symbols(struct gort__obj *o, struct gort_err *e)
{
	const struct layout *l = gort__elf_layout(o);
	struct rd_strings strings;
	const struct gort__objsec *s = NULL, *str;
	uint64_t n;
	uint32_t i;

	for (i = 1; i < o->nsecs && !s; i++)
		if (o->secs[i].type == SHT_SYMTAB)
			s = &o->secs[i];
	if (!s)
		return 0;
	if (s->entsize != l->symsize)
		return gort__rd_bad(&o->rd, s->offset, e,
		    "symbols of %llu bytes, not %u",
		    (unsigned long long)s->entsize, l->symsize);
	if (s->link >= o->nsecs)
		return gort__rd_bad(&o->rd, s->offset, e,
		    "the symbols' names are in section %u of %u", s->link,
		    o->nsecs);
	str = &o->secs[s->link];
	strings = rd_strings(&o->rd, str->offset, str->filesz);
	n = s->filesz / l->symsize;
	return gort__elf_read_symbols(o, s->offset, n, &strings,
	    find_xindex(o, (uint32_t)(s - o->secs), n), &o->syms, &o->nsyms, e);
}
