/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Unwinds from every instruction of every routine of abi/. A child runs a
 * script of calls; the parent steps it, and at each instruction inside a
 * routine asks libunwind (remote, so nothing of ours takes part) for the
 * caller, its stack pointer and the registers that calls preserve, and
 * compares them with what they were when the routine was entered. What the
 * script did not reach is found by disassembling, and fails.
 */
#include "check.h"
#include "abi_splitcode.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <gort.h>
#include <gort/crosscall.h>
#include <gort/jmpdefer.h>
#include <gort/switch.h>
#include <libunwind-ptrace.h>
#include <link.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the machine ----------------------------------------------------------- */

#ifdef __x86_64__
typedef unsigned long long reg_t;
#define R_PC(r) ((r)->rip)
#define R_SP(r) ((r)->rsp)
enum { KEPT = 6 };
#define R_KEPT(r) \
	{ \
		(r)->rbx, (r)->rbp, (r)->r12, (r)->r13, (r)->r14, (r)->r15 \
	}
static const int unw_kept[KEPT] = {UNW_X86_64_RBX, UNW_X86_64_RBP,
    UNW_X86_64_R12, UNW_X86_64_R13, UNW_X86_64_R14, UNW_X86_64_R15};
#else
typedef unsigned long reg_t;
#define R_PC(r) ((uint32_t)(r)->eip)
#define R_SP(r) ((uint32_t)(r)->esp)
enum { KEPT = 4 };
#define R_KEPT(r) \
	{ \
		(uint32_t)(r)->ebx, (uint32_t)(r)->ebp, (uint32_t)(r)->esi, \
		    (uint32_t)(r)->edi \
	}
static const int unw_kept[KEPT] = {
    UNW_X86_EBX, UNW_X86_EBP, UNW_X86_ESI, UNW_X86_EDI};
#endif

/* ---- the routines ----------------------------------------------------------- */

enum {
	ENDS = 1,     /* the outermost frame: no caller */
	EXTRA = 2,    /* its entry has words above the return address: 386 */
	OPTIONAL = 4, /* not on each machine, or not reached by the script */
};

static struct routine {
	const char *name;
	int flags;
	unsigned unreached; /* instructions that cannot run, as after a */
			    /* call that does not return */
	uintptr_t lo, hi;   /* in the child */
	uintptr_t offset;   /* in the file */
	unsigned stepped;
} routines[] = {
    {"gort__entry", 0, 0, 0, 0, 0, 0},
    {"entry_slow", 0, 0, 0, 0, 0, 0},
    {"entry_wake", 0, 0, 0, 0, 0, 0},
    {"vectors_save", 0, 0, 0, 0, 0, 0},
    {"vectors_load", 0, 0, 0, 0, 0, 0},
    {"xstate_probe", 0, 0, 0, 0, 0, 0},
    {"gort__catch", 0, 0, 0, 0, 0, 0},
    {"gort__catch_land", ENDS, 0, 0, 0, 0, 0},
    {"gort__sigpanic", 0, 1, 0, 0, 0, 0},
    {"gort__getregs", 0, 0, 0, 0, 0, 0},
    {"gort__gaddr", 0, 0, 0, 0, 0, 0},
    {"gort_switch", 0, 1, 0, 0, 0, 0},
    {"gort__switch_raw", OPTIONAL, 0, 0, 0, 0, 0},
    {"gort_switch_fp", 0, 0, 0, 0, 0, 0},
    {"gort_gogo", 0, 0, 0, 0, 0, 0},
    {"gort_gosave", 0, 0, 0, 0, 0, 0},
    {"gort_mcall", 0, 2, 0, 0, 0, 0},
    {"gort__gostart", ENDS, 3, 0, 0, 0, 0},
    {"gort__crosscall", 0, 0, 0, 0, 0, 0},
    {"gort__crosscall2", 0, 0, 0, 0, 0, 0},
    {"gort__deferreturn", 0, 0, 0, 0, 0, 0},
    {"gort__deferreturn_pic", OPTIONAL, 0, 0, 0, 0, 0},
    {"gort__jmpdefer", 0, 0, 0, 0, 0, 0},
    {"gort__morestack", 0, 0, 0, 0, 0, 0},
    {"gort__morestack_split", OPTIONAL, 0, 0, 0, 0, 0},
    {"gort__morestack_non_split", OPTIONAL, 0, 0, 0, 0, 0},
    {"gort__split_limit", OPTIONAL, 0, 0, 0, 0, 0},
};
#define NROUTINES (sizeof(routines) / sizeof(routines[0]))

