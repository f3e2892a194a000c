#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Fuzz the linker from what compilers here make and link with: fuzz_link.sh
# [SECONDS] [CORPUS]; see fuzzing.sh.
. ./tests/env.sh
. "$srcdir/tests/fuzzing.sh"
[ "$have_link_elf" = yes ] || skip "objects are not linked on $os $arch"

# seeds: a byte of flags, then an object or archive
seed() { [ -s "$1" ] && { printf '\001'; cat "$1"; } >"$seeds/$2"; }
cat >"$work/seed.c" <<'END'
extern int strcmp(const char *, const char *);
struct _IO_FILE; extern struct _IO_FILE *stderr;
static int s; int v = 3, c;
__attribute__((constructor)) static void run(void) { s++; }
__attribute__((destructor)) static void end(void) { s--; }
__attribute__((weak)) int w(void) { return s; }
__attribute__((weak)) int none(void);
static int (*resolve(void))(void) { return w; }
int indirect(void) __attribute__((ifunc("resolve")));
const int *const table[] = {&v, &c};
int f(int a) { return strcmp("a", (char *)&a) + indirect() + *table[a & 1] + (none ? none() : 0) + (stderr != 0); }
END
echo '__thread int a = 3, b; int f(void) { return a + b++; }' >"$work/tls.c"
echo 'struct s { int *p; s(); ~s(); }; s::s() : p(new int) {} s::~s() { delete p; }
s one; inline int n() { static int k; return ++k; }
extern "C" int f(int x) { try { s t; if (x) throw x; } catch (int y) { return y + n(); } return n(); }' >"$work/cxx.cc"
for cc in gcc clang; do
	for o in -O0 -O2; do
		for pic in -fPIC -fno-pic; do
			for c in seed tls cxx; do
				x=$work/$c.c
				[ -e "$x" ] || x=$work/$c.cc
				$cc $o $pic -fcommon -c -o "$work/x.o" "$x" 2>/dev/null &&
					seed "$work/x.o" "$c-$cc$o$pic"
			done
		done
	done
done
gcc -O1 -g -mcmodel=large -fPIC -c -o "$work/large.o" "$work/seed.c" && seed "$work/large.o" large
gcc -O1 -mtls-dialect=gnu2 -fPIC -c -o "$work/desc.o" "$work/tls.c" && seed "$work/desc.o" desc
cat >"$work/coff.c" <<'END'
extern int strlen(const char *);
__declspec(dllimport) int abs(int);
static int s; int v = 3, c;
__attribute__((constructor)) static void run(void) { s++; }
__attribute__((weak)) int w(void) { return s; }
__attribute__((selectany)) int any = 5;
const int *const table[] = {&v, &c};
int f(int a) { volatile char b[9000]; b[a] = 1; return abs(a) + strlen("a") + w() + any + *table[a & 1] + b[8999]; }
END
for env in gnu msvc; do
	for o in -O0 -O2; do
		clang -target x86_64-pc-windows-$env $o -w -fcommon -c \
			-o "$work/x.o" "$work/coff.c" && seed "$work/x.o" "coff-$env$o"
	done
done
clang --driver-mode=cl --target=x86_64-pc-windows-msvc -w -O1 -guard:cf -c \
	-o "$work/x.o" "$work/coff.c" && seed "$work/x.o" coff-guarded
(cd "$work" && ar rc two.a large.o desc.o) && seed "$work/two.a" two

seed_system 16 'o|obj' 'a|lib'

fuzz_library libgort
fuzz_target link fuzz_link.c -lpthread -ldl
fuzz link 16384
