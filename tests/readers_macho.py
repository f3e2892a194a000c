#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Hold `gort inspect` against LLVM: readers_macho.py GORT FILE...

Sections, symbols, relocations of every Mach-O file given, also in fat files,
must be those of llvm-readobj; imports and exports of the thin ones those of
llvm-objdump. Prints each difference, and the totals; exit status 1 if there
are any.
"""
import json
import os
import re
import subprocess
import sys

READOBJ = os.environ.get('LLVM_READOBJ', 'llvm-readobj')
OBJDUMP = os.environ.get('LLVM_OBJDUMP', 'llvm-objdump')
OPENS = re.compile(r'(.*?) ?[{\[](?: \(0x[0-9A-F]+\))?$')


def run(*cmd):
    return subprocess.run(cmd, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout.decode(
                              'utf-8', 'surrogateescape')


def number(s):
    m = re.search(r'\((-?(?:0x)?[0-9A-Fa-f]+)\)$', s)
    return int(m.group(1) if m else s, 0)


def text_of(s):
    return re.sub(r' \([0-9A-Fx ]*\)$', '', s)


class Theirs:
    """One file as llvm-readobj has it."""

    def __init__(self, text):
        self.sections, self.symbols, self.relocs = [], [], {}
        self.names, stack = [], []
        self.is_macho = 'Format: Mach-O' in text
        for line in text.split('\n') if self.is_macho else ():
            s = line.strip()
            m = OPENS.match(s)
            if m and not re.match(r'\w+: ', s):
                stack.append((m.group(1), {}))
            elif s in ('}', ']', '])') and stack:
                name, keys = stack.pop()
                self.add(name, keys, [b[0] for b in stack])
            elif stack and ': ' in s:
                key, value = s.split(': ', 1)
                stack[-1][1].setdefault(key, value)

    def add(self, name, k, outer):
        if name == 'Section' and outer == ['Sections']:
            self.names.append(text_of(k['Name']))
            self.sections.append((
                text_of(k['Segment']) + ',' + text_of(k['Name']),
                int(k['Address'], 0), int(k['Size'], 0), int(k['Offset'], 0),
                int(k['RelocationCount'], 0)))
        elif name == 'Symbol':
            self.symbols.append((text_of(k['Name']), int(k['Value'], 0),
                                 number(k.get('Section', '(0x0)'))))
        elif name == 'Relocation':
            self.relocs.setdefault(outer[-1], []).append(k)


def first(diffs, what, ours, theirs):
    if ours == theirs:
        return
    for a, b in zip(ours, theirs):
        if a != b:
            diffs.append('%s: %r, llvm %r' % (what, a, b))
            return
    diffs.append('%s: %d, llvm %d' % (what, len(ours), len(theirs)))


def compare_relocs(diffs, o, t):
    n = 0
    for s in o['relocations']:
        name = s['section'].split(',')[1]
        theirs = t.relocs.get('Section ' + name, [])
        # of sections with one name
        theirs, t.relocs['Section ' + name] = (
            theirs[:len(s['entries'])], theirs[len(s['entries']):])
        n += len(s['entries'])
        # a scattered one has no symbol there
        first(diffs, 'relocations of ' + s['section'], [
            (r['offset'], r['type'],
             r['index'] if 'symbol' in r else None)
            for r in s['entries']], [
                (int(r['Offset'], 0), number(r['Type']),
                 number(r['Symbol']) if 'Symbol' in r else None)
                for r in theirs])
    return n


def compare(o, t):
    diffs = []
    if 'error' in o:
        return [o['error']], (0, 0, 0)
    first(diffs, 'sections',
          [(s['name'], s['addr'], s['size'], s['offset'], s['relocations'])
           for s in o['sections']], t.sections)
    # stabs name sections as they like
    first(diffs, 'symbols',
          [(s['name'], s['value'],
            None if s['section'] == 'DEBUG' else s['section_index'])
           for s in o['symbols']],
          [(n, v, None if a['section'] == 'DEBUG' else sec)
           for (n, v, sec), a in zip(t.symbols, o['symbols'])])
    if len(t.symbols) != len(o['symbols']):
        diffs.append('%d symbols, llvm %d' %
                     (len(o['symbols']), len(t.symbols)))
    nrelocs = compare_relocs(diffs, o, t)
    return diffs, (len(o['symbols']), nrelocs,
                   len(o['imports']) + len(o['exports']))


def compare_links(o, path):
    """Imports and exports by the tables of the dynamic linker."""
    diffs = []
    text = run(OBJDUMP, '--macho', '--bind', '--lazy-bind', '--exports-trie',
               path)
    tables = dict(re.findall(r'^(Exports trie|Bind table|Lazy bind table):\n'
                             r'(.*?)(?:\n\n|\Z)', text, flags=re.M | re.S))
    binds = set()
    for kind in 'Bind table', 'Lazy bind table':
        for line in tables.get(kind, '').split('\n')[1:]:
            m = re.search(r'(\S+)\s+(\S+?)(?: \(weak_import\))?$', line)
            if m:
                binds.add(m.group(2))
    if o.get('hardening', {}).get('fixups', 'opcodes') == 'opcodes' and binds:
        first(diffs, 'imports', sorted({i['name'] for i in o['imports']}),
              sorted(binds))
    theirs = {}
    for line in tables.get('Exports trie', '').split('\n'):
        m = re.match(r'(?:0x([0-9A-F]+)|\[re-export\])\s+(\S+)', line)
        if m:
            theirs[m.group(2)] = m.group(1) and int(m.group(1), 16)
    if theirs:
        first(diffs, 'exports', sorted(
            (e['name'], None if e['forward'] else e['addr'])
            for e in o['exports']), sorted(theirs.items()))
    return diffs


def compare_file(gort, path):
    try:
        ours = json.loads(run(gort, 'inspect', '--json', '--sections',
                              '--symbols', '--relocs', '--imports',
                              '--exports', path))[0]
    except (ValueError, IndexError) as err:
        return ['no JSON: %s' % err], (0, 0, 0)
    text = run(READOBJ, '--sections', '--symbols', '--relocs',
               '--expand-relocs', path)
    theirs = [t for t in map(Theirs, re.split(r'^Format: ', '\n'.join(
        'Format: ' + line if line.startswith('Format: ') else line
        for line in text.split('\n')), flags=re.M)) if t.is_macho]
    objects = [m for m in ours.get('members', [ours])
               if (m['format'] or '').startswith('Mach-O')]
    if len(objects) != len(theirs):
        return ['%d objects, llvm %d' % (len(objects), len(theirs))], (0, 0, 0)
    diffs = []
    total = [0, 0, 0]
    for o, t in zip(objects, theirs):
        d, n = compare(o, t)
        diffs += d
        total = [a + b for a, b in zip(total, n)]
    if 'members' not in ours:
        diffs += compare_links(ours, path)
    return diffs, total


def main():
    gort, files = sys.argv[1], sys.argv[2:]
    n = bad = 0
    total = [0, 0, 0]
    for path in files:
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
