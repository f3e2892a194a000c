/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort inspect as JSON. Numbers are decimal and exact to 64 bits.
 */
#include "inspect.h"

static void
put_head(struct out *out, const struct gort__obj *o)
{
	uint32_t i;

	json_string(out, "format", o->format);
	json_string(out, "kind", inspect_kind(o));
	json_string(out, "machine", o->machine_name);
	json_uint(out, "machine_number", o->machine);
	json_uint(out, "bits", o->bits);
	json_string(out, "endian", o->rd.big ? "big" : "little");
	json_uint(out, "flags", o->flags);
	json_uint(out, "entry", o->entry);
	json_uint(out, "image_base", o->base);
	json_string(out, "soname", o->soname);
	json_string(out, "interpreter", o->interp);
	json_string(out, "run_path", o->runpath);
	json_open(out, "needed", '[');
	for (i = 0; i < o->nneeded; i++)
		json_string(out, NULL, o->needed[i]);
	json_close(out, ']');
	json_open(out, "hardening", '{');
	for (i = 0; i < o->nfacts; i++)
		json_string(out, o->facts[i].key, o->facts[i].value);
	json_close(out, '}');
}

void
inspect_json_note(struct out *out, const struct gort__note *note)
{
	uint32_t i;

	json_string(out, "name", note->name);
	json_string(out, "version", note->version);
	json_uint(out, "abi_min", note->abi_min);
	json_uint(out, "abi_max", note->abi_max);
	json_open(out, "needs", '[');
	for (i = 0; i < note->nneeds; i++)
		json_string(out, NULL, note->needs[i]);
	json_close(out, ']');
	json_open(out, "exports", '[');
	for (i = 0; i < note->nexports; i++) {
		json_open(out, NULL, '{');
		json_string(out, "name", note->exports[i].name);
		json_string(out, "returns", note->exports[i].ret);
		json_string(out, "parameters", note->exports[i].args);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void
put_module(
    struct out *out, const struct gort__obj *o, const struct gort__note *note)
{
	const struct gort__objsym *md = inspect_moddata(o);

	if (md)
		json_uint(out, "module_data", md->value);
	if (!note)
		return;
	json_open(out, "module", '{');
	inspect_json_note(out, note);
	json_close(out, '}');
}

static void
put_sections(struct out *out, const struct gort__obj *o)
{
	uint32_t i;

	json_open(out, "sections", '[');
	for (i = 1; i < o->nsecs; i++) {
		const struct gort__objsec *s = &o->secs[i];

		json_open(out, NULL, '{');
		json_uint(out, "index", i);
		json_string(out, "name", s->name);
		json_uint(out, "type", s->type);
		json_uint(out, "flags", s->flags);
		json_uint(out, "addr", s->addr);
		json_uint(out, "offset", s->offset);
		json_uint(out, "file_size", s->filesz);
		json_uint(out, "size", s->size);
		json_uint(out, "align", s->align);
		json_bool(out, "alloc", s->what & OBJ_SEC_ALLOC);
		json_bool(out, "write", s->what & OBJ_SEC_WRITE);
		json_bool(out, "exec", s->what & OBJ_SEC_EXEC);
		json_uint(out, "relocations", s->nrelocs);
		if (s->group)
			json_uint(out, "group", s->group);
		if (o->fmt == &gort__objcoff && s->what & OBJ_SEC_COMDAT)
			json_uint(out, "selection", s->info);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void
put_segments(struct out *out, const struct gort__obj *o)
{
	uint32_t i;

	json_open(out, "segments", '[');
	for (i = 0; i < o->nsegs; i++) {
		const struct gort__objseg *s = &o->segs[i];

		json_open(out, NULL, '{');
		json_string(out, "name", s->name);
		json_uint(out, "type", s->type);
		json_uint(out, "flags", s->flags);
		json_uint(out, "offset", s->offset);
		json_uint(out, "addr", s->addr);
		json_uint(out, "file_size", s->filesz);
		json_uint(out, "size", s->memsz);
		json_uint(out, "align", s->align);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void
put_imports(struct out *out, const struct gort__obj *o)
{
	uint32_t i;

	json_open(out, "imports", '[');
	for (i = 0; i < o->nimports; i++) {
		const struct gort__objimport *im = &o->imports[i];

		json_open(out, NULL, '{');
		json_string(out, "name", im->name);
		json_string(out, "version", im->version);
		json_string(out, "library", im->library);
		json_uint(out, "ordinal", im->ordinal);
		json_bool(out, "weak", im->weak);
		json_bool(out, "delayed", im->delayed);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void
put_exports(struct out *out, const struct gort__obj *o)
{
	uint32_t i;

	json_open(out, "exports", '[');
	for (i = 0; i < o->nexports; i++) {
		const struct gort__objexport *ex = &o->exports[i];

		json_open(out, NULL, '{');
		json_string(out, "name", ex->name);
		json_string(out, "version", ex->version);
		json_bool(out, "default_version", ex->default_version);
		json_uint(out, "addr", ex->addr);
		json_uint(out, "ordinal", ex->ordinal);
		json_string(out, "forward", ex->forward);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void
put_inits(struct out *out, const struct gort__obj *o)
{
	uint32_t i;

	json_open(out, "constructors", '[');
	for (i = 0; i < o->ninits; i++) {
		json_open(out, NULL, '{');
		json_string(out, "list", o->inits[i].list);
		json_uint(out, "addr", o->inits[i].addr);
		json_string(out, "symbol", o->inits[i].symbol);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void
put_symbols(struct out *out, const struct gort__obj *o, const char *key,
    const struct gort__objsym *syms, uint32_t n)
{
	uint32_t i;

	json_open(out, key, '[');
	for (i = 0; i < n; i++) {
		const struct gort__objsym *s = &syms[i];

		if (s->type == OBJ_AUX)
			continue;
		json_open(out, NULL, '{');
		json_uint(out, "index", i);
		json_string(out, "name", s->name);
		json_string(out, "version", s->version);
		json_bool(out, "default_version", s->default_version);
		json_uint(out, "value", s->value);
		json_uint(out, "size", s->size);
		json_string(out, "type", inspect_type(s));
		json_string(out, "bind", inspect_bind(s));
		json_string(out, "visibility", inspect_visibility(s));
		json_string(out, "section", inspect_section(o, s));
		json_uint(out, "section_index",
		    s->section < o->nsecs ? s->section : 0);
		json_uint(out, "other", s->other);
		if (s->link)
			json_uint(out, "default", s->link);
		json_close(out, '}');
	}
	json_close(out, ']');
}

/* What put_reloc needs. */
struct relocs {
	struct out *out;
	const struct gort__obj *o;
	const struct gort__objsym *syms;
};

static int
put_reloc(const struct gort__objreloc *r, void *arg)
{
	struct relocs *rs = arg;

	json_open(rs->out, NULL, '{');
	json_uint(rs->out, "offset", r->offset);
	json_uint(rs->out, "type", r->type);
	if (r->has_sym)
		json_string(rs->out, "symbol", rs->syms[r->sym].name);
	json_uint(rs->out, "index", r->sym);
	if (r->has_addend)
		json_int(rs->out, "addend", r->addend);
	json_close(rs->out, '}');
	return 0;
}

static int
put_relocs(struct out *out, struct gort__obj *o, struct gort_err *e)
{
	struct relocs rs = {.out = out, .o = o};
	int rc = gort__obj_symbols(o, e);
	uint32_t i;

	json_open(out, "relocations", '[');
	for (i = 1; i < o->nsecs && rc == 0; i++) {
		const struct gort__objsec *s = &o->secs[i];

		if (!s->nrelocs)
			continue;
		json_open(out, NULL, '{');
		json_uint(out, "section_index", i);
		json_string(out, "section", s->name);
		json_uint(out, "applies_to", s->applies_to);
		json_open(out, "entries", '[');
		rs.syms = inspect_reloc_syms(o, s);
		rc = gort__obj_relocs(o, i, put_reloc, &rs, e);
		json_close(out, ']');
		json_close(out, '}');
	}
	json_close(out, ']');
	return rc;
}

int
inspect_json(const struct inspect *in, struct gort__obj *o,
    const struct gort__note *note, struct gort_err *e)
{
	struct out *out = in->out;

	put_head(out, o);
	if (in->parts & PART_HEAD)
		put_module(out, o, note);
	if (in->parts & PART_SECTIONS)
		put_sections(out, o);
	if (in->parts & PART_SECTIONS)
		put_segments(out, o);
	if (in->parts & PART_IMPORTS)
		put_imports(out, o);
	if (in->parts & PART_EXPORTS)
		put_exports(out, o);
	if (in->parts & PART_INITS)
		put_inits(out, o);
	if (in->parts & PART_SYMBOLS) {
		put_symbols(out, o, "dynamic_symbols", o->dynsyms, o->ndynsyms);
		put_symbols(out, o, "symbols", o->syms, o->nsyms);
		/* with those that are parts of others, as COFF has */
		json_uint(out, "symbol_records", o->nsyms);
	}
	return in->parts & PART_RELOCS ? put_relocs(out, o, e) : 0;
}

void
inspect_json_archive(const struct inspect *in, const struct gort__obj *o)
{
	struct out *out = in->out;
	uint32_t i;

	json_string(out, "format", o->format);
	json_string(out, "kind", inspect_kind(o));
	if (in->parts & PART_SYMBOLS) {
		json_open(out, "index", '[');
		for (i = 0; i < o->nindex; i++) {
			json_open(out, NULL, '{');
			json_string(out, "name", o->index[i].name);
			json_uint(out, "member", o->index[i].member);
			json_close(out, '}');
		}
		json_close(out, ']');
	}
	json_open(out, "members", '[');
}
