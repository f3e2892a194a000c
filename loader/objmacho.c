/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The reader of Mach-O files, of both widths and byte orders: header, load
 * commands, segments, sections, libraries. Leaf.
 */
#include "../include/small.h"
#include "objmacho.h"

#include <stdlib.h>

#define MAGIC_32 0xfeedfaceu
#define MAGIC_64 0xfeedfacfu

/* filetype */
enum {
	MH_OBJECT = 1,
	MH_EXECUTE,
	MH_FVMLIB,
	MH_CORE,
	MH_PRELOAD,
	MH_DYLIB,
	MH_DYLINKER,
	MH_BUNDLE,
};

/* flags */
#define MH_TWOLEVEL 0x80u
#define MH_ALLOW_STACK_EXECUTION 0x20000u
#define MH_PIE 0x200000u
#define MH_NO_HEAP_EXECUTION 0x1000000u

/* Load commands */
#define LC_SEGMENT 0x1u
#define LC_SYMTAB 0x2u
#define LC_UNIXTHREAD 0x5u
#define LC_LOAD_DYLIB 0xcu
#define LC_ID_DYLIB 0xdu
#define LC_LOAD_DYLINKER 0xeu
#define LC_SEGMENT_64 0x19u
#define LC_CODE_SIGNATURE 0x1du
#define LC_LAZY_LOAD_DYLIB 0x20u
#define LC_DYLD_INFO 0x22u
#define LC_REQ_DYLD 0x80000000u
#define LC_LOAD_WEAK_DYLIB (0x18u | LC_REQ_DYLD)
#define LC_RPATH (0x1cu | LC_REQ_DYLD)
#define LC_REEXPORT_DYLIB (0x1fu | LC_REQ_DYLD)
#define LC_LOAD_UPWARD_DYLIB (0x23u | LC_REQ_DYLD)
#define LC_MAIN (0x28u | LC_REQ_DYLD)
#define LC_DYLD_EXPORTS_TRIE (0x33u | LC_REQ_DYLD)
#define LC_DYLD_CHAINED_FIXUPS (0x34u | LC_REQ_DYLD)

#define SG_READ_ONLY 0x10u

static const struct {
	uint32_t cputype;
	uint8_t arch;
	const char *machine, *slice;
} machines[] = {
    {CPU_X86, ARCH_386, "i386", "i386"},
    {CPU_X86 | CPU_64, ARCH_AMD64, "x86-64", "x86_64"},
    {CPU_ARM, ARCH_ARM, "ARM", "arm"},
    {CPU_ARM | CPU_64, ARCH_ARM64, "AArch64", "arm64"},
    {CPU_ARM | CPU_64_32, ARCH_OTHER, "AArch64 (32-bit)", "arm64_32"},
    {CPU_SPARC, ARCH_OTHER, "SPARC", "sparc"},
    {CPU_POWERPC, ARCH_OTHER, "PowerPC", "ppc"},
    {CPU_POWERPC | CPU_64, ARCH_OTHER, "PowerPC64", "ppc64"},
};

const char *
gort__macho_machine(struct gort__obj *o, uint32_t cputype, uint32_t subtype)
{
	unsigned i;

	o->machine = cputype;
	o->machine_name = "another machine";
	for (i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		if (machines[i].cputype != cputype)
			continue;
		o->machine_name = machines[i].machine;
		o->arch = machines[i].arch;
		if (cputype == (CPU_ARM | CPU_64) &&
		    (subtype & 0xffffff) == CPU_SUBTYPE_ARM64E)
			return "arm64e";
		return machines[i].slice;
	}
	return "another machine";
}

/* 0: not Mach-O; else the magic number in its own byte order. */
static uint32_t
magic_of(const struct rd *r, bool *big)
{
	struct rd copy = *r;
	uint32_t magic;

	if (!rd_has(r, 0, 4))
		return 0;
	for (*big = false;; *big = true) {
		copy.big = *big;
		magic = rd_u32(&copy, 0);
		if (magic == MAGIC_32 || magic == MAGIC_64)
			return magic;
		if (*big)
			return 0;
	}
}

static bool
probe(const struct rd *r)
{
	bool big;

	return magic_of(r, &big) != 0;
}

