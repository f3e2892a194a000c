/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The readers of COFF objects, bigobjs and short imports: objects made here
 * field by field; and that no damaged one does any harm.
 */
#include "hostile.h"

enum { AMD64 = 0x8664, I386 = 0x14c };
enum { NSECS = 5, NSYMS = 13 };

/* Where the parts of the last object are. */
static size_t sections, relocs, symbols, strings;
static bool big;

static void
put_section(struct bytes *b, const char *name, unsigned size, size_t at,
    size_t rel, unsigned nrel, uint32_t flags)
{
	char field[9] = {0};

	snprintf(field, sizeof(field), "%s", name);
	put_bytes(b, field, 8);
	put_le(b, 0, 8);
	put_le(b, size, 4);
	put_le(b, at, 4);
	put_le(b, rel, 4);
	put_le(b, 0, 4);
	put_le(b, nrel, 2);
	put_le(b, 0, 2);
	put_le(b, flags, 4);
}

static void
put_reloc(struct bytes *b, uint32_t at, uint32_t sym, unsigned type)
{
	put_le(b, at, 4);
	put_le(b, sym, 4);
	put_le(b, type, 2);
}

/* name: up to 8 bytes; or NULL, and an index of the string table */
static void
put_symbol(struct bytes *b, const char *name, uint32_t index, uint32_t value,
    int section, unsigned type, unsigned class, unsigned naux)
{
	char field[9] = {0};

	if (name) {
		snprintf(field, sizeof(field), "%s", name);
		put_bytes(b, field, 8);
	} else {
		put_le(b, 0, 4);
		put_le(b, index, 4);
	}
	put_le(b, value, 4);
	put_le(b, (uint64_t)(int64_t)section, big ? 4 : 2);
	put_le(b, type, 2);
	put_le(b, class, 1);
	put_le(b, naux, 1);
}

/* An auxiliary record of fields that are given as bytes. */
static void
put_aux(struct bytes *b, const void *p, size_t n)
{
	put_bytes(b, p, n);
	put_bytes(b, NULL, (big ? 20 : 18) - n);
}

static void
put_symbols(struct bytes *b)
{
	static const uint8_t comdat[15] = {4, [14] = 2};
	static const uint8_t assoc[15] = {4, [12] = 2, [14] = 5};
	static const uint8_t weak[8] = {9, 0, 0, 0, 3};

	put_symbol(b, ".file", 0, 0, -2, 0, 103, 1);
	put_aux(b, "source.c", 8);
	put_symbol(b, ".text$f", 0, 0, 2, 0, 3, 1); /* 2 */
	put_aux(b, comdat, sizeof(comdat));
	put_symbol(b, "ff", 0, 0, 2, 0x20, 2, 0);    /* 4 */
	put_symbol(b, ".pdata$f", 0, 0, 3, 0, 3, 1); /* 5 */
	put_aux(b, assoc, sizeof(assoc));
	put_symbol(b, NULL, 4, 3, 1, 0x20, 2, 0);   /* 7 */
	put_symbol(b, "stat", 0, 1, 1, 0x20, 3, 0); /* 8 */
	put_symbol(b, "def", 0, 5, -1, 0, 2, 0);    /* 9 */
	put_symbol(b, "weak", 0, 0, 0, 0, 105, 1);  /* 10 */
	put_aux(b, weak, sizeof(weak));
	put_symbol(b, "comm", 0, 24, 0, 0, 2, 0); /* 12 */
}

/* Sections, COMDATs, constructors, symbols of each kind, long names. */
static void
object(struct bytes *b, unsigned machine, bool bigobj)
{
	unsigned word = machine == AMD64 ? 8 : 4;
	size_t data, head = bigobj ? 56 : 20;

