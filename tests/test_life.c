/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Modules that live by others: brought by a plugin that is linked with them,
 * left by a thread that ends in their hooks, copied by a fork. Every case runs
 * in a process of its own, as in test_gate.c.
 */
#include "cases.h"
#include "unload.h"

#include <gort.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <errno.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#ifdef __linux__
#include <sys/syscall.h>
#include <time.h>
#endif

#define MUST(e) \
	do { \
		if (!(e)) { \
			fprintf(stderr, "%s:%d: %s [%s]\n", __FILE__, \
			    __LINE__, #e, gort_errmsg()); \
			return 1; \
		} \
	} while (0)

/* Plugins' hooks call fn from now on. */
static void
on(const char *variable, void (*fn)(int (*)(int)))
{
	uintptr_t p;
	char text[32];

	memcpy(&p, &fn, sizeof(p));
	snprintf(text, sizeof(text), "%" PRIxPTR, p);
	setenv(variable, text, 1);
}

static void
await(_Atomic int *what, int n)
{
	while (atomic_load(what) < n)
		sched_yield();
}

/* ---- libraries that are modules -------------------------------------------- */

static void *
dep(void)
{
	void *lib = dlopen(plugin("libdep"), RTLD_NOW | RTLD_NOLOAD);

	if (lib)
		dlclose(lib);
	return lib;
}

static int
dep_int(const char *name)
{
	void *at = dep() ? dlsym(dep(), name) : NULL;

	return at ? *(int *)at : -1;
}

/* What the plugin makes of 20: 41. */
static int
use(struct gort_plugin *p)
{
	int (*fn)(int);
	void *sym = p ? gort_sym(p, "use_dep") : NULL;

	memcpy(&fn, &sym, sizeof(fn));
	return fn ? fn(20) : -1;
}

static _Atomic int finis;

static void
count_fini(int (*unused)(int))
{
	(void)unused;
	atomic_fetch_add(&finis, 1);
}

static int
c_needed(void)
{
	struct gort_plugin *p, *q;
	int round;

	on("DEP_ON_FINI", count_fini);
	for (round = 1; round < 4; round++) {
		p = gort_open(plugin("user1"), 0);
		MUST(p && use(p) == 41 && dep_int("dep_inits") == 1);
		q = gort_open(plugin("user2"), 0);
		MUST(q && use(q) == 41 && dep_int("dep_inits") == 1);
		MUST(gort_reload(p, NULL, 5000) == 0 && use(p) == 41);
		MUST(gort_close(p, 5000) == 0);
		MUST(use(q) == 41 && atomic_load(&finis) < round);
		MUST(gort_close(q, 5000) == 0);
		if (!dlclose_unmaps())
			break;
		MUST(dep() == NULL && atomic_load(&finis) == round);
	}
	MUST(gort_shutdown(5000) == 0);
	return 0;
}

/* By the linker itself: no $ORIGIN leads there. */
static int
c_found(void)
{
	struct gort_plugin *p = gort_open(plugin("user3"), 0);

	MUST(p && use(p) == 41 && dep_int("dep_inits") == 1);
	MUST(gort_close(p, 5000) == 0);
	MUST(!dlclose_unmaps() || dep() == NULL);
	return 0;
}

static int
c_loaded_before(void)
{
	void *lib = dlopen(plugin("libdep"), RTLD_NOW | RTLD_LOCAL);
	struct gort_plugin *p;

	/* its init may still be at work: that is waited for */
	MUST(lib != NULL);
	p = gort_open(plugin("user1"), 0);
	MUST(p && use(p) == 41 && dep_int("dep_inits") == 1);
	MUST(gort_close(p, 5000) == 0);
	MUST(dep() != NULL && dlclose(lib) == 0);
	return 0;
}

static int
c_fails(void)
{
	struct gort_plugin *p;

	setenv("DEP_FAILS", "1", 1);
	MUST(gort_open(plugin("user2"), 0) == NULL);
	MUST(strstr(gort_errmsg(), "user2"));
	MUST(strstr(gort_errmsg(), "module dep 1.0 returned 7"));
	if (!dlclose_unmaps())
		return 0;
	MUST(dep() == NULL);
	unsetenv("DEP_FAILS");
	p = gort_open(plugin("user2"), 0);
	MUST(p && use(p) == 41 && gort_close(p, 5000) == 0);
	return 0;
}

static int
c_early(void)
{
	struct gort_plugin *p;

	setenv("DEP_EARLY", "1", 1);
	p = gort_open(plugin("user1"), 0);
	MUST(p && use(p) == 41 && dep_int("dep_early") == 8);
	return 0;
}

static int
c_absent(void)
{
	MUST(gort_open(plugin("user4"), 0) == NULL);
	MUST(strstr(gort_errmsg(), "needs module absent, which is not ready"));
	MUST(!dlclose_unmaps() || dep() == NULL);
	return 0;
}

static int
c_same_name(void)
{
	MUST(gort_open(plugin("user5"), 0) == NULL);
	MUST(strstr(gort_errmsg(), "needs holds a module dep, too"));
	MUST(!dlclose_unmaps() || dep() == NULL);
	return 0;
}

static int
refuse(void)
{
	return 3;
}

/* What a library would do that stays in the process when it is closed. */
static void
bring_two(int (*unused)(int))
{
	static struct gort_moduledata md[2];
	int i;

	(void)unused;
	for (i = 0; i < 2; i++) {
		md[i].magic = GORT_MAGIC;
		md[i].size = sizeof(md[i]);
		md[i].abi_min = GORT_MODULE_ABI_MIN;
		md[i].abi_max = GORT_MODULE_ABI_MAX;
		md[i].name = i ? "second" : "first";
		md[i].version = "1.0";
		md[i].init = refuse;
		gort__addmoduledata(&md[i]);
	}
}

static int
c_stays_failed(void)
{
	struct gort_plugin *p;

	on("USER_ON_LOAD", bring_two);
	MUST(gort_open(plugin("user2"), 0) == NULL);
	MUST(strstr(gort_errmsg(), "module first 1.0 returned 3"));
	unsetenv("USER_ON_LOAD");
	p = gort_open(plugin("other"), 0);
	MUST(p && gort_close(p, 5000) == 0);
	return 0;
}

/* ---- threads that end in hooks ------------------------------------------------ */

static int (*add)(int, int);

static bool
load(const char *name)
{
	void *lib = dlopen(plugin(name), RTLD_NOW | RTLD_LOCAL), *sym;

	sym = lib ? dlsym(lib, "basic_add") : NULL;
	memcpy(&add, &sym, sizeof(sym));
	return sym != NULL;
}

static _Atomic int calling;
static int (*export)(int);
static pthread_t waiter;

/* Calls a module whose init is at work; is it told why that will not end? */
static void *
wait_inside(void *told)
{
	atomic_store(&calling, 1);
	*(bool *)told =
	    export(1) == 0 && strstr(gort_errmsg(), "initialised it has ended");
	return NULL;
}

static bool was_told;

static void
end_thread(int (*fn)(int))
{
	export = fn;
	if (fn && pthread_create(&waiter, NULL, wait_inside, &was_told) == 0)
		await(&calling, 1);
	pthread_exit(NULL);
}

static void
cancel_thread(int (*fn)(int))
{
	(void)fn;
	pthread_cancel(pthread_self());
	pthread_testcancel();
}

/*
 * AddressSanitizer is not told of frames that a thread has ended in, and what
 * gort_open had allocated by then is left.
 */
static bool
no_thread_ends(void)
{
#if defined(HAVE_SANITIZERS) && !defined(HAVE_TSAN)
	printf("    SKIP: AddressSanitizer takes the ended thread's frames for "
	       "live ones\n");
	return true;
#else
	return false;
#endif
}

static void *
open_it(void *name)
{
	return gort_open(plugin(name), 0);
}

static int
run(void *(*fn)(void *), void *arg)
{
	pthread_t t;

	return pthread_create(&t, NULL, fn, arg) || pthread_join(t, NULL);
}

static char user1[] = "user1", basic1[] = "basic1";

static int
c_exit_in_open(void)
{
	struct gort_plugin *p;

	if (no_thread_ends())
		return 0;
	on("USER_ON_INIT", end_thread);
	MUST(run(open_it, user1) == 0);
	MUST(pthread_join(waiter, NULL) == 0 && was_told);
	unsetenv("USER_ON_INIT");
	/* the lock of opening is free, and so is the name */
	p = gort_open(plugin("user1"), 0);
	MUST(p && use(p) == 41 && gort_close(p, 5000) == 0);
	MUST(gort_shutdown(-1) == 0);
	return 0;
}

static int
c_cancel_in_open(void)
{
	struct gort_plugin *p;

	if (no_thread_ends())
		return 0;
	on("BASIC_ON_INIT", cancel_thread);
	MUST(run(open_it, basic1) == 0);
	unsetenv("BASIC_ON_INIT");
	p = gort_open(plugin("basic1"), 0);
	MUST(p && gort_close(p, 5000) == 0);
	MUST(gort_shutdown(-1) == 0);
	return 0;
}

static void *
reload_it(void *p)
{
	gort_reload(p, NULL, 5000);
	return NULL;
}

static int
c_exit_in_reload(void)
{
	struct gort_plugin *p = gort_open(plugin("basic1"), 0);
	struct gort_stats st;
	int n = 0;

	if (no_thread_ends())
		return 0;
	MUST(p != NULL);
	on("BASIC_ON_INIT", cancel_thread);
	MUST(run(reload_it, p) == 0);
	unsetenv("BASIC_ON_INIT");
	MUST(gort_call(gort_sym(p, "number"), &n, NULL) == 0 && n == 1);
	MUST(gort_reload(p, NULL, 5000) == 0);
	MUST(gort_stat(p, &st) == 0 && st.generation == 2);
	MUST(gort_close(p, 5000) == 0 && gort_shutdown(-1) == 0);
	return 0;
}

static void
end_init_thread(int (*unused)(int))
{
	(void)unused;
	pthread_exit(NULL);
}

static int
c_exit_in_init_thread(void)
{
	MUST(gort_wait_ready(10000) == 0);
	on("BASIC_ON_INIT", end_init_thread);
	MUST(load("basic1") && add(2, 3) == 0);
	MUST(strstr(gort_errmsg(), "initialised it has ended"));
	unsetenv("BASIC_ON_INIT");
	MUST(load("other") && add(2, 3) == 5);
	MUST(gort_shutdown(-1) == 0);
	return 0;
}

static int
cold_child(void)
{
	MUST(gort_state() == GORT_COLD);
	on("BASIC_ON_INIT", end_init_thread);
	MUST(load("basic1") && add(2, 3) == 0);
	MUST(strstr(gort_errmsg(), "initialised it has ended"));
	MUST(gort_wait_ready(10000) == 0 && gort_shutdown(-1) == 0);
	return 0;
}

/* ---- threads that come too late --------------------------------------------- */

static void
nothing(void *unused)
{
	(void)unused;
}

static int
says_stopped(void)
{
	struct gort_error err = {0};

	MUST(gort_try(nothing, NULL, &err) == -GORT_ESTOPPED);
	MUST(err.code == GORT_ESTOPPED && strstr(err.message, "STOPPED"));
	MUST(strstr(gort_errmsg(), "STOPPED"));
	MUST(gort_open(plugin("other"), 0) == NULL);
	MUST(strstr(gort_errmsg(), "STOPPED"));
	MUST(gort_reap(NULL) == -GORT_EINVAL);
	return 0;
}

static void *
ask_when_stopped(void *bad)
{
	*(int *)bad = says_stopped();
	return NULL;
}

static int
c_bound_too_late(void)
{
	int bad = 1;

	MUST(gort_wait_ready(10000) == 0 && gort_shutdown(-1) == 0);
	MUST(run(ask_when_stopped, &bad) == 0 && bad == 0);
	return 0;
}

/* ---- beside operations --------------------------------------------------------- */

/* A sanitizer's allocator has locks that fork copies as they are. */
static bool
no_forks(void)
{
#ifdef HAVE_SANITIZERS
	printf("    SKIP: a sanitizer's locks do not survive fork\n");
	return true;
#else
	return emulated("forks in a process with threads");
#endif
}

/* The children that fn does not end well in, of n; each within 20 s. */
static int
bad_children(int n, int (*fn)(void))
{
	int bad = 0, status;

	while (n-- > 0) {
		pid_t pid = fork();

		if (pid == 0) {
			alarm(20);
			_exit(fn());
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
			fprintf(stderr, "child: status %#x\n", status);
			bad++;
		}
	}
	return bad;
}

static int
c_exit_in_starting(void)
{
	if (no_forks())
		return 0;
	MUST(gort_wait_ready(10000) == 0);
	MUST(bad_children(1, cold_child) == 0);
	return 0;
}

static struct gort_plugin *steady; /* replaced all the time */
static _Atomic int stop, rounds;
static int most = INT_MAX; /* loads by a thread */

static void *
open_and_close(void *unused)
{
	int i;

	(void)unused;
	for (i = 0; i < most && !atomic_load(&stop); i++) {
		struct gort_plugin *p = gort_open(plugin("other"), 0);

		if (p && gort_close(p, 5000) == 0)
			atomic_fetch_add(&rounds, 1);
	}
	return NULL;
}

static void *
reload_all_the_time(void *unused)
{
	int i;

	(void)unused;
	for (i = 0; i < most && !atomic_load(&stop); i++)
		if (gort_reload(steady, NULL, 5000) == 0)
			atomic_fetch_add(&rounds, 1);
	return NULL;
}

static void *
ask_all_the_time(void *unused)
{
	struct gort_stats st;

	(void)unused;
	while (!atomic_load(&stop))
		if (gort_stat(steady, &st) == 0 && gort_catch_faults(1) == 0 &&
		    gort_sym(steady, "count") && gort_catch_faults(0) == 0)
			atomic_fetch_add(&rounds, 1);
	return NULL;
}

static int
operate_in_child(void)
{
	struct gort_plugin *p = gort_open(plugin("user1"), 0);
	struct gort_stats st;
	int n = 0;

	MUST(p && use(p) == 41 && gort_close(p, 5000) == 0);
	MUST(!dlclose_unmaps() || dep() == NULL);
	MUST(gort_catch_faults(1) == 0);
	/* the parent's: whichever version it was at */
	MUST(gort_call(gort_sym(steady, "number"), &n, NULL) == 0 && n == 1);
	MUST(gort_reload(steady, NULL, 5000) == 0);
	MUST(gort_stat(steady, &st) == 0);
	MUST(gort_close(steady, 5000) == 0);
	return 0;
}

static void *
stat_all_the_time(void *unused)
{
	struct gort_stats st;

	(void)unused;
	while (!atomic_load(&stop))
		if (gort_stat(steady, &st) == 0 && st.lingering < 2)
			atomic_fetch_add(&rounds, 1);
	return NULL;
}

static int
c_stat(void)
{
	pthread_t t[4];
	int i;

	steady = gort_open(plugin("basic1"), 0);
	MUST(steady != NULL);
	for (i = 0; i < 4; i++)
		MUST(pthread_create(&t[i], NULL, stat_all_the_time, NULL) == 0);
	for (i = 0; i < 600; i++)
		MUST(gort_reload(steady, NULL, 5000) == 0);
	atomic_store(&stop, 1);
	for (i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	return 0;
}

static int
c_fork(void)
{
	static void *(*const fn[])(void *) = {
	    open_and_close, reload_all_the_time, ask_all_the_time};
	pthread_t t[3];
	int i;

	if (no_forks())
		return 0;
	/* where nothing is unmapped, no more than there is room for */
	if (!dlclose_unmaps())
		most = 50;
	steady = gort_open(plugin("basic1"), 0);
	MUST(steady != NULL);
	for (i = 0; i < 3; i++)
		MUST(pthread_create(&t[i], NULL, fn[i], NULL) == 0);
	await(&rounds, 3);
	MUST(bad_children(200, operate_in_child) == 0);
	atomic_store(&stop, 1);
	for (i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	return 0;
}

static _Atomic int in_hook, may_leave;

static void
stay(int (*unused)(int))
{
	(void)unused;
	atomic_store(&in_hook, 1);
	await(&may_leave, 1);
}

static int
open_another(void)
{
	struct gort_plugin *p = gort_open(plugin("other"), 0);

	MUST(p && gort_close(p, 5000) == 0);
	return 0;
}

/* A hook at work does not hold a fork up, and its locks are free there. */
static int
c_fork_in_hook(void)
{
	pthread_t t;

	if (no_forks())
		return 0;
	on("USER_ON_INIT", stay);
	MUST(pthread_create(&t, NULL, open_it, user1) == 0);
	await(&in_hook, 1);
	MUST(bad_children(4, open_another) == 0);
	atomic_store(&may_leave, 1);
	pthread_join(t, NULL);
	return 0;
}

#if defined(__linux__) && !defined(HAVE_SANITIZERS)
/*
 * Ours comes before libc's: when gort_shutdown() unmaps the first m, another
 * thread forks, if it can; it has a while for that.
 */
static _Atomic bool unmapping;
static sem_t may_fork, has_forked;

int
munmap(void *p, size_t n)
{
	struct timespec until;
	int rc = (int)syscall(SYS_munmap, p, n);

	if (n > 256 << 10 && atomic_exchange(&unmapping, false)) {
		sem_post(&may_fork);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec++;
		while (
		    sem_timedwait(&has_forked, &until) != 0 && errno == EINTR)
			;
	}
	return rc;
}

static int
is_stopped(void)
{
	return gort_wait_ready(0) != -GORT_ESTOPPED;
}

static void *
fork_then(void *bad)
{
	sem_wait(&may_fork);
	*(int *)bad = bad_children(1, is_stopped);
	sem_post(&has_forked);
	return NULL;
}

static pthread_barrier_t all_bound;

static void *
bind_and_end(void *unused)
{
	gort_try(nothing, NULL, NULL);
	pthread_barrier_wait(&all_bound);
	return unused;
}

static int
c_fork_in_shutdown(void)
{
	pthread_t t[8], forker;
	int i, bad = 1;

	if (no_forks())
		return 0;
	sem_init(&may_fork, 0, 0);
	sem_init(&has_forked, 0, 0);
	pthread_barrier_init(&all_bound, NULL, 8);
	for (i = 0; i < 8; i++)
		MUST(pthread_create(&t[i], NULL, bind_and_end, NULL) == 0);
	for (i = 0; i < 8; i++)
		pthread_join(t[i], NULL);
	MUST(pthread_create(&forker, NULL, fork_then, &bad) == 0);
	atomic_store(&unmapping, true);
	MUST(gort_shutdown(-1) == 0);
	MUST(!atomic_load(&unmapping));
	pthread_join(forker, NULL);
	MUST(bad == 0);
	return 0;
}
#else
static int
c_fork_in_shutdown(void)
{
	printf("    SKIP: munmap is not ours\n");
	return 0;
}
#endif

static const struct own_process cases[] = {
    {"needed", c_needed},
    {"found", c_found},
    {"loaded-before", c_loaded_before},
    {"fails", c_fails},
    {"early", c_early},
    {"absent", c_absent},
    {"same-name", c_same_name},
    {"stays-failed", c_stays_failed},
    {"exit-in-open", c_exit_in_open},
    {"cancel-in-open", c_cancel_in_open},
    {"exit-in-reload", c_exit_in_reload},
    {"exit-in-init-thread", c_exit_in_init_thread},
    {"exit-in-starting", c_exit_in_starting},
    {"bound-too-late", c_bound_too_late},
    {"stat", c_stat},
    {"fork", c_fork},
    {"fork-in-hook", c_fork_in_hook},
    {"fork-in-shutdown", c_fork_in_shutdown},
};

OWN_PROCESS(t_needed, "needed")
OWN_PROCESS(t_found, "found")
OWN_PROCESS(t_loaded_before, "loaded-before")
OWN_PROCESS(t_fails, "fails")
OWN_PROCESS(t_early, "early")
OWN_PROCESS(t_absent, "absent")
OWN_PROCESS(t_same_name, "same-name")
OWN_PROCESS(t_stays_failed, "stays-failed")
OWN_PROCESS(t_exit_in_open, "exit-in-open")
OWN_PROCESS(t_cancel_in_open, "cancel-in-open")
OWN_PROCESS(t_exit_in_reload, "exit-in-reload")
OWN_PROCESS(t_exit_in_init_thread, "exit-in-init-thread")
OWN_PROCESS(t_exit_in_starting, "exit-in-starting")
OWN_PROCESS(t_bound_too_late, "bound-too-late")
OWN_PROCESS(t_stat, "stat")
OWN_PROCESS(t_fork, "fork")
OWN_PROCESS(t_fork_in_hook, "fork-in-hook")
OWN_PROCESS(t_fork_in_shutdown, "fork-in-shutdown")

static const struct test tests[] = {
    {"a library that is a module is READY before the plugin's init, and goes "
     "with its last user",
	t_needed},
    {"so is one that only the linker finds", t_found},
    {"a library that a plugin needs may have been loaded before",
	t_loaded_before},
    {"a library whose init fails fails the open that brought it", t_fails},
    {"a library's constructor may call its own exports", t_early},
    {"a need that no library brings is refused before init", t_absent},
    {"a library and a plugin of one module name are refused", t_same_name},
    {"a library that failed and stays fails no later open", t_stays_failed},
    {"a thread that ends in init has failed the module, and gort_open goes on",
	t_exit_in_open},
    {"a thread that is cancelled in init likewise", t_cancel_in_open},
    {"after a reload whose thread ended the old version serves",
	t_exit_in_reload},
    {"another thread goes on where the init thread ended",
	t_exit_in_init_thread},
    {"the runtime gets READY where the init thread ended", t_exit_in_starting},
    {"a thread that first asks after gort_shutdown is told of that",
	t_bound_too_late},
    {"statistics may be asked for while versions are unloaded", t_stat},
    {"200 children of a process that opens, replaces and closes do so, too",
	t_fork},
    {"a hook at work elsewhere keeps no lock in a child", t_fork_in_hook},
    {"a child of a process in gort_shutdown is whole", t_fork_in_shutdown},
};

int
main(int argc, char **argv)
{
	return RUN_CASES("life", tests, cases, argc, argv);
}
