/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whatever may fail, does: each call of malloc, mmap, open and their like that
 * an operation makes fails once, alone and with all after it. The operation
 * then says why it failed, or succeeds all the same; done again it succeeds,
 * and nothing is lost. Run by inject.sh, which compiles objects to link into
 * the folder $LINK_OBJECTS.
 */
#include "check.h"
#include "inject.h"
#include "procstat.h"

#include <gort.h>
#include <gort/defer.h>
#include <gort/link.h>
#include <gort/switch.h>
#include <link.h>
#include <pthread.h>

static const char *
object(const char *name)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/%s", getenv("LINK_OBJECTS"), name);
	return path;
}

/* What is wrong whatever fails: a wrong result, an error without a reason. */
static int
wrong(int line, const char *e)
{
	fprintf(stderr, "%s:%d: %s [%s]\n", __FILE__, line, e, gort_errmsg());
	return 1;
}
#define MUST(e) \
	do { \
		if (!(e)) \
			return wrong(__LINE__, #e); \
	} while (0)

/* An operation: 0, a status, or 1: wrong. */
typedef int operation(void);

static int
status_of_errmsg(void)
{
	MUST(*gort_errmsg());
	return -GORT_ENOMEM;
}

/* call, where it is there: v is what it set */
static int
call(struct gort_plugin *p, const char *name, void *arg)
{
	struct gort_error err;
	void *sym = gort_sym(p, name);
	int rc;

	if (!sym)
		return status_of_errmsg();
	rc = gort_call(sym, arg, &err);
	if (rc)
		MUST(err.message[0] != '\0');
	return rc;
}

static int
number_is(struct gort_plugin *p, int want)
{
	int v = 0, rc = call(p, "number", &v);

	MUST(rc != 0 || v == want);
	return rc;
}

/* An unload may find threads it cannot look at: tried again without failures */
static int
close_it(struct gort_plugin *p, int rc)
{
	int closed = gort_close(p, 1000);

	MUST(closed == 0 || *gort_errmsg());
	if (closed) {
		inject_disarm();
		MUST(gort_close(p, 1000) == 0);
	}
	return rc ? rc : closed;
}

static int
open_call_close(const char *path)
{
	struct gort_plugin *p = gort_open(path, 0);

	return p ? close_it(p, number_is(p, 1)) : status_of_errmsg();
}

static int
o_shared(void)
{
	return open_call_close(plugin("basic1"));
}

static int
o_object(void)
{
	return open_call_close(object("mod1.o"));
}

static int
o_archive(void)
{
	return open_call_close(object("mod1.a"));
}

static int
o_thin(void)
{
	return open_call_close(object("thin1.a"));
}

static int
o_panic_in_plugin(void)
{
	struct gort_plugin *p = gort_open(plugin("basic1"), 0);
	char text[] = "x";
	int rc;

	if (!p)
		return status_of_errmsg();
	rc = call(p, "boom", text);
	MUST(rc != 0);
	return close_it(p, rc == -GORT_EPANIC ? 0 : rc);
}

/* From a version to another one and back: whichever serves, serves. */
static struct gort_plugin *reloaded;

static int
reload_to(const char *path, int was, int will_be)
{
	int rc = gort_reload(reloaded, path, 1000);

	if (rc) {
		MUST(*gort_errmsg());
		inject_disarm();
		MUST(number_is(reloaded, was) == 0);
		return rc;
	}
	return number_is(reloaded, will_be);
}

static int
reload_between(const char *one, const char *two)
{
	int rc;

	rc = reload_to(two, 1, 2);
	if (rc == 0)
		rc = reload_to(one, 2, 1);
	if (rc) { /* without failures by now, or soon */
		const char *failed = inject_disarm();

		MUST(failed != NULL);
		MUST(gort_reload(reloaded, one, 1000) == 0);
		MUST(number_is(reloaded, 1) == 0);
	}
	return rc;
}

static int
o_reload_shared(void)
{
	static char one[4096];

	snprintf(one, sizeof(one), "%s", plugin("basic1"));
	return reload_between(one, plugin("basic2"));
}

static int
o_reload_object(void)
{
	static char one[4096];

	snprintf(one, sizeof(one), "%s", object("mod1.o"));
	return reload_between(one, object("mod2.o"));
}

static int
link_all(struct gort_link *l, const char *path, unsigned flags)
{
	int (*fn)(int), rc;
	void *sym;

	rc = gort_link_add(l, path, flags);
	if (rc == 0)
		rc = gort_link_need(l, "plain");
	if (rc == 0)
		rc = gort_link_resolve(l);
	if (rc == 0)
		rc = gort_link_load(l);
	if (rc) {
		MUST(*gort_errmsg());
		return rc;
	}
	sym = gort_link_sym(l, "plain");
	MUST(sym != NULL);
	memcpy(&fn, &sym, sizeof(fn));
	MUST(fn(20) == 42);
	return 0;
}

static int
link_and_free(const char *path, unsigned flags)
{
	struct gort_link *l = gort_link_new();
	int rc, freed;

	if (!l)
		return -GORT_ENOMEM;
	rc = link_all(l, path, flags);
	freed = gort_link_free(l);
	MUST(freed == 0 || *gort_errmsg());
	return rc ? rc : freed;
}

static int
o_link_object(void)
{
	return link_and_free(object("plain.o"), 0);
}

static int
o_link_archive(void)
{
	return link_and_free(object("plain.a"), 0);
}

static int
o_link_whole(void)
{
	return link_and_free(object("plain.a"), GORT_LINK_WHOLE);
}

static int destroyed;

static void
destroy(void *value)
{
	(void)value;
	destroyed++;
}

static void
recover_it(void *arg)
{
	*(int *)arg = gort_recover() != NULL;
}

/* More deferred calls than a scope has room for. */
static int
recovering(int *recovered)
{
	GORT_DEFERS_RESULT(int, r);
	int unused[40], i;

	for (i = 0; i < 40; i++)
		gort_defer(recover_it, i ? &unused[i] : recovered);
	r = 5;
	gort_panic("recover me");
	gort_return(0);
}

/* gort_defer() without memory panics, too, and that is recovered as well. */
static void
panics(void *arg)
{
	int recovered = 0;

	if (recovering(&recovered) != 5)
		gort_panic("not all of it was deferred");
	gort_panic_value(7, "a value", arg, destroy, "uncaught");
}

static int
try_it(gort_func *fn, void *arg, int want)
{
	struct gort_error err = {0};
	int rc = gort_try(fn, arg, &err);

	MUST(rc != 0 && err.code == -rc && err.message[0]);
	return rc == want ? 0 : rc;
}

static int
o_panic(void)
{
	int rc;

	destroyed = 0;
	rc = try_it(panics, &rc, -GORT_EPANIC);
	return rc == 0 && !destroyed ? -GORT_ENOMEM : rc;
}

static void
faults(void *unused)
{
	volatile int *volatile nowhere = (volatile int *)8;

	(void)unused;
	*nowhere = 1;
}

static int
o_fault(void)
{
	int rc = gort_catch_faults(1), off;

	if (rc == 0)
		rc = try_it(faults, NULL, -GORT_EFAULT);
	else
		MUST(*gort_errmsg());
	off = gort_catch_faults(0);
	MUST(off == 0);
	return rc;
}

static void
grown(void *arg)
{
	volatile char much[100000];

	much[0] = 1;
	*(int *)arg = much[0];
}

static int
o_grow(void)
{
	int ran = 0, rc = gort_stack_grow(200000, grown, &ran);

	MUST(rc == 0 ? ran : !ran && *gort_errmsg());
	return rc;
}

static struct gort_gobuf host, task;
static char task_stack[65536];
static int task_ran;

static void
in_task(void *rc)
{
	*(int *)rc = o_grow();
	task_ran++;
	gort_gogo(&host);
}

static int
o_switch(void)
{
	int inner = 0, rc;

	rc = gort_stack_init(
	    &task, task_stack, sizeof(task_stack), in_task, &inner);
	if (rc) {
		MUST(*gort_errmsg());
		return rc;
	}
	task_ran = 0;
	gort_switch(&host, &task);
	MUST(task_ran == 1);
	gort_stack_fini(&task);
	return inner;
}

/* On a thread of its own: it gets an m, which another may have left. */
static void *
on_thread(void *arg)
{
	operation *fn;

	memcpy(&fn, arg, sizeof(fn));
	return (void *)(intptr_t)fn();
}

static int
thread(operation *fn)
{
	pthread_t t;
	void *rc;

	MUST(pthread_create(&t, NULL, on_thread, &fn) == 0);
	pthread_join(t, &rc);
	return (int)(intptr_t)rc;
}

static int
o_thread(void)
{
	int rc = thread(o_panic);

	return rc ? rc : thread(o_grow);
}

static int
o_backtrace(void)
{
	void *pcs[32];
	char text[512];
	size_t n = gort_backtrace(pcs, 32), i;

	for (i = 0; i < n; i++)
		gort_describe_pc(pcs[i], text, sizeof(text));
	return n ? 0 : -GORT_ENOMEM;
}

struct holds {
	long blocks, mapped;
	int objects, fds, threads;
};

static int
count_object(struct dl_phdr_info *info, size_t size, void *n)
{
	(void)info;
	(void)size;
	++*(int *)n;
	return 0;
}

static struct holds
holds(void)
{
	struct procstat ps = procstat();
	struct holds h = {.fds = ps.fds, .threads = ps.threads};

	dl_iterate_phdr(count_object, &h.objects);
	h.blocks = inject_live();
	h.mapped = inject_mapped();
	return h;
}

static bool
same(const struct holds *a, const struct holds *b)
{
	return a->blocks == b->blocks && a->mapped == b->mapped &&
	       a->objects == b->objects && a->fds == b->fds &&
	       a->threads == b->threads;
}

/* op when its n-th call fails, then without failures; a status, 1: wrong. */
static int
fails_and_recovers(operation *op, long n, bool onwards, const char **failed)
{
	int first, again;

	inject_arm(n, onwards);
	first = op();
	/* an operation may have disarmed it */
	*failed = inject_disarm();
	if (!*failed || first > 0)
		return first;
	again = op();
	if (again == 0)
		return first;
	fprintf(stderr, "    %d after it\n", again);
	return 1;
}

/*
 * Is something lost each time? Pools of what is used again may grow once: a
 * slot, whose owner was unloaded late, gets a second target.
 */
static bool
loses_nothing(operation *op, long n, bool onwards, struct holds *before)
{
	struct holds now = holds(), was = *before;
	const char *failed;
	int i;

	for (i = 0; i < 3 && !same(&was, &now); i++) {
		was = now;
		if (fails_and_recovers(op, n, onwards, &failed) > 0)
			return false;
		now = holds();
	}
	*before = now;
	if (same(&was, &now))
		return true;
	fprintf(stderr,
	    "    lost: %ld blocks, %ld bytes mapped, %d objects, %d "
	    "descriptors, %d threads\n",
	    now.blocks - was.blocks, now.mapped - was.mapped,
	    now.objects - was.objects, now.fds - was.fds,
	    now.threads - was.threads);
	return false;
}

#define MOST 5000 /* an operation that makes so many calls goes on for ever */

static void
each_fails(operation *op, bool onwards)
{
	struct holds before;
	const char *failed;
	long n, refused = 0;
	int i, rc = 0;
	bool right;

	for (i = 0; i < 3; i++)
		REQUIRE(op() == 0);
	before = holds();
	for (n = 1; n < MOST; n++) {
		rc = fails_and_recovers(op, n, onwards, &failed);
		if (!failed)
			break;
		refused += rc != 0;
		right = rc <= 0 && loses_nothing(op, n, onwards, &before);
		CHECK(right);
		if (!right)
			fprintf(stderr, "    after the %ld. failure%s, %s\n", n,
			    onwards ? " and all later" : "", failed);
	}
	CHECK(rc == 0 && n < MOST);
	printf("    %ld failures, %ld of them refused it\n", n - 1, refused);
}

static void
both_ways(operation *op)
{
	each_fails(op, false);
	each_fails(op, true);
}

#define TEST(name) \
	static void t_##name(void) \
	{ \
		both_ways(o_##name); \
	}
TEST(shared)
TEST(object)
TEST(archive)
TEST(thin)
TEST(panic_in_plugin)
TEST(link_object)
TEST(link_archive)
TEST(link_whole)
TEST(panic)
TEST(fault)
TEST(grow)
TEST(switch)
TEST(thread)
TEST(backtrace)

static void
t_reload(void)
{
	reloaded = gort_open(plugin("basic1"), 0);
	REQUIRE(reloaded != NULL);
	both_ways(o_reload_shared);
	REQUIRE(gort_close(reloaded, 1000) == 0);
}

static void
t_reload_object(void)
{
	reloaded = gort_open(object("mod1.o"), 0);
	REQUIRE(reloaded != NULL);
	both_ways(o_reload_object);
	REQUIRE(gort_close(reloaded, 1000) == 0);
}

static const struct test tests[] = {
    {"a plugin opened, called, closed", t_shared},
    {"an object", t_object},
    {"an archive", t_archive},
    {"a thin archive", t_thin},
    {"a panic in a plugin", t_panic_in_plugin},
    {"a reload", t_reload},
    {"a reload of objects", t_reload_object},
    {"an object linked", t_link_object},
    {"an archive linked", t_link_archive},
    {"all of an archive", t_link_whole},
    {"panics, recovery, values", t_panic},
    {"a fault", t_fault},
    {"a stack that grows", t_grow},
    {"one that a context has", t_switch},
    {"a thread's first calls", t_thread},
    {"a backtrace", t_backtrace},
};

/*
 * A process's life, in which the environment says what fails, from its first
 * instruction on: what the runtime starts with, first times of everything.
 */
static int
life(void)
{
	static operation *const all[] = {o_panic, o_fault, o_grow, o_switch,
	    o_thread, o_shared, o_object, o_archive, o_link_object,
	    o_backtrace};
	int rc = gort_wait_ready(10000), again;
	unsigned i;

	MUST(rc == 0 || *gort_errmsg());
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		again = all[i]();
		if (again > 0)
			return 1;
		if (rc == 0)
			rc = again;
	}
	inject_disarm();
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		again = all[i]();
		MUST(again == 0 || (gort_state() == GORT_FAILED && again < 0));
	}
	MUST(gort_shutdown(1000) == 0);
	return 0;
}

int
main(int argc, char **argv)
{
	if (!getenv("LINK_OBJECTS")) {
		printf("run by inject.sh\n");
		return 99;
	}
	if (argc > 1 && strcmp(argv[1], "life") == 0)
		return life();
	return RUN_TESTS("inject", tests);
}
