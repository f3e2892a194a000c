# SPDX-License-Identifier: BSD-3-Clause
# To add a suite: its name in test_programs and a _SOURCES line. To add a
# shell test: its name in test_scripts. To add a plugin: its name in
# check_LTLIBRARIES and its _SOURCES, _LDFLAGS and _LIBADD; tests find it as
# plugin("NAME") in C and $GORT_PLUGINS/NAME.so in shell.
AM_TESTS_ENVIRONMENT = \
	GORT_PLUGINS='$(abs_top_builddir)/tests/.libs'; export GORT_PLUGINS; \
	BUILDDIR='$(abs_top_builddir)'; export BUILDDIR; \
	EXEC_WRAPPER='$(EXEC_WRAPPER)'; export EXEC_WRAPPER;

# no test may hang
TEST_EXTENSIONS = .sh
LOG_COMPILER = timeout
AM_LOG_FLAGS = -k 5 300 $(TEST_RUNNER)
SH_LOG_COMPILER = timeout
AM_SH_LOG_FLAGS = -k 5 300 $(SHELL)

# Code that faults on purpose must not be watched by a sanitizer.
plain_cflags = $(AM_CFLAGS) -fno-sanitize=all

noinst_HEADERS += tests/check.h tests/procstat.h tests/unload.h
test_libs = libgort.la $(CUNIT_LIBS)

test_programs = \
	tests/test_call \
	tests/test_gate \
	tests/test_hist \
	tests/test_nobarrier \
	tests/test_objelf \
	tests/test_panic \
	tests/test_plugin \
	tests/test_stress \
	tests/test_threads
test_scripts = \
	tests/cmd.sh \
	tests/demo.sh \
	tests/format.sh \
	tests/layout.sh \
	tests/leaks.sh \
	tests/library.sh \
	tests/plainhost.sh \
	tests/readme.sh \
	tests/run.sh \
	tests/serve.sh \
	tests/uncaught.sh

check_PROGRAMS += $(test_programs)
dist_check_SCRIPTS += $(test_scripts)
TESTS += $(test_programs) $(test_scripts)
EXTRA_DIST += tests/env.sh.in tests/targets/arm64-sysroot.sh

tests_test_call_SOURCES = tests/test_call.c
tests_test_call_LDADD = $(test_libs)
tests_test_gate_SOURCES = tests/test_gate.c
tests_test_gate_LDADD = $(test_libs)
tests_test_nobarrier_SOURCES = tests/test_nobarrier.c
tests_test_nobarrier_LDADD = $(test_libs)
tests_test_panic_SOURCES = tests/test_panic.c
tests_test_panic_LDADD = $(test_libs)
tests_test_plugin_SOURCES = tests/test_plugin.c
tests_test_plugin_LDADD = $(test_libs)
tests_test_stress_SOURCES = tests/test_stress.c
tests_test_stress_LDADD = $(test_libs)
tests_test_threads_SOURCES = tests/test_threads.c
tests_test_threads_LDADD = $(test_libs)
tests_test_panic_LDADD += tests/libnotables.la
tests_test_panic_LDFLAGS = $(AM_LDFLAGS) -rdynamic
tests_test_panic_CFLAGS = $(plain_cflags) $(EXCEPTIONS_CFLAGS) \
	-Wno-write-strings
tests_test_panic_cxx_SOURCES = tests/test_panic_cxx.c tests/panic_cxx.cc
tests_test_panic_cxx_LDADD = $(test_libs) tests/libnotables.la
tests_test_panic_cxx_LDFLAGS = $(AM_LDFLAGS) -rdynamic
tests_test_panic_cxx_CFLAGS = $(plain_cflags) -fexceptions -Wno-write-strings
if HAVE_CXX
check_PROGRAMS += tests/test_panic_cxx
TESTS += tests/test_panic_cxx
endif
tests_test_hist_SOURCES = tests/test_hist.c cmd/hist.c
tests_test_hist_LDADD = $(CUNIT_LIBS)
tests_test_objelf_SOURCES = tests/test_objelf.c
tests_test_objelf_LDADD = libgortobj.la $(CUNIT_LIBS)

# C that has no unwind tables, and no frame pointers either
noinst_LTLIBRARIES += tests/libnotables.la
tests_libnotables_la_SOURCES = tests/panic_notables.c
tests_libnotables_la_CFLAGS = $(AM_CFLAGS) -fno-exceptions \
	-fno-asynchronous-unwind-tables -fno-unwind-tables \
	-fno-omit-frame-pointer

# plain hosts: one knows nothing of gort and is not linked with it
check_PROGRAMS += tests/plainhost tests/uncaught
tests_plainhost_SOURCES = tests/plainhost.c
tests_uncaught_SOURCES = tests/uncaught.c
tests_uncaught_LDADD = libgort.la
tests_uncaught_LDFLAGS = $(AM_LDFLAGS) -rdynamic

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
tests_pinned_la_LIBADD = libgort.la
check_LTLIBRARIES += tests/nomodule.la
tests_nomodule_la_SOURCES = tests/plug_nomodule.c
tests_nomodule_la_LDFLAGS = $(plugin_ldflags)
tests_nomodule_la_LIBADD = libgort.la
check_LTLIBRARIES += tests/ctor.la
tests_ctor_la_SOURCES = tests/plug_ctor.c
tests_ctor_la_LDFLAGS = $(plugin_ldflags)
tests_ctor_la_LIBADD = libgort.la
check_LTLIBRARIES += tests/handler.la
tests_handler_la_SOURCES = tests/plug_handler.c
tests_handler_la_LDFLAGS = $(plugin_ldflags)
tests_handler_la_LIBADD = libgort.la

check_PROGRAMS += tests/leaks
tests_leaks_SOURCES = tests/leaks.c
tests_leaks_CFLAGS = $(AM_CFLAGS) -Wno-write-strings
tests_leaks_LDADD = libgort.la
