#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# gort inspect: what it shows, as text and as JSON, and what it refuses.
. ./tests/env.sh

[ "$arch-$os-$libc" = amd64-linux-glibc ] ||
	skip "the expected output is that of amd64 objects for glibc"
p=$GORT_PLUGINS
inspect() { "$gort" inspect "$@"; }

ok "--help" says 'usage: gort inspect' "$gort" inspect --help
ok "no file is wrong use" status 64 "$gort" inspect
ok "an unknown option is wrong use" status 64 "$gort" inspect --frobnicate x
ok "--imports as text stands alone" \
	status 64 "$gort" inspect --imports --symbols "$p/basic1.so"
ok "a missing file is named" says '/nowhere: No such file' \
	"$gort" inspect /nowhere
ok "a text is no object" says 'not an object file of a known format' \
	"$gort" inspect "$srcdir/README.md"
ok "and fails" status 1 "$gort" inspect "$srcdir/README.md"
printf '\0\0\377\377\1\0................' >"$work/gl.obj"
ok "nor is what MSVC writes with /GL, which is said" says '(/GL)' \
	"$gort" inspect "$work/gl.obj"
ok "a pipe without a writer is refused, not waited for" sh -c \
	"mkfifo '$work/fifo' && ! timeout 10 '$gort' inspect '$work/fifo' &&
	'$gort' inspect '$work/fifo' 2>&1 | grep 'not a regular file'"
ok "it goes on after a bad file" says 'gort module           basic 1.0' \
	"$gort" inspect /nowhere "$p/basic1.so"

ok "a plugin's kind and machine" says \
	'basic1.so: ELF64 shared object for x86-64, little-endian' \
	"$gort" inspect "$p/basic1.so"
ok "its prototypes" says 'int basic_add(int a, int b)' \
	"$gort" inspect "$p/basic1.so"
ok "its module data" says 'module data           0x' \
	"$gort" inspect "$p/basic1.so"
ok "options may follow files" says 'gort_panic gort_panic' \
	"$gort" inspect "$p/basic1.so" --imports
only_sections() {
	inspect --sections "$p/basic1.so" >"$work/text" &&
		grep -q '\.note\.gort' "$work/text" &&
		! grep -qE '^(imports|exports|symbols|constructors)' "$work/text"
}
ok "--sections shows sections only" only_sections
ok "JSON has the same" json "$p/basic1.so" "$p/needy.so" -- '
assert [o["module"]["name"] for o in d] == ["basic", "needy"], d
assert d[0]["kind"] == "shared object" and d[0]["bits"] == 64
assert "gort_panic" in [i["name"] for i in d[0]["imports"]]
assert "basic_add" in [e["name"] for e in d[0]["exports"]]
assert d[1]["module"]["needs"] == ["basic"]
assert "relocations" not in d[0]'
# As the dynamic linker sees it: section headers may be gone.
same_bare() {
	python3 - "$1" "$work/bare.so" <<-'EOF' || return 1
	import sys
	data = bytearray(open(sys.argv[1], "rb").read())
	at = (40, 48, 58) if data[4] == 2 else (32, 36, 46)
	data[at[0]:at[1]] = bytes(at[1] - at[0])        # e_shoff
	data[at[2] + 2:at[2] + 6] = bytes(4)            # e_shnum, e_shstrndx
	open(sys.argv[2], "wb").write(data)
	EOF
	for f in "$1" "$work/bare.so"; do
		inspect --imports "$f" >"$work/names" &&
			inspect --exports "$f" | sed 1d >>"$work/names" &&
			inspect --json --symbols "$f" | python3 -c '
import json, sys
for s in json.load(sys.stdin)[0]["dynamic_symbols"]:
    print(s["name"], s["version"], s["value"], s["size"])' \
			>>"$work/names" || return 1
		[ "$f" != "$1" ] || mv "$work/names" "$work/with"
	done
	diff "$work/with" "$work/names" && grep -q "$2" "$work/with"
}
ok "imports and exports are found without section headers" \
	same_bare "$p/basic1.so" gort_panic
printf '%s\n' 'int puts(const char *);' \
	'__attribute__((constructor)) static void hi(void) { puts("hi"); }' \
	'#ifdef EXPORTS' 'int seen(void) { return 1; }' '#endif' >"$work/bare.c"
