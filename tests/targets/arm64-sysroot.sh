#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Makes a folder with the arm64 libraries and headers that gort is built and
# tested against, and prints its path; all else goes to standard error. Debian
# packages of the release that this machine runs, downloaded by an apt state
# of its own and unpacked: the system's dpkg and apt are not touched, no root
# is needed. Done once; then it only looks.
#
#	sysroot=$(tests/targets/arm64-sysroot.sh) || exit
#	./configure --host=aarch64-linux-gnu \
#		CC="aarch64-linux-gnu-gcc --sysroot=$sysroot" \
#		CXX="aarch64-linux-gnu-g++ --sysroot=$sysroot" \
#		PKG_CONFIG_LIBDIR=$sysroot/usr/lib/aarch64-linux-gnu/pkgconfig \
#		PKG_CONFIG_SYSROOT_DIR=$sysroot \
#		EXEC_WRAPPER="qemu-aarch64 -L $sysroot"
set -u

arch=arm64
triplet=aarch64-linux-gnu
# what is linked and loaded; apt adds what these need
packages="libc6-dev libstdc++6 libgcc-s1 libunwind-dev libcunit1-dev
	libffi-dev zlib1g-dev libsqlite3-dev libmicrohttpd-dev liblua5.4-dev
	libzstd-dev libssl-dev"
cache=${GORT_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/gort}
dir=$cache/$arch
root=$dir/sysroot
# the script itself: another list of packages makes another folder
stamp="$dir/made-by-$(cksum <"$0" | tr ' ' -)"

die() {
	printf 'arm64-sysroot: %s\n' "$*" >&2
	exit 1
}

# step WHAT COMMAND...: quiet, and the end of its output where it fails
step() {
	what=$1
	shift
	"$@" >"$dir/log" 2>&1 </dev/null && return
	tail -n 20 "$dir/log" >&2
	die "cannot $what (the command was: $*)"
}

# The lines of a sources.list: where this machine's own packages come from.
sources() {
	release=$(. /etc/os-release && printf %s "${VERSION_CODENAME-}")
	key=/usr/share/keyrings/debian-archive-keyring.gpg
	signed=
	[ -e "$key" ] && signed=" signed-by=$key"
	apt-get indextargets --format '$(REPO_URI) $(RELEASE)' \
		'Created-By: Packages' | sort -u |
		while read -r uri suite; do
			case $suite in
			"$release" | "$release-updates" | "$release-security")
				echo "deb [arch=$arch$signed] $uri $suite main"
				;;
			esac
		done
}

# Everything apt writes goes below $dir; it believes nothing is installed.
private_apt() {
	mkdir -p "$dir/lists/partial" "$dir/debs/partial" "$dir/none" || return
	: >"$dir/status"
	sources >"$dir/sources.list"
	[ -s "$dir/sources.list" ] ||
		die "apt knows no source of this Debian release"
	cat >"$dir/apt.conf" <<-CONF
	Dir::Etc::sourcelist "$dir/sources.list";
	Dir::Etc::sourceparts "$dir/none";
	Dir::Etc::preferencesparts "$dir/none";
	Dir::State "$dir";
	Dir::State::status "$dir/status";
	Dir::State::lists "$dir/lists";
	Dir::Cache "$dir";
	Dir::Cache::archives "$dir/debs";
	APT::Architecture "$arch";
	APT::Architectures { "$arch"; };
	APT::Install-Recommends "false";
	APT::Sandbox::User "$(id -un)";
	Acquire::Languages "none";
	Acquire::Retries "3";
	Debug::NoLocking "true";
	CONF
	export APT_CONFIG="$dir/apt.conf"
}

# Absolute links lead out of the folder at build time.
relative_links() {
	find "$1" -type l -lname '/*' | while read -r link; do
		target=$(readlink "$link")
		ln -sfn "$(realpath -m --relative-to="$(dirname "$link")" \
			"$1$target")" "$link" || return 1
	done
}

unpack() {
	rm -rf "$root.new"
	mkdir -p "$root.new" || return
	for deb in "$dir"/debs/*.deb; do
		dpkg -x "$deb" "$root.new" || return
	done
	# qemu -L gives programs of the folder for those of the machine
	rm -rf "$root.new/bin" "$root.new/sbin" "$root.new/usr/bin" \
		"$root.new/usr/sbin"
	relative_links "$root.new" &&
		[ -e "$root.new/lib/ld-linux-aarch64.so.1" ] &&
		[ -e "$root.new/usr/lib/$triplet/libunwind.so" ]
}

for tool in apt-get dpkg flock realpath; do
	command -v $tool >/dev/null || die "needs $tool: this is for Debian"
done
mkdir -p "$dir" || die "cannot make $dir"
exec 9>"$dir/lock"
flock 9 || die "cannot lock $dir"
if ! [ -e "$stamp" ] || ! [ -d "$root" ]; then
	printf 'arm64-sysroot: making %s\n' "$root" >&2
	rm -rf "$dir"/made-by-* "$dir/debs"
	private_apt || die "cannot write below $dir"
	step "read the package lists" apt-get update
	# shellcheck disable=SC2086
	step "download the packages" apt-get install -y --download-only $packages
	step "unpack the packages" unpack
	rm -rf "$root" && mv "$root.new" "$root" || die "cannot make $root"
	rm -rf "$dir/debs" "$dir/lists"
	: >"$stamp"
fi
echo "$root"
