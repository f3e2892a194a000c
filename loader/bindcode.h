/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The machine code that gort bind writes into objects, a table for each kind
 * of object. Leaf.
 */
#ifndef GORT_BINDCODE_H
#define GORT_BINDCODE_H

#include "objwrite.h"

/* What a field of code refers to. */
enum bindref {
	REF_EXPORT, /* the export's data */
	REF_MODULE, /* the module data */
	REF_ENTRY,  /* gort__entry, or where it can be loaded from */
	REF_CALL,   /* gort__addmoduledata or gort__removemoduledata */
	REF_GOT,    /* _GLOBAL_OFFSET_TABLE_ */
	REF_HELPER, /* the code's own helper: a distance, no relocation */
};

struct bindfix {
	uint8_t at;    /* of the field, in the code */
	uint8_t ref;   /* enum bindref */
	int8_t addend; /* as the format counts it; REF_HELPER: in helper */
	uint16_t type; /* the machine's relocation */
};

struct bindroutine {
	const char *code;
	uint8_t size; /* of code */
	uint8_t nfixes;
	uint8_t ncfi;
	struct bindfix fixes[6];
	const char *cfi; /* the FDE's instructions */
};

struct bindcode {
	const char *machine;      /* struct objmachine's name */
	struct bindroutine init;  /* registers the module data, or takes it */
				  /* back: by what REF_CALL is */
	struct bindroutine thunk; /* of an export, see Note [Export thunks] */
	const char *helper;       /* code that both may call, or NULL */
	uint8_t nhelper;
	uint8_t align;     /* of a routine */
	uint8_t pad;       /* byte between routines */
	uint8_t ncie;      /* 0: no .eh_frame */
	const char *cie;   /* behind its length and zero: from the version on */
	const char *entry; /* the name of REF_ENTRY, without a prefix */
};

extern const struct bindcode gort__bindcodes[];

#endif
