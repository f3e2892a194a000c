/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A first look at all relocations: everything that can be wrong with one by
 * itself is found here, so that link_reloc.c need not check again; and what
 * the image must have: slots, stubs, a place in the low 2 GiB.
 */
#include "link.h"

/* Is it that name, of at least two bytes? Few sections' begin so. */
static inline bool
is_named(const struct gort__objsec *s, const char *name)
{
	return s->name[0] == name[0] && s->name[1] == name[1] &&
	       strcmp(s->name, name) == 0;
}

/* What the format keeps must be sane in size and alignment; note its kind. */
static int
check_kept(struct linkobj *ob, struct gort_err *e)
{
	uint32_t i;

	for (i = 1; i < ob->o.nsecs; i++) {
		const struct gort__objsec *s = &ob->o.secs[i];
		struct linksec *ls = &ob->secs[i];
		struct objlist unused;

		if (!ls->kept) {
			ob->debug |= is_named(s, ".debug_info");
			continue;
		}
		ls->nobits = (s->what & OBJ_SEC_NOBITS) && s->size;
		ls->eh = is_named(s, ".eh_frame");
		ls->list = ob->in->list(s->name, &unused);
		ob->nobits |= ls->nobits;
		ob->eh |= ls->eh;
		ob->list |= ls->list;
		ob->sorted |= ls->sorted;
		while (ls->shift < 63 && UINT64_C(1) << ls->shift < s->align)
			ls->shift++;
		if (s->align & (s->align - 1) || s->align > LINK_MAX_ALIGN)
			return gort__link_bad(ob, s->offset, GORT_EFORMAT, e,
			    "section %.100s has alignment %llu", s->name,
			    (unsigned long long)s->align);
		if (s->size > LINK_MAX_IMAGE)
			return gort__link_bad(ob, s->offset, GORT_ELIMIT, e,
			    "section %.100s has 0x%llx bytes, the limit is "
			    "0x%llx",
			    s->name, (unsigned long long)s->size,
			    (unsigned long long)LINK_MAX_IMAGE);
		if ((s->what & OBJ_SEC_WRITE) && (s->what & OBJ_SEC_EXEC))
			return gort__link_bad(ob, s->offset, GORT_ENOTSUP, e,
			    "section %.100s is both writable and code",
			    s->name);
	}
	return 0;
}

/* The linksym of a relocation's symbol; for a local one it is made. */
static uint32_t
sym_for(struct gort_link *lk, struct linkobj *ob, uint32_t obj, uint32_t sym)
{
	const struct gort__objsym *os = &ob->o.syms[sym];
	struct linksym *s;
	uint32_t i;

	if (ob->map[sym])
		return ob->map[sym];
	i = gort__link_new_sym(lk);
	if (!i)
		return 0;
	s = &lk->syms[i];
	s->name = os->name;
	s->obj = obj;
	s->sym = sym;
	s->sec = os->section;
	s->state = SYM_DEFINED;
	s->type = os->type;
	s->value = os->value;
	s->local = true;
	s->absolute = os->section == OBJ_SHN_ABS || os->section == 0;
	return ob->map[sym] = i;
}

static void
want_slots(struct gort_link *lk, uint32_t *index, uint32_t n)
{
	if (*index)
		return;
	*index = lk->nslots + 1;
	lk->nslots += n;
}

static void
want_stub(struct gort_link *lk, struct linksym *s)
{
	if (!s->stub)
		s->stub = ++lk->nstubs;
}

static inline bool
is_narrow(const struct reltype *t)
{
	return gort__rel_is_narrow(t, gort__relmachine.word);
}

/* Addresses below 2 GiB fit the field; fewer bytes fit none of an image's. */
static inline bool
wants_low(const struct reltype *t)
{
	return !t->pcrel && t->width >= 4 && is_narrow(t);
}

