/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort: a shared runtime for C programs that host plugins.
 *
 * A host includes this header and links with -lgort. A plugin includes it
 * too, says GORT_MODULE once and GORT_EXPORT for each function it offers
 * (see <gort/module.h>). A host that knows nothing of gort can dlopen such a
 * plugin and call its exports like any C function.
 *
 * Unless a function says otherwise it may be called on any thread and on any
 * stack, returns 0 or -GORT_E..., and leaves the reason of a failure in
 * gort_errmsg(). None is async-signal-safe unless it says so. Times are in
 * milliseconds; a negative time-out waits for ever.
 */
#ifndef GORT_H
#define GORT_H

#include <stddef.h>
#include <stdint.h>

#include <gort/errors.h>

/* The version of this header; gort_version() gives that of the library. */
#define GORT_VERSION "0.1.0"

/*
 * The ABI between a module and the runtime: module data, notes, the entry
 * that exports jump to. A module accepts the range it was built with; the
 * runtime accepts any module whose range meets its own.
 */
#define GORT_ABI 1

#include <gort/object.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GORT__NORETURN __attribute__((noreturn))
#define GORT__PRINTF(f, a) __attribute__((format(GORT__PRINTF_KIND, f, a)))

/* ---- the runtime ------------------------------------------------------ */

/* The states of the gate that exported calls wait at; see docs/DESIGN.md. */
enum gort_state {
	GORT_COLD,     /* nothing started yet, or the child of a fork */
	GORT_STARTING, /* the runtime-init thread is at work */
	GORT_READY,    /* calls pass */
	GORT_STOPPING, /* gort_shutdown() drains; new calls are refused */
	GORT_STOPPED,  /* calls are refused */
	GORT_FAILED,   /* init failed: calls are refused with the reason */
};

/* The library's version, such as "0.1.0". A static string. */
GORT_API const char *gort_version(void);

/* The state of the runtime now. Async-signal-safe. */
GORT_API enum gort_state gort_state(void);

/* A state's name, such as "READY". A static string. */
GORT_API const char *gort_state_name(enum gort_state state);

/*
 * Wait until the runtime is ready, starting it where it is COLD. Needed only
 * by a host that wants to learn of a failed start before its first call.
 * Errors: EFAILED, ESTOPPED, ETIMEDOUT.
 */
GORT_API int gort_wait_ready(int timeout_ms);

/*
 * Stop the runtime: refuse new calls, wait for the calls in flight, run the
 * modules' fini hooks, put back the signal handlers, free what threads hold.
 * Not from inside an exported call (EDEADLK). On ETIMEDOUT the runtime stays
 * STOPPING, or READY where the init thread was at work all the time; the call
 * may be repeated. Final, also for children that are forked later.
 */
GORT_API int gort_shutdown(int timeout_ms);

/*
 * The text of this thread's last failed gort call: file, place and reason.
 * Owned by the runtime; valid until the next gort call on this thread.
 * Never NULL; empty when nothing failed yet.
 */
GORT_API const char *gort_errmsg(void);

/* The general text of a status (either sign). A static string. */
GORT_API const char *gort_strerror(int status);

/* ---- panics and the boundary ------------------------------------------ */

#define GORT_ERROR_FRAMES 32

/*
 * What a boundary caught. The caller owns the memory; nothing in it needs
 * freeing and the strings are copies, so it outlives the module it names.
 */
struct gort_error {
	int code;          /* GORT_EPANIC, _EEXCEPTION, _EFAULT, _EGOEXIT */
	int signo;         /* EFAULT: the signal, such as SIGSEGV */
	uintptr_t address; /* EFAULT: the address that faulted */
	int detail;        /* EPANIC: the code of gort_panic_value() */
	char message[256]; /* the panic's message, an exception's what() */
	char module[64];   /* the module it came from; "" for the host */
	char version[32];  /* and its version */
	uint32_t skipped;  /* frames left without running their cleanups */
	void *skipped_at;  /* code of the innermost of them, or NULL */
	uint32_t nframes;  /* frames used below */
	void *frames[GORT_ERROR_FRAMES]; /* innermost first */
};

typedef void gort_func(void *arg);

/*
 * Call fn(arg) below a boundary. Returns 0 when fn returned. A panic, a C++
 * or Rust exception and, where gort_catch_faults() asked for it, a hardware
 * fault raised below ends here: cleanups of the frames between have run, the
 * return is -GORT_EPANIC, -GORT_EEXCEPTION or -GORT_EFAULT, and *err (if not
 * NULL) says what it was. A runtime that is not READY is waited for; if it
 * failed or is stopped, fn is not called (EFAILED, ESTOPPED; err->code too).
 * pthread_exit and pthread_cancel pass through.
 */
