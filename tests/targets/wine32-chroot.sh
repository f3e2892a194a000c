#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# An EXEC_WRAPPER for windows 386: runs a program by the wine of a 32-bit
# Debian in a folder, made with
#	debootstrap --arch=i386 --variant=minbase --include=wine32,wine \
#		bookworm DIR
# The current folder (a build folder) and mingw's DLLs have the same paths
# there; what is mounted for that is seen by the program only. Needs root.
# usage: EXEC_WRAPPER="/path/to/wine32-chroot.sh DIR"
dir=$1
shift
[ -x "$dir/usr/bin/wine" ] || {
	echo "$0: no wine in $dir" >&2
	exit 127
}
export GORT_CHROOT="$dir"
exec unshare --mount sh -c '
	for d in "$PWD" /usr/lib/gcc /usr/i686-w64-mingw32; do
		[ -d "$d" ] || continue
		mkdir -p "$GORT_CHROOT$d" &&
			mount --bind "$d" "$GORT_CHROOT$d" || exit 127
	done
	[ -e "$GORT_CHROOT/proc/self" ] ||
		mount -t proc proc "$GORT_CHROOT/proc" || exit 127
	[ -e "$GORT_CHROOT/dev/null" ] ||
		mount --rbind /dev "$GORT_CHROOT/dev" || exit 127
	exec chroot "$GORT_CHROOT" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/tmp \
		LANG=C.UTF-8 WINEPREFIX="${WINEPREFIX:-/tmp/gort-wine32}" \
		WINEDEBUG="${WINEDEBUG--all}" WINEPATH="$WINEPATH" \
		WINEDLLOVERRIDES="$WINEDLLOVERRIDES" GORT_PLUGINS="$GORT_PLUGINS" \
		sh -c "cd \"\$0\" && exec wine \"\$@\"" "$PWD" "$@"
' sh "$@"
