/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the stack of the calling thread lies: macOS, which tells its highest
 * address.
 */
#include "runtime.h"

bool
gort__threadstack(struct gort__bounds *b)
{
	pthread_t self = pthread_self();

	b->hi = pthread_get_stackaddr_np(self);
	b->lo = b->hi - pthread_get_stacksize_np(self);
	return b->lo != b->hi;
}
