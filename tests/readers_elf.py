#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Hold `gort inspect` against readelf, nm and ar: readers_elf.py GORT FILE...

Headers, sections, segments, symbols with their versions, relocations, needed
libraries, imports and exports of every ELF file given, and of the members of
every archive, must be the same, and so must archives' members and indexes be.
Prints each difference, and the totals; exit status 1 if there are any. With
READELF=llvm-readelf that one is asked, for what both print alike.
"""
import json
import os
import re
import subprocess
import sys

READELF = os.environ.get('READELF', 'readelf')
LLVM = 'llvm' in READELF
TYPES = {'NOTYPE': 'notype', 'OBJECT': 'data', 'FUNC': 'func',
         'SECTION': 'section', 'FILE': 'file', 'COMMON': 'common',
         'TLS': 'tls', 'IFUNC': 'ifunc'}
BINDS = {'LOCAL': 'local', 'GLOBAL': 'global', 'WEAK': 'weak',
         'UNIQUE': 'unique'}
ARCHIVES = (b'!<arch>\n', b'!<thin>\n')
SECTION = re.compile(r'\s*\[\s*(\d+)\] (.*?)\s+(\S+)\s+([0-9a-f]{8,16}) '
                      r'([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]{2,}) +(?:([A-Za-z]+) +)?'
                     r'(\d+) +(\d+) +(\d+)$')
SEGMENT = re.compile(r'  .+?\s+0x([0-9a-f]+) 0x([0-9a-f]+) 0x[0-9a-f]+ '
                     r'0x([0-9a-f]+) 0x([0-9a-f]+) (.)(.)(.) (\S+)$')
SYMBOL = re.compile(r'\s*(\d+): ([0-9a-f]+)\s+(\S+) (\S+)\s+(\S+)\s+(\S+)\s+'
                    r'(?:\[[^\]]*\]\s+)?(\S+)(?: (.*))?$')


def run(*cmd):
    return subprocess.run(cmd, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


class Theirs:
    """What readelf has of one object."""

    def __init__(self, text):
        self.head, self.segments, self.dynamic = {}, [], []
        self.sections, self.tables, self.relocs = {}, {}, {}
        self.files, self.defined = {}, set()
        self.into = None
        for line in text.split('\n'):
            if not self.title(line) and self.into:
                self.into(line)

    def title(self, line):
        """Does a part begin here? Then what takes its lines."""
        if line.startswith('Relocation section'):
            # by its place: readelf cuts long names
            at = re.search(r' at offset (0x[0-9a-f]+) ', line).group(1)
            self.rel = self.relocs.setdefault(int(at, 16), [])
            self.into = self.reloc
            return True
        m = re.match(r"Symbol table '(.*)' contains", line)
        if m:
            self.table = self.tables.setdefault(m.group(1), {})
            self.into = self.symbol
            return True
        for start, into in (('ELF Header:', self.header),
                            ('Program Headers:', self.segment),
                            ('Section Headers:', self.section),
                            ('Dynamic section at', self.dyn),
                            ('Version symbols section', None),
                            ('Version definition section', self.verdef),
                            ('Version needs section', self.verneed),
                            (' Section to Segment', None),
                            ('Key to Flags', None)):
            if line.startswith(start):
                self.into = into
                return True
        return False

    def header(self, line):
        key, _, value = line.strip().partition(':')
        self.head[key] = value.strip()

    def segment(self, line):
        m = SEGMENT.match(line)
        if m:
            off, addr, size, mem, r, w, x, align = m.groups()
            flags = (r == 'R') * 4 + (w == 'W') * 2 + (x == 'E')
            self.segments.append(tuple(int(n, 16) for n in (
                off, addr, size, mem)) + (flags, int(align, 0)))

    def section(self, line):
        m = SECTION.match(line)
        if m:
            i, name, typ, addr, off, size, _, flg, _, _, align = m.groups()
            self.sections[int(i)] = (
                name, int(addr, 16), int(off, 16), int(size, 16),
                ''.join(c for c in 'WAX' if c in (flg or '')), int(align))

    def symbol(self, line):
        # with another EI_OSABI than GNU's
        line = line.replace('<OS specific>: 10', 'UNIQUE')
        line = line.replace('LARGE_COM', 'COM')
        # as BOLT leaves them
        line = re.sub(r'bad section index\[ *\d+\]', 'BAD', line)
        m = SYMBOL.match(line)
        if m:
            num, value, size, typ, bind, vis, ndx, name = m.groups()
            self.table[int(num)] = (
                int(value, 16), int(size, 0), TYPES.get(typ, 'other'),
                BINDS.get(bind, 'other'), vis.lower(), ndx, name or '')

    def reloc(self, line):
        m = re.match(r'([0-9a-f]{8,16})\s+([0-9a-f]{8,16}) (.*)$', line)
        if m:
            add = re.search(r'(?:^| )([+-] )?(-?[0-9a-f]+)$', m.group(3))
            self.rel.append((int(m.group(1), 16), int(m.group(2), 16),
                             add and (add.group(1) or '') + add.group(2)))
        elif re.match(r'[0-9a-f]{8,16}$', line.strip()):
            self.rel.append(int(line, 16))  # of SHT_RELR

    def dyn(self, line):
        m = re.match(r' 0x[0-9a-f]+ \((\w+)\).*\[(.*)\]', line)
        if m:
            self.dynamic.append(m.groups())

    def verdef(self, line):
        m = re.search(r'Flags: .*Name: (.*)$', line)
        if m:
            self.defined.add(m.group(1))

    def verneed(self, line):
        m = re.search(r'Version: \d+  File: (.*)  Cnt:', line)
        if m:
            self.file = m.group(1)
        m = re.search(r'Name: .*Flags: .*Version: (\d+)', line)
        if m:
            self.files[int(m.group(1))] = self.file


def readelf(path):
    """What readelf has: one for each ELF member of an archive, or file."""
    text = run(READELF, '-W', '-h', '-l', '-d', '-V', '-S', '-s', '-r', path)
    text = text.decode('utf-8', 'surrogateescape')
    files = re.split(r'^File: .*$', text, flags=re.M)
    # BSD's index has no sections
    return [t for t in map(Theirs, files[1:] or files) if t.sections or t.head]


def section_ref(o, s):
    return {'UNDEF': 'UND', 'ABS': 'ABS', 'COMMON': 'COM'}.get(
        s['section'], str(s['section_index']))


def name_of(s):
    v = s['version']
    if v is None:
        return s['name']
    return s['name'] + ('@@' if s['default_version'] else '@') + v


def same_name(ours, theirs, s):
    # readelf adds "(3)" to versions of needed libraries, and names sections
    theirs = re.sub(r' \(\d+\)$', '', theirs)
    # llvm's gives the linker's own symbols for versions a version, too
    if LLVM and s['section'] == 'ABS' and theirs == ours + '@@' + ours:
        return True
    # and "<unknown>"; and takes what is no ASCII otherwise
    return (ours == theirs or s['type'] == 'section' or
            re.sub(r'[^ -~]', '', ours) == re.sub(r'\^[A-Z@\[\]]|[^ -~]', '', theirs))


KINDS = {'REL': ('relocatable',), 'EXEC': ('executable',), 'CORE': ('core',),
         'DYN': ('shared object', 'position-independent executable')}


def plain(name):
    """What all tools print of a name alike: no "^A", no "<unknown>"."""
    return re.sub(r'\^[A-Z@\[\]]|[^ -~]', '', name)


def compare_head(o, t):
    """File header, dynamic section, sections and segments."""
    diffs = []
    typ = t.head.get('Type', '').split(' ')[0]
    if o['kind'] not in KINDS.get(typ, ('other',)):
        diffs.append('a %s, readelf %s' % (o['kind'], typ))
    head = (o['bits'], o['endian'], o['entry'], o['flags'])
    theirs = (int(t.head['Class'][3:]), t.head['Data'].split()[2],
              int(t.head['Entry point address'], 0),
              int(t.head['Flags'].split(',')[0], 0))
    if head != theirs:
        diffs.append('%r, readelf %r' % (head, theirs))
    said = {'NEEDED': list(o['needed']), 'SONAME': [], 'RUNPATH': []}
    if o['soname'] is not None:
        said['SONAME'] = [o['soname']]
    if o['run_path'] is not None:
        said['RUNPATH'] = [o['run_path']]
    for tag, have in said.items():
        want = [v for k, v in t.dynamic if k == tag or
                (tag, k) == ('RUNPATH', 'RPATH')]
        if have != want:
            diffs.append('%s: %r, readelf %r' % (tag, have, want))
    segments = [(s['offset'], s['addr'], s['file_size'], s['size'],
                 s['flags'] & 7, s['align']) for s in o['segments']]
    if segments != t.segments:
        diffs.append('segments: %r, readelf %r' % (segments, t.segments))
    for s in o['sections']:
        r = t.sections.get(s['index'])
        have = (s['addr'], s['offset'], s['size'],
                'W' * s['write'] + 'A' * s['alloc'] + 'X' * s['exec'],
                s['align'])
        if r is None or r[1:] != have or plain(s['name']) != plain(r[0]):
            diffs.append('section %s %r, readelf %r' % (s['name'], have, r))
    if len(o['sections']) != len([i for i in t.sections if i]):
        diffs.append('%d sections, readelf %d' % (len(o['sections']),
                                                  len(t.sections) - 1))
    return diffs


def compare_symbols(o, t):
    diffs = []
    nsyms = 0
    for key, mine in (('.dynsym', o['dynamic_symbols']),
                      ('.symtab', o['symbols'])):
        theirs = t.tables.get(key, {})
        if len(mine) != len(theirs):
            diffs.append('%s: %d symbols, readelf %d' %
                         (key, len(mine), len(theirs)))
        for s in mine:
            nsyms += 1
            r = theirs.get(s['index'])
            if r is None:
                continue
            have = (s['value'], s['size'], s['type'], s['bind'],
                    s['visibility'])
            sec = section_ref(o, s)
            if have != r[:5] or (sec != r[5] and s['section'] != 'OTHER') or \
                    not same_name(name_of(s), r[6], s):
                diffs.append('%s %d: %r %s %r, readelf %r' %
                             (key, s['index'], have, sec, name_of(s), r))
    return diffs, nsyms


def compare_relocs(o, t):
    diffs = []
    nrelocs = 0
    offsets = {s['index']: s['offset'] for s in o['sections']}
    sections = [s for s in o['relocations']]
    if len(sections) != len([r for r in t.relocs.values() if r]):
        diffs.append('%d sections with relocations, readelf %d' %
                     (len(sections), len(t.relocs)))
    for s in sections:
        theirs = t.relocs.get(offsets[s['section_index']])
        if theirs is None or len(theirs) != len(s['entries']):
            diffs.append('%s: %d relocations, readelf %s' % (
                s['section'], len(s['entries']), theirs and len(theirs)))
            continue
        for r, u in zip(s['entries'], theirs):
            nrelocs += 1
            if isinstance(u, int):
                if r['offset'] != u:
                    diffs.append('%s: %r, readelf %#x' % (s['section'], r, u))
                continue
            if o['bits'] == 64:
                info = r['index'] << 32 | r['type']
            else:
                info = r['index'] << 8 | r['type']
            if (r['offset'], info) != u[:2]:
                diffs.append('%s: %r, readelf %r' % (s['section'], r, u))
            elif 'addend' in r and u[2]:
                a = u[2].replace(' ', '').replace('+', '')
                if int(a, 16) not in (r['addend'], r['addend'] % 2**64):
                    diffs.append('%s: %r, readelf %r' % (s['section'], r, u))
    return diffs, nrelocs


def compare_imports(o, t):
    """Undefined dynamic symbols, with the library that their version is of."""
    have = [(plain(i['name']), i['version'], i['library'], i['weak'])
            for i in o['imports']]
    want = []
    for _, _, typ, bind, _, ndx, name in t.tables.get('.dynsym', {}).values():
        if ndx != 'UND' or bind == 'local' or typ in ('section', 'file'):
            continue
        m = re.match(r'(.*?)(?:@(.*) \((\d+)\))?$', name)
        if m.group(1):
            want.append((plain(m.group(1)), m.group(2),
                         m.group(3) and t.files.get(int(m.group(3))),
                         bind == 'weak'))
    if have == want:
        return [], len(have)
    return ['imports: %r, readelf %r' % (
        [x for x in have if x not in want][:3],
        [x for x in want if x not in have][:3])], len(have)


def compare_exports(o, t, path):
    """Dynamic symbols that are defined, by nm."""
    if o['kind'] == 'relocatable' or not o['dynamic_symbols']:
        return []
    hidden = {name for _, _, _, _, vis, _, name in
              t.tables.get('.dynsym', {}).values()
              if vis in ('hidden', 'internal')}
    have = sorted((e['addr'], plain(name_of(e))) for e in o['exports'])
    want = []
    text = run('nm', '-D', '--with-symbol-versions', path)
    for line in text.decode('utf-8', 'surrogateescape').split('\n'):
        m = re.match(r'([0-9a-f]{8,16}) ([A-Ziu]) (.*)$', line)
        # but the linker's own symbols for versions
        if m and m.group(3) not in hidden and not (
                m.group(2) == 'A' and
                re.sub('@.*', '', m.group(3)) in t.defined):
            want.append((int(m.group(1), 16), plain(m.group(3))))
    want.sort()
    if have == want:
        return []
    return ['exports: %r, nm %r' % ([x for x in have if x not in want][:3],
                                    [x for x in want if x not in have][:3])]


def compare(ours, theirs, path):
    """An object of ours with one of readelf's; path: it is no member."""
    if 'error' in ours:
        return [ours['error']], (0, 0, 0)
    diffs = [] if LLVM else compare_head(ours, theirs)
    d, nsyms = compare_symbols(ours, theirs)
    diffs += d
    d, nrelocs = compare_relocs(ours, theirs)
    diffs += d
    nimports = 0
    if not LLVM:
        d, nimports = compare_imports(ours, theirs)
        diffs += d
        if path:
            diffs += compare_exports(ours, theirs, path)
    return diffs, (nsyms, nrelocs, nimports)


