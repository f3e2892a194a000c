/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hosts that run as servers do: as another user, without standard streams, in
 * an empty chroot, where no memory may become executable. Each in a child.
 */
#include "procstat.h"
#include "unload.h"

#include <gort.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

/* What a child found; in memory that both see. */
static struct told {
	int status;
	int value;
	char text[512];
} * told;

static void
tell(int status, int value, const char *text)
{
	told->status = status;
	told->value = value;
	snprintf(told->text, sizeof(told->text), "%s", text);
}

/* In a child; did it come to its end? */
static int
in_child(void (*fn)(void))
{
	pid_t pid;
	int status;

	fflush(NULL);
	memset(told, 0, sizeof(*told));
	pid = fork();
	if (pid == 0) {
		fn();
		_exit(0);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

/* Opens basic1 and calls it. */
static int
serves(void)
{
	struct gort_plugin *p = gort_open(plugin("basic1"), 0);
	int (*add)(int, int) = NULL;

	if (p)
		*(void **)&add = gort_sym(p, "basic_add");
	return add && add(40, 2) == 42 && gort_close(p, 1000) == 0;
}

static void
no_execution_gain(void)
{
	if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) != 0)
		tell(errno, 0, "");
	else
		tell(0, serves(), gort_errmsg());
}

static void
memory_deny_write_execute(void)
{
	CHECK(in_child(no_execution_gain));
	if (told->status) {
		printf("    SKIP (PR_SET_MDWE: %s)\n", strerror(told->status));
		return;
	}
	CHECK(told->value == 1);
	CHECK(told->text[0] == '\0' || !dlclose_unmaps());
}

static void
no_streams(void)
{
	struct gort_plugin *p;
	int i, fds = 0;

	for (i = 0; i < 3; i++)
		close(i);
	p = gort_open(plugin("basic1"), 0);
	/* as daemon(3) does */
	for (i = 0; i < 3; i++)
		fds += open("/dev/null", O_RDWR) == i;
	tell(fds, p && gort_close(p, 1000) == 0, gort_errmsg());
}

static void
standard_streams(void)
{
	CHECK(in_child(no_streams));
	CHECK(told->status == 3 && told->value == 1);
}

static char root[] = "/tmp/gort-test-root-XXXXXX";

static void
no_proc(void)
{
	char command[8192];

	snprintf(command, sizeof(command), "cp '%s' %s/p.so", plugin("basic1"),
	    root);
	if (system(command) != 0 || chdir("/") != 0 || chroot(root) != 0)
		tell(1, 0, strerror(errno));
	else
		tell(0, gort_open("/p.so", 0) != NULL, gort_errmsg());
}

/* The system's linker opens files by name only. */
static void
empty_chroot(void)
{
	char file[64];

	if (geteuid() != 0) {
		printf("    SKIP (not root): chroot\n");
		return;
	}
	REQUIRE(mkdtemp(root) != NULL);
	CHECK(in_child(no_proc));
	CHECK(told->status == 0 && told->value == 0);
	CHECK(strstr(told->text, "/p.so: ") == told->text);
	CHECK(strstr(told->text, "/proc") != NULL);
	snprintf(file, sizeof(file), "%s/p.so", root);
	unlink(file);
	rmdir(root);
}

/* A file of the process's own that became larger would end it: SIGXFSZ. */
static void
small_files(void)
{
	struct rlimit size = {4096, 4096};

	if (setrlimit(RLIMIT_FSIZE, &size) != 0)
		return;
	tell(gort_open(plugin("basic1"), 0) != NULL, 1, gort_errmsg());
}

static void
file_size_limit(void)
{
	CHECK(in_child(small_files));
	CHECK(told->status == 0 && told->value == 1);
	CHECK(strstr(told->text, "larger than 4096 bytes, the process's "
				 "RLIMIT_FSIZE") != NULL);
}

