/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Damaged objects, linked without running them: each is refused with a reason
 * or linked, and nothing else comes of it. Run by link_damage.sh, which
 * compiles the objects: test_link_damage FILE... The variants are the same
 * each time: every field of every header, section, symbol, relocation and
 * group, all lengths, and bytes by a fixed sequence.
 */
#include "check.h"
#include "procstat.h"
#include "../loader/link.h"

#include <dlfcn.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* a sanitizer keeps what is freed */
#ifdef HAVE_SANITIZERS
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

/* What the child tells; shared. */
static struct {
	char what[200]; /* the variant at work */
	unsigned linked, refused, unreasoned;
} * told;

static uint8_t *file; /* the sane one */
static uint8_t *copy; /* to be damaged */
static size_t size;
static const char *const *names;
static unsigned nnames;

static bool
read_object(const char *name)
{
	FILE *f = fopen(name, "rb");
	long n = -1;

	if (f && fseek(f, 0, SEEK_END) == 0)
		n = ftell(f);
	free(file);
	free(copy);
	file = malloc((size_t)n + 1);
	copy = malloc((size_t)n + 1);
	size = 0;
	if (f && n > 0 && file && copy) {
		rewind(f);
		size = fread(file, 1, (size_t)n, f);
		memcpy(copy, file, size);
	}
	if (f)
		fclose(f);
	return size > 0 && size == (size_t)n;
}

/* Link the n bytes of copy. */
static void
try_link(size_t n)
{
	struct gort_link *lk = gort_link_new();

	if (!lk)
		_exit(99);
	if (gort_link_add_memory(lk, "damaged", copy, n, 0) == 0 &&
	    gort__link_only(lk) == 0) {
		told->linked++;
	} else {
		told->refused++;
		told->unreasoned += gort_errmsg()[0] == '\0';
	}
	gort_link_free(lk);
}

/* A field of w bytes at an offset, set to each odd value and some near it. */
static void
try_field(size_t at, unsigned w, const char *what, uint64_t index)
{
	static const uint64_t values[] = {0, 1, 2, 3, 7, 8, 0x7f, 0xff, 0x1000,
	    0x7fff, 0xff00, 0xfff1, 0xfff2, 0xffff, 0x7fffffff, 0x80000000,
	    0xffffffff, 0x100000000, 0x7fffffffffffffff, 0x8000000000000000,
	    0xfffffffffffffff0, 0xffffffffffffffff};
	uint64_t was = 0, v;
	unsigned i;

	if (at > size || w > size - at)
		return;
	memcpy(&was, file + at, w);
	for (i = 0; i < sizeof(values) / sizeof(values[0]) + 4; i++) {
		v = i < 4 ? was + (uint64_t[]){1, 8, (uint64_t)-1, was + 16}[i]
			  : values[i - 4];
		snprintf(told->what, sizeof(told->what), "%s %llu := 0x%llx",
		    what, (unsigned long long)index, (unsigned long long)v);
		memcpy(copy + at, &v, w);
		try_link(size);
	}
	memcpy(copy + at, file + at, w);
}

/* Fields as wide as an address, and records, of this machine's class. */
#define WORD sizeof(ElfW(Addr))
#define IS_64 (WORD == 8)
typedef ElfW(Ehdr) ehdr;
typedef ElfW(Shdr) shdr;
typedef ElfW(Sym) symbol;

static void
try_header(void)
{
	size_t at;

	for (at = 0; at < 24; at += at < 16 ? 1 : 2)
		try_field(at, at < 16 ? 1 : 2, "e_ident", at);
	try_field(offsetof(ehdr, e_shoff), WORD, "e_shoff", 0);
	for (at = offsetof(ehdr, e_flags); at < sizeof(ehdr); at += 2)
		try_field(at, 2, "header at", at);
}

/* Elf64_Rela, or Elf32_Rel with the type in one byte of its second word. */
static void
try_reloc(size_t to, uint64_t i)
{
	try_field(to, WORD, "r_offset", i);
	try_field(to + WORD, IS_64 ? 4 : 1, "r_type", i);
	try_field(to + (IS_64 ? 12 : 5), IS_64 ? 4 : 3, "r_sym", i);
	if (IS_64)
		try_field(to + 16, 8, "r_addend", i);
}

static void
try_symbol(size_t to, uint64_t i)
{
	try_field(to + offsetof(symbol, st_name), 4, "st_name", i);
	try_field(to + offsetof(symbol, st_info), 1, "st_info", i);
	try_field(to + offsetof(symbol, st_other), 1, "st_other", i);
	try_field(to + offsetof(symbol, st_shndx), 2, "st_shndx", i);
	try_field(to + offsetof(symbol, st_value), WORD, "st_value", i);
	try_field(to + offsetof(symbol, st_size), WORD, "st_size", i);
}

