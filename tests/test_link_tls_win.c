/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Thread-local variables of MSVC's kind in linked objects: tests/linked_tls.c.
 */
#include "linked_tls.h"

#include <gort.h>
#include <gort/link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Files of the build's tests folder, up to NULL; NULL: gort_errmsg() says. */
static struct gort_link *
linked(const char *const *names)
{
	struct gort_link *lk = gort_link_new();
	static int host_value = 3;
	char path[1024];
	bool ok = gort_link_define(lk, "host_value", &host_value) == 0;

	for (; ok && *names; names++) {
		snprintf(path, sizeof(path), "%s/tests/%s", getenv("BUILDDIR"),
		    *names);
		ok = gort_link_add(lk, path, GORT_LINK_WHOLE) == 0;
	}
	if (ok && gort_link_load(lk) == 0)
		return lk;
	gort_link_free(lk);
	return NULL;
}

static const char *const one[] = {LINKED("one"), NULL};
static const char *const both[] = {LINKED("two"), LINKED("one"), NULL};
static const char *const big[] = {LINKED("big"), NULL};

/* The functions of linked_tls_one.x. */
struct image {
	struct gort_link *link;
	int (*is_new)(void);
	int (*add)(int n);
	int (*added)(void);
	char *(*where)(void);
	char *(*where_wide)(void);
};

static bool
image(struct image *im, const char *const *files)
{
	static const char *const names[] = {
	    "is_new", "add", "added", "where", "where_wide"};
	void *p[5];
	unsigned i;

	im->link = linked(files);
	if (!im->link) {
		printf("    %s\n", gort_errmsg());
		return false;
	}
	for (i = 0; i < 5; i++)
		p[i] = gort_link_sym(im->link, names[i]);
	memcpy(&im->is_new, p, sizeof(p));
	return true;
}

/* A thread that does what it is told, one thing after the other. */
struct helper {
	HANDLE thread, go, done;
	void (*job)(void *);
	void *arg;
};

static DWORD WINAPI
help(void *p)
{
	struct helper *h = p;

	while (WaitForSingleObject(h->go, INFINITE) == 0 && h->job) {
		h->job(h->arg);
		SetEvent(h->done);
	}
	return 0;
}

static bool
help_start(struct helper *h)
{
	h->go = CreateEventA(NULL, FALSE, FALSE, NULL);
	h->done = CreateEventA(NULL, FALSE, FALSE, NULL);
	h->thread =
	    h->go && h->done ? CreateThread(NULL, 0, help, h, 0, NULL) : NULL;
	return h->thread != NULL;
}

static void
help_begin(struct helper *h, void (*job)(void *), void *arg)
{
	h->job = job;
	h->arg = arg;
	SetEvent(h->go);
}

static void
help_with(struct helper *h, void (*job)(void *), void *arg)
{
	help_begin(h, job, arg);
	WaitForSingleObject(h->done, INFINITE);
}

static void
help_end(struct helper *h)
{
	help_begin(h, NULL, NULL);
	WaitForSingleObject(h->thread, INFINITE);
	CloseHandle(h->thread);
	CloseHandle(h->go);
	CloseHandle(h->done);
}

/* What a thread found. */
struct found {
	const struct image *im;
	bool new;
	int sum, zero;
	char *where, *where_wide;
};

static void
look(void *p)
{
	struct found *f = p;

	f->new = f->im->is_new();
	f->sum = f->im->add(5);
	f->sum = f->im->add(1);
	f->zero = f->im->added();
	f->where = f->im->where();
	f->where_wide = f->im->where_wide();
}

static bool
right(const struct found *f)
{
	return f->new && f->sum == 47 && f->zero == 6;
}

#define THREADS 12

static void
own_values(void)
{
	struct helper h[THREADS];
	struct found f[THREADS], mine;
	struct image im;
	unsigned i, k;

	/* every second one runs before the link */
	for (i = 0; i < THREADS; i += 2)
		REQUIRE(help_start(&h[i]));
	REQUIRE(image(&im, one));
	for (i = 1; i < THREADS; i += 2)
		REQUIRE(help_start(&h[i]));
	mine.im = &im;
	look(&mine);
	CHECK(right(&mine));
	for (i = 0; i < THREADS; i++) {
		f[i].im = &im;
		help_with(&h[i], look, &f[i]);
		CHECK(right(&f[i]));
		CHECK(f[i].where != mine.where);
		for (k = 0; k < i; k++)
			CHECK(f[i].where != f[k].where);
	}
	CHECK(im.added() == 6);
	for (i = 0; i < THREADS; i++)
		help_end(&h[i]);
	CHECK(gort_link_free(im.link) == 0);
}

