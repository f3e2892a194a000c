/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Telling debuggers and profilers. gdb takes objects that a JIT compiler made
 * from a list that it finds by name ("JIT Compilation Interface" of its
 * manual): objects with debug information are given to it with their sections'
 * addresses filled in. perf reads /tmp/perf-PID.map.
 */
#include "../include/small.h"
#include "link.h"
#include "../runtime/runtime.h"

#include <stdlib.h>
#include <unistd.h>

/* The names and layouts that gdb knows. */
struct jit_code_entry {
	struct jit_code_entry *next_entry, *prev_entry;
	const char *symfile_addr;
	uint64_t symfile_size;
};

struct jit_descriptor {
	uint32_t version;
	uint32_t action_flag; /* 0 none, 1 register, 2 unregister */
	struct jit_code_entry *relevant_entry, *first_entry;
};

/* Exported, as a library that was stripped has no other names. */
#define FOR_GDB __attribute__((visibility("protected")))

FOR_GDB extern struct jit_descriptor __jit_debug_descriptor;
struct jit_descriptor __jit_debug_descriptor = {1, 0, NULL, NULL};

/* gdb has a breakpoint here. */
FOR_GDB void __jit_debug_register_code(void);
__attribute__((noinline)) void
__jit_debug_register_code(void)
{
	__asm__ volatile("" ::: "memory");
}

/* The objects of a link that gdb was told. */
struct linkdebug {
	struct linkdebug *link;
	struct jit_code_entry entry; /* its file is malloced */
};

static void
tell(struct jit_code_entry *entry, uint32_t action)
{
	__jit_debug_descriptor.relevant_entry = entry;
	__jit_debug_descriptor.action_flag = action;
	__jit_debug_register_code();
}

static void
tell_gdb(struct gort_link *lk, const struct linkobj *ob)
{
	struct linkdebug *d = calloc(1, sizeof(*d));
	struct jit_code_entry *first;

	if (!d || !(d->entry.symfile_addr = ob->in->placed(lk, ob))) {
		free(d);
		return;
	}
	d->entry.symfile_size = ob->o.rd.size;
	d->link = lk->debug;
	lk->debug = d;
	gort__gate_lock();
	first = __jit_debug_descriptor.first_entry;
	d->entry.next_entry = first;
	if (first)
		first->prev_entry = &d->entry;
	__jit_debug_descriptor.first_entry = &d->entry;
	tell(&d->entry, 1);
	gort__gate_unlock();
}

static void
write_perf_map(const struct gort_link *lk)
{
	char path[64];
	uint32_t i, k;
	FILE *f;

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)getpid());
	f = fopen(path, "ae");
	if (!f)
		return;
	for (i = 1; i < lk->nobjs; i++) {
		const struct linkobj *ob = lk->objs[i];

		for (k = 1; k < ob->o.nsyms; k++) {
			const struct gort__objsym *s = &ob->o.syms[k];

			if (s->type != OBJ_FUNC || s->section == 0 ||
			    s->section >= ob->o.nsecs ||
			    !ob->secs[s->section].kept)
				continue;
			fprintf(f, "%llx %llx %s\n",
			    (unsigned long long)((uintptr_t)gort__link_at(lk,
						     &ob->secs[s->section]) +
						 s->value),
			    (unsigned long long)s->size, s->name);
		}
	}
	fclose(f);
}

void
gort__link_debug(struct gort_link *lk)
{
	uint32_t i;

	for (i = 1; i < lk->nobjs; i++)
		if (lk->objs[i]->debug && lk->objs[i]->in->placed)
			tell_gdb(lk, lk->objs[i]);
	if (getenv("GORT_PERF_MAP"))
		write_perf_map(lk);
}

void
gort__link_debug_free(struct gort_link *lk)
{
	struct linkdebug *d;

	while ((d = lk->debug)) {
		struct jit_code_entry *en = &d->entry;
		char *file;

		gort__gate_lock();
		if (en->prev_entry)
			en->prev_entry->next_entry = en->next_entry;
		else
			__jit_debug_descriptor.first_entry = en->next_entry;
		if (en->next_entry)
			en->next_entry->prev_entry = en->prev_entry;
		tell(en, 2);
		gort__gate_unlock();
		lk->debug = d->link;
		memcpy(&file, &en->symfile_addr, sizeof(file));
		free(file);
		free(d);
	}
}