/* The n-th of the records of `entsize` bytes; `step` skips most of many. */
static void
try_section(const shdr *s, size_t at, uint64_t index)
{
	static const unsigned words[] = {offsetof(shdr, sh_name),
	    offsetof(shdr, sh_type), offsetof(shdr, sh_link),
	    offsetof(shdr, sh_info)};
	static const unsigned xwords[] = {offsetof(shdr, sh_flags),
	    offsetof(shdr, sh_addr), offsetof(shdr, sh_offset),
	    offsetof(shdr, sh_size), offsetof(shdr, sh_addralign),
	    offsetof(shdr, sh_entsize)};
	uint64_t i, n = s->sh_entsize ? s->sh_size / s->sh_entsize : 0;
	uint64_t step = n > 40 ? n / 40 : 1;
	unsigned k;

	for (k = 0; k < 4; k++)
		try_field(at + words[k], 4, "section word", index);
	for (k = 0; k < 6; k++)
		try_field(at + xwords[k], WORD, "section xword", index);
	for (i = 0; i < n; i += step) {
		size_t to = s->sh_offset + (size_t)(i * s->sh_entsize);

		if (s->sh_type == SHT_SYMTAB)
			try_symbol(to, i);
		else if (s->sh_type == (IS_64 ? SHT_RELA : SHT_REL))
			try_reloc(to, i);
		else if (s->sh_type == SHT_GROUP)
			try_field(to, 4, "group word", i);
	}
}

/* A section as each type, where its bytes are or anywhere. */
static void
try_types(size_t at, unsigned nsecs)
{
	static const uint64_t far[] = {
	    0x100000000, 0x7fff00000000, 0xfffffffffffff000};
	static const uint64_t near[] = {0x10000000, 0x7fff0000, 0xfffff000};
	const uint64_t *places = IS_64 ? far : near;
	const size_t type_at = at + offsetof(shdr, sh_type);
	const size_t offset_at = at + offsetof(shdr, sh_offset);
	const size_t size_at = at + offsetof(shdr, sh_size);
	uint32_t type;
	unsigned k;

	for (type = 0; type < 20; type++) {
		memcpy(copy + type_at, &type, 4);
		snprintf(told->what, sizeof(told->what),
		    "header at 0x%zx of type %u, of %u", at, type, nsecs);
		try_link(size);
		for (k = 0; k < 3; k++) {
			memcpy(copy + offset_at, &places[k], WORD);
			try_link(size);
			memcpy(copy + size_at, &places[k], WORD);
			try_link(size);
			memcpy(copy + offset_at, file + offset_at, WORD);
			try_link(size);
			memcpy(copy + size_at, file + size_at, WORD);
		}
	}
	memcpy(copy + type_at, file + type_at, 4);
}

/* Each symbol as each type and binding, in each section. */
static void
try_symbols(const shdr *s, unsigned nsecs)
{
	size_t i, n = s->sh_size / sizeof(symbol);
	unsigned v;

	for (i = 1; i < n; i++) {
		size_t to = s->sh_offset + i * sizeof(symbol);
		size_t info = to + offsetof(symbol, st_info);
		size_t shndx = to + offsetof(symbol, st_shndx);

		snprintf(told->what, sizeof(told->what), "symbol %llu",
		    (unsigned long long)i);
		for (v = 0; v < 11; v++) {
			copy[info] = (uint8_t)((file[info] & 0xf0) | v);
			try_link(size);
			copy[info] = (uint8_t)((v << 4) | STT_GNU_IFUNC);
			try_link(size);
		}
		copy[info] = file[info];
		for (v = 0; v < nsecs && n < 100; v++) {
			copy[shndx] = (uint8_t)v;
			try_link(size);
		}
		copy[shndx] = file[shndx];
	}
}

static void
try_fields(void)
{
	ehdr eh;
	shdr s;
	unsigned i;

	memcpy(&eh, file, sizeof(eh));
	try_header();
	for (i = 1; i < eh.e_shnum; i++) {
		size_t at = eh.e_shoff + i * sizeof(s);

		memcpy(&s, file + at, sizeof(s));
		try_section(&s, at, i);
		try_types(at, eh.e_shnum);
		if (s.sh_type == SHT_SYMTAB)
			try_symbols(&s, eh.e_shnum);
	}
}

static size_t
le(size_t at, unsigned n)
{
	size_t v = 0;

	memcpy(&v, file + at, n);
	return v;
}

/* The relocations of a section; `step` skips most of many. */
static void
try_coff_relocs(size_t at, size_t n)
{
	size_t i, step = n > 40 ? n / 40 : 1;
	unsigned type;

	for (i = 0; i < n; i += step) {
		size_t to = at + 10 * i;

		try_field(to, 4, "VirtualAddress", i);
		try_field(to + 4, 4, "SymbolTableIndex", i);
		try_field(to + 8, 2, "Type", i);
		for (type = 0; type < 24; type++) {
			copy[to + 8] = (uint8_t)type;
			try_link(size);
		}
		copy[to + 8] = file[to + 8];
	}
}

