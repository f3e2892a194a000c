/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The demo: drives `gort serve` from outside, over HTTP and signals.
 *
 *	demo.c         what happens, and the table at the end
 *	demo_http.c    an HTTP client with one kept-alive connection
 *	demo_server.c  the server process and its plugin folder
 */
#ifndef GORT_DEMO_H
#define GORT_DEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* ---- demo_http.c ---- */

struct client {
	uint16_t port; /* on 127.0.0.1 */
	int fd;        /* -1: not connected */
};

struct answer {
	unsigned status; /* 0: no answer */
	char *body;      /* malloced, NUL-terminated */
	size_t size;
};

/*
 * One request; connects where needed, and once more if the kept connection
 * turns out closed. false: no answer within 20 s, or not HTTP. The caller
 * frees a->body in any case.
 */
bool client_ask(struct client *c, const char *method, const char *path,
    const void *body, size_t size, struct answer *a);
void client_close(struct client *c);

/* ---- demo_server.c ---- */

#define SERVER_LOG "demo-server.log" /* in the current folder */

struct server {
	pid_t pid;
	uint16_t port;
	char dir[256]; /* the plugin folder; made and removed here */
};

/*
 * Start `gort serve` on a free port with an empty folder. false with the
 * reason on stderr.
 */
bool server_start(struct server *s, const char *gort);

/* Put a file into the folder under a name, in one step (rename). */
bool server_install(const struct server *s, const char *from, const char *name);

/* The same with only its first n bytes. */
bool server_install_part(
    const struct server *s, const char *from, const char *name, size_t n);

/* Resident memory, KiB; 0: unknown. */
unsigned long server_rss(const struct server *s);

/* SIGTERM, then wait; the exit status, or -1 if it had to be killed. */
int server_stop(struct server *s);

#endif
