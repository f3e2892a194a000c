/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort serve: options, signals, and the life of the server.
 */
#include "serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
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
	va_list ap;

	if (quiet && !important)
		return;
	va_start(ap, fmt);
	cmd_vsay("serve", fmt, ap);
	va_end(ap);
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
	    "port 0: a free one;\n                      ADDR is an IPv4 "
	    "address "
	    "or localhost\n"
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
	struct in_addr address;
	unsigned long port;

	if (!colon || colon == s || (size_t)(colon - s) >= sizeof(opt->host) ||
	    !parse_number(colon + 1, 65535, &port))
		return false;
	snprintf(opt->host, sizeof(opt->host), "%.*s", (int)(colon - s), s);
	if (strcmp(opt->host, "localhost") == 0)
		gort__copy(opt->host, sizeof(opt->host), "127.0.0.1");
	opt->port = (uint16_t)port;
	return inet_pton(AF_INET, opt->host, &address) == 1;
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
			return cmd_bad_use("serve",
			    "--listen %s: not ADDR:PORT with an IPv4 address",
			    value);
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

/* --watch: the folder under its name, which may come to be another one. */
struct watch {
	int fd; /* of inotify; -1: not wanted, or not to be had */
	int wd; /* of the folder; -1: it is gone, and looked for */
	const char *dir;
};

/* Watch what the name leads to now. false: errno says why not. */
static bool
watch_folder(struct watch *w)
{
	int wd = inotify_add_watch(w->fd, w->dir,
	    IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF |
		IN_MOVE_SELF | IN_ONLYDIR);

	if (wd != w->wd && w->wd >= 0)
		inotify_rm_watch(w->fd, w->wd);
	w->wd = wd;
	return wd >= 0;
}

static void
start_watch(struct watch *w, const struct options *opt)
{
	w->dir = opt->dir;
	w->wd = -1;
	w->fd = opt->watch ? inotify_init1(IN_CLOEXEC | IN_NONBLOCK) : -1;
	if (!opt->watch || (w->fd >= 0 && watch_folder(w)))
		return;
	serve_log(true, "cannot watch %s: %s", w->dir, strerror(errno));
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}

/*
 * Is what was created there whole? A link is, of either kind; a file is when it
 * has been written, or is a second name of one.
 */
static bool
came_whole(const struct watch *w, const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", w->dir, name);
	return lstat(path, &st) == 0 &&
	       (S_ISLNK(st.st_mode) ||
		   (S_ISREG(st.st_mode) && st.st_nlink > 1));
}

/*
 * What happened in the folder? Which file does not matter, as stamps tell; when
 * the folder itself goes, another may come in its place.
 */
static void
read_events(struct watch *w)
{
	_Alignas(struct inotify_event) char events[4096];
	const struct inotify_event *ev;
	ssize_t n, at;
	bool lost = false, changed = false;

	while ((n = read(w->fd, events, sizeof(events))) > 0) {
		for (at = 0; at < n; at += (ssize_t)(sizeof(*ev) + ev->len)) {
			ev = (const void *)(events + at);
			lost |= w->wd >= 0 && ev->wd == w->wd &&
				(ev->mask & (IN_DELETE_SELF | IN_MOVE_SELF |
						IN_IGNORED));
			changed |=
			    !(ev->mask & IN_CREATE) || came_whole(w, ev->name);
		}
	}
	if (lost && !watch_folder(w))
		serve_log(true, "%s is gone; what was loaded goes on", w->dir);
	else if (w->wd >= 0 && changed)
		serve_scan(w->dir, false);
}

#define LOOK_MS 500 /* how often a folder that is gone is looked for */

/* Until a signal to stop: reload on SIGHUP and on changes. */
static void
main_loop(const struct options *opt, int signals, struct watch *w)
{
	struct pollfd fds[2] = {
	    {.fd = signals, .events = POLLIN},
	    {.fd = w->fd, .events = POLLIN}, /* -1 is ignored */
	};
	struct signalfd_siginfo si;
	bool gone;
	int n;

	for (;;) {
		gone = w->fd >= 0 && w->wd < 0;
		n = poll(fds, 2, gone ? LOOK_MS : -1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;
		if (fds[1].revents & POLLIN)
			read_events(w);
		if (gone && watch_folder(w)) {
			serve_log(false, "%s is there again", w->dir);
			serve_scan(w->dir, false);
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
		if (w->fd >= 0)
			watch_folder(w);
		serve_scan(opt->dir, true);
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
	int signals = open_signals(), status = EXIT_OK;
	struct watch watch;
	uint16_t port;
	char why[512];

	if (signals < 0)
		return cmd_failed("serve", "signalfd: %s", strerror(errno));
	start_watch(&watch, opt); /* before the scan: no change is missed */
	serve_open_with(opt->wary ? GORT_QUARANTINE : 0);
	if (!serve_scan(opt->dir, false)) {
		status = EXIT_FAILED;
	} else if ((port = serve_http_start(opt, why, sizeof(why))) == 0) {
		status = cmd_failed("serve", "%s", why);
	} else {
		printf("listening on http://%s:%u/\n", opt->host, port);
		fflush(stdout);
		main_loop(opt, signals, &watch);
		if (!serve_http_drain(DRAIN_MS))
			serve_log(true,
			    "requests were still inside after %d ms", DRAIN_MS);
		if (!serve_http_stop()) {
			/* its thread cannot be ended, nor the plugin closed */
			serve_log(true, "a handler does not return: ended "
					"without it and without any fini");
			_exit(EXIT_FAILED);
		}
	}
	serve_close_all();
	if (watch.fd >= 0)
		close(watch.fd);
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
