# SPDX-License-Identifier: BSD-3-Clause
bin_PROGRAMS += gort
noinst_HEADERS += cmd/cmd.h cmd/hist.h cmd/inspect.h cmd/out.h \
	cmd/mhd.h cmd/outfile.h cmd/proto.h \
	cmd/serve.h

gort_CFLAGS = $(AM_CFLAGS) $(MHD_CFLAGS) $(FFI_CFLAGS)
gort_LDADD = libgortbind.la libgort.la $(FFI_LIBS)
gort_SOURCES = cmd/cmd_bind.c cmd/cmd_call.c cmd/main.c cmd/cmd_version.c cmd/inspect.c \
	cmd/inspect_json.c cmd/inspect_text.c cmd/list.c cmd/out.c \
	cmd/util.c

cmd_unix = cmd/outfile_unix.c cmd/sys_unix.c
cmd_windows = cmd/outfile_windows.c cmd/sys_windows.c
EXTRA_gort_SOURCES = $(cmd_unix) $(cmd_windows) cmd/sys_darwin.c cmd/sys_linux.c
if OS_WINDOWS
gort_SOURCES += $(cmd_windows)
gort_LDADD += -lshell32
else
gort_SOURCES += $(cmd_unix)
if OS_DARWIN
gort_SOURCES += cmd/sys_darwin.c
else
gort_SOURCES += cmd/sys_linux.c
endif
endif
cmd_serve = cmd/hist.c cmd/mhd.c cmd/serve.c cmd/serve_http.c cmd/serve_pages.c \
	cmd/serve_plugins.c
cmd_run = cmd/proto.c cmd/run.c
EXTRA_gort_SOURCES += $(cmd_serve) $(cmd_run)
EXTRA_gort_SOURCES += cmd/selftest.c
EXTRA_gort_SOURCES += abi/stubpage_sysv_386.c abi/stubpage_sysv_amd64.c \
	abi/stubpage_sysv_arm64.c abi/stubpage_win_amd64.c
if HAVE_STACKS
gort_SOURCES += cmd/selftest.c $(abi_stubpage)
endif
if HAVE_MHD
gort_SOURCES += $(cmd_serve)
endif
if HAVE_FFI
gort_SOURCES += $(cmd_run)
endif