GORT_API int gort_try(gort_func *fn, void *arg, struct gort_error *err);

/*
 * Raise a panic with a printf-style message. It unwinds to the innermost
 * gort_try or gort_call on this thread's stack. Without one it goes to the
 * hook of gort_on_uncaught(), then prints "panic: ..." and a backtrace to
 * stderr and ends the process with status 2, as Go does. So it does where it
 * would leave a signal handler, a constructor or destructor that the dynamic
 * linker runs, or a handler of fork: the boundary must be in there.
 */
GORT_API GORT__NORETURN void gort_panic(const char *fmt, ...)
    GORT__PRINTF(1, 2);

/*
 * Called before the process ends for a panic that no boundary catches, on the
 * panicking thread; not again for a panic of its own. If it returns, the
 * process ends as without it. NULL takes the hook out. Returns the hook that
 * was set before.
 */
typedef void gort_uncaught(const struct gort_error *err);
GORT_API gort_uncaught *gort_on_uncaught(gort_uncaught *hook);

/*
 * Turn SIGSEGV, SIGBUS, SIGFPE and SIGILL that are raised by an instruction
 * below a boundary into panics (on != 0), or stop doing so and put back the
 * handlers that were there (on == 0). Process-wide; off when the library is
 * loaded. A host that installs handlers of its own later calls it again. Faults
 * outside a boundary, and signals sent by kill(2), go to the handler that was
 * installed before, as if gort were not there.
 */
GORT_API int gort_catch_faults(int on);

/*
 * Fill pcs[] with up to n return addresses of the caller's stack, innermost
 * first; the number filled. Crosses frames without unwind tables by the
 * frame pointer. Async-signal-safe on Linux with glibc 2.35 or later, as is
 * gort_describe_pc().
 */
GORT_API size_t gort_backtrace(void **pcs, size_t n);

/*
 * Write "name+0xoff (file+0xoff)" for a code address; names of unloaded
 * module versions are kept. Returns the length as snprintf does.
 */
GORT_API size_t gort_describe_pc(const void *pc, char *buf, size_t n);

#ifndef _WIN32
/*
 * Write "file:line" of the call that returns to pc, from debug information:
 * through elfutils' libdw, which is opened when this is first called. Takes
 * milliseconds, allocates, and is for threads outside signal handlers. Returns
 * the length as snprintf does; 0, and an empty text, where nothing is known
 * or there is no libdw.
 */
GORT_API size_t gort_describe_line(const void *pc, char *buf, size_t n);
#endif

/*
 * Write the message, module and backtrace, a line a frame, as the uncaught
 * panic prints it. Returns the length as snprintf does.
 */
GORT_API size_t gort_format_error(
    const struct gort_error *err, char *buf, size_t n);

/* ---- plugins ---------------------------------------------------------- */

struct gort_plugin; /* an open plugin, through all its reloads */

/* The states of one loaded version of a plugin. */
enum gort_plugin_state {
	GORT_P_FOUND,    /* the file is there */
	GORT_P_LOADED,   /* mapped, constructors run, module data registered */
	GORT_P_RESOLVED, /* needs are met */
	GORT_P_INITED,   /* its init hook returned 0 */
	GORT_P_READY,    /* serving */
	GORT_P_DRAINING, /* replaced or closing; calls still inside */
	GORT_P_UNLOADED, /* gone from the process */
	GORT_P_FAILED,   /* a step failed and was undone */
	GORT_P_QUARANTINED, /* a fault was contained in it: no more calls */
};

/* A state's name, such as "DRAINING". A static string. */
GORT_API const char *gort_plugin_state_name(enum gort_plugin_state state);

/*
 * Load the plugin in the file at path: read it once, check its note, ABI and
 * needs before any of its code runs, map those same bytes from a private copy,
 * run its constructors, then its init hook. The file may be replaced or removed
 * afterwards. The file is a shared object or, where <gort/link.h> works, an
 * object or an archive (all its members; also a thin one, whose members are
 * read once, too): that is linked into the process. flags: 0 or
 * GORT_QUARANTINE. Returns NULL on failure with the process as it was; but code
 * that a constructor or the init hook has left in use (a thread, a signal
 * handler, a SIGEV_THREAD timer) stays mapped until a later gort_close() finds it
 * idle. A module name can be open once (EEXIST), also in quarantine and until
 * gort_close() has returned 0. Not from inside a constructor or a hook of a
 * module. Shared libraries that it is linked with may be modules, too: the init
 * thread initialises them before it, and a need of such a one is looked at when
 * they are loaded. If the thread ends in the init hook, the file stays mapped.
 */
#define GORT_QUARANTINE 1u

