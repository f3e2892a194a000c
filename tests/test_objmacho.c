/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The readers of Mach-O and fat files: files made here field by field; and
 * that no damaged one does any harm.
 */
#include "hostile.h"

enum { TEXT_AT = 0x400, INIT_AT = 0x420, LINK_AT = 0x440 };
#define BASE 0x10000

/* The last file: how it is made, and where its parts are. */
static bool big, chained, object;
static unsigned word;
static size_t segments, symtab, dyld_info, symbols, strings, binds, lazy, trie,
    fixups, relocs, rpath;

static void
put(struct bytes *b, uint64_t v, unsigned n)
{
	if (big)
		put_be(b, v, n);
	else
		put_le(b, v, n);
}

static void
set(struct bytes *b, size_t at, uint64_t v, unsigned n)
{
	size_t end = b->n;

	b->n = at;
	put(b, v, n);
	b->n = end;
}

static void
put_name(struct bytes *b, const char *s, size_t n)
{
	put_bytes(b, NULL, n);
	memcpy(b->p + b->n - n, s, strlen(s));
}

/* A command with the number and string; its offset. */
static size_t
put_command(struct bytes *b, uint32_t cmd, unsigned head, const char *s)
{
	size_t at = b->n, size = (head + strlen(s) + 1 + 7) / 8 * 8;

	put(b, cmd, 4);
	put(b, size, 4);
	put(b, head, 4);
	put_bytes(b, NULL, head - 12);
	put_name(b, s, size - head);
	return at;
}

static void
put_segment(struct bytes *b, const char *name, uint64_t addr, size_t at,
    size_t size, unsigned prot, unsigned nsects)
{
	unsigned section = word == 8 ? 80 : 68;

	put(b, word == 8 ? 0x19 : 0x1, 4);
	put(b, 40 + 4 * word + nsects * section, 4);
	put_name(b, name, 16);
	put(b, addr, word);
	put(b, size, word);
	put(b, at, word);
	put(b, size, word);
	put(b, 7, 4);
	put(b, prot, 4);
	put(b, nsects, 4);
	put(b, 0, 4);
}

static void
put_section(struct bytes *b, const char *name, const char *segment,
    uint64_t addr, size_t size, size_t at, unsigned nrelocs, uint32_t flags)
{
	put_name(b, name, 16);
	put_name(b, segment, 16);
	put(b, addr, word);
	put(b, size, word);
	put(b, at, 4);
	put(b, 3, 4);
	if (nrelocs)
		relocs = b->n;
	put(b, 0, 4);
	put(b, nrelocs, 4);
	put(b, flags, 4);
	put_bytes(b, NULL, word + 4);
}

/* Opcodes: name, from which library, bind it. */
static void
put_bind(struct bytes *b, unsigned ordinal, unsigned flags, const char *name)
{
	put_le(b, ordinal, 1);
	put_le(b, 0x40 | flags, 1);
	put_bytes(b, name, strlen(name) + 1);
	put_le(b, 0x51, 1);
	put_le(b, 0x71, 1);
	put_le(b, 0x00, 1);
	put_le(b, 0x90, 1);
}

static void
put_opcodes(struct bytes *b)
{
	binds = b->n;
	put_bind(b, 0x11, 0, "_early");
	put_bind(b, 0x3e, 1, "_flat");
	put_le(b, 0x20, 1);
	put_le(b, 0x02, 1);
	put_le(b, 0xc0, 1); /* _flat from the second library, too */
	put_le(b, 0x8000 | 3, 2);
	put_le(b, 0x01, 1);
	put_le(b, 0, 1);
	lazy = b->n;
	put_bind(b, 0x12, 0, "_late");
	put_le(b, 0, 1);
	put_bind(b, 0x11, 0, "_early");
	put_align(b, 8);
}

/* One segment of two has starts; three imports of the plain format. */
static void
put_fixups(struct bytes *b)
{
	fixups = b->n;
	put(b, 0, 4);
	put(b, 28, 4);      /* starts */
	put(b, 28 + 24, 4); /* imports */
	put(b, 28 + 36, 4); /* names */
	put(b, 3, 4);
	put(b, 1, 4);
	put(b, 0, 4);
	put(b, 2, 4);
	put(b, 0, 4);
	put(b, 12, 4);
	put(b, 24, 4);
	put(b, 0x1000, 2);
	put(b, word == 8 ? 6 : 3, 2);
	put(b, 0, 4);
	put(b, 1 | 1 << 9, 4);
	put(b, 0xfe | 1 << 8 | 8 << 9, 4);
	put(b, 2 | 14u << 9, 4);
	put_bytes(b, "\0_early\0_flat\0_late\0", 20);
	put_align(b, 8);
}

