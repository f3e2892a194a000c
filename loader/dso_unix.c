/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Shared objects by dlopen(3).
 */
#include "../include/small.h"
#include "dso.h"
#include "../runtime/linked.h"
#include "../runtime/objbounds.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char gort__dso_keeps[] =
    "it holds unique symbols or thread-local destructors, or was linked "
    "-z nodelete";

/*
 * Also libraries' functions that start threads for who calls them: std::thread
 * (libstdc++), GLib, libuv. And by what a thread of the host's comes in without
 * a call, where it may still be when that was taken back: handlers of signals,
 * destructors of keys.
 */
const char *const gort__thread_makers[] = {"pthread_create", "thrd_create",
    "timer_create",
    "_ZNSt6thread15_M_start_threadESt10unique_ptrINS_6_StateESt14default_"
    "deleteIS1_EEPFvvE",
    "g_thread_new", "g_thread_try_new", "g_thread_pool_new", "uv_thread_create",
    "uv_thread_create_ex", "uv_queue_work", "pthread_key_create", "tss_create",
    "sigaction", "signal", NULL};

void *
gort__dso_open(const char *path, bool copy, char *why, size_t n)
{
	void *dso = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	(void)copy;
	if (dso)
		return dso;
	snprintf(why, n, "%s", dlerror());
	if (access(path, F_OK) != 0)
		snprintf(why, n,
		    "%s: the private copy cannot be opened: %s (is /proc "
		    "mounted?)",
		    path, strerror(errno));
	return NULL;
}

void
gort__dso_close(void *dso)
{
	dlclose(dso);
	gort__code_removed();
}

bool
gort__dso_is_there(const char *path)
{
	return access(path, R_OK) == 0;
}

bool
gort__dso_is_loaded(const char *name)
{
	void *dso = dlopen(name, RTLD_LAZY | RTLD_NOLOAD);

	return dso && dlclose(dso) == 0;
}

bool
gort__dso_bounds(void *dso, const char **base, const char **end)
{
	struct link_map *lm = NULL;

	return dlinfo(dso, RTLD_DI_LINKMAP, &lm) == 0 &&
	       gort__object_bounds(lm->l_ld, base, end);
}

static int
same_name(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	return strcmp(info->dlpi_name, *(const char **)arg) == 0;
}

bool
gort__dso_is_mapped(const char *path, const char *base)
{
	(void)base;
	return dl_iterate_phdr(same_name, &path) != 0;
}

void *
gort__dso_function(
    void *dso, const char *name, const char *base, const char *end)
{
	void *p = dlsym(dso, name);

	if ((char *)p < base || (char *)p >= end)
		return NULL;
	return gort__object_is_code(p) ? p : NULL;
}
