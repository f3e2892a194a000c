/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Code that something else than a call will use is not unmapped: what glibc
 * calls later, and a thread whose frames are on another stack than it runs on.
 */
#include "check.h"
#include "procstat.h"
#include "unload.h"

#include <errno.h>
#include <gort.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>

typedef int count_end_fn(int *, pthread_key_t *);
typedef int make_timer_fn(int *, timer_t *);
typedef int start_fn(void (*)(void));

/* No text of an earlier close is there. */
static void
forget_texts(void)
{
	CHECK(gort_open("/nowhere", 0) == NULL);
}

#ifdef __GLIBC__
static bool
is_there(const char *file)
{
	FILE *f = fopen("/proc/self/maps", "r");
	bool found = false;
	char line[512];

	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, file) != NULL;
	if (f)
		fclose(f);
	return found;
}

static bool
is_mapped(void)
{
	return is_there("users.so");
}

/* Any close looks again at what was kept; a thread may end meanwhile. */
static void
close_until_unmapped(void)
{
	time_t end = time(NULL) + 60;

	do {
		struct gort_plugin *p = gort_open(plugin("basic1"), 0);

		REQUIRE(p != NULL && gort_close(p, 1000) == 0);
	} while (is_mapped() && time(NULL) < end);
	CHECK(!is_mapped());
}

struct ending {
	count_end_fn *count_end;
	int counter;
	long tid;
	pthread_key_t key;
	pthread_barrier_t has_called, may_end;
};

static void *
end_later(void *arg)
{
	struct ending *e = arg;
	int rc = e->count_end(&e->counter, &e->key);

	e->tid = own_tid();
	pthread_barrier_wait(&e->has_called);
	pthread_barrier_wait(&e->may_end);
	return rc ? NULL : arg;
}

/*
 * Closes the plugin, which then goes, with a value of its key in a thread that
 * ends later. The number of the key it had; or -1.
 */
static int
close_with_key(struct gort_plugin *p)
{
	struct ending e = {.counter = 0};
	void *done = NULL, *sym = gort_sym(p, "count_end");
	pthread_t t;

	memcpy(&e.count_end, &sym, sizeof(sym));
	if (pthread_barrier_init(&e.has_called, NULL, 2) != 0 ||
	    pthread_barrier_init(&e.may_end, NULL, 2) != 0 ||
	    pthread_create(&t, NULL, end_later, &e) != 0)
		return -1;
	pthread_barrier_wait(&e.has_called);
	while (!waits_in(e.tid, -1))
		sched_yield();
	CHECK(gort_close(p, 1000) == 0);
	close_until_unmapped();
	pthread_barrier_wait(&e.may_end);
	pthread_join(t, &done);
	CHECK(done == &e && e.counter == 0);
	return (int)e.key;
}

static void
key_is_deleted(void)
{
	struct gort_plugin *p = gort_open(plugin("fewusers"), 0);
	int key;

	REQUIRE(p != NULL);
	key = close_with_key(p);
	CHECK(pthread_key_delete((pthread_key_t)key) == EINVAL);
}

static void
deleted_key_is_none(void)
{
	struct gort_plugin *p = gort_open(plugin("fewusers"), 0);
	int key;

	REQUIRE(p != NULL);
	setenv("USERS_TIDY", "1", 1);
	key = close_with_key(p);
	unsetenv("USERS_TIDY");
	CHECK(pthread_key_delete((pthread_key_t)key) == EINVAL);
}

/* Keys that others make before and after the plugin deletes its own late. */
static pthread_key_t made[2];
static int nmade;

static void
make_key(int deleted)
{
	nmade += deleted == nmade && !pthread_key_create(&made[deleted], NULL);
}

static void
late_key_is_its_own(void)
{
	struct gort_plugin *p = gort_open(plugin("fewusers"), 0);
	void (*set_at_exit)(void (*)(int));
	void *sym;
	int key;

	REQUIRE(p != NULL);
	sym = gort_sym(p, "set_at_exit");
	memcpy(&set_at_exit, &sym, sizeof(sym));
	set_at_exit(make_key);
	nmade = 0;
	key = close_with_key(p);
	REQUIRE(nmade == 2);
	CHECK((int)made[0] != key && (int)made[1] == key);
	CHECK(pthread_setspecific(made[1], &key) == 0);
	CHECK(pthread_key_delete(made[0]) == 0);
	CHECK(pthread_key_delete(made[1]) == 0);
}

static void
timer_pins(void)
{
	struct gort_plugin *p;
	make_timer_fn *make_timer;
	int counter = 0;
	timer_t timer;
	void *sym;

	p = gort_open(plugin("users"), 0);
	REQUIRE(p != NULL);
	sym = gort_sym(p, "make_timer");
	memcpy(&make_timer, &sym, sizeof(sym));
	REQUIRE(make_timer(&counter, &timer) == 0);
	CHECK(gort_close(p, 1000) == 0);
	CHECK(strstr(gort_errmsg(), "a timer") != NULL);
	CHECK(is_mapped());
	CHECK(timer_delete(timer) == 0);
	close_until_unmapped();
}

