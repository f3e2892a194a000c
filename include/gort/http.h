/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * HTTP handlers for `gort serve`. A plugin exports a handler with
 *
 *	GORT_HANDLER(hello)
 *	{
 *		const char *name = gort_http_query(rq, "name");
 *
 *		gort_http_printf(rq, "hello %s\n", name ? name : "world");
 *	}
 *
 * and `gort serve` calls it for /p/<plugin>/hello and what follows that, with
 * any method, on several threads at once, below a boundary: a panic or fault
 * becomes a 500 with its message. The request and all that is read from it are
 * valid until the handler returns. All memory here belongs to the server.
 */
#ifndef GORT_HTTP_H
#define GORT_HTTP_H

#include <gort.h>
#include <stdarg.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gort_http_request;

/* What the server offers a handler; filled by the server. */
struct gort_http_ops {
	uint32_t size; /* sizeof in the server: later fields may be absent */
	const char *(*query)(struct gort_http_request *rq, const char *key);
	const char *(*header)(struct gort_http_request *rq, const char *key);
	int (*status)(struct gort_http_request *rq, unsigned code);
	int (*set_header)(
	    struct gort_http_request *rq, const char *key, const char *value);
	int (*write)(struct gort_http_request *rq, const void *p, size_t n);
	int (*vprintf)(
	    struct gort_http_request *rq, const char *fmt, va_list ap);
	void (*reset)(struct gort_http_request *rq);
};

struct gort_http_request {
	const struct gort_http_ops *ops;
	const char *method; /* "GET", "POST" */
	const char *path;   /* what follows /p/<plugin>/<export>, decoded */
	const void *body;   /* the whole request body; NULL when body_size 0 */
	size_t body_size;   /* bytes */
};

/* A query parameter's decoded value, "" for ?key, or NULL: it is absent. */
static inline const char *
gort_http_query(struct gort_http_request *rq, const char *key)
{
	return rq->ops->query(rq, key);
}

/* A request header's value (name in any case), or NULL. */
static inline const char *
gort_http_header(struct gort_http_request *rq, const char *key)
{
	return rq->ops->header(rq, key);
}

/* The response's status, 200 unless set; 0, or -GORT_EINVAL if not 200-599. */
static inline int
gort_http_status(struct gort_http_request *rq, unsigned code)
{
	return rq->ops->status(rq, code);
}

/*
 * Add a response header; 0, -GORT_ENOMEM, -GORT_ELIMIT after 32 of them,
 * -GORT_EINVAL: the name is no token (RFC 9110, 5.6.2), the value is empty or
 * has control characters, or it is Content-Length or Transfer-Encoding, which
 * are the server's.
 */
static inline int
gort_http_set_header(
    struct gort_http_request *rq, const char *key, const char *value)
{
	return rq->ops->set_header(rq, key, value);
}

/* Append n bytes to the body, to 256 MiB; 0, -GORT_ENOMEM, -GORT_ELIMIT. */
static inline int
gort_http_write(struct gort_http_request *rq, const void *p, size_t n)
{
	return rq->ops->write(rq, p, n);
}

/* Append printf-style text to the response body; as gort_http_write(). */
GORT__PRINTF(2, 3)
static inline int
gort_http_printf(struct gort_http_request *rq, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = rq->ops->vprintf(rq, fmt, ap);
	va_end(ap);
	return rc;
}

/* Take back all of the response so far: body, headers, status. */
static inline void
gort_http_reset(struct gort_http_request *rq)
{
	rq->ops->reset(rq);
}

/* The parameter list is how the server knows a handler from other exports. */
/* clang-format off */
#define GORT_HTTP_ARGS "(struct gort_http_request *rq)"
#define GORT_HANDLER(name) \
	GORT_EXPORT(void, name, (struct gort_http_request *rq))
/* clang-format on */

#ifdef __cplusplus
}
#endif

#endif
