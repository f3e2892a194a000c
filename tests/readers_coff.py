#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Hold `gort inspect` against llvm-readobj and binutils: readers_coff.py GORT
FILE...

Headers, sections, COMDAT selections, symbols, relocations (base relocations of
images), needed libraries, imports and exports of every COFF object and PE image
given, and of the members of every archive, must be the same as llvm-readobj has
them, symbols' bindings as nm, archives' members and indexes as ar and llvm-nm,
what import libraries stand for as objdump and dlltool. Prints each difference,
and the totals; exit status 1 if there are any.
"""
import json
import os
import re
import subprocess
import sys

READOBJ = os.environ.get('LLVM_READOBJ', 'llvm-readobj')
OBJDUMP = os.environ.get('OBJDUMP', 'objdump')
LLVM_NM = os.environ.get('LLVM_NM', 'llvm-nm')
KEY = re.compile(r'(\w+): ?(.*)$')
OPENS = re.compile(r'(.*?) ?[{\[](?: \((0x[0-9A-F]+)\))?$')
IN_PARENS = re.compile(r'(.*) ?\((-?[0-9A-Fa-fx]+)\)$')


def run(*cmd):
    return subprocess.run(cmd, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout.decode(
                              'utf-8', 'surrogateescape')


def parens(s):
    """'name (0x12)' as ('name', 18)."""
    m = IN_PARENS.match(s)
    if m:
        return m.group(1).rstrip(), int(m.group(2), 0)
    # a number that llvm has no name for
    return s, int(s, 0) if s.startswith('0x') else None


def records(lines):
    """(path of block names, {key: value}) of the nested blocks, in order."""
    stack = []
    for line in lines:
        s = line.strip()
        m = OPENS.match(s)
        if m and not s.startswith('Name:'):
            if m.group(2) and stack:
                stack[-1][1].setdefault(m.group(1), []).append(m.group(2))
            stack.append((m.group(1), {}))
        elif s in ('}', ']', '])') and stack:
            name, keys = stack.pop()
            yield [b[0] for b in stack] + [name], keys
        elif stack:
            m = KEY.match(s)
            if m:
                # a delay-loaded symbol's address follows its name
                stack[-1][1].setdefault(m.group(1), []).append(m.group(2))


class Theirs:
    """One object as llvm-readobj has it."""

    def __init__(self, text):
        self.sections, self.symbols, self.relocs = [], [], {}
        self.imports, self.exports = [], []
        self.head, self.basereloc, self.needed = None, [], []
        self.comdat, self.weak = {}, {}
        self.entry, self.base = 0, 0
        lines = text.split('\n')
        self.format = next((line[8:] for line in lines
                            if line.startswith('Format: ')), '')
        self.names = [line[8:] for line in lines
                      if line.startswith('Symbol: ')]
        if 'COFF' not in self.format:
            return
        for path, k in records(lines):
            one = {key: v[0] for key, v in k.items()}
            self.add(path, one, k)

    def add(self, path, one, k):
        name = path[-1]
        if name == 'Section' and path[-2:-1] == ['Sections']:
            self.sections.append((
                re.sub(r' \([0-9A-F ]*\)$', '', one['Name']),
                int(one['RawDataSize'], 0), int(one['PointerToRawData'], 0),
                int(one['VirtualAddress'], 0),
                int(one['Characteristics'], 0)))
        elif name == 'ImageFileHeader':
            self.head = (parens(one['Machine'])[1],
                         int(one['Characteristics'], 0))
        elif name == 'ImageOptionalHeader':
            self.entry = int(one['AddressOfEntryPoint'], 0)
            self.base = int(one['ImageBase'], 0)
        elif name == 'Entry' and path[-2:-1] == ['BaseReloc']:
            self.basereloc.append((int(one['Address'], 0), one['Type']))
        elif name == 'AuxSectionDef':
            if parens(one['Selection'])[1]:
                self.comdat[len(self.symbols)] = (
                    parens(one['Selection'])[1],
                    parens(one.get('AssocSection', '0'))[1])
        elif name == 'AuxWeakExternal':
            self.weak[len(self.symbols)] = parens(one['Linked'])[1]
        elif name == 'Symbol' and path[-2:-1] == ['Symbols']:
            self.symbols.append((
                one['Name'], int(one['Value'], 0),
                parens(one['Section'])[1], parens(one['StorageClass'])[1],
                int(one['AuxSymbolCount'], 0)))
        elif name == 'Relocation':
            sec = int(re.match(r'Section \((\d+)\)', path[-2]).group(1))
            self.relocs.setdefault(sec, []).append((
                int(one['Offset'], 0), parens(one['Type'])[1],
                int(one['SymbolIndex'], 0)))
        elif name == 'Import' and path[-2:-1] == ['DelayImport']:
            self.delayed = getattr(self, 'delayed', [])
            self.delayed += [parens(s) for s in k.get('Symbol', [])]
        elif name in ('Import', 'DelayImport'):
            self.needed.append(one['Name'])
            syms = [parens(s) for s in k.get('Symbol', [])]
            if name == 'DelayImport':
                syms, self.delayed = getattr(self, 'delayed', []), []
            self.imports += [(one['Name'],) + s for s in syms]
        elif name == 'Export':
            self.exports.append((int(one['Ordinal'], 0), one.get('Name', ''),
                                 int(one.get('RVA', '0'), 0)))


def section_of(s):
    return {'ABS': -1, 'DEBUG': -2, 'COMMON': 0, 'UNDEF': 0}.get(
        s['section'] if s['section_index'] == 0 else '', s['section_index'])


def first(diffs, what, ours, theirs):
    if ours == theirs:
        return
    for a, b in zip(ours, theirs):
        if a != b:
            diffs.append('%s: %r, llvm %r' % (what, a, b))
            return
    diffs.append('%s: %d, llvm %d' % (what, len(ours), len(theirs)))


def forwarders(path):
    """{ordinal: "library.name"}, which only objdump shows."""
    found = re.findall(r'^\s*\[\s*\d+\] \+base\[\s*(\d+)\]\s+[0-9a-f]+ '
                       r'Forwarder RVA -- (.*)$', run(OBJDUMP, '-p', path),
                       flags=re.M)
    return {int(n): name for n, name in found}


def exports_of_objdump(path):
    """[(ordinal, name, address)]: llvm's ends at exports that have no names."""
    table, _, names = run(OBJDUMP, '-p', path).partition(
        '[Ordinal/Name Pointer] Table')
    at = {int(i): (int(n), int(rva, 16)) for i, n, rva in re.findall(
        r'^\s*\[ *(\d+)\] \+base\[ *(\d+)\] ([0-9a-f]+) Export RVA', table,
        flags=re.M)}
    found = [(at[int(i)][0], name, at[int(i)][1]) for i, name in
             re.findall(r'^\t\[ *(\d+)\] (\S+)$', names, flags=re.M)
             if int(i) in at]
    named = {n for n, _, _ in found}
    return found + [(n, '', rva) for n, rva in at.values() if n not in named]


