/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libgort.dll is loaded by a program that knows nothing of it and has threads
 * already; then objects with thread-local variables are linked
 * (tests/linked_tls.c).
 */
#include "linked_tls.h"

#include <gort/link.h>
#include <stdbool.h>

#define THREADS 5

/* What is called of libgort.dll. */
static struct {
	__typeof__(&gort_link_new) new;
	__typeof__(&gort_link_add) add;
	__typeof__(&gort_link_load) load;
	__typeof__(&gort_link_sym) sym;
	__typeof__(&gort_link_free) free;
} gort;

static int (*is_new)(void), (*add)(int), (*added)(void);

static bool
load_gort(void)
{
	static const char *const names[] = {"gort_link_new", "gort_link_add",
	    "gort_link_load", "gort_link_sym", "gort_link_free"};
	HMODULE h = LoadLibraryA("libgort.dll");
	FARPROC fn[5] = {NULL};
	unsigned i;

	for (i = 0; h && i < 5; i++) {
		fn[i] = GetProcAddress(h, names[i]);
		if (!fn[i])
			return false;
	}
	memcpy(&gort, fn, sizeof(gort));
	return h != NULL;
}

static bool
get(struct gort_link *lk, const char *name, int (**fn)(void))
{
	void *p = gort.sym(lk, name);

	memcpy(fn, &p, sizeof(p));
	return p != NULL;
}

static struct gort_link *
linked(void)
{
	struct gort_link *lk = gort.new();
	char path[1024];

	snprintf(
	    path, sizeof(path), "%s/tests/" LINKED("one"), getenv("BUILDDIR"));
	if (gort.add(lk, path, GORT_LINK_WHOLE) == 0 && gort.load(lk) == 0 &&
	    get(lk, "is_new", &is_new) && get(lk, "added", &added) &&
	    get(lk, "add", (int (**)(void))(void *)&add))
		return lk;
	gort.free(lk);
	return NULL;
}

struct thread {
	HANDLE thread, ready, go, done;
	bool right;
};

/* Looks twice: at the variables of one image, then of the next. */
static DWORD WINAPI
run(void *p)
{
	struct thread *t = p;
	int i;

	SetEvent(t->ready);
	t->right = true;
	for (i = 0; i < 2; i++) {
		WaitForSingleObject(t->go, INFINITE);
		t->right = t->right && is_new() && add(3) == 44 && added() == 3;
		SetEvent(t->done);
	}
	return 0;
}

static void
older_threads(void)
{
	struct thread t[THREADS];
	struct gort_link *lk;
	unsigned i, round;

	CHECK(GetModuleHandleA("libgort.dll") == NULL);
	for (i = 0; i < THREADS; i++) {
		t[i].ready = CreateEventA(NULL, FALSE, FALSE, NULL);
		t[i].go = CreateEventA(NULL, FALSE, FALSE, NULL);
		t[i].done = CreateEventA(NULL, FALSE, FALSE, NULL);
		t[i].thread = CreateThread(NULL, 0, run, &t[i], 0, NULL);
		REQUIRE(t[i].thread != NULL);
		WaitForSingleObject(t[i].ready, INFINITE);
	}
	REQUIRE(load_gort());
	for (round = 0; round < 2; round++) {
		lk = linked();
		REQUIRE(lk != NULL);
		CHECK(is_new() && add(4) == 45);
		for (i = 0; i < THREADS; i++) {
			SetEvent(t[i].go);
			WaitForSingleObject(t[i].done, INFINITE);
		}
		CHECK(added() == 4);
		CHECK(gort.free(lk) == 0);
	}
	for (i = 0; i < THREADS; i++) {
		WaitForSingleObject(t[i].thread, INFINITE);
		CHECK(t[i].right);
	}
	/* nor do their blocks, which are free, get in the way */
	lk = linked();
	REQUIRE(lk != NULL);
	CHECK(is_new());
	CHECK(gort.free(lk) == 0);
}

static const struct test tests[] = {
    {"threads that are older than libgort have the variables of objects",
	older_threads},
};

int
main(void)
{
	if (no_tls_objects())
		return 77;
	return RUN_TESTS("link_tls_late", tests);
}
