/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Unwind tables of the image: .eh_frame, made one list for the process's
 * unwinder (__register_frame_info), and a table like .eh_frame_hdr for gort's
 * own walk (LSB Core, "Exception Frames"). Records whose code was dropped have
 * an address of 0 and are left out.
 */
#include "link.h"
#include "../runtime/linked.h"

#include <stdlib.h>

#define DW_EH_PE_pcrel 0x10

/* The bytes of one section. */
struct frames {
	const uint8_t *data;
	uint64_t size;
	uint64_t cie; /* the last that encoding_of() was asked for */
	int enc;      /* its answer; 0 to begin with: none yet */
};

struct record {
	uint64_t at;  /* of its length */
	uint64_t end; /* behind it */
	uint64_t cie; /* of an FDE: its CIE; else the record itself */
};

static uint32_t
u32(const struct frames *f, uint64_t at)
{
	uint32_t v;

	memcpy(&v, f->data + at, sizeof(v));
	return v;
}

/* The record at an offset; NULL, or what is wrong with it. */
static const char *
read_record(const struct frames *f, uint64_t at, struct record *r)
{
	uint64_t left = f->size - at;
	uint32_t len, id;

	if (left < 4)
		return "truncated in a record's length";
	len = u32(f, at);
	if (len == UINT32_MAX)
		return "a record of the 64-bit form";
	if (len < 5 || len > left - 4)
		return "a record is longer than the section";
	r->at = at;
	r->end = at + 4 + len;
	id = u32(f, at + 4);
	r->cie = id ? at + 4 - id : at;
	if (id && (id > at + 4 || r->cie % 4 || f->size - r->cie < 9 ||
		      u32(f, r->cie + 4) != 0))
		return "a record's CIE is not in the section";
	return NULL;
}

static bool
skip_leb(const struct frames *f, uint64_t *at, uint64_t end, uint64_t *value)
{
	unsigned shift = 0;
	uint8_t b;

	*value = 0;
	do {
		if (*at >= end || shift > 63)
			return false;
		b = f->data[(*at)++];
		*value |= (uint64_t)(b & 0x7f) << shift;
		shift += 7;
	} while (b & 0x80);
	return true;
}

/* How a CIE's FDEs say addresses; -1: it is not understood. */
static __attribute__((cold)) int
encoding(const struct frames *f, uint64_t cie)
{
	static const uint8_t widths[8] = {sizeof(void *), 0, 2, 4, 8, 0, 0, 0};
	struct record r;
	uint64_t at, n;
	const char *aug;
	int enc = 0;

	if (read_record(f, cie, &r) || r.cie != cie)
		return -1;
	at = cie + 9; /* version */
	aug = (const char *)f->data + at;
	/* none is longer, and no file shall make this slow */
	if (!memchr(aug, 0, r.end - at < 16 ? (size_t)(r.end - at) : 16))
		return -1;
	at += strlen(aug) + 1;
	if (!skip_leb(f, &at, r.end, &n) || !skip_leb(f, &at, r.end, &n))
		return -1;
	if (!skip_leb(f, &at, r.end, &n))
		return -1;
	if (*aug == '\0')
		return enc;
	if (*aug++ != 'z' || !skip_leb(f, &at, r.end, &n) || n > r.end - at)
		return -1;
	for (; *aug; aug++) {
		if (*aug == 'S' || *aug == 'B')
			continue;
		if (at >= r.end)
			return -1;
		if (*aug == 'R')
			return f->data[at];
		if (*aug == 'P')
			at += widths[f->data[at] & 7];
		else if (*aug != 'L')
			return -1;
		at++;
	}
	return enc;
}

/* The same, for many FDEs of one CIE. */
static int
encoding_of(struct frames *f, uint64_t cie)
{
	if (!f->enc || f->cie != cie) {
		f->enc = encoding(f, cie);
		f->cie = cie;
	}
	return f->enc;
}

static unsigned
width_of(int enc)
{
	if (enc < 0 || (enc & 0xf0 & ~DW_EH_PE_pcrel))
		return 0;
	switch (enc & 7) {
	case 2:
		return 2;
	case 3:
		return 4;
	case 0:
		return sizeof(void *);
	case 4:
		return 8;
	default:
		return 0;
	}
}

/* Where an FDE's code is; false: nowhere, it was dropped. */
static bool
code_of(
    struct frames *f, const struct record *r, uint64_t *pc, uint64_t *length)
{
	int enc = encoding_of(f, r->cie);
	unsigned width = width_of(enc);
	uint64_t v = 0, sign;