static void
aligned(void)
{
	struct helper h[THREADS];
	struct found f;
	struct image im;
	unsigned i;

	for (i = 0; i < THREADS / 2; i++)
		REQUIRE(help_start(&h[i]));
	REQUIRE(image(&im, one));
	f.im = &im;
	for (i = 0; i < THREADS; i++) {
		if (i >= THREADS / 2)
			REQUIRE(help_start(&h[i]));
		help_with(&h[i], look, &f);
		CHECK((uintptr_t)f.where_wide % (2 * sizeof(void *)) == 0);
	}
	for (i = 0; i < THREADS; i++)
		help_end(&h[i]);
	CHECK(gort_link_free(im.link) == 0);
}

static void
across_objects(void)
{
	int (*add_too)(int);
	char *(*where_too)(void);
	struct image im;
	void *p[2];

	REQUIRE(image(&im, both));
	p[0] = gort_link_sym(im.link, "add_too");
	p[1] = gort_link_sym(im.link, "where_too");
	REQUIRE(p[0] && p[1]);
	memcpy(&add_too, &p[0], sizeof(add_too));
	memcpy(&where_too, &p[1], sizeof(where_too));
	CHECK(where_too() == im.where());
	CHECK(im.add(1) == 42);
	CHECK(add_too(2) == 44);
	CHECK(im.add(1) == 45);
	CHECK(gort_link_free(im.link) == 0);
}

static void
not_disturbed(void)
{
	struct image first, second;
	struct helper h;
	struct found f, g;

	REQUIRE(help_start(&h));
	REQUIRE(image(&first, one));
	f.im = &first;
	g.im = &second;
	help_with(&h, look, &f);
	first.add(8);
	REQUIRE(image(&second, one));
	help_with(&h, look, &g);
	CHECK(right(&f) && right(&g) && f.where != g.where);
	CHECK(second.is_new());
	CHECK(first.added() == 8 && second.add(4) == 45);
	CHECK(first.added() == 8);
	help_with(&h, look, &f);
	CHECK(!f.new &&f.zero == 12);
	CHECK(gort_link_free(first.link) == 0);
	help_with(&h, look, &g);
	CHECK(!g.new &&g.zero == 12);
	help_end(&h);
	CHECK(gort_link_free(second.link) == 0);
}

/* Threads that are made while main links. */
struct crowd {
	struct image im;
	HANDLE linked; /* from here on they look */
	HANDLE threads[32];
	unsigned n;
	atomic_uint begun, wrong;
};

static DWORD WINAPI
in_crowd(void *p)
{
	struct crowd *c = p;
	struct found f;

	atomic_fetch_add(&c->begun, 1);
	WaitForSingleObject(c->linked, INFINITE);
	f.im = &c->im;
	look(&f);
	if (!right(&f))
		atomic_fetch_add(&c->wrong, 1);
	return 0;
}

static void
make_crowd(void *p)
{
	struct crowd *c = p;

	for (c->n = 0; c->n < 32; c->n++) {
		c->threads[c->n] =
		    CreateThread(NULL, 65536, in_crowd, c, 0, NULL);
		if (!c->threads[c->n])
			return;
	}
}

static void
during_the_link(void)
{
	unsigned round, i, before = 0;
	struct helper h;
	struct crowd c = {.n = 0};

	REQUIRE(help_start(&h));
	c.linked = CreateEventA(NULL, TRUE, FALSE, NULL);
	for (round = 0; round < 50; round++) {
		unsigned begun;

		atomic_store(&c.begun, 0);
		help_begin(&h, make_crowd, &c);
		/* at another moment each time */
		while (atomic_load(&c.begun) < round % 24)
			SwitchToThread();
		REQUIRE(image(&c.im, one));
		begun = atomic_load(&c.begun);
		before += begun < 32;
		WaitForSingleObject(h.done, INFINITE);
		SetEvent(c.linked);
		CHECK(c.n == 32);
		for (i = 0; i < c.n; i++) {
			WaitForSingleObject(c.threads[i], INFINITE);
			CloseHandle(c.threads[i]);
		}
		ResetEvent(c.linked);
		CHECK(gort_link_free(c.im.link) == 0);
	}
	CHECK(before > 0);
	CHECK(atomic_load(&c.wrong) == 0);
	CloseHandle(c.linked);
	help_end(&h);
}

