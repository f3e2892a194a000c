# SPDX-License-Identifier: BSD-3-Clause
# make bench builds and runs these; they are no part of make check.
bench_programs = bench/bench_call
bench_programs_unix = bench/bench_bind bench/bench_load bench/bench_panic
EXTRA_PROGRAMS += bench/bench_link bench/bench_link_tcc
if OS_LINUX
bench_programs += bench/bench_scale
endif
EXTRA_PROGRAMS += bench/bench_scale
bench_bench_scale_SOURCES = bench/bench_scale.c
bench_bench_scale_LDADD = libgort.la
if HAVE_LINK_ELF
bench_programs += bench/bench_link
if HAVE_TCC
bench_programs += bench/bench_link_tcc
endif
endif
if HAVE_STACKS
bench_programs += bench/bench_abi
endif
if !OS_WINDOWS
bench_programs += $(bench_programs_unix)
endif
EXTRA_PROGRAMS += bench/bench_abi $(bench_programs_unix)
if SPLIT_STACK
bench_programs += bench/bench_split bench/bench_split_libgcc
endif
EXTRA_PROGRAMS += bench/bench_split bench/bench_split_libgcc
bench_bench_abi_SOURCES = bench/bench_abi.c
bench_bench_abi_LDADD = libgort.la $(TEST_LIBS)
bench_bench_split_SOURCES = bench/bench_split.c
bench_bench_split_CFLAGS = $(AM_CFLAGS) -fsplit-stack
bench_bench_split_LDADD = libgort_split.a libgort.la
bench_bench_split_libgcc_SOURCES = bench/bench_split.c
bench_bench_split_libgcc_CPPFLAGS = $(AM_CPPFLAGS) -DPEER
bench_bench_split_libgcc_CFLAGS = $(AM_CFLAGS) -fsplit-stack
bench_bench_split_libgcc_LDADD =
bench_bench_split_libgcc_LDFLAGS = $(AM_LDFLAGS) -fsplit-stack
EXTRA_PROGRAMS += $(bench_programs)
CLEANFILES += $(bench_programs) bench/libpeer.so bench/libpeer.h \
	bench/stripped.so bench/bind.list bench/bind.s bench/bind.o
noinst_HEADERS += bench/bench.h bench/bench_throw.h
EXTRA_DIST += bench/link.sh bench/run.sh bench/peer.go

bench_bench_call_SOURCES = bench/bench_call.c
bench_bench_call_LDADD = libgort.la $(TEST_LIBS)
bench_bench_bind_SOURCES = bench/bench_bind.c
bench_bench_bind_LDADD = libgortbind.la
bench_bench_link_SOURCES = bench/bench_link.c
# as the peer: libm is there already
bench_bench_link_LDADD = libgort.la libgortobjall.la -lm
bench_bench_link_tcc_SOURCES = bench/bench_link_tcc.c
bench_bench_link_tcc_CFLAGS = $(AM_CFLAGS) -fno-pie
bench_bench_link_tcc_LDADD = -ltcc -ldl -lm
bench_bench_link_tcc_LDFLAGS = $(AM_LDFLAGS) -no-pie -rdynamic -Wl,--no-as-needed
bench_bench_link_LDFLAGS = $(AM_LDFLAGS) -Wl,--no-as-needed
bench_bench_load_SOURCES = bench/bench_load.c
bench_bench_load_LDADD =
bench_bench_panic_SOURCES = bench/bench_panic.c
EXTRA_bench_bench_panic_SOURCES = bench/bench_throw.cc
if HAVE_CXX
bench_bench_panic_SOURCES += bench/bench_throw.cc
bench_bench_panic_LINK = $(CXXLINK)
else
# not by a compiler that is not there
bench_bench_panic_LINK = $(LINK)
endif
bench_bench_panic_LDADD = libgort.la $(TEST_LIBS)

check_LTLIBRARIES += bench/bare.la
bench_bare_la_SOURCES = bench/bare.c
bench_bare_la_LDFLAGS = $(plugin_ldflags)
bench_bare_la_LIBADD = $(TEST_LIBS)

.PHONY: bench
bench: all $(bench_programs:=$(EXEEXT)) bench/bare.la tests/basic1.la \
		tests/basic2.la tests/pass1.la tests/bound1.la tests/resident.la
	@$(srcdir)/bench/run.sh '$(abs_top_builddir)' '$(abs_top_srcdir)' \
		'$(GO)' '$(CC)' '$(EXEC_WRAPPER)'
