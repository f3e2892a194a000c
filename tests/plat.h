/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What tests ask of a system, with one meaning everywhere: dlopen and its
 * kin, the environment, scratch folders, and a fresh process of this program.
 */
#ifndef GORT_PLAT_H
#define GORT_PLAT_H

#ifdef _WIN32
#include "plat_windows.h"
#else
#include "plat_unix.h"
#endif

#endif
