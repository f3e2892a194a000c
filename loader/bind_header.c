/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The C header for hosts of a bound module. Leaf.
 */
#include "bind.h"

#include <ctype.h>

/* The module's name as part of a macro's. */
static void
macro(struct wr *out, const char *name)
{
	char c;

	for (; *name; name++) {
		c = isalnum((unsigned char)*name)
			? (char)toupper((unsigned char)*name)
			: '_';
		wr_bytes(out, &c, 1);
	}
}

static void
define(
    struct wr *out, const struct bind *b, const char *what, const char *value)
{
	wr_text(out, "#define GORT_BIND_");
	macro(out, b->name);
	wr_text(out, what);
	if (value) {
		wr_text(out, " \"");
		for (; *value; value++) {
			if (*value == '"' || *value == '\\')
				wr_text(out, "\\");
			wr_bytes(out, value, 1);
		}
		wr_text(out, "\"");
	}
	wr_text(out, "\n");
}

/* <stdio.h> stays, demo.h gets its quotes. */
static void
include(struct wr *out, const char *file)
{
	bool bare = file[0] != '<' && file[0] != '"';

	wr_text(out, "#include ");
	wr_text(out, bare ? "\"" : "");
	wr_text(out, file);
	wr_text(out, bare ? "\"\n" : "\n");
}

static void
declare(struct wr *out, const struct bind_export *ex)
{
	bool star;

	if (!ex->args[0]) {
		wr_text(out, "/* ");
		wr_text(out, ex->name);
		wr_text(out, ": bound without a prototype */\n");
		return;
	}
	star = ex->ret[strlen(ex->ret) - 1] == '*';
	wr_text(out, "typedef ");
	wr_text(out, ex->ret);
	wr_text(out, star ? "" : " ");
	wr_text(out, ex->name);
	wr_text(out, "_fn");
	wr_text(out, ex->args);
	wr_text(out, ";\n");
	wr_text(out, ex->ret);
	wr_text(out, star ? "" : " ");
	wr_text(out, ex->name);
	wr_text(out, ex->args);
	if (!gort__bind_renamed(ex)) {
		wr_text(out, " GORT_BIND_THUNK(\"" BIND_THUNK);
		wr_text(out, ex->name);
		wr_text(out, "\")");
	}
	wr_text(out, ";\n");
}

/*
 * A function that keeps its name is hosts' under that of its thunk, except
 * where the linker exports the thunk under the function's name.
 */
static void
thunk_macro(struct wr *out)
{
	wr_text(out, "#ifndef GORT_BIND_THUNK\n"
		     "#if defined(__ELF__) && defined(__GNUC__)\n"
		     "#define GORT_BIND_THUNK(name) __asm__(name)\n"
		     "#else\n"
		     "#define GORT_BIND_THUNK(name)\n"
		     "#endif\n"
		     "#endif\n\n");
}

int
gort__bind_header(const struct bind *b, const char *const *includes,
    uint32_t nincludes, struct wr *out, struct gort_err *e)
{
	const struct bind_export *ex = gort__bind_exports(b);
	uint32_t i, n = gort__bind_nexports(b);
	bool same = false;

	wr_text(out, "/* The module ");
	wr_text(out, b->name);
	wr_text(out, ", for its hosts. Made by gort bind. */\n#ifndef ");
	wr_text(out, "GORT_BIND_");
	macro(out, b->name);
	wr_text(out, "_H\n");
	define(out, b, "_H", NULL);
	wr_text(out, "\n");
	for (i = 0; i < nincludes; i++)
		include(out, includes[i]);
	define(out, b, "_NAME", b->name);
	define(out, b, "_VERSION", b->version);
	wr_text(out, "\n");
	for (i = 0; i < n; i++)
		same |= ex[i].args[0] && !gort__bind_renamed(&ex[i]);
	if (same)
		thunk_macro(out);
	wr_text(out, "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
		     "/* NAME_fn is the type of what gort_sym() finds. */\n");
	for (i = 0; i < n; i++)
		declare(out, &ex[i]);
	wr_text(out, "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
	if (!out->failed)
		return 0;
	return gort__err(
	    e, GORT_ENOMEM, NULL, GORT_ERR_NO_OFFSET, "no memory for a header");
}
