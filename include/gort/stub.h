/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The stub behind each GORT_EXPORT: GORT__STUB(ret, fn, args) defines the
 * global symbol fn, which hands the address of gort__export_fn to gort__entry
 * in a register that no calling convention uses for arguments. One variant a
 * target.
 */
#ifndef GORT_STUB_H
#define GORT_STUB_H

#if defined(__x86_64__) && defined(__APPLE__)
#include <gort/stub_darwin_amd64.h>
#elif defined(__aarch64__) && defined(__APPLE__)
#include <gort/stub_darwin_arm64.h>
#elif defined(__x86_64__) && defined(__ELF__) && !defined(__ILP32__)
#include <gort/stub_sysv_amd64.h>
#elif defined(__i386__) && defined(_WIN32)
#include <gort/stub_win_386.h>
#elif defined(__x86_64__) && defined(_WIN32)
#include <gort/stub_win_amd64.h>
#elif defined(__i386__) && defined(__ELF__)
#include <gort/stub_sysv_386.h>
#elif defined(__aarch64__) && defined(__ELF__) && !defined(__ILP32__)
#include <gort/stub_sysv_arm64.h>
#else
#error "gort: no export stub for this target"
#endif

#endif
