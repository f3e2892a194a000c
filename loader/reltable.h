/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The rows of a machine's relocation types, made of its list: `types` and their
 * `names`, for struct reltypes. Included once, by a file that defines
 *
 *	TYPES(X)   X(number, name, kind, width, fit, pcrel), maybe one column more
 *	PREFIX     what all of its names begin with: a string, or nothing
 *	ROW_OF(n)  the row of a number; left out: the number itself
 *	LAST       what the column more is in struct reltype, as .after =
 *
 * A string table of its own keeps the rows small and free of relocations.
 */
#ifndef ROW_OF
#define ROW_OF(n) (n)
#endif
#ifndef LAST
#define LAST
#endif

#define NAME_ROOM(n, text, ...) char at_##n[sizeof(PREFIX #text)];
#define NAME_TEXT(n, text, ...) PREFIX #text,
#define ROW(n, text, what, bytes, values, relative, ...) \
	[ROW_OF(n)] = {.name = offsetof(__typeof__(names), at_##n), \
	    .kind = REL_##what, \
	    .width = (bytes), \
	    .fit = FIT_##values, \
	    .pcrel = (relative), \
	    .plain = REL_PLAIN(REL_##what, bytes, FIT_##values, relative), \
	    LAST __VA_ARGS__},

static const struct {
	char none[1]; /* of a number that there is not */
	TYPES(NAME_ROOM)
} names = {"", TYPES(NAME_TEXT)};

static const struct reltype types[] = {TYPES(ROW)};

#undef NAME_ROOM
#undef NAME_TEXT
#undef ROW