	big = bigobj;
	b->n = 0;
	sections = head;
	data = head + NSECS * 40;
	relocs = data + 16 + 4 + 4 + 2 * word;
	symbols = relocs + 30;
	if (bigobj) {
		static const uint8_t class[16] = {0xc7, 0xa1, 0xba, 0xd1, 0xee,
		    0xba, 0xa9, 0x4b, 0xaf, 0x20, 0xfa, 0xf6, 0x6a, 0xa4, 0xdc,
		    0xb8};

		put_le(b, 0xffff0000, 4);
		put_le(b, 2, 2);
		put_le(b, machine, 2);
		put_le(b, 0, 4);
		put_bytes(b, class, 16);
		put_bytes(b, NULL, 16);
		put_le(b, NSECS, 4);
		put_le(b, symbols, 4);
		put_le(b, NSYMS, 4);
	} else {
		put_le(b, machine, 2);
		put_le(b, NSECS, 2);
		put_le(b, 0, 4);
		put_le(b, symbols, 4);
		put_le(b, NSYMS, 4);
		put_le(b, 0, 4);
	}
	put_section(b, ".text", 16, data, relocs, 1, 0x60500020);
	put_section(b, ".text$f", 4, data + 16, 0, 0, 0x60301020);
	put_section(b, ".pdata$f", 4, data + 20, 0, 0, 0x40301040);
	put_section(b, "/20", 2 * word, data + 24, relocs + 10, 2, 0xc0400040);
	put_section(b, ".bss", 4096, 0, 0, 0, 0xc0300080);
	put_bytes(b, NULL, 24 + 2 * word);
	set_le(b, data + 24, 1, word);
	put_reloc(b, 4, 7, 4);
	put_reloc(b, 0, 8, machine == AMD64 ? 1 : 6);
	put_reloc(b, word, 7, machine == AMD64 ? 1 : 6);
	CHECK(b->n == symbols);
	put_symbols(b);
	strings = b->n;
	put_le(b, 33, 4);
	put_bytes(b, "long_name_of_it\0.ctors.65000", 29);
	/* "/20" is the second string */
	CHECK(strings == symbols + NSYMS * (big ? 20u : 18u));
}

/* Offset of a symbol's record. */
static size_t
symbol(unsigned i)
{
	return symbols + i * (big ? 20u : 18u);
}

static void
check_object(unsigned machine, bool bigobj)
{
	struct bytes b = {0};
	struct gort__obj o;
	struct gort_err e = {0};

	object(&b, machine, bigobj);
	REQUIRE(gort__obj_parse(b.p, b.n, "x.o", &o, &e) == 0);
	REQUIRE(gort__obj_inits(&o, &e) == 0);
	CHECK(o.kind == OBJ_RELOCATABLE && o.machine == machine);
	CHECK(o.bits == (machine == AMD64 ? 64 : 32));
	REQUIRE(o.nsecs == NSECS + 1 && o.nsyms == NSYMS);
	CHECK(strcmp(o.secs[4].name, ".ctors.65000") == 0);
	CHECK(o.secs[1].align == 16 && o.secs[1].what & OBJ_SEC_EXEC);
	CHECK(o.secs[5].filesz == 0 && o.secs[5].size == 4096);
	CHECK(o.secs[2].info == 2 && o.secs[2].link == 4);
	CHECK(o.secs[3].info == 5 && o.secs[3].group == 2);
	CHECK(strcmp(o.syms[0].name, "source.c") == 0);
	CHECK(o.syms[0].type == OBJ_FILE && o.syms[1].type == OBJ_AUX);
	CHECK(o.syms[5].type == OBJ_SECTION);
	CHECK(strcmp(o.syms[5].name, ".pdata$f") == 0);
	CHECK(strcmp(o.syms[7].name, "long_name_of_it") == 0);
	CHECK(o.syms[7].bind == OBJ_GLOBAL && o.syms[7].type == OBJ_FUNC);
	CHECK(o.syms[8].bind == OBJ_LOCAL);
	CHECK(o.syms[9].section == OBJ_SHN_ABS && o.syms[9].value == 5);
	CHECK(o.syms[10].bind == OBJ_WEAK && o.syms[10].link == 9);
	CHECK(o.syms[12].section == OBJ_SHN_COMMON && o.syms[12].size == 24);
	/* .ctors run from their end */
	REQUIRE(o.ninits == 2);
	CHECK(strcmp(o.inits[0].symbol, "long_name_of_it") == 0);
	CHECK(strcmp(o.inits[1].symbol, "stat") == 0);
	gort__obj_free(&o);
	free(b.p);
}

static void
amd64(void)
{
	check_object(AMD64, false);
}

static void
for_386(void)
{
	check_object(I386, false);
}

static void
bigobj(void)
{
	check_object(AMD64, true);
}

