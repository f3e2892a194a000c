#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Hold `gort inspect` against llvm-readobj: readers_coff.py GORT FILE...

Sections, symbols, relocations, imports and exports of every COFF object and PE
image given, and of the members of every archive, must be the same, and so must
archives' indexes be. Prints each difference, and the totals; exit status 1 if
there are any.
"""
import json
import os
import re
import subprocess
import sys

READOBJ = os.environ.get('LLVM_READOBJ', 'llvm-readobj')
OBJDUMP = os.environ.get('OBJDUMP', 'objdump')
NM = os.environ.get('LLVM_NM', 'llvm-nm')
KEY = re.compile(r'(\w+): ?(.*)$')
OPENS = re.compile(r'(.*?) ?[{\[](?: \(0x[0-9A-F]+\))?$')
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
        lines = text.split('\n')
        self.format = next((line[8:] for line in lines
                            if line.startswith('Format: ')), '')
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
                int(one['VirtualAddress'], 0)))
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


def compare(o, t, path):
    diffs = []
    if 'error' in o:
        return [o['error']], (0, 0, 0)
    image = o['format'].startswith('PE')
    base = o['image_base']
    # an image's size in memory is another; zeros have no place in the file
    first(diffs, 'sections',
          [(s['name'], s['file_size' if image else 'size'],
            s['offset'], s['addr'] - base) for s in o['sections']],
          t.sections)
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


def nm_index(path):
    index = []
    inside = False
    for line in run(NM, '--print-armap', path).split('\n'):
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
    text = run(READOBJ, '--sections', '--symbols', '--relocs',
               '--expand-relocs', '--coff-imports', '--coff-exports', path)
    theirs = [Theirs(t) for t in
              re.split(r'^File: .*$', text, flags=re.M)[1:]]
    if 'members' not in ours and not theirs:
        return ['llvm-readobj shows nothing'], (0, 0, 0)
    if 'members' not in ours:
        return compare(ours, theirs[0], path)
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
            if t.format != 'COFF-import-file':
                diffs.append('%s: llvm %s' % (o['name'], t.format))
            total[2] += 1
            continue
        d, n = compare(o, t, path)
        diffs += ['%s: %s' % (o['name'], x) for x in d]
        total = [a + b for a, b in zip(total, n)]
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
    sys.exit(1 if bad or not n else 0)


main()