def nm_index(path):
    """[(symbol, member)] of an archive's index, sorted."""
    index = []
    inside = False
    text = run('nm', '-s', path).decode('utf-8', 'surrogateescape')
    for line in text.split('\n'):
        m = re.match(r'(\S+) in (.*)$', line)
        if line == 'Archive index:':
            inside = True
        elif inside and m:
            index.append(m.groups())
        elif inside:
            break
    return sorted(index)


def ar_members(path):
    """[(name, bytes, place)] of all members, objects or not."""
    found = re.findall(r'^\S{9} \S+ +(\d+) \w+ +\d+ [\d:]+ +\d+ (.*) '
                       r'0x([0-9a-f]+)$',
                       run('ar', 'tvO', path).decode(
                           'utf-8', 'surrogateescape'), flags=re.M)
    return [(name, int(size), int(at, 16)) for size, name, at in found]


def compare_archive(ours, theirs, path):
    diffs = []
    members = ours['members']
    objects = [m for m in members if (m['format'] or '').startswith('ELF')]
    if len(objects) != len(theirs) and objects:
        return ['%d objects, readelf %d' % (len(objects), len(theirs))], \
            (0, 0, 0)
    total = [0, 0, 0]
    for o, t in zip(objects, theirs):
        d, n = compare(o, t, None)
        diffs += ['%s: %s' % (o['name'], x) for x in d]
        total = [a + b for a, b in zip(total, n)]
    if LLVM:
        return diffs, total
    have = [(m['name'], m['size'], m['offset']) for m in members]
    want = ar_members(path)
    if have != want:
        diffs.append('members: %r, ar %r' % (
            [x for x in have if x not in want][:3],
            [x for x in want if x not in have][:3]))
    index = sorted((i['name'], os.path.basename(members[i['member']]['name']))
                   for i in ours['index'])
    if index != [(s, os.path.basename(m)) for s, m in nm_index(path)]:
        diffs.append('the index differs from that of nm -s')
    return diffs, total


