/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A libFuzzer target for the readers, all formats; tests/fuzz.sh builds and
 * runs it. What it is given decides by its magic which reader gets it.
 */
#include "hostile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gort__obj o;
	struct gort_err e = {0};

	if (gort__obj_parse(data, size, "fuzzed", &o, &e) == 0)
		read_all(&o, 0, &e);
	gort__obj_free(&o);
	return 0;
}
