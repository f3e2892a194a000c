# SPDX-License-Identifier: BSD-3-Clause
# make bench builds and runs these; they are no part of make check.
bench_programs = bench/bench_call bench/bench_load bench/bench_panic
EXTRA_PROGRAMS += $(bench_programs)
CLEANFILES += $(bench_programs) bench/libpeer.so bench/libpeer.h \
	bench/stripped.so
noinst_HEADERS += bench/bench.h bench/bench_throw.h
EXTRA_DIST += bench/run.sh bench/peer.go

bench_bench_call_SOURCES = bench/bench_call.c
bench_bench_call_LDADD = libgort.la
bench_bench_load_SOURCES = bench/bench_load.c
bench_bench_panic_SOURCES = bench/bench_panic.c
EXTRA_bench_bench_panic_SOURCES = bench/bench_throw.cc
if HAVE_CXX
bench_bench_panic_SOURCES += bench/bench_throw.cc
endif
bench_bench_panic_LDADD = libgort.la

if OS_LINUX
check_LTLIBRARIES += bench/bare.la
endif
bench_bare_la_SOURCES = bench/bare.c
bench_bare_la_LDFLAGS = $(plugin_ldflags)

.PHONY: bench
bench: all $(bench_programs) bench/bare.la tests/basic1.la tests/basic2.la
	@$(srcdir)/bench/run.sh '$(abs_top_builddir)' '$(abs_top_srcdir)' \
		'$(GO)'
