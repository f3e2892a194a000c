/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Compiled for Windows by link_coff_eh.sh, run by test_link_eh.c: exceptions
 * that come to code with values in all registers that Windows' functions keep.
 * Functions give 0, or the line of what is wrong.
 */
typedef __SIZE_TYPE__ size;
typedef int order(const void *, const void *);

extern "C" {
void qsort(void *, size, size, order *);
void *bsearch(const void *, const void *, size, size, order *);
void gort_panic(const char *, ...);
/* of the host, of Windows' convention */
void host_call(void (*fn)(int), int n);
void host_end_thread(void);
void host_fork(void);
/* of other objects of the test */
void c_cleans(void (*fn)(void), int *count);
void c_quiet(void (*fn)(void), int *count);
}

#define CHECK(x) \
	do { \
		if (!(x)) \
			return __LINE__; \
	} while (0)
#define NOINLINE __attribute__((noinline))

static int ended;

struct counted {
	int v;
	counted(int v) : v(v) {}
	counted(const counted &o) : v(o.v) {}
	~counted() { ended += v; }
};
struct base {
	int v;
	base(int v) : v(v) {}
};
struct derived : base {
	double more[3];
	derived(int v) : base(v) { more[2] = v; }
};

/* All that is to be kept is saved by this frame, and lost below it. */
#define LOSE \
	__asm__ volatile("xorl %%ebx, %%ebx\n\txorl %%esi, %%esi\n\t" \
			 "xorl %%edi, %%edi\n\txorl %%r12d, %%r12d\n\t" \
			 "xorl %%r13d, %%r13d\n\txorl %%r14d, %%r14d\n\t" \
			 "xorl %%r15d, %%r15d\n\txorps %%xmm6, %%xmm6\n\t" \
			 "xorps %%xmm7, %%xmm7\n\txorps %%xmm8, %%xmm8\n\t" \
			 "xorps %%xmm9, %%xmm9\n\txorps %%xmm10, %%xmm10\n\t" \
			 "xorps %%xmm11, %%xmm11\n\txorps %%xmm12, %%xmm12\n\t" \
			 "xorps %%xmm13, %%xmm13\n\txorps %%xmm14, %%xmm14\n\t" \
			 "xorps %%xmm15, %%xmm15" \
			 : \
			 : \
			 : "rbx", "rsi", "rdi", "r12", "r13", "r14", "r15", \
			 "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", \
			 "xmm12", "xmm13", "xmm14", "xmm15")

NOINLINE static void
thrower(int i)
{
	LOSE;
	switch (i) {
	case 0: throw 20;
	case 1: throw derived(7);
	case 2: throw counted(3);
	case 3: throw "text";
	case 4: throw 2.5;
	case 5: throw 1LL << 40;
	default: break;
	}
}

/* Some of them are saved here, in a frame of every kind. */
NOINLINE static void
by_frame_pointer(int i)
{
	volatile char *big = (volatile char *)__builtin_alloca(100 + i * 16);

	__asm__ volatile("xorps %%xmm9, %%xmm9\n\txorl %%edi, %%edi"
			 :
			 :
			 : "xmm9", "rdi");
	big[99] = 1;
	thrower(i);
}

NOINLINE static void
by_large_frame(int i)
{
	volatile char big[600000];

	__asm__ volatile("xorps %%xmm15, %%xmm15\n\txorl %%esi, %%esi"
			 :
			 :
			 : "xmm15", "rsi");
	big[sizeof(big) - 1] = big[0] = 1;
	by_frame_pointer(i);
	big[1] = 2;
}

struct __attribute__((aligned(64))) wide {
	double d[8];
};

NOINLINE static void
by_aligned_frame(int i)
{
	volatile wide w;

	w.d[0] = i;
	__asm__ volatile("xorps %%xmm6, %%xmm6" : : "r"(&w) : "xmm6");
	by_large_frame(i);
	w.d[1] = i;
}

/* The deferred end of a scope whose values lie in registers. */
struct sums {
	double a, b, c;
	long long i, j;
	~sums();
};
static double real_sum;
static long long whole_sum;

inline sums::~sums()
{
	real_sum += a * 100 + b * 10 + c;
	whole_sum += i * 10 + j;
}

static volatile double seed[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};
static volatile long long whole[8] = {1, 2, 3, 4, 5, 6, 7, 8};

typedef void way(int);

