/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Plugins that gort bind made of plain C (plug_bound.c): opened, called,
 * reloaded and closed. On ELF hosts that know nothing of gort find thunks
 * under the names that bound.list gives them.
 */
#include "check.h"
#include "procstat.h"
#include "unload.h"

#include <gort.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>

struct big {
	int64_t a, b, c, d, e;
};
typedef void callback(void *arg);
typedef int add_fn(int, int);
typedef double sum18_fn(int, int, int, int, int, int, int, int, int, int,
    double, double, double, double, double, double, double, double);

#define SUM18 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1., 2., 3., 4., 5., 6., 7., 8.
/* 1 + 4 + 9 ... 100 = 385; 11 + 24 + 39 + 56 + 75 + 96 + 119 + 144 = 564 */
#define SUM18_IS 949.

static struct gort_plugin *
open_bound(const char *name)
{
	struct gort_plugin *p = gort_open(plugin(name), 0);

	if (!p)
		printf("    %s\n", gort_errmsg());
	return p;
}

static void *
thunk_of(struct gort_plugin *p, int which)
{
	void *(*fn)(int) = (void *(*)(int))gort_sym(p, "thunk_of");

	return fn ? fn(which) : NULL;
}

static int
count_exports(const struct gort_export_info *ex, void *arg)
{
	int *seen = arg;

	seen[0]++;
	if (strcmp(ex->name, "add") == 0)
		seen[1] = strcmp(ex->ret, "int") == 0 &&
			  strcmp(ex->args, "(int a, int b)") == 0;
	if (strcmp(ex->name, "unknown9") == 0)
		seen[2] = !ex->ret[0] && !ex->args[0];
	return 0;
}

static void
opens(void)
{
	struct gort_plugin *p = open_bound("bound1");
	struct gort_stats st;
	int seen[3] = {0};

	REQUIRE(p != NULL);
	CHECK(gort_stat(p, &st) == 0);
	CHECK(strcmp(st.name, "bound") == 0 && strcmp(st.version, "1.0") == 0);
	CHECK(st.state == GORT_P_READY);
	CHECK(gort_exports(p, count_exports, seen) == 0);
	CHECK(seen[0] >= 15 && seen[1] && seen[2]);
	CHECK(((int (*)(void))gort_sym(p, "is_ready"))() == 1);
	CHECK(gort_close(p, 1000) == 0);
}

static void
arguments(void)
{
	struct gort_plugin *p = open_bound("bound1");
	struct big b = {1, 2, 3, 4, 5}, r;
	char text[64];

	REQUIRE(p != NULL);
	CHECK(((sum18_fn *)gort_sym(p, "sum18"))(SUM18) == SUM18_IS);
	CHECK(((int (*)(int, int, int, int, int, int, int, int, int))gort_sym(
		  p, "unknown9"))(1, 2, 3, 4, 5, 6, 7, 8, 9) == 285);
	r = ((struct big(*)(int, int, int, int, int))gort_sym(p, "bigger"))(
	    1, 2, 3, 4, 5);
	CHECK(memcmp(&r, &b, sizeof(r)) == 0);
	CHECK(
	    ((int64_t(*)(struct big, int))gort_sym(p, "smaller"))(b, 2) == 110);
	CHECK(((float (*)(float))gort_sym(p, "half"))(5) == 2.5f);
	CHECK(((long double (*)(long double))gort_sym(p, "longer"))(1.25L) ==
	      2.5L);
	CHECK(((int (*)(char *, size_t, const char *, ...))gort_sym(
		  p, "format"))(text, sizeof(text), "%d %s %.1f %d %d %d", 1,
		  "two", 3.0, 4, 5, 6) == 15);
	CHECK(strcmp(text, "1 two 3.0 4 5 6") == 0);
#if defined(_WIN32) && defined(__i386__)
	CHECK(((int(__attribute__((stdcall)) *)(int, int))gort_sym(
		  p, "std_add"))(4, 2) == 42);
#endif
	CHECK(gort_close(p, 1000) == 0);
}

