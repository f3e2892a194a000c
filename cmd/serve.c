/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort serve: options, signals, and the life of the server.
 */
#include "serve.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define DRAIN_MS 10000 /* SIGTERM waits this long for requests */

static bool quiet;

void
serve_log(bool important, const char *fmt, ...)
{
	char text[5120];
	va_list ap;

	if (quiet && !important)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fprintf(stderr, "gort serve: %s\n", text);
}

static void
help(void)
{
	printf(
	    "usage: gort serve [OPTION...]\n\n"
	    "An HTTP server that hosts the plugins (*.so) of a folder:\n"
	    "  /p/PLUGIN/HANDLER   calls a handler of a plugin\n"
	    "  /plugins            the plugins, as a page or (Accept: "
	    "application/json,\n                      /plugins.json) as JSON\n"
	    "  POST /plugins/NAME/reload\n"
	    "  /metrics            in Prometheus text format\n"
	    "  /healthz            ok while it serves\n\n"
	    "  --listen ADDR:PORT  where to listen; default 127.0.0.1:8080; "
	    "port 0: a free one\n"
	    "  --plugins DIR       the folder; default .\n"
	    "  --watch             reload plugins when their files change\n"
	    "  --threads N         threads that answer requests; default 4\n"
	    "  --max-body BYTES    largest request body; default 8388608\n"
	    "  --no-faults         let a SIGSEGV, SIGBUS, SIGFPE or SIGILL in "
	    "a plugin crash\n                      the server, as without "
	    "gort\n"
	    "  --quarantine        refuse calls of a plugin after a fault in "
	    "it, until it is\n                      reloaded\n"
	    "  --quiet             log only what went wrong\n"
	    "  --help              this text\n\n"
	    "SIGHUP reloads what changed and opens what is new; SIGTERM and "
	    "SIGINT finish\nthe requests that are inside and exit with 0.\n");
}

static bool
parse_number(const char *s, unsigned long max, unsigned long *v)
{
	char *end;

	errno = 0;
	*v = strtoul(s, &end, 10);
	return *s >= '0' && *s <= '9' && !*end && !errno && *v <= max;
}

static bool
parse_listen(const char *s, struct options *opt)
{
	const char *colon = strrchr(s, ':');
	unsigned long port;

	if (!colon || colon == s || (size_t)(colon - s) >= sizeof(opt->host) ||
	    !parse_number(colon + 1, 65535, &port))
		return false;
	snprintf(opt->host, sizeof(opt->host), "%.*s", (int)(colon - s), s);
	if (strcmp(opt->host, "localhost") == 0)
		gort__copy(opt->host, sizeof(opt->host), "127.0.0.1");
	opt->port = (uint16_t)port;
	return true;
}

/* Options with a value. 0: taken; -1: not one of them; else a status. */
static int
parse_value(const char *name, const char *value, struct options *opt)
{
	unsigned long n;

	if (strcmp(name, "--listen") && strcmp(name, "--plugins") &&
	    strcmp(name, "--threads") && strcmp(name, "--max-body"))
		return -1;
	if (!value)
		return cmd_bad_use("serve", "%s needs a value", name);
	if (strcmp(name, "--plugins") == 0) {
		opt->dir = value;
	} else if (strcmp(name, "--listen") == 0) {
		if (!parse_listen(value, opt))
			return cmd_bad_use(
			    "serve", "--listen %s: not ADDR:PORT", value);
	} else if (strcmp(name, "--threads") == 0) {
		if (!parse_number(value, 1024, &n) || n == 0)
			return cmd_bad_use(
			    "serve", "--threads %s: not 1 to 1024", value);
		opt->threads = (unsigned)n;
	} else {
		if (!parse_number(value, 1ul << 30, &n))
			return cmd_bad_use("serve",
			    "--max-body %s: not 0 to 1073741824", value);
		opt->max_body = n;
	}
	return 0;
}

