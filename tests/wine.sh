# SPDX-License-Identifier: BSD-3-Clause
# Sourced: what a program of a Windows build needs from wine. The folders of
# the DLLs in its search path, a wine prefix of this build's own, no debugger
# for programs that crash on purpose.
# usage: . tests/wine.sh; wine_env BUILDDIR CC
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
	export WINEPATH WINEDEBUG WINEPREFIX WINEDLLOVERRIDES LC_ALL
}
