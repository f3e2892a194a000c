/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Plugins: opening and what refuses it, replacing, closing, statistics.
 */
#include "procstat.h"
#include "unload.h"

#include <gort.h>
#include <signal.h>
#include <stdatomic.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/stat.h>

static char dir[] = SCRATCH;

static const char *
scratch(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

/* Copy the first n bytes of a plugin, with one of them changed (if >= 0). */
static bool
copy_part(const char *from, const char *to, size_t n, long at, char value)
{
	static char buf[1 << 20];
	FILE *f = fopen(from, "rb");
	size_t size = f ? fread(buf, 1, sizeof(buf), f) : 0;
	bool ok;

	if (f)
		fclose(f);
	if (at >= 0 && (size_t)at < size)
		buf[at] = value;
	if (n > size)
		n = size;
	f = fopen(to, "wb");
	ok = f && size && fwrite(buf, 1, n, f) == n;
	return f && fclose(f) == 0 && ok;
}

/* The plugin cannot be opened, for a reason that holds both texts. */
static void
refused(const char *path, const char *says, const char *also)
{
	struct gort_plugin *p = gort_open(path, 0);
	bool told;

	CHECK(p == NULL);
	if (p)
		gort_close(p, 1000);
	told = strstr(gort_errmsg(), says) && strstr(gort_errmsg(), also) &&
	       strstr(gort_errmsg(), path);
	CHECK(told);
	if (!told)
		printf("    says: %s\n", gort_errmsg());
	CHECK(dlopen(path, RTLD_NOW | RTLD_NOLOAD) == NULL);
}

static void
missing(void)
{
	refused("/nowhere/x.so", "No such file", "");
	refused(dir, "not a regular file", "");
}

static void
not_a_plugin(void)
{
	FILE *f = fopen(scratch("text.so"), "w");

	REQUIRE(f != NULL);
	fputs("hello\n", f);
	fclose(f);
	refused(scratch("text.so"), "not an object file", "offset 0x0");
	f = fopen(scratch("empty.so"), "w");
	REQUIRE(f != NULL);
	fclose(f);
	refused(scratch("empty.so"), "empty file", "");
	refused(NOT_A_MODULE, "no " NOTE_SECTION, "");
}

static void
truncated(void)
{
	struct stat st;
	off_t n;

	REQUIRE(stat(plugin("basic1"), &st) == 0);
	for (n = 64; n < st.st_size; n += st.st_size / 37) {
		REQUIRE(copy_part(
		    plugin("basic1"), scratch("cut.so"), (size_t)n, -1, 0));
		refused(scratch("cut.so"), "truncated", "offset");
	}
}

static void
wrong_machine(void)
{
	const char *name;
	char value;
	long at = machine_byte(plugin("basic1"), &value, &name);

	REQUIRE(copy_part(
	    plugin("basic1"), scratch("other.so"), SIZE_MAX, at, value));
	refused(scratch("other.so"), name, "this process is ");
}

static void
wrong_abi(void)
{
	refused(plugin("badabi"), "accepts ABI 98 to 99", "has ABI 1");
}

static void
failing_init(void)
{
	refused(plugin("failinit"), "init of module basic 9.1 returned 7", "");
	refused(plugin("panicinit"), "no licence", "basic 9.2");
	CHECK(gort_catch_faults(1) == 0);
	refused(plugin("faultinit"), "SIGSEGV", "basic 9.3");
	CHECK(gort_catch_faults(0) == 0);
}

static void
unmet_need(void)
{
	refused(plugin("needy"), "needs module basic", "not ready");
}

static int
number(struct gort_plugin *p)
{
	int n = -1;

	gort_call(gort_sym(p, "number"), &n, NULL);
	return n;
}

static void
open_and_close(void)
{
	struct gort_plugin *p = gort_open(plugin("basic1"), 0);
	struct gort_stats st;

	REQUIRE(p != NULL);
	CHECK(number(p) == 1);
	REQUIRE(gort_stat(p, &st) == 0);
	CHECK(strcmp(st.name, "basic") == 0);
	CHECK(strcmp(st.version, "1.0") == 0);
	CHECK(strcmp(st.path, plugin("basic1")) == 0);
	CHECK(st.state == GORT_P_READY && st.generation == 1);
	CHECK(st.calls == 1 && st.in_flight == 0 && st.panics == 0);
	CHECK(gort_open(plugin("basic2"), 0) == NULL);
	CHECK(strstr(gort_errmsg(), "in the process already") != NULL);
	CHECK(gort_close(p, 1000) == 0);
	p = gort_open(plugin("basic2"), 0);
	REQUIRE(p != NULL);
	CHECK(number(p) == 2);
	CHECK(gort_close(p, 1000) == 0);
}

static void
fini_runs(void)
{
	struct gort_plugin *p = gort_open(plugin("basic1"), 0);
	FILE *f = fopen(scratch("mark"), "w");

	REQUIRE(p && f);
	fclose(f);
	setenv("BASIC_FINI", scratch("mark"), 1);
	CHECK(gort_close(p, 1000) == 0);
	CHECK(access(scratch("mark"), F_OK) != 0);
	unsetenv("BASIC_FINI");
}

static void
file_may_go(void)
{
	struct gort_plugin *p;

	REQUIRE(
	    copy_part(plugin("basic1"), scratch("gone.so"), SIZE_MAX, -1, 0));
	p = gort_open(scratch("gone.so"), 0);
	REQUIRE(p != NULL);
	/* overwritten in place, then removed: the copy is private */
	CHECK(truncate(scratch("gone.so"), 0) == 0);
	CHECK(number(p) == 1);
	CHECK(unlink(scratch("gone.so")) == 0);
	CHECK(number(p) == 1);
	CHECK(gort_reload(p, NULL, 1000) == -GORT_ENOENT);
	CHECK(number(p) == 1);
	CHECK(gort_close(p, 1000) == 0);
}

static void
reload(void)
{
	struct gort_plugin *p = gort_open(plugin("basic1"), 0);
	void *extra, *count;
	struct gort_stats st;
	struct gort_error err;
	long total = 0;
	int n = 0;

	REQUIRE(p != NULL);
	extra = gort_sym(p, "extra");
	count = gort_sym(p, "count");
	CHECK(gort_call(count, NULL, NULL) == 0);
	CHECK(gort_call(count, NULL, NULL) == 0);
	CHECK(gort_reload(p, plugin("basic2"), 1000) == 0);
	CHECK(number(p) == 2);
	/* the state went over, the pointer is the same */
	CHECK(gort_call(count, &total, NULL) == 0 && total == 3);
	CHECK(gort_sym(p, "count") == count);
	/* version 2 lacks this one */
	CHECK(gort_call(extra, &n, &err) == -GORT_EPANIC && n == 0);
	CHECK(strstr(err.message, "not in the plugin's current version"));
	REQUIRE(gort_stat(p, &st) == 0);
	CHECK(strcmp(st.version, "2.0") == 0 && st.generation == 2);
	CHECK(st.lingering == lingering(1) && st.calls == 5);
	CHECK(strcmp(st.path, plugin("basic2")) == 0);
	CHECK(gort_reload(p, plugin("basic1"), 1000) == 0);
	CHECK(gort_call(extra, &n, &err) == 0 && n == 99);
	CHECK(gort_close(p, 1000) == 0);
}

/* Each of these fails at another step; the old version goes on. */
static void
rollback(void)
{
	static const struct {
		const char *plugin;
		int code;
		const char *says;
	} bad[] = {
	    {"failinit", GORT_EINIT, "returned 7"},
	    {"panicinit", GORT_EINIT, "no licence"},
	    {"failrestore", GORT_EINIT, "restore of module basic 9.5"},
	    {"badabi", GORT_EABI, "ABI 98"},
	    {"other", GORT_ESTATE, "holds module other, not basic"},
	    {"nomodule", GORT_ENOTMOD, "no " NOTE_SECTION},
	    {"does-not-exist", GORT_ENOENT, "No such file"},
	};
	struct gort_plugin *p = gort_open(plugin("basic1"), 0);
	struct gort_stats st;
	unsigned i;

	REQUIRE(p != NULL);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int rc = gort_reload(p, plugin(bad[i].plugin), 1000);

		CHECK(rc == -bad[i].code);
		CHECK(strstr(gort_errmsg(), bad[i].says) != NULL);
		CHECK(number(p) == 1);
	}
	REQUIRE(gort_stat(p, &st) == 0);
	CHECK(st.generation == 1 && st.lingering == lingering(1));
	CHECK(strstr(st.last_error, "No such file") != NULL);
	CHECK(strcmp(st.path, plugin("basic1")) == 0);
	CHECK(gort_close(p, 1000) == 0);
	p = gort_open(plugin("failsave"), 0);
	REQUIRE(p != NULL);
	CHECK(gort_reload(p, plugin("basic1"), 1000) == -GORT_EINIT);
	CHECK(strstr(gort_errmsg(), "cannot save") != NULL);
	CHECK(gort_close(p, 1000) == 0);
}

