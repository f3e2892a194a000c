#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Rewrite an object's relocations as SHT_CREL: crel.py OBJECT NEW.

Little-endian ELF of either width. The gABI's draft of 2024, "Relocation": a
head of count << 3 | addends << 2 | shift, then for each record the differences
to the one before. What `clang -Wa,--crel` (19) writes.
"""
import struct
import sys

SHT_RELA, SHT_REL, SHT_CREL = 4, 9, 0x40000014


def uleb(n):
    out = b''
    while n >= 0x80:
        out += bytes([n & 0x7f | 0x80])
        n >>= 7
    return out + bytes([n])


def sleb(n):
    out = b''
    while not -0x40 <= n < 0x40:
        out += bytes([n & 0x7f | 0x80])
        n >>= 7
    return out + bytes([n & 0x7f])


def encode(relocs, addends, bits):
    shift = 0
    while shift < 3 and all(r[0] >> shift & 1 == 0 for r in relocs):
        shift += 1
    flag_bits = 3 if addends else 2
    out = uleb(len(relocs) << 3 | addends << 2 | shift)
    last = (0, 0, 0, 0)
    for r in relocs:
        step = (r[0] >> shift) - (last[0] >> shift) & (1 << bits) - 1
        flags = sum((r[i] != last[i]) << i - 1 for i in range(1, 2 + addends + 1))
        low = step << flag_bits & 0x7f | flags
        high = step >> 7 - flag_bits
        out += bytes([low | 0x80]) + uleb(high) if high else bytes([low])
        for i in range(1, 2 + addends + 1):
            if r[i] != last[i]:
                out += sleb(r[i] - last[i])
        last = r
    return out


def main():
    d = bytearray(open(sys.argv[1], 'rb').read())
    wide = d[4] == 2
    shoff, = struct.unpack_from('<Q' if wide else '<I', d, 40 if wide else 32)
    n, = struct.unpack_from('<H', d, 60 if wide else 48)
    header = '<IIQQQQIIQQ' if wide else '<IIIIIIIIII'
    record = {SHT_RELA: '<QQq' if wide else '<IIi',
              SHT_REL: '<QQ' if wide else '<II'}
    for i in range(n):
        at = shoff + i * struct.calcsize(header)
        h = list(struct.unpack_from(header, d, at))
        if h[1] not in record:
            continue
        relocs = []
        for r in struct.iter_unpack(record[h[1]], d[h[4]:h[4] + h[5]]):
            sym = r[1] >> (32 if wide else 8)
            typ = r[1] & (0xffffffff if wide else 0xff)
            relocs.append((r[0], sym, typ, r[2] if len(r) > 2 else 0))
        new = encode(relocs, h[1] == SHT_RELA, 64 if wide else 32)
        h[1], h[4], h[5], h[8], h[9] = SHT_CREL, len(d), len(new), 1, 1
        struct.pack_into(header, d, at, *h)
        d += new
    open(sys.argv[2], 'wb').write(d)


main()
