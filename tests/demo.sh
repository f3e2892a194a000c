#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The main job, shortened.
. ./tests/env.sh

[ -x "$builddir/examples/demo" ] || skip "built without zlib"
demo=$(built examples/demo)
ok "the demo loses nothing" says 'nothing was lost' \
	"$demo" --quick "$gort" "$examples"
ok "the demo fails without a server" status 1 \
	"$demo" --quick /bin/false "$examples"
done_testing
