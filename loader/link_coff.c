/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * COFF objects as input of a link (Microsoft's "PE Format"; GNU's .ctors and
 * -aligncomm).
 *
 * Symbols are moved up by one, as symbol 0 is none in the core; so are the
 * numbers of symbols in sections and weak symbols.
 */
#include "../include/small.h"
#include "link.h"
#include "link_crt.h"
#include "objcoff.h"

#include <stdlib.h>

/* Functions of an object are called as Windows does. */
#if defined(__x86_64__) && !defined(_WIN32)
#define FOREIGN true
#define CONVENTION __attribute__((ms_abi))
#else
#define FOREIGN false
#define CONVENTION
#endif

/*
 * Only Windows gives threads blocks; elsewhere what uses thread-local variables
 * is refused by _tls_index, and the sections are left out.
 */
#ifdef _WIN32
#define HAS_TLS true
#else
#define HAS_TLS false
#endif

/* How a weak symbol is to be looked for stands behind its default. */
static uint16_t
characteristics(
    const struct gort__obj *o, const struct coffhead *h, uint32_t sym)
{
	uint64_t record = h->big ? 20 : 18;

	return (uint16_t)rd_u32(
	    &o->rd, h->symbols + (sym + UINT64_C(1)) * record + 4);
}

static int
move_symbols(struct gort__obj *o, struct gort_err *e)
{
	struct coffhead h;
	struct gort__objsym *syms =
	    gort__obj_table(o, o->nsyms + (size_t)1, sizeof(*o->syms));
	uint32_t i;

	if (!syms)
		return gort__rd_no_memory(&o->rd, e, "symbols");
	gort__coff_find_head(o, &h);
	if (o->nsyms)
		memcpy(syms + 1, o->syms, o->nsyms * sizeof(*syms));
	syms[0].name = "";
	for (i = 0; i < o->nsyms; i++) {
		struct gort__objsym *s = &syms[i + 1];

		if (s->bind != OBJ_WEAK || s->section != 0 ||
		    i + 1 == o->nsyms || o->syms[i + 1].type != OBJ_AUX)
			continue;
		s->link++;
		s->other = characteristics(o, &h, i);
	}
	for (i = 1; i < o->nsecs; i++)
		if (o->secs[i].link)
			o->secs[i].link++;
	o->syms = syms;
	o->nsyms++;
	return 0;
}

/* The largest alignment that size bytes can need, up to 32 (GNU ld's). */
static uint64_t
natural_alignment(uint64_t size)
{
	uint64_t align = 1;

	while (align < size && align < 32)
		align *= 2;
	return align;
}

/* The argument of a directive of that name at p, before end; or NULL. */
static const char *
argument(const char *p, const char *end, const char *name)
{
	size_t n = strlen(name);

	if (p == end || (*p != '-' && *p != '/') || (size_t)(end - p) < n + 2 ||
	    strncasecmp(p + 1, name, n) != 0 || p[n + 1] != ':')
		return NULL;
	return p + n + 2;
}

/* -aligncomm:"NAME",N: a common symbol has alignment 2^N. */
static void
align_common(struct gort__obj *o, const char *p, const char *end)
{
	const char *name = p + (p < end && *p == '"'), *name_end;
	unsigned power = 0;
	uint32_t i;

	for (name_end = name; name_end < end; name_end++)
		if (*name_end == '"' || *name_end == ',')
			break;
	for (p = name_end; p < end && (*p == '"' || *p == ','); p++)
		;
	for (; p < end && *p >= '0' && *p <= '9' && power < 32; p++)
		power = power * 10 + (unsigned)(*p - '0');
	if (power >= 32)
		return;
	for (i = 1; i < o->nsyms; i++) {
		struct gort__objsym *s = &o->syms[i];
		size_t n = (size_t)(name_end - name);

		/* the directive's may have NULs in it */
		if (s->section == OBJ_SHN_COMMON &&
		    strnlen(s->name, n + 1) == n &&
		    memcmp(s->name, name, n) == 0)
			s->value = UINT64_C(1) << power;
	}
}

#define MAX_DIRECTIVES 4096 /* of one object; each looks at all symbols */

/* What .drectve sections tell the linker and matters here. */
static void
directives(struct gort__obj *o, const struct gort__objsec *s)
{
	const char *p = (const char *)o->rd.data + s->offset;
	const char *end = p + s->filesz, *arg;
	unsigned n = 0;

	while (p < end && n < MAX_DIRECTIVES) {
		bool quoted = false;

		arg = argument(p, end, "aligncomm");
		if (arg) {
			align_common(o, arg, end);
			n++;
		}
		for (; p < end && (quoted || (*p != ' ' && *p)); p++)
			quoted ^= *p == '"';
		while (p < end && (*p == ' ' || !*p))
			p++;
	}
}

