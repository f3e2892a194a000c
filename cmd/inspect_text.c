/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort inspect as text.
 */
#include "inspect.h"

#include <string.h>

static void
line(struct out *out, const char *key, const char *value)
{
	out_str(out, "  ");
	out_pad(out, key, 22);
	out_name(out, value);
	out_char(out, '\n');
}

static void
versioned(struct out *out, const char *name, const char *version,
    bool default_version)
{
	out_name(out, name);
	if (!version)
		return;
	out_str(out, default_version ? "@@" : "@");
	out_name(out, version);
}

/* A character of a name; `hidden`: as control characters are written. */
static void
out_part(struct out *out, char c, bool hidden)
{
	char part[2] = {c};

	if (hidden) {
		out_str(out, "\\x");
		out_hex(out, (unsigned char)c, 2);
	} else {
		out_name(out, part);
	}
}

/* A name up to a character, or its end, without what would end a word. */
static void
out_word(struct out *out, const char *s, char stop)
{
	for (; *s && *s != stop && out->names; s++)
		out_part(out, *s, *s == ' ' || *s == '"');
}

/* A library, for between quotes; lower: as Windows compares names of files. */
static void
out_library(struct out *out, const char *s, bool lower)
{
	for (; *s && out->names; s++)
		out_part(out,
		    (char)(lower && *s >= 'A' && *s <= 'Z' ? *s + ('a' - 'A')
							   : *s),
		    *s == '"');
}

/*
 * As cgo's dynimport has it: the name in Go, the name at run time, the
 * library. The first is without the stack bytes of stdcall. Mach-O's lose the
 * underscore that all C names have there, and their library.
 */
static void
print_dynimport(struct out *out, const struct gort__obj *o,
    const struct gort__objimport *im)
{
	const char *name = im->name;
	bool pe = o->fmt == &gort__objpe || o->fmt == &gort__objcoff ||
		  o->kind == OBJ_IMPORT;
	bool macho = o->fmt == &gort__objmacho;

	if (macho && name[0] == '_')
		name++;
	/* fastcall's has one before it, too */
	out_word(out, pe && name[0] == '@' ? name + 1 : name, pe ? '@' : '\0');
	out_char(out, ' ');
	out_word(out, name, '\0');
	if (im->version) {
		out_char(out, '#');
		out_word(out, im->version, '\0');
	}
	out_str(out, " \"");
	if (im->library && !macho)
		out_library(out, im->library, pe);
	out_str(out, "\"\n");
}

void
inspect_text_export(struct out *out, const struct gort__note_export *export)
{
	out_name(out, export->ret);
	if (export->ret[0])
		out_char(out, ' ');
	out_name(out, export->name);
	out_name(out, export->args);
	out_char(out, '\n');
}

static void
print_module(
    struct out *out, const struct gort__obj *o, const struct gort__note *note)
{
	const struct gort__objsym *md = inspect_moddata(o);
	uint32_t i;

	if (note) {
		out_str(out, "  gort module           ");
		out_name(out, note->name);
		out_char(out, ' ');
		out_name(out, note->version);
		out_str(out, ", ABI ");
		out_dec(out, note->abi_min);
		out_str(out, " to ");
		out_dec(out, note->abi_max);
		out_char(out, '\n');
	}
	if (md) {
		out_str(out, "  module data           0x");
		out_hex(out, md->value, 1);
		out_str(out, " in ");
		out_name(out, inspect_section(o, md));
		out_char(out, '\n');
	}
	for (i = 0; note && i < note->nneeds; i++)
		line(out, "  needs module", note->needs[i]);
	for (i = 0; note && i < note->nexports; i++) {
		out_str(out, "    exports             ");
		inspect_text_export(out, &note->exports[i]);
	}
}

static void
print_title(struct out *out, const char *file, const struct gort__obj *o)
{
	out_name(out, file);
	out_str(out, ": ");
	out_str(out, o->format);
	out_char(out, ' ');
	out_str(out, inspect_kind(o));
	out_str(out, " for ");
	out_str(out, o->machine_name);
	out_str(out, o->rd.big ? ", big-endian\n" : ", little-endian\n");
}

static void
print_head(struct out *out, const struct gort__obj *o)
{
	uint32_t i;

	if (o->soname)
		line(out, "name", o->soname);
	if (o->interp)
		line(out, "interpreter", o->interp);
	for (i = 0; i < o->nneeded; i++)
		line(out, "needs", o->needed[i]);
	if (o->runpath)
		line(out, "run path", o->runpath);
	if (o->entry) {
		out_str(out, "  entry                 0x");
		out_hex(out, o->entry, 1);
		out_char(out, '\n');
	}
	for (i = 0; i < o->nfacts; i++)
		line(out, o->facts[i].key, o->facts[i].value);
}

