/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The main job: a server that hosts plugins under load, while one is swapped
 * back and forth, another fails in every way it can, and a broken file is
 * dropped into the folder. Checks every answer; exits with 1 if any request
 * outside the failing plugin was lost or wrong.
 *
 * usage: demo [--quick] GORT EXAMPLES-FOLDER
 */
#include "demo.h"

#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#define LOADERS 6
#define SWAPS 20
#define SAMPLES (1 << 20)

static struct server server;
static const char *examples;
static _Atomic bool stop_load;
static _Atomic unsigned long requests, failed;
static _Atomic unsigned nsamples;
static uint32_t samples[SAMPLES]; /* microseconds */

static uint64_t
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

__attribute__((format(printf, 1, 2))) static void
say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("demo: ");
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
	fflush(stdout);
}

static void
lost(const char *what, const struct answer *a)
{
	if (atomic_fetch_add(&failed, 1) < 10)
		fprintf(stderr, "demo: LOST %s: status %u: %.200s\n", what,
		    a->status, a->body ? a->body : "(no answer)");
}

/* ---- one request of each kind, with its check ---- */

static bool
ask_hello(struct client *c, struct answer *a)
{
	return client_ask(c, "GET", "/p/greet/hello?name=Ada", NULL, 0, a) &&
	       a->status == 200 &&
	       (strncmp(a->body, "Hello, Ada! (version 1, ", 24) == 0 ||
		   strncmp(a->body, "Good day, Ada! (version 2, ", 27) == 0);
}

/* Text that compresses, different for each request. */
static bool
ask_gzip(struct client *c, struct answer *a)
{
	static _Atomic unsigned seed;
	char text[8192], back[sizeof(text)];
	z_stream z = {0};
	unsigned n = atomic_fetch_add(&seed, 1), i;
	bool ok;

	for (i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + (i * i / 7 + n * i) % 26);
	if (!client_ask(c, "POST", "/p/zlib/gzip", text, sizeof(text), a) ||
	    a->status != 200 || inflateInit2(&z, 15 + 16) != Z_OK)
		return false;
	z.next_in = (unsigned char *)a->body;
	z.avail_in = (unsigned)a->size;
	z.next_out = (unsigned char *)back;
	z.avail_out = sizeof(back);
	ok = inflate(&z, Z_FINISH) == Z_STREAM_END && z.avail_out == 0 &&
	     memcmp(back, text, sizeof(text)) == 0;
	inflateEnd(&z);
	return ok;
}

static bool
ask_sql(struct client *c, struct answer *a)
{
	static _Atomic unsigned key;
	unsigned n = atomic_fetch_add(&key, 1) + 1;
	char sql[256], want[128];

	snprintf(sql, sizeof(sql),
	    "insert into t values (%u, 'row %u'); "
	    "select name, 2 * id as twice from t where id = %u;",
	    n, n, n);
	snprintf(want, sizeof(want),
	    "[\n{\"name\": \"row %u\", \"twice\": %u}\n]\n", n, 2 * n);
	return client_ask(c, "POST", "/p/sqlite/query", sql, strlen(sql), a) &&
	       a->status == 200 && strcmp(a->body, want) == 0;
}

static bool
ask_fine(struct client *c, struct answer *a)
{
	return client_ask(c, "GET", "/p/faulty/fine", NULL, 0, a) &&
	       a->status == 200 && strcmp(a->body, "fine\n") == 0;
}

static const struct {
	const char *what;
	bool (*ask)(struct client *c, struct answer *a);
} kinds[] = {
    {"greet/hello", ask_hello},
    {"zlib/gzip", ask_gzip},
    {"greet/hello", ask_hello},
    {"sqlite/query", ask_sql},
    {"faulty/fine", ask_fine},
};
#define NKINDS (sizeof(kinds) / sizeof(kinds[0]))

static void *
load(void *arg)
{
	struct client c = {.port = server.port, .fd = -1};
	unsigned i = (unsigned)(size_t)arg;
	struct answer a;

	while (!atomic_load(&stop_load)) {
		uint64_t start = now_us();
		unsigned k = i++ % NKINDS, n;

		if (!kinds[k].ask(&c, &a))
			lost(kinds[k].what, &a);
		free(a.body);
		atomic_fetch_add(&requests, 1);
		n = atomic_fetch_add(&nsamples, 1);
		if (n < SAMPLES)
			samples[n] = (uint32_t)(now_us() - start);
	}
	client_close(&c);
	return NULL;
}

