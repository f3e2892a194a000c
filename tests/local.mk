# SPDX-License-Identifier: BSD-3-Clause
# To add a suite: its name in test_programs; it is tests/NAME.c, linked with
# test_libs, unless lines of its own say otherwise. To add a shell test: its
# name in test_scripts. To add a plugin: its name in check_LTLIBRARIES and its
# _SOURCES, _LDFLAGS and _LIBADD; tests find it as
# plugin("NAME") in C and $GORT_PLUGINS/NAME.so in shell.
AM_TESTS_ENVIRONMENT = \
	GORT_PLUGINS='$(abs_top_builddir)/tests/.libs'; export GORT_PLUGINS; \
	BUILDDIR='$(abs_top_builddir)'; export BUILDDIR; \
	EXEC_WRAPPER='$(EXEC_WRAPPER)'; export EXEC_WRAPPER;

# no test may hang (a script is many programs, on a machine that may be busy)
TEST_EXTENSIONS = .sh
LOG_COMPILER = timeout
AM_LOG_FLAGS = -k 5 300 $(TEST_RUNNER)
SH_LOG_COMPILER = timeout
AM_SH_LOG_FLAGS = -k 5 600 $(SHELL)

# Code that faults on purpose must not be watched by a sanitizer.
plain_cflags = $(AM_CFLAGS) -fno-sanitize=all

noinst_HEADERS += tests/cases.h tests/check.h tests/defer.h tests/defer_cxx.h \
	tests/hostile.h \
	tests/procstat.h tests/unload.h \
	tests/wreck.h
noinst_HEADERS += tests/plat.h tests/plat_unix.h tests/plat_windows.h \
	tests/procstat_windows.h
test_libs = libgort.la $(CUNIT_LIBS) $(TEST_LIBS)
LDADD = $(test_libs)

# the table of deferred calls, defer.h
defer_programs = \
	tests/test_defer \
	tests/test_defer_c \
	tests/test_defer_goexit \
	tests/test_defer_nested \
	tests/test_defer_recover \
	tests/test_defer_results \
	tests/test_defer_values
test_programs = \
	tests/main \
	tests/test_backtrace \
	tests/test_call \
	$(defer_programs) \
	tests/test_cmalloc \
	tests/test_cross \
	tests/test_fault_line \
	tests/test_firstpanic \
	tests/test_gate \
	tests/test_gate_races \
	tests/test_hist \
	tests/test_keysearch \
	tests/test_life \
	tests/test_newm \
	tests/test_nobarrier \
	tests/test_nomemory \
	tests/test_objar \
	tests/test_objcoff \
	tests/test_objelf \
	tests/test_objmacho \
	tests/test_objpe \
	tests/test_objwrite \
	tests/test_panic \
	tests/test_plugin \
	tests/test_pool \
	tests/test_quarantine \
	tests/test_soak \
	tests/test_stress \
	tests/test_threads \
	tests/test_unload_rows \
	tests/test_where
test_scripts = \
	tests/bind.sh \
	tests/cmd.sh \
	tests/defer.sh \
	tests/demo.sh \
	tests/examples.sh \
	tests/format.sh \
	tests/hardening.sh \
	tests/inject.sh \
	tests/inspect.sh \
	tests/inspect_pe.sh \
	tests/layout.sh \
	tests/leaks.sh \
	tests/library.sh \
	tests/link.sh \
	tests/link_arm64.sh \
	tests/link_coff.sh \
	tests/link_coff_cxx.sh \
	tests/link_msvc.sh \
	tests/link_coff_eh.sh \
	tests/link_damage.sh \
	tests/link_inits.sh \
	tests/link_parts.sh \
	tests/link_ways.sh \
	tests/model.sh \
	tests/model_gate.sh \
	tests/plainhost.sh \
	tests/plugin_obj.sh \
	tests/postgres.sh \
	tests/preload.sh \
	tests/readers.sh \
	tests/readme.sh \
	tests/run.sh \
	tests/rust.sh \
	tests/serve.sh \
	tests/uncaught.sh

# What runs on Windows: programs, by wine or whatever EXEC_WRAPPER is.
test_programs_windows = \
	tests/main \
	tests/main_static \
	tests/test_call \
	$(defer_programs) \
	tests/test_cmalloc \
	tests/test_dllpanic \
	tests/test_exception_win \
	tests/test_files_win \
	tests/test_gate \
	tests/test_gate_races \
	tests/test_hist \
	tests/test_newosproc_win \
	tests/test_objcoff \
	tests/test_objmacho \
	tests/test_objpe \
	tests/test_objwrite \
	tests/test_panic \
	tests/test_plugin \
	tests/test_quarantine \
	tests/test_stack_win \
	tests/test_stress \
	tests/test_threads
# on 386 its cleanups are left out: the program's own libgcc is a static one
if ARCH_AMD64
test_programs_windows += tests/test_soak
endif
EXTRA_PROGRAMS += tests/test_exception_win tests/test_files_win \
	tests/test_newosproc_win tests/test_stack_win
test_scripts_windows = \
	tests/cmd.sh \
	tests/cmd_win.sh \
	tests/defer.sh \
	tests/examples.sh \
	tests/inspect_pe.sh \
	tests/library_win.sh \
	tests/readme.sh \
	tests/uncaught.sh
# these only read what was built
test_reading_windows = tests/hardening.sh
EXTRA_DIST += tests/exec_windows.sh tests/wine.sh

