/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Panics and Rust. usage: cross_rust drops|loop|in|closed|own; ends with 0, or
 * as the platform ends it. Built by rust.sh.
 */
#include <gort.h>
#include <stdio.h>
#include <string.h>

typedef void callback(void *);
extern int DROPS;
void rust_through(callback *fn, void *arg);
void rust_panics(void *arg);
void rust_closed(callback *fn, void *arg);
int rust_catches(void *arg);

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

int
main(int argc, char **argv)
{
	char word[] = "word";
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
			    strcmp(err.message, "Rust panic") != 0)
				return 3;
			if (drops(word))
				return 4;
		}
		return 0;
	}
	if (strcmp(argv[1], "closed") == 0)
		return gort_try(closed, word, &err);
	if (strcmp(argv[1], "own") == 0)
		return rust_catches(NULL) != 1 || DROPS != 100 || drops(word);
	return 98;
}
