#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# make bench: run.sh BUILDDIR SRCDIR [GO [CC EXEC_WRAPPER]]. Rows of
# name<TAB>value<TAB>unit<TAB>runs; never fails the build.
b=$1 s=$2 go=$3 peer=
if [ -e "$b/.libs/libgort.dll" ]; then
	. "$s/tests/wine.sh"
	wine_env "$b" "$4"
	cd "$b" || exit
	for p in bench_call bench_abi; do
		$5 bench/.libs/$p.exe tests/.libs/basic1.dll \
			bench/.libs/bare.dll | tr -d '\r'
	done
	exit 0
fi
if [ -n "$go" ]; then
	peer=$b/bench/libpeer.so
	[ -e "$peer" ] || (cd "$s/bench" && CGO_ENABLED=1 GO111MODULE=off \
		"$go" build -buildmode=c-shared -o "$peer" peer.go) ||
		peer=
fi
plugin=$b/tests/.libs/basic1.so
"$b/bench/bench_load" "$b/.libs" "$plugin" "$b/bench/.libs/bare.so" "$peer"
"$b/bench/bench_call" "$plugin" "$b/bench/.libs/bare.so" "$peer"
"$b/bench/bench_panic" "$plugin" "$b/tests/.libs/basic2.so" "$peer"
"$b/bench/bench_scale" "$b/tests/.libs/pass1.so"
"$b/bench/bench_abi"
for p in bench_split bench_split_libgcc; do
	[ ! -x "$b/bench/$p" ] || "$b/bench/$p"
done
sh "$s/bench/link.sh" "$b"
LD_LIBRARY_PATH=$b/.libs "$b/bench/bench_bind" "$b/tests/.libs/resident.so" \
	"$b/tests/.libs/bound1.so" "$b/bench/.libs/bare.so" "$b/.libs/gort" \
	"$b/bench"
strip -o "$b/bench/stripped.so" "$b/.libs/libgort.so" &&
	printf 'size.stripped_kib\t%s\tKiB\t1\n' \
		$(($(stat -c %s "$b/bench/stripped.so") / 1024))
exit 0
