/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Export thunks and init functions of every kind of object that gort bind
 * writes. Instructions by the AMD64 and Arm architecture manuals, relocation
 * types by the System V psABIs and "PE Format". Leaf.
 *
 * Note [Export thunks]
 * A thunk is what GORT_EXPORT's stub is (include/gort/stub_*.h), for a
 * function of any signature: it gives the address of the export's data to
 * gort__entry in a register that no calling convention uses for arguments (on
 * 386 on the stack), and leaves all else as the caller had it. gort__entry
 * waits at the gate, saving every argument register when it has to, counts the
 * call and enters the function. It is reached through the GOT or the import
 * table, never by a lazy-binding stub, which would spoil that register.
 *
 * The init functions keep the platform's ABI: the module data goes in the
 * first argument's register and gort__addmoduledata returns to the caller. On
 * 386 the pointer is made position-independently in eax and goes on the stack,
 * where C looks for it, with ebx as the linkage table wants it.
 */
#include "bindcode.h"

/* ---- unwind data (DWARF 4, 6.4.2) ----------------------------------------- */

/* version 1, "zR", code and data factors, return address, pcrel sdata4 */
#define CIE_AMD64 \
	"\x01zR\0\x01\x78\x10\x01\x1b" /* cfa rsp+8, rip at -8 */ \
	"\x0c\x07\x08\x90\x01"
#define CIE_386 \
	"\x01zR\0\x01\x7c\x08\x01\x1b" /* cfa esp+4, eip at -4 */ \
	"\x0c\x04\x04\x88\x01"
#define CIE_ARM64 \
	"\x01zR\0\x04\x78\x1e\x01\x1b" /* cfa sp+0 */ \
	"\x0c\x1f\x00"

/* two words pushed, after 5 bytes and 1 more */
#define CFI_PUSHED "\x45\x0e\x08\x41\x0e\x0c"

#define CODE(s) .code = (s), .size = sizeof(s) - 1
#define CFI(s) .cfi = (s), .ncfi = sizeof(s) - 1
#define CIE(s) .cie = (s), .ncie = sizeof(s) - 1

/* ---- relocation types ------------------------------------------------------- */

#define R_X86_64_PC32 2
#define R_X86_64_PLT32 4
#define R_X86_64_GOTPCRELX 41

#define R_386_PLT32 4
#define R_386_GOTOFF 9
#define R_386_GOTPC 10
#define R_386_GOT32X 43

#define R_AARCH64_ADR_PREL_PG_HI21 275
#define R_AARCH64_ADD_ABS_LO12_NC 277
#define R_AARCH64_JUMP26 282
#define R_AARCH64_ADR_GOT_PAGE 311
#define R_AARCH64_LD64_GOT_LO12_NC 312

#define IMAGE_REL_AMD64_REL32 4
#define IMAGE_REL_I386_DIR32 6
#define IMAGE_REL_I386_REL32 20