/* ---- calls inside ---- */

static pthread_barrier_t in, out;

static void
stay(void *arg)
{
	(void)arg;
	pthread_barrier_wait(&in);
	pthread_barrier_wait(&out);
}

struct callback {
	void (*fn)(void *);
	void *arg;
};

static void *
inside(void *sym)
{
	struct callback cb = {stay, NULL};

	gort_call(sym, &cb, NULL);
	return NULL;
}

static void
busy_close(void)
{
	struct gort_plugin *p = gort_open(plugin("basic1"), 0);
	struct gort_stats st;
	pthread_t t;

	REQUIRE(p != NULL);
	pthread_create(&t, NULL, inside, gort_sym(p, "call_back"));
	pthread_barrier_wait(&in);
	CHECK(gort_stat(p, &st) == 0 && st.in_flight == 1);
	CHECK(gort_close(p, 10) == -GORT_ETIMEDOUT);
	CHECK(strstr(gort_errmsg(), "1 calls still inside in thread"));
	/* it serves as before */
	CHECK(number(p) == 1);
	pthread_barrier_wait(&out);
	CHECK(gort_close(p, 10000) == 0);
	pthread_join(t, NULL);
}

static void *
close_patiently(void *p)
{
	return gort_close(p, -1) == 0 ? NULL : p;
}