#include "abi_cfi_script.h"

/* ---- the parent: where things are ------------------------------------------------ */

static pid_t pid;
static char library[4096];
static uintptr_t base; /* of the library in the child */
static uintptr_t at_tls_offset, at_xstate, at_watch;

static void *
map_file(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	void *p = NULL;
	long n;

	if (!f)
		return NULL;
	if (fseek(f, 0, SEEK_END) == 0 && (n = ftell(f)) > 0) {
		*size = (size_t)n;
		p = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, fileno(f), 0);
	}
	fclose(f);
	return p == MAP_FAILED ? NULL : p;
}

static void
place(const char *name, uintptr_t value, uintptr_t size)
{
	unsigned i;

	if (strcmp(name, "gort__tls_offset") == 0)
		at_tls_offset = value;
	if (strcmp(name, "gort__xstate") == 0)
		at_xstate = value;
	if (strcmp(name, "gort__switch_watch") == 0)
		at_watch = value;
	for (i = 0; i < NROUTINES; i++) {
		if (strcmp(name, routines[i].name) == 0 && size) {
			routines[i].offset = value;
			routines[i].lo = value;
			routines[i].hi = value + size;
		}
	}
}

/* The library's own symbol table, which has the hidden ones. */
static int
find_routines(void)
{
	size_t size = 0, k;
	const char *p = map_file(library, &size);
	const ElfW(Ehdr) *eh = (const void *)p;
	const ElfW(Shdr) * sh;
	int i, found = 0;

	if (!p)
		return 0;
	sh = (const void *)(p + eh->e_shoff);
	for (i = 0; i < eh->e_shnum; i++) {
		const ElfW(Sym) *sym = (const void *)(p + sh[i].sh_offset);
		const char *str;

		if (sh[i].sh_type != SHT_SYMTAB)
			continue;
		str = p + sh[sh[i].sh_link].sh_offset;
		for (k = 0; k < sh[i].sh_size / sizeof(*sym); k++)
			place(str + sym[k].st_name, sym[k].st_value,
			    sym[k].st_size);
		found = 1;
	}
	return found;
}

/* Where the child has the library. */
static int
find_base(void)
{
	char path[64], line[4600], file[4096];
	unsigned long lo;
	unsigned i;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	f = fopen(path, "r");
	while (f && !base && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx-%*x %*s %*x %*s %*d %4095s", &lo, file) ==
			2 &&
		    strcmp(file, library) == 0)
			base = lo;
	if (f)
		fclose(f);
	for (i = 0; base && i < NROUTINES; i++) {
		if (routines[i].hi) {
			routines[i].lo += base;
			routines[i].hi += base;
		}
	}
	return base != 0;
}

static uintptr_t
peek(uintptr_t at)
{
	errno = 0;
	return (uintptr_t)ptrace(PTRACE_PEEKDATA, pid, (void *)at, NULL);
}

static void
poke(uintptr_t at, uintptr_t v)
{
	ptrace(PTRACE_POKEDATA, pid, (void *)at, (void *)v);
}

/* ---- the parent: changing what the child will see ------------------------------ */

static uintptr_t poked_at, poked_old;
static int pending; /* CLOSE_GATE, DRAIN: at the next gort__entry */

static void
change(uintptr_t at, uintptr_t mask, uintptr_t v)
{
	poked_at = at;
	poked_old = peek(at);
	poke(at, (poked_old & ~mask) | v);
}

static void
change_for(int what)
{
	switch (what) {
	case NO_TLS:
		change(base + at_tls_offset, ~(uintptr_t)0, 0);
		break;
	case NO_XSTATE:
		/* through the slow path */
		change(base + at_xstate, 0xff, 0);
		pending = CLOSE_GATE;
		break;
	case FXSAVE:
		change(base + at_xstate, 0xff, 1);
		pending = CLOSE_GATE;
		break;
	case NO_WATCH:
		/* split code's constructor has asked to be told */
		change(base + at_watch, 0xff, 0);
		break;
	case UNDO:
		if (poked_at)
			poke(poked_at, poked_old);
		poked_at = 0;
		break;
	default:
		pending = what;
	}
}

