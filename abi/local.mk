# SPDX-License-Identifier: BSD-3-Clause
noinst_HEADERS += abi/abi.h abi/asm.h abi/offsets.h abi/regs.h \
	abi/stubpage.h abi/tls.h

abi_sysv_amd64 = \
	abi/catch_sysv_amd64.S \
	abi/entry_sysv_amd64.S \
	abi/regs_sysv_amd64.S \
	abi/stubpage_sysv_amd64.c abi/xstate_sysv_amd64.c \
	abi/tls_sysv_amd64.S

EXTRA_libgort_la_SOURCES += $(abi_sysv_amd64)
if ENV_SYSV
if ARCH_AMD64
libgort_la_SOURCES += $(abi_sysv_amd64)
endif
endif
