/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort__entry: where every exported function of a module is entered and left,
 * Windows amd64. See Note [Entered calls] in abi.h.
 *
 * Note [Entered calls on Windows]
 * Unwind data of Windows finds a caller's stack pointer from the frame's own
 * by a constant, and the dispatcher refuses a frame that does not lie on the
 * machine stack. So a return address that is kept off the stack cannot be
 * described to it (a machine frame behind a frame register could say where it
 * is, but then the frame's address is that of the record). Here the entry has
 * an ordinary frame: every unwinder passes it. The body's stack arguments are
 * copied: each argument takes one word on Windows, whatever its type, so the
 * parameter list of GORT_EXPORT says how many words there are; for variadic
 * and plain functions as many are copied as a C program may rely on (127
 * arguments, C11 5.2.4.1), or are left on the stack.
 */
#include "asm.h"

#define HOME 32 /* bytes that a caller leaves for a callee's arguments */

/* below the pushed rbx, from rsp */
#define ENTRY_SLOT HOME
#define ENTRY_RAX HOME
#define ENTRY_XMM0 (HOME + 16)
#define ENTRY_FRAME (HOME + 32)
/* the caller's stack arguments, from rsp: rbx, return address, its home */
#define ENTRY_ARGS (ENTRY_FRAME + 16 + HOME)

/* words copied where the parameter list is not known */
#define MAX_WORDS 123
#define WORDS_UNKNOWN 255

/* NT_TIB.StackBase */
#define TEB_STACK_BASE 0x08
#define TEB_EXPANSION 0x1780

	/* for modules that are linked with the archive, not with the DLL */
	.section .rdata, "dr"
	.p2align 3
	.globl __imp_gort__entry
__imp_gort__entry:
	.quad	gort__entry

	.text

/*
 * gort__entry
 * In: r11 = the slot (struct gort__slot_head), all argument registers and
 * stack arguments as the caller of the exported function left them, (rsp) =
 * return address. Calls the slot's target with the same and returns to the
 * caller with the target's results. Preserves what the convention says a call
 * preserves. Clobbers r10, r11, rax before the call.
 * Unwind: an ordinary frame; while the body runs rbx is the gort__frame. The
 * handler takes that off when an exception passes.
 */
	.p2align 6
FUNC(gort__entry)
	.seh_proc gort__entry
	.seh_handler gort__entry_handler, @except, @unwind
	pushq	%rbx
	.seh_pushreg %rbx
	subq	$ENTRY_FRAME, %rsp
	.seh_stackalloc ENTRY_FRAME
	.seh_endprologue
	movq	%r11, ENTRY_SLOT(%rsp)
	movq	gort__tls_offset(%rip), %r10
	testq	%r10, %r10
	jz	.Lexpansion
	movq	%gs:(%r10), %r10
.Lhave_g:
	testq	%r10, %r10
	jz	.Lslow
	movq	CTX_TOP(%r10), %rbx
	cmpq	CTX_LIMIT(%r10), %rbx
	jae	.Lslow
	addq	$FRAME_SIZE, CTX_TOP(%r10)
	/* rbx = frame, r11 = slot, r10 = ctx */
	movq	%r10, FRAME_CTX(%rbx)
	movq	%rsp, FRAME_SP(%rbx)
	movq	SLOT_TARGET(%r11), %rax
	movq	%rax, FRAME_TARGET(%rbx)
	movq	TARGET_IMAGE(%rax), %rax
	movq	%rax, FRAME_IMAGE(%rbx)
	/*
	 * Published. The drainer's barrier stands for a fence here: either it
	 * sees this frame, or this sees the gate closed or the target given to
	 * another version: Note [Targets belong to slots], slot.c.
	 */
	cmpb	$GATE_OPEN, IMAGE_GATE(%rax)
	jne	.Lretreat
	movq	FRAME_TARGET(%rbx), %r11
	cmpq	TARGET_IMAGE(%r11), %rax
	jne	.Lretreat
	movl	IMAGE_INDEX(%rax), %eax
	movq	CTX_CALLS(%r10), %r10
	incq	(%r10,%rax,8)
.Lgo:	/* rbx = frame, r11 = target */
	movq	ENTRY_SLOT(%rsp), %rax
	movzbl	SLOT_FLAGS+1(%rax), %eax
	testl	%eax, %eax
	jnz	.Lcopy
	call	*TARGET_BODY(%r11)
	.globl gort__entry_out
gort__entry_out:
	movq	FRAME_IMAGE(%rbx), %r11
	movq	FRAME_CTX(%rbx), %r10
	movq	$0, FRAME_IMAGE(%rbx)
	movq	%rbx, CTX_TOP(%r10)
	cmpb	$0, IMAGE_DRAIN(%r11)
	jne	.Lwake
.Lout:
	addq	$ENTRY_FRAME, %rsp
	popq	%rbx
	ret

.Lcopy:
	call	entry_copied
	.globl gort__entry_out_copied
gort__entry_out_copied:
	jmp	gort__entry_out

	/* leaving an image that somebody drains: keep the results, wake it */
.Lwake:
	movq	%rax, ENTRY_RAX(%rsp)
	movaps	%xmm0, ENTRY_XMM0(%rsp)
	call	gort__leave_slow
	movq	ENTRY_RAX(%rsp), %rax
	movaps	ENTRY_XMM0(%rsp), %xmm0
	jmp	.Lout

	/* a slot over 63; see tls.h */
.Lexpansion:
	movq	gort__tls_expansion(%rip), %rax
	testq	%rax, %rax
	jz	.Lslow
	movq	%gs:TEB_EXPANSION, %r10
	testq	%r10, %r10
	jz	.Lslow
	movq	-8(%r10,%rax), %r10
	jmp	.Lhave_g

	/* not this version any more: give the frame back */
.Lretreat:
	movq	FRAME_CTX(%rbx), %r10
	movq	$0, FRAME_IMAGE(%rbx)
	movq	%rbx, CTX_TOP(%r10)
.Lslow:
	movq	ENTRY_SLOT(%rsp), %r11
	call	entry_slow
	testq	%rax, %rax
	jz	.Lrefused
	movq	%rax, %rbx
	movq	%rsp, FRAME_SP(%rbx)
	movq	FRAME_TARGET(%rbx), %r11
	jmp	.Lgo

	/* zero in every result register, or rax as C set it */
.Lrefused:
	movq	%r10, %rax
	pxor	%xmm0, %xmm0
	jmp	.Lout
	.seh_endproc
END(gort__entry)

/*
 * entry_copied: calls the body with a copy of the stack arguments. In: eax =
 * their words or WORDS_UNKNOWN, r11 = target, the argument registers, and
 * gort__entry's frame above the return address.
 * Unwind: an ordinary rbp frame.
 */
LOCAL_FUNC(entry_copied)
	.seh_proc entry_copied
	pushq	%rbp
	.seh_pushreg %rbp
	movq	%rsp, %rbp
	.seh_setframe %rbp, 0
	.seh_endprologue
	cmpl	$WORDS_UNKNOWN, %eax
	jne	.Lcounted
	movl	$MAX_WORDS, %eax
	/* what lies there is some caller's; beyond the base is nothing */
	movq	%gs:TEB_STACK_BASE, %r10
	subq	%rbp, %r10
	subq	$(16 + ENTRY_ARGS), %r10
	jb	.Lcounted		/* another stack than the thread's */
	shrq	$3, %r10
	cmpq	%rax, %r10
	cmovb	%r10, %rax
.Lcounted:
	leaq	HOME+8(,%rax,8), %r10
	andq	$-16, %r10
	subq	%r10, %rsp
	testl	%eax, %eax
	jz	2f
1:	movq	16+ENTRY_ARGS-8(%rbp,%rax,8), %r10
	movq	%r10, HOME-8(%rsp,%rax,8)
	decl	%eax
	jnz	1b
2:	call	*TARGET_BODY(%r11)
	leaq	(%rbp), %rsp
	popq	%rbp
	ret
	.seh_endproc
END(entry_copied)

/* entry_slow's frame, from rsp: home, struct gort__args, xmm0 to xmm5 */
#define SLOW_ARGS HOME
#define ARGS_RET 0
#define ARGS_GPR 8
#define SLOW_XMM (SLOW_ARGS + 48)
#define SLOW_FRAME (SLOW_XMM + 6 * 16 + 8)

/*
 * entry_slow: asks C, with every argument register kept. In: r11 = slot.
 * Out: rax = the frame, or NULL: refused, and r10 is what to return.
 */
LOCAL_FUNC(entry_slow)
	.seh_proc entry_slow
	subq	$SLOW_FRAME, %rsp
	.seh_stackalloc SLOW_FRAME
	.seh_endprologue
	movq	$0, SLOW_ARGS+ARGS_RET(%rsp)
	movq	%rcx, SLOW_ARGS+ARGS_GPR+0(%rsp)
	movq	%rdx, SLOW_ARGS+ARGS_GPR+8(%rsp)
	movq	%r8, SLOW_ARGS+ARGS_GPR+16(%rsp)
	movq	%r9, SLOW_ARGS+ARGS_GPR+24(%rsp)
	movaps	%xmm0, SLOW_XMM+0(%rsp)
	movaps	%xmm1, SLOW_XMM+16(%rsp)
	movaps	%xmm2, SLOW_XMM+32(%rsp)
	movaps	%xmm3, SLOW_XMM+48(%rsp)
	movaps	%xmm4, SLOW_XMM+64(%rsp)
	movaps	%xmm5, SLOW_XMM+80(%rsp)
	movq	%r11, %rcx
	leaq	SLOW_ARGS(%rsp), %rdx
	call	gort__enter_slow
	movq	SLOW_ARGS+ARGS_RET(%rsp), %r10
	movq	SLOW_ARGS+ARGS_GPR+0(%rsp), %rcx
	movq	SLOW_ARGS+ARGS_GPR+8(%rsp), %rdx
	movq	SLOW_ARGS+ARGS_GPR+16(%rsp), %r8
	movq	SLOW_ARGS+ARGS_GPR+24(%rsp), %r9
	movaps	SLOW_XMM+0(%rsp), %xmm0
	movaps	SLOW_XMM+16(%rsp), %xmm1
	movaps	SLOW_XMM+32(%rsp), %xmm2
	movaps	SLOW_XMM+48(%rsp), %xmm3
	movaps	SLOW_XMM+64(%rsp), %xmm4
	movaps	SLOW_XMM+80(%rsp), %xmm5
	addq	$SLOW_FRAME, %rsp
	ret
	.seh_endproc
END(entry_slow)
