/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The reader of PE images: images made here field by field; and that no
 * damaged one does any harm.
 */
#include "hostile.h"

enum { AMD64 = 0x8664, I386 = 0x14c };
enum { TEXT = 0x1000, DATA = 0x2000, RELOC = 0x3000 }; /* addresses */
enum { TEXT_AT = 0x200, DATA_AT = 0x400 };             /* in the file */

/* Where the parts of the last image are, in the file. */
static size_t opt, dirs, sections, edata, funcs, idata, thunks, delay, reloc_at;
static unsigned word;
static uint64_t base;

/* The address of what is appended next to the data. */
static uint32_t
here(const struct bytes *d)
{
	return DATA + (uint32_t)d->n;
}

static uint32_t
put_string(struct bytes *d, const char *s)
{
	uint32_t at = here(d);

	put_bytes(d, s, strlen(s) + 1);
	put_align(d, 2);
	return at;
}

static void
set_dir(struct bytes *b, unsigned i, uint32_t rva, uint32_t size)
{
	set_le(b, dirs + 8 * i, rva, 4);
	set_le(b, dirs + 8 * i + 4, size, 4);
}

/* Two names for one function, a forwarder, one without a name, a hole. */
static void
put_exports(struct bytes *b, struct bytes *d)
{
	uint32_t names[3], forward, dll, n = here(d), f;

	edata = DATA_AT + d->n;
	put_bytes(d, NULL, 40);
	forward = put_string(d, "OTHER.there");
	f = here(d);
	funcs = DATA_AT + d->n;
	put_le(d, TEXT + 1, 4);
	put_le(d, forward, 4);
	put_le(d, 0, 4);
	put_le(d, TEXT + 3, 4);
	/* the forwarder must be in the directory, the functions not */
	set_dir(b, 0, n, f - n);
	names[0] = put_string(d, "also");
	names[1] = put_string(d, "forwarded");
	names[2] = put_string(d, "function");
	dll = put_string(d, "image.dll");
	set_le(d, n - DATA + 12, dll, 4);
	set_le(d, n - DATA + 16, 10, 4);
	set_le(d, n - DATA + 20, 4, 4);
	set_le(d, n - DATA + 24, 3, 4);
	set_le(d, n - DATA + 28, f, 4);
	set_le(d, n - DATA + 32, here(d), 4);
	put_le(d, names[0], 4);
	put_le(d, names[1], 4);
	put_le(d, names[2], 4);
	set_le(d, n - DATA + 36, here(d), 4);
	put_le(d, 0, 2);
	put_le(d, 1, 2);
	put_le(d, 0, 2);
	put_align(d, 4);
}

/* A table of names: a function and a number; its address. */
static uint32_t
put_thunks(struct bytes *d, const char *name, unsigned number, uint64_t more)
{
	uint32_t at = here(d), string;

	put_le(d, 0, word);
	put_le(d, (UINT64_C(1) << (8 * word - 1)) | number, word);
	put_le(d, 0, word);
	string = here(d);
	put_le(d, 5, 2);
	put_string(d, name);
	set_le(d, at - DATA, string + more, word);
	put_align(d, 8);
	return at;
}

static void
put_imports(struct bytes *b, struct bytes *d, bool old_delay)
{
	uint64_t more = old_delay ? base : 0;
	uint32_t table, name, at;

	name = put_string(d, "FIRST.dll");
	put_align(d, 8);
	thunks = DATA_AT + d->n;
	table = put_thunks(d, "imported", 77, 0);
	at = here(d);
	idata = DATA_AT + d->n;
	put_le(d, table, 4);
	put_bytes(d, NULL, 8);
	put_le(d, name, 4);
	put_le(d, table, 4);
	/* without names: those where the addresses will be */
	put_bytes(d, NULL, 12);
	put_le(d, name, 4);
	put_le(d, table, 4);
	put_bytes(d, NULL, 20);
	set_dir(b, 1, at, 60);
	name = put_string(d, "Late.dll");
	put_align(d, 8);
	table = put_thunks(d, "later", 78, more);
	at = here(d);
	delay = DATA_AT + d->n;
	put_le(d, old_delay ? 0 : 1, 4);
	put_le(d, name + more, 4);
	put_bytes(d, NULL, 8);
	put_le(d, table + more, 4);
	put_bytes(d, NULL, 12 + 32);
	set_dir(b, 13, at, 64);
}

