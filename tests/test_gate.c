/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The gate: each state, and what waits or is refused in it. Every case runs
 * in a process of its own, by fork and exec of this program with the case's
 * name; the host dlopens its plugins itself, as one that knows little of gort.
 */
#include "cases.h"
#include "procstat.h"
#include "unload.h"

#include <errno.h>
#include <gort.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#ifdef HAVE_FORK
/* Ours comes before libc's: the init thread can be made to fail. */
int
pthread_create(
    pthread_t *t, const pthread_attr_t *attr, void *(*fn)(void *), void *arg)
{
	static int (*real)(
	    pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
	void *p;

	if (getenv("NO_THREADS"))
		return EAGAIN;
	if (!real) {
		p = dlsym(RTLD_NEXT, "pthread_create");
		memcpy(&real, &p, sizeof(p));
	}
	return real(t, attr, fn, arg);
}

/*
 * So do these: a thread that closes a plugin sleeps, and a thread whose panic
 * has left it wakes that one, after which the plugin may be unmapped.
 */
static _Thread_local bool closes, leaves;
static _Atomic bool is_drained;
static bool woke, met;

/*
 * Looked up before libgort's constructor: it calls these with its lock held,
 * which a constructor under the dynamic linker's may be waiting for.
 */
static void *_Atomic real_timedwait, *_Atomic real_broadcast;

static void
look_up(void)
{
	atomic_store(
	    &real_timedwait, dlsym(RTLD_NEXT, "pthread_cond_timedwait"));
	atomic_store(
	    &real_broadcast, dlsym(RTLD_NEXT, "pthread_cond_broadcast"));
}

__attribute__((section(".preinit_array"), used)) static void (*const early)(
    void) = look_up;

/* musl runs no .preinit_array. */
static void *
real_of(void *_Atomic *fn)
{
	if (!atomic_load(fn))
		look_up();
	return atomic_load(fn);
}

int
pthread_cond_timedwait(
    pthread_cond_t *c, pthread_mutex_t *m, const struct timespec *until)
{
	int (*real)(
	    pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
	void *p = real_of(&real_timedwait);

	memcpy(&real, &p, sizeof(p));
	if (closes)
		atomic_store(&is_drained, true);
	return real(c, m, until);
}

static void
look_at_stack(void)
{
	char text[256];
	void *pcs[64];
	size_t n;

	for (n = gort_backtrace(pcs, 64); n-- > 0;) {
		gort_describe_pc(pcs[n], text, sizeof(text));
		met |= strstr(text, "(basic 1.0") != NULL;
	}
	woke = true;
}

int
pthread_cond_broadcast(pthread_cond_t *c)
{
	int (*real)(pthread_cond_t *);
	void *p = real_of(&real_broadcast);

	memcpy(&real, &p, sizeof(p));
	if (leaves)
		look_at_stack();
	return real(c);
}
#endif

#define MUST(e) \
	do { \
		if (!(e)) { \
			fprintf(stderr, "%s:%d: %s [%s]\n", __FILE__, \
			    __LINE__, #e, gort_errmsg()); \
			return 1; \
		} \
	} while (0)

static int (*add)(int, int);

static bool
load(const char *name)
{
	void *lib = dlopen(plugin(name), RTLD_NOW | RTLD_LOCAL), *sym;

	sym = lib ? dlsym(lib, "basic_add") : NULL;
	memcpy(&add, &sym, sizeof(sym));
	if (!sym)
		fprintf(stderr, "%s\n", dlerror());
	return sym != NULL;
}

static int
c_ready(void)
{
	MUST(gort_wait_ready(10000) == 0);
	MUST(gort_state() == GORT_READY);
	MUST(strcmp(gort_state_name(GORT_READY), "READY") == 0);
	return 0;
}

#define FULL 4096 /* docs/DESIGN.md, Limits */

static int
c_full(void)
{
	static struct gort_moduledata md[FULL];
	struct gort_plugin *p;
	int i;

	MUST(gort_wait_ready(10000) == 0);
	for (i = 0; i < FULL; i++) {
		md[i].magic = GORT_MAGIC;
		md[i].size = sizeof(md[i]);
		md[i].abi_min = GORT_MODULE_ABI_MIN;
		md[i].abi_max = GORT_MODULE_ABI_MAX;
		md[i].name = "many";
		md[i].version = "1";
		gort__addmoduledata(&md[i]);
		MUST(md[i].image != NULL);
	}
	MUST(load("basic1") && add(2, 3) == 0);
	MUST(strstr(gort_errmsg(), "there were 4096 module versions"));
	MUST(gort_open(plugin("other"), 0) == NULL);
	MUST(strstr(gort_errmsg(), "there were 4096 module versions"));
	gort__removemoduledata(&md[0]);
	p = gort_open(plugin("other"), 0);
	MUST(p && gort_close(p, 5000) == 0);
	return 0;
}

#ifdef HAVE_FORK
static void *
close_it(void *p)
{
	closes = true;
	return gort_close(p, -1) == 0 ? NULL : p;
}

static pthread_t closer;

static void
panic_when_drained(void *p)
{
	if (pthread_create(&closer, NULL, close_it, p) != 0)
		return;
	while (!atomic_load(&is_drained))
		sched_yield();
	leaves = true;
	gort_panic("left");
}

/* A profiler's handler may look at the stack at any moment. */
static int
c_land_first(void)
{
	struct gort_plugin *p = gort_open(plugin("basic1"), 0);
	struct {
		void (*fn)(void *);
		void *arg;
	} callback = {panic_when_drained, p};
	void *sym, *bad = p;
	int rc;

	MUST(p && (sym = gort_sym(p, "call_back")) != NULL);
	rc = gort_call(sym, &callback, NULL);
	leaves = false;
	MUST(rc == -GORT_EPANIC && woke && !met);
	MUST(pthread_join(closer, &bad) == 0 && bad == NULL);
	return 0;
}
#endif

static int
c_slow_init(void)
{
	MUST(load("slowinit"));
	MUST(add(2, 3) == 5); /* waited for the 100 ms, and once only */
	MUST(*(int *)dlsym(dlopen(plugin("slowinit"), RTLD_NOW), "inits") == 1);
	return 0;
}

static int
c_failed_init(void)
{
	MUST(load("failinit"));
	MUST(add(2, 3) == 0);
	MUST(strstr(gort_errmsg(), "returned 7"));
	MUST(gort_state() == GORT_READY); /* the runtime itself is well */
	return 0;
}

static int
c_panic_in_init(void)
{
	MUST(load("panicinit"));
	MUST(add(2, 3) == 0);
	MUST(strstr(gort_errmsg(), "no licence"));
	return 0;
}

static void
call_add(void *result)
{
	*(int *)result = add(2, 3);
}

static int
c_refused_below_boundary(void)
{
	struct gort_error err;
	int result = -1;

	MUST(load("failinit"));
	MUST(gort_try(call_add, &result, &err) == -GORT_EINIT);
	MUST(result == -1 && strstr(err.message, "returned 7"));
	return 0;
}

#ifdef HAVE_FORK
/* With NO_THREADS in the environment. */
static int
c_no_thread(void)
{
	struct gort_error err;
	int result = -1;

	MUST(gort_state() == GORT_FAILED);
	MUST(gort_wait_ready(1000) == -GORT_EFAILED);
	MUST(strstr(gort_errmsg(), "cannot create the runtime-init thread"));
	MUST(strstr(gort_errmsg(), strerror(EAGAIN)));
	MUST(load("basic1"));
	MUST(add(2, 3) == 0);
	MUST(gort_try(call_add, &result, &err) == -GORT_EFAILED);
	MUST(result == -1);
	MUST(gort_open(plugin("other"), 0) == NULL);
	MUST(gort_shutdown(1000) == 0);
	MUST(gort_state() == GORT_STOPPED);
	return 0;
}
#endif

#ifdef HAVE_FORK
static int
c_no_init(void)
{
	MUST(gort_wait_ready(10000) == 0);
	procstat_alone(); /* the init thread has left */
	MUST(setenv("NO_THREADS", "1", 1) == 0);
	MUST(load("noinit"));
	MUST(add(2, 3) == 5);
	MUST(load("basic1")); /* has an init hook: nobody can run it */
	MUST(add(2, 3) == 0);
	MUST(strstr(gort_errmsg(), strerror(EAGAIN)));
	return 0;
}
#endif

static _Atomic int arrived, good;

static void *
racer(void *arg)
{
	atomic_fetch_add(&arrived, 1);
	while (atomic_load(&arrived) < 64)
		sched_yield();
	if (add(40, 2) == 42)
		atomic_fetch_add(&good, 1);
	return arg;
}

static int
race(void)
{
	pthread_t t[64];
	int i;

	for (i = 0; i < 64; i++)
		MUST(pthread_create(&t[i], NULL, racer, NULL) == 0);
	for (i = 0; i < 64; i++)
		pthread_join(t[i], NULL);
	MUST(atomic_load(&good) == 64);
	return 0;
}

static int
c_race_first_call(void)
{
	MUST(load("slowinit"));
	return race();
}

#ifdef HAVE_FORK
/* Runs fn in a child; its result. */
static int
in_child(int (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(fn());
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return 1;
	return WEXITSTATUS(status);
}

static int
cold_child(void)
{
	MUST(gort_state() == GORT_COLD);
	MUST(race() == 0);
	MUST(gort_state() == GORT_READY);
	/* the module was initialised before the fork, not again */
	MUST(*(int *)dlsym(dlopen(plugin("basic1"), RTLD_NOW), "inits") == 1);
	return 0;
}

static int
c_fork(void)
{
	int i;

	if (under_tsan("threads in the child of a fork"))
		return 0;
	MUST(load("basic1"));
	MUST(add(1, 2) == 3);
	/* qemu 7.2 trips over threads in a child whose parent had another */
	if (emulated("forks while the init thread lingers"))
		procstat_alone();
	for (i = 0; i < 8; i++)
		MUST(in_child(cold_child) == 0);
	MUST(add(1, 2) == 3);
	return 0;
}
#endif

static int
c_shutdown(void)
{
	MUST(load("basic1"));
	MUST(add(1, 2) == 3);
	MUST(gort_shutdown(1000) == 0);
	MUST(gort_state() == GORT_STOPPED);
	MUST(add(1, 2) == 0);
	MUST(gort_wait_ready(0) == -GORT_ESTOPPED);
	MUST(gort_shutdown(1000) == 0);
	return 0;
}

static void
shutdown_inside(void *result)
{
	*(int *)result = gort_shutdown(1000);
}

static int
c_shutdown_inside(void)
{
	int rc = 0;

	MUST(gort_try(shutdown_inside, &rc, NULL) == 0);
	MUST(rc == -GORT_EDEADLK);
	MUST(gort_state() == GORT_READY);
	return 0;
}

static int
c_from_constructor(void)
{
	void *lib = dlopen(plugin("ctor"), RTLD_NOW);

	MUST(lib != NULL);
#ifdef _WIN32
	/* no waiting under the loader lock: by chance init had run */
	if (*(int *)dlsym(lib, "from_ctor") == 0) {
		MUST(strstr(gort_errmsg(), "under the loader lock"));
		return 0;
	}
#endif
	MUST(*(int *)dlsym(lib, "from_ctor") == 5);
	return 0;
}

static int
c_from_constructor_of_open(void)
{
	struct gort_plugin *p = gort_open(plugin("ctor"), 0);
	int (*value)(void);

	MUST(p != NULL);
	value = (int (*)(void))gort_sym(p, "value");
	MUST(value() == 5);
	MUST(gort_close(p, 1000) == 0);
	return 0;
}

static int
c_no_module(void)
{
	void *lib = dlopen(plugin("nomodule"), RTLD_NOW);
	int (*lonely)(void) = (int (*)(void))dlsym(lib, "lonely");

	MUST(lonely() == 0);
	MUST(strstr(gort_errmsg(), "GORT_MODULE"));
	return 0;
}

static int
c_bad_abi(void)
{
	MUST(load("badabi"));
	MUST(add(1, 2) == 0);
	MUST(strstr(gort_errmsg(), "accepts ABI 98 to 99"));
	return 0;
}

static int
c_dlclose(void)
{
	int i;

	for (i = 0; i < 50; i++) {
		void *lib = dlopen(plugin("basic1"), RTLD_NOW), *sym;

		MUST(lib && (sym = dlsym(lib, "basic_add")));
		memcpy(&add, &sym, sizeof(sym));
		MUST(add(i, 1) == i + 1);
		MUST(dlclose(lib) == 0);
		MUST(!dlclose_unmaps() ||
		     dlopen(plugin("basic1"), RTLD_NOW | RTLD_NOLOAD) == NULL);
	}
	return 0;
}

/* Until init of a module that nobody calls has begun, or for 20 s. */
static bool
init_begins(void *lib)
{
	volatile int *inits = (int *)dlsym(lib, "inits");
	time_t until = time(NULL) + 20;

	while (inits && *inits == 0 && time(NULL) < until)
		sched_yield();
	return inits && *inits != 0;
}

/* The plugin whose init takes 100 ms, now in it. */
static void *
load_in_init(void)
{
	void *lib = dlopen(plugin("slowinit"), RTLD_NOW);

	return lib && init_begins(lib) ? lib : NULL;
}

static int
c_dlclose_in_init(void)
{
	void *lib = load_in_init();
	FILE *f;

	MUST(lib && dlclose(lib) == 0);
	f = fopen(getenv("BASIC_FINI"), "r");
	/* fini has removed it; musl's dlclose leaves that to the exit */
	MUST(!f || !dlclose_unmaps());
	MUST(load("slowinit"));
	MUST(add(2, 3) == 5);
	return 0;
}

static int
c_dlclose_at_once(void)
{
	int i;

	for (i = 0; i < 500; i++) {
		void *lib = dlopen(plugin("basic1"), RTLD_NOW);

		MUST(lib && dlclose(lib) == 0);
	}
	return 0;
}

static int
c_exit_in_init(void)
{
	MUST(load_in_init());
	return 0;
}

/*
 * The init thread waits 2 ms for more modules, then leaves. They come in steps
 * of 2 us around that moment, and nobody calls them: init runs by itself.
 */
static int
c_init_as_thread_leaves(void)
{
	int us;

	for (us = 1600; us < 2200; us += 2) {
		struct timespec t;
		long long until;
		void *lib = dlopen(plugin("basic1"), RTLD_NOW);

		MUST(lib && init_begins(lib) && dlclose(lib) == 0);
		clock_gettime(CLOCK_MONOTONIC, &t);
		until = t.tv_sec * 1000000000LL + t.tv_nsec + us * 1000;
		do
			clock_gettime(CLOCK_MONOTONIC, &t);
		while (t.tv_sec * 1000000000LL + t.tv_nsec < until);
		lib = dlopen(plugin("basic1"), RTLD_NOW);
		MUST(lib && init_begins(lib) && dlclose(lib) == 0);
	}
	return 0;
}

static int
c_unmet_need(void)
{
	MUST(load("needy"));
	MUST(add(1, 2) == 0);
	MUST(strstr(gort_errmsg(), "needs module basic"));
	return 0;
}

static int
c_need_first(void)
{
	MUST(load("basic1"));
	MUST(load("needy"));
	MUST(add(1, 2) == 3);
	return 0;
}

static const struct own_process cases[] = {
    {"ready", c_ready},
    {"slow-init", c_slow_init},
    {"failed-init", c_failed_init},
    {"panic-in-init", c_panic_in_init},
    {"refused-below-boundary", c_refused_below_boundary},
#ifdef HAVE_FORK
    {"land-first", c_land_first},
    {"no-thread", c_no_thread},
    {"no-init", c_no_init},
    {"fork", c_fork},
#endif
    {"race-first-call", c_race_first_call},
    {"shutdown", c_shutdown},
    {"shutdown-inside", c_shutdown_inside},
    {"from-constructor", c_from_constructor},
    {"from-constructor-of-open", c_from_constructor_of_open},
    {"no-module", c_no_module},
    {"full", c_full},
    {"bad-abi", c_bad_abi},
    {"dlclose", c_dlclose},
    {"dlclose-in-init", c_dlclose_in_init},
    {"dlclose-at-once", c_dlclose_at_once},
    {"exit-in-init", c_exit_in_init},
    {"init-as-thread-leaves", c_init_as_thread_leaves},
    {"unmet-need", c_unmet_need},
    {"need-first", c_need_first},
};

OWN_PROCESS(t_ready, "ready")
OWN_PROCESS(t_slow_init, "slow-init")
OWN_PROCESS(t_failed_init, "failed-init")
OWN_PROCESS(t_panic_in_init, "panic-in-init")
OWN_PROCESS(t_refused, "refused-below-boundary")
OWN_PROCESS(t_race, "race-first-call")
#ifdef HAVE_FORK

static void
t_no_thread(void)
{
	setenv("NO_THREADS", "1", 1);
	CHECK(run_self(self, "no-thread") == 0);
	unsetenv("NO_THREADS");
}

OWN_PROCESS(t_land_first, "land-first")
OWN_PROCESS(t_no_init, "no-init")
OWN_PROCESS(t_fork, "fork")
#endif
OWN_PROCESS(t_shutdown, "shutdown")
OWN_PROCESS(t_shutdown_inside, "shutdown-inside")
OWN_PROCESS(t_ctor, "from-constructor")
OWN_PROCESS(t_ctor_open, "from-constructor-of-open")
OWN_PROCESS(t_no_module, "no-module")
OWN_PROCESS(t_full, "full")
OWN_PROCESS(t_bad_abi, "bad-abi")
OWN_PROCESS(t_dlclose, "dlclose")
OWN_PROCESS(t_dlclose_at_once, "dlclose-at-once")
OWN_PROCESS(t_init_as_thread_leaves, "init-as-thread-leaves")

/* A file that the plugin's fini removes. */
static bool
ends_with_fini(const char *name)
{
	const char *path = "test_gate.fini";
	FILE *f = fopen(path, "w");
	bool ok;

	if (!f)
		return false;
	fclose(f);
	setenv("BASIC_FINI", path, 1);
	ok = run_self(self, name) == 0;
	unsetenv("BASIC_FINI");
	return remove(path) != 0 && ok;
}

static void
t_dlclose_in_init(void)
{
	CHECK(ends_with_fini("dlclose-in-init"));
}

static void
t_exit_in_init(void)
{
#ifdef _WIN32
	/* ExitProcess has ended the init thread: no hook can run */
	CHECK(run_self(self, "exit-in-init") == 0);
#else
	CHECK(ends_with_fini("exit-in-init"));
#endif
}

OWN_PROCESS(t_unmet, "unmet-need")
OWN_PROCESS(t_need, "need-first")

static const struct test tests[] = {
    {"STARTING becomes READY by itself", t_ready},
    {"a call waits for an init of 100 ms, which may call back", t_slow_init},
    {"an init that fails refuses calls with its result", t_failed_init},
    {"a panic in init refuses calls with its message", t_panic_in_init},
    {"a refusal below a boundary is an error there", t_refused},
    {"64 threads race the first call and all get through", t_race},
#ifdef HAVE_FORK
    {"a panic has left a plugin's stack before that may be unmapped",
	t_land_first},
    {"without an init thread the state is FAILED with the reason", t_no_thread},
    {"a module without an init hook needs no init thread then", t_no_init},
    {"a forked child is COLD and starts at its first call", t_fork},
#endif
    {"after shutdown calls are refused and the state is STOPPED", t_shutdown},
    {"shutdown from inside is refused", t_shutdown_inside},
    {"a call from a constructor waits for init, or is refused", t_ctor},
    {"under gort_open it is refused and the open goes on", t_ctor_open},
    {"exports without a module refuse calls", t_no_module},
    {"so do those of a module that there was no room for, and name the limit",
	t_full},
    {"another ABI refuses calls and names both sides", t_bad_abi},
    {"a host's own dlclose unloads the module", t_dlclose},
    {"a dlclose right after dlopen does no harm", t_dlclose_at_once},
    {"a dlclose during init waits for it and runs fini", t_dlclose_in_init},
    {"an exit during init waits for it and runs fini", t_exit_in_init},
    {"a module that comes as the init thread leaves is initialised",
	t_init_as_thread_leaves},
    {"an unmet need refuses calls and is named", t_unmet},
    {"a met need is initialised first", t_need},
};

int
main(int argc, char **argv)
{
	return RUN_CASES("gate", tests, cases, argc, argv);
}
