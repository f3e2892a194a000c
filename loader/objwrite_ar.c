/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writing archives: the kind of System V and GNU, whose index "/" is also
 * Microsoft's first linker member ("PE Format", "Archive (Library) File
 * Format"). See objar.c for what there is to read about it. Leaf.
 */
#include "objwrite.h"

#define AR_HDR 60
#define SHORT_NAME 15 /* and a "/" behind it */

struct arwrite {
	struct wr symbols; /* names of the index */
	struct wr owners;  /* the member of each, uint32_t */
	struct wr longs;   /* names that are not short, each "NAME/\n" */
};

static int
no_memory(struct gort_err *e)
{
	return gort__err(e, GORT_ENOMEM, NULL, GORT_ERR_NO_OFFSET,
	    "no memory for an archive");
}

static bool
is_for_others(const struct gort__objsym *s)
{
	return (s->bind == OBJ_GLOBAL || s->bind == OBJ_WEAK ||
		   s->bind == OBJ_UNIQUE) &&
	       s->section != 0 && s->section != OBJ_SHN_DEBUG &&
	       s->type != OBJ_FILE && s->type != OBJ_AUX && s->name[0];
}

static int
index_member(struct arwrite *a, const struct objwrite_member *m,
    uint32_t number, struct gort_err *e)
{
	struct gort__obj o = {0};
	uint32_t i;
	int rc = gort__obj_parse(m->data, (size_t)m->size, m->name, &o, e);

	if (rc == 0)
		rc = gort__obj_symbols(&o, e);
	for (i = 0; rc == 0 && i < o.nsyms; i++) {
		if (!is_for_others(&o.syms[i]))
			continue;
		wr_string(&a->symbols, o.syms[i].name);
		wr_bytes(&a->owners, &number, sizeof(number));
	}
	gort__obj_free(&o);
	return rc;
}

/* Blanks to the right; owner, group and time 0, mode 644. */
static void
write_header(struct wr *out, const char *name, bool is_file, uint64_t bytes)
{
	unsigned size = (unsigned)bytes; /* all is below 4 GiB */
	char h[2 * AR_HDR];

	snprintf(h, sizeof(h), "%-16.16s%-12s%-6s%-6s%-8s%-10u`\n", name, "0",
	    "0", "0", is_file ? "644" : "0", size);
	wr_bytes(out, h, AR_HDR);
}

static void
write_be32(struct wr *out, uint64_t n)
{
	wr_uint(out, n >> 24 & 0xff, 1);
	wr_uint(out, n >> 16 & 0xff, 1);
	wr_uint(out, n >> 8 & 0xff, 1);
	wr_uint(out, n & 0xff, 1);
}

static uint64_t
even(uint64_t n)
{
	return n + (n & 1);
}

/* at: where the first member's header goes, after this. */
static void
write_index(struct arwrite *a, const struct objwrite_member *members,
    uint32_t n, uint64_t at, struct wr *out)
{
	const uint32_t *owner = (const void *)a->owners.data;
	size_t i, nsyms = a->owners.n / sizeof(*owner);
	uint32_t m;

	write_header(out, "/", false, 4 + 4 * nsyms + even(a->symbols.n));
	write_be32(out, nsyms);
	for (i = 0, m = 0; m < n; m++) {
		for (; i < nsyms && owner[i] == m; i++)
			write_be32(out, at);
		at += AR_HDR + even(members[m].size);
	}
	wr_bytes(out, a->symbols.data, a->symbols.n);
	wr_align(out, 2, 0);
}

static void
write_member(struct wr *out, const struct objwrite_member *m, uint64_t *longs)
{
	char name[24];

	if (strlen(m->name) <= SHORT_NAME) {
		snprintf(name, sizeof(name), "%s/", m->name);
	} else {
		snprintf(
		    name, sizeof(name), "/%llu", (unsigned long long)*longs);
		*longs += strlen(m->name) + 2;
	}
	write_header(out, name, true, m->size);
	wr_bytes(out, m->data, m->size);
	wr_align(out, 2, '\n');
}

static int
write_archive(struct arwrite *a, const struct objwrite_member *members,
    uint32_t n, struct wr *out, struct gort_err *e)
{
	size_t nsyms = a->owners.n / sizeof(uint32_t);
	uint64_t at, longs = 0, all;
	uint32_t i;

	at = 8 + AR_HDR + 4 + 4 * nsyms + even(a->symbols.n);
	if (a->longs.n)
		at += AR_HDR + even(a->longs.n);
	for (all = at, i = 0; i < n; i++)
		all += AR_HDR + even(members[i].size);
	if (all > UINT32_MAX)
		return gort__err(e, GORT_ELIMIT, NULL, GORT_ERR_NO_OFFSET,
		    "the archive would be larger than 4 GiB");
	wr_reserve(out, all);
	wr_text(out, "!<arch>\n");
	write_index(a, members, n, at, out);
	if (a->longs.n) {
		write_header(out, "//", false, even(a->longs.n));
		wr_bytes(out, a->longs.data, a->longs.n);
		wr_align(out, 2, '\n');
	}
	for (i = 0; i < n; i++)
		write_member(out, &members[i], &longs);
	return out->failed ? no_memory(e) : 0;
}

int
gort__objwrite_archive(const struct objwrite_member *members, uint32_t n,
    struct wr *out, struct gort_err *e)
{
	struct arwrite a = {0};
	uint32_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < n; i++) {
		rc = index_member(&a, &members[i], i, e);
		if (strlen(members[i].name) > SHORT_NAME) {
			wr_text(&a.longs, members[i].name);
			wr_text(&a.longs, "/\n");
		}
	}
	if (rc == 0 && (a.symbols.failed || a.owners.failed || a.longs.failed))
		rc = no_memory(e);
	if (rc == 0)
		rc = write_archive(&a, members, n, out, e);
	wr_free(&a.symbols);
	wr_free(&a.owners);
	wr_free(&a.longs);
	return rc;
}
