/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Symbols: one table over all objects and the indexes of all archives, with
 * the hash kept, so that a name is looked for once for each object.
 */
#include "link.h"
#include "elfdef.h"

#define MAX_CHAIN 16 /* of weak symbols that stand for each other */

static uint64_t
load(const char *p, size_t n)
{
	uint64_t w = 0;

	memcpy(&w, p, n);
	return w;
}

/* The last bytes of a name, at most eight. */
static uint64_t
last_word(const char *name, size_t n)
{
	const char *end = name + n;

	if (n >= 8)
		return load(end - 8, 8);
	if (n >= 4)
		return load(name, 4) | load(end - 4, 4) << 32;
	return n ? load(name, 1) | load(name + n / 2, 1) << 8 |
		       load(end - 1, 1) << 16
		 : 0;
}

/* All bits of both in all bits: a product as wide as both, folded. */
static inline uint64_t
mix(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
	unsigned __int128 p = (unsigned __int128)a * b;

	return (uint64_t)p ^ (uint64_t)(p >> 64);
#else
	uint64_t lo = (a & UINT32_MAX) * (b & UINT32_MAX);
	uint64_t hi = (a >> 32) * (b >> 32);

	return lo ^ (hi << 32 | hi >> 32);
#endif
}

/*
 * Eight bytes at a time, with a secret of the process: a file that chooses names
 * which are alike here would make the table a list.
 */
static uint32_t
hash_bytes(uint64_t secret, const char *name, size_t n)
{
	uint64_t h = secret ^ n;

	for (; n > 8; n -= 8, name += 8)
		h = mix(h ^ load(name, 8), secret);
	h = mix(h ^ last_word(name, n), secret);
	return (uint32_t)(h ^ h >> 32);
}

static uint32_t
hash_of(const struct gort_link *lk, const char *name)
{
	return hash_bytes(lk->secret, name, strlen(name));
}

static inline uint32_t *
find_cell(const struct gort_link *lk, const struct linktable *t,
    const char *name, uint32_t hash)
{
	uint32_t i = hash & (t->ncells - 1);

	for (;; i = (i + 1) & (t->ncells - 1)) {
		const struct linksym *s;

		if (!t->cells[i])
			return &t->cells[i];
		s = &lk->syms[t->cells[i]];
		if (s->hash == hash && strcmp(s->name, name) == 0)
			return &t->cells[i];
	}
}

/* Make room for n cells, a power of two. */
static bool
resize(struct gort_link *lk, struct linktable *t, uint32_t n)
{
	uint32_t *cells = gort__pool_alloc(&lk->pool, n, sizeof(*cells));
	uint32_t i, j;

	if (!cells)
		return false;
	for (i = 0; i < t->ncells; i++) {
		if (!t->cells[i])
			continue;
		j = lk->syms[t->cells[i]].hash & (n - 1);
		while (cells[j])
			j = (j + 1) & (n - 1);
		cells[j] = t->cells[i];
	}
	t->cells = cells;
	t->ncells = n;
	return true;
}

static bool
grow_table(struct gort_link *lk, struct linktable *t)
{
	if (t->ncells && t->used < t->ncells / 2)
		return true;
	return t->ncells <= UINT32_MAX / 4 &&
	       resize(lk, t, t->ncells ? t->ncells * 2 : 64);
}

/* The table will hold that many symbols more. */
static bool
reserve(struct gort_link *lk, struct linktable *t, uint64_t more)
{
	uint64_t n = t->ncells;

	while (n <= UINT32_MAX / 4 && n < 2 * (t->used + more))
		n *= 2;
	return n == t->ncells || resize(lk, t, (uint32_t)n);
}

/* The cell of what archives define by that name, or the free one for it. */
static struct linkoffer *
find_offer(const struct gort_link *lk, const char *name, uint32_t hash)
{
	const struct linkoffers *t = &lk->offers;
	uint32_t i = hash & (t->ncells - 1);

	for (;; i = (i + 1) & (t->ncells - 1)) {
		struct linkoffer *c = &t->cells[i];

		if (!c->entry)
			return c;
		if (c->hash == hash &&
		    strcmp(lk->archives[c->archive]->o.index[c->entry - 1].name,
			name) == 0)
			return c;
	}
}