/* Its close may fail yet, and then there would be two. */
static void
closing_keeps_name(void)
{
	struct gort_plugin *p = gort_open(plugin("basic1"), 0);
	struct gort_stats st = {.state = GORT_P_READY};
	pthread_t t, closer;
	void *bad = &t;

	REQUIRE(p != NULL);
	pthread_create(&t, NULL, inside, gort_sym(p, "call_back"));
	pthread_barrier_wait(&in);
	REQUIRE(pthread_create(&closer, NULL, close_patiently, p) == 0);
	while (st.state != GORT_P_DRAINING) {
		REQUIRE(gort_stat(p, &st) == 0);
		sched_yield();
	}
	CHECK(gort_open(plugin("basic2"), 0) == NULL);
	CHECK(strstr(gort_errmsg(), "a module basic is in the process"));
	pthread_barrier_wait(&out);
	pthread_join(closer, &bad);
	CHECK(bad == NULL);
	pthread_join(t, NULL);
	p = gort_open(plugin("basic2"), 0);
	CHECK(p && gort_close(p, 1000) == 0);
}

static void
busy_reload(void)
{
	struct gort_plugin *p = gort_open(plugin("basic1"), 0);
	struct gort_stats st;
	pthread_t t;

	REQUIRE(p != NULL);
	pthread_create(&t, NULL, inside, gort_sym(p, "call_back"));
	pthread_barrier_wait(&in);
	/* the old version lingers with its call, the new one serves */
	CHECK(gort_reload(p, plugin("basic2"), 10) == 0);
	CHECK(strstr(gort_errmsg(), "still inside") != NULL);
	CHECK(number(p) == 2);
	CHECK(gort_stat(p, &st) == 0);
	CHECK(st.lingering == 1 && st.in_flight == 1);
	CHECK(gort_reap(p) == 1);
	CHECK(gort_close(p, 10) == -GORT_ETIMEDOUT);
	CHECK(number(p) == 2);
	pthread_barrier_wait(&out);
	pthread_join(t, NULL);
	CHECK(gort_reap(p) == (int)lingering(1));
	CHECK(gort_stat(p, &st) == 0);
	CHECK(st.lingering == lingering(1) && st.in_flight == 0);
	CHECK(gort_close(p, 1000) == 0);
}

static void
close_self(void *arg)
{
	CHECK(gort_close(arg, 1000) == -GORT_EDEADLK);
	/* replacing oneself is possible: the old version lingers */
	CHECK(gort_reload(arg, plugin("basic2"), 1000) == 0);
}