static uint32_t
what_of(const struct gort__objseg *seg, const struct gort__objsec *s)
{
	uint32_t what = 0;

	if (!(s->flags & S_ATTR_DEBUG))
		what |= OBJ_SEC_ALLOC;
	if (s->flags & (S_ATTR_PURE_INSTRUCTIONS | S_ATTR_SOME_INSTRUCTIONS))
		what |= OBJ_SEC_EXEC;
	if (seg->flags & 2 && !(what & OBJ_SEC_EXEC))
		what |= OBJ_SEC_WRITE;
	if (s->type == S_ZEROFILL || s->type == S_GB_ZEROFILL ||
	    s->type == S_THREAD_LOCAL_ZEROFILL)
		what |= OBJ_SEC_NOBITS;
	if (s->type == S_THREAD_LOCAL_ZEROFILL ||
	    s->type == S_THREAD_LOCAL_REGULAR)
		what |= OBJ_SEC_TLS;
	return what;
}

/* "__TEXT,__text", from two fields of 16 bytes. */
static const char *
section_name(struct gort__obj *o, uint64_t at)
{
	const char *sect = (const char *)o->rd.data + at, *seg = sect + 16;
	size_t n = strnlen(seg, 16);
	char *name = gort__obj_alloc(o, 16 + 1 + 16 + 1);

	if (!name)
		return NULL;
	memcpy(name, seg, n);
	name[n++] = ',';
	memcpy(name + n, sect, strnlen(sect, 16));
	return name;
}

/* A module's notes; see Note [Module note]. */
static int
find_notes(struct macho *m, const struct gort__objsec *s)
{
	struct gort__obj *o = m->o;
	struct gort__objnotes *n;

	if (strcmp(s->name, "__TEXT,__gort") != 0)
		return 0;
	n = gort__obj_room(o->notes, o->nnotes, sizeof(*n));
	if (!n)
		return gort__rd_no_memory(&o->rd, m->e, "list of notes");
	o->notes = n;
	n += o->nnotes++;
	n->offset = s->offset;
	n->size = s->filesz;
	n->align = 4;
	return 0;
}

/* at: a section's header, checked. */
static int
read_section(struct macho *m, uint64_t at, const struct gort__objseg *seg,
    struct gort__objsec *s, struct objbudget *b)
{
	const struct rd *r = &m->o->rd;
	unsigned w = m->word;
	uint32_t align;
	int rc = 0;

	s->name = section_name(m->o, at);
	if (!s->name)
		return gort__rd_no_memory(r, m->e, "section names");
	s->addr = rd_uint(r, at + 32, w);
	s->size = rd_uint(r, at + 32 + w, w);
	at += 32 + 2 * w;
	s->offset = rd_u32(r, at);
	align = rd_u32(r, at + 4);
	s->align = align < 64 ? UINT64_C(1) << align : 0;
	s->reloff = rd_u32(r, at + 8);
	s->nrelocs = rd_u32(r, at + 12);
	s->flags = rd_u32(r, at + 16);
	s->type = s->flags & S_TYPE;
	s->what = what_of(seg, s);
	s->applies_to = (uint32_t)(s - m->o->secs);
	if (!rd_has_table(r, s->reloff, s->nrelocs, 8)) {
		s->nrelocs = 0;
		return gort__rd_bad(
		    r, at + 8, m->e, "relocations lie past the end: truncated");
	}
	rc = gort__obj_spend(b, r, at, s->nrelocs * UINT64_C(8), m->e);
	/* debug symbols name sections that they do not hold */
	if (rc || s->what & OBJ_SEC_NOBITS || !s->offset || !seg->filesz)
		return rc;
	if (!rd_has(r, s->offset, s->size))
		return gort__rd_bad(
		    r, at, m->e, "a section lies past the end: truncated");
	s->filesz = s->size;
	rc = gort__obj_spend(b, r, at, s->filesz, m->e);
	return rc ? rc : find_notes(m, s);
}

/* The sections, with a zeroed one more behind them; NULL: no memory. */
static struct gort__objsec *
room_for_section(struct gort__obj *o)
{
	struct gort__objsec *secs = o->secs;
	uint32_t n = o->nsecs;

	/* full when n is 0 or a power of two */
	if ((n & (n - 1)) == 0) {
		secs = gort__obj_table(o, n ? 2 * (size_t)n : 1, sizeof(*secs));
		if (!secs)
			return NULL;
		if (n)
			memcpy(secs, o->secs, n * sizeof(*secs));
		o->secs = secs;
	}
	return secs;
}