static void
many_relocs(void)
{
	enum { N = 70000 };
	struct bytes b = {0};
	struct gort__obj o;
	struct gort_err e = {0};
	uint64_t n = 0;
	unsigned i;

	put_le(&b, AMD64, 2);
	put_le(&b, 1, 2);
	put_le(&b, 0, 4);
	put_le(&b, 60 + 10 * (N + 1), 4);
	put_le(&b, 1, 4);
	put_le(&b, 0, 4);
	put_section(&b, ".data", 0, 0, 60, 0xffff, 0xc1300040);
	put_reloc(&b, N + 1, 0, 0);
	for (i = 0; i < N; i++)
		put_reloc(&b, i, 0, 4);
	big = false;
	put_symbol(&b, "x", 0, 0, 0, 0, 2, 0);
	REQUIRE(gort__obj_parse(b.p, b.n, "x.o", &o, &e) == 0);
	CHECK(o.secs[1].nrelocs == N);
	CHECK(gort__obj_relocs(&o, 1, count_reloc, &n, &e) == 0 && n == N);
	gort__obj_free(&o);
	set_le(&b, 60, N + 100, 4);
	CHECK(refused(&b, "relocations lie past the end"));
	set_le(&b, 60, 0, 4);
	CHECK(refused(&b, "relocations lie past the end"));
	free(b.p);
}

/* An object with n bytes of v somewhere is refused for that reason. */
static void
bad(size_t at, uint64_t v, unsigned n, const char *reason)
{
	struct bytes b = {0};

	object(&b, AMD64, false);
	set_le(&b, at, v, n);
	CHECK(refused(&b, reason));
	free(b.p);
}

static void
refusals(void)
{
	struct bytes b = {0};

	/* where things are */
	object(&b, AMD64, false);
	CHECK(try_bytes(b.p, b.n) == 1);
	free(b.p);
	bad(2, 0xffff, 2, "section headers lie past the end");
	bad(8, 0x7fffffff, 4, "symbols lie past the end");
	bad(12, 0xffffffff, 4, "symbols lie past the end");
	bad(sections + 16, 0xffffffff, 4, "section lies past the end");
	bad(sections + 20, 0xfffffff0, 4, "section lies past the end");
	bad(sections + 24, 0xfffffff0, 4, "relocations lie past the end");
	bad(sections + 32, 0xffff, 2, "relocations lie past the end");
	bad(sections + 3 * 40 + 1, '9', 1, "section's name is out of range");
	bad(sections + 3 * 40 + 1, '1', 2, "section's name is out of range");
	bad(relocs + 4, NSYMS, 4, "a relocation has symbol 13 of 13");
	bad(relocs + 4, 0xffffffff, 4, "a relocation has symbol");
	bad(relocs + 4, 1, 4, "part of another");
	bad(symbol(7) + 4, 34, 4, "symbol's name is out of range");
	bad(symbol(7) + 4, 2, 4, "symbol's name is out of range");
	bad(symbol(7) + 12, NSECS + 1, 2, "a symbol is in section 6 of 5");
	bad(symbol(7) + 12, 0x8000, 2, "a symbol is in section 32768");
	bad(symbol(12) + 17, 1, 1, "past the last symbol");
	bad(symbol(6) + 12, 3, 2, "associated with section 3");
	bad(symbol(6) + 12, 9, 2, "associated with section 9");
	bad(symbol(6) + 12, 0, 2, "associated with section 0");
	bad(symbol(11), NSYMS, 4, "stands for symbol 13 of 13");
	bad(symbol(11), 10, 4, "stands for symbol 10");
	bad(symbol(11), 6, 4, "part of another");
	bad(strings, 3, 4, "string table of 3 bytes");
	bad(strings, 35, 4, "string table lies past the end");
}

static void
overlap(void)
{
	struct bytes b = {0};
	unsigned i;

	put_le(&b, AMD64, 2);
	put_le(&b, 200, 2);
	put_bytes(&b, NULL, 16);
	for (i = 0; i < 200; i++)
		put_section(&b, ".data", 20 + 200 * 40, 0, 0, 0, 0xc0000040);
	CHECK(try_bytes(b.p, b.n) == 1);
	for (i = 0; i < 200; i++)
		set_le(&b, 20 + i * 40 + 20, 1, 4);
	set_le(&b, 20 + 16, 10, 4);
	CHECK(refused(&b, "past the end"));
	for (i = 0; i < 200; i++)
		set_le(&b, 20 + i * 40 + 16, 8000, 4);
	CHECK(refused(&b, "sections overlap"));
	free(b.p);
}

