#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Linking objects and archives into the process: gort call, and test_link.
. ./tests/env.sh

[ "$have_link_elf" = yes ] || skip "objects are not linked on $os $arch"
[ "$sanitizers" = no ] || skip "compiled objects know nothing of sanitizers"
. "$srcdir/tests/link_calls.sh"
clang=clang
[ -z "$EXEC_WRAPPER" ] ||
	clang="clang --target=$($CC -dumpmachine) --sysroot=$($CC -print-sysroot)"

# ---- what libc has in the part that is linked statically ----------------------
cat >fork.c <<'END'
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>
static int before, after, child;
/* on a stack that is not aligned, this faults */
static void vectors(int *n)
{
	volatile float v[4] __attribute__((aligned(16)));
	v[0] = (float)*n;
	*n = ((unsigned long)v & 15) ? -100 : (int)v[0] + 1;
}
static void prepare(void) { vectors(&before); }
static void parent(void) { vectors(&after); }
static void forked(void) { vectors(&child); }
int run(void)
{
	int status; pid_t pid;
	if (pthread_atfork(prepare, parent, forked)) return 1;
	pid = fork();
	if (pid == 0) _exit(10 * before + child);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) return 2;
	return WEXITSTATUS(status) + 10 * before + 20 * after + (after == 1);
}
END
for pic in -fPIC -fno-pic; do
	$CC -O1 $pic -c fork.c
	ok "pthread_atfork, $pic" calls 42 fork.o
done
cat >smash.c <<'END'
#include <string.h>
void *volatile to;
int run(void)
{
	char buf[8];
	to = buf;
	memset(to, 1, SIZE);
	return buf[7] + 41;
}
END
smashed() {
	$call smash.o --symbol run >"$work/said" 2>&1
	[ $? = 134 ] && grep -q 'stack smashing detected' "$work/said"
}
for pic in -fPIC -fno-pic; do
	$CC -O1 $pic -fstack-protector-all -DSIZE=8 -c smash.c
	ok "a guarded stack, $pic" calls 42 smash.o
	$CC -O1 $pic -fstack-protector-all -DSIZE=64 -c smash.c
	ok "is found smashed, $pic" smashed
done

# ---- bounds of sections -------------------------------------------------------
cat >set1.c <<'END'
struct item { int n; };
#define ITEM(name, v) static const struct item name \
	__attribute__((section("items"), used, aligned(sizeof(int)))) = {v}
ITEM(one, 1); ITEM(two, 2);
extern const struct item __start_items[], __stop_items[];
extern const struct item __start_nothing[] __attribute__((weak));
int run(void)
{
	int s = 0;
	for (const struct item *i = __start_items; i < __stop_items; i++) s += i->n;
	return s + (__start_nothing != 0) + (int)(__stop_items - __start_items);
}
END
cat >set2.c <<'END'
static const int three __attribute__((section("items"), used)) = 36;
const char other[] __attribute__((section("itemz"))) = "other";
END
echo 'int four __attribute__((section("items"))) = 4;' >set3.c
for f in set1 set2 set3; do $CC -O1 -fPIC -c $f.c; done
ok "__start_ and __stop_ of a section in two objects" calls 42 set1.o set2.o
ok "but not constant in one and writable in the other" \
	refuses "sections of that name are of several kinds" set1.o set3.o
sed 's/ITEM(one, 1); ITEM(two, 2);//' set1.c >set4.c
$CC -O1 -fPIC -c set4.c
ok "nor without any such section" refuses "undefined symbol __st" set4.o

# ---- unwind data ------------------------------------------------------------
if [ $arch = amd64 ]; then
	# a CIE without augmentation: its FDEs have no length of data either
	cat >bare.s <<'END'
	.globl	bare
	.type	bare, @function
	.comm	caller, 8
bare:	movq	(%rsp), %rax
	movq	%rax, caller(%rip)
	pushq	%rbx
0:	subq	$64, %rsp
1:	movq	$0, (%rsp)
	call	*%rdi
	addq	$64, %rsp
	popq	%rbx
	ret
2:	.size	bare, .-bare
	.section .eh_frame, "a", @progbits
