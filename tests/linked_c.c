/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Linked into the process by test_link_win: what compilers for Windows make of
 * C. Built with -fexceptions.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

void host_log(char c);
void host_panic(void);
int run(void);
int deep(int n);
int fault(int *p);

static int cleaned;
static __thread int own = 4; /* __emutls of libgcc */

static void
clean(int *p)
{
	cleaned += *p;
}

static void
bye(void)
{
	host_log('x');
}

__attribute__((constructor(200))) static void
first(void)
{
	host_log('a');
}

__attribute__((constructor)) static void
second(void)
{
	host_log('b');
	atexit(bye);
}

__attribute__((destructor)) static void
last(void)
{
	host_log('z');
}

/* 42, by way of mingw's archives and the system's import libraries */
int
run(void)
{
	volatile char frame[20000];
	char text[64];

	memset((char *)frame, 1, sizeof(frame));
	snprintf(text, sizeof(text), "%d %.2f %s", 7, 2.5, "text");
	if (strcmp(text, "7 2.50 text") != 0)
		return 1;
	SetLastError(77);
	if (GetLastError() != 77)
		return 2;
	own += 3;
	return own + 34 + frame[19999];
}

int
deep(int n)
{
	int x __attribute__((cleanup(clean))) = 1;
	volatile char frame[100];

	frame[n] = (char)n;
	if (!n)
		host_panic();
	else
		return deep(n - 1) + frame[n] + x;
	return cleaned;
}

int
fault(int *p)
{
	return *p + 1;
}
