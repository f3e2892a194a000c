/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sqlite: runs SQL on a database file and answers with JSON.
 *
 *	GORT_SQLITE_DB=/path/to/file gort serve ...
 *	curl --data 'select 1 as one' http://.../p/sqlite/query
 *
 * The file is opened when the plugin is; without the variable it is a
 * database in memory. One statement at a time runs; each request may hold
 * several, separated by semicolons; all rows together are the answer:
 * [{"column": value, ...}, ...]. An error is a 400 with sqlite's message.
 */
#include <gort/http.h>

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static sqlite3 *db; /* dblock */
static pthread_mutex_t dblock = PTHREAD_MUTEX_INITIALIZER;

static int
open_db(void)
{
	const char *path = getenv("GORT_SQLITE_DB");
	int rc;

	rc = sqlite3_open_v2(path ? path : ":memory:", &db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
	    NULL);
	if (rc != SQLITE_OK) {
		/* sqlite gives a handle for the message even then */
		const char *why = db ? sqlite3_errmsg(db) : sqlite3_errstr(rc);
		char text[200];

		snprintf(text, sizeof(text), "%s", why);
		sqlite3_close(db);
		gort_panic("%s: %s", path ? path : ":memory:", text);
	}
	sqlite3_busy_timeout(db, 2000);
	return 0;
}

static void
close_db(void)
{
	sqlite3_close(db);
}

GORT_MODULE("sqlite", SQLITE_VERSION, .init = open_db, .fini = close_db);

static void
json_string(struct gort_http_request *rq, const char *s)
{
	const char *start = s;

	gort_http_write(rq, "\"", 1);
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c != '"' && c != '\\' && c >= 0x20)
			continue;
		gort_http_write(rq, start, (size_t)(s - start));
		gort_http_printf(rq, "\\u%04x", c);
		start = s + 1;
	}
	gort_http_write(rq, start, (size_t)(s - start));
	gort_http_write(rq, "\"", 1);
}

static void
json_value(struct gort_http_request *rq, sqlite3_stmt *st, int column)
{
	switch (sqlite3_column_type(st, column)) {
	case SQLITE_INTEGER:
		gort_http_printf(
		    rq, "%lld", (long long)sqlite3_column_int64(st, column));
		break;
	case SQLITE_FLOAT:
		gort_http_printf(
		    rq, "%.17g", sqlite3_column_double(st, column));
		break;
	case SQLITE_NULL:
		gort_http_write(rq, "null", 4);
		break;
	default: /* text; a blob is taken as such */
		json_string(rq, (const char *)sqlite3_column_text(st, column));
		break;
	}
}

/* Run one prepared statement; SQLITE_DONE or an error. */
static int
run_statement(struct gort_http_request *rq, sqlite3_stmt *st, int *rows)
{
	int rc, i, n = sqlite3_column_count(st);

	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		gort_http_printf(rq, "%s\n{", (*rows)++ ? "," : "");
		for (i = 0; i < n; i++) {
			if (i)
				gort_http_write(rq, ", ", 2);
			json_string(rq, sqlite3_column_name(st, i));
			gort_http_write(rq, ": ", 2);
			json_value(rq, st, i);
		}
		gort_http_write(rq, "}", 1);
	}
	return rc;
}

/* dblock held. SQLITE_DONE or what sqlite refused. */
static int
run_all(struct gort_http_request *rq, const char *sql, int *rows)
{
	sqlite3_stmt *st;
	int rc;

	while (*sql) {
		rc = sqlite3_prepare_v2(db, sql, -1, &st, &sql);
		if (rc != SQLITE_OK)
			return rc;
		if (!st)
			continue; /* a comment or white space */
		rc = run_statement(rq, st, rows);
		sqlite3_finalize(st);
		if (rc != SQLITE_DONE)
			return rc;
	}
	return SQLITE_DONE;
}

GORT_HANDLER(query)
{
	const char *arg = gort_http_query(rq, "sql");
	char *sql, why[256] = "";
	int rows = 0;

	if (rq->body_size)
		sql = strndup(rq->body, rq->body_size);
	else
		sql = strdup(arg ? arg : "");
	if (!sql)
		gort_panic("no memory for the statement");
	gort_http_set_header(rq, "Content-Type", "application/json");
	gort_http_write(rq, "[", 1);
	pthread_mutex_lock(&dblock);
	if (run_all(rq, sql, &rows) != SQLITE_DONE)
		snprintf(why, sizeof(why), "%s", sqlite3_errmsg(db));
	pthread_mutex_unlock(&dblock);
	free(sql);
	gort_http_write(rq, "\n]\n", 3);
	if (why[0]) {
		gort_http_reset(rq);
		gort_http_status(rq, 400);
		gort_http_printf(rq, "sqlite: %s\n", why);
	}
}