/* The address itself is used, by a field of that type. */
static void
use_address(struct gort_link *lk, struct linksym *s, const struct reltype *t)
{
	bool outside = s->state == SYM_IMPORT;

	/* a weak one of nobody: 0 is within reach of what lies low */
	if (outside && !s->value) {
		lk->low |= t->pcrel && is_narrow(t);
		return;
	}
	if (outside && is_narrow(t)) {
		/* the image is within reach of it, or of its stub */
		if (s->func) {
			s->canonical = true;
			want_stub(lk, s);
		} else {
			s->reach = true;
		}
		s->nearby |= t->fit == FIT_NEAR;
	}
	if (wants_low(t) && (outside || !s->absolute))
		lk->low = true;
}

/* The same for slots of a symbol's TLS. false: no memory. */
static bool
want_tls(struct gort_link *lk, uint32_t sym, unsigned kind)
{
	struct linkmore *m = gort__link_more(lk, sym);

	if (!m)
		return false;
	if (kind == REL_TLS_GD || kind == REL_TLS_GDOFF)
		want_slots(lk, &m->gd, 2);
	else if (kind == REL_TLS_IE || kind == REL_TLS_IEOFF)
		want_slots(lk, &m->ie, 1);
	else
		want_slots(lk, &m->desc, 2);
	return true;
}

/*
 * What a relocation against a symbol with a linksym of its own needs. false:
 * no memory.
 */
static bool
use(struct gort_link *lk, uint32_t sym, const struct reltype *t)
{
	struct linksym *s = &lk->syms[sym];

	if (s->type == OBJ_IFUNC && s->state == SYM_DEFINED)
		want_stub(lk, s);
	switch (t->kind) {
	case REL_SYM:
		use_address(lk, s, t);
		break;
	case REL_PLT:
		if (s->state == SYM_IMPORT && t->fit != FIT_ANY)
			want_stub(lk, s);
		break;
	case REL_PLTREL:
	case REL_RVA: /* handlers of exceptions, in unwind data */
		if (s->state == SYM_IMPORT)
			want_stub(lk, s);
		break;
	case REL_SLOT:
	case REL_GOTOFF:
	case REL_GOTPAGE:
		want_slots(lk, &s->slot, 1);
		break;
	case REL_TLS_GD:
	case REL_TLS_GDOFF:
	case REL_TLS_IE:
	case REL_TLS_IEOFF:
	case REL_TLS_DESC:
	case REL_TLS_DESCOFF:
		return want_tls(lk, sym, t->kind);
	default:
		break;
	}
	return true;
}

static bool
is_tls(unsigned kind)
{
	return kind >= REL_TLS_GD;
}

/* It, or what finds it, becomes an address of the image or process. */
static bool
is_address(unsigned kind)
{
	return kind >= REL_SYM && kind <= REL_PLTREL;
}

/* Relocations whose symbol matters only by where it is, need no linksym. */
static bool
is_plain(const struct gort__objsym *os, unsigned kind)
{
	return os->bind == OBJ_LOCAL && os->type != OBJ_IFUNC &&
	       (kind == REL_SYM || kind == REL_PLT || kind == REL_GOTREL ||
		   kind == REL_PLTREL || kind == REL_SIZE || kind == REL_RVA ||
		   kind == REL_SECTION || kind == REL_SECREL ||
		   kind == REL_GOTBASE || kind == REL_TLS_DTP ||
		   kind == REL_TLS_LE || kind == REL_TLS_LESUB);
}

static bool
is_tls_desc(unsigned kind)
{
	return kind == REL_TLS_DESC || kind == REL_TLS_DESCOFF;
}

/* Offsets from the thread pointer: the block must have a fixed one. */
static bool
is_static_tls(unsigned kind)
{
	return kind == REL_TLS_IE || kind == REL_TLS_IEOFF ||
	       kind == REL_TLS_LE || kind == REL_TLS_LESUB || is_tls_desc(kind);
}

static bool
is_tls_module(unsigned kind)
{
	return kind == REL_TLS_LD || kind == REL_TLS_LDOFF;
}