def compare_file(gort, path):
    try:
        ours = json.loads(run(gort, 'inspect', '--json', '--sections',
                              '--symbols', '--relocs', '--imports',
                              '--exports', path).decode('utf-8'))[0]
    except (ValueError, IndexError) as err:
        return ['no JSON: %s' % err], (0, 0, 0)
    theirs = readelf(path)
    if 'error' in ours and not theirs and not ar_members(path):
        return [], (0, 0, 0)  # damaged for all, such as test data of Go's
    if 'members' in ours:
        return compare_archive(ours, theirs, path)
    if not theirs:
        return ['readelf shows nothing'], (0, 0, 0)
    return compare(ours, theirs[0], path)


def main():
    gort, files = sys.argv[1], sys.argv[2:]
    n = bad = 0
    total = [0, 0, 0]
    seen = set()
    for path in files:
        try:
            if os.path.realpath(path) in seen:
                continue
            seen.add(os.path.realpath(path))
            with open(path, 'rb') as f:
                magic = f.read(8)
            if magic[:4] != b'\x7fELF' and magic not in ARCHIVES:
                continue
        except OSError:
            continue
        diffs, t = compare_file(gort, path)
        n += 1
        total = [a + b for a, b in zip(total, t)]
        for d in diffs[:5]:
            print('%s: %s' % (path, d))
        bad += bool(diffs)
    print('%d files, %d symbols, %d relocations, %d imports, '
          '%d files differ' % (n, *total, bad))
    sys.exit(1 if bad else 0)


main()
