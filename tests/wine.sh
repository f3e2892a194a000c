# SPDX-License-Identifier: BSD-3-Clause
# Sourced: what a program of a Windows build needs from wine. The folders of
# the DLLs in its search path, a wine prefix of this build's own, no debugger
# for programs that crash on purpose.
# usage: . tests/wine.sh; wine_env BUILDDIR CC; wine_run OUT ERR COMMAND...
wine_env() {
	WINEPATH="Z:$1/.libs"
	for dll in libgcc_s_seh-1.dll libgcc_s_dw2-1.dll libstdc++-6.dll \
		libwinpthread-1.dll; do
		for file in "$($2 -print-file-name=$dll)" \
			"$($2 -print-sysroot)/$($2 -dumpmachine)/lib/$dll" \
			"/usr/$($2 -dumpmachine)/lib/$dll"; do
			case $file in
			/*)
				[ -e "$file" ] &&
					WINEPATH="$WINEPATH;Z:$(dirname "$file")"
				;;
			esac
		done
	done
	WINEDEBUG=${WINEDEBUG--all}
	WINEPREFIX=${WINEPREFIX:-${TMPDIR:-/tmp}/gort-wine$(echo "$1" | tr / -)}
	WINEDLLOVERRIDES=${WINEDLLOVERRIDES-winedbg.exe=d}
	# files may have any name
	LC_ALL=C.UTF-8
	case $($2 -dumpmachine) in
	i?86*) WINE_SEGV=yes ;;
	*) WINE_SEGV=no ;;
	esac
	WINE_DIED=$1/tests/wine-died.log
	export WINEPATH WINEDEBUG WINEPREFIX WINEDLLOVERRIDES LC_ALL
	export WINE_SEGV WINE_DIED
}

# wine_run OUT ERR COMMAND...: with its output in these files. Three ends are
# wine's own, on a busy machine; such a run is done again, and noted:
# SIGKILL, which its server sends to a process that has ended and is still there;
# status 1 without a word, one run of 3,000, also of a program without gort;
# SIGSEGV, 32-bit: a process ended while a thread of it was being made, as gort's
# init thread is at the end of a short command. So dies a program of one
# CreateThread and ExitProcess, one run of seven.
# A program's own faults have another status, and its errors are told.
wine_run() {
	wine_out=$1 wine_err=$2 wine_try=0
	shift 2
	while wine_try=$((wine_try + 1)); do
		"$@" >"$wine_out" 2>"$wine_err"
		wine_status=$?
		wine_said=
		[ -s "$wine_out" ] || [ -s "$wine_err" ] || wine_said=nothing
		case $wine_status-$WINE_SEGV-$wine_said in
		137-* | 139-yes-* | 1-*-nothing)
			[ $wine_try -lt 4 ] || return $wine_status
			;;
		*) return $wine_status ;;
		esac
		echo "wine died ($wine_status): $*" >>"$WINE_DIED"
	done
}