static void
from_inside(void)
{
	struct gort_plugin *p = gort_open(plugin("basic1"), 0);
	struct callback cb = {close_self, p};

	REQUIRE(p != NULL);
	CHECK(gort_call(gort_sym(p, "call_back"), &cb, NULL) == 0);
	CHECK(number(p) == 2);
	CHECK(gort_reap(p) == (int)lingering(1));
	CHECK(gort_close(p, 1000) == 0);
}

static void
needs(void)
{
	struct gort_plugin *p = gort_open(plugin("basic1"), 0), *q;

	REQUIRE(p != NULL);
	q = gort_open(plugin("needy"), 0);
	REQUIRE(q != NULL);
	CHECK(gort_close(p, 1000) == -GORT_EBUSY);
	CHECK(strstr(gort_errmsg(), "is needed by module needy") != NULL);
	CHECK(gort_close(q, 1000) == 0);
	CHECK(gort_close(p, 1000) == 0);
}

static struct gort_plugin *needed;
static int finis;

static void *
closes_needed(void *status)
{
	*(int *)status = gort_close(needed, 1000);
	return NULL;
}

static void
needed_is_closed(void)
{
	pthread_t t;
	int status = 1;

	if (pthread_create(&t, NULL, closes_needed, &status) == 0)
		pthread_join(t, NULL);
	CHECK(status == 0);
}

static void
count_fini(void)
{
	finis++;
}

static void
need_closed_in_init(void)
{
	needed = gort_open(plugin("basic1"), 0);
	REQUIRE(needed != NULL);
	set_hook("BASIC_ON_INIT", needed_is_closed);
	set_hook("BASIC_ON_FINI", count_fini);
	finis = 0;
	CHECK(gort_open(plugin("needy"), 0) == NULL);
	CHECK(strstr(gort_errmsg(), "needs module basic") != NULL);
	CHECK(finis == 2);
	unsetenv("BASIC_ON_INIT");
	unsetenv("BASIC_ON_FINI");
}

static void
thread_pins(void)
{
	struct gort_plugin *p = gort_open(plugin("pinned"), 0);
	int (*wake_fd)(void);
	int fd;

	REQUIRE(p != NULL);
	wake_fd = (int (*)(void))gort_sym(p, "wake_fd");
	fd = wake_fd();
	/* its thread has frames in it: still 0, but mapped, and it says so */
	CHECK(gort_close(p, 1000) == 0);
	CHECK(strstr(gort_errmsg(), "may be running its code") != NULL);
	CHECK(write(fd, "x", 1) == 1);
}

static pthread_barrier_t deep_down, up_again;
#ifdef SYS_gettid
static long waiter; /* its thread */
#endif

/* With more stack below the frame of the plugin than most calls need. */
static void
wait_deep(void)
{
	char room[600 << 10];

	memset(room, 0, sizeof(room));
	__asm__ volatile("" : : "r"(room) : "memory");
#ifdef SYS_gettid
	waiter = own_tid();
#endif
	pthread_barrier_wait(&deep_down);
	pthread_barrier_wait(&up_again);
	__asm__ volatile("" : : "r"(room) : "memory");
}

static void
deep_thread_pins(void)
{
	struct gort_plugin *p = gort_open(plugin("waiter"), 0);
	int (*start)(void (*)(void));

	REQUIRE(p != NULL);
	start = (int (*)(void (*)(void)))gort_sym(p, "start");
	REQUIRE(pthread_barrier_init(&deep_down, NULL, 2) == 0);
	REQUIRE(pthread_barrier_init(&up_again, NULL, 2) == 0);
	CHECK(start(wait_deep) == 0);
	pthread_barrier_wait(&deep_down);
#ifdef SYS_gettid /* one that runs is never unmapped below */
	while (!waits_in(waiter, -1))
		sched_yield();
#endif
	CHECK(gort_close(p, 1000) == 0);
	CHECK(strstr(gort_errmsg(), "may be running its code") != NULL);
	pthread_barrier_wait(&up_again);
}

static void
handler_pins(void)
{
	struct gort_plugin *p = gort_open(plugin("handler"), 0);

	REQUIRE(p != NULL);
	CHECK(gort_close(p, 1000) == 0);
	CHECK(strstr(gort_errmsg(), "handles signal") != NULL);
	signal(SIGUSR2, SIG_DFL);
}

static void
host_handler(int sig)
{
	(void)sig;
}

static void
handlers_stay(void)
{
	struct gort_plugin *p = gort_open(plugin("basic1"), 0);

	REQUIRE(p != NULL);
	REQUIRE(signal(SIGTERM, host_handler) != SIG_ERR);
	CHECK(gort_close(p, 1000) == 0);
	CHECK(signal(SIGTERM, SIG_DFL) == host_handler);
}

