/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Locks on Windows: slim ones, which need no call to be ready and none to be
 * given back. Included by os.h.
 */
#ifndef GORT_OS_WINDOWS_H
#define GORT_OS_WINDOWS_H

#include <windows.h>

struct gort__mutex {
	SRWLOCK m;
};
#define GORT__MUTEX_INIT \
	{ \
		SRWLOCK_INIT \
	}

struct gort__cond {
	CONDITION_VARIABLE c;
};

struct gort__once {
	INIT_ONCE o;
};
#define GORT__ONCE_INIT \
	{ \
		INIT_ONCE_STATIC_INIT \
	}

static inline void
gort__mutex_init(struct gort__mutex *m)
{
	InitializeSRWLock(&m->m);
}

static inline void
gort__mutex_lock(struct gort__mutex *m)
{
	AcquireSRWLockExclusive(&m->m);
}

static inline void
gort__mutex_unlock(struct gort__mutex *m)
{
	ReleaseSRWLockExclusive(&m->m);
}

static inline void
gort__once(struct gort__once *o, void (*fn)(void))
{
	BOOL pending;

	if (!InitOnceBeginInitialize(&o->o, 0, &pending, NULL) || !pending)
		return;
	fn();
	InitOnceComplete(&o->o, 0, NULL);
}

#endif