def compare_head(o, t, image, path):
    """Headers; an image's libraries, imports, exports and base relocations."""
    diffs = []
    base = o['image_base']
    if not t.head:  # of a bigobj
        return diffs
    first(diffs, 'header', [(o['machine_number'], o['flags'],
                             o['entry'] and o['entry'] - base, base)],
          [t.head + (t.entry, t.base)])
    if not image:
        return diffs
    first(diffs, 'needed', o['needed'], list(dict.fromkeys(t.needed)))
    # asked for alone: llvm's ends at exports of some of wine's files
    t = Theirs(run(READOBJ, '--coff-basereloc', path))
    # by type number; 0 pads
    names = {1: 'HIGH', 2: 'LOW', 3: 'HIGHLOW', 10: 'DIR64'}
    first(diffs, 'base relocations',
          [(r['offset'] - base, names.get(r['type'], r['type']))
           for s in o['relocations'] for r in s['entries'] if r['type']],
          [r for r in t.basereloc if r[1] != 'ABSOLUTE'])
    return diffs


def compare_comdat(o, t):
    """How COMDAT sections are chosen, and what stands for weak symbols."""
    diffs = []
    if not t.comdat and not t.weak:
        return diffs
    # llvm's are by the symbols before which they stand
    chosen = {t.symbols[i][2]: c for i, c in t.comdat.items()
              if t.symbols[i][2] > 0}
    have = {s['index']: (s['selection'], s.get('group', 0))
            for s in o['sections'] if s.get('selection')}
    want = {i: (sel, parent if sel == 5 else 0)
            for i, (sel, parent) in chosen.items() if i in have}
    first(diffs, 'COMDAT', sorted(have.items()), sorted(want.items()))
    if not o['format'].startswith('PE'):
        first(diffs, 'weak', [s['default'] for s in o['symbols']
                              if 'default' in s],
              [n for _, n in sorted(t.weak.items())])
    return diffs


