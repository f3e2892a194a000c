#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Large archives, of which no more is read than what is needed.
. ./tests/env.sh

[ "$have_link_elf" = yes ] || skip "objects are not linked on $os $arch"
[ -z "$EXEC_WRAPPER" ] || skip "slow under ${EXEC_WRAPPER%% *}"
command -v python3 >/dev/null || skip "python3 makes the archives"

cat >"$work/f.c" <<'END'
int g(void);
int f(void) { return g() + 2; }
END
echo 'int g(void) { return 40; }' >"$work/g.c"
for i in f g; do
	$CC -O1 -c -o "$work/$i.o" "$work/$i.c" || exit 99
done

# archive KIND: f.o, something large that nobody needs, g.o
archive() {
	python3 - "$work" "$1" <<'END'
import struct, sys
work, kind = sys.argv[1:]
f, g = (open(f"{work}/{n}.o", "rb").read() for n in "fg")
def member(name, data, size=None):
    n = len(data) if size is None else size
    head = f"{name:<16}{0:<12}{0:<6}{0:<6}{644:<8}{n:<10}`\n".encode()
    return head + data + b"\n" * (len(data) & 1)
names = b"f\0g\0" if kind != "down" else b"g\0f\0"
front = 8 + 60 + 4 + 8 + len(names)
front += front & 1
at, body = [], b""
for name, data in ("f.o/", f), ("large/", b"?" * 300001), ("g.o/", g):
    at.append(front + len(body))
    size = None
    if kind == "past" and name == "g.o/": size = len(data) + 2
    if kind == "into" and name == "f.o/": size = len(data) + 300500
    body += member(name, data, size)
if kind == "unread":
    body = body.replace(b"300001", b"what??")
places = [at[0], at[2]] if kind != "down" else [at[2], at[0]]
if kind == "middle": places[1] -= 100
index = struct.pack(">3I", 2, *places) + names
open(f"{work}/{kind}.a", "wb").write(b"!<arch>\n" + member("/", index) + body)
END
}
gives_42() { archive "$1" && [ "$("$gort" call "$work/$1.a" --symbol f)" = 42 ]; }
refused() {
	archive "$1" || return 1
	"$gort" call "$work/$1.a" --symbol f >"$work/out" 2>"$work/err"
	[ $? = 1 ] && grep -q "$work/$1.a: offset 0x.*$2" "$work/err" ||
		{ cat "$work/err"; return 1; }
}

ok "members are found by the index" gives_42 sane
ok "in any order" gives_42 down
ok "a header that nobody needs is not looked at" gives_42 unread
ok "a member that ends behind the archive is an error" \
	refused past 'lies past the end: truncated'
ok "a member that reaches into the next is an error" \
	refused into 'reaches into the next'
ok "an index that points into a member is an error" \
	refused middle 'has no header here'
full() {
	archive sane && cat "$work/sane.a" >"$work/short.a" &&
		truncate -s 300000 "$work/short.a" &&
		! "$gort" call "$work/short.a" --symbol f 2>"$work/err" &&
		grep -q "$work/short.a: offset 0x" "$work/err"
}
ok "a file that was cut is an error" full
done_testing
