/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The reader of archives: all kinds of them, made here field by field; and
 * that no damaged one makes it do anything but return.
 */
#include "hostile.h"

/* A header; the size may be any text. */
static void
head(struct bytes *b, const char *name, const char *size)
{
	char text[61];

	snprintf(text, sizeof(text), "%-16.16s%-12s%-6s%-6s%-8s%-10.10s`\n",
	    name, "0", "0", "0", "644", size);
	put_text(b, text);
}

/* A member and what pads it; its header's offset. */
static size_t
member(struct bytes *b, const char *name, const void *p, size_t n)
{
	size_t at = b->n;
	char size[24];

	snprintf(size, sizeof(size), "%zu", n);
	head(b, name, size);
	put_bytes(b, p, n);
	if (n % 2)
		put_text(b, "\n");
	return at;
}

static void
start(struct bytes *b, const char *magic)
{
	b->n = 0;
	put_text(b, magic);
}

/* As GNU ar makes it: an index, long names, one member that is odd. */
static void
gnu(struct bytes *b, unsigned word)
{
	static const char names[] = "a_name_of_more_than_15.o/\nanother_"
				    "name_like_it.o/\n";
	struct bytes x = {0};
	size_t first = 8 + 60 + 3 * word + 9 + (word == 4), at[2];

	/* where the members will be */
	first += first % 2;
	at[0] = first + 60 + sizeof(names) - 1;
	at[0] += at[0] % 2;
	at[1] = at[0] + 60 + 6;
	put_be(&x, 2, word);
	put_be(&x, at[1], word);
	put_be(&x, at[0], word);
	put_bytes(&x, "main\0foo", 9);
	put_bytes(&x, NULL, word == 4);
	start(b, "!<arch>\n");
	member(b, word == 4 ? "/" : "/SYM64/", x.p, x.n);
	CHECK(member(b, "//", names, sizeof(names) - 1) == first);
	CHECK(member(b, "/0", "first", 5) == at[0]);
	CHECK(member(b, "/26", "second", 6) == at[1]);
	member(b, "with blank.o/", "third", 5);
	free(x.p);
}

static void
check_gnu(unsigned word)
{
	struct bytes b = {0};
	struct gort__obj o;
	struct gort_err e = {0};

	gnu(&b, word);
	REQUIRE(gort__obj_parse(b.p, b.n, "x.a", &o, &e) == 0);
	CHECK(o.kind == OBJ_ARCHIVE);
	REQUIRE(o.nmembers == 3);
	CHECK(strcmp(o.members[0].name, "a_name_of_more_than_15.o") == 0);
	CHECK(strcmp(o.members[1].name, "another_name_like_it.o") == 0);
	CHECK(strcmp(o.members[2].name, "with blank.o") == 0);
	CHECK(o.members[0].size == 5);
	CHECK(memcmp(b.p + o.members[1].offset, "second", 6) == 0);
	REQUIRE(o.nindex == 2);
	CHECK(strcmp(o.index[0].name, "main") == 0 && o.index[0].member == 1);
	CHECK(strcmp(o.index[1].name, "foo") == 0 && o.index[1].member == 0);
	gort__obj_free(&o);
	free(b.p);
}

static void
gnu32(void)
{
	check_gnu(4);
}

static void
gnu64(void)
{
	check_gnu(8);
}

/* As BSD and Apple make it; the index in either byte order. */
static void
bsd(struct bytes *b, unsigned word, bool big, const char *name)
{
	void (*put)(struct bytes *, uint64_t, unsigned) = big ? put_be : put_le;
	struct bytes x = {0};
	size_t at = 8 + 60 + 20 + 4 * word + 2 * word + 8;

	put_text(&x, name);
	put_bytes(&x, NULL, 20 - strlen(name));
	put(&x, 4 * word, word);
	put(&x, 4, word); /* "foo" */
	put(&x, at + 60 + 24 + 4, word);
	put(&x, 0, word); /* "bar" */
	put(&x, at, word);
	put(&x, 8, word);
	put_bytes(&x, "bar\0foo", 8);
	start(b, "!<arch>\n");
	member(b, "#1/20", x.p, x.n);
	CHECK(member(b, "#1/24", "a_longer_name.o\0\0\0\0\0\0\0\0\0abcd", 28) ==
	      at);
	member(b, "short.o", "efgh", 4);
	free(x.p);
}

static void
bsd_kinds(void)
{
	static const struct {
		unsigned word;
		bool big;
		const char *name;
	} kinds[] = {
	    {4, false, "__.SYMDEF"},
	    {4, true, "__.SYMDEF SORTED"},
	    {8, false, "__.SYMDEF_64"},
	    {8, true, "__.SYMDEF_64 SORTED"},
	};
	struct bytes b = {0};
	struct gort__obj o;
	struct gort_err e = {0};
	unsigned i;

	for (i = 0; i < 4; i++) {
		bsd(&b, kinds[i].word, kinds[i].big, kinds[i].name);
		REQUIRE(gort__obj_parse(b.p, b.n, "x.a", &o, &e) == 0);
		REQUIRE(o.nmembers == 2 && o.nindex == 2);
		CHECK(strcmp(o.members[0].name, "a_longer_name.o") == 0);
		CHECK(o.members[0].size == 4);
		CHECK(memcmp(b.p + o.members[0].offset, "abcd", 4) == 0);
		CHECK(strcmp(o.members[1].name, "short.o") == 0);
		CHECK(strcmp(o.index[0].name, "foo") == 0);
		CHECK(o.index[0].member == 1 && o.index[1].member == 0);
		gort__obj_free(&o);
	}
	free(b.p);
}

