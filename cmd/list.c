/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort list: what plugin files say of themselves, read from their notes. No
 * code of the files runs.
 */
#include "cmd.h"
#include "inspect.h"
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
print_text(struct out *out, const char *file, const struct gort__obj *o,
    const struct gort__note *note)
{
	uint32_t i;

	out_name(out, file);
	out_str(out, ": ");
	out_name(out, note->name);
	out_char(out, ' ');
	out_name(out, note->version);
	out_str(out, " (");
	out_str(out, o->format);
	out_str(out, ", ABI ");
	out_dec(out, note->abi_min);
	out_str(out, " to ");
	out_dec(out, note->abi_max);
	out_str(out, ")\n");
	for (i = 0; i < note->nneeds; i++) {
		out_str(out, "  needs   ");
		out_name(out, note->needs[i]);
		out_char(out, '\n');
	}
	for (i = 0; i < note->nexports; i++) {
		out_str(out, "  export  ");
		inspect_text_export(out, &note->exports[i]);
	}
}

static void
print_json(struct out *out, const char *file, const struct gort__obj *o,
    const struct gort__note *note)
{
	json_open(out, NULL, '{');
	json_string(out, "file", file);
	json_string(out, "format", o->format);
	inspect_json_note(out, note);
	json_close(out, '}');
}

static int
list_file(struct out *out, const char *file, bool json)
{
	struct gort__obj o = {0};
	struct gort__note note = {0};
	struct gort_err e;
	size_t size = 0;
	bool whole;
	void *data = cmd_read_file(file, &size, &e), *thick = NULL;
	int rc = data ? gort__obj_parse(data, size, file, &o, &e) : -e.code;

	if (rc == 0 && gort__obj_is_thin(&o)) {
		rc = gort__obj_thicken(&o, cmd_read_file, &thick, &size, &e);
		gort__obj_free(&o);
		if (rc == 0)
			rc = gort__obj_parse(thick, size, file, &o, &e);
	}
	if (rc == 0)
		rc = gort__note_read(&o, &note, &e);
	out_allow_names(out, (UINT64_C(1) << 20) + 8 * (uint64_t)size);
	if (rc == 0 && json)
		print_json(out, file, &o, &note);
	else if (rc == 0)
		print_text(out, file, &o, &note);
	whole = out_flush(out);
	gort__note_free(&note);
	gort__obj_free(&o);
	free(thick);
	free(data);
	if (rc)
		return cmd_failed("list", "%s", e.text);
	if (!whole)
		return cmd_failed(
		    "list", "%s: its names are far longer than the file", file);
	return EXIT_OK;
}

int
cmd_list(int argc, char **argv)
{
	static struct out out;
	bool json = false;
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
	out_begin(&out, stdout);
	if (json)
		json_open(&out, NULL, '[');
	for (; i < argc; i++)
		if (list_file(&out, argv[i], json) != EXIT_OK)
			status = EXIT_FAILED;
	if (json)
		json_close(&out, ']');
	out_flush(&out);
	return status;
}