static int
check_tls(struct gort_link *lk, const struct linkobj *ob, uint64_t at,
    const struct linkrel *r, const struct reltype *t, struct gort_err *e)
{
	const struct gort__objsym *os = &ob->o.syms[r->sym];
	const struct linksym *s = &lk->syms[ob->map[r->sym]];

	if (is_tls_desc(t->kind) && gort__relmachine.tlsdesc_type)
		lk->desc_tls = true;
	else if (is_static_tls(t->kind))
		lk->static_tls = true;
	lk->has_tls = true;
	if (is_tls_module(t->kind)) {
		want_slots(lk, &lk->ld, 2);
		return 0;
	}
	if (ob->map[r->sym] && s->state != SYM_DEFINED &&
	    s->state != SYM_COMMON)
		return gort__link_bad(ob, at, GORT_ENOTSUP, e,
		    "%.150s is a thread-local variable %s: %s needs one of the "
		    "same load",
		    os->name, s->value ? "of the process" : "of no object",
		    ob->in->types->names + t->name);
	if (ob->map[r->sym] ? s->type != OBJ_TLS
			    : os->type != OBJ_TLS && os->type != OBJ_SECTION)
		return gort__link_bad(ob, at, GORT_EFORMAT, e,
		    "%s against %.150s, which is not thread-local",
		    ob->in->types->names + t->name, os->name);
	return 0;
}

/* A local symbol: in a section, or absolute? */
static bool
has_place(const struct linkobj *ob, const struct gort__objsym *os)
{
	return os->section < ob->o.nsecs || os->section == OBJ_SHN_ABS;
}

/*
 * A symbol that the object itself defines, in a group of which another
 * object's is taken: it must have come from there, or from elsewhere.
 */
static __attribute__((cold)) int
check_lost(struct gort_link *lk, const struct linkobj *ob, uint64_t at,
    const struct gort__objsec *rs, uint32_t sym, struct gort_err *e)
{
	const struct gort__objsym *os = &ob->o.syms[sym];
	const struct linksym *s = &lk->syms[ob->map[sym]], *g;
	const char *group;

	if (s->state != SYM_IMPORT || s->value ||
	    gort__link_may_dangle(ob, rs->applies_to))
		return 0;
	group = ob->in->group(ob, os->section);
	g = &lk->syms[gort__link_group(lk, group)];
	return gort__link_bad(ob, at, GORT_ENOSYM, e,
	    "undefined symbol %.150s: its group %.100s is that of %.100s, "
	    "where it is not",
	    os->name, group, g->obj ? lk->objs[g->obj]->o.rd.file : "another");
}

/* A relocation by itself; t: its type, or NULL. */
static int
check_record(const struct linkobj *ob, const struct gort__objsec *to,
    uint64_t at, const struct linkrel *r, const struct reltype *t,
    struct gort_err *e)
{
	if (!t || t->kind == REL_UNKNOWN)
		return gort__link_bad(ob, at, GORT_ENOTSUP, e,
		    "relocation type %u%s%s%s is not one of objects", r->type,
		    t && t->name ? " (" : "",
		    t ? ob->in->types->names + t->name : "",
		    t && t->name ? ")" : "");
	if (r->sym >= ob->o.nsyms && r->sym)
		return gort__link_bad(ob, at, GORT_EFORMAT, e,
		    "a relocation has symbol %u of %u", r->sym, ob->o.nsyms);
	if (t->width > to->size || r->offset > to->size - t->width)
		return gort__link_bad(ob, at, GORT_EFORMAT, e,
		    "a relocation changes 0x%llx of section %.100s, which has "
		    "0x%llx bytes",
		    (unsigned long long)r->offset, to->name,
		    (unsigned long long)to->size);
	if (t->kind != REL_NONE && r->sym && ob->o.syms[r->sym].type == OBJ_AUX)
		return gort__link_bad(ob, at, GORT_EFORMAT, e,
		    "a relocation has symbol %u, which is a part of another",
		    r->sym - 1);
	return 0;
}

