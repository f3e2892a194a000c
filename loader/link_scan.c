/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A first look at all relocations: everything that can be wrong with one by
 * itself is found here, so that link_reloc.c need not check again; and what
 * the image must have: slots, stubs, a place in the low 2 GiB.
 */
#include "link.h"

#include <stdlib.h>

/* What the format keeps must be sane in size and alignment; note its kind. */
static int
check_kept(struct linkobj *ob, struct gort_err *e)
{
	uint32_t i;

	for (i = 1; i < ob->o.nsecs; i++) {
		const struct gort__objsec *s = &ob->o.secs[i];
		struct linksec *ls = &ob->secs[i];
		struct linkcall unused = {0};

		if (!ls->kept) {
			ob->debug |= strcmp(s->name, ".debug_info") == 0;
			continue;
		}
		ls->nobits = (s->what & OBJ_SEC_NOBITS) && s->size;
		ls->eh = strcmp(s->name, ".eh_frame") == 0;
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
	s->state = SYM_DEFINED;
	s->type = os->type;
	s->value = os->value;
	s->size = os->size;
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

	if (outside && is_narrow(t) && s->value) {
		/* the image is within reach of it, or of its stub */
		if (s->func) {
			s->canonical = true;
			want_stub(lk, s);
		} else {
			s->reach = true;
		}
		s->nearby |= t->fit == FIT_NEAR;
	}
	if (wants_low(t) && (outside ? s->value != 0 : !s->absolute))
		lk->low = true;
}

/* What a relocation against a symbol with a linksym of its own needs. */
static void
use(struct gort_link *lk, struct linksym *s, const struct reltype *t)
{
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
		want_slots(lk, &s->gd, 2);
		break;
	case REL_TLS_IE:
	case REL_TLS_IEOFF:
		want_slots(lk, &s->ie, 1);
		break;
	case REL_TLS_DESC:
	case REL_TLS_DESCOFF:
		want_slots(lk, &s->desc, 2);
		break;
	default:
		break;
	}
}

