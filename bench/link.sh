#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Rows of make bench for objects linked into the process: link.sh BUILDDIR.
# Peers: libtcc, lld and dlopen, a plain shared object, readelf.
b=$1
CC=${CC:-cc}
bench=$b/bench/bench_link
tcc=$b/bench/bench_link_tcc
[ -x "$bench" ] || exit 0
work=$(mktemp -d "${TMPDIR:-/tmp}/gort-bench-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

# ---- the system's archives, by turns with libtcc
for row in sqlite3_ms:libsqlite3.a:sqlite3_libversion \
	crypto_ms:libcrypto.a:OpenSSL_version; do
	f=${row##*:}
	a=${row#*:}
	a=$($CC -print-file-name="${a%%:*}")
	[ -e "$a" ] || continue
	row=loader.${row%%:*}
	[ ! -x "$tcc" ] || "$tcc" "$row.libtcc" "$a" "$f" 2>/dev/null
	"$bench" "$row" all "$f" "$a"
	[ "$row" != loader.crypto_ms ] ||
		"$bench" loader.crypto_needed_ms needed AES_options "$a" ||
		true
done

# ---- 1,000 objects of 50 functions, each of which calls the next object's
cd "$work" || exit 1
many() {
	awk -v n="$1" 'BEGIN {
		for (i = 0; i < n; i++) {
			f = sprintf("many%d.s", i)
			for (k = 0; k < 50; k++) {
				next_ = (i + 1) % n
				printf "\t.globl f%d_%d\n\t.type f%d_%d,@function\nf%d_%d:\n", i, k, i, k, i, k > f
				printf "\ttest %%edi, %%edi\n\tje 1f\n\tdec %%edi\n\tjmp f%d_%d@PLT\n", next_, k > f
				printf "1:\tlea f%d_%d(%%rip), %%rax\n\tret\n\t.size f%d_%d,.-f%d_%d\n", i, k, i, k, i, k > f
			}
			printf "\t.section .note.GNU-stack,\"\",@progbits\n" > f
			close(f)
		}
	}'
	i=0
	while [ $i -lt "$1" ]; do
		as -o many$i.o many$i.s || return 1
		rm many$i.s
		i=$((i + 1))
	done
}
if [ "$(uname -m)" = x86_64 ] && command -v as >/dev/null; then
	for n in 250 1000; do
		rm -f many*.o
		many $n || break
		"$bench" loader.many${n}_ms objects f0_0 many*.o
	done
	ls many*.o >list
	for ld in ld.lld ld.lld-14; do
		command -v $ld >/dev/null || continue
		"$bench" loader.many1000_ms.lld dlopen f0_0 \
			"$ld -shared -z notext -Bsymbolic -o $work/many.so @$work/list" \
			"$work/many.so"
		break
	done

	# ---- a throw through 900 objects, and through one shared object of them
	cat >throw.cc <<'END'
extern "C" const void *NEXT(int);
extern "C" const void *THIS(int n) { volatile int k = n; const void *p = NEXT(k); return k ? 0 : p; }
END
	echo 'extern "C" const void *t900(int n) { throw n; }' >last.cc
	echo 'extern "C" const void *t0(int);
extern "C" const void *run(int n) { try { return t0(n); } catch (int) { return "caught"; } }' >first.cc
	CXX=${CXX:-c++}
	if $CXX -O1 -fPIC -S throw.cc -DNEXT=t_next -DTHIS=t_this -o throw.s &&
		$CXX -O1 -fPIC -c last.cc first.cc; then
		i=0
		while [ $i -lt 900 ]; do
			sed "s/t_this/t$i/g; s/t_next/t$((i + 1))/g" throw.s |
				as -o t$i.o - || break
			i=$((i + 1))
		done
		$CXX -shared -Wl,-Bsymbolic -o throw.so t*.o last.o first.o &&
			"$bench" loader.throw900_us.so dlthrow run "$work/throw.so"
		LD_PRELOAD=libstdc++.so.6 "$bench" loader.throw900_us throw run \
			t*.o last.o first.o
	fi

	# ---- symbols of a file of 100 MB, most of it debug information
	awk 'BEGIN { for (i = 0; i < 200000; i++)
		printf "\t.globl symbol_number_%d\nsymbol_number_%d:\tret\n", i, i
		printf "\t.section .debug_info,\"\",@progbits\n\t.fill 94371840,1,7\n" }' |
		as -o large.o - && {
		one() {
			s=$(date +%s%N)
			LD_LIBRARY_PATH=$b/.libs "$@" >/dev/null 2>&1 || return
			echo $((($(date +%s%N) - s) / 1000))
		}
		# not libtool's script, which is a shell's start more
		for tool in "readelf -sW large.o" \
			"$b/.libs/gort inspect large.o" \
			"nm large.o"; do
			for i in 1 2 3 4 5 6 7 8 9 10; do one $tool; done |
				sort -n | awk -v n="loader.inspect100mb_ms" -v t="$tool" '
				{ v[NR] = $1 / 1000 } END { if (NR) {
				if (t !~ /gort/) { split(t, w, " "); n = n "." w[1] }
				printf "%s\t%.2f\tms\t%d\n%s.median\t%.2f\tms\t%d\n",
					n, v[1], NR, n, v[int(NR / 2) + 1], NR } }'
		done
	}
fi
exit 0