/* Catches what fn throws in each turn, with all registers in use. */
static int
live(way *fn, int first, int turns)
{
	double d0 = seed[0], d1 = seed[1], d2 = seed[2], d3 = seed[3],
	       d4 = seed[4], d5 = seed[5], d6 = seed[6], d7 = seed[7],
	       d8 = seed[8], d9 = seed[9], d10 = seed[10], d11 = seed[11];
	long long i0 = whole[0], i1 = whole[1], i2 = whole[2], i3 = whole[3],
		  i4 = whole[4], i5 = whole[5], i6 = whole[6], i7 = whole[7];
	int caught = 0;

	for (int k = 0; k < turns; k++) {
		try {
			fn(first + k);
			return __LINE__;
		} catch (int n) {
			caught += n;
		} catch (const base &b) {
			caught += b.v;
		} catch (counted c) {
			caught += c.v;
		} catch (const char *s) {
			caught += s[0] == 't' && s[4] == 0;
		} catch (...) {
			caught += 100;
		}
		d0 += 1, d1 += 1, d2 += 1, d3 += 1, d4 += 1, d5 += 1, d6 += 1,
		    d7 += 1, d8 += 1, d9 += 1, d10 += 1, d11 += 1;
		i0 += 2, i1 += 2, i2 += 2, i3 += 2, i4 += 2, i5 += 2, i6 += 2,
		    i7 += 2;
	}
	CHECK(d0 == seed[0] + turns && d1 == seed[1] + turns);
	CHECK(d2 == seed[2] + turns && d3 == seed[3] + turns);
	CHECK(d4 == seed[4] + turns && d5 == seed[5] + turns);
	CHECK(d6 == seed[6] + turns && d7 == seed[7] + turns);
	CHECK(d8 == seed[8] + turns && d9 == seed[9] + turns);
	CHECK(d10 == seed[10] + turns && d11 == seed[11] + turns);
	CHECK(i0 == whole[0] + 2 * turns && i1 == whole[1] + 2 * turns);
	CHECK(i2 == whole[2] + 2 * turns && i3 == whole[3] + 2 * turns);
	CHECK(i4 == whole[4] + 2 * turns && i5 == whole[5] + 2 * turns);
	CHECK(i6 == whole[6] + 2 * turns && i7 == whole[7] + 2 * turns);
	CHECK(turns != 6 || caught == 20 + 7 + 3 + 1 + 100 + 100);
	return 0;
}

static void
plain(int i)
{
	thrower(i);
}

extern "C" int
keeps_registers(void)
{
	int line = live(plain, 0, 6);

	return line ? line : live(by_aligned_frame, 0, 6);
}

/* ---- cleanups and throwing again ------------------------------------------- */

NOINLINE static void
summing(int i)
{
	sums s = {seed[0], seed[1], seed[2], whole[0], whole[1]};

	thrower(i);
	s.a = seed[5];
}

NOINLINE static void
again(int i)
{
	sums s = {seed[3], seed[4], seed[5], whole[2], whole[3]};
	counted c(1000);

	try {
		summing(i);
	} catch (int n) {
		if (n != 20)
			throw;
		by_aligned_frame(9); /* of no effect */
		throw;
	} catch (double) {
		try {
			summing(5);
		} catch (long long) {
			throw; /* the inner one */
		}
	}
	s.a = seed[5];
}

NOINLINE static void
by_again(int i)
{
	LOSE;
	again(i);
}

extern "C" int
cleans_up(void)
{
	int line;

	ended = 0;
	real_sum = whole_sum = 0;
	line = live(by_again, 0, 6);
	if (line)
		return line;
	/* six times, and once more for the double's */
	CHECK(real_sum == 7 * 123 + 6 * 456);
	CHECK(whole_sum == 7 * 12 + 6 * 34);
	/* counted(3): thrown, caught by value */
	CHECK(ended == 6 * 1000 + 2 * 3);
	return 0;
}

/* ---- exceptions inside of cleanups ------------------------------------------ */

struct catches {
	double d;
	~catches();
};

inline catches::~catches()
{
	try {
		by_aligned_frame(2);
	} catch (const counted &c) {
		real_sum += d + c.v;
	}
}

NOINLINE static void
through_catches(int i)
{
	catches c = {seed[6]};
	catches e = {seed[7]};

	thrower(i);
}

extern "C" int
nests(void)
{
	int line;

	ended = 0;
	real_sum = 0;
	line = live(through_catches, 0, 6);
	if (line)
		return line;
	CHECK(real_sum == 6 * (7 + 8 + 3 + 3));
	CHECK(ended == 12 * 3 + 2 * 3);
	return 0;
}

/* ---- constructors ------------------------------------------------------------ */

struct fails {
	counted c;
	fails(int i) : c(5) { thrower(i); }
};

static void
by_constructor(int i)
{
	delete new fails(i);
}

static int tries;

static void
by_static(int i)
{
	static int n = (tries++, thrower(i), 3);

	ended += n;
}

extern "C" int
constructs(void)
{
	int line;

	ended = tries = 0;
	line = live(by_constructor, 0, 6);
	if (!line)
		line = live(by_static, 0, 6);
	if (line)
		return line;
	CHECK(tries == 6);
	CHECK(ended == 6 * 5 + 4 * 3);
	by_static(9);
	by_static(9);
	CHECK(tries == 7 && ended == 6 * 5 + 4 * 3 + 2 * 3);
	return 0;
}

/* ---- through code of the process --------------------------------------------- */

static int turn;

static int
bad_order(const void *a, const void *b)
{
	sums s = {seed[6], seed[7], seed[8], whole[4], whole[5]};

	thrower(turn);
	s.a = *(const int *)a - *(const int *)b;
	return 0;
}

