#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Builds gort for one target and runs its tests there.
# usage: check.sh --list | --packages TARGET | TARGET BUILDDIR
# Ends with a line "N passed, N failed, N skipped", or with the reason why
# the target cannot be tested here and status 77 (78: gort lacks it as yet). A
# failure is 1.
set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
here=$top/tests/targets
jobs=$(nproc 2>/dev/null || echo 2)

targets="linux-amd64 linux-386 linux-arm64 linux-amd64-musl windows-amd64
	windows-386 darwin-amd64 darwin-arm64"

packages() {
	case $1 in
	linux-386) echo debootstrap ;;
	linux-arm64)
		echo gcc-aarch64-linux-gnu g++-aarch64-linux-gnu qemu-user
		;;
	linux-amd64-musl) echo musl-tools ;;
	windows-amd64)
		echo gcc-mingw-w64-x86-64-win32 g++-mingw-w64-x86-64-win32 \
			wine wine64
		;;
	windows-386)
		echo gcc-mingw-w64-i686-win32 g++-mingw-w64-i686-win32 \
			debootstrap
		;;
	darwin-*) echo clang lld llvm python3-pip ;;
	esac
}

skip() {
	echo "SKIP $target: $*"
	exit 77
}

unported() {
	echo "SKIP $target: $*"
	exit 78
}

need() {
	for tool; do
		command -v "$tool" >/dev/null || skip "$tool is missing"
	done
}

# configure ARGUMENT...; not again where it was done with the same
configure() {
	local how="$top/configure --enable-werror $*"
	[ -e Makefile ] && [ "$(cat configured 2>/dev/null)" = "$how" ] &&
		! [ "$top/configure" -nt configured ] && return
	rm -f configured
	"$top/configure" --enable-werror "$@" && echo "$how" >configured
}

