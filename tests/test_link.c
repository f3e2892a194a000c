/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Objects linked into the process. Run by link.sh, which compiles them into
 * the folder $LINK_OBJECTS from link_*.c.
 */
#include "check.h"
#include "procstat.h"

#include <gort.h>
#include <gort/link.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *
object(const char *name)
{
	static char path[2][4096];
	static int n;

	n = !n;
	snprintf(
	    path[n], sizeof(path[n]), "%s/%s", getenv("LINK_OBJECTS"), name);
	return path[n];
}

static struct gort_link *
loaded(const char *name, void *log)
{
	struct gort_link *lk = gort_link_new();

	if (gort_link_define(lk, "host_log", log) ||
	    gort_link_add(lk, object(name), 0) || gort_link_load(lk)) {
		printf("    %s\n", gort_errmsg());
		gort_link_free(lk);
		return NULL;
	}
	return lk;
}

static int
call(struct gort_link *lk, const char *name)
{
	void *p = gort_link_sym(lk, name);
	int (*fn)(void);

	memcpy(&fn, &p, sizeof(fn));
	return p ? fn() : -1;
}

/* The load fails, and says both texts. */
static void
refused(struct gort_link *lk, const char *says, const char *also)
{
	bool told;

	CHECK(gort_link_load(lk) != 0);
	told = strstr(gort_errmsg(), says) && strstr(gort_errmsg(), also);
	CHECK(told);
	if (!told)
		printf("    says: %s\n", gort_errmsg());
	gort_link_free(lk);
}

static void
order(void)
{
	char log[64] = "";
	struct gort_link *lk = loaded("init.o", log);

	REQUIRE(lk != NULL);
	CHECK(strcmp(log, "abc") == 0);
	CHECK(call(lk, "run") == 42);
	CHECK(strcmp(log, "abcr") == 0);
	CHECK(gort_link_free(lk) == 0);
	CHECK(strcmp(log, "abcrzxy") == 0);
}

static void
undefined_symbol(void)
{
	struct procstat before, after;
	struct gort_link *lk;
	int i;

	for (i = 0; i < 2; i++) {
		before = procstat_alone();
		lk = gort_link_new();
		CHECK(gort_link_add(lk, object("undef.o"), 0) == 0);
		refused(lk, "undefined symbol nobody_has_this", "undef.o");
		after = procstat();
	}
	CHECK(after.maps == before.maps && after.fds == before.fds);
}

static void
duplicates(void)
{
	struct gort_link *lk = gort_link_new();

	CHECK(gort_link_add(lk, object("init.o"), 0) == 0);
	CHECK(gort_link_add(lk, object("twice.o"), 0) == 0);
	refused(lk, "init.o", "twice.o");
}

static void
states(void)
{
	char log[64] = "";
	struct gort_link *lk = loaded("init.o", log);

	REQUIRE(lk != NULL);
	CHECK(gort_link_add(lk, object("init.o"), 0) == -GORT_ESTATE);
	CHECK(gort_link_load(lk) == -GORT_ESTATE);
	CHECK(gort_link_sym(lk, "hidden_one") == NULL);
	CHECK(gort_link_sym(lk, "nowhere") == NULL);
	CHECK(gort_link_free(lk) == 0);
	lk = gort_link_new();
	CHECK(gort_link_add(lk, "/nowhere.o", 0) == -GORT_ENOENT);
	CHECK(gort_link_add(lk, object("init.o"), 8) == -GORT_EINVAL);
	CHECK(gort_link_define(lk, "x", log) == 0);
	CHECK(gort_link_define(lk, "x", log) == -GORT_EEXIST);
	CHECK(gort_link_add(lk, object("init.c"), 0) == -GORT_EFORMAT);
	CHECK(gort_link_sym(lk, "run") == NULL);
	CHECK(strstr(gort_errmsg(), "see gort_link_load()") != NULL);
	CHECK(gort_link_add(lk, object("undef.o"), 0) == 0);
	CHECK(gort_link_load(lk) == -GORT_ENOSYM);
	CHECK(gort_link_sym(lk, "run") == NULL);
	CHECK(strstr(gort_errmsg(), "the link has failed") != NULL);
	CHECK(gort_link_free(lk) == 0);
	CHECK(gort_link_free(NULL) == 0);
}

