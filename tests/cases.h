/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Suites whose facts need a process of their own: the program runs itself with
 * a case's name. What a case returns is that process's exit status.
 *
 *	static int c_early(void) { ...; return 0; }
 *	static const struct own_process cases[] = {{"early", c_early}};
 *	OWN_PROCESS(t_early, "early")
 *	static const struct test tests[] = {{"may be early", t_early}};
 *	int main(int argc, char **argv)
 *	{
 *		return RUN_CASES("life", tests, cases, argc, argv);
 *	}
 */
#ifndef GORT_CASES_H
#define GORT_CASES_H

#include "check.h"

#define NO_CASE 99 /* the exit status: there is none of that name */

struct own_process {
	const char *name;
	int (*fn)(void);
};

static const char *self; /* the program, as it was called */

#define OWN_PROCESS(fn, name) \
	static void fn(void) \
	{ \
		CHECK(run_self(self, name) == 0); \
	}

static inline int
run_case(const struct own_process *cases, unsigned n, const char *name)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (strcmp(cases[i].name, name) == 0)
			return cases[i].fn();
	return NO_CASE;
}

#define RUN_CASES(suite, tests, cases, argc, argv) \
	(self = (argv)[0], \
	    (argc) > 1 ? run_case(cases, sizeof(cases) / sizeof((cases)[0]), \
			     (argv)[1]) \
		       : RUN_TESTS(suite, tests))

#endif