/* A short import; the type has the kind and that of the name. */
static void
import(struct bytes *b, const char *strs, size_t n, unsigned type)
{
	b->n = 0;
	put_le(b, 0xffff0000, 4);
	put_le(b, 0, 2);
	put_le(b, I386, 2);
	put_le(b, 0, 4);
	put_le(b, n, 4);
	put_le(b, 7, 2);
	put_le(b, type, 2);
	put_bytes(b, strs, n);
}

static void
imports(void)
{
	static const struct {
		unsigned type;
		const char *name;
	} kinds[] = {{0 << 2, ""}, {1 << 2, "_f@8"}, {2 << 2, "f@8"},
	    {3 << 2, "f"}, {4 << 2, "given"}};
	struct bytes b = {0};
	struct gort__obj o;
	struct gort_err e = {0};
	unsigned i;

	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		import(&b, "_f@8\0Lib.dll\0given", 19, kinds[i].type);
		REQUIRE(gort__obj_parse(b.p, b.n, "x", &o, &e) == 0);
		CHECK(o.kind == OBJ_IMPORT && o.machine == I386);
		REQUIRE(o.nimports == 1 && o.nsyms == 2);
		CHECK(strcmp(o.imports[0].name, kinds[i].name) == 0);
		CHECK(strcmp(o.imports[0].library, "Lib.dll") == 0);
		CHECK(o.imports[0].ordinal == 7 && o.imports[0].func);
		CHECK(strcmp(o.syms[0].name, "__imp__f@8") == 0);
		CHECK(strcmp(o.syms[1].name, "_f@8") == 0);
		gort__obj_free(&o);
	}
	/* data has no stub */
	import(&b, "_v\0Lib.dll", 11, 1 | 1 << 2);
	REQUIRE(gort__obj_parse(b.p, b.n, "x", &o, &e) == 0);
	CHECK(o.nsyms == 1 && !o.imports[0].func);
	gort__obj_free(&o);
	/* the name of a constant is its pointer's */
	import(&b, "_v\0Lib.dll", 11, 2 | 1 << 2);
	REQUIRE(gort__obj_parse(b.p, b.n, "x", &o, &e) == 0);
	REQUIRE(o.nsyms == 2 && !o.imports[0].func);
	CHECK(strcmp(o.syms[1].name, "_v") == 0);
	CHECK(o.syms[1].type == OBJ_DATA);
	gort__obj_free(&o);
	import(&b, "_v\0Lib.dll", 10, 1 << 2);
	CHECK(refused(&b, "does not end"));
	import(&b, "_v\0Lib.dll", 11, 4 << 2);
	CHECK(refused(&b, "does not end"));
	import(&b, "_v\0Lib.dll", 11, 7 << 2);
	CHECK(refused(&b, "a name of type 7"));
	import(&b, "_v\0Lib.dll", 11, 3);
	CHECK(refused(&b, "an import of type 3"));
	import(&b, "\0Lib.dll", 9, 1 << 2);
	CHECK(refused(&b, "without a name"));
	import(&b, "_v\0Lib.dll", 11, 1 << 2);
	set_le(&b, 12, 0xffffffff, 4);
	CHECK(refused(&b, "truncated"));
	free(b.p);
}

/* Only what ends before the string table can do without it. */
static void
truncations(void)
{
	struct bytes b = {0};

	object(&b, AMD64, false);
	CHECK(try_truncations(&b, b.n) == 0);
	object(&b, I386, true);
	CHECK(try_truncations(&b, b.n) == 0);
	import(&b, "_f@8\0Lib.dll\0given", 19, 4 << 2);
	CHECK(try_truncations(&b, b.n) == 0);
	free(b.p);
}

