/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A libFuzzer target for the linker: objects and archives are linked into the
 * process, and nothing of them runs. tests/fuzz_link.sh builds and runs it.
 */
#include "../loader/link.h"

#include <dlfcn.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What compilers link in: else each input opens and closes it. */
int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	dlopen("libstdc++.so.6", RTLD_NOW | RTLD_GLOBAL);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gort_link *lk = gort_link_new();

	/* the first byte says how */
	if (lk && size &&
	    gort_link_add_memory(lk, "fuzzed", data + 1, size - 1,
		data[0] & GORT_LINK_WHOLE) == 0) {
		gort_link_need(lk, "f");
		gort__link_only(lk);
	}
	gort_link_free(lk);
	return 0;
}