/* Does an archive define a symbol that is not defined? */
static void
take_offer(const struct gort_link *lk, struct linksym *s)
{
	const struct linkoffer *c;

	if (!lk->offers.ncells || s->state != SYM_UNDEF)
		return;
	c = find_offer(lk, s->name, s->hash);
	if (!c->entry)
		return;
	s->state = SYM_LAZY;
	s->archive = c->archive;
	s->member = lk->archives[c->archive]->o.index[c->entry - 1].member;
}

/* Room for n symbols. */
static __attribute__((cold)) bool
grow_syms(struct gort_link *lk, uint64_t n)
{
	uint64_t max = lk->maxsyms ? lk->maxsyms : 64;
	struct linksym *p = NULL;

	while (max < n && max <= UINT32_MAX / 4)
		max *= 2;
	if (max == lk->maxsyms)
		return true;
	if (max >= n)
		p = gort__pool_alloc(&lk->pool, (size_t)max, sizeof(*p));
	if (!p)
		return false;
	if (lk->nsyms)
		memcpy(p, lk->syms, lk->nsyms * sizeof(*p));
	else
		lk->nsyms = 1;
	lk->syms = p;
	lk->maxsyms = (uint32_t)max;
	return true;
}

uint32_t
gort__link_new_sym(struct gort_link *lk)
{
	if (lk->nsyms == lk->maxsyms && !grow_syms(lk, lk->nsyms + UINT64_C(1)))
		return 0;
	return lk->nsyms++;
}

static uint32_t
intern(
    struct gort_link *lk, struct linktable *t, const char *name, uint32_t hash)
{
	uint32_t *cell, i;

	if (!grow_table(lk, t))
		return 0;
	cell = find_cell(lk, t, name, hash);
	if (*cell)
		return *cell;
	i = gort__link_new_sym(lk);
	if (!i)
		return 0;
	lk->syms[i].name = name;
	lk->syms[i].hash = hash;
	lk->syms[i].weak = true;
	if (t == &lk->table)
		take_offer(lk, &lk->syms[i]);
	t->used++;
	return *cell = i;
}

uint32_t
gort__link_intern(struct gort_link *lk, const char *name)
{
	return intern(lk, &lk->table, name, hash_of(lk, name));
}

/* No symbol that anybody has to find. */
static uint32_t
intern_other(struct gort_link *lk, struct linktable *t, const char *name)
{
	uint32_t i = intern(lk, t, name, hash_of(lk, name));

	if (i)
		lk->syms[i].local = true;
	return i;
}

uint32_t
gort__link_group(struct gort_link *lk, const char *name)
{
	return intern_other(lk, &lk->groups, name);
}

uint32_t
gort__link_section(struct gort_link *lk, const char *name)
{
	return intern_other(lk, &lk->sections, name);
}

uint32_t
gort__link_lookup(const struct gort_link *lk, const char *name)
{
	if (!lk->table.ncells)
		return 0;
	return gort__link_same(
	    lk, *find_cell(lk, &lk->table, name, hash_of(lk, name)));
}

struct linkmore *
gort__link_more(struct gort_link *lk, uint32_t sym)
{
	struct linksym *s = &lk->syms[sym];
	struct linkmore *list;

	if (s->more)
		return &lk->more[s->more];
	list = gort__obj_room(lk->more, lk->nmore, sizeof(*list));
	if (list && lk->nmore == 0) {
		lk->more = list;
		lk->nmore = 1;
		list = gort__obj_room(list, 1, sizeof(*list));
	}
	if (!list)
		return NULL;
	lk->more = list;
	s->more = lk->nmore++;
	return &list[s->more];
}

static int
no_memory(const struct linkobj *ob, struct gort_err *e)
{
	return gort__rd_no_memory(&ob->o.rd, e, "symbols");
}

int
gort__link_refer(struct gort_link *lk, uint32_t i, uint32_t obj, uint32_t sym,
    bool weak, struct gort_err *e)
{
	struct linksym *s = &lk->syms[i];
	const struct gort__objsym *os = &lk->objs[obj]->o.syms[sym];

	if (!s->obj) {
		s->obj = obj;
		s->sym = sym;
	}
	s->hidden |=
	    os->visibility == STV_HIDDEN || os->visibility == STV_INTERNAL;
	if (!weak && !s->wanted && s->state == SYM_UNDEF) {
		s->obj = obj;
		s->sym = sym;
	}
	s->wanted |= !weak;
	if (s->state == SYM_LAZY && !weak)
		return gort__link_pull(lk, s->archive, s->member, e);
	return 0;
}

