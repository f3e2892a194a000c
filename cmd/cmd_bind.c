/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort bind: the object that makes a module of plain C objects.
 */
#include "cmd.h"
#include "outfile.h"
#include "../loader/bind.h"

#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#define HOST_FORMAT "coff-"
#else
#define HOST_FORMAT "elf-"
#endif
#if defined(__x86_64__) && !defined(__ILP32__)
#define HOST_MACHINE HOST_FORMAT "amd64"
#elif defined(__i386__)
#define HOST_MACHINE HOST_FORMAT "386"
#elif defined(__aarch64__)
#define HOST_MACHINE HOST_FORMAT "arm64"
#endif

static void
help(void)
{
	printf(
	    "usage: gort bind --name NAME --version VERSION -o FILE "
	    "[OPTION...] [FILE...]\n\n"
	    "Writes the object that makes a gort module of plain C objects "
	    "when it is\nlinked with them: what GORT_MODULE and GORT_EXPORT "
	    "would have put there.\nFILE is an object or archive of them, "
	    "whose functions are exported, or a\nlist of functions: one a "
	    "line, as a name, a prototype of C, or either\nand \"= FUNCTION\" "
	    "where the function that defines it has another name.\n\n"
	    "  --name NAME        of the module\n"
	    "  --version VERSION  of it\n"
	    "  -o FILE            the object, or the archive; -: to standard "
	    "output\n"
	    "  --export EXPORT    one line of a list\n"
	    "  --prefix TEXT      export those functions of the objects that "
	    "begin with\n                     TEXT, under what follows it\n"
	    "  --init, --fini, --save, --restore FUNCTION\n"
	    "                     the module's hooks\n"
	    "  --need MODULE      that is to be initialised before it\n"
	    "  --resident         never unloaded: its thunks look at the gate "
	    "and count\n                     no calls\n"
	    "  --archive          write an archive: this object and all that "
	    "were given\n"
	    "  --header FILE      write a C header for hosts, too\n"
	    "  --include FILE     that the header includes\n"
	    "  --target TARGET    linux-amd64, linux-386, linux-arm64, "
	    "windows-amd64,\n                     windows-386; else that of "
	    "the "
	    "objects, or of gort\n"
	    "  --help             this text\n\n"
	    "exit status: 0; 1 it cannot be done; 64 wrong usage\n");
}

/* What the command line asks for; the arrays have room for all of it. */
struct request {
	struct bind b;
	const char *out, *header, *prefix;
	bool archive;
	unsigned nexports; /* by --export */
	const char **exports, **needs, **includes;
	uint32_t nincludes;
	struct bind_input *objects;
	uint32_t nobjects;
	const char **files; /* as they were given */
	uint32_t nfiles;
	void **contents; /* of each file; to be freed */
};

static const struct objmachine *
find_target(const char *name)
{
	char text[64];

	if (strncmp(name, "linux-", 6) == 0)
		snprintf(text, sizeof(text), "elf-%.40s", name + 6);
	else if (strncmp(name, "windows-", 8) == 0)
		snprintf(text, sizeof(text), "coff-%.40s", name + 8);
	else
		return NULL;
	return gort__objmachine_named(text);
}

/* A list is text; what has a zero byte in it should be an object. */
static bool
looks_like_list(const char *data, size_t n)
{
	return !memchr(data, 0, n) &&
	       !(n >= 8 && (memcmp(data, "!<arch>\n", 8) == 0 ||
			       memcmp(data, "!<thin>\n", 8) == 0));
}

static int
read_file(struct request *q, uint32_t i, struct gort_err *e)
{
	const char *path = q->files[i];
	size_t n;
	void *data = q->contents[i] = cmd_read_file(path, &n, e);

	if (!data)
		return -e->code;
	if (looks_like_list(data, n))
		return gort__bind_list(&q->b, data, n, path, e);
	q->objects[q->nobjects++] = (struct bind_input){path, data, n};
	return gort__bind_object(&q->b, data, n, path, e);
}

static int
prepare(struct request *q, struct gort_err *e)
{
	unsigned i;
	int rc = 0;

	for (i = 0; rc == 0 && i < q->nfiles; i++)
		rc = read_file(q, i, e);
	for (i = 0; rc == 0 && i < q->nexports; i++)
		rc = gort__bind_spec(&q->b, q->exports[i],
		    strlen(q->exports[i]), "--export", 0, e);
	if (!q->b.mach)
		q->b.mach = gort__objmachine_named(HOST_MACHINE);
	if (rc == 0 && q->b.has_objects &&
	    (q->prefix || gort__bind_nexports(&q->b) == 0))
		rc =
		    gort__bind_export_all(&q->b, q->prefix ? q->prefix : "", e);
	return rc ? rc : gort__bind_check(&q->b, e);
}

static int
write_files(struct request *q, const struct wr *object, const struct wr *header,
    struct gort_err *e)
{
	struct outfile files[2] = {0};
	int rc = outfile_write(&files[0], q->out, object->data, object->n, e);

	if (rc == 0 && q->header)
		rc = outfile_write(
		    &files[1], q->header, header->data, header->n, e);
	if (rc == 0 && q->header)
		rc = outfile_commit(&files[1], e);
	if (rc == 0)
		rc = outfile_commit(&files[0], e);
	outfile_abandon(&files[0]);
	outfile_abandon(&files[1]);
	return rc;
}

