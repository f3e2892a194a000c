/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The object that makes a module of plain C objects: module data, notes,
 * exports with their thunks, and the functions that register it all. What
 * GORT_MODULE and GORT_EXPORT would have the compiler write, in the same
 * sections, so that objects of both kinds go together (object_elf.h,
 * object_pe.h). Leaf.
 */
#include "bind.h"
#include "bind_flags.h"
#include "bindcode.h"
#include "elfdef.h"

#define READ OBJ_SEC_ALLOC
#define WRITE (OBJ_SEC_ALLOC | OBJ_SEC_WRITE)
#define CODE (OBJ_SEC_ALLOC | OBJ_SEC_EXEC)

/* Layouts of <gort/module.h>, by the width of an address. */
#define MODULE_SIZE(w) (24u + 12 * (w))
#define EXPORT_SIZE(w) (7u * (w))
#define EXPORT_SELF(w) (2u * (w))
_Static_assert(
    sizeof(struct gort_moduledata) == MODULE_SIZE(sizeof(void *)) &&
	offsetof(struct gort_moduledata, name) == 24 &&
	offsetof(struct gort_moduledata, exports) == 24 + 2 * sizeof(void *) &&
	offsetof(struct gort_moduledata, init) == 24 + 6 * sizeof(void *) &&
	offsetof(struct gort_moduledata, next) == 24 + 10 * sizeof(void *),
    "struct gort_moduledata");
_Static_assert(
    sizeof(struct gort__export) == EXPORT_SIZE(sizeof(void *)) &&
	offsetof(struct gort__export, self) == EXPORT_SELF(sizeof(void *)) &&
	offsetof(struct gort__export, name) == 4 * sizeof(void *),
    "struct gort__export");

/* The object as it grows. */
struct binding {
	struct objwrite w;
	const struct bind *b;
	const struct bindcode *code;
	/* sections */
	uint32_t text, data, rodata, note, exports, needs, eh_frame, drectve;
	/* symbols */
	uint32_t entry, add, remove, cold, got;
	uint64_t cold_at;    /* COFF: of zeros in data */
	uint64_t module_at;  /* in data */
	uint64_t exports_at; /* in data, of the first */
	uint64_t cie_at;     /* in eh_frame */
	uint64_t plain_fde;  /* there: the last one, if it says nothing; or 0 */
	uint64_t plain_at;   /* in text: what that begins with */
};

static uint32_t
outside(struct binding *g, const char *name)
{
	return gort__objwrite_undefined(&g->w, name, OBJ_GLOBAL, STV_DEFAULT);
}

/* A function of the module's own objects: it binds there and nowhere else. */
static uint32_t
own_function(struct binding *g, const char *name, bool seen)
{
	return gort__objwrite_undefined(
	    &g->w, name, OBJ_GLOBAL, seen ? STV_PROTECTED : STV_HIDDEN);
}

static uint32_t
section(struct binding *g, const char *elf, const char *coff, uint32_t what,
    uint32_t align)
{
	return gort__objwrite_section(
	    &g->w, g->w.mach->coff ? coff : elf, WRITE_PROGBITS, what, align);
}

/* Append a string to the constants; where it lies there. */
static int64_t
string(struct binding *g, const char *s)
{
	struct wr *to = gort__objwrite_bytes(&g->w, g->rodata);
	int64_t at = (int64_t)to->n;

	wr_string(to, s);
	return at;
}

/* Append the address of a new string to the data. */
static void
string_addr(struct binding *g, const char *s)
{
	gort__objwrite_addr(&g->w, g->data,
	    gort__objwrite_secsym(&g->w, g->rodata), string(g, s));
}

/* ---- notes (Note [Module note]) --------------------------------------------- */

static void
note(struct binding *g, uint32_t type, const void *desc, size_t n)
{
	struct wr *to = gort__objwrite_bytes(&g->w, g->note);

	wr_uint(to, 5, 4);
	wr_uint(to, n, 4);
	wr_uint(to, type, 4);
	wr_bytes(to, "GORT\0\0\0", 8);
	wr_bytes(to, desc, n);
	wr_align(to, 4, 0);
}

