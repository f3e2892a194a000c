/* SPDX-License-Identifier: BSD-3-Clause */
/* A plugin that is linked with a DLL that is no module. */
#include <gort.h>

GORT_MODULE("needs", "1.0");

__declspec(dllimport) int need(void);

GORT_EXPORT(int, ask_need, (void))
{
	return need();
}
