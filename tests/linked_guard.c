/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames that MSVC's compilers guard (/GS), and calls (/guard:cf). */
__declspec(noinline) int fill(volatile char *b, int n)
{
	int i;
	for (i = 0; i < n; i++)
		b[i] = (char)i;
	return n;
}
__declspec(noinline) int keeps(int n, int (*g)(int))
{
	volatile char b[100];
	fill(b, n);
	return b[3] + g(n);
}
static int
twice(int n)
{
	return 2 * n;
}
__declspec(noinline) long long wide(int n)
{
	volatile char b[64];
	fill(b, n);
	return 0x100000002LL + b[5];
}
__declspec(noinline) double real(int n)
{
	volatile char b[64];
	fill(b, n);
	return b[5] / 2.0;
}
int
run(void)
{
	if (keeps(100, twice) != 203)
		return 1;
	if (wide(10) != 0x100000007LL)
		return 2;
	return real(10) == 2.5 ? 42 : 3;
}
int
overrun(void)
{
	return keeps(sizeof(void *) == 8 ? 120 : 106, twice);
}
