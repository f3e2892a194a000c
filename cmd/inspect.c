/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort inspect: what is in object files, libraries and archives. Nothing of
 * them runs.
 */
#include "cmd.h"
#include "inspect.h"
#include "../loader/objthin.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *option;
	unsigned part;
} options[] = {
    {"--imports", PART_IMPORTS},
    {"--exports", PART_EXPORTS},
    {"--sections", PART_SECTIONS},
    {"--symbols", PART_SYMBOLS},
    {"--constructors", PART_INITS},
    {"--relocs", PART_RELOCS},
};
#define NOPTIONS (sizeof(options) / sizeof(options[0]))

static void
help(void)
{
	printf("usage: gort inspect FILE... [OPTION...]\n\n"
	       "Shows what is in object files, libraries, programs and "
	       "archives: sections,\nsymbols, imports and exports, "
	       "constructors, the gort module note, hardening.\n"
	       "No code of the files runs.\n\n"
	       "  --json          one JSON array with an object a file\n"
	       "  --imports       only the imports; as text a line each:\n"
	       "                  name name \"library\", as cgo has it\n"
	       "  --exports       only these parts; several may be named\n"
	       "  --sections\n"
	       "  --symbols\n"
	       "  --constructors\n"
	       "  --relocs        relocations, which else are left out\n"
	       "  --help          this text\n\n"
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

	if (in->parts & (PART_HEAD | PART_SYMBOLS | PART_RELOCS))
		rc = gort__obj_symbols(o, e);
	if (rc == 0 && in->parts & PART_INITS)
		rc = gort__obj_inits(o, e);
	if (rc || !(in->parts & PART_HEAD))
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
	bool module = false;
	int rc;

	rc = prepare(in, o, &note, &module, &e);
	if (rc == 0 && in->json)
		rc = inspect_json(in, o, module ? &note : NULL, &e);
	else if (rc == 0)
		rc = inspect_text(in, file, o, module ? &note : NULL, &e);
	gort__note_free(&note);
	return rc ? failed(in, &e) : EXIT_OK;
}

/*
 * Read a thin archive's member into *data, to be freed, and parse it. The
 * archive says how many there are, so there is a limit to their sum.
 */
static int
parse_thin(struct inspect *in, const char *file,
    const struct gort__objmember *m, struct gort__obj *o, char **path,
    void **data, struct gort_err *e)
{
	size_t size = 0, off;

	*path = gort__obj_thin_path(file, m->name);
	*data = *path ? cmd_read_file(*path, &size, e) : NULL;
	if (!*path)
		return gort__err(e, GORT_ENOMEM, file, GORT_ERR_NO_OFFSET,
		    "no memory for a member's name");
	if (!*data)
		return -e->code;
	if (m->offset > size || size > in->thin_left)
		return gort__err(e, GORT_EFORMAT, *path, GORT_ERR_NO_OFFSET,
		    m->offset > size
			? "is shorter than the archive has it"
			: "more than 1 GiB in members of thin archives");
	in->thin_left -= size;
	out_allow_names(in->out, 8 * (uint64_t)size);
	off = (size_t)m->offset;
	return gort__obj_parse((char *)*data + off, size - off, *path, o, e);
}

static int inspect_any(
    struct inspect *in, const char *file, struct gort__obj *o);

static int
inspect_member(struct inspect *in, const char *file, struct gort__obj *archive,
    uint32_t i, struct objimplib *lib)
{
	const struct gort__objmember *m = &archive->members[i];
	struct gort__obj o = {0};
	struct gort_err e;
	char *path = NULL;
	void *data = NULL;
	int rc, status = EXIT_OK;

	if (in->json) {
		json_open(in->out, NULL, '{');
		json_string(in->out, "name", m->name);
		json_uint(in->out, "offset", m->thin ? 0 : m->offset);
		json_uint(in->out, "size", m->size);
	} else if (!in->dynimport) {
		out_char(in->out, '\n');
	}
	if (m->thin)
		rc = parse_thin(in, file, m, &o, &path, &data, &e);
	else
		rc = gort__obj_parse_member(archive, i, &o, &e);
	if (rc == 0 && in->parts & PART_IMPORTS)
		gort__obj_import_library(archive, &o, lib);
	/* an archive may hold what is no object */
	if (rc && (o.fmt || rc != -GORT_EFORMAT || m->thin))
		status = failed(in, &e);
	else if (rc == 0)
		status = inspect_any(in, o.rd.file, &o);
	else
		inspect_unknown(in, o.rd.file);
	if (in->json)
		json_close(in->out, '}');
	gort__obj_free(&o);
	free(data);
	free(path);
	return status;
}

/* An archive in an archive in ... */
#define MAX_DEPTH 4

static int
inspect_archive(struct inspect *in, const char *file, struct gort__obj *o)
{
	struct objimplib lib = {0};
	struct gort_err e;
	uint32_t i;
	int status = EXIT_OK;

	if (in->depth == MAX_DEPTH) {
		gort__err(&e, GORT_EFORMAT, file, GORT_ERR_NO_OFFSET,
		    "archives in archives, more than %d deep", MAX_DEPTH);
		return failed(in, &e);
	}
	in->depth++;
	if (in->json)
		inspect_json_archive(in, o);
	else
		inspect_text_archive(in, file, o);
	for (i = 0; i < o->nmembers; i++)
		if (inspect_member(in, file, o, i, &lib) != EXIT_OK)
			status = EXIT_FAILED;
	if (in->json)
		json_close(in->out, ']');
	in->depth--;
	return status;
}

static int
inspect_any(struct inspect *in, const char *file, struct gort__obj *o)
{
	return o->kind == OBJ_ARCHIVE ? inspect_archive(in, file, o)
				      : inspect_obj(in, file, o);
}

static int
inspect_bytes(
    struct inspect *in, const char *file, const void *data, size_t size)
{
	struct gort__obj o;
	struct gort_err e;
	int status;

	out_allow_names(in->out, 8 * (uint64_t)size);
	if (gort__obj_parse(data, size, file, &o, &e))
		status = failed(in, &e);
	else
		status = inspect_any(in, file, &o);
	gort__obj_free(&o);
	return status;
}

static int
inspect_file(struct inspect *in, const char *file)
{
	struct gort_err e;
	size_t size = 0;
	const void *data;
	int status;

	in->thin_left = OBJTHIN_MAX;
	out_allow_names(in->out, UINT64_C(1) << 20);
	if (in->json) {
		json_open(in->out, NULL, '{');
		json_string(in->out, "file", file);
	}
	data = cmd_view_file(file, &size, &e);
	if (data)
		status = inspect_bytes(in, file, data, size);
	else
		status = failed(in, &e);
	cmd_close_view(data);
	if (in->json)
		json_close(in->out, '}');
	if (!out_flush(in->out))
		status = cmd_failed("inspect",
		    "%s: its names are far longer than the file", file);
	return status;
}

/* The option's effect; false: there is none of that name. */
static bool
option(struct inspect *in, const char *name)
{
	unsigned i;

	if (strcmp(name, "--json") == 0) {
		in->json = true;
		return true;
	}
	for (i = 0; i < NOPTIONS; i++) {
		if (strcmp(name, options[i].option) != 0)
			continue;
		in->parts |= options[i].part;
		return true;
	}
	return false;
}

/*
 * Take the options out of argv[1..]; *n files are left there. EXIT_OK, or the
 * status to end with; *done: it was --help.
 */
static int
parse_options(struct inspect *in, int argc, char **argv, int *n, bool *done)
{
	bool plain = false; /* after -- */
	int i;

	*n = 0;
	*done = false;
	for (i = 1; i < argc; i++) {
		if (plain || argv[i][0] != '-' || !argv[i][1]) {
			argv[1 + (*n)++] = argv[i];
		} else if (strcmp(argv[i], "--") == 0) {
			plain = true;
		} else if (strcmp(argv[i], "--help") == 0) {
			help();
			*done = true;
			return EXIT_OK;
		} else if (!option(in, argv[i])) {
			return cmd_bad_use(
			    "inspect", "unknown option %s", argv[i]);
		}
	}
	if (*n == 0)
		return cmd_bad_use("inspect", "no file given");
	if (in->parts & PART_IMPORTS && !in->json) {
		if (in->parts != PART_IMPORTS)
			return cmd_bad_use("inspect",
			    "--imports stands alone, or with --json");
		in->dynimport = true;
	}
	if (!in->parts)
		in->parts = ~PART_RELOCS;
	return EXIT_OK;
}

int
cmd_inspect(int argc, char **argv)
{
	static struct out out;
	struct inspect in = {.out = &out};
	int i, n, status;
	bool done;

	status = parse_options(&in, argc, argv, &n, &done);
	if (status != EXIT_OK || done)
		return status;
	out_begin(&out, stdout);
	if (in.json)
		json_open(&out, NULL, '[');
	for (i = 1; i <= n; i++) {
		if (inspect_file(&in, argv[i]) != EXIT_OK)
			status = EXIT_FAILED;
		if (i < n && !in.json && !in.dynimport)
			out_char(&out, '\n');
	}
	if (in.json)
		json_close(&out, ']');
	out_flush(&out);
	return status;
}