static void
write_or_execute(void)
{
	char log[64] = "", line[512], perms[8];
	struct gort_link *lk = loaded("init.o", log);
	void *fn, *cst;
	bool code = false, constant = false, both = false;
	unsigned long lo, hi;
	FILE *f;

	REQUIRE(lk != NULL);
	fn = gort_link_sym(lk, "run");
	cst = gort_link_sym(lk, "relocated_constant");
	f = fopen("/proc/self/maps", "r");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx %7s", &lo, &hi, perms) != 3)
			continue;
		if ((unsigned long)fn >= lo && (unsigned long)fn < hi)
			code = strncmp(perms, "r-x", 3) == 0;
		if ((unsigned long)cst >= lo && (unsigned long)cst < hi)
			constant = strncmp(perms, "r--", 3) == 0;
		both |= perms[1] == 'w' && perms[2] == 'x';
	}
	if (f)
		fclose(f);
	CHECK(code);
	/* qemu has both kinds of pages in one line, as the host has them */
	if (!emulated("pages that are constant"))
		CHECK(constant);
	CHECK(!both);
	CHECK(gort_link_free(lk) == 0);
}

static void
host_panic(void)
{
	gort_panic("from below %d", 7);
}

static void
call_it(void *p)
{
	int (*fn)(void);

	memcpy(&fn, &p, sizeof(fn));
	fn();
}

static void
panics_pass(void)
{
	struct gort_link *lk = gort_link_new();
	void (*fn)(void) = host_panic;
	struct gort_error err = {0};
	char text[4096];
	void *p;
	int i;

	memcpy(&p, &fn, sizeof(p));
	CHECK(gort_link_define(lk, "host_panic", p) == 0);
	CHECK(gort_link_add(lk, object("panics.o"), 0) == 0);
	CHECK(gort_link_load(lk) == 0);
	p = gort_link_sym(lk, "run");
	REQUIRE(p != NULL);
	for (i = 0; i < 3; i++) {
		CHECK(gort_try(call_it, p, &err) == -GORT_EPANIC);
		CHECK(strcmp(err.message, "from below 7") == 0);
		CHECK(err.skipped == 0);
	}
	gort_format_error(&err, text, sizeof(text));
	CHECK(strstr(text, " deep+0x") != NULL);
	CHECK(strstr(text, " run+0x") != NULL);
	CHECK(strstr(text, "(panics.o+0x") != NULL);
	/* a cleanup, compiled with -fexceptions, has run each time */
	CHECK(call(lk, "cleanups") == 3);
	CHECK(gort_link_free(lk) == 0);
}

/* What a handler of signals is in, stays with all that it uses. */
static void
pinned(void)
{
	char log[64] = "";
	struct gort_link *lk = gort_link_new();

	CHECK(gort_link_define(lk, "host_log", log) == 0);
	CHECK(gort_link_add(lk, object("libpinned.so"), 0) == 0);
	CHECK(gort_link_add(lk, object("pinned.o"), 0) == 0);
	CHECK(gort_link_load(lk) == 0);
	CHECK(call(lk, "install") == 0);
	CHECK(gort_link_free(lk) == -GORT_EPINNED);
	CHECK(strstr(gort_errmsg(), "signal") != NULL);
	raise(SIGUSR1);
	CHECK(log[0] == 42);
	signal(SIGUSR1, SIG_DFL);
}

/* The variables' file is closed; its number may be anything's by then. */
static void
freed_beside_a_pipe(void)
{
	char log[64] = "";
	struct gort_link *lk = loaded("tls.o", log);
	int fds[2];

	REQUIRE(lk != NULL);
	REQUIRE(pipe(fds) == 0);
	CHECK(gort_link_free(lk) == 0);
	close(fds[0]);
	close(fds[1]);
}

