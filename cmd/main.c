/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The gort command: picks the sub-command.
 */
#include "config.h"

#include "cmd.h"

#include <string.h>

/* run NULL: not in this build, and why. */
static const struct command {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
} commands[] = {
#ifdef HAVE_MHD
    {"serve", "an HTTP server that hosts plugins", cmd_serve},
#else
    {"serve", "it needs libmicrohttpd", NULL},
#endif
#ifdef HAVE_FFI
    {"run", "call one export of a plugin", cmd_run},
#else
    {"run", "it needs libffi", NULL},
#endif
    {"bind", "make a module of plain C objects", cmd_bind},
    {"call", "link objects into the process and call a function", cmd_call},
    {"list", "show what plugin files say of themselves", cmd_list},
#ifdef HAVE_STACKS
    {"selftest", "does the machine level work here, and what it costs",
	cmd_selftest},
#else
    {"selftest", "the machine level cannot switch stacks here", NULL},
#endif
    {"inspect", "show what is in object files and libraries", cmd_inspect},
    {"version", "versions of the command, the library and the ABI",
	cmd_version},
    {"help", "this text", cmd_help},
};
#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

int
cmd_help(int argc, char **argv)
{
	unsigned i;

	(void)argc;
	(void)argv;
	printf("usage: gort COMMAND [OPTION...] [ARGUMENT...]\n\n"
	       "Hosts plugins that may panic, fault and be replaced while the "
	       "server goes on.\n\ncommands:\n");
	for (i = 0; i < NCOMMANDS; i++)
		if (commands[i].run)
			printf("  %-8s %s\n", commands[i].name,
			    commands[i].summary);
	printf("\nEach command explains itself: gort COMMAND --help\n"
	       "exit status: 0 done, 1 failed, 2 uncaught panic, 64 wrong "
	       "usage\n");
	return EXIT_OK;
}

int
main(int argc, char **argv)
{
	const char *name;
	unsigned i;

	cmd_begin(&argc, &argv);
	name = argc > 1 ? argv[1] : NULL;
	if (!name) {
		fprintf(stderr, "gort: no command\nsee: gort --help\n");
		return EXIT_BADUSE;
	}
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		name = "help";
	if (strcmp(name, "--version") == 0)
		name = "version";
	for (i = 0; i < NCOMMANDS; i++) {
		int rc;

		if (strcmp(name, commands[i].name) != 0)
			continue;
		if (!commands[i].run)
			return cmd_failed(
			    name, "not in this build: %s", commands[i].summary);
		rc = commands[i].run(argc - 1, argv + 1);
		if ((fflush(stdout) != 0 || ferror(stdout)) && rc == EXIT_OK)
			rc = cmd_failed(name, "cannot write the output");
		return rc;
	}
	fprintf(stderr, "gort: unknown command %s\nsee: gort --help\n", name);
	return EXIT_BADUSE;
}
