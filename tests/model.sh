#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The spin model of entered calls against reloads.
. ./tests/env.sh

command -v spin >/dev/null || skip "no spin"
cd "$work" || exit 99
# errors FLAGS: how many errors spin finds in the model with them
errors() {
	spin $1 -a "$srcdir/tests/entry.pml" &&
		${CC%% *} -O2 -w -DSAFETY -DCOLLAPSE -o pan pan.c &&
		./pan -m1000000 -w24 >pan.out &&
		sed -n 's/.*errors: \([0-9]*\)$/\1/p' pan.out
}
holds() {
	[ "$(errors "$1")" = 0 ] && ! grep -q 'max search depth' pan.out ||
		{ cat pan.out; return 1; }
}
fails() { [ "$(errors "$1")" -ge 1 ]; }
ok "no call runs in a version that is unmapped, or not its frame's" holds ''
ok "looking at the slot instead of the target's image does not suffice" \
	fails -DLOOK_AT_SLOT
ok "the barrier is needed" fails -DNO_BARRIER
done_testing
