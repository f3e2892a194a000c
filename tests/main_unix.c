/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a Unix host does that loads plugins: it forks, before and after it has
 * threads, becomes a daemon, forks from inside a call. Every child calls the
 * plugin and starts threads that do.
 */
#include "main.h"
#include "procstat.h"
#include "unload.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

static add_fn *add;
static char token[4]; /* what a thread returns that did well */

static void *
calls(void *arg)
{
	return add(20, 22) == 42 ? arg : NULL;
}

/* Call here and on three threads of one's own. */
static bool
works(void)
{
	pthread_t t[3];
	bool ok = add(1, 2) == 3;
	int i;

	for (i = 0; i < 3; i++) {
		if (pthread_create(&t[i], NULL, calls, &token[i]) != 0)
			return false;
	}
	for (i = 0; i < 3; i++) {
		void *got = NULL;

		pthread_join(t[i], &got);
		ok &= got == &token[i];
	}
	return ok && add(3, 4) == 7;
}

static bool
ended_well(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static pid_t
fork_worker(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(works() ? 0 : 1);
	return pid;
}

static bool
loaded(void)
{
	if (!add)
		add = load_add("basic1");
	return add != NULL;
}

/* qemu-user trips over threads in a child whose parent had another one. */
static void
settle(void)
{
	if (emulated("forks while the init thread lingers"))
		procstat_alone();
}

/* nginx, Apache: load, then fork the workers; before and after first use. */
static void
prefork(void)
{
	pid_t pid[8];
	int round, i;

	REQUIRE(loaded());
	settle();
	for (round = 0; round < 2; round++) {
		for (i = 0; i < 8; i++)
			pid[i] = fork_worker();
		for (i = 0; i < 8; i++)
			CHECK(pid[i] > 0 && ended_well(pid[i]));
		CHECK(works());
	}
}

/*
 * AddressSanitizer's allocator (gcc 12) has locks that fork copies as they
 * are: a child hangs whose parent had another thread at work in it.
 */
static bool
threads_may_hang_a_child(void)
{
#ifdef HAVE_SANITIZERS
	printf("    SKIP: a sanitizer's locks do not survive fork\n");
	return true;
#else
	return false;
#endif
}

static void *
forks(void *arg)
{
	pid_t pid = fork_worker();

	return pid > 0 && ended_well(pid) ? arg : NULL;
}

static void
fork_in_threads(void)
{
	pthread_t t[4];
	int i;

	if (emulated("forks in threads: qemu-user trips over them") ||
	    threads_may_hang_a_child())
		return;
	REQUIRE(loaded());
	for (i = 0; i < 4; i++)
		REQUIRE(pthread_create(&t[i], NULL, forks, &token[i]) == 0);
	for (i = 0; i < 4; i++) {
		void *got = NULL;

		pthread_join(t[i], &got);
		CHECK(got == &token[i]);
	}
	CHECK(works());
}

/* The daemon's own process says how it went, by a pipe. */
static void
daemon_works(void)
{
	char said = 'n';
	int fd[2];
	pid_t pid;

	REQUIRE(loaded());
	settle();
	REQUIRE(pipe(fd) == 0);
	pid = fork();
	if (pid == 0) {
		bool before = add(1, 1) == 2;

		settle();
		if (daemon(1, 1) != 0)
			_exit(2);
		said = before && works() ? 'y' : 'n';
		_exit(write(fd[1], &said, 1) == 1 ? 0 : 3);
	}
	close(fd[1]);
	CHECK(pid > 0 && ended_well(pid));
	CHECK(read(fd[0], &said, 1) == 1 && said == 'y');
	close(fd[0]);
}

struct callback {
	void (*fn)(void *);
	void *arg;
};

/* Below an exported call: the child goes on in it and returns from it. */
static void
fork_here(void *arg)
{
	*(pid_t *)arg = fork();
}

static void
fork_inside(void)
{
	void *lib = dlopen(plugin("basic1"), RTLD_NOW);
	void *sym = lib ? dlsym(lib, "call_back") : NULL;
	void (*call_back)(void *);
	pid_t pid = -1;
	struct callback cb = {fork_here, &pid};

	REQUIRE(loaded() && sym);
	settle();
	memcpy(&call_back, &sym, sizeof(call_back));
	call_back(&cb);
	if (pid == 0)
		_exit(works() ? 0 : 1);
	CHECK(pid > 0 && ended_well(pid));
	CHECK(works());
}

/* A child of a child of a child. */
static void
fork_again(void)
{
	int depth;
	pid_t pid = 0;

	REQUIRE(loaded());
	for (depth = 0; depth < 3 && pid == 0; depth++) {
		settle();
		pid = fork();
		if (pid == 0 && !works())
			_exit(1);
		if (pid > 0 && depth > 0)
			_exit(ended_well(pid) && works() ? 0 : 1);
	}
	if (pid == 0)
		_exit(0);
	CHECK(pid > 0 && ended_well(pid));
}

/* ---- a call in the parent, of a thread that the child does not have ---- */

static int entered[2], leave[2]; /* pipes */

static void
stay_inside(void *unused)
{
	char c = 'x';

	(void)unused;
	if (write(entered[1], &c, 1) == 1 && read(leave[0], &c, 1) != 1)
		abort();
}

static void *
inside(void *fn)
{
	struct callback cb = {stay_inside, NULL};
	void (*call_back)(void *);

	memcpy(&call_back, fn, sizeof(call_back));
	call_back(&cb);
	return NULL;
}

/* A module that calls are still inside of has no fini run: see plug_basic.c. */
static int
unloads(void *lib, const char *sign)
{
	setenv("BASIC_FINI", sign, 1);
	/* in a child that never used gort not even hooks would run */
	if (!works())
		return 3;
	if (dlclose(lib) != 0 ||
	    (dlclose_unmaps() &&
		dlopen(plugin("basic2"), RTLD_NOW | RTLD_NOLOAD)))
		return 1;
	if (dlclose_unmaps() && access(sign, F_OK) == 0)
		return 2;
	return works() ? 0 : 4;
}

static void
fork_beside_a_call(void)
{
	void *lib, *sym;
	char sign[] = "/tmp/gort-test-fini-XXXXXX", c = 'x';
	pthread_t t;
	pid_t pid;
	int fd;

	if (emulated("forks beside threads: qemu-user trips over them"))
		return;
	fd = mkstemp(sign);
	lib = dlopen(plugin("basic2"), RTLD_NOW);
	sym = lib ? dlsym(lib, "call_back") : NULL;
	REQUIRE(loaded() && sym && fd >= 0 && pipe(entered) == 0 &&
		pipe(leave) == 0);
	REQUIRE(pthread_create(&t, NULL, inside, &sym) == 0);
	CHECK(read(entered[0], &c, 1) == 1);
	pid = fork();
	if (pid == 0)
		_exit(unloads(lib, sign));
	CHECK(pid > 0 && ended_well(pid));
	CHECK(write(leave[1], &c, 1) == 1);
	pthread_join(t, NULL);
	CHECK(works());
	CHECK(dlclose(lib) == 0);
	close(fd);
	unlink(sign);
	close(entered[0]);
	close(entered[1]);
	close(leave[0]);
	close(leave[1]);
}

/* ---- in a process of its own ---- */

static void
fork_at_once(void)
{
	if (threads_may_hang_a_child())
		return;
	/* no call before it, and the module's init may still run */
	CHECK(run_self(self, "fork-at-once") == 0);
}

static int
p_fork_at_once(void)
{
	pid_t pid[8];
	int i, bad = 0;

	add = load_add("slowinit");
	if (!add)
		return 2;
	settle();
	for (i = 0; i < 8; i++)
		pid[i] = fork_worker();
	for (i = 0; i < 8; i++)
		bad += pid[i] <= 0 || !ended_well(pid[i]);
	return bad || !works();
}

static void
a_thousand(void)
{
	struct procstat before, after;
	unsigned bad = 0;
	int i;

	REQUIRE(loaded());
	for (i = 0; i < 20; i++)
		bad += !ended_well(fork_worker());
	before = procstat_alone();
	for (i = 0; i < 1000; i++)
		bad += !ended_well(fork_worker());
	after = procstat();
	CHECK(bad == 0);
	printf("    rss %ld -> %ld KiB, fds %d -> %d, mappings %d -> %d\n",
	    before.rss_kib, after.rss_kib, before.fds, after.fds, before.maps,
	    after.maps);
	CHECK(after.fds <= before.fds && after.threads <= before.threads);
#ifndef __SANITIZE_ADDRESS__
	CHECK(after.rss_kib <= before.rss_kib + 128);
	CHECK(after.maps <= before.maps + 2);
#endif
}

const struct test host_tests[] = {
    {"load, then fork 8 workers, twice", prefork},
    {"fork in threads", fork_in_threads},
    {"a daemon's plugin works", daemon_works},
    {"fork from inside an exported call", fork_inside},
    {"children of children", fork_again},
    {"a child does not wait for calls of the parent's threads",
	fork_beside_a_call},
    {"load, then fork 8 workers at once, in a new process", fork_at_once},
    {"1000 forks leave nothing", a_thousand},
};
const unsigned host_ntests = sizeof(host_tests) / sizeof(host_tests[0]);

int
host_part(const char *name)
{
	if (strcmp(name, "fork-at-once") == 0)
		return p_fork_at_once();
	printf("no part %s\n", name);
	return 99;
}
