/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Objects and archives as plugins. Run by plugin_obj.sh, which compiles them
 * into the folder $LINK_OBJECTS.
 */
#include "check.h"
#include "procstat.h"

#include <gort.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>

static const char *
object(const char *name)
{
	static char path[2][4096];
	static int n;

	n = !n;
	snprintf(
	    path[n], sizeof(path[n]), "%s/%s", getenv("LINK_OBJECTS"), name);
	return path[n];
}

typedef int number(int);

static number *
as_number(void *p)
{
	number *fn;

	memcpy(&fn, &p, sizeof(fn));
	return fn;
}

static void
serves(const char *name)
{
	struct gort_plugin *p = gort_open(object(name), 0);
	struct gort_stats st;
	struct gort_error err = {0};
	char text[4096];
	number *add, *plain;
	void *boom;

	if (!p)
		printf("    %s\n", gort_errmsg());
	REQUIRE(p != NULL);
	add = as_number(gort_sym(p, "add"));
	plain = as_number(gort_sym(p, "plain"));
	boom = gort_sym(p, "boom");
	REQUIRE(add && plain && boom);
	CHECK(add(2) == 102);
	CHECK(plain(21) == 42);
	CHECK(gort_call(boom, NULL, &err) == -GORT_EPANIC);
	CHECK(strcmp(err.module, "objmod") == 0);
	gort_format_error(&err, text, sizeof(text));
	CHECK(strstr(text, "gort__body_boom+0x") != NULL);
	CHECK(gort_sym(p, "nothing") == NULL);
	CHECK(gort_stat(p, &st) == 0);
	CHECK(st.calls == 3 && st.panics == 1 && st.state == GORT_P_READY);
	CHECK(gort_open(object(name), 0) == NULL);
	CHECK(strstr(gort_errmsg(), "objmod is in the process") != NULL);
	CHECK(gort_close(p, 1000) == 0);
}

static void
an_object(void)
{
	serves("mod1.o");
}

static void
an_archive(void)
{
	serves("mod1.a");
}

static void
a_thin_archive(void)
{
	serves("sub/thin1.a");
	serves("thin_of_archive.a");
}

static void
reloads(void)
{
	struct gort_plugin *p = gort_open(object("mod1.o"), 0);
	struct gort_stats st;
	number *add;

	REQUIRE(p != NULL);
	add = as_number(gort_sym(p, "add"));
	REQUIRE(add != NULL);
	CHECK(add(0) == 100);
	/* from an object to an archive, to a shared object, and back */
	CHECK(gort_reload(p, object("mod2.a"), 1000) == 0);
	CHECK(add(0) == 200 + 1); /* its state came along */
	CHECK(gort_reload(p, object("sub/thin1.a"), 1000) == 0);
	CHECK(add(0) == 102);
	CHECK(gort_reload(p, object("mod1.so"), 1000) == 0);
	CHECK(add(0) == 100 + 3);
	CHECK(gort_reload(p, object("mod1.o"), 1000) == 0);
	CHECK(add(0) == 100 + 4);
	CHECK(gort_stat(p, &st) == 0);
	CHECK(st.lingering == 0 && st.generation == 5);
	/* a failed reload leaves the version serving */
	CHECK(gort_reload(p, object("undef.o"), 1000) == -GORT_ENOSYM);
	CHECK(strstr(gort_errmsg(), "undefined symbol nobody_has_this"));
	CHECK(gort_reload(p, object("refuses.o"), 1000) == -GORT_EINIT);
	CHECK(add(0) == 100 + 4);
	CHECK(gort_close(p, 1000) == 0);
}

static sem_t inside, leave;

static void
wait_here(void)
{
	sem_post(&inside);
	sem_wait(&leave);
}

static void *
call_waits(void *p)
{
	void (*fn)(void (*)(void));

	memcpy(&fn, &p, sizeof(fn));
	fn(wait_here);
	return NULL;
}

static void
drains(void)
{
	struct gort_plugin *p = gort_open(object("mod1.o"), 0);
	struct gort_stats st;
	pthread_t t;
	void *waits;

	REQUIRE(p != NULL);
	waits = gort_sym(p, "waits");
	REQUIRE(waits != NULL);
	sem_init(&inside, 0, 0);
	sem_init(&leave, 0, 0);
	REQUIRE(pthread_create(&t, NULL, call_waits, waits) == 0);
	sem_wait(&inside);
	CHECK(gort_close(p, 10) == -GORT_ETIMEDOUT);
	CHECK(gort_reload(p, object("mod2.o"), 10) == 0);
	CHECK(gort_stat(p, &st) == 0);
	CHECK(st.lingering == 1);
	sem_post(&leave);
	pthread_join(t, NULL);
	CHECK(gort_reap(p) == 0);
	CHECK(gort_close(p, 1000) == 0);
}