dist_check_SCRIPTS += $(test_scripts) tests/cmd_win.sh tests/library_win.sh
CLEANFILES += tests/wine-died.log
if OS_WINDOWS
check_PROGRAMS += $(test_programs_windows)
TESTS += $(test_reading_windows)
if CAN_RUN
TESTS += $(test_programs_windows) $(test_scripts_windows)
endif
else
check_PROGRAMS += $(test_programs)
TESTS += $(test_programs) $(test_scripts)
endif
EXTRA_DIST += tests/env.sh.in tests/entry.pml tests/gate.pml tests/spin.sh tests/tsan.supp tests/targets/arm64-sysroot.sh tests/targets/check.sh \
	tests/targets/i386-root.sh tests/targets/in-i386.sh \
	tests/targets/darwin-sdk.sh tests/targets/darwin.sh \
	tests/targets/table.sh tests/fuzz.sh tests/fuzzing.sh \
	tests/link_386.sh tests/link_calls.sh tests/link_coff_headers.h tests/link_coff_unfit.py \
	tests/link_coff_eh.cc tests/link_coff_eh_c.c tests/link_coff_eh_call.c \
	tests/fuzz_obj.c tests/fuzz_link.sh tests/fuzz_link.c \
	tests/crel.py tests/readers_coff.py tests/readers_elf.py \
	tests/readers_macho.py

# Hosts: one is not linked with gort, the other with its archive and a module.
noinst_HEADERS += tests/main.h
tests_main_SOURCES = tests/main.c
EXTRA_tests_main_SOURCES = tests/main_windows.c tests/main_unix.c
tests_main_LDADD = $(CUNIT_LIBS)
if OS_WINDOWS
tests_main_SOURCES += tests/main_windows.c
check_LTLIBRARIES += tests/dllmain.la tests/dllpanic.la tests/hostdll.la \
	tests/libneed.la tests/needs.la tests/pool.la
if HAVE_CXX
check_LTLIBRARIES += tests/cxx.la
endif
else
tests_main_SOURCES += tests/main_unix.c
endif
tests_cxx_la_SOURCES = tests/plug_cxx.c tests/panic_cxx.cc
tests_cxx_la_CXXFLAGS = $(AM_CXXFLAGS)
tests_cxx_la_LDFLAGS = $(plugin_ldflags)
tests_cxx_la_LIBADD = libgort.la
tests_dllmain_la_SOURCES = tests/plug_dllmain.c
tests_dllmain_la_LDFLAGS = $(plugin_ldflags)
tests_dllmain_la_LIBADD = libgort.la
tests_dllpanic_la_SOURCES = tests/plug_dllpanic.c
tests_dllpanic_la_LDFLAGS = $(plugin_ldflags)
tests_dllpanic_la_LIBADD = libgort.la
tests_libneed_la_SOURCES = tests/plug_need.c
tests_libneed_la_LDFLAGS = $(AM_LDFLAGS) -avoid-version -shared \
	-rpath /nowhere -no-undefined
tests_needs_la_SOURCES = tests/plug_needs.c
tests_needs_la_LDFLAGS = $(plugin_ldflags)
tests_needs_la_LIBADD = tests/libneed.la libgort.la
tests_pool_la_SOURCES = tests/plug_pool.c
tests_pool_la_LDFLAGS = $(plugin_ldflags)
tests_pool_la_LIBADD = libgort.la
tests_hostdll_la_SOURCES = tests/plug_hostdll.c
tests_hostdll_la_LDFLAGS = $(plugin_ldflags)
tests_main_static_LDADD = libgort.la $(CUNIT_LIBS)
tests_main_static_LDFLAGS = $(AM_LDFLAGS) -static
# the same at a fixed address, and on musl without any shared library
EXTRA_PROGRAMS += tests/main_static tests/main_static_nopie \
	tests/main_static_all
tests_main_static_nopie_SOURCES = tests/main_static.c
tests_main_static_nopie_CFLAGS = $(AM_CFLAGS) -fno-pie
tests_main_static_nopie_LDADD = $(tests_main_static_LDADD)
tests_main_static_nopie_LDFLAGS = $(AM_LDFLAGS) -static -no-pie
tests_main_static_all_SOURCES = tests/main_static.c
tests_main_static_all_CFLAGS = $(AM_CFLAGS) -fno-pie
tests_main_static_all_LDADD = $(tests_main_static_LDADD)
tests_main_static_all_LDFLAGS = $(AM_LDFLAGS) -all-static -no-pie
# and without a table of unwind data, as what gcc links with -static
EXTRA_PROGRAMS += tests/main_static_notable
tests_main_static_notable_SOURCES = tests/main_static.c
tests_main_static_notable_CFLAGS = $(AM_CFLAGS) -fno-pie
tests_main_static_notable_LDADD = $(tests_main_static_LDADD)
tests_main_static_notable_LDFLAGS = $(AM_LDFLAGS) -static -no-pie \
	-Wl,--no-eh-frame-hdr
archive_programs = tests/main_static tests/main_static_nopie
if LIBC_GLIBC
archive_programs += tests/main_static_notable
endif
if LIBC_MUSL
archive_programs += tests/main_static_all
endif
if HAVE_ARCHIVE
if !OS_WINDOWS
check_PROGRAMS += $(archive_programs)
TESTS += $(archive_programs)
endif
endif

stack_programs = tests/test_abi_crosscall tests/test_abi_defer \
	tests/test_abi_defer_nopic tests/test_defer_wreck
EXTRA_PROGRAMS += $(stack_programs)
if HAVE_STACKS
check_PROGRAMS += $(stack_programs)
TESTS += $(stack_programs)
endif
# every preserved register, in assembly
all_wrecks = tests/wreck_386.S tests/wreck_sysv_amd64.S \
	tests/wreck_sysv_arm64.S tests/wreck_win_amd64.S