static void
put_callbacks(struct bytes *b, struct bytes *d)
{
	uint32_t list;

	put_align(d, 8);
	list = here(d);
	put_le(d, base + TEXT + 2, word);
	put_le(d, base + TEXT + 3, word);
	put_le(d, 0, word);
	set_dir(b, 9, here(d), 6 * word);
	put_bytes(d, NULL, 3 * word);
	put_le(d, base + list, word);
	put_bytes(d, NULL, 2 * word);
}

static void
put_section(struct bytes *b, const char *name, uint32_t vsize, uint32_t rva,
    size_t size, size_t at, uint32_t flags)
{
	put_bytes(b, NULL, 8);
	memcpy(b->p + b->n - 8, name, strlen(name));
	put_le(b, vsize, 4);
	put_le(b, rva, 4);
	put_le(b, size, 4);
	put_le(b, at, 4);
	put_bytes(b, NULL, 12);
	put_le(b, flags, 4);
}

static void
put_headers(struct bytes *b, unsigned machine)
{
	unsigned fixed = word == 8 ? 112 : 96;

	put_text(b, "MZ");
	put_bytes(b, NULL, 58);
	put_le(b, 64, 4);
	put_bytes(b, "PE\0", 4);
	put_le(b, machine, 2);
	put_le(b, 3, 2);
	put_bytes(b, NULL, 12);
	put_le(b, fixed + 16 * 8, 2);
	put_le(b, 0x2002, 2);
	opt = b->n;
	dirs = opt + fixed;
	put_bytes(b, NULL, fixed + 16 * 8);
	set_le(b, opt, word == 8 ? 0x20b : 0x10b, 2);
	set_le(b, opt + 16, TEXT, 4);
	set_le(b, opt + (word == 8 ? 24 : 28), base, word);
	set_le(b, opt + 60, TEXT_AT, 4);
	set_le(b, opt + 68, 3, 2);
	set_le(b, opt + 70, 0x160, 2);
	set_le(b, dirs - 4, 16, 4);
	sections = b->n;
}

static void
image(struct bytes *b, unsigned machine, bool old_delay)
{
	struct bytes d = {0};

	b->n = 0;
	word = machine == AMD64 ? 8 : 4;
	base = machine == AMD64 ? 0x180000000 : 0x10000000;
	put_headers(b, machine);
	put_exports(b, &d);
	put_imports(b, &d, old_delay);
	put_callbacks(b, &d);
	reloc_at = (DATA_AT + d.n + 15) / 16 * 16;
	put_section(b, ".text", 16, TEXT, 16, TEXT_AT, 0x60000020);
	put_section(b, ".data", 0x1000, DATA, d.n, DATA_AT, 0xc0000040);
	put_section(b, ".reloc", 12, RELOC, 12, reloc_at, 0x42000040);
	set_dir(b, 5, RELOC, 12);
	put_align(b, TEXT_AT);
	put_bytes(b, NULL, DATA_AT - TEXT_AT);
	CHECK(b->n == DATA_AT);
	put_bytes(b, d.p, d.n);
	put_bytes(b, NULL, reloc_at - b->n);
	put_le(b, DATA, 4);
	put_le(b, 12, 4);
	put_le(b, machine == AMD64 ? 0xa008 : 0x3008, 2);
	put_le(b, 0, 2);
	free(d.p);
}

static bool
is_import(const struct gort__objimport *im, const char *library,
    const char *name, unsigned ordinal, bool delayed)
{
	return strcmp(im->library, library) == 0 &&
	       strcmp(im->name, name) == 0 && im->ordinal == ordinal &&
	       im->delayed == delayed;
}