static bool
is_tls(unsigned kind)
{
	return kind >= REL_TLS_GD;
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
check_tls(struct gort_link *lk, const struct linkobj *ob,
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
	if (ob->map[r->sym] && s->state != SYM_DEFINED)
		return gort__link_bad(ob, 0, GORT_ENOTSUP, e,
		    "%.150s is a thread-local variable of the process: %s "
		    "needs one of the same load",
		    os->name, ob->in->types->names + t->name);
	if (ob->map[r->sym] ? s->type != OBJ_TLS
			    : os->type != OBJ_TLS && os->type != OBJ_SECTION)
		return gort__link_bad(ob, 0, GORT_EFORMAT, e,
		    "%s against %.150s, which is not thread-local",
		    ob->in->types->names + t->name, os->name);
	return 0;
}

static int
scan_one(struct gort_link *lk, uint32_t obj, const struct gort__objsec *rs,
    uint32_t record, const struct linkrel *r, struct gort_err *e)
{
	struct linkobj *ob = lk->objs[obj];
	const struct gort__objsec *to = &ob->o.secs[rs->applies_to];
	const struct reltypes *types = ob->in->types;
	uint64_t at = rs->reloff + record * (uint64_t)ob->in->relsize;
	const struct gort__objsym *os;
	const struct reltype *t;
	uint32_t i;
	int rc;

	t = gort__rel_type(types, r->type);
	if (!t || t->kind == REL_UNKNOWN)
		return gort__link_bad(ob, at, GORT_ENOTSUP, e,
		    "relocation type %u%s%s%s is not one of objects", r->type,
		    t && t->name ? " (" : "", t ? types->names + t->name : "",
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
	if (t->kind == REL_NONE || ob->o.nsyms == 0)
		return 0;
	if (ob->o.syms[r->sym].type == OBJ_AUX)
		return gort__link_bad(ob, at, GORT_EFORMAT, e,
		    "a relocation has symbol %u, which is a part of another",
		    r->sym - 1);
	if (is_tls(t->kind)) {
		rc = check_tls(lk, ob, r, t, e);
		if (rc || is_tls_module(t->kind))
			return rc;
	}
	os = &ob->o.syms[r->sym];
	if (t->kind == REL_SYM && os->bind == OBJ_LOCAL && wants_low(t) &&
	    os->section != OBJ_SHN_ABS && os->section &&
	    !ob->secs[rs->applies_to].eh)
		lk->low = true;
	if (!ob->map[r->sym] && is_plain(os, t->kind))
		return 0;
	i = sym_for(lk, ob, obj, r->sym);
	if (!i)
		return gort__rd_no_memory(&ob->o.rd, e, "symbols");
	if (lk->nslots > UINT32_MAX / 4 || lk->nstubs > UINT32_MAX / 4)
		return gort__link_bad(
		    ob, at, GORT_ELIMIT, e, "too many symbols");
	use(lk, &lk->syms[i], t);
	return 0;
}

/*
 * Symbols that a plain address of needs nothing: those of an object that are
 * defined by the load and are no indirect functions.
 */
static void
find_quiet(const struct gort_link *lk, const struct linkobj *ob, bool *quiet)
{
	uint32_t i;

	for (i = 0; i < ob->o.nsyms; i++) {
		const struct gort__objsym *os = &ob->o.syms[i];
		const struct linksym *s = &lk->syms[ob->map[i]];

		if (os->type == OBJ_IFUNC || os->type == OBJ_TLS)
			quiet[i] = false;
		else if (ob->map[i])
			quiet[i] =
			    s->type != OBJ_IFUNC &&
			    (s->state == SYM_DEFINED || s->state == SYM_COMMON);
		else
			quiet[i] = os->bind == OBJ_LOCAL;
	}
}

/* A relocation that is right and that nothing is needed for. */
static inline bool
is_quiet(const struct linkobj *ob, const struct gort__objsec *to,
    const struct linkrel *r, const bool *quiet)
{
	const struct reltype *t = gort__rel_type(ob->in->types, r->type);

	if (!t || r->sym >= ob->o.nsyms || !quiet[r->sym])
		return false;
	if (t->kind != REL_PLT &&
	    (t->kind != REL_SYM || (!t->pcrel && is_narrow(t))))
		return false;
	return t->width <= to->size && r->offset <= to->size - t->width;
}

static int
scan_object(struct gort_link *lk, uint32_t obj, bool *quiet, struct gort_err *e)
{
	struct linkobj *ob = lk->objs[obj];
	struct linkrel buf[LINK_RELS];
	const struct linkrel *r;
	uint32_t i, k, n, first;
	const struct gort__objsec *to;
	bool known = false;
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
		if (!known)
			find_quiet(lk, ob, quiet);
		known = true;
		for (first = 0; first < s->nrelocs; first += n) {
			r = ob->in->rels(ob, i, first, buf, &n);
			for (k = 0; k < n; k++) {
				if (is_quiet(ob, to, &r[k], quiet))
					continue;
				rc = scan_one(lk, obj, s, first + k, &r[k], e);
				if (rc)
					return rc;
			}
		}
	}
	return 0;
}

int
gort__link_scan(struct gort_link *lk, struct gort_err *e)
{
	uint32_t i, k, most = 1;
	bool *quiet;
	int rc = 0;

	for (i = 1; i < lk->nobjs && rc == 0; i++) {
		struct linkobj *ob = lk->objs[i];

		most = ob->o.nsyms > most ? ob->o.nsyms : most;
		rc = ob->in->keep(ob, e);
		if (rc == 0)
			rc = check_kept(ob, e);
		for (k = 1; k < ob->o.nsecs && rc == 0 && ob->eh; k++)
			if (ob->secs[k].eh)
				rc = gort__link_eh_scan(ob, k, &lk->nfdes, e);
	}
	quiet = malloc(most * sizeof(*quiet));
	if (!quiet)
		return gort__err(e, GORT_ENOMEM, NULL, GORT_ERR_NO_OFFSET,
		    "no memory to look at relocations");
	for (i = 1; i < lk->nobjs && rc == 0; i++)
		rc = scan_object(lk, i, quiet, e);
	free(quiet);
	/* also those that only gort_link_sym() will ask for */
	for (i = 1; i < lk->nsyms && rc == 0; i++)
		if (lk->syms[i].type == OBJ_IFUNC &&
		    lk->syms[i].state == SYM_DEFINED) {
			want_stub(lk, &lk->syms[i]);
			lk->nifuncs++;
		}
	return rc;
}
