/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a Windows host meets: FreeLibrary of the runtime, a DllMain that calls
 * an export, slots of TlsAlloc, threads, unhandled exceptions.
 */
#include "main.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>

#define MUST(e) \
	do { \
		if (!(e)) { \
			printf("    %s:%d: %s\n", __FILE__, __LINE__, #e); \
			return 1; \
		} \
	} while (0)

/* A function of libgort, which some plugin has brought along. */
static void *
gort_function(const char *name)
{
	return dlsym(GetModuleHandleA("libgort.dll"), name);
}

static void
free_runtime(void)
{
	HMODULE gort;
	add_fn *add = load_add("basic2");
	int i;

	REQUIRE(add != NULL);
	CHECK(add(1, 2) == 3);
	gort = GetModuleHandleA("libgort.dll");
	REQUIRE(gort != NULL);
	for (i = 0; i < 10; i++)
		FreeLibrary(gort);
	CHECK(GetModuleHandleA("libgort.dll") == gort);
	CHECK(add(3, 4) == 7);
}

static int
p_dllmain(void)
{
	HMODULE dll = LoadLibraryA(plugin("dllmain"));
	int (*five)(void);
	void *sym;

	MUST(dll != NULL);
	MUST(*(int *)dlsym(dll, "from_dllmain") == 0);
	MUST(strstr(dlsym(dll, "why"), "under the loader lock"));
	MUST(*(int *)dlsym(dll, "status_of_try") < 0);
	sym = dlsym(dll, "five");
	memcpy(&five, &sym, sizeof(five));
	MUST(five() == 5);
	return 0;
}

/* A DLL of the host loads and calls a plugin in its own DllMain. */
static HMODULE
load_hostdll(void)
{
	setenv("HOST_PLUGIN", plugin("basic1"), 1);
	return dlopen(plugin("hostdll"), RTLD_NOW);
}

static int
p_host_dllmain(void)
{
	const char *(*errmsg)(void);
	HMODULE dll = load_hostdll();
	add_fn *add;
	void *p;

	MUST(dll && *(int *)dlsym(dll, "loaded") == 1);
	MUST(*(int *)dlsym(dll, "result") == 0);
	p = gort_function("gort_errmsg");
	memcpy(&errmsg, &p, sizeof(errmsg));
	MUST(strstr(errmsg(), "under the loader lock"));
	add = *(add_fn **)dlsym(dll, "add");
	MUST(add(2, 3) == 5);
	return 0;
}

/* What is initialised is called there as anywhere. */
static int
p_host_dllmain_ready(void)
{
	add_fn *add = load_add("basic1");
	HMODULE dll;

	MUST(add && add(1, 2) == 3);
	dll = load_hostdll();
	MUST(dll && *(int *)dlsym(dll, "result") == 5);
	return 0;
}

static bool
ended_with(HANDLE thread, DWORD want)
{
	DWORD got = 0;

	return WaitForSingleObject(thread, INFINITE) == WAIT_OBJECT_0 &&
	       GetExitCodeThread(thread, &got) && got == want;
}

/* ---- two first panics, one of them under the loader lock ---- */

static int (*try_it)(void (*)(void *), void *, void *);
static void (*panic_with)(const char *fmt, ...);
static HANDLE walker, walker_up, walk_now;
static int caught[2];

static void
panics(void *unused)
{
	(void)unused;
	panic_with("away");
}

static DWORD WINAPI
walks(LPVOID unused)
{
	(void)unused;
	SetEvent(walker_up);
	WaitForSingleObject(walk_now, INFINITE);
	caught[0] = try_it(panics, NULL, NULL);
	return 0;
}

/* Does the thread stand at one place? Its stack pointer there, else 0. */
static uintptr_t
stands(HANDLE thread)
{
	CONTEXT c = {.ContextFlags = CONTEXT_CONTROL};
	uintptr_t sp = 0;

	SuspendThread(thread);
	if (GetThreadContext(thread, &c))
#ifdef __i386__
		sp = c.Esp;
#else
		sp = c.Rsp;
#endif
	ResumeThread(thread);
	return sp;
}

/*
 * From DllMain. The other thread's first panic asks the loader, which waits for
 * the lock that is held here: until then it is looked at, as nobody tells.
 */
static void
walk_in_dllmain(void)
{
	uintptr_t before = stands(walker), at = 0, now;
	unsigned same = 0;

	SetEvent(walk_now);
	while (same < 1000) {
		SwitchToThread();
		now = stands(walker);
		same = now == at && now != before ? same + 1 : 0;
		at = now;
	}
	caught[1] = try_it(panics, NULL, NULL);
}

static DWORD WINAPI
loads_hostdll(LPVOID unused)
{
	(void)unused;
	return dlopen(plugin("hostdll"), RTLD_NOW) != NULL;
}

static int
p_walk_dllmain(void)
{
	char at[32];
	HANDLE loader;
	void *p;

	MUST(load_add("basic1") && load_add("basic1")(1, 2) == 3);
	p = gort_function("gort_try");
	memcpy(&try_it, &p, sizeof(try_it));
	p = gort_function("gort_panic");
	memcpy(&panic_with, &p, sizeof(panic_with));
	snprintf(at, sizeof(at), "%llx",
	    (unsigned long long)(uintptr_t)walk_in_dllmain);
	setenv("HOST_CALLBACK", at, 1);
	walker_up = CreateEventA(NULL, FALSE, FALSE, NULL);
	walk_now = CreateEventA(NULL, FALSE, FALSE, NULL);
	walker = CreateThread(NULL, 0, walks, NULL, 0, NULL);
	/* a thread does not start while the lock is held */
	MUST(walker && WaitForSingleObject(walker_up, INFINITE) == 0);
	loader = CreateThread(NULL, 0, loads_hostdll, NULL, 0, NULL);
	MUST(loader);
	/* a deadlock holds the loader lock, so there is no other way out */
	if (WaitForSingleObject(loader, 60000) != WAIT_OBJECT_0)
		TerminateProcess(GetCurrentProcess(), 2);
	MUST(ended_with(loader, TRUE) && ended_with(walker, 0));
	MUST(caught[0] == -18 && caught[1] == -18); /* GORT_EPANIC */
	return 0;
}

struct callback {
	void (*fn)(void *);
	void *arg;
};

/* A call of a plugin's that is inside until it is let go. */
struct inside {
	void (*call_back)(void *);
	HANDLE entered, let_go;
};

static void
stays(void *arg)
{
	struct inside *in = arg;

	SetEvent(in->entered);
	WaitForSingleObject(in->let_go, INFINITE);
}

static DWORD WINAPI
calls_inside(LPVOID arg)
{
	struct inside *in = arg;
	struct callback cb = {stays, in};

	in->call_back(&cb);
	return 7;
}

static DWORD WINAPI
frees(LPVOID lib)
{
	return (DWORD)FreeLibrary(lib);
}

/* Read what is written to standard error until it says text. */
static bool
stderr_says(int fd, const char *text)
{
	char all[4096];
	size_t len = 0;
	int n;

	for (all[0] = '\0'; !strstr(all, text); all[len] = '\0') {
		n = read(fd, all + len, (unsigned)(sizeof(all) - len - 1));
		if (n <= 0)
			return false;
		len += (size_t)n;
	}
	return true;
}

/* FreeLibrary with a call inside: the plugin stays until that has left. */
static int
p_free_inside(void)
{
	HMODULE lib = dlopen(plugin("basic1"), RTLD_NOW);
	struct inside in = {NULL, CreateEventA(NULL, FALSE, FALSE, NULL),
	    CreateEventA(NULL, TRUE, FALSE, NULL)};
	HANDLE caller, freer;
	int to_us[2];
	add_fn *add;
	void *p;

	MUST(lib && (p = dlsym(lib, "call_back")));
	memcpy(&in.call_back, &p, sizeof(in.call_back));
	MUST((p = dlsym(lib, "basic_add")));
	memcpy(&add, &p, sizeof(add));
	MUST(add(1, 2) == 3);
	MUST(_pipe(to_us, 4096, _O_BINARY) == 0 && dup2(to_us[1], 2) == 0);
	caller = CreateThread(NULL, 0, calls_inside, &in, 0, NULL);
	MUST(caller && WaitForSingleObject(in.entered, INFINITE) == 0);
	freer = CreateThread(NULL, 0, frees, lib, 0, NULL);
	MUST(freer);
	MUST(stderr_says(to_us[0], "basic 1.0: 1 calls still inside"));
	MUST(WaitForSingleObject(freer, 0) == WAIT_TIMEOUT);
	MUST(add(1, 2) == 0); /* refused: it is DRAINING */
	SetEvent(in.let_go);
	MUST(ended_with(caller, 7));
	MUST(ended_with(freer, TRUE));
	MUST(!GetModuleHandleA(plugin("basic1")));
	return 0;
}

/* FreeLibrary in a thread of its own, as a failure of it would be to wait. */
static int
freed_at_once(HMODULE lib, const char *name)
{
	HANDLE freer = CreateThread(NULL, 0, frees, lib, 0, NULL);

	MUST(freer && WaitForSingleObject(freer, 30000) == WAIT_OBJECT_0);
	MUST(ended_with(freer, TRUE));
	MUST(!GetModuleHandleA(plugin(name)));
	return 0;
}

struct bound {
	struct inside in;
	add_fn *add;
};

static DWORD WINAPI
calls_and_stays(LPVOID arg)
{
	struct bound *b = arg;
	int sum = b->add(3, 4);

	stays(&b->in);
	return (DWORD)sum;
}

/*
 * FreeLibrary while threads live that have called: they are not inside. Their
 * ends, with the plugin gone, give back what the runtime keeps for them.
 */
static int
p_free_bound(void)
{
	struct bound b = {{NULL, CreateEventA(NULL, FALSE, FALSE, NULL),
			      CreateEventA(NULL, TRUE, FALSE, NULL)},
	    NULL};
	HMODULE lib = dlopen(plugin("basic1"), RTLD_NOW);
	HANDLE callers[4];
	unsigned i;
	void *p;

	MUST(lib && (p = dlsym(lib, "basic_add")));
	memcpy(&b.add, &p, sizeof(b.add));
	for (i = 0; i < 4; i++) {
		callers[i] =
		    CreateThread(NULL, 0, calls_and_stays, &b, 0, NULL);
		MUST(callers[i]);
		MUST(WaitForSingleObject(b.in.entered, INFINITE) == 0);
	}
	MUST(freed_at_once(lib, "basic1") == 0);
	SetEvent(b.in.let_go);
	for (i = 0; i < 4; i++)
		MUST(ended_with(callers[i], 7));
	b.add = load_add("basic1");
	MUST(b.add && b.add(5, 6) == 11);
	return 0;
}

static void
ends_thread(void *code)
{
	ExitThread(*(DWORD *)code);
}

static DWORD WINAPI
ends_inside(LPVOID call_back)
{
	DWORD code = 9;
	struct callback cb = {ends_thread, &code};
	void (*fn)(void *);

	memcpy(&fn, &call_back, sizeof(fn));
	fn(&cb);
	return 0;
}

/* The end of a thread drops its m, and the calls that it was inside. */
static int
p_free_ended(void)
{
	HMODULE lib = dlopen(plugin("basic1"), RTLD_NOW);
	HANDLE caller;
	void *p;

	MUST(lib && (p = dlsym(lib, "call_back")));
	caller = CreateThread(NULL, 0, ends_inside, p, 0, NULL);
	MUST(caller && ended_with(caller, 9));
	return freed_at_once(lib, "basic1");
}

static add_fn *shared_add;

static DWORD WINAPI
call_twice(LPVOID ok)
{
	*(bool *)ok = shared_add(40, 2) == 42 && shared_add(1, 1) == 2;
	return 0;
}

static bool
on_threads(int n)
{
	bool ok, all = true;
	HANDLE t;
	int i;

	for (i = 0; i < n; i++) {
		ok = false;
		t = CreateThread(NULL, 0, call_twice, &ok, 0, NULL);
		if (!t)
			return false;
		WaitForSingleObject(t, INFINITE);
		CloseHandle(t);
		all = all && ok;
	}
	return all;
}

/* The runtime's slot lies in the array of each thread, not in its TEB. */
static int
p_slots(void)
{
	DWORD slot = 0;
	int i;

	while (slot < 64) {
		slot = TlsAlloc();
		MUST(slot != TLS_OUT_OF_INDEXES);
	}
	shared_add = load_add("basic1");
	MUST(shared_add != NULL);
	for (i = 0; i < 1000; i++)
		MUST(shared_add(i, 1) == i + 1);
	MUST(on_threads(8));
	return 0;
}

static void
write_nowhere(void *unused)
{
	volatile int *volatile nowhere = (volatile int *)8;

	(void)unused;
	*nowhere = 1;
}

static int
catch_faults(void)
{
	int (*fn)(int);
	void *p;

	if (!load_add("basic1"))
		return 1;
	p = gort_function("gort_catch_faults");
	memcpy(&fn, &p, sizeof(fn));
	return fn(1);
}

/* no box and no debugger for what is about to happen */
static int
p_fault(void)
{
	SetErrorMode(SEM_NOGPFAULTERRORBOX);
	MUST(catch_faults() == 0);
	write_nowhere(NULL);
	return 1;
}

/* Not asked for: below a boundary as outside. */
static int
p_not_asked(void)
{
	int (*try)(void (*)(void *), void *, void *);
	void *p;

	SetErrorMode(SEM_NOGPFAULTERRORBOX);
	MUST(load_add("basic1"));
	p = gort_function("gort_try");
	memcpy(&try, &p, sizeof(try));
	try(write_nowhere, NULL, NULL);
	return 1;
}

static LONG WINAPI
own_filter(EXCEPTION_POINTERS *ep)
{
	(void)ep;
	_exit(33);
}

static int
p_filter(void)
{
	SetUnhandledExceptionFilter(own_filter);
	MUST(catch_faults() == 0);
	write_nowhere(NULL);
	return 1;
}

static void
own_handler(int sig)
{
	_exit(sig == SIGSEGV ? 34 : 35);
}

static int
p_signal(void)
{
	signal(SIGSEGV, own_handler);
	MUST(catch_faults() == 0);
	write_nowhere(NULL);
	return 1;
}

#ifdef __x86_64__
/* The modules of a stack, innermost first, each once: "main gort basic1". */
static void
take_stack(void *arg)
{
	void *pcs[32];
	HMODULE last = NULL, m;
	char name[MAX_PATH], *base;
	USHORT n = RtlCaptureStackBackTrace(0, 32, pcs, NULL), i;

	for (i = 0; i < n; i++) {
		if (!GetModuleHandleExA(
			GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
			    GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
			pcs[i], &m) ||
		    m == last)
			continue;
		last = m;
		GetModuleFileNameA(m, name, sizeof(name));
		base = strrchr(name, '\\');
		strcat(arg, base ? base + 1 : name);
		strcat(arg, " ");
	}
}

/* The system's own walk, by unwind data, passes an entered call. */
static void
stack_walk(void)
{
	static char modules[4096];
	struct callback cb = {take_stack, modules};
	void (*call_back)(void *);
	void *sym;

	REQUIRE(load_add("basic1") != NULL);
	sym = dlsym(dlopen(plugin("basic1"), RTLD_NOW), "call_back");
	REQUIRE(sym != NULL);
	memcpy(&call_back, &sym, sizeof(sym));
	call_back(&cb);
	/* basic1's own frame may be gone by a tail call */
	CHECK(strstr(modules, "libgort.dll main.exe kernel32.dll ") != NULL);
	printf("    %s\n", modules);
}
#endif

#ifdef HAVE_CXX
/* It brings libgcc's and libstdc++'s DLLs along, after gort is there. */
static int
p_cxx(void)
{
	int (*call)(void *, void *, void *);
	void *p, *throws;

	MUST(load_add("basic1"));
	MUST(!GetModuleHandleA("libstdc++-6.dll"));
	throws = dlsym(dlopen(plugin("cxx"), RTLD_NOW), "throws");
	MUST(throws != NULL);
	MUST(GetModuleHandleA("libstdc++-6.dll"));
	p = gort_function("gort_call");
	memcpy(&call, &p, sizeof(call));
	MUST(call(throws, NULL, NULL) == -19); /* GORT_EEXCEPTION */
	MUST(call(throws, NULL, NULL) == -19);
	return 0;
}

static void
cxx(void)
{
	CHECK(run_self(self, "cxx") == 0);
}
#endif

static void
dllmain(void)
{
	CHECK(run_self(self, "dllmain") == 0);
}

static void
host_dllmain(void)
{
	CHECK(run_self(self, "host-dllmain") == 0);
	CHECK(run_self(self, "host-dllmain-ready") == 0);
}

static void
walk_dllmain(void)
{
	CHECK(run_self(self, "walk-dllmain") == 0);
}

static void
free_inside(void)
{
	CHECK(run_self(self, "free-inside") == 0);
}

static void
free_others(void)
{
	CHECK(run_self(self, "free-bound") == 0);
	CHECK(run_self(self, "free-ended") == 0);
}

static void
slots(void)
{
	CHECK(run_self(self, "slots") == 0);
}

static void
threads(void)
{
	shared_add = load_add("basic2");
	REQUIRE(shared_add != NULL);
	CHECK(on_threads(200));
}

static void
others_faults(void)
{
	CHECK(run_self(self, "fault") == (int)EXCEPTION_ACCESS_VIOLATION);
	CHECK(run_self(self, "not-asked") == (int)EXCEPTION_ACCESS_VIOLATION);
	CHECK(run_self(self, "filter") == 33);
	CHECK(run_self(self, "signal") == 34);
}

const struct test host_tests[] = {
    {"FreeLibrary of the runtime changes nothing", free_runtime},
    {"an export called from a DllMain is refused", dllmain},
    {"one called from a host's own DllMain is refused until it is ready",
	host_dllmain},
    {"a panic in a DllMain does not wait for another thread's first",
	walk_dllmain},
    {"FreeLibrary with a call inside says so and waits for it", free_inside},
    {"FreeLibrary waits for no thread that has left, or ended inside",
	free_others},
    {"the runtime's TLS slot may be over 63", slots},
    {"threads come and go", threads},
#ifdef __x86_64__
    {"the system's stack walk passes an exported call", stack_walk},
#endif
#ifdef HAVE_CXX
    {"a C++ plugin in a host without C++ may throw", cxx},
#endif
    {"faults elsewhere are as without gort", others_faults},
};
const unsigned host_ntests = sizeof(host_tests) / sizeof(host_tests[0]);

int
host_part(const char *name)
{
	static const struct {
		const char *name;
		int (*fn)(void);
	} parts[] = {
	    {"dllmain", p_dllmain},
	    {"free-bound", p_free_bound},
	    {"free-ended", p_free_ended},
	    {"free-inside", p_free_inside},
	    {"host-dllmain", p_host_dllmain},
	    {"host-dllmain-ready", p_host_dllmain_ready},
	    {"slots", p_slots},
	    {"walk-dllmain", p_walk_dllmain},
#ifdef HAVE_CXX
	    {"cxx", p_cxx},
#endif
	    {"fault", p_fault},
	    {"not-asked", p_not_asked},
	    {"filter", p_filter},
	    {"signal", p_signal},
	};
	unsigned i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strcmp(parts[i].name, name) == 0)
			return parts[i].fn();
	return 99;
}
