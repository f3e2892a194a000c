#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Objects and archives as plugins: test_plugin_obj, gort list, gort run.
. ./tests/env.sh

[ "$have_link_elf" = yes ] || skip "objects are not linked on $os $arch"
cd "$work" || exit 99
cat >mod.c <<'END'
#include <gort.h>
#include <stdlib.h>
#include <string.h>
static int base, reloads;
int init_fails(void);
static int init(void) { base = BASE; return INIT; }
static int save(void **state, size_t *size)
{
	*size = sizeof(reloads);
	*state = malloc(*size);
	if (*state) memcpy(*state, &reloads, *size);
	return *state == NULL;
}
static int restore(const void *state, size_t size, const char *from)
{
	(void)from;
	if (size != sizeof(reloads)) return 1;
	memcpy(&reloads, state, size);
	reloads++;
	return 0;
}
GORT_MODULE("objmod", VERSION, .init = init, .save = save, .restore = restore);
GORT_EXPORT(void, boom, (void *p)) { (void)p; gort_panic("boom"); }
GORT_EXPORT(void, waits, (void (*fn)(void))) { fn(); }
int plain(int a) { return a * 2; }
int get_base(void) { return base + reloads; }
EXTRA
END
cat >add.c <<'END'
#include <gort.h>
int get_base(void);
GORT_EXPORT(int, add, (int a)) { return get_base() + a; }
END
compile() { $CC -O1 -fPIC -I"$srcdir/include" -c "$@" || exit 99; }
compile add.c
for n in 1 2; do
	compile -DBASE=${n}00 "-DVERSION=\"1.${n}00\"" -DINIT=0 -DEXTRA= mod.c -o half.o
	$CC -r -nostdlib -o mod$n.o half.o add.o || exit 99
	rm -f mod$n.a
	$AR rc mod$n.a half.o add.o
done
$CC -shared -o mod1.so mod1.o -L"$builddir/.libs" -lgort || exit 99
compile -DBASE=3 '-DVERSION="1.3"' -DINIT=7 -DEXTRA= mod.c -o refuses.o
compile -DBASE=4 '-DVERSION="1.4"' -DINIT='nobody_has_this()' \
	-DEXTRA= -Dinit_fails=nobody_has_this mod.c -o undef.o
compile -DBASE=5 '-DVERSION="1.5"' -DINIT=0 -DEXTRA='GORT_NEEDS("absent");' mod.c -o needs.o
cat >tlsdtor.c <<'END'
#include <gort.h>
extern void *__dso_handle;
int __cxa_thread_atexit_impl(void (*)(void *), void *, void *);
static _Thread_local int mine;
static void dtor(void *p) { *(int *)p = 0; }
GORT_MODULE("tlsdtor", "1.0");
GORT_EXPORT(int, touch, (void))
{
	return __cxa_thread_atexit_impl(dtor, &mine, &__dso_handle);
}
GORT_EXPORT(void, number, (void *arg)) { *(int *)arg = 1; }
END
compile tlsdtor.c
echo 'int plain(void) { return 1; }' >plain.c
compile plain.c
$AR rc plain.a plain.o
# thin: beside its objects' folder; of another archive's members; with a
# member that is gone; with one that lies past the end of its archive
mkdir sub
cp add.o sub/
compile -DBASE=100 '-DVERSION="1.100"' -DINIT=0 -DEXTRA= mod.c -o half1.o
$AR rcT sub/thin1.a half1.o sub/add.o
$AR rcT thin_of_archive.a mod1.a
cp add.o gone.o
$AR rcT lost.a half1.o gone.o
rm gone.o
cp mod1.a cut.a
$AR rcT short.a cut.a
head -c 200 mod1.a >cut.a
suite() {
	LINK_OBJECTS=$work timeout -k 5 120 $(built tests/test_plugin_obj) \
		>"$work/suite" 2>&1 || { cat "$work/suite"; return 1; }
}
ok "test_plugin_obj" suite
for f in mod1.o mod1.a sub/thin1.a thin_of_archive.a; do
	ok "gort list $f" says "objmod 1.100" $gort list $f
	ok "gort list $f, exports" says "int add(int a)" $gort list $f
	ok "gort run $f" says 102 $gort run $f add 2
done
echo 'int triple(int n) { return 3 * n; }' >triple.c
echo 'int triple(int n);' >triple.list
compile triple.c
ok "gort bind makes a module of plain C" $gort bind --name three \
	--version 1.0 --archive -o three.a triple.list triple.o
ok "that is linked, too" says 42 $gort run three.a triple 14
compile "$srcdir/examples/plugin_min.c" -o min.o
ok "the smallest example, without a linker" says "work 12 done" \
	$(built examples/host_min) ./min.o
done_testing