static void
notes(struct binding *g)
{
	const struct bind_export *ex = gort__bind_exports(g->b);
	uint32_t i, n = gort__bind_nexports(g->b);
	struct wr d = {0};

	wr_uint(&d, GORT_MODULE_ABI_MIN, 4);
	wr_uint(&d, GORT_MODULE_ABI_MAX, 4);
	wr_string(&d, g->b->name);
	wr_string(&d, g->b->version);
	note(g, GORT_NOTE_MODULE, d.data, d.n);
	for (i = 0; i < n; i++) {
		d.n = 0;
		wr_string(&d, ex[i].name);
		wr_string(&d, ex[i].ret);
		wr_string(&d, ex[i].args);
		note(g, GORT_NOTE_EXPORT, d.data, d.n);
	}
	for (i = 0; i < g->b->nneeds; i++)
		note(g, GORT_NOTE_NEED, g->b->needs[i],
		    strlen(g->b->needs[i]) + 1);
	g->w.failed |= d.failed;
	wr_free(&d);
}

/*
 * GNU_PROPERTY_X86_FEATURE_1_AND: IBT; AARCH64's: BTI. Not SHSTK: a panic
 * leaves what the shadow stack has of its frames.
 */
static void
property(struct binding *g)
{
	bool arm = g->w.mach->arch == ARCH_ARM64;
	uint32_t s;
	struct wr *to;

	if (g->w.mach->coff || g->w.mach->word != 8)
		return;
	s = gort__objwrite_section(
	    &g->w, ".note.gnu.property", WRITE_NOTE, READ, 8);
	to = gort__objwrite_bytes(&g->w, s);
	wr_uint(to, 4, 4);
	wr_uint(to, 16, 4);
	wr_uint(to, 5, 4); /* NT_GNU_PROPERTY_TYPE_0 */
	wr_string(to, "GNU");
	wr_uint(to, arm ? 0xc0000000 : 0xc0000002, 4);
	wr_uint(to, 4, 4);
	wr_uint(to, 1, 4);
	wr_uint(to, 0, 4);
}

/* ---- data ------------------------------------------------------------------- */

static void
addr_or_null(struct binding *g, uint32_t sec, uint32_t sym, bool null)
{
	if (null)
		wr_fill(gort__objwrite_bytes(&g->w, sec), 0, g->w.mach->word);
	else
		gort__objwrite_addr(&g->w, sec, sym, 0);
}

static void
hook(struct binding *g, const char *fn)
{
	addr_or_null(g, g->data, fn ? own_function(g, fn, false) : 0, !fn);
}

/* The bounds of the exports and needs of all objects of the module. */
static void
bounds(struct binding *g, const char *what, const char *coff)
{
	static const char *const ends[] = {"start", "stop"};
	static const char part[] = "az";
	char name[32];
	int i;

	for (i = 0; i < 2; i++) {
		uint32_t s;

		if (!g->w.mach->coff) {
			snprintf(name, sizeof(name), "__%s_%s", ends[i], what);
			gort__objwrite_addr(&g->w, g->data,
			    gort__objwrite_undefined(
				&g->w, name, OBJ_WEAK, STV_HIDDEN),
			    0);
			continue;
		}
		snprintf(name, sizeof(name), "%s$%c", coff, part[i]);
		s = section(g, NULL, name, READ, g->w.mach->word);
		addr_or_null(g, s, 0, true);
		gort__objwrite_addr(
		    &g->w, g->data, gort__objwrite_secsym(&g->w, s), 0);
	}
}

