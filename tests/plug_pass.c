/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A library with one frame to pass. Two are built of it that differ in the
 * size of that frame and in nothing else, and carry the same name.
 */
#include <stddef.h>

void pass(void (*fn)(void *), void *arg);

void
pass(void (*fn)(void *), void *arg)
{
	volatile char room[ROOM];

	room[0] = room[ROOM - 1] = 1;
	fn(arg);
	room[1] = room[0];
}
