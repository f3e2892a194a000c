/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An open plugin, as plugin.c and reload.c share it. Private.
 *
 * oplock is held by an operation that loads or unloads, from begin to end;
 * lock for moments, so that gort_sym and gort_stat never wait for a drain. What
 * a child of a fork would find half done changes under the gatelock, too.
 */
#ifndef GORT_PLUGIN_H
#define GORT_PLUGIN_H

#include "version.h"

/* A name that gort_sym() was asked for. */
struct symbol {
	struct symbol *link; /* the plugin's others */
	char *name;          /* owned */
	struct slot *slot;   /* what the pointer leads to */
};

struct gort_plugin {
	struct gort_plugin *next; /* gatelock */
	unsigned refs;            /* the open handle, and visits; gatelock */
	struct gort__oplock oplock;
	struct gort__oplock lock;
	char *path;              /* owned; changes under oplock and lock */
	struct version *current; /* NULL: closed; all three to change */
	struct version *old;     /* replaced, still mapped; both to change */
	struct symbol *symbols;  /* lock */
	uint32_t generation;     /* lock */
	bool wary;               /* GORT_QUARANTINE; fixed */
	uint64_t retired_calls;  /* of versions that are gone; lock */
	uint64_t retired_panics; /* lock */
	char last_error[256];    /* of those, or of a reload; lock */
};

/* 0, or why the caller may not open, reload or close now. */
int gort__plugin_may_operate(const char *what, struct gort_err *e);

/* oplock held. 0, or ESTATE once the plugin is closed. */
int gort__plugin_check_open(const struct gort_plugin *p, struct gort_err *e);

/* Is the module open, serving or not? No lock held but oplocks. */
bool gort__plugin_is_open(const char *name);

/* Keep text as the plugin's last error. */
void gort__plugin_note_error(struct gort_plugin *p, const char *text);

/*
 * oplock held: unload the old versions that are or become idle by the
 * deadline; how many are left, with *e saying why for the last of them.
 */
int gort__plugin_reap(
    struct gort_plugin *p, int64_t deadline, struct gort_err *e);

/*
 * Nothing of v served yet: as if it had not been loaded. What is in use of it
 * already lingers as an old version.
 */
void gort__plugin_discard(struct gort_plugin *p, struct version *v);

#endif
