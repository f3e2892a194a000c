# SPDX-License-Identifier: BSD-3-Clause
noinst_HEADERS += loader/link.h loader/reloc.h loader/reltable.h loader/reloc_386.h
noinst_HEADERS += loader/dso.h loader/elfdef.h loader/filecopy.h \
	loader/inuse.h loader/note.h \
	loader/obj.h loader/pool.h loader/room.h loader/objcoff.h loader/objelf.h loader/objthin.h \
	loader/objmacho.h loader/objpe.h loader/plugin.h loader/rd.h \
	loader/version.h loader/winpath.h

# The leaf: also linked into the command and the tests, without a runtime.
loader_leaf = include/gort_err.c loader/note.c loader/obj.c loader/objar.c \
	loader/objcoff.c loader/objcoff_init.c loader/objcoff_sym.c \
	loader/objelf.c loader/objimplib.c loader/objimport.c \
	loader/objpe.c loader/objpe_link.c loader/objthin.c \
	loader/objelf_dyn.c loader/objelf_init.c loader/objelf_rel.c \
	loader/objelf_sym.c loader/objelf_ver.c loader/pool.c
noinst_LTLIBRARIES += libgortobj.la libgortobjall.la
libgortobj_la_SOURCES = $(loader_leaf)
libgortobj_la_CFLAGS = $(libgort_la_CFLAGS)
# With the formats that the library has no use for. Stands before libgort.la in
# a program's LDADD: both have a table of formats, and the first one counts.
libgortobjall_la_SOURCES = loader/objfat.c loader/objformats_all.c \
	loader/objmacho.c loader/objmacho_link.c loader/objmacho_sym.c
libgortobjall_la_CFLAGS = $(libgort_la_CFLAGS)
libgortobjall_la_LIBADD = libgortobj.la

# The writer, leaf too: for the command, the tests and the benchmarks only.
noinst_HEADERS += loader/bind.h loader/bind_flags.h loader/bindcode.h \
	loader/objrename.h loader/objwrite.h loader/wr.h
noinst_LTLIBRARIES += libgortbind.la
libgortbind_la_SOURCES = loader/bind.c loader/bind_archive.c \
	loader/bind_check.c \
	loader/bind_flags.c loader/bind_header.c loader/bind_list.c \
	loader/bindcode.c loader/objwrite.c loader/objwrite_ar.c \
	loader/objwrite_coff.c loader/objwrite_elf.c \
	loader/objrename.c
libgortbind_la_CFLAGS = $(libgort_la_CFLAGS)
libgortbind_la_LIBADD = libgortobjall.la

libgort_la_LIBADD = libgortobj.la
libgort_la_SOURCES += \
	loader/inuse.c \
	loader/objformats_lib.c \
	loader/plugin.c \
	loader/reload.c \
	loader/version.c \
	loader/version_link.c

loader_linux = loader/dso_unix.c loader/filecopy_linux.c loader/inuse_linux.c \
	loader/inuse_signals.c
loader_windows = loader/dso_windows.c loader/filecopy_windows.c \
	loader/inuse_windows.c
loader_darwin = loader/dso_darwin.c loader/filecopy_darwin.c \
	loader/inuse_darwin.c loader/inuse_signals.c
loader_glibc = loader/inuse_timers_glibc.c loader/inuse_keys_glibc.c \
	loader/inuse_libs_glibc.c
EXTRA_libgort_la_SOURCES += $(loader_linux) $(loader_windows) \
	$(loader_darwin) $(loader_glibc) loader/inuse_libc_none.c
if OS_DARWIN
libgort_la_SOURCES += $(loader_darwin)
endif
if OS_LINUX
libgort_la_SOURCES += $(loader_linux)
endif
if LIBC_GLIBC
libgort_la_SOURCES += $(loader_glibc)
else
libgort_la_SOURCES += loader/inuse_libc_none.c
endif
if OS_WINDOWS
libgort_la_SOURCES += $(loader_windows)
endif

