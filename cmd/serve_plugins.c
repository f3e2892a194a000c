/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The set of plugins that are served: one for each *.so of the folder.
 *
 * The set only grows, and gort_sym()'s pointers hold through reloads, so a
 * request takes the lock only to look its handler up and calls it without.
 */
#include "serve.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DRAIN_MS 5000 /* a reload waits this long for the old version */

static struct served *all, **all_tail = &all; /* setlock */
static pthread_rwlock_t setlock = PTHREAD_RWLOCK_INITIALIZER;

/* Opens, reloads and rescans come one after the other. */
static pthread_mutex_t worklock = PTHREAD_MUTEX_INITIALIZER;

static unsigned open_flags;
static unsigned nopened; /* successful opens; worklock */
#define NOT_TRIED UINT_MAX

void
serve_open_with(unsigned flags)
{
	open_flags = flags;
}

/* What tells a replaced file from the one that was loaded. */
static bool
get_stamp(const char *path, uint64_t stamp[4])
{
	struct stat st;

	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return false;
	stamp[0] = st.st_dev;
	stamp[1] = st.st_ino;
	stamp[2] = (uint64_t)st.st_size;
	stamp[3] = (uint64_t)st.st_mtim.tv_sec * 1000000000 +
		   (uint64_t)st.st_mtim.tv_nsec;
	return true;
}

static void
free_handlers(struct handler *list, size_t n)
{
	while (n)
		free(list[--n].name);
	free(list);
}

/* Handlers of a plugin as they are collected. */
struct collect {
	struct gort_plugin *plugin;
	struct handler *list;
	size_t n;
};

static int
collect(const struct gort_export_info *ex, void *arg)
{
	struct collect *c = arg;
	struct handler *list, *h;

	if (strcmp(ex->args, GORT_HTTP_ARGS) != 0)
		return 0;
	list = realloc(c->list, (c->n + 1) * sizeof(*list));
	if (!list)
		return -GORT_ENOMEM;
	c->list = list;
	h = &list[c->n];
	h->name = strdup(ex->name);
	if (!h->name)
		return -GORT_ENOMEM;
	c->n++;
	h->sym = gort_sym(c->plugin, h->name);
	return h->sym ? 0 : -GORT_ENOSYM;
}

/* The handlers of the current version replace those of the last. */
static bool
update_handlers(struct served *s)
{
	struct collect c = {.plugin = s->plugin};
	struct handler *old;
	size_t nold;

	if (gort_exports(s->plugin, collect, &c) != 0) {
		free_handlers(c.list, c.n);
		return false;
	}
	pthread_rwlock_wrlock(&setlock);
	old = s->handlers;
	nold = s->nhandlers;
	s->handlers = c.list;
	s->nhandlers = c.n;
	pthread_rwlock_unlock(&setlock);
	free_handlers(old, nold);
	return true;
}

static void
set_error(struct served *s, const char *text)
{
	pthread_rwlock_wrlock(&setlock);
	gort__copy(s->error, sizeof(s->error), text);
	pthread_rwlock_unlock(&setlock);
}

/* worklock held. First open, or a new attempt; retry_failed() logs the error. */
static int
open_served(struct served *s)
{
	struct gort_plugin *p = gort_open(s->path, open_flags);
	struct gort_stats st;

	s->tried = nopened;
	if (!p) {
		set_error(s, gort_errmsg());
		s->unsaid = true;
		return -1;
	}
	nopened++;
	s->unsaid = false;
	gort_stat(p, &st);
	pthread_rwlock_wrlock(&setlock);
	s->plugin = p;
	gort__copy(s->name, sizeof(s->name), st.name);
	s->error[0] = '\0';
	pthread_rwlock_unlock(&setlock);
	if (!update_handlers(s)) {
		set_error(s, "no memory for its handlers");
		return -1;
	}
	serve_log(false, "opened %s %s (%s)", st.name, st.version, s->path);
	return 0;
}

/* worklock held. */
static int
reload_served(struct served *s)
{
	struct gort_stats st;

	if (!s->plugin)
		return open_served(s);
	if (gort_reload(s->plugin, NULL, DRAIN_MS)) {
		set_error(s, gort_errmsg());
		serve_log(true, "reload failed, the old version goes on: %s",
		    gort_errmsg());
		return -1;
	}
	gort_stat(s->plugin, &st);
	set_error(s, "");
	if (!update_handlers(s)) {
		set_error(s, "no memory for its handlers");
		return -1;
	}
	serve_log(false, "reloaded %s: now %s, generation %u", st.name,
	    st.version, st.generation);
	if (st.lingering)
		serve_log(true, "%u old versions of %s stay mapped: %s",
		    st.lingering, st.name, gort_errmsg());
	return 0;
}

static struct served *
new_served(const char *path, const char *file)
{
	struct served *s = calloc(1, sizeof(*s));

	if (!s || !(s->path = strdup(path))) {
		free(s);
		serve_log(true, "%s: no memory", path);
		return NULL;
	}
	snprintf(s->name, sizeof(s->name), "%.*s",
	    (int)(strlen(file) - strlen(".so")), file);
	return s;
}

static struct served *
by_path(const char *path)
{
	struct served *s;

	for (s = all; s && strcmp(s->path, path) != 0; s = s->next)
		;
	return s;
}