static uint64_t
calls_of(struct gort_plugin *p)
{
	struct gort_stats st;

	return gort_stat(p, &st) == 0 ? st.calls : 0;
}

static void
counts(void)
{
	struct gort_plugin *p = open_bound("bound1");
	uint64_t before;
	add_fn *add;
	int i, s = 0;

	REQUIRE(p != NULL);
	add = (add_fn *)thunk_of(p, 0);
	REQUIRE(add != NULL);
	CHECK(add(1, 2) == 3);
	before = calls_of(p);
	for (i = 0; i < 100; i++)
		s = add(s, i);
	CHECK(s == 4950);
	CHECK(calls_of(p) == before + 100);
	CHECK(gort_close(p, 1000) == 0);
}

/* A call that is inside until it is let go. */
static sem_t inside, let_go;

static void
stay(void *arg)
{
	sem_post(&inside);
	sem_wait(&let_go);
	*(int *)arg = 1;
}

static void *
call_through(void *arg)
{
	static int done;
	void (*through)(callback *, void *);

	memcpy(&through, arg, sizeof(through));
	done = 0;
	through(stay, &done);
	return &done;
}

static void
keeps_mapped(void)
{
	struct gort_plugin *p = open_bound("bound1");
	struct gort_stats st;
	void *through, *done;
	pthread_t t;

	REQUIRE(p != NULL);
	through = thunk_of(p, 1);
	sem_init(&inside, 0, 0);
	sem_init(&let_go, 0, 0);
	REQUIRE(pthread_create(&t, NULL, call_through, &through) == 0);
	sem_wait(&inside);
	CHECK(gort_stat(p, &st) == 0 && st.in_flight == 1);
	CHECK(gort_close(p, 1) == -GORT_ETIMEDOUT);
	CHECK(strstr(gort_errmsg(), "module bound 1.0: 1 calls still inside"));
	sem_post(&let_go);
	pthread_join(t, &done);
	CHECK(*(int *)done == 1);
	CHECK(gort_close(p, 1000) == 0);
}

static void
reloads(void)
{
	struct gort_plugin *p = open_bound("bound1");
	int64_t (*count)(void);
	int (*number)(void);
	struct gort_stats st;
	char log[64] = "";

	REQUIRE(p != NULL);
	count = (int64_t(*)(void))gort_sym(p, "count");
	number = (int (*)(void))gort_sym(p, "number");
	((void (*)(char *))gort_sym(p, "use_log"))(log);
	CHECK(number() == 1 && count() == 1 && count() == 2);
	CHECK(gort_reload(p, plugin("bound2"), 1000) == 0);
	CHECK(strcmp(log, "fini ") == 0);
	CHECK(number() == 2 && count() == 3);
	CHECK(gort_stat(p, &st) == 0 && st.lingering == lingering(1));
	/* version 1 does not take over what version 2 saved: back again */
	CHECK(gort_reload(p, plugin("bound1"), 1000) != 0);
	CHECK(number() == 2 && count() == 4);
	CHECK(gort_close(p, 1000) == 0);
}

static void
panics(void *arg)
{
	gort_panic("no %s", (const char *)arg);
}

static void
try_through(void *arg)
{
	void (*through)(callback *, void *);
	char what[] = "luck";

	memcpy(&through, arg, sizeof(through));
	through(panics, what);
}

static void
passes_panics(void)
{
	struct gort_plugin *p = open_bound("bound1");
	struct gort_error err;
	struct gort_stats st;
	void *through;
	int i;

	REQUIRE(p != NULL);
	through = thunk_of(p, 1);
	for (i = 0; i < 100; i++) {
		CHECK(gort_try(try_through, &through, &err) == -GORT_EPANIC);
		CHECK(strcmp(err.message, "no luck") == 0);
	}
	CHECK(gort_stat(p, &st) == 0 && st.in_flight == 0);
	CHECK(gort_close(p, 1000) == 0);
}

