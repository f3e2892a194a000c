/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * File and line of a code address: by elfutils' libdw, opened when somebody
 * asks first and never at load. Allocates, reads files and takes locks.
 */
#include "../include/small.h"
#include "runtime.h"
#include "dynlib.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Dwfl_Callbacks; elfutils/libdwfl.h, stable since 0.127 */
struct dwfl_callbacks {
	void (*find_elf)(void);
	void (*find_debuginfo)(void);
	void (*section_address)(void);
	char **debuginfo_path;
};

/* The functions of libdw; a Dwfl and what it gives are opaque here. */
static struct {
	void *(*_Atomic begin)(const struct dwfl_callbacks *);
	int (*_Atomic report)(void *, pid_t);
	int (*_Atomic report_end)(void *, void *, void *);
	void *(*_Atomic module)(void *, uint64_t);
	void *(*_Atomic nextcu)(void *, void *, uint64_t *);
	int (*_Atomic haspc)(void *, uint64_t);
	void *(*_Atomic getsrc)(void *, uint64_t);
	const char *(*_Atomic linesrc)(void *, uint64_t *, uint64_t *);
	int (*_Atomic lineno)(void *, int *);
	void (*_Atomic end)(void *);
	struct dwfl_callbacks how;
} dw;
static _Atomic bool dw_found, dw_tried;
static struct gort__mutex dw_lock = GORT__MUTEX_INIT; /* libdw's state */

static void
dw_find(void)
{
	void *lib = dlopen("libdw.so.1", RTLD_NOW | RTLD_LOCAL);

	dw_found =
	    lib && gort__dl_function(lib, "dwfl_begin", &dw.begin) &&
	    gort__dl_function(lib, "dwfl_linux_proc_report", &dw.report) &&
	    gort__dl_function(lib, "dwfl_report_end", &dw.report_end) &&
	    gort__dl_function(lib, "dwfl_addrmodule", &dw.module) &&
	    gort__dl_function(lib, "dwfl_module_nextcu", &dw.nextcu) &&
	    gort__dl_function(lib, "dwarf_haspc", &dw.haspc) &&
	    gort__dl_function(lib, "dwarf_getsrc_die", &dw.getsrc) &&
	    gort__dl_function(lib, "dwarf_linesrc", &dw.linesrc) &&
	    gort__dl_function(lib, "dwarf_lineno", &dw.lineno) &&
	    gort__dl_function(lib, "dwfl_end", &dw.end) &&
	    gort__dl_function(
		lib, "dwfl_linux_proc_find_elf", &dw.how.find_elf) &&
	    gort__dl_function(
		lib, "dwfl_standard_find_debuginfo", &dw.how.find_debuginfo);
	dw_tried = true;
}

/*
 * The line of an address. The unit is looked for among all: dwfl_getsrc finds
 * it by .debug_aranges, which clang leaves out.
 */
static void *
find_line(void *dwfl, uint64_t addr)
{
	void *module = dw.module(dwfl, addr), *cu = NULL;
	uint64_t bias = 0;

	while (module && (cu = dw.nextcu(module, cu, &bias)) != NULL)
		if (dw.haspc(cu, addr - bias) > 0)
			return dw.getsrc(cu, addr - bias);
	return NULL;
}

static size_t
look_up(const void *pc, char *buf, size_t n)
{
	void *dwfl = dw.begin(&dw.how), *line;
	const char *file = NULL;
	int number = 0, len = 0;

	if (!dwfl)
		return 0;
	if (dw.report(dwfl, getpid()) == 0 &&
	    dw.report_end(dwfl, NULL, NULL) == 0) {
		/* the call, not where it returns to */
		line = find_line(dwfl, (uintptr_t)pc - 1);
		if (line && dw.lineno(line, &number) == 0)
			file = dw.linesrc(line, NULL, NULL);
	}
	if (file)
		len = snprintf(buf, n, "%s:%d", file, number);
	dw.end(dwfl);
	return len > 0 ? (size_t)len : 0;
}

size_t
gort_describe_line(const void *pc, char *buf, size_t n)
{
	int saved = errno;
	size_t len = 0;

	if (n)
		buf[0] = '\0';
	if (!dw_tried)
		dw_find();
	if (dw_found) {
		gort__mutex_lock(&dw_lock);
		len = look_up(pc, buf, n);
		gort__mutex_unlock(&dw_lock);
	}
	errno = saved;
	return len;
}