/* Its symbol is one that it can be relative to. */
static int
check_symbol(struct gort_link *lk, const struct linkobj *ob, uint64_t at,
    const struct linkrel *r, const struct reltype *t, struct gort_err *e)
{
	const struct gort__objsym *os = &ob->o.syms[r->sym];
	const struct linksym *s = &lk->syms[ob->map[r->sym]];
	int rc = is_tls(t->kind) ? check_tls(lk, ob, at, r, t, e) : 0;

	if (rc || is_tls_module(t->kind))
		return rc;
	if (os->section == 0 && s->type == OBJ_TLS && is_address(t->kind))
		return gort__link_bad(ob, at, GORT_EFORMAT, e,
		    "%s against %.150s, which is thread-local in %.150s",
		    ob->in->types->names + t->name, os->name,
		    s->obj ? lk->objs[s->obj]->o.rd.file : "this link");
	if (!ob->map[r->sym] && !has_place(ob, os))
		return gort__link_bad(ob, at, GORT_EFORMAT, e,
		    "symbol %.150s is in a section of no known kind", os->name);
	if (t->kind == REL_SECREL &&
	    lk->syms[ob->map[r->sym]].state == SYM_IMPORT)
		return gort__link_bad(ob, at, GORT_ENOTSUP, e,
		    "%.150s is not of these objects: %s needs that", os->name,
		    ob->in->types->names + t->name);
	return 0;
}

static int
scan_one(struct gort_link *lk, uint32_t obj, const struct gort__objsec *rs,
    uint32_t record, const struct linkrel *r, struct gort_err *e)
{
	struct linkobj *ob = lk->objs[obj];
	const struct gort__objsec *to = &ob->o.secs[rs->applies_to];
	const struct reltype *t = gort__rel_type(ob->in->types, r->type);
	uint64_t at = rs->reloff + record * (uint64_t)ob->in->relsize;
	const struct gort__objsym *os;
	uint32_t i;
	int rc = check_record(ob, to, at, r, t, e);

	if (rc || t->kind == REL_NONE || ob->o.nsyms == 0)
		return rc;
	os = &ob->o.syms[r->sym];
	if (os->section < ob->o.nsecs && ob->secs[os->section].lost)
		rc = check_lost(lk, ob, at, rs, r->sym, e);
	if (rc == 0)
		rc = check_symbol(lk, ob, at, r, t, e);
	if (rc || is_tls_module(t->kind))
		return rc;
	if (t->kind == REL_SYM && os->bind == OBJ_LOCAL && wants_low(t) &&
	    os->section != OBJ_SHN_ABS && os->section &&
	    !ob->secs[rs->applies_to].eh)
		lk->low = true;
	if (!ob->map[r->sym] && is_plain(os, t->kind))
		return 0;
	if (lk->nslots > UINT32_MAX / 4 || lk->nstubs > UINT32_MAX / 4)
		return gort__link_bad(
		    ob, at, GORT_ELIMIT, e, "too many symbols");
	i = sym_for(lk, ob, obj, r->sym);
	if (!i || !use(lk, i, t))
		return gort__rd_no_memory(&ob->o.rd, e, "symbols");
	return 0;
}

/*
 * Symbols that a plain address of needs nothing: those that are defined by the
 * load and are no indirect functions. By linksym; 0: local ones without.
 */
struct quiet {
	bool *syms;
	uint32_t n;
};

static bool
find_quiet(struct gort_link *lk, struct quiet *q)
{
	uint32_t i;

	q->n = lk->nsyms;
	q->syms = gort__pool_alloc(&lk->pool, q->n, sizeof(*q->syms));
	for (i = 0; q->syms && i < q->n; i++) {
		const struct linksym *s = &lk->syms[i];

		q->syms[i] =
		    s->type != OBJ_IFUNC && s->type != OBJ_TLS &&
		    (s->state == SYM_DEFINED || s->state == SYM_COMMON);
	}
	return q->syms != NULL;
}

