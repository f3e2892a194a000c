/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the writers write, the readers read: objects of every machine,
 * archives, renamed copies, bound modules. Linked with malloc and its kin
 * wrapped, so that each allocation can be made to fail.
 */
#include "check.h"

#include "../loader/bind.h"
#include "../loader/bind_flags.h"
#include "../loader/elfdef.h"
#include "../loader/note.h"
#include "../loader/objrename.h"

#include <stdbool.h>

/* ---- allocations that fail --------------------------------------------------- */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void __wrap_free(void *p);

static unsigned fail_at; /* 0: none; else the one to fail, counted down */
static long live;        /* allocations not freed */

static bool
fails(void)
{
	return fail_at && --fail_at == 0;
}

void *
__wrap_malloc(size_t n)
{
	void *p = fails() ? NULL : __real_malloc(n);

	live += p != NULL;
	return p;
}

void *
__wrap_calloc(size_t n, size_t size)
{
	void *p = fails() ? NULL : __real_calloc(n, size);

	live += p != NULL;
	return p;
}

void *
__wrap_realloc(void *old, size_t n)
{
	void *p = fails() ? NULL : __real_realloc(old, n);

	live += p && !old;
	return p;
}

void
__wrap_free(void *p)
{
	live -= p != NULL;
	__real_free(p);
}

/* ---- objects ------------------------------------------------------------------ */

/* A symbol as it is told, and under which number. */
struct told {
	const char *name;
	struct objwrite_sym sym;
	uint32_t number;
};

/* An object with some of everything. */
struct sample {
	struct objwrite w;
	uint32_t text, data, note, init, drectve;
	struct told syms[6];
	unsigned nsyms;
};

static void
tell_symbol(struct sample *s, const char *name, uint32_t section,
    uint64_t value, enum gort__objbind bind, enum gort__objtype type,
    unsigned visibility)
{
	struct told *t = &s->syms[s->nsyms++];

	t->name = name;
	t->sym = (struct objwrite_sym){.section = section,
	    .value = value,
	    .size = section ? 8 : 0,
	    .bind = (uint8_t)bind,
	    .type = (uint8_t)type,
	    .visibility = (uint8_t)visibility};
	t->number = gort__objwrite_symbol(&s->w, name, &t->sym);
}

static void
make_sample(struct sample *s, const struct objmachine *m)
{
	unsigned i;

	memset(s, 0, sizeof(*s));
	gort__objwrite_begin(&s->w, m);
	s->text = gort__objwrite_section(
	    &s->w, ".text", WRITE_PROGBITS, OBJ_SEC_ALLOC | OBJ_SEC_EXEC, 16);
	s->data = gort__objwrite_section(
	    &s->w, ".data", WRITE_PROGBITS, OBJ_SEC_ALLOC | OBJ_SEC_WRITE, 8);
	s->note = gort__objwrite_section(
	    &s->w, ".a_name_of_24_by", WRITE_NOTE, OBJ_SEC_ALLOC, 4);
	s->init = gort__objwrite_section(&s->w,
	    m->coff ? ".ctors.00100" : ".init_array", WRITE_INIT_ARRAY,
	    OBJ_SEC_ALLOC | OBJ_SEC_WRITE, m->word);
	s->drectve =
	    gort__objwrite_section(&s->w, ".drectve", WRITE_PROGBITS, 0, 1);
	for (i = 0; i < 40; i++)
		wr_uint(gort__objwrite_bytes(&s->w, s->text), i, 1);
	wr_uint(gort__objwrite_bytes(&s->w, s->data), 0x1122334455667788, 8);
	wr_string(gort__objwrite_bytes(&s->w, s->note), "note");
	wr_text(gort__objwrite_bytes(&s->w, s->drectve), "-x");
	/* globals before locals: ELF has them the other way round */
	tell_symbol(s, "global_function", s->text, 8, OBJ_GLOBAL, OBJ_FUNC,
	    STV_DEFAULT);
	tell_symbol(s, "elsewhere", 0, 0, OBJ_GLOBAL,
	    m->coff ? OBJ_FUNC : OBJ_NOTYPE, STV_HIDDEN);
	tell_symbol(s, "l", s->text, 16, OBJ_LOCAL, OBJ_FUNC, STV_DEFAULT);
	tell_symbol(
	    s, "eight888", s->data, 0, OBJ_GLOBAL, OBJ_DATA, STV_PROTECTED);
	if (!m->coff)
		tell_symbol(s, "weak", 0, 0, OBJ_WEAK, OBJ_NOTYPE, STV_HIDDEN);
	gort__objwrite_addr(&s->w, s->data, s->syms[0].number, 0);
	gort__objwrite_addr(
	    &s->w, s->data, gort__objwrite_secsym(&s->w, s->text), 12);
	gort__objwrite_dist(&s->w, s->data, s->syms[1].number, 4);
	gort__objwrite_addr(&s->w, s->init, s->syms[2].number, 0);
	gort__objwrite_reloc(
	    &s->w, s->text, 20, 4, m->rel_pc32, s->syms[3].number, -4);
}

