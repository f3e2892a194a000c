/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Applying relocations, by the rows of reloc_*.c. What a relocation says of
 * places was checked by link_scan.c; what remains is whether values fit.
 */
#include "link.h"

#include <stdlib.h>

/* Instructions have addresses in pages of this size, whatever the system's. */
#define PAGE_BITS UINT64_C(0xfff)

/* The work on one section. */
struct job {
	const struct gort_link *lk;
	const struct linkobj *ob;
	const struct gort__objsec *rs; /* the relocations */
	const struct linksec *to;      /* what they change */
	uint64_t got;
	uint64_t *values; /* of the object's symbols: addresses */
	bool *there;      /* and which of them are */
};

/* A symbol's address; false: it lies in a section that was dropped. */
static bool
address(const struct job *j, uint32_t sym, uint64_t *value)
{
	const struct gort__objsym *os = &j->ob->o.syms[sym];
	uint32_t i = j->ob->map[sym];
	const struct linksec *ls;

	if (i) {
		const struct linksym *s = &j->lk->syms[i];

		*value = s->value;
		if (s->canonical ||
		    (s->type == OBJ_IFUNC && s->state == SYM_DEFINED))
			*value = gort__link_stub(j->lk, s->stub - 1);
		return !s->gone || s->stub;
	}
	if (os->section >= j->ob->o.nsecs || os->section == 0) {
		*value = os->section == OBJ_SHN_ABS ? os->value : 0;
		return true;
	}
	ls = &j->ob->secs[os->section];
	*value =
	    os->value + (ls->part == PART_TLS ? ls->offset : (uintptr_t)ls->at);
	return ls->kept;
}

/* The part that an address of the image, or offset in the block, is in. */
static unsigned
part_of(const struct job *j, uint32_t sym, uint64_t v)
{
	uint32_t i = j->ob->map[sym];
	const struct linkobj *ob = i ? j->lk->objs[j->lk->syms[i].obj] : j->ob;
	uint32_t sec;
	unsigned p;

	if (i)
		sym = j->lk->syms[i].sym;
	sec = ob && sym ? ob->o.syms[sym].section : 0;
	if (ob && sec < ob->o.nsecs && sec)
		return ob->secs[sec].part;
	for (p = PART_TLS; p-- > 1;)
		if (v >= (uintptr_t)j->lk->part[p])
			break;
	return p;
}