def compare(o, t, path):
    diffs = []
    if 'error' in o:
        return [o['error']], (0, 0, 0)
    image = o['format'].startswith('PE')
    base = o['image_base']
    diffs += compare_head(o, t, image, path)
    diffs += compare_comdat(o, t)
    # an image's size in memory is another; zeros have no place in the file
    first(diffs, 'sections',
          [(s['name'], s['file_size' if image else 'size'],
            s['offset'], s['addr'] - base, s['flags'])
           for s in o['sections']], t.sections)
    syms = o['symbols'] + [{'index': o['symbol_records']}]
    first(diffs, 'symbols',
          [('.file' if s['type'] == 'file' else s['name'], s['value'],
            section_of(s), s['other'],
            syms[i + 1]['index'] - s['index'] - 1)
           for i, s in enumerate(o['symbols'])], t.symbols)
    nrelocs = 0
    for s in o['relocations']:
        nrelocs += len(s['entries'])
        if image:
            continue
        first(diffs, 'relocations of section %d' % s['section_index'],
              [(r['offset'], r['type'], r['index']) for r in s['entries']],
              t.relocs.get(s['section_index'], []))
    if not image:
        first(diffs, 'sections with relocations',
              [s['section_index'] for s in o['relocations']],
              sorted(t.relocs))
    else:
        first(diffs, 'imports',
              [(i['library'], i['name'], i['ordinal']) for i in o['imports']],
              t.imports)
        # llvm takes forwarders for addresses, and shows unused ordinals
        forwards = forwarders(path) if any(
            e['forward'] for e in o['exports']) else {}
        if not t.exports and o['exports']:
            t.exports = exports_of_objdump(path)
        first(diffs, 'exports', sorted(
            (e['ordinal'], e['name'], e['addr'] - base)
            for e in o['exports'] if not e['forward']), sorted(
                e for e in t.exports if e[2] and e[0] not in forwards))
        first(diffs, 'forwarders', sorted(
            (e['ordinal'], e['forward'])
            for e in o['exports'] if e['forward']), sorted(
                (n, forwards[n]) for n, _, _ in t.exports if n in forwards))
    return diffs, (len(o['symbols']), nrelocs,
                   len(o['imports']) + len(o['exports']))


def bindings(path):
    """Of each object: [(name, "U", "W", "C" or "G")] of what is not local."""
    objects = [[]]
    for line in run('nm', '-P', path).split('\n'):
        if line.endswith(']:') or line.endswith(path + ':'):
            objects.append([])
            continue
        m = re.match(r'(.*?) ([A-Za-z?])(?: [0-9a-f]*)* ?$', line)
        if not m or m.group(2) in 'Nn?':
            continue
        name, letter = m.groups()
        if letter in 'wWvV':
            objects[-1].append((name, 'W'))
        elif letter in 'UC':
            objects[-1].append((name, letter))
        elif letter.isupper():
            objects[-1].append((name, 'G'))
    return [sorted(x) for x in (objects[1:] or objects)]


def our_bindings(o):
    def letter(s):
        if s['bind'] == 'weak':
            return 'W'
        if s['type'] == 'common':
            return 'C'
        return 'U' if s['section'] == 'UNDEF' else 'G'
    # GNU ld leaves local symbols of dropped sections; nm says "U" of those
    return sorted((s['name'], letter(s)) for s in o['symbols']
                  if (s['bind'] in ('global', 'weak') or
                      (s['section'] == 'UNDEF' and s['other'] == 3)) and
                  s['type'] not in ('file', 'section') and
                  s['section'] != 'DEBUG')


def compare_bindings(objects, path):
    diffs = []
    theirs = bindings(path)
    if len(theirs) != len(objects):
        return ['%d objects, nm %d' % (len(objects), len(theirs))]
    for o, t in zip(objects, theirs):
        if o['format'] != 'COFF short import' and 'error' not in o:
            first(diffs, 'bindings', our_bindings(o), t)
    return diffs


def hint_names(path):
    """(hint, name) of each member of an import library, by objdump."""
    found = []
    for text in run(OBJDUMP, '-s', '-j', '.idata$6', path).split(
            'Contents of section .idata$6:')[1:]:
        data = bytes.fromhex(''.join(
            line[6:41].replace(' ', '') for line in
            re.findall(r'^ [0-9a-f]+ .*$', text, flags=re.M)))
        found.append((data[0] | data[1] << 8, data[2:].split(b'\0')[0].decode()))
    return found