static void
by_qsort(int i)
{
	int v[4] = {4, 3, 2, 1};

	turn = i;
	LOSE;
	qsort(v, 4, sizeof(v[0]), bad_order);
}

static void
by_bsearch(int i)
{
	int v[4] = {1, 2, 3, 4};

	turn = i;
	bsearch(&v[2], v, 4, sizeof(v[0]), bad_order);
}

static void
by_host(int i)
{
	sums s = {seed[6], seed[7], seed[8], whole[4], whole[5]};

	host_call(summing, i);
	s.a = seed[5];
}

extern "C" int
calls_back(void)
{
	int line;

	real_sum = whole_sum = 0;
	line = live(by_qsort, 0, 6);
	if (!line)
		line = live(by_bsearch, 0, 6);
	if (!line)
		line = live(by_host, 0, 6);
	if (line)
		return line;
	CHECK(real_sum == 18 * 789 + 6 * 123);
	CHECK(whole_sum == 18 * 56 + 6 * 12);
	return 0;
}

extern "C" int
many(void)
{
	for (int i = 0; i < 1000; i++) {
		int line = live(by_again, 0, 6);

		if (line)
			return line;
	}
	return 0;
}

/* ---- panics -------------------------------------------------------------------- */

NOINLINE static void
panic(int i)
{
	LOSE;
	gort_panic("%d of %s, %.1f", i, "them", 2.5);
}

NOINLINE static void
deep(int n, way *fn, int i)
{
	sums s = {seed[n], seed[1], seed[2], whole[n % 8], whole[1]};

	if (n == 0)
		fn(i);
	else
		deep(n - 1, fn, i);
	s.a = seed[5];
}

extern "C" void
panics(int i)
{
	real_sum = whole_sum = 0;
	deep(9, panic, i);
}

/* What deep() has summed up, for one way out. */
extern "C" int
summed(void)
{
	CHECK(real_sum == 100 * 55 + 10 * (20 + 3));
	CHECK(whole_sum == 10 * (36 + 1 + 2) + 20);
	return 0;
}

static void
swallowed(int i)
{
	deep(9, panic, i);
}

extern "C" int
swallows(void)
{
	int line;

	real_sum = whole_sum = 0;
	/* that a catch (...) takes is counted as 100 */
	line = live(swallowed, 0, 1);
	return line ? line : summed();
}

static volatile int *volatile nowhere;

/* With a frame: clang has no unwind data of what has none. */
NOINLINE static void
fault(int i)
{
	volatile char frame[100];

	frame[i] = 1;
	*nowhere = i;
}

NOINLINE static void
fault_lost(int i)
{
	LOSE;
	*nowhere = i;
}

extern "C" void
faults(int i)
{
	/* or the compiler knows that it does not throw */
	way *volatile fn = i ? fault_lost : fault;

	real_sum = whole_sum = 0;
	deep(9, fn, i);
}

static void
panic_there(void)
{
	panic(4);
}

static void
throw_there(void)
{
	thrower(3);
}

static int cleaned;

/* The call in that C function is one that cannot throw, as it says. */
static void
by_quiet_c(int)
{
	c_quiet(panic_there, &cleaned);
}

static void
by_c(int)
{
	c_cleans(panic_there, &cleaned);
}

extern "C" void
panics_past_c(int i)
{
	real_sum = whole_sum = 0;
	cleaned = 0;
	deep(9, i ? by_c : by_quiet_c, i);
}

extern "C" int
c_cleaned(void)
{
	return cleaned;
}

static void
throw_by_c(int)
{
	c_cleans(throw_there, &cleaned);
}

extern "C" int
throws_past_c(void)
{
	int line;

	cleaned = 0;
	line = live(throw_by_c, 0, 5);
	if (line)
		return line;
	CHECK(cleaned == 5);
	return 0;
}

static void
end_thread(int)
{
	host_end_thread();
}

extern "C" void
ends_thread(int i)
{
	real_sum = whole_sum = 0;
	deep(9, end_thread, i);
}

/* Of any thread: it changes nothing. */
struct shared {
	~shared() { __asm__ volatile("" : : "r"(this)); }
};

extern "C" int
throws_often(void)
{
	int i, caught = 0;

	for (i = 0; i < 1000; i++) {
		try {
			throw shared();
		} catch (const shared &) {
			caught++;
		}
	}
	CHECK(caught == 1000);
	return 0;
}

/* What was thrown is destroyed on both sides. */
extern "C" int
forks_in_catch(void)
{
	int before = ended;

	try {
		throw counted(1);
	} catch (const counted &c) {
		host_fork();
		CHECK(c.v == 1);
	}
	CHECK(ended == before + 1);
	return 0;
}

extern "C" int
run(void)
{
	int line = keeps_registers();

	if (!line)
		line = cleans_up();
	if (!line)
		line = nests();
	if (!line)
		line = constructs();
	return line ? line : 42;
}
