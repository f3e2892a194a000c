#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# gort serve, asked by curl.
. ./tests/env.sh

[ "$have_mhd" != no ] || skip "gort serve is not built (no libmicrohttpd)"
[ "$have_cxx" != no ] || skip "the faulty example is not built (no C++)"
command -v curl >/dev/null || skip "no curl"
mkdir "$work/plugins"
cp "$examples/greet1.so" "$work/plugins/greet.so"
cp "$examples/faulty.so" "$work/plugins/"
cp "$GORT_PLUGINS/basic1.so" "$work/plugins/"
head -c 4000 "$examples/greet1.so" >"$work/plugins/broken.so"

# start OPTION...: sets url and pid
start() {
	mkfifo "$work/line"
	"$gort" serve --listen 127.0.0.1:0 --plugins "$work/plugins" "$@" \
		>"$work/line" 2>"$work/log" &
	pid=$!
	pids="$pids $pid"
	read -r line <"$work/line"
	rm "$work/line"
	url=$(echo "$line" | sed 's/listening on //; s,/$,,')
}
get() { curl -sS -m 20 "$@"; }
code() { curl -sS -m 20 -o /dev/null -w '%{http_code}' "$@"; }
# gives WANT COMMAND...: its output is just that
gives() {
	want=$1
	shift
	got=$("$@")
	[ "$got" = "$want" ] || { echo "got: $got"; return 1; }
}
# eventually COMMAND...: within ten seconds
eventually() {
	for i in $(seq 200); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.05 # between two looks from outside
	done
	"$@"
}

start --watch --max-body 1000
ok "a handler answers" says 'Hello, Ada! (version 1' \
	get "$url/p/greet/hello?name=Ada"
ok "query text is decoded" says 'Hello, a b<c>!' \
	get "$url/p/greet/hello?name=a%20b%3Cc%3E"
ok "a panic is a 500" gives 500 code "$url/p/faulty/panic"
ok "with its message" says 'panic: as asked' get "$url/p/faulty/panic"
ok "a fault is a 500" gives 500 code "$url/p/faulty/null"
ok "an exception is a 500" says 'std::runtime_error' get "$url/p/faulty/throw"
ok "half an answer is not sent" says 'panic: before the second half' \
	get "$url/p/faulty/partial"
no_half() { ! get "$url/p/faulty/partial" | grep 'first half'; }
ok "not even its begin" no_half
ok "the plugin goes on" gives fine get "$url/p/faulty/fine"
ok "an unknown plugin is a 404" gives 404 code "$url/p/nothing/x"
ok "an unknown handler is a 404" gives 404 code "$url/p/greet/nothing"
ok "an export that is no handler is a 404" gives 404 \
	code "$url/p/basic/basic_add"
ok "a broken plugin is a 503" gives 503 code "$url/p/broken/x"
ok "which says why" says truncated get "$url/p/broken/x"
ok "other paths are a 404" gives 404 code "$url/nowhere"
ok "other methods are a 405" gives 405 code -X DELETE "$url/plugins"
ok "a large body is a 413" gives 413 code --data-binary @"$examples/greet1.so" \
	"$url/p/greet/hello"
ok "/healthz" gives ok get "$url/healthz"
ok "/plugins is a page" says '<title>gort plugins' get "$url/plugins"
json() {
	get "$url/plugins.json" | python3 -c '
import json, sys
d = {p["name"]: p for p in json.load(sys.stdin)["plugins"]}
assert d["broken"]["state"] == "FAILED" and "truncated" in d["broken"]["last_error"]
assert d["greet"]["state"] == "READY" and d["greet"]["calls"] >= 2
assert d["faulty"]["panics"] >= 4 and d["faulty"]["in_flight"] == 0'
}
ok "/plugins.json is valid and right" json
ok "Accept chooses JSON" says '"plugins": [' \
	get -H 'Accept: application/json' "$url/plugins"
ok "/metrics counts" says 'gort_plugin_calls_total{plugin="greet"} ' \
	get "$url/metrics"
ok "text of a plugin is escaped on the page" gives 500 \
	code "$url/p/faulty/panic?text=%3Cb%3E%22"
escaped() {
	get "$url/plugins" >"$work/page"
	grep -q '&lt;b&gt;&quot;' "$work/page" && ! grep -q '<b>' "$work/page"
}
ok "and is harmless there" escaped

ok "a reload needs POST" gives 405 code "$url/plugins/greet/reload"
ok "a reload from another site is refused" gives 403 \
	code -X POST -H 'Sec-Fetch-Site: cross-site' "$url/plugins/greet/reload"
ok "also by its origin" gives 403 \
	code -X POST -H 'Origin: http://evil.example' "$url/plugins/greet/reload"
cp "$examples/greet2.so" "$work/plugins/new" &&
	mv "$work/plugins/new" "$work/plugins/greet.so"
ok "--watch reloads a replaced file" eventually says 'version 2' \
	get "$url/p/greet/hello"
ok "a reload by POST succeeds" gives 303 \
	code -X POST "$url/plugins/greet/reload"
ok "of nothing it is a 404" gives 404 code -X POST "$url/plugins/x/reload"
head -c 3000 "$examples/greet1.so" >"$work/plugins/greet.so"
ok "a broken replacement is reported" eventually says truncated \
	get "$url/plugins.json"
ok "and the old version goes on" says 'version 2' get "$url/p/greet/hello"
cp "$examples/greet1.so" "$work/plugins/greet.so"
ok "a good one is taken again" eventually says 'version 1' \
	get "$url/p/greet/hello"
kill "$pid"
ok "SIGTERM ends it with 0" wait "$pid"

start
cp "$examples/greet2.so" "$work/plugins/new" &&
	mv "$work/plugins/new" "$work/plugins/greet.so"
ok "without --watch nothing changes by itself" says 'version 1' \
	get "$url/p/greet/hello"
kill -HUP "$pid"
ok "SIGHUP reloads" eventually says 'version 2' get "$url/p/greet/hello"
kill -INT "$pid"
ok "SIGINT ends it with 0" wait "$pid"

start --quarantine
ok "with --quarantine a fault is a 500" gives 500 code "$url/p/faulty/null"
ok "and the next call a 503" gives 503 code "$url/p/faulty/fine"
ok "which says why" says SIGSEGV get "$url/p/faulty/fine"
quarantined() {
	get "$url/plugins.json" | python3 -c '
import json, sys
d = {p["name"]: p for p in json.load(sys.stdin)["plugins"]}
assert d["faulty"]["state"] == "QUARANTINED", d["faulty"]
assert "SIGSEGV" in d["faulty"]["last_error"]
assert d["greet"]["state"] == "READY"'
}
ok "/plugins.json says so" quarantined
ok "a reload" gives 303 code -X POST "$url/plugins/faulty/reload"
ok "lifts it" gives fine get "$url/p/faulty/fine"
kill "$pid"
wait "$pid"

ok "an unknown folder fails" status 1 "$gort" serve --plugins /nowhere
ok "a bad address is wrong use" status 64 "$gort" serve --listen 12
ok "a bad number is wrong use" status 64 "$gort" serve --threads 0
start
ok "a taken port fails" status 1 "$gort" serve --plugins "$work/plugins" \
	--listen "${url#http://}"
kill "$pid"
wait "$pid"
done_testing
