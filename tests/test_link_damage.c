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
#include <elf.h>
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

static void
try_header(void)
{
	size_t at;

	for (at = 0; at < 24; at += at < 16 ? 1 : 2)
		try_field(at, at < 16 ? 1 : 2, "e_ident", at);
	try_field(offsetof(Elf64_Ehdr, e_shoff), 8, "e_shoff", 0);
	for (at = offsetof(Elf64_Ehdr, e_flags); at < 64; at += 2)
		try_field(at, 2, "header at", at);
}

/* The n-th of the records of `entsize` bytes; `step` skips most of many. */
static void
try_section(const Elf64_Shdr *s, size_t at, uint64_t index)
{
	static const unsigned at32[] = {0, 4, 40, 44},
			      at64[] = {8, 16, 24, 32, 48, 56};
	uint64_t i, n = s->sh_entsize ? s->sh_size / s->sh_entsize : 0;
	uint64_t step = n > 40 ? n / 40 : 1;
	unsigned k;

	for (k = 0; k < 4; k++)
		try_field(at + at32[k], 4, "section word", index);
	for (k = 0; k < 6; k++)
		try_field(at + at64[k], 8, "section xword", index);
	for (i = 0; i < n; i += step) {
		size_t to = s->sh_offset + i * s->sh_entsize;

		if (s->sh_type == SHT_SYMTAB) {
			try_field(to, 4, "st_name", i);
			try_field(to + 4, 1, "st_info", i);
			try_field(to + 5, 1, "st_other", i);
			try_field(to + 6, 2, "st_shndx", i);
			try_field(to + 8, 8, "st_value", i);
			try_field(to + 16, 8, "st_size", i);
		} else if (s->sh_type == SHT_RELA) {
			try_field(to, 8, "r_offset", i);
			try_field(to + 8, 4, "r_type", i);
			try_field(to + 12, 4, "r_sym", i);
			try_field(to + 16, 8, "r_addend", i);
		} else if (s->sh_type == SHT_GROUP) {
			try_field(to, 4, "group word", i);
		}
	}
}

/* A section as each type, where its bytes are or anywhere. */
static void
try_types(size_t at, unsigned nsecs)
{
	static const uint64_t places[] = {
	    0x100000000, 0x7fff00000000, 0xfffffffffffff000};
	uint32_t type;
	unsigned k;

	for (type = 0; type < 20; type++) {
		memcpy(copy + at + 4, &type, 4);
		snprintf(told->what, sizeof(told->what),
		    "header at 0x%zx of type %u, of %u", at, type, nsecs);
		try_link(size);
		for (k = 0; k < 3; k++) {
			memcpy(copy + at + 24, &places[k], 8);
			try_link(size);
			memcpy(copy + at + 32, &places[k], 8);
			try_link(size);
			memcpy(copy + at + 24, file + at + 24, 8);
			try_link(size);
			memcpy(copy + at + 32, file + at + 32, 8);
		}
	}
	memcpy(copy + at + 4, file + at + 4, 4);
}

/* Each symbol as each type and binding, in each section. */
static void
try_symbols(const Elf64_Shdr *s, unsigned nsecs)
{
	uint64_t i, n = s->sh_size / sizeof(Elf64_Sym);
	unsigned v;

	for (i = 1; i < n; i++) {
		size_t to = s->sh_offset + i * sizeof(Elf64_Sym);

		snprintf(told->what, sizeof(told->what), "symbol %llu",
		    (unsigned long long)i);
		for (v = 0; v < 11; v++) {
			copy[to + 4] = (uint8_t)((file[to + 4] & 0xf0) | v);
			try_link(size);
			copy[to + 4] = (uint8_t)((v << 4) | STT_GNU_IFUNC);
			try_link(size);
		}
		copy[to + 4] = file[to + 4];
		for (v = 0; v < nsecs && n < 100; v++) {
			copy[to + 6] = (uint8_t)v;
			try_link(size);
		}
		copy[to + 6] = file[to + 6];
	}
}

static void
try_fields(void)
{
	Elf64_Ehdr eh;
	Elf64_Shdr s;
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
	try_fields();
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
