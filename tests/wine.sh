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
	i?86*) WINE_TRIES=4 ;;
	*) WINE_TRIES=1 ;;
	esac
	WINE_DIED=$1/tests/wine-died.log
	export WINEPATH WINEDEBUG WINEPREFIX WINEDLLOVERRIDES LC_ALL
	export WINE_TRIES WINE_DIED
}

# wine_run OUT ERR COMMAND...: with its output in these files, for commands that
# end sooner than gort's init thread runs. 32-bit wine itself dies of SIGSEGV,
# seldom by its server's SIGKILL, where a process ends while a thread of it is
# being made: so does a program of one CreateThread and ExitProcess, one run of
# seven. A program's own faults have another status. Such a run is done again,
# and noted.
wine_run() {
	wine_out=$1 wine_err=$2 wine_try=0
	shift 2
	while wine_try=$((wine_try + 1)); do
		"$@" >"$wine_out" 2>"$wine_err"
		wine_status=$?
		case $wine_status in
		137 | 139) [ $wine_try -lt "$WINE_TRIES" ] || return $wine_status ;;
		*) return $wine_status ;;
		esac
		echo "wine died ($wine_status): $*" >>"$WINE_DIED"
	done
}
