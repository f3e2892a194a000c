/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What gort__entry must know of a function's prototype (GORT__EX_... in
 * <gort/module.h>), found in its text: the compiler that GORT_EXPORT asks for
 * that is not at hand. Leaf.
 */
#include "bind.h"
#include "bind_flags.h"

/* The next word of a type, and where to go on; NULL: no more. */
static const char *
next_word(const char **at, size_t *n)
{
	const char *s = *at;

	while (*s && !gort__bind_is_word(*s))
		s++;
	for (*n = 0; gort__bind_is_word(s[*n]);)
		++*n;
	*at = s + *n;
	return *n ? s : NULL;
}

enum result {
	RESULT_PLAIN, /* in a register for integers, or none */
	RESULT_REAL,  /* float, double */
	RESULT_LONGDOUBLE,
	RESULT_COMPLEX, /* two doubles */
	RESULT_MEMORY,  /* struct or union, taken for a large one */
};

static enum result
classify(const char *ret)
{
	bool is_long = false, is_float = false, is_double = false;
	bool is_complex = false;
	const char *w;
	size_t n;

	if (strchr(ret, '*'))
		return RESULT_PLAIN;
	while ((w = next_word(&ret, &n)) != NULL) {
		if (gort__bind_same(w, n, "struct") ||
		    gort__bind_same(w, n, "union"))
			return RESULT_MEMORY;
		is_long |= gort__bind_same(w, n, "long");
		is_float |= gort__bind_same(w, n, "float");
		is_double |= gort__bind_same(w, n, "double");
		is_complex |= gort__bind_same(w, n, "_Complex") ||
			      gort__bind_same(w, n, "complex");
	}
	if (is_complex) /* two floats are as large as an integer */
		return is_float               ? RESULT_PLAIN
		       : is_double && is_long ? RESULT_MEMORY
					      : RESULT_COMPLEX;
	if (is_double && is_long)
		return RESULT_LONGDOUBLE;
	return is_float || is_double ? RESULT_REAL : RESULT_PLAIN;
}

/* As GORT__EX_OF has it. */
static uint32_t
result_flags(const struct objmachine *m, enum result r)
{
	switch (r) {
	case RESULT_MEMORY:
		return GORT__EX_SRET;
	case RESULT_REAL:
		return m->arch == ARCH_386 ? GORT__EX_ST0 : 0;
	case RESULT_LONGDOUBLE:
		return m->arch == ARCH_ARM64              ? 0
		       : m->coff && m->arch == ARCH_AMD64 ? GORT__EX_SRET
							  : GORT__EX_ST0;
	case RESULT_COMPLEX:
		return m->arch == ARCH_386 || m->coff ? GORT__EX_SRET : 0;
	case RESULT_PLAIN:
	default:
		return 0;
	}
}

/* Parameters of "(int a, int (*f)(int, int))"; UINT_MAX: not known. */
static unsigned
count_parameters(const char *args)
{
	unsigned depth = 0, n = 1;
	const char *s;

	for (s = args; *s; s++) {
		depth += *s == '(' || *s == '[' || *s == '{';
		depth -= *s == ')' || *s == ']' || *s == '}';
		n += *s == ',' && depth == 1;
	}
	s = args + strspn(args, "( ");
	if (!*args || *s == ')' || strstr(args, "..."))
		return UINT32_MAX;
	return n;
}

uint32_t
gort__bind_flags(const struct objmachine *m, const char *ret, const char *args)
{
	enum result r = classify(ret);
	unsigned n;

	if (!m->coff || m->arch != ARCH_AMD64)
		return result_flags(m, r);
	n = count_parameters(args);
	/* where the result goes is a parameter, in front */
	if (result_flags(m, r) & GORT__EX_SRET)
		n += n < UINT32_MAX;
	if (n >= 4 + 255)
		return result_flags(m, r) | GORT__EX_UNKNOWN;
	return result_flags(m, r) | (n > 4 ? (n - 4) << 8 : 0);
}
