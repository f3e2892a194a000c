/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Locks on Unix. Included by os.h.
 */
#ifndef GORT_OS_UNIX_H
#define GORT_OS_UNIX_H

#include <pthread.h>

struct gort__mutex {
	pthread_mutex_t m;
};
#define GORT__MUTEX_INIT \
	{ \
		PTHREAD_MUTEX_INITIALIZER \
	}

struct gort__cond {
	pthread_cond_t c;
};

struct gort__once {
	pthread_once_t o;
};
#define GORT__ONCE_INIT \
	{ \
		PTHREAD_ONCE_INIT \
	}

static inline void
gort__mutex_init(struct gort__mutex *m)
{
	pthread_mutex_init(&m->m, NULL);
}

static inline void
gort__mutex_lock(struct gort__mutex *m)
{
	pthread_mutex_lock(&m->m);
}

static inline void
gort__mutex_unlock(struct gort__mutex *m)
{
	pthread_mutex_unlock(&m->m);
}

static inline void
gort__once(struct gort__once *o, void (*fn)(void))
{
	pthread_once(&o->o, fn);
}

/* The dynamic linker's lock is recursive, and threads start without it. */
static inline bool
gort__may_wait(void)
{
	return true;
}

static inline bool
gort__in_loader(uintptr_t pc)
{
	(void)pc;
	return false;
}

static inline bool
gort__unload_waits(void)
{
	return false;
}

#endif
