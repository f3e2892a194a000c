#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A panic that nothing catches ends the process the Go way.
. ./tests/env.sh

prog=$(built tests/uncaught)
ok "it ends with status 2" status 2 "$prog" plain
ok "and prints the panic" says 'panic: nobody catches this' "$prog" plain
ok "and a backtrace" says 'main' "$prog" plain
ok "also on a thread that C made" status 2 "$prog" thread
ok "the hook runs first" says 'hook: nobody catches this' "$prog" hook
ok "and the end is the same" status 2 "$prog" hook
done_testing
