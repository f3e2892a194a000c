#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What compilers for Windows make of thread-local variables and C++, linked into
# the process; clang alone is enough, as no header is needed.
. ./tests/env.sh

. "$srcdir/tests/link_calls.sh"
needs_coff
msvc="clang -w -target $target-pc-windows-msvc"
cl="clang --driver-mode=cl --target=$target-pc-windows-msvc"
for cc in $target-w64-mingw32-gcc "clang -target $target-pc-windows-gnu"; do
	command -v ${cc%% *} >/dev/null || skip_part "no ${cc%% *}"
done
command -v clang >/dev/null || msvc=false

# ---- thread-local variables ---------------------------------------------------
cat >tls.c <<'END'
__thread int t = 40;
static __thread int own = 1;
int run(void) { return t + ++own; }
END
if $msvc -c tls.c -o tls.obj; then
	ok "TLS of MSVC's kind is refused, and says what to do" refuses \
		"need Windows: compile with -femulated-tls" tls.obj
fi
cat >callback.c <<'END'
static void __stdcall told(void *dll, unsigned long why, void *more) {}
__attribute__((section(".CRT$XLB"), used))
static void (__stdcall *const callback)(void *, unsigned long, void *) = told;
int run(void) { return 42; }
END
if $target-w64-mingw32-gcc -w -c callback.c -o callback.obj; then
	ok "a TLS callback is refused by its section, not left out" refuses \
		'section .CRT$XLB: TLS callbacks are not supported' callback.obj
fi
for o in -O0 -O2; do
	made_by tls.c $msvc $o -femulated-tls
	made_by tls.c $target-w64-mingw32-gcc $o
done

# ---- C++ ----------------------------------------------------------------------
cat >plain.cc <<'END'
static int n, ended;
struct cleanup { int v; ~cleanup() { ended += v; } };
struct base { virtual ~base() { n++; } virtual int f() { return 1; } };
struct derived : base { int f() { return 3; } ~derived() { n += 2; } };
struct other : base { int f() { return 5; } };
static int seed() { return 20; }
static int &shared() { static int s = seed(); return s; }
struct early { int v; early() : v(4) {} } one;
extern "C" int run(void)
{
	int *list = new int[3];
	{ cleanup c = {5}; list[2] = c.v; }
	base *p = new derived, *q = new other;
	int r = p->f() + q->f() + list[2] + ended + shared() + one.v;
	derived *d = dynamic_cast<derived *>(q);
	delete p;
	delete q;
	delete[] list;
	return n == 4 && !d ? r : n;
}
END
# for MSVC: without type information, whose run-time is not here
sed 's/derived \*d = dynamic_cast.*/const int d = 0;/; s/static int s = seed()/static int s = 20/' \
	plain.cc >msvc.cc
# with it: descriptors that point to MSVC's type_info, and an image's address
cat >abstract.cc <<'END'
struct shape {
	virtual int area() = 0;
	__attribute__((noinline)) int twice() { return 2 * area(); }
	shape() {
#ifdef BROKEN
		twice();
#endif
	}
	virtual ~shape() {}
};
struct square : shape {
	int side;
	square(int s) : side(s) {}
	int area() override
	{
		volatile char b[40]; b[side] = side;
		return b[side] * side;
	}
};
extern "C" char __ImageBase;
extern "C" int run(void)
{
	shape *p = new square(4);
	int r = p->twice() + 10;
	delete p;
	return (char *)run >= &__ImageBase ? r : 1;
}
END
cat >catch.cc <<'END'
static int ended;
struct cleanup { int v; ~cleanup() { ended += v; } };
struct thing { int v; thing(int v) : v(v) {} thing(const thing &o) : v(o.v) {} ~thing() { ended += v; } };
struct more : thing { more() : thing(7) {} };
__attribute__((noinline)) static void thrower(int i)
{
	cleanup c = {1};
	if (i == 0) throw 20;
	if (i == 1) throw more();
	if (i == 2) throw thing(3);
	if (i == 3) throw "text";
}
static int again(int i)
{
	try { thrower(i); } catch (int) { throw; } catch (const more &m) { return m.v; }
	return 0;
}
extern "C" int run(void)
{
	int r = again(1);
	try { again(0); } catch (int i) { r += i; }
	try { thrower(2); } catch (thing t) { r += t.v; }
	try { thrower(3); } catch (...) { r++; }
	return ended == 4 + 7 + 3 + 3 ? r + 11 : ended;
}
END
cat >panics.cc <<'END'
extern "C" void gort_panic(const char *, ...);
extern "C" int gort_try(void (*fn)(void *), void *arg, void *error);
static int ended;
struct cleanup { int v; ~cleanup() { ended += v; } };
__attribute__((noinline)) static int deep(int n)
{
	cleanup c = {1};
	if (n == 0) gort_panic("%d of %s", 7, "them");
	return deep(n - 1) + c.v;
}
static void all(void *) { deep(9); }
static void caught(void *r)
{
	try { deep(9); } catch (int) { } catch (...) { *(int *)r += 20; }
}
extern "C" int run(void)
{
	int r = 0;
	if (gort_try(all, 0, 0) == 0) return 1;
	gort_try(caught, &r, 0);
	return r + ended + 2;
}
END
cat >handler.c <<'END'
int fflush(void *);
static int n;
static void up(int *p) { n += *p; }
int run(void) { { __attribute__((cleanup(up))) int x = 42; fflush(0); } return n; }
END
cat >member.cc <<'END'
namespace std { class exception { public: exception() {} virtual ~exception(); virtual const char *what() const; }; }
extern "C" int run(void) { std::exception e; return e.what() != 0; }
END
for cxx in $target-w64-mingw32-g++ "clang++ -target $target-pc-windows-gnu"; do
	$cxx -w -c catch.cc -o refused.obj 2>/dev/null || continue
	for o in -O0 -O1 -O2; do
		made_by plain.cc $cxx $o -fno-exceptions
		# more of it for amd64: link_coff_eh.sh
		made_by catch.cc $cxx $o
		# a panic runs destructors, and catch (...) takes it
		[ $arch = 386 ] && made_by panics.cc $cxx $o
	done
	$cxx -w -fno-exceptions -c member.cc -o refused.obj
	ok "the process's classes are refused, $cxx" \
		refuses "is not for this code here" refused.obj
done
for o in -O0 -O2; do
	made_by msvc.cc $msvc $o -fno-exceptions -fno-rtti
	made_by msvc.cc $msvc $o -fno-exceptions -fno-rtti -ffunction-sections
	made_by abstract.cc $msvc $o -fno-exceptions
	if $msvc $o -DBROKEN -fno-exceptions -c abstract.cc -o broken.obj; then
		ok "a call of a function that is not there panics, clang $o" \
			refuses 'pure virtual function called' broken.obj
	fi
done
for o in -Od -O2; do
	made_by abstract.cc $cl $o
done
if [ $arch = amd64 ]; then
	if $target-w64-mingw32-gcc -w -fexceptions -c handler.c -o handler.obj; then
		ok "cleanups of C" calls 42 handler.obj
	fi
	if $msvc -fcxx-exceptions -fexceptions -c catch.cc -o catch.obj; then
		ok "exceptions of MSVC's kind are refused" refuses \
			"need Windows: compile with -fno-exceptions, or for mingw" catch.obj
	fi
fi
[ $made -gt 0 ] || skip "no compiler for Windows"
done_testing
