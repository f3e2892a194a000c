/* SPDX-License-Identifier: BSD-3-Clause */
/* A C frame that is built without unwind tables. */
void without_tables(void (*fn)(void *), void *arg);

void
without_tables(void (*fn)(void *), void *arg)
{
	volatile char local[64];

	local[0] = 1;
	fn(arg);
	local[1] = local[0];
}
