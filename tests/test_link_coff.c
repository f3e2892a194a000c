/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * COFF objects linked into the process: made here field by field, so that no
 * compiler for Windows is needed. test_link_bridge.c has what such ones make.
 */
#include "coffbuild.h"
#include "procstat.h"

#include <gort.h>
#include <gort/link.h>
#include <stdarg.h>
#include <stdbool.h>
#if defined(__x86_64__) && !defined(_WIN32)
#include <dlfcn.h>
#endif

#if defined(__x86_64__) && !defined(_WIN32)
#define CONVENTION __attribute__((ms_abi))
#else
#define CONVENTION
#endif

/* What is wrong with the last object that could not be added. */
static char not_added[600];

/* A link of all objects, named "object 0" and so on. */
static struct gort_link *
all_objects(void)
{
	struct gort_link *lk = gort_link_new();
	char name[32];
	unsigned i;

	not_added[0] = '\0';
	for (i = 0; i < nobjects; i++) {
		struct coff *c = objects[i];

		coff_end(c);
		snprintf(name, sizeof(name), "object %u", i);
		if (gort_link_add_memory(lk, name, c->file, c->size, 0))
			snprintf(
			    not_added, sizeof(not_added), "%s", gort_errmsg());
	}
	return lk;
}

static int
call(struct gort_link *lk, const char *name)
{
	int(CONVENTION * fn)(void);
	void *p = gort_link_sym(lk, name);

	memcpy(&fn, &p, sizeof(fn));
	return p ? fn() : -1;
}

/* What int name(void) of all objects gives; -1: no load, -2: no unload. */
static int
result(const char *name)
{
	struct gort_link *lk = all_objects();
	int n = -1;

	if (not_added[0])
		printf("    %s\n", not_added);
	else if (gort_link_load(lk))
		printf("    %s\n", gort_errmsg());
	else
		n = call(lk, name);
	if (gort_link_free(lk))
		n = -2;
	drop_objects();
	return n;
}

/* The load of all objects fails, and says these texts, up to NULL. */
static bool
refused(const char *text, ...)
{
	struct gort_link *lk = all_objects();
	bool ok = not_added[0] || gort_link_load(lk) != 0;
	const char *said = not_added[0] ? not_added : gort_errmsg();
	va_list ap;

	if (!ok)
		printf("    accepted\n");
	va_start(ap, text);
	for (; ok && text; text = va_arg(ap, const char *)) {
		ok = strstr(said, text) != NULL;
		if (!ok)
			printf("    says: %s\n", said);
	}
	va_end(ap);
	gort_link_free(lk);
	drop_objects();
	return ok;
}

static void
calls(void)
{
	struct gort_link *lk;

	function(object(), COFF_NAME("f"), 42);
	CHECK(result("f") == 42);
	function(object(), COFF_NAME("f"), 42);
	lk = all_objects();
#if defined(__x86_64__) && !defined(_WIN32)
	CHECK(gort_link_abi(lk) == GORT_ABI_MS);
#else
	CHECK(gort_link_abi(lk) == GORT_ABI_HOST);
#endif
	CHECK(gort_link_free(lk) == 0);
	drop_objects();
	lk = gort_link_new();
	CHECK(gort_link_abi(lk) == GORT_ABI_HOST);
	CHECK(gort_link_free(lk) == 0);
}

static uint64_t
field(const uint8_t *p, unsigned at, unsigned n)
{
	uint64_t v = 0;

	memcpy(&v, p + at, n);
	return v;
}

