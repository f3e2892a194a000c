/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Status texts, the per-thread message, and the end for broken invariants.
 */
#include "../include/small.h"
#include "runtime.h"

#include <stdlib.h>
#include <string.h>

const char *
gort_strerror(int status)
{
	switch (status < 0 ? -status : status) {
	case GORT_OK:
		return "success";
#define X(name, value, text) \
	case name: \
		return text;
		GORT_ERRORS(X)
#undef X
	default:
		return "unknown status";
	}
}

int
gort__seterr(const struct gort_err *e)
{
	struct g *gp = gort__needm();

	if (gp)
		gort__copy(gp->m->errmsg, sizeof(gp->m->errmsg), e->text);
	return -e->code;
}

int
gort__seterrf(int code, const char *fmt, ...)
{
	struct gort_err e = {.code = code, .offset = GORT_ERR_NO_OFFSET};
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e.text, sizeof(e.text), fmt, ap);
	va_end(ap);
	return gort__seterr(&e);
}

/*
 * Why a thread has no m, and the code for it. While the runtime is READY there
 * was no memory for one; before and after that there is no key for it either.
 */
static const char *
unbound(int *code)
{
	switch (gort__gate_state()) {
	case GORT_STOPPED:
		*code = GORT_ESTOPPED;
		return "the runtime is STOPPED";
	case GORT_FAILED:
		*code = GORT_EFAILED;
		return gort__gate_reason();
	default:
		*code = GORT_ENOMEM;
		return "out of memory: the thread could not be bound";
	}
}

const char *
gort_errmsg(void)
{
	struct g *gp = gort__needm();
	int code;

	return gp ? gp->m->errmsg : unbound(&code);
}

int
gort__err_unbound(struct gort_err *e)
{
	int code;
	const char *why = unbound(&code);

	return gort__err(e, code, NULL, GORT_ERR_NO_OFFSET, "%s", why);
}

/* It may be by now. */
int
gort__seterr_unbound(void)
{
	struct gort_err e;

	gort__err_unbound(&e);
	return gort__seterr(&e);
}

void
gort__throw(const char *fmt, ...)
{
	char buf[512];
	va_list ap;
	int n;

	n = snprintf(buf, sizeof(buf), "gort: fatal: ");
	va_start(ap, fmt);
	n += vsnprintf(buf + n, sizeof(buf) - (size_t)n - 1, fmt, ap);
	va_end(ap);
	if (n > (int)sizeof(buf) - 2)
		n = (int)sizeof(buf) - 2;
	buf[n++] = '\n';
	gort__write_stderr(buf, (size_t)n);
	abort();
}
