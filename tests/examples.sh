#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The smallest host and plugin do what the README says; the other plugins are
# what the table in examples/README.md calls them.
. ./tests/env.sh

host=$(built examples/host_min)
cat >"$work/want" <<-EOF
	work 12 done
	min: I will not do 13
	work 14 done
EOF
runs() {
	"$host" "$examples/min$so" >"$work/got" 2>&1 &&
		diff "$work/want" "$work/got"
}
ok "host_min catches the panic of min and goes on" runs
ok "host_min says what it cannot open" says 'nowhere' \
	"$host" "./nowhere$so"
ok "and fails" status 1 "$host" "./nowhere$so"
listed() {
	says "$1$so: $2 " "$gort" list "$examples/$1$so" &&
		says "$3" "$gort" list "$examples/$1$so"
}
ok "min is a plugin" listed min 'min 1.0' 'void work(void *arg)'
ok "greet1 is greet 1.0" listed greet1 'greet 1.0' 'void hello('
ok "greet2 is greet 2.0" listed greet2 'greet 2.0' 'void hello('
[ "$have_cxx" = no ] ||
	ok "faulty is a plugin" listed faulty 'faulty 1.0' 'void divide('
done_testing
