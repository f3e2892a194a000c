#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# examples/pg_extension.c in a PostgreSQL of its own: errors, swaps, any number of
# errors in a session.
. ./tests/env.sh

[ -z "$EXEC_WRAPPER" ] || skip "PostgreSQL is this machine's own"
[ "$libc-$arch" = glibc-amd64 ] || skip "PostgreSQL is this machine's own"
[ "$sanitizers" = no ] || skip "not together with sanitizers"
headers=$(pg_config --includedir-server 2>/dev/null)
bin=$(pg_config --bindir 2>/dev/null)
[ -e "$headers/fmgr.h" ] || skip "no headers of PostgreSQL's server"
[ -x "$bin/initdb" ] || skip "no PostgreSQL server"

# it does not run as root
as=
[ "$(id -u)" != 0 ] || {
	as="setpriv --reuid=65534 --regid=65534 --clear-groups"
	command -v setpriv >/dev/null || skip "no setpriv"
}
cp "$builddir/.libs/libgort.so.0" "$work" || exit 99
flags="-fPIC -shared -I$srcdir/include -I$srcdir/examples"
libs="-L$builddir/.libs -lgort -Wl,-rpath,$work"
build() {
	# shellcheck disable=SC2086
	$CC $flags -I"$headers" -o "$work/gort_postgres.so" \
		"$srcdir/examples/pg_extension.c" $libs &&
		$CC $flags -o "$work/one.so" \
			"$srcdir/examples/pg_plugin.c" $libs &&
		$CC $flags -DVERSION='"2.0"' -o "$work/two.so" \
			"$srcdir/examples/pg_plugin.c" $libs
}
ok "the extension and its plugin are built" build
mkdir "$work/db"
[ -z "$as" ] || chown 65534:65534 "$work/db"
chmod 755 "$work"
start() {
	$as "$bin/initdb" -D "$work/db/data" -A trust -U postgres \
		>"$work/initdb" 2>&1 || {
		cat "$work/initdb"
		return 1
	}
	# its socket only
	$as "$bin/postgres" -D "$work/db/data" -k "$work/db" \
		-c listen_addresses= -c fsync=off \
		-c gort.plugin="$work/one.so" \
		-c shared_preload_libraries="$work/gort_postgres" \
		>"$work/log" 2>&1 &
	server=$!
	pids="$pids $server"
	tries=0
	until "$bin/pg_isready" -q -h "$work/db"; do
		kill -0 $server && tries=$((tries + 1)) && [ $tries -lt 100 ] ||
			return 1
		sleep 0.1
	done
}
ok "PostgreSQL starts with it preloaded" start
sql() {
	"$bin/psql" -h "$work/db" -U postgres -Atq -f -
}
sql <<-END
	create function gort_run(text) returns text
		as '$work/gort_postgres' language c strict;
	create function gort_swap(text) returns text
		as '$work/gort_postgres' language c strict;
END
session() {
	sql >"$work/got" 2>&1 <<-END
		\\set VERBOSITY terse
		select gort_run('hello');
		select gort_run('panic');
		select gort_run('null');
		select gort_run('error');
		select gort_swap('$work/two.so');
		select gort_run('hello');
	END
	cat >"$work/want" <<-END
		1.0 answers hello
		work 1.0: as asked
		work 1.0: SIGSEGV: address not mapped (address 0x0)
		an error of the host's
		2.0, 0 lingering
		2.0 answers hello
	END
	sed 's/^psql:[^ ]* ERROR:  //' "$work/got" | diff "$work/want" -
}
ok "failures are the statement's errors, and a swap leaves nothing" session
many() {
	sql >"$work/got" 2>&1 <<-END
		\\set VERBOSITY terse
		do \$\$ begin
		for i in 1..20000 loop
			begin
				perform gort_run('error');
			exception when others then
			end;
		end loop;
		end \$\$;
		select gort_swap('$work/two.so');
		select gort_run('hello');
	END
	printf '2.0, 0 lingering\n2.0 answers hello\n' | diff - "$work/got"
}
ok "20000 errors below the plugin leave nothing" many
stop() {
	kill -INT "$server" && wait "$server" &&
		! grep -E "PANIC|terminated by signal" "$work/log"
}
ok "no backend has crashed" stop
done_testing
