/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Panics in odd places: where they may not leave, the process ends as for an
 * uncaught one and the text says where; boundaries of their own work there.
 */
#include "check.h"

#include <dlfcn.h>
#include <gort.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>

static struct gort_error err;
static int ends[2];
static char said[8192];

/* How a child ends that does fn; what it says is in said. */
static int
end_of(void (*fn)(void))
{
	size_t len = 0;
	ssize_t got;
	int status;
	pid_t pid;

	fflush(stdout);
	if (pipe(ends))
		return -1;
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], 2);
		fn();
		_exit(36);
	}
	close(ends[1]);
	while ((got = read(ends[0], said + len, sizeof(said) - 1 - len)) > 0)
		len += (size_t)got;
	said[len] = '\0';
	close(ends[0]);
	return waitpid(pid, &status, 0) == pid ? status : -1;
}

/* It ends with 2 and begins by saying so. */
static int
refused(void (*fn)(void), const char *text)
{
	int status = end_of(fn);
	int ok = WIFEXITED(status) && WEXITSTATUS(status) == 2 &&
		 strncmp(said, text, strlen(text)) == 0;

	if (!ok)
		printf(
		    "    status %#x, says: %.200s\n", (unsigned)status, said);
	return ok;
}

static int
ends_with(void (*fn)(void), int code)
{
	int status = end_of(fn);
	int ok = WIFEXITED(status) && WEXITSTATUS(status) == code;

	if (!ok)
		printf(
		    "    status %#x, says: %.200s\n", (unsigned)status, said);
	return ok;
}

static void
plain(void *arg)
{
	gort_panic("plain %s", (const char *)arg);
}

static int
catches(void)
{
	char word[] = "here";

	return gort_try(plain, word, &err) == -GORT_EPANIC &&
	       strcmp(err.message, "plain here") == 0;
}

/* ---- constructors ----------------------------------------------------------- */

#ifdef __GLIBC__
static void
load(void *name)
{
	void *lib = dlopen(plugin(name), RTLD_NOW);

	if (lib)
		dlclose(lib);
}

static void
try_load(void)
{
	char name[] = "where";

	gort_try(load, name, NULL);
}

static void
ctor(void)
{
	setenv("WHERE_PANICS", "ctor", 1);
	try_load();
}

static void
dtor(void)
{
	setenv("WHERE_PANICS", "dtor", 1);
	try_load();
}
#endif

static void
inside(void)
{
	void *lib;
	int *caught;

	setenv("WHERE_PANICS", "inside", 1);
	lib = dlopen(plugin("where"), RTLD_NOW);
	caught = lib ? dlsym(lib, "where_caught") : NULL;
	/* under gort_try in a constructor the runtime starts, or is there */
	_exit(caught && *caught == -GORT_EPANIC && catches() ? 40 : 41);
}

static void
constructors(void)
{
	if (!emulated("qemu 7.2 fails where a forked child starts a thread"))
		CHECK(ends_with(inside, 40));
#ifdef __GLIBC__
	if (emulated("whether qemu's loader frames are known"))
		return;
	CHECK(refused(ctor,
	    "panic: from a constructor in a constructor or destructor that the "
	    "dynamic linker runs, which no panic may leave\n"));
	CHECK(refused(dtor, "panic: from a destructor in a constructor or "));
#endif
}

/* ---- the end of a thread ---------------------------------------------------- */

static pthread_key_t key;
static int tried;

static void
try_in_destructor(void *unused)
{
	(void)unused;
	tried = catches() && catches();
}

static void
panic_in_destructor(void *word)
{
	plain(word);
}

static void *
with_key(void *value)
{
	catches();
	pthread_setspecific(key, value);
	return NULL;
}

static void
run_destructor(void (*fn)(void *))
{
	static char word[] = "at the end";
	pthread_t t;

	if (pthread_key_create(&key, fn) == 0 &&
	    pthread_create(&t, NULL, with_key, word) == 0)
		pthread_join(t, NULL);
	pthread_key_delete(key);
}

static void
uncaught_in_destructor(void)
{
	run_destructor(panic_in_destructor);
}

static void
thread_destructors(void)
{
	int i;

	for (i = 0; i < 20; i++) {
		tried = 0;
		run_destructor(try_in_destructor);
		CHECK(tried == 1);
	}
	CHECK(refused(uncaught_in_destructor, "panic: plain at the end\n"));
}

