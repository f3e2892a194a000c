/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort call: link objects and archives into this process and call a function
 * of theirs.
 */
#include "cmd.h"

#include <gort/link.h>

#include <string.h>

static void
help(void)
{
	printf(
	    "usage: gort call [--whole] FILE... --symbol NAME\n\n"
	    "Links ELF or COFF objects and archives into the process, "
	    "without a linker,\ncalls int NAME(void) by their calling "
	    "convention and prints what it returns.\nWhat no file defines "
	    "is looked for in the process.\n\n"
	    "  --symbol NAME  the function\n"
	    "  --whole        take all members of archives, not just those "
	    "that are needed\n"
	    "  --help         this text\n\n"
	    "exit status: 0; 1 the files cannot be linked; 64 wrong usage\n");
}

static int
failed(struct gort_link *lk)
{
	int status = cmd_failed("call", "%s", gort_errmsg());

	gort_link_free(lk);
	return status;
}

/* Call int fn(void) at p, by its convention. */
static int
run(void *p, int abi)
{
	int (*fn)(void);
#if defined(__x86_64__) && !defined(_WIN32)
	int (*ms)(void) __attribute__((ms_abi));

	if (abi == GORT_ABI_MS) {
		memcpy(&ms, &p, sizeof(ms));
		return ms();
	}
#endif
	(void)abi;
	memcpy(&fn, &p, sizeof(fn));
	return fn();
}

static int
call(const char *name, unsigned flags, int nfiles, char **files)
{
	struct gort_link *lk = gort_link_new();
	void *p;
	int i;

	if (!lk)
		return cmd_failed("call", "%s", gort_errmsg());
	for (i = 0; i < nfiles; i++)
		if (gort_link_add(lk, files[i], flags))
			return failed(lk);
	if (gort_link_need(lk, name) || gort_link_load(lk) ||
	    !(p = gort_link_sym(lk, name)))
		return failed(lk);
	printf("%d\n", run(p, gort_link_abi(lk)));
	fflush(stdout);
	if (gort_link_free(lk))
		return cmd_failed("call", "%s", gort_errmsg());
	return EXIT_OK;
}

int
cmd_call(int argc, char **argv)
{
	const char *name = NULL;
	unsigned flags = 0;
	int i, nfiles = 0;

	/* files move to the front */
	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0) {
			help();
			return EXIT_OK;
		}
		if (strcmp(argv[i], "--whole") == 0)
			flags = GORT_LINK_WHOLE;
		else if (strcmp(argv[i], "--symbol") == 0 && i + 1 < argc)
			name = argv[++i];
		else if (strncmp(argv[i], "--", 2) == 0)
			return cmd_bad_use(
			    "call", "unknown option %s", argv[i]);
		else
			argv[1 + nfiles++] = argv[i];
	}
	if (nfiles == 0 || !name)
		return cmd_bad_use("call", "need files and --symbol NAME");
	return call(name, flags, nfiles, argv + 1);
}