if ARCH_386
wreck = tests/wreck_386.S
endif
if ARCH_ARM64
wreck = tests/wreck_sysv_arm64.S
endif
if ARCH_AMD64
if ENV_WIN
wreck = tests/wreck_win_amd64.S
else
wreck = tests/wreck_sysv_amd64.S
endif
endif
tests_test_abi_crosscall_SOURCES = tests/test_abi_crosscall.c $(wreck)
EXTRA_tests_test_abi_crosscall_SOURCES = $(all_wrecks)
tests_test_defer_wreck_SOURCES = tests/test_defer_wreck.c $(wreck)
EXTRA_tests_test_defer_wreck_SOURCES = $(all_wrecks)
tests_test_defer_wreck_CFLAGS = $(plain_cflags)
tests_test_abi_defer_CPPFLAGS = $(AM_CPPFLAGS) -DWANT_PIC
tests_test_abi_defer_CFLAGS = $(AM_CFLAGS) -fPIC
tests_test_abi_defer_nopic_SOURCES = tests/test_abi_defer.c
tests_test_abi_defer_nopic_CFLAGS = $(AM_CFLAGS) -fno-pic -fno-pie
tests_test_abi_defer_nopic_LDFLAGS = $(AM_LDFLAGS) -no-pie
if OS_WINDOWS
tests_test_abi_defer_nopic_LDFLAGS += -static
endif
# every instruction of abi/ under a stepper
if HAVE_UPT
if HAVE_STACKS
if !SANITIZED
check_PROGRAMS += tests/test_abi_cfi
TESTS += tests/test_abi_cfi
endif
endif
endif
EXTRA_PROGRAMS += tests/test_abi_cfi
tests_test_abi_cfi_CPPFLAGS = $(AM_CPPFLAGS)
tests_test_abi_cfi_LDADD = libgort.la $(CUNIT_LIBS) \
	-lunwind-ptrace -lunwind-generic
if SPLIT_STACK
tests_test_abi_cfi_CPPFLAGS += -DWITH_SPLIT
tests_test_abi_cfi_LDADD += tests/libsplitcode.la libgort_split.a libgort.la
if HAVE_GOLD
tests_test_abi_cfi_LDFLAGS = $(AM_LDFLAGS) -fuse-ld=gold -fsplit-stack \
	-Wl,--allow-shlib-undefined
endif
endif
# contexts, by the own walk
EXTRA_PROGRAMS += tests/test_backtrace_context
if HAVE_STACKS
check_PROGRAMS += tests/test_backtrace_context
TESTS += tests/test_backtrace_context
endif
# held against the process's unwinder
unwinder_programs = tests/test_abi_stack tests/test_switch
EXTRA_PROGRAMS += $(unwinder_programs)
if HAVE_UNWINDER
if HAVE_STACKS
check_PROGRAMS += $(unwinder_programs)
TESTS += $(unwinder_programs)
endif
endif
tests_test_abi_stack_CFLAGS = $(AM_CFLAGS) $(EXCEPTIONS_CFLAGS)

# code that gcc's split stacks are on for, linked by the usual linker, and by
# gold, which sees to calls of code that has them not
if SPLIT_STACK
if !SANITIZED
split_programs = tests/test_abi_split
if HAVE_GOLD
split_programs += tests/test_abi_split_gold
endif
check_PROGRAMS += $(split_programs)
TESTS += $(split_programs)
endif
endif
EXTRA_PROGRAMS += tests/test_abi_split tests/test_abi_split_gold
check_LTLIBRARIES += tests/libsplitcode.la
tests_libsplitcode_la_SOURCES =
EXTRA_tests_libsplitcode_la_SOURCES = tests/abi_splitcode.c
if SPLIT_STACK
tests_libsplitcode_la_SOURCES += tests/abi_splitcode.c
endif
tests_libsplitcode_la_CFLAGS = $(AM_CFLAGS) -fno-sanitize=all -fsplit-stack
noinst_HEADERS += tests/abi_cfi_script.h tests/abi_splitcode.h
tests_test_abi_split_LDADD = tests/libsplitcode.la libgort_split.a $(test_libs)
tests_test_abi_split_gold_SOURCES = tests/test_abi_split.c
tests_test_abi_split_gold_CPPFLAGS = $(AM_CPPFLAGS) -DWITH_GOLD
tests_test_abi_split_gold_LDADD = $(tests_test_abi_split_LDADD)
tests_test_abi_split_gold_LDFLAGS = $(AM_LDFLAGS) -fuse-ld=gold -fsplit-stack
tests_test_defer_CFLAGS = $(plain_cflags)
tests_test_defer_c_CFLAGS = $(plain_cflags)
tests_test_defer_goexit_CFLAGS = $(plain_cflags)
tests_test_defer_nested_CFLAGS = $(plain_cflags)
tests_test_defer_recover_CFLAGS = $(plain_cflags)
tests_test_defer_results_CFLAGS = $(plain_cflags)
tests_test_defer_values_CFLAGS = $(plain_cflags)
tests_test_firstpanic_CFLAGS = $(plain_cflags) $(EXCEPTIONS_CFLAGS)
tests_test_fault_line_CFLAGS = $(plain_cflags) -g
EXTRA_PROGRAMS += tests/test_fault_host tests/test_fault_stack
EXTRA_PROGRAMS += tests/test_longjmp tests/test_fault_cxx tests/test_sandbox \
	tests/test_unload_users