static int
read_segment(struct macho *m, uint64_t at, uint32_t size, struct objbudget *b)
{
	const struct rd *r = &m->o->rd;
	unsigned w = m->word, head = 40 + 4 * w, record = w == 8 ? 80 : 68;
	struct gort__obj *o = m->o;
	struct gort__objseg *s;
	struct gort__objsec *secs;
	uint32_t n, i;
	int rc = 0;

	if (size < head)
		return gort__rd_bad(
		    r, at, m->e, "a segment's command is too short");
	s = gort__obj_room(o->segs, o->nsegs, sizeof(*s));
	if (!s)
		return gort__rd_no_memory(r, m->e, "segments");
	o->segs = s;
	s += o->nsegs++;
	memcpy(s->name, r->data + at + 8, 16);
	s->addr = rd_uint(r, at + 24, w);
	s->memsz = rd_uint(r, at + 24 + w, w);
	s->offset = rd_uint(r, at + 24 + 2 * w, w);
	s->filesz = rd_uint(r, at + 24 + 3 * w, w);
	/* VM_PROT_READ is 1, and EXECUTE 4 */
	i = rd_u32(r, at + 28 + 4 * w);
	s->flags = (i & 1) << 2 | (i & 2) | (i & 4) >> 2;
	s->type = rd_u32(r, at + 36 + 4 * w);
	n = rd_u32(r, at + 32 + 4 * w);
	if (!rd_has(r, s->offset, s->filesz)) {
		s->filesz = 0;
		return gort__rd_bad(
		    r, at, m->e, "a segment lies past the end: truncated");
	}
	if (n > (size - head) / record)
		return gort__rd_bad(
		    r, at, m->e, "a segment has more sections than room");
	for (i = 0; i < n && rc == 0; i++) {
		secs = room_for_section(o);
		if (!secs)
			return gort__rd_no_memory(r, m->e, "sections");
		secs[o->nsecs].name = "";
		secs[o->nsecs].link = o->nsegs - 1;
		o->nsecs++;
		rc = read_section(m, at + head + i * (uint64_t)record, s,
		    &secs[o->nsecs - 1], b);
	}
	return rc;
}

/* The string that a command has at an offset, and must end in it. */
static const char *
command_string(struct macho *m, uint64_t at, uint32_t size)
{
	uint32_t off = size >= 12 ? rd_u32(&m->o->rd, at + 8) : size;
	const char *s = NULL;

	if (off <= size)
		s = rd_string(&m->o->rd, at + off, at + size);
	if (!s)
		gort__rd_bad(&m->o->rd, at, m->e,
		    "the string of a load command does not end in it");
	return s;
}

static int
add_library(struct macho *m, uint64_t at, uint32_t size)
{
	struct gort__obj *o = m->o;
	const char *name = command_string(m, at, size), **all;

	if (!name)
		return -m->e->code;
	all = gort__obj_room(o->needed, o->nneeded, sizeof(*all));
	if (!all)
		return gort__rd_no_memory(&o->rd, m->e, "needed libraries");
	o->needed = all;
	all[o->nneeded++] = name;
	return 0;
}

static int
add_rpath(struct macho *m, uint64_t at, uint32_t size)
{
	const char *path = command_string(m, at, size), **all;

	if (!path)
		return -m->e->code;
	all = gort__obj_room(m->rpaths, m->nrpaths, sizeof(*all));
	if (!all)
		return gort__rd_no_memory(&m->o->rd, m->e, "run path");
	m->rpaths = all;
	all[m->nrpaths++] = path;
	return 0;
}

/* Run paths in one string, as ELF has them. */
static int
join_rpaths(struct macho *m)
{
	size_t n = 0;
	char *joined;
	uint32_t i;

	if (!m->nrpaths)
		return 0;
	for (i = 0; i < m->nrpaths; i++)
		n += strlen(m->rpaths[i]) + 1;
	m->o->runpath = joined = gort__obj_alloc(m->o, n);
	if (!joined)
		return gort__rd_no_memory(&m->o->rd, m->e, "run path");
	for (i = 0; i < m->nrpaths; i++) {
		n = strlen(m->rpaths[i]);
		if (i)
			*joined++ = ':';
		memcpy(joined, m->rpaths[i], n);
		joined += n;
	}
	return 0;
}

/* Where a program starts in the registers that LC_UNIXTHREAD sets. */
static void
find_entry(struct macho *m, uint64_t at, uint32_t size)
{
	unsigned i, reg;

	if (m->o->machine == (CPU_X86 | CPU_64))
		reg = 16;
	else if (m->o->machine == CPU_X86)
		reg = 10;
	else if (m->o->machine == (CPU_ARM | CPU_64))
		reg = 32;
	else
		return;
	i = 16 + reg * m->word;
	if (size >= i + m->word)
		m->o->entry = rd_uint(&m->o->rd, at + i, m->word);
}