static int
bind_all(struct request *q, struct gort_err *e)
{
	struct wr object = {0}, header = {0};
	int rc = prepare(q, e);

	if (rc == 0 && q->archive)
		rc = gort__bind_archive(
		    &q->b, q->objects, q->nobjects, &object, e);
	else if (rc == 0)
		rc = gort__bind_write(&q->b, &object, e);
	if (rc == 0 && q->header)
		rc = gort__bind_header(
		    &q->b, q->includes, q->nincludes, &header, e);
	if (rc == 0)
		rc = write_files(q, &object, &header, e);
	wr_free(&object);
	wr_free(&header);
	return rc;
}

/* Where an option's value goes, for those that have one and come once. */
static const char **
value_of(struct request *q, const char *option)
{
	const struct {
		const char *name;
		const char **to;
	} options[] = {
	    {"--name", &q->b.name},
	    {"--version", &q->b.version},
	    {"--init", &q->b.init},
	    {"--fini", &q->b.fini},
	    {"--save", &q->b.save},
	    {"--restore", &q->b.restore},
	    {"--prefix", &q->prefix},
	    {"--header", &q->header},
	    {"-o", &q->out},
	};
	unsigned i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (strcmp(option, options[i].name) == 0)
			return options[i].to;
	return NULL;
}

/* 1: taken, 0: none of these. */
static int
take_many(struct request *q, const char *option, const char *value)
{
	if (strcmp(option, "--export") == 0)
		q->exports[q->nexports++] = value;
	else if (strcmp(option, "--need") == 0)
		q->needs[q->b.nneeds++] = value;
	else if (strcmp(option, "--include") == 0)
		q->includes[q->nincludes++] = value;
	else
		return 0;
	return 1;
}

/* What is written must not take the place of what is read. */
static int
check_outputs(const struct request *q)
{
	uint32_t i;

	if (q->header && cmd_same_file(q->out, q->header))
		return cmd_bad_use(
		    "bind", "-o and --header are the same file: %s", q->out);
	for (i = 0; i < q->nfiles; i++) {
		const char *path = q->files[i];

		if (cmd_same_file(path, q->out) ||
		    (q->header && cmd_same_file(path, q->header)))
			return cmd_bad_use("bind",
			    "%s would be read and then overwritten", path);
	}
	return EXIT_OK;
}

/* EXIT_OK, or what to exit with. */
static int
parse(struct request *q, int argc, char **argv)
{
	bool files_only = false;
	int i;

	for (i = 1; i < argc; i++) {
		const char *a = argv[i],
			   *value = i + 1 < argc ? argv[i + 1] : "";
		const char **to = value_of(q, a);

		if (files_only || a[0] != '-' || !a[1]) {
			q->files[q->nfiles++] = a;
			continue;
		}
		if (strcmp(a, "--") == 0) {
			files_only = true;
			continue;
		}
		if (strcmp(a, "--archive") == 0) {
			q->archive = true;
			continue;
		}
		if (strcmp(a, "--resident") == 0) {
			q->b.resident = true;
			continue;
		}
		if (i + 1 == argc &&
		    (to || take_many(q, a, "") || strcmp(a, "--target") == 0))
			return cmd_bad_use("bind", "%s needs a value", a);
		i++;
		if (to)
			*to = value;
		else if (strcmp(a, "--target") == 0) {
			q->b.mach = find_target(value);
			if (!q->b.mach)
				return cmd_bad_use(
				    "bind", "no target %s", value);
		} else if (!take_many(q, a, value))
			return cmd_bad_use("bind", "unknown option %s", a);
	}
	q->b.needs = q->needs;
	if (!q->b.name || !q->b.version)
		return cmd_bad_use("bind", "need --name and --version");
	if (!q->out || !*q->out)
		return cmd_bad_use("bind", "need -o FILE");
	return check_outputs(q);
}

static int
run(struct request *q, int argc, char **argv)
{
	struct gort_err e;
	int status = parse(q, argc, argv);

	if (status == EXIT_OK && bind_all(q, &e))
		status = cmd_failed("bind", "%s", e.text);
	return status;
}

int
cmd_bind(int argc, char **argv)
{
	struct request q = {0};
	size_t room = (size_t)argc;
	int i, status;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0) {
			help();
			return EXIT_OK;
		}
	}
	q.exports = calloc(room, sizeof(*q.exports));
	q.needs = calloc(room, sizeof(*q.needs));
	q.includes = calloc(room, sizeof(*q.includes));
	q.objects = calloc(room, sizeof(*q.objects));
	q.files = calloc(room, sizeof(*q.files));
	q.contents = calloc(room, sizeof(*q.contents));
	if (q.exports && q.needs && q.includes && q.objects && q.files &&
	    q.contents)
		status = run(&q, argc, argv);
	else
		status = cmd_failed("bind", "out of memory");
	for (i = 0; q.contents && i < argc; i++)
		free(q.contents[i]);
	free(q.contents);
	free(q.files);
	free(q.objects);
	free(q.includes);
	free(q.needs);
	free(q.exports);
	gort__bind_free(&q.b);
	return status;
}