static void
relocations(void)
{
	struct coff *c = object();
	struct gort_link *lk;
	unsigned d, w = sizeof(void *), i;
	const uint8_t *data, *f;
	uintptr_t text;
	uint32_t sym;

	/* addends stand in the fields */
	d = coff_section(c, ".data", COFF_DATA, NULL, 64);
	c->secs[d - 1].data[0] = 5;
	c->secs[d - 1].data[16] = 3;
	c->secs[d - 1].data[20] = 2;
	function(c, COFF_NAME("f"), 42);
	sym = 0;
	coff_symbol(c, COFF_NAME("d"), 0, (int)d, EXTERNAL);
	coff_reloc(c, d, 0, sym, COFF_ADDR);
	coff_reloc(c, d, 8, sym, 0); /* ABSOLUTE: nothing */
	coff_reloc(c, d, 16, sym, COFF_RVA);
	coff_reloc(c, d, 20, sym, COFF_SECREL);
	coff_reloc(c, d, 24, sym, COFF_SECTION);
	for (i = 0; i <= (w == 8 ? 5 : 0); i++)
		coff_reloc(c, d, 28 + 4 * i, sym, COFF_REL32 + i);
	lk = all_objects();
	REQUIRE(gort_link_load(lk) == 0);
	data = gort_link_sym(lk, "d");
	f = gort_link_sym(lk, "f");
	REQUIRE(data && f);
	text = (uintptr_t)f;
	CHECK(field(data, 0, w) == text + 5);
	CHECK(field(data, 8, 4) == 0);
	/* the function is the first thing in the image's first part */
	CHECK(field(data, 16, 4) < 4096 + 3);
	CHECK(field(data, 20, 4) == field(data, 16, 4) - 1);
	CHECK(field(data, 24, 2) == 1);
	for (i = 0; i <= (w == 8 ? 5 : 0); i++)
		CHECK(
		    (uint32_t)field(data, 28 + 4 * i, 4) ==
		    (uint32_t)(text - ((uintptr_t)data + 28 + 4 * i + 4 + i)));
	CHECK(gort_link_free(lk) == 0);
	drop_objects();
}

#ifdef __x86_64__
static void
low_addresses(void)
{
	struct coff *c = object();
	struct gort_link *lk;
	const uint8_t *data;
	unsigned d;

	d = coff_section(c, ".data", COFF_DATA, NULL, 8);
	coff_symbol(c, "d", 0, (int)d, EXTERNAL);
	coff_reloc(c, d, 4, 0, 2 /* ADDR32 */);
	lk = all_objects();
	REQUIRE(gort_link_load(lk) == 0);
	data = gort_link_sym(lk, "d");
	REQUIRE(data);
	CHECK((uintptr_t)data < (uintptr_t)1 << 31);
	CHECK(field(data, 4, 4) == (uintptr_t)data);
	CHECK(gort_link_free(lk) == 0);
	drop_objects();
}
#endif

static void
unknown_types(void)
{
	struct coff *c = object();

	function(c, COFF_NAME("f"), 1);
	coff_reloc(c, 1, 1, 0, COFF_MACHINE == 0x14c ? 12 : 13);
	CHECK(refused("object 0: offset 0x", "_TOKEN) is not one of", NULL));
	c = object();
	function(c, COFF_NAME("f"), 1);
	coff_reloc(c, 1, 1, 0, 999);
	CHECK(refused("object 0: offset 0x", "type 999 is", NULL));
	c = object();
	function(c, COFF_NAME("f"), 1);
	coff_reloc(c, 1, 3, 0, COFF_RVA);
	CHECK(refused("changes 0x3 of section .text", NULL));
	c = object();
	function(c, COFF_NAME("f"), 1);
	coff_reloc(c, 1, 1, 7, COFF_RVA);
	CHECK(refused("symbol 8 of 2", NULL));
	/* a record that is a part of another */
	c = object();
	comdat_function(c, 1, 2, 6);
	coff_reloc(c, 1, 1, 1, COFF_RVA);
	CHECK(refused("symbol 1, which is a part of another", NULL));
	c = object();
	comdat_function(c, 1, 2, 6);
	coff_reloc(c, 1, 1, 1, COFF_REL32);
	CHECK(refused("symbol 1, which is a part of another", NULL));
	/* one for debuggers: it has no address */
	c = object();
	function(c, COFF_NAME("f"), 1);
	coff_symbol(c, "odd", 0, -2, STATIC);
	coff_reloc(c, 1, 1, 1, COFF_RVA);
	CHECK(refused("symbol odd is in a section of no known kind", NULL));
}

enum { NODUP = 1, ANY, SAME, EXACT, ASSOC, LARGEST };

/* A static function in a section for itself, of the name all others have. */
static void
comdat_static(struct coff *c, const char *name)
{
	unsigned sec;

	sec = coff_comdat(c, ".text", COFF_TEXT, "\xc3", 1, NODUP, 0);
	coff_symbol(c, name, 0, (int)sec, STATIC);
}

