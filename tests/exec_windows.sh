#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs one test program of a Windows build: the real one, not libtool's
# wrapper, by the EXEC_WRAPPER that configure has checked, with the folders of
# the DLLs in wine's search path and a wine prefix of this build's own. MUST_SAY
# is a pattern that the output of a run with status 0 must match, if not that
# of a suite's last line.
# usage: exec_windows.sh BUILDDIR CC EXEC_WRAPPER PROGRAM [ARGUMENT...]
unset EXEC_WRAPPER
builddir=$1 cc=$2 wrapper=$3 program=$4
shift 4

dir=$(dirname "$program")
[ -e "$dir/.libs/$(basename "$program")" ] &&
	program=$dir/.libs/$(basename "$program")
path="Z:$builddir/.libs"
for dll in libgcc_s_seh-1.dll libgcc_s_dw2-1.dll libstdc++-6.dll \
	libwinpthread-1.dll; do
	for file in "$($cc -print-file-name=$dll)" \
		"$($cc -print-sysroot)/$($cc -dumpmachine)/lib/$dll" \
		"/usr/$($cc -dumpmachine)/lib/$dll"; do
		case $file in
		/*) [ -e "$file" ] && path="$path;Z:$(dirname "$file")" ;;
		esac
	done
done
WINEPATH=$path
WINEDEBUG=${WINEDEBUG--all}
WINEPREFIX=${WINEPREFIX:-${TMPDIR:-/tmp}/gort-wine$(echo "$builddir" | tr / -)}
# programs that crash on purpose need no debugger
WINEDLLOVERRIDES=${WINEDLLOVERRIDES-winedbg.exe=d}
export WINEPATH WINEDEBUG WINEPREFIX WINEDLLOVERRIDES

# a wrapper that runs nothing exits with 0 and says nothing
out=$(mktemp) || exit 99
trap 'rm -f "$out"' EXIT
$wrapper "$program" "$@" >"$out" 2>&1
status=$?
cat "$out"
[ "$status" != 0 ] && exit "$status"
grep -q "${MUST_SAY-[1-9][0-9]* passed, 0 failed}" "$out" || {
	echo "no tests were run"
	exit 99
}