static void
cycles(void)
{
	struct procstat before = {0}, after;
	char log[64];
	int i;

	for (i = 0; i < 10100; i++) {
		struct gort_link *lk;

		if (i == 100)
			before = procstat_alone();
		log[0] = '\0';
		lk = loaded(i % 2 ? "init.o" : "tls.o", log);
		REQUIRE(lk != NULL);
		if (call(lk, "run") != 42 || gort_link_free(lk) != 0) {
			CHECK(0);
			return;
		}
	}
	after = procstat();
	printf("    10000 cycles: %ld to %ld KiB, %d to %d mappings\n",
	    before.rss_kib, after.rss_kib, before.maps, after.maps);
	if (!emulated("memory, as the emulator keeps code that it translated"))
		CHECK(after.rss_kib <= before.rss_kib + 256);
	CHECK(after.maps <= before.maps + 2);
	CHECK(after.fds == before.fds);
	CHECK(after.threads == before.threads);
}

static char *file;
static size_t file_size;

static bool
read_object(const char *name)
{
	FILE *f = fopen(object(name), "rb");

	free(file);
	file = malloc(1 << 20);
	file_size = f && file ? fread(file, 1, 1 << 20, f) : 0;
	if (f)
		fclose(f);
	return file_size > 0;
}

/* Not the file of that name. */
static void
library_in_memory(void)
{
	struct gort_link *lk = gort_link_new();

	REQUIRE(read_object("libpinned.so"));
	CHECK(gort_link_add_memory(lk, "libm.so.6", file, file_size, 0) ==
	      -GORT_ENOTSUP);
	CHECK(strstr(gort_errmsg(), "gort_link_add()") != NULL);
	CHECK(gort_link_free(lk) == 0);
}

/* Load what is in file, and run nothing of it but constructors. */
static void
try_load(size_t size)
{
	char log[4096] = "";
	struct gort_link *lk = gort_link_new();

	gort_link_define(lk, "host_log", log);
	if (gort_link_add_memory(lk, "damaged", file, size, 0) == 0 &&
	    gort_link_resolve(lk) == 0)
		gort_link_load(lk);
	gort_link_free(lk);
}

static void
damage_in_child(const char *name)
{
	static const char values[] = {0, 1, 0x7f, (char)0x80, (char)0xff};
	size_t i;
	unsigned k;

	if (!read_object(name))
		_exit(2);
	for (i = 0; i < file_size; i += 7)
		try_load(i);
	for (i = 0; i < file_size; i++) {
		for (k = 0; k < sizeof(values); k++) {
			char was = file[i];

			file[i] = values[k];
			try_load(file_size);
			file[i] = was;
		}
	}
	_exit(0);
}

/*
 * plain.o has no code that loading runs, so whatever is damaged, nothing of
 * it runs; and no signal comes of it.
 */
static void
damage(void)
{
	pid_t pid;
	int status = -1;

	fflush(NULL);
	pid = fork();
	REQUIRE(pid >= 0);
	if (pid == 0)
		damage_in_child("plain.o");
	waitpid(pid, &status, 0);
	CHECK(status == 0);
	if (status)
		printf("    wait status 0x%x\n", (unsigned)status);
}

static const struct test tests[] = {
    {"constructors and destructors run in the linker's order", order},
    {"an undefined symbol is named and nothing stays", undefined_symbol},
    {"two definitions are an error that names both", duplicates},
    {"what is not possible is refused", states},
    {"nothing is writable and executable; what is relocated is constant",
	write_or_execute},
    {"panics pass linked frames, name them and run their cleanups",
	panics_pass},
    {"thread-local variables go, whatever has their file's number now",
	freed_beside_a_pipe},
    {"a shared library is not opened from memory", library_in_memory},
    {"code that stays keeps its libraries and variables", pinned},
    {"10,000 loads and unloads leave nothing", cycles},
    {"damaged objects are refused or loaded, without a signal", damage},
};

int
main(void)
{
	if (!getenv("LINK_OBJECTS")) {
		printf("run by link.sh\n");
		return 99;
	}
	return RUN_TESTS("link", tests);
}
