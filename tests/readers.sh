#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The readers find in the system's libraries what other tools find there.
# READERS=all takes every file; else a sample, for a quick run.
. ./tests/env.sh

for tool in nm readelf python3; do
	command -v $tool >/dev/null || skip "no $tool"
done
case ${READERS-} in
all) each=1 ;;
*) each=25 ;;
esac
# every n-th of the files named on stdin
sample() { sort | awk -v n="$each" 'NR % n == 1 || n == 1'; }

find /lib/ /usr/lib/ /usr/bin/ -xdev -type f -size -30M \
	\( -name '*.so*' -o -name '*.[oa]' -o -perm -100 \) 2>/dev/null |
	grep -v mingw | sample >"$work/elf"
same_elf() {
	tr '\n' '\0' <"$work/elf" |
		xargs -0 python3 "$srcdir/tests/readers_elf.py" "$gort"
}
ok "ELF files and archives: symbols, versions, relocations, indexes" same_elf
tail -n 1 "$work/out"
if command -v go >/dev/null; then
	grep '\.so' "$work/elf" | while read -r f; do
		head -c 4 "$f" | grep -q ELF && echo "$f"
	done | head -n 40 >"$work/dynimport"
	find /usr/*mingw32/ /usr/lib/gcc/*mingw32/ -name '*.dll' \
		2>/dev/null | head -n 10 >>"$work/dynimport"
	same_imports() {
		n=0
		while read -r f; do
			go tool cgo -dynimport "$f" 2>/dev/null |
				sed -n 's/^\/\/go:cgo_import_dynamic //p' |
				grep -v '^_ _ ' >"$work/cgo" || continue
			"$gort" inspect --imports "$f" >"$work/ours" ||
				return 1
			diff "$work/cgo" "$work/ours" || return 1
			n=$((n + 1))
		done <"$work/dynimport"
		echo "$n files" && [ "$n" -gt 5 ]
	}
	ok "imports as cgo's -dynimport prints them" same_imports
	tail -n 1 "$work/out"
fi

if command -v llvm-readobj >/dev/null && command -v llvm-nm >/dev/null; then
	find /usr/*mingw32/ /usr/lib/gcc/*mingw32/ -xdev -type f -size -30M \
		\( -name '*.[oa]' -o -name '*.dll' -o -name '*.exe' \) \
		2>/dev/null | sample >"$work/coff"
	same_coff() {
		tr '\n' '\0' <"$work/coff" |
			xargs -0 python3 "$srcdir/tests/readers_coff.py" "$gort"
	}
	if [ -s "$work/coff" ]; then
		ok "COFF and PE: symbols, relocations, imports, exports" \
			same_coff
		tail -n 1 "$work/out"
	else
		echo "no mingw libraries: COFF and PE not compared"
	fi
else
	echo "no llvm-readobj and llvm-nm: COFF and PE not compared"
fi
done_testing