EXTRA_PROGRAMS += tests/test_call_wide
tests_test_fault_cxx_SOURCES = tests/test_fault_cxx.c tests/fault_cxx.cc
tests_test_fault_cxx_CFLAGS = $(plain_cflags)
tests_test_fault_host_CFLAGS = $(plain_cflags)
if !SANITIZED
check_PROGRAMS += tests/test_fault_stack
TESTS += tests/test_fault_stack
if !OS_WINDOWS
check_PROGRAMS += tests/test_fault_host
TESTS += tests/test_fault_host
check_PROGRAMS += tests/test_longjmp
TESTS += tests/test_longjmp
if OS_LINUX
check_PROGRAMS += tests/test_sandbox tests/test_unload_users
TESTS += tests/test_sandbox tests/test_unload_users
if !ARCH_ARM64
check_PROGRAMS += tests/test_call_wide
TESTS += tests/test_call_wide
endif
endif
if HAVE_CXX
check_PROGRAMS += tests/test_fault_cxx
TESTS += tests/test_fault_cxx
endif
endif
endif
tests_test_fault_stack_CFLAGS = $(plain_cflags) $(EXCEPTIONS_CFLAGS)
tests_test_fault_stack_LDFLAGS = $(AM_LDFLAGS) $(TEST_EXPORT)
# its mmap is called before ThreadSanitizer is ready
tests_test_newm_CFLAGS = $(plain_cflags)
# its syscall is what every thread calls
tests_test_nobarrier_CFLAGS = $(plain_cflags)
tests_test_exception_win_SOURCES = tests/test_exception_win.c
tests_test_exception_win_CFLAGS = $(plain_cflags)
EXTRA_tests_test_exception_win_SOURCES = tests/seh_win_386.S \
	tests/seh_win_amd64.S
if ARCH_AMD64
tests_test_exception_win_SOURCES += tests/seh_win_amd64.S
endif
if ARCH_386
tests_test_exception_win_SOURCES += tests/seh_win_386.S
endif
tests_test_newosproc_win_LDFLAGS = $(AM_LDFLAGS) -static
tests_test_stack_win_CFLAGS = $(plain_cflags)
tests_test_cross_CFLAGS = $(plain_cflags) $(EXCEPTIONS_CFLAGS)
tests_test_cross_LDADD = $(test_libs) tests/libnotables.la
tests_test_cross_LDFLAGS = $(AM_LDFLAGS) $(TEST_EXPORT)
tests_test_quarantine_CFLAGS = $(plain_cflags) -Wno-write-strings
tests_test_where_CFLAGS = $(plain_cflags)
check_LTLIBRARIES += tests/where.la
tests_where_la_SOURCES = tests/plug_where.c
tests_where_la_LDFLAGS = $(plugin_ldflags)
tests_where_la_LIBADD = libgort.la
tests_test_backtrace_CFLAGS = $(plain_cflags) -Wno-write-strings
tests_test_backtrace_LDFLAGS = $(AM_LDFLAGS) $(TEST_EXPORT)
tests_test_panic_regs_SOURCES = tests/test_panic_regs.c $(wreck)
EXTRA_tests_test_panic_regs_SOURCES = $(all_wrecks)
EXTRA_PROGRAMS += tests/test_panic_regs
if ENV_SYSV
if !SANITIZED
check_PROGRAMS += tests/test_panic_regs
TESTS += tests/test_panic_regs
endif
endif
tests_test_soak_CFLAGS = $(plain_cflags) $(EXCEPTIONS_CFLAGS)
tests_test_unload_rows_CFLAGS = $(plain_cflags)
check_LTLIBRARIES += tests/pass1.la tests/pass2.la tests/passclean.la \
	tests/passnoid1.la tests/passnoid2.la
tests_passclean_la_SOURCES = tests/plug_pass.c
tests_passclean_la_CPPFLAGS = $(AM_CPPFLAGS) -DROOM=512 -DCLEANUP
tests_passclean_la_CFLAGS = $(plain_cflags) $(EXCEPTIONS_CFLAGS)
tests_passclean_la_LDFLAGS = $(plugin_ldflags)
# two that cannot be told from each other but by their unwind tables
tests_passnoid1_la_SOURCES = tests/plug_pass.c
tests_passnoid1_la_CPPFLAGS = $(AM_CPPFLAGS) -DROOM=512
tests_passnoid1_la_CFLAGS = $(plain_cflags)
tests_passnoid1_la_LDFLAGS = $(plugin_ldflags) -Wl,--build-id=none
tests_passnoid2_la_SOURCES = tests/plug_pass.c
tests_passnoid2_la_CPPFLAGS = $(AM_CPPFLAGS) -DROOM=640
tests_passnoid2_la_CFLAGS = $(plain_cflags)
tests_passnoid2_la_LDFLAGS = $(plugin_ldflags) -Wl,--build-id=none
tests_pass1_la_SOURCES = tests/plug_pass.c
tests_pass1_la_CPPFLAGS = $(AM_CPPFLAGS) -DROOM=512
tests_pass1_la_CFLAGS = $(plain_cflags)
tests_pass1_la_LDFLAGS = $(plugin_ldflags)
tests_pass2_la_SOURCES = tests/plug_pass.c
tests_pass2_la_CPPFLAGS = $(AM_CPPFLAGS) -DROOM=1024
tests_pass2_la_CFLAGS = $(plain_cflags)
tests_pass2_la_LDFLAGS = $(plugin_ldflags)
tests_test_switch_LDADD = $(test_libs) -lm
tests_test_panic_LDADD = $(test_libs) tests/libnotables.la
tests_test_panic_LDFLAGS = $(AM_LDFLAGS) $(TEST_EXPORT)
tests_test_panic_CFLAGS = $(plain_cflags) $(EXCEPTIONS_CFLAGS) \
	-Wno-write-strings
tests_test_panic_cxx_SOURCES = tests/test_panic_cxx.c tests/panic_cxx.cc
tests_test_panic_cxx_LDADD = $(test_libs) tests/libnotables.la
tests_test_panic_cxx_LDFLAGS = $(AM_LDFLAGS) $(TEST_EXPORT)
tests_test_panic_cxx_CFLAGS = $(plain_cflags) -fexceptions -Wno-write-strings
tests_test_defer_cxx_SOURCES = tests/test_defer_cxx.c tests/defer_cxx.cc
tests_test_defer_cxx_LDADD = $(test_libs) tests/libnotables.la
tests_test_defer_cxx_LDFLAGS = $(AM_LDFLAGS) $(TEST_EXPORT)
tests_test_defer_cxx_CFLAGS = $(plain_cflags)
tests_test_cross_cxx_SOURCES = tests/test_cross_cxx.c tests/cross_cxx.cc
tests_test_cross_cxx_LDFLAGS = $(AM_LDFLAGS) $(TEST_EXPORT)
tests_test_cross_cxx_CFLAGS = $(plain_cflags) -fexceptions
EXTRA_PROGRAMS += tests/test_cross_cxx tests/test_defer_cxx \
	tests/test_dllpanic tests/test_panic_cxx
