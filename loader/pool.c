/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that is freed all at once. The more is asked for, the larger are the
 * blocks that it comes from, up to huge pages where the system has any: those
 * are zeros already and cost one fault. Leaf.
 */
#include "../include/small.h"
#include "pool.h"
#include "room.h"

#include <stdbool.h>
#include <stdlib.h>

struct poolblock {
	struct poolblock *next;
	size_t size; /* of a mapping; 0: it is the heap's */
};

#define HEAD ((sizeof(struct poolblock) + ALIGN - 1) & ~(ALIGN - 1))
#define ALIGN _Alignof(max_align_t)
#define FIRST 512 /* most objects by themselves are small */
#define GROWTH 4

/* A block for each allocation, so that the sanitizer sees their ends. */
#ifdef __has_feature
#define HAS_ASAN __has_feature(address_sanitizer)
#else
#define HAS_ASAN 0
#endif
#if defined(__SANITIZE_ADDRESS__) || HAS_ASAN
#define APART true
#else
#define APART false
#endif

static struct poolblock *
new_block(size_t size)
{
#ifdef MADV_HUGEPAGE
	if (size >= ROOM_HUGE && !APART) {
		struct poolblock *b = mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (b == MAP_FAILED)
			return NULL;
		madvise(b, size, MADV_HUGEPAGE);
		b->size = size;
		return b;
	}
#endif
	return calloc(1, size);
}

static void
free_block(struct poolblock *b)
{
#ifdef MADV_HUGEPAGE
	if (b->size) {
		munmap(b, b->size);
		return;
	}
#endif
	free(b);
}

/* The size of a block that has room for n bytes. */
static size_t
block_size(struct gort__pool *p, size_t n)
{
	size_t size = p->next ? p->next : FIRST;

	if (APART)
		return HEAD + n;
	p->next = size >= ROOM_HUGE / GROWTH ? ROOM_HUGE : size * GROWTH;
	if (size < n + HEAD)
		size = n + HEAD;
	return size < ROOM_HUGE / 2 ? size
				    : (size + ROOM_HUGE - 1) & ~(ROOM_HUGE - 1);
}

void *
gort__pool_alloc(struct gort__pool *p, size_t n, size_t size)
{
	struct poolblock *b;
	uint8_t *at;

	if (__builtin_mul_overflow(n, size, &n) || n > SIZE_MAX / 2)
		return NULL;
	n = (n + ALIGN - 1) & ~(ALIGN - 1);
	if (n <= p->left) {
		p->left -= n;
		p->at += n;
		return p->at - n;
	}
	size = block_size(p, n);
	b = new_block(size);
	if (!b)
		return NULL;
	b->next = p->blocks;
	p->blocks = b;
	at = (uint8_t *)b + HEAD;
	size -= HEAD + n;
	if (size > p->left) {
		p->at = at + n;
		p->left = size;
	}
	return at;
}

void
gort__pool_expect(struct gort__pool *p, uint64_t n)
{
	if (n >= ROOM_HUGE)
		p->next = ROOM_HUGE;
	else if (n > p->next)
		p->next = (size_t)n;
}

void
gort__pool_free(struct gort__pool *p)
{
	struct poolblock *b;

	while ((b = p->blocks)) {
		p->blocks = b->next;
		free_block(b);
	}
	*p = (struct gort__pool){0};
}
