#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What clang makes of C in place of MSVC's compiler (clang-cl), linked into the
# process: its run-time is in no DLL, so gort has what code needs of it.
. ./tests/env.sh

command -v clang >/dev/null || skip "no clang"
. "$srcdir/tests/link_calls.sh"
needs_coff
cl="clang --driver-mode=cl --target=$target-pc-windows-msvc"

# ---- every way to compile -----------------------------------------------------
echo '#include "common.h"
int run(void) { int n = common(); return n ? n : 42; }' >kinds.c
for o in -Od -O1 -O2; do
	made_by kinds.c $cl $o
	made_by kinds.c $cl $o -GS-
	made_by kinds.c $cl $o -guard:cf
	made_by kinds.c $cl $o -Gy -Gw -Z7
done
ok "they are known to the compiler" test $made -ge 12

# ---- guards -------------------------------------------------------------------
# overruns FILE: it dies of SIGABRT, and says in which function
overruns() {
	$call "$1" --symbol overrun >"$work/said" 2>&1
	[ $? = 134 ] && grep -q 'overrun (/GS) in _*keeps+' "$work/said" || {
		cat "$work/said"
		return 1
	}
}
for how in -Od -O2 "-O2 -guard:cf"; do
	$cl $how -c -o guard.obj -- "$srcdir/tests/linked_guard.c"
	ok "frames are guarded, $how" \
		says __security_check_cookie "$gort" inspect guard.obj
	ok "guarded code runs, $how" calls 42 guard.obj
	ok "a buffer that is overrun ends it, $how" overruns guard.obj
done
ok "with /guard:cf calls are guarded, too" \
	says __guard_ "$gort" inspect guard.obj
# one word for all objects of a link
cat >one.c <<'END'
__declspec(noinline) int one(int n) { volatile char b[40]; b[n] = 2; return b[n]; }
END
cat >two.c <<'END'
int one(int); extern unsigned __int64 __security_cookie;
int run(void) { volatile char b[40]; b[3] = one(7); return b[3] * 21; }
int known(void) { return __security_cookie != 0; }
int apart(void) { return (int)(__security_cookie >> 48); }
END
$cl -O2 -c -o one.obj one.c && $cl -O2 -c -o two.obj two.c
ok "objects of one link share the cookie" calls 42 one.obj two.obj
[ $arch = 386 ] ||
	ok "on x86-64 its upper 16 bits are zero" says 0 \
		$call one.obj two.obj --symbol apart
ok "and the rest is not" says 1 $call one.obj two.obj --symbol known

# ---- arithmetic -----------------------------------------------------------------
cat >wide.c <<'END'
static volatile long long a = -7000000000001LL, b = 1000000000LL, s = -3;
static volatile unsigned long long u = 0xfffffffffffffff0ULL, v = 0x300000000ULL;
static volatile double d = -1e15;
int run(void)
{
	if (a / b != -7000 || a % b != -1 || a / s != 2333333333333LL) return 1;
	if (a % s != -2 || b % a != 1000000000LL) return 2;
	if (u / v != 0x55555555 || u % v != 0xfffffff0) return 3;
	if (u / 10 != 1844674407370955160ULL || u % 10 != 0) return 4;
	if (a * s != 21000000000003LL || a >> s + 5 != -1750000000001LL) return 5;
	if (u << (int)s + 8 != 0xfffffffffffffe00ULL || u >> 60 != 15) return 6;
	if ((long long)d != -1000000000000000LL || (double)b != 1e9) return 7;
	return (float)v == 12884901888.0f ? 42 : 8;
}
END
for o in -Od -O2; do
	made_by wide.c $cl $o
done
[ $arch = amd64 ] || made_by wide.c $cl -Od -arch:IA32
done_testing