/* The symbol of that name, as the file has it. */
static const struct gort__objsym *
find(struct gort__obj *o, const struct objmachine *m, const char *name)
{
	size_t n = strlen(m->prefix);
	uint32_t i;

	for (i = 0; i < o->nsyms; i++) {
		const char *have = o->syms[i].name;

		if (strncmp(have, m->prefix, n) == 0 &&
		    strcmp(have + n, name) == 0)
			return &o->syms[i];
	}
	return NULL;
}

static void
same_symbols(struct gort__obj *o, const struct sample *s)
{
	const struct objmachine *m = s->w.mach;
	unsigned i;

	for (i = 0; i < s->nsyms; i++) {
		const struct told *t = &s->syms[i];
		const struct gort__objsym *got = find(o, m, t->name);

		REQUIRE(got != NULL);
		CHECK(got->value == t->sym.value);
		CHECK(got->section == t->sym.section);
		CHECK(got->bind == t->sym.bind);
		if (m->coff) {
			CHECK((got->type == OBJ_FUNC) ==
			      (t->sym.type == OBJ_FUNC));
			continue;
		}
		CHECK(got->type == t->sym.type);
		CHECK(got->size == t->sym.size);
		CHECK(got->visibility == t->sym.visibility);
	}
}

static void
same_sections(const struct gort__obj *o, const struct sample *s)
{
	const uint32_t kept =
	    OBJ_SEC_ALLOC | OBJ_SEC_WRITE | OBJ_SEC_EXEC | OBJ_SEC_NOBITS;
	uint32_t i;

	REQUIRE(o->nsecs >= s->w.nsecs);
	for (i = 1; i < s->w.nsecs; i++) {
		const struct objwrite_sec *t = &s->w.secs[i];
		const struct gort__objsec *got = &o->secs[i];

		CHECK(strcmp(got->name, t->name) == 0);
		CHECK(got->size == t->bytes.n && got->filesz == t->bytes.n);
		CHECK(memcmp(o->rd.data + got->offset, t->bytes.data,
			  t->bytes.n) == 0);
		CHECK(got->align == t->align);
		CHECK((got->what & kept) == t->what);
		if (s->w.mach->coff)
			continue;
		CHECK((got->type == SHT_NOTE) == (t->kind == WRITE_NOTE));
		CHECK((got->type == SHT_INIT_ARRAY) ==
		      (t->kind == WRITE_INIT_ARRAY));
	}
}

/* The relocations of one section, held against what was told. */
struct compare {
	struct gort__obj *o;
	const struct sample *s;
	const struct objwrite_rel *want;
	unsigned n, bad;
};

static int
compare_reloc(const struct gort__objreloc *r, void *arg)
{
	struct compare *c = arg;
	const struct objwrite_rel *want = &c->want[c->n++];
	const struct objwrite_sym *sym =
	    (const struct objwrite_sym *)(void *)c->s->w.syms.data + want->sym;
	const char *name = (const char *)c->s->w.names.data + sym->name;
	const struct gort__objsym *got = &c->o->syms[r->sym];

	c->bad += r->offset != want->offset || r->type != want->type;
	c->bad += r->has_addend != c->s->w.mach->rela;
	c->bad += r->has_addend && r->addend != want->addend;
	c->bad += got->section != sym->section || got->value != sym->value;
	if (sym->type == OBJ_SECTION)
		c->bad += got->type != OBJ_SECTION;
	else
		c->bad += strcmp(got->name, name) != 0;
	return 0;
}

