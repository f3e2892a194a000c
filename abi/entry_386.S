/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort__entry: where every exported function of a module is entered and left,
 * 386, System V and Windows. See Note [Entered calls] in abi.h.
 */
#include "asm.h"

/* what a stub and the entry put on the stack, from esp */
#define IN_ECX 0
#define IN_EAX 4
#define IN_SLOT 8
#define IN_PC 12

/* struct gort__args, from ebx in the slow path; with its padding on Windows */
#define ARGS_SIZE 24
#define ARGS_RET (0 - ARGS_SIZE)
#define ARGS_ECX (8 - ARGS_SIZE)
#define ARGS_EDX (12 - ARGS_SIZE)
#define ARGS_STACK0 (16 - ARGS_SIZE)

#ifdef _WIN32
/* eax = the address of a variable, or what is in it */
.macro ADDRESS name
	movl	$\name, %eax
.endm
.macro LOAD name
	movl	\name, %eax
.endm
#define NO_OFFSET .Lexpansion
#define TEB_EXPANSION 0xf94

	/* for modules that are linked with the archive, not with the DLL */
	.section .rdata, "dr"
	.p2align 2
	.globl __imp__gort__entry
__imp__gort__entry:
	.long	_gort__entry
#else
/* the same, position-independent */
.macro ADDRESS name
	call	pc_to_eax
.Lpc\@:
	leal	\name-.Lpc\@(%eax), %eax
.endm
.macro LOAD name
	call	pc_to_eax
.Lpc\@:
	movl	\name-.Lpc\@(%eax), %eax
.endm
#define NO_OFFSET .Lslow
#endif

	/* enum gort__xstate, offsets.h */
	.data
	.p2align 2
	PRIVATE(gort__xstate)
SYM(gort__xstate):
	.long	XSTATE_UNKNOWN
	END(gort__xstate)

	.text

/*
 * gort__entry
 * In: (esp) = the caller's eax, 4(esp) = the slot (struct gort__slot_head),
 * 8(esp) = return address, then the stack arguments; ecx, edx and vector
 * registers as the caller left them, so that functions of any convention can
 * be entered: cdecl, stdcall, fastcall, thiscall, regparm, vector arguments.
 * Calls the slot's target with exactly those and returns to the caller with
 * the target's results, popping what the target popped. Preserves what the
 * psABI says a call preserves. Clobbers after the call ecx.
 * Stack: while the body runs nothing of ours is on it; its return address
 * points here, the caller's is in the frame that ebx points to.
 * Unwind: return address at 0(ebx), ebx at 4(ebx) (FRAME_PC, FRAME_BX), esp
 * as it is: Note [The CFA of an entered call] in entry_sysv_amd64.S.
 */
	.p2align 6
FUNC(gort__entry)
	.cfi_startproc
	PERSONALITY(gort__entry_personality)
	.cfi_adjust_cfa_offset 8
	LANDING
	pushl	%ecx
	.cfi_adjust_cfa_offset 4
	LOAD	SYM(gort__tls_offset)
	testl	%eax, %eax
	jz	NO_OFFSET
	movl	TLS_WORD(%eax), %eax
.Lhave_g:
	testl	%eax, %eax
	jz	.Lslow
	movl	CTX_TOP(%eax), %ecx
	cmpl	CTX_LIMIT(%eax), %ecx
	jae	.Lslow
	/* take the frame first: a signal handler may use those above it */
	addl	$FRAME_SIZE, CTX_TOP(%eax)
	movl	%ebx, FRAME_BX(%ecx)
	movl	%ecx, %ebx
	/* DW_CFA_expression ebx: breg3 + FRAME_BX */
	.cfi_escape 0x10, 0x03, 0x02, 0x73, FRAME_BX
	/* ebx = frame, eax = ctx, ecx = slot */
	movl	%eax, FRAME_CTX(%ebx)
	movl	IN_SLOT(%esp), %ecx
	movl	SLOT_TARGET(%ecx), %eax
	movl	%eax, FRAME_TARGET(%ebx)
	movl	TARGET_IMAGE(%eax), %eax
	movl	%eax, FRAME_IMAGE(%ebx)
	/*
	 * Published. The drainer's barrier stands for a fence here: either it
	 * sees this frame, or this sees the gate closed or the target given to
	 * another version: Note [Targets belong to slots], slot.c.
	 */
	cmpb	$GATE_OPEN, IMAGE_GATE(%eax)
	jne	.Lretreat
	movl	FRAME_TARGET(%ebx), %eax
	movl	TARGET_IMAGE(%eax), %eax
	cmpl	FRAME_IMAGE(%ebx), %eax
	jne	.Lretreat
	movl	FRAME_CTX(%ebx), %ecx
	movl	CTX_CALLS(%ecx), %ecx
	movl	IMAGE_INDEX(%eax), %eax
	addl	$1, (%ecx,%eax,8)
	adcl	$0, 4(%ecx,%eax,8)
	movl	FRAME_TARGET(%ebx), %eax
	movl	TARGET_BODY(%eax), %eax
	movl	%eax, FRAME_BODY(%ebx)
	popl	%ecx
	.cfi_adjust_cfa_offset -4
	popl	%eax
	.cfi_adjust_cfa_offset -4
	addl	$4, %esp
	.cfi_adjust_cfa_offset -4
