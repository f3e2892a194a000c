/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * After a contained fault a plugin that was opened so is in quarantine until
 * it is reloaded.
 */
#include "check.h"

#include <gort.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>

static struct gort_error err;

static struct gort_plugin *
open_wary(void)
{
	struct gort_plugin *p = gort_open(plugin("basic1"), GORT_QUARANTINE);

	if (!p)
		fprintf(stderr, "%s\n", gort_errmsg());
	return p;
}

static int
state_of(struct gort_plugin *p)
{
	struct gort_stats st;

	return gort_stat(p, &st) == 0 ? (int)st.state : -1;
}

static int
call(struct gort_plugin *p, const char *name)
{
	static int out;

	return gort_call(gort_sym(p, name), &out, &err);
}

static void
refuses(void)
{
	struct gort_plugin *p = open_wary();
	struct gort_stats st;

	REQUIRE(p != NULL);
	/* a panic is no fault */
	CHECK(gort_call(gort_sym(p, "boom"), "x", &err) == -GORT_EPANIC);
	CHECK(state_of(p) == GORT_P_READY && call(p, "number") == 0);
	CHECK(call(p, "null") == -GORT_EFAULT);
	CHECK(state_of(p) == GORT_P_QUARANTINED);
	CHECK(strcmp(gort_plugin_state_name(GORT_P_QUARANTINED),
		  "QUARANTINED") == 0);
	CHECK(call(p, "number") == -GORT_EQUARANTINE);
	CHECK(err.code == GORT_EQUARANTINE);
	CHECK(strstr(err.message, "basic 1.0") != NULL);
	CHECK(strstr(err.message, "SIGSEGV") != NULL);
	CHECK(strstr(gort_errmsg(), "quarantine") != NULL);
	REQUIRE(gort_stat(p, &st) == 0);
	CHECK(st.panics == 2 && strstr(st.last_error, "SIGSEGV") != NULL);
	CHECK(st.in_flight == 0);
	CHECK(gort_close(p, 1000) == 0);
}

/* Below no boundary a call cannot say it otherwise. */
static void
returns_zero(void)
{
	struct gort_plugin *p = open_wary();
	int (*add)(int, int);
	void *sym;

	REQUIRE(p != NULL);
	sym = gort_sym(p, "basic_add");
	memcpy(&add, &sym, sizeof(sym));
	CHECK(add(40, 2) == 42);
	CHECK(call(p, "null") == -GORT_EFAULT);
	CHECK(add(40, 2) == 0);
	CHECK(strstr(gort_errmsg(), "quarantine") != NULL);
	CHECK(gort_close(p, 1000) == 0);
}

static void
keeps_its_name(void)
{
	struct gort_plugin *p = open_wary();

	REQUIRE(p != NULL);
	CHECK(call(p, "null") == -GORT_EFAULT);
	CHECK(gort_open(plugin("basic1"), 0) == NULL);
	CHECK(strstr(gort_errmsg(), "a module basic is in the process"));
	CHECK(gort_close(p, 1000) == 0);
}

static void
not_asked_for(void)
{
	struct gort_plugin *p = gort_open(plugin("basic1"), 0);

	REQUIRE(p != NULL);
	CHECK(call(p, "null") == -GORT_EFAULT);
	CHECK(state_of(p) == GORT_P_READY && call(p, "number") == 0);
	CHECK(gort_close(p, 1000) == 0);
}

static void
reload_lifts(void)
{
	struct gort_plugin *p = open_wary();
	int n = 0;

	REQUIRE(p != NULL);
	CHECK(gort_call(gort_sym(p, "count"), &n, NULL) == 0 && n == 1);
	CHECK(gort_call(gort_sym(p, "count"), &n, NULL) == 0 && n == 2);
	CHECK(call(p, "null") == -GORT_EFAULT);
	CHECK(call(p, "count") == -GORT_EQUARANTINE);
	CHECK(gort_reload(p, NULL, 1000) == 0);
	CHECK(state_of(p) == GORT_P_READY);
	/* the state of the one that faulted is not taken over */
	CHECK(gort_call(gort_sym(p, "count"), &n, NULL) == 0 && n == 1);
	/* and the policy holds for the next */
	CHECK(call(p, "null") == -GORT_EFAULT);
	CHECK(call(p, "number") == -GORT_EQUARANTINE);
	/* a reload that fails lifts nothing */
	CHECK(gort_reload(p, plugin("failinit"), 1000) == -GORT_EINIT);
	CHECK(call(p, "number") == -GORT_EQUARANTINE);
	CHECK(gort_close(p, 1000) == 0);
}

/* Another call is inside when the fault happens, and goes on. */
struct inside {
	struct gort_plugin *p;
	pthread_barrier_t there, go;
	int fault, refused, closed;
};

static void
fault_meanwhile(void *arg)
{
	struct inside *in = arg;

	in->fault = gort_call(gort_sym(in->p, "null"), NULL, NULL);
	in->refused = call(in->p, "number");
	pthread_barrier_wait(&in->there);
	pthread_barrier_wait(&in->go);
}

static void *
call_inside(void *arg)
{
	struct {
		void (*fn)(void *);
		void *arg;
	} cb = {fault_meanwhile, arg};
	struct inside *in = arg;

	in->closed = gort_call(gort_sym(in->p, "call_back"), &cb, NULL);
	return NULL;
}

static void
calls_inside_go_on(void)
{
	struct inside in = {.p = open_wary(), .closed = 1};
	pthread_t t;

	REQUIRE(in.p != NULL);
	pthread_barrier_init(&in.there, NULL, 2);
	pthread_barrier_init(&in.go, NULL, 2);
	REQUIRE(pthread_create(&t, NULL, call_inside, &in) == 0);
	pthread_barrier_wait(&in.there);
	CHECK(in.fault == -GORT_EFAULT && in.refused == -GORT_EQUARANTINE);
	/* it cannot be closed meanwhile, and stays what it is */
	CHECK(gort_close(in.p, 0) == -GORT_ETIMEDOUT);
	CHECK(state_of(in.p) == GORT_P_QUARANTINED);
	pthread_barrier_wait(&in.go);
	pthread_join(t, NULL);
	CHECK(in.closed == 0);
	CHECK(gort_close(in.p, 1000) == 0);
	pthread_barrier_destroy(&in.there);
	pthread_barrier_destroy(&in.go);
}

static void
unknown_flag(void)
{
	CHECK(gort_open(plugin("basic1"), 2) == NULL);
	CHECK(strstr(gort_errmsg(), "unknown flags") != NULL);
}

static const struct test tests[] = {
    {"after a fault calls are refused, naming module and fault", refuses},
    {"below no boundary they return zero", returns_zero},
    {"its name is not free", keeps_its_name},
    {"a plugin that was not opened so goes on", not_asked_for},
    {"a reload lifts it, without the old state", reload_lifts},
    {"calls that are inside go on", calls_inside_go_on},
    {"other flags are refused", unknown_flag},
};

int
main(void)
{
	if (gort_catch_faults(1) != 0)
		return 99;
	return RUN_TESTS("quarantine", tests);
}