/* worklock held: one file of the folder, if it is new or changed. */
static void
visit_file(const char *dir, const char *file)
{
	size_t len = strlen(file);
	uint64_t stamp[4];
	struct served *s;
	char path[4096];

	if (len <= 3 || strcmp(file + len - 3, ".so") != 0 || file[0] == '.')
		return;
	if (snprintf(path, sizeof(path), "%s/%s", dir, file) >=
	    (int)sizeof(path))
		return;
	if (!get_stamp(path, stamp))
		return;
	s = by_path(path);
	if (s && memcmp(s->stamp, stamp, sizeof(stamp)) == 0)
		return;
	if (s) {
		memcpy(s->stamp, stamp, sizeof(stamp));
		reload_served(s);
		return;
	}
	s = new_served(path, file);
	if (!s)
		return;
	memcpy(s->stamp, stamp, sizeof(stamp));
	open_served(s);
	/* shown once it serves, or with the reason why it does not */
	pthread_rwlock_wrlock(&setlock);
	*all_tail = s;
	all_tail = &s->next;
	pthread_rwlock_unlock(&setlock);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a folder, sorted; NULL with *n == 0: none, or no memory. */
static char **
read_names(DIR *d, size_t *n)
{
	char **names = NULL, **more;
	struct dirent *de;

	*n = 0;
	while ((de = readdir(d)) != NULL) {
		more = realloc(names, (*n + 1) * sizeof(*names));
		if (!more)
			break;
		names = more;
		names[*n] = strdup(de->d_name);
		if (!names[*n])
			break;
		++*n;
	}
	if (*n)
		qsort(names, *n, sizeof(*names), by_name);
	return names;
}

/*
 * worklock held: once more those that could not be opened, if others were since:
 * what they need may be in a file that comes after them.
 */
static void
retry_failed(void)
{
	struct served *s;
	bool opened;

	do {
		opened = false;
		for (s = all; s; s = s->next)
			if (!s->plugin && s->tried != nopened)
				opened |= open_served(s) == 0;
	} while (opened);
	for (s = all; s; s = s->next) {
		if (s->unsaid)
			serve_log(true, "cannot open %s", s->error);
		s->unsaid = false;
	}
}

/* In the order of names: the same folder gives the same list. */
bool
serve_scan(const char *dir, bool retry)
{
	DIR *d = opendir(dir);
	struct served *s;
	char **names;
	size_t n, i;

	if (!d) {
		serve_log(true, "%s: %s", dir, strerror(errno));
		return false;
	}
	names = read_names(d, &n);
	closedir(d);
	pthread_mutex_lock(&worklock);
	for (s = retry ? all : NULL; s; s = s->next)
		s->tried = NOT_TRIED;
	for (i = 0; i < n; i++) {
		visit_file(dir, names[i]);
		free(names[i]);
	}
	retry_failed();
	pthread_mutex_unlock(&worklock);
	free(names);
	return true;
}

/* worklock or setlock held. Of several of a name, one that could be opened. */
static struct served *
find_served(const char *name)
{
	struct served *s, *found = NULL;

	for (s = all; s && (!found || !found->plugin); s = s->next)
		if (strcmp(s->name, name) == 0 && (!found || s->plugin))
			found = s;
	return found;
}

int
serve_reload(const char *name, char *text, size_t n)
{
	struct served *s;
	int rc;

	pthread_mutex_lock(&worklock);
	s = find_served(name);
	if (!s) {
		pthread_mutex_unlock(&worklock);
		snprintf(text, n, "no plugin %s", name);
		return -GORT_ENOENT;
	}
	get_stamp(s->path, s->stamp);
	rc = reload_served(s);
	retry_failed();
	gort__copy(text, n, s->error);
	pthread_mutex_unlock(&worklock);
	return rc;
}

/* worklock held. Those that others need come after these. */
static void
close_plugins(void)
{
	struct served *s;
	bool closed;
	int rc;

	do {
		closed = false;
		for (s = all; s; s = s->next) {
			rc = s->plugin ? gort_close(s->plugin, DRAIN_MS)
				       : -GORT_EBUSY;
			if (rc == -GORT_EBUSY)
				continue;
			if (rc)
				serve_log(true, "closing %s: %s", s->name,
				    gort_errmsg());
			s->plugin = NULL;
			closed = true;
		}
	} while (closed);
}

void
serve_close_all(void)
{
	struct served *s;

	pthread_mutex_lock(&worklock);
	close_plugins();
	while ((s = all) != NULL) {
		all = s->next;
		free_handlers(s->handlers, s->nhandlers);
		free(s->path);
		free(s);
	}
	all_tail = &all;
	pthread_mutex_unlock(&worklock);
}

unsigned
serve_find(const char *plugin, const char *export, struct served **found,
    void **sym, char *why, size_t n)
{
	unsigned status = 404;
	struct served *s;
	size_t i;

	pthread_rwlock_rdlock(&setlock);
	s = find_served(plugin);
	if (!s) {
		snprintf(why, n, "no plugin %s", plugin);
	} else if (!s->plugin) {
		snprintf(why, n, "plugin %s could not be opened: %.300s",
		    plugin, s->error);
		status = 503;
	} else {
		snprintf(
		    why, n, "plugin %s has no HTTP handler %s", plugin, export);
		for (i = 0; i < s->nhandlers; i++) {
			if (strcmp(s->handlers[i].name, export) != 0)
				continue;
			*found = s;
			*sym = s->handlers[i].sym;
			status = 0;
			break;
		}
	}
	pthread_rwlock_unlock(&setlock);
	return status;
}

void
serve_each(void (*fn)(struct served *s, void *arg), void *arg)
{
	struct served *s;

	pthread_rwlock_rdlock(&setlock);
	for (s = all; s; s = s->next)
		fn(s, arg);
	pthread_rwlock_unlock(&setlock);
}

bool
serve_is_hidden(const struct served *s)
{
	return find_served(s->name) != s;
}
