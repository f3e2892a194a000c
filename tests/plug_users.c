/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A plugin whose code is called later by others: a pthread key's destructor, a
 * signal's handler and (TIMER) a timer's function. With USERS_TIDY set its fini
 * takes all back; at_exit sees to it that a static destructor deletes the key.
 */
#include <gort.h>

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static pthread_key_t key;
static int has_key, has_handler;
static void (*at_once)(void);
static void (*at_exit)(int deleted);
static volatile sig_atomic_t handled;

static void
count(void *counter)
{
	if (at_once)
		at_once();
	++*(int *)counter; /* after it: no jump to at_once */
}

static void
handle(int sig)
{
	at_once();
	handled = sig;
}

/* Makes the key; each thread that calls it counts in *counter when it ends. */
GORT_EXPORT(int, count_end, (int *counter, pthread_key_t *made))
{
	if (!has_key && pthread_key_create(&key, count) != 0)
		return 1;
	has_key = 1;
	*made = key;
	return pthread_setspecific(key, counter);
}

#ifdef TIMER
static timer_t timer;
static int has_timer;

static void
ring(union sigval value)
{
	count(value.sival_ptr);
}

/* A timer that does not run, and calls ring if it does. */
GORT_EXPORT(int, make_timer, (int *counter, timer_t *made))
{
	struct sigevent ev;

	memset(&ev, 0, sizeof(ev));
	ev.sigev_notify = SIGEV_THREAD;
	ev.sigev_notify_function = ring;
	ev.sigev_value.sival_ptr = counter;
	if (timer_create(CLOCK_MONOTONIC, &ev, &timer) != 0)
		return 1;
	has_timer = 1;
	*made = timer;
	return 0;
}

#endif

/* What the destructor and the handler call. */
GORT_EXPORT(int, set_at_once, (void (*fn)(void)))
{
	at_once = fn;
	return 0;
}

/* Called before and after a static destructor deletes the key. */
GORT_EXPORT(void, set_at_exit, (void (*fn)(int deleted)))
{
	at_exit = fn;
}

__attribute__((destructor)) static void
delete_late(void)
{
	if (!at_exit)
		return;
	at_exit(0);
	if (pthread_key_delete(key) == 0)
		at_exit(1);
}

GORT_EXPORT(int, handle_usr2, (void))
{
	struct sigaction sa = {.sa_handler = handle};

	has_handler = 1;
	return sigaction(SIGUSR2, &sa, NULL);
}

static void
fini(void)
{
	struct sigaction none = {.sa_handler = SIG_DFL};

	if (!getenv("USERS_TIDY"))
		return;
	if (has_key)
		pthread_key_delete(key);
#ifdef TIMER
	if (has_timer)
		timer_delete(timer);
#endif
	if (has_handler)
		sigaction(SIGUSR2, &none, NULL);
}

GORT_MODULE("users", "1.0", .fini = fini);