const struct bindcode gort__bindcodes[] = {
    {
	.machine = "elf-amd64",
	.align = 16,
	.pad = 0xcc,
	.entry = "gort__entry",
	CIE(CIE_AMD64),
	/* endbr64; lea module(%rip), %rdi; jmp addmoduledata */
	.init =
	    {
		CODE("\xf3\x0f\x1e\xfa\x48\x8d\x3d\0\0\0\0\xe9\0\0\0\0"),
		.fixes = {{7, REF_MODULE, -4, R_X86_64_PC32},
		    {12, REF_CALL, -4, R_X86_64_PLT32}},
		.nfixes = 2,
	    },
	/* endbr64; lea export(%rip), %r11; jmp *entry@GOTPCREL(%rip) */
	.thunk =
	    {
		CODE("\xf3\x0f\x1e\xfa\x4c\x8d\x1d\0\0\0\0\xff\x25\0\0\0\0"),
		.fixes = {{7, REF_EXPORT, -4, R_X86_64_PC32},
		    {13, REF_ENTRY, -4, R_X86_64_GOTPCRELX}},
		.nfixes = 2,
	    },
    },
    {
	.machine = "elf-386",
	.align = 16,
	.pad = 0xcc,
	.entry = "gort__entry",
	CIE(CIE_386),
	/* mov (%esp), %eax; ret */
	.helper = "\x8b\x04\x24\xc3",
	.nhelper = 4,
	/*
	 * endbr32; push %ebx; sub $8, %esp; call helper; add $GOT, %eax;
	 * mov %eax, %ebx; lea module@GOTOFF(%ebx), %eax; mov %eax, (%esp);
	 * call addmoduledata@PLT; add $8, %esp; pop %ebx; ret
	 */
	.init =
	    {
		CODE("\xf3\x0f\x1e\xfb\x53\x83\xec\x08\xe8\0\0\0\0"
		     "\x05\0\0\0\0\x89\xc3\x8d\x83\0\0\0\0\x89\x04\x24"
		     "\xe8\0\0\0\0\x83\xc4\x08\x5b\xc3"),
		.fixes = {{9, REF_HELPER, 0, 0}, {14, REF_GOT, 1, R_386_GOTPC},
		    {22, REF_MODULE, 0, R_386_GOTOFF},
		    {30, REF_CALL, -4, R_386_PLT32}},
		.nfixes = 4,
		/* 5: ebx pushed; 8: 8 bytes more; 37: less; 38: popped */
		CFI("\x45\x0e\x08\x83\x02\x43\x0e\x10\x5d\x0e\x08\x41\xc3"
		    "\x0e\x04"),
	    },
	/*
	 * endbr32; push %eax; push %eax; call helper; add $GOT, %eax;
	 * add $export@GOTOFF, %eax; mov %eax, 4(%esp);
	 * sub $export@GOTOFF, %eax; jmp *entry@GOT(%eax)
	 */
	.thunk =
	    {
		CODE("\xf3\x0f\x1e\xfb\x50\x50\xe8\0\0\0\0\x05\0\0\0\0"
		     "\x05\0\0\0\0\x89\x44\x24\x04\x2d\0\0\0\0"
		     "\xff\xa0\0\0\0\0"),
		.fixes = {{7, REF_HELPER, 0, 0}, {12, REF_GOT, 1, R_386_GOTPC},
		    {17, REF_EXPORT, 0, R_386_GOTOFF},
		    {26, REF_EXPORT, 0, R_386_GOTOFF},
		    {32, REF_ENTRY, 0, R_386_GOT32X}},
		.nfixes = 5,
		CFI(CFI_PUSHED),
	    },
    },
    {
	.machine = "elf-arm64",
	.align = 8,
	.entry = "gort__entry",
	CIE(CIE_ARM64),
	/* bti c; adrp x0, module; add x0, x0, :lo12:; b addmoduledata */
	.init =
	    {
		CODE("\x5f\x24\x03\xd5\0\0\0\x90\0\0\0\x91\0\0\0\x14"),
		.fixes = {{4, REF_MODULE, 0, R_AARCH64_ADR_PREL_PG_HI21},
		    {8, REF_MODULE, 0, R_AARCH64_ADD_ABS_LO12_NC},
		    {12, REF_CALL, 0, R_AARCH64_JUMP26}},
		.nfixes = 3,
	    },
	/*
	 * bti c; adrp x17, export; adrp x16, :got:entry;
	 * add x17, x17, :lo12:export; ldr x16, [x16, :got_lo12:entry]; br x16
	 */
	.thunk =
	    {
		CODE("\x5f\x24\x03\xd5\x11\0\0\x90\x10\0\0\x90"
		     "\x31\x02\0\x91\x10\x02\x40\xf9\0\x02\x1f\xd6"),
		.fixes = {{4, REF_EXPORT, 0, R_AARCH64_ADR_PREL_PG_HI21},
		    {8, REF_ENTRY, 0, R_AARCH64_ADR_GOT_PAGE},
		    {12, REF_EXPORT, 0, R_AARCH64_ADD_ABS_LO12_NC},
		    {16, REF_ENTRY, 0, R_AARCH64_LD64_GOT_LO12_NC}},
		.nfixes = 4,
	    },
    },
    {
	.machine = "coff-amd64",
	.align = 16,
	.pad = 0xcc,
	.entry = "__imp_gort__entry",
	/* leaves without a frame need no unwind data ("x64 exception */
	/* handling"): lea module(%rip), %rcx; jmp addmoduledata */
	.init =
	    {
		CODE("\x48\x8d\x0d\0\0\0\0\xe9\0\0\0\0"),
		.fixes = {{3, REF_MODULE, 0, IMAGE_REL_AMD64_REL32},
		    {8, REF_CALL, 0, IMAGE_REL_AMD64_REL32}},
		.nfixes = 2,
	    },
	/* lea export(%rip), %r11; jmp *__imp_gort__entry(%rip) */
	.thunk =
	    {
		CODE("\x4c\x8d\x1d\0\0\0\0\xff\x25\0\0\0\0"),
		.fixes = {{3, REF_EXPORT, 0, IMAGE_REL_AMD64_REL32},
		    {9, REF_ENTRY, 0, IMAGE_REL_AMD64_REL32}},
		.nfixes = 2,
	    },
    },
    {
	.machine = "coff-386",
	.align = 16,
	.pad = 0xcc,
	.entry = "_imp__gort__entry",
	CIE(CIE_386),
	/* sub $8, %esp; push $module; call addmoduledata; add $12, %esp; ret */
	.init =
	    {
		CODE("\x83\xec\x08\x68\0\0\0\0\xe8\0\0\0\0\x83\xc4\x0c\xc3"),
		.fixes = {{4, REF_MODULE, 0, IMAGE_REL_I386_DIR32},
		    {9, REF_CALL, 0, IMAGE_REL_I386_REL32}},
		.nfixes = 2,
		CFI("\x43\x0e\x0c\x45\x0e\x10\x48\x0e\x04"),
	    },
	/* push $export; push %eax; jmp *__imp__gort__entry */
	.thunk =
	    {
		CODE("\x68\0\0\0\0\x50\xff\x25\0\0\0\0"),
		.fixes = {{1, REF_EXPORT, 0, IMAGE_REL_I386_DIR32},
		    {8, REF_ENTRY, 0, IMAGE_REL_I386_DIR32}},
		.nfixes = 2,
		CFI(CFI_PUSHED),
	    },
    },
    {.machine = NULL},
};
