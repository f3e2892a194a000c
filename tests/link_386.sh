# SPDX-License-Identifier: BSD-3-Clause
# Sourced by link.sh: relocation types of ELF 386 by hand, each in the forms of
# instructions that there are. A wrong value makes run() give its number.
cat >data386.c <<'END'
int word = 1234, others[5] = {1, 2, 3, 4, 5};
__thread int tls_first = 11, tls_second = 22;
int twice(int n) { return 2 * n; }
END
cat >relocs386.s <<'END'
	.macro check n
	je 9f
	movl $\n, %eax
	jmp out
9:
	.endm
	.text
	.globl run
	.type run, @function
run:
	pushl %ebp
	movl %esp, %ebp
	pushl %ebx
	pushl %esi
	subl $16, %esp
	call 1f
1:	popl %ebx
	addl $_GLOBAL_OFFSET_TABLE_+[.-1b], %ebx	# GOTPC
	movl word, %eax			# 32
	cmpl $1234, %eax
	check 1
	movl others+8, %eax		# 32 with an addend in place
	cmpl $3, %eax
	check 2
	leal here@GOTOFF(%ebx), %eax	# GOTOFF
	cmpl $77, (%eax)
	check 3
	movl word@GOT(%ebx), %eax	# GOT32X, mov with a base
	cmpl $1234, (%eax)
	check 4
	movl word@GOT, %ecx		# and without one
	cmpl $1234, (%ecx)
	check 5
	movl $word, %eax
	cmpl word@GOT(%ebx), %eax	# not a mov
	check 6
	cmpl word@GOT, %eax
	check 7
	pushl word@GOT(%ebx)		# GOT32, pushes are not relaxed
	popl %eax
	cmpl $1234, (%eax)
	check 8
	movl %ebx, %esi
	movl $5, (%esp)
	call *twice@GOT(%esi)
	cmpl $10, %eax
	check 9
	call *twice@GOT
	cmpl $10, %eax
	check 10
	call twice@PLT			# PLT32
	cmpl $10, %eax
	check 11
	call twice			# PC32 or PLT32
	cmpl $10, %eax
	check 12
	movl $others@SIZE, %eax		# SIZE32
	cmpl $20, %eax
	check 13
	movb $small, %al		# 8
	cmpb $0x7f, %al
	check 14
	movw $medium, %ax		# 16
	cmpw $0x1234, %ax
	check 15
	movsbl near8, %eax		# PC8
	addl $near8, %eax
	cmpl $far, %eax
	check 16
	movswl near16, %eax		# PC16
	addl $near16, %eax
	cmpl $far, %eax
	check 17
	movl %gs:tls_first@NTPOFF, %eax	# TLS_LE
	cmpl $11, %eax
	check 18
	movl $tls_second@TPOFF, %eax	# TLS_LE_32
	movl %gs:0, %ecx
	subl %eax, %ecx
	cmpl $22, (%ecx)
	check 19
	movl tls_second@INDNTPOFF, %eax	# TLS_IE
	cmpl $22, %gs:(%eax)
	check 20
	movl tls_second@GOTNTPOFF(%ebx), %eax	# TLS_GOTIE
	cmpl $22, %gs:(%eax)
	check 21
	leal tls_first@TLSGD(,%ebx,1), %eax	# TLS_GD
	call ___tls_get_addr@PLT
	cmpl $11, (%eax)
	check 22
	leal mine@TLSLDM(%ebx), %eax	# TLS_LDM
	call ___tls_get_addr@PLT
	cmpl $33, mine@DTPOFF(%eax)	# TLS_LDO_32
	check 23
	leal tls_second@TLSDESC(%ebx), %eax	# TLS_GOTDESC
	call *tls_second@TLSCALL(%eax)	# TLS_DESC_CALL
	cmpl $22, %gs:(%eax)
	check 24
	leal picked@GOTOFF(%ebx), %eax	# an indirect function's stub
	movl $9, (%esp)
	call *%eax
	cmpl $18, %eax
	check 25
	cmpl $0, nowhere@GOT(%ebx)	# weak, and nowhere
	check 26
	movl $nowhere, %eax
	testl %eax, %eax
	check 27
	movl $42, %eax
out:	addl $16, %esp
	popl %esi
	popl %ebx
	popl %ebp
	ret
	.type picked, @gnu_indirect_function
picked:	call 1f
1:	popl %eax
	addl $_GLOBAL_OFFSET_TABLE_+[.-1b], %eax
	movl twice@GOT(%eax), %eax
	ret
	.weak nowhere
	.data
	.long 0
here:	.long 77
	.section .data.near,"aw",@progbits
near8:	.byte far - .
near16:	.short far - .
	.section .data.near2,"aw",@progbits
far:	.byte 0
	.section .tdata,"awT",@progbits
mine:	.long 33
	.section .note.GNU-stack,"",@progbits
END
printf '\t.globl small\n\t.globl medium\nsmall = 0x7f\nmedium = 0x1234\n' >abs386.s
$CC -O1 -fno-pic -c data386.c
$CC -c relocs386.s
$CC -c abs386.s
# types FILE...: the names of the relocation types there
types() {
	readelf -rW "$@" | awk '$3 ~ /^R_386_/ { print $3 }' | sort -u
}
for t in 32 PC32 GOT32 GOT32X PLT32 GOTOFF GOTPC 16 PC16 8 PC8 SIZE32 TLS_LE \
	TLS_LE_32 TLS_IE TLS_GOTIE TLS_GD TLS_LDM TLS_LDO_32 TLS_GOTDESC \
	TLS_DESC_CALL; do
	ok "R_386_$t is among those tried" grep -qx "R_386_$t" <<-END
	$(types relocs386.o)
	END
done
ok "and all give what they should" calls 42 relocs386.o data386.o abs386.o
for t in GLOB_DAT TLS_IE_32 IRELATIVE; do
	printf '\t.text\n\t.globl run\nrun:\tret\n\t.data\n\t.long 0\n' >odd.s
	printf '\t.reloc 0, R_386_%s, run\n' $t >>odd.s
	$CC -c odd.s
	ok "R_386_$t is refused by its name" \
		refuses "(R_386_$t) is not one of objects" odd.o
done
printf '\t.text\n\t.globl run\nrun:\tret\n\t.data\n\t.byte run\n' >far8.s
$CC -c far8.s
ok "an address in a byte is out of reach" refuses "R_386_8 against run" far8.o
