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
# its name is that of a module in another file
head -c 4000 "$examples/greet1.so" >"$work/plugins/basic.so"
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

cat >"$work/web.c" <<'EOF'
#include <gort/http.h>
#include <string.h>
#include <unistd.h>
GORT_MODULE(NAME, "1.0");
GORT_HANDLER(path) { gort_http_printf(rq, "%zu", strlen(rq->path)); }
GORT_HANDLER(flag)
{
	const char *s = gort_http_query(rq, "debug");

	gort_http_printf(rq, "[%s]", s ? s : "absent");
}
GORT_HANDLER(set)
{
	static const char *const lines[][2] = {{"X-Tab\tx", "1"}, {"X-\1", "1"},
	    {"Content-Length", "5"}, {"transfer-encoding", "chunked"},
	    {"X", "a\nb"}, {"X", ""}, {"", "x"}};

	for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		gort_http_printf(rq, "%d",
		    gort_http_set_header(rq, lines[i][0], lines[i][1]) ==
			-GORT_EINVAL);
	gort_http_set_header(rq, "X-Good", "one, two");
}
GORT_HANDLER(boom) { gort_panic("boom"); }
GORT_HANDLER(hang)
{
	(void)rq;
	for (;;)
		pause();
}
EOF
build_web() {
	for name in web soft hard; do
		$CC -I"$srcdir/include" -fPIC -shared -DNAME="\"$name\"" \
			-o "$work/$name.so" "$work/web.c" \
			-L"$builddir/.libs" -lgort $GORT_LDFLAGS || return 1
	done
}
ok "a plugin of handlers builds" build_web

# One that does not end by itself, in the meantime; the last checks look.
mkdir "$work/hanging"
cp "$work/web.so" "$work/hanging/"
start --plugins "$work/hanging" --threads 1
ok "a single thread is no mistake" gives "gort serve: opened web 1.0 \
($work/hanging/web.so)" cat "$work/log"
mv "$work/log" "$work/hanglog"
hanging=$pid
get "$url/p/web/hang" >/dev/null 2>&1 &
pids="$pids $!"
inside() { get "$url/p/web/path" -m 1; [ $? = 28 ]; }
eventually inside
kill "$hanging"

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
early() {
	get -D "$work/head" -H 'Expect: 100-continue' \
		--data-binary @"$examples/greet1.so" "$url/p/greet/hello"
	! grep -q '^HTTP/1.1 100' "$work/head" &&
		grep -q '^HTTP/1.1 413' "$work/head"
}
ok "who asks before it sends one is told at once" early
allows() { get -D - -o /dev/null "$@" | tr -d '\r'; }
ok "a 405 says what there is" says 'Allow: GET, HEAD' \
	allows -X OPTIONS "$url/metrics"
