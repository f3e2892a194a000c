#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Facts about the tree: which layer includes which, names, notes, sizes.
. ./tests/env.sh
cd "$srcdir" || exit 99

sources() { find abi runtime loader cmd include -name '*.[chS]'; }

# refused WHAT FILES PATTERN: no such include
no_include() {
	! grep -nE "#include \"($2)" $1
}
arrows() {
	no_include "$(find abi -name '*.[chS]')" '\.\./(runtime|loader|cmd)/' &&
	no_include "$(find runtime -name '*.[chS]')" '\.\./(loader|cmd)/' &&
	no_include "$(find loader -name '*.[chS]')" '\.\./cmd/' &&
	no_include "$(find include -name '*.h')" '\.\./'
}
leaf() {
	no_include "$(ls loader/rd* loader/wr* loader/obj* loader/note* \
		loader/bind*)" \
		'\.\./(abi|runtime)/|plugin|version|filecopy'
}
command_uses_public_parts() {
	# selftest makes stubs as the runtime does
	! grep -nE '#include "\.\./(abi|runtime)/' cmd/*.[ch] |
		grep -v '^cmd/selftest.c:[0-9]*:#include "../abi/stubpage.h"$'
}
# each public function is in the synopsis of a man page
man_pages() {
	{
		sed -n 's/^GORT_API .*[ *]\(gort_[a-z][a-z_]*\)(.*/\1/p' \
			include/gort.h include/gort/*.h
		sed -n 's/^\(gort_http_[a-z_]*\)(.*/\1/p' include/gort/http.h
	} | sort -u >"$work/public"
	[ "$(wc -l <"$work/public")" -gt 40 ] || return 1
	sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/p' man/*.3 |
		grep -oE 'gort_[a-z_]+\(' | tr -d '(' | sort -u >"$work/told"
	! grep -vxFf "$work/told" "$work/public"
}
unique_names() {
	find abi runtime loader cmd -name '*.[chS]' -printf '%f\n' | sort |
		uniq -d >"$work/twice"
	! [ -s "$work/twice" ] || { cat "$work/twice"; return 1; }
}
notes() {
	cat $(sources) | grep -oE 'Note \[[^]]+\]' | sort -u >"$work/cited"
	cat $(sources) | grep -oE '^ \* Note \[[^]]+\]$' | sed 's/^ \* //' |
		sort >"$work/defined"
	sort -u "$work/defined" | diff "$work/cited" - &&
		[ -z "$(uniq -d "$work/defined")" ]
}
spdx() {
	for f in $(find abi runtime loader cmd include tests examples bench \
		-name '*.[chS]' -o -name '*.cc' -o -name '*.sh' \
		-o -name '*.mk'); do
		head -n 2 "$f" | grep -q 'SPDX-License-Identifier' || {
			echo "$f"
			return 1
		}
	done
}
small_files() {
	wc -l $(sources) $(find tests -name '*.[chS]' -o -name '*.cc' \
		-o -name '*.sh') | awk '$2 != "total" && $1 > 800 { print; bad = 1 }
		END { exit bad }'
}
small_functions() {
	for f in $(find abi runtime loader cmd -name '*.c'); do
		awk -v f="$f" '/^\{/ { start = NR }
			/^\}/ && start { if (NR - start > 100) {
				print f ": " NR - start; bad = 1 } start = 0 }
			END { exit bad }' "$f" || return 1
	done
}
map_is_true() {
	grep -oE '`(abi|runtime|loader|cmd|include|tests|examples|bench)/[A-Za-z0-9_./]+`' \
		docs/MAP.md | tr -d '`' | sort -u >"$work/named"
	[ -s "$work/named" ] || return 1
	while read -r f; do
		[ -e "$f" ] || { echo "no $f"; return 1; }
	done <"$work/named"
	for f in $(find abi runtime loader cmd -name '*.[chS]'); do
		grep -q "$f" docs/MAP.md || { echo "$f is not in it"; return 1; }
	done
}
no_int80() { ! grep -rn 'int[[:space:]]*\$0x80' abi runtime; }

ok "includes go down only: include <- abi <- runtime <- loader <- cmd" arrows
ok "the loader's leaf needs neither abi nor runtime" leaf
ok "the command uses only public parts and the leaf" command_uses_public_parts
ok "file names are unique" unique_names
ok "each public function is in a man page" man_pages
ok "each Note that is cited is defined once" notes
ok "each source has its licence line" spdx
ok "no source is over 800 lines" small_files
ok "no function is over 100 lines" small_functions
ok "docs/MAP.md names every source, and only existing ones" map_is_true
ok "no int 0x80" no_int80
done_testing
