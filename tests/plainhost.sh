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
	skip_part "memory, and preloading into it: an emulator's memory counts along, and
	this machine's programs cannot load the library"
[ "$sanitizers" != no ] || [ -n "$EXEC_WRAPPER" ] ||
	ok "library and plugin add at most 0.5 MiB" light

# itself, as a shell before it may be of another C library
[ -n "$EXEC_WRAPPER" ] || [ "$sanitizers" != no ] ||
	ok "preloaded, a host runs as without" \
	says 'result 42 ' \
	env LD_PRELOAD="$builddir/.libs/libgort.so" \
	"$builddir/tests/plainhost" "$GORT_PLUGINS/basic1.so" now
done_testing
