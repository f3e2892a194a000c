/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libmicrohttpd's side of gort serve: requests are collected, handed to the
 * plugin's handler below a boundary, and answered.
 */
#include "mhd.h"
#include "serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_RESPONSE (256u << 20) /* bytes a handler may write */
#define MAX_HEADERS 32

/* A buffer that grows. */
struct buf {
	char *data;
	size_t len, cap;
};

struct request {
	struct gort_http_request pub; /* first: handlers get its address */
	struct MHD_Connection *conn;
	struct buf in, out;
	unsigned status;
	bool too_large;
	unsigned nheaders;
	char *keys[MAX_HEADERS], *values[MAX_HEADERS]; /* owned */
};

static struct MHD_Daemon *server;
static const struct options *options;

/* Requests inside, for the drain. */
static pthread_mutex_t active_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t active_cond;
static unsigned active;
static _Atomic bool draining; /* connections close after their request */

/* Calls of handlers, and whether there may be more. */
static _Atomic unsigned inside;
static _Atomic bool stopping;

static bool
buf_add(struct buf *b, const void *p, size_t n)
{
	size_t cap = b->cap ? b->cap : 256;
	char *data;

	if (n > b->cap - b->len) {
		while (cap - b->len < n)
			cap *= 2;
		data = realloc(b->data, cap);
		if (!data)
			return false;
		b->data = data;
		b->cap = cap;
	}
	if (n)
		memcpy(b->data + b->len, p, n);
	b->len += n;
	return true;
}

/* ---- what handlers call ---- */

static struct request *
of(struct gort_http_request *rq)
{
	return (struct request *)(void *)rq;
}

static const char *
op_query(struct gort_http_request *rq, const char *key)
{
	const char *value = NULL;
	size_t n;

	if (mhd.lookup_connection_value_n(of(rq)->conn, MHD_GET_ARGUMENT_KIND,
		key, strlen(key), &value, &n) != MHD_YES)
		return NULL;
	return value ? value : ""; /* NULL: ?key without = */
}

static const char *
op_header(struct gort_http_request *rq, const char *key)
{
	return mhd.lookup_connection_value(of(rq)->conn, MHD_HEADER_KIND, key);
}

static int
op_status(struct gort_http_request *rq, unsigned code)
{
	if (code < 200 || code > 599)
		return -GORT_EINVAL;
	of(rq)->status = code;
	return 0;
}

/* RFC 9110, 5.6.2: token */
static bool
is_token(const char *s)
{
	static const char letters[] =
	    "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz";

	return *s && !s[strspn(s, letters)];
}