/* "_f" at 0x400, "_foo" at 0x404, "_re" from the second library */
static void
put_trie(struct bytes *b)
{
	static const uint8_t nodes[] = {/*  0 */ 0, 1, '_', 0, 5,
	    /*  5 */ 0, 2, 'f', 0, 14, 'r', 'e', 0, 28,
	    /* 14 */ 3, 0, 0x80, 0x08, 1, 'o', 'o', 0, 23,
	    /* 23 */ 3, 0, 0x84, 0x08, 0,
	    /* 28 */ 7, 8, 2, '_', 'o', 'l', 'd', 0, 0};

	trie = b->n;
	put_bytes(b, nodes, sizeof(nodes));
	put_align(b, 8);
}

static void
put_symbol(struct bytes *b, uint32_t name, unsigned type, unsigned sect,
    unsigned desc, uint64_t value)
{
	put(b, name, 4);
	put(b, type, 1);
	put(b, sect, 1);
	put(b, desc, 2);
	put(b, value, word);
}

static void
put_symbols(struct bytes *b)
{
	symbols = b->n;
	put_symbol(b, 1, 0x0f, 1, 0, BASE + TEXT_AT);     /* _f */
	put_symbol(b, 4, 0x0e, 1, 0, BASE + TEXT_AT + 4); /* _foo */
	put_symbol(b, 9, 0x01, 0, 0x140, 0);              /* _early, weak */
	put_symbol(b, 16, 0x01, 0, 0, 16);                /* _common */
	put_symbol(b, 1, 0x24, 200, 0, 1);                /* a stab */
	strings = b->n;
	put_bytes(b, "\0_f\0_foo\0_early\0_common", 24);
	put_align(b, 8);
}

/* Commands that are followed from their ends, when all is in place. */
static void
put_links(struct bytes *b)
{
	symtab = b->n;
	put(b, 2, 4);
	put(b, 24, 4);
	put_bytes(b, NULL, 16);
	dyld_info = b->n;
	if (object)
		return;
	if (chained) {
		put(b, 0x80000034, 4);
		put(b, 16, 4);
		put_bytes(b, NULL, 8);
		put(b, 0x80000033, 4);
		put(b, 16, 4);
		put_bytes(b, NULL, 8);
		return;
	}
	put(b, 0x80000022, 4);
	put(b, 48, 4);
	put_bytes(b, NULL, 40);
}

static void
set_links(struct bytes *b)
{
	set(b, symtab + 8, symbols, 4);
	set(b, symtab + 12, 5, 4);
	set(b, symtab + 16, strings, 4);
	set(b, symtab + 20, 24, 4);
	if (object)
		return;
	if (chained) {
		set(b, dyld_info + 8, fixups, 4);
		set(b, dyld_info + 12, trie - fixups, 4);
		set(b, dyld_info + 24, trie, 4);
		set(b, dyld_info + 28, symbols - trie, 4);
		return;
	}
	set(b, dyld_info + 16, binds, 4);
	set(b, dyld_info + 20, lazy - binds, 4);
	set(b, dyld_info + 32, lazy, 4);
	set(b, dyld_info + 36, trie - lazy, 4);
	set(b, dyld_info + 40, trie, 4);
	set(b, dyld_info + 44, symbols - trie, 4);
}

static void
put_load_commands(struct bytes *b)
{
	unsigned head = word == 8 ? 32 : 28;
	uint64_t base = object ? 0 : BASE;

	segments = head;
	put_segment(b, "__TEXT", base, 0, INIT_AT, 5, 1);
	put_section(
	    b, "__text", "__TEXT", base + TEXT_AT, 16, TEXT_AT, 0, 0x80000400);
	put_segment(b, "__DATA", base + INIT_AT, INIT_AT, 2 * word, 3, 2);
	put_section(b, "__mod_init_func", "__DATA", base + INIT_AT, 2 * word,
	    INIT_AT, object ? 2 : 0, 9);
	put_section(
	    b, "__bss", "__DATA", base + INIT_AT + 16, 1 << 30, 0, 0, 1);
	put_command(b, 0xd, 24, "@rpath/self.dylib");
	put_command(b, 0xc, 24, "/lib/first.dylib");
	put_command(b, 0x80000018, 24, "/lib/second.dylib");
	rpath = put_command(b, 0x8000001c, 12, "@loader_path/a");
	put_command(b, 0x8000001c, 12, "/b");
	put_links(b);
	set(b, 20, b->n - head, 4);
}