/* The value before "less P"; plt: the stub may be taken instead. */
static bool
value_of(const struct job *j, const struct linkrel *r, const struct reltype *t,
    uint64_t *value)
{
	const struct gort_link *lk = j->lk;
	const struct linksym *s = &lk->syms[j->ob->map[r->sym]];
	uint64_t v = 0;
	bool ok = true;

	switch (t->kind) {
	case REL_SYM:
	case REL_PLT:
		ok = address(j, r->sym, &v);
		break;
	case REL_SLOT:
		v = gort__link_slot(lk, s->slot - 1);
		break;
	case REL_GOTOFF:
		v = gort__link_slot(lk, s->slot - 1) - j->got;
		break;
	case REL_GOTPAGE:
		v = gort__link_slot(lk, s->slot - 1) - (j->got & ~PAGE_BITS);
		break;
	case REL_GOTREL:
		ok = address(j, r->sym, &v);
		v -= j->got;
		break;
	case REL_PLTREL:
		ok = address(j, r->sym, &v);
		if (s->stub)
			v = gort__link_stub(lk, s->stub - 1);
		v -= j->got;
		break;
	case REL_GOTBASE:
		v = j->got;
		break;
	case REL_SIZE:
		v = j->ob->map[r->sym] ? s->size : j->ob->o.syms[r->sym].size;
		break;
	case REL_RVA:
		ok = address(j, r->sym, &v);
		if (s->stub && s->state == SYM_IMPORT)
			v = gort__link_stub(lk, s->stub - 1);
		v -= (uintptr_t)lk->image;
		break;
	case REL_SECTION:
		ok = address(j, r->sym, &v);
		v = part_of(j, r->sym, v) + 1;
		break;
	case REL_SECREL:
		ok = address(j, r->sym, &v);
		if (part_of(j, r->sym, v) != PART_TLS)
			v -= (uintptr_t)lk->part[part_of(j, r->sym, v)];
		break;
	case REL_TLS_GD:
		v = gort__link_slot(lk, s->gd - 1);
		break;
	case REL_TLS_LD:
		v = gort__link_slot(lk, lk->ld - 1);
		break;
	case REL_TLS_IE:
		v = gort__link_slot(lk, s->ie - 1);
		break;
	case REL_TLS_DESC:
		v = gort__link_slot(lk, s->desc - 1);
		break;
	case REL_TLS_GDOFF:
		v = gort__link_slot(lk, s->gd - 1) - j->got;
		break;
	case REL_TLS_LDOFF:
		v = gort__link_slot(lk, lk->ld - 1) - j->got;
		break;
	case REL_TLS_IEOFF:
		v = gort__link_slot(lk, s->ie - 1) - j->got;
		break;
	case REL_TLS_DESCOFF:
		v = gort__link_slot(lk, s->desc - 1) - j->got;
		break;
	case REL_TLS_DTP:
		ok = address(j, r->sym, &v);
		break;
	case REL_TLS_LE:
		ok = address(j, r->sym, &v);
		v += (uint64_t)lk->tls_offset;
		break;
	case REL_TLS_LESUB:
		ok = address(j, r->sym, &v);
		v = 0 - (v + (uint64_t)lk->tls_offset);
		break;
	default:
		break;
	}
	*value = v + (uint64_t)r->addend;
	return ok;
}

static bool
fits(const struct reltype *t, uint64_t v)
{
	unsigned bits = 8u * t->width;
	int64_t s = (int64_t)v;
	bool is_signed, is_unsigned;

	if (t->fit == FIT_ANY || bits >= 64)
		return true;
	is_signed = s >= -(INT64_C(1) << (bits - 1)) && s < INT64_C(1)
								<< (bits - 1);
	is_unsigned = v >> bits == 0;
	return t->fit == FIT_SIGNED     ? is_signed
	       : t->fit == FIT_UNSIGNED ? is_unsigned
					: is_signed || is_unsigned;
}

/* Unwind data and the like may speak of code that is not there. */
static bool
may_dangle(const struct job *j)
{
	const char *name = j->ob->o.secs[j->rs->applies_to].name;

	return j->to->eh || strncmp(name, ".gcc_except_table", 17) == 0 ||
	       strncmp(name, ".pdata", 6) == 0 ||
	       strncmp(name, ".xdata", 6) == 0;
}

static __attribute__((cold)) int
failed(const struct job *j, const struct linkrel *r, const struct reltype *t,
    const char *what, struct gort_err *e)
{
	const struct gort__objsym *os = &j->ob->o.syms[r->sym];
	uint32_t i = j->ob->map[r->sym];
	const char *name = i ? j->lk->syms[i].name : os->name;

	if (!name[0] && os->section < j->ob->o.nsecs)
		name = j->ob->o.secs[os->section].name;
	return gort__link_bad(j->ob,
	    j->ob->o.secs[j->rs->applies_to].offset + r->offset, GORT_ENOTSUP,
	    e, "%s against %.150s: %s", j->ob->in->types->names + t->name, name,
	    what);
}

/* A field of an instruction; a call out of reach goes by a stub or veneer. */
static int
apply_field(const struct job *j, const struct linkrel *r,
    const struct reltype *t, uint64_t v, struct gort_err *e)
{
	uint8_t *at = j->to->at + r->offset;
	uint64_t p = t->pcrel ? (uintptr_t)at : 0, to = v + p;
	uint32_t i = j->ob->map[r->sym];
	const char *why = gort__relmachine.set(at, t->field, v);

	if (why && t->kind == REL_PLT) {
		if (i && j->lk->syms[i].stub)
			to = gort__link_stub(j->lk, j->lk->syms[i].stub - 1) +
			     (uint64_t)r->addend;
		why = gort__relmachine.set(at, t->field, to - p);
		if (why)
			to = gort__link_veneer(j->lk, at, to, &why);
		if (why && to)
			why = gort__relmachine.set(at, t->field, to - p);
	}
	return why ? failed(j, r, t, why, e) : 0;
}