/* An undefined symbol; COFF's weak ones have another that stands for them. */
static int
refer_undefined(struct gort_link *lk, uint32_t i, uint32_t obj, uint32_t sym,
    struct gort_err *e)
{
	const struct gort__objsym *os = &lk->objs[obj]->o.syms[sym];
	struct linkmore *more;

	if (!os->link)
		return gort__link_refer(
		    lk, i, obj, sym, os->bind == OBJ_WEAK, e);
	more = gort__link_more(lk, i);
	if (!more)
		return no_memory(lk->objs[obj], e);
	if (!more->obj) {
		more->obj = obj;
		more->sym = os->link;
	}
	return gort__link_refer(
	    lk, i, obj, sym, os->other != OBJ_WEAK_LIBRARY, e);
}

static __attribute__((cold)) int
twice(const struct gort_link *lk, const struct linksym *s, uint32_t obj,
    struct gort_err *e)
{
	return gort__err(e, GORT_EEXIST, lk->objs[obj]->o.rd.file,
	    GORT_ERR_NO_OFFSET, "%.150s is defined here and in %s", s->name,
	    lk->objs[s->obj]->o.rd.file);
}

/* Was the section with its definition replaced by a larger one? */
static bool
is_lost(const struct gort_link *lk, const struct linksym *s)
{
	const struct linkobj *ob = lk->objs[s->obj];

	return s->obj && s->sec && s->sec < ob->o.nsecs &&
	       ob->secs[s->sec].lost;
}

/* Symbol sym of obj defines s: is it the one that holds? */
static int
define(struct gort_link *lk, uint32_t i, uint32_t obj, uint32_t sym,
    struct gort_err *e)
{
	struct linksym *s = &lk->syms[i];
	const struct gort__objsym *os = &lk->objs[obj]->o.syms[sym];
	bool weak = os->bind == OBJ_WEAK || os->bind == OBJ_UNIQUE;
	bool common = os->section == OBJ_SHN_COMMON;

	s->hidden |=
	    os->visibility == STV_HIDDEN || os->visibility == STV_INTERNAL;
	if (s->state == SYM_IMPORT)
		return gort__err(e, GORT_EEXIST, lk->objs[obj]->o.rd.file,
		    GORT_ERR_NO_OFFSET,
		    "%.150s is defined here and by gort_link_define", s->name);
	if (common && s->state == SYM_COMMON) {
		if (os->size > s->value) {
			s->value = os->size;
			s->obj = obj;
			s->sym = sym;
		}
		s->align = os->value > s->align ? os->value : s->align;
		return 0;
	}
	if (s->state == SYM_DEFINED && is_lost(lk, s))
		s->state = SYM_UNDEF;
	if (s->state == SYM_DEFINED && !s->weak && !weak && !common)
		return twice(lk, s, obj, e);
	if (s->state == SYM_DEFINED && (!s->weak || weak))
		return 0;
	if (s->state == SYM_COMMON && weak)
		return 0;
	s->state = common ? SYM_COMMON : SYM_DEFINED;
	s->weak = weak;
	s->obj = obj;
	s->sym = sym;
	s->sec = os->section;
	s->type = os->type;
	s->value = common ? os->size : os->value;
	s->align = common ? os->value : 0;
	s->absolute = os->section == OBJ_SHN_ABS;
	return 0;
}

static int
bind_symbol(struct gort_link *lk, uint32_t obj, uint32_t sym, uint32_t hash,
    struct gort_err *e)
{
	struct linkobj *ob = lk->objs[obj];
	const struct gort__objsym *os = &ob->o.syms[sym];
	const struct linksym *s;
	uint32_t i, sec = os->section;
	int rc;