# suite [COMMAND...]: make and make check, by a command that goes before
suite() {
	rm -f tests/*.trs
	"$@" make -j"$jobs" || return 1
	"$@" make -j"$jobs" check TESTS= || return 1
	"$@" make -j"$jobs" check || {
		cat test-suite.log
		totals
		return 1
	}
	totals
}

totals() {
	local t
	for t in tests/*.trs; do
		grep -q '^:test-result: SKIP' "$t" &&
			echo "skipped: ${t%.trs}: $(grep -h '^SKIP:' \
				"${t%.trs}.log" | head -n 1 | sed 's/^SKIP: //')"
	done
	cat tests/*.trs | awk '/^:test-result:/ { n[$2]++ } END {
		printf "%d passed, %d failed, %d skipped\n",
			n["PASS"] + n["XFAIL"],
			n["FAIL"] + n["ERROR"] + n["XPASS"], n["SKIP"] }'
}

linux_amd64() {
	[ "$(uname -sm)" = "Linux x86_64" ] || skip "not this machine"
	configure --enable-everything && suite
}

linux_386() {
	local root
	[ "$(id -u)" = 0 ] || skip "needs root, for a chroot"
	need debootstrap unshare
	root=$("$here/i386-root.sh") || exit 1
	"$here/in-i386.sh" "$root" "$top" "$PWD" -- \
		/bin/bash "$here/check.sh" native "$PWD"
}

linux_arm64() {
	local root
	need aarch64-linux-gnu-gcc aarch64-linux-gnu-g++ qemu-aarch64
	root=$("$here/arm64-sysroot.sh") || exit 1
	configure --host=aarch64-linux-gnu \
		CC="aarch64-linux-gnu-gcc --sysroot=$root" \
		CXX="aarch64-linux-gnu-g++ --sysroot=$root" \
		PKG_CONFIG_LIBDIR="$root/usr/lib/aarch64-linux-gnu/pkgconfig" \
		PKG_CONFIG_SYSROOT_DIR="$root" \
		EXEC_WRAPPER="qemu-aarch64 -L $root" && suite
}

# The kernel's headers, which musl's own folder lacks.
linux_amd64_musl() {
	need musl-gcc
	mkdir -p include-kernel
	ln -sfn /usr/include/linux include-kernel/linux
	ln -sfn /usr/include/asm-generic include-kernel/asm-generic
	ln -sfn /usr/include/x86_64-linux-gnu/asm include-kernel/asm
	configure --host=x86_64-linux-musl CC=musl-gcc CXX=false \
		PKG_CONFIG_LIBDIR=/nowhere \
		CPPFLAGS="-idirafter $PWD/include-kernel" && suite
}

# wine starts a server for each prefix that must end with the tests
windows_amd64() {
	local rc
	need x86_64-w64-mingw32-gcc wine
	export WINEPREFIX=$PWD/wine
	configure --host=x86_64-w64-mingw32 PKG_CONFIG_LIBDIR=/nowhere \
		EXEC_WRAPPER=wine && suite
	rc=$?
	wineserver -k 2>/dev/null
	return $rc
}

windows_386() {
	local root rc wine
	need i686-w64-mingw32-gcc
	[ "$(id -u)" = 0 ] || skip "needs root, for a chroot with wine32"
	need debootstrap unshare
	root=$("$here/i386-root.sh") || exit 1
	export WINEPREFIX=$PWD/wine
	# mingw's DLLs lie in the two folders of /usr
	wine="$here/in-i386.sh $root $PWD /usr/lib/gcc /usr/i686-w64-mingw32 --"
	configure --host=i686-w64-mingw32 PKG_CONFIG_LIBDIR=/nowhere \
		EXEC_WRAPPER="$wine wine" && suite
	rc=$?
	$wine wineserver -k 2>/dev/null
	return $rc
}

# Everything is compiled and linked, and the files are looked at by gort
# inspect of this machine; nothing can be run.
darwin() {
	local arch=$1 machine=$2 host=$3 sdk bin
	need clang python3
	# lld and llvm lie beside it, of its version
	bin=$(dirname "$(clang -print-prog-name=ld64.lld)")
	need "$bin/ld64.lld" "$bin/llvm-ar" "$bin/llvm-otool"
	sdk=$("$here/darwin-sdk.sh") || exit 1
	mkdir -p native && (cd native && configure && make -j"$jobs" gort) ||
		return 1
	configure --host="$host-apple-darwin20" \
		CC="clang -target $arch-apple-macos11 -isysroot $sdk" \
		LDFLAGS=-fuse-ld=lld LD="$bin/ld64.lld" lt_cv_prog_gnu_ld=no \
		CXX=false AR="$bin/llvm-ar" RANLIB="$bin/llvm-ranlib" \
		NM="$bin/llvm-nm" STRIP="$bin/llvm-strip" \
		OTOOL="$bin/llvm-otool" LIPO="$bin/llvm-lipo" \
		DSYMUTIL=: NMEDIT=: \
		PKG_CONFIG_LIBDIR=/nowhere &&
		make -j"$jobs" &&
		"$here/darwin.sh" "$PWD/native/gort" "$PWD" "$machine"
}

case ${1-} in
--list)
	echo $targets
	exit
	;;
--packages)
	packages "$2"
	exit
	;;
esac
target=$1
mkdir -p "$2" && cd "$2" || exit 1
case $target in
native) configure --enable-everything && suite ;; # in the chroot
linux-amd64) linux_amd64 ;;
linux-386) linux_386 ;;
linux-arm64) linux_arm64 ;;
linux-amd64-musl) linux_amd64_musl ;;
windows-amd64) windows_amd64 ;;
windows-386) windows_386 ;;
darwin-amd64) darwin x86_64 x86-64 x86_64 ;;
darwin-arm64) darwin arm64 AArch64 aarch64 ;;
*)
	echo "no target $target; there are: $(echo $targets)" >&2
	exit 64
	;;
esac
