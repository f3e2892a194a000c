# SPDX-License-Identifier: BSD-3-Clause
noinst_HEADERS += runtime/dwarf.h runtime/linked.h
noinst_HEADERS += runtime/context_windows.h runtime/dynlib.h runtime/objbounds.h runtime/os.h \
	runtime/os_unix.h runtime/os_windows.h \
	runtime/panic.h runtime/runtime.h runtime/seh.h \
	runtime/ucontext_regs.h

noinst_HEADERS += runtime/stack.h runtime/teb.h

# What runs until the first exported call comes first: its code lies together,
# so that a process which loads the library takes few page faults.
runtime_linux_start = runtime/os_linux.c runtime/os_unix.c
runtime_linux_glibc_start = runtime/objbounds_glibc.c
EXTRA_libgort_la_SOURCES += $(runtime_linux_start) $(runtime_linux_glibc_start)
if OS_LINUX
libgort_la_SOURCES += $(runtime_linux_start)
if HAVE_DL_FIND_OBJECT
libgort_la_SOURCES += $(runtime_linux_glibc_start)
endif
endif
libgort_la_SOURCES += \
	runtime/call.c \
	runtime/gate.c \
	runtime/image.c \
	runtime/m.c \
	runtime/module.c \
	runtime/oplock.c \
	runtime/rt0.c \
	runtime/backtrace.c \
	runtime/cmalloc.c \
	runtime/defer.c \
	runtime/error.c \
	runtime/exception.c \
	runtime/rustpanic.c \
	runtime/slot.c \
	runtime/unwind.c

runtime_linux = \
	runtime/cfi.c \
	runtime/dynlib_unix.c \
	runtime/linked.c \
	runtime/lsda.c \
	runtime/objbounds_linux.c \
	runtime/raise.c \
	runtime/srcline_linux.c \
	runtime/sweep.c \
	runtime/stackbounds_linux.c
runtime_stacks = runtime/stack.c
runtime_stacks_linux = \
	runtime/stacktool_elf.c
runtime_stacks_windows = \
	runtime/stacktool_windows.c
EXTRA_libgort_la_SOURCES += $(runtime_stacks) $(runtime_stacks_linux) \
	$(runtime_stacks_windows) runtime/stack_none.c
if HAVE_STACKS
libgort_la_SOURCES += $(runtime_stacks)
if OS_LINUX
libgort_la_SOURCES += $(runtime_stacks_linux)
endif
if OS_WINDOWS
libgort_la_SOURCES += $(runtime_stacks_windows)
endif
else
libgort_la_SOURCES += runtime/stack_none.c
endif
noinst_HEADERS += runtime/libunwind_darwin.h
runtime_darwin = \
	runtime/cfi_darwin.c \
	runtime/dynlib_unix.c \
	runtime/dynsym_none.c \
	runtime/fault_unix.c \
	runtime/linked.c \
	runtime/msframe_none.c \
	runtime/objbounds_darwin.c \
	runtime/objid_none.c \
	runtime/os_darwin.c \
	runtime/os_unix.c \
	runtime/raise.c \
	runtime/srcline_none.c \
	runtime/sweep_none.c \
	runtime/stackbounds_darwin.c \
	runtime/stacktool_darwin.c
runtime_darwin_amd64 = runtime/ucontext_darwin_amd64.c
runtime_darwin_arm64 = runtime/ucontext_darwin_arm64.c
EXTRA_libgort_la_SOURCES += $(runtime_darwin) $(runtime_darwin_amd64) \
	$(runtime_darwin_arm64)
if OS_DARWIN
libgort_la_SOURCES += $(runtime_darwin)
if ARCH_AMD64
libgort_la_SOURCES += $(runtime_darwin_amd64)
endif
if ARCH_ARM64
libgort_la_SOURCES += $(runtime_darwin_arm64)
endif
endif
runtime_linux_amd64 = runtime/ucontext_linux_amd64.c
runtime_linux_386 = runtime/ucontext_linux_386.c
runtime_linux_arm64 = runtime/ucontext_linux_arm64.c

EXTRA_libgort_la_SOURCES += runtime/msframe_linux_amd64.c \
	runtime/msframe_none.c
if OS_LINUX
if HAVE_MSFRAMES
runtime_linux_amd64 += runtime/msframe_linux_amd64.c
else
libgort_la_SOURCES += runtime/msframe_none.c
endif
endif

runtime_windows = \
	runtime/dynlib_windows.c \
	runtime/fault_windows.c \
	runtime/linked.c \
	runtime/objbounds_windows.c \
	runtime/objid_none.c \
	runtime/os_windows.c \
	runtime/stackbounds_windows.c \
	runtime/sweep_none.c
runtime_windows_386 = \
	runtime/cfi.c \
	runtime/context_win_386.c \
	runtime/eh_win_386.c \
	runtime/lsda.c \
	runtime/msframe_none.c \
	runtime/raise.c
runtime_windows_amd64 = \
	runtime/cfi_win_amd64.c \
	runtime/context_win_amd64.c \
	runtime/fullstep_win_amd64.c \
	runtime/raise_win_amd64.c

EXTRA_libgort_la_SOURCES += $(runtime_windows) $(runtime_windows_386) \
	$(runtime_windows_amd64)
EXTRA_libgort_la_SOURCES += $(runtime_linux) $(runtime_linux_amd64) \
	$(runtime_linux_386) $(runtime_linux_arm64)
EXTRA_libgort_la_SOURCES += runtime/libunwind_lazy.c runtime/libunwind_none.c
# with larger variables: they come last, runtime/tables.c
runtime_linux_glibc = runtime/dynsym_glibc.c
runtime_tables = runtime/tables.c runtime/first_ms.c runtime/panic.c
if OS_LINUX
runtime_tables += runtime/fault_unix.c
if HAVE_DL_FIND_OBJECT
runtime_tables += $(runtime_linux_glibc)
endif
endif
runtime_linux_phdr = runtime/dynsym_none.c runtime/objbounds_phdr.c
EXTRA_libgort_la_SOURCES += $(runtime_linux_glibc) $(runtime_linux_phdr) \
	runtime/objid_musl.c runtime/objid_none.c
if OS_LINUX
libgort_la_SOURCES += $(runtime_linux)
if !HAVE_DL_FIND_OBJECT
libgort_la_SOURCES += $(runtime_linux_phdr)
if LIBC_MUSL
libgort_la_SOURCES += runtime/objid_musl.c
else
libgort_la_SOURCES += runtime/objid_none.c
endif
endif
if HAVE_LIBUNWIND
libgort_la_SOURCES += runtime/libunwind_lazy.c
else
libgort_la_SOURCES += runtime/libunwind_none.c
endif
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
if OS_WINDOWS
libgort_la_SOURCES += $(runtime_windows)
if ARCH_AMD64
libgort_la_SOURCES += $(runtime_windows_amd64)
endif
if ARCH_386
libgort_la_SOURCES += $(runtime_windows_386)
endif
endif
