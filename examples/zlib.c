/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * zlib: gzips the body of a request.
 *
 *	curl --data-binary @file http://.../p/zlib/gzip | gunzip
 *	?level=1..9, default 6
 */
#include <gort/http.h>

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

GORT_MODULE("zlib", ZLIB_VERSION);

#define GZIP_WINDOW (15 + 16) /* zlib.h: 16 more writes a gzip header */
#define CHUNK 16384

static void
fail(struct gort_http_request *rq, unsigned status, const char *why)
{
	gort_http_status(rq, status);
	gort_http_printf(rq, "gzip: %s\n", why);
}

/* Z_OK, or what deflate or the response refused. */
static int
compress_body(struct gort_http_request *rq, z_stream *z)
{
	unsigned char out[CHUNK];
	int rc;

	do {
		z->next_out = out;
		z->avail_out = sizeof(out);
		rc = deflate(z, Z_FINISH);
		if (rc == Z_STREAM_ERROR)
			return rc;
		if (gort_http_write(rq, out, sizeof(out) - z->avail_out))
			return Z_MEM_ERROR;
	} while (rc != Z_STREAM_END);
	return Z_OK;
}

GORT_HANDLER(gzip)
{
	const char *text = gort_http_query(rq, "level");
	int level = text ? atoi(text) : 6;
	z_stream z;

	if (level < 1 || level > 9) {
		fail(rq, 400, "level is 1 to 9");
		return;
	}
	memset(&z, 0, sizeof(z));
	if (deflateInit2(&z, level, Z_DEFLATED, GZIP_WINDOW, 8,
		Z_DEFAULT_STRATEGY) != Z_OK) {
		fail(rq, 500, "no memory");
		return;
	}
	/* the body is at most what the server allows, below 4 GiB */
	z.next_in = (unsigned char *)(uintptr_t)rq->body;
	z.avail_in = (unsigned)rq->body_size;
	gort_http_set_header(rq, "Content-Type", "application/gzip");
	if (compress_body(rq, &z) != Z_OK)
		gort_panic("gzip: no memory for the response");
	deflateEnd(&z);
}