static void
comdat(void)
{
	comdat_function(object(), 42, ANY, 6);
	comdat_function(object(), 43, ANY, 7);
	CHECK(result("f") == 42);
	comdat_function(object(), 42, SAME, 6);
	comdat_function(object(), 43, SAME, 6);
	CHECK(result("f") == 42);
	comdat_function(object(), 42, EXACT, 6);
	comdat_function(object(), 42, EXACT, 6);
	CHECK(result("f") == 42);
	comdat_function(object(), 42, LARGEST, 6);
	comdat_function(object(), 43, LARGEST, 7);
	comdat_function(object(), 44, LARGEST, 6);
	CHECK(result("f") == 43);
	comdat_function(object(), 42, NODUP, 6);
	CHECK(result("f") == 42);
	comdat_function(object(), 42, NODUP, 6);
	comdat_static(objects[0], "own");
	comdat_static(objects[0], "own2");
	comdat_static(object(), "own");
	CHECK(result("f") == 42);
	/* a section with the name of an import wants none */
	comdat_function(object(), 42, NODUP, 6);
	coff_comdat(objects[0], "__imp_no", COFF_DATA, "data", 4, ANY, 0);
	CHECK(result("f") == 42);
}

static void
comdat_conflicts(void)
{
	struct coff *c;
	unsigned sec, d;

	comdat_function(object(), 42, NODUP, 6);
	comdat_function(object(), 42, NODUP, 6);
	CHECK(refused("COMDAT " COFF_NAME("f"), "object 0", "object 1", NULL));
	comdat_function(object(), 42, SAME, 6);
	comdat_function(object(), 42, SAME, 7);
	CHECK(refused("object 0", "object 1", "with another size", NULL));
	comdat_function(object(), 42, EXACT, 6);
	comdat_function(object(), 43, EXACT, 6);
	CHECK(refused("object 0", "object 1", "with other contents", NULL));
	comdat_function(object(), 42, 9, 6);
	CHECK(refused("selection 9", NULL));
	/* the first one's section has no such symbol */
	comdat_function(object(), 42, ANY, 6);
	c = object();
	sec = comdat_function(c, 42, ANY, 6);
	coff_symbol(c, COFF_NAME("with_f"), 0, (int)sec, EXTERNAL);
	d = coff_section(c, ".data", COFF_DATA, NULL, 8);
	coff_reloc(c, d, 0, c->nsyms - 1, COFF_ADDR);
	CHECK(refused("object 1",
	    "undefined symbol " COFF_NAME("with_f") ": its group " COFF_NAME(
		"f") " is that of object 0",
	    NULL));
	/* one that is no COMDAT */
	comdat_function(object(), 42, ANY, 6);
	function(object(), COFF_NAME("f"), 43);
	CHECK(refused("object 0", "object 1", "is defined here", NULL));
}

/* The associated section has a name for itself that others want. */
static void
associated_object(int value)
{
	struct coff *c = object();
	unsigned sec = comdat_function(c, value, ANY, 6), d;

	d = coff_comdat(c, ".data$f", COFF_DATA, &value, 4, ASSOC, sec);
	coff_symbol(c, COFF_NAME("with_f"), 0, (int)d, EXTERNAL);
}

static void
associative(void)
{
	struct gort_link *lk;
	struct coff *c;
	const int *with;

	associated_object(42);
	associated_object(43);
	lk = all_objects();
	REQUIRE(gort_link_load(lk) == 0);
	CHECK(call(lk, "f") == 42);
	with = gort_link_sym(lk, "with_f");
	CHECK(with && *with == 42);
	CHECK(gort_link_free(lk) == 0);
	drop_objects();
	/* two that are associated with each other */
	c = object();
	coff_comdat(c, ".data$a", COFF_DATA, "1234", 4, ASSOC, 2);
	coff_comdat(c, ".data$b", COFF_DATA, "1234", 4, ASSOC, 1);
	CHECK(refused("associated with itself", NULL));
	c = object();
	coff_comdat(c, ".data$a", COFF_DATA, "1234", 4, ASSOC, 1);
	CHECK(refused("associated with section 1 of 1", NULL));
}

/* "f" is weak, and g unless there is another. */
static struct coff *
weak_object(int value)
{
	struct coff *c = object();

	function(c, COFF_NAME("g"), value);
	coff_weak(c, COFF_NAME("f"), 0, 3);
	return c;
}