static void
same_relocs(struct gort__obj *o, const struct sample *s, uint32_t section)
{
	const struct objwrite_sec *t = &s->w.secs[section];
	struct compare c = {.o = o,
	    .s = s,
	    .want = (const struct objwrite_rel *)(void *)t->rels.data};
	struct gort_err e;
	uint32_t i;

	for (i = 1; i < o->nsecs; i++)
		if (o->secs[i].nrelocs && o->secs[i].applies_to == section)
			CHECK(
			    gort__obj_relocs(o, i, compare_reloc, &c, &e) == 0);
	CHECK(c.n == t->rels.n / sizeof(*c.want));
	CHECK(c.bad == 0);
}

static void
objects(void)
{
	const struct objmachine *m;

	for (m = gort__objmachines; m->name; m++) {
		struct gort__obj o = {0};
		struct wr out = {0};
		struct gort_err e;
		struct sample s;
		uint32_t i;

		make_sample(&s, m);
		REQUIRE(gort__objwrite_finish(&s.w, &out, &e) == 0);
		REQUIRE(gort__obj_parse(out.data, out.n, m->name, &o, &e) == 0);
		CHECK(o.kind == OBJ_RELOCATABLE && o.arch == m->arch);
		CHECK(o.machine == m->machine && o.bits == 8 * m->word);
		CHECK(gort__objmachine_of(&o) == m);
		CHECK(gort__obj_symbols(&o, &e) == 0);
		same_sections(&o, &s);
		same_symbols(&o, &s);
		for (i = 1; i < s.w.nsecs; i++)
			same_relocs(&o, &s, i);
		CHECK(gort__obj_inits(&o, &e) == 0 && o.ninits == 1);
		CHECK(o.ninits && strstr(o.inits[0].symbol, "l"));
		gort__obj_free(&o);
		gort__objwrite_free(&s.w);
		wr_free(&out);
	}
}

/* The addend of a REL format stands in the bytes. */
static void
addends(void)
{
	const struct objmachine *m;

	for (m = gort__objmachines; m->name; m++) {
		struct sample s;
		int32_t field;

		make_sample(&s, m);
		memcpy(
		    &field, gort__objwrite_bytes(&s.w, s.text)->data + 20, 4);
		CHECK(field == (m->rela ? 0x17161514 : -4));
		memcpy(&field,
		    gort__objwrite_bytes(&s.w, s.data)->data + 8 + m->word, 4);
		CHECK(field == (m->rela ? 0 : 12));
		gort__objwrite_free(&s.w);
	}
}

static void
many_relocs(void)
{
	const struct objmachine *m;

	for (m = gort__objmachines; m->name; m++) {
		unsigned n;

		/* around the greatest number that a field of 16 bits holds */
		for (n = 65533; n <= 65537; n++) {
			struct gort__obj o = {0};
			struct wr out = {0};
			struct gort_err e;
			struct sample s;
			unsigned i;

			make_sample(&s, m);
			/* three are there */
			for (i = 3; i < n; i++)
				gort__objwrite_addr(&s.w, s.data,
				    s.syms[i % 4].number, (int64_t)i);
			REQUIRE(gort__objwrite_finish(&s.w, &out, &e) == 0);
			REQUIRE(gort__obj_parse(
				    out.data, out.n, "many", &o, &e) == 0);
			CHECK(gort__obj_symbols(&o, &e) == 0);
			same_relocs(&o, &s, s.data);
			same_relocs(&o, &s, s.init);
			gort__obj_free(&o);
			gort__objwrite_free(&s.w);
			wr_free(&out);
		}
	}
}

static void
no_weak_coff(void)
{
	struct wr out = {0};
	struct gort_err e = {0};
	struct sample s;

	make_sample(&s, gort__objmachine_named("coff-amd64"));
	gort__objwrite_undefined(&s.w, "weak", OBJ_WEAK, STV_DEFAULT);
	CHECK(gort__objwrite_finish(&s.w, &out, &e) == -GORT_ENOTSUP);
	CHECK(strstr(e.text, "weak symbols"));
	CHECK(out.n == 0);
	gort__objwrite_free(&s.w);
	wr_free(&out);
}