/* ---- what happens meanwhile ---- */

static char *
example(const char *name, char *buf, size_t n)
{
	snprintf(buf, n, "%s/%s", examples, name);
	return buf;
}

/* The version and the count of greetings that the plugin answers with. */
static bool
greeting(struct client *c, unsigned *version, unsigned long *count)
{
	struct answer a;
	const char *p;
	bool ok = client_ask(c, "GET", "/p/greet/hello", NULL, 0, &a) &&
		  a.status == 200 && (p = strchr(a.body, '(')) != NULL &&
		  sscanf(p, "(version %u, greeting %lu)", version, count) == 2;

	free(a.body);
	return ok;
}

/* Swap greet to the version; true if that shows and the count went on. */
static bool
swap_to(struct client *c, unsigned version)
{
	char path[4096];
	unsigned now;
	unsigned long before, after;
	struct answer a;
	bool ok;

	if (!greeting(c, &now, &before) ||
	    !server_install(&server,
		example(version == 1 ? "greet1.so" : "greet2.so", path,
		    sizeof(path)),
		"greet.so"))
		return false;
	ok = client_ask(c, "POST", "/plugins/greet/reload", NULL, 0, &a) &&
	     a.status == 303;
	if (!ok)
		lost("reload of greet", &a);
	free(a.body);
	return ok && greeting(c, &now, &after) && now == version &&
	       after > before;
}

static const struct {
	const char *path, *says;
} faults[] = {
    {"/p/faulty/panic?text=demo", "panic: demo"},
    {"/p/faulty/null", "SIGSEGV"},
#if defined(__x86_64__) || defined(__i386__) /* elsewhere it is zero */
    {"/p/faulty/divide", "SIGFPE"},
#endif
    {"/p/faulty/throw", "std::runtime_error: thrown by"},
    {"/p/faulty/partial", "before the second half"},
};
#define FAULTS (sizeof(faults) / sizeof(faults[0]))

/* Each must be a 500 that names the cause. */
static unsigned
ask_faults(struct client *c)
{
	unsigned i, contained = 0;
	struct answer a;

	for (i = 0; i < FAULTS; i++) {
		if (client_ask(c, "GET", faults[i].path, NULL, 0, &a) &&
		    a.status == 500 && strstr(a.body, faults[i].says))
			contained++;
		else
			lost(faults[i].path, &a);
		free(a.body);
	}
	return contained;
}

static bool
page_has(struct client *c, const char *path, const char *text)
{
	struct answer a;
	bool ok = client_ask(c, "GET", path, NULL, 0, &a) && a.status == 200 &&
		  strstr(a.body, text);

	if (!ok)
		lost(path, &a);
	free(a.body);
	return ok;
}

static void
hangup_and_wait(struct client *c, const char *text)
{
	struct timespec pause = {.tv_nsec = 20000000};
	struct answer a;
	unsigned i;
	bool seen = false;

	/* the server says when it is done only by what it shows */
	for (i = 0; i < 500 && !seen; i++) {
		seen = client_ask(c, "GET", "/plugins.json", NULL, 0, &a) &&
		       strstr(a.body, text);
		free(a.body);
		if (!seen)
			nanosleep(&pause, NULL);
	}
}

static int
by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static unsigned
percentile(unsigned q)
{
	unsigned n = atomic_load(&nsamples);

	if (n > SAMPLES)
		n = SAMPLES;
	return n ? samples[(uint64_t)(n - 1) * q / 100] : 0;
}

/* ---- the course of events ---- */

struct result {
	unsigned swaps, panics;
	unsigned long rss_before, rss_after;
	double seconds;
};

static bool
install_all(void)
{
	static const char *const files[][2] = {
	    {"greet1.so", "greet.so"},
	    {"zlib.so", "zlib.so"},
	    {"sqlite.so", "sqlite.so"},
	    {"faulty.so", "faulty.so"},
	};
	char path[4096];
	unsigned i;

	for (i = 0; i < 4; i++)
		if (!server_install(&server,
			example(files[i][0], path, sizeof(path)), files[i][1]))
			return false;
	return true;
}

static bool
set_up(struct client *c)
{
	static const char sql[] =
	    "create table t (id integer primary key, name text)";
	struct answer a;
	bool ok;

	if (!install_all())
		return false;
	kill(server.pid, SIGHUP);
	hangup_and_wait(c, "\"name\": \"zlib\"");
	ok = client_ask(c, "POST", "/p/sqlite/query", sql, strlen(sql), &a) &&
	     a.status == 200;
	if (!ok)
		lost("create table", &a);
	free(a.body);
	return ok;
}