/* At gort__entry: the image's first bytes are gate and drain. */
static void
at_entry(uintptr_t slot)
{
	uintptr_t target = peek(slot), image = peek(target);
	uintptr_t old = peek(image);

	if (pending == CLOSE_GATE)
		poke(image, old & ~(uintptr_t)0xff);
	else
		poke(image, old | 0x100);
	if (!poked_at) {
		poked_at = image;
		poked_old = old;
	} else {
		/* reopened by the time it matters: the slow path asks state */
		pending = UNDO;
		return;
	}
	pending = 0;
}

/* ---- the parent: checking an instruction ----------------------------------------- */

struct entered {
	uintptr_t ra, cfa;
	uintptr_t kept[KEPT];
};

static struct entered ring[256];
static unsigned nring;
static unsigned steps, total, bad;
static uint8_t seen[1 << 20]; /* by offset in the file */
static unw_addr_space_t space;
static void *upt;

static struct routine *
routine_at(uintptr_t pc)
{
	unsigned i;

	for (i = 0; i < NROUTINES; i++)
		if (pc >= routines[i].lo && pc < routines[i].hi)
			return &routines[i];
	return NULL;
}

static void
enter(const struct user_regs_struct *r, uintptr_t above)
{
	struct entered *e = &ring[nring++ % 256];
	uintptr_t kept[KEPT] = R_KEPT(r);

	e->ra = peek(R_SP(r) + above);
	e->cfa = R_SP(r) + above + sizeof(uintptr_t);
	memcpy(e->kept, kept, sizeof(kept));
}

/* The cursor's frame is where some routine was called from. */
static int
is_caller(unw_cursor_t *c)
{
	unw_word_t ip, sp, v;
	unsigned i, k;

	if (unw_get_reg(c, UNW_REG_IP, &ip) || unw_get_reg(c, UNW_REG_SP, &sp))
		return 0;
	for (i = nring > 256 ? nring - 256 : 0; i < nring; i++) {
		struct entered *e = &ring[i % 256];

		/* jmpdefer goes back to the call, by up to 16 bytes,
		   __morestack on to the body, by 1; libunwind takes the CFA for sp: Note [The CFA of an entered call] */
		if (ip > e->ra + 1 || ip + 16 < e->ra ||
		    (sp & ~(unw_word_t)(sizeof(void *) - 1)) != e->cfa)
			continue;
		for (k = 0; k < KEPT; k++)
			if (unw_get_reg(c, unw_kept[k], &v) || v != e->kept[k])
				break;
		if (k == KEPT)
			return 1;
	}
	return 0;
}

static void
complain(struct routine *r, uintptr_t pc, const char *what)
{
	if (bad++ < 20)
		printf("    %s+0x%lx: %s\n", r->name,
		    (unsigned long)(pc - r->lo), what);
}

static void
check_at(struct routine *r, const struct user_regs_struct *regs)
{
	uintptr_t pc = R_PC(regs);
	unw_cursor_t c;
	int depth, rc;

	r->stepped++;
	steps++;
	if (pc - base < sizeof(seen))
		seen[pc - base] = 1;
	if (unw_init_remote(&c, space, upt) != 0) {
		complain(r, pc, "unw_init_remote failed");
		return;
	}
	if (r->flags & ENDS) {
		rc = unw_step(&c);
		if (rc > 0)
			complain(r, pc, "has a caller, but is outermost");
		return;
	}
	for (depth = 0; depth < 4; depth++) {
		rc = unw_step(&c);
		if (rc <= 0)
			break;
		if (is_caller(&c))
			return;
	}
	complain(r, pc, "the caller is not found");
}

static void
one_step(struct routine **in)
{
	struct user_regs_struct regs;
	struct routine *r;
	uintptr_t pc, above = 0;

	total++;
	ptrace(PTRACE_GETREGS, pid, NULL, &regs);
	pc = R_PC(&regs);
	r = routine_at(pc);
	if (r && pc == r->lo && !(r->flags & ENDS)) {
		uintptr_t slot;
#ifdef __x86_64__
		slot = regs.r11;
#else
		/* the stub's words: eax, the slot */
		if (strcmp(r->name, "gort__entry") == 0)
			above = 8;
		slot = above ? peek(R_SP(&regs) + 4) : 0;
		if (strcmp(r->name, "entry_slow") == 0)
			above = 12;
#endif
		enter(&regs, above);
		if (strcmp(r->name, "gort__entry") == 0 &&
		    (pending == CLOSE_GATE || pending == DRAIN))
			at_entry(slot);
	}
	if (r)
		check_at(r, &regs);
	*in = r;
}

