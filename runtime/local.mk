# SPDX-License-Identifier: BSD-3-Clause
noinst_HEADERS += runtime/libunwind_lazy.h runtime/objbounds.h runtime/os.h \
	runtime/os_unix.h \
	runtime/panic.h runtime/runtime.h runtime/ucontext_regs.h

libgort_la_SOURCES += \
	runtime/backtrace.c \
	runtime/call.c \
	runtime/cfi.c \
	runtime/error.c \
	runtime/exception.c \
	runtime/gate.c \
	runtime/image.c \
	runtime/m.c \
	runtime/module.c \
	runtime/os_unix.c \
	runtime/panic.c \
	runtime/raise.c \
	runtime/rt0.c \
	runtime/slot.c \
	runtime/unwind.c

EXTRA_libgort_la_SOURCES += runtime/libunwind_lazy.c runtime/libunwind_none.c
if HAVE_LIBUNWIND
libgort_la_SOURCES += runtime/libunwind_lazy.c
else
libgort_la_SOURCES += runtime/libunwind_none.c
endif

runtime_linux = \
	runtime/fault_linux.c \
	runtime/objbounds_linux.c \
	runtime/os_linux.c
runtime_linux_amd64 = runtime/ucontext_linux_amd64.c
runtime_linux_386 = runtime/ucontext_linux_386.c
runtime_linux_arm64 = runtime/ucontext_linux_arm64.c

EXTRA_libgort_la_SOURCES += $(runtime_linux) $(runtime_linux_amd64) \
	$(runtime_linux_386) $(runtime_linux_arm64)
if OS_LINUX
libgort_la_SOURCES += $(runtime_linux)
if ARCH_AMD64
libgort_la_SOURCES += $(runtime_linux_amd64)
endif
if ARCH_386
libgort_la_SOURCES += $(runtime_linux_386)
endif
if ARCH_ARM64
libgort_la_SOURCES += $(runtime_linux_arm64)
endif
endif
