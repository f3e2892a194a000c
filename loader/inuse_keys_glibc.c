/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Destructors of threads' data (pthread_key_create(3), tss_create(3)) in code
 * that is to be unmapped. glibc tells nobody of its keys, but lies them out as it
 * says to debuggers (nptl_db). Where it does not, none is found.
 */
#include "../include/small.h"
#include "inuse.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct gort__keys {
	struct gort__keys *link;
	pthread_key_t key;
	uintptr_t seq; /* of this use of its number */
};

/* What glibc has of them: the keys, and descriptors of nptl_db. */
enum { KEYS, ARRAY, SEQ, DESTR, NAMES };
enum { DESC_BITS, DESC_ELEMENTS, DESC_OFFSET };

struct table {
	const char *keys;
	uint32_t n, size;    /* of them; bytes of one */
	uint32_t seq, destr; /* where in it; seq is odd while it is used */
};

static bool
find_table(struct table *t)
{
	static const char names[NAMES][40] = {"__pthread_keys",
	    "_thread_db___pthread_keys", "_thread_db_pthread_key_struct_seq",
	    "_thread_db_pthread_key_struct_destr"};
	const uint32_t *found[NAMES];
	unsigned i;

	for (i = 0; i < NAMES; i++) {
		found[i] = dlsym(RTLD_DEFAULT, names[i]);
		if (!found[i])
			return false;
	}
	t->keys = (const char *)found[KEYS];
	t->n = found[ARRAY][DESC_ELEMENTS];
	t->size = found[ARRAY][DESC_BITS] / 8;
	t->seq = found[SEQ][DESC_OFFSET];
	t->destr = found[DESTR][DESC_OFFSET];
	return t->n <= PTHREAD_KEYS_MAX;
}

static uintptr_t
word_of(const struct table *t, pthread_key_t key, uint32_t at)
{
	return __atomic_load_n(
	    (const uintptr_t *)(const void *)(t->keys + (size_t)key * t->size +
					      at),
	    __ATOMIC_ACQUIRE);
}

/* The first key from the given one on with a destructor there; t->n: none. */
static pthread_key_t
next_in(
    const struct table *t, pthread_key_t key, const char *base, const char *end)
{
	while (key < t->n &&
	       !(word_of(t, key, t->seq) & 1 &&
		   gort__within(base, end, word_of(t, key, t->destr))))
		key++;
	return key;
}

bool
gort__keys_in(const char *base, const char *end)
{
	struct table t;

	return find_table(&t) && next_in(&t, 0, base, end) < t.n;
}

/* Make the key of that number, which is free: glibc gives the lowest. */
static bool
hold(pthread_key_t want)
{
	unsigned short lower[PTHREAD_KEYS_MAX];
	pthread_key_t key = PTHREAD_KEYS_MAX;
	unsigned n = 0;

	while (pthread_key_create(&key, NULL) == 0 && key < want)
		lower[n++] = (unsigned short)key;
	if (key > want && key < PTHREAD_KEYS_MAX)
		pthread_key_delete(key);
	while (n)
		pthread_key_delete(lower[--n]);
	return key == want;
}

bool
gort__keys_delete(struct gort__keys **held, const char *base, const char *end,
    bool *lost, char *why, size_t n)
{
	struct gort__keys *k;
	struct table t;
	pthread_key_t key;

	if (!find_table(&t))
		return true;
	for (key = 0; (key = next_in(&t, key, base, end)) < t.n; key++) {
		k = malloc(sizeof(*k));
		if (!k) {
			snprintf(why, n, "no memory for its pthread keys");
			return false;
		}
		k->key = key;
		k->link = *held;
		pthread_key_delete(key);
		if (!hold(key)) {
			free(k);
			*lost = true;
			snprintf(why, n,
			    "the number of a pthread key that it has not "
			    "deleted was taken by another thread");
			return false;
		}
		k->seq = word_of(&t, key, t.seq);
		*held = k;
	}
	return true;
}

void
gort__keys_release(struct gort__keys **held)
{
	struct gort__keys *k;
	struct table t;

	while ((k = *held) != NULL) {
		*held = k->link;
		if (find_table(&t) && word_of(&t, k->key, t.seq) == k->seq)
			pthread_key_delete(k->key);
		free(k);
	}
}
