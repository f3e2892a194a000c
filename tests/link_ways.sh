#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Objects of every way in which gcc and clang compile calls, data, thread-local
# variables and C++ are linked into the process and run.
. ./tests/env.sh

[ "$have_link_elf" = yes ] || skip "objects are not linked on $os $arch"
[ "$sanitizers" = no ] || skip "compiled objects know nothing of sanitizers"
. "$srcdir/tests/link_calls.sh"
case $arch in
amd64) models="small medium large" ;;
386) models= ;;
arm64) models="tiny small large" ;;
esac
clang=clang
[ -z "$EXEC_WRAPPER" ] ||
	clang="clang --target=$($CC -dumpmachine) --sysroot=$($CC -print-sysroot)"

cat >kinds.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common.h"
extern int weak_none(void) __attribute__((weak));
extern int weak_nothing __attribute__((weak));
__attribute__((visibility("hidden"))) int hidden_own(void) { return 2; }
__thread int counter = 4;
static __thread int own_counter = 5, own_also = 7;
static int (*resolve(void))(void) { return three; }
int indirect(void) __attribute__((ifunc("resolve")));
static int (*ip)(void) = indirect;
static int order(const void *a, const void *b) { return *(int *)a - *(int *)b; }
int run(void)
{
	int v[5] = {5, 1, 4, 2, 3}, i;
	char buf[32];
	int (*volatile cmp)(const char *, const char *) = strcmp;
	qsort(v, 5, sizeof(v[0]), order);
	for (i = 0; i < 5; i++) if (v[i] != i + 1) return 100 + i;
	i = common();
	if (i) return i;
	if (weak_none || hidden_own() != 2) return 116;
	if (&weak_nothing && weak_nothing) return 123;
	if (indirect() != 3 || ip() != 3 || ip != indirect) return 117;
	if (cmp != strcmp || cmp("a", "a")) return 118;
	counter += own_counter++;
	if (counter != 9 || own_counter != 6) return 119;
	own_also += own_counter;
	if (own_also != 13 || own_counter != 6) return 122;
	snprintf(buf, sizeof(buf), "%d %.1f", sum(3, 1, 2, 3), 1.5);
	if (strcmp(buf, "6 1.5")) return 120;
	if (fprintf(stderr, "%s", "") != 0) return 121;
	return 42;
}
END
# each_model COMMAND...: with every -mcmodel that the machine has
each_model() {
	for m in ${models:-none}; do
		"$@" ${models:+-mcmodel=$m}
	done
}
# where running takes long, not with each way
each=each_model
[ -z "$EXEC_WRAPPER" ] || each=
# what changes how variables and functions are reached
ways="-ftls-model=global-dynamic -ftls-model=local-dynamic
	-ftls-model=initial-exec -ftls-model=local-exec -fno-plt -fcommon
	-ffunction-sections"
case $arch in
amd64) ways="$ways -mtls-dialect=gnu2 -fcf-protection=full
	-Wa,-mrelax-relocations=no" ;;
386) ways="$ways -mtls-dialect=gnu2 -fcf-protection=full
	-mno-tls-direct-seg-refs -Wa,-mrelax-relocations=no" ;;
arm64) ways="$ways -mtls-dialect=trad -mtls-size=12 -mtls-size=32
	-mtls-size=48 -mpc-relative-literal-loads" ;;
esac
for cc in "$CC" "$clang"; do
	command -v ${cc%% *} >/dev/null || { skip_part "no $cc"; continue; }
	for pic in -fPIC -fPIE -fno-pic; do
		for o in -O0 -O1 -O2 -O3; do
			each_model made_by kinds.c $cc $o $pic
		done
		for way in $ways; do
			$each made_by kinds.c $cc -O2 $pic $way
		done
	done
done
ok "few of these ways are unknown to the compilers" test $made -gt 30

cat >kinds.cc <<'END'
#include <map>
#include <stdexcept>
#include <string>
static int counter;
struct early { early() { counter = 20; } } one;
struct cleanup { int *p; ~cleanup() { *p += 2; } };
struct base { virtual ~base() {} virtual int f() { return 1; } };
struct derived : virtual base { int f() override { return 3; } };
inline int &shared() { static int n = 5; return n; }
template <typename T> struct tls { static thread_local T v; };
template <typename T> thread_local T tls<T>::v = T(4);
extern "C" int run(void)
{
	int n = 0;
	std::map<std::string, int> m;
	m["a"] = 1; m["b"] = 2;
	try { cleanup c{&n}; throw std::runtime_error("boom" + std::to_string(7)); }
	catch (const std::exception &e) { n += std::string(e.what()) == "boom7"; }
	base *b = new derived;
	n += b->f() + (dynamic_cast<derived *>(b) ? 2 : 0);
	delete b;
	n += tls<int>::v++ + shared()++ + (int)m.size();
	try { throw 3; } catch (int i) { n += i; }
	return n + counter;
}
END
if [ "$have_cxx" = yes ]; then
	for cxx in "$CXX" "clang++${clang#clang}"; do
		command -v ${cxx%% *} >/dev/null ||
			{ skip_part "no $cxx"; continue; }
		for pic in -fPIC -fPIE -fno-pic; do
			for o in -O0 -O2; do
				$each made_by kinds.cc $cxx $o $pic
			done
		done
	done
fi

# with virtual bases: what is inlined of it names the table of tables
cat >stream.cc <<'END'
#include <sstream>
extern "C" int run(void) { std::ostringstream o; o << 42; return std::stoi(o.str()); }
END
if [ "$have_cxx" = yes ]; then
	for pic in -fPIC -fPIE -fno-pic; do
		$each made_by stream.cc $CXX -O2 $pic
	done
fi

if [ $arch = amd64 ] && ! $CC --version | grep -q clang; then
	# (clang 14 crashes) their segments are got by functions of the compiler's run-time
	$CC -O2 -fsplit-stack -w -c kinds.c -o kinds.o
	for a in "$($CC -print-libgcc-file-name)" "$builddir/libgort_split.a"; do
		ok "split stacks, $(basename "$a")" calls 42 kinds.o "$a"
	done
fi
done_testing
