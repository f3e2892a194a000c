#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A panic that nothing catches ends the process the Go way.
. ./tests/env.sh

prog=$(built tests/uncaught)
ok "it ends with status 2" status 2 "$prog" plain
ok "and prints the panic" says 'panic: nobody catches this' "$prog" plain
# functions of a program have no names there, only a DLL's exports do
at=main
[ $os = windows ] && at='uncaught.exe+0x'
ok "and a backtrace" says "$at" "$prog" plain
ok "also on a thread that C made" status 2 "$prog" thread
ok "the hook runs first" says 'hook: nobody catches this' "$prog" hook
ok "and the end is the same" status 2 "$prog" hook
ok "a chain of panics ends it with status 2" status 2 "$prog" chain
chain() {
	"$prog" chain >"$work/chain" 2>&1
	printf 'panic: a [recovered]\n\tpanic: b\n\tpanic: c\n' >"$work/want"
	head -n 3 "$work/chain" | diff "$work/want" -
}
ok "and prints all of them, as Go does" chain
ok "gort_goexit of the main thread runs what is deferred" \
	says 'deferred this' "$prog" goexit
ok "and, as the last thread, ends the process with status 0" \
	status 0 "$prog" goexit
done_testing