static void *touch; /* gives the calling thread's variable a destructor */
static pthread_barrier_t touched;

static void *
touch_and_stay(void *unused)
{
	int (*fn)(void);

	memcpy(&fn, &touch, sizeof(fn));
	fn();
	pthread_barrier_wait(&touched);
	pthread_barrier_wait(&touched);
	return unused;
}

static void *
is_served(void *bad)
{
	struct gort_error err;
	int n = 0;

	return gort_call(touch, &n, &err) == 0 && n == 1 ? NULL : bad;
}

/* Its module is gone then, and another version gets the module's record. */
static void
kept_for_a_thread(void)
{
	struct gort_plugin *p = gort_open(object("tlsdtor.o"), 0);
	struct gort_stats st;
	pthread_t t, u;
	void *bad;
	int i;

	REQUIRE(p != NULL);
	pthread_barrier_init(&touched, NULL, 2);
	touch = gort_sym(p, "touch");
	REQUIRE(pthread_create(&t, NULL, touch_and_stay, NULL) == 0);
	pthread_barrier_wait(&touched);
	for (i = 0; i < 150; i++) {
		REQUIRE(gort_reload(p, NULL, 1000) == 0);
		CHECK(gort_reap(p) == 1);
		touch = gort_sym(p, "number");
		REQUIRE(pthread_create(&u, NULL, is_served, &bad) == 0);
		pthread_join(u, &bad);
		REQUIRE(bad == NULL);
	}
	CHECK(gort_stat(p, &st) == 0);
	CHECK(st.lingering == 1);
	pthread_barrier_wait(&touched);
	pthread_join(t, NULL);
	CHECK(gort_close(p, 1000) == 0);
}

static void
refused(void)
{
	CHECK(gort_open(object("plain.o"), 0) == NULL);
	CHECK(strstr(gort_errmsg(), "not a gort module") != NULL);
	CHECK(gort_open(object("plain.a"), 0) == NULL);
	CHECK(strstr(gort_errmsg(), "not a gort module") != NULL);
	CHECK(gort_open(object("lost.a"), 0) == NULL);
	CHECK(strstr(gort_errmsg(), "gone.o") != NULL);
	CHECK(strstr(gort_errmsg(), "No such file") != NULL);
	CHECK(gort_open(object("short.a"), 0) == NULL);
	CHECK(strstr(gort_errmsg(), "shorter than the archive") != NULL);
	CHECK(gort_open(object("needs.o"), 0) == NULL);
	CHECK(strstr(gort_errmsg(), "needs module absent") != NULL);
	CHECK(gort_open(object("undef.o"), 0) == NULL);
	CHECK(strstr(gort_errmsg(), "undefined symbol nobody_has_this"));
	CHECK(gort_open(object("refuses.o"), 0) == NULL);
	CHECK(strstr(gort_errmsg(), "init") != NULL);
}

static void
cycles(void)
{
	struct procstat before = {0}, after;
	int i;

	for (i = 0; i < 1500; i++) {
		struct gort_plugin *p;

		if (i == 1000)
			before = procstat();
		p = gort_open(object(i % 2 ? "mod1.o" : "mod1.a"), 0);
		REQUIRE(p != NULL);
		CHECK(as_number(gort_sym(p, "add"))(1) == 101);
		CHECK(gort_open(object("undef.o"), 0) == NULL);
		CHECK(gort_close(p, 1000) == 0);
	}
	after = procstat();
	printf("    500 cycles: %ld to %ld KiB, %d to %d mappings\n",
	    before.rss_kib, after.rss_kib, before.maps, after.maps);
	CHECK(after.fds == before.fds);
	CHECK(after.threads == before.threads);
#ifndef HAVE_SANITIZERS
	CHECK(after.maps <= before.maps + 2);
	if (!emulated("memory, as the emulator's own counts along"))
		CHECK(after.rss_kib <= before.rss_kib + 512);
#endif
}

static const struct test tests[] = {
    {"an object is a plugin: called, contained, counted, closed", an_object},
    {"so is an archive", an_archive},
    {"and a thin one, of files or of another archive's members",
	a_thin_archive},
    {"reload goes between objects, archives and shared objects", reloads},
    {"a call inside keeps an object's version", drains},
    {"what stays for a thread's destructor takes nothing from later versions",
	kept_for_a_thread},
    {"what is no whole module is refused, with the reason", refused},
    {"500 opens and closes, after 1,000, leave nothing", cycles},
};

int
main(void)
{
	if (!getenv("LINK_OBJECTS")) {
		printf("run by plugin_obj.sh\n");
		return 99;
	}
	return RUN_TESTS("plugin_obj", tests);
}
