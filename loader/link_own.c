/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Symbols that dlsym cannot give: a linker makes them, or they lie in the
 * part of libc that is linked into each object statically.
 *
 * Note [Whose exit handlers]
 * atexit, pthread_atfork and the like are small functions in each object that
 * call libc with &__dso_handle, by which libc knows what to run when that
 * object goes. A linked image gets stubs of its own that do the same: its
 * handle is its first slot. Destructors of thread-local variables are
 * registered under the TLS carrier, which the dynamic linker then keeps as long
 * as one has to run: that is how freeing the link learns of them.
 */
#include "../include/small.h"
#include "link.h"

#include <dlfcn.h>

/* Slot 0 is where _GLOBAL_OFFSET_TABLE_ points and __dso_handle lies. */
enum own {
	OWN_NONE,
	OWN_TABLE, /* the GOT; the handle */
	OWN_ALIAS, /* another name in libc */
	OWN_CALL,  /* a stub that adds the handle */
	OWN_TLS,   /* a stub that adds the carrier */
	OWN_BASE,  /* where the block of thread-local variables begins */
};

static const struct answer {
	const char *name;
	enum own own;
	const char *target; /* in the process */
	uint8_t arg;        /* which gets the handle */
	uint8_t clear;      /* from here to it: 0 */
} answers[] = {
    {"_GLOBAL_OFFSET_TABLE_", OWN_TABLE, NULL, 0, 0},
    {"__dso_handle", OWN_TABLE, NULL, 0, 0},
    {"__stack_chk_fail_local", OWN_ALIAS, "__stack_chk_fail", 0, 0},
    {"atexit", OWN_CALL, "__cxa_atexit", 2, 1},
    {"at_quick_exit", OWN_CALL, "__cxa_at_quick_exit", 1, 1},
    {"pthread_atfork", OWN_CALL, "__register_atfork", 3, 3},
    {"_TLS_MODULE_BASE_", OWN_BASE, NULL, 0, 0},
    {"__cxa_thread_atexit", OWN_TLS, "__cxa_thread_atexit_impl", 2, 2},
    {"__cxa_thread_atexit_impl", OWN_TLS, "__cxa_thread_atexit_impl", 2, 2},
};

static const struct answer *
answer_for(const char *name)
{
	unsigned i;

	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (strcmp(name, answers[i].name) == 0)
			return &answers[i];
	return NULL;
}

/* A function of the compiler's run-time that libgort has a copy of. */
static bool
helper(struct linksym *s)
{
	uintptr_t at =
	    gort__relmachine.helper ? gort__relmachine.helper(s->name) : 0;

	if (!at)
		return false;
	s->value = at;
	s->state = SYM_IMPORT;
	s->absolute = s->func = true;
	return true;
}

bool
gort__link_own(struct gort_link *lk, uint32_t sym)
{
	struct linksym *s = &lk->syms[sym];
	const struct answer *a;
	void *target = NULL;

	/* few names: look at most of them no further than here */
	if (s->name[0] != '_' && s->name[0] != 'a' && s->name[0] != 'p')
		return false;
	a = answer_for(s->name);
	if (!a)
		return REL_HAS_HELPERS && helper(s);
	if (a->target)
		target = dlsym(RTLD_DEFAULT, a->target);
	if (a->target && !target)
		return false;
	s->value = s->align = (uintptr_t)target;
	if (a->own == OWN_ALIAS) {
		s->state = SYM_IMPORT;
		s->absolute = s->func = true;
		return true;
	}
	s->state = SYM_DEFINED;
	s->local = true;
	s->sym = 0; /* not that of who wants it */
	if (a->own == OWN_CALL || a->own == OWN_TLS)
		s->stub = ++lk->nstubs;
	if (a->own == OWN_TLS)
		lk->has_tls = true;
	if (a->own == OWN_BASE)
		s->type = OBJ_TLS;
	return true;
}

void
gort__link_place_own(struct gort_link *lk)
{
	unsigned i;

	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		const struct answer *a = &answers[i];
		uint32_t k = gort__link_lookup(lk, a->name);
		struct linksym *s = &lk->syms[k];
		uint64_t slot, with, target;
		uint8_t *code;

		if (!k || s->state != SYM_DEFINED || !s->local ||
		    a->own == OWN_BASE)
			continue;
		if (a->own == OWN_TABLE) {
			s->value = gort__link_slot(lk, 0);
			continue;
		}
		target = s->align;
		slot = gort__link_slot(lk, lk->nslots + s->stub - 1);
		memcpy((void *)(uintptr_t)slot, &target, gort__relmachine.word);
		s->value = gort__link_stub(lk, s->stub - 1);
		code = (uint8_t *)(uintptr_t)s->value;
		with = a->own == OWN_TLS ? (uintptr_t)lk->tls_words
					 : (uintptr_t)gort__link_dso(lk);
		gort__relmachine.jump_with(code, slot, a->arg, a->clear, with);
	}
}
