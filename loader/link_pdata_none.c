/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Objects of machines that have no .pdata.
 */
#include "link.h"

uint64_t
gort__link_pdata_room(struct gort_link *lk, uint32_t *nfdes)
{
	(void)lk;
	(void)nfdes;
	return 0;
}

uint64_t
gort__link_pdata_make(struct gort_link *lk)
{
	(void)lk;
	return 0;
}
