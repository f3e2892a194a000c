/* SPDX-License-Identifier: BSD-3-Clause */
/* The DLL that plug_needs.c is linked with. */
__declspec(dllexport) int need(void);

int
need(void)
{
	return 42;
}