static bool
is_mapped(void (*fn)(int))
{
#ifdef _WIN32
	(void)fn;
	return false;
#else
	Dl_info info;
	void *p;

	memcpy(&p, &fn, sizeof(p));
	return dladdr(p, &info) != 0;
#endif
}

/* Of a plugin that could be in use by threads, which have to be looked at. */
static bool
unmaps(void)
{
	return dlclose_unmaps() &&
	       !emulated("that code goes when it is idle; its threads cannot "
			 "be looked at");
}

/*
 * What a failed init has left in use is not unmapped under it, and goes when it
 * is idle.
 */
static void
failed_init_pins(void)
{
	struct gort_plugin *p;
	void (*left)(int);

	setenv("HANDLER_FAILS", "1", 1);
	CHECK(gort_open(plugin("handler"), 0) == NULL);
	CHECK(strstr(gort_errmsg(), "returned 1") != NULL);
	unsetenv("HANDLER_FAILS");
	left = signal(SIGUSR2, SIG_DFL);
	REQUIRE(left != SIG_DFL && left != SIG_ERR);
	left(SIGUSR2);
	/* its name is free, and another close looks again */
	p = gort_open(plugin("handler"), 0);
	REQUIRE(p != NULL);
	signal(SIGUSR2, SIG_DFL);
	CHECK(gort_close(p, 1000) == 0);
	CHECK(!unmaps() || !is_mapped(left));
}

/* A reload's, too: the old version serves, beside what is left. */
static void
failed_reload_pins(void)
{
	struct gort_plugin *p = gort_open(plugin("handler"), 0);
	struct gort_stats st;
	void (*left)(int);

	REQUIRE(p != NULL);
	setenv("HANDLER_FAILS", "1", 1);
	CHECK(gort_reload(p, NULL, 1000) == -GORT_EINIT);
	unsetenv("HANDLER_FAILS");
	left = signal(SIGUSR2, SIG_DFL);
	left(SIGUSR2);
	CHECK(gort_stat(p, &st) == 0);
	CHECK(st.generation == 1 && st.lingering == 1);
	CHECK(gort_reap(p) == (unmaps() ? 0 : 1));
	CHECK(!unmaps() || !is_mapped(left));
	CHECK(gort_close(p, 1000) == 0);
}

#define MANY 300 /* more than have static records */

static void
many_modules(void)
{
	static struct gort_moduledata md[MANY];
	static char names[MANY][16];
	int i, k, round;

	for (round = 0; round < 2; round++) {
		for (i = 0; i < MANY; i++) {
			snprintf(names[i], sizeof(names[i]), "many%d", i);
			memset(&md[i], 0, sizeof(md[i]));
			md[i].magic = GORT_MAGIC;
			md[i].size = sizeof(md[i]);
			md[i].abi_min = GORT_MODULE_ABI_MIN;
			md[i].abi_max = GORT_MODULE_ABI_MAX;
			md[i].name = names[i];
			md[i].version = "1";
			gort__addmoduledata(&md[i]);
		}
		for (i = 0; i < MANY; i++) {
			REQUIRE(md[i].image != NULL);
			for (k = 0; k < i; k++)
				REQUIRE(md[k].image != md[i].image);
		}
		for (i = 0; i < MANY; i++)
			gort__removemoduledata(&md[i]);
	}
}

static int
visit(struct gort_plugin *p, void *arg)
{
	struct gort_stats st;

	gort_stat(p, &st);
	strcat(arg, st.name);
	strcat(arg, " ");
	return strcmp(st.name, "other") == 0 ? gort_close(p, 1000) : 0;
}

static int
visit_export(const struct gort_export_info *ex, void *arg)
{
	if (strcmp(ex->name, "basic_add") != 0)
		return 0;
	*(bool *)arg = strcmp(ex->ret, "int") == 0 &&
		       strcmp(ex->args, "(int a, int b)") == 0;
	return 12;
}

/* The first of several. */
static int
close_at_once(const struct gort_export_info *ex, void *plugin)
{
	static int seen;

	if (seen++ == 0 && gort_close(plugin, 1000) != 0)
		return 1;
	return ex->name[0] && ex->ret[0] && ex->args[0] == '(' ? 0 : 2;
}

