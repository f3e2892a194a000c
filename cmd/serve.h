/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort serve: what its files share.
 *
 *	serve.c          options, signals, the life of the server
 *	serve_http.c     libmicrohttpd's side: requests in, responses out
 *	serve_plugins.c  the set of plugins, handlers, reloading
 *	serve_pages.c    /plugins and /metrics
 */
#ifndef GORT_SERVE_H
#define GORT_SERVE_H

#include "cmd.h"
#include "hist.h"

#include <gort/http.h>

struct options {
	char host[64];    /* numeric address to listen on */
	uint16_t port;    /* 0: any free one */
	const char *dir;  /* plugin folder */
	unsigned threads; /* of the HTTP pool */
	size_t max_body;  /* bytes */
	bool watch;
	bool faults;
	bool wary; /* plugins that fault go into quarantine */
	bool quiet;
};

/* A line on stderr, "gort serve: ..."; not when quiet, unless important. */
void serve_log(bool important, const char *fmt, ...) GORT__PRINTF(2, 3);

/* ---- serve_plugins.c ---- */

struct handler {
	char *name; /* of the export */
	void *sym;  /* gort_sym()'s pointer */
};

/*
 * A file of the folder. Made when first seen, never freed while serving: a
 * file that goes away keeps serving what was loaded.
 */
struct served {
	struct served *next;
	char *path;                 /* of the file */
	struct gort_plugin *plugin; /* NULL: never opened successfully */
	char name[64];              /* the module's; the file's until opened */
	char error[512];            /* why the last open or reload failed */
	bool unsaid;                /* error is not in the log yet; worklock */
	unsigned tried;             /* nopened at the last attempt; worklock */
	struct handler *handlers;   /* HTTP handlers of the current version */
	size_t nhandlers;
	uint64_t stamp[4];   /* device, inode, size, mtime last tried */
	struct hist latency; /* of handler calls */
};

/* Before the first scan: the flags of gort_open() for all plugins. */
void serve_open_with(unsigned flags);

/*
 * Open every plugin in the folder that is new, those that need others after
 * them, and reload those whose files have changed; with retry also try again
 * what could not be opened. false: the folder cannot be read.
 */
bool serve_scan(const char *dir, bool retry);

/*
 * Reload one by module name, changed or not. 0; ENOENT: no such plugin; else
 * why it failed, with text.
 */
int serve_reload(const char *name, char *text, size_t n);

/* Close all; called when no request is inside. */
void serve_close_all(void);

/*
 * The handler a path leads to. The pointers stay good while serving. 0: ok;
 * 404 or 503: not, with the reason in why.
 */
unsigned serve_find(const char *plugin, const char *export, struct served **s,
    void **sym, char *why, size_t n);

/* Visit all in order, under the set's lock. */
void serve_each(void (*fn)(struct served *s, void *arg), void *arg);

/* In a visit: does the plugin's name lead to another file? */
bool serve_is_hidden(const struct served *s);

/* ---- serve_http.c ---- */

/* Start; the port that it listens on, or 0 with *why. */
uint16_t serve_http_start(const struct options *opt, char *why, size_t n);

/* No new connections; wait for the requests that are inside. */
bool serve_http_drain(int timeout_ms);

/* End it. false: a handler is inside still, and nothing was ended. */
bool serve_http_stop(void);

/* ---- serve_pages.c ---- */

/* Pages in malloced memory, NUL-terminated; NULL: no memory. */
char *serve_page_html(void);
char *serve_page_json(void);
char *serve_page_metrics(void);

#endif