each_order() {
	for hash in gnu sysv both; do
		for exports in '' -DEXPORTS; do
			$CC -fuse-ld=$1 -Wl,--hash-style=$hash $exports -fPIC \
				-shared -o "$work/order.so" "$work/bare.c" &&
				same_bare "$work/order.so" puts || return 1
		done
	done
}
for ld in bfd gold lld; do
	if $CC -fuse-ld=$ld -fPIC -shared -o "$work/order.so" "$work/bare.c" \
		2>/dev/null; then
		ok "ld.$ld: whatever its hash tables, and behind the symbols" \
			each_order $ld
	else
		skip_part "no ld.$ld"
	fi
done
any_status=1
ok "JSON says why a file is refused, and goes on" \
	json "$srcdir/README.md" "$p/basic1.so" -- '
assert "not an object file" in d[0]["error"] and "error" not in d[1]
assert d[1]["module"]["name"] == "basic"'
any_status=

cat >"$work/ctor.c" <<-EOF
#include <stdio.h>
#define C __attribute__((constructor))
#define P(n) __attribute__((constructor(n)))
C static void plain(void) { fclose(fopen("$work/ran", "w")); }
P(300) static void late(void) { puts("late"); }
P(101) static void early(void) { puts("early"); }
__attribute__((weak)) void maybe(void);
int common_one, (*use)(const char *) = puts;
void call(void) { if (maybe) maybe(); }
EOF
build() {
	$CC -O0 -fcommon -fPIC -c -o "$work/ctor.o" "$work/ctor.c" &&
		$CC -fPIC -shared -Wl,-z,relro,-z,now -Wl,-soname,the-name \
			-Wl,-rpath,/run/path -o "$work/ctor.so" "$work/ctor.o"
}
ok "an object and a library with constructors are built" build
order='
names = [c["symbol"] for c in d[0]["constructors"]]
names = [n for n in names if n in ("early", "late", "plain")]
assert names == ["early", "late", "plain"], d[0]["constructors"]'
ok "constructors of an object, in order" json "$work/ctor.o" -- "$order"
ok "constructors of a library, in order" json "$work/ctor.so" -- "$order"
ok "hardening, names and run path" json "$work/ctor.so" -- '
h = d[0]["hardening"]
assert h["relro"] == "full" and h["stack"] == "no-execute", h
assert h["bind_now"] == "yes" and h["text_relocations"] == "no", h
assert d[0]["soname"] == "the-name" and d[0]["run_path"] == "/run/path"'
ok "imports have versions, libraries and weakness" json "$work/ctor.so" -- '
by = {i["name"]: i for i in d[0]["imports"]}
assert by["puts"]["library"] == "libc.so.6" and not by["puts"]["weak"]
assert by["puts"]["version"].startswith("GLIBC_")
assert by["maybe"]["weak"] and by["maybe"]["library"] is None'
ok "symbols of an object, and its relocations" \
	json "$work/ctor.o" --symbols --relocs -- '
by = {s["name"]: s for s in d[0]["symbols"]}
assert by["maybe"]["bind"] == "weak" and by["maybe"]["section"] == "UNDEF"
assert by["puts"]["bind"] == "global"
assert by["common_one"]["section"] == "COMMON"
assert by["plain"]["type"] == "func" and by["plain"]["size"] > 0
r = [e for s in d[0]["relocations"] for e in s["entries"]]
assert "puts" in [e.get("symbol") for e in r]
assert "imports" not in d[0]'
only_relocs() {
	"$gort" inspect --relocs "$work/ctor.o" >"$work/out.txt" &&
		grep -q puts "$work/out.txt" &&
		json "$work/ctor.o" --relocs -- '
assert "puts" in [e.get("symbol") for s in d[0]["relocations"]
    for e in s["entries"]]
assert "symbols" not in d[0]'
}
ok "relocations alone have their symbols' names" only_relocs
# same_crel OBJECT: it has the same relocations and constructors as SHT_CREL
same_crel() {
	python3 "$srcdir/tests/crel.py" "$1" "$work/crel.o" || return 1
	for f in "$1" "$work/crel.o"; do
		inspect --constructors "$f" | sed 1d &&
			inspect --json --relocs "$f" | python3 -c '
import json, sys
for s in json.load(sys.stdin)[0]["relocations"]:
    for r in s["entries"]: print(s["section"], sorted(r.items()))'
	done >"$work/relocs"
	n=$(wc -l <"$work/relocs")
	head -n $((n / 2)) "$work/relocs" >"$work/first"
	tail -n $((n / 2)) "$work/relocs" | diff "$work/first" - &&
		readelf -SW "$work/crel.o" | grep -q 40000014 &&
		[ $n -ge $2 ]
}
ok "compact relocations are those of SHT_RELA" same_crel "$work/ctor.o" 20
cat >"$work/crel.s" <<-'EOF'
	.globl far, _start
	_start: jmp far
	.skip 70000
	jmp far + 0x7000000
	.data
	.long _start, far - ., far + 4, -1, far
	.balign 8
	.skip 0x1000
	.long _start - 0x7fffffff
