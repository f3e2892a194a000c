/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The ELF and note readers: what they find in a real plugin, and that no
 * damaged one makes them do anything but return.
 */
#include "hostile.h"

#include <link.h>

#if defined(__x86_64__)
#define HOST_MACHINE EM_X86_64
#elif defined(__i386__)
#define HOST_MACHINE EM_386
#else
#define HOST_MACHINE EM_AARCH64
#endif

static uint8_t *image; /* a real plugin */
static size_t size;

static uint8_t *
slurp(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	uint8_t *p = f ? malloc(1 << 20) : NULL;

	*n = p ? fread(p, 1, 1 << 20, f) : 0;
	if (f)
		fclose(f);
	return p;
}

static void
real_plugin(void)
{
	struct gort__obj o;
	struct gort__note note;
	struct gort_err e = {0};
	uint32_t i;
	bool found = false;

	REQUIRE(gort__obj_parse(image, size, "basic", &o, &e) == 0);
	CHECK(o.kind == OBJ_SHARED);
	CHECK(o.machine == HOST_MACHINE && o.bits == 8 * sizeof(void *));
	CHECK(gort__obj_check_host(&o, &e) == 0);
	CHECK(gort__obj_imports(&o, "gort_panic"));
	CHECK(!gort__obj_imports(&o, "basic_add"));
	CHECK(o.nneeded > 0);
	REQUIRE(gort__note_read(&o, &note, &e) == 0);
	CHECK(strcmp(note.name, "basic") == 0);
	CHECK(strcmp(note.version, "1.0") == 0);
	CHECK(note.abi_min == 1 && note.abi_max == GORT_ABI);
	for (i = 0; i < note.nexports; i++)
		found |= strcmp(note.exports[i].name, "basic_add") == 0 &&
			 strcmp(note.exports[i].args, "(int a, int b)") == 0;
	CHECK(found);
	gort__note_free(&note);
	gort__obj_free(&o);
}

static void
needs(void)
{
	struct gort__obj o;
	struct gort__note note;
	struct gort_err e;
	size_t n;
	uint8_t *p = slurp(plugin("needy"), &n);

	REQUIRE(p && gort__obj_parse(p, n, "needy", &o, &e) == 0);
	REQUIRE(gort__note_read(&o, &note, &e) == 0);
	CHECK(note.nneeds == 1 && strcmp(note.needs[0], "basic") == 0);
	gort__note_free(&note);
	gort__obj_free(&o);
	free(p);
}

/* Without section headers the segments say the same. */
static void
stripped_sections(void)
{
	ElfW(Ehdr) eh;
	struct gort__obj o;
	struct gort__note note;
	struct gort_err e;
	uint8_t *copy = malloc(size);

	REQUIRE(copy != NULL);
	memcpy(copy, image, size);
	memcpy(&eh, copy, sizeof(eh));
	eh.e_shoff = 0;
	eh.e_shnum = eh.e_shstrndx = 0;
	memcpy(copy, &eh, sizeof(eh));
	CHECK(gort__obj_parse(copy, size, "x", &o, &e) == 0);
	CHECK(gort__note_read(&o, &note, &e) == 0);
	CHECK(strcmp(note.name, "basic") == 0);
	gort__note_free(&note);
	gort__obj_free(&o);
	free(copy);
}

/* The entry of the dynamic section with this tag. */
static ElfW(Dyn) * dynamic(uint8_t *file, int64_t tag)
{
	ElfW(Ehdr) *eh = (void *)file;
	ElfW(Phdr) *ph = (void *)(file + eh->e_phoff);
	ElfW(Dyn) * d;

	while (ph->p_type != PT_DYNAMIC)
		ph++;
	for (d = (void *)(file + ph->p_offset); d->d_tag != tag; d++)
		if (d->d_tag == DT_NULL)
			return NULL;
	return d;
}

/* As patchelf leaves a file when a longer run path needs new strings. */
static void
moved_strings(void)
{
	size_t strsz, at = (size + 4095) & ~(size_t)4095;
	uint8_t *copy = calloc(1, at + 65536);
	ElfW(Phdr) * ph;
	struct gort__obj o;
	struct gort_err e;

	REQUIRE(copy != NULL);
	memcpy(copy, image, size);
	strsz = (size_t)dynamic(copy, DT_STRSZ)->d_un.d_val;
	REQUIRE(strsz < 65536);
	/* the dynamic strings lie in the first segment, where offset=address */
	memcpy(copy + at, copy + dynamic(copy, DT_STRTAB)->d_un.d_val, strsz);
	dynamic(copy, DT_STRTAB)->d_un.d_val = 0x1000000;
	ph = (void *)(copy + ((ElfW(Ehdr) *)(void *)copy)->e_phoff);
	while (ph->p_type != PT_GNU_STACK)
		ph++;
	ph->p_type = PT_LOAD;
	ph->p_flags = PF_R;
	ph->p_offset = at;
	ph->p_vaddr = ph->p_paddr = 0x1000000;
	ph->p_filesz = ph->p_memsz = strsz;
	CHECK(gort__obj_parse(copy, at + strsz, "moved", &o, &e) == 0);
	CHECK(gort__obj_imports(&o, "gort_panic"));
	gort__obj_free(&o);
	free(copy);
}