/* RFC 9110, 5.5, without tabs; libmicrohttpd has no empty ones. */
static bool
is_field_value(const char *s)
{
	const char *p;

	for (p = s; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return false;
	return p != s;
}

static int
op_set_header(struct gort_http_request *rq, const char *key, const char *value)
{
	struct request *r = of(rq);

	/* where the body ends is the server's */
	if (!is_token(key) || !is_field_value(value) ||
	    strcasecmp(key, "Content-Length") == 0 ||
	    strcasecmp(key, "Transfer-Encoding") == 0)
		return -GORT_EINVAL;
	if (r->nheaders == MAX_HEADERS)
		return -GORT_ELIMIT;
	r->keys[r->nheaders] = strdup(key);
	r->values[r->nheaders] = strdup(value);
	r->nheaders++; /* freed, even if only one was had */
	return r->keys[r->nheaders - 1] && r->values[r->nheaders - 1]
		   ? 0
		   : -GORT_ENOMEM;
}

static int
op_write(struct gort_http_request *rq, const void *p, size_t n)
{
	struct request *r = of(rq);

	if (n > MAX_RESPONSE - r->out.len)
		return -GORT_ELIMIT;
	return buf_add(&r->out, p, n) ? 0 : -GORT_ENOMEM;
}

GORT__PRINTF(2, 0)
static int
op_vprintf(struct gort_http_request *rq, const char *fmt, va_list ap)
{
	char *text;
	int n = vasprintf(&text, fmt, ap), rc;

	if (n < 0)
		return -GORT_ENOMEM;
	rc = op_write(rq, text, (size_t)n);
	free(text);
	return rc;
}

static void
reset_response(struct request *r)
{
	while (r->nheaders) {
		r->nheaders--;
		free(r->keys[r->nheaders]);
		free(r->values[r->nheaders]);
	}
	r->out.len = 0;
	r->status = 200;
}

static void
op_reset(struct gort_http_request *rq)
{
	reset_response(of(rq));
}

static const struct gort_http_ops ops = {
    .size = sizeof(ops),
    .query = op_query,
    .header = op_header,
    .status = op_status,
    .set_header = op_set_header,
    .write = op_write,
    .vprintf = op_vprintf,
    .reset = op_reset,
};

/* ---- responses ---- */

/* Queue and let go; a NULL response closes the connection. */
static enum MHD_Result
queue(struct MHD_Connection *conn, unsigned status, struct MHD_Response *rs)
{
	enum MHD_Result rc;

	if (!rs)
		return MHD_NO;
	if (atomic_load(&draining))
		mhd.add_response_header(rs, "Connection", "close");
	rc = mhd.queue_response(conn, status, rs);
	mhd.destroy_response(rs);
	return rc;
}

/* text is malloced and taken over; NULL: no memory, answered as that. */
static enum MHD_Result
answer_page(
    struct MHD_Connection *conn, unsigned status, const char *type, char *text)
{
	static char no_memory[] = "out of memory\n";
	struct MHD_Response *rs;

	if (text)
		rs = mhd.create_response_from_buffer(
		    strlen(text), text, MHD_RESPMEM_MUST_FREE);
	else
		rs = mhd.create_response_from_buffer(
		    strlen(no_memory), no_memory, MHD_RESPMEM_PERSISTENT);
	if (!rs) {
		free(text);
		return MHD_NO;
	}
	mhd.add_response_header(rs, "Content-Type", type);
	mhd.add_response_header(rs, "X-Content-Type-Options", "nosniff");
	mhd.add_response_header(rs, "Cache-Control", "no-store");
	return queue(conn, text ? status : 503, rs);
}

GORT__PRINTF(3, 4)
static enum MHD_Result
answer_text(struct MHD_Connection *conn, unsigned status, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	return answer_page(conn, status, "text/plain; charset=utf-8", text);
}

/* RFC 9110, 15.5.6: with the methods that there are. */
static enum MHD_Result
answer_405(struct MHD_Connection *conn, const char *allow)
{
	char text[64];
	struct MHD_Response *rs;
	int n = snprintf(text, sizeof(text), "use %s\n", allow);

	rs = mhd.create_response_from_buffer(
	    (size_t)n, text, MHD_RESPMEM_MUST_COPY);
	if (rs) {
		mhd.add_response_header(rs, "Allow", allow);
		mhd.add_response_header(
		    rs, "Content-Type", "text/plain; charset=utf-8");
	}
	return queue(conn, 405, rs);
}

/* What the handler wrote. */
static enum MHD_Result
answer_handler(struct request *r)
{
	struct MHD_Response *rs;
	bool typed = false;
	unsigned i;

	rs = mhd.create_response_from_buffer(
	    r->out.len, r->out.data, MHD_RESPMEM_MUST_FREE);
	if (!rs)
		return MHD_NO;
	memset(&r->out, 0, sizeof(r->out)); /* the response has it now */
	for (i = 0; i < r->nheaders; i++) {
		if (!r->keys[i] || !r->values[i])
			continue;
		typed |= strcasecmp(r->keys[i], "Content-Type") == 0;
		mhd.add_response_header(rs, r->keys[i], r->values[i]);
	}
	if (!typed)
		mhd.add_response_header(
		    rs, "Content-Type", "text/plain; charset=utf-8");
	return queue(r->conn, r->status, rs);
}

/* ---- handlers ---- */

static uint64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static enum MHD_Result
call_handler(struct request *r, struct served *s, void *sym)
{
	struct gort_error err;
	char text[4096];
	uint64_t start;
	int rc;

	r->pub.ops = &ops;
	r->pub.body = r->in.len ? r->in.data : NULL;
	r->pub.body_size = r->in.len;
	r->status = 200;
	start = now_ns();
	rc = gort_call(sym, &r->pub, &err);
	hist_add(&s->latency, now_ns() - start);
	if (rc == 0)
		return answer_handler(r);
	gort_format_error(&err, text, sizeof(text));
	serve_log(true, "%s %s: %s", r->pub.method, s->name, text);
	/* nothing of what it wrote so far */
	reset_response(r);
	return answer_text(r->conn, rc == -GORT_EQUARANTINE ? 503 : 500,
	    "%s: %s\n", gort_strerror(rc), err.message);
}

/* /p/PLUGIN/EXPORT[/rest] */
static enum MHD_Result
route_plugin(struct request *r, const char *url)
{
	char plugin[64], export[128], why[512];
	const char *p = url + 3, *slash = strchr(p, '/'), *end;
	struct served *s;
	enum MHD_Result rc;
	unsigned status;
	void *sym;

	if (!slash)
		return answer_text(r->conn, 404, "say /p/<plugin>/<handler>\n");
	end = slash + 1 + strcspn(slash + 1, "/");
	if ((size_t)(slash - p) >= sizeof(plugin) ||
	    (size_t)(end - slash) > sizeof(export))
		return answer_text(r->conn, 404, "no plugin of such a name\n");
	snprintf(plugin, sizeof(plugin), "%.*s", (int)(slash - p), p);
	snprintf(
	    export, sizeof(export), "%.*s", (int)(end - slash - 1), slash + 1);
	r->pub.path = end;
	status = serve_find(plugin, export, &s, &sym, why, sizeof(why));
	if (status)
		return answer_text(r->conn, status, "%s\n", why);
	inside++;
	rc = stopping ? answer_text(r->conn, 503, "the server stops\n")
		      : call_handler(r, s, sym);
	inside--;
	return rc;
}

/*
 * Is that an address, or a name of this machine's own? Others' names may be
 * theirs to lead here, and a page of theirs then counts as of this server.
 */
static bool
is_own_name(const char *host)
{
	const char *from = host + (host[0] == '[');
	size_t n = strcspn(from, host[0] == '[' ? "]" : ":");
	struct in6_addr address;
	char name[INET6_ADDRSTRLEN];

	if (n >= sizeof(name))
		return false;
	memcpy(name, from, n);
	name[n] = '\0';
	return strcmp(name, "localhost") == 0 ||
	       strcmp(name, options->host) == 0 ||
	       inet_pton(AF_INET, name, &address) == 1 ||
	       inet_pton(AF_INET6, name, &address) == 1;
}

/* A page of another site must not make a browser reload plugins. */
static bool
cross_site(struct MHD_Connection *conn)
{
	const char *site = mhd.lookup_connection_value(
	    conn, MHD_HEADER_KIND, "Sec-Fetch-Site");
	const char *origin =
	    mhd.lookup_connection_value(conn, MHD_HEADER_KIND, "Origin");
	const char *host =
	    mhd.lookup_connection_value(conn, MHD_HEADER_KIND, "Host");

	if (!site && !origin)
		return false;
	if (!host || !is_own_name(host))
		return true;
	if (site)
		return strcmp(site, "same-origin") != 0 &&
		       strcmp(site, "none") != 0;
	return strncmp(origin, "http://", 7) != 0 ||
	       strcmp(origin + 7, host) != 0;
}

/* POST /plugins/NAME/reload */
static enum MHD_Result
route_reload(struct request *r, const char *url)
{
	const char *p = url + strlen("/plugins/"), *slash = strchr(p, '/');
	char name[64], why[512];
	struct MHD_Response *rs;
	int rc;

	if (!slash || strcmp(slash, "/reload") != 0 ||
	    (size_t)(slash - p) >= sizeof(name))
		return answer_text(r->conn, 404, "not found\n");
	if (strcmp(r->pub.method, "POST") != 0)
		return answer_405(r->conn, "POST");
	if (cross_site(r->conn))
		return answer_text(r->conn, 403,
		    "a reload must come from this server's own page\n");
	snprintf(name, sizeof(name), "%.*s", (int)(slash - p), p);
	rc = serve_reload(name, why, sizeof(why));
	if (rc)
		return answer_text(
		    r->conn, rc == -GORT_ENOENT ? 404 : 500, "%s\n", why);
	/* a form goes back to the page, a program gets what it did */
	rs = mhd.create_response_from_buffer(
	    9, (void *)(uintptr_t) "reloaded\n", MHD_RESPMEM_PERSISTENT);
	if (rs)
		mhd.add_response_header(rs, "Location", "/plugins");
	return queue(r->conn, 303, rs);
}

static bool
wants_json(struct MHD_Connection *conn)
{
	const char *accept =
	    mhd.lookup_connection_value(conn, MHD_HEADER_KIND, "Accept");
	const char *format =
	    mhd.lookup_connection_value(conn, MHD_GET_ARGUMENT_KIND, "format");

	if (format)
		return strcmp(format, "json") == 0;
	return accept && strstr(accept, "application/json");
}

static enum MHD_Result
route(struct request *r, const char *url)
{
	if (strncmp(url, "/p/", 3) == 0)
		return route_plugin(r, url);
	if (strncmp(url, "/plugins/", 9) == 0)
		return route_reload(r, url);
	if (strcmp(r->pub.method, "GET") != 0 &&
	    strcmp(r->pub.method, "HEAD") != 0)
		return answer_405(r->conn, "GET, HEAD");
	if (strcmp(url, "/plugins.json") == 0 ||
	    (strcmp(url, "/plugins") == 0 && wants_json(r->conn)))
		return answer_page(
		    r->conn, 200, "application/json", serve_page_json());
	if (strcmp(url, "/plugins") == 0 || strcmp(url, "/") == 0)
		return answer_page(r->conn, 200, "text/html; charset=utf-8",
		    serve_page_html());
	if (strcmp(url, "/metrics") == 0)
		return answer_page(r->conn, 200,
		    "text/plain; version=0.0.4; charset=utf-8",
		    serve_page_metrics());
	if (strcmp(url, "/healthz") == 0)
		return answer_text(r->conn, 200, "ok\n");
	return answer_text(r->conn, 404, "not found\n");
}

/* ---- libmicrohttpd's calls ---- */

static void
count_active(int by)
{
	pthread_mutex_lock(&active_lock);
	active += (unsigned)by;
	if (active == 0)
		pthread_cond_broadcast(&active_cond);
	pthread_mutex_unlock(&active_lock);
}

/*
 * Does the client wait to be told whether to send a body that is too large?
 * Others send it already, and would not read an answer before they have done.
 */
static bool
would_be_too_large(struct MHD_Connection *conn)
{
	const char *n = mhd.lookup_connection_value(
	    conn, MHD_HEADER_KIND, "Content-Length");

	return n && strtoull(n, NULL, 10) > options->max_body &&
	       mhd.lookup_connection_value(conn, MHD_HEADER_KIND, "Expect");
}

static enum MHD_Result
answer_413(struct MHD_Connection *conn)
{
	return answer_text(conn, 413, "the body is larger than %zu bytes\n",
	    options->max_body);
}

/* Once with the headers, then with pieces of the body, last without any. */
static enum MHD_Result
on_request(void *cls, struct MHD_Connection *conn, const char *url,
    const char *method, const char *version, const char *data, size_t *size,
    void **state)
{
	struct request *r = *state;

	(void)cls;
	(void)version;
	if (!r) {
		r = calloc(1, sizeof(*r));
		if (!r)
			return MHD_NO;
		r->conn = conn;
		r->pub.method = method;
		*state = r;
		count_active(1);
		return would_be_too_large(conn) ? answer_413(conn) : MHD_YES;
	}
	if (*size) {
		if (*size > options->max_body - r->in.len)
			r->too_large = true;
		else if (!r->too_large && !buf_add(&r->in, data, *size))
			return MHD_NO;
		*size = 0;
		return MHD_YES;
	}
	if (r->too_large)
		return answer_413(conn);
	return route(r, url);
}

static void
on_completed(void *cls, struct MHD_Connection *conn, void **state,
    enum MHD_RequestTerminationCode why)
{
	struct request *r = *state;

	(void)cls;
	(void)conn;
	(void)why;
	if (!r)
		return;
	reset_response(r);
	free(r->in.data);
	free(r->out.data);
	free(r);
	*state = NULL;
	count_active(-1);
}

GORT__PRINTF(2, 0)
static void
on_error(void *cls, const char *fmt, va_list ap)
{
	char text[512];
	size_t n;

	(void)cls;
	vsnprintf(text, sizeof(text), fmt, ap);
	n = strlen(text);
	if (n && text[n - 1] == '\n')
		text[n - 1] = '\0';
	serve_log(true, "http: %s", text);
}

uint16_t
serve_http_start(const struct options *opt, char *why, size_t n)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	const union MHD_DaemonInfo *info;
	pthread_condattr_t attr;

	if (!mhd_open(why, n))
		return 0;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&active_cond, &attr);
	pthread_condattr_destroy(&attr);
	options = opt;
	addr.sin_port = htons(opt->port);
	inet_pton(AF_INET, opt->host, &addr.sin_addr); /* parse_listen() did */
	errno = 0;
	server =
	    mhd.start_daemon(MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD |
				 MHD_USE_ERROR_LOG | MHD_USE_ITC,
		0, NULL, NULL, on_request, NULL, MHD_OPTION_EXTERNAL_LOGGER,
		on_error, NULL, /* first: it logs */
		MHD_OPTION_SOCK_ADDR, &addr, MHD_OPTION_NOTIFY_COMPLETED,
		on_completed, NULL, MHD_OPTION_CONNECTION_TIMEOUT, 60u,
		/* a pool of one it calls a mistake */
		opt->threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END,
		opt->threads, MHD_OPTION_END);
	if (!server) {
		snprintf(why, n, "cannot listen on %s:%u: %s", opt->host,
		    opt->port, errno ? strerror(errno) : "see above");
		return 0;
	}
	info = mhd.get_daemon_info(server, MHD_DAEMON_INFO_BIND_PORT);
	return info ? info->port : opt->port;
}

bool
serve_http_drain(int timeout_ms)
{
	struct timespec end;
	MHD_socket listener = mhd.quiesce_daemon(server);
	bool idle;

	atomic_store(&draining, true);
	if (listener != MHD_INVALID_SOCKET)
		close(listener);
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += timeout_ms / 1000;
	pthread_mutex_lock(&active_lock);
	while (active &&
	       pthread_cond_timedwait(&active_cond, &active_lock, &end) == 0)
		;
	idle = active == 0;
	pthread_mutex_unlock(&active_lock);
	return idle;
}

bool
serve_http_stop(void)
{
	stopping = true;
	if (inside)
		return false;
	mhd.stop_daemon(server);
	server = NULL;
	return true;
}