/* A thread of the plugin's is looked for, too: there is none but the caller. */
static void
as_first_process(void)
{
	struct gort_plugin *p = gort_open(plugin("waiter"), 0);

	while (procstat().threads > 1) /* the init thread lingers */
		sched_yield();
	if (getpid() == 1 && p && gort_close(p, 1000) == 0)
		tell(0, 1, dlclose_unmaps() ? gort_errmsg() : "");
	else
		tell(0, 0, gort_errmsg());
}

static void
inner_namespace(void)
{
	pid_t pid;
	int status;

	if (unshare(CLONE_NEWPID) != 0)
		tell(errno, 0, "");
	else if ((pid = fork()) == 0) {
		as_first_process();
		_exit(0);
	} else
		waitpid(pid, &status, 0);
}

static void
outer_proc(void)
{
	CHECK(in_child(inner_namespace));
	if (told->status) {
		printf("    SKIP (unshare: %s)\n", strerror(told->status));
		return;
	}
	CHECK(told->value == 1);
	CHECK(told->text[0] == '\0');
	if (told->text[0])
		printf("    says: %s\n", told->text);
}

static void *
wait_for_ever(void *unused)
{
	for (;;)
		pause();
	return unused;
}

/* The plugin imports pthread_create, so all threads are looked at. */
static void
as_nobody(void)
{
	struct gort_plugin *p = gort_open(plugin("pinned"), 0);
	pthread_t t;

	if (!p || pthread_create(&t, NULL, wait_for_ever, NULL) != 0) {
		tell(1, 0, gort_errmsg());
		return;
	}
	if (geteuid() != 0)
		prctl(PR_SET_DUMPABLE, 0);
	else if (setgid(65534) != 0 || setuid(65534) != 0)
		tell(1, 0, strerror(errno));
	if (gort_close(p, 1000) == 0)
		tell(told->status, prctl(PR_GET_DUMPABLE), gort_errmsg());
}

static void
other_user(void)
{
	CHECK(in_child(as_nobody));
	CHECK(told->status == 0 && told->value != 1);
	CHECK(strstr(told->text, "stays mapped") != NULL);
	CHECK(strstr(told->text, strerror(EACCES)) != NULL);
}

static void
nothing(void *unused)
{
	(void)unused;
}

static volatile int endless = 1;

static int
deeper(volatile char *at)
{
	volatile char room[1024];

	room[0] = *at;
	return endless ? deeper(room) + room[0] : 0;
}

static void
recurse(void *unused)
{
	volatile char from = 0;

	(void)unused;
	deeper(&from);
}

/* Long before the stack is as large as it may get. */
static void
no_more_memory(void)
{
	struct rlimit as = {0, RLIM_INFINITY};
	struct gort_error err;
	char line[256];
	FILE *f;

	if (gort_catch_faults(1) != 0 || gort_try(nothing, NULL, &err) != 0)
		return;
	f = fopen("/proc/self/statm", "r");
	if (!f || !fgets(line, sizeof(line), f))
		return;
	fclose(f);
	as.rlim_cur =
	    strtoul(line, NULL, 10) * (rlim_t)sysconf(_SC_PAGESIZE) + (1 << 20);
	if (setrlimit(RLIMIT_AS, &as) != 0)
		return;
	tell(gort_try(recurse, NULL, &err), 1, err.message);
}

static void
stack_cannot_grow(void)
{
	CHECK(in_child(no_more_memory));
	CHECK(told->status == -GORT_EFAULT && told->value == 1);
	CHECK(strcmp(told->text, "SIGSEGV: stack overflow") == 0);
}

static const struct test tests[] = {
    {"plugins work where no memory may become executable",
	memory_deny_write_execute},
    {"a plugin's file takes no standard stream's place", standard_streams},
    {"without /proc an open fails and names it", empty_chroot},
    {"where files may not be as large, an open fails and names the limit",
	file_size_limit},
    {"in a PID namespace /proc may be that of the outer one", outer_proc},
    {"a stack that the system does not let grow has overflown",
	stack_cannot_grow},
    {"after setuid an unload says why it cannot see threads", other_user},
};

int
main(void)
{
	if (emulated("what the kernel forbids the emulator"))
		return 77;
	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (told == MAP_FAILED)
		return 99;
	return RUN_TESTS("sandbox", tests);
}
