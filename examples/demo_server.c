/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The server process and its plugin folder.
 */
#include "demo.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START_MS 10000
#define STOP_MS 20000

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static _Noreturn void
exec_server(const struct server *s, const char *gort, int out)
{
	int log = open(SERVER_LOG, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	dup2(out, STDOUT_FILENO);
	if (log >= 0)
		dup2(log, STDERR_FILENO);
	execl(gort, gort, "serve", "--listen", "127.0.0.1:0", "--plugins",
	    s->dir, "--quiet", (char *)NULL);
	fprintf(stderr, "demo: %s: %s\n", gort, strerror(errno));
	_exit(127);
}

/* The line that says where it listens. */
static bool
read_port(int fd, uint16_t *port)
{
	int64_t end = now_ms() + START_MS;
	char line[256];
	size_t n = 0;
	unsigned p;

	while (n < sizeof(line) - 1) {
		struct pollfd pfd = {.fd = fd, .events = POLLIN};
		int64_t left = end - now_ms();
		ssize_t k;

		if (left <= 0 || poll(&pfd, 1, (int)left) == 0)
			return false;
		k = read(fd, line + n, 1);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return false;
		if (line[n] == '\n')
			break;
		n += (size_t)k;
	}
	line[n] = '\0';
	if (sscanf(line, "listening on http://127.0.0.1:%u/", &p) != 1)
		return false;
	*port = (uint16_t)p;
	return true;
}

static void
remove_dir(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *de;

	while (d && (de = readdir(d)) != NULL)
		unlinkat(dirfd(d), de->d_name, 0);
	if (d)
		closedir(d);
	rmdir(path);
}

bool
server_start(struct server *s, const char *gort)
{
	const char *tmp = getenv("TMPDIR");
	int fds[2];
	bool ok;

	snprintf(s->dir, sizeof(s->dir), "%s/gort-demo-XXXXXX",
	    tmp && strlen(tmp) < 200 ? tmp : "/tmp");
	if (!mkdtemp(s->dir) || pipe2(fds, O_CLOEXEC) != 0) {
		fprintf(stderr, "demo: %s: %s\n", s->dir, strerror(errno));
		return false;
	}
	s->pid = fork();
	if (s->pid == 0)
		exec_server(s, gort, fds[1]);
	close(fds[1]);
	ok = s->pid > 0 && read_port(fds[0], &s->port);
	close(fds[0]);
	if (!ok) {
		fprintf(stderr, "demo: the server did not start\n");
		if (s->pid > 0)
			server_stop(s);
	}
	return ok;
}

bool
server_install_part(
    const struct server *s, const char *from, const char *name, size_t n)
{
	char to[512], part[520], buf[65536];
	FILE *in, *out;
	size_t k;
	bool ok;

	snprintf(to, sizeof(to), "%s/%s", s->dir, name);
	snprintf(part, sizeof(part), "%s.part", to);
	in = fopen(from, "rbe");
	out = in ? fopen(part, "wbe") : NULL;
	ok = in && out;
	while (ok && n &&
	       (k = fread(buf, 1, n < sizeof(buf) ? n : sizeof(buf), in)) > 0) {
		ok = fwrite(buf, 1, k, out) == k;
		n -= k;
	}
	ok = ok && !ferror(in);
	if (in)
		fclose(in);
	if (out && fclose(out) != 0)
		ok = false;
	if (ok && rename(part, to) == 0)
		return true;
	fprintf(stderr, "demo: cannot copy %s to %s: %s\n", from, to,
	    strerror(errno));
	return false;
}

bool
server_install(const struct server *s, const char *from, const char *name)
{
	return server_install_part(s, from, name, SIZE_MAX);
}

unsigned long
server_rss(const struct server *s)
{
	char path[64], line[256];
	unsigned long kib = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)s->pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmRSS: %lu kB", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib;
}

int
server_stop(struct server *s)
{
	struct timespec pause = {.tv_nsec = 5000000};
	int64_t end = now_ms() + STOP_MS;
	int status = 0;
	pid_t got;

	kill(s->pid, SIGTERM);
	while ((got = waitpid(s->pid, &status, WNOHANG)) == 0 && now_ms() < end)
		nanosleep(&pause, NULL); /* waitpid has no time-out */
	if (got == 0) {
		kill(s->pid, SIGKILL);
		waitpid(s->pid, &status, 0);
	}
	remove_dir(s->dir);
	return got == s->pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