static int
apply(const struct job *j, const struct linkrel *r, struct gort_err *e)
{
	const struct reltype *t = gort__rel_known(j->ob->in->types, r->type);
	uint8_t *at = j->to->at + r->offset;
	uint64_t v, p = t->pcrel ? (uintptr_t)at : 0;

	if (t->kind == REL_NONE || j->ob->o.nsyms == 0)
		return 0;
	if (!value_of(j, r, t, &v)) {
		if (!may_dangle(j))
			return failed(j, r, t,
			    "it is in a section that is not loaded", e);
		memset(at, 0, t->width);
		return 0;
	}
	v -= p;
	if (REL_HAS_FIELDS && t->field)
		return apply_field(j, r, t, v, e);
	if (!fits(t, v)) {
		uint32_t i = j->ob->map[r->sym];
		uint32_t stub = i ? j->lk->syms[i].stub : 0;

		if (t->kind == REL_PLT && stub)
			v = gort__link_stub(j->lk, stub - 1) +
			    (uint64_t)r->addend - p;
		if (!fits(t, v))
			return failed(j, r, t,
			    "out of reach; compile with -fPIC or another "
			    "-mcmodel",
			    e);
	}
	memcpy(at, &v, t->width);
	return 0;
}

/*
 * Most relocations are an address, plain or less the place, that fits: false
 * if it is another, and nothing was done.
 */
static inline bool
apply_plain(const struct job *j, const struct linkrel *r)
{
	const struct reltype *t = gort__rel_known(j->ob->in->types, r->type);
	uint8_t *at = j->to->at + r->offset;
	uint64_t v;

	if ((t->kind != REL_SYM && t->kind != REL_PLT) ||
	    r->sym >= j->ob->o.nsyms || !j->there[r->sym])
		return false;
	v = j->values[r->sym] + (uint64_t)r->addend;
	if (t->pcrel)
		v -= (uintptr_t)at;
	if (REL_HAS_FIELDS && t->field)
		return gort__relmachine.set(at, t->field, v) == NULL;
	if (t->width == 4 &&
	    (t->fit == FIT_ANY ||
		((t->fit == FIT_SIGNED || t->fit == FIT_EITHER) &&
		    (int64_t)v == (int32_t)v))) {
		memcpy(at, &v, 4);
		return true;
	}
	if (t->width == 8) {
		memcpy(at, &v, 8);
		return true;
	}
	return false;
}

static int
apply_section(const struct job *j, uint32_t sec, struct gort_err *e)
{
	struct linkrel buf[LINK_RELS];
	const struct linkrel *r;
	uint32_t first, k, n;
	int rc;

	for (first = 0; first < j->rs->nrelocs; first += n) {
		r = j->ob->in->rels(j->ob, sec, first, buf, &n);
		for (k = 0; k < n; k++) {
			/* cut off with the end mark */
			if (j->to->eh && r[k].offset > j->to->size - 4)
				continue;
			if (apply_plain(j, &r[k]))
				continue;
			rc = apply(j, &r[k], e);
			if (rc)
				return rc;
		}
	}
	return 0;
}

static int
relocate_object(struct job *j, bool tls, struct gort_err *e)
{
	uint32_t i, k;
	bool known = false;
	int rc;

	for (k = 1; k < j->ob->o.nsecs; k++) {
		j->rs = &j->ob->o.secs[k];
		j->to = gort__link_target(j->ob, k);
		if (!j->to || tls != (j->to->part == PART_TLS))
			continue;
		for (i = 0; i < j->ob->o.nsyms && !known; i++)
			j->there[i] = address(j, i, &j->values[i]);
		known = true;
		rc = apply_section(j, k, e);
		if (rc)
			return rc;
	}
	return 0;
}

