/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * C++ frames with destructors, and exceptions over them: bench_throw.cc.
 */
#ifndef GORT_BENCH_THROW_H
#define GORT_BENCH_THROW_H

#ifdef __cplusplus
extern "C" {
#endif

/* depth frames with a destructor each; then a panic, or an exception. */
void bench_cleanup(int depth, int throws);

/* The same with an exception, and catch it. */
void bench_throw(int depth);

#ifdef __cplusplus
}
#endif

#endif