tests_test_rustpanic_LDFLAGS = $(AM_LDFLAGS) $(TEST_EXPORT)
tests_test_rustpanic_CFLAGS = $(plain_cflags) $(EXCEPTIONS_CFLAGS)
EXTRA_PROGRAMS += tests/test_rustpanic
if HAVE_UNWINDER
check_PROGRAMS += tests/test_rustpanic
if OS_WINDOWS
if CAN_RUN
TESTS += tests/test_rustpanic
endif
else
TESTS += tests/test_rustpanic
endif
endif
if HAVE_CXX
check_PROGRAMS += tests/test_defer_cxx tests/test_panic_cxx
TESTS += tests/test_defer_cxx tests/test_panic_cxx
if !OS_WINDOWS
check_PROGRAMS += tests/test_cross_cxx
TESTS += tests/test_cross_cxx
endif
endif
EXTRA_DIST += tests/cross_rust.c tests/cross_rust.rs \
	tests/plug_rust.c
tests_test_hist_SOURCES = tests/test_hist.c cmd/hist.c
tests_test_hist_LDADD = $(CUNIT_LIBS)
tests_test_keysearch_SOURCES = tests/test_keysearch.c abi/keysearch.c
tests_test_keysearch_LDADD = libgortobj.la $(CUNIT_LIBS)
tests_test_objar_LDADD = libgortobjall.la $(CUNIT_LIBS)
tests_test_objcoff_LDADD = libgortobjall.la $(CUNIT_LIBS)
tests_test_objmacho_LDADD = libgortobjall.la $(CUNIT_LIBS)
tests_test_objpe_LDADD = libgortobjall.la $(CUNIT_LIBS)
tests_test_pool_LDADD = libgortobj.la $(CUNIT_LIBS)
tests_test_objwrite_LDADD = libgortbind.la $(CUNIT_LIBS)
tests_test_objwrite_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc \
	-Wl,--wrap=calloc -Wl,--wrap=realloc -Wl,--wrap=free
tests_test_objelf_LDADD = libgortobjall.la $(CUNIT_LIBS)

# C that has no unwind tables, and no frame pointers either
noinst_LTLIBRARIES += tests/libnotables.la
tests_libnotables_la_SOURCES = tests/panic_notables.c
tests_libnotables_la_CFLAGS = $(AM_CFLAGS) -fno-exceptions \
	-fno-asynchronous-unwind-tables -fno-unwind-tables \
	-fno-omit-frame-pointer

# run by link.sh, which compiles what it links
if HAVE_LINK_COFF
check_PROGRAMS += tests/test_link_coff
TESTS += tests/test_link_coff
endif
if HAVE_LINK_ELF
check_PROGRAMS += tests/test_link tests/test_plugin_obj
if HAVE_ARCHIVE
check_PROGRAMS += tests/test_link_damage
endif
if ARCH_AMD64
check_PROGRAMS += tests/test_link_bridge tests/test_link_eh
endif
endif
EXTRA_PROGRAMS += tests/test_link tests/test_link_bridge tests/test_link_eh \
	tests/test_link_coff \
	tests/test_link_damage tests/test_plugin_obj
noinst_HEADERS += tests/coffbuild.h
# calls what the library does not export
tests_test_link_damage_LDFLAGS = $(AM_LDFLAGS) -static

# run by inject.sh; glibc's only
if HAVE_DL_FIND_OBJECT
if !SANITIZED
check_PROGRAMS += tests/test_inject
check_LTLIBRARIES += tests/inject.la
endif
endif
EXTRA_PROGRAMS += tests/test_inject
noinst_HEADERS += tests/inject.h
tests_test_inject_SOURCES = tests/test_inject.c tests/inject.c
tests_test_inject_CFLAGS = $(plain_cflags)
tests_inject_la_SOURCES = tests/inject.c
tests_inject_la_LDFLAGS = $(plugin_ldflags)
# an object of its own: the program has one, too

# what test_link_win links: objects and mingw's archives, under short names
EXTRA_PROGRAMS += tests/test_link_win
EXTRA_DIST += tests/linked_c.c tests/linked_cxx.cc tests/linked_guard.c
linked_files = tests/linked_c.x tests/linked_mingwex.a tests/linked_gcc.a \
	tests/linked_gcc_s.a tests/linked_kernel32.a tests/linked_msvcrt.a
if HAVE_CXX
linked_files += tests/linked_cxx.x tests/linked_stdcxx.a
endif
if HAVE_LINK
if OS_WINDOWS
check_PROGRAMS += tests/test_link_win
check_DATA = $(linked_files)
CLEANFILES += $(linked_files)
if CAN_RUN
TESTS += tests/test_link_win
endif
endif
endif
# and test_link_tls_win, as a user of the DLL and of the archive: an object for
# each part of one file; empty where there is no clang
EXTRA_PROGRAMS += tests/test_link_tls_win tests/test_link_tls_archive \
	tests/test_link_tls_late