int
gort__link_relocate(struct gort_link *lk, bool tls, struct gort_err *e)
{
	struct job j = {.lk = lk, .got = gort__link_slot(lk, 0)};
	uint32_t i, most = 1;
	int rc = 0;

	for (i = 1; i < lk->nobjs; i++)
		most =
		    lk->objs[i]->o.nsyms > most ? lk->objs[i]->o.nsyms : most;
	j.values = malloc(most * sizeof(*j.values));
	j.there = malloc(most * sizeof(*j.there));
	if (!j.values || !j.there)
		rc = gort__err(e, GORT_ENOMEM, NULL, GORT_ERR_NO_OFFSET,
		    "no memory for addresses");
	for (i = 1; i < lk->nobjs && rc == 0; i++) {
		j.ob = lk->objs[i];
		rc = relocate_object(&j, tls, e);
	}
	free(j.values);
	free(j.there);
	return rc;
}

static void
put(uint64_t at, uint64_t value)
{
	memcpy((void *)(uintptr_t)at, &value, gort__relmachine.word);
}

static void
fill_stub(const struct gort_link *lk, const struct linksym *s, uint64_t stub,
    uint64_t slot)
{
	uint8_t *at = (uint8_t *)(uintptr_t)stub;

	if (s->foreign)
		gort__relmachine.jump_via(
		    at, slot, gort__link_slot(lk, lk->foreign - 1));
	else
		gort__relmachine.jump(at, slot);
}

void
gort__link_fill(struct gort_link *lk)
{
	uint64_t word = gort__relmachine.word;
	uint64_t desc = gort__link_stub(lk, lk->nstubs);
	uint32_t i;

	gort__relmachine.tlsdesc((uint8_t *)(uintptr_t)desc, lk->tls_desc);
	if (lk->ld)
		put(gort__link_slot(lk, lk->ld - 1), lk->tls_module);
	/* the image's own handle: any value that is its address */
	put(gort__link_slot(lk, 0), gort__link_slot(lk, 0));
	for (i = 1; i < lk->nsyms; i++) {
		const struct linksym *s = &lk->syms[i];
		bool own = s->state == SYM_DEFINED && s->local && !s->sym;
		uint64_t v = s->value, stub, slot;

		if (s->stub && !own) {
			stub = gort__link_stub(lk, s->stub - 1);
			slot = gort__link_slot(lk, lk->nslots + s->stub - 1);
			put(slot, v);
			fill_stub(lk, s, stub, slot);
			if (s->canonical || s->type == OBJ_IFUNC)
				v = stub;
		}
		if (s->slot)
			put(gort__link_slot(lk, s->slot - 1), v);
		if (s->gd) {
			put(gort__link_slot(lk, s->gd - 1), lk->tls_module);
			put(gort__link_slot(lk, s->gd - 1) + word, s->value);
		}
		if (s->ie)
			put(gort__link_slot(lk, s->ie - 1),
			    s->value + (uint64_t)lk->tls_offset);
		if (s->desc) {
			put(gort__link_slot(lk, s->desc - 1), desc);
			/* where there is one for the block, how far into it */
			put(gort__link_slot(lk, s->desc - 1) + word,
			    lk->desc_tls ? s->value
					 : s->value + (uint64_t)lk->tls_offset);
		}
	}
}

void
gort__link_ifuncs(struct gort_link *lk)
{
	uint32_t i;

	for (i = 1; i < lk->nsyms; i++) {
		struct linksym *s = &lk->syms[i];
		uint64_t (*resolver)(void);

		if (!gort__link_is_ifunc(s))
			continue;
		memcpy(&resolver, &s->value, sizeof(resolver));
		put(gort__link_slot(lk, lk->nslots + s->stub - 1), resolver());
		s->value = gort__link_stub(lk, s->stub - 1);
	}
}
