/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort run: call one export of a plugin with arguments from the command
 * line, below a boundary. The export's prototype, as its module data has it,
 * says how to convert them; libffi makes the call.
 */
#include "cmd.h"
#include "proto.h"

#include <gort/http.h>

#include <ffi.h>
#include <stdlib.h>
#include <string.h>

static void
help(void)
{
	printf(
	    "usage: gort run [--catch-faults] PLUGIN EXPORT [ARGUMENT...]\n\n"
	    "Opens the plugin, calls the export with the arguments converted "
	    "to its\nparameter types (integers, bool, char, float, double, "
	    "strings) and prints\nwhat it returns.\n\n"
	    "  --catch-faults  make a SIGSEGV, SIGBUS, SIGFPE or SIGILL in the "
	    "plugin an\n                  error instead of a crash\n"
	    "  --help          this text\n\n"
	    "exit status: 0; 1 the plugin cannot be opened, the call "
	    "panicked;\n             64 wrong usage or arguments\n");
}

/* The call, ready to be made. */
struct call {
	const char *name;
	bool found;
	struct proto proto;
	bool is_handler;  /* an HTTP handler */
	bool too_complex; /* its parameter list is not understood */
	ffi_cif cif;
	void (*fn)(void);
	union proto_value ret;
	union proto_value values[PROTO_MAX_PARAMS];
	void *args[PROTO_MAX_PARAMS];
	ffi_type *types[PROTO_MAX_PARAMS];
};

static int
match(const struct gort_export_info *ex, void *arg)
{
	struct call *c = arg;

	if (strcmp(ex->name, c->name) != 0)
		return 0;
	c->found = true;
	c->is_handler = strcmp(ex->args, GORT_HTTP_ARGS) == 0;
	c->too_complex = !proto_parse(ex->ret, ex->args, &c->proto);
	return 1;
}

static ffi_type *
ffi_type_of(const struct proto_type *t)
{
	switch (t->kind) {
	case PROTO_VOID:
		return &ffi_type_void;
	case PROTO_STRING:
		return &ffi_type_pointer;
	case PROTO_FLOAT:
		return t->size == 4 ? &ffi_type_float : &ffi_type_double;
	case PROTO_BOOL:
		return &ffi_type_uint8;
	case PROTO_CHAR:
	case PROTO_INT:
		return t->size == 1   ? &ffi_type_sint8
		       : t->size == 2 ? &ffi_type_sint16
		       : t->size == 4 ? &ffi_type_sint32
				      : &ffi_type_sint64;
	case PROTO_UINT:
		return t->size == 1   ? &ffi_type_uint8
		       : t->size == 2 ? &ffi_type_uint16
		       : t->size == 4 ? &ffi_type_uint32
				      : &ffi_type_uint64;
	case PROTO_OTHER:
	default:
		return NULL;
	}
}

/* 0, or an exit status with the reason said. */
static int
convert(struct call *c, int nargs, char **args)
{
	unsigned i;

	if (c->is_handler)
		return cmd_bad_use(
		    "run", "%s is an HTTP handler: use gort serve", c->name);
	if (c->too_complex)
		return cmd_failed(
		    "run", "%s: its parameters are not understood", c->name);
	if ((unsigned)nargs != c->proto.nparams)
		return cmd_bad_use("run", "%s takes %u arguments, not %d",
		    c->name, c->proto.nparams, nargs);
	if (!ffi_type_of(&c->proto.ret))
		return cmd_failed("run", "%s: cannot show a result of type %s",
		    c->name, c->proto.ret.text);
	for (i = 0; i < c->proto.nparams; i++) {
		const struct proto_type *t = &c->proto.params[i];

		c->types[i] = ffi_type_of(t);
		if (!c->types[i])
			return cmd_failed("run",
			    "%s: cannot make an argument for %s", c->name,
			    t->text);
		if (!proto_from_text(t, args[i], &c->values[i]))
			return cmd_bad_use(
			    "run", "%s is no value for %s", args[i], t->text);
		c->args[i] = &c->values[i];
	}
	if (ffi_prep_cif(&c->cif, FFI_DEFAULT_ABI, c->proto.nparams,
		ffi_type_of(&c->proto.ret), c->types) != FFI_OK)
		return cmd_failed(
		    "run", "%s: libffi refuses its prototype", c->name);
	return 0;
}

static void
make_call(void *arg)
{
	struct call *c = arg;

	ffi_call(&c->cif, c->fn, &c->ret, c->args);
}

/* The result is shown while the plugin, which may own it, is open. */
static int
call(struct call *c)
{
	static char text[1 << 16];
	struct gort_error err;

	if (gort_try(make_call, c, &err)) {
		gort_format_error(&err, text, sizeof(text));
		fputs(text, stderr);
		return EXIT_FAILED;
	}
	if (c->proto.ret.kind == PROTO_STRING && c->ret.str)
		puts(c->ret.str);
	else if (proto_to_text(&c->proto.ret, &c->ret, text, sizeof(text)) > 0)
		puts(text);
	return EXIT_OK;
}

static int
run(struct gort_plugin *p, struct call *c, int nargs, char **args)
{
	void *sym;
	int status;

	gort_exports(p, match, c);
	sym = gort_sym(p, c->name);
	if (!sym)
		return cmd_failed("run", "%s", gort_errmsg());
	if (!c->found)
		return cmd_failed("run",
		    "%s is not a GORT_EXPORT: its prototype is unknown",
		    c->name);
	status = convert(c, nargs, args);
	if (status)
		return status;
	memcpy(&c->fn, &sym, sizeof(sym));
	return call(c);
}

int
cmd_run(int argc, char **argv)
{
	static struct call c;
	struct gort_plugin *p;
	bool faults = false;
	int i, status;

	for (i = 1; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
		if (!argv[i][2]) {
			i++;
			break;
		}
		if (strcmp(argv[i], "--help") == 0) {
			help();
			return EXIT_OK;
		}
		if (strcmp(argv[i], "--catch-faults") != 0)
			return cmd_bad_use("run", "unknown option %s", argv[i]);
		faults = true;
	}
	if (argc - i < 2)
		return cmd_bad_use("run", "need a plugin file and an export");
	if (faults && gort_catch_faults(1))
		return cmd_failed("run", "%s", gort_errmsg());
	p = gort_open(argv[i], 0);
	if (!p)
		return cmd_failed("run", "%s", gort_errmsg());
	c.name = argv[i + 1];
	status = run(p, &c, argc - i - 2, argv + i + 2);
	if (gort_close(p, 1000) && status == EXIT_OK)
		status = cmd_failed("run", "%s", gort_errmsg());
	return status;
}