tests_test_link_tls_late_LDADD = $(TEST_LIBS)
tests_test_link_tls_archive_SOURCES = tests/test_link_tls_win.c
tests_test_link_tls_archive_LDFLAGS = $(AM_LDFLAGS) -static
EXTRA_DIST += tests/linked_tls.c tests/linked_tls.h
linked_tls_files = tests/linked_tls_big.x tests/linked_tls_callback.x \
	tests/linked_tls_given.x tests/linked_tls_index.x \
	tests/linked_tls_made.x tests/linked_tls_nobody.x \
	tests/linked_tls_one.x tests/linked_tls_two.x \
	tests/linked_tls_unmade.x tests/linked_tls_wide.x
if HAVE_LINK
if OS_WINDOWS
check_PROGRAMS += tests/test_link_tls_win tests/test_link_tls_archive \
	tests/test_link_tls_late
check_DATA += $(linked_tls_files)
CLEANFILES += $(linked_tls_files)
if CAN_RUN
TESTS += tests/test_link_tls_win tests/test_link_tls_archive \
	tests/test_link_tls_late
endif
endif
endif
$(linked_tls_files): tests/linked_tls.c
	$(AM_V_GEN)$(MKDIR_P) tests; : >$@; \
	command -v clang >/dev/null || exit 0; \
	part=`echo $@ | sed 's/.*_//; s/\.x//' | tr a-z A-Z`; \
	case $$part in *MADE) lang=c++ ;; *) lang=c ;; esac; \
	clang --target=$(host_cpu)-pc-windows-msvc -O1 -x $$lang \
		-DPART_$$part -c -o $@ $(srcdir)/tests/linked_tls.c
linked_copy = $(AM_V_GEN)$(MKDIR_P) tests && cp "`$(CC) -print-file-name=
tests/linked_c.x: tests/linked_c.c
	$(AM_V_CC)$(MKDIR_P) tests && \
	$(CC) -O1 -fexceptions -c -o $@ $(srcdir)/tests/linked_c.c
tests/linked_cxx.x: tests/linked_cxx.cc
	$(AM_V_CXX)$(MKDIR_P) tests && \
	$(CXX) -O1 -c -o $@ $(srcdir)/tests/linked_cxx.cc
tests/linked_mingwex.a:
	$(linked_copy)libmingwex.a`" $@
tests/linked_gcc.a:
	$(linked_copy)libgcc.a`" $@
tests/linked_kernel32.a:
	$(linked_copy)libkernel32.a`" $@
tests/linked_msvcrt.a:
	$(linked_copy)libmsvcrt.a`" $@
tests/linked_stdcxx.a:
	$(linked_copy)libstdc++.dll.a`" $@
tests/linked_gcc_s.a:
	$(linked_copy)libgcc_s.a`" $@

# plain hosts: one knows nothing of gort and is not linked with it
if OS_LINUX
check_PROGRAMS += tests/plainhost tests/leaks
endif
check_PROGRAMS += tests/uncaught
tests_plainhost_LDADD =
tests_uncaught_LDADD = libgort.la $(TEST_LIBS)
tests_uncaught_LDFLAGS = $(AM_LDFLAGS) $(TEST_EXPORT)