	*length = 0;
	if (!width || r->end - r->at < 8 + 2 * (uint64_t)width)
		return false;
	memcpy(&v, f->data + r->at + 8, width);
	memcpy(length, f->data + r->at + 8 + width, width);
	if (v == 0)
		return false;
	if ((enc & 8) && width < 8) {
		sign = UINT64_C(1) << (8 * width - 1);
		v = (v ^ sign) - sign;
	}
	if (enc & DW_EH_PE_pcrel)
		v += (uintptr_t)(f->data + r->at + 8);
	*pc = v;
	return true;
}

/* An end mark, and what fills the section up. */
static bool
is_end(const struct frames *f, uint64_t at)
{
	while (at < f->size && f->data[at] == 0)
		at++;
	return at == f->size;
}

int
gort__link_eh_scan(
    struct linkobj *ob, uint32_t sec, uint32_t *nfdes, struct gort_err *e)
{
	const struct gort__objsec *s = &ob->o.secs[sec];
	struct linksec *ls = &ob->secs[sec];
	struct frames f = {NULL, s->filesz, 0, 0};
	uint64_t at = 0;

	if (s->what & (OBJ_SEC_NOBITS | OBJ_SEC_EXEC)) {
		return gort__link_bad(ob, s->offset, GORT_EFORMAT, e,
		    ".eh_frame of no usable kind");
	}
	f.data = ob->o.rd.data + s->offset;
	for (at = 0; at < f.size;) {
		struct record r;
		const char *wrong;

		if (is_end(&f, at)) {
			f.size = at;
			break;
		}
		wrong = read_record(&f, at, &r);
		if (!wrong && r.end % 4)
			wrong = "a record of a size that is no multiple of 4";
		if (!wrong && r.cie != at && !width_of(encoding_of(&f, r.cie)))
			wrong = "a record's CIE is of no known form";
		if (wrong)
			return gort__link_bad(ob, s->offset + at, GORT_EFORMAT,
			    e, ".eh_frame: %s", wrong);
		*nfdes += r.cie != at;
		at = r.end;
	}
	ls->size = f.size;
	return 0;
}

struct entry {
	int32_t pc, fde; /* from the table */
};

static int
by_pc(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return (x->pc > y->pc) - (x->pc < y->pc);
}

/*
 * As a rule they are in order but for a few: put those in, unless that means
 * to move more than qsort would. false: not sorted.
 */
static bool
sort_few(struct entry *table, uint32_t n)
{
	uint64_t moves = 8 * (uint64_t)n;
	uint32_t i, k;

	for (i = 1; i < n; i++) {
		struct entry x = table[i];

		for (k = i; k && table[k - 1].pc > x.pc; k--) {
			if (moves-- == 0) {
				table[k] = x;
				return false;
			}
			table[k] = table[k - 1];
		}
		table[k] = x;
	}
	return true;
}

/*
 * Unwinders believe what they are told, for the whole process: relocations may
 * not have changed the records' shape, and a record may only speak of the
 * image's own code. NULL, or what is wrong.
 */
static const char *
check_record(
    struct frames *f, struct frames *was, uint64_t at, struct record *r)
{
	if (memcmp(f->data + at, was->data + at, 8) != 0 ||
	    read_record(f, at, r))
		return "a relocation changes a record's length or CIE";
	if (r->cie != at && encoding_of(f, r->cie) != encoding_of(was, r->cie))
		return "a relocation changes a CIE";
	return NULL;
}

/*
 * Add FDEs to the table behind hdr, from number *n on. was: the bytes as the
 * file has them, or NULL. NULL, or what is wrong with the record at *at.
 */
static const char *
fill_frames(const struct gort_link *lk, struct frames *f, struct frames *was,
    uint8_t *hdr, uint32_t *n, uint64_t *at)
{
	struct entry *to = (struct entry *)(void *)(hdr + 12);
	uint64_t size = lk->part_size[PART_TEXT], begin, pc, length;
	const char *wrong;
	struct record r;

	for (*at = 0; *at < f->size; *at = r.end) {
		wrong = was ? check_record(f, was, *at, &r)
			    : read_record(f, *at, &r);
		if (wrong)
			return wrong;
		if (r.cie == *at || !code_of(f, &r, &pc, &length))
			continue;
		begin = pc - (uintptr_t)lk->part[PART_TEXT];
		if (begin > size || length > size - begin)
			return "a record is of code outside of the image";
		/* both are in the image: no more than 2 GiB apart */
		to[*n].pc = (int32_t)(int64_t)(pc - (uintptr_t)hdr);
		to[(*n)++].fde = (int32_t)((int64_t)(uintptr_t)(f->data + *at) -
					   (int64_t)(uintptr_t)hdr);
	}
	return NULL;
}

