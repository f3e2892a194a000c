# SPDX-License-Identifier: BSD-3-Clause
# Sourced by the scripts that fuzz, after env.sh: what libFuzzer needs and how
# it is run. Each takes [SECONDS] [CORPUS] and is not a part of make check.
# FUZZ_SEED=N makes a run repeatable, else it searches further each time. gort
# is built once more, for libFuzzer, in $FUZZ_BUILD (kept, and shared by the
# scripts) or a temporary folder. A run fails on a crash, a sanitizer's finding,
# an input that takes 10 s or 1 GiB; that input is left in the build folder.

seconds=${1:-60}
corpus=${2:-$work/corpus}
instrumented=${FUZZ_BUILD:-$work/build}
echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n)
{ return d && n > 1u << 30; }' >"$work/probe.c"
clang -fsanitize=fuzzer -o "$work/probe" "$work/probe.c" 2>/dev/null ||
	skip "no clang with libFuzzer"
mkdir -p "$corpus" "$instrumented"

# fuzz_target SOURCE LIBRARY [FLAGS]: its libFuzzer program, with a library of
# gort's Makefile (NAME.la) that is built with coverage
fuzz_target() {
	source=$1 library=$2
	shift 2
	(cd "$instrumented" && { [ -e Makefile ] || "$srcdir/configure" \
		--enable-sanitizers=address,undefined \
		CC=clang CXX=clang++ CFLAGS='-g -O1 -fsanitize=fuzzer-no-link'; } &&
		make -j2 "$library.la") >"$work/build.log" 2>&1 || {
		tail -n 30 "$work/build.log"
		exit 99
	}
	# whole: also the constructors of the runtime
	clang -g -O1 -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all -D_GNU_SOURCE -I"$instrumented" \
		-I"$srcdir/include" -I"$srcdir/tests" -o "$work/fuzz" \
		"$srcdir/tests/$source" -Wl,--whole-archive \
		"$instrumented/.libs/$library.a" -Wl,--no-whole-archive "$@" ||
		exit 99
}

# fuzz LARGEST: from the corpus, inputs of at most so many bytes
fuzz() {
	echo "$(find "$corpus" -type f | wc -l) inputs, $seconds s"
	"$work/fuzz" -max_total_time="$seconds" -seed="${FUZZ_SEED:-0}" \
		-timeout=10 -rss_limit_mb=1024 -max_len="$1" \
		-print_final_stats=1 -artifact_prefix="$builddir/" \
		"$corpus" >"$work/log" 2>&1
	status=$?
	grep -E '^(stat::number_of_executed_units|SUMMARY|==.*ERROR)' "$work/log"
	[ $status = 0 ] || tail -n 40 "$work/log"
	exit $status
}