static void
weak_externals(void)
{
	struct coff *c;

	weak_object(42);
	CHECK(result("f") == 42);
	weak_object(42);
	function(object(), COFF_NAME("f"), 43);
	CHECK(result("f") == 43);
	function(object(), COFF_NAME("f"), 43);
	weak_object(42);
	CHECK(result("f") == 43);
	/* one for which another weak one stands */
	c = weak_object(42);
	coff_weak(c, COFF_NAME("h"), 1, 3);
	CHECK(result("h") == 42);
	/* the default is local */
	c = object();
	function(c, COFF_NAME("f"), 42);
	c->syms[0][16] = STATIC;
	coff_weak(c, COFF_NAME("h"), 0, 1);
	CHECK(result("h") == 42);
	/* the default is absolute, and code calls it nowhere */
	c = object();
	function(c, COFF_NAME("f"), 42);
	coff_symbol(c, COFF_NAME("nowhere"), 0, -1, EXTERNAL);
	coff_weak(c, COFF_NAME("h"), 1, 1);
	CHECK(result("f") == 42);
}

static void
weak_cycle(void)
{
	struct coff *c = object();

	coff_weak(c, COFF_NAME("a"), 2, 3);
	coff_weak(c, COFF_NAME("b"), 0, 3);
	CHECK(refused("stands for itself", NULL));
	c = object();
	coff_weak(c, COFF_NAME("a"), 0, 3);
	CHECK(refused("stands for symbol 0 of 2", NULL));
}

static void
commons(void)
{
	struct gort_link *lk;
	struct coff *c = object();
	/* the second name ends beyond that of x, and is not it */
	static const char drectve[] = " -aligncomm:\"" COFF_NAME(
	    "y") "\",6 /x:y"
		 " -aligncomm:\"" COFF_NAME("x") "\0z\",31";
	unsigned char *x;
	void *y;

	coff_section(c, ".drectve", 0x100a00, drectve, sizeof(drectve) - 1);
	coff_symbol(c, COFF_NAME("x"), 40, 0, EXTERNAL);
	coff_symbol(c, COFF_NAME("y"), 1, 0, EXTERNAL);
	c = object();
	coff_symbol(c, COFF_NAME("x"), 400, 0, EXTERNAL);
	lk = all_objects();
	REQUIRE(gort_link_load(lk) == 0);
	x = gort_link_sym(lk, "x");
	y = gort_link_sym(lk, "y");
	REQUIRE(x && y);
	CHECK((uintptr_t)x % 32 == 0);
	CHECK((uintptr_t)y % 64 == 0);
	CHECK(x[0] == 0 && x[399] == 0);
	x[399] = 1;
	CHECK(gort_link_free(lk) == 0);
	drop_objects();
	/* a definition is stronger */
	c = object();
	coff_symbol(c, COFF_NAME("f"), 4, 0, EXTERNAL);
	function(object(), COFF_NAME("f"), 42);
	CHECK(result("f") == 42);
}

static void
absolute(void)
{
	struct coff *c = object();
	struct gort_link *lk;
	const uint8_t *d;
	unsigned sec;

	sec = coff_section(c, ".data", COFF_DATA, NULL, 8);
	coff_symbol(c, COFF_NAME("d"), 0, (int)sec, EXTERNAL);
	coff_symbol(c, COFF_NAME("abs"), 0x1234, -1, EXTERNAL);
	coff_reloc(c, sec, 0, 1, COFF_ADDR);
	lk = all_objects();
	REQUIRE(gort_link_load(lk) == 0);
	d = gort_link_sym(lk, "d");
	CHECK(d && field(d, 0, sizeof(void *)) == 0x1234);
	CHECK(gort_link_sym(lk, "abs") == (void *)(uintptr_t)0x1234);
	CHECK(gort_link_free(lk) == 0);
	drop_objects();
}

/* .data: the address of __imp_NAME. */
static void
wants_pointer(const char *imp)
{
	struct coff *c = object();
	unsigned sec = coff_section(c, ".data", COFF_DATA, NULL, 8);

	coff_symbol(c, COFF_NAME("d"), 0, (int)sec, EXTERNAL);
	coff_symbol(c, imp, 0, 0, EXTERNAL);
	coff_reloc(c, sec, 0, 1, COFF_ADDR);
}

