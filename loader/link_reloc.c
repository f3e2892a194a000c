/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Applying relocations, by the rows of reloc_*.c. What a relocation says of
 * places was checked by link_scan.c; what remains is whether values fit.
 */
#include "link.h"

/* Instructions have addresses in pages of this size, whatever the system's. */
#define PAGE_BITS UINT64_C(0xfff)

/* Where a symbol lies. */
struct place {
	uint64_t at;
	bool there; /* not in a section that was dropped */
};

/* The work on one section. */
struct job {
	const struct gort_link *lk;
	const struct linkobj *ob;
	const struct gort__objsec *rs; /* the relocations */
	const struct linksec *to;      /* what they change */
	uint8_t *base;                 /* of its bytes */
	uint64_t got;
	struct place *places; /* by linksym */
};

static struct place
place_of(const struct gort_link *lk, const struct linksym *s)
{
	struct place p = {s->value, !s->gone || s->stub};

	if (s->canonical || (s->type == OBJ_IFUNC && s->state == SYM_DEFINED))
		p.at = gort__link_stub(lk, s->stub - 1);
	return p;
}

static struct place
place_of_local(const struct gort_link *lk, const struct linkobj *ob,
    const struct gort__objsym *os)
{
	struct place p = {os->value, true};
	const struct linksec *ls;

	if (os->section == 0 || os->section >= ob->o.nsecs) {
		p.at = os->section == OBJ_SHN_ABS ? os->value : 0;
		return p;
	}
	ls = &ob->secs[os->section];
	p.at += ls->part == PART_TLS ? ls->offset
				     : (uintptr_t)gort__link_at(lk, ls);
	p.there = ls->kept;
	return p;
}

/* Where an object's symbol is. */
static inline struct place
find_place(const struct gort_link *lk, const struct linkobj *ob,
    const struct place *places, uint32_t sym)
{
	uint32_t i = ob->map[sym];

	return i ? places[i] : place_of_local(lk, ob, &ob->o.syms[sym]);
}