ok "also where it is POST" says 'Allow: POST' \
	allows "$url/plugins/greet/reload"
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
evil=evil.example:${url##*:}
ok "and from one that gave its name this address" gives 403 \
	code -X POST -H "Host: $evil" -H "Origin: http://$evil" \
	"$url/plugins/greet/reload"
ok "one from its own page is not" gives 303 \
	code -X POST -H "Origin: $url" "$url/plugins/greet/reload"
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
# in the order of names aneedy comes before what it needs
cp "$GORT_PLUGINS/needy.so" "$work/plugins/aneedy.so"
cp "$work/web.so" "$work/plugins/"
odd=$(printf 'a#\377\303\251\033')
cp "$work/plugins/broken.so" "$work/plugins/$odd.so"
ok "--watch opens what is new" eventually gives 200 code "$url/p/web/path"
ln -s "$work/soft.so" "$work/plugins/soft.so"
ok "also a symbolic link" eventually gives 200 code "$url/p/soft/path"
ln "$work/hard.so" "$work/plugins/hard.so"
ok "and a second name of a file" eventually gives 200 code "$url/p/hard/path"
long=$(head -c 3000 /dev/zero | tr '\0' a)
ok "a handler gets the whole path" gives 3001 get "$url/p/web/path/$long"
ok "a query without = is there, and empty" gives '[]' \
	get "$url/p/web/flag?debug"
ok "an absent one is not" gives '[absent]' get "$url/p/web/flag?bug"
ok "headers that would not be sent, or end the body, are refused" \
	gives 1111111 get "$url/p/web/set"
ok "others are sent" says 'X-Good: one, two' allows "$url/p/web/set"
metrics() {
	get "$url/metrics" >"$work/metrics" && python3 - "$work/metrics" <<'END'
import re, sys
seen, kinds = set(), {}
line = re.compile(r'([a-z_]+)(\{(?:[a-z]+="(?:[^"\\\n]|\\[\\"n])*",?)+\}) '
                  r'[0-9.e+-]+$')
text = open(sys.argv[1], 'rb').read().decode('utf-8')
for l in text.split('\n')[:-1]:
    if l.startswith('# TYPE '):
        name, kind = l.split()[2:]
        assert name not in kinds, l
        kinds[name] = kind
    if l.startswith('#'):
        continue
    m = line.match(l)
    assert m, l
    assert m.group(1, 2) not in seen, 'twice: ' + l
    seen.add(m.group(1, 2))
    base = re.sub('_(sum|count)$', '', m.group(1))
    assert base == name, l + ' among ' + name
    assert (kinds[base] == 'counter') == base.endswith('_total')
assert 'up{plugin="basic"} 1' in text and '#\\\\xff\u00e9' in text
END
}
ok "/metrics is what Prometheus reads, whatever files are called" metrics
named() {
	get "$url/plugins.json" | python3 -c '
import json, sys
d = json.load(sys.stdin)["plugins"]
assert any("a#\u00ff\u00e9" in p["name"] for p in d), d' &&
		get "$url/plugins" | grep -a '"/plugins/a%23%FF%C3%A9%1B/reload"'
}
ok "so are the page and its JSON" named
no_escape() {
	get -X "$(printf '\033[31mGET')" "$url/p/web/boom"
	grep -a 'x1b\[31mGET web: panic: boom' "$work/log" &&
		! grep -q "$(printf '\033')" "$work/log"
}
ok "neither they nor a client steer the terminal that has the log" no_escape
mv "$work/plugins" "$work/was"
ok "it says that the folder is gone" eventually \
	grep "plugins is gone; what was loaded goes on" "$work/log"
ok "and goes on" gives fine get "$url/p/faulty/fine"
mkdir "$work/other"
cp "$examples/greet2.so" "$work/other/greet.so"
mv "$work/other" "$work/plugins"
ok "it takes the one that comes in its place" eventually says 'version 2' \
	get "$url/p/greet/hello"
cp "$work/was/web.so" "$work/plugins/other.so"
cp "$examples/greet1.so" "$work/plugins/greet.so"
ok "and watches that" eventually says 'version 1' get "$url/p/greet/hello"
rm -r "$work/plugins"
mv "$work/was" "$work/plugins"
cp "$examples/greet1.so" "$work/plugins/greet.so"
kill "$pid"
ok "SIGTERM ends it with 0" wait "$pid"

start
ok "a plugin waits for one that it needs" says 'opened needy' cat "$work/log"
no_complaint() { ! grep 'aneedy.*not ready' "$work/log"; }
ok "and is not complained of" no_complaint
kill "$pid"
wait "$pid"
ok "it is closed before that one" status 1 grep closing "$work/log"

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
ok "so is one of another kind" status 64 "$gort" serve --listen '[::1]:0'
ok "a bad number is wrong use" status 64 "$gort" serve --threads 0
start
ok "a taken port fails" status 1 "$gort" serve --plugins "$work/plugins" \
	--listen "${url#http://}"
kill "$pid"
wait "$pid"
wait "$hanging"
ok "a handler that does not return ends the server with 1" [ $? = 1 ]
ok "and it says so" grep "a handler does not return" "$work/hanglog"
done_testing
