/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What gort bind costs. A call through an export thunk over one of the same
 * function without: bind.thunk_ns where the thunk looks at the gate and goes
 * on (--resident), bind.counted_thunk_ns where the call is entered and left,
 * so that the module can be unloaded; peer.forward.thunk_ns, what comes with
 * any of that kind, is a call and a return more. bind.write_us makes the object
 * of 1,000 exports in memory, bind.command_ms is the command that does it, from
 * start to end, and peer.as.bind_ms the assembler on a text of the same data,
 * code and notes.
 * usage: bench_bind RESIDENT COUNTED BARE GORT FOLDER
 */
#include "bench.h"
#include "../loader/bind.h"

#include <dlfcn.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

#define RUNS 25
#define THUNK_RUNS 250
#define CALLS 400000 /* a run of 1 ms is seldom disturbed */
#define EXPORTS 1000

typedef int add_fn(int, int);

extern char **environ;

static add_fn *volatile target; /* not inlined, not known */

static void
aim(void *at)
{
	add_fn *fn;

	memcpy(&fn, &at, sizeof(fn));
	target = fn;
}

static double
time_calls(void)
{
	add_fn *fn = target;
	double start = now_ns();
	volatile int sum = 0;
	int s = 0;
	unsigned i;

	for (i = 0; i < CALLS; i++)
		s = fn(s, 1);
	sum = s;
	(void)sum;
	return (now_ns() - start) / CALLS;
}

/* One function of file over another, which does the same. */
static int
bench_over(
    const char *name, const char *file, const char *longer, const char *shorter)
{
	void *lib = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	void *thunk = lib ? dlsym(lib, longer) : NULL;
	void *plain = lib ? dlsym(lib, shorter) : NULL;
	double v[THUNK_RUNS], b[THUNK_RUNS];
	unsigned i;

	if (!thunk || !plain) {
		fprintf(stderr, "bench_bind: %s\n", dlerror());
		return 1;
	}
	aim(thunk);
	if (target(40, 2) != 42)
		return 1;
	for (i = 0; i < THUNK_RUNS; i++) {
		aim(plain);
		b[i] = time_calls();
		aim(thunk);
		v[i] = time_calls();
	}
	report_over(name, v, b, THUNK_RUNS, "ns");
	return 0;
}

static size_t
make_list(char *text, size_t size)
{
	size_t n = 0;
	unsigned i;

	for (i = 0; i < EXPORTS; i++)
		n += (size_t)snprintf(text + n, size - n,
		    "int function_%u(int a, const char *b) = impl_%u\n", i, i);
	return n;
}

static int
bench_write(const char *list, size_t n)
{
	double v[RUNS];
	unsigned i;

	for (i = 0; i < RUNS; i++) {
		double start = now_ns();
		struct bind b = {.name = "bench", .version = "1.0"};
		struct wr out = {0};
		struct gort_err e;
		int rc;

		b.mach = gort__objmachine_named("elf-amd64");
		rc = gort__bind_list(&b, list, n, "list", &e);
		if (rc == 0)
			rc = gort__bind_check(&b, &e);
		if (rc == 0)
			rc = gort__bind_write(&b, &out, &e);
		gort__bind_free(&b);
		wr_free(&out);
		v[i] = (now_ns() - start) / 1e3;
		if (rc) {
			fprintf(stderr, "bench_bind: %s\n", e.text);
			return 1;
		}
	}
	report("bind.write_us", v, RUNS, "us");
	return 0;
}

static int
bench_command(const char *name, const char **words)
{
	char *argv[16] = {NULL};
	double v[RUNS];
	unsigned i;

	for (i = 0; words[i]; i++)
		if (!(argv[i] = strdup(words[i])))
			return 1;

	for (i = 0; i < RUNS; i++) {
		double start = now_ns();
		int status;
		pid_t pid;

		if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ) ||
		    waitpid(pid, &status, 0) != pid || status != 0)
			return 1;
		v[i] = (now_ns() - start) / 1e6;
	}
	for (i = 0; argv[i]; i++)
		free(argv[i]);
	report(name, v, RUNS, "ms");
	return 0;
}

/* What the object holds, as a compiler would have it assembled. */
static void
write_assembly(FILE *f)
{
	unsigned i;

	for (i = 0; i < EXPORTS; i++)
		fprintf(f,
		    ".text\n.p2align 4\n.globl function_%u\n"
		    ".type function_%u, @function\nfunction_%u:\n"
		    ".cfi_startproc\nendbr64\nleaq .Lexport%u(%%rip), %%r11\n"
		    "jmp *gort__entry@GOTPCREL(%%rip)\n.cfi_endproc\n"
		    ".size function_%u, . - function_%u\n"
		    ".data\n.p2align 3\n.Lexport%u:\n"
		    ".quad .Lexport%u + 16, 0, gort__cold_image, impl_%u, "
		    ".Lname%u, .Lret%u, .Largs%u\n.hidden impl_%u\n"
		    ".section .rodata\n.Lname%u: .asciz \"function_%u\"\n"
		    ".Lret%u: .asciz \"int\"\n"
		    ".Largs%u: .asciz \"(int a, const char *b)\"\n"
		    ".section gort_exports,\"aw\"\n.quad .Lexport%u\n"
		    ".section .note.gort,\"a\",@note\n.balign 4\n"
		    ".long 5, 2f - 1f, 2\n.asciz \"GORT\"\n.balign 4\n"
		    "1: .asciz \"function_%u\"\n.asciz \"int\"\n"
		    ".asciz \"(int a, const char *b)\"\n2: .balign 4\n",
		    i, i, i, i, i, i, i, i, i, i, i, i, i, i, i, i, i, i, i);
}

int
main(int argc, char **argv)
{
	static char list[1 << 17];
	char list_path[4096], as_path[4096], out[4096];
	size_t n;
	FILE *f;

	if (argc != 6)
		return 64;
	n = make_list(list, sizeof(list));
	snprintf(list_path, sizeof(list_path), "%s/bind.list", argv[5]);
	snprintf(as_path, sizeof(as_path), "%s/bind.s", argv[5]);
	snprintf(out, sizeof(out), "%s/bind.o", argv[5]);
	f = fopen(list_path, "w");
	if (!f || fwrite(list, 1, n, f) != n || fclose(f) != 0)
		return 1;
	f = fopen(as_path, "w");
	if (!f)
		return 1;
	write_assembly(f);
	if (fclose(f) != 0)
		return 1;
	if (bench_over("bind.thunk_ns", argv[1], "add", "plain_add") ||
	    bench_over("bind.counted_thunk_ns", argv[2], "add", "plain_add") ||
	    bench_over(
		"peer.forward.thunk_ns", argv[3], "bare_forward", "bare_add") ||
	    bench_write(list, n))
		return 1;
	bench_command("bind.command_ms",
	    (const char *[]){argv[4], "bind", "--name", "bench", "--version",
		"1.0", "-o", out, list_path, NULL});
#ifdef __x86_64__
	bench_command("peer.as.bind_ms",
	    (const char *[]){"as", "-o", out, as_path, NULL});
#endif
	return 0;
}