static void
module_data(struct binding *g)
{
	struct wr *to = gort__objwrite_bytes(&g->w, g->data);
	struct objwrite_sym sym = {.bind = OBJ_GLOBAL,
	    .type = OBJ_DATA,
	    .visibility = STV_HIDDEN,
	    .section = g->data,
	    .size = MODULE_SIZE(g->w.mach->word)};

	wr_align(to, 8, 0);
	sym.value = g->module_at = to->n;
	gort__objwrite_symbol(&g->w, "gort__moduledata", &sym);
	wr_uint(to, GORT_MAGIC, 8);
	wr_uint(to, sym.size, 4);
	wr_uint(to, GORT_MODULE_ABI_MIN, 4);
	wr_uint(to, GORT_MODULE_ABI_MAX, 4);
	wr_uint(to, g->b->resident ? GORT_MODULE_RESIDENT : 0, 4);
	string_addr(g, g->b->name);
	string_addr(g, g->b->version);
	bounds(g, "gort_exports", ".gortex");
	bounds(g, "gort_needs", ".gortnd");
	hook(g, g->b->init);
	hook(g, g->b->fini);
	hook(g, g->b->save);
	hook(g, g->b->restore);
	wr_fill(to, 0, 2 * (size_t)g->w.mach->word);
}

/* struct gort__export, and its entry in the list of them. */
static void
export_data(struct binding *g, const struct bind_export *ex)
{
	struct wr *to = gort__objwrite_bytes(&g->w, g->data);
	uint32_t data = gort__objwrite_secsym(&g->w, g->data);
	unsigned w = g->w.mach->word;
	int64_t at = (int64_t)to->n;

	gort__objwrite_addr(&g->w, g->data, data, at + EXPORT_SELF(w));
	wr_uint(to, gort__bind_flags(g->w.mach, ex->ret, ex->args), 4);
	wr_align(to, w, 0);
	gort__objwrite_addr(&g->w, g->data, g->cold, (int64_t)g->cold_at);
	gort__objwrite_addr(&g->w, g->data,
	    own_function(g, ex->impl, !gort__bind_renamed(ex)), 0);
	string_addr(g, ex->name);
	string_addr(g, ex->ret);
	string_addr(g, ex->args);
	gort__objwrite_addr(&g->w, g->exports, data, at);
}

static void
need_data(struct binding *g, const char *name)
{
	int64_t at = (int64_t)gort__objwrite_size(&g->w, g->data);

	string_addr(g, name);
	gort__objwrite_addr(
	    &g->w, g->needs, gort__objwrite_secsym(&g->w, g->data), at);
}

/* ---- code ------------------------------------------------------------------- */

static void
begin_eh_frame(struct binding *g)
{
	unsigned w = g->w.mach->word;
	struct wr *to;

	g->eh_frame = section(g, ".eh_frame", ".eh_frame", READ, w);
	to = gort__objwrite_bytes(&g->w, g->eh_frame);
	wr_uint(to, (8u + g->code->ncie + w - 1) / w * w - 4, 4);
	wr_uint(to, 0, 4);
	wr_bytes(to, g->code->cie, g->code->ncie);
	wr_align(to, w, 0);
}

/*
 * The FDE of n bytes of code at `at`. Where all of it is as the CIE says, it is
 * that of what came before as well, which is so for thousands of thunks.
 */
static void
frame_of(
    struct binding *g, uint64_t at, uint64_t n, const char *cfi, size_t ncfi)
{
	size_t w = g->w.mach->word;
	struct wr *to;

	if (!g->code->ncie)
		return;
	to = gort__objwrite_bytes(&g->w, g->eh_frame);
	if (ncfi == 0 && g->plain_fde) {
		if (!to->failed)
			wr_put(to->data + g->plain_fde + 12,
			    at + n - g->plain_at, 4);
		return;
	}
	g->plain_fde = ncfi == 0 ? to->n : 0;
	g->plain_at = at;
	wr_uint(to, (17 + ncfi + w - 1) / w * w - 4, 4);
	wr_uint(to, to->n - g->cie_at, 4);
	gort__objwrite_dist(&g->w, g->eh_frame,
	    gort__objwrite_secsym(&g->w, g->text), (int64_t)at);
	wr_uint(to, n, 4);
	wr_uint(to, 0, 1);
	wr_bytes(to, cfi, ncfi);
	wr_align(to, w, 0);
}

