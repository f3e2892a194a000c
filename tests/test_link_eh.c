/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Exceptions of C++ in objects that compilers for Windows have made, on Linux
 * x86-64: link_coff_eh.sh brings them in the folder $LINK_OBJECTS.
 */
#include "check.h"

#include <gort.h>
#include <gort/link.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MS __attribute__((ms_abi))

typedef MS void way(int);
typedef MS int question(void);

static struct gort_link *lk;

/* A function of this convention that the object's callback is below. */
__attribute__((noinline)) static void
call_back(way *fn, int n)
{
	fn(n);
	__asm__ volatile("" : : : "memory");
}

/* And of the other: the compiler keeps what it must for its caller. */
static MS void
host_call(way *fn, int n)
{
	call_back(fn, n);
	__asm__ volatile("xorps %%xmm6, %%xmm6" : : : "xmm6");
}

static MS void
host_end_thread(void)
{
	pthread_exit((void *)(uintptr_t)77);
}

static pid_t child;

/* Who hangs in the child is killed. */
static MS void
host_fork(void)
{
	child = fork();
	if (child == 0)
		alarm(20);
}

static void
load(void)
{
	static const char *const files[] = {
	    "eh.obj", "eh_c.obj", "eh_call.obj"};
	char path[4096];
	unsigned i;

	lk = gort_link_new();
	REQUIRE(lk != NULL);
	for (i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", getenv("LINK_OBJECTS"),
		    files[i]);
		CHECK(gort_link_add(lk, path, 0) == 0);
	}
	CHECK(gort_link_define(lk, "host_call", (void *)(uintptr_t)host_call) ==
	      0);
	CHECK(gort_link_define(lk, "host_end_thread",
		  (void *)(uintptr_t)host_end_thread) == 0);
	CHECK(gort_link_define(lk, "host_fork", (void *)(uintptr_t)host_fork) ==
	      0);
	if (gort_link_load(lk) != 0)
		printf("    %s\n", gort_errmsg());
}

static void *
function(const char *name)
{
	void *p = gort_link_sym(lk, name);

	if (!p) {
		printf("    no %s\n", name);
		exit(1);
	}
	return p;
}

struct asked {
	const char *name;
	int line;
};

static void
ask(void *arg)
{
	struct asked *a = arg;
	void *p = function(a->name);
	question *fn;

	memcpy(&fn, &p, sizeof(fn));
	a->line = fn();
}

/* It gives 0, or the line of link_coff_eh.cc that is not so. */
static bool
right(const char *name)
{
	struct asked a = {name, 0};

	if (gort_try(ask, &a, NULL) != 0)
		printf("    %s: %s\n", name, gort_errmsg());
	else if (a.line)
		printf("    link_coff_eh.cc:%d\n", a.line);
	else
		return true;
	return false;
}

static void
registers_are_kept(void)
{
	CHECK(right("keeps_registers"));
}

static void
cleanups_run(void)
{
	CHECK(right("cleans_up"));
	CHECK(right("constructs"));
}

static void
cleanups_may_throw(void)
{
	CHECK(right("nests"));
}

static void
callbacks_throw(void)
{
	CHECK(right("calls_back"));
}

/* 12,000 throws */
static void
throws_leave_nothing(void)
{
	size_t before;

	CHECK(right("many"));
	before = mallinfo2().uordblks;
	CHECK(right("many"));
	CHECK(mallinfo2().uordblks == before);
}

static void
call_way(void *name)
{
	void *p = function(name);
	way *fn;

	memcpy(&fn, &p, sizeof(fn));
	fn(7);
}

static void
panics_clean_up(void)
{
	char name[] = "panics";
	struct gort_error err = {0};
	int i;

	for (i = 0; i < 3; i++) {
		CHECK(gort_try(call_way, name, &err) == -GORT_EPANIC);
		CHECK(strcmp(err.message, "7 of them, 2.5") == 0);
		CHECK(err.skipped == 0);
		CHECK(right("summed"));
	}
	CHECK(right("swallows"));
}

