#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A host that knows nothing of gort.
. ./tests/env.sh

host=$(built tests/plainhost)
for flags in now lazy now-global lazy-global; do
	ok "dlopen, dlsym, call with $flags" \
		says 'result 42 threads 0 handlers 0' \
		"$host" "$GORT_PLUGINS/basic1.so" $flags
done
light() {
	kib=$("$host" "$GORT_PLUGINS/basic1.so" now | sed 's/.* rss //')
	echo "$kib KiB"
	[ "$kib" -le 512 ]
}
[ -n "$EXEC_WRAPPER" ] &&
	skip_part "memory, and preloading: an emulator's memory counts along, and
	this machine's programs cannot load the library"
[ "$sanitizers" != no ] || [ -n "$EXEC_WRAPPER" ] ||
	ok "library and plugin add at most 0.5 MiB" light

preloaded() {
	want=$("$@" 2>&1)
	got=$(LD_PRELOAD=$builddir/.libs/libgort.so "$@" 2>&1)
	[ "$want" = "$got" ]
}
[ -n "$EXEC_WRAPPER" ] || [ "$sanitizers" != no ] ||
	ok "preloaded, a host runs as without" \
	says 'result 42 ' \
	env LD_PRELOAD="$builddir/.libs/libgort.so" \
	"$host" "$GORT_PLUGINS/basic1.so" now
if [ "$sanitizers" = no ] && [ "$libc" = glibc ] && [ -z "$EXEC_WRAPPER" ]; then
	ok "preloaded into ls, ls says the same" preloaded ls /
	ok "preloaded into sh, forks work" preloaded sh -c 'echo $(echo a; (exit 3); echo $?)'
fi
done_testing