/* One symbol a name, though there are many, and whatever is asked first. */
static void
undefined_once(void)
{
	const struct objmachine *m;
	char name[16];

	for (m = gort__objmachines; m->name; m++) {
		uint32_t first[300], i;
		struct objwrite w;

		gort__objwrite_begin(&w, m);
		for (i = 0; i < 300; i++) {
			snprintf(name, sizeof(name), "name%u", i);
			first[i] = gort__objwrite_undefined(
			    &w, name, OBJ_GLOBAL, STV_HIDDEN);
			CHECK(i == 0 || first[i] == first[i - 1] + 1);
		}
		for (i = 0; i < 300; i++) {
			snprintf(name, sizeof(name), "name%u", i);
			CHECK(gort__objwrite_undefined(&w, name, OBJ_GLOBAL,
				  STV_PROTECTED) == first[i]);
		}
		CHECK(w.syms.n == 300 * sizeof(struct objwrite_sym));
		CHECK(((struct objwrite_sym *)(void *)w.syms.data)[7]
			  .visibility == STV_PROTECTED);
		gort__objwrite_free(&w);
	}
}

/* ---- archives and renamed copies ------------------------------------------------ */

static void
archives(void)
{
	const struct objmachine *m;

	for (m = gort__objmachines; m->name; m++) {
		struct objwrite_member members[3] = {{.name = "short.o"},
		    {.name = "a-name-that-has-more-than-15-bytes.o"},
		    {.name = "another-name-of-many-bytes.o"}};
		struct wr objects[3] = {{0}}, out = {0};
		struct gort__obj ar = {0};
		struct gort_err e;
		uint32_t i;

		for (i = 0; i < 3; i++) {
			struct sample s;

			make_sample(&s, m);
			/* odd sizes are padded */
			wr_fill(gort__objwrite_bytes(&s.w, s.note), 1, i);
			REQUIRE(
			    gort__objwrite_finish(&s.w, &objects[i], &e) == 0);
			gort__objwrite_free(&s.w);
			members[i].data = objects[i].data;
			members[i].size = objects[i].n;
		}
		REQUIRE(gort__objwrite_archive(members, 3, &out, &e) == 0);
		REQUIRE(gort__obj_parse(out.data, out.n, "x.a", &ar, &e) == 0);
		REQUIRE(ar.kind == OBJ_ARCHIVE && ar.nmembers == 3);
		for (i = 0; i < 3; i++) {
			CHECK(strcmp(ar.members[i].name, members[i].name) == 0);
			REQUIRE(ar.members[i].size == members[i].size);
			CHECK(memcmp(out.data + ar.members[i].offset,
				  members[i].data, objects[i].n) == 0);
		}
		/* global_function and eight888 of each; undefined ones not */
		REQUIRE(ar.nindex == 6);
		for (i = 0; i < 6; i++) {
			CHECK(ar.index[i].member == i / 2);
			CHECK(strcmp(ar.index[i].name + strlen(m->prefix),
				  i % 2 ? "eight888" : "global_function") == 0);
		}
		gort__obj_free(&ar);
		wr_free(&out);
		for (i = 0; i < 3; i++)
			wr_free(&objects[i]);
	}
}

static void
archive_of_nothing(void)
{
	struct objwrite_member bad = {
	    .name = "noise", .data = "no object", .size = 9};
	struct gort__obj ar = {0};
	struct wr out = {0};
	struct gort_err e;

	CHECK(gort__objwrite_archive(NULL, 0, &out, &e) == 0);
	CHECK(gort__obj_parse(out.data, out.n, "x.a", &ar, &e) == 0);
	CHECK(ar.nmembers == 0 && ar.nindex == 0);
	gort__obj_free(&ar);
	wr_free(&out);
	CHECK(gort__objwrite_archive(&bad, 1, &out, &e) == -GORT_EFORMAT);
	CHECK(strncmp(e.text, "noise: ", 7) == 0);
	wr_free(&out);
}

static const char *
longer(const char *name, void *arg)
{
	(void)arg;
	if (strstr(name, "global_function"))
		return "renamed_to_something_much_longer";
	return strstr(name, "eight888") ? "x" : NULL;
}