/* ---- hosts that know nothing of gort ---------------------------------------- */

/* The plugin's init hook calls this: it waits, and returns what it is told. */
static sem_t init_runs, init_may_end;
static int init_result;

static int
held_init(void)
{
	sem_post(&init_runs);
	sem_wait(&init_may_end);
	return init_result;
}

static void
hold_init(int result)
{
	char text[32];
	int (*fn)(void) = held_init;
	uintptr_t at;

	memcpy(&at, &fn, sizeof(at));
	snprintf(text, sizeof(text), "%llx", (unsigned long long)at);
	setenv("BOUND_INIT", text, 1);
	sem_init(&init_runs, 0, 0);
	sem_init(&init_may_end, 0, 0);
	init_result = result;
}

static sem_t calling;

static void *
early_call(void *arg)
{
	static double result;
	sum18_fn *sum18;

	memcpy(&sum18, arg, sizeof(sum18));
	sem_post(&calling);
	result = sum18(SUM18);
	return &result;
}

/* The thunk of a function that is exported under its own name. */
#ifdef _WIN32
#define OWN_NAME(name) name
#else
#define OWN_NAME(name) "gort__thunk_" name
#endif

static void
waits_for_init(void)
{
	void *lib, *fn, *result;
	int (*is_ready)(void);
	pthread_t t;

	hold_init(0);
	lib = dlopen(plugin("bound1"), RTLD_NOW);
	REQUIRE(lib != NULL);
	fn = dlsym(lib, OWN_NAME("sum18"));
	REQUIRE(fn != NULL);
	sem_init(&calling, 0, 0);
	REQUIRE(pthread_create(&t, NULL, early_call, &fn) == 0);
	sem_wait(&init_runs);
	sem_wait(&calling);
	sem_post(&init_may_end);
	/* the call may have begun before init ended, or not: it is right */
	pthread_join(t, &result);
	CHECK(*(double *)result == SUM18_IS);
	fn = dlsym(lib, OWN_NAME("is_ready"));
	memcpy(&is_ready, &fn, sizeof(is_ready));
	CHECK(is_ready() == 1);
	unsetenv("BOUND_INIT");
	CHECK(dlclose(lib) == 0);
}

static void
refuses_after_failed_init(void)
{
	void *lib, *fn;
	add_fn *add;

	hold_init(3);
	sem_post(&init_may_end);
	/* a file that is not mapped yet, also where nothing is unmapped */
	lib = dlopen(plugin("bound2"), RTLD_NOW);
	REQUIRE(lib != NULL);
	fn = dlsym(lib, "add");
	REQUIRE(fn != NULL);
	memcpy(&add, &fn, sizeof(add));
	CHECK(add(20, 22) == 0);
	CHECK(strstr(gort_errmsg(), "init of module bound 2.0 returned 3"));
	unsetenv("BOUND_INIT");
	CHECK(dlclose(lib) == 0);
}

/* ---- resident modules --------------------------------------------------------- */

static void *
fresh_call(void *arg)
{
	static double result;
	sum18_fn *sum18;

	memcpy(&sum18, arg, sizeof(sum18));
	result = sum18(SUM18);
	return &result;
}