/* A library, or an object with relocations. */
static void
file(struct bytes *b)
{
	uint64_t code = object || chained ? 0 : BASE;

	b->n = 0;
	put(b, word == 8 ? 0xfeedfacf : 0xfeedface, 4);
	put(b, word == 8 ? 0x01000007 : 7, 4);
	put(b, 3, 4);
	put(b, object ? 1 : 6, 4);
	put(b, object ? 8 : chained ? 10 : 9, 4);
	put(b, 0, 4);
	put(b, 0x85, 4);
	put_bytes(b, NULL, word == 8 ? 4 : 0);
	put_load_commands(b);
	if (object)
		set(b, 16, 8, 4);
	CHECK(b->n <= TEXT_AT);
	put_bytes(b, NULL, INIT_AT - b->n);
	/* a chained pointer of 32 bits has the address, of 64 the offset */
	code = chained && word == 4 ? BASE : code;
	put(b, code + TEXT_AT, word);
	put(b, code + TEXT_AT + 4, word);
	put_bytes(b, NULL, LINK_AT - b->n);
	if (chained)
		put_fixups(b);
	else
		put_opcodes(b);
	put_trie(b);
	put_symbols(b);
	set_links(b);
	if (!object)
		return;
	set(b, relocs, b->n, 4);
	/* symbol 2, external, of a word; and section 1 */
	put(b, 0, 4);
	put(b, big ? 2 << 8 | 2 << 5 | 1 << 4 : 2 | 3u << 25 | 1u << 27, 4);
	put(b, word, 4);
	put(b, big ? 1 << 8 | 2 << 5 : 1 | 3u << 25, 4);
}

static void
make(struct bytes *b, unsigned w, bool is_big, bool is_chained, bool is_object)
{
	word = w;
	big = is_big;
	chained = is_chained;
	object = is_object;
	file(b);
}

static bool
is_import(const struct gort__objimport *im, const char *name,
    const char *library, bool weak)
{
	if (im->library && library)
		return strcmp(im->name, name) == 0 && im->weak == weak &&
		       strcmp(im->library, library) == 0;
	return strcmp(im->name, name) == 0 && im->weak == weak &&
	       im->library == library;
}

static void
check_library(unsigned w, bool is_big, bool is_chained)
{
	static const char first[] = "/lib/first.dylib";
	static const char second[] = "/lib/second.dylib";
	struct bytes b = {0};
	struct gort__obj o;
	struct gort_err e = {0};

	make(&b, w, is_big, is_chained, false);
	if (gort__obj_parse(b.p, b.n, "x.dylib", &o, &e) != 0)
		printf("    %s\n", e.text);
	REQUIRE(e.code == 0 && gort__obj_inits(&o, &e) == 0);
	CHECK(o.kind == OBJ_SHARED && o.bits == 8 * w && o.rd.big == is_big);
	CHECK(strcmp(o.soname, "@rpath/self.dylib") == 0);
	CHECK(strcmp(o.runpath, "@loader_path/a:/b") == 0);
	REQUIRE(o.nneeded == 2 && o.nsecs == 4 && o.nsegs == 2);
	CHECK(strcmp(o.secs[2].name, "__DATA,__mod_init_func") == 0);
	CHECK(o.secs[3].filesz == 0 && o.secs[3].size == 1 << 30);
	REQUIRE(o.nimports == (is_chained ? 3 : 4));
	CHECK(is_import(&o.imports[0], "_early", first, false));
	CHECK(is_import(&o.imports[1], "_flat", NULL, true));
	if (!is_chained)
		CHECK(is_import(&o.imports[2], "_flat", second, true));
	CHECK(is_import(&o.imports[o.nimports - 1], "_late", second, false));
	REQUIRE(o.nexports == 3);
	CHECK(strcmp(o.exports[0].name, "_f") == 0);
	CHECK(o.exports[0].addr == BASE + TEXT_AT);
	CHECK(strcmp(o.exports[1].name, "_foo") == 0);
	CHECK(strcmp(o.exports[2].name, "_re") == 0);
	CHECK(strcmp(o.exports[2].forward, "_old") == 0);
	REQUIRE(o.nsyms == 5);
	CHECK(o.syms[0].bind == OBJ_GLOBAL && o.syms[0].type == OBJ_FUNC);
	CHECK(o.syms[1].bind == OBJ_LOCAL);
	CHECK(o.syms[2].bind == OBJ_WEAK && o.syms[2].section == 0);
	CHECK(o.syms[3].section == OBJ_SHN_COMMON && o.syms[3].size == 16);
	CHECK(o.syms[4].section == OBJ_SHN_DEBUG);
	REQUIRE(o.ninits == 2);
	CHECK(o.inits[0].addr == BASE + TEXT_AT);
	CHECK(strcmp(o.inits[0].symbol, "_f") == 0);
	CHECK(strcmp(o.inits[1].symbol, "_foo") == 0);
	gort__obj_free(&o);
	free(b.p);
}