static void
print_sections(struct out *out, const struct gort__obj *o)
{
	static const struct {
		uint32_t what;
		char letter;
	} letters[] = {
	    {OBJ_SEC_ALLOC, 'A'},
	    {OBJ_SEC_WRITE, 'W'},
	    {OBJ_SEC_EXEC, 'X'},
	    {OBJ_SEC_TLS, 'T'},
	    {OBJ_SEC_COMDAT, 'G'},
	    {OBJ_SEC_NOBITS, 'Z'},
	};
	unsigned digits = o->bits / 4u, k;
	uint32_t i;

	if (o->nsecs < 2)
		return;
	out_str(out, "\nsections (A in memory, W writable, X code, T thread-"
		     "local, G grouped, Z zeros):\n");
	for (i = 1; i < o->nsecs; i++) {
		const struct gort__objsec *s = &o->secs[i];

		out_decpad(out, i, 5);
		out_char(out, ' ');
		out_hex(out, s->addr, digits);
		out_char(out, ' ');
		out_hex(out, s->offset, 8);
		out_char(out, ' ');
		out_hex(out, s->size, 8);
		out_decpad(out, s->align, 6);
		out_char(out, ' ');
		for (k = 0; k < sizeof(letters) / sizeof(letters[0]); k++)
			out_char(out, s->what & letters[k].what
					  ? letters[k].letter
					  : '-');
		out_char(out, ' ');
		out_name(out, s->name);
		out_char(out, '\n');
	}
}

static void
print_segments(struct out *out, const struct gort__obj *o)
{
	unsigned digits = o->bits / 4u;
	uint32_t i;

	if (o->nsegs == 0)
		return;
	out_str(out, "\nsegments (type, address, offset, bytes in the file, in "
		     "memory):\n");
	for (i = 0; i < o->nsegs; i++) {
		const struct gort__objseg *s = &o->segs[i];

		out_str(out, "  ");
		if (s->name[0]) {
			out_name(out, s->name);
			out_pad(out, "", 16 - (unsigned)strlen(s->name));
		} else {
			out_hex(out, s->type, 8);
		}
		out_char(out, ' ');
		out_hex(out, s->addr, digits);
		out_char(out, ' ');
		out_hex(out, s->offset, 8);
		out_char(out, ' ');
		out_hex(out, s->filesz, 8);
		out_char(out, ' ');
		out_hex(out, s->memsz, 8);
		out_char(out, ' ');
		out_char(out, s->flags & 4 ? 'r' : '-');
		out_char(out, s->flags & 2 ? 'w' : '-');
		out_char(out, s->flags & 1 ? 'x' : '-');
		out_char(out, '\n');
	}
}

static void
print_imports(struct out *out, const struct gort__obj *o)
{
	uint32_t i;

	if (o->nimports)
		out_str(out, "\nimports:\n");
	for (i = 0; i < o->nimports; i++) {
		const struct gort__objimport *im = &o->imports[i];

		out_str(out, "  ");
		if (im->name[0]) {
			versioned(out, im->name, im->version, false);
		} else {
			out_char(out, '#');
			out_dec(out, im->ordinal);
		}
		if (im->library) {
			out_str(out, " from ");
			out_name(out, im->library);
		}
		out_str(out, im->weak ? ", weak" : "");
		out_str(out, im->delayed ? ", delayed\n" : "\n");
	}
}

static void
print_exports(struct out *out, const struct gort__obj *o)
{
	uint32_t i;

	if (o->nexports)
		out_str(out, "\nexports:\n");
	for (i = 0; i < o->nexports; i++) {
		const struct gort__objexport *ex = &o->exports[i];

		out_str(out, "  ");
		out_hex(out, ex->addr, o->bits / 4u);
		out_char(out, ' ');
		versioned(out, ex->name, ex->version, ex->default_version);
		if (ex->ordinal) {
			out_str(out, " #");
			out_dec(out, ex->ordinal);
		}
		if (ex->forward) {
			out_str(out, " to ");
			out_name(out, ex->forward);
		}
		out_char(out, '\n');
	}
}

static void
print_inits(struct out *out, const struct gort__obj *o)
{
	uint32_t i;

	if (o->ninits)
		out_str(out, "\nconstructors, in order:\n");
	for (i = 0; i < o->ninits; i++) {
		const struct gort__objinit *in = &o->inits[i];

		out_str(out, "  ");
		out_name(out, in->list);
		out_str(out, " 0x");
		out_hex(out, in->addr, 1);
		out_char(out, ' ');
		out_name(out, in->symbol ? in->symbol : "");
		out_char(out, '\n');
	}
}

