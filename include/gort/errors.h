/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Status codes and their texts, in one list. Public and internal functions
 * return 0 or -GORT_E...; the full text of a failure, with file, place and
 * reason, is in gort_errmsg().
 */
#ifndef GORT_ERRORS_H
#define GORT_ERRORS_H

#ifndef GORT_H
#error "include <gort.h>, not <gort/errors.h>"
#endif

/* X(name, value, text): values are ABI, append only */
#define GORT_ERRORS(X) \
	X(GORT_EINVAL, 1, "invalid argument") \
	X(GORT_ENOMEM, 2, "out of memory") \
	X(GORT_ESYS, 3, "system call failed") \
	X(GORT_ENOENT, 4, "no such file") \
	X(GORT_EFORMAT, 5, "malformed or truncated file") \
	X(GORT_EARCH, 6, "built for another machine") \
	X(GORT_ENOTMOD, 7, "not a gort module") \
	X(GORT_EABI, 8, "ABI version mismatch") \
	X(GORT_ELOAD, 9, "the dynamic linker refused the file") \
	X(GORT_ENOSYM, 10, "no such export") \
	X(GORT_ENEEDS, 11, "unmet dependency") \
	X(GORT_EINIT, 12, "initialisation failed") \
	X(GORT_EEXIST, 13, "already loaded") \
	X(GORT_ESTATE, 14, "not possible in this state") \
	X(GORT_EBUSY, 15, "still in use") \
	X(GORT_ETIMEDOUT, 16, "timed out") \
	X(GORT_EDEADLK, 17, "would wait for itself") \
	X(GORT_EPANIC, 18, "panic") \
	X(GORT_EEXCEPTION, 19, "foreign exception") \
	X(GORT_EFAULT, 20, "hardware fault") \
	X(GORT_EFAILED, 21, "the runtime failed to start") \
	X(GORT_ESTOPPED, 22, "the runtime is stopped") \
	X(GORT_ELIMIT, 23, "limit reached") \
	X(GORT_ENOTSUP, 24, "not supported here") \
	X(GORT_EPINNED, 25, "kept mapped") \
	X(GORT_EGOEXIT, 26, "ended by gort_goexit") \
	X(GORT_EQUARANTINE, 27, "in quarantine after a fault")

enum gort_status {
	GORT_OK = 0,
#define GORT__X(name, value, text) name = (value),
	GORT_ERRORS(GORT__X)
#undef GORT__X
};

#endif