/* Where a routine's references lead. */
struct context {
	uint32_t call;   /* symbol of REF_CALL */
	uint32_t impl;   /* symbol of REF_IMPL, which resident thunks have */
	int64_t export;  /* REF_EXPORT's place in data */
	uint64_t helper; /* REF_HELPER's in text */
};

static void
fix(struct binding *g, const struct bindfix *f, uint64_t at,
    const struct context *c)
{
	uint32_t data = gort__objwrite_secsym(&g->w, g->data), sym = 0;
	struct wr *to = gort__objwrite_bytes(&g->w, g->text);
	int64_t add = f->addend;

	switch ((enum bindref)f->ref) {
	case REF_EXPORT:
		sym = data;
		add += c->export;
		break;
	case REF_IMAGE:
		sym = data;
		add += c->export + EXPORT_SELF(g->w.mach->word);
		break;
	case REF_IMPL:
		sym = c->impl;
		break;
	case REF_MODULE:
		sym = data;
		add += (int64_t)g->module_at;
		break;
	case REF_ENTRY:
		sym = g->entry;
		break;
	case REF_CALL:
		sym = c->call;
		break;
	case REF_GOT:
		sym = g->got;
		break;
	case REF_HELPER:
		if (!to->failed)
			wr_put(to->data + at, c->helper - (at + 4), 4);
		return;
	}
	gort__objwrite_reloc(&g->w, g->text, at, 4, f->type, sym, add);
}

/* Append a routine to the code; where it is. */
static uint64_t
routine(struct binding *g, const struct bindroutine *r, const struct context *c)
{
	struct wr *to = gort__objwrite_bytes(&g->w, g->text);
	uint64_t at;
	unsigned i;

	wr_align(to, g->code->align, g->code->pad);
	at = to->n;
	wr_bytes(to, r->code, r->size);
	for (i = 0; i < r->nfixes; i++)
		fix(g, &r->fixes[i], at + r->fixes[i].at, c);
	frame_of(g, at, r->size, r->cfi, r->ncfi);
	return at;
}

/* An init or fini function, and its entry in the format's list. */
static void
init_function(struct binding *g, const char *name, uint32_t call,
    const char *coff, const struct context *helper)
{
	bool fini = call == g->remove;
	struct context c = {.call = call, .helper = helper->helper};
	uint64_t at = routine(g, &g->code->init, &c);
	struct objwrite_sym sym = {.type = OBJ_FUNC,
	    .section = g->text,
	    .value = at,
	    .size = g->code->init.size};
	unsigned w = g->w.mach->word;
	uint32_t list;

	gort__objwrite_symbol(&g->w, name, &sym);
	if (g->w.mach->coff)
		list = section(g, NULL, coff, WRITE, w);
	else
		list = gort__objwrite_section(&g->w,
		    fini ? ".fini_array" : ".init_array",
		    fini ? WRITE_FINI_ARRAY : WRITE_INIT_ARRAY, WRITE, w);
	gort__objwrite_addr(
	    &g->w, list, gort__objwrite_secsym(&g->w, g->text), (int64_t)at);
}

/* What a linker for PE exports under the name. */
static void
directive(struct binding *g, const struct bind_export *ex)
{
	struct wr *to = gort__objwrite_bytes(&g->w, g->drectve);

	wr_text(to, " -export:");
	wr_text(to, ex->name);
	if (!gort__bind_renamed(ex)) {
		wr_text(to, "=" BIND_THUNK);
		wr_text(to, ex->name);
	}
}

static void
thunk(struct binding *g, const struct bind_export *ex, struct context *c,
    struct wr *name)
{
	struct objwrite_sym sym = {
	    .bind = OBJ_GLOBAL, .type = OBJ_FUNC, .section = g->text};
	const struct bindroutine *r =
	    g->b->resident ? &g->code->resident : &g->code->thunk;