3:	.long	5f-4f
4:	.long	0
	.byte	1, 0, 1, 0x78, 16	# version, "", code, data, ra
	.byte	0x0c, 7, 8, 0x90, 1	# CFA rsp+8, ra at -8
	.balign	8
5:	.long	7f-6f
6:	.long	6b-3b
	.quad	bare, 2b-bare
	.byte	0x40+(0b-bare), 0x0e, 16, 0x83, 2
	.byte	0x40+(1b-0b), 0x0e, 80
	.balign	8
7:
	.section .note.GNU-stack, "", @progbits
END
	cat >bare_run.c <<'END'
#include <gort.h>
void bare(void (*)(void));
extern void *caller; /* its return address */
static void panics(void) { gort_panic("below"); }
static void above(void *unused) { bare(panics); caller = unused; }
int run(void)
{
	struct gort_error e;
	int found = 0;

	gort_try(above, 0, &e);
	for (unsigned i = 0; i < e.nframes; i++)
		found |= e.frames[i] == caller;
	return found && e.skipped == 0 ? 42 : (int)e.nframes;
}
END
	$CC -c bare.s
	$CC -O1 -I"$srcdir/include" -c bare_run.c
	ok "a panic passes code of a CIE without augmentation" \
		calls 42 bare.o bare_run.o
fi

# ---- groups -------------------------------------------------------------------
cat >group1.c <<'END'
asm(".section .data.g,\"awG\",%progbits,grp,comdat\n"
    ".globl g1\n.balign 4\ng1:\n.long 1\n.text");
END
cat >group2.c <<'END'
asm(".section .data.g,\"awG\",%progbits,grp,comdat\n"
    ".globl g1\n.balign 4\ng1:\n.long 1\n.globl g2\ng2:\n.long 42\n.text");
extern int g2;
int USER(void) { return g2; }
END
echo 'int g2 = 42;' >group3.c
for f in group1 group3; do $CC -O1 -fPIC -c $f.c; done
$CC -O1 -fPIC -DUSER=run -c group2.c
$AR rc libgroup3.a group3.o
ok "of a group's objects the first one's is taken" calls 42 group2.o group1.o
ok "what that has not is undefined, and both are named" \
	refuses "undefined symbol g2: its group grp is that of group1.o" \
	group1.o group2.o
ok "or found elsewhere" calls 42 group1.o group2.o libgroup3.a
sed 's/return g2;/return 42;/' group2.c >unused.c
$CC -O1 -fPIC -DUSER=run -c unused.c
ok "and if nobody uses it, it is not missed" calls 42 group1.o unused.o
cat >order.c <<'END'
asm(".section .data.o,\"awG\",%progbits,ogrp,comdat\n.balign 4\nodata: .long 1\n"
    ".section about,\"ao\",%progbits,odata\n.balign 4\n.long odata - .\n.text");
#ifdef RUN
extern const int __start_about[], __stop_about[];
int run(void) { return 41 + (int)(__stop_about - __start_about); }
#endif
END
$CC -O1 -fPIC -c order.c -o order1.o
$CC -O1 -fPIC -DRUN -c order.c -o order2.o
ok "what only describes a section of a dropped group goes with it" \
	calls 42 order1.o order2.o

for n in 1 2; do
	cat >once$n.s <<END
	.section .gnu.linkonce.d.once,"aw",%progbits
	.globl once
	.hidden once
	.balign 4
once:	.long 42
END
	$CC -c once$n.s
done
echo 'extern int once __attribute__((visibility("hidden")));
int run(void) { return once; }' >once.c
$CC -O1 -fPIC -c once.c
ok "of .gnu.linkonce sections of a name the first is taken" \
	calls 42 once1.o once2.o once.o

if [ $arch = amd64 ]; then
	echo 'char big[200000]; int run(void) { big[5] = 42; return big[5]; }' >large.c
	$CC -O1 -fcommon -mcmodel=medium -c large.c
	ok "a common symbol of the medium model" calls 42 large.o
fi

# ---- what only some code asks for ---------------------------------------------
echo 'extern __thread int nobodys __attribute__((weak));
int run(void) { return &nobodys ? nobodys : 42; }' >weaktls.c
$CC -O1 -fPIC -c weaktls.c
ok "a thread-local variable of no object is said to be so" \
	refuses "nobodys is a thread-local variable of no object" weaktls.o
