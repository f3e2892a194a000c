/* SPDX-License-Identifier: BSD-3-Clause */
/* Threads that C made: bound at their first call, gone without a trace. */
#include "check.h"
#include "procstat.h"

#include <gort.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

static int (*add)(int, int);
static _Atomic int good;

static void *
once(void *arg)
{
	if (add(20, 22) == 42)
		atomic_fetch_add(&good, 1);
	return arg;
}

static void
generation(int n)
{
	pthread_t t[8];
	int i;

	for (i = 0; i < n; i++)
		pthread_create(&t[i], NULL, once, NULL);
	for (i = 0; i < n; i++)
		pthread_join(t[i], NULL);
}

static void
short_lived(void)
{
	struct procstat before, after;
	int i;

	for (i = 0; i < 50; i++)
		generation(8);
	before = procstat_alone();
	for (i = 0; i < 1000; i++)
		generation(8);
	after = procstat_alone();
	CHECK(atomic_load(&good) == 8400);
	CHECK(after.fds == before.fds);
#ifndef HAVE_TSAN /* which has a thread of its own, and keeps what it learns */
	/* an emulator has threads of its own */
	CHECK(after.threads == 1 ||
	      (after.threads <= before.threads &&
		  emulated("that no thread is left at all")));
#endif
#ifndef HAVE_SANITIZERS /* which keep stacks and freed memory */
	/* at most one m for each thread of a generation */
	CHECK(after.maps <= before.maps + 8);
	if (!emulated("memory, as the emulator's own counts along"))
		CHECK(after.rss_kib <= before.rss_kib + 256);
#endif
}

/* An exported call in the destructor of the host's own key. */
static pthread_key_t key;

static void
at_exit(void *arg)
{
	once(arg);
}

static void *
with_key(void *arg)
{
	pthread_setspecific(key, &good);
	return once(arg);
}

static void
call_in_destructor(void)
{
	pthread_t t;
	int i;

	REQUIRE(pthread_key_create(&key, at_exit) == 0);
	atomic_store(&good, 0);
	for (i = 0; i < 100; i++) {
		REQUIRE(pthread_create(&t, NULL, with_key, NULL) == 0);
		pthread_join(t, NULL);
	}
	CHECK(atomic_load(&good) == 200);
	pthread_key_delete(key);
}

static void *
fails(void *arg)
{
	if (!gort_open("/nowhere", 0))
		*(bool *)arg = strstr(gort_errmsg(), "/nowhere") != NULL;
	return NULL;
}

static void
own_message(void)
{
	bool ok = false;
	pthread_t t;

	gort_open("/elsewhere", 0);
	REQUIRE(pthread_create(&t, NULL, fails, &ok) == 0);
	pthread_join(t, NULL);
	CHECK(ok);
	CHECK(strstr(gort_errmsg(), "/elsewhere") != NULL);
}

static const struct test tests[] = {
    {"8000 short-lived threads leave nothing behind", short_lived},
    {"a thread may call in its key destructors", call_in_destructor},
    {"each thread has its own message", own_message},
};

int
main(void)
{
	struct gort_plugin *p = gort_open(plugin("basic1"), 0);

	if (!p)
		return 99;
	add = (int (*)(int, int))gort_sym(p, "basic_add");
	return RUN_TESTS("threads", tests);
}
