#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs one test program of a Windows build: the real one, not libtool's
# wrapper, by the EXEC_WRAPPER that configure has checked.
# usage: exec_windows.sh BUILDDIR CC EXEC_WRAPPER PROGRAM [ARGUMENT...]
unset EXEC_WRAPPER
builddir=$1 cc=$2 wrapper=$3 program=$4
shift 4

dir=$(dirname "$program")
[ -e "$dir/.libs/$(basename "$program")" ] &&
	program=$dir/.libs/$(basename "$program")
. "$(dirname "$0")/wine.sh"
wine_env "$builddir" "$cc"

# a wrapper that runs nothing exits with 0 and says nothing
out=$(mktemp) || exit 99
trap 'rm -f "$out" "$out.err"' EXIT
wine_run "$out" "$out.err" $wrapper "$program" "$@"
status=$?
cat "$out" "$out.err"
[ "$status" != 0 ] && exit "$status"
grep -q '[1-9][0-9]* passed, 0 failed' "$out" || {
	echo "no tests were run"
	exit 99
}