/* A stretch that a command has at `at`: offset and size. */
static int
get_stretch(struct macho *m, uint64_t at, struct stretch *s)
{
	s->off = rd_u32(&m->o->rd, at);
	s->size = rd_u32(&m->o->rd, at + 4);
	if (rd_has(&m->o->rd, s->off, s->size))
		return 0;
	s->size = 0;
	return gort__rd_bad(&m->o->rd, at, m->e,
	    "what a load command names lies past the end: truncated");
}

static int
get_symtab(struct macho *m, uint64_t at)
{
	const struct rd *r = &m->o->rd;

	m->symoff = rd_u32(r, at + 8);
	m->nsyms = rd_u32(r, at + 12);
	if (!rd_has_table(r, m->symoff, m->nsyms, 8 + m->word)) {
		m->nsyms = 0;
		return gort__rd_bad(
		    r, at, m->e, "the symbols lie past the end: truncated");
	}
	return get_stretch(m, at + 16, &m->strings);
}

/* Commands that name a stretch of the file. */
static int
scan_command(struct macho *m, uint32_t cmd, uint64_t at, uint32_t size)
{
	int rc;

	switch (cmd) {
	case LC_SYMTAB:
		return size < 24 ? 0 : get_symtab(m, at);
	case LC_DYLD_INFO:
	case LC_DYLD_INFO | LC_REQ_DYLD:
		if (size < 48)
			return 0;
		m->has_dyld_info = true;
		rc = get_stretch(m, at + 16, &m->bind);
		if (rc == 0)
			rc = get_stretch(m, at + 32, &m->lazy_bind);
		return rc ? rc : get_stretch(m, at + 40, &m->trie);
	case LC_DYLD_EXPORTS_TRIE:
		return size < 16 ? 0 : get_stretch(m, at + 8, &m->trie);
	case LC_DYLD_CHAINED_FIXUPS:
		return size < 16 ? 0 : get_stretch(m, at + 8, &m->chained);
	case LC_CODE_SIGNATURE:
		m->has_signature = true;
		return 0;
	default:
		return 0;
	}
}

static int
parse_command(struct macho *m, uint32_t cmd, uint64_t at, uint32_t size,
    struct objbudget *b)
{
	struct gort__obj *o = m->o;

	switch (cmd) {
	case LC_SEGMENT:
	case LC_SEGMENT_64:
		/* of the other width: not for this file */
		if ((cmd == LC_SEGMENT_64) != (m->word == 8))
			return 0;
		return read_segment(m, at, size, b);
	case LC_LOAD_DYLIB:
	case LC_LOAD_WEAK_DYLIB:
	case LC_REEXPORT_DYLIB:
	case LC_LOAD_UPWARD_DYLIB:
	case LC_LAZY_LOAD_DYLIB:
		return add_library(m, at, size);
	case LC_ID_DYLIB:
		o->soname = command_string(m, at, size);
		return o->soname ? 0 : -m->e->code;
	case LC_LOAD_DYLINKER:
		o->interp = command_string(m, at, size);
		return o->interp ? 0 : -m->e->code;
	case LC_RPATH:
		return add_rpath(m, at, size);
	case LC_MAIN:
		if (size < 16)
			return 0;
		o->entry = rd_u64(&o->rd, at + 8);
		m->entry_in_file = true;
		return 0;
	case LC_UNIXTHREAD:
		find_entry(m, at, size);
		return 0;
	default:
		return 0;
	}
}

/* All commands: those that name stretches, or the others. */
static int
walk_commands(struct macho *m, bool scan, struct objbudget *b)
{
	const struct rd *r = &m->o->rd;
	uint64_t at = m->cmds, end = at + m->sizecmds;
	uint32_t i, cmd, size;
	int rc = 0;

	for (i = 0; i < m->ncmds && rc == 0; i++, at += size) {
		if (end - at < 8)
			return gort__rd_bad(r, at, m->e,
			    "load command %u of %u is past the last", i,
			    m->ncmds);
		cmd = rd_u32(r, at);
		size = rd_u32(r, at + 4);
		if (size < 8 || size > end - at)
			return gort__rd_bad(
			    r, at, m->e, "a load command of %u bytes", size);
		rc = scan ? scan_command(m, cmd, at, size)
			  : parse_command(m, cmd, at, size, b);
	}
	return rc;
}

