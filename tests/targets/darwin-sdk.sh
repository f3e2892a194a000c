#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Makes a folder with macOS's C headers and the list of what its libSystem
# exports, and prints its path; all else goes to standard error. Both are the
# data files of the ziglang wheel (no program of it is used), which pip
# downloads. Done once; then it only looks.
#
#	clang -target arm64-apple-macos11 -isysroot "$(darwin-sdk.sh)" -fuse-ld=lld
set -u

wheel=ziglang==0.13.0 # with headers that clang 14 reads
cache=${GORT_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/gort}
dir=$cache/darwin
sdk=$dir/sdk
stamp="$dir/made-by-$(cksum <"$0" | tr ' ' -)"

die() {
	printf 'darwin-sdk: %s\n' "$*" >&2
	exit 1
}

unpack() {
	rm -rf "$sdk.new" && mkdir -p "$sdk.new/usr/lib" || return
	python3 - "$dir"/wheel/*.whl "$sdk.new/usr" <<-'PY'
	import os, sys, zipfile
	headers = "ziglang/lib/libc/include/any-macos-any/"
	stubs = "ziglang/lib/libc/darwin/" # its SDKSettings.json clang 14 cannot read
	wheel, usr = zipfile.ZipFile(sys.argv[1]), sys.argv[2]
	for name in wheel.namelist():
	    if name.startswith(headers) and not name.endswith("/"):
	        to = os.path.join(usr, "include", name[len(headers):])
	    elif name == stubs + "libSystem.tbd":
	        to = os.path.join(usr, "lib", "libSystem.tbd")
	    else:
	        continue
	    os.makedirs(os.path.dirname(to), exist_ok=True)
	    with open(to, "wb") as f:
	        f.write(wheel.read(name))
	PY
	[ -s "$sdk.new/usr/include/pthread.h" ] &&
		[ -s "$sdk.new/usr/lib/libSystem.tbd" ]
}

for tool in python3 flock; do
	command -v $tool >/dev/null || die "needs $tool"
done
mkdir -p "$dir" || die "cannot make $dir"
exec 9>"$dir/lock"
flock 9 || die "cannot lock $dir"
if ! [ -e "$stamp" ] || ! [ -d "$sdk" ]; then
	printf 'darwin-sdk: making %s\n' "$sdk" >&2
	rm -rf "$dir"/made-by-* "$dir/wheel"
	python3 -m pip download --no-deps --only-binary :all: -q \
		-d "$dir/wheel" "$wheel" >"$dir/log" 2>&1 </dev/null || {
		tail -n 20 "$dir/log" >&2
		die "cannot download $wheel"
	}
	unpack || die "cannot unpack $wheel"
	rm -rf "$sdk" && mv "$sdk.new" "$sdk" || die "cannot make $sdk"
	rm -rf "$dir/wheel"
	: >"$stamp"
fi
echo "$sdk"
