/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort__entry: where every exported function of a module is entered and left,
 * Windows 386. See Note [Entered calls] in abi.h.
 */
#include "asm.h"

/* what a stub and the entry put on the stack, from esp */
#define IN_ECX 0
#define IN_EAX 4
#define IN_SLOT 8
#define IN_PC 12

/* struct gort__args, from esp in the slow path */
#define ARGS_RET 0
#define ARGS_ECX 8
#define ARGS_EDX 12
#define ARGS_STACK0 16
#define ARGS_SLOT 20
#define ARGS_SIZE 24

/* bytes that fxsave writes */
#define FXSAVE_SIZE 512

#define TEB_EXPANSION 0xf94

	/* for modules that are linked with the archive, not with the DLL */
	.section .rdata, "dr"
	.p2align 2
	.globl __imp__gort__entry
__imp__gort__entry:
	.long	_gort__entry

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
	.cfi_personality 0, _gort__entry_personality
	.cfi_adjust_cfa_offset 8
	LANDING
	pushl	%ecx
	.cfi_adjust_cfa_offset 4
	movl	_gort__tls_offset, %eax
	testl	%eax, %eax
	jz	.Lexpansion
	movl	%fs:(%eax), %eax
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
	jne	.Lwake
	ret

	/* leaving an image that somebody drains: keep the results, wake it */
.Lwake:
	pushl	%eax
	.cfi_adjust_cfa_offset 4
	pushl	%edx
	.cfi_adjust_cfa_offset 4
	pushl	%ebp
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset %ebp, 0
	movl	%esp, %ebp
	.cfi_def_cfa_register %ebp
	/* st0 or xmm0 may hold the result, and the stack any alignment */
	subl	$512, %esp
	andl	$-16, %esp
	fxsave	(%esp)
	call	_gort__leave_slow
	fxrstor	(%esp)
	movl	%ebp, %esp
	.cfi_def_cfa_register %esp
	popl	%ebp
	.cfi_adjust_cfa_offset -4
	.cfi_restore %ebp
	popl	%edx
	.cfi_adjust_cfa_offset -4
	popl	%eax
	.cfi_adjust_cfa_offset -4
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

	/* a slot over 63; see tls.h */
.Lexpansion:
	movl	_gort__tls_expansion, %ecx
	testl	%ecx, %ecx
	jz	.Lslow
	movl	%fs:TEB_EXPANSION, %eax
	testl	%eax, %eax
	jz	.Lslow
	movl	-4(%eax,%ecx), %eax
	jmp	.Lhave_g
	.cfi_endproc
END(gort__entry)

/*
 * entry_slow: asks C, with every argument register kept. In: the stack as
 * IN_... says. Not entered yet, so a function of its own to unwinders, without
 * the personality: waiting at the gate may be cancelled, and a refusal may
 * panic.
 */
entry_slow:
	.cfi_startproc
	.cfi_adjust_cfa_offset 12
	pushl	%ebx
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset %ebx, 0
	movl	%esp, %ebx
	.cfi_def_cfa %ebx, 20
	subl	$ARGS_SIZE, %esp
	andl	$-64, %esp
	movl	4+IN_EAX(%ebx), %eax
	movl	%eax, ARGS_RET(%esp)
	movl	$0, ARGS_RET+4(%esp)
	movl	4+IN_ECX(%ebx), %eax
	movl	%eax, ARGS_ECX(%esp)
	movl	%edx, ARGS_EDX(%esp)
	movl	4+IN_PC+4(%ebx), %eax
	movl	%eax, ARGS_STACK0(%esp)
	movl	4+IN_SLOT(%ebx), %eax
	movl	%eax, ARGS_SLOT(%esp)
	pushl	%edi
	pushl	%esi
	leal	8(%esp), %edi		/* args */
	.cfi_escape 0x10, 0x07, 0x02, 0x77, 0x7c	/* edi: breg7 - 4 */
	.cfi_escape 0x10, 0x06, 0x02, 0x77, 0x78	/* esi: breg7 - 8 */
	andl	$-64, %esp
	subl	$FXSAVE_SIZE, %esp
	fxsave	(%esp)
	subl	$8, %esp
	pushl	%edi
	pushl	ARGS_SLOT(%edi)
	call	_gort__enter_slow
	addl	$16, %esp
	movl	%eax, %ecx		/* frame, or NULL: refused */
	fxrstor	(%esp)
	testl	%ecx, %ecx
	jz	.Lrefused
	movl	ARGS_EDX(%edi), %edx
	movl	-8(%edi), %esi
	movl	-4(%edi), %edi
	.cfi_restore %esi
	.cfi_restore %edi
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
	.cfi_escape 0x10, 0x07, 0x02, 0x77, 0x7c
	.cfi_escape 0x10, 0x06, 0x02, 0x77, 0x78
.Lrefused:
	movl	ARGS_RET(%edi), %eax
	movl	ARGS_RET+4(%edi), %edx
	movl	ARGS_SLOT(%edi), %ecx
	movl	SLOT_FLAGS(%ecx), %ecx
	movl	-8(%edi), %esi
	movl	-4(%edi), %edi
	.cfi_restore %esi
	.cfi_restore %edi
	movl	%ebx, %esp
	.cfi_def_cfa_register %esp
	popl	%ebx
	.cfi_adjust_cfa_offset -4
	.cfi_restore %ebx
	addl	$12, %esp
	.cfi_adjust_cfa_offset -12
	testl	$EX_ST0, %ecx
	jz	1f
	fldz
	/* the caller pops a struct's address here, unlike System V */
1:	pxor	%xmm0, %xmm0
	ret
	.cfi_endproc
