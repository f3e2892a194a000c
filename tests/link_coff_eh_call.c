/* SPDX-License-Identifier: BSD-3-Clause */
/* Compiled for Windows by link_coff_eh.sh: what link_coff_eh_c.c calls. */
typedef void callback(void);

void
loud(callback *fn)
{
	fn();
	*(volatile int *)&(int){0} = 1;
}

void
quiet(callback *fn)
{
	fn();
	*(volatile int *)&(int){0} = 1;
}
