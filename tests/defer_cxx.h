/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * C++ frames around a call of fn(arg); what runs in them leaves a letter.
 */
#ifndef GORT_DEFER_CXX_H
#define GORT_DEFER_CXX_H

#ifdef __cplusplus
extern "C" {
#endif

typedef void cxx_fn(void *);

void cxx_mark(int c); /* the test's own */

void cxx_through(cxx_fn *fn, void *arg);     /* destructor: d */
void cxx_through_two(cxx_fn *fn, void *arg); /* destructors: d, e */
void cxx_rethrow(cxx_fn *fn, void *arg);     /* catch (...): c; then d */
void cxx_catch_type(cxx_fn *fn, void *arg);  /* catch (std::exception): ? */
void cxx_catch_all(cxx_fn *fn, void *arg);   /* catch (...): c; then a */
void cxx_trying(cxx_fn *fn, void *arg);      /* gort_try in destructor: t */
void cxx_noexcept(cxx_fn *fn, void *arg);    /* calls it in a noexcept one */
void cxx_out_of_range(void *unused);         /* throws */

#ifdef __cplusplus
}
#endif

#endif