/* Follow the child to its end; its exit status, or -1. */
static int
follow(void)
{
	struct routine *in = NULL;
	int status, stepping = 0, sig = 0;

	for (;;) {
		ptrace(stepping ? PTRACE_SINGLESTEP : PTRACE_CONT, pid, NULL,
		    (void *)(intptr_t)sig);
		sig = 0;
		if (waitpid(pid, &status, 0) != pid)
			return -1;
		if (WIFEXITED(status))
			return WEXITSTATUS(status);
		if (WIFSIGNALED(status))
			return -WTERMSIG(status);
		if (WSTOPSIG(status) == SIGUSR1) {
			siginfo_t si;

			ptrace(PTRACE_GETSIGINFO, pid, NULL, &si);
			if (si.si_value.sival_int <= RUN)
				stepping = si.si_value.sival_int == STEP;
			else
				change_for(si.si_value.sival_int);
		} else if (WSTOPSIG(status) == SIGTRAP) {
			if (stepping)
				one_step(&in);
		} else {
			sig = WSTOPSIG(status);
		}
	}
}

/* ---- what was not reached ------------------------------------------------------------ */

/* Instructions of r that were not stepped, from a disassembly. */
static unsigned
unreached(const struct routine *r)
{
	char cmd[4400], line[512];
	unsigned n = 0, all = 0;
	FILE *p;

	snprintf(cmd, sizeof(cmd),
	    "objdump -d --no-show-raw-insn --start-address=0x%lx "
	    "--stop-address=0x%lx '%s'",
	    (unsigned long)r->offset,
	    (unsigned long)(r->offset + (r->hi - r->lo)), library);
	p = popen(cmd, "r");
	while (p && fgets(line, sizeof(line), p)) {
		unsigned long at;
		char what[64];

		if (sscanf(line, " %lx: %63s", &at, what) != 2)
			continue;
		all++;
		if (at < sizeof(seen) && !seen[at] &&
		    strncmp(what, "nop", 3) != 0 && strcmp(what, "xchg")) {
			n++;
			if (n > r->unreached)
				printf("    %s+0x%lx not reached: %s", r->name,
				    at - r->offset, line);
		}
	}
	if (p)
		pclose(p);
	return all ? n : ~0u;
}

static void
every_instruction(void)
{
	int rc;

	rc = follow();
	if (rc != 0)
		printf("    the child ended with %d\n", rc);
	CHECK(rc == 0);
	printf("    %u instructions of %u\n", steps, total);
	CHECK(steps > 500);
	CHECK(bad == 0);
}

static void
all_reached(void)
{
	unsigned i;

	if (system("objdump --version >/dev/null 2>&1") != 0) {
		printf("    skipped: no objdump\n");
		return;
	}
	for (i = 0; i < NROUTINES; i++) {
		struct routine *r = &routines[i];

		if (!r->hi) {
			CHECK(r->flags & OPTIONAL);
			continue;
		}
		if (r->flags & OPTIONAL && !r->stepped)
			continue;
		CHECK(r->stepped > 0);
		CHECK(unreached(r) <= r->unreached);
	}
}

static int
start(const char *me)
{
	Dl_info info;
	int status;

	if (!dladdr((void *)(uintptr_t)gort_try, &info) ||
	    !realpath(info.dli_fname, library) || !find_routines())
		return 0;
	pid = fork();
	if (pid == 0) {
		personality(ADDR_NO_RANDOMIZE);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execl(me, me, "child", (char *)NULL);
		_exit(99);
	}
	/* stops at the exec, then at its first SIGUSR1, with all loaded */
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return 0;
	do {
		ptrace(PTRACE_CONT, pid, NULL, NULL);
		if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
			return 0;
	} while (WSTOPSIG(status) != SIGUSR1);
	space = unw_create_addr_space(&_UPT_accessors, 0);
	unw_set_caching_policy(space, UNW_CACHE_GLOBAL);
	upt = _UPT_create(pid);
	return find_base() && space && upt;
}

int
main(int argc, char **argv)
{
	static const struct test tests[] = {
	    {"the caller is found from every instruction", every_instruction},
	    {"every instruction was reached", all_reached},
	};

	(void)argv;
	if (argc > 1) {
		/* loaded: the parent looks where */
		ask(RUN);
		return child();
	}
	if (!start("/proc/self/exe")) {
		printf("cannot trace a child here\n");
		return 77;
	}
	return RUN_TESTS("cfi", tests);
}
