/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An HTTP/1.1 client, as much as the demo needs: one connection that is kept,
 * answers with a Content-Length.
 */
#include "demo.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

void
client_close(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

static bool
client_connect(struct client *c)
{
	struct sockaddr_in addr = {
	    .sin_family = AF_INET,
	    .sin_port = htons(c->port),
	    .sin_addr = {htonl(INADDR_LOOPBACK)},
	};
	struct timeval limit = {.tv_sec = 20};
	int one = 1;

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return false;
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(c->fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return true;
	client_close(c);
	return false;
}

static bool
send_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t k = send(fd, p, n, MSG_NOSIGNAL);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return false;
		p += k;
		n -= (size_t)k;
	}
	return true;
}

/* The value of a header in [head, end), or NULL. */
static const char *
header(const char *head, const char *name)
{
	const char *line = strstr(head, "\r\n");
	size_t n = strlen(name);

	while (line && line[2] != '\r') {
		line += 2;
		if (strncasecmp(line, name, n) == 0 && line[n] == ':')
			return line + n + 1 + strspn(line + n + 1, " ");
		line = strstr(line, "\r\n");
	}
	return NULL;
}

/* Read until the head is whole; the bytes read, or 0. */
static size_t
read_head(int fd, char *head, size_t size, char **body)
{
	size_t n = 0;
	ssize_t k;

	*body = NULL;
	while (!*body && n < size - 1) {
		k = recv(fd, head + n, size - 1 - n, 0);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return 0;
		n += (size_t)k;
		head[n] = '\0';
		*body = strstr(head, "\r\n\r\n");
	}
	if (!*body)
		return 0;
	*body += 4;
	return n;
}

/* 1: answered; 0: nothing came, the connection was closed; -1: failed. */
static int
read_answer(struct client *c, struct answer *a)
{
	char head[8192], *rest;
	const char *value;
	size_t n = read_head(c->fd, head, sizeof(head), &rest), have;
	ssize_t k;

	if (n == 0)
		return 0;
	if (sscanf(head, "HTTP/1.1 %u", &a->status) != 1 ||
	    !(value = header(head, "Content-Length")))
		return -1;
	a->size = strtoul(value, NULL, 10);
	if (a->size > 1u << 30 || !(a->body = malloc(a->size + 1)))
		return -1;
	have = n - (size_t)(rest - head);
	if (have > a->size)
		return -1;
	memcpy(a->body, rest, have);
	while (have < a->size) {
		k = recv(c->fd, a->body + have, a->size - have, 0);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return -1;
		have += (size_t)k;
	}
	a->body[a->size] = '\0';
	value = header(head, "Connection");
	if (value && strncasecmp(value, "close", 5) == 0)
		client_close(c);
	return 1;
}

bool
client_ask(struct client *c, const char *method, const char *path,
    const void *body, size_t size, struct answer *a)
{
	char head[1024];
	int attempt, n, rc;

	n = snprintf(head, sizeof(head),
	    "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nContent-Length: %zu\r\n"
	    "Accept: application/json\r\n\r\n",
	    method, path, c->port, size);
	for (attempt = 0; attempt < 2; attempt++) {
		bool kept = c->fd >= 0;

		memset(a, 0, sizeof(*a));
		if (!kept && !client_connect(c))
			return false;
		rc = send_all(c->fd, head, (size_t)n) &&
			     send_all(c->fd, body, size)
			 ? read_answer(c, a)
			 : 0;
		if (rc > 0)
			return true;
		client_close(c);
		/* a kept connection may have been closed when idle */
		if (rc < 0 || !kept)
			return false;
	}
	return false;
}