/* BOLT leaves sections of symbols that are not there any more. */
static void
stale_sections(void)
{
	struct bytes b = {image, size, size};
	struct gort__obj o;
	struct gort_err e;
	ElfW(Ehdr) * eh;
	ElfW(Shdr) * sh;
	ElfW(Sym) * sym;

	b.p = malloc(size);
	REQUIRE(b.p != NULL);
	memcpy(b.p, image, size);
	eh = (void *)b.p;
	sh = (void *)(b.p + eh->e_shoff);
	while (sh->sh_type != SHT_DYNSYM)
		sh++;
	sym = (void *)(b.p + sh->sh_offset);
	sym += sh->sh_size / sizeof(*sym) - 1;
	sym->st_shndx = (uint16_t)(eh->e_shnum + 5u);
	CHECK(gort__obj_parse(b.p, b.n, "x", &o, &e) == 0);
	CHECK(o.ndynsyms > 0 &&
	      o.dynsyms[o.ndynsyms - 1].section == OBJ_SHN_OTHER);
	gort__obj_free(&o);
	/* but in an object they would be used */
	eh->e_type = ET_REL;
	CHECK(refused(&b, "a symbol's section is out of range"));
	free(b.p);
}

/* Work is linear in the file's size, whatever its headers say. */
static void
overlapping_notes(void)
{
	uint8_t *copy = malloc(size);
	ElfW(Shdr) * sh;
	ElfW(Ehdr) * eh;
	struct gort__obj o;
	struct gort_err e;
	unsigned i;

	REQUIRE(copy != NULL);
	memcpy(copy, image, size);
	eh = (void *)copy;
	sh = (void *)(copy + eh->e_shoff);
	for (i = 1; i < eh->e_shnum; i++) {
		sh[i].sh_type = SHT_NOTE;
		sh[i].sh_offset = 0;
		sh[i].sh_size = size;
	}
	CHECK(gort__obj_parse(copy, size, "over", &o, &e) == -GORT_EFORMAT);
	CHECK(strstr(e.text, "overlap") != NULL);
	gort__obj_free(&o);
	free(copy);
}

static void
truncations(void)
{
	struct bytes b = {image, size, size};

	CHECK(try_truncations(&b, 1024) == 0);
}

/* The headers of all sections, and the first bytes of what they hold. */
static unsigned
damage_sections(const struct bytes *b)
{
	struct gort__obj o;
	struct gort_err e;
	unsigned count = 0;
	ElfW(Ehdr) eh;
	uint32_t i;

	memcpy(&eh, b->p, sizeof(eh));
	count = try_fields(b, 0, sizeof(eh), 2);
	count += try_fields(
	    b, eh.e_phoff, eh.e_phoff + (size_t)eh.e_phnum * eh.e_phentsize, 4);
	count += try_fields(
	    b, eh.e_shoff, eh.e_shoff + (size_t)eh.e_shnum * eh.e_shentsize, 4);
	if (gort__obj_parse(b->p, b->n, "x", &o, &e) != 0)
		return 0;
	for (i = 1; i < o.nsecs; i++) {
		size_t n = (size_t)o.secs[i].filesz;
		size_t at = (size_t)o.secs[i].offset;

		/* code and debug information are not read */
		if (o.secs[i].what & OBJ_SEC_EXEC ||
		    strncmp(o.secs[i].name, ".debug", 6) == 0)
			continue;
		n = n < 96 ? n : 96;
		count += try_fields(b, at, at + n, 4);
	}
	gort__obj_free(&o);
	return count;
}

static void
damaged_fields(void)
{
	struct bytes b = {image, size, size};
	unsigned count = damage_sections(&b);

	printf("    %u variants\n", count);
	CHECK(count > 10000);
}

/* Objects have no segments, but groups, relocations, constructors. */
static void
damaged_objects(void)
{
	struct bytes b = {0};
	char path[4200];
	unsigned count;

	snprintf(path, sizeof(path), "%s", plugin("ctor"));
	/* beside the plugin */
	snprintf(strrchr(path, '/'), 64, "/plug_ctor.o");
	b.p = slurp(path, &b.n);
	REQUIRE(b.p && b.n > 500);
	CHECK(try_bytes(b.p, b.n) == 1);
	count = damage_sections(&b);
	try_random(&b, 3000);
	printf("    %u variants\n", count);
	CHECK(count > 10000);
	free(b.p);
}

/* Any byte, changed by a fixed sequence. */
static void
damaged_bytes(void)
{
	struct bytes b = {image, size, size};

	try_random(&b, 3000);
}

