#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The main job, shortened.
. ./tests/env.sh

[ -x "$builddir/examples/demo" ] || skip "built without zlib"
ok "the demo loses nothing" says 'nothing was lost' \
	"$builddir/examples/demo" --quick "$gort" "$examples"
ok "the demo fails without a server" status 1 \
	"$builddir/examples/demo" --quick /bin/false "$examples"
done_testing