/* Members' bytes are elsewhere; one lies in another archive. */
static void
thin(void)
{
	static const char names[] = "../dir/a.o/\ninner.a/\n";
	struct bytes b = {0};
	struct gort__obj o;
	struct gort_err e = {0};

	start(&b, "!<thin>\n");
	member(&b, "//", names, sizeof(names) - 1);
	head(&b, "/0", "1000");
	head(&b, "/12:68", "2000");
	REQUIRE(gort__obj_parse(b.p, b.n, "x.a", &o, &e) == 0);
	REQUIRE(o.nmembers == 2);
	CHECK(o.members[0].thin && o.members[0].size == 1000);
	CHECK(strcmp(o.members[0].name, "../dir/a.o") == 0);
	CHECK(strcmp(o.members[1].name, "inner.a") == 0);
	CHECK(o.members[0].offset == 0 && o.members[1].offset == 128);
	gort__obj_free(&o);
	free(b.p);
}

/* As MSVC's lib makes it: two indexes, names that end in a NUL. */
static void
coff(void)
{
	static const char names[] = "dir\\a_long_name.obj\0b_long_name.obj";
	struct bytes b = {0}, x = {0};
	struct gort__obj o;
	struct gort_err e = {0};
	size_t at = 8 + 60 + 12 + 60 + 24 + 60 + sizeof(names);

	at += at % 2;
	put_be(&x, 1, 4);
	put_be(&x, at, 4);
	put_bytes(&x, "sym", 4);
	start(&b, "!<arch>\n");
	member(&b, "/", x.p, x.n);
	x.n = 0;
	put_le(&x, 2, 4);
	put_le(&x, at, 4);
	put_le(&x, at + 64, 4);
	put_le(&x, 1, 4);
	put_le(&x, 1, 2);
	put_bytes(&x, "sym\0\0", 6);
	member(&b, "/", x.p, x.n);
	member(&b, "//", names, sizeof(names));
	CHECK(member(&b, "/0", "abcd", 4) == at);
	member(&b, "/20", "abcd", 4);
	REQUIRE(gort__obj_parse(b.p, b.n, "x.lib", &o, &e) == 0);
	REQUIRE(o.nmembers == 2 && o.nindex == 1);
	CHECK(strcmp(o.members[0].name, "dir\\a_long_name.obj") == 0);
	CHECK(strcmp(o.members[1].name, "b_long_name.obj") == 0);
	CHECK(strcmp(o.index[0].name, "sym") == 0 && o.index[0].member == 0);
	gort__obj_free(&o);
	free(b.p);
	free(x.p);
}

/* A member's errors name it, with the offset in the archive. */
static void
members(void)
{
	struct bytes b = {0}, in = {0};
	struct gort__obj o, m;
	struct gort_err e = {0};

	start(&in, "!<arch>\n");
	head(&in, "bad.o/", "x");
	start(&b, "!<arch>\n");
	member(&b, "text/", "hello", 5);
	member(&b, "in.a/", in.p, in.n);
	REQUIRE(gort__obj_parse(b.p, b.n, "x.a", &o, &e) == 0);
	REQUIRE(o.nmembers == 2);
	CHECK(gort__obj_parse_member(&o, 0, &m, &e) == -GORT_EFORMAT);
	CHECK(m.fmt == NULL);
	gort__obj_free(&m);
	CHECK(gort__obj_parse_member(&o, 1, &m, &e) == -GORT_EFORMAT);
	CHECK(m.fmt != NULL);
	CHECK(e.offset == o.members[1].offset + 8);
	CHECK(strncmp(e.text, "x.a(in.a): offset 0x", 20) == 0);
	gort__obj_free(&m);
	gort__obj_free(&o);
	free(b.p);
	free(in.p);
}

static void
sizes(void)
{
	static const struct {
		const char *size, *reason;
	} bad[] = {
	    {"", "size is no number"},
	    {"-1", "size is no number"},
	    {"12x", "size is no number"},
	    {"0x10", "size is no number"},
	    {" 4", "size is no number"},
	    {"5", "lies past the end"},
	    {"9999999999", "lies past the end"},
	};
	struct bytes b = {0};
	unsigned i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		start(&b, "!<arch>\n");
		head(&b, "a.o/", bad[i].size);
		put_text(&b, "abcd");
		CHECK(refused(&b, bad[i].reason));
	}
	b.p[8 + 58] = '\'';
	CHECK(refused(&b, "has no header"));
	free(b.p);
}