/* Many lists of constructors with one long number. */
static void
many_lists(void)
{
	enum { N = 60000, NAME = 1 << 22 };
	struct bytes b = {0};
	struct gort__obj o;
	struct gort_err e;
	size_t at = 64 + (N + 2) * 64;
	unsigned i;

	/* a 64-bit file, whatever this machine is */
	put_bytes(&b, image, 40);
	set_le(&b, EI_CLASS, ELFCLASS64, 1);
	set_le(&b, 16, ET_REL, 2);
	set_le(&b, 18, EM_X86_64, 2);
	put_le(&b, 64, 8);
	put_bytes(&b, NULL, 4);
	put_le(&b, 64, 2);
	put_bytes(&b, NULL, 4);
	put_le(&b, 64, 2);
	put_le(&b, N + 2, 2);
	put_le(&b, 1, 2);
	set_le(&b, 32, 0, 8);
	for (i = 0; i < N + 2; i++) {
		put_le(&b, i > 1, 4);
		put_le(&b, i == 1 ? SHT_STRTAB : i ? SHT_INIT_ARRAY : 0, 4);
		put_le(&b, SHF_ALLOC, 8);
		put_le(&b, 0, 8);
		put_le(&b, at, 8);
		put_le(&b, i == 1 ? NAME : 0, 8);
		put_bytes(&b, NULL, 24);
	}
	put_bytes(&b, "\0.init_array.", 13);
	put_bytes(&b, NULL, NAME - 13);
	memset(b.p + b.n - NAME + 13, '0', NAME - 14);
	REQUIRE(gort__obj_parse(b.p, b.n, "x", &o, &e) == 0);
	CHECK(strncmp(o.secs[2].name, ".init_array.000", 15) == 0);
	gort__obj_free(&o);
	check_cost(&b);
	free(b.p);
}

/* Many symbols with one long name, and as many relocations. */
static void
cost(void)
{
	enum { N = 30000, NAME = 1 << 20 };
	static const struct {
		uint32_t name, type;
		uint64_t size;
		uint32_t link, info;
		uint64_t entsize;
	} secs[] = {
	    {0, SHT_NULL, 0, 0, 0, 0},
	    {0, SHT_STRTAB, NAME, 0, 0, 0},
	    {0, SHT_SYMTAB, N * 24, 1, 0, 24},
	    {0, SHT_RELA, N * 24, 2, 4, 24},
	    {1, SHT_INIT_ARRAY, N * 8, 0, 0, 8},
	};
	struct bytes b = {0};
	struct gort__obj o;
	struct gort_err e;
	size_t at = 64 + 5 * 64;
	unsigned i;

	put_bytes(&b, "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\1\0\76\0\1\0\0\0", 24);
	put_bytes(&b, NULL, 16);
	put_le(&b, 64, 8);
	put_bytes(&b, NULL, 4);
	put_le(&b, 64, 2);
	put_bytes(&b, NULL, 4);
	put_le(&b, 64, 2);
	put_le(&b, 5, 2);
	put_le(&b, 1, 2);
	for (i = 0; i < 5; i++) {
		put_le(&b, secs[i].name, 4);
		put_le(&b, secs[i].type, 4);
		put_le(&b, SHF_ALLOC, 8);
		put_le(&b, 0, 8);
		put_le(&b, at, 8);
		put_le(&b, secs[i].size, 8);
		put_le(&b, secs[i].link, 4);
		put_le(&b, secs[i].info, 4);
		put_le(&b, 8, 8);
		put_le(&b, secs[i].entsize, 8);
		at += (size_t)secs[i].size;
	}
	put_bytes(&b, "\0.init_array.", 13);
	put_bytes(&b, NULL, NAME - 13);
	memset(b.p + b.n - NAME + 13, 'n', NAME - 14);
	for (i = 0; i < N; i++) {
		put_le(&b, 1, 4);
		put_le(&b, 0x12, 1);
		put_bytes(&b, NULL, 19);
	}
	for (i = 0; i < N; i++) {
		put_le(&b, 8 * i, 8);
		put_le(&b, (uint64_t)i << 32 | 1, 8);
		put_le(&b, 0, 8);
	}
	put_bytes(&b, NULL, N * 8);
	REQUIRE(gort__obj_parse(b.p, b.n, "x", &o, &e) == 0);
	CHECK(gort__obj_inits(&o, &e) == 0 && o.ninits == N);
	gort__obj_free(&o);
	check_cost(&b);
	free(b.p);
}

static const struct test tests[] = {
    {"a real plugin's facts are read", real_plugin},
    {"needs are read", needs},
    {"also without section headers", stripped_sections},
    {"strings may lie anywhere", moved_strings},
    {"stale section numbers of libraries are no error", stale_sections},
    {"overlapping sections are refused", overlapping_notes},
    {"no truncation is accepted", truncations},
    {"no damaged field does harm", damaged_fields},
    {"no damaged object does harm", damaged_objects},
    {"no damaged bytes do harm", damaged_bytes},
    {"many lists of constructors take no time", many_lists},
    {"time and memory are linear", cost},
};

int
main(void)
{
	image = slurp(plugin("basic1"), &size);
	if (!image || size < 1000)
		return 99;
	return RUN_TESTS("objelf", tests);
}