static void
print_symbols(struct out *out, const struct gort__obj *o, const char *title,
    const struct gort__objsym *syms, uint32_t n)
{
	unsigned digits = o->bits / 4u;
	uint32_t i;

	if (n == 0)
		return;
	out_char(out, '\n');
	out_str(out, title);
	out_str(out, " (value, size, type, binding, visibility, section):\n");
	for (i = 0; i < n; i++) {
		const struct gort__objsym *s = &syms[i];

		if (s->type == OBJ_AUX)
			continue;
		out_decpad(out, i, 7);
		out_char(out, ' ');
		out_hex(out, s->value, digits);
		out_decpad(out, s->size, 7);
		out_char(out, ' ');
		out_pad(out, inspect_type(s), 8);
		out_pad(out, inspect_bind(s), 7);
		out_pad(out, inspect_visibility(s), 10);
		out_name(out, inspect_section(o, s));
		out_char(out, ' ');
		versioned(out, s->name, s->version, s->default_version);
		out_char(out, '\n');
	}
}

/* What print_reloc needs. */
struct relocs {
	struct out *out;
	const struct gort__obj *o;
	const struct gort__objsym *syms;
};

static int
print_reloc(const struct gort__objreloc *r, void *arg)
{
	struct relocs *rs = arg;

	out_str(rs->out, "  ");
	out_hex(rs->out, r->offset, rs->o->bits / 4u);
	out_str(rs->out, " type ");
	out_decpad(rs->out, r->type, 4);
	out_char(rs->out, ' ');
	if (r->has_sym) {
		const struct gort__objsym *s = &rs->syms[r->sym];

		out_name(
		    rs->out, s->name[0] ? s->name : inspect_section(rs->o, s));
	}
	if (r->has_addend) {
		out_str(rs->out, r->addend < 0 ? " -0x" : " +0x");
		out_hex(rs->out,
		    r->addend < 0 ? -(uint64_t)r->addend : (uint64_t)r->addend,
		    1);
	}
	out_char(rs->out, '\n');
	return 0;
}

static int
print_relocs(struct out *out, struct gort__obj *o, struct gort_err *e)
{
	struct relocs rs = {.out = out, .o = o};
	int rc = gort__obj_symbols(o, e);
	uint32_t i;

	for (i = 1; i < o->nsecs && rc == 0; i++) {
		const struct gort__objsec *s = &o->secs[i];

		if (!s->nrelocs)
			continue;
		out_str(out, "\nrelocations in ");
		out_name(out, s->name);
		out_str(out, " for ");
		out_name(out,
		    s->applies_to ? o->secs[s->applies_to].name : "the file");
		out_str(out, ":\n");
		rs.syms = inspect_reloc_syms(o, s);
		rc = gort__obj_relocs(o, i, print_reloc, &rs, e);
	}
	return rc;
}

int
inspect_text(const struct inspect *in, const char *file, struct gort__obj *o,
    const struct gort__note *note, struct gort_err *e)
{
	struct out *out = in->out;
	uint32_t i;

	if (in->dynimport) {
		for (i = 0; i < o->nimports; i++)
			if (o->imports[i].name[0])
				print_dynimport(out, o, &o->imports[i]);
		return 0;
	}
	print_title(out, file, o);
	if (in->parts & PART_HEAD) {
		print_head(out, o);
		print_module(out, o, note);
	}
	if (in->parts & PART_SECTIONS) {
		print_sections(out, o);
		print_segments(out, o);
	}
	if (in->parts & PART_IMPORTS)
		print_imports(out, o);
	if (in->parts & PART_EXPORTS)
		print_exports(out, o);
	if (in->parts & PART_INITS)
		print_inits(out, o);
	if (in->parts & PART_SYMBOLS) {
		print_symbols(
		    out, o, "dynamic symbols", o->dynsyms, o->ndynsyms);
		print_symbols(out, o, "symbols", o->syms, o->nsyms);
	}
	return in->parts & PART_RELOCS ? print_relocs(out, o, e) : 0;
}

void
inspect_text_archive(
    const struct inspect *in, const char *file, const struct gort__obj *o)
{
	struct out *out = in->out;
	uint32_t i;

	if (in->dynimport)
		return;
	out_name(out, file);
	out_str(out, ": ");
	out_str(out, o->format);
	out_str(out, " archive, members: ");
	out_dec(out, o->nmembers);
	out_char(out, '\n');
	if (!o->nindex || !(in->parts & PART_SYMBOLS))
		return;
	out_str(out, "\nindex:\n");
	for (i = 0; i < o->nindex; i++) {
		out_str(out, "  ");
		out_name(out, o->index[i].name);
		out_str(out, " in ");
		out_name(out, o->members[o->index[i].member].name);
		out_char(out, '\n');
	}
}

void
inspect_unknown(const struct inspect *in, const char *file)
{
	if (in->json) {
		json_string(in->out, "format", NULL);
	} else if (!in->dynimport) {
		out_name(in->out, file);
		out_str(in->out, ": no object\n");
	}
}
