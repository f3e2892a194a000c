/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A library with one frame to pass. Two are built of it that differ in the
 * size of that frame and in nothing else, and one with a cleanup.
 */
void pass(void (*fn)(void *), void *arg);

extern int pass_cleaned;
int pass_cleaned;

#ifdef CLEANUP
static void
clean(int *unused)
{
	(void)unused;
	pass_cleaned++;
}
#endif

void
pass(void (*fn)(void *), void *arg)
{
#ifdef CLEANUP
	__attribute__((cleanup(clean))) int guard = 0;
#endif
	volatile char room[ROOM];

	room[0] = room[ROOM - 1] = 1;
	fn(arg);
	room[1] = room[0];
#ifdef CLEANUP
	(void)guard;
#endif
}