	if (g->b->resident)
		c->impl = own_function(g, ex->impl, !gort__bind_renamed(ex));
	sym.size = r->size;
	sym.value = routine(g, r, c);
	name->n = 0;
	if (!gort__bind_renamed(ex))
		wr_text(name, BIND_THUNK);
	wr_string(name, ex->name);
	if (name->failed)
		g->w.failed = true;
	else
		gort__objwrite_symbol(&g->w, (const char *)name->data, &sym);
	if (g->w.mach->coff)
		directive(g, ex);
}

static void
code(struct binding *g)
{
	const struct bind_export *ex = gort__bind_exports(g->b);
	uint32_t i, n = gort__bind_nexports(g->b);
	struct context c = {0};
	struct wr name = {0};

	if (g->code->helper) {
		struct bindroutine helper = {
		    .code = g->code->helper, .size = g->code->nhelper};

		c.helper = routine(g, &helper, &c);
	}
	/* those of GORT_MODULE run before and after all others of PE, too */
	init_function(g, "gort__module_ctor", g->add, ".ctors.65434", &c);
	init_function(g, "gort__module_dtor", g->remove, ".dtors.65434", &c);
	for (i = 0; i < n; i++) {
		c.export =
		    (int64_t)(g->exports_at + i * EXPORT_SIZE(g->w.mach->word));
		thunk(g, &ex[i], &c, &name);
	}
	wr_free(&name);
}

/* ---- all -------------------------------------------------------------------- */

static void
sections(struct binding *g)
{
	unsigned w = g->w.mach->word;
	bool coff = g->w.mach->coff;

	g->text = section(g, ".text", ".text", CODE, 16);
	g->data = section(g, ".data", ".data", WRITE, 8);
	g->rodata = section(g, ".rodata", ".rdata", READ, 1);
	g->note = gort__objwrite_section(
	    &g->w, coff ? ".gort" : ".note.gort", WRITE_NOTE, READ, 4);
	if (gort__bind_nexports(g->b))
		g->exports = section(
		    g, "gort_exports", ".gortex$m", coff ? READ : WRITE, w);
	if (g->b->nneeds)
		g->needs = section(
		    g, "gort_needs", ".gortnd$m", coff ? READ : WRITE, w);
	if (coff && gort__bind_nexports(g->b))
		g->drectve = section(g, NULL, ".drectve", 0, 1);
	if (g->code->ncie)
		begin_eh_frame(g);
}

static void
symbols(struct binding *g)
{
	bool coff = g->w.mach->coff;

	g->entry = outside(g, g->code->entry);
	g->add = outside(g, "gort__addmoduledata");
	g->remove = outside(g, "gort__removemoduledata");
	if (g->code->helper)
		g->got = outside(g, "_GLOBAL_OFFSET_TABLE_");
	g->cold = coff ? gort__objwrite_secsym(&g->w, g->data)
		       : outside(g, "gort__cold_image");
}

/*
 * The lists are reached by the bounds of a name alone, PE's note by nobody: a
 * linker that drops what nothing refers to (--gc-sections) would drop them.
 */
static void
refer_to_lists(struct binding *g)
{
	const uint32_t lists[] = {g->note, g->exports, g->needs};
	unsigned i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (lists[i])
			gort__objwrite_addr(&g->w, g->data,
			    gort__objwrite_secsym(&g->w, lists[i]), 0);
}

static void
data(struct binding *g)
{
	const struct bind_export *ex = gort__bind_exports(g->b);
	struct wr *to = gort__objwrite_bytes(&g->w, g->data);
	uint32_t i, n = gort__bind_nexports(g->b);

	/* GORT__COLD: zeros are a closed gate */
	if (g->w.mach->coff)
		wr_fill(to, 0, 16);
	module_data(g);
	g->exports_at = to->n;
	for (i = 0; i < n; i++)
		export_data(g, &ex[i]);
	for (i = 0; i < g->b->nneeds; i++)
		need_data(g, g->b->needs[i]);
	refer_to_lists(g);
}

