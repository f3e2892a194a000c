/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A system without membarrier(2), as in some sandboxes: unloading needs every
 * thread to pass a barrier, and must not do without.
 */
#include "check.h"

#include <dlfcn.h>
#include <errno.h>
#include <gort.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

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
		errno = ENOSYS;
		return -1;
	}
	if (!real) {
		p = dlsym(RTLD_NEXT, "syscall");
		memcpy(&real, &p, sizeof(p));
	}
	return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static void
close_without(void)
{
	struct gort_plugin *p = gort_open(plugin("basic1"), 0);
	int (*add)(int, int), rc;

	REQUIRE(p != NULL);
	add = (int (*)(int, int))gort_sym(p, "basic_add");
	CHECK(add(1, 2) == 3);
	rc = gort_close(p, 1000);
#if defined(__x86_64__) || defined(__i386__)
	/* mprotect is a barrier as well */
	CHECK(rc == 0);
#else
	CHECK(rc == -GORT_ESYS);
	CHECK(strstr(gort_errmsg(), "membarrier") != NULL);
	CHECK(add(1, 2) == 3);
#endif
}

static const struct test tests[] = {
    {"a close is as safe as ever, or fails and says why", close_without},
};

int
main(void)
{
	return RUN_TESTS("no barrier", tests);
}