int
gort__macho_scan(struct macho *m, struct gort__obj *o, struct gort_err *e)
{
	memset(m, 0, sizeof(*m));
	m->o = o;
	m->e = e;
	m->word = o->bits / 8u;
	m->cmds = m->word == 8 ? 32 : 28;
	m->ncmds = rd_u32(&o->rd, 16);
	m->sizecmds = rd_u32(&o->rd, 20);
	if (!rd_has(&o->rd, m->cmds, m->sizecmds))
		return gort__rd_bad(&o->rd, 20, e,
		    "the load commands lie past the end: truncated");
	return walk_commands(m, true, NULL);
}

static enum gort__objkind
kind_of(uint32_t filetype)
{
	switch (filetype) {
	case MH_OBJECT:
		return OBJ_RELOCATABLE;
	case MH_EXECUTE:
	case MH_PRELOAD:
		return OBJ_EXECUTABLE;
	case MH_CORE:
		return OBJ_CORE;
	case MH_FVMLIB:
	case MH_DYLIB:
	case MH_DYLINKER:
	case MH_BUNDLE:
		return OBJ_SHARED;
	default:
		return OBJ_OTHER;
	}
}

static int
parse_header(struct gort__obj *o, struct gort_err *e)
{
	bool big;
	uint32_t magic = magic_of(&o->rd, &big);

	o->rd.big = big;
	o->bits = magic == MAGIC_64 ? 64 : 32;
	o->format = magic == MAGIC_64 ? "Mach-O 64" : "Mach-O 32";
	if (!rd_has(&o->rd, 0, magic == MAGIC_64 ? 32 : 28))
		return gort__rd_bad(
		    &o->rd, o->rd.size, e, "truncated in the Mach-O header");
	gort__macho_machine(o, rd_u32(&o->rd, 4), rd_u32(&o->rd, 8));
	o->kind = kind_of(rd_u32(&o->rd, 12));
	o->flags = rd_u32(&o->rd, 24);
	return 0;
}

static void
add_facts(const struct macho *m)
{
	struct gort__obj *o = m->o;
	bool read_only = false;
	uint32_t i;

	for (i = 0; i < o->nsegs; i++)
		read_only |= (o->segs[i].type & SG_READ_ONLY) != 0;
	if (o->kind == OBJ_RELOCATABLE)
		return;
	gort__obj_fact(o, "stack",
	    o->flags & MH_ALLOW_STACK_EXECUTION ? "executable" : "no-execute");
	if (o->flags & MH_NO_HEAP_EXECUTION)
		gort__obj_fact(o, "heap", "no-execute");
	gort__obj_fact(o, "position_independent",
	    o->kind == OBJ_SHARED || o->flags & MH_PIE ? "yes" : "no");
	gort__obj_fact(o, "read_only_data", read_only ? "yes" : "no");
	gort__obj_fact(
	    o, "two_level_names", o->flags & MH_TWOLEVEL ? "yes" : "no");
	gort__obj_fact(o, "fixups",
	    m->chained.size    ? "chained"
	    : m->has_dyld_info ? "opcodes"
			       : "relocations");
	gort__obj_fact(o, "signature", m->has_signature ? "yes" : "no");
}

/* The address of the header: of the segment that holds the file's start. */
static void
find_base(struct macho *m)
{
	struct gort__obj *o = m->o;
	uint32_t i;

	for (i = 0; i < o->nsegs; i++) {
		if (o->segs[i].offset || !o->segs[i].filesz)
			continue;
		o->base = o->segs[i].addr;
		break;
	}
}

static int
parse(struct gort__obj *o, struct gort_err *e)
{
	struct objbudget b = {2 * o->rd.size};
	struct macho m;
	int rc;

	rc = parse_header(o, e);
	if (rc == 0)
		rc = gort__macho_scan(&m, o, e);
	if (rc)
		return rc;
	/* sections count from 1 */
	if (!room_for_section(o))
		return gort__rd_no_memory(&o->rd, e, "sections");
	o->secs[0].name = "";
	o->nsecs = 1;
	rc = walk_commands(&m, false, &b);
	if (rc == 0)
		rc = join_rpaths(&m);
	free(m.rpaths);
	if (rc)
		return rc;
	find_base(&m);
	if (m.entry_in_file)
		o->entry += o->base;
	add_facts(&m);
	if (o->kind == OBJ_RELOCATABLE)
		return 0;
	rc = gort__macho_imports(&m);
	return rc ? rc : gort__macho_exports(&m);
}

const struct objfmt gort__objmacho = {
    .probe = probe,
    .parse = parse,
    .symbols = gort__macho_symbols,
    .inits = gort__macho_inits,
    .relocs = gort__macho_relocs,
};