static void
libraries(void)
{
	check_library(8, false, false);
	check_library(4, false, false);
	check_library(4, true, false);
}

static void
chains(void)
{
	check_library(8, false, true);
	check_library(4, false, true);
}

static void
objects(void)
{
	struct bytes b = {0};
	struct gort__obj o;
	struct gort_err e = {0};
	uint64_t n = 0;
	unsigned i;

	for (i = 0; i < 2; i++) {
		make(&b, i ? 4 : 8, i, false, true);
		if (gort__obj_parse(b.p, b.n, "x.o", &o, &e) != 0)
			printf("    %s\n", e.text);
		REQUIRE(e.code == 0 && gort__obj_inits(&o, &e) == 0);
		CHECK(o.kind == OBJ_RELOCATABLE && o.nimports == 0);
		CHECK(gort__obj_relocs(&o, 2, count_reloc, &n, &e) == 0);
		REQUIRE(o.ninits == 2);
		CHECK(strcmp(o.inits[0].symbol, "_early") == 0);
		gort__obj_free(&o);
	}
	CHECK(n == 4);
	free(b.p);
}

static void
fat_of(struct bytes *b, bool wide)
{
	struct bytes in = {0};
	unsigned i;

	b->n = 0;
	put_be(b, wide ? 0xcafebabf : 0xcafebabe, 4);
	put_be(b, 2, 4);
	make(&in, 8, false, false, false);
	for (i = 0; i < 2; i++) {
		put_be(b, i ? 0x0100000c : 7, 4);
		put_be(b, i ? 2 : 3, 4);
		put_be(b, 128 + i * in.n, wide ? 8 : 4);
		put_be(b, in.n, wide ? 8 : 4);
		put_be(b, 3, 4);
		put_bytes(b, NULL, wide ? 4 : 0);
	}
	put_align(b, 128);
	put_bytes(b, in.p, in.n);
	put_bytes(b, in.p, in.n);
	free(in.p);
}

static void
fat(void)
{
	struct bytes b = {0};
	struct gort__obj o, m;
	struct gort_err e = {0};
	unsigned i;

	for (i = 0; i < 2; i++) {
		fat_of(&b, i);
		REQUIRE(gort__obj_parse(b.p, b.n, "fat", &o, &e) == 0);
		REQUIRE(o.kind == OBJ_ARCHIVE && o.nmembers == 2);
		CHECK(strcmp(o.members[0].name, "i386") == 0);
		CHECK(strcmp(o.members[1].name, "arm64e") == 0);
		CHECK(gort__obj_parse_member(&o, 1, &m, &e) == 0);
		CHECK(m.nexports == 3);
		gort__obj_free(&m);
		gort__obj_free(&o);
	}
	fat_of(&b, false);
	b.p[8 + 8] = 0x7f;
	CHECK(refused(&b, "a slice lies past the end"));
	/* a class of Java 8 */
	fat_of(&b, false);
	b.p[7] = 52;
	CHECK(refused(&b, "known format"));
	free(b.p);
}