static void
check_image(unsigned machine, bool old_delay)
{
	struct bytes b = {0};
	struct gort__obj o;
	struct gort_err e = {0};
	uint64_t n = 0;

	image(&b, machine, old_delay);
	if (gort__obj_parse(b.p, b.n, "x.dll", &o, &e) != 0)
		printf("    %s\n", e.text);
	REQUIRE(e.code == 0 && gort__obj_inits(&o, &e) == 0);
	CHECK(o.kind == OBJ_SHARED && o.bits == 8 * word);
	CHECK(o.base == base && o.entry == base + TEXT);
	CHECK(strcmp(o.soname, "image.dll") == 0);
	REQUIRE(o.nneeded == 3);
	CHECK(strcmp(o.needed[0], "FIRST.dll") == 0);
	CHECK(strcmp(o.needed[2], "Late.dll") == 0);
	REQUIRE(o.nimports == 6);
	CHECK(is_import(&o.imports[0], "FIRST.dll", "imported", 5, false));
	CHECK(is_import(&o.imports[1], "FIRST.dll", "", 77, false));
	CHECK(is_import(&o.imports[2], "FIRST.dll", "imported", 5, false));
	CHECK(is_import(&o.imports[4], "Late.dll", "later", 5, true));
	CHECK(is_import(&o.imports[5], "Late.dll", "", 78, true));
	REQUIRE(o.nexports == 4);
	CHECK(strcmp(o.exports[0].name, "also") == 0);
	CHECK(o.exports[0].addr == base + TEXT + 1 && o.exports[0].func);
	CHECK(strcmp(o.exports[1].forward, "OTHER.there") == 0);
	CHECK(o.exports[1].ordinal == 11);
	CHECK(o.exports[2].ordinal == 10 && !o.exports[2].forward);
	CHECK(strcmp(o.exports[3].name, "") == 0);
	CHECK(o.exports[3].ordinal == 13);
	CHECK(o.exports[3].addr == base + TEXT + 3);
	CHECK(o.secs[3].nrelocs == 1);
	CHECK(gort__obj_relocs(&o, 3, count_reloc, &n, &e) == 0 && n == 1);
	REQUIRE(o.ninits == 2);
	CHECK(o.inits[0].addr == base + TEXT + 2);
	gort__obj_free(&o);
	free(b.p);
}

static void
pe32(void)
{
	check_image(I386, false);
	check_image(I386, true);
}

static void
pe32plus(void)
{
	check_image(AMD64, false);
}

/* An image with n bytes of v somewhere is refused for that reason. */
static void
bad(size_t at, uint64_t v, unsigned n, const char *reason)
{
	struct bytes b = {0};

	image(&b, AMD64, false);
	set_le(&b, at, v, n);
	CHECK(refused(&b, reason));
	free(b.p);
}

static void
refusals(void)
{
	struct bytes b = {0};

	/* where things are */
	image(&b, AMD64, false);
	CHECK(try_bytes(b.p, b.n) == 1);
	free(b.p);
	bad(60, 0xfffffff0, 4, "no PE header");
	bad(60, 4, 4, "no PE header");
	bad(opt, 0x107, 2, "optional header of type 0x107");
	bad(opt - 4, 100, 2, "optional header of 100 bytes");
	bad(opt - 4, 0xffff, 2, "optional header of 65535 bytes");
	bad(opt - 18, 0xffff, 2, "section headers lie past the end");
	bad(opt + 24, UINT64_MAX, 8, "end of the address space");
	bad(sections + 16, 0x7fffffff, 4, "section lies past the end");
	bad(sections + 40 + 12, TEXT + 15, 4, "overlap");
	bad(sections + 40 + 12, 0, 4, "out of order");
	bad(dirs, 0xfffffff0, 4, "exports are out of range");
	bad(edata + 20, 0xffffffff, 4, "table of exports is out of range");
	bad(edata + 24, 0x40000001, 4, "table of exports is out of range");
	bad(edata + 28, 0xfffffff0, 4, "table of exports is out of range");
	bad(edata + 20, 1, 4, "an export is function 1 of 1");
	bad(dirs + 8, 0xfffffff0, 4, "imports are out of range");
	bad(dirs + 8 * 13, 0x7fffffff, 4, "imports are out of range");
	bad(idata + 12, 0xfffffff0, 4, "library's name is out of range");
	bad(idata, 0xfffffff0, 4, "table of imports is out of range");
	bad(thunks, 0x7fffffff, 8, "import's name is out of range");
	bad(delay + 4, 0xfffffff0, 4, "library's name is out of range");
	bad(delay, 0, 4, "library's name is out of range");
	bad(dirs + 8 * 5 + 4, 0x7fffffff, 4, "base relocations are out");
	bad(reloc_at + 4, 4, 4, "block of base relocations of 4 bytes");
	bad(reloc_at + 4, 16, 4, "block of base relocations of 16 bytes");
	bad(dirs + 8 * 9, 0xfffffff0, 4, "TLS directory is out of range");
}