static void
cycles(void)
{
	struct helper h;
	struct found f;
	struct image im;
	char *where = NULL;
	unsigned i;

	REQUIRE(help_start(&h));
	for (i = 0; i < 10000; i++) {
		REQUIRE(image(&im, one));
		f.im = &im;
		if (i % 100 == 0)
			help_with(&h, look, &f);
		else
			look(&f);
		if (!right(&f) || (i % 100 && where && where != f.where)) {
			printf("    cycle %u\n", i);
			CHECK(0);
			break;
		}
		if (i % 100)
			where = f.where;
		REQUIRE(gort_link_free(im.link) == 0);
	}
	help_end(&h);
}

static void
too_much(void)
{
	struct gort_link *first = linked(big), *second;
	int (*run)(void);
	void *p;

	REQUIRE(first != NULL);
	second = linked(big);
	CHECK(second == NULL);
	CHECK(strstr(gort_errmsg(), LINKED("big")) != NULL);
	CHECK(strstr(gort_errmsg(), "0xbb8 bytes of thread-local") != NULL);
	CHECK(strstr(gort_errmsg(), " are left of 0x1000") != NULL);
	CHECK(gort_link_free(first) == 0);
	second = linked(big);
	REQUIRE(second != NULL);
	p = gort_link_sym(second, "run");
	memcpy(&run, &p, sizeof(run));
	CHECK(p && run() == 1);
	CHECK(gort_link_free(second) == 0);
}

static void
pinned(void)
{
	LPTOP_LEVEL_EXCEPTION_FILTER filter, before;
	struct image im, next;
	struct found f;
	void *p;

	REQUIRE(image(&im, one));
	p = gort_link_sym(im.link, "filter");
	REQUIRE(p != NULL);
	memcpy(&filter, &p, sizeof(filter));
	im.add(8);
	before = SetUnhandledExceptionFilter(filter);
	CHECK(gort_link_free(im.link) == -GORT_EPINNED);
	REQUIRE(image(&next, one));
	f.im = &next;
	look(&f);
	CHECK(right(&f));
	CHECK(im.added() == 8);
	CHECK(im.add(1) == 50);
	CHECK(next.added() == 6);
	CHECK(SetUnhandledExceptionFilter(before) == filter);
	CHECK(gort_link_free(next.link) == 0);
}

static void
no_address(void)
{
	struct image im;

	REQUIRE(image(&im, one));
	CHECK(gort_link_sym(im.link, "counter") == NULL);
	CHECK(strstr(gort_errmsg(), "counter is not a symbol for others"));
	CHECK(gort_link_free(im.link) == 0);
}

static void
refused(void)
{
	static const struct {
		const char *file, *why;
	} all[] = {
	    {LINKED("wide"), "section .tls$ has alignment 64"},
	    {LINKED("nobody"), "nobody"},
	    {LINKED("given"), "host_value is not of these objects"},
	    {LINKED("callback"), ".CRT$XLB: TLS callbacks"},
	    {LINKED("index"), "_tls_index, which belongs to"},
	    {LINKED("made"), "thread_local variables with constructors"},
	    {LINKED("unmade"), "thread_local variables with constructors"},
	};
	unsigned i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const char *files[] = {all[i].file, NULL};
		struct gort_link *lk = linked(files);

		CHECK(lk == NULL);
		CHECK(strstr(gort_errmsg(), all[i].file) != NULL);
		CHECK(strstr(gort_errmsg(), all[i].why) != NULL);
		if (lk || !strstr(gort_errmsg(), all[i].why))
			printf("    %s: %s\n", all[i].file,
			    lk ? "linked" : gort_errmsg());
		gort_link_free(lk);
	}
}

static const struct test tests[] = {
    {"each thread has its own variables, with their initial values, also one "
     "that ran before the link",
	own_values},
    {"variables are aligned in all threads", aligned},
    {"an object uses another's variables", across_objects},
    {"two images have variables of their own", not_disturbed},
    {"threads that are made during the link have the values", during_the_link},
    {"an image that stays mapped keeps its variables", pinned},
    {"a variable has no address for others", no_address},
    {"too many bytes of variables are refused, until others go", too_much},
    {"what cannot be is refused by name", refused},
    {"linked and unloaded 10,000 times, variables begin anew", cycles},
};

int
main(void)
{
	if (no_tls_objects())
		return 77;
	return RUN_TESTS("link_tls_win", tests);
}