cat >tlsinit.c <<'END'
#include <stdlib.h>
extern char __start_marks[], __stop_marks[];
extern void *__dso_handle __attribute__((visibility("hidden")));
__attribute__((section("marks"), used)) static char some[6];
typedef int registers(void (*)(void));
__thread registers *fn = atexit;
registers *plain = atexit;
__thread char *start = __start_marks, *stop = __stop_marks;
__thread void *handle = &__dso_handle;
int run(void)
{
	if (fn != plain || handle != &__dso_handle) return 1;
	return start == __start_marks && stop - start == 6 ? 42 : 2;
}
END
$CC -O1 -fPIC -c tlsinit.c
ok "initial values of variables are addresses of what the loader makes" \
	calls 42 tlsinit.o
case $arch in
amd64) version=GLIBC_2.2.5 ;;
386) version=GLIBC_2.0 ;;
arm64) version=GLIBC_2.17 ;;
esac
echo 'int old(const char *); __asm__(".symver old,strlen@VERSION");
int run(void) { return old("four") + 38; }' >versions.c
sed "s/VERSION/$version/" versions.c >version.c
sed 's/VERSION/NOBODYS_1/' versions.c >noversion.c
$CC -O1 -fPIC -c version.c
$CC -O1 -fPIC -c noversion.c
ok "a symbol of an older version of libc" calls 42 version.o
ok "of a version that there is not" \
	refuses "undefined symbol strlen@NOBODYS_1" noversion.o
# versions whose hash is 0: none, and "\017\017\017\017\017\020\020"; of a library
# that has symbols without versions and uses some with
echo '#include <string.h>
int plain(const char *s) { return (int)strlen(s); }' >unversioned.c
$CC -fPIC -shared -o unversioned.so unversioned.c
echo 'int old(const char *); __asm__(".symver old,plain@NOBODYS_1");
int run(void) { return old("four") + 38; }' >hash.c
$CC -O1 -fPIC -c hash.c
python3 - <<'END'
o = open('hash.o', 'rb').read()
at = b'plain@NOBODYS_1\0'
assert at in o
for name, to in ('0', b''), ('1', bytes([15] * 5 + [16] * 2)):
    to = b'plain@' + to
    open('hash' + name + '.o', 'wb').write(
        o.replace(at, to + b'\0' * (len(at) - len(to))))
END
ok "of an empty one" refuses "undefined symbol plain@" hash0.o ./unversioned.so
ok "of one whose hash is 0" \
	refuses "undefined symbol plain@" hash1.o ./unversioned.so
for n in 4 16; do
	printf '\t.tls_common shared,%d,%d\n' $n $n >tlscom$n.s
	"$($CC -print-prog-name=as)" -o tlscom$n.o tlscom$n.s # not clang's
done
echo 'extern __thread int shared; __thread int own = 40;
int run(void) { shared += 2; return shared + own; }' >tlscom.c
$CC -O1 -fPIC -c tlscom.c
printf '\t.section tzeros,"awT",%%nobits\n\t.skip 0x20000000\n' >tzeros.s
$CC -c tzeros.s
echo 'int run(void) { return 42; }' >is42.c
$CC -O1 -c is42.c
in_900_mb() {
	(ulimit -v 900000 && calls 42 tzeros.o is42.o)
}
# an emulator's address space counts along
[ -n "$EXEC_WRAPPER" ] ||
	ok "half a gigabyte of thread-local zeros is not written out" in_900_mb
ok "common symbols may be thread-local" calls 42 tlscom4.o tlscom.o tlscom16.o
echo 'extern int shared; int run(void) { return shared; }' >nottls.c
$CC -O1 -fPIC -c nottls.c
ok "one that another object takes for a plain one is refused" \
	refuses "against shared, which is thread-local in tlscom4.o" \
	nottls.o tlscom4.o
if [ $arch != arm64 ]; then
	cat >clones.c <<'END'