/* A file with n bytes of v somewhere is refused for that reason. */
static void
bad(size_t at, uint64_t v, unsigned n, const char *reason)
{
	struct bytes b = {0};

	file(&b);
	set(&b, at, v, n);
	CHECK(refused(&b, reason));
	free(b.p);
}

static void
refusals(void)
{
	struct bytes b = {0};
	size_t sect;

	make(&b, 8, false, false, false);
	CHECK(try_bytes(b.p, b.n) == 1);
	sect = segments + 72;
	bad(16, 10, 4, "is past the last");
	bad(16, UINT32_MAX, 4, "is past the last");
	bad(20, UINT32_MAX, 4, "load commands lie past the end");
	bad(segments + 4, 4, 4, "load command of 4 bytes");
	bad(segments + 4, 0xfffffff8, 4, "load command of 4294967288 bytes");
	bad(rpath, 0x19, 4, "a segment's command is too short");
	bad(segments + 40, UINT64_MAX, 8, "segment lies past the end");
	bad(segments + 48, UINT64_MAX, 8, "segment lies past the end");
	bad(segments + 64, 2, 4, "more sections than room");
	bad(segments + 64, UINT32_MAX, 4, "more sections than room");
	bad(sect + 40, UINT64_MAX, 8, "section lies past the end");
	bad(sect + 60, 0x20000000, 4, "relocations lie past the end");
	bad(rpath + 8, 1000, 4, "does not end in it");
	bad(symtab + 12, UINT32_MAX, 4, "symbols lie past the end");
	bad(symtab + 20, UINT32_MAX, 4, "lies past the end");
	bad(symbols, 24, 4, "symbol's name is out of range");
	bad(symbols + 5, 4, 1, "a symbol is in section 4 of 3");
	bad(symbols + 5, 0, 1, "a symbol is in section 0 of 3");
	bad(dyld_info + 16, UINT32_MAX, 4, "lies past the end");
	bad(binds, 0xf0, 1, "bind opcode 0xf0");
	bad(binds, 0x90, 1, "bind opcode 0x90");
	bad(trie - 1, 0x41, 1, "bind opcode 0x41");
	bad(trie + 4, 0, 1, "there twice");
	bad(trie + 4, 0x7f, 1, "out of range");
	bad(trie + 27, 0x7f, 1, "there twice");
	bad(trie + 14, 0x7f, 1, "too long");
	bad(trie + 14, 1, 1, "does not end");
	make(&b, 8, false, true, false);
	CHECK(try_bytes(b.p, b.n) == 1);
	bad(dyld_info + 12, 20, 4, "too short");
	bad(fixups + 16, 0x10000000, 4, "imports of fixups are out of range");
	bad(fixups + 8, UINT32_MAX, 4, "imports of fixups are out of range");
	bad(fixups + 20, 4, 4, "imports of format 4");
	bad(fixups + 24, 1, 4, "names of format 1");
	bad(fixups + 52, UINT32_MAX, 4, "import's name is out of range");
	make(&b, 8, false, false, true);
	CHECK(try_bytes(b.p, b.n) == 1);
	bad(b.n - 12, 5 | 1u << 27, 4, "a relocation has symbol 5 of 5");
	free(b.p);
}

static void
truncations(void)
{
	struct bytes b = {0};

	/* all but the zeros that fill the end up */
	make(&b, 8, false, false, false);
	b.n = strings + 24;
	CHECK(try_truncations(&b, b.n) == 0);
	make(&b, 4, true, false, false);
	b.n = strings + 24;
	CHECK(try_truncations(&b, b.n) == 0);
	make(&b, 8, false, false, true);
	CHECK(try_truncations(&b, b.n) == 0);
	fat_of(&b, true);
	CHECK(try_truncations(&b, 256) == 0);
	free(b.p);
}

static void
damage(void)
{
	struct bytes b = {0};
	unsigned n = 0, i;

	for (i = 0; i < 5; i++) {
		make(&b, i % 2 ? 4 : 8, i == 3, i == 2, i == 4);
		n += try_fields(&b, 0, b.n, 1);
		try_random(&b, 20000);
	}
	fat_of(&b, false);
	n += try_fields(&b, 0, 48, 1);
	printf("    %u variants\n", n);
	CHECK(n > 100000);
	free(b.p);
}

