#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What can be said of a build for macOS without running it: facts about the
# Mach-O files, read by gort inspect of this machine. Run by check.sh.
# usage: darwin.sh GORT BUILDDIR MACHINE (as gort inspect calls it)
gort=$1 machine=$3
cd "$2" || exit 99

# json FILE PROGRAM [ARGUMENT...]: Python about what gort inspect says, as d;
# the arguments are a
json() {
	json_file=$1 program=$2
	shift 2
	"$gort" inspect --json "$json_file" >facts.json || return
	python3 -c "import json, sys
d, a = json.load(open('facts.json')), sys.argv[1:]
$program" "$@"
}
passed=0 failed=0
ok() {
	what=$1
	shift
	if "$@" >facts.out 2>&1; then
		echo "ok: $what"
		passed=$((passed + 1))
	else
		echo "FAILED: $what"
		sed 's/^/    /' facts.out
		failed=$((failed + 1))
	fi
}

lib=.libs/libgort.0.dylib
plugin=examples/.libs/greet1.so

# Every C and assembly file of the target became an object, for this machine.
objects() {
	find . -name '*.o' ! -path './native/*' | sort >objects
	# shellcheck disable=SC2046
	"$gort" inspect --json --relocs $(cat objects) >objects.json || return
	python3 -c "import json
d = json.load(open('objects.json'))
assert len(d) == len(open('objects').readlines()) > 100, len(d)
for o in d:
    assert o['kind'] == 'relocatable', (o['file'], o['kind'])
    assert o['machine'] == '$machine', (o['file'], o['machine'])
    assert o['format'] == 'Mach-O 64', (o['file'], o['format'])"
}
# A pointer in code would be relocated when it is loaded.
# x86-64: UNSIGNED; arm64: UNSIGNED (both type 0 of mach-o/*/reloc.h)
no_pointers_in_code() {
	python3 -c "import json
seen = 0
for o in json.load(open('objects.json')):
    for s in o['relocations']:
        if s['section'] == '__TEXT,__text':
            seen += len(s['entries'])
            assert not [e for e in s['entries'] if e['type'] == 0], o['file']
assert seen > 1000, seen"
}
arm64_or_x86_64() {
	json "$lib" "assert d[0]['machine'] == '$machine'
assert d[0]['kind'] == 'shared object', d[0]['kind']"
}
needs_only_libsystem() {
	json "$lib" "assert d[0]['needed'] == ['/usr/lib/libSystem.B.dylib'], \
d[0]['needed']
assert {i['library'] for i in d[0]['imports']} == set(d[0]['needed'])"
}
exports_the_list() {
	json "$lib" "
want = {'_' + l.strip() for l in open('libgort.sym')}
have = {e['name'] for e in d[0]['exports']}
assert want == have, (want - have, have - want)
assert len(want) > 50"
}
protected() {
	json "$1" "
h = d[0]['hardening']
assert h['stack'] == 'no-execute' and h['position_independent'] == 'yes', h
for s in d[0]['segments']:
    assert s['flags'] & 3 != 3, s # write and execute
assert [s for s in d[0]['segments'] if s['flags'] & 1]"
}
# the personalities' frames need DWARF: compact data cannot say them
has_unwind_data() {
	json "$lib" "
names = {s['name'] for s in d[0]['sections']}
assert '__TEXT,__eh_frame' in names and '__TEXT,__unwind_info' in names"
}
one_constructor() {
	json "$lib" "assert [c['symbol'] for c in d[0]['constructors']] == \
['_rt0_ctor'], d[0]['constructors']"
}
routines() {
	json "$lib" "
names = {s['name'] for s in d[0]['symbols'] if s['section'] == '__TEXT,__text'}
want = {'_gort_' + n for n in '''_entry _catch _catch_land _sigpanic _getregs
_crosscall _crosscall2 _deferreturn _morestack _mstart _keysearch _tls_setup
_newosproc switch gogo gosave mcall'''.split()}
assert want <= names, want - names"
}
module_is_read() {
	"$gort" list "$plugin" >facts.out2 || return
	grep -q 'greet 1.0 (Mach-O 64, ABI 1 to 1)' facts.out2 &&
		grep -q 'export  void hello(struct gort_http_request \*rq)' \
			facts.out2
}
plugin_imports() {
	json "$plugin" "
by = {i['name']: i['library'] for i in d[0]['imports']}
for n in '_gort__entry', '_gort__addmoduledata', '_gort__cold_image':
    assert by[n].endswith('libgort.0.dylib'), by
assert '_hello' in [e['name'] for e in d[0]['exports']]
assert '_gort__module_ctor' in [c['symbol'] for c in d[0]['constructors']]"
}
programs() {
	for p in .libs/gort examples/.libs/host_min; do
		json "$p" "
assert d[0]['machine'] == '$machine'
assert any(n.endswith('libgort.0.dylib') for n in d[0]['needed'])" || return
	done
}

ok "every source is a Mach-O object for $machine" objects
echo "($(wc -l <objects) objects)"
ok "no code holds a pointer: no text relocations" no_pointers_in_code
ok "libgort.0.dylib is linked for $machine" arm64_or_x86_64
ok "it needs libSystem only, which exports all that it imports" \
	needs_only_libsystem
ok "it exports just what libgort.map lists for it" exports_the_list
ok "the routines of abi/ and the runtime are in it" routines
ok "no segment is writable and executable, nor the stack" protected "$lib"
ok "it has unwind data, DWARF where compact data does not do" has_unwind_data
ok "its one constructor starts the runtime" one_constructor
ok "a plugin's module note is read by this machine's gort" module_is_read
ok "a plugin binds to libgort, exports its function, registers" plugin_imports
ok "a plugin's segments are protected, too" protected "$plugin"
ok "the gort command and a host are linked" programs
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