/* A symbol's address; false: it lies in a section that was dropped. */
static bool
address(const struct job *j, uint32_t sym, uint64_t *value)
{
	struct place p = find_place(j->lk, j->ob, j->places, sym);

	*value = p.at;
	return p.there;
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

/* The bytes that a symbol has, if the load defines it. */
static uint64_t
size_of(const struct job *j, uint32_t sym)
{
	const struct linksym *s = &j->lk->syms[j->ob->map[sym]];

	if (!j->ob->map[sym])
		return j->ob->o.syms[sym].size;
	if (s->state == SYM_IMPORT)
		return gort__link_size_of(s->value);
	return s->state == SYM_DEFINED && s->sym
		   ? j->lk->objs[s->obj]->o.syms[s->sym].size
		   : 0;
}

static uint64_t
slot_of(const struct job *j, uint32_t index)
{
	return gort__link_slot(j->lk, index - 1);
}

/* Where slots for TLS are, or how far into the block a variable is. */
static bool
tls_value(const struct job *j, const struct linkrel *r, const struct reltype *t,
    uint64_t *value)
{
	const struct gort_link *lk = j->lk;
	const struct linksym *s = &lk->syms[j->ob->map[r->sym]];
	const struct linkmore none = {0};
	const struct linkmore *more = s->more ? &lk->more[s->more] : &none;
	bool ok;

	switch (t->kind) {
	case REL_TLS_GD:
	case REL_TLS_GDOFF:
		*value = slot_of(j, more->gd);
		break;
	case REL_TLS_LD:
	case REL_TLS_LDOFF:
		*value = slot_of(j, lk->ld);
		break;
	case REL_TLS_IE:
	case REL_TLS_IEOFF:
		*value = slot_of(j, more->ie);
		break;
	case REL_TLS_DESC:
	case REL_TLS_DESCOFF:
		*value = slot_of(j, more->desc);
		break;
	default:
		ok = address(j, r->sym, value);
		if (t->kind != REL_TLS_DTP)
			*value += (uint64_t)lk->tls_offset;
		if (t->kind == REL_TLS_LESUB)
			*value = 0 - *value;
		return ok;
	}
	if (t->kind >= REL_TLS_GDOFF)
		*value -= j->got;
	return true;
}

/* By the image's address, or the number or address of the part S is in. */
static bool
image_value(const struct job *j, const struct linkrel *r,
    const struct reltype *t, uint64_t *value)
{
	const struct gort_link *lk = j->lk;
	const struct linksym *s = &lk->syms[j->ob->map[r->sym]];
	bool ok = address(j, r->sym, value);
	unsigned part;

	if (t->kind == REL_RVA) {
		if (s->stub && s->state == SYM_IMPORT)
			*value = gort__link_stub(lk, s->stub - 1);
		*value -= (uintptr_t)lk->image;
		return ok;
	}
	part = part_of(j, r->sym, *value);
	if (t->kind == REL_SECTION)
		*value = part + 1;
	else
		*value -= part == PART_TLS ? 0 - (uint64_t)lk->tls_offset
					   : (uintptr_t)lk->part[part];
	return ok;
}

/* The value before "less P". false: it lies in a section that was dropped. */
static bool
value_of(const struct job *j, const struct linkrel *r, const struct reltype *t,
    uint64_t *value)
{
	const struct linksym *s = &j->lk->syms[j->ob->map[r->sym]];
	bool ok = true;

	*value = 0;
	switch (t->kind) {
	case REL_SYM:
	case REL_PLT:
		ok = address(j, r->sym, value);
		break;
	case REL_SLOT:
		*value = slot_of(j, s->slot);
		break;
	case REL_GOTOFF:
		*value = slot_of(j, s->slot) - j->got;
		break;
	case REL_GOTPAGE:
		*value = slot_of(j, s->slot) - (j->got & ~PAGE_BITS);
		break;
	case REL_GOTREL:
	case REL_PLTREL:
		ok = address(j, r->sym, value);
		if (t->kind == REL_PLTREL && s->stub)
			*value = gort__link_stub(j->lk, s->stub - 1);
		*value -= j->got;
		break;
	case REL_GOTBASE:
		*value = j->got;
		break;
	case REL_SIZE:
		*value = size_of(j, r->sym);
		break;
	case REL_RVA:
	case REL_SECTION:
	case REL_SECREL:
		ok = image_value(j, r, t, value);
		break;
	default:
		ok = tls_value(j, r, t, value);
		break;
	}
	*value += (uint64_t)r->addend;
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

__attribute__((cold)) bool
gort__link_may_dangle(const struct linkobj *ob, uint32_t sec)
{
	const char *name = ob->o.secs[sec].name;

	return ob->secs[sec].eh ||
	       strncmp(name, ".gcc_except_table", 17) == 0 ||
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
	uint8_t *at = j->base + r->offset;
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
	uint8_t *at = j->base + r->offset;
	uint64_t v, p = t->pcrel ? (uintptr_t)at : 0;

	if (t->kind == REL_NONE || j->ob->o.nsyms == 0)
		return 0;
	if (!value_of(j, r, t, &v)) {
		if (!gort__link_may_dangle(j->ob, j->rs->applies_to))
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
apply_plain(const struct linkrel *r, const struct reltype *t, uint8_t *at,
    struct place p)
{
	uint64_t v = p.at + (uint64_t)r->addend;

	if (!p.there)
		return false;
	if (REL_HAS_FIELDS && t->field) {
		if (t->kind != REL_SYM && t->kind != REL_PLT)
			return false;
		if (t->pcrel)
			v -= (uintptr_t)at;
		return gort__relmachine.set(at, t->field, v) == NULL;
	}
	if (t->plain == PLAIN_ADDRESS) {
		memcpy(at, &v, sizeof(void *));
		return true;
	}
	v -= (uintptr_t)at;
	if (t->plain != PLAIN_DISTANCE ||
	    (sizeof(void *) > 4 && (int64_t)v != (int32_t)v))
		return false;
	memcpy(at, &v, 4);
	return true;
}

/*
 * Apply the plain ones of n relocations from number k on, up to another one:
 * its number. What does not lie in the section's size is left out.
 */
static uint32_t
apply_run(const struct job *j, const struct linkrel *r, uint32_t k, uint32_t n,
    uint64_t size)
{
	const struct reltypes types = *j->ob->in->types;
	const struct place *places = j->places;
	const uint32_t nsyms = j->ob->o.nsyms;
	uint8_t *base = j->base;

	for (; k < n; k++) {
		const struct reltype *t = gort__rel_known(&types, r[k].type);

		if (r[k].offset + t->width <= size &&
		    (r[k].sym >= nsyms ||
			!apply_plain(&r[k], t, base + r[k].offset,
			    find_place(j->lk, j->ob, places, r[k].sym))))
			break;
	}
	return k;
}

static int
apply_section(const struct job *j, uint32_t sec, struct gort_err *e)
{
	struct linkrel buf[LINK_RELS];
	const struct linkrel *r;
	uint64_t size = UINT64_MAX;
	uint32_t first, k, n;
	int rc;

	/* what is behind was cut off with the end mark */
	if (j->to->eh)
		size = j->to->size;
	for (first = 0; first < j->rs->nrelocs; first += n) {
		r = j->ob->in->rels(j->ob, sec, first, buf, &n);
		k = apply_run(j, r, 0, n, size);
		while (k < n) {
			rc = apply(j, &r[k], e);
			if (rc)
				return rc;
			k = apply_run(j, r, k + 1, n, size);
		}
	}
	return 0;
}

static void
copy_sections(const struct gort_link *lk, const struct linkobj *ob, bool tls)
{
	uint32_t k;

	for (k = 1; k < ob->o.nsecs; k++) {
		const struct linksec *ls = &ob->secs[k];

		if (ls->kept && !ls->nobits && ls->size &&
		    tls == (ls->part == PART_TLS))
			memcpy(gort__link_at(lk, ls),
			    ob->o.rd.data + ob->o.secs[k].offset,
			    (size_t)ls->size);
	}
}

static int
relocate_object(struct job *j, bool tls, struct gort_err *e)
{
	const struct linkobj *ob = j->ob;
	uint32_t k;
	int rc;

	copy_sections(j->lk, ob, tls);
	for (k = 1; k < ob->o.nsecs; k++) {
		j->rs = &ob->o.secs[k];
		j->to = gort__link_target(ob, k);
		if (!j->to || tls != (j->to->part == PART_TLS))
			continue;
		j->base = gort__link_at(j->lk, j->to);
		rc = apply_section(j, k, e);
		if (rc)
			return rc;
	}
	return 0;
}

__attribute__((cold)) int
gort__link_relocate(struct gort_link *lk, bool tls, struct gort_err *e)
{
	struct job j = {.lk = lk, .got = gort__link_slot(lk, 0)};
	uint32_t i;
	int rc = 0;

	j.places = gort__pool_alloc(&lk->pool, lk->nsyms, sizeof(*j.places));
	if (!j.places)
		return gort__err(e, GORT_ENOMEM, NULL, GORT_ERR_NO_OFFSET,
		    "no memory for addresses");
	for (i = 0; i < lk->nsyms; i++)
		j.places[i] = place_of(lk, &lk->syms[i]);
	for (i = 1; i < lk->nobjs && rc == 0; i++) {
		j.ob = lk->objs[i];
		rc = relocate_object(&j, tls, e);
		if (rc == 0 && !tls)
			rc = gort__link_eh_object(lk, j.ob, e);
	}
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

/* A symbol's slots for TLS; desc: the function of its descriptor. */
static __attribute__((cold)) void
fill_tls(const struct gort_link *lk, const struct linksym *s, uint64_t desc)
{
	const struct linkmore *m = &lk->more[s->more];
	uint64_t word = gort__relmachine.word;

	if (m->gd) {
		put(gort__link_slot(lk, m->gd - 1), lk->tls_module);
		put(gort__link_slot(lk, m->gd - 1) + word, s->value);
	}
	if (m->ie)
		put(gort__link_slot(lk, m->ie - 1),
		    s->value + (uint64_t)lk->tls_offset);
	if (m->desc) {
		put(gort__link_slot(lk, m->desc - 1), desc);
		/* where there is one for the block, how far into it */
		put(gort__link_slot(lk, m->desc - 1) + word,
		    lk->desc_tls ? s->value
				 : s->value + (uint64_t)lk->tls_offset);
	}
}

void
gort__link_fill(struct gort_link *lk)
{
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
		if (s->more)
			fill_tls(lk, s, desc);
	}
}

void
gort__link_ifuncs(struct gort_link *lk)
{
	const struct linkformat *in = gort__link_format(lk);
	uint32_t i;

	for (i = 1; i < lk->nsyms && in->ask; i++) {
		struct linksym *s = &lk->syms[i];

		if (!gort__link_is_ifunc(s))
			continue;
		put(gort__link_slot(lk, lk->nslots + s->stub - 1),
		    in->ask((uintptr_t)s->value));
		s->value = gort__link_stub(lk, s->stub - 1);
	}
}
