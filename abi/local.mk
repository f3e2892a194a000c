# SPDX-License-Identifier: BSD-3-Clause
noinst_HEADERS += abi/abi.h abi/asm.h abi/cpu.h abi/cpu_386.h abi/cpu_amd64.h \
	abi/cpu_arm64.h \
	abi/cpu_win_386.h abi/cpu_win_amd64.h abi/offsets.h abi/regs.h abi/stubpage.h abi/tls.h

abi_sysv_amd64 = \
	abi/catch_sysv_amd64.S \
	abi/entry_sysv_amd64.S \
	abi/regs_sysv_amd64.S \
	abi/stubpage_sysv_amd64.c \
	abi/xstate_x86.c

abi_sysv_386 = \
	abi/catch_386.S \
	abi/entry_386.S \
	abi/regs_386.S \
	abi/stackchk_sysv_386.S \
	abi/stubpage_sysv_386.c \
	abi/tls_sysv_386.S \
	abi/xstate_x86.c

abi_sysv_arm64 = \
	abi/catch_sysv_arm64.S \
	abi/entry_sysv_arm64.S \
	abi/regs_sysv_arm64.S \
	abi/stubpage_sysv_arm64.c \
	abi/xstate_sysv_arm64.c

# stacks and calls: switching, growing, deferring
noinst_HEADERS += abi/jmpdefer.h abi/morestack.h abi/split.h \
	abi/switch.h
abi_sysv_amd64 += \
	abi/crosscall_sysv_amd64.S \
	abi/jmpdefer_sysv_amd64.S \
	abi/morestack_sysv_amd64.S \
	abi/switch_sysv_amd64.S
abi_sysv_386 += \
	abi/crosscall_386.S \
	abi/jmpdefer_386.S \
	abi/morestack_386.S \
	abi/split_none.c \
	abi/switch_sysv_386.S

abi_sysv_arm64 += \
	abi/crosscall_sysv_arm64.S \
	abi/jmpdefer_sysv_arm64.S \
	abi/morestack_sysv_arm64.S \
	abi/switch_sysv_arm64.S

# where the g is, and split stacks: by the object format
abi_elf_amd64 = abi/split_sysv_amd64.S abi/tls_sysv_amd64.S
abi_elf_arm64 = abi/split_none.c abi/tls_sysv_arm64.S
abi_darwin = abi/keysearch.c abi/split_none.c abi/tls_darwin.c
noinst_HEADERS += abi/cpu_darwin_amd64.h abi/cpu_darwin_arm64.h abi/keysearch.h
EXTRA_libgort_la_SOURCES += $(abi_elf_amd64) $(abi_elf_arm64) $(abi_darwin)

# the names that -fsplit-stack code wants; see gort/switch.h
EXTRA_libgort_split_a_SOURCES = abi/splitstub_sysv_amd64.S
libgort_split_a_SOURCES =
if SPLIT_STACK
lib_LIBRARIES = libgort_split.a
libgort_split_a_SOURCES += abi/splitstub_sysv_amd64.S
endif

abi_win_386 = \
	abi/catch_386.S \
	abi/entry_386.S \
	abi/regs_386.S \
	abi/stubpage_sysv_386.c \
	abi/tls_win.c \
	abi/xstate_win.c
abi_win_386 += \
	abi/crosscall_386.S \
	abi/jmpdefer_386.S \
	abi/morestack_386.S \
	abi/split_none.c \
	abi/switch_win_386.S

abi_win_amd64 = \
	abi/catch_win_amd64.S \
	abi/entry_win_amd64.S \
	abi/regs_win_amd64.S \
	abi/stubpage_win_amd64.c \
	abi/tls_win.c \
	abi/xstate_win.c
abi_win_amd64 += \
	abi/crosscall_win_amd64.S \
	abi/jmpdefer_win_amd64.S \
	abi/morestack_win_amd64.S \
	abi/split_none.c \
	abi/switch_win_amd64.S

EXTRA_libgort_la_SOURCES += $(abi_sysv_amd64) $(abi_sysv_386) $(abi_sysv_arm64)
EXTRA_libgort_la_SOURCES += $(abi_win_386) $(abi_win_amd64)
if ENV_SYSV
if ARCH_AMD64
libgort_la_SOURCES += $(abi_sysv_amd64)
abi_stubpage = abi/stubpage_sysv_amd64.c
if OS_LINUX
libgort_la_SOURCES += $(abi_elf_amd64)
endif
endif
if ARCH_386
libgort_la_SOURCES += $(abi_sysv_386)
abi_stubpage = abi/stubpage_sysv_386.c
endif
if ARCH_ARM64
libgort_la_SOURCES += $(abi_sysv_arm64)
abi_stubpage = abi/stubpage_sysv_arm64.c
if OS_LINUX
libgort_la_SOURCES += $(abi_elf_arm64)
endif
endif
if OS_DARWIN
libgort_la_SOURCES += $(abi_darwin)
endif
endif
if ENV_WIN
if ARCH_AMD64
libgort_la_SOURCES += $(abi_win_amd64)
abi_stubpage = abi/stubpage_win_amd64.c
endif
if ARCH_386
libgort_la_SOURCES += $(abi_win_386)
abi_stubpage = abi/stubpage_sysv_386.c
endif
endif