__attribute__((target_clones("avx2", "default"))) int twice(int x) { return 2 * x; }
int run(void)
{
	__builtin_cpu_init();
	return __builtin_cpu_supports("sse") ? twice(21) : twice(20) + 2;
}
END
	$CC -O1 -fPIC -c clones.c
	ok "functions cloned for processors" calls 42 clones.o
fi
if [ $arch = amd64 ]; then
	printf '\t.globl run\nrun:\tmov $stdin@SIZE, %%eax\n\tret\n' >size.s
	$CC -c size.s
	ok "the size of a variable of the process" calls 8 size.o
fi

# ---- archives ---------------------------------------------------------------
echo 'int b(int); int a(int n) { return n ? b(n - 1) : 42; }' >a.c
echo 'int a(int); int b(int n) { return n ? a(n - 1) : 41; }' >b.c
echo 'int a(int); int run(void) { return a(4); }' >r.c
echo 'int missing(void); int unused(void) { return missing(); }' >u.c
for f in a b r u; do $CC -O1 -c $f.c; done
$AR rc liba.a a.o u.o
$AR rc libb.a b.o
$AR rcS libnoindex.a a.o b.o
$AR rcT libthin.a a.o b.o
$AR rcT libthinner.a liba.a libb.a
ok "archives that need each other, in any order" calls 42 liba.a libb.a r.o
ok "members that nobody needs are not taken" calls 42 r.o liba.a libb.a
ok "but with --whole" refuses "undefined symbol missing" --whole r.o liba.a libb.a
ok "an archive without an index" calls 42 r.o libnoindex.a
ok "a thin archive" calls 42 r.o libthin.a
ok "a thin archive of other archives' members" calls 42 r.o libthinner.a
ok "a shared library" calls 42 r.o liba.a libb.a "$builddir/.libs/libgort.so"

# ---- refused ----------------------------------------------------------------
ok "no such file" refuses "No such file" nowhere.o
ok "not an object" refuses "not an object file" r.c
ok "a symbol that is nowhere" refuses "undefined symbol run" a.o b.o
head -c 300 r.o >cut.o
ok "a cut object" refuses "cut.o: offset 0x" cut.o
if [ $arch != arm64 ] && command -v python3 >/dev/null; then
	python3 "$srcdir/tests/crel.py" r.o crel.o
	ok "compact relocations" refuses "are compact (SHT_CREL)" crel.o a.o b.o
fi
# retyped NUMBER: r.o as bad.o, its first relocation being of that type
retyped() {
	python3 - r.o bad.o $1 <<'END'
import sys
d = bytearray(open(sys.argv[1], 'rb').read())
n_type = int(sys.argv[3])
def word(at, n): return int.from_bytes(d[at:at + n], 'little')
wide = d[4] == 2
at, n = (word(40, 8), word(60, 2)) if wide else (word(32, 4), word(48, 2))
for i in range(n):
    s = at + (64 if wide else 40) * i
    if word(s + 4, 4) == (4 if wide else 9):
        off = word(s + 24, 8) if wide else word(s + 16, 4)
        if wide: d[off + 8:off + 12] = n_type.to_bytes(4, 'little')
        else: d[off + 4] = n_type
        break
open(sys.argv[2], 'wb').write(d)
END
}
case $arch in
amd64) odd="38:R_X86_64_RELATIVE64 39:R_X86_64_PC32_BND 40:R_X86_64_PLT32_BND
	43: 256: 65535:" ;;
386) odd="11:R_386_32PLT 33:R_386_TLS_IE_32 12: 13: 44: 255:" ;;
arm64) odd="1032:R_AARCH64_IRELATIVE 1: 255: 281: 316: 511: 574: 768: 1033:
	1280: 65792:" ;;
esac
for n in 200: $odd; do
	retyped ${n%:*}
	ok "relocation type $n is not known, and is named" refuses \
		"relocation type $(echo $n | sed 's/:$//; s/:\(.*\)/ (\1)/') is" bad.o a.o b.o