/* A library that is only header, one command, and what that names. */
static void
start_large(struct bytes *b, uint32_t cmd, unsigned size)
{
	b->n = 0;
	big = false;
	word = 8;
	put(b, 0xfeedfacf, 4);
	put(b, 0x01000007, 4);
	put(b, 3, 4);
	put(b, 6, 4);
	put(b, 1, 4);
	put(b, size, 4);
	put_bytes(b, NULL, 8);
	put(b, cmd, 4);
	put(b, size, 4);
	put_bytes(b, NULL, size - 8);
}

static void
cost(void)
{
	enum { N = 200000, NAME = 1 << 20 };
	struct bytes b = {0};
	unsigned i;

	/* one long name, bound from many libraries */
	start_large(&b, 0x80000022, 48);
	put_le(&b, 0x40, 1);
	put_bytes(&b, NULL, NAME);
	memset(b.p + b.n - NAME, 'n', NAME - 1);
	for (i = 0; i < N; i++)
		put_le(&b, 0x9011, 2);
	set(&b, 32 + 16, 80, 4);
	set(&b, 32 + 20, b.n - 80, 4);
	CHECK(try_bytes(b.p, b.n) == 1);
	check_cost(&b);
	/* a chain of nodes: the names would be longer and longer */
	start_large(&b, 0x80000033, 16);
	for (i = 0; i < N; i++) {
		/* in bytes of its own: 3 0 1 0 1 'x' 0 next */
		put_le(&b, 0x7801000003, 5);
		b.p[b.n - 5] = 2;
		b.p[b.n - 3] = 0;
		b.p[b.n - 2] = 1;
		put_le(&b, 0, 1);
		put_le(&b, 0x80 | ((i + 1) * 10 & 0x7f), 1);
		put_le(&b, 0x80 | ((i + 1) * 10 >> 7 & 0x7f), 1);
		put_le(&b, 0x80 | ((i + 1) * 10 >> 14 & 0x7f), 1);
		put_le(&b, (i + 1) * 10 >> 21, 1);
	}
	put_bytes(&b, NULL, 16);
	set(&b, 32 + 8, 48, 4);
	set(&b, 32 + 12, b.n - 48, 4);
	CHECK(refused(&b, "names are far longer"));
	check_cost(&b);
	/* nodes in the midst of an edge, which is theirs as well */
	start_large(&b, 0x80000033, 16);
	put_le(&b, 100 << 8, 2);
	for (i = 0; i < 100; i++) {
		unsigned at = 1000 + i * 100;

		put_bytes(&b, "x", 2);
		put_le(&b, 0x80 | (at & 0x7f), 1);
		put_le(&b, at >> 7, 1);
	}
	put_bytes(&b, NULL, 32 * NAME);
	memset(b.p + b.n - 32 * NAME, 'a', 32 * NAME - 256);
	set(&b, 32 + 8, 48, 4);
	set(&b, 32 + 12, b.n - 48, 4);
	CHECK(refused(&b, "there twice"));
	check_cost(&b);
	/* chained imports with one name */
	start_large(&b, 0x80000034, 16);
	put(&b, 0, 4);
	put(&b, 0, 4);
	put(&b, 28, 4);
	put(&b, 28 + 4 * N, 4);
	put(&b, N, 4);
	put(&b, 1, 4);
	put(&b, 0, 4);
	put_bytes(&b, NULL, 4 * N + NAME);
	memset(b.p + b.n - NAME, 'n', NAME - 1);
	set(&b, 32 + 8, 48, 4);
	set(&b, 32 + 12, b.n - 48, 4);
	CHECK(try_bytes(b.p, b.n) == 1);
	check_cost(&b);
	/* run paths, each to be added to those before */
	start_large(&b, 0x8000001c, 16 * N);
	b.n = 32;
	for (i = 0; i < N; i++)
		put_command(&b, 0x8000001c, 12, "/a");
	set(&b, 16, N, 4);
	CHECK(try_bytes(b.p, b.n) == 1);
	check_cost(&b);
	free(b.p);
}

static const struct test tests[] = {
    {"libraries are read: both widths, both byte orders", libraries},
    {"chained fixups are read", chains},
    {"objects are read", objects},
    {"fat files are read, and Java's are not", fat},
    {"what is out of range is refused", refusals},
    {"no truncation is accepted", truncations},
    {"no damage does harm", damage},
    {"time and memory are linear", cost},
};

int
main(void)
{
	return RUN_TESTS("objmacho", tests);
}
