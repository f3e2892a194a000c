/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Panics and Rust. usage: cross_rust drops|loop|in|says|ends|stays|again|
 * closed|own, or cross_rust plugin FILE; ends with 0, or as the platform ends
 * it. Built by rust.sh.
 */
#include <gort.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef void callback(void *);
extern int DROPS;
void rust_through(callback *fn, void *arg);
void rust_panics(void *arg);
void rust_closed(callback *fn, void *arg);
int rust_catches(void *arg);
void rust_panics_as(void *n);
void rust_panics_with_drop(void *arg);
int rust_is_panicking(void);
void rust_quiet(void);

static struct gort_error err;

static void
plain(void *arg)
{
	gort_panic("through Rust %s", (const char *)arg);
}

static void
through(void *arg)
{
	rust_through(plain, arg);
}

static void
closed(void *arg)
{
	rust_closed(plain, arg);
}

static void
recover_it(void *seen)
{
	*(int *)seen = gort_recover() != NULL;
}

static int
recovering(char *arg, int *seen)
{
	GORT_DEFERS_RESULT(int, r);

	gort_defer(recover_it, seen);
	r = 4;
	rust_through(plain, arg);
	gort_return(0);
}

/* Drops run, and the panic comes to the boundary or is recovered. */
static int
drops(char *word)
{
	int seen = 0;

	DROPS = 0;
	if (gort_try(through, word, &err) != -GORT_EPANIC || DROPS != 11 ||
	    err.skipped || strcmp(err.message, "through Rust word") != 0)
		return 1;
	if (recovering(word, &seen) != 4 || !seen || DROPS != 22)
		return 2;
	return 0;
}

static const char *const said[] = {
    "Rust panic: literal",
    "Rust panic: formatted 1",
    "Rust panic: a str",
    "Rust panic: a String",
    "Rust panic: index out of bounds: the len is 3 but the index is 4",
    NULL, /* cut off */
    "Rust panic, payload of 24 bytes",
    "Rust panic, payload of 16 bytes",
    "Rust panic, payload of 16 bytes",
    "Rust panic, payload of 24 bytes",
    "Rust panic, payload of 24 bytes",
    "Rust panic, payload of 24 bytes",
    "Rust panic, payload of 0 bytes",
    "Rust panic, payload of 1 bytes",
    "Rust panic, payload of 24 bytes",
};

static int
says(void)
{
	static const char head[] = "Rust panic: \u00e9\u00e9";
	int i, rc = 0;

	for (i = 0; i < 15; i++) {
		if (gort_try(rust_panics_as, (void *)(intptr_t)i, &err) !=
		    -GORT_EEXCEPTION)
			return 5;
		if (said[i] ? strcmp(err.message, said[i]) != 0
			    : strncmp(err.message, head, strlen(head)) != 0 ||
				  (strlen(err.message) - 12) % 2 != 0 ||
				  strlen(err.message) < 250) {
			printf("%d: %s\n", i, err.message);
			rc = 6;
		}
		if (!strstr(gort_errmsg(), err.message))
			rc = 7;
	}
	return rc;
}

/* A thousand on one thread; the bytes that each leaves behind. */
static double
thousand(int panicking)
{
	size_t before = 0;
	int i, round;

	rust_quiet();
	for (round = 0; round < 2; round++) {
		DROPS = 0;
		before = mallinfo2().uordblks;
		for (i = 0; i < 1000; i++) {
			if (gort_try(
				i & 1 ? rust_panics_with_drop : rust_panics_as,
				(void *)1, &err) != -GORT_EEXCEPTION ||
			    rust_is_panicking() != panicking)
				return -1e9;
		}
	}
	return (double)(mallinfo2().uordblks - before) / 1000;
}

/* From another copy of Rust's library than ours. */
static int
plugin(const char *file)
{
	struct gort_plugin *p = gort_open(file, 0);
	int (*is_panicking)(void);
	int i;

	if (!p) {
		printf("%s\n", gort_errmsg());
		return 9;
	}
	*(void **)&is_panicking = gort_sym(p, "is_panicking");
	for (i = 0; i < 1000; i++)
		if (gort_call(gort_sym(p, "panics_as"), (void *)4, &err) !=
			-GORT_EEXCEPTION ||
		    strcmp(err.message, said[4]) != 0 ||
		    strcmp(err.module, "rusty") != 0 || is_panicking())
			return 10;
	return gort_close(p, -1) != 0;
}

int
main(int argc, char **argv)
{
	char word[] = "word";
	double bytes;
	int i, rc = 0;

	if (argc < 2)
		return 99;
	if (strcmp(argv[1], "drops") == 0)
		return drops(word);
	if (strcmp(argv[1], "loop") == 0) {
		for (i = 0; i < 2000 && !rc; i++)
			rc = drops(word);
		return rc;
	}
	if (strcmp(argv[1], "in") == 0) {
		for (i = 0; i < 3; i++) {
			DROPS = 0;
			if (gort_try(rust_panics, NULL, &err) !=
				-GORT_EEXCEPTION ||
			    DROPS != 1 ||
			    strcmp(err.message, "Rust panic: from Rust") != 0)
				return 3;
			if (drops(word))
				return 4;
		}
		return 0;
	}
	if (strcmp(argv[1], "says") == 0)
		return says();
	if (strcmp(argv[1], "ends") == 0)
		return thousand(0) != 0 || DROPS != 500;
	if (strcmp(argv[1], "stays") == 0) {
		bytes = thousand(1);
		printf("%.0f bytes stay of each panic\n", bytes);
		return bytes <= 0 || bytes > 256 || DROPS != 0;
	}
	/* what its own drop throws comes in place of it */
	if (strcmp(argv[1], "again") == 0)
		return gort_try(rust_panics_as, (void *)99, &err) !=
			   -GORT_EEXCEPTION ||
		       strcmp(err.message, "Rust panic: dropped") != 0 ||
		       drops(word);
	if (strcmp(argv[1], "plugin") == 0)
		return plugin(argv[2]);
	if (strcmp(argv[1], "closed") == 0)
		return gort_try(closed, word, &err);
	if (strcmp(argv[1], "own") == 0)
		return rust_catches(NULL) != 1 || DROPS != 100 || drops(word);
	return 98;
}
