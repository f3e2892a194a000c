/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The ELF and note readers: what they find in a real plugin, and that no
 * damaged one makes them do anything but return.
 */
#include "check.h"
#include "../loader/note.h"

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

/*
 * Parse bytes in a block of just their size, so that a sanitizer sees a read
 * past it. 1 if all of it was accepted.
 */
static int
try_parse(const uint8_t *p, size_t n)
{
	struct gort__obj o;
	struct gort__note note;
	struct gort_err e = {0};
	uint8_t *copy = malloc(n ? n : 1);
	int ok;

	if (!copy)
		return 0;
	memcpy(copy, p, n);
	ok = gort__obj_parse(copy, n, "damaged", &o, &e) == 0;
	if (ok) {
		ok = gort__note_read(&o, &note, &e) == 0;
		gort__note_free(&note);
	}
	/* a refusal has a code and names the file */
	if (!ok && (!e.code || strncmp(e.text, "damaged", 7) != 0)) {
		printf("    no reason: %d %s\n", e.code, e.text);
		ok = -1;
	}
	gort__obj_free(&o);
	free(copy);
	return ok;
}

static void
truncations(void)
{
	size_t n;

	for (n = 0; n < size; n += n < 1024 ? 1 : 97)
		CHECK(try_parse(image, n) == 0);
}

static const uint64_t values[] = {0, 1, 2, 7, 0x7f, 0xff, 0x7fff, 0xffff,
    0x7fffffff, 0x80000000, 0xffffffff, 0x7fffffffffffffff, 0x8000000000000000,
    0xfffffffffffffff0, 0xffffffffffffffff};
#define NVALUES (sizeof(values) / sizeof(values[0]))

/* Every 1, 2, 4 and 8 byte field of a stretch, set to each odd value. */
static unsigned
damage(uint8_t *copy, uint64_t from, uint64_t to)
{
	static const size_t widths[] = {1, 2, 4, 8};
	unsigned count = 0;
	size_t at, w, v;

	for (at = (size_t)from; at + 8 <= to && at + 8 <= size; at += 2) {
		for (w = 0; w < 4; w++) {
			for (v = 0; v < NVALUES; v++) {
				memcpy(copy + at, &values[v], widths[w]);
				CHECK(try_parse(copy, size) >= 0);
				memcpy(copy + at, image + at, 8);
				count++;
			}
		}
	}
	return count;
}

static void
damaged_fields(void)
{
	uint8_t *copy = malloc(size);
	struct gort__obj o;
	struct gort_err e;
	ElfW(Ehdr) eh;
	unsigned count;
	uint32_t i;

	REQUIRE(copy != NULL);
	memcpy(copy, image, size);
	memcpy(&eh, image, sizeof(eh));
	count = damage(copy, 0, sizeof(eh));
	count += damage(
	    copy, eh.e_phoff, eh.e_phoff + (size_t)eh.e_phnum * eh.e_phentsize);
	count += damage(copy, eh.e_shoff + eh.e_shentsize,
	    eh.e_shoff + 6 * (size_t)eh.e_shentsize);
	REQUIRE(gort__obj_parse(image, size, "x", &o, &e) == 0);
	for (i = 0; i < o.nnotes; i++)
		count += damage(copy, o.notes[i].offset,
		    o.notes[i].offset +
			(o.notes[i].size < 200 ? o.notes[i].size : 200));
	gort__obj_free(&o);
	printf("    %u variants\n", count);
	CHECK(count > 10000);
	free(copy);
}

/* Any byte, changed by a fixed sequence. */
static void
damaged_bytes(void)
{
	uint8_t *copy = malloc(size);
	uint64_t x = 88172645463325252u;
	int i, k;

	REQUIRE(copy != NULL);
	for (i = 0; i < 3000; i++) {
		memcpy(copy, image, size);
		for (k = 0; k < 8; k++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			copy[x % size] = (uint8_t)(x >> 32);
		}
		CHECK(try_parse(copy, size) >= 0);
	}
	free(copy);
}

static const struct test tests[] = {
    {"a real plugin's facts are read", real_plugin},
    {"needs are read", needs},
    {"also without section headers", stripped_sections},
    {"strings may lie anywhere", moved_strings},
    {"overlapping sections are refused", overlapping_notes},
    {"no truncation is accepted", truncations},
    {"no damaged field does harm", damaged_fields},
    {"no damaged bytes do harm", damaged_bytes},
};

int
main(void)
{
	image = slurp(plugin("basic1"), &size);
	if (!image || size < 1000)
		return 99;
	return RUN_TESTS("objelf", tests);
}