check_LTLIBRARIES += tests/basic1.la
tests_basic1_la_SOURCES = tests/plug_basic.c
tests_basic1_la_CFLAGS = $(plain_cflags)
tests_basic1_la_CPPFLAGS = $(AM_CPPFLAGS) -DVERSION='"1.0"' -DNUMBER=1
tests_basic1_la_LDFLAGS = $(plugin_ldflags)
tests_basic1_la_LIBADD = libgort.la
check_LTLIBRARIES += tests/basic2.la
tests_basic2_la_SOURCES = tests/plug_basic.c
tests_basic2_la_CFLAGS = $(plain_cflags)
tests_basic2_la_CPPFLAGS = $(AM_CPPFLAGS) -DVERSION='"2.0"' -DNUMBER=2 -DNO_EXTRA
tests_basic2_la_LDFLAGS = $(plugin_ldflags)
tests_basic2_la_LIBADD = libgort.la
check_LTLIBRARIES += tests/failinit.la
tests_failinit_la_SOURCES = tests/plug_basic.c
tests_failinit_la_CFLAGS = $(plain_cflags)
tests_failinit_la_CPPFLAGS = $(AM_CPPFLAGS) -DVERSION='"9.1"' -DFAIL_INIT
tests_failinit_la_LDFLAGS = $(plugin_ldflags)
tests_failinit_la_LIBADD = libgort.la
check_LTLIBRARIES += tests/panicinit.la
tests_panicinit_la_SOURCES = tests/plug_basic.c
tests_panicinit_la_CFLAGS = $(plain_cflags)
tests_panicinit_la_CPPFLAGS = $(AM_CPPFLAGS) -DVERSION='"9.2"' -DPANIC_INIT
tests_panicinit_la_LDFLAGS = $(plugin_ldflags)
tests_panicinit_la_LIBADD = libgort.la
check_LTLIBRARIES += tests/faultinit.la
tests_faultinit_la_SOURCES = tests/plug_basic.c
tests_faultinit_la_CFLAGS = $(plain_cflags)
tests_faultinit_la_CPPFLAGS = $(AM_CPPFLAGS) -DVERSION='"9.3"' -DFAULT_INIT
tests_faultinit_la_LDFLAGS = $(plugin_ldflags)
tests_faultinit_la_LIBADD = libgort.la
check_LTLIBRARIES += tests/slowinit.la
tests_slowinit_la_SOURCES = tests/plug_basic.c
tests_slowinit_la_CFLAGS = $(plain_cflags)
tests_slowinit_la_CPPFLAGS = $(AM_CPPFLAGS) -DNAME='"slow"' -DSLOW_INIT -DREENTRANT_INIT
tests_slowinit_la_LDFLAGS = $(plugin_ldflags)
tests_slowinit_la_LIBADD = libgort.la
check_LTLIBRARIES += tests/noinit.la
tests_noinit_la_SOURCES = tests/plug_basic.c
tests_noinit_la_CFLAGS = $(plain_cflags)
tests_noinit_la_CPPFLAGS = $(AM_CPPFLAGS) -DNAME='"noinit"' -DNO_INIT
tests_noinit_la_LDFLAGS = $(plugin_ldflags)
tests_noinit_la_LIBADD = libgort.la
check_LTLIBRARIES += tests/needy.la
tests_needy_la_SOURCES = tests/plug_basic.c
tests_needy_la_CFLAGS = $(plain_cflags)
tests_needy_la_CPPFLAGS = $(AM_CPPFLAGS) -DNAME='"needy"' -DHAS_NEED
tests_needy_la_LDFLAGS = $(plugin_ldflags)
tests_needy_la_LIBADD = libgort.la
check_LTLIBRARIES += tests/failsave.la
tests_failsave_la_SOURCES = tests/plug_basic.c
tests_failsave_la_CFLAGS = $(plain_cflags)
tests_failsave_la_CPPFLAGS = $(AM_CPPFLAGS) -DVERSION='"9.4"' -DFAIL_SAVE
tests_failsave_la_LDFLAGS = $(plugin_ldflags)
tests_failsave_la_LIBADD = libgort.la
check_LTLIBRARIES += tests/failrestore.la
tests_failrestore_la_SOURCES = tests/plug_basic.c
tests_failrestore_la_CFLAGS = $(plain_cflags)
tests_failrestore_la_CPPFLAGS = $(AM_CPPFLAGS) -DVERSION='"9.5"' -DFAIL_RESTORE
tests_failrestore_la_LDFLAGS = $(plugin_ldflags)
tests_failrestore_la_LIBADD = libgort.la
check_LTLIBRARIES += tests/badabi.la
tests_badabi_la_SOURCES = tests/plug_basic.c
tests_badabi_la_CFLAGS = $(plain_cflags)
tests_badabi_la_CPPFLAGS = $(AM_CPPFLAGS) -DVERSION='"9.6"' -DGORT_MODULE_ABI_MIN=98 -DGORT_MODULE_ABI_MAX=99
tests_badabi_la_LDFLAGS = $(plugin_ldflags)
tests_badabi_la_LIBADD = libgort.la
check_LTLIBRARIES += tests/other.la
tests_other_la_SOURCES = tests/plug_basic.c
tests_other_la_CFLAGS = $(plain_cflags)
tests_other_la_CPPFLAGS = $(AM_CPPFLAGS) -DNAME='"other"'
tests_other_la_LDFLAGS = $(plugin_ldflags)
tests_other_la_LIBADD = libgort.la
check_LTLIBRARIES += tests/pinned.la
tests_pinned_la_SOURCES = tests/plug_pinned.c
tests_pinned_la_LDFLAGS = $(plugin_ldflags)
tests_pinned_la_LIBADD = libgort.la $(TEST_LIBS)
check_LTLIBRARIES += tests/waiter.la
tests_waiter_la_SOURCES = tests/plug_waiter.c
tests_waiter_la_LDFLAGS = $(plugin_ldflags)
tests_waiter_la_LIBADD = libgort.la $(TEST_LIBS)
if OS_LINUX
check_LTLIBRARIES += tests/users.la tests/fewusers.la tests/libbrought.la \
	tests/brings.la
if HAVE_CXX
check_LTLIBRARIES += tests/cxxthread.la
endif
endif
tests_libbrought_la_SOURCES = tests/brought.c
tests_libbrought_la_LDFLAGS = $(AM_LDFLAGS) -avoid-version -shared \
	-rpath /nowhere -no-undefined
tests_libbrought_la_LIBADD = $(TEST_LIBS)
tests_brings_la_SOURCES = tests/brought.c
tests_brings_la_CPPFLAGS = $(AM_CPPFLAGS) -DPLUGIN
tests_brings_la_LDFLAGS = $(plugin_ldflags) -Wl,-rpath,'$$ORIGIN'
tests_brings_la_LIBADD = tests/libbrought.la libgort.la
tests_cxxthread_la_SOURCES = tests/plug_cxxthread.cc
tests_cxxthread_la_CXXFLAGS = $(AM_CXXFLAGS)
tests_cxxthread_la_LDFLAGS = $(plugin_ldflags)
tests_cxxthread_la_LIBADD = libgort.la
tests_users_la_SOURCES = tests/plug_users.c
tests_users_la_CPPFLAGS = $(AM_CPPFLAGS) -DTIMER
tests_users_la_LDFLAGS = $(plugin_ldflags)
tests_users_la_LIBADD = libgort.la $(TEST_LIBS)
# it does not import timer_create, for which alone threads are looked at
tests_fewusers_la_SOURCES = tests/plug_users.c
tests_fewusers_la_LDFLAGS = $(plugin_ldflags)
tests_fewusers_la_LIBADD = libgort.la $(TEST_LIBS)
check_LTLIBRARIES += tests/nomodule.la
tests_nomodule_la_SOURCES = tests/plug_nomodule.c
tests_nomodule_la_LDFLAGS = $(plugin_ldflags)
tests_nomodule_la_LIBADD = libgort.la
# its init asks for the init thread's stack
if !OS_WINDOWS
if HAVE_STACKS
check_LTLIBRARIES += tests/stack.la
endif
endif
tests_stack_la_SOURCES = tests/plug_stack.c
tests_stack_la_LDFLAGS = $(plugin_ldflags)
tests_stack_la_LIBADD = libgort.la
check_LTLIBRARIES += tests/ctor.la
tests_ctor_la_SOURCES = tests/plug_ctor.c
tests_ctor_la_LDFLAGS = $(plugin_ldflags)
tests_ctor_la_LIBADD = libgort.la
check_LTLIBRARIES += tests/hostso.la
tests_hostso_la_SOURCES = tests/plug_hostso.c
tests_hostso_la_LDFLAGS = $(plugin_ldflags)
# a library that is a module, and plugins that are linked with it; user3 is not
# told that it lies in its own folder
noinst_HEADERS += tests/plug_dep.h
if !OS_WINDOWS
check_LTLIBRARIES += tests/libdep.la tests/user1.la tests/user2.la \
	tests/user3.la tests/user4.la tests/user5.la
