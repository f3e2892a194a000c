# SPDX-License-Identifier: BSD-3-Clause
# Plugins are built as shared objects that nothing links with:
# examples/.libs/NAME.so.
plugin_ldflags = $(AM_LDFLAGS) -module -avoid-version -shared -rpath /nowhere \
	-no-undefined

noinst_LTLIBRARIES += examples/greet1.la examples/greet2.la examples/min.la
noinst_PROGRAMS += examples/host_min

examples_greet1_la_SOURCES = examples/greet.c
examples_greet1_la_CPPFLAGS = $(AM_CPPFLAGS) -DGREET_VERSION=1
examples_greet1_la_LDFLAGS = $(plugin_ldflags)
examples_greet1_la_LIBADD = libgort.la

examples_greet2_la_SOURCES = examples/greet.c
examples_greet2_la_CPPFLAGS = $(AM_CPPFLAGS) -DGREET_VERSION=2
examples_greet2_la_LDFLAGS = $(plugin_ldflags)
examples_greet2_la_LIBADD = libgort.la

examples_faulty_la_SOURCES = examples/faulty.c examples/faulty_helper.cc
examples_faulty_la_CFLAGS = $(AM_CFLAGS) -fno-sanitize=all
examples_faulty_la_LDFLAGS = $(plugin_ldflags)
examples_faulty_la_LIBADD = libgort.la
if HAVE_CXX
noinst_LTLIBRARIES += examples/faulty.la
endif

examples_min_la_SOURCES = examples/plugin_min.c
examples_min_la_LDFLAGS = $(plugin_ldflags)
examples_min_la_LIBADD = libgort.la

examples_host_min_SOURCES = examples/host_min.c
examples_host_min_LDADD = libgort.la

# The demo drives a server from outside and uses nothing of gort.
examples_demo_SOURCES = examples/demo.c examples/demo_http.c \
	examples/demo_server.c
noinst_HEADERS += examples/demo.h
examples_demo_CFLAGS = $(AM_CFLAGS) $(ZLIB_CFLAGS)
examples_demo_LDADD = $(ZLIB_LIBS)

examples_zlib_la_SOURCES = examples/zlib.c
examples_zlib_la_CFLAGS = $(AM_CFLAGS) $(ZLIB_CFLAGS)
examples_zlib_la_LDFLAGS = $(plugin_ldflags)
examples_zlib_la_LIBADD = libgort.la $(ZLIB_LIBS)
if HAVE_ZLIB
noinst_LTLIBRARIES += examples/zlib.la
noinst_PROGRAMS += examples/demo
endif

examples_sqlite_la_SOURCES = examples/sqlite.c
examples_sqlite_la_CFLAGS = $(AM_CFLAGS) $(SQLITE_CFLAGS)
examples_sqlite_la_LDFLAGS = $(plugin_ldflags)
examples_sqlite_la_LIBADD = libgort.la $(SQLITE_LIBS)
if HAVE_SQLITE
noinst_LTLIBRARIES += examples/sqlite.la
endif
