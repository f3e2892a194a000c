/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Symbols of COFF objects that no object defines: "__imp_NAME", which is a
 * slot with the address of NAME, wherever that is; names without what 386
 * decorates them with (PE Format; Microsoft, "Decorated names"); and what
 * belongs to the C run-time (link_crt.h).
 */
#include "../include/small.h"
#include "link.h"
#include "link_crt.h"

#ifdef __i386__
#define UNDERSCORE true
#else
#define UNDERSCORE false
#endif

/* NAME of "__imp_NAME", or NULL. */
static const char *
imported(const char *name)
{
	return strncmp(name, "__imp_", 6) == 0 && name[6] ? name + 6 : NULL;
}

/*
 * The n-th: as in C; as libc has what Windows' run-time has. "_f" and "_f@8"
 * (stdcall) and "@f@8" (fastcall) are f on 386, "f@@8" (vectorcall) is f
 * everywhere.
 */
const char *
gort__link_alias_coff(const char *name, unsigned n, char buf[256])
{
	const char *start = name, *at;
	size_t len = strnlen(name, 256);
	struct linkcrt c;

	if (len == 256)
		return n == 0 ? name : NULL;
	if (UNDERSCORE && (*name == '_' || *name == '@'))
		start++;
	if (n == 0)
		return start;
	if (n > 1)
		return NULL;
	if (gort__link_crt(start, &c))
		return c.other;
	at = UNDERSCORE ? strrchr(start, '@') : strstr(start, "@@");
	if (!at || at == start || strspn(at, "@0123456789") != strlen(at))
		return NULL;
	while (at > start && at[-1] == '@')
		at--;
	memcpy(buf, start, (size_t)(at - start));
	buf[at - start] = '\0';
	return buf;
}

/* The symbol that is NAME in C; 0: no object has one. */
uint32_t
gort__link_named_coff(const struct gort_link *lk, const char *name)
{
	uint32_t k = gort__link_lookup(lk, name), i;
	const char *alias;
	char buf[256];
	unsigned n;

	if (!UNDERSCORE || (k && lk->syms[k].state != SYM_UNDEF))
		return k;
	for (i = 1; i < lk->nsyms; i++) {
		const struct linksym *s = &lk->syms[i];

		if (s->local || (s->name[0] != '_' && s->name[0] != '@') ||
		    (s->state == SYM_UNDEF && !s->same))
			continue;
		for (n = 0; (alias = gort__link_alias_coff(s->name, n, buf));
		     n++)
			if (strcmp(alias, name) == 0)
				return gort__link_same(lk, i);
	}
	return k;
}

/* gort_link_need() named it as in C. */
static int
settle_needed(struct gort_link *lk, uint32_t sym, struct gort_err *e)
{
	uint32_t k = gort__link_named_coff(lk, lk->syms[sym].name);
	const struct linksym *s = &lk->syms[k];

	if (!k || k == sym)
		return 0;
	lk->syms[sym].same = k;
	lk->syms[k].wanted = true;
	return s->state == SYM_LAZY
		   ? gort__link_pull(lk, s->archive, s->member, e)
		   : 0;
}

/*
 * "__imp_NAME" wants NAME; and a name that was wanted or given without its
 * decoration is that of the symbol that has one.
 */
int
gort__link_settle_coff(struct gort_link *lk, struct gort_err *e)
{
	uint32_t i, k, n = lk->nsyms;
	int rc = 0;

	for (i = 1; i < n && rc == 0; i++) {
		const struct linksym s = lk->syms[i];
		const char *name = imported(s.name);

		/* local: a group's, whose sym is a section */
		if (s.local || s.state != SYM_UNDEF || s.same)
			continue;
		if (!s.obj && s.wanted)
			rc = settle_needed(lk, i, e);
		if (!s.obj || !name)
			continue;
		k = gort__link_intern(lk, name);
		if (!k)
			return gort__rd_no_memory(
			    &lk->objs[s.obj]->o.rd, e, "symbols");
		if (!lk->syms[k].wanted)
			rc = gort__link_refer(lk, k, s.obj, s.sym, false, e);
	}
	return rc;
}

static void
is_process_symbol(struct gort_link *lk, uint32_t sym, uintptr_t value)
{
	struct linksym *s = &lk->syms[sym];

	s->state = SYM_IMPORT;
	s->absolute = s->func = true;
	s->value = value;
}

/*
 * A symbol whose value place_own gives: the address of another's slot (archive),
 * of a slot of its own for the value it has (member, index + 1), of a stub, or
 * of the image.
 */