	if (os->bind == OBJ_LOCAL || !os->name[0])
		return 0;
	if (sec == OBJ_SHN_OTHER || sec == OBJ_SHN_DEBUG)
		return gort__link_bad(ob, 0, GORT_EFORMAT, e,
		    "symbol %.150s is in a section of no known kind", os->name);
	if (sec == OBJ_SHN_COMMON &&
	    (os->value & (os->value - 1) || os->value > LINK_MAX_ALIGN))
		return gort__link_bad(ob, 0, GORT_EFORMAT, e,
		    "common symbol %.150s has alignment %llu", os->name,
		    (unsigned long long)os->value);
	if (sec && sec < ob->o.nsecs && os->type != OBJ_TLS &&
	    os->value > ob->o.secs[sec].size)
		return gort__link_bad(ob, 0, GORT_EFORMAT, e,
		    "symbol %.150s is at 0x%llx of section %u, which has "
		    "0x%llx "
		    "bytes",
		    os->name, (unsigned long long)os->value, sec,
		    (unsigned long long)ob->o.secs[sec].size);
	i = intern(lk, &lk->table, os->name, hash);
	if (!i)
		return no_memory(ob, e);
	ob->map[sym] = i;
	if (sec == 0)
		return refer_undefined(lk, i, obj, sym, e);
	if (sec >= ob->o.nsecs || !ob->secs[sec].lost)
		return define(lk, i, obj, sym, e);
	/* link_scan.c looks whether somebody needs it */
	rc = gort__link_refer(lk, i, obj, sym, true, e);
	s = &lk->syms[i];
	return rc || s->state != SYM_LAZY
		   ? rc
		   : gort__link_pull(lk, s->archive, s->member, e);
}

#define BATCH 16u

/* Symbols are all over memory: ask for a batch of them before they are used. */
static void
fetch_symbols(const struct gort_link *lk, const struct gort__objsym *os,
    uint32_t n, uint32_t *hash)
{
	const struct linktable *t = &lk->table;
	uint32_t i;

	for (i = 0; i < n; i++) {
		hash[i] = 0;
		if (os[i].bind == OBJ_LOCAL)
			continue;
		hash[i] = hash_of(lk, os[i].name);
		__builtin_prefetch(&t->cells[hash[i] & (t->ncells - 1)]);
	}
	for (i = 0; i < n; i++)
		__builtin_prefetch(
		    &lk->syms[t->cells[hash[i] & (t->ncells - 1)]]);
}

static int
bind_object(struct gort_link *lk, uint32_t obj, struct gort_err *e)
{
	struct linkobj *ob = lk->objs[obj];
	uint32_t hash[BATCH];
	uint32_t first, i, n;
	int rc = ob->in->groups(lk, obj, e);

	for (first = 1; first < ob->o.nsyms && rc == 0; first += n) {
		n = ob->o.nsyms - first;
		n = n < BATCH ? n : BATCH;
		fetch_symbols(lk, &ob->o.syms[first], n, hash);
		for (i = 0; i < n && rc == 0; i++)
			rc = bind_symbol(lk, obj, first + i, hash[i], e);
	}
	return rc;
}

/* Enter what an archive defines. */
static void
offer(struct gort_link *lk, uint32_t archive)
{
	const struct linkarchive *a = lk->archives[archive];
	uint32_t i, hash;

	for (i = 0; i < a->o.nindex; i++) {
		const struct gort__objindex *x = &a->o.index[i];
		struct linkoffer *c;

		if (a->pulled[x->member])
			continue;
		hash = hash_bytes(lk->secret, x->name, x->length);
		c = find_offer(lk, x->name, hash);
		if (!c->entry)
			*c = (struct linkoffer){hash, archive, i + 1};
	}
}

static int
no_room(struct gort_err *e)
{
	return gort__err(e, GORT_ENOMEM, NULL, GORT_ERR_NO_OFFSET,
	    "no memory for what archives define");
}

/* All names of the archives' indexes become symbols. */
static __attribute__((cold)) int
intern_offers(struct gort_link *lk, struct gort_err *e)
{
	uint32_t i, k;

	for (i = 0; i < lk->narchives; i++)
		for (k = 0; k < lk->archives[i]->o.nindex; k++)
			if (!gort__link_intern(
				lk, lk->archives[i]->o.index[k].name))
				return no_room(e);
	return 0;
}

