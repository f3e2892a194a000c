/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A place for an image. The kernel is asked without MAP_FIXED, so nothing that
 * is mapped can be hit; what lies outside of the window is given back.
 */
#include "../include/small.h"
#include "link.h"
#include "../runtime/os.h"

#include <errno.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#define STEP (UINT64_C(16) << 20) /* between two hints */
#define MAX_TRIES 256

#define HUGE (UINT64_C(2) << 20)
#define LOW (UINT64_C(1) << 31)

#ifndef MAP_32BIT
#define MAP_32BIT 0 /* then by hints */
#endif

/* Of what the kernel gives each program (getauxval(3)). */
uint64_t
gort__link_secret(void)
{
	const void *random = (const void *)getauxval(AT_RANDOM);
	uint64_t r[2] = {0, 0};

	if (random)
		memcpy(r, random, sizeof(r));
	return (r[0] * UINT64_C(0x9e3779b97f4a7c15) + r[1]) | 1;
}

uint64_t
gort__link_round(uint64_t size, uint64_t *align)
{
	const uint64_t page = gort__pagesize();
	uint64_t tail = size % HUGE;

	if (size >= HUGE / 2 && *align < HUGE)
		*align = HUGE;
	if (size >= HUGE / 2 && tail > HUGE / 2)
		return size - tail + HUGE;
	return (size + page - 1) & ~(page - 1);
}

void
gort__link_populate(void *p, uint64_t size, uint64_t n)
{
	/* all of it: a huge page must lie in one mapping of one kind */
	if (size >= HUGE)
		madvise(p, (size_t)size, MADV_HUGEPAGE);
#ifdef MADV_POPULATE_WRITE
	/* one call instead of a fault for each page; older systems refuse it */
	madvise(p, (size_t)n, MADV_POPULATE_WRITE);
#endif
}

/* An aligned mapping at or behind hint, or NULL. */
static char *
try(uint64_t hint, uint64_t size, uint64_t align, int flags)
{
	uint64_t more = align > gort__pagesize() ? align : 0, skip;
	void *p = mmap((void *)(uintptr_t)hint, (size_t)(size + more),
	    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
	char *at = p;

	if (p == MAP_FAILED)
		return NULL;
	if (!more)
		return at;
	skip = (align - (uintptr_t)at % align) % align;
	if (skip)
		munmap(at, (size_t)skip);
	if (more - skip)
		munmap(at + skip + size, (size_t)(more - skip));
	return at + skip;
}

void *
gort__link_map(
    uint64_t size, uint64_t align, bool low, uint64_t lo, uint64_t hi)
{
	uint64_t hint;
	unsigned i;
	char *p;

	if (low && hi > LOW - size)
		hi = LOW - size;
	if (lo > hi)
		return NULL;
	p = try(0, size, align, low ? MAP_32BIT : 0);
	for (i = 1; p && ((uintptr_t)p < lo || (uintptr_t)p > hi); i++) {
		munmap(p, (size_t)size);
		if ((low && MAP_32BIT) || i > MAX_TRIES)
			return NULL;
		/* from the middle, where the data is, down and up by turns */
		hint = lo + (hi - lo) / 2;
		hint += i & 1 ? 0 - (i + 1) / 2 * STEP : i / 2 * STEP;
		hint &= ~(STEP - 1);
		p = try(hint, size, align, 0);
	}
	return p;
}

void
gort__link_unmap_pages(void *p, uint64_t size)
{
	munmap(p, (size_t)size);
}

int
gort__link_protect_pages(void *p, uint64_t size, bool code, struct gort_err *e)
{
	int rc;

	if (code)
		rc = gort__sysexec(p, (size_t)size);
	else
		rc = mprotect(p, (size_t)size, PROT_READ) == 0 ? 0 : -errno;
	if (rc == 0)
		return 0;
	return gort__err(e, GORT_ESYS, NULL, GORT_ERR_NO_OFFSET,
	    "cannot protect the image: mprotect: %s", strerror(-rc));
}