static void
damage(void)
{
	struct bytes b = {0};
	unsigned n;

	object(&b, AMD64, false);
	n = try_fields(&b, 0, b.n, 1);
	try_random(&b, 20000);
	object(&b, AMD64, true);
	n += try_fields(&b, 0, b.n, 1);
	try_random(&b, 20000);
	import(&b, "_f@8\0Lib.dll\0given", 19, 3 << 2);
	n += try_fields(&b, 0, b.n, 1);
	try_random(&b, 20000);
	printf("    %u variants\n", n);
	CHECK(n > 30000);
	free(b.p);
}

/* Many symbols with one long name; many lists of constructors. */
static void
cost(void)
{
	enum { N = 40000 };
	struct bytes b = {0};
	unsigned i;

	big = false;
	put_le(&b, AMD64, 2);
	put_le(&b, N, 2);
	put_le(&b, 0, 4);
	put_le(&b, 20 + N * 40, 4);
	put_le(&b, N, 4);
	put_le(&b, 0, 4);
	for (i = 0; i < N; i++)
		put_section(&b, "/4", 0, 0, 0, 0, 0xc0000040);
	for (i = 0; i < N; i++)
		put_symbol(&b, NULL, 4, 0, 1, 0x20, 2, 0);
	put_le(&b, 4 + (1 << 20), 4);
	put_text(&b, ".ctors.");
	put_bytes(&b, NULL, (1 << 20) - 7);
	memset(b.p + b.n - (1 << 20) + 7, 'x', (1 << 20) - 8);
	CHECK(try_bytes(b.p, b.n) == 1);
	check_cost(&b);
	free(b.p);
}

/* Their numbers have 16 bits; -1 and -2 are no sections. */
static void
many_sections(void)
{
	enum { N = 0xfeff };
	struct bytes b = {0};
	struct gort__obj o;
	struct gort_err e = {0};
	unsigned i;

	big = false;
	put_le(&b, AMD64, 2);
	put_le(&b, N, 2);
	put_le(&b, 0, 4);
	put_le(&b, 20 + N * 40, 4);
	put_le(&b, 3, 4);
	put_le(&b, 0, 4);
	for (i = 0; i < N; i++)
		put_section(&b, ".text", 0, 0, 0, 0, 0x60300020);
	put_symbol(&b, "last", 0, 0, N, 0x20, 2, 0);
	put_symbol(&b, "abs", 0, 0, -1, 0, 2, 0);
	put_symbol(&b, "debug", 0, 0, -2, 0, 2, 0);
	REQUIRE(gort__obj_parse(b.p, b.n, "x.o", &o, &e) == 0);
	REQUIRE(gort__obj_symbols(&o, &e) == 0 && o.nsyms == 3);
	CHECK(o.syms[0].section == N);
	CHECK(o.syms[1].section == OBJ_SHN_ABS);
	CHECK(o.syms[2].section == OBJ_SHN_DEBUG);
	gort__obj_free(&o);
	free(b.p);
}

static void
alignments(void)
{
	struct bytes b = {0};
	struct gort__obj o;
	struct gort_err e = {0};

	put_le(&b, AMD64, 2);
	put_le(&b, 3, 2);
	put_bytes(&b, NULL, 16);
	put_section(&b, ".rdata", 0, 0, 0, 0, 0x40000040);
	put_section(&b, ".rdata", 0, 0, 0, 0, 0x40000048); /* no padding */
	put_section(&b, ".rdata", 0, 0, 0, 0, 0x40e00040);
	REQUIRE(gort__obj_parse(b.p, b.n, "x.o", &o, &e) == 0);
	CHECK(o.secs[1].align == 16);
	CHECK(o.secs[2].align == 1);
	CHECK(o.secs[3].align == 8192);
	gort__obj_free(&o);
	free(b.p);
}

static const struct test tests[] = {
    {"objects for amd64 are read", amd64},
    {"objects for 386 are read", for_386},
    {"bigobjs are read", bigobj},
    {"more than 65535 relocations are read", many_relocs},
    {"65279 sections have symbols", many_sections},
    {"a section that does not say has an alignment of 16", alignments},
    {"what is out of range is refused", refusals},
    {"overlapping sections are refused", overlap},
    {"short imports are read", imports},
    {"no truncation is accepted", truncations},
    {"no damage does harm", damage},
    {"time and memory are linear", cost},
};

int
main(void)
{
	return RUN_TESTS("objcoff", tests);
}