/* -1: go on; else the exit status. */
static int
parse_options(int argc, char **argv, struct options *opt)
{
	int i, rc;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0) {
			help();
			return EXIT_OK;
		}
		rc = parse_value(argv[i], argv[i + 1], opt);
		if (rc > 0)
			return rc;
		if (rc == 0)
			i++;
		else if (strcmp(argv[i], "--watch") == 0)
			opt->watch = true;
		else if (strcmp(argv[i], "--no-faults") == 0)
			opt->faults = false;
		else if (strcmp(argv[i], "--quarantine") == 0)
			opt->wary = true;
		else if (strcmp(argv[i], "--quiet") == 0)
			opt->quiet = true;
		else
			return cmd_bad_use("serve", "unknown %s %s",
			    argv[i][0] == '-' ? "option" : "argument", argv[i]);
	}
	return -1;
}

/* An inotify descriptor on the folder; -1: not wanted, or not to be had. */
static int
start_watch(const struct options *opt)
{
	int fd;

	if (!opt->watch)
		return -1;
	fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (fd < 0 ||
	    inotify_add_watch(fd, opt->dir, IN_CLOSE_WRITE | IN_MOVED_TO) < 0) {
		serve_log(
		    true, "cannot watch %s: %s", opt->dir, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

/* Until a signal to stop: reload on SIGHUP and on changes. */
static void
main_loop(const struct options *opt, int signals, int watch)
{
	struct pollfd fds[2] = {
	    {.fd = signals, .events = POLLIN},
	    {.fd = watch, .events = POLLIN}, /* -1 is ignored */
	};
	struct signalfd_siginfo si;
	char events[4096];

	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return;
		if (fds[1].revents & POLLIN) {
			/* which file does not matter: stamps tell */
			while (read(watch, events, sizeof(events)) > 0)
				;
			serve_rescan(opt->dir);
		}
		if (!(fds[0].revents & POLLIN) ||
		    read(signals, &si, sizeof(si)) != sizeof(si))
			continue;
		if (si.ssi_signo != SIGHUP) {
			serve_log(false, "%s: draining",
			    strsignal((int)si.ssi_signo));
			return;
		}
		serve_log(false, "SIGHUP: looking for changes");
		serve_rescan(opt->dir);
	}
}

/*
 * The signals are blocked in every thread and read here. A shell starts
 * background jobs with SIGINT ignored; an ignored signal would not be queued.
 */
static int
open_signals(void)
{
	static const int wanted[] = {SIGHUP, SIGTERM, SIGINT};
	sigset_t set;
	unsigned i;

	sigemptyset(&set);
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		sigaddset(&set, wanted[i]);
		signal(wanted[i], SIG_DFL);
	}
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int
serve(const struct options *opt)
{
	int signals = open_signals(), watch, status = EXIT_OK;
	uint16_t port;
	char why[512];

	if (signals < 0)
		return cmd_failed("serve", "signalfd: %s", strerror(errno));
	watch = start_watch(opt); /* before the scan: no change is missed */
	serve_open_with(opt->wary ? GORT_QUARANTINE : 0);
	if (!serve_scan(opt->dir)) {
		status = EXIT_FAILED;
	} else if ((port = serve_http_start(opt, why, sizeof(why))) == 0) {
		status = cmd_failed("serve", "%s", why);
	} else {
		printf("listening on http://%s:%u/\n", opt->host, port);
		fflush(stdout);
		main_loop(opt, signals, watch);
		if (!serve_http_drain(DRAIN_MS))
			serve_log(true,
			    "requests were still inside after %d "
			    "ms",
			    DRAIN_MS);
		serve_http_stop();
	}
	serve_close_all();
	if (watch >= 0)
		close(watch);
	close(signals);
	if (gort_shutdown(1000))
		serve_log(true, "%s", gort_errmsg());
	else if (status == EXIT_OK)
		serve_log(false, "stopped");
	return status;
}

int
cmd_serve(int argc, char **argv)
{
	static struct options opt = {
	    .host = "127.0.0.1",
	    .port = 8080,
	    .dir = ".",
	    .threads = 4,
	    .max_body = 8 << 20,
	    .faults = true,
	};
	int status = parse_options(argc, argv, &opt);

	if (status >= 0)
		return status;
	quiet = opt.quiet;
	if (gort_wait_ready(-1))
		return cmd_failed("serve", "%s", gort_errmsg());
	if (opt.faults && gort_catch_faults(1))
		return cmd_failed("serve", "%s", gort_errmsg());
	return serve(&opt);
}
