#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# usage: in-i386.sh ROOT FOLDER... -- COMMAND [ARGUMENT...]
# Runs a command in the i386 system at ROOT, with FOLDERs of this one mounted
# at the same paths, as a 32-bit machine. The mounts are this command's own
# and end with it.
root=$1
shift
folders=
while [ "$1" != -- ]; do
	folders="$folders $1"
	shift
done
shift
export ROOT="$root" FOLDERS="$folders" FROM="$PWD"
exec unshare --mount --propagation private sh -c '
	mkdir -p "$ROOT/proc" "$ROOT/dev" || exit 125
	mount -t proc proc "$ROOT/proc" && mount --rbind /dev "$ROOT/dev" ||
		exit 125
	for f in $FOLDERS; do
		mkdir -p "$ROOT$f" && mount --bind "$f" "$ROOT$f" || exit 125
	done
	unset FOLDERS
	exec setarch i686 chroot "$ROOT" /bin/sh -c '\''
		unset ROOT
		cd "$FROM" && exec "$@"'\'' sh "$@"' sh "$@"