static int
check(struct gort__obj *o, struct gort_err *e)
{
	uint32_t i;
	int rc = gort__obj_check_machine(o, e);

	if (rc == 0)
		rc = gort__obj_symbols(o, e);
	if (rc == 0)
		rc = move_symbols(o, e);
	if (rc)
		return rc;
	for (i = 1; i < o->nsyms; i++) {
		struct gort__objsym *s = &o->syms[i];

		if (s->section == OBJ_SHN_COMMON)
			s->value = natural_alignment(s->size);
		else if (s->section < o->nsecs && s->bind != OBJ_LOCAL &&
			 (o->secs[s->section].what & OBJ_SEC_TLS))
			s->type = OBJ_TLS;
	}
	for (i = 1; i < o->nsecs; i++)
		if (strcmp(o->secs[i].name, ".drectve") == 0 &&
		    o->secs[i].filesz)
			directives(o, &o->secs[i]);
	return 0;
}

static bool
has_prefix(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static unsigned
part_of(const struct gort__objsec *s)
{
	struct objlist unused;

	if (s->what & OBJ_SEC_TLS)
		return PART_TLS;
	if (s->what & OBJ_SEC_EXEC)
		return PART_TEXT;
	if (!(s->what & OBJ_SEC_WRITE) || gort__coff_list(s->name, &unused))
		return PART_RO;
	return PART_RW;
}

/*
 * Functions that a program's run-time calls for each thread: TLS callbacks, and
 * what makes C++'s thread_local variables. Marks of such lists have zeros.
 */
static int
check_thread_lists(
    const struct linkobj *ob, const struct gort__objsec *s, struct gort_err *e)
{
	const char *why = has_prefix(s->name, ".CRT$XL")
			      ? "TLS callbacks are not supported"
			  : has_prefix(s->name, ".CRT$XD") ? LINK_NO_TLS_INIT
							   : NULL;

	if (!why || !s->nrelocs)
		return 0;
	return gort__link_bad(
	    ob, s->offset, GORT_ENOTSUP, e, "section %.100s: %s", s->name, why);
}

/* Import tables are not needed: the link binds "__imp_" symbols itself. */
static int
keep(struct linkobj *ob, struct gort_err *e)
{
	uint32_t i;
	int rc;

	for (i = 1; i < ob->o.nsecs; i++) {
		struct gort__objsec *s = &ob->o.secs[i];
		struct linksec *ls = &ob->secs[i];

		if (!(s->what & OBJ_SEC_ALLOC) || ls->lost ||
		    (!HAS_TLS && (s->what & OBJ_SEC_TLS)) ||
		    has_prefix(s->name, ".idata$") ||
		    has_prefix(s->name, ".gnu.lto_"))
			continue;
		rc = check_thread_lists(ob, s, e);
		if (rc)
			return rc;
		if (s->filesz < s->size)
			s->what |= OBJ_SEC_NOBITS;
		ls->kept = true;
		ls->size = s->size;
		ls->part = (uint8_t)part_of(s);
		ls->sorted = ls->part != PART_TEXT && strchr(s->name, '$');
	}
	return 0;
}

/* What stands in a field of the file, and is added. */
static int64_t
addend(const struct linkobj *ob, const struct gort__objsec *s, uint64_t off,
    const struct reltype *t)
{
	uint64_t v, sign;

	if (t->width == 0 || t->width > s->filesz || off > s->filesz - t->width)
		return 0; /* link_scan.c will say what is wrong */
	v = rd_uint(&ob->o.rd, s->offset + off, t->width);
	if (t->width < 8) {
		sign = UINT64_C(1) << (8 * t->width - 1);
		v = (v ^ sign) - sign;
	}
	return (int64_t)(v - t->after);
}

static const struct linkrel *
rels(const struct linkobj *ob, uint32_t sec, uint32_t first, struct linkrel *r,
    uint32_t *count)
{
	const struct gort__objsec *s = &ob->o.secs[sec];
	const struct reltype *t;
	uint64_t at = s->reloff + first * (uint64_t)COFF_RELOC;
	uint32_t n = s->nrelocs - first, i;

	if (n > LINK_RELS)
		n = LINK_RELS;
	for (i = 0; i < n; i++, at += COFF_RELOC) {
		r[i].offset = (uint32_t)(rd_u32(&ob->o.rd, at) - s->addr);
		r[i].type = rd_u16(&ob->o.rd, at + 8);
		r[i].sym = rd_u32(&ob->o.rd, at + 4) + 1;
		if (r[i].sym == 0)
			r[i].sym =
			    UINT32_MAX; /* there is none of that number */
		r[i].addend = 0;
		t = gort__rel_type(ob->in->types, r[i].type);
		if (t)
			r[i].addend = addend(ob, s, r[i].offset, t);
	}
	*count = n;
	return r;
}

static void
run(uintptr_t address)
{
	void(CONVENTION * fn)(void);

	memcpy(&fn, &address, sizeof(fn));
	fn();
}

const struct linkformat gort__link_coff = {
    .reader = &gort__objcoff,
    .types = &gort__reltypes_coff,
    .relsize = COFF_RELOC,
    .check = check,
    .groups = gort__link_comdat,
    .group = gort__link_comdat_name,
    .keep = keep,
    .rels = rels,
#ifdef __i386__
    .aliased = true,
#endif
    .list = gort__coff_list,
    .settle = gort__link_settle_coff,
    .own = gort__link_own_coff,
    .place_own = gort__link_place_own_coff,
    .alias = gort__link_alias_coff,
    .named = gort__link_named_coff,
    .foreign = FOREIGN,
    .unbridged = gort__link_unbridged,
    .run = run,
};