static void
renames(void)
{
	const struct objmachine *m;

	for (m = gort__objmachines; m->name; m++) {
		struct gort__obj o = {0}, c = {0};
		struct wr out = {0}, copy = {0};
		struct gort_err e;
		struct sample s;
		uint32_t n, i;

		make_sample(&s, m);
		REQUIRE(gort__objwrite_finish(&s.w, &out, &e) == 0);
		REQUIRE(gort__obj_parse(out.data, out.n, "o", &o, &e) == 0);
		/* behind other bytes: offsets are the copy's own */
		wr_text(&copy, "12345678");
		REQUIRE(gort__obj_rename(&o, longer, NULL, &copy, &n, &e) == 0);
		CHECK(n == 2);
		REQUIRE(gort__obj_parse(
			    copy.data + 8, copy.n - 8, "c", &c, &e) == 0);
		REQUIRE(gort__obj_symbols(&c, &e) == 0);
		REQUIRE(c.nsyms == o.nsyms);
		for (i = 0; i < c.nsyms; i++) {
			const char *to = longer(o.syms[i].name, NULL);

			CHECK(strcmp(c.syms[i].name,
				  to ? to : o.syms[i].name) == 0);
			CHECK(c.syms[i].value == o.syms[i].value);
			CHECK(c.syms[i].section == o.syms[i].section);
		}
		same_sections(&c, &s);
		gort__obj_free(&c);
		gort__obj_free(&o);
		gort__objwrite_free(&s.w);
		wr_free(&copy);
		wr_free(&out);
	}
}

/* ---- bound modules ----------------------------------------------------------------- */

static const char list[] = "int add(int a, int b) = impl_add\n"
			   "twice\n"
			   "double area(struct point p);\n";

/* Everything that gort bind does in memory. 0 or the error. */
static int
bind_all(const struct objmachine *m, struct wr *out, struct gort_err *e)
{
	static const char *const needs[] = {"other"}, *const inc[] = {"p.h"};
	struct bind b = {.name = "demo",
	    .version = "1.0",
	    .init = "start",
	    .needs = needs,
	    .nneeds = 1,
	    .mach = m};
	struct bind_input in = {.path = "plain.o"};
	struct wr plain = {0}, glue = {0}, header = {0};
	struct objwrite w;
	struct objwrite_sym f = {.bind = OBJ_GLOBAL, .type = OBJ_FUNC};
	int rc;

	gort__objwrite_begin(&w, m);
	f.section = gort__objwrite_section(
	    &w, ".text", WRITE_PROGBITS, OBJ_SEC_ALLOC | OBJ_SEC_EXEC, 16);
	wr_fill(gort__objwrite_bytes(&w, f.section), 0xc3, 64);
	gort__objwrite_symbol(&w, "impl_add", &f);
	gort__objwrite_symbol(&w, "twice", &f);
	gort__objwrite_symbol(&w, "area", &f);
	gort__objwrite_symbol(&w, "start", &f);
	rc = gort__objwrite_finish(&w, &plain, e);
	gort__objwrite_free(&w);
	in.data = plain.data;
	in.size = plain.n;
	if (rc == 0)
		rc = gort__bind_list(&b, list, sizeof(list) - 1, "list", e);
	if (rc == 0)
		rc = gort__bind_object(&b, in.data, in.size, in.path, e);
	if (rc == 0)
		rc = gort__bind_check(&b, e);
	if (rc == 0)
		rc = gort__bind_write(&b, &glue, e);
	if (rc == 0)
		rc = gort__bind_header(&b, inc, 1, &header, e);
	if (rc == 0)
		rc = gort__bind_archive(&b, &in, 1, out, e);
	wr_free(&plain);
	wr_free(&glue);
	wr_free(&header);
	gort__bind_free(&b);
	return rc;
}

static void
modules(void)
{
	const struct objmachine *m;

	for (m = gort__objmachines; m->name; m++) {
		struct gort__obj ar = {0}, o = {0};
		struct gort__note note;
		struct wr out = {0};
		struct gort_err e;

		REQUIRE(bind_all(m, &out, &e) == 0);
		REQUIRE(gort__obj_parse(out.data, out.n, "x.a", &ar, &e) == 0);
		REQUIRE(ar.nmembers == 2);
		REQUIRE(gort__obj_parse_member(&ar, 0, &o, &e) == 0);
		REQUIRE(gort__note_read(&o, &note, &e) == 0);
		CHECK(strcmp(note.name, "demo") == 0);
		CHECK(strcmp(note.version, "1.0") == 0);
		REQUIRE(note.nexports == 3 && note.nneeds == 1);
		CHECK(strcmp(note.exports[0].args, "(int a, int b)") == 0);
		CHECK(strcmp(note.exports[2].ret, "double") == 0);
		CHECK(gort__obj_symbols(&o, &e) == 0);
		CHECK(find(&o, m, "twice")->section != 0);
		CHECK(find(&o, m, "gort__impl_twice")->section == 0);
		CHECK(find(&o, m, "impl_add")->section == 0);
		CHECK(find(&o, m, "start")->section == 0);
		gort__note_free(&note);
		gort__obj_free(&o);
		gort__obj_free(&ar);
		wr_free(&out);
	}
}