static void
deleted_timer_pins_not(void)
{
	struct gort_plugin *p = gort_open(plugin("users"), 0);
	make_timer_fn *make_timer;
	int counter = 0;
	timer_t timer;
	void *sym;

	REQUIRE(p != NULL);
	sym = gort_sym(p, "make_timer");
	memcpy(&make_timer, &sym, sizeof(sym));
	REQUIRE(make_timer(&counter, &timer) == 0);
	setenv("USERS_TIDY", "1", 1);
	forget_texts();
	CHECK(gort_close(p, 1000) == 0);
	unsetenv("USERS_TIDY");
	CHECK(strstr(gort_errmsg(), "a timer") == NULL);
	close_until_unmapped();
}
#endif

static pthread_barrier_t is_in, may_leave;
static long waiter;

static void
wait_inside(void)
{
	waiter = own_tid();
	pthread_barrier_wait(&is_in);
	pthread_barrier_wait(&may_leave);
}

/* With words on its stack that look much like a handler's frame. */
static void
wait_there(int sig)
{
	ucontext_t decoy;

	(void)sig;
	memset(&decoy, 0, sizeof(decoy));
	decoy.uc_stack = (stack_t){.ss_sp = (void *)1, .ss_size = SIZE_MAX};
	__asm__ volatile("" : : "r"(&decoy) : "memory");
	wait_inside();
	__asm__ volatile("" : : "r"(&decoy) : "memory");
}

static void
prepare_to_wait(void)
{
	REQUIRE(pthread_barrier_init(&is_in, NULL, 2) == 0);
	REQUIRE(pthread_barrier_init(&may_leave, NULL, 2) == 0);
}

/* One that runs is never unmapped below: until it waits. */
static void
until_it_waits(void)
{
	pthread_barrier_wait(&is_in);
	while (!waits_in(waiter, -1))
		sched_yield();
}

/* A detached one: it has checks to make after its wait. */
static void
until_it_ends(void)
{
	char path[64];

	pthread_barrier_wait(&may_leave);
	snprintf(path, sizeof(path), "/proc/self/task/%ld", waiter);
	while (access(path, F_OK) == 0)
		sched_yield();
}

/* The plugin's export of type int (void (*)(void)), called with fn. */
static int
call_with(struct gort_plugin *p, const char *name, void (*fn)(void))
{
	void *sym = gort_sym(p, name);
	start_fn *start;

	memcpy(&start, &sym, sizeof(sym));
	return start ? start(fn) : -1;
}

/* The handler's stack is no neighbour of the thread's. */
static void
raise_on_signal_stack(void)
{
	static char room[64 << 10] __attribute__((aligned(16)));
	stack_t ss = {.ss_sp = room, .ss_size = sizeof(room)};
	struct sigaction sa = {
	    .sa_handler = wait_there, .sa_flags = SA_ONSTACK};
	stack_t none = {.ss_flags = SS_DISABLE};

	CHECK(sigaltstack(&ss, NULL) == 0);
	CHECK(sigaction(SIGUSR1, &sa, NULL) == 0);
	CHECK(raise(SIGUSR1) == 0);
	CHECK(sigaltstack(&none, NULL) == 0);
}

static void
waiting_thread_pins(const char *name, void (*fn)(void))
{
	struct gort_plugin *p = gort_open(plugin(name), 0);

	REQUIRE(p != NULL);
	prepare_to_wait();
	CHECK(call_with(p, "start", fn) == 0);
	until_it_waits();
	forget_texts();
	CHECK(gort_close(p, 1000) == 0);
	CHECK(strstr(gort_errmsg(), "may be running its code") != NULL);
	until_it_ends();
}

static void
thread_on_signal_stack_pins(void)
{
	waiting_thread_pins("waiter", raise_on_signal_stack);
}

#ifdef HAVE_CXX
static void
thread_of_cxx_pins(void)
{
	waiting_thread_pins("cxxthread", wait_inside);
}
#endif

#ifdef __GLIBC__
static struct gort_plugin *users;

static void *
end_with_key(void *counter)
{
	void *sym = gort_sym(users, "count_end");
	count_end_fn *count_end;
	pthread_key_t key;

	memcpy(&count_end, &sym, sizeof(sym));
	return count_end(counter, &key) ? NULL : counter;
}

static void *
raise_usr2(void *arg)
{
	return raise(SIGUSR2) ? NULL : arg;
}

/*
 * A thread of the host's is in code that it came to by what fini takes back:
 * body leads it there.
 */
