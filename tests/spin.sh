# SPDX-License-Identifier: BSD-3-Clause
# Sourced by tests of spin models.

[ -z "$EXEC_WRAPPER" ] && [ "$libc" = glibc ] ||
	skip "the model is the same for every target"
command -v spin >/dev/null || skip "no spin"
cd "$work" || exit 99
# (to optimise what spin writes takes longer than to run it)
# errors MODEL [FLAG...]: how many errors spin finds in the model with them
errors() {
	model=$1
	shift
	spin "$@" -a "$srcdir/tests/$model.pml" &&
		${CC%% *} -O0 -w -DSAFETY -DCOLLAPSE -o pan pan.c &&
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
fails() {
	[ "$(errors "$@")" -ge 1 ]
}