# objects linked into the process
noinst_HEADERS += loader/link_crt.h
loader_link = loader/link.c loader/link_code.c \
	loader/link_import.c loader/link_init.c \
	loader/link_input.c loader/link_layout.c \
	loader/link_names.c loader/link_reloc.c loader/link_scan.c \
	loader/link_sym.c
loader_link_elf = loader/link_bounds.c loader/link_debug.c loader/link_elf.c \
	loader/link_own.c loader/link_tls_linux.c
loader_link_linux = loader/link_eh.c loader/link_file_unix.c \
	loader/link_lib_unix.c loader/link_map_linux.c
loader_link_linux_amd64 = loader/link_bridge.c loader/link_crt_linux_amd64.c \
	loader/link_pdata.c loader/link_rela.c loader/link_thrown.c \
	abi/msbridge_sysv_amd64.S
loader_link_linux_386 = loader/link_crt_linux_386.c loader/link_rel_386.c \
	loader/link_thrown.c loader/reloc_elf_386.c
loader_link_windows = loader/link_crt_windows.c loader/link_file_windows.c \
	loader/link_lib_windows.c loader/link_map_windows.c \
	loader/link_tls_windows.c
loader_link_windows_amd64 = loader/link_eh_win_amd64.c
loader_link_windows_386 = loader/link_eh.c loader/link_eh_win_386.c
loader_link_amd64 = loader/reloc_amd64.c loader/reloc_coff_amd64.c \
	abi/chkstk_amd64.S abi/msguard_amd64.S
loader_link_386 = loader/link_pdata_none.c loader/reloc_386.c \
	loader/reloc_coff_386.c abi/chkstk_386.S abi/msguard_386.S
loader_link_arm64 = loader/link_crt_linux_arm64.c loader/link_island.c \
	loader/link_pdata_none.c \
	loader/link_rela.c loader/reloc_arm64.c
loader_link_coff = loader/link_coff.c loader/link_comdat.c \
	loader/link_msvc.c loader/link_own_coff.c
# which formats
loader_link_both = loader/link_formats_linux.c
loader_link_elf_only = loader/link_formats_elf.c
loader_link_coff_only = loader/link_debug_none.c loader/link_formats_coff.c
EXTRA_libgort_la_SOURCES += $(loader_link) $(loader_link_elf) \
	$(loader_link_linux) $(loader_link_linux_amd64) \
	$(loader_link_linux_386) $(loader_link_windows) \
	$(loader_link_windows_amd64) $(loader_link_windows_386) \
	$(loader_link_amd64) $(loader_link_386) $(loader_link_arm64) \
	$(loader_link_coff) $(loader_link_both) $(loader_link_elf_only) \
	$(loader_link_coff_only) loader/link_none.c
if HAVE_LINK
libgort_la_SOURCES += $(loader_link)
if HAVE_LINK_ELF
libgort_la_SOURCES += $(loader_link_elf)
if HAVE_LINK_COFF
libgort_la_SOURCES += $(loader_link_both)
else
libgort_la_SOURCES += $(loader_link_elf_only)
endif
else
libgort_la_SOURCES += $(loader_link_coff_only)
endif
if HAVE_LINK_COFF
libgort_la_SOURCES += $(loader_link_coff)
endif
if ARCH_ARM64
libgort_la_SOURCES += $(loader_link_arm64)
endif
if ARCH_AMD64
libgort_la_SOURCES += $(loader_link_amd64)
if OS_LINUX
libgort_la_SOURCES += $(loader_link_linux_amd64)
endif
if OS_WINDOWS
libgort_la_SOURCES += $(loader_link_windows_amd64)
endif
endif
if ARCH_386
libgort_la_SOURCES += $(loader_link_386)
if OS_LINUX
libgort_la_SOURCES += $(loader_link_linux_386)
endif
if OS_WINDOWS
libgort_la_SOURCES += $(loader_link_windows_386)
endif
endif
if OS_LINUX
libgort_la_SOURCES += $(loader_link_linux)
endif
if OS_WINDOWS
libgort_la_SOURCES += $(loader_link_windows)
endif
else
libgort_la_SOURCES += loader/link_none.c
endif