/* Enter what all archives define; symbols that there are learn of it. */
static int
offer_all(struct gort_link *lk, struct gort_err *e)
{
	uint64_t n = 0, taken = 0, named = 0, cells = 1024;
	uint32_t i, k;

	for (i = 0; i < lk->narchives; i++) {
		const struct linkarchive *a = lk->archives[i];

		for (k = 0; k < a->o.nindex; k++)
			taken += a->pulled[a->o.index[k].member];
		n += a->o.nindex;
	}
	/* without indexes: of an object's symbols few are new to the others */
	for (i = 1; i < lk->nobjs; i++)
		named += lk->objs[i]->o.nsyms / 4;
	named = taken > named ? taken : named;
	if (!reserve(lk, &lk->table, named) ||
	    !grow_syms(lk, lk->nsyms + named))
		return no_room(e);
	n -= taken;
	if (n == 0)
		return 0;
	while (cells < 2 * n && cells <= UINT32_MAX / 4)
		cells *= 2;
	if (cells > n)
		lk->offers.cells = gort__pool_alloc(
		    &lk->pool, (size_t)cells, sizeof(*lk->offers.cells));
	if (!lk->offers.cells)
		return no_room(e);
	lk->offers.ncells = (uint32_t)cells;
	for (i = 0; i < lk->narchives; i++)
		offer(lk, i);
	for (i = 1; i < lk->nsyms; i++)
		if (!lk->syms[i].local)
			take_offer(lk, &lk->syms[i]);
	return gort__link_formats[0]->aliased ? intern_offers(lk, e) : 0;
}

/* Follow a weak symbol's default, through those that are weak as well. */
static __attribute__((cold)) int
stand_in(struct gort_link *lk, uint32_t i, struct gort_err *e)
{
	uint32_t k = i, n;

	for (n = 0; n < MAX_CHAIN; n++) {
		struct linksym *s = &lk->syms[k];
		const struct linkmore *m = &lk->more[s->more];
		struct linkobj *ob;
		const struct gort__objsym *os;

		if ((s->state != SYM_UNDEF && s->state != SYM_LAZY) ||
		    !s->more || !m->obj) {
			if (k != i) {
				lk->syms[i].same = k;
				s->wanted |= lk->syms[i].wanted;
			}
			return 0;
		}
		ob = lk->objs[m->obj];
		os = &ob->o.syms[m->sym];
		if (!ob->map[m->sym]) {
			if (os->section == 0)
				return gort__link_bad(ob, 0, GORT_EFORMAT, e,
				    "%.150s stands for weak %.150s, but is "
				    "nowhere",
				    os->name, s->name);
			s->state = SYM_DEFINED;
			s->obj = m->obj;
			s->sym = m->sym;
			s->sec = os->section;
			s->type = os->type;
			s->value = os->value;
			s->absolute = os->section == OBJ_SHN_ABS;
			continue;
		}
		k = ob->map[m->sym];
	}
	return gort__err(e, GORT_EFORMAT, lk->objs[lk->syms[i].obj]->o.rd.file,
	    GORT_ERR_NO_OFFSET, "weak symbol %.150s stands for itself",
	    lk->syms[i].name);
}

/* Weak symbols that nobody defines; all is bound. */
static __attribute__((cold)) int
stand_ins(struct gort_link *lk, struct gort_err *e)
{
	uint32_t i, k, n = lk->nsyms;
	int rc = 0;

	if (!lk->nmore)
		return 0;
	for (i = 1; i < n && rc == 0; i++)
		if (lk->syms[i].more)
			rc = stand_in(lk, i, e);
	for (i = 1; i < lk->nobjs; i++)
		for (k = 1; k < lk->objs[i]->o.nsyms; k++)
			lk->objs[i]->map[k] =
			    gort__link_same(lk, lk->objs[i]->map[k]);
	return rc;
}

int
gort__link_bind(struct gort_link *lk, struct gort_err *e)
{
	uint32_t i, n;
	int rc = gort__link_bind_imports(lk, e);

	if (rc == 0)
		rc = offer_all(lk, e);
	/* what was needed before there were objects */
	n = lk->nsyms;
	for (i = 1; i < n && rc == 0; i++)
		if (lk->syms[i].wanted && lk->syms[i].state == SYM_LAZY)
			rc = gort__link_pull(
			    lk, lk->syms[i].archive, lk->syms[i].member, e);
	/* the list grows on the way */
	for (i = 1; i < lk->nobjs && rc == 0;) {
		rc = bind_object(lk, i, e);
		if (++i == lk->nobjs && rc == 0 && lk->objs[1]->in->settle)
			rc = lk->objs[1]->in->settle(lk, e);
	}
	if (rc == 0)
		rc = stand_ins(lk, e);
	for (i = 1; i < lk->nsyms; i++)
		if (lk->syms[i].state == SYM_LAZY)
			lk->syms[i].state = SYM_UNDEF;
	memset(&lk->offers, 0, sizeof(lk->offers));
	gort__link_close_input(lk);
	return rc;
}