static void
pins_while_inside(void *(*body)(void *))
{
	void *done = NULL;
	int counter = 0;
	pthread_t t;

	prepare_to_wait();
	CHECK(call_with(users, "set_at_once", wait_inside) == 0);
	REQUIRE(pthread_create(&t, NULL, body, &counter) == 0);
	until_it_waits();
	setenv("USERS_TIDY", "1", 1);
	forget_texts();
	CHECK(gort_close(users, 1000) == 0);
	unsetenv("USERS_TIDY");
	CHECK(strstr(gort_errmsg(), "may be running its code") != NULL);
	pthread_barrier_wait(&may_leave);
	CHECK(pthread_join(t, &done) == 0 && done == &counter);
	close_until_unmapped();
}

static void
destructor_that_runs_pins(void)
{
	REQUIRE((users = gort_open(plugin("fewusers"), 0)) != NULL);
	pins_while_inside(end_with_key);
}

static void
handler_that_runs_pins(void)
{
	REQUIRE((users = gort_open(plugin("fewusers"), 0)) != NULL);
	CHECK(call_with(users, "handle_usr2", NULL) == 0);
	pins_while_inside(raise_usr2);
}

static void
idle_library_goes(void)
{
	struct gort_plugin *p = gort_open(plugin("brings"), 0);

	REQUIRE(p != NULL);
	CHECK(is_there("libbrought.so"));
	CHECK(gort_close(p, 1000) == 0);
	CHECK(!is_there("libbrought.so"));
}

/* Of each plugin the code goes, and the library stays once. */
static void
library_in_use_stays(void)
{
	struct gort_plugin *p = gort_open(plugin("brings"), 0);

	REQUIRE(p != NULL);
	prepare_to_wait();
	CHECK(call_with(p, "start", wait_inside) == 0);
	until_it_waits();
	CHECK(gort_close(p, 1000) == 0);
	CHECK(!is_there("brings.so"));
	CHECK(is_there("libbrought.so"));
	until_it_ends();
}
#endif

static _Atomic bool stop;

static void *
reload(void *p)
{
	void *failed = NULL;

	while (!stop && !failed)
		failed = gort_reload(p, NULL, 1000) ? p : NULL;
	return failed;
}

/* It waits for them a second at most, and then goes on amidst. */
static void
fork_finds_a_gap(void)
{
	static const char *const names[] = {
	    "waiter", "users", "basic1", "pinned", "brings", "other"};
	enum { N = sizeof(names) / sizeof(names[0]), FORKS = 10 };
	struct gort_plugin *p[N];
	struct timespec t0, t1;
	pthread_t threads[N];
	void *failed;
	int i, late = 0;
	pid_t pid;

	stop = false;
	for (i = 0; i < N; i++) {
		p[i] = gort_open(plugin(names[i]), 0);
		REQUIRE(p[i] != NULL);
		REQUIRE(pthread_create(&threads[i], NULL, reload, p[i]) == 0);
	}
	for (i = 0; i < FORKS; i++) {
		clock_gettime(CLOCK_MONOTONIC, &t0);
		pid = fork();
		if (pid == 0)
			_exit(0);
		clock_gettime(CLOCK_MONOTONIC, &t1);
		CHECK(pid > 0 && waitpid(pid, NULL, 0) == pid);
		late += (t1.tv_sec - t0.tv_sec) * 1000 +
			    (t1.tv_nsec - t0.tv_nsec) / 1000000 >=
			1000;
	}
	stop = true;
	CHECK(late < FORKS / 2); /* some may be, on a busy machine */
	for (i = 0; i < N; i++) {
		CHECK(pthread_join(threads[i], &failed) == 0 && !failed);
		CHECK(gort_close(p[i], 1000) == 0);
	}
}

static const struct test tests[] = {
#ifdef __GLIBC__
    {"a pthread key that a plugin leaves goes with it, not its destructor's "
     "call",
	key_is_deleted},
    {"one that fini deletes is not touched", deleted_key_is_none},
    {"one that a static destructor deletes is no other's meanwhile",
	late_key_is_its_own},
    {"the function of a timer keeps its code until the timer is deleted",
	timer_pins},
    {"a timer that fini deletes keeps nothing", deleted_timer_pins_not},
    {"a thread in the destructor of a deleted key keeps its code",
	destructor_that_runs_pins},
    {"a thread in a handler that fini has taken out keeps its code",
	handler_that_runs_pins},
    {"a library that a plugin brings goes with it", idle_library_goes},
    {"a library that a plugin brings stays when its threads are in it",
	library_in_use_stays},
#endif
#ifdef HAVE_CXX
    {"a thread of std::thread's that waits keeps its code", thread_of_cxx_pins},
#endif
    {"a thread of the plugin's that waits on a signal stack keeps it",
	thread_on_signal_stack_pins},
    {"fork among threads that reload without a pause finds none loading",
	fork_finds_a_gap},
};

int
main(void)
{
	if (emulated("all: threads of an emulator cannot be looked at"))
		return 77;
	return RUN_TESTS("unload_users", tests);
}
