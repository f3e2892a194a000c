/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort list: what plugin files say of themselves, read from their notes. No
 * code of the files runs.
 */
#include "cmd.h"
#include "../loader/note.h"
#include "../loader/objthin.h"

#include <stdlib.h>
#include <string.h>

static void
help(void)
{
	printf("usage: gort list [--json] PLUGIN...\n\n"
	       "Shows name, version, ABI range, needs and exports of plugin "
	       "files.\nReads only their notes: no code of the files runs.\n\n"
	       "  --json   one JSON array with an object a file\n"
	       "  --help   this text\n\n"
	       "exit status: 0; 1 if a file is no plugin; 64 wrong usage\n");
}

static void
print_text(
    const char *file, const struct gort__obj *o, const struct gort__note *note)
{
	uint32_t i;

	printf("%s: %s %s (%s, ABI %u to %u)\n", file, note->name,
	    note->version, o->format, note->abi_min, note->abi_max);
	for (i = 0; i < note->nneeds; i++)
		printf("  needs   %s\n", note->needs[i]);
	for (i = 0; i < note->nexports; i++)
		printf("  export  %s%s%s%s\n", note->exports[i].ret,
		    note->exports[i].ret[0] ? " " : "", note->exports[i].name,
		    note->exports[i].args);
}

static void
field(const char *key, const char *value)
{
	printf("\"%s\": ", key);
	cmd_json_string(stdout, value);
}

static void
print_json(
    const char *file, const struct gort__obj *o, const struct gort__note *note)
{
	uint32_t i;

	printf("{");
	field("file", file);
	printf(", ");
	field("name", note->name);
	printf(", ");
	field("version", note->version);
	printf(", ");
	field("format", o->format);
	printf(", \"abi_min\": %u, \"abi_max\": %u, \"needs\": [",
	    note->abi_min, note->abi_max);
	for (i = 0; i < note->nneeds; i++) {
		printf("%s", i ? ", " : "");
		cmd_json_string(stdout, note->needs[i]);
	}
	printf("], \"exports\": [");
	for (i = 0; i < note->nexports; i++) {
		printf("%s{", i ? ", " : "");
		field("name", note->exports[i].name);
		printf(", ");
		field("returns", note->exports[i].ret);
		printf(", ");
		field("parameters", note->exports[i].args);
		printf("}");
	}
	printf("]}");
}

/* count: files printed so far, for the commas. */
static int
list_file(const char *file, bool json, unsigned *count)
{
	struct gort__obj o = {0};
	struct gort__note note = {0};
	struct gort_err e;
	size_t size;
	void *data = cmd_read_file(file, &size, &e), *thick = NULL;
	int rc;

	if (!data)
		return cmd_failed("list", "%s", e.text);
	rc = gort__obj_parse(data, size, file, &o, &e);
	if (rc == 0 && gort__obj_is_thin(&o)) {
		rc = gort__obj_thicken(&o, cmd_read_file, &thick, &size, &e);
		gort__obj_free(&o);
		if (rc == 0)
			rc = gort__obj_parse(thick, size, file, &o, &e);
	}
	if (rc == 0)
		rc = gort__note_read(&o, &note, &e);
	if (rc)
		cmd_failed("list", "%s", e.text);
	else if (json)
		printf("%s", (*count)++ ? ",\n " : "");
	if (rc == 0 && json)
		print_json(file, &o, &note);
	else if (rc == 0)
		print_text(file, &o, &note);
	gort__note_free(&note);
	gort__obj_free(&o);
	free(thick);
	free(data);
	return rc ? EXIT_FAILED : EXIT_OK;
}

int
cmd_list(int argc, char **argv)
{
	bool json = false;
	unsigned count = 0;
	int i, status = EXIT_OK;

	for (i = 1; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		if (strcmp(argv[i], "--help") == 0) {
			help();
			return EXIT_OK;
		}
		if (strcmp(argv[i], "--") == 0) {
			i++;
			break;
		}
		if (strcmp(argv[i], "--json") != 0)
			return cmd_bad_use(
			    "list", "unknown option %s", argv[i]);
		json = true;
	}
	if (i == argc)
		return cmd_bad_use("list", "no plugin file given");
	if (json)
		printf("[");
	for (; i < argc; i++)
		if (list_file(argv[i], json, &count) != EXIT_OK)
			status = EXIT_FAILED;
	if (json)
		printf("]\n");
	return status;
}
