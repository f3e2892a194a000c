/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Included first by files whose code runs seldom: it is to be small,
 * as the library has a limit (tests/library.sh). clang has no such pragma.
 */
#if defined(__OPTIMIZE__) && !defined(__clang__)
#pragma GCC optimize("Os")
#endif