def compare_imports(objects, path):
    """What the members of an import library stand for."""
    diffs = []
    imports = [i for o in objects for i in o.get('imports', [])
               if o['format'] == 'COFF']
    if not imports:
        return diffs
    first(diffs, 'imports', [(i['ordinal'], i['name']) for i in imports
                             if i['name']], hint_names(path))
    machine = 'i686' if objects[0]['bits'] == 32 else 'x86_64'
    dlltool = os.environ.get('DLLTOOL', machine + '-w64-mingw32-dlltool')
    first(diffs, 'libraries', sorted({i['library'] or '' for i in imports}),
          sorted(set(run(dlltool, '-I', path).split())))
    return diffs


def ar_members(path):
    """[(name, bytes, place)] of all members, objects or not."""
    found = re.findall(r'^\S{9} \S+ +(\d+) \w+ +\d+ [\d:]+ +\d+ (.*) '
                       r'0x([0-9a-f]+)$', run('ar', 'tvO', path), flags=re.M)
    return [(name, int(size), int(at, 16)) for size, name, at in found]


def nm_index(path):
    index = []
    inside = False
    for line in run(LLVM_NM, '--print-armap', path).split('\n'):
        m = re.match(r'(\S+) in (.*)$', line)
        if line in ('Archive map', 'Archive index:'):
            inside = True
        elif inside and m:
            index.append(m.groups())
        elif inside:
            break
    return sorted(index)


def compare_file(gort, path):
    try:
        ours = json.loads(subprocess.run(
            [gort, 'inspect', '--json', '--sections', '--symbols', '--relocs',
             '--imports', '--exports', path], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL).stdout.decode('utf-8'))[0]
    except (ValueError, IndexError) as err:
        return ['no JSON: %s' % err], (0, 0, 0)
    text = run(READOBJ, '--file-headers', '--sections', '--symbols',
               '--relocs', '--expand-relocs', '--coff-imports',
               '--coff-exports', path)
    theirs = [Theirs(t) for t in
              re.split(r'^File: .*$', text, flags=re.M)[1:]]
    if 'members' in ours:
        return compare_archive(ours, theirs, path)
    if not theirs:
        return ['llvm-readobj shows nothing'], (0, 0, 0)
    diffs, n = compare(ours, theirs[0], path)
    return diffs + compare_bindings([ours], path), n


def compare_short(o, t):
    """One of MSVC's import objects."""
    if t.format != 'COFF-import-file':
        return ['%s: llvm %s' % (o['name'], t.format)]
    diffs = []
    first(diffs, o['name'], [s['name'] for s in o['symbols']], t.names)
    return diffs


def compare_archive(ours, theirs, path):
    diffs = []
    members = ours['members']
    objects = [m for m in members
               if (m['format'] or '').startswith(('COFF', 'PE'))]
    theirs = [t for t in theirs if 'COFF' in t.format]
    if len(objects) != len(theirs):
        return ['%d objects, llvm %d' % (len(objects), len(theirs))], (0, 0, 0)
    total = [0, 0, 0]
    for o, t in zip(objects, theirs):
        if o['format'] == 'COFF short import':
            diffs += compare_short(o, t)
            total[2] += 1
            continue
        d, n = compare(o, t, path)
        diffs += ['%s: %s' % (o['name'], x) for x in d]
        total = [a + b for a, b in zip(total, n)]
    if objects:
        diffs += compare_bindings(objects, path)
    diffs += compare_imports(objects, path)
    first(diffs, 'members', [(m['name'], m['size'], m['offset'])
                             for m in members], ar_members(path))
    first(diffs, 'index', sorted(
        (i['name'], os.path.basename(members[i['member']]['name']))
        for i in ours['index']),
        [(s, os.path.basename(m)) for s, m in nm_index(path)])
    return diffs, total


def main():
    gort, files = sys.argv[1], sys.argv[2:]
    n = bad = 0
    total = [0, 0, 0]
    seen = set()
    for path in files:
        if os.path.realpath(path) in seen or os.path.isdir(path):
            continue
        seen.add(os.path.realpath(path))
        diffs, t = compare_file(gort, path)
        total = [a + b for a, b in zip(total, t)]
        n += 1
        for d in diffs[:5]:
            print('%s: %s' % (path, d))
        bad += bool(diffs)
    print('%d files, %d symbols, %d relocations, %d imports and exports, '
          '%d files differ' % (n, *total, bad))
    sys.exit(1 if bad else 0)


main()
