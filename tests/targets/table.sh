#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# usage: table.sh BUILDDIR: docs/TARGETS.md from the last --all-targets run.
build=$1
how() {
	case $1 in
	linux-amd64) echo "this machine" ;;
	linux-386) echo "a Debian i386 chroot; the kernel runs it" ;;
	linux-arm64) echo "cross gcc, qemu-aarch64" ;;
	linux-amd64-musl) echo "musl-gcc; this machine" ;;
	windows-amd64) echo "mingw-w64, wine64" ;;
	windows-386) echo "mingw-w64, wine32 in the i386 chroot" ;;
	darwin-*) echo "clang, ld64.lld; the Mach-O files are read, not run" ;;
	esac
}
cat <<EOF
# Targets

What \`./quickstart check --all-targets\` did last, on $(date -u +%Y-%m-%d).
Rewritten by it. Tests that a target leaves out are named under the table.

| target | built | run | tests | how |
|---|---|---|---|---|
EOF
while IFS='	' read -r target totals; do
	built=yes run=yes
	case $target in
	darwin-*) run=no ;;
	esac
	case $totals in
	SKIP*)
		built=no run=no totals=${totals#SKIP *: }
		;;
	esac
	echo "| $target | $built | $run | $totals | $(how "$target") |"
done <"$build/targets"
echo
echo "Left out:"
echo
while IFS='	' read -r target totals; do
	sed -n "s/^skipped: tests\/\(.*\)/- $target: \1/p" "$build/$target.log"
done <"$build/targets"