/* An import without an end, and names without one. */
static void
endless(void)
{
	struct bytes b = {0};
	size_t size;

	image(&b, AMD64, false);
	size = reloc_at - DATA_AT;
	memset(b.p + thunks + 16, 0xff, reloc_at - thunks - 16);
	CHECK(try_bytes(b.p, b.n) == 0);
	image(&b, AMD64, false);
	/* the data ends in the middle of the first library's name */
	set_le(&b, sections + 40 + 8, size, 4);
	set_le(&b, sections + 40 + 16, size, 4);
	CHECK(try_bytes(b.p, b.n) == 1);
	memset(b.p + DATA_AT, 'x', size);
	CHECK(try_bytes(b.p, b.n) == 0);
	free(b.p);
}

static void
truncations(void)
{
	struct bytes b = {0};

	image(&b, AMD64, false);
	CHECK(try_truncations(&b, b.n) == 0);
	image(&b, I386, true);
	CHECK(try_truncations(&b, b.n) == 0);
	free(b.p);
}

static void
damage(void)
{
	struct bytes b = {0};
	unsigned n;

	image(&b, AMD64, false);
	n = try_fields(&b, 0, TEXT_AT, 1);
	n += try_fields(&b, DATA_AT, b.n, 1);
	try_random(&b, 20000);
	image(&b, I386, true);
	n += try_fields(&b, 0, TEXT_AT, 1);
	n += try_fields(&b, DATA_AT, b.n, 1);
	try_random(&b, 20000);
	printf("    %u variants\n", n);
	CHECK(n > 50000);
	free(b.p);
}

/*
 * Imports that share one long name, in an image of many sections; and
 * libraries that share one long table.
 */
static void
cost(void)
{
	enum { N = 60000, EACH = 16, NAME = 1 << 20 };
	struct bytes b = {0};
	size_t at, i;

	word = 4;
	base = 0x10000000;
	put_headers(&b, I386);
	set_le(&b, opt - 18, N, 2);
	at = b.n + (size_t)N * 40;
	for (i = 0; i < N - 1; i++)
		put_section(&b, ".x", 0, (uint32_t)(0x100000 + i * EACH), EACH,
		    0, 0xc0000040);
	put_section(&b, ".y", 0, 0x10000000, 400000 + NAME, at, 0xc0000040);
	/* one library's names: all the same */
	for (i = 0; i < 99989; i++)
		put_le(&b, 0x10000000 + 400000, 4);
	put_le(&b, 0, 4);
	/* the library, and the end of them */
	put_le(&b, 0x10000000, 4);
	put_bytes(&b, NULL, 8);
	put_le(&b, 0x10000000 + 400000, 4);
	put_le(&b, 0x10000000, 4);
	put_bytes(&b, NULL, 20 + NAME);
	memset(b.p + at + 400000, 'n', NAME - 100);
	set_dir(&b, 1, 0x10000000 + 399960, 40);
	CHECK(b.n == at + 400000 + NAME);
	CHECK(try_bytes(b.p, b.n) == 1);
	check_cost(&b);
	free(b.p);
}

static const struct test tests[] = {
    {"PE32 images are read", pe32},
    {"PE32+ images are read", pe32plus},
    {"what is out of range is refused", refusals},
    {"what does not end is refused", endless},
    {"no truncation is accepted", truncations},
    {"no damage does harm", damage},
    {"time and memory are linear", cost},
};

int
main(void)
{
	return RUN_TESTS("objpe", tests);
}