.Lgo:
	/* ebx = frame with the caller's ebx, the body; (esp) = return address */
	popl	FRAME_PC(%ebx)
	/* DW_CFA_expression eip: breg3 + FRAME_PC */
	.cfi_escape 0x10, 0x08, 0x02, 0x73, FRAME_PC
	/* DW_CFA_val_expression esp: breg4 */
	.cfi_def_cfa_offset 1
	.cfi_escape 0x16, 0x04, 0x02, 0x74, 0x00
	movl	%esp, FRAME_SP(%ebx)
	call	*FRAME_BODY(%ebx)
	/* the body may have popped arguments: esp is the caller's by now */
	pushl	FRAME_PC(%ebx)
	.cfi_restore %esp
	.cfi_def_cfa_offset 4
	.cfi_rel_offset %eip, 0
	pushl	FRAME_IMAGE(%ebx)
	.cfi_adjust_cfa_offset 4
	pushl	FRAME_BX(%ebx)
	.cfi_adjust_cfa_offset 4
	movl	FRAME_CTX(%ebx), %ecx
	movl	$0, FRAME_IMAGE(%ebx)
	movl	%ebx, CTX_TOP(%ecx)
	popl	%ebx
	.cfi_adjust_cfa_offset -4
	.cfi_restore %ebx
	popl	%ecx
	.cfi_adjust_cfa_offset -4
	cmpb	$0, IMAGE_DRAIN(%ecx)
	jne	entry_wake
	ret

	/* not this version any more: give the frame back */
	.cfi_adjust_cfa_offset 12
	.cfi_escape 0x10, 0x03, 0x02, 0x73, FRAME_BX
.Lretreat:
	movl	FRAME_CTX(%ebx), %ecx
	movl	$0, FRAME_IMAGE(%ebx)
	movl	%ebx, %eax
	movl	FRAME_BX(%ebx), %ebx
	.cfi_restore %ebx
	movl	%eax, CTX_TOP(%ecx)
.Lslow:
	jmp	entry_slow

#ifdef _WIN32
	/* a slot over 63; see tls.h */
.Lexpansion:
	LOAD	SYM(gort__tls_expansion)
	testl	%eax, %eax
	jz	.Lslow
	movl	%fs:TEB_EXPANSION, %ecx
	testl	%ecx, %ecx
	jz	.Lslow
	movl	-4(%ecx,%eax), %eax
	jmp	.Lhave_g
#endif
	.cfi_endproc
END(gort__entry)

#ifndef _WIN32
/* eax = the return address of this call, which stays matched with its ret */
LOCAL_FUNC(pc_to_eax)
	.cfi_startproc
	movl	(%esp), %eax
	ret
	.cfi_endproc
END(pc_to_eax)
#endif

/*
 * entry_slow: asks C, with every argument register kept. In: the stack as
 * IN_... says. Not entered yet, so a function of its own to unwinders, without
 * the personality: waiting at the gate may be cancelled, and a refusal may
 * panic.
 */
LOCAL_FUNC(entry_slow)
	.cfi_startproc
	.cfi_adjust_cfa_offset 12
	pushl	%ebx
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset %ebx, 0
	movl	%esp, %ebx
	.cfi_def_cfa_register %ebx
	subl	$(ARGS_SIZE + XSAVE_SIZE), %esp
	andl	$-64, %esp
	movl	4+IN_EAX(%ebx), %eax
	movl	%eax, ARGS_RET(%ebx)
	movl	$0, ARGS_RET+4(%ebx)
	movl	4+IN_ECX(%ebx), %eax
	movl	%eax, ARGS_ECX(%ebx)
	movl	%edx, ARGS_EDX(%ebx)
	movl	4+IN_PC+4(%ebx), %eax
	movl	%eax, ARGS_STACK0(%ebx)
	call	vectors_save
	leal	-ARGS_SIZE(%ebx), %eax
	subl	$8, %esp
	pushl	%eax
	pushl	4+IN_SLOT(%ebx)
	call	SYM(gort__enter_slow)
	addl	$16, %esp
	movl	%eax, %ecx		/* frame, or NULL: refused */
	call	vectors_load
	testl	%ecx, %ecx
	jz	.Lrefused
	movl	ARGS_EDX(%ebx), %edx
	movl	(%ebx), %eax
	movl	%eax, FRAME_BX(%ecx)
	movl	FRAME_TARGET(%ecx), %eax
	movl	TARGET_BODY(%eax), %eax
	movl	%eax, FRAME_BODY(%ecx)
	leal	4(%ebx), %esp
	.cfi_def_cfa %esp, 16
	movl	%ecx, %ebx
	.cfi_escape 0x10, 0x03, 0x02, 0x73, FRAME_BX
	popl	%ecx
	.cfi_adjust_cfa_offset -4
	popl	%eax
	.cfi_adjust_cfa_offset -4
	addl	$4, %esp
	.cfi_adjust_cfa_offset -4
	jmp	.Lgo		/* as if taken there */

	/* zero in every result register, or edx:eax as C set it */
	.cfi_def_cfa %ebx, 20
	.cfi_rel_offset %ebx, 0
