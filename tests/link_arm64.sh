#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What is arm64's own in linked objects: each relocation type's value, calls out
# of reach, TLS in all models, signed return addresses, outline atomics.
. ./tests/env.sh

[ "$have_link_elf" = yes ] && [ $arch = arm64 ] ||
	skip "objects of arm64 are not linked on $os $arch"
[ "$sanitizers" = no ] || skip "compiled objects know nothing of sanitizers"
. "$srcdir/tests/link_calls.sh"

# ---- the value of each type --------------------------------------------------
# A check is that x0, made in one way, is x1, made in another. run gives how many
# there were, or, negative, a mask of those that failed. What is referred to lies
# in data.o, so that the assembler knows nothing of it.
cat >data.s <<'END'
	.globl target, fn, back, num
	.text
fn:	mov x0, #7
	ret
back:	br x17
	.data
	.balign 16
num:	.xword 0x1122334455667788, 0x99aabbccddeeff00
target:	.xword 0
END
cat >head.inc <<'END'
	.macro check
	cmp x0, x1
	cset x0, ne
	lsl x0, x0, x21
	orr x20, x20, x0
	add x21, x21, #1
	.endm
	.macro want sym
	ldr x1, =\sym
	.endm
	.text
	.globl run
run:	stp x29, x30, [sp, #-48]!
	stp x20, x21, [sp, #16]
	str x22, [sp, #32]
	mov x20, #0
	mov x21, #0
END
cat >tail.inc <<'END'
	mov x0, x21
	cmp x20, #0
	csneg x0, x0, x20, eq
	ldr x22, [sp, #32]
	ldp x20, x21, [sp, #16]
	ldp x29, x30, [sp], #48
	ret
	.ltorg
END
# assemble NAME: NAME.s between the two
assemble() {
	cat head.inc $1.s tail.inc >$1-all.s && $CC -c $1-all.s -o $1.o
}
$CC -c data.s || exit 99
cat >address.s <<'END'
	want target+8
	adrp x0, target+8
	add x0, x0, :lo12:target+8
	check
	adrp x0, :pg_hi21_nc:target+8
	add x0, x0, :lo12:target+8
	check
	adr x0, target+8
	check
	movz x0, #:abs_g3:target+8
	movk x0, #:abs_g2_nc:target+8
	movk x0, #:abs_g1_nc:target+8
	movk x0, #:abs_g0_nc:target+8
	check
	movz x0, #:abs_g2:target+8
	movk x0, #:abs_g1_nc:target+8
	movk x0, #:abs_g0_nc:target+8
	check
	movz x0, #:abs_g2_s:target+8
	movk x0, #:abs_g1_nc:target+8
	movk x0, #:abs_g0_nc:target+8
	check
	adr x2, .
	movz x0, #:prel_g3:target+12
	movk x0, #:prel_g2_nc:target+16
	movk x0, #:prel_g1_nc:target+20
	movk x0, #:prel_g0_nc:target+24
	add x0, x0, x2
	check
	adr x2, .
	movz x0, #:prel_g2:target+12
	movk x0, #:prel_g1_nc:target+16
	movk x0, #:prel_g0_nc:target+20
	add x0, x0, x2
	check
	adr x2, .
	movz x0, #:prel_g1:target+12
	movk x0, #:prel_g0_nc:target+16
	add x0, x0, x2
	check
	adr x2, .
	movz x0, #:prel_g1:run+12
	movk x0, #:prel_g0_nc:run+16
	add x0, x0, x2
	want run+8
	check
	want target+8
	adr x2, 1f
	ldr x0, 1f
	add x0, x0, x2
	check
	ldrsw x0, 2f
	adr x2, 2f
	add x0, x0, x2
	check
	b 3f
	.balign 8
1:	.xword target+8 - .
2:	.word target+8 - .
3:
END
ok "addresses assemble" assemble address
ok "of addresses, each type has its value" calls 12 address.o data.o
cat >load.s <<'END'
	ldr x1, =0x1122334455667788
	adrp x2, num
	ldr x0, [x2, :lo12:num]
	check
	ldr x0, num
	check
	ldr q0, [x2, :lo12:num]
	fmov x0, d0
	check
	ldr x1, =0x55667788
	ldr w0, [x2, :lo12:num]
	check
	ldr x1, =0x7788
	ldrh w0, [x2, :lo12:num]
	check
	ldr x1, =0x88
	ldrb w0, [x2, :lo12:num]
	check
	ldr x1, =0x77
	ldrb w0, [x2, :lo12:num+1]
	check
END
ok "loads assemble" assemble load
ok "of loads, each type has its value" calls 7 load.o data.o
cat >got.s <<'END'
	want target
	adrp x0, :got:target
	ldr x0, [x0, :got_lo12:target]
	check
	ldr x0, :got:target
	check
	adrp x2, _GLOBAL_OFFSET_TABLE_
	ldr x0, [x2, #:gotpage_lo15:target]
	check
	adrp x2, _GLOBAL_OFFSET_TABLE_
	add x2, x2, :lo12:_GLOBAL_OFFSET_TABLE_
	ldr x0, [x2, #:gotoff_lo15:target]
	check
	movz x0, #:gotoff_g1:target
	movk x0, #:gotoff_g0_nc:target
	ldr x0, [x2, x0]
	check
END
ok "slots assemble" assemble got
ok "of slots, each type has its value" calls 5 got.o data.o
cat >branch.s <<'END'
	mov x1, #7
	mov x0, #0
	bl fn
	check
	mov x0, #7
	adr x17, 1f
	b back
	mov x0, #0
1:	check
	mov x0, #7
	adr x17, 2f
	cmp x0, x0
	b.eq back
	mov x0, #0
2:	check
	mov x0, #7
	adr x17, 3f
	tbz xzr, #3, back
	mov x0, #0
3:	check
	mov x0, #7
	adr x17, 4f
	cbz xzr, back
	mov x0, #0
4:	check
END
ok "branches assemble" assemble branch
ok "of branches, each type has its value" calls 5 branch.o data.o
cat >low.s <<'END'
	want target
	ldr w0, 1f
	check
	movz x0, #:abs_g1:target
	movk x0, #:abs_g0_nc:target
	check
	movz x0, #:abs_g1_s:target
	movk x0, #:abs_g0_nc:target
	check
	b 2f
1:	.word target
2:
END
ok "32-bit addresses assemble" assemble low
ok "code with 32-bit addresses lies below 2 GiB" calls 3 low.o data.o
cat >tls.s <<'END'
	.section .tbss,"awT",@nobits
	.balign 16
	.zero 304
	.globl other, var
	.type other, %object
	.type var, %object
other:	.zero 16
var:	.xword 0, 0
	.text
	mrs x22, tpidr_el0
	adrp x0, :gottprel:var
	ldr x1, [x0, :gottprel_lo12:var]
	add x1, x1, x22
	ldr x0, :gottprel:var
	add x0, x0, x22
	check
	add x0, x22, :tprel_hi12:var
	add x0, x0, :tprel_lo12_nc:var
	check
	add x0, x22, :tprel_lo12:var
	check
	movz x0, #:tprel_g1:var
	movk x0, #:tprel_g0_nc:var
	add x0, x0, x22
	check
	movz x0, #:tprel_g2:var
	movk x0, #:tprel_g1_nc:var
	movk x0, #:tprel_g0_nc:var
	add x0, x0, x22
	check
	movz x0, #:tprel_g0:var
	add x0, x0, x22
	check
	str x1, [sp, #-16]!
	mov x9, #55
	mov x1, #66
	adrp x0, :tlsdesc:var
	ldr x2, [x0, :tlsdesc_lo12:var]
	add x0, x0, :tlsdesc_lo12:var
	.tlsdesccall var
	blr x2
	sub x9, x9, #55
	add x0, x0, x9
	sub x1, x1, #66
	add x0, x0, x1
	ldr x1, [sp]
	add x0, x0, x22
	check
	adr x0, :tlsdesc:var
	ldr x2, :tlsdesc:var
	blr x2
	ldr x1, [sp]
	add x0, x0, x22
	check
	adrp x2, _GLOBAL_OFFSET_TABLE_
	add x2, x2, :lo12:_GLOBAL_OFFSET_TABLE_
	movz x0, #:gottprel_g1:var
	movk x0, #:gottprel_g0_nc:var
	ldr x0, [x2, x0]
	add x0, x0, x22
	check
	movz x0, #:tlsdesc_off_g1:var
	movk x0, #:tlsdesc_off_g0_nc:var
	ldr x3, [x2, x0]
	add x0, x2, x0
	blr x3
	add x0, x0, x22
	check
	adrp x2, _GLOBAL_OFFSET_TABLE_
	add x2, x2, :lo12:_GLOBAL_OFFSET_TABLE_
	movz x0, #:tlsgd_g1:var
	movk x0, #:tlsgd_g0_nc:var
	add x0, x2, x0
	bl __tls_get_addr
	ldr x1, [sp]
	check
	adrp x0, :tlsgd:var
	add x0, x0, :tlsgd_lo12:var
	bl __tls_get_addr
	ldr x1, [sp]
	check
	adr x0, :tlsgd:var
	bl __tls_get_addr
	ldr x1, [sp]
	check
	adr x0, :tlsldm:var
	bl __tls_get_addr
	str x0, [sp, #8]
	adrp x0, :tlsldm:var
	add x0, x0, :tlsldm_lo12_nc:var
	bl __tls_get_addr
	ldr x1, [sp, #8]
	check
	ldr x1, [sp]
	ldr x2, [sp, #8]
	add x0, x2, :dtprel_hi12:var
	add x0, x0, :dtprel_lo12_nc:var
	check
	add x0, x2, :dtprel_lo12:var
	check
	movz x0, #:dtprel_g1:var
	movk x0, #:dtprel_g0_nc:var
	add x0, x0, x2
	check
	movz x0, #:dtprel_g0:var
	add x0, x0, x2
	check
	ldr x3, =0x1122334455667788
	str x3, [x1]
	mov x1, x3
	ldr x0, [x2, :dtprel_lo12:var]
	check
	ldr x0, [x2, :dtprel_lo12_nc:var]
	check
	ldr x0, [x22, :tprel_lo12:var]
	check
	add x2, x22, :tprel_hi12:var
	ldr x0, [x2, :tprel_lo12_nc:var]
	check
	mov w1, w3
	ldr w0, [x2, :tprel_lo12_nc:var]
	check
	and w1, w3, #0xffff
	ldrh w0, [x2, :tprel_lo12_nc:var]
	check
	and w1, w3, #0xff
	ldrb w0, [x2, :tprel_lo12_nc:var]
	check
	add sp, sp, #16
END
ok "TLS assembles" assemble tls
ok "of TLS, each type has its value" calls 25 tls.o

# ---- refused ------------------------------------------------------------------
# misfit TEXT INSTRUCTION: refused with the text
misfit() {
	printf '\t.text\n\t.globl run\nrun:\t%b\n\tret\n' "$2" >misfit.s
	$CC -c misfit.s && refuses "$1" misfit.o data.o
}
ok "a load of what is not aligned is refused" misfit \
	"R_AARCH64_LDST64_ABS_LO12_NC against num: it is not aligned" \
	'ldr x0, [x0, :lo12:num+1]'
ok "an address that 16 bits cannot hold is refused" misfit \
	"R_AARCH64_MOVW_UABS_G0 against num: out of reach" \
	'movz x0, #:abs_g0:num'
ok "1 MiB is the reach of adr" misfit \
	"R_AARCH64_ADR_PREL_LO21 against num: out of reach" \
	'adr x0, num+0x200000'
ok "4 GiB is the reach of adrp" misfit \
	"R_AARCH64_ADR_PREL_PG_HI21 against num: out of reach" \
	'adrp x0, num+0x200000000'
ok "32 KiB is the reach of tbz" misfit \
	"R_AARCH64_TSTBR14 against num: out of reach" 'tbz x0, #1, num+0x10000'
ok "a type that no object has is named" misfit \
	"relocation type 1024 (R_AARCH64_COPY)" \
	'nop\n\t.reloc run, R_AARCH64_COPY, num'

# ---- calls out of reach ---------------------------------------------------------
for n in 1 2 3 4; do
	next=$((n % 4 + 1))
	cat >far$n.s <<END
	.text
	.globl start$n, end$n
	.type start$n, %function
	.type end$n, %function
start$n: stp x29, x30, [sp, #-16]!
	cbz x0, 1f
	sub x0, x0, #1
	bl end$next
1:	add x0, x0, #$n
	ldp x29, x30, [sp], #16
	ret
	.zero 44 << 20
end$n:	stp x29, x30, [sp, #-16]!
	bl start$n
	bl local
	ldp x29, x30, [sp], #16
	ret
	.section .text.unlikely,"ax"
local:	b abs
END
	$CC -c far$n.s
done
echo 'int start1(int); int run(void) { return start1(8); }' >far.c
$CC -O1 -c far.c
# start1(8) adds 1, then 2, 3, 4, ... for 9 calls
ok "calls in 176 MiB of code go by islands" \
	calls 21 far.o far1.o far2.o far3.o far4.o
ok "in another order, too" calls 21 far4.o far2.o far3.o far1.o far.o
rm -f far*.o

# ---- pointer authentication, landing pads ------------------------------------------
cat >sign.cc <<'END'
#include <stdexcept>
struct cleanup { int *p; ~cleanup() { *p += 2; } };
__attribute__((noinline)) static int deep(int n)
{
	if (!n) throw std::runtime_error("x");
	return deep(n - 1) + 1;
}
extern "C" int run(void)
{
	int n = 0;
	try { cleanup c{&n}; deep(20); }
	catch (const std::exception &) { n += 40; }
	return n;
}
END
if [ "$have_cxx" = yes ]; then
	for how in none standard bti pac-ret+leaf pac-ret+b-key; do
		$CXX -O1 -fPIC -march=armv8.5-a -mbranch-protection=$how \
			-c sign.cc
		ok "exceptions pass frames of -mbranch-protection=$how" \
			calls 42 sign.o
	done
else
	skip_part "no C++, so no exceptions through signed frames"
fi

# ---- indirect functions ---------------------------------------------------------
cat >ifunc.c <<'END'
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/ifunc.h>
static uint64_t told; static __ifunc_arg_t also;
static int fn(void) { return 40; }
static int (*resolve(uint64_t hwcap, const __ifunc_arg_t *arg))(void)
{
	told = hwcap;
	also = *arg;
	return fn;
}
int indirect(void) __attribute__((ifunc("resolve")));
int run(void)
{
	return indirect() + (told == (getauxval(AT_HWCAP) | _IFUNC_ARG_HWCAP)) +
	       (also._size >= sizeof(also) && also._hwcap &&
		also._hwcap == getauxval(AT_HWCAP) &&
		also._hwcap2 == getauxval(AT_HWCAP2));
}
END
$CC -O1 -fPIC -c ifunc.c
ok "resolvers of indirect functions are told of the processor" calls 42 ifunc.o

# ---- atomics ----------------------------------------------------------------------
cat >atomic.c <<'END'
#include <stdatomic.h>
static _Atomic unsigned char a; static _Atomic short b; static _Atomic int c;
static _Atomic long d;
int run(void)
{
	long want = 5;
	atomic_fetch_add(&a, 7); atomic_fetch_or(&b, 8);
	atomic_exchange_explicit(&c, 9, memory_order_acquire);
	atomic_fetch_xor_explicit(&d, 5, memory_order_release);
	if (!atomic_compare_exchange_strong(&d, &want, 18)) return 1;
	atomic_fetch_and_explicit(&b, 0xf, memory_order_relaxed);
	__builtin___clear_cache((char *)&a, (char *)&a + 1);
	return a + b + c + (int)d;
}
END
for flags in -moutline-atomics -mno-outline-atomics; do
	$CC -O2 -fPIC $flags -c atomic.c
	ok "atomics, $flags" calls 42 atomic.o
	ok "atomics, $flags, with libgcc.a" \
		calls 42 atomic.o "$($CC -print-libgcc-file-name)"
done

# ---- thread-local variables ---------------------------------------------------------
cat >big.c <<'END'
#include <pthread.h>
static __thread char big[300000] = {1};
__thread int last = 20;
static void *thread(void *arg)
{
	(void)arg;
	big[299999] = 1;
	return (void *)(long)(last + big[0]++ + big[299999]);
}
int run(void)
{
	pthread_t t; void *r;
	last = 19;
	if (pthread_create(&t, 0, thread, 0)) return 1;
	pthread_join(t, &r);
	return (int)(long)r + last + big[0];
}
END
$CC -O2 -fPIC -c big.c
ok "thread-local data of -fPIC code may be large" calls 42 big.o
$CC -O2 -fPIC -mtls-dialect=trad -c big.c
ok "also without descriptors" calls 42 big.o
$CC -O2 -fPIE -ftls-model=local-exec -mtls-size=24 -c big.c
ok "that of a program's code may not" refuses "static: compile with -fPIC" big.o
sed 's/300000/600/; s/299999/599/g' big.c >small.c
for size in 12 24 32 48; do
	$CC -O2 -fPIE -ftls-model=local-exec -mtls-size=$size -c small.c
	ok "-mtls-size=$size" calls 42 small.o
done
# ---- guarded stacks -----------------------------------------------------------
cat >guard.c <<'END'
void *volatile to;
int run(void) { char buf[8]; to = buf; *(char volatile *)to = 41; return buf[0] + 1; }
END
$CC -O1 -fno-pic -mcmodel=tiny -fstack-protector-all -c guard.c
ok "the guard of stacks is copied where code does not reach it" calls 42 guard.o
done_testing
