/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * faulty: fails in every way that gort contains, on demand.
 *
 *	GET /p/faulty/panic    gort_panic()
 *	GET /p/faulty/null     writes through a null pointer
 *	GET /p/faulty/divide   divides an integer by zero (a fault on x86)
 *	GET /p/faulty/throw    a C++ helper throws std::runtime_error
 *	GET /p/faulty/partial  panics after writing half a response
 *	GET /p/faulty/fine     does not fail
 */
#include <gort/http.h>

void faulty_throw(const char *what);

GORT_MODULE("faulty", "1.0");

GORT_HANDLER(panic)
{
	const char *text = gort_http_query(rq, "text");

	gort_panic("%s", text ? text : "as asked");
}

GORT_HANDLER(null)
{
	volatile int *volatile nowhere = NULL;

	(void)rq;
	*nowhere = 1;
}

GORT_HANDLER(divide)
{
	volatile int zero = 0;

	gort_http_printf(rq, "%d\n", 42 / zero);
}

GORT_HANDLER(throw)
{
	(void)rq;
	faulty_throw("thrown by a C++ helper");
}

GORT_HANDLER(partial)
{
	gort_http_printf(rq, "the first half, ");
	gort_panic("before the second half");
}

GORT_HANDLER(fine)
{
	gort_http_printf(rq, "fine\n");
}
