/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Unwind tables of the image: .eh_frame, made one list for the process's
 * unwinder (__register_frame_info), and a table like .eh_frame_hdr for gort's
 * own walk (LSB Core, "Exception Frames"). Records whose code was dropped have
 * an address of 0 and are left out.
 */
#include "../include/small.h"
#include "link.h"
#include "../runtime/linked.h"

#include <stdlib.h>

#define DW_EH_PE_omit 0xff
#define DW_EH_PE_pcrel 0x10

/* What a CIE says of its FDEs. */
struct cie {
	uint64_t at;     /* its record */
	int enc;         /* how they say addresses; -1: it is not understood */
	unsigned width;  /* of those; 0: likewise */
	uint64_t enc_at; /* where it says that; 0: nowhere */
	uint8_t lsda;    /* how they say where their exception tables are */
	bool personal;   /* there is a personality */
};

/* The bytes of one section. */
struct frames {
	const uint8_t *data;
	uint64_t size;
	bool asked; /* ask_cie() was, and this it answered last: */
	struct cie cie;
};

struct record {
	uint64_t at;  /* of its length */
	uint64_t end; /* behind it */
	uint64_t cie; /* of an FDE: its CIE; else the record itself */

	/* by code_of() */
	uint64_t pc, length; /* of the code */
	uint64_t rest;       /* what is behind the two */
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

static __attribute__((cold, noinline)) bool
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

/* By the low bits of an encoding; 0: of no fixed one. */
static const uint8_t widths[8] = {sizeof(void *), 0, 2, 4, 8, 0, 0, 0};

static __attribute__((cold)) void
read_cie(const struct frames *f, uint64_t cie, struct cie *c)
{
	struct record r;
	uint64_t at, n;
	const char *aug;
	uint8_t enc = 0, b;

	*c = (struct cie){.at = cie, .enc = -1, .lsda = DW_EH_PE_omit};
	if (read_record(f, cie, &r) || r.cie != cie)
		return;
	at = cie + 9; /* version */
	aug = (const char *)f->data + at;
	/* none is longer, and no file shall make this slow */
	if (!memchr(aug, 0, r.end - at < 16 ? (size_t)(r.end - at) : 16))
		return;
	at += strlen(aug) + 1;
	if (!skip_leb(f, &at, r.end, &n) || !skip_leb(f, &at, r.end, &n))
		return;
	if (!skip_leb(f, &at, r.end, &n))
		return;
	if (*aug &&
	    (*aug++ != 'z' || !skip_leb(f, &at, r.end, &n) || n > r.end - at))
		return;
	for (; *aug; aug++) {
		if (*aug == 'S' || *aug == 'B' || *aug == 'G')
			continue;
		if (at >= r.end)
			return;
		b = f->data[at++];
		if (*aug == 'P') {
			c->personal = true;
			at += widths[b & 7];
		} else if (*aug == 'L') {
			c->lsda = b;
		} else if (*aug == 'R') {
			c->enc_at = at - 1;
			enc = b;
		} else {
			return;
		}
	}
	c->enc = enc;
	c->width = width_of(enc);
}

/* What a CIE says that many FDEs have. */
static inline void
ask_cie(struct frames *f, uint64_t cie)
{
	if (f->asked && f->cie.at == cie)
		return;
	f->asked = true;
	read_cie(f, cie, &f->cie);
}

/* Where an FDE's code is, whose CIE was asked; false: it was dropped. */
static inline bool
code_of(const struct frames *f, struct record *r)
{
	const uint8_t *p = f->data + r->at + 8;
	unsigned width = f->cie.width;
	uint64_t v = 0, sign;

	r->length = 0;
	if (!width || r->end - r->at < 8 + 2 * (uint64_t)width)
		return false;
	memcpy(&v, p, width);
	memcpy(&r->length, p + width, width);
	r->rest = r->at + 8 + 2 * (uint64_t)width;
	if (v == 0)
		return false;
	if ((f->cie.enc & 8) && width < 8) {
		sign = UINT64_C(1) << (8 * width - 1);
		v = (v ^ sign) - sign;
	}
	if (f->cie.enc & DW_EH_PE_pcrel)
		v += (uintptr_t)p;
	r->pc = v;
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
	struct frames f = {.size = s->filesz};
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
		if (!wrong && r.cie != at) {
			ask_cie(&f, r.cie);
			if (!f.cie.width)
				wrong = "a record's CIE is of no known form";
		}
		if (wrong)
			return gort__link_bad(ob, s->offset + at, GORT_EFORMAT,
			    e, ".eh_frame: %s", wrong);
		*nfdes += r.cie != at;
		ob->personal |= f.cie.personal;
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
 * not have changed the records' shape, which was checked in the file, and a
 * record may only speak of the image's own code. NULL, or what is wrong.
 */
static const char *
check_record(struct frames *f, struct frames *was, uint64_t at)
{
	uint64_t cie = at + 4 - u32(f, at + 4);

	if (memcmp(f->data + at, was->data + at, 8) != 0)
		return "a relocation changes a record's length or CIE";
	if (cie == at + 4 || (f->asked && f->cie.at == cie))
		return NULL;
	ask_cie(f, cie);
	ask_cie(was, cie);
	return f->cie.enc != was->cie.enc ? "a relocation changes a CIE" : NULL;
}

/*
 * Note [FDEs with whole addresses]
 * libgcc finds an FDE of what was registered by a binary search. At each step
 * it calls a decoder for both addresses of an FDE, unless those of all are
 * absolute and as wide as a pointer: then they are just read. As the calls were
 * a quarter of the time of a throw through 900 objects, images that have a
 * personality (C++; C with cleanups) get a list of such FDEs: copies of those
 * of .eh_frame, which lie there unused beside their CIEs from then on. Beside
 * its code an FDE says by its own place only where its exception table is.
 * What no C++ has to do with is loaded as it is: the copies cost time and room.
 *
 * put_fde() adds the copy of an FDE, after code_of().
 */
static __attribute__((cold, noinline)) const uint8_t *
put_fde(struct gort_link *lk, const struct frames *f, const struct record *r)
{
	uint8_t *fde = lk->part[PART_RO] + lk->list_at + lk->list_size;
	struct {
		uint32_t size, cie;
		uintptr_t pc, length;
	} head = {0, (uint32_t)(fde + 4 - (f->data + r->cie)), (uintptr_t)r->pc,
	    (uintptr_t)r->length};
	uint64_t at = r->rest, n, v = 0;
	uint8_t width = widths[f->cie.lsda & 7];
	uint8_t *to = fde + sizeof(head) - at; /* as r has its offsets */

	head.size = (uint32_t)(to + r->end - (fde + 4));
	lk->list_size += 4 + head.size;
	memcpy(fde, &head, sizeof(head));
	memcpy(to + at, f->data + at, (size_t)(r->end - at));
	if ((f->cie.lsda & 0x70) == DW_EH_PE_pcrel &&
	    skip_leb(f, &at, r->end, &n) && n >= width &&
	    r->end - at >= width) {
		memcpy(&v, f->data + at, width);
		if (v)
			v += (uintptr_t)f->data - (uintptr_t)to;
		memcpy(to + at, &v, width);
	}
	return fde;
}

/* The CIEs say so, when none of the FDEs beside them is read any more. */
static __attribute__((cold, noinline)) void
say_whole(struct gort_link *lk, struct frames *f)
{
	uint8_t *data = lk->image + (f->data - lk->image);
	uint64_t at;

	for (at = 0; at < f->size; at += 4 + (uint64_t)u32(f, at))
		if (u32(f, at + 4) == 0) {
			ask_cie(f, at);
			if (f->cie.enc_at)
				data[f->cie.enc_at] = 0;
		}
}

/*
 * Add FDEs to the table. was: the bytes as the file has them; NULL: f is made by
 * gort. NULL, or what is wrong with the record at *at.
 */
static const char *
fill_frames(
    struct gort_link *lk, struct frames *f, struct frames *was, uint64_t *at)
{
	uint8_t *hdr = lk->part[PART_RO] + lk->hdr_at;
	struct entry *to = (struct entry *)(void *)(hdr + 12);
	const uint64_t size = lk->part_size[PART_TEXT];
	const uintptr_t text = (uintptr_t)lk->part[PART_TEXT];
	const uint8_t *fde;
	const char *wrong;
	struct record r;
	uint64_t begin;
	uint32_t id;

	for (*at = 0; *at < f->size; *at = r.end) {
		wrong = was ? check_record(f, was, *at) : NULL;
		if (wrong)
			return wrong;
		r.at = *at;
		r.end = *at + 4 + u32(f, *at);
		id = u32(f, *at + 4);
		if (!id)
			continue;
		r.cie = *at + 4 - id;
		ask_cie(f, r.cie);
		if (!code_of(f, &r))
			continue;
		begin = r.pc - text;
		if (begin > size || r.length > size - begin)
			return "a record is of code outside of the image";
		fde = lk->list_at ? put_fde(lk, f, &r) : f->data + *at;
		/* both are in the image: no more than 2 GiB apart */
		to[lk->filled].pc = (int32_t)(int64_t)(r.pc - (uintptr_t)hdr);
		to[lk->filled++].fde = (int32_t)((int64_t)(uintptr_t)fde -
						 (int64_t)(uintptr_t)hdr);
	}
	if (lk->list_at)
		say_whole(lk, f);
	return NULL;
}

static int
fill_table(struct gort_link *lk, const struct linkobj *ob, uint32_t sec,
    struct gort_err *e)
{
	const struct gort__objsec *s = &ob->o.secs[sec];
	const struct linksec *ls = &ob->secs[sec];
	struct frames f = {.data = gort__link_at(lk, ls), .size = ls->size};
	struct frames was = {.data = ob->o.rd.data + s->offset, .size = f.size};
	uint64_t at;
	const char *wrong = fill_frames(lk, &f, &was, &at);

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
gort__link_eh_object(
    struct gort_link *lk, const struct linkobj *ob, struct gort_err *e)
{
	uint32_t k;
	int rc = 0;

	for (k = 1; k < ob->o.nsecs && rc == 0 && ob->eh; k++)
		if (ob->secs[k].kept && ob->secs[k].eh)
			rc = fill_table(lk, ob, k, e);
	return rc;
}

int
gort__link_eh_table(struct gort_link *lk, struct gort_err *e)
{
	uint8_t *hdr = lk->part[PART_RO] + lk->hdr_at;
	struct entry *table = (struct entry *)(void *)(hdr + 12);
	struct frames made = {.data = lk->part[PART_RO] + lk->made_at};
	const char *wrong;
	uint32_t n;
	uint64_t at;
	int32_t rel;

	if (!lk->nfdes)
		return add_image(lk, NULL, e);
	made.size = gort__link_pdata_make(lk);
	wrong = fill_frames(lk, &made, NULL, &at);
	if (wrong)
		return gort__err(e, GORT_EFORMAT, lk->objs[1]->o.rd.file,
		    GORT_ERR_NO_OFFSET, ".pdata: %s", wrong);
	n = lk->filled;
	if (!sort_few(table, n))
		qsort(table, n, sizeof(*table), by_pc);
	if (lk->list_at)
		lk->eh_at = lk->list_at;
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