/* What is about to be appended to a buffer. */
struct demand {
	struct wr *to;
	size_t n;
};

/* About the bytes of all texts of the exports, and their NULs. */
static size_t
count_texts(const struct binding *g)
{
	const struct bind_export *ex = gort__bind_exports(g->b);
	uint32_t i, n = gort__bind_nexports(g->b);
	size_t all = 0;

	for (i = 0; i < n; i++)
		all += strlen(ex[i].name) + strlen(ex[i].impl) +
		       strlen(ex[i].ret) + strlen(ex[i].args) + 4;
	return all;
}

#define OTHERS 64 /* symbols that are not of exports: sections, the runtime's */

/*
 * One piece of memory for the buffers that grow with the exports: what it is
 * short of, they get by themselves.
 */
static void
make_room(struct binding *g, struct bind *b)
{
	const struct bindroutine *r =
	    g->b->resident ? &g->code->resident : &g->code->thunk;
	size_t n = gort__bind_nexports(g->b) + 4, w = g->w.mach->word;
	size_t texts = count_texts(g), rel = n * sizeof(struct objwrite_rel);
	struct objwrite_sec *secs = g->w.secs;
	size_t frames = r->ncfi ? n : 4;
	const struct demand demands[] = {
	    {&secs[g->text].bytes, n * (r->size + (size_t)g->code->align)},
	    {&secs[g->text].rels, r->nfixes * rel},
	    {&secs[g->data].bytes, n * EXPORT_SIZE(w) + MODULE_SIZE(w)},
	    {&secs[g->data].rels, 6 * rel},
	    {&secs[g->rodata].bytes, texts},
	    {&secs[g->note].bytes, texts + 24 * n},
	    {&secs[g->exports].bytes, w * n},
	    {&secs[g->exports].rels, rel},
	    {&secs[g->drectve].bytes, texts + 24 * n},
	    {&secs[g->eh_frame].bytes, frames * (17 + r->ncfi + w)},
	    {&secs[g->eh_frame].rels, frames * sizeof(struct objwrite_rel)},
	    {&g->w.syms, (2 * n + OTHERS) * sizeof(struct objwrite_sym)},
	    {&g->w.names, texts + strlen(BIND_THUNK) * n + 32 * OTHERS},
	};
	size_t i, all = 0;
	uint8_t *at;

	for (i = 0; i < sizeof(demands) / sizeof(demands[0]); i++)
		all += (demands[i].n + 255) & ~(size_t)255;
	at = gort__bind_room(b, all);
	g->w.failed |= !at;
	for (i = 0; at && i < sizeof(demands) / sizeof(demands[0]); i++) {
		size_t size = (demands[i].n + 255) & ~(size_t)255;

		wr_lend(demands[i].to, at, size);
		at += size;
	}
}

int
gort__bind_write(struct bind *b, struct wr *out, struct gort_err *e)
{
	struct binding g = {.b = b};
	uint8_t *room;
	size_t n;
	int rc;

	for (g.code = gort__bindcodes; g.code->machine; g.code++)
		if (strcmp(g.code->machine, b->mach->name) == 0)
			break;
	if (!g.code->machine)
		return gort__err(e, GORT_ENOTSUP, NULL, GORT_ERR_NO_OFFSET,
		    "there are no export thunks for %s", b->mach->name);
	gort__objwrite_begin(&g.w, b->mach);
	sections(&g);
	make_room(&g, b);
	symbols(&g);
	notes(&g);
	data(&g);
	code(&g);
	property(&g);
	if (!b->mach->coff)
		section(&g, ".note.GNU-stack", NULL, 0, 1);
	n = gort__objwrite_room(&g.w);
	room = gort__bind_room(b, n);
	if (room)
		wr_lend(out, room, n);
	g.w.failed |= !room;
	rc = gort__objwrite_finish(&g.w, out, e);
	gort__objwrite_free(&g.w);
	return rc;
}