done
# other TARGET NAME: an object for another machine is refused
other() {
	clang --target=$1 -O1 -c r.c -o other.o 2>"$work/err" || {
		skip_part "no clang for $1"
		return
	}
	$call other.o --symbol run 2>&1 | grep "built for $2 " >said
	ok "an object for $1 is refused, and both machines are named" \
		grep "this process is $host_name (" said
}
case $arch in amd64) host_name=x86-64 ;; 386) host_name=i386 ;; *) host_name=AArch64 ;; esac
[ $arch = amd64 ] || other x86_64-linux-gnu x86-64
[ $arch = amd64 ] || other x86_64-w64-windows-gnu x86-64
[ $arch = 386 ] || other i686-linux-gnu i386
[ $arch = arm64 ] || other aarch64-linux-gnu AArch64
if [ $arch = amd64 ] && $CC -O1 -mx32 -ffreestanding -c r.c -o x32.o 2>/dev/null; then
	ok "and of another width" refuses "32-bit" x32.o
fi
ok "wrong use" status 64 "$gort" call r.o

# ---- the system's archives --------------------------------------------------
# archive NAME FLAGS...: its path, or nothing
archive() {
	f=$($CC -print-file-name="$1")
	[ -e "$f" ] && echo "$f"
}
cat >z.c <<'END'
#include <string.h>
#include <zlib.h>
int run(void)
{
	unsigned char a[1000], b[2000], c[1000];
	uLongf n = sizeof(b), m = sizeof(c);
	for (int i = 0; i < 1000; i++) a[i] = (unsigned char)(i / 8);
	if (compress(b, &n, a, 1000) || n > 999) return 1;
	if (uncompress(c, &m, b, n)) return 2;
	return m == 1000 && !memcmp(a, c, 1000) ? 42 : 3;
}
END
cat >sqlite.c <<'END'
#include <sqlite3.h>
#include <stdlib.h>
static int row(void *p, int n, char **v, char **c)
{
	(void)n; (void)c;
	*(int *)p = atoi(v[0]);
	return 0;
}
int run(void)
{
	sqlite3 *db;
	int r = 0;
	if (sqlite3_open(":memory:", &db)) return 1;
	if (sqlite3_exec(db, "create table t(a, b); create index i on t(b);"
		"insert into t values (1, 2), (3, 4), (30, 1);", 0, 0, 0))
		return 2;
	if (sqlite3_exec(db, "select sum(a) + sum(b) + count(*) - 2 from t "
		"where b in (select b from t order by b)", row, &r, 0)) return 3;
	return sqlite3_close(db) ? 4 : r;
}
END
cat >lua.c <<'END'
#include <lua5.4/lauxlib.h>
#include <lua5.4/lualib.h>
int run(void)
{
	lua_State *L = luaL_newstate();
	int r;
	luaL_openlibs(L);
	if (luaL_dostring(L, "local t = {} for i = 1, 100 do t[i] = i end\n"
		"table.sort(t, function(a, b) return a > b end)\n"
		"local ok, e = pcall(error, {code = 42})\n"
		"assert(t[1] == 100 and math.floor(math.sin(0)) == 0)\n"
		"return string.format('%d', ok and 1 or e.code) + 0"))
		return 1;
	r = (int)lua_tointeger(L, -1);
	lua_close(L);
	return r;
}
END
cat >zstd.c <<'END'
#include <string.h>
#include <zstd.h>
int run(void)
{
	static char a[5000], b[6000], c[5000];
	size_t n, m;
	memset(a, 7, sizeof(a));
	n = ZSTD_compress(b, sizeof(b), a, sizeof(a), 19);
	if (ZSTD_isError(n) || n > 1000) return 1;
	m = ZSTD_decompress(c, sizeof(c), b, n);
	return m == sizeof(a) && !memcmp(a, c, m) ? 42 : 2;
}
END
cat >crypto.c <<'END'
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>
static int same(const unsigned char *p, size_t n, const char *hex)
{
	char s[3];
	for (size_t i = 0; i < n; i++) {
		snprintf(s, sizeof(s), "%02x", p[i]);
		if (memcmp(s, hex + 2 * i, 2)) return 0;
	}
	return hex[2 * n] == 0;
}
int run(void)
{
	static const char key[] = KEY;
	unsigned char raw[32], d[32], sig[64], m[] = "gort\n";
	size_t n = sizeof(sig);
	EVP_PKEY *k;
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	SHA256(m, 5, d);
	if (!same(d, 32, DIGEST)) return 1;
	for (int i = 0; i < 32; i++) { unsigned v; sscanf(key + 2 * i, "%2x", &v); raw[i] = (unsigned char)v; }
	k = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, 0, raw, 32);
	if (!k || EVP_DigestSignInit(c, 0, 0, 0, k) != 1 || EVP_DigestSign(c, sig, &n, m, 5) != 1) return 2;
	if (n != 64 || !same(sig, 64, SIGNATURE)) return 3;
	EVP_MD_CTX_free(c);
	c = EVP_MD_CTX_new();
	if (EVP_DigestVerifyInit(c, 0, 0, 0, k) != 1 || EVP_DigestVerify(c, sig, n, m, 5) != 1) return 4;
	m[0] ^= 1;
	EVP_MD_CTX_free(c);
	c = EVP_MD_CTX_new();
	if (EVP_DigestVerifyInit(c, 0, 0, 0, k) != 1 || EVP_DigestVerify(c, sig, n, m, 5) == 1) return 5;
	EVP_MD_CTX_free(c);
	EVP_PKEY_free(k);
	return 42;
}
END
cat >unwind.c <<'END'
#define UNW_LOCAL_ONLY
#include <libunwind.h>
#include <stdint.h>
/* libunwind does not know of linked code: it begins at this one's caller. */
int run(void)
{
	unw_context_t ctx;
	unw_cursor_t c;
	uintptr_t *fp = __builtin_frame_address(0);
	int frames = 1;
	if (unw_getcontext(&ctx)) return 1;
#ifdef __aarch64__
	ctx.uc_mcontext.regs[29] = fp[0];
	ctx.uc_mcontext.pc = fp[1];
	ctx.uc_mcontext.sp = (uintptr_t)__builtin_dwarf_cfa();
#else
#ifdef __i386__
#define REG(name) ctx.uc_mcontext.gregs[REG_E##name]
#else
#define REG(name) ctx.uc_mcontext.gregs[REG_R##name]
#endif
	REG(BP) = (greg_t)fp[0];
	REG(IP) = (greg_t)fp[1];
	REG(SP) = (greg_t)(uintptr_t)(fp + 2);
#endif
	if (unw_init_local(&c, &ctx)) return 2;
	while (unw_step(&c) > 0) frames++;
	return frames > 3 ? 42 : frames;
}
END
hex() { od -An -v -tx1 | tr -d ' \n'; }
facts=
if command -v openssl >/dev/null; then
	printf 'gort\n' >msg
	openssl genpkey -algorithm ed25519 -out key.pem 2>/dev/null
	facts="-DKEY=\"$(openssl pkey -in key.pem -outform DER | tail -c 32 | hex)\"
		-DDIGEST=\"$(openssl dgst -sha256 -binary msg | hex)\"
		-DSIGNATURE=\"$(openssl pkeyutl -sign -rawin -inkey key.pem -in msg | hex)\""
