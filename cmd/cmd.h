/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The gort command: its sub-commands and what they share.
 */
#ifndef GORT_CMD_H
#define GORT_CMD_H

#include "../include/gort_err.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Exit statuses, documented in gort(1). */
enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1,  /* the work failed; the reason is on stderr */
	EXIT_PANIC = 2,   /* an uncaught panic, as the runtime has it */
	EXIT_BADUSE = 64, /* unknown command, option or argument (EX_USAGE) */
};

/* Each gets its own name as argv[0] and returns an exit status. */
int cmd_bind(int argc, char **argv);
int cmd_call(int argc, char **argv);
int cmd_help(int argc, char **argv);
int cmd_inspect(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_selftest(int argc, char **argv);
int cmd_serve(int argc, char **argv);
int cmd_version(int argc, char **argv);

/* "gort SUB: text" and a pointer to --help on stderr; EXIT_BADUSE. */
int cmd_bad_use(const char *sub, const char *fmt, ...) GORT__PRINTF(2, 3);

/* "gort SUB: text" on stderr; EXIT_FAILED. */
int cmd_failed(const char *sub, const char *fmt, ...) GORT__PRINTF(2, 3);

/* "gort SUB: text" on stderr, without what would steer a terminal. */
void cmd_vsay(const char *sub, const char *fmt, va_list ap) GORT__PRINTF(2, 0);

/* ---- sys_*.c: what differs between systems -------------------------------- */

/* Once, before main's arguments are looked at: make them UTF-8. */
void cmd_begin(int *argc, char ***argv);

/*
 * A regular file for reading, without waiting for one that is a pipe, and its
 * size; NULL with *e filled. The caller closes it.
 */
FILE *cmd_open_file(const char *path, uint64_t *size, struct gort_err *e);

/* Do both lead to one regular file, or is one not there and they are equal? */
bool cmd_same_file(const char *a, const char *b);

/* Monotonic, ns. */
double cmd_now_ns(void);

/* fn(arg) on a thread of its own, to its end; false: there is none. */
bool cmd_run_thread(void (*fn)(void *), void *arg);

/* size bytes, zeroed, at a page's start, for good. NULL: no memory. */
void *cmd_new_pages(size_t size);

/* Make code of whole pages that were written; false: the system refuses. */
bool cmd_make_code(void *pages, size_t size);

/* May what is at p be executed? True where the system does not say. */
bool cmd_is_code(const void *p);

/* ---- util.c ---------------------------------------------------------------- */

/* A whole regular file in malloced memory; NULL with *e filled. */
void *cmd_read_file(const char *path, size_t *size, struct gort_err *e);

/*
 * The same to be looked at only: one that is large is mapped where the system
 * can do that, so what nobody looks at is not read. If it is cut meanwhile the
 * process says so and ends with EXIT_FAILED. One at a time. NULL with *e
 * filled.
 */
const void *cmd_view_file(const char *path, size_t *size, struct gort_err *e);
void cmd_close_view(const void *data);

#endif
