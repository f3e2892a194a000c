#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What linked objects run when they are loaded and at the end of the process.
. ./tests/env.sh

[ "$have_link_elf" = yes ] || skip "objects are not linked on $os $arch"
[ "$sanitizers" = no ] || skip "compiled objects know nothing of sanitizers"
. "$srcdir/tests/link_calls.sh"

cat >quick.c <<'END'
#include <stdlib.h>
#include <unistd.h>
static void bye(void) { _exit(write(1, "bye\n", 4) == 4 ? 7 : 8); }
int run(void) { return at_quick_exit(bye); }
int leave(void) { if (at_quick_exit(bye)) return 1; quick_exit(9); }
END
$CC -O1 -fPIC -c quick.c
leaves() {
	$call quick.o --symbol leave >"$work/said"
	[ $? = 7 ] && [ "$(cat "$work/said")" = bye ]
}
ok "what at_quick_exit registers is run" leaves
cat >ends.c <<'END'
#include <stdio.h>
#include <stdlib.h>
static void ended(void) { puts("exit"); }
__attribute__((destructor)) static void plain(void) { puts("plain"); }
__attribute__((destructor(200))) static void late(void) { puts("late"); }
int run(void) { return atexit(ended); }
END
$CC -O1 -fPIC -c ends.c
ends() {
	got=$($call ends.o --symbol run | tr '\n' ' ')
	[ "$got" = "0 plain exit late " ] || { echo "$got"; return 1; }
}
ok "destructors with a priority run after what atexit registered" ends
# lists whose names the compilers do not make: as ld has them
cat >lists.c <<'END'
static char log[9];
#define LIST(c, name) static void c(void) { *log ? (log[1] ? (log[2] = #c[0]) \
	: (log[1] = #c[0])) : (log[0] = #c[0]); } \
	__attribute__((section(name), used)) static void (*c##_)(void) = c;
LIST(c, ".init_array.")
LIST(b, ".init_array.00300")
LIST(a, ".ctors.65335")
__attribute__((section(".preinit_array.x"), used)) static void (*x)(void) = b;
int run(void)
{
	return log[0] == 'a' && log[1] == 'b' && log[2] == 'c' && !log[3] ? 42
		: log[0] << 16 | log[1] << 8 | log[2];
}
END
$CC -O1 -fPIC -c lists.c
ok "lists with odd names run as ld has them" calls 42 lists.o
cat >args.c <<'END'
#define _GNU_SOURCE
#include <string.h>
#include <unistd.h>
static int good;
__attribute__((constructor)) static void keep(int argc, char **argv, char **env)
{
	good = argc == 5 && strcmp(argv[1], "call") == 0 && !argv[5] &&
		env == environ;
}
int run(void) { return good ? 42 : 1; }
END
$CC -O1 -fPIC -c args.c
ok "constructors get the process's arguments and environment" calls 42 args.o
# a gigabyte of zeros, and not a number of addresses
printf '\t.section .ctors,"aw",%%nobits\n\t.skip 0x2fffffff\n' >zeros.s
$CC -c zeros.s
ok "a list without bytes has no functions" calls 42 lists.o zeros.o
inspected() {
	[ "$("$gort" inspect --constructors --json lists.o | python3 -c '
import json, sys
print(*[c["symbol"] for c in json.load(sys.stdin)[0]["constructors"]])')" = \
		"a b c" ]
}
ok "and gort inspect says so" inspected
done_testing
