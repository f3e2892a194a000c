# SPDX-License-Identifier: BSD-3-Clause
# Sourced by the scripts that fuzz, after env.sh: what libFuzzer needs and how
# it is run. Each takes [SECONDS] [CORPUS] and is not a part of make check.
# FUZZ_RUNS=N ends a run after N executions, if SECONDS (0: any) are not over
# before. FUZZ_SEED=N makes a run repeatable, else it searches further each time.
# gort is built once more, for libFuzzer, in $FUZZ_BUILD (kept, and shared by the
# scripts) or a temporary folder. A run fails on a crash, a sanitizer's finding,
# an input that takes 10 s or 1 GiB; that input is left in the build folder.

seconds=${1:-60}
corpus=${2:-$work/corpus}
seeds=$work/seeds
instrumented=${FUZZ_BUILD:-$work/build}
echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n)
{ return d && n > 1u << 30; }' >"$work/probe.c"
clang -fsanitize=fuzzer -o "$work/probe" "$work/probe.c" 2>/dev/null ||
	skip "no clang with libFuzzer"
mkdir -p "$corpus" "$seeds" "$instrumented"

# seed_system KIB SUFFIXES...: seeds from the system's own files of less than so
# many KiB, up to 80 for each argument, which is suffixes joined by |; with the
# script's seed FILE NAME
seed_system() {
	kib=$1
	shift
	for suffixes; do
		find /usr/lib /usr/*-w64-mingw32/lib -type f -size "-${kib}k" \
			-regextype posix-extended -regex ".*\.($suffixes)" \
			2>/dev/null | LC_ALL=C sort >"$work/files"
		awk -v step=$(($(wc -l <"$work/files") / 80 + 1)) \
			'NR % step == 0' "$work/files" |
			while read -r f; do
				seed "$f" "system-$(echo "$f" | tr / -)"
			done
	done
}

# fuzz_library LIBRARY: one of gort's Makefile (LIBRARY.la), with coverage
fuzz_library() {
	library=$instrumented/.libs/$1.a
	(cd "$instrumented" && { [ -e Makefile ] || "$srcdir/configure" \
		--enable-sanitizers=address,undefined \
		CC=clang CXX=clang++ CFLAGS='-g -O1 -fsanitize=fuzzer-no-link'; } &&
		make -j2 "$1.la") >"$work/build.log" 2>&1 || {
		tail -n 30 "$work/build.log"
		exit 99
	}
}

# fuzz_target NAME SOURCE [FLAGS]: a libFuzzer program with that library, whole:
# also the constructors of the runtime
fuzz_target() {
	target=$work/fuzz-$1 source=$srcdir/tests/$2
	shift 2
	clang -g -O1 -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all -D_GNU_SOURCE -I"$instrumented" \
		-I"$srcdir/include" -I"$srcdir/tests" -o "$target" "$source" \
		-Wl,--whole-archive "$library" -Wl,--no-whole-archive "$@" ||
		exit 99
}

# fuzz NAME LARGEST: that program, from inputs of at most so many bytes; what it
# finds new goes to the corpus's folder of that name
fuzz() {
	name=$1
	mkdir -p "$corpus/$name"
	"$work/fuzz-$name" -max_total_time="$seconds" -runs="${FUZZ_RUNS:--1}" \
		-seed="${FUZZ_SEED:-0}" -timeout=10 -rss_limit_mb=1024 \
		-max_len="$2" -print_final_stats=1 \
		-artifact_prefix="$builddir/$name-" \
		"$corpus/$name" "$seeds" >"$work/log-$name" 2>&1
	status=$?
	echo "$name: of $(find "$corpus/$name" "$seeds" -type f | wc -l) inputs"
	grep -E '^(stat::number_of_executed_units|SUMMARY|==.*ERROR)' \
		"$work/log-$name"
	[ $status = 0 ] || tail -n 40 "$work/log-$name"
	return $status
}