static void
failing_allocations(void)
{
	const struct objmachine *m;
	unsigned n, failed = 0;

	for (m = gort__objmachines; m->name; m++) {
		int rc = -1;

		for (n = 1; rc; n++) {
			struct gort_err e = {0};
			struct wr out = {0};
			long before = live;

			fail_at = n;
			rc = bind_all(m, &out, &e);
			fail_at = 0;
			wr_free(&out);
			CHECK(live == before);
			CHECK(rc == 0 ||
			      (rc == -GORT_ENOMEM && strstr(e.text, "memory")));
			failed += rc != 0;
		}
	}
	printf("    %u failures\n", failed);
	CHECK(failed > 100);
}

static void
lending(void)
{
	uint8_t memory[16];
	struct wr w = {0};

	wr_text(&w, "before");
	wr_lend(&w, memory, sizeof(memory));
	wr_text(&w, ", after");
	CHECK(w.data == memory);
	wr_fill(&w, '.', 20);
	CHECK(w.data != memory);
	CHECK(w.n == 33 && memcmp(w.data, "before, after...", 16) == 0);
	wr_free(&w);
}

#ifdef _WIN32
#define HOST_FORMAT "coff-"
#else
#define HOST_FORMAT "elf-"
#endif
#if defined(__x86_64__)
#define HOST_MACHINE HOST_FORMAT "amd64"
#elif defined(__i386__)
#define HOST_MACHINE HOST_FORMAT "386"
#else
#define HOST_MACHINE HOST_FORMAT "arm64"
#endif

struct large {
	long v[6];
};

static void
result_types(void)
{
#define X(t) \
	{ \
#t, GORT__EX_OF(t) \
	}
	static const struct {
		const char *type;
		uint32_t flags;
	} types[] = {X(void), X(int), X(unsigned long long), X(char *),
	    X(double *), X(float), X(double), X(long double), X(struct large),
	    X(const struct large *), X(_Complex float), X(float _Complex),
	    X(double _Complex), X(_Complex double), X(long double _Complex)};
#undef X
	const struct objmachine *m = gort__objmachine_named(HOST_MACHINE);
	unsigned i;

	REQUIRE(m != NULL);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (gort__bind_flags(m, types[i].type, "(void)") !=
		    types[i].flags)
			printf("    %s\n", types[i].type);
		CHECK(gort__bind_flags(m, types[i].type, "(void)") ==
		      types[i].flags);
	}
}

/* By the psABI and what gcc does on Windows, whatever the host. */
static void
complex_results(void)
{
	static const struct {
		const char *machine;
		bool in_memory;
	} all[] = {{"elf-amd64", false}, {"elf-arm64", false},
	    {"elf-386", true}, {"coff-amd64", true}, {"coff-386", true}};
	unsigned i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const struct objmachine *m =
		    gort__objmachine_named(all[i].machine);

		CHECK(gort__bind_flags(m, "double complex", "(void)") ==
		      (all[i].in_memory ? GORT__EX_SRET : 0));
		CHECK(gort__bind_flags(m, "float complex", "(void)") == 0);
	}
}

static const struct test tests[] = {
    {"results are what GORT_EXPORT takes them for", result_types},
    {"complex results of each machine", complex_results},
    {"objects of every machine are read as they were written", objects},
    {"addends stand where the format has them", addends},
    {"sections with more relocations than 16 bits count", many_relocs},
    {"weak symbols in COFF are refused", no_weak_coff},
    {"an undefined symbol is written once", undefined_once},
    {"archives are read as they were written", archives},
    {"an empty archive is one, what is no object is refused",
	archive_of_nothing},
    {"renamed symbols keep all but their names", renames},
    {"bound modules are read as they were asked for", modules},
    {"a buffer goes on in what it is lent, and moves when it grows", lending},
    {"every allocation may fail: an error, and nothing leaks",
	failing_allocations},
};

int
main(void)
{
	return RUN_TESTS("objwrite", tests);
}