/* The same for one that has no linksym. */
static inline bool
is_quiet(const struct linkobj *ob, const struct gort__objsym *os)
{
	return os->bind == OBJ_LOCAL && os->type != OBJ_IFUNC &&
	       os->type != OBJ_TLS && os->type != OBJ_AUX && has_place(ob, os);
}

/*
 * The first of n relocations, from number k on, that may not be right or that
 * something is needed for. size: bytes of what they change.
 */
static uint32_t
skip_quiet(const struct linkobj *ob, uint64_t size, const struct linkrel *r,
    uint32_t k, uint32_t n, const struct quiet *q)
{
	const struct reltypes types = *ob->in->types;
	const struct quiet quiet = *q;

	for (; k < n; k++) {
		const struct reltype *t = gort__rel_type(&types, r[k].type);
		const struct gort__objsym *os;
		uint32_t i;

		if (!t || r[k].sym >= ob->o.nsyms)
			break;
		if (!t->plain && t->kind != REL_PLT &&
		    (t->kind != REL_SYM || (!t->pcrel && is_narrow(t))))
			break;
		if (t->width > size || r[k].offset > size - t->width)
			break;
		i = ob->map[r[k].sym];
		os = &ob->o.syms[r[k].sym];
		if (i ? i >= quiet.n || !quiet.syms[i] : !is_quiet(ob, os))
			break;
	}
	return k;
}

static int
scan_object(struct gort_link *lk, uint32_t obj, const struct quiet *quiet,
    struct gort_err *e)
{
	struct linkobj *ob = lk->objs[obj];
	struct linkrel buf[LINK_RELS];
	const struct linkrel *r;
	uint32_t i, k, n, first;
	const struct gort__objsec *to;
	int rc;

	for (i = 1; i < ob->o.nsecs; i++) {
		const struct gort__objsec *s = &ob->o.secs[i];

		if (!gort__link_target(ob, i))
			continue;
		to = &ob->o.secs[s->applies_to];
		if (to->what & OBJ_SEC_NOBITS)
			return gort__link_bad(ob, s->offset, GORT_EFORMAT, e,
			    "relocations for section %.100s, which has no "
			    "bytes",
			    to->name);
		for (first = 0; first < s->nrelocs; first += n) {
			r = ob->in->rels(ob, i, first, buf, &n);
			k = skip_quiet(ob, to->size, r, 0, n, quiet);
			while (k < n) {
				rc = scan_one(lk, obj, s, first + k, &r[k], e);
				if (rc)
					return rc;
				k = skip_quiet(
				    ob, to->size, r, k + 1, n, quiet);
			}
		}
	}
	return 0;
}

/* Which sections of an object go into the image, and of what kind they are. */
static int
keep_sections(struct gort_link *lk, struct linkobj *ob, struct gort_err *e)
{
	int rc = ob->in->keep(ob, e);
	uint32_t k;

	if (rc == 0)
		rc = check_kept(ob, e);
	for (k = 1; k < ob->o.nsecs && rc == 0 && ob->eh; k++)
		if (ob->secs[k].eh)
			rc = gort__link_eh_scan(ob, k, &lk->nfdes, e);
	return rc;
}

int
gort__link_scan(struct gort_link *lk, struct gort_err *e)
{
	struct quiet quiet;
	uint32_t i;
	int rc = 0;

	if (!find_quiet(lk, &quiet))
		return gort__err(e, GORT_ENOMEM, NULL, GORT_ERR_NO_OFFSET,
		    "no memory to look at relocations");
	for (i = 1; i < lk->nobjs && rc == 0; i++) {
		rc = keep_sections(lk, lk->objs[i], e);
		if (rc == 0)
			rc = scan_object(lk, i, &quiet, e);
	}
	/* also those that only gort_link_sym() will ask for */
	for (i = 1; i < lk->nsyms && rc == 0; i++)
		if (lk->syms[i].type == OBJ_IFUNC &&
		    lk->syms[i].state == SYM_DEFINED) {
			want_stub(lk, &lk->syms[i]);
			lk->nifuncs++;
		}
	return rc;
}
