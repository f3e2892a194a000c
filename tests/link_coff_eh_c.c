/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Compiled for Windows with -fexceptions by link_coff_eh.sh: cleanups of C.
 */
typedef void callback(void);

static void
count(int **at)
{
	++**at;
}

/* Tables say nothing of this call: it cannot throw, as it says. */
void quiet(callback *fn) __attribute__((nothrow));
void loud(callback *fn);

void
c_quiet(callback *fn, int *n)
{
	__attribute__((cleanup(count))) int *at = n;

	if (*at < 0)
		loud(fn);
	quiet(fn);
	*(volatile int *)n += 100;
}

void
c_cleans(callback *fn, int *n)
{
	__attribute__((cleanup(count))) int *at = n;

	loud(fn);
	*(volatile int *)n += 100;
}
