#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Hold `gort inspect` against readelf: readers_elf.py GORT FILE...

Sections, symbols, versions and relocations of every ELF file given must be the
same. Prints each difference, and the totals; exit status 1 if there are any.
"""
import json
import os
import re
import subprocess
import sys

TYPES = {'NOTYPE': 'notype', 'OBJECT': 'data', 'FUNC': 'func',
         'SECTION': 'section', 'FILE': 'file', 'COMMON': 'common',
         'TLS': 'tls', 'IFUNC': 'ifunc'}
BINDS = {'LOCAL': 'local', 'GLOBAL': 'global', 'WEAK': 'weak',
         'UNIQUE': 'unique'}
SECTION = re.compile(r'\s*\[\s*(\d+)\] (.*?)\s+(\S+)\s+([0-9a-f]{8,16}) '
                     r'([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]{2,}) (.*)$')
SYMBOL = re.compile(r'\s*(\d+): ([0-9a-f]+)\s+(\S+) (\S+)\s+(\S+)\s+(\S+)\s+'
                    r'(?:\[[^\]]*\]\s+)?(\S+)(?: (.*))?$')


def run(*cmd):
    return subprocess.run(cmd, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


def readelf(path):
    """Sections, {table: symbols}, {section: relocations} as readelf has it."""
    text = run('readelf', '-W', '-S', '-s', '-r', path)
    lines = text.decode('utf-8', 'surrogateescape').split('\n')
    sections, tables, relocs = {}, {}, {}
    table = rel = None
    for line in lines:
        if line.startswith('Relocation section'):
            table, rel = None, relocs.setdefault(line.split("'")[1], [])
            continue
        m = re.match(r"Symbol table '(.*)' contains", line)
        if m:
            rel, table = None, tables.setdefault(m.group(1), {})
            continue
        if table is not None:
            # with another EI_OSABI than GNU's
            line = line.replace('<OS specific>: 10', 'UNIQUE')
            m = SYMBOL.match(line)
            if m:
                num, value, size, typ, bind, vis, ndx, name = m.groups()
                table[int(num)] = (
                    int(value, 16), int(size, 0), TYPES.get(typ, 'other'),
                    BINDS.get(bind, 'other'), vis.lower(), ndx, name or '')
            continue
        if rel is not None:
            m = re.match(r'([0-9a-f]{8,16})\s+([0-9a-f]{8,16}) (.*)$', line)
            if m:
                add = re.search(r'(?:^| )([+-] )?(-?[0-9a-f]+)$', m.group(3))
                rel.append((int(m.group(1), 16), int(m.group(2), 16),
                            add and (add.group(1) or '') + add.group(2)))
            continue
        m = SECTION.match(line)
        if m:
            i, name, _, addr, off, size, _, _ = m.groups()
            sections[int(i)] = (name, int(addr, 16), int(off, 16),
                                int(size, 16))
    return sections, tables, relocs


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
    # and "<unknown>"; and takes what is no ASCII otherwise
    return (ours == theirs or s['type'] == 'section' or
            re.sub(r'[^ -~]', '', ours) == re.sub(r'\^[A-Z@\[\]]|[^ -~]', '', theirs))


def compare(gort, path):
    diffs = []
    try:
        ours = json.loads(run(gort, 'inspect', '--json', '--sections',
                              '--symbols', '--relocs', path)
                          .decode('utf-8'))[0]
    except (ValueError, IndexError) as err:
        return ['no JSON: %s' % err], (0, 0)
    if 'error' in ours:
        return [ours['error']], (0, 0)
    sections, tables, relocs = readelf(path)
    for s in ours['sections']:
        r = sections.get(s['index'])
        if r and r[1:] != (s['addr'], s['offset'], s['size']):
            diffs.append('section %s: %r' % (s, r))
    if len(ours['sections']) > len([i for i in sections if i]):
        diffs.append('%d sections, readelf %d' % (len(ours['sections']),
                                                  len(sections) - 1))
    nsyms = 0
    for key, mine in (('.dynsym', ours['dynamic_symbols']),
                      ('.symtab', ours['symbols'])):
        theirs = tables.get(key, {})
        if len(mine) != len(theirs):
            diffs.append('%s: %d symbols, readelf %d' %
                         (key, len(mine), len(theirs)))
        for s in mine:
            nsyms += 1
            t = theirs.get(s['index'])
            if t is None:
                continue
            vis = s['visibility']
            have = (s['value'], s['size'], s['type'], s['bind'], vis)
            sec = section_ref(ours, s)
            if have != t[:5] or (sec != t[5] and s['section'] != 'OTHER') or \
                    not same_name(name_of(s), t[6], s):
                diffs.append('%s %d: %r %s %r, readelf %r' %
                             (key, s['index'], have, sec, name_of(s), t))
    nrelocs = 0
    for s in ours['relocations']:
        theirs = relocs.get(s['section'])
        if s['section'].startswith('.relr'):
            continue
        if theirs is None or len(theirs) < len(s['entries']):
            diffs.append('%s: %d relocations, readelf %s' % (
                s['section'], len(s['entries']), theirs and len(theirs)))
            continue
        # sections of one name stand one after the other
        for r, t in zip(s['entries'], theirs):
            nrelocs += 1
            if ours['bits'] == 64:
                info = r['index'] << 32 | r['type']
            else:
                info = r['index'] << 8 | r['type']
            if (r['offset'], info) != t[:2]:
                diffs.append('%s: %r, readelf %r' % (s['section'], r, t))
            elif 'addend' in r and t[2]:
                a = t[2].replace(' ', '').replace('+', '')
                if int(a, 16) not in (r['addend'], r['addend'] % 2**64):
                    diffs.append('%s: %r, readelf %r' % (s['section'], r, t))
        del theirs[:len(s['entries'])]
    return diffs, (nsyms, nrelocs)


def main():
    gort, files = sys.argv[1], sys.argv[2:]
    n = nsyms = nrelocs = bad = 0
    seen = set()
    for path in files:
        try:
            if os.path.realpath(path) in seen:
                continue
            seen.add(os.path.realpath(path))
            with open(path, 'rb') as f:
                if f.read(4) != b'\x7fELF':
                    continue
        except OSError:
            continue
        diffs, (s, r) = compare(gort, path)
        n += 1
        nsyms += s
        nrelocs += r
        for d in diffs[:5]:
            print('%s: %s' % (path, d))
        bad += bool(diffs)
    print('%d files, %d symbols, %d relocations, %d files differ' %
          (n, nsyms, nrelocs, bad))
    sys.exit(1 if bad or not n else 0)


main()
