/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort call: link objects and archives into this process and call a function
 * of theirs.
 */
#include "cmd.h"

#include <gort.h>
#include <gort/link.h>

#include <string.h>

static void
help(void)
{
	printf("usage: gort call [--whole] FILE... --symbol NAME\n\n"
	       "Links ELF or COFF objects and archives into the process, "
	       "without a linker,\ncalls int NAME(void) by their calling "
	       "convention and prints what it returns.\nWhat no file defines "
	       "is looked for in the process.\n\n"
	       "  --symbol NAME  the function\n"
	       "  --whole        take all members of archives, not just those "
	       "that are needed\n"
	       "  --help         this text\n\n"
	       "exit status: 0; 1 the files cannot be linked, or the function "
	       "panics or throws;\n64 wrong usage\n");
}

static int
failed(struct gort_link *lk)
{
	int status = cmd_failed("call", "%s", gort_errmsg());

	gort_link_free(lk);
	return status;
}

/* int fn(void) */
struct call {
	void *fn;
	int abi;
	int ret;
};

/* By its convention. */
static void
make_call(void *arg)
{
	struct call *c = arg;
	int (*fn)(void);
#if defined(__x86_64__) && !defined(_WIN32)
	int (*ms)(void) __attribute__((ms_abi));

	if (c->abi == GORT_ABI_MS) {
		memcpy(&ms, &c->fn, sizeof(ms));
		c->ret = ms();
		return;
	}
#endif
	memcpy(&fn, &c->fn, sizeof(fn));
	c->ret = fn();
}

/* Show what it returns, or what it panicked with or threw. */
static int
run(struct call *c)
{
	char text[4096];
	struct gort_error err;

	if (gort_try(make_call, c, &err)) {
		gort_format_error(&err, text, sizeof(text));
		fputs(text, stderr);
		return EXIT_FAILED;
	}
	printf("%d\n", c->ret);
	fflush(stdout);
	return EXIT_OK;
}

static int
call(const char *name, unsigned flags, int nfiles, char **files)
{
	struct gort_link *lk = gort_link_new();
	struct call c;
	int i, rc, status;

	if (!lk)
		return cmd_failed("call", "%s", gort_errmsg());
	for (i = 0; i < nfiles; i++)
		if (gort_link_add(lk, files[i], flags))
			return failed(lk);
	if (gort_link_need(lk, name) || gort_link_load(lk) ||
	    !(c.fn = gort_link_sym(lk, name)))
		return failed(lk);
	if (!cmd_is_code(c.fn)) {
		gort_link_free(lk);
		return cmd_failed("call", "%s is no function", name);
	}
	c.abi = gort_link_abi(lk);
	status = run(&c);
	/* what stays mapped, as exit(3) has something of it to run, is no failure */
	rc = gort_link_free(lk);
	if (rc && rc != -GORT_EPINNED)
		return cmd_failed("call", "%s", gort_errmsg());
	return status;
}

int
cmd_call(int argc, char **argv)
{
	const char *name = NULL;
	bool plain = false; /* after -- */
	unsigned flags = 0;
	int i, nfiles = 0;

	/* files move to the front */
	for (i = 1; i < argc; i++) {
		if (plain || argv[i][0] != '-' || !argv[i][1]) {
			argv[1 + nfiles++] = argv[i];
		} else if (strcmp(argv[i], "--") == 0) {
			plain = true;
		} else if (strcmp(argv[i], "--help") == 0) {
			help();
			return EXIT_OK;
		} else if (strcmp(argv[i], "--whole") == 0) {
			flags = GORT_LINK_WHOLE;
		} else if (strcmp(argv[i], "--symbol") != 0) {
			return cmd_bad_use(
			    "call", "unknown option %s", argv[i]);
		} else if (i + 1 == argc) {
			return cmd_bad_use("call", "--symbol needs a value");
		} else {
			name = argv[++i];
		}
	}
	if (nfiles == 0 || !name)
		return cmd_bad_use("call", "need files and --symbol NAME");
	return call(name, flags, nfiles, argv + 1);
}