static void
pointers(void)
{
	struct gort_link *lk;
	int given;
	void ***d;

	/* to what the load defines itself */
	wants_pointer("__imp_" COFF_NAME("f"));
	function(object(), COFF_NAME("f"), 42);
	lk = all_objects();
	REQUIRE(gort_link_load(lk) == 0);
	d = gort_link_sym(lk, "d");
	CHECK(d && **d == gort_link_sym(lk, "f"));
	CHECK(gort_link_sym(lk, "f") != NULL);
	CHECK(gort_link_free(lk) == 0);
	drop_objects();
	/* to what is given */
	wants_pointer("__imp_" COFF_NAME("given"));
	lk = all_objects();
	CHECK(gort_link_define(lk, "given", &given) == 0);
	REQUIRE(gort_link_load(lk) == 0);
	d = gort_link_sym(lk, "d");
	CHECK(d && **d == &given);
	CHECK(gort_link_free(lk) == 0);
	drop_objects();
	wants_pointer("__imp_" COFF_NAME("nobody_has_this"));
	CHECK(refused("object 0",
	    "undefined symbol " COFF_NAME("nobody_has_this"), NULL));
}

static void
duplicates(void)
{
	function(object(), COFF_NAME("f"), 1);
	function(object(), COFF_NAME("f"), 2);
	CHECK(refused(
	    "object 0", "object 1", COFF_NAME("f") " is defined here", NULL));
}

static void
other_machine(void)
{
	struct gort_link *lk = gort_link_new();
	struct coff *c = object();

	function(c, COFF_NAME("f"), 1);
	coff_end(c);
	coff_put(c->file, COFF_MACHINE == 0x14c ? 0x8664 : 0x14c, 2);
	CHECK(gort_link_add_memory(lk, "other", c->file, c->size, 0) ==
	      -GORT_EARCH);
	CHECK(strstr(gort_errmsg(), "x86-64") && strstr(gort_errmsg(), "i386"));
	CHECK(gort_link_free(lk) == 0);
	drop_objects();
}

/* An object with what there is of records, and no code that loading runs. */
static struct coff *
rich_object(void)
{
	struct coff *c = object();
	unsigned d, x;
	uint8_t *aux;

	function(c, COFF_NAME("f"), 42);
	x = coff_section(c, ".rdata", COFF_RDATA, "constant", 8);
	coff_symbol(c, ".rdata", 0, (int)x, STATIC);
	aux = coff_aux(c);
	coff_put(aux, 8, 4);
	comdat_function(c, 43, ANY, 6);
	memcpy(c->syms[c->nsyms - 1], "g\0\0\0\0\0\0", 8);
	coff_comdat(c, ".rdata$f", COFF_RDATA, "abcd", 4, ASSOC, 3);
	d = coff_section(c, ".data", COFF_DATA, NULL, 48);
	coff_symbol(c, "a_long_name_of_data", 8, (int)d, EXTERNAL);
	coff_symbol(c, "common", 24, 0, EXTERNAL);
	coff_weak(c, "weak", 0, 3);
	coff_symbol(c, "abs", 7, -1, EXTERNAL);
	coff_symbol(c, "__imp_g", 0, 0, EXTERNAL);
	coff_reloc(c, d, 0, 0, COFF_ADDR);
	coff_reloc(c, d, 8, c->nsyms - 1, COFF_ADDR);
	coff_reloc(c, d, 16, 0, COFF_RVA);
	coff_reloc(c, d, 20, 0, COFF_REL32);
	coff_reloc(c, d, 24, 0, COFF_SECTION);
	coff_reloc(c, d, 28, 0, COFF_SECREL);
	coff_section(c, ".bss", COFF_BSS, NULL, 64);
#ifdef __x86_64__
	/* UNWIND_INFO: push rbp, rbp is the frame, 32 bytes */
	x = coff_section(c, ".xdata", COFF_RDATA,
	    "\x01\x08\x03\x05\x08\x32\x04\x03\x01\x50\0\0", 12);
	d = coff_section(
	    c, ".pdata", COFF_RDATA, "\0\0\0\0\x06\0\0\0\0\0\0", 12);
	coff_symbol(c, ".xdata", 0, (int)x, STATIC);
	coff_reloc(c, d, 0, 0, COFF_RVA);
	coff_reloc(c, d, 4, 0, COFF_RVA);
	coff_reloc(c, d, 8, c->nsyms - 1, COFF_RVA);
#endif
	coff_end(c);
	return c;
}