static void
names(void)
{
	struct bytes b = {0};

	start(&b, "!<arch>\n");
	member(&b, "/5", "abcd", 4);
	CHECK(refused(&b, "not in the table of names"));
	start(&b, "!<arch>\n");
	member(&b, "//", "name without an end", 19);
	member(&b, "/0", "abcd", 4);
	CHECK(refused(&b, "not in the table of names"));
	start(&b, "!<arch>\n");
	member(&b, "//", "name/\n", 6);
	member(&b, "//", "name/\n", 6);
	CHECK(refused(&b, "second table"));
	start(&b, "!<arch>\n");
	member(&b, "/x", "abcd", 4);
	CHECK(refused(&b, "no known form"));
	start(&b, "!<arch>\n");
	member(&b, "#1/5", "abcd", 4);
	CHECK(refused(&b, "longer than the member"));
	free(b.p);
}

static void
indexes(void)
{
	struct bytes b = {0}, x = {0};

	put_be(&x, 1, 4);
	put_be(&x, 8 + 60 + 12, 4);
	put_bytes(&x, "foo", 4);
	start(&b, "!<arch>\n");
	member(&b, "/", x.p, x.n);
	CHECK(refused(&b, "0x50, where there is none"));
	member(&b, "a.o/", "abcd", 4);
	CHECK(try_bytes(b.p, b.n) == 1);
	/* more entries than there is room for, and -1 of them */
	b.p[8 + 60 + 3] = 3;
	CHECK(refused(&b, "shorter than its number"));
	memset(b.p + 8 + 60, 0xff, 4);
	CHECK(refused(&b, "shorter than its number"));
	/* the name has no end */
	memcpy(b.p + 8 + 60, "\0\0\0\1", 4);
	CHECK(try_bytes(b.p, b.n) == 1);
	b.p[8 + 60 + 11] = 'x';
	CHECK(refused(&b, "out of range"));
	/* into a member */
	b.p[8 + 60 + 11] = 0;
	b.p[8 + 60 + 7] += 2;
	CHECK(refused(&b, "where there is none"));
	bsd(&b, 4, false, "__.SYMDEF");
	memset(b.p + 8 + 60 + 20, 0x7f, 4);
	CHECK(refused(&b, "wrong sizes"));
	free(b.p);
	free(x.p);
}

/* Cut anywhere, an archive is refused, except before its first member. */
static void
truncations(void)
{
	struct bytes b = {0};

	gnu(&b, 4);
	CHECK(try_truncations(&b, b.n) <= 3);
	gnu(&b, 8);
	CHECK(try_truncations(&b, b.n) <= 3);
	bsd(&b, 4, false, "__.SYMDEF");
	CHECK(try_truncations(&b, b.n) <= 3);
	free(b.p);
}

static void
damage(void)
{
	struct bytes b = {0};
	unsigned n;

	gnu(&b, 4);
	n = try_fields(&b, 0, b.n, 1);
	try_random(&b, 20000);
	bsd(&b, 8, true, "__.SYMDEF_64");
	n += try_fields(&b, 0, b.n, 1);
	try_random(&b, 20000);
	printf("    %u variants\n", n);
	CHECK(n > 10000);
	free(b.p);
}

/* Many members that share a long name, many symbols that share one. */
static void
cost(void)
{
	struct bytes b = {0}, x = {0};
	size_t n = 20000, i;

	put_bytes(&x, NULL, 1 << 20);
	memset(x.p, 'n', x.n);
	put_text(&x, "/\n");
	start(&b, "!<arch>\n");
	member(&b, "//", x.p, x.n);
	for (i = 0; i < n; i++)
		member(&b, "/0", "abcd", 4);
	check_cost(&b);
	x.n = 0;
	put_le(&x, 8 * n, 4);
	for (i = 0; i < n; i++) {
		put_le(&x, 0, 4);
		put_le(&x, 8 + 60 + 4 + 8 * n + 4 + (1 << 20), 4);
	}
	put_le(&x, 1 << 20, 4);
	memset(x.p + x.n - 1, 0, 1);
	put_bytes(&x, NULL, 1 << 20);
	memset(x.p + x.n - (1 << 20), 'n', (1 << 20) - 1);
	start(&b, "!<arch>\n");
	member(&b, "__.SYMDEF", x.p, x.n);
	member(&b, "a.o", "abcd", 4);
	CHECK(try_bytes(b.p, b.n) == 1);
	check_cost(&b);
	free(b.p);
	free(x.p);
}

static const struct test tests[] = {
    {"GNU archives are read", gnu32},
    {"with 64-bit indexes, too", gnu64},
    {"BSD archives are read, in both byte orders", bsd_kinds},
    {"thin archives are read", thin},
    {"COFF archives are read", coff},
    {"members' errors name member and place", members},
    {"sizes that are none are refused", sizes},
    {"names that are nowhere are refused", names},
    {"indexes of what is not there are refused", indexes},
    {"no truncation does harm", truncations},
    {"no damage does harm", damage},
    {"time and memory are linear", cost},
};

int
main(void)
{
	return RUN_TESTS("objar", tests);
}
