#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# gort inspect on COFF and PE: objects, DLLs and import libraries of mingw's,
# and on Windows also the plugins of this build.
. ./tests/env.sh

inspect() { "$gort" inspect "$@"; }

cat >"$work/win.c" <<-'EOF'
	#include <stdio.h>
	__declspec(dllexport) int shown(int a) { return printf("%d\n", a); }
	__declspec(dllimport) int __stdcall other(int);
	int call(void) { return other(1); }
	static int n;
	__attribute__((constructor)) static void plain(void) { n++; }
	__attribute__((constructor(300))) static void late(void) { n++; }
	__attribute__((constructor(101))) static void early(void) { n++; }
EOF
cat >"$work/win.def" <<-'EOF'
	LIBRARY Some.dll
	EXPORTS
	other@4
	by_number @7 NONAME
EOF
win() { # MACHINE TRIPLE: what holds for an object, a DLL, an import library
	cc=$2-gcc
	command -v $cc >/dev/null || { echo "no $cc: not tested"; return; }
	u=
	[ $1 = i386 ] && u=_
	build_win() {
		cd "$work" && $cc -c -o $1.obj win.c &&
			if [ "$u" ]; then cat win.def; else
				sed 's/@4//' win.def
			fi >$1.def &&
			$2-dlltool -k -d $1.def -l lib$1.a &&
			$cc -shared -o $1.dll $1.obj lib$1.a
	}
	ok "$1: an object, an import library and a DLL are built" \
		build_win $1 $2
	long_imports() {
		"$gort" inspect --imports "$work/lib$1.a" >"$work/text" &&
			[ "$(cat "$work/text")" = 'other other "some.dll"' ]
	}
	ok "$1: the import library" long_imports $1
	ok "$1: by number, too" json "$work/lib$1.a" -- "
im = [i for m in d[0]['members'] for i in m['imports']]
assert sorted((i['library'], i['name'], i['ordinal'] * (not i['name']))
    for i in im) == [('Some.dll', '', 7), ('Some.dll', 'other', 0)], im"
	ok "$1: the object" json "$work/$1.obj" -- "
by = {s['name']: s for s in d[0]['symbols']}
assert d[0]['format'] == 'COFF' and d[0]['machine'] == '$1'
assert by['${u}call']['type'] == 'func'
assert [c['symbol'] for c in d[0]['constructors']] == [
    '${u}early', '${u}late', '${u}plain'], d[0]['constructors']"
	ok "$1: the DLL" json "$work/$1.dll" -- "
assert d[0]['format'] == ('PE32' if '$u' else 'PE32+')
assert d[0]['kind'] == 'shared object' and d[0]['machine'] == '$1'
assert 'shown' in [e['name'] for e in d[0]['exports'] if e['ordinal']]
assert ('other', 'Some.dll') in [
    (i['name'], i['library']) for i in d[0]['imports']], d[0]['imports']
assert 'Some.dll' in d[0]['needed'] and d[0]['soname'] == '$1.dll'
names = [c['symbol'] for c in d[0]['constructors']]
names = [n for n in names if n and n.lstrip('_') in ('early', 'late', 'plain')]
assert names == ['${u}early', '${u}late', '${u}plain'], names"
	ok "$1: imports have the library in lower case" \
		says 'other other "some.dll"' \
		"$gort" inspect --imports "$work/$1.dll"
}
win x86-64 x86_64-w64-mingw32
win i386 i686-w64-mingw32
short_imports() {
	cd "$work" && llvm-dlltool -m i386:x86-64 -d win.def -l short.lib &&
		[ "$(inspect --imports short.lib)" = \
			'other other@4 "some.dll"' ]
}
if command -v llvm-dlltool >/dev/null; then
	ok "short imports have the library, too" short_imports
	ok "by number, too" json "$work/short.lib" -- '
im = [i for m in d[0]["members"] if m["kind"] == "import" for i in m["imports"]]
assert [(i["name"], i["ordinal"]) for i in im] == [("other@4", 0), ("", 7)], im'
else
	echo "no llvm-dlltool: short imports not tested"
fi

# ---- this build's own -----------------------------------------------------
own() { # FORMAT MACHINE
	d=$GORT_PLUGINS/basic1.dll
	ok "a plugin's kind and machine" says \
		"basic1.dll: $1 shared object for $2, little-endian" inspect "$d"
	ok "its name and version" says 'gort module           basic 1.0' \
		inspect "$d"
	ok "its prototypes" says 'int basic_add(int a, int b)' inspect "$d"
	ok "its module data" says 'module data           0x' inspect "$d"
	ok "its imports" says 'gort_panic gort_panic "libgort.dll"' \
		inspect --imports "$d"
	ok "JSON has the same" json "$d" "$GORT_PLUGINS/needy.dll" -- "
assert [o['module']['name'] for o in d] == ['basic', 'needy'], d
assert d[0]['format'] == '$1' and d[0]['machine'] == '$2'
assert ('gort_panic', 'libgort.dll') in [
    (i['name'], i['library']) for i in d[0]['imports']]
assert 'basic_add' in [e['name'] for e in d[0]['exports']]
assert d[1]['module']['needs'] == ['basic']"
	ok "hardening of the runtime's own DLL" \
		json "$builddir/.libs/libgort.dll" -- "
h = d[0]['hardening']
assert h['stack'] == 'no-execute' and h['position_independent'] == 'yes', h"
	ok "the runtime's import library" says 'gort_open gort_open "libgort.dll"' \
		inspect --imports "$builddir/.libs/libgort.dll.a"
}
case $os-$arch in
windows-amd64) own PE32+ x86-64 ;;
windows-386) own PE32 i386 ;;
esac
[ "$checks" -gt 0 ] || skip "no mingw compiler: nothing to inspect"
done_testing
