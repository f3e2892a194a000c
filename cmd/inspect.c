/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort inspect: what is in object files, libraries and archives. Nothing of
 * them runs.
 */
#include "cmd.h"
#include "inspect.h"

#include <stdlib.h>
#include <string.h>

static void
help(void)
{
	printf("usage: gort inspect [OPTION...] FILE...\n\n"
	       "Shows what is in object files, libraries, programs and "
	       "archives: sections,\nsymbols, imports and exports, "
	       "constructors, the gort module note, hardening.\n"
	       "No code of the files runs.\n\n"
	       "  --imports  only the imports, a line each: name name "
	       "\"library\"\n"
	       "  --json     one JSON array with an object a file\n"
	       "  --relocs   relocations, too\n"
	       "  --help     this text\n\n"
	       "exit status: 0; 1 if a file cannot be read; 64 wrong usage\n");
}

const char *
inspect_kind(const struct gort__obj *o)
{
	switch (o->kind) {
	case OBJ_RELOCATABLE:
		return "relocatable";
	case OBJ_EXECUTABLE:
		return "executable";
	case OBJ_SHARED:
		return o->interp ? "position-independent executable"
				 : "shared object";
	case OBJ_CORE:
		return "core";
	case OBJ_ARCHIVE:
		return "archive";
	case OBJ_IMPORT:
		return "import";
	case OBJ_OTHER:
	default:
		return "other";
	}
}

const char *
inspect_bind(const struct gort__objsym *s)
{
	static const char *const names[] = {
	    "local", "global", "weak", "unique", "other"};

	return names[s->bind <= OBJ_BIND_OTHER ? s->bind : OBJ_BIND_OTHER];
}

const char *
inspect_type(const struct gort__objsym *s)
{
	static const char *const names[] = {"notype", "data", "func", "section",
	    "file", "common", "tls", "ifunc", "aux", "other"};

	return names[s->type <= OBJ_TYPE_OTHER ? s->type : OBJ_TYPE_OTHER];
}

const char *
inspect_visibility(const struct gort__objsym *s)
{
	static const char *const names[] = {
	    "default", "internal", "hidden", "protected"};

	return names[s->visibility & 3];
}

const char *
inspect_section(const struct gort__obj *o, const struct gort__objsym *s)
{
	if (s->section == 0)
		return "UNDEF";
	if (s->section < o->nsecs)
		return o->secs[s->section].name;
	switch (s->section) {
	case OBJ_SHN_ABS:
		return "ABS";
	case OBJ_SHN_COMMON:
		return "COMMON";
	case OBJ_SHN_DEBUG:
		return "DEBUG";
	default:
		return "OTHER";
	}
}

const struct gort__objsym *
inspect_reloc_syms(const struct gort__obj *o, const struct gort__objsec *s)
{
	return o->kind != OBJ_RELOCATABLE && o->dynsyms &&
		       (s->what & OBJ_SEC_ALLOC)
		   ? o->dynsyms
		   : o->syms;
}

const struct gort__objsym *
inspect_moddata(const struct gort__obj *o)
{
	uint32_t i;

	for (i = 0; i < o->nsyms; i++) {
		const char *name = o->syms[i].name;

		name += name[0] == '_';
		if (o->syms[i].section && strcmp(name, "gort__moduledata") == 0)
			return &o->syms[i];
	}
	return NULL;
}

/* Read all that is to be shown; what is wrong is in *e. */
static int
prepare(const struct inspect *in, struct gort__obj *o, struct gort__note *note,
    bool *module, struct gort_err *e)
{
	int rc = 0;

	if (!in->imports)
		rc = gort__obj_symbols(o, e);
	if (!in->imports && rc == 0)
		rc = gort__obj_inits(o, e);
	if (rc)
		return rc;
	rc = gort__note_read(o, note, e);
	*module = rc == 0;
	return rc == -GORT_ENOTMOD ? 0 : rc;
}

/* A reason, after the output that came before it. */
static int
failed(const struct inspect *in, const struct gort_err *e)
{
	if (in->json)
		json_string(in->out, "error", e->text);
	out_flush(in->out);
	return cmd_failed("inspect", "%s", e->text);
}

static int
inspect_obj(const struct inspect *in, const char *file, struct gort__obj *o)
{
	struct gort__note note = {0};
	struct gort_err e;
	bool module;
	int rc;

	rc = prepare(in, o, &note, &module, &e);
	if (rc == 0 && in->json)
		rc = inspect_json(in, o, module ? &note : NULL, &e);
	else if (rc == 0)
		rc = inspect_text(in, file, o, module ? &note : NULL, &e);
	gort__note_free(&note);
	return rc ? failed(in, &e) : EXIT_OK;
}

static int
inspect_bytes(
    const struct inspect *in, const char *file, const void *data, size_t size)
{
	struct gort__obj o;
	struct gort_err e;
	int status;

	out_allow_names(in->out, (UINT64_C(1) << 20) + 8 * (uint64_t)size);
	if (gort__obj_parse(data, size, file, &o, &e))
		status = failed(in, &e);
	else
		status = inspect_obj(in, file, &o);
	gort__obj_free(&o);
	return status;
}

static int
inspect_file(const struct inspect *in, const char *file)
{
	struct gort_err e;
	size_t size;
	void *data;
	int status;

	if (in->json) {
		json_open(in->out, NULL, '{');
		json_string(in->out, "file", file);
	}
	data = cmd_read_file(file, &size, &e);
	if (data)
		status = inspect_bytes(in, file, data, size);
	else
		status = failed(in, &e);
	free(data);
	if (in->json)
		json_close(in->out, '}');
	if (!out_flush(in->out))
		status = cmd_failed("inspect",
		    "%s: its names are far longer than the file", file);
	return status;
}

int
cmd_inspect(int argc, char **argv)
{
	static struct out out;
	struct inspect in = {.out = &out};
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
		if (strcmp(argv[i], "--json") == 0)
			in.json = true;
		else if (strcmp(argv[i], "--imports") == 0)
			in.imports = true;
		else if (strcmp(argv[i], "--relocs") == 0)
			in.relocs = true;
		else
			return cmd_bad_use(
			    "inspect", "unknown option %s", argv[i]);
	}
	if (i == argc)
		return cmd_bad_use("inspect", "no file given");
	out_begin(&out, stdout);
	if (in.json)
		json_open(&out, NULL, '[');
	for (; i < argc; i++) {
		if (inspect_file(&in, argv[i]) != EXIT_OK)
			status = EXIT_FAILED;
		if (i + 1 < argc && !in.json && !in.imports)
			out_char(&out, '\n');
	}
	if (in.json)
		json_close(&out, ']');
	out_flush(&out);
	return status;
}
