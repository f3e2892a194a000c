/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The gate, where two things happen at once: what tests/gate.pml found. Every
 * case runs in a process of its own, as in test_gate.c.
 */
#include "cases.h"
#include "procstat.h"
#include "unload.h"

#include <errno.h>
#include <gort.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#define MUST(e) \
	do { \
		if (!(e)) { \
			fprintf(stderr, "%s:%d: %s [%s]\n", __FILE__, \
			    __LINE__, #e, gort_errmsg()); \
			return 1; \
		} \
	} while (0)

/* What plug_basic.c's call_back takes. */
struct callback {
	void (*fn)(void *);
	void *arg;
};

static int (*add)(int, int);
static void (*call_back)(void *);

static void *
load(const char *name)
{
	void *lib = dlopen(plugin(name), RTLD_NOW | RTLD_LOCAL), *sym;

	sym = lib ? dlsym(lib, "basic_add") : NULL;
	memcpy(&add, &sym, sizeof(sym));
	sym = lib ? dlsym(lib, "call_back") : NULL;
	memcpy(&call_back, &sym, sizeof(sym));
	return sym ? lib : NULL;
}

/* Plugins' hooks call fn from now on. */
static void
on(const char *variable, void (*fn)(void))
{
	uintptr_t p;
	char text[32];

	memcpy(&p, &fn, sizeof(p));
	snprintf(text, sizeof(text), "%" PRIxPTR, p);
	setenv(variable, text, 1);
}

static _Atomic int inside, leave, stopping, stopped, balance;

static void
await(_Atomic int *what, int n)
{
	while (atomic_load(what) < n)
		sched_yield();
}

static void
await_stopping(void)
{
	while (gort_state() != GORT_STOPPING && gort_state() != GORT_STOPPED)
		sched_yield();
}

static void
stay(void *unused)
{
	(void)unused;
	atomic_store(&inside, 1);
	await(&leave, 1);
}

static void *
caller(void *fn)
{
	struct callback cb = {.arg = NULL};

	memcpy(&cb.fn, &fn, sizeof(fn));
	call_back(&cb);
	return NULL;
}

/* A thread that calls fn from inside of an exported call. */
static int
call_from_inside(pthread_t *t, void (*fn)(void *))
{
	void *p;

	memcpy(&p, &fn, sizeof(p));
	return pthread_create(t, NULL, caller, p);
}

static void *
stopper(void *unused)
{
	(void)unused;
	atomic_fetch_add(&stopping, 1);
	if (gort_shutdown(20000) == 0)
		atomic_fetch_add(&stopped, 1);
	return NULL;
}

static int
c_two_shutdowns(void)
{
	pthread_t t[3];
	int i;

	MUST(load("basic1") && call_from_inside(&t[0], stay) == 0);
	await(&inside, 1);
	MUST(pthread_create(&t[1], NULL, stopper, NULL) == 0);
	await_stopping();
	MUST(pthread_create(&t[2], NULL, stopper, NULL) == 0);
	await(&stopping, 2);
	for (i = 0; i < 1000; i++)
		sched_yield();
	atomic_store(&leave, 1);
	for (i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	MUST(atomic_load(&stopped) == 2 && gort_state() == GORT_STOPPED);
	return 0;
}

static _Atomic int refused;

static void
call_another(void *unused)
{
	(void)unused;
	atomic_store(&inside, 1);
	await_stopping();
	if (load("slowinit") && add(2, 3) == 0 &&
	    strstr(gort_errmsg(), "STOPPING"))
		atomic_store(&refused, 1);
}

static int
c_late_module(void)
{
	pthread_t t;

	MUST(load("basic1") && call_from_inside(&t, call_another) == 0);
	await(&inside, 1);
	MUST(gort_shutdown(-1) == 0);
	pthread_join(t, NULL);
	MUST(atomic_load(&refused) == 1);
	return 0;
}

static void
one_more(void)
{
	atomic_fetch_add(&balance, 1);
}

static void
one_less(void)
{
	atomic_fetch_sub(&balance, 1);
}

static int
c_dlclose_in_shutdown(void)
{
	pthread_t t;
	void *lib;

	on("BASIC_ON_INIT", one_more);
	on("BASIC_ON_FINI", one_less);
	lib = load("basic1");
	MUST(lib && call_from_inside(&t, stay) == 0);
	await(&inside, 1);
	/* it does not begin while the init thread is at work */
	do
		MUST(gort_shutdown(0) == -GORT_ETIMEDOUT);
	while (gort_state() == GORT_READY && sched_yield() == 0);
	MUST(gort_state() == GORT_STOPPING && atomic_load(&balance) == 1);
	atomic_store(&leave, 1);
	pthread_join(t, NULL);
	MUST(dlclose(lib) == 0);
	MUST(atomic_load(&balance) == 0 || !dlclose_unmaps());
	MUST(gort_shutdown(20000) == 0 && atomic_load(&balance) == 0);
	return 0;
}

/* An init hook that gort_shutdown comes into. */
static void
init_until_stopping(void)
{
	one_more();
	atomic_store(&inside, 1);
	await_stopping();
}

static void *
opener(void *unused)
{
	(void)unused;
	return gort_open(plugin("basic1"), 0);
}

static int
c_open_in_shutdown(void)
{
	pthread_t t;

	on("BASIC_ON_INIT", init_until_stopping);
	on("BASIC_ON_FINI", one_less);
	MUST(pthread_create(&t, NULL, opener, NULL) == 0);
	await(&inside, 1);
	MUST(gort_shutdown(20000) == 0);
	/* it waited for the open, and stopped what that made */
	MUST(atomic_load(&balance) == 0);
	pthread_join(t, NULL);
	MUST(atomic_load(&balance) == 0);
	return 0;
}

/* A dlclose at each moment from before init to after it. */
static int
c_dlclose_about_init(void)
{
	int i;

	MUST(dlclose_unmaps());
	on("BASIC_ON_INIT", one_more);
	on("BASIC_ON_FINI", one_less);
	for (i = 0; i < 1500; i++) {
		void *lib = dlopen(plugin("basic1"), RTLD_NOW);
		volatile int n = (i % 300) * 20;

		while (n > 0)
			n = n - 1;
		MUST(lib && dlclose(lib) == 0);
		MUST(atomic_load(&balance) == 0);
	}
	return 0;
}

static void *
ask(void *p)
{
	struct gort_stats st;

	while (atomic_load(&leave) == 0)
		if (gort_stat(p, &st) == 0)
			atomic_store(&inside, 1);
	return NULL;
}

static void *
add_once(void *unused)
{
	static _Atomic int here;

	(void)unused;
	add(1, 2);
	atomic_fetch_add(&here, 1);
	await(&here, 32);
	return NULL;
}

static int
c_stat_in_shutdown(void)
{
	pthread_t t, u[32];
	struct gort_plugin *p = gort_open(plugin("other"), 0);
	int i;

	/* threads that have been here leave m's to be unmapped */
	MUST(p && load("basic1"));
	for (i = 0; i < 32; i++)
		MUST(pthread_create(&u[i], NULL, add_once, NULL) == 0);
	for (i = 0; i < 32; i++)
		pthread_join(u[i], NULL);
	MUST(pthread_create(&t, NULL, ask, p) == 0);
	await(&inside, 1);
	MUST(gort_shutdown(20000) == 0);
	atomic_store(&leave, 1);
	pthread_join(t, NULL);
	return 0;
}

#ifdef HAVE_FORK
static _Atomic int child_status = -1;

/* In the child: while the hook, and so init, still runs. */
static void *
call_in_child(void *unused)
{
	(void)unused;
	atomic_store(&inside, 1);
	_exit(add(2, 3) == 5 ? 0 : 1);
}

/* The init thread forks; in the child it is still the init thread. */
static void
fork_in_init(void)
{
	int i, status;
	pthread_t t;
	pid_t pid = fork();

	if (pid == 0) {
		alarm(20);
		if (pthread_create(&t, NULL, call_in_child, NULL) != 0)
			_exit(2);
		await(&inside, 1);
		for (i = 0; i < 1000; i++)
			sched_yield();
		return;
	}
	if (pid > 0 && waitpid(pid, &status, 0) == pid)
		atomic_store(
		    &child_status, WIFEXITED(status) ? WEXITSTATUS(status) : 3);
}

static int
c_fork_in_init(void)
{
	if (emulated("forks in a process with threads") ||
	    under_tsan("threads in the child of a fork"))
		return 0;
	/* known to the child's thread before its init begins */
	MUST(gort_wait_ready(10000) == 0);
	on("BASIC_ON_INIT", fork_in_init);
	MUST(load("basic1"));
	MUST(add(2, 3) == 5);
	MUST(atomic_load(&child_status) == 0);
	return 0;
}
#endif

static const struct own_process cases[] = {
    {"two-shutdowns", c_two_shutdowns},
    {"late-module", c_late_module},
    {"dlclose-in-shutdown", c_dlclose_in_shutdown},
    {"open-in-shutdown", c_open_in_shutdown},
    {"dlclose-about-init", c_dlclose_about_init},
    {"stat-in-shutdown", c_stat_in_shutdown},
#ifdef HAVE_FORK
    {"fork-in-init", c_fork_in_init},
#endif
};

OWN_PROCESS(t_two_shutdowns, "two-shutdowns")
OWN_PROCESS(t_late_module, "late-module")
OWN_PROCESS(t_dlclose_in_shutdown, "dlclose-in-shutdown")
OWN_PROCESS(t_open_in_shutdown, "open-in-shutdown")
OWN_PROCESS(t_stat_in_shutdown, "stat-in-shutdown")
#ifdef HAVE_FORK
OWN_PROCESS(t_fork_in_init, "fork-in-init")
#endif

static void
t_dlclose_about_init(void)
{
	if (dlclose_unmaps())
		CHECK(run_self(self, "dlclose-about-init") == 0);
}

static const struct test tests[] = {
    {"two threads may shut down at once", t_two_shutdowns},
    {"a call inside does not wait for an init that will not come",
	t_late_module},
    {"a dlclose while the runtime stops runs fini", t_dlclose_in_shutdown},
    {"shutdown waits for an open and stops its module", t_open_in_shutdown},
    {"a dlclose at any moment of init runs fini for it", t_dlclose_about_init},
    {"statistics may be asked for during shutdown", t_stat_in_shutdown},
#ifdef HAVE_FORK
    {"the child of an init hook serves its other threads", t_fork_in_init},
#endif
};

int
main(int argc, char **argv)
{
	return RUN_CASES("races", tests, cases, argc, argv);
}