static void
swap_under_load(struct client *c, struct result *r, unsigned rounds)
{
	unsigned i, round;

	for (round = 0; round < rounds; round++) {
		for (i = 0; i < SWAPS; i++) {
			r->swaps += swap_to(c, 2 - i % 2);
			r->panics += ask_faults(c);
		}
		say("%u swaps, %u panics contained, %lu requests so far",
		    r->swaps, r->panics, atomic_load(&requests));
	}
}

static void
drop_broken(struct client *c)
{
	char path[4096];

	say("dropping a truncated file into the folder");
	server_install_part(&server, example("greet1.so", path, sizeof(path)),
	    "broken.so", 5000);
	kill(server.pid, SIGHUP);
	hangup_and_wait(c, "broken.so");
	page_has(c, "/plugins.json", "\"state\": \"FAILED\"");
	page_has(c, "/metrics", "gort_plugin_up{plugin=\"broken\"} 0");
}

static void
run(struct client *c, struct result *r, bool quick)
{
	struct timespec warm = {
	    .tv_sec = quick ? 0 : 2, .tv_nsec = quick ? 300000000 : 0};
	pthread_t loaders[LOADERS];
	uint64_t start = now_us();
	size_t i;

	say("%d connections begin to ask", LOADERS);
	for (i = 0; i < LOADERS; i++)
		pthread_create(&loaders[i], NULL, load, (void *)i);
	nanosleep(&warm, NULL); /* warm-up: the length is the point */
	swap_to(c, 2);
	swap_to(c, 1);
	ask_faults(c);
	r->rss_before = server_rss(&server);
	say("swapping greet 1 <-> 2, asking faulty for its faults");
	swap_under_load(c, r, 1);
	drop_broken(c);
	if (!quick) {
		warm.tv_sec = 4;
		say("load alone for %ld s", (long)warm.tv_sec);
		nanosleep(&warm, NULL);
	}
	r->rss_after = server_rss(&server);
	atomic_store(&stop_load, true);
	for (i = 0; i < LOADERS; i++)
		pthread_join(loaders[i], NULL);
	r->seconds = (double)(now_us() - start) / 1e6;
}

static void
print_table(const struct result *r)
{
	unsigned n = atomic_load(&nsamples);

	qsort(samples, n < SAMPLES ? n : SAMPLES, sizeof(samples[0]), by_value);
	printf("\n  requests            %lu (%.0f a second)\n"
	       "  failed              %lu\n"
	       "  swaps               %u of %u\n"
	       "  panics contained    %u of %u\n"
	       "  p50 / p99           %u / %u us\n"
	       "  RSS before / after  %lu / %lu KiB\n\n",
	    atomic_load(&requests), (double)atomic_load(&requests) / r->seconds,
	    atomic_load(&failed), r->swaps, SWAPS, r->panics,
	    SWAPS * (unsigned)FAULTS, percentile(50), percentile(99),
	    r->rss_before, r->rss_after);
}

int
main(int argc, char **argv)
{
	bool quick = argc > 1 && strcmp(argv[1], "--quick") == 0;
	struct client c = {.fd = -1};
	struct result r = {0};
	int status;
	bool ok;

	if (argc - quick != 3) {
		fprintf(stderr, "usage: demo [--quick] GORT EXAMPLES-FOLDER\n");
		return 64;
	}
	examples = argv[2 + quick];
	if (!server_start(&server, argv[1 + quick]))
		return 1;
	c.port = server.port;
	say("gort serve runs as process %d, http://127.0.0.1:%u/plugins",
	    (int)server.pid, server.port);
	say("its log is in %s", SERVER_LOG);
	ok = set_up(&c);
	if (ok)
		run(&c, &r, quick);
	client_close(&c);
	say("SIGTERM: the server drains and exits");
	status = server_stop(&server);
	if (ok)
		print_table(&r);
	if (status != 0)
		fprintf(
		    stderr, "demo: the server ended with status %d\n", status);
	ok = ok && status == 0 && atomic_load(&failed) == 0 &&
	     r.swaps == SWAPS && r.panics == SWAPS * (unsigned)FAULTS &&
	     atomic_load(&requests) > 0;
	say("%s", ok ? "nothing was lost" : "FAILED");
	return ok ? 0 : 1;
}
