/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Relocations as the loader applies them: each machine's types are rows of one
 * table, so that the code that applies them knows no machine. Leaf: includes
 * neither abi nor runtime.
 */
#ifndef GORT_RELOC_H
#define GORT_RELOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What is put into the field, in the psABI's letters: S symbol, A addend, G
 * its slot's offset in the GOT, L its stub, GOT the table's address, Z size.
 */
enum relkind {
	REL_UNKNOWN,  /* no such type, or not one of objects */
	REL_NONE,     /* nothing */
	REL_SYM,      /* S + A */
	REL_PLT,      /* L + A; S + A where that reaches */
	REL_SLOT,     /* GOT + G + A: where the slot with S lies */
	REL_GOTOFF,   /* G + A */
	REL_GOTPAGE,  /* G + A, from the beginning of the GOT's page */
	REL_GOTREL,   /* S + A - GOT */
	REL_PLTREL,   /* L + A - GOT */
	REL_GOTBASE,  /* GOT + A */
	REL_SIZE,     /* Z + A */
	REL_RVA,      /* S + A less the image's address */
	REL_SECTION,  /* the number of the part that S is in */
	REL_SECREL,   /* S + A less that part's address */
	REL_TLS_GD,   /* slots {module, offset}: where they lie */
	REL_TLS_LD,   /* slots {module, 0} */
	REL_TLS_DTP,  /* offset in the module's block */
	REL_TLS_IE,   /* slot with the offset from the thread pointer */
	REL_TLS_LE,   /* that offset */
	REL_TLS_DESC, /* slots {function, argument} */

	/* 386: the same less GOT */
	REL_TLS_GDOFF,
	REL_TLS_LDOFF,
	REL_TLS_IEOFF,
	REL_TLS_DESCOFF,
	REL_TLS_LESUB, /* the distance itself, to be subtracted */
};

/* Which values a field can hold. */
enum relfit {
	FIT_ANY,      /* as wide as an address: all */
	FIT_SIGNED,   /* sign-extended by who reads it */
	FIT_UNSIGNED, /* zero-extended */
	FIT_EITHER,   /* either */
	FIT_NEAR,     /* far less than 2 GiB away: within the image */
};

/*
 * Where types change fields of instructions and calls may need islands; where
 * there is relmachine.helper; where numbers of types lie far apart. Code for
 * that is left out elsewhere.
 */
#ifdef __aarch64__
#define REL_HAS_FIELDS true
#define REL_HAS_HELPERS true
#else
#define REL_HAS_FIELDS false
#define REL_HAS_HELPERS false
#endif
#ifdef __x86_64__
#define REL_HAS_BLOCKS false
#else
#define REL_HAS_BLOCKS true
#endif

struct reltype {
	uint16_t name; /* as in the psABI: where in names; 0: no such type */
	uint8_t kind;  /* enum relkind */
	uint8_t width; /* of the field in bytes; 0: no field */
	uint8_t fit;   /* enum relfit */
	bool pcrel;    /* less the address of the field */
	uint8_t plain; /* enum relplain */
	union {
		uint8_t after; /* COFF: bytes from there to what it is */
		/* relative to */
		uint8_t field; /* part of an instruction: the machine's; */
			       /* 0: bytes. REL_HAS_FIELDS */
	};
};

/* What most relocations are; it follows from the rest of the row. */
enum relplain {
	PLAIN_NOT,
	PLAIN_DISTANCE, /* S + A, less the place, in four bytes with a sign */
	PLAIN_ADDRESS,  /* S + A in as many bytes as an address has */
};
#define REL_PLAIN(kind, width, fit, pcrel) \
	((kind) != REL_SYM && (kind) != REL_PLT ? PLAIN_NOT \
	    : (pcrel) && (width) == 4 && (fit) != FIT_UNSIGNED && \
		    (fit) != FIT_NEAR \
		? PLAIN_DISTANCE \
	    : !(pcrel) && (width) == sizeof(void *) && (fit) == FIT_ANY \
		? PLAIN_ADDRESS \
		: PLAIN_NOT)

/* A value of FIT_ANY's types is no address by itself, or any. */
static inline bool
gort__rel_is_narrow(const struct reltype *t, unsigned word)
{
	return t->fit != FIT_ANY && t->width < word;
}

/* Where numbers go by hundreds: the rows of those with the same n >> 8. */
struct relblock {
	uint8_t row; /* of the lowest */
	uint8_t n;   /* rows */
};

/* The types of a machine in one format. */
struct reltypes {
	const struct reltype *rows;
	const char *names;
	uint32_t n;                    /* rows; with blocks: blocks */
	const struct relblock *blocks; /* REL_HAS_BLOCKS */
};

/* One of a number that there is. */
static inline const struct reltype *
gort__rel_known(const struct reltypes *types, uint32_t number)
{
	if (REL_HAS_BLOCKS)
		number = types->blocks[number >> 8].row + (number & 0xff);
	return &types->rows[number];
}

/* Of any number; NULL: there is none. */
static inline const struct reltype *
gort__rel_type(const struct reltypes *types, uint32_t number)
{
	uint32_t block = number >> 8;

	if (REL_HAS_BLOCKS
		? block >= types->n || (number & 0xff) >= types->blocks[block].n
		: number >= types->n)
		return NULL;
	return gort__rel_known(types, number);
}

/* What the link needs to know of the machine it was built for. */
struct relmachine {
	uint8_t word;      /* of an address, in bytes */
	uint8_t stub_size; /* of each stub below, in bytes */
	uint8_t desc_size; /* of a TLS descriptor's function */
	uint16_t elf;      /* e_machine */
	bool rela;         /* ELF: relocations have addends of their own */
	uint32_t dtpmod;   /* dynamic relocation types, for the TLS carrier */
	uint32_t tpoff;
	uint32_t tlsdesc_type; /* 0: descriptors need static TLS */
	uint32_t branch;       /* reach of a call in bytes; 0: the image */
	uint32_t veneer_size;  /* where calls have a reach */

	/*
	 * Put a value, less the place where the type says so, into an
	 * instruction. NULL, or why it cannot be; then nothing has changed.
	 * Machines whose types have no field leave it out.
	 */
	const char *(*set)(uint8_t *at, unsigned field, uint64_t value);
	/* at: a jump to any place of the image, for calls out of reach */
	void (*veneer)(uint8_t *at, uint64_t target);
	/* A function that compilers' static run-time has; 0: none. NULL: no
	 * such. */
	uintptr_t (*helper)(const char *name);

	/* at: `jmp *slot` */
	void (*jump)(uint8_t *at, uint64_t slot);
	/*
	 * at: put value into integer argument number `arg` (those before it
	 * from `clear` on: 0), then `jmp *slot`.
	 */
	void (*jump_with)(uint8_t *at, uint64_t slot, unsigned arg,
	    unsigned clear, uint64_t value);
	/*
	 * at: put value where gort__link_atexit() finds its handle, then
	 * `jmp *slot`
	 */
	void (*jump_handle)(uint8_t *at, uint64_t slot, uint64_t value);
	/* at: put what slot holds into rax, then `jmp *via` */
	void (*jump_via)(uint8_t *at, uint64_t slot, uint64_t via);
	/*
	 * at: the function of a TLS descriptor. carrier: the address of the one
	 * that the dynamic linker made for the block, or 0
	 */
	void (*tlsdesc)(uint8_t *at, uint64_t carrier);
};

extern const struct relmachine gort__relmachine;
extern const struct reltypes gort__reltypes_elf, gort__reltypes_coff;

#endif
