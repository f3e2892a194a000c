#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The spin models: of entered calls against reloads, and of the gate.
. ./tests/env.sh

[ -z "$EXEC_WRAPPER" ] && [ "$libc" = glibc ] ||
	skip "the model is the same for every target"
command -v spin >/dev/null || skip "no spin"
cd "$work" || exit 99
# errors MODEL [FLAG...]: how many errors spin finds in the model with them
errors() {
	model=$1
	shift
	spin "$@" -a "$srcdir/tests/$model.pml" &&
		${CC%% *} -O2 -w -DSAFETY -DCOLLAPSE -o pan pan.c &&
		./pan -m1000000 -w24 >pan.out &&
		sed -n 's/.*errors: \([0-9]*\)$/\1/p' pan.out
}
holds() {
	[ "$(errors "$@")" = 0 ] && ! grep -q 'max search depth' pan.out ||
		{ cat pan.out; return 1; }
}
# finds TEXT MODEL FLAG...: spin finds such an error
finds() {
	text=$1
	shift
	[ "$(errors "$@")" -ge 1 ] && grep -qF "$text" pan.out ||
		{ cat pan.out; return 1; }
}
fails() { [ "$(errors "$@")" -ge 1 ]; }
ok "no call runs in a version that is unmapped, or not its frame's" \
	holds entry
ok "looking at the slot instead of the target's image does not suffice" \
	fails entry -DLOOK_AT_SLOT
ok "the barrier is needed" fails entry -DNO_BARRIER

ok "the gate holds from the start on" holds gate -DHOSTS=1 -DCALLERS=1
ok "it holds with a shutdown" \
	holds gate -DSTARTED -DHOSTS=1 -DCALLERS=1 -DSTOPS=1
ok "it holds with two shutdowns at once" \
	holds gate -DSTARTED -DHOSTS=1 -DSTOPS=2
ok "it holds with calls below calls and a shutdown" \
	holds gate -DSTARTED -DSTAY -DHOSTS=2 -DCALLERS=1 -DSTOPS=1
ok "it holds with gort_open and two shutdowns" \
	holds gate -DSTARTED -DOPENS=1 -DCALLERS=1 -DSTOPS=2
ok "it holds with gort_open, dlopen and a shutdown" \
	holds gate -DSTARTED -DSTAY -DHOSTS=1 -DOPENS=1 -DCALLERS=1 -DSTOPS=1
ok "it holds with a fork" holds gate -DHOSTS=1 -DCALLERS=1 -DFORKS=1
ok "it holds in the child of an init hook" \
	holds gate -DFORKED -DHOSTS=1 -DCALLERS=1

ok "an init thread that does not look after its last sleep loses a module" \
	finds 'invalid end state' gate -DHOSTS=1 -DOLD_BUG
ok "one that does not look at the state runs init while others stop" \
	finds 'rt==1' gate -DSTARTED -DHOSTS=1 -DSTOPS=1 -DINIT_IN_STOP
ok "an init after dlclose has looked leaves a call in code that goes" \
	finds 'inside[m]==0' gate -DSTARTED -DHOSTS=1 -DCALLERS=1 -DLATE_INIT
ok "the second shutdown to end must look whether it is the second" \
	finds 'rt==3' gate -DSTARTED -DHOSTS=1 -DSTOPS=2 -DSTOP_TWICE
ok "a call that waits for init while others stop, waits for ever" \
	finds 'invalid end state' gate -DSTARTED -DSTAY -DHOSTS=2 -DCALLERS=1 \
	-DSTOPS=1 -DWAIT_IN_STOP
ok "a dlclose while others stop leaves out fini" \
	finds 'inits[k]==finis[k]' gate -DSTARTED -DHOSTS=1 -DCALLERS=1 \
	-DSTOPS=1 -DCLOSE_IN_STOP
ok "a shutdown must wait for gort_open" \
	finds 'rt!=4' gate -DSTARTED -DOPENS=1 -DSTOPS=1 -DOPEN_IN_STOP
ok "who waits for the start with the lock held stops it" \
	finds 'rt!=0' gate -DHOSTS=1 -DCALLERS=1 -DSPIN_COLD
ok "the child of an init hook is not COLD" \
	finds 'rt!=0' gate -DFORKED -DHOSTS=1 -DCALLERS=1 -DCHILD_COLD
ok "who walks m's holds their lock" \
	finds 'walkers==0' gate -DSTARTED -DHOSTS=1 -DSTOPS=1 -DWALK_FREE
done_testing