/*
 * GORT_QUARANTINE: after the first hardware fault that a boundary has caught
 * in the plugin, calls of it are refused (EQUARANTINE; the text names the
 * module and the fault), as its memory cannot be trusted. Calls that are inside
 * go on. gort_stat() shows the state and the fault. gort_reload() lifts it: the
 * new version starts without the state of the old one, which saves nothing.
 */
GORT_API struct gort_plugin *gort_open(const char *path, unsigned flags);

/*
 * The plugin's export as a C function pointer: call it with its own
 * signature, or pass it to gort_call(). It stays valid until gort_close()
 * and always calls the version that is current at the moment of the call;
 * a call that has begun keeps its version mapped. If a later version lacks
 * the name, calling it panics. NULL with ENOSYM when there is no such export.
 * The same name gives the same pointer.
 */
GORT_API void *gort_sym(struct gort_plugin *plugin, const char *name);

/*
 * Call an export of type void(void *) below a boundary; as gort_try(), and
 * the plugin's statistics count the failure.
 */
GORT_API int gort_call(void *sym, void *arg, struct gort_error *err);

/*
 * Replace the plugin's version by the file at path (NULL: the path it was
 * opened with, which the plugin then keeps). The new version is loaded,
 * checked and initialised beside the old one, takes over its saved state,
 * and becomes current in one step; no call fails or waits. Any failure
 * before that step leaves the old version serving and undoes the new one (what
 * is left in use of it counts as lingering).
 * Then the old version is drained and unloaded. If it has calls inside after
 * timeout_ms, or cannot be shown to be unused, it stays mapped: the return
 * is still 0, gort_stat() counts it in `lingering`, and later gort_reload(),
 * gort_reap() and gort_close() calls unload it once it is idle.
 * Errors as gort_open(); ESTATE for another module name.
 */
GORT_API int gort_reload(
    struct gort_plugin *plugin, const char *path, int timeout_ms);

/*
 * Unload the lingering old versions that have become idle. Returns how many
 * are left, with gort_errmsg() saying why the last of them is, or a negative
 * error: EINVAL, EDEADLK from a constructor or hook, or as gort_wait_ready().
 */
GORT_API int gort_reap(struct gort_plugin *plugin);

/*
 * Refuse new calls, wait for those in flight, run fini, unload. On ETIMEDOUT
 * (gort_errmsg() says who is inside) the plugin is open and serving as
 * before. EDEADLK from inside one of its own calls; EBUSY while another
 * open plugin needs it. After 0 the handle and its gort_sym() pointers are
 * invalid. Where the code cannot be shown to be unused it stays mapped:
 * still 0, and gort_errmsg() says why. pthread keys whose destructors lie in a
 * version that is unloaded, here or by gort_reload(), are deleted (glibc):
 * threads keep their values, as with pthread_key_delete(3).
 */
GORT_API int gort_close(struct gort_plugin *plugin, int timeout_ms);

/* A snapshot of a plugin; plain values, strings are copies. */
struct gort_stats {
	char name[64];
	char version[32];
	char path[256];               /* as opened, cut if longer */
	enum gort_plugin_state state; /* of the current version */
	uint32_t generation;          /* 1, then one more a reload */
	uint32_t lingering;           /* old versions still mapped */
	uint64_t in_flight;           /* calls inside now, all versions */
	uint64_t calls;               /* calls begun, all versions */
	uint64_t panics;              /* gort_call()s ended by a panic, */
				      /* an exception or a fault */
	char last_error[256];         /* of the last of those, or reload */
};

GORT_API int gort_stat(struct gort_plugin *plugin, struct gort_stats *st);

/*
 * Visit the open plugins in the order they were opened, until fn returns
 * non-zero; returns that value, or 0. fn runs without locks held and may
 * call any function here, also gort_close() of the plugin it was given.
 */
typedef int gort_visit_plugin(struct gort_plugin *plugin, void *arg);
GORT_API int gort_list(gort_visit_plugin *fn, void *arg);

/*
 * Visit the exports of the current version (name, return type, arguments) until
 * fn returns other than 0, which is returned. fn is given a copy, without a
 * lock held: it may call any function here. Waits for an operation on the
 * plugin by another thread; not from the plugin's hooks.
 * Errors: EINVAL, ESTATE: it is closed, ENOMEM.
 */
struct gort_export_info {
	const char *name; /* valid during the visit, as are the next two */
	const char *ret;  /* as written in GORT_EXPORT: "int" */
	const char *args; /* "(int a, int b)" */
};
typedef int gort_visit_export(const struct gort_export_info *ex, void *arg);
GORT_API int gort_exports(
    struct gort_plugin *plugin, gort_visit_export *fn, void *arg);

#ifdef __cplusplus
}
#endif

#include <gort/module.h>
#include <gort/defer.h>

#endif