#if defined(__x86_64__) && !defined(_WIN32)
/*
 * Functions that share a record, whose codes are as long as any: the room for
 * what the process's unwinder is told is too small for all of them.
 */
static void
shared_unwind_info(void)
{
	static const uint8_t info[16] = {1, 4, 5, 0, /* codes, the last first */
	    3, 3 << 4, 2, 3 << 4,                    /* push rbx, twice */
	    1, 1 | 1 << 4, 0, 0, 0, 0xf0};           /* rsp -= 0xf0000000 */
	void *libgcc = dlopen("libgcc_s.so.1", RTLD_NOW), *p;
	const void *(*find)(void *, void *);
	void *bases[8];
	struct gort_link *lk;
	unsigned n, i;

	REQUIRE(libgcc != NULL);
	p = dlsym(libgcc, "_Unwind_Find_FDE");
	memcpy(&find, &p, sizeof(find));
	for (n = 1; n <= 20; n++) {
		struct coff *c = object();
		unsigned x, d, f = function(c, COFF_NAME("f"), 42);

		c->secs[f - 1].size = 16 * n;
		x = coff_section(c, ".xdata", COFF_RDATA, info, 16);
		coff_symbol(c, "x", 0, (int)x, STATIC);
		d = coff_section(c, ".pdata", COFF_RDATA, NULL, 12 * n);
		for (i = 0; i < n; i++) {
			coff_put(c->secs[d - 1].data + 12 * i, 16 * i, 4);
			coff_put(
			    c->secs[d - 1].data + 12 * i + 4, 16 * i + 16, 4);
			coff_reloc(c, d, 12 * i, 0, COFF_RVA);
			coff_reloc(c, d, 12 * i + 4, 0, COFF_RVA);
			coff_reloc(c, d, 12 * i + 8, 1, COFF_RVA);
		}
		lk = all_objects();
		CHECK(gort_link_load(lk) == 0);
		CHECK(find(gort_link_sym(lk, "f"), bases) != NULL);
		CHECK(find(&lk, bases) == NULL);
		CHECK(gort_link_free(lk) == 0);
		drop_objects();
	}
	dlclose(libgcc);
}
#endif

static bool
loads(const uint8_t *file, size_t size)
{
	struct gort_link *lk = gort_link_new();
	bool ok = gort_link_add_memory(lk, "damaged", file, size, 0) == 0 &&
		  gort_link_load(lk) == 0;

	if (!ok && !strstr(gort_errmsg(), "damaged") &&
	    !strstr(gort_errmsg(), "image"))
		printf("    no place: %s\n", gort_errmsg());
	gort_link_free(lk);
	return ok;
}

static void
failed_loads(void)
{
	struct coff *c = rich_object();
	struct procstat before, after;
	unsigned i, n = 0;

	CHECK(loads(c->file, c->size));
	/* a relocation of no known type, found late */
	coff_reloc(c, 5, 32, 0, 999);
	coff_end(c);
	for (i = 0; i < 2; i++) {
		before = procstat_alone();
		n += loads(c->file, c->size);
		after = procstat();
	}
	CHECK(n == 0);
	CHECK(after.maps == before.maps && after.fds == before.fds);
	drop_objects();
}

/* A member of an archive behind what is at p; where the next begins. */
static uint8_t *
add_member(uint8_t *p, const char *name, const void *data, unsigned size)
{
	sprintf((char *)p, "%-16s%-12d%-6d%-6d%-8d%-10u`\n", name, 0, 0, 0, 644,
	    size);
	memcpy(p + 60, data, size);
	p += 60 + size;
	if (size & 1)
		*p++ = '\n';
	return p;
}

