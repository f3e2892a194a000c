/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The gate: each state, and what waits or is refused in it. Every case runs
 * in a process of its own, by fork and exec of this program with the case's
 * name; the host dlopens its plugins itself, as one that knows little of gort.
 */
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

static const struct {
	const char *name;
	int (*fn)(void);
} cases[] = {
    {"ready", c_ready},
    {"slow-init", c_slow_init},
    {"failed-init", c_failed_init},
    {"panic-in-init", c_panic_in_init},
    {"refused-below-boundary", c_refused_below_boundary},
#ifdef HAVE_FORK
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
    {"bad-abi", c_bad_abi},
    {"dlclose", c_dlclose},
    {"dlclose-in-init", c_dlclose_in_init},
    {"dlclose-at-once", c_dlclose_at_once},
    {"exit-in-init", c_exit_in_init},
    {"init-as-thread-leaves", c_init_as_thread_leaves},
    {"unmet-need", c_unmet_need},
    {"need-first", c_need_first},
};

static const char *self;

/* A fresh process for a case. */
static bool
run_case(const char *name)
{
	bool ok;

	if (strcmp(name, "no-thread") == 0)
		setenv("NO_THREADS", "1", 1);
	ok = run_self(self, name) == 0;
	unsetenv("NO_THREADS");
	return ok;
}

#define CASE(fn, name) \
	static void fn(void) \
	{ \
		CHECK(run_case(name)); \
	}
CASE(t_ready, "ready")
CASE(t_slow_init, "slow-init")
CASE(t_failed_init, "failed-init")
CASE(t_panic_in_init, "panic-in-init")
CASE(t_refused, "refused-below-boundary")
CASE(t_race, "race-first-call")
#ifdef HAVE_FORK
CASE(t_no_thread, "no-thread")
CASE(t_no_init, "no-init")
CASE(t_fork, "fork")
#endif
CASE(t_shutdown, "shutdown")
CASE(t_shutdown_inside, "shutdown-inside")
CASE(t_ctor, "from-constructor")
CASE(t_ctor_open, "from-constructor-of-open")
CASE(t_no_module, "no-module")
CASE(t_bad_abi, "bad-abi")
CASE(t_dlclose, "dlclose")
CASE(t_dlclose_at_once, "dlclose-at-once")
CASE(t_init_as_thread_leaves, "init-as-thread-leaves")

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
	ok = run_case(name);
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
	CHECK(run_case("exit-in-init"));
#else
	CHECK(ends_with_fini("exit-in-init"));
#endif
}

CASE(t_unmet, "unmet-need")
CASE(t_need, "need-first")

static const struct test tests[] = {
    {"STARTING becomes READY by itself", t_ready},
    {"a call waits for an init of 100 ms, which may call back", t_slow_init},
    {"an init that fails refuses calls with its result", t_failed_init},
    {"a panic in init refuses calls with its message", t_panic_in_init},
    {"a refusal below a boundary is an error there", t_refused},
    {"64 threads race the first call and all get through", t_race},
#ifdef HAVE_FORK
    {"without an init thread the state is FAILED with the reason", t_no_thread},
    {"a module without an init hook needs no init thread then", t_no_init},
    {"a forked child is COLD and starts at its first call", t_fork},
#endif
    {"after shutdown calls are refused and the state is STOPPED", t_shutdown},
    {"shutdown from inside is refused", t_shutdown_inside},
    {"a call from a constructor waits for init, or is refused", t_ctor},
    {"under gort_open it is refused and the open goes on", t_ctor_open},
    {"exports without a module refuse calls", t_no_module},
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
	unsigned i;

	self = argv[0];
	for (i = 0; argc > 1 && i < sizeof(cases) / sizeof(cases[0]); i++)
		if (strcmp(cases[i].name, argv[1]) == 0)
			return cases[i].fn();
	if (argc > 1)
		return 99;
	return RUN_TESTS("gate", tests);
}