fi
for lib in z:libz.a sqlite:libsqlite3.a lua:liblua5.4.a zstd:libzstd.a \
	crypto:libcrypto.a unwind:libunwind.a; do
	name=${lib%%:*}
	a=$(archive ${lib#*:})
	[ -n "$a" ] || { skip_part "no ${lib#*:}"; continue; }
	flags= more=
	if [ $name = crypto ]; then
		[ -n "$facts" ] || { skip_part "no openssl"; continue; }
		flags=$facts
	elif [ $name = unwind ]; then
		flags="-D_GNU_SOURCE -fno-omit-frame-pointer"
		more=$(archive liblzma.a)
		[ -n "$more" ] || { skip_part "no liblzma.a"; continue; }
	fi
	$CC -O2 $flags -c $name.c || { ok "$name.c compiles" false; continue; }
	ok "${lib#*:}, what is needed" calls 42 $name.o "$a" $more
	ok "${lib#*:}, all of it" calls 42 --whole $name.o "$a" $more
done

# ---- C++ ----------------------------------------------------------------------
cat >cxx.cc <<'END'
#include <stdexcept>
#include <string>
#include <vector>
static int counter;
struct early { early() { counter = 30; } } one;
struct cleanup { int *p; ~cleanup() { *p += 2; } };
static int thrower(int x)
{
	if (x) throw std::runtime_error("boom" + std::to_string(x));
	return 0;
}
extern "C" int run(void)
{
	int n = 0;
	try { cleanup c{&n}; thrower(7); }
	catch (const std::exception &e) {
		n += std::string(e.what()) == "boom7" ? 10 : 0;
	}
	return n + counter;
}
END
if [ "$have_cxx" = yes ]; then
	for cxx in "$CXX" "clang++${clang#clang}"; do
		command -v ${cxx%% *} >/dev/null ||
			{ skip_part "no $cxx"; continue; }
		for pic in "-O0 -fPIC" "-O2 -fPIC"; do
			$cxx $pic -c cxx.cc
			ok "C++ throws and catches, ${cxx%% *} $pic" \
				calls 42 cxx.o
		done
	done
	$CXX -O1 -fPIC -c cxx.cc
	a=$(archive libstdc++.a)
	[ -z "$a" ] || ok "also with libstdc++.a" calls 42 cxx.o "$a"
fi

# as libgcc looks for them fastest, also where others of the set have none
cat >whole.cc <<'END'
#include <cstring>
struct bases { void *text, *data, *func; };
extern "C" const char *_Unwind_Find_FDE(void *pc, bases *b);
extern "C" int plain(int);
static bool found(void *at)
{
	bases b;
	const char *fde = _Unwind_Find_FDE((char *)at + 1, &b);
	void *pc;
	if (!fde) return false;
	memcpy(&pc, fde + 8, sizeof(pc));
	return pc == at && b.func == at;
}
extern "C" int run(void)
{
	int n = 0;
	try { throw 2; } catch (int i) { n = i; }
	return found((void *)run) && found((void *)plain) ? plain(n) : 1;
}
END
if [ "$have_cxx" = yes ]; then
	echo 'int plain(int n) { return n + 40; }' >plain.c
	$CXX -O1 -fPIC -c whole.cc
	$CC -O1 -fPIC -fasynchronous-unwind-tables -c plain.c
	ok "what C++ is linked with is registered by whole addresses" \
		calls 42 plain.o whole.o
fi

cat >last.cc <<'END'
#include <pthread.h>
static int ended;
struct last {
	int n;
	last() : n(40) {}
	~last() { ended += n; }
};
static thread_local last mine;
static void *thread(void *) { mine.n++; return 0; }
extern "C" int run(void)
{
	pthread_t t;
	if (pthread_create(&t, 0, thread, 0) || pthread_join(t, 0)) return 1;
	return ended + 1;
}
END
if [ "$have_cxx" = yes ]; then
	for pic in -fPIC -fno-pic; do
		$CXX -O1 $pic -c last.cc
		ok "a thread's object is destroyed with it, $pic" calls 42 last.o
	done
fi

cat >main.cc <<'END'
#include <cstdio>
struct last { int n = 41; ~last() { std::puts("ended"); } };
static thread_local last mine;
extern "C" int run(void) { return ++mine.n; }
END
ends() { $call main.o --symbol run >said && [ "$(tr '\n' ' ' <said)" = "42 ended " ]; }
if [ "$have_cxx" = yes ]; then
	$CXX -O1 -fPIC -c main.cc
	ok "the main thread's object with the process" ends
fi

# ---- every relocation type of 386, by hand ------------------------------------
[ $arch = 386 ] && . "$srcdir/tests/link_386.sh"

# ---- debuggers, profilers -----------------------------------------------------
printf 'int inner(int n)\n{\n\treturn n + 2;\n}\nint run(void)\n{\n\treturn inner(40);\n}\n' >dbg.c
$CC -g -O0 -c dbg.c
in_gdb() {
	LD_LIBRARY_PATH=${1:-$builddir/.libs} timeout -k 5 100 gdb -nx -batch \
		-ex 'set breakpoint pending on' -ex 'break inner' -ex run \
		-ex bt --args "$builddir/.libs/gort" call dbg.o --symbol run
}
if [ -n "$EXEC_WRAPPER" ]; then
	skip_part "gdb does not see into ${EXEC_WRAPPER%% *}"
elif command -v gdb >/dev/null && [ -e "$builddir/.libs/gort" ]; then
	ok "gdb stops in a linked function and knows its line" \
		says "inner (n=40) at dbg.c:3" in_gdb
	ok "and its caller" says "in run () at dbg.c:7" in_gdb
	mkdir stripped
	$STRIP -o stripped/libgort.so.0 "$builddir/.libs/libgort.so"
	in_stripped() { in_gdb "$work/stripped"; }
	ok "also with a library that was stripped" \
		says "inner (n=40) at dbg.c:3" in_stripped
else
	skip_part "no gdb"
fi
perf_map() {
	echo '#include <unistd.h>
int run(void) { return getpid(); }' >pid.c
	$CC -c pid.c
	pid=$(GORT_PERF_MAP=1 $gort call pid.o --symbol run) &&
		grep -qE '^[0-9a-f]+ [0-9a-f]+ run$' "/tmp/perf-$pid.map"
	rc=$?
	rm -f "/tmp/perf-$pid.map"
	return $rc
}
ok "perf's map has the functions" perf_map

# ---- the suite in C -------------------------------------------------------------
cat >init.c <<'END'
#include <stdlib.h>
#include <string.h>
extern char host_log[];
int some_data;
const int *const relocated_constant = &some_data;
__attribute__((visibility("hidden"))) int hidden_one(void) { return 1; }
static void add(char c) { int n = (int)strlen(host_log); host_log[n] = c; host_log[n + 1] = 0; }
static void at_exit(void) { add('x'); }
__attribute__((constructor)) static void c(void) { add('c'); atexit(at_exit); }
__attribute__((constructor(200))) static void b(void) { add('b'); }
static void a(void) { add('a'); }
__attribute__((section(".ctors.65434"), used)) static void (*ctor)(void) = a;
__attribute__((destructor)) static void z(void) { add('z'); }
__attribute__((destructor(200))) static void y(void) { add('y'); }
int run(void) { add('r'); return 42; }
END
cat >tls.c <<'END'
#include <pthread.h>
extern char host_log[];
static __thread int a = 20;
__thread int b;
static void *thread(void *arg) { (void)arg; b += a; return (void *)(long)b; }
int run(void)
{
	pthread_t t; void *r;
	a = b = 11;
	if (host_log[0] || pthread_create(&t, 0, thread, 0)) return 1;
	pthread_join(t, &r);
	return (int)(long)r + a + b;
}
END
cat >panics.c <<'END'
void host_panic(void);
static int count;
static void clean(int *p) { (void)p; count++; }
__attribute__((noinline)) int deep(int n)
{
	if (!n) host_panic();
	else return deep(n - 1) + 1;
	return 0;
}
int run(void) { __attribute__((cleanup(clean))) int x = 0; (void)x; return deep(20) + 1; }
int cleanups(void) { return count; }
END
echo 'int nobody_has_this(void); int run(void) { return nobody_has_this(); }' >undef.c
echo 'int run(void) { return 1; }' >twice.c
cat >pinned.c <<'END'
#include <signal.h>
extern char host_log[];
int library_one(int n);
static __thread int mine = 40;
static void handler(int n) { (void)n; host_log[0] = (char)library_one(++mine); }
int install(void) { return signal(SIGUSR1, handler) == SIG_ERR; }
END
echo 'static int calls; int library_one(int n) { return n + ++calls; }' >pinnedlib.c
$CC -shared -fPIC -o libpinned.so pinnedlib.c
cat >plain.c <<'END'
#include <string.h>
static const char *const names[] = {"a", "b"};
int data[4] = {1}, zeros[8];
__thread int t = 3;
int run(int i) { data[1] = t; return (int)strlen(names[i & 1]) + zeros[1]; }
END
for f in init tls undef twice pinned plain; do $CC -O1 -fPIC -c $f.c; done
$CC -O1 -fPIC -fexceptions -c panics.c
suite() {
	LINK_OBJECTS=$work timeout -k 5 280 $(built tests/test_link) \
		>"$work/suite" 2>&1 || { cat "$work/suite"; return 1; }
	grep -E '10000 cycles' "$work/suite"
}
ok "test_link" suite
grep '10000 cycles' "$work/suite"
done_testing