/* The archive's symbols would be found in memory that is no more. */
static void
failed_adds(void)
{
	static const char names[] = COFF_NAME("nobody_has_this") "\0no.dll";
	uint8_t import[20 + sizeof(names)] = {0, 0, 0xff, 0xff};
	uint8_t file[512] = "!<arch>\n", *end = file + 8;
	struct gort_link *lk;

	coff_put(import + 6, COFF_MACHINE, 2);
	coff_put(import + 12, sizeof(names), 4);
	coff_put(import + 18, 1 << 2, 2); /* code, by its name */
	memcpy(import + 20, names, sizeof(names));
	end = add_member(end, "import/", import, sizeof(import));
	end = add_member(end, "junk/", "no object", 9);
	wants_pointer("__imp_" COFF_NAME("nobody_has_this"));
	lk = all_objects();
	CHECK(gort_link_add_memory(lk, "x.lib", file, (size_t)(end - file),
		  GORT_LINK_WHOLE) == -GORT_EFORMAT);
	CHECK(strstr(gort_errmsg(), "junk") != NULL);
	CHECK(gort_link_load(lk) == -GORT_ENOSYM);
	CHECK(strstr(gort_errmsg(), "object 0") != NULL);
	CHECK(strstr(gort_errmsg(), "no.dll") == NULL);
	CHECK(gort_link_free(lk) == 0);
	drop_objects();
}

static void
cycles(void)
{
	struct coff *c = rich_object();
	struct procstat before = {0}, after;
	int i;

	for (i = 0; i < 10100; i++) {
		if (i == 100)
			before = procstat_alone();
		if (!loads(c->file, c->size)) {
			CHECK(0);
			break;
		}
	}
	after = procstat();
	printf("    10000 cycles: %ld to %ld KiB, %d to %d mappings\n",
	    before.rss_kib, after.rss_kib, before.maps, after.maps);
#ifndef HAVE_SANITIZERS /* they keep freed memory */
	CHECK(after.rss_kib <= before.rss_kib + 256);
	CHECK(after.maps <= before.maps + 2);
#endif
	CHECK(after.fds == before.fds);
	CHECK(after.threads == before.threads);
	drop_objects();
}

/* A copy of just its size, so that a sanitizer sees a read past it. */
static unsigned tried, accepted;

static void
try(const uint8_t *file, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		exit(99);
	memcpy(copy, file, size);
	accepted += loads(copy, size);
	tried++;
	free(copy);
}

static void
damage(void)
{
	static const uint64_t values[] = {0, 1, 2, 0x7f, 0xff, 0x7fff, 0xffff,
	    0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff};
	struct coff *c = rich_object();
	uint8_t *f = c->file, was[4];
	size_t at, w;
	unsigned v;

	for (at = 0; at < c->size; at++)
		try(f, at);
	/* each field of headers, sections, relocations, symbols, strings */
	for (w = 1; w <= 4; w *= 2) {
		for (at = 0; at + w <= c->size; at += w) {
			if (at >= 20 + 40 * (size_t)c->nsecs &&
			    at + 4 < c->relocs_at && w < 4)
				continue;
			memcpy(was, f + at, w);
			for (v = 0; v < sizeof(values) / sizeof(*values); v++) {
				memcpy(f + at, &values[v], w);
				try(f, c->size);
			}
			memcpy(f + at, was, w);
		}
	}
	printf("    %u variants, %u of them accepted\n", tried, accepted);
	CHECK(tried > 10000);
	CHECK(accepted > 100 && accepted < tried);
	drop_objects();
}

static const struct test tests[] = {
    {"functions are called by their convention", calls},
    {"fields get what their relocations say, and what was in them",
	relocations},
#ifdef __x86_64__
    {"fields of 32 bits for addresses put the image below 2 GiB",
	low_addresses},
#endif
    {"relocations that cannot be done are named with their place",
	unknown_types},
    {"COMDAT sections are selected as they say", comdat},
    {"COMDAT conflicts name both objects", comdat_conflicts},
    {"associated sections go with their parents", associative},
    {"weak symbols have a default", weak_externals},
    {"weak symbols that stand for each other are refused", weak_cycle},
    {"common symbols are as large and aligned as any of them", commons},
    {"absolute symbols keep their values", absolute},
    {"__imp_ symbols are pointers, wherever the other is", pointers},
    {"two definitions are an error that names both", duplicates},
    {"objects of another machine are refused", other_machine},
#if defined(__x86_64__) && !defined(_WIN32)
    {"functions that share unwind data get as many records as have room",
	shared_unwind_info},
#endif
    {"a failed load leaves nothing", failed_loads},
    {"a failed add leaves the link as before", failed_adds},
    {"10,000 loads and unloads leave nothing", cycles},
    {"damaged objects are refused or loaded, without a signal", damage},
};

int
main(void)
{
	return RUN_TESTS("link_coff", tests);
}
