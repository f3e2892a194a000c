#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The spin model of entered calls against reloads.
. ./tests/env.sh
. "$srcdir/tests/spin.sh"

ok "no call runs in a version that is unmapped, or not its frame's" \
	holds entry
ok "looking at the slot instead of the target's image does not suffice" \
	fails entry -DLOOK_AT_SLOT
ok "the barrier is needed" fails entry -DNO_BARRIER
ok "whether there is another thread must be looked at behind the closed gate" \
	fails entry -DLOOK_EARLY
done_testing
