#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Are functions that a bridge of one kind of arguments cannot call refused?
link_coff_unfit.py GORT PROTOTYPES HEADERS: as gcc -aux-info writes them; what
they were made of, preprocessed.

For each function with integer and floating-point parameters, with long double
or complex ones, with pointers to functions, with a list of arguments behind a
format, or that leaves frames, if libc or libm exports it, an object for Windows
that calls it is linked: that must be refused by name, unless the loader has a
function of its own for it. Prints the others; exit status 1 if any.
"""
import ctypes
import re
import struct
import subprocess
import sys

# those are written for the other convention (link_crt_linux_amd64.c)
WRITTEN = {'ldexp', 'ldexpf', 'scalbn', 'scalbnf', 'frexp', 'frexpf', 'modf',
           'modff', 'fseek', 'labs', 'qsort', 'bsearch'} | {
    v + kind for v in ('', 'v') for kind in (
        'printf', 'fprintf', 'sprintf', 'snprintf', 'fscanf', 'sscanf')} | {
    'scanf'}
FLOAT = re.compile(r'\b(double|float|_Float\w+)\b')
ODD = re.compile(r'\blong double\b|_Complex|_Float64x|_Float128')


# they leave frames, which prototypes do not say
LEAVE = {'_setjmp', 'longjmp', 'siglongjmp', 'setcontext', 'swapcontext', 'vfork'}


def function_types(headers):
    """Names of types that are functions or point to them, or hold such."""
    found = {'sigevent', 'sigaction'}
    for text in re.findall(r'typedef\s+([^;{}]*\)[^;{}]*);', headers):
        m = re.match(r'[^()]*\(\s*\*\s*(\w+)\s*\)\s*\(', text) or \
            re.match(r'[^()]*?\b(\w+)\s*\(', text)
        if m and m.group(1) != '__attribute__':
            found.add(m.group(1))
    for old, new in re.findall(r'typedef\s+(\w+)\s+(\w+)\s*;', headers):
        if old in found:
            found.add(new)
    return found


def calls_back(params, types):
    return any('(*' in p or types & set(re.findall(r'\w+', p))
               for p in params)


def has_list(params):
    return any('va_list' in p for p in params) or (
        params[-1] == '...' and re.search(r'\b(char|wchar_t) \*', params[-2]))


def why(ret, name, params, types):
    values = [p for p in params if '*' not in p and '[' not in p]
    floats = [bool(FLOAT.search(p)) and p in values for p in params]
    if any(ODD.search(p) for p in values) or (
            ODD.search(ret) and '*' not in ret):
        return 'long double or complex'
    if any(floats) and not all(floats):
        return 'mixed'
    if name in LEAVE or calls_back(params, types):
        return 'calls back'
    return 'list' if has_list(params) else None


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
    gort, prototypes, headers = sys.argv[1:]
    types = function_types(open(headers, encoding='utf-8').read())
    libs = [ctypes.CDLL(n) for n in ('libc.so.6', 'libm.so.6')]
    seen, bad = set(), []
    for line in open(prototypes, encoding='utf-8'):
        m = re.match(r'.*\*/ extern (.*?)(\w+) \((.*)\);', line)
        if not m or m.group(2) in seen or m.group(2) in WRITTEN:
            continue
        ret, name, params = m.groups()
        reason = why(ret, name, params.split(', '), types)
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
    sys.exit(1 if bad or len(seen) < 200 or LEAVE - seen else 0)


main()
