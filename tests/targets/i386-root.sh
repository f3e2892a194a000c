#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Makes a Debian i386 system in a folder, to build and test for linux 386 in
# and to run 32-bit Windows programs with (wine32), and prints its path; all
# else goes to standard error. Needs root: it is a chroot. Done once; then it
# only looks.
set -u

packages="gcc g++ make pkg-config libc6-dev libunwind-dev libcunit1-dev
	libffi-dev libmicrohttpd-dev libsqlite3-dev zlib1g-dev valgrind
	libc6-dbg procps binutils file curl python3 xz-utils ca-certificates
	clang gdb openssl liblua5.4-dev libzstd-dev libssl-dev
	wine wine32"
cache=${GORT_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/gort}
root=$cache/i386
# the script itself: another list of packages is installed on top
stamp="$root/made-by-$(cksum <"$0" | tr ' ' -)"

die() {
	printf 'i386-root: %s\n' "$*" >&2
	exit 1
}

# step WHAT COMMAND...: quiet, and the end of its output where it fails
step() {
	what=$1
	shift
	"$@" >"$cache/i386.log" 2>&1 </dev/null && return
	tail -n 20 "$cache/i386.log" >&2
	die "cannot $what (the command was: $*; log: $cache/i386.log)"
}

install_packages() {
	# no services are started, and no documents needed
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" &&
		chmod +x "$root/usr/sbin/policy-rc.d" &&
		chroot "$root" apt-get update &&
		# shellcheck disable=SC2086
		DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get install \
			-y --no-install-recommends $packages
}

for tool in debootstrap chroot unshare flock; do
	command -v $tool >/dev/null || die "needs $tool"
done
[ "$(id -u)" = 0 ] || die "needs root, for chroot"
mkdir -p "$cache" || die "cannot make $cache"
exec 9>"$cache/i386.lock"
flock 9 || die "cannot lock $cache"
if ! [ -e "$stamp" ]; then
	release=$(. /etc/os-release && printf %s "${VERSION_CODENAME-bookworm}")
	if ! [ -e "$root/bin/sh" ] || ! [ -e "$root/var/lib/dpkg/status" ]; then
		printf 'i386-root: making %s (about a minute, 1 GB)\n' "$root" >&2
		rm -rf "$root"
		step "make the system" debootstrap --arch=i386 \
			--variant=minbase "$release" "$root"
	fi
	printf 'i386-root: installing its packages\n' >&2
	step "install its packages" install_packages
	rm -f "$root"/made-by-*
	: >"$stamp"
fi
echo "$root"