static void
lists(void)
{
	struct gort_plugin *p = gort_open(plugin("basic1"), 0);
	struct gort_plugin *q = gort_open(plugin("other"), 0);
	char names[256] = "";
	bool found = false;

	REQUIRE(p && q);
	CHECK(gort_list(visit, names) == 0); /* closes the second */
	CHECK(strcmp(names, "basic other ") == 0);
	names[0] = '\0';
	CHECK(gort_list(visit, names) == 0);
	CHECK(strcmp(names, "basic ") == 0);
	CHECK(gort_exports(p, visit_export, &found) == 12);
	CHECK(found);
	/* a visit may close what is visited, and is told the rest of it */
	found = false;
	CHECK(gort_exports(p, close_at_once, p) == 0);
	CHECK(gort_exports(q = gort_open(plugin("basic1"), 0), visit_export,
		  &found) == 12);
	CHECK(found && gort_close(q, 1000) == 0);
}

static void
stale_pointers(void)
{
	struct gort_plugin *p = gort_open(plugin("basic1"), 0);
	int (*add)(int, int);
	int i;

	REQUIRE(p != NULL);
	add = (int (*)(int, int))gort_sym(p, "basic_add");
	CHECK(add(1, 2) == 3);
	CHECK(gort_close(p, 1000) == 0);
	/* a bug of the host; it is answered all the same */
	CHECK(add(1, 2) == 0);
	CHECK(strstr(gort_errmsg(), "unloaded") != NULL);
	/* also when the runtime's record of it serves another plugin */
	for (i = 0; i < 200; i++) {
		p = gort_open(plugin("other"), 0);
		REQUIRE(p != NULL);
		CHECK(add(1, 2) == 0);
		CHECK(gort_close(p, 1000) == 0);
	}
}

/* Runs first: what was freed before would do for long. */
static void
pointers_rest(void)
{
	void *first = NULL, *sym;
	int i;

	for (i = 0; i < 512; i++) {
		struct gort_plugin *p = gort_open(plugin("basic1"), 0);

		REQUIRE(p != NULL);
		sym = gort_sym(p, "number");
		REQUIRE(gort_close(p, 1000) == 0);
		if (!first)
			first = sym;
		else if (sym == first)
			break;
	}
	CHECK(i == 512);
}

static const struct test tests[] = {
    {"a closed plugin's pointer comes back after 511 others at the earliest",
	pointers_rest},
    {"a missing file is named", missing},
    {"other files are refused with the reason", not_a_plugin},
    {"a truncated plugin is refused at every length", truncated},
    {"another machine is refused, naming both", wrong_machine},
    {"another ABI is refused, naming both", wrong_abi},
    {"a failing init undoes the load", failing_init},
    {"an unmet need is named", unmet_need},
    {"open, call, close, open again", open_and_close},
    {"fini runs before the unload", fini_runs},
    {"the file may change and go once it is open", file_may_go},
    {"a reload replaces code and keeps state and pointers", reload},
    {"a reload that fails leaves the old version", rollback},
    {"a close with calls inside times out and says who", busy_close},
    {"a plugin that is being closed keeps its name", closing_keeps_name},
    {"a reload with calls inside leaves the old version to them", busy_reload},
    {"closing from inside is refused, reloading is not", from_inside},
    {"a needed plugin cannot be closed", needs},
    {"a need that is closed during init fails the open, after fini",
	need_closed_in_init},
    {"a thread of the plugin keeps it mapped", thread_pins},
    {"however deep it is in other code", deep_thread_pins},
    {"a signal handler keeps it mapped", handler_pins},
    {"closing looks at the host's handlers, no more", handlers_stay},
    {"so does one that a failed init has left, until it is gone",
	failed_init_pins},
    {"and that of a failed reload", failed_reload_pins},
    {"three hundred modules have records of their own", many_modules},
    {"lists can be walked and changed", lists},
    {"a pointer of a closed plugin refuses", stale_pointers},
};

int
main(void)
{
	int rc;

	if (!mkdtemp(dir))
		return 99;
	pthread_barrier_init(&in, NULL, 2);
	pthread_barrier_init(&out, NULL, 2);
	rc = RUN_TESTS("plugin", tests);
	unlink(scratch("text.so"));
	unlink(scratch("empty.so"));
	unlink(scratch("cut.so"));
	unlink(scratch("other.so"));
	rmdir(dir);
	return rc;
}
