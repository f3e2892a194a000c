#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Hold `gort inspect` against readelf: readers_elf.py GORT FILE...

Sections, symbols, versions and relocations of every ELF file given, and of the
members of every archive, must be the same, and so must archives' indexes be. Prints each difference, and the totals; exit status 1 if there are any.
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
ARCHIVES = (b'!<arch>\n', b'!<thin>\n')
SECTION = re.compile(r'\s*\[\s*(\d+)\] (.*?)\s+(\S+)\s+([0-9a-f]{8,16}) '
                     r'([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]{2,}) (.*)$')
SYMBOL = re.compile(r'\s*(\d+): ([0-9a-f]+)\s+(\S+) (\S+)\s+(\S+)\s+(\S+)\s+'
                    r'(?:\[[^\]]*\]\s+)?(\S+)(?: (.*))?$')


def run(*cmd):
    return subprocess.run(cmd, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


def readelf(path):
    """What readelf has: one for each ELF member of an archive, or file."""
    text = run('readelf', '-W', '-S', '-s', '-r', path)
    text = text.decode('utf-8', 'surrogateescape')
    files = re.split(r'^File: .*$', text, flags=re.M)
    # BSD's index has no sections
    return [t for t in map(parse, files[1:] or files) if t[0]]


def parse(text):
    """Sections, {table: symbols}, {offset of section: relocations}."""
    lines = text.split('\n')
    sections, tables, relocs = {}, {}, {}
    table = rel = None
    for line in lines:
        if line.startswith('Relocation section'):
            # by its place: readelf cuts long names
            at = re.search(r' at offset (0x[0-9a-f]+) ', line).group(1)
            table, rel = None, relocs.setdefault(int(at, 16), [])
            continue
        m = re.match(r"Symbol table '(.*)' contains", line)
        if m:
            rel, table = None, tables.setdefault(m.group(1), {})
            continue
        if table is not None:
            # with another EI_OSABI than GNU's
            line = line.replace('<OS specific>: 10', 'UNIQUE')
            # as BOLT leaves them
            line = re.sub(r'bad section index\[ *\d+\]', 'BAD', line)
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


def compare(ours, theirs):
    """An object of ours with one of readelf's."""
    diffs = []
    if 'error' in ours:
        return [ours['error']], (0, 0)
    sections, tables, relocs = theirs
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
    offsets = {s['index']: s['offset'] for s in ours['sections']}
    for s in ours['relocations']:
        theirs = relocs.get(offsets[s['section_index']])
        if s['section'].startswith('.relr'):
            continue
        if theirs is None or len(theirs) != len(s['entries']):
            diffs.append('%s: %d relocations, readelf %s' % (
                s['section'], len(s['entries']), theirs and len(theirs)))
            continue
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
    return diffs, (nsyms, nrelocs)


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


def compare_file(gort, path):
    try:
        ours = json.loads(run(gort, 'inspect', '--json', '--sections',
                              '--symbols', '--relocs', path)
                          .decode('utf-8'))[0]
    except (ValueError, IndexError) as err:
        return ['no JSON: %s' % err], (0, 0)
    theirs = readelf(path)
    if 'members' not in ours:
        return compare(ours, theirs[0] if theirs else ({}, {}, {}))
    diffs = []
    members = ours['members']
    objects = [m for m in members if (m['format'] or '').startswith('ELF')]
    if len(objects) != len(theirs) and objects:
        return ['%d objects, readelf %d' % (len(objects), len(theirs))], (0, 0)
    nsyms = nrelocs = 0
    for o, t in zip(objects, theirs):
        d, (s, r) = compare(o, t)
        diffs += ['%s: %s' % (o['name'], x) for x in d]
        nsyms += s
        nrelocs += r
    index = sorted((i['name'], os.path.basename(members[i['member']]['name']))
                   for i in ours['index'])
    if index != [(s, os.path.basename(m)) for s, m in nm_index(path)]:
        diffs.append('the index differs from that of nm -s')
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
                magic = f.read(8)
            if magic[:4] != b'\x7fELF' and magic not in ARCHIVES:
                continue
        except OSError:
            continue
        diffs, (s, r) = compare_file(gort, path)
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