EOF
crel_386() {
	as --32 -o "$work/crel386.o" "$work/crel.s" &&
		same_crel "$work/crel386.o" 12
}
ok "and of SHT_REL" crel_386
as --64 -o "$work/crel64.o" "$work/crel.s"
ok "with large steps, and back" same_crel "$work/crel64.o" 14
cut_crel() {
	python3 "$srcdir/tests/crel.py" "$work/crel64.o" "$work/crel.o"
	# its last section ends the file: one byte that goes on for ever
	printf '\377' | dd of="$work/crel.o" bs=1 conv=notrunc \
		seek=$(($(stat -c %s "$work/crel.o") - 1)) 2>"$work/err"
	says ': a relocation does not end' \
		"$gort" inspect --relocs "$work/crel.o"
}
ok "one that does not end is an error" cut_crel
ok "no code of a file ran" test ! -e "$work/ran"

cat >"$work/odd.s" <<-'EOF'
	.globl "bell\007\"quote"
	"bell\007\"quote":
	.byte 0
EOF
odd_names() {
	as -o "$work/odd.o" "$work/odd.s" && # clang keeps the backslashes
		inspect "$work/odd.o" >"$work/text" &&
		grep -qF 'bell\x07' "$work/text" &&
		! grep -q "$(printf '\007')" "$work/text"
}
ok "names cannot steer the terminal" odd_names
ok "and are valid JSON" json "$work/odd.o" -- '
assert "bell\x07\"quote" in [s["name"] for s in d[0]["symbols"]]'
# A control character at each place of a name, and what is none beside it.
controls() {
	python3 - "$work" <<-'EOF'
	import sys
	with open(sys.argv[1] + "/long.s", "w") as f, \
	    open(sys.argv[1] + "/long.want", "w") as want:
	    for c in (1, 0x1b, 0x1f, 0x7f, 0x20, 0x7e, 0xc3):
	        for at in range(20):
	            a, b = "x" * at, "\xc3\xa9" * (10 - at // 2) + "~ !%d" % c
	            f.write('.globl "%s\\%03o%s"\n' % (a, c, b))
	            hidden = c < 0x20 or c == 0x7f
	            want.write(a + ("\\x%02x" % c if hidden else chr(c)) +
	                b + "\n")
	EOF
	LC_ALL=C
	export LC_ALL
	iconv -f utf-8 -t latin1 "$work/long.s" >"$work/long1.s" &&
		iconv -f utf-8 -t latin1 "$work/long.want" | sort \
			>"$work/want" && as -o "$work/long.o" "$work/long1.s" &&
		inspect --symbols "$work/long.o" | sed -n 's/.* UNDEF //p' |
		grep . | sort >"$work/have" && [ -s "$work/have" ] &&
		diff "$work/want" "$work/have"
}
ok "wherever in a name they are" controls
hostile_imports() {
	cat >"$work/wants.s" <<-'EOF'
	.data
	.quad "two words", "quo\"te"
	EOF
	cat >"$work/has.s" <<-'EOF'
	.globl "two words", "quo\"te"
	"two words": .byte 0
	"quo\"te": .byte 0
	EOF
	cd "$work" && as -o wants.o wants.s && as -o has.o has.s || return 1
	ld -shared -soname 'a "lib".so' -o has.so has.o &&
		ld -shared -o wants.so wants.o has.so &&
		"$gort" inspect --imports wants.so | sort >have &&
		printf '%s\n' 'quo\x22te quo\x22te ""' \
			'two\x20words two\x20words ""' | diff - have &&
		says 'a "lib".so' "$gort" inspect wants.so
}
ok "a line of --imports has three words, whatever the names" hostile_imports
hostile_file() {
	f=$work/$(printf 'no\033[31m\177file')
	"$gort" inspect "$f" 2>"$work/err"
	grep -qF 'no\x1b[31m\x7ffile: No such file' "$work/err"
}
ok "nor can names in messages" hostile_file
archives() {
	cd "$work" && echo text >text && mkdir -p sub &&
		ar rcs all.a ctor.o text odd.o && ar rcsT thin.a ctor.o &&
		cp thin.a sub/thin.a && ar rcs outer.a all.a
}
ok "archives are built" archives
ok "members of an archive, objects and others" json "$work/all.a" -- '
m = d[0]["members"]
assert d[0]["kind"] == "archive"
assert [x["name"] for x in m] == ["ctor.o", "text", "odd.o"]
assert m[1]["format"] is None and m[2]["format"] == "ELF64"
assert {"name": "early", "member": 0} not in d[0]["index"]
assert {"name": "call", "member": 0} in d[0]["index"]'
ok "members are named in text" says 'all.a(ctor.o): ELF64 relocatable' \
	"$gort" inspect "$work/all.a"
ok "a thin archive's members are read" json "$work/thin.a" -- '
assert d[0]["members"][0]["constructors"]'
ok "and looked for beside it" says 'sub/ctor.o: No such file' \
	"$gort" inspect "$work/sub/thin.a"
ok "archives in archives" says 'outer.a(all.a)(odd.o): ELF64' \
	"$gort" inspect "$work/outer.a"

# ---- Mach-O, if there is a compiler and a linker for it -------------------
cat >"$work/mac.c" <<-'EOF'
	extern int puts(const char *);
	__attribute__((constructor)) static void one(void) { puts("1"); }
	__attribute__((constructor)) static void two(void) { puts("2"); }
	int shown(void) { return 1; }
EOF
mac_objects() {
	for a in x86_64 arm64; do
		clang --target=$a-apple-macos11 -c -o "$work/$a.mo" \
			-xc "$work/mac.c" || return 1
	done
}
mac_libraries() {
	for a in x86_64 arm64; do
		"$ld" -arch $a -platform_version macos 11 11 -dylib \
			-undefined dynamic_lookup -install_name @rpath/it \
			-o "$work/$a.dylib" "$work/$a.mo" || return 1
	done
	"$lipo" -create -output "$work/fat" "$work/x86_64.dylib" \
		"$work/arm64.dylib"
}
ld=$(command -v ld64.lld || command -v ld64.lld-14)
lipo=$(command -v llvm-lipo || command -v llvm-lipo-14)
if command -v clang >/dev/null && mac_objects 2>/dev/null; then
	ok "Mach-O objects" json "$work/x86_64.mo" "$work/arm64.mo" -- '
assert [o["machine"] for o in d] == ["x86-64", "AArch64"]
for o in d:
    assert o["format"] == "Mach-O 64" and o["kind"] == "relocatable"
    assert [c["symbol"] for c in o["constructors"]] == ["_one", "_two"], o'
	if [ "$ld" ] && [ "$lipo" ]; then
		ok "Mach-O libraries are built" mac_libraries
		ok "a fat file and what is in it" json "$work/fat" -- '
assert [m["name"] for m in d[0]["members"]] == ["x86_64", "arm64"]
for o in d[0]["members"]:
    assert o["soname"] == "@rpath/it" and o["kind"] == "shared object"
    assert [c["symbol"] for c in o["constructors"]] == ["_one", "_two"], o
    assert "_puts" in [i["name"] for i in o["imports"]]
    assert [e["name"] for e in o["exports"]] == ["_shown"]'
		ok "its imports, as cgo has them" says 'puts puts ""' \
			"$gort" inspect --imports "$work/fat"
	else
		echo "no ld64.lld and llvm-lipo: Mach-O libraries not tested"
	fi
else
	echo "no clang for Mach-O: not tested"
fi

# A reader that has seen the first line cuts the file: the rest of the symbols
# does not fit the pipe, so it is still to be written.
cut_file() {
	awk 'BEGIN { for (i = 0; i < 30000; i++)
		printf "\t.globl symbol_number_%d\nsymbol_number_%d:\tret\n", i, i
		printf "\t.section .note.GNU-stack,\"\",@progbits\n" }' \
		>"$work/cut.s" && $CC -c -o "$work/cut.o" "$work/cut.s" &&
		mkfifo "$work/cut.out" || return 1
	"$gort" inspect "$work/cut.o" >"$work/cut.out" 2>"$work/err" &
	pid=$!
	{
		read -r line
		: >"$work/cut.o"
		cat >/dev/null
	} <"$work/cut.out"
	wait $pid
	[ $? = 1 ] && grep -q 'it became shorter while it was read' "$work/err"
}
ok "a file that is cut while it is read is an error" cut_file

full_disk() { inspect "$p/basic1.so" >/dev/full; }
ok "output that cannot be written is a failure" status 1 full_disk
done_testing