/* COFF (PE Format): header, sections, relocations, symbols and their parts. */
static void
try_coff_fields(void)
{
	size_t nsecs = le(2, 2), symbols = le(8, 4), nsyms = le(12, 4), i;
	size_t step = nsyms > 60 ? nsyms / 60 : 1;
	unsigned k;

	for (k = 0; k < 20; k += 2)
		try_field(k, 2, "header at", k);
	try_field(8, 4, "PointerToSymbolTable", 0);
	try_field(12, 4, "NumberOfSymbols", 0);
	for (i = 0; i < nsecs; i++) {
		size_t at = 20 + 40 * i;

		for (k = 0; k < 8; k++)
			try_field(at + k, 1, "section name", i);
		for (k = 8; k < 40; k += 4)
			try_field(at + k, 4, "section word", i);
		try_field(at + 32, 2, "NumberOfRelocations", i);
		for (k = 0; k < 32; k++) {
			copy[at + 36 + k / 8] ^= (uint8_t)(1u << k % 8);
			try_link(size);
			copy[at + 36 + k / 8] = file[at + 36 + k / 8];
		}
		try_coff_relocs(le(at + 24, 4), le(at + 32, 2));
	}
	for (i = 0; i < nsyms; i += step) {
		size_t at = symbols + 18 * i;

		try_field(at, 4, "symbol name", i);
		try_field(at + 4, 4, "name's offset", i);
		try_field(at + 8, 4, "symbol value", i);
		try_field(at + 12, 2, "symbol section", i);
		try_field(at + 14, 2, "symbol type", i);
		try_field(at + 16, 1, "symbol class", i);
		try_field(at + 17, 1, "symbol parts", i);
	}
	try_field(symbols + 18 * nsyms, 4, "size of strings", 0);
}

static void
try_lengths(void)
{
	size_t n;

	for (n = 0; n < size; n += n < 256 ? 1 : 61) {
		snprintf(told->what, sizeof(told->what), "%zu bytes", n);
		try_link(n);
	}
}

static void
try_random(unsigned times)
{
	uint64_t x = 88172645463325252u;
	unsigned i, k;

	for (i = 0; i < times; i++) {
		memcpy(copy, file, size);
		snprintf(told->what, sizeof(told->what), "random %u", i);
		for (k = 0; k < 1 + i % 8; k++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			copy[x % size] = (uint8_t)(x >> 32);
		}
		try_link(size);
	}
	memcpy(copy, file, size);
}

static void
in_child(const char *name)
{
	struct procstat before, after;

	/* else each link opens and closes it, which takes milliseconds */
	dlopen("libstdc++.so.6", RTLD_NOW | RTLD_GLOBAL);
	if (!read_object(name))
		_exit(98);
	snprintf(told->what, sizeof(told->what), "the sane object");
	try_link(size);
	if (told->linked != 1) {
		printf("    %s\n", gort_errmsg());
		fflush(stdout);
		_exit(97);
	}
	before = procstat();
	if (le(0, 4) == 0x464c457f)
		try_fields();
	else
		try_coff_fields();
	try_lengths();
	try_random(2000);
	after = procstat();
	if (after.fds != before.fds ||
	    (!SANITIZED && after.maps > before.maps + 20)) {
		printf("    %d to %d files, %d to %d mappings\n", before.fds,
		    after.fds, before.maps, after.maps);
		fflush(stdout);
		_exit(96);
	}
	_exit(0);
}

static void
damaged(void)
{
	unsigned i;

	for (i = 0; i < nnames; i++) {
		int status = -1;
		pid_t pid;

		memset(told, 0, sizeof(*told));
		fflush(NULL);
		pid = fork();
		REQUIRE(pid >= 0);
		if (pid == 0)
			in_child(names[i]);
		waitpid(pid, &status, 0);
		CHECK(status == 0);
		CHECK(told->unreasoned == 0);
		CHECK(told->linked > 100);
		CHECK(told->refused > 100);
		printf("    %s: %u linked, %u refused\n", names[i],
		    told->linked, told->refused);
		if (status)
			printf("    wait status 0x%x with %s\n",
			    (unsigned)status, told->what);
	}
}

static const struct test tests[] = {
    {"damaged objects are refused with a reason or linked, nothing else",
	damaged},
};

int
main(int argc, char **argv)
{
	if (argc < 2) {
		printf("run by link_damage.sh\n");
		return 99;
	}
	names = (const char *const *)(argv + 1);
	nnames = (unsigned)argc - 1;
	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (told == MAP_FAILED)
		return 99;
	return RUN_TESTS("link_damage", tests);
}