#define IMAGE UINT32_MAX /* member */

static struct linksym *
is_own(struct gort_link *lk, uint32_t sym, uint32_t of)
{
	struct linksym *s = &lk->syms[sym];

	s->state = SYM_DEFINED;
	s->local = true;
	s->sym = 0;
	s->archive = of;
	s->member = 0;
	return s;
}

/* gort_link_define() gave it without the decoration. */
static bool
is_given(struct gort_link *lk, uint32_t sym, const char *name)
{
	struct linksym *s = &lk->syms[sym];
	const struct linksym *g;
	uint32_t k = gort__link_lookup(lk, name);

	g = &lk->syms[k];
	if (!k || k == sym || g->state != SYM_IMPORT)
		return false;
	s->state = SYM_IMPORT;
	s->absolute = true;
	s->func = g->func;
	s->value = g->value;
	return true;
}

static bool
run_time(
    struct gort_link *lk, uint32_t sym, const char *name, struct gort_err *e)
{
	const struct linksym *s = &lk->syms[sym];
	struct linkcrt c;

	if (strcmp(name, "atexit") == 0) {
		is_own(lk, sym, 0)->stub = ++lk->nstubs;
		return true;
	}
	if (!gort__link_msvc(name, &c) &&
	    (!gort__link_crt(name, &c) || c.other))
		return false;
	if (c.image) {
		is_own(lk, sym, 0)->member = IMAGE;
		return true;
	}
	if (c.word && c.address) {
		is_own(lk, sym, 0)->member = ++lk->nslots;
		lk->syms[sym].value = c.address;
		return true;
	}
	if (c.address) {
		is_process_symbol(lk, sym, c.address);
		lk->syms[sym].func = !c.data;
		if (c.bridged)
			gort__link_bridge_symbol(lk, sym);
		return true;
	}
	gort__err(e, GORT_ENOTSUP, s->obj ? lk->objs[s->obj]->o.rd.file : NULL,
	    GORT_ERR_NO_OFFSET, "%.150s is not for this code here: %s", s->name,
	    c.reason);
	return false;
}

bool
gort__link_own_coff(struct gort_link *lk, uint32_t sym, struct gort_err *e)
{
	const struct linkformat *in = gort__link_format(lk);
	const char *name = imported(lk->syms[sym].name);
	char buf[256];
	unsigned n;
	uint32_t k;

	if (in->foreign && !lk->foreign)
		lk->foreign = ++lk->nslots;
	k = name ? gort__link_lookup(lk, name) : 0;
	if (k) {
		if (!lk->syms[k].slot)
			lk->syms[k].slot = ++lk->nslots;
		is_own(lk, sym, k);
		return true;
	}
	for (n = 0; (name = in->alias(lk->syms[sym].name, n, buf)); n++)
		if (is_given(lk, sym, name) || run_time(lk, sym, name, e))
			return true;
	return false;
}

void
gort__link_place_own_coff(struct gort_link *lk)
{
	uintptr_t bridge = gort__link_bridge;
	uint64_t slot;
	uint32_t i;

	if (lk->foreign)
		memcpy((void *)(uintptr_t)gort__link_slot(lk, lk->foreign - 1),
		    &bridge, sizeof(bridge));
	for (i = 1; i < lk->nsyms; i++) {
		struct linksym *s = &lk->syms[i];
		uintptr_t fn = (uintptr_t)gort__link_atexit;

		if (s->state != SYM_DEFINED || !s->local || s->sym)
			continue;
		if (s->archive) {
			s->value =
			    gort__link_slot(lk, lk->syms[s->archive].slot - 1);
			continue;
		}
		if (s->member == IMAGE) {
			s->value = (uintptr_t)lk->image;
			continue;
		}
		if (s->member) {
			fn = (uintptr_t)s->value;
			s->value = gort__link_slot(lk, s->member - 1);
			memcpy((void *)(uintptr_t)s->value, &fn, sizeof(fn));
			continue;
		}
		if (!s->stub)
			continue;
		slot = gort__link_slot(lk, lk->nslots + s->stub - 1);
		memcpy((void *)(uintptr_t)slot, &fn, sizeof(fn));
		s->value = gort__link_stub(lk, s->stub - 1);
		gort__relmachine.jump_handle((uint8_t *)(uintptr_t)s->value,
		    slot, (uintptr_t)gort__link_exit_handle(lk));
	}
}
