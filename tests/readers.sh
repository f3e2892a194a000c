#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The readers find in the system's libraries what other tools find there.
# READERS=all (make check-readers-all) takes every file, which takes half an
# hour; else a sample of small ones, the same in each run, for a minute.
. ./tests/env.sh

for tool in nm readelf ar python3; do
	command -v $tool >/dev/null || skip "no $tool"
done
jobs=1
[ "${READERS-}" != all ] || jobs=$(nproc)
# sample N: every N-th of the files named on stdin, or all
sample() {
	[ "${READERS-}" != all ] || {
		sort
		return
	}
	sort | awk -v n="$1" 'NR % n == 1'
}
biggest=4M
[ "${READERS-}" != all ] || biggest=150M
# compare LIST SCRIPT: no file differs; the last line has the sums
compare() {
	tr '\n' '\0' <"$1" | xargs -0 -n 50 -P "$jobs" \
		python3 "$srcdir/tests/$2" "$gort" >"$work/compared"
	rc=$?
	grep -v ' files differ$' "$work/compared"
	grep ' files differ$' "$work/compared" | tr -d , | awk '
		{ for (i = 1; i <= NF; i++)
			if ($i ~ /^[0-9]+$/) n[i] += $i; else word[i] = $i
		  last = NF }
		END { for (i = 1; i <= last; i++)
			printf "%s%s", i in n ? n[i] : word[i], \
				i == last ? "\n" : " "
		  exit n[1] == 0 }' && [ "$rc" = 0 ]
}

# also those of cross compilers, which are of other machines and byte orders
find /lib/ /usr/lib/ /usr/bin/ /usr/sbin/ /usr/libexec/ /usr/local/ \
	/usr/*-linux-gnu*/ -xdev -type f -size -$biggest \
	\( -name '*.so*' -o -name '*.[oa]' -o -perm -100 \) 2>/dev/null |
	grep -v 'mingw.*\.[oa]$' | sample 75 >"$work/elf"
ok "ELF files and archives: all that readelf, nm and ar show" \
	compare "$work/elf" readers_elf.py
tail -n 1 "$work/out"
if command -v llvm-readelf >/dev/null; then
	if [ "${READERS-}" = all ]; then
		cp "$work/elf" "$work/llvm"
	else
		awk 'NR % 4 == 0' "$work/elf" >"$work/llvm"
	fi
	export READELF=llvm-readelf
	ok "ELF: symbols and relocations as llvm-readelf has them" \
		compare "$work/llvm" readers_elf.py
	tail -n 1 "$work/out"
	unset READELF
else
	skip_part "no llvm-readelf"
fi
if command -v go >/dev/null; then
	grep '\.so' "$work/elf" | while read -r f; do
		head -c 4 "$f" | grep -q ELF && echo "$f"
	done | head -n 40 >"$work/dynimport"
	find /usr/*mingw32/ /usr/lib/gcc/*mingw32/ -name '*.dll' \
		2>/dev/null | head -n 10 >>"$work/dynimport"
	sorted=cat
	same_imports() {
		n=0
		while read -r f; do
			go tool cgo -dynimport "$f" 2>/dev/null |
				sed -n 's/^\/\/go:cgo_import_dynamic //p' |
				grep -v '^_ _ ' | $sorted >"$work/cgo"
			[ -s "$work/cgo" ] || continue
			"$gort" inspect --imports "$f" >"$work/printed" ||
				return 1
			$sorted "$work/printed" >"$work/ours"
			diff "$work/cgo" "$work/ours" || return 1
			n=$((n + 1))
		done <"$work/dynimport"
		echo "$n files" && [ "$n" -gt 5 ]
	}
	ok "imports as cgo's -dynimport prints them" same_imports
	tail -n 1 "$work/out"
fi

if command -v llvm-readobj >/dev/null && command -v llvm-nm >/dev/null; then
	# mingw's, and the libraries that come with wine
	find /usr/*mingw32/ /usr/lib/gcc/*mingw32/ /usr/lib/*/wine/*windows/ \
		-xdev -type f -size -$biggest \( -name '*.[oa]' -o \
		-name '*.dll' -o -name '*.exe' -o -name '*.sys' -o \
		-name '*.drv' -o -name '*.ocx' -o -name '*.cpl' -o \
		-name '*.acm' -o -name '*.ax' -o -name '*.ds' \) \
		2>/dev/null | sample 60 >"$work/coff"
	if [ -s "$work/coff" ]; then
		ok "COFF and PE: all that llvm-readobj, binutils show" \
			compare "$work/coff" readers_coff.py
		tail -n 1 "$work/out"
	else
		skip_part "no mingw libraries: COFF and PE not compared"
	fi
else
	skip_part "no llvm-readobj and llvm-nm: COFF and PE not compared"
fi

# Go's test data and, where there is a linker, files for both machines
macho_files() {
	cd "$work" && mkdir -p macho || return 1
	go=$(go env GOROOT 2>/dev/null)/src/debug/macho/testdata
	for f in "$go"/*.base64; do
		# llvm does not read that one
		case $f in *bad-dysym*) continue ;; esac
		[ -f "$f" ] && base64 -d "$f" >macho/"$(basename "$f" .base64)"
	done
	cat >macho.c <<-'EOF'
		extern int printf(const char *, ...), there(int);
		int global = 3, common;
		__thread int tls;
		__attribute__((constructor)) static void run(void) { tls++; }
		__attribute__((visibility("hidden"))) int hid(void) { return 1; }
		__attribute__((weak)) int weak(void) { return 1; }
		int call(void)
		{
			return printf("%d", there(3)) + hid() + weak() +
			       global + common;
		}
	EOF
	ld=$(command -v ld64.lld || command -v ld64.lld-14)
	for a in x86_64 arm64; do
		clang --target=$a-apple-macos11 -c -o macho/$a.o macho.c ||
			return 1
		[ "$ld" ] || continue
		echo 'int there(int a) { return a; }' >there.c
		clang --target=$a-apple-macos11 -c -o there.o there.c &&
			"$ld" -arch $a -platform_version macos 11 11 -dylib \
				-install_name @rpath/there.dylib \
				-o macho/there-$a.dylib there.o &&
			"$ld" -arch $a -platform_version macos 11 11 -dylib \
				-undefined dynamic_lookup -o macho/$a.dylib \
				macho/$a.o macho/there-$a.dylib || return 1
	done
}
same_macho() {
	python3 "$srcdir/tests/readers_macho.py" "$gort" "$work"/macho/*
}
if command -v llvm-readobj >/dev/null && command -v clang >/dev/null &&
	clang --target=arm64-apple-macos11 -S -o /dev/null -xc - \
		</dev/null 2>/dev/null; then
	ok "Mach-O files are found and built" macho_files
	ok "Mach-O: symbols, relocations, imports, exports" same_macho
	tail -n 1 "$work/out"
	if command -v go >/dev/null; then
		# cgo takes what an object leaves undefined for imports
		for f in "$work"/macho/*; do
			case $f in *.o | *.obj) continue ;; esac
			head -c 4 "$f" | od -An -tx4 | grep -q cafebabe ||
				echo "$f"
		done >"$work/dynimport"
		sorted=sort
		ok "Mach-O: imports as cgo's -dynimport has them" same_imports
		tail -n 1 "$work/out"
	fi
else
	skip_part "no clang and llvm-readobj: Mach-O not compared"
fi
done_testing
