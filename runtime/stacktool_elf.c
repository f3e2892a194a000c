/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Telling tools of stacks and switches: AddressSanitizer and ThreadSanitizer
 * by their fiber calls, which are in the process only where the program was
 * built with one (hence weak), and valgrind by its client requests, which are
 * a few instructions without effect elsewhere.
 */
#include "../include/small.h"
#include "config.h"

#include "runtime.h"

#ifdef HAVE_VALGRIND_VALGRIND_H
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(lo, hi) 0u
#define VALGRIND_STACK_DEREGISTER(id) ((void)(id))
#endif

/* sanitizer/common_interface_defs.h, sanitizer/tsan_interface.h */
#pragma weak __sanitizer_start_switch_fiber
#pragma weak __sanitizer_finish_switch_fiber
#pragma weak __asan_unpoison_memory_region
#pragma weak __tsan_create_fiber
#pragma weak __tsan_destroy_fiber
#pragma weak __tsan_get_current_fiber
#pragma weak __tsan_switch_to_fiber
void __sanitizer_start_switch_fiber(
    void **fake, const void *bottom, size_t size);
void __sanitizer_finish_switch_fiber(
    void *fake, const void **old_bottom, size_t *old_size);
void __asan_unpoison_memory_region(void const volatile *lo, size_t size);
void *__tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void *fiber);
void *__tsan_get_current_fiber(void);
void __tsan_switch_to_fiber(void *fiber, unsigned flags);

bool
gort__tool_watches(void)
{
	return __sanitizer_start_switch_fiber || __tsan_switch_to_fiber;
}

void
gort__tool_clean(struct gort__bounds b)
{
	if (__asan_unpoison_memory_region)
		__asan_unpoison_memory_region(b.lo, (size_t)(b.hi - b.lo));
}

void
gort__tool_new(struct gort_gobuf *buf)
{
	if (__tsan_create_fiber)
		buf->aux = __tsan_create_fiber(0);
	else
		buf->aux = (void *)(uintptr_t)VALGRIND_STACK_REGISTER(
		    buf->lo, (char *)buf->hi - 1);
}

void
gort__tool_free(struct gort_gobuf *buf)
{
	if (__tsan_destroy_fiber)
		__tsan_destroy_fiber(buf->aux);
	else
		VALGRIND_STACK_DEREGISTER((uintptr_t)buf->aux);
	buf->aux = NULL;
}

void
gort__tool_new_segment(struct gort__segment *s)
{
	s->tool = (unsigned)VALGRIND_STACK_REGISTER(s->at.lo, s->at.hi - 1);
}

void
gort__tool_free_segment(struct gort__segment *s)
{
	VALGRIND_STACK_DEREGISTER(s->tool);
}

void
gort__tool_enter_segment(struct gort__segment *s)
{
	(void)s;
}

void
gort__tool_leave_segment(struct gort__segment *s)
{
	(void)s;
}

GORT__UNWATCHED void
gort__tool_leave(struct tool_state *st, struct gort_gobuf *from,
    const struct gort_gobuf *to, struct gort__bounds b)
{
	if (__tsan_switch_to_fiber && to) {
		if (from && !from->aux)
			from->aux = __tsan_get_current_fiber();
		__tsan_switch_to_fiber(to->aux, 0);
	}
	if (__sanitizer_start_switch_fiber)
		__sanitizer_start_switch_fiber(
		    st ? &st->fake : NULL, b.lo, (size_t)(b.hi - b.lo));
}

GORT__UNWATCHED void
gort__tool_arrive(const struct tool_state *st)
{
	if (__sanitizer_finish_switch_fiber)
		__sanitizer_finish_switch_fiber(
		    st ? st->fake : NULL, NULL, NULL);
}
