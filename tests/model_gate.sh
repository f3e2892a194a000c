#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The spin model of the gate, and that it finds each fault that it has a macro
# for.
. ./tests/env.sh
. "$srcdir/tests/spin.sh"

ok "the gate holds from the start on" holds gate -DHOSTS=1 -DCALLERS=1
ok "it holds with a shutdown" \
	holds gate -DSTARTED -DHOSTS=1 -DCALLERS=1 -DSTOPS=1
ok "it holds with two shutdowns at once" \
	holds gate -DSTARTED -DSTAY -DHOSTS=1 -DSTOPS=2
ok "it holds with calls below calls and a shutdown" \
	holds gate -DSTARTED -DSTAY -DHOSTS=2 -DCALLERS=1 -DSTOPS=1
ok "it holds with gort_open and two shutdowns" \
	holds gate -DSTARTED -DOPENS=1 -DCALLERS=1 -DSTOPS=2
ok "it holds with threads that end in gort_open's hooks, and a shutdown" \
	holds gate -DSTARTED -DOPENS=2 -DENDS -DSTOPS=1
ok "it holds with gort_close, a call and a shutdown" \
	holds gate -DSTARTED -DOPENS=1 -DCLOSE -DCALLERS=1 -DSTOPS=1
ok "it holds with a fork" \
	holds gate -DSTARTED -DHOSTS=1 -DCALLERS=1 -DFORKS=1
ok "it holds with forks beside gort_open and gort_close" \
	holds gate -DSTARTED -DOPENS=1 -DCLOSE -DFORKS=2
ok "it holds with a fork beside constructors that open, too" \
	holds gate -DSTARTED -DOPENS=2 -DNESTS -DFORKS=1
ok "it holds in the child of an init hook" \
	holds gate -DFORKED -DHOSTS=1 -DCALLERS=1

ok "an init thread that does not look after its last sleep loses a module" \
	finds 'invalid end state' gate -DHOSTS=1 -DOLD_BUG
ok "one that does not look at the state runs init while others stop" \
	finds 'rt==1' gate -DSTARTED -DHOSTS=1 -DSTOPS=1 -DINIT_IN_STOP
ok "an init after dlclose has looked leaves a call in code that goes" \
	finds 'inside[m]==0' gate -DSTARTED -DHOSTS=1 -DCALLERS=1 -DLATE_INIT
ok "the second shutdown to end must look whether it is the second" \
	finds 'rt==3' gate -DSTARTED -DSTAY -DHOSTS=1 -DSTOPS=2 -DSTOP_TWICE
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
ok "who gives an operation's lock back wakes who waits for it" \
	finds 'invalid end state' gate -DSTARTED -DOPENS=2 -DNO_OPWAKE
ok "a thread that ends gives its operations' locks back" \
	finds 'invalid end state' gate -DSTARTED -DOPENS=2 -DENDS \
	-DKEEP_OPLOCK
ok "a close waits for the calls inside" \
	finds 'inside[m]==0' gate -DSTARTED -DOPENS=1 -DCLOSE -DCALLERS=1 \
	-DCLOSE_NO_DRAIN
ok "who walks m's holds their lock" \
	finds 'walkers==0' gate -DSTARTED -DHOSTS=1 -DSTOPS=1 -DWALKS -DWALK_FREE
ok "a fork waits for the dynamic linker" \
	finds 'forklocks==0' gate -DSTARTED -DOPENS=1 -DFORKS=1 -DFORK_AMIDST
ok "a fork that is done lets others open" \
	finds 'invalid end state' gate -DSTARTED -DOPENS=2 -DFORKS=1 -DCOUNT_ON
ok "who opens does not wait, inside of it, for forks that wait for it" \
	finds 'invalid end state' gate -DSTARTED -DOPENS=1 -DNESTS -DFORKS=1 \
	-DNEST_WAITS
ok "who has closed wakes the forks that wait for it" \
	finds 'invalid end state' gate -DSTARTED -DOPENS=1 -DCLOSE -DFORKS=1 \
	-DNO_FORKWAKE
done_testing
