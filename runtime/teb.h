/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bounds of the stack in the thread environment block: Windows.
 */
#ifndef GORT_RUNTIME_TEB_H
#define GORT_RUNTIME_TEB_H

/* A stack's lowest pages: for its guard and for handling an overflow. */
#define STACK_GUARD 16384

/* The head of a TEB, winternl.h's NT_TIB. */
struct teb {
	void *seh;   /* ExceptionList: the newest registration */
	void *base;  /* one past the stack's highest byte */
	void *limit; /* the lowest committed */
};

/* An element of that list, which amd64 has only where wine uses it. */
struct seh_registration {
	struct seh_registration *next; /* SEH_END: none */
	int (*handler)(
	    void *record, void *frame, void *context, void *dispatcher);
};
#define SEH_END ((struct seh_registration *)(uintptr_t)UINTPTR_MAX)

static inline struct teb *
teb(void)
{
	struct teb *p;

#ifdef __x86_64__
	__asm__("movq %%gs:0x30, %0" : "=r"(p));
#else
	__asm__("movl %%fs:0x18, %0" : "=r"(p));
#endif
	return p;
}

/* TEB.DeallocationStack: the lowest byte that may be committed. */
static inline void **
teb_deallocation(void)
{
	return (void **)(void *)((char *)teb() +
				 (sizeof(void *) == 8 ? 0x1478 : 0xe0c));
}

#endif