static int
fill_table(const struct gort_link *lk, const struct linkobj *ob, uint32_t sec,
    uint8_t *hdr, uint32_t *n, struct gort_err *e)
{
	const struct gort__objsec *s = &ob->o.secs[sec];
	struct frames f = {ob->secs[sec].at, ob->secs[sec].size, 0, 0};
	struct frames was = {ob->o.rd.data + s->offset, f.size, 0, 0};
	uint64_t at;
	const char *wrong = fill_frames(lk, &f, &was, hdr, n, &at);

	return wrong ? gort__link_bad(ob, s->offset + at, GORT_EFORMAT, e,
			   ".eh_frame: %s", wrong)
		     : 0;
}

/* Make the image known to walks and backtraces; hdr: its table, or NULL. */
static int
add_image(struct gort_link *lk, const uint8_t *hdr, struct gort_err *e)
{
	lk->linked = gort__linked_add(lk->image, lk->image + lk->image_size,
	    lk->part[PART_TEXT], lk->part[PART_RO], hdr, gort__link_name, lk);
	if (!lk->linked)
		return gort__err(e, GORT_ENOMEM, NULL, GORT_ERR_NO_OFFSET,
		    "no memory for the list of images");
	return 0;
}

int
gort__link_eh_table(struct gort_link *lk, struct gort_err *e)
{
	uint8_t *hdr = lk->part[PART_RO] + lk->hdr_at;
	struct entry *table = (struct entry *)(void *)(hdr + 12);
	struct frames made = {lk->part[PART_RO] + lk->made_at, 0, 0, 0};
	const char *wrong;
	uint32_t n = 0, i, k;
	uint64_t at;
	int32_t rel;
	int rc = 0;

	if (!lk->nfdes)
		return add_image(lk, NULL, e);
	made.size = gort__link_pdata_make(lk);
	wrong = fill_frames(lk, &made, NULL, hdr, &n, &at);
	if (wrong)
		return gort__err(e, GORT_EFORMAT, lk->objs[1]->o.rd.file,
		    GORT_ERR_NO_OFFSET, ".pdata: %s", wrong);
	for (i = 1; i < lk->nobjs && rc == 0; i++) {
		const struct linkobj *ob = lk->objs[i];

		for (k = 1; k < ob->o.nsecs && rc == 0 && ob->eh; k++)
			if (ob->secs[k].kept && ob->secs[k].eh)
				rc = fill_table(lk, ob, k, hdr, &n, e);
	}
	if (rc)
		return rc;
	if (!sort_few(table, n))
		qsort(table, n, sizeof(*table), by_pc);
	/* version; pcrel sdata4, udata4, datarel sdata4 */
	memcpy(hdr, "\x01\x1b\x03\x3b", 4);
	rel = (int32_t)((int64_t)lk->eh_at - (int64_t)lk->hdr_at - 4);
	memcpy(hdr + 4, &rel, sizeof(rel));
	memcpy(hdr + 8, &n, sizeof(n));
	return add_image(lk, hdr, e);
}

int
gort__link_eh_register(struct gort_link *lk, struct gort_err *e)
{
	void (*tell)(const void *, void *);
	void *p;

	if (!lk->nfdes)
		return 0;
	/* __register_frame() crashes where there is no memory */
	p = gort__link_unwinder("__register_frame_info");
	/* whoever is told now is told of the end, whoever comes later not */
	lk->eh_forget = gort__link_unwinder("__deregister_frame_info");
	if (!p || !lk->eh_forget)
		return gort__err(e, GORT_ENOTSUP, NULL, GORT_ERR_NO_OFFSET,
		    "the process has no unwinder: libgcc_s.so.1 is missing");
	memcpy(&tell, &p, sizeof(tell));
	tell(lk->part[PART_RO] + lk->eh_at, lk->eh_object);
	lk->eh_registered = true;
	return 0;
}

void
gort__link_eh_free(struct gort_link *lk)
{
	void *(*forget)(const void *);

	memcpy(&forget, &lk->eh_forget, sizeof(forget));
	if (lk->eh_registered)
		forget(lk->part[PART_RO] + lk->eh_at);
	lk->eh_registered = false;
	gort__linked_remove(lk->linked);
	lk->linked = NULL;
}