static void
resident_waits(void)
{
	void *lib, *fn, *result;
	struct big b = {1, 2, 3, 4, 5};
	int64_t (*smaller)(struct big, int);
	float (*half)(float);
	pthread_t t;

	hold_init(0);
	lib = dlopen(plugin("resident"), RTLD_NOW);
	REQUIRE(lib != NULL);
	fn = dlsym(lib, OWN_NAME("sum18"));
	REQUIRE(fn != NULL);
	sem_init(&calling, 0, 0);
	REQUIRE(pthread_create(&t, NULL, early_call, &fn) == 0);
	sem_wait(&init_runs);
	sem_wait(&calling);
	sem_post(&init_may_end);
	pthread_join(t, &result);
	CHECK(*(double *)result == SUM18_IS);
	/* the gate is open: a thread that the runtime does not know */
	REQUIRE(pthread_create(&t, NULL, fresh_call, &fn) == 0);
	pthread_join(t, &result);
	CHECK(*(double *)result == SUM18_IS);
	fn = dlsym(lib, OWN_NAME("smaller"));
	memcpy(&smaller, &fn, sizeof(smaller));
	CHECK(smaller(b, 3) == 165);
	fn = dlsym(lib, OWN_NAME("half"));
	memcpy(&half, &fn, sizeof(half));
	CHECK(half(7) == 3.5f);
#if defined(_WIN32) && defined(__i386__)
	{
		int(__attribute__((stdcall)) * std)(int, int);

		fn = dlsym(lib, "std_add");
		memcpy(&std, &fn, sizeof(std));
		CHECK(std(4, 2) == 42);
	}
#endif
	unsetenv("BOUND_INIT");
	/* that it stays is the host's own affair */
}

static void
resident_stays(void)
{
	struct gort_plugin *p = open_bound("resident");
	char log[64] = "";
	uint64_t before;
	void *through;
	add_fn *add;
	struct gort_error err;
	int i, s = 0;

	REQUIRE(p != NULL);
	add = (add_fn *)thunk_of(p, 0);
	through = thunk_of(p, 1);
	((void (*)(char *))gort_sym(p, "use_log"))(log);
	REQUIRE(add != NULL);
	before = calls_of(p);
	for (i = 0; i < 100; i++)
		s = add(s, i);
	CHECK(s == 4950);
	CHECK(calls_of(p) == before);
	CHECK(gort_try(try_through, &through, &err) == -GORT_EPANIC);
	CHECK(strcmp(err.message, "no luck") == 0);
	/* pointers of gort_sym() are counted */
	CHECK(((add_fn *)gort_sym(p, "add"))(1, 2) == 3);
	CHECK(calls_of(p) == before + 1);
	CHECK(gort_close(p, 1000) == 0);
	CHECK(strstr(gort_errmsg(), "it is resident"));
	CHECK(log[0] == '\0');
	/* still mapped, and closed */
	CHECK(add(20, 22) == 0);
	CHECK(strstr(gort_errmsg(), "module resident 1.0"));
}

static void
cycles(void)
{
	struct procstat before, after;
	struct gort_plugin *p;
	int i, good = 0;

	/* 512 pointers of gort_sym() rest before one is used again */
	for (i = 0; i < 1000; i++) {
		if (i == 800)
			before = procstat_alone();
		p = open_bound(i & 1 ? "bound2" : "bound1");
		REQUIRE(p != NULL);
		good += ((add_fn *)gort_sym(p, "add"))(i, 1) == i + 1;
		CHECK(gort_close(p, 1000) == 0);
	}
	after = procstat_alone();
	CHECK(good == 1000);
	/* what stays mapped keeps its file */
	CHECK(after.fds == before.fds || !dlclose_unmaps());
#ifndef HAVE_SANITIZERS /* they keep freed memory */
	CHECK(after.maps <= before.maps + 2 || !dlclose_unmaps());
#endif
}

static const struct test tests[] = {
    {"plain C objects and gort bind's are a plugin that opens", opens},
    {"arguments and results of any signature arrive", arguments},
    {"a call through a thunk is counted", counts},
    {"a call through a thunk keeps its version mapped", keeps_mapped},
    {"reload swaps versions and hands over state by the hooks", reloads},
    {"panics pass thunks and leave no call behind", passes_panics},
    {"200 cycles of opening and closing leave nothing", cycles},
    {"a thunk waits until init is done", waits_for_init},
    {"a thunk refuses when init failed, and says why",
	refuses_after_failed_init},
    {"a resident module's calls are not counted, so it stays", resident_stays},
    {"a resident module's thunks wait until init is done", resident_waits},
};

int
main(void)
{
	return RUN_TESTS("bind", tests);
}