.Lrefused:
	movl	ARGS_RET(%ebx), %eax
	movl	ARGS_RET+4(%ebx), %edx
	movl	4+IN_SLOT(%ebx), %ecx
	movl	SLOT_FLAGS(%ecx), %ecx
	movl	%ebx, %esp
	.cfi_def_cfa_register %esp
	popl	%ebx
	.cfi_adjust_cfa_offset -4
	.cfi_restore %ebx
	addl	$12, %esp
	.cfi_adjust_cfa_offset -12
	pxor	%xmm0, %xmm0
#ifndef _WIN32
	/* psABI 2.2.3.3: who returns a struct pops its address */
	testl	$EX_SRET, %ecx
	jz	1f
	ret	$4
1:
#endif
	testl	$EX_ST0, %ecx
	jz	2f
	fldz
2:	ret
	.cfi_endproc
END(entry_slow)

/*
 * entry_wake: leaving an image that somebody drains: keep the results, wake it.
 * In: the results, the return address on the stack, which may have any
 * alignment. The frame is gone, so a function of its own, too. What runs below
 * may use vector registers, and clear what it does not use of them.
 */
LOCAL_FUNC(entry_wake)
	.cfi_startproc
	pushl	%ebp
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset %ebp, 0
	movl	%esp, %ebp
	.cfi_def_cfa_register %ebp
	pushl	%eax
	pushl	%edx
	subl	$XSAVE_SIZE, %esp
	andl	$-64, %esp
	call	vectors_save
	call	SYM(gort__leave_slow)
	call	vectors_load
	movl	-4(%ebp), %eax
	movl	-8(%ebp), %edx
	leave
	.cfi_def_cfa %esp, 4
	.cfi_restore %ebp
	ret
	.cfi_endproc
END(entry_wake)

/*
 * vectors_save, vectors_load: the vector registers to and from the XSAVE_SIZE
 * bytes above the return address, which are 64-aligned. Clobber eax, edx,
 * flags; the first also ecx.
 */
LOCAL_FUNC(vectors_save)
	.cfi_startproc
	ADDRESS	SYM(gort__xstate)
	movl	(%eax), %ecx
	cmpl	$XSTATE_UNKNOWN, %ecx
	jne	1f
	call	xstate_probe
1:	cmpl	$XSTATE_XSAVEC, %ecx
	jne	3f
	/* XRSTOR wants the reserved part of the header to be zero */
	xorl	%edx, %edx
	leal	4+XSAVE_HEADER+16(%esp), %ecx
2:	movl	%edx, (%ecx)
	addl	$4, %ecx
	testl	$63, %ecx
	jnz	2b
	movl	$XSAVE_MASK, %eax
	xsavec	4(%esp)
	ret
3:	fxsave	4(%esp)
	ret
	.cfi_endproc
END(vectors_save)

LOCAL_FUNC(vectors_load)
	.cfi_startproc
	ADDRESS	SYM(gort__xstate)
	cmpl	$XSTATE_XSAVEC, (%eax)
	jne	1f
	movl	$XSAVE_MASK, %eax
	xorl	%edx, %edx
	xrstor	4(%esp)
	ret
1:	fxrstor	4(%esp)
	ret
	.cfi_endproc
END(vectors_load)

/*
 * xstate_probe: sets gort__xstate, which eax points to, by CPUID, where
 * gort__xstate_init could not. Out: ecx = it. Clobbers eax, edx, flags; saves
 * ebx, since CPUID writes it. Two threads may both do it.
 */
LOCAL_FUNC(xstate_probe)
	.cfi_startproc
	pushl	%ebx
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset %ebx, 0
	pushl	%eax
	.cfi_adjust_cfa_offset 4
	movl	$1, %eax
	cpuid
	btl	$27, %ecx		/* OSXSAVE */
	movl	$XSTATE_FXSAVE, %ecx
	jnc	1f
	movl	$0xd, %eax
	movl	$1, %ecx
	cpuid
	movl	$XSTATE_FXSAVE, %ecx
	btl	$1, %eax		/* XSAVEC */
	jnc	1f
	movl	$XSTATE_XSAVEC, %ecx
1:	popl	%eax
	.cfi_adjust_cfa_offset -4
	movl	%ecx, (%eax)
	popl	%ebx
	.cfi_adjust_cfa_offset -4
	.cfi_restore %ebx
	ret
	.cfi_endproc
END(xstate_probe)
