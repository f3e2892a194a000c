#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Are functions that a bridge of one kind of arguments cannot call refused?
link_coff_unfit.py GORT PROTOTYPES, as gcc -aux-info writes them.

For each function with integer and floating-point parameters, or with long,
wchar_t, long double or complex ones, that libc or libm exports, an object for
Windows that calls it is linked: that must be refused by name, unless the loader
has a function of its own for it. Prints the others; exit status 1 if any.
"""
import ctypes
import re
import struct
import subprocess
import sys

# those are written for the other convention (link_crt_linux_amd64.c)
WRITTEN = {'ldexp', 'ldexpf', 'scalbn', 'scalbnf', 'frexp', 'frexpf', 'modf',
           'modff', 'fseek', 'labs'}
FLOAT = re.compile(r'\b(double|float|_Float\w+)\b')
ODD = re.compile(r'\blong double\b|_Complex|_Float64x|_Float128')


def why(ret, params):
    values = [p for p in params if '*' not in p and '[' not in p]
    floats = [bool(FLOAT.search(p)) and p in values for p in params]
    if any(ODD.search(p) for p in values) or (
            ODD.search(ret) and '*' not in ret):
        return 'long double or complex'
    if any(floats) and not all(floats):
        return 'mixed'
    return None


def object_that_calls(name):
    """mov imported function's address: one section, one relocation."""
    code = b'\x48\xb8' + bytes(8) + b'\xff\xe0'
    head = struct.pack('<HHIIIHH', 0x8664, 1, 0, 60 + len(code) + 10, 2, 0, 0)
    sec = struct.pack('<8sIIIIIIHHI', b'.text', 0, 0, len(code), 60,
                      60 + len(code), 0, 1, 0, 0x60500020)
    rel = struct.pack('<IIH', 2, 1, 1)
    strings = name.encode() + b'\0'
    syms = struct.pack('<8sIhHBB', b'run', 0, 1, 0x20, 2, 0)
    syms += struct.pack('<IIIhHBB', 0, 4, 0, 0, 0x20, 2, 0)
    return (head + sec + code + rel + syms +
            struct.pack('<I', 4 + len(strings)) + strings)


def main():
    gort, prototypes = sys.argv[1:]
    libs = [ctypes.CDLL(n) for n in ('libc.so.6', 'libm.so.6')]
    seen, bad = set(), []
    for line in open(prototypes, encoding='utf-8'):
        m = re.match(r'.*\*/ extern (.*?)(\w+) \((.*)\);', line)
        if not m or m.group(2) in seen or m.group(2) in WRITTEN:
            continue
        ret, name, params = m.groups()
        reason = why(ret, params.split(', '))
        # those of other types are other names of the same functions
        if not reason or re.search(r'f(32|64|128)x?', name) or \
                name.startswith('__') or \
                not any(hasattr(lib, name) for lib in libs):
            continue
        seen.add(name)
        with open('unfit.obj', 'wb') as f:
            f.write(object_that_calls(name))
        p = subprocess.run([gort, 'call', 'unfit.obj', '--symbol', 'run'],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if p.returncode != 1 or \
                (name + ' is not for this code here').encode() not in p.stderr:
            bad.append('%s (%s) is called: %s' % (name, params, p.stderr))
    print('\n'.join(bad))
    print('%d functions' % len(seen))
    sys.exit(1 if bad or len(seen) < 100 else 0)


main()