endif
user_ldflags = $(plugin_ldflags) -Wl,-rpath,'$$ORIGIN'
tests_libdep_la_SOURCES = tests/plug_dep.c
tests_libdep_la_LDFLAGS = $(AM_LDFLAGS) -avoid-version -shared \
	-rpath /nowhere -no-undefined
tests_libdep_la_LIBADD = libgort.la
tests_user1_la_SOURCES = tests/plug_user.c
tests_user1_la_CPPFLAGS = $(AM_CPPFLAGS) -DNAME='"user"' -DNEED='"dep"'
tests_user1_la_LDFLAGS = $(user_ldflags)
tests_user1_la_LIBADD = tests/libdep.la libgort.la
tests_user2_la_SOURCES = tests/plug_user.c
tests_user2_la_CPPFLAGS = $(AM_CPPFLAGS) -DNAME='"user2"'
tests_user2_la_LDFLAGS = $(user_ldflags)
tests_user2_la_LIBADD = tests/libdep.la libgort.la
tests_user3_la_SOURCES = tests/plug_user.c
tests_user3_la_CPPFLAGS = $(AM_CPPFLAGS) -DNAME='"user3"' -DNEED='"dep"'
tests_user3_la_LDFLAGS = $(plugin_ldflags)
tests_user3_la_LIBADD = tests/libdep.la libgort.la
tests_user4_la_SOURCES = tests/plug_user.c
tests_user4_la_CPPFLAGS = $(AM_CPPFLAGS) -DNAME='"user4"' -DNEED='"absent"'
tests_user4_la_LDFLAGS = $(user_ldflags)
tests_user4_la_LIBADD = tests/libdep.la libgort.la
tests_user5_la_SOURCES = tests/plug_user.c
tests_user5_la_CPPFLAGS = $(AM_CPPFLAGS) -DNAME='"dep"'
tests_user5_la_LDFLAGS = $(user_ldflags)
tests_user5_la_LIBADD = tests/libdep.la libgort.la
check_LTLIBRARIES += tests/handler.la
tests_handler_la_SOURCES = tests/plug_handler.c
tests_handler_la_LDFLAGS = $(plugin_ldflags)
tests_handler_la_LIBADD = libgort.la

# Plugins of plain C: bind_make writes what gort bind would for the target, and
# the linker is given it as it is.
EXTRA_PROGRAMS += tests/bind_make tests/test_bind
EXTRA_DIST += tests/bound.list
CLEANFILES += tests/bound.txt tests/bound1-gort.lo tests/bound2-gort.lo \
	tests/bound1-gort.o tests/bound2-gort.o tests/resident-gort.lo \
	tests/resident-gort.o
if CAN_RUN
check_PROGRAMS += tests/bind_make tests/test_bind
check_LTLIBRARIES += tests/bound1.la tests/bound2.la tests/resident.la
TESTS += tests/test_bind
endif
tests_bind_make_LDADD = libgortbind.la
# libtool takes objects by such a file
make_bound = $(AM_V_GEN)$(TEST_RUNNER) tests/bind_make$(EXEEXT) \
	tests/bound.txt
make_bound_lo = && printf '%b\n' '\0043 Generated by libtool' \
	"pic_object='$$o'" "non_pic_object='$$o'" >$@
# a chroot may see the build folder only
tests/bound.txt: $(srcdir)/tests/bound.list
	$(AM_V_GEN)cp $(srcdir)/tests/bound.list $@
tests/bound1-gort.lo: tests/bind_make$(EXEEXT) tests/bound.txt
	$(make_bound) bound 1.0 tests/bound1-gort.o >/dev/null && \
		o=bound1-gort.o $(make_bound_lo)
tests/bound2-gort.lo: tests/bind_make$(EXEEXT) tests/bound.txt
	$(make_bound) bound 2.0 tests/bound2-gort.o >/dev/null && \
		o=bound2-gort.o $(make_bound_lo)
tests/resident-gort.lo: tests/bind_make$(EXEEXT) tests/bound.txt
	$(make_bound) resident 1.0 tests/resident-gort.o resident >/dev/null && \
		o=resident-gort.o $(make_bound_lo)
tests_resident_la_SOURCES = tests/plug_bound.c
tests_resident_la_CPPFLAGS = $(AM_CPPFLAGS)
tests_resident_la_LDFLAGS = $(plugin_ldflags)
tests_resident_la_LIBADD = tests/resident-gort.lo libgort.la
tests_bound1_la_SOURCES = tests/plug_bound.c
tests_bound1_la_CPPFLAGS = $(AM_CPPFLAGS)
tests_bound1_la_LDFLAGS = $(plugin_ldflags)
tests_bound1_la_LIBADD = tests/bound1-gort.lo libgort.la
tests_bound2_la_SOURCES = tests/plug_bound.c
tests_bound2_la_CPPFLAGS = $(AM_CPPFLAGS) -DNUMBER=2
tests_bound2_la_LDFLAGS = $(plugin_ldflags)
tests_bound2_la_LIBADD = tests/bound2-gort.lo libgort.la

tests_leaks_CFLAGS = $(AM_CFLAGS) -Wno-write-strings
tests_leaks_LDADD = libgort.la

# the readers held against other tools over every file of the system
.PHONY: check-readers-all
check-readers-all: gort$(EXEEXT)
	READERS=all $(SHELL) $(srcdir)/tests/readers.sh