/* fn(0), fn(1), ... */
struct chosen {
	const char *name;
	int n;
};

static void
call_chosen(void *arg)
{
	const struct chosen *c = arg;
	void *p = function(c->name);
	way *fn;

	memcpy(&fn, &p, sizeof(fn));
	fn(c->n);
}

/* Of a call that cannot throw, as it says, the tables of C say nothing. */
static void
cleanups_of_c(void)
{
	struct chosen c = {"panics_past_c", 0};
	struct asked cleaned = {"c_cleaned", 0};
	struct gort_error err = {0};

	for (; c.n < 2; c.n++) {
		CHECK(gort_try(call_chosen, &c, &err) == -GORT_EPANIC);
		CHECK(strcmp(err.message, "4 of them, 2.5") == 0);
		ask(&cleaned);
		CHECK(cleaned.line == c.n);
		CHECK(right("summed"));
	}
	CHECK(right("throws_past_c"));
}

static void
faults_clean_up(void)
{
	struct chosen c = {"faults", 0};
	struct gort_error err = {0};

	CHECK(gort_catch_faults(1) == 0);
	for (; c.n < 2; c.n++) {
		CHECK(gort_try(call_chosen, &c, &err) == -GORT_EFAULT);
		CHECK(err.skipped == 0);
		CHECK(right("summed"));
	}
	gort_catch_faults(0);
}

static void *
thread(void *name)
{
	call_way(name);
	return NULL;
}

static void
ends_of_threads_clean_up(void)
{
	char name[] = "ends_thread";
	pthread_t t;
	void *how = NULL;

	REQUIRE(pthread_create(&t, NULL, thread, name) == 0);
	CHECK(pthread_join(t, &how) == 0);
	CHECK(how == (void *)(uintptr_t)77);
	CHECK(right("summed"));
}

static atomic_bool enough;

static void *
throw_meanwhile(void *failed)
{
	atomic_bool *f = failed;

	while (!enough)
		if (!right("throws_often"))
			*f = true;
	return NULL;
}

/*
 * It throws nothing itself: libgcc's own lock may be held there. A fork meets
 * another thread within ours once in a hundred times.
 */
static void
forks_within_catch(void)
{
	static atomic_bool failed;
	pthread_t t;
	int i, status;

	REQUIRE(pthread_create(&t, NULL, throw_meanwhile, &failed) == 0);
	for (i = 0; i < 2000 && !failed; i++) {
		bool ok = right("forks_in_catch");

		if (child == 0)
			_exit(ok ? 7 : 8);
		if (!ok || waitpid(child, &status, 0) != child ||
		    !WIFEXITED(status) || WEXITSTATUS(status) != 7)
			failed = true;
	}
	enough = true;
	CHECK(pthread_join(t, NULL) == 0);
	CHECK(!failed);
}

static void
unload(void)
{
	CHECK(gort_link_free(lk) == 0);
}

static const struct test compiled[] = {
    {"the objects are linked", load},
    {"who catches finds all registers that it keeps", registers_are_kept},
    {"cleanups run in order, and may throw on", cleanups_run},
    {"cleanups may throw and catch", cleanups_may_throw},
    {"exceptions pass code of the process", callbacks_throw},
    {"12,000 throws leave nothing behind", throws_leave_nothing},
    {"panics run cleanups, catch (...) takes them", panics_clean_up},
    {"cleanups of C run, and are none where nothing throws", cleanups_of_c},
    {"faults run cleanups", faults_clean_up},
    {"the end of a thread runs cleanups", ends_of_threads_clean_up},
    {"the child of a fork destroys what was thrown", forks_within_catch},
    {"the link goes", unload},
};

int
main(void)
{
	if (!getenv("LINK_OBJECTS")) {
		printf("run by link_coff_eh.sh\n");
		return 99;
	}
	return RUN_TESTS("link_eh", compiled);
}
