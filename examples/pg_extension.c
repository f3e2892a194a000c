/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A PostgreSQL extension whose functions are in a gort plugin: each backend
 * opens it at its first call, what fails in it is the statement's error, and
 * gort_swap() replaces it in a session. docs/HOSTING.md says why each step is
 * as it is; tests/postgres.sh builds and runs it.
 *
 *	CREATE FUNCTION gort_run(text) RETURNS text
 *		AS 'gort_postgres' LANGUAGE C STRICT;
 *	CREATE FUNCTION gort_swap(text) RETURNS text
 *		AS 'gort_postgres' LANGUAGE C STRICT;
 */
#include <postgres.h>
#include <fmgr.h>
#include <utils/builtins.h>
#include <utils/guc.h>

#include <gort.h>

#include "pg_request.h"

PG_MODULE_MAGIC;

void _PG_init(void);
PG_FUNCTION_INFO_V1(gort_run);
PG_FUNCTION_INFO_V1(gort_swap);

static char *path; /* the setting gort.plugin */
static struct gort_plugin *plugin;
static void *work;

void
_PG_init(void)
{
	DefineCustomStringVariable("gort.plugin", "The plugin's file.", NULL,
	    &path, "", PGC_SUSET, 0, NULL, NULL, NULL);
}

/* In the backend, not in the postmaster, whose children would share it. */
static void
open_plugin(void)
{
	if (plugin)
		return;
	plugin = gort_open(path, 0);
	if (plugin && !work)
		work = gort_sym(plugin, "work");
	/* after PostgreSQL has installed its own handler of SIGFPE */
	if (!work || gort_catch_faults(1) != 0)
		ereport(ERROR, (errmsg("gort: %s", gort_errmsg())));
}

/* From below the plugin: leaves its frames by siglongjmp. */
static void
end_statement(const char *text)
{
	ereport(ERROR, (errmsg("%s", text)));
}

Datum
gort_run(PG_FUNCTION_ARGS)
{
	struct request rq = {
	    .text = text_to_cstring(PG_GETARG_TEXT_PP(0)),
	    .error = end_statement,
	};
	struct gort_error err;

	open_plugin();
	if (gort_call(work, &rq, &err) != 0)
		ereport(ERROR, (errmsg("%s %s: %s", err.module, err.version,
				   err.message)));
	PG_RETURN_TEXT_P(cstring_to_text(rq.reply));
}

Datum
gort_swap(PG_FUNCTION_ARGS)
{
	const char *to = text_to_cstring(PG_GETARG_TEXT_PP(0));
	struct gort_stats st;

	open_plugin();
	if (gort_reload(plugin, to, 1000) != 0 || gort_stat(plugin, &st) != 0)
		ereport(ERROR, (errmsg("gort: %s", gort_errmsg())));
	PG_RETURN_TEXT_P(cstring_to_text(
	    psprintf("%s, %u lingering", st.version, st.lingering)));
}
