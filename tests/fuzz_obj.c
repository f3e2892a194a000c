/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A libFuzzer target for one reader of object files: READER, such as
 * gort__objelf. tests/fuzz.sh builds and runs it for each. What another reader
 * would get is not kept in the corpus; members of archives and of fat files may
 * be anything.
 */
#include "hostile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gort__obj o;
	struct gort_err e = {0};
	int rc = gort__obj_parse(data, size, "fuzzed", &o, &e);
	bool ours = o.fmt == &READER;

	if (rc == 0 && ours)
		read_all(&o, 0, &e);
	gort__obj_free(&o);
	return ours ? 0 : -1;
}