/* ---- fork ------------------------------------------------------------------- */

static int in_handlers, panicking_handler;

static void
recover_it(void *seen)
{
	*(int *)seen += gort_recover() != NULL;
}

static void
defer_in_handler(void)
{
	static char word[] = "deferred";
	GORT_DEFERS;

	gort_defer(recover_it, &in_handlers);
	plain(word);
}

static void
fork_handler(void)
{
	static char word[] = "in fork";

	in_handlers += catches();
	defer_in_handler();
	if (panicking_handler)
		plain(word);
}

static void
fork_and_wait(void *unused)
{
	int status;
	pid_t pid;

	(void)unused;
	pid = fork();
	if (pid == 0)
		_exit(catches() && in_handlers == 4 ? 0 : 1);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		_exit(42);
}

/* Registered before gort's: they run while gort holds its locks. */
static void
fork_tries(void)
{
	int i;

	for (i = 0; i < 3; i++) {
		in_handlers = 0;
		if (gort_try(fork_and_wait, NULL, NULL) != 0 ||
		    in_handlers != 4 || !catches())
			_exit(43);
	}
	_exit(40);
}

static void
fork_panics(void)
{
	panicking_handler = 1;
	gort_try(fork_and_wait, NULL, NULL);
}

__attribute__((unused)) static void
forks(void)
{
	if (!emulated("qemu 7.2 fails where a forked child starts a thread"))
		CHECK(ends_with(fork_tries, 40));
	CHECK(refused(fork_panics,
	    "panic: plain in fork in a handler of fork, which no panic may "
	    "leave\n"));
}

/* ---- uncaught --------------------------------------------------------------- */

static void
say(const struct gort_error *e)
{
	fprintf(stderr, "hook: %s\n", e->message);
}

static void
panic_too(const struct gort_error *e)
{
	(void)e;
	gort_panic("in the hook");
}

static void *
panicking(void *word)
{
	plain(word);
	return NULL;
}

static void
on_thread(void)
{
	static char word[] = "on a thread";
	pthread_t t;

	gort_on_uncaught(say);
	if (pthread_create(&t, NULL, panicking, word) == 0)
		pthread_join(t, NULL);
}

static void
hook_panics(void)
{
	static char word[] = "first";

	gort_on_uncaught(panic_too);
	plain(word);
}

static pthread_barrier_t together;

static void *
panicking_together(void *word)
{
	pthread_barrier_wait(&together);
	plain(word);
	return NULL;
}

static void
all_at_once(void)
{
	static char word[] = "of many";
	pthread_t t[16];
	int i;

	pthread_barrier_init(&together, NULL, 16);
	for (i = 0; i < 16; i++)
		if (pthread_create(&t[i], NULL, panicking_together, word))
			_exit(44);
	for (i = 0; i < 16; i++)
		pthread_join(t[i], NULL);
}

static void
uncaught(void)
{
	int status = end_of(on_thread), i;
	const char *rest;

	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 2);
	CHECK(
	    strncmp(said, "hook: plain on a thread\npanic: plain on a thread\n",
		49) == 0);
	CHECK(
	    refused(hook_panics, "panic: plain first\n\tpanic: in the hook\n"));
	for (i = 0; i < 10; i++) {
		CHECK(refused(all_at_once, "panic: plain of many\n"));
		/* once, and whole */
		rest = strstr(said + 1, "panic: plain");
		CHECK(rest == NULL);
		CHECK(said[strlen(said) - 1] == '\n');
	}
}

static const struct test tests[] = {
    {"constructors and destructors", constructors},
    {"a thread's destructors have boundaries, or end the process",
	thread_destructors},
#ifdef __GLIBC__ /* which runs .preinit_array */
    {"handlers of fork recover, or end the process", forks},
#endif
    {"uncaught on threads: the hook, then one text", uncaught},
};

/* before gort's own handlers are registered */
static void
register_first(void)
{
	pthread_atfork(fork_handler, fork_handler, fork_handler);
}

__attribute__((section(".preinit_array"), used)) static void (*const first)(
    void) = register_first;

int
main(void)
{
	return RUN_TESTS("where", tests);
}
