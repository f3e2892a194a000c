/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Thread-local variables as MSVC has them, for test_link_tls_win.c; by clang,
 * an object for each PART_. Without the C run-time's headers.
 */
#define LOCAL __declspec(thread)

#ifdef PART_ONE
int shared = 7;
LOCAL int counter = 41;
LOCAL int *to_shared = &shared;
int atexit(void (*)(void));
LOCAL int (*later)(void (*)(void)) = atexit;
static LOCAL int zero, zeros[9];
/* as much as blocks are aligned */
LOCAL __attribute__((aligned(2 * sizeof(void *)))) char wide[48] = "wide";

int
is_new(void)
{
	int i;

	for (i = 0; i < 9; i++)
		if (zeros[i])
			return 0;
	return counter == 41 && zero == 0 && later == atexit &&
	       to_shared == &shared && *to_shared == 7 && wide[0] == 'w' &&
	       wide[47] == 0;
}

int
add(int n)
{
	zero += n;
	zeros[n % 9] += n;
	wide[47] = (char)n;
	return counter += n;
}

int
added(void)
{
	return zero;
}

void *
where(void)
{
	return &counter;
}

void *
where_wide(void)
{
	return wide;
}

long __stdcall filter(void *exception)
{
	(void)exception;
	return 0;
}
#endif

#ifdef PART_TWO
extern LOCAL int counter;

int
add_too(int n)
{
	return counter += n;
}

void *
where_too(void)
{
	return &counter;
}
#endif

#ifdef PART_BIG
LOCAL char big[3000] = {1};

int
run(void)
{
	return big[0] + big[2999];
}
#endif

#ifdef PART_WIDE
LOCAL __attribute__((aligned(64))) int wider = 1;

int
run(void)
{
	return wider;
}
#endif

#ifdef PART_NOBODY
extern LOCAL int nobody;

int
run(void)
{
	return nobody;
}
#endif

#ifdef PART_GIVEN
extern LOCAL int host_value;

int
run(void)
{
	return host_value;
}
#endif

#ifdef PART_CALLBACK
LOCAL int mine = 1;

static void __stdcall on_thread(void *dll, unsigned long why, void *more)
{
	(void)dll;
	(void)more;
	mine = (int)why;
}

__attribute__((section(".CRT$XLB"), used)) static void(
    __stdcall *const callback)(void *, unsigned long, void *) = on_thread;

int
run(void)
{
	return mine;
}
#endif

#ifdef PART_INDEX
unsigned _tls_index;
LOCAL int mine = 1;

int
run(void)
{
	return mine;
}
#endif

#ifdef PART_MADE
int
make(void)
{
	return 42;
}

static thread_local int made = make();

extern "C" int
run(void)
{
	return made;
}
#endif

#ifdef PART_UNMADE
struct thing {
	int n = 1;
	~thing()
	{
		n = 0;
	}
};

static thread_local thing unmade;

extern "C" int
run(void)
{
	return unmade.n;
}
#endif
