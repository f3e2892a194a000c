/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A system without membarrier(2), as in some sandboxes: unloading needs every
 * thread that may be inside to pass a barrier, and must not do without; where
 * there is no such thread it asks for none.
 */
#include "check.h"

#include <dlfcn.h>
#include <errno.h>
#include <gort.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned asked; /* for barriers */

/* Ours comes before libc's. */
long
syscall(long number, ...)
{
	static long (*real)(long, ...);
	va_list ap;
	long a[6];
	void *p;
	int i;

	va_start(ap, number);
	for (i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (number == SYS_membarrier) {
		asked++;
		errno = ENOSYS;
		return -1;
	}
	if (!real) {
		p = dlsym(RTLD_NEXT, "syscall");
		memcpy(&real, &p, sizeof(p));
	}
	return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* As well: the init thread never has enough of waiting for more modules. */
int
pthread_cond_timedwait(
    pthread_cond_t *c, pthread_mutex_t *m, const struct timespec *until)
{
	(void)until;
	return pthread_cond_wait(c, m);
}

typedef int add_fn(int, int);

static struct gort_plugin *
open_and_call(add_fn **add)
{
	struct gort_plugin *p = gort_open(plugin("basic1"), 0);

	if (p && (*add = (add_fn *)gort_sym(p, "basic_add")) != NULL)
		CHECK((*add)(1, 2) == 3);
	return p;
}

static void
close_alone(void)
{
	add_fn *add;
	struct gort_plugin *p = open_and_call(&add);

	REQUIRE(p != NULL);
	CHECK(gort_close(p, 1000) == 0);
	CHECK(asked == 0);
}

/* Another thread that has called, and may call again. */
struct other {
	pthread_t thread;
	add_fn *add;
	pthread_barrier_t step;
	int sum;
};

static void *
other_main(void *arg)
{
	struct other *o = arg;

	o->sum = o->add(3, 4);
	pthread_barrier_wait(&o->step);
	pthread_barrier_wait(&o->step);
	return NULL;
}

static void
close_beside(void)
{
	struct other o;
	struct gort_plugin *p = open_and_call(&o.add);
	int rc;

	REQUIRE(p != NULL);
	pthread_barrier_init(&o.step, NULL, 2);
	REQUIRE(pthread_create(&o.thread, NULL, other_main, &o) == 0);
	pthread_barrier_wait(&o.step);
	CHECK(o.sum == 7);
	asked = 0;
	rc = gort_close(p, 1000);
	CHECK(asked > 0);
#if defined(__x86_64__) || defined(__i386__)
	/* mprotect is a barrier as well */
	CHECK(rc == 0);
#else
	CHECK(rc == -GORT_ESYS);
	CHECK(strstr(gort_errmsg(), "membarrier") != NULL);
	CHECK(o.add(1, 2) == 3);
#endif
	pthread_barrier_wait(&o.step);
	REQUIRE(pthread_join(o.thread, NULL) == 0);
	pthread_barrier_destroy(&o.step);
	asked = 0;
	if (rc)
		CHECK(gort_close(p, 1000) == 0);
}

static const struct test tests[] = {
    {"where no other thread has called, a close asks for no barrier",
	close_alone},
    {"where one has, a close is as safe as ever, or fails and says why",
	close_beside},
    {"and none again once that thread has ended", close_alone},
};

int
main(void)
{
	return RUN_TESTS("no barrier", tests);
}
