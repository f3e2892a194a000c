/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Exceptions as Rust's library throws them, and others, made by hand: what the
 * error says of them, also where their memory is not what it should be.
 */
#include "check.h"

#include <gort.h>
#include <stdint.h>
#include <unwind.h>

#define WORD sizeof(uintptr_t)
#define RUST UINT64_C(0x4d4f5a0052555354) /* "MOZ\0RUST" */
#define P(p) ((uintptr_t)(p))

/* As std has it; older releases had no canary. */
struct thrown {
	struct _Unwind_Exception ue;
	uintptr_t canary;
	uintptr_t data;
	uintptr_t vtable;
};

static struct gort_error err;
static int cleanups;
static const char canary = 1; /* as std has it, beside its code */

static void
cleanup(_Unwind_Reason_Code reason, struct _Unwind_Exception *ue)
{
	(void)reason;
	(void)ue;
	cleanups++;
}

/* What a vtable has; never called. */
static void
method(void)
{
	abort();
}

/* ---- what an object exports to end its panics ----------------------------- */

static int hooks; /* calls of it */
static enum { IGNORES, PASSES, CATCHES } hook_does;

GORT_VISIBLE void gort_rust_catch(void (*f)(void *), void *arg);

void
gort_rust_catch(void (*f)(void *), void *arg)
{
	struct gort_error e;

	hooks++;
	if (hook_does == PASSES)
		f(arg);
	if (hook_does == CATCHES)
		CHECK(gort_try(f, arg, &e) == -GORT_EEXCEPTION);
}

/* ---- throwing --------------------------------------------------------------- */

static uintptr_t str_vtable[] = {0, 2 * WORD, WORD, P(method)};
static uintptr_t string_vtable[] = {P(method), 3 * WORD, WORD, P(method)};

static void
raise_it(void *ue)
{
	_Unwind_RaiseException(ue);
}

static void
set_ue(struct _Unwind_Exception *ue, uint64_t class)
{
	memset(ue, 0, sizeof(*ue));
	ue->exception_class = class;
	ue->exception_cleanup = cleanup;
}

/* What the error says of an exception; its own cleanup is not called. */
static const char *
says(struct _Unwind_Exception *ue)
{
	hooks = cleanups = 0;
	if (gort_try(raise_it, ue, &err) != -GORT_EEXCEPTION || cleanups)
		return "(not taken)";
	return strstr(gort_errmsg(), err.message) ? err.message
						  : "(gort_errmsg differs)";
}

static const char *
panic_says(uintptr_t data, const uintptr_t *vtable)
{
	struct thrown t = {
	    .canary = P(&canary), .data = data, .vtable = P(vtable)};

	set_ue(&t.ue, RUST);
	return says(&t.ue);
}

static const char *
string_says(const char *text, uintptr_t cap, uintptr_t len)
{
	uintptr_t w[] = {cap, P(text), len};

	return panic_says(P(w), string_vtable);
}

/* Is that all that is said of a payload of so many words? */
static int
is_none(const char *said, unsigned words)
{
	char want[64];

	snprintf(want, sizeof(want), "Rust panic, payload of %u bytes",
	    words * (unsigned)WORD);
	return strcmp(said, want) == 0;
}

/* ---- tests ------------------------------------------------------------------ */

static void
a_str(void)
{
	static const char text[] =
	    "it is \xc3\xa9 and \xf0\x9f\x98\x80, not more";
	uintptr_t w[] = {P(text), sizeof(text) - 11};

	CHECK(strcmp(panic_says(P(w), str_vtable),
		  "Rust panic: it is \xc3\xa9 and \xf0\x9f\x98\x80") == 0);
}

static void
a_string(void)
{
	static const unsigned order[][3] = {
	    {0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	char *text = strdup("on the heap and some");
	uintptr_t w[3];
	unsigned i;

	REQUIRE(text != NULL);
	for (i = 0; i < 6; i++) {
		w[order[i][0]] = P(text);
		w[order[i][1]] = 11;
		w[order[i][2]] = 20;
		CHECK(strcmp(panic_says(P(w), string_vtable),
			  "Rust panic: on the heap") == 0);
	}
	free(text);
}

/* The exception ends where the page ends, too. */
static void
no_canary(void)
{
	static const char text[] = "of old";
	uintptr_t w[] = {P(text), 6};
	uintptr_t cause[] = {P(w), P(str_vtable)};
	struct thrown t = {
	    .canary = P(w), .data = P(str_vtable), .vtable = P(str_vtable)};
	char *edge = memory_edge();
	struct _Unwind_Exception ue;
	void *at;

	/* something of another follows */
	set_ue(&t.ue, RUST);
	CHECK(strcmp(says(&t.ue), "Rust panic: of old") == 0);
	REQUIRE(edge != NULL);
	at = edge - sizeof(ue) - sizeof(cause);
	set_ue(&ue, RUST);
	memcpy(at, &ue, sizeof(ue));
	memcpy((char *)at + sizeof(ue), cause, sizeof(cause));
	CHECK(strcmp(says(at), "Rust panic: of old") == 0);
	at = edge - sizeof(ue);
	memcpy(at, &ue, sizeof(ue));
	CHECK(strcmp(says(at), "Rust panic") == 0);
}

static void
cut_off(void)
{
	char text[4 * 300 + 1];
	unsigned i, odd;
	const char *said;

	for (i = 0; i < 300; i++)
		memcpy(text + 4 * i, "\xf0\x9f\x98\x80", 5);
	for (odd = 0; odd < 4; odd++) {
		/* behind that many letters of one byte */
		memset(text, 'a', 4);
		said = string_says(text + 4 - odd, 1200, 1196 + odd);
		CHECK(strlen(said) > 251 && (strlen(said) - 12 - odd) % 4 == 0);
		CHECK(
		    strncmp(said + 12, text + 4 - odd, strlen(said + 12)) == 0);
	}
	text[600] = '\x01';
	CHECK(strlen(string_says(text, 1200, 1200)) > 251);
	text[100] = '\x01';
	CHECK(is_none(string_says(text, 1200, 1200), 3));
	text[100] = 'a';
	CHECK(is_none(string_says(text, 1 << 20, 1 << 20), 3));
}

static void
wild(void)
{
	static const uintptr_t odd[] = {0, 1, WORD, 4096, UINTPTR_MAX,
	    UINTPTR_MAX - WORD + 1, UINTPTR_MAX / 2 + 1, UINTPTR_MAX / 3};
	uintptr_t w[3], on_stack[4];
	unsigned i;

	memcpy(on_stack, str_vtable, sizeof(on_stack));
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		CHECK(is_none(panic_says(odd[i], str_vtable), 2));
		CHECK(is_none(panic_says(odd[i], string_vtable), 3));
		CHECK(strcmp(panic_says(P(w), (uintptr_t *)odd[i]),
			  "Rust panic") == 0);
		CHECK(is_none(string_says((char *)odd[i], 8, 8), 3));
		w[0] = odd[i];
		w[1] = 8;
		CHECK(is_none(panic_says(P(w), str_vtable), 2));
		/* not in an object: on the stack */
		CHECK(strcmp(panic_says(P(w), on_stack), "Rust panic") == 0);
	}
}

/* In the program, so that only what is in it is wrong. */
static uintptr_t odd_vtable[4];

static void
odd_vtables(void)
{
	static const uintptr_t not_code[] = {1, 4096, UINTPTR_MAX};
	uintptr_t w[] = {P("text"), 4, 4};
	unsigned i;

	for (i = 0; i < 3; i++) {
		memcpy(odd_vtable, string_vtable, sizeof(odd_vtable));
		odd_vtable[0] = not_code[i];
		CHECK(strcmp(panic_says(P(w), odd_vtable), "Rust panic") == 0);
		memcpy(odd_vtable, string_vtable, sizeof(odd_vtable));
		odd_vtable[3] = not_code[i];
		CHECK(strcmp(panic_says(P(w), odd_vtable), "Rust panic") == 0);
	}
	memcpy(odd_vtable, string_vtable, sizeof(odd_vtable));
	CHECK(strcmp(panic_says(P(w), odd_vtable), "Rust panic: text") == 0);
	/* a String has something to drop, and is as aligned as its words */
	odd_vtable[0] = 0;
	CHECK(is_none(panic_says(P(w), odd_vtable), 3));
	odd_vtable[0] = P(method);
	odd_vtable[2] = 1;
	CHECK(is_none(panic_says(P(w), odd_vtable), 3));
	odd_vtable[2] = WORD;
	odd_vtable[1] = 4 * WORD;
	CHECK(is_none(panic_says(P(w), odd_vtable), 4));
	odd_vtable[1] = 0;
	CHECK(is_none(panic_says(P(w), odd_vtable), 0));
}

static void
short_memory(void)
{
	char *edge = memory_edge();
	uintptr_t w[] = {16, 0, 16};

	REQUIRE(edge != NULL);
	memcpy(edge - 16, "sixteen in a row", 16);
	CHECK(strcmp(string_says(edge - 16, 16, 16),
		  "Rust panic: sixteen in a row") == 0);
	CHECK(is_none(string_says(edge - 15, 16, 16), 3));
	/* the payload itself */
	w[1] = P("a text of 16 bytes");
	memcpy(edge - sizeof(w), w, sizeof(w));
	CHECK(strcmp(panic_says(P(edge - sizeof(w)), string_vtable),
		  "Rust panic: a text of 16 byt") == 0);
	memcpy(edge - 2 * WORD, w, 2 * WORD);
	CHECK(is_none(panic_says(P(edge - 2 * WORD), string_vtable), 3));
}

static void
other_payloads(void)
{
	char heap[] = "not of the program";
	uintptr_t numbers[] = {1, 2, 3}, three[] = {P(heap), P(heap), P(heap)};
	static char text[400];
	uintptr_t two[] = {P(heap), 3}, no_text[] = {P(text), 0};
	uintptr_t pair[] = {P(text), P(text), 3}, huge[] = {P(text), 1 << 20};

	memset(text, 'a', sizeof(text));
	CHECK(is_none(panic_says(P(numbers), str_vtable), 2));
	CHECK(is_none(panic_says(P(numbers), string_vtable), 3));
	CHECK(is_none(panic_says(P(three), str_vtable), 2));
	CHECK(is_none(panic_says(P(three), string_vtable), 3));
	CHECK(is_none(panic_says(P(pair), string_vtable), 3));
	CHECK(is_none(panic_says(P(huge), str_vtable), 2));
	CHECK(is_none(panic_says(P(two), str_vtable), 2));
	CHECK(is_none(panic_says(P(no_text), str_vtable), 2));
	CHECK(is_none(string_says("text", 0, 0), 3));
	CHECK(is_none(string_says("text", 8, 0), 3));
}

static void
not_text(void)
{
	static const char *const bad[] = {"a\x01", "\x7f", "\x1b[1m", "a\xc3",
	    "\x80", "\xc3(", "\xc0\x80", "\xc1\xbf", "\xbf\xbf",
	    "\xf9\x88\x80\x80", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
	    "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80",
	    "\xff", "\xe2\x82", "\xf0\x9f\x98"};
	static const char *const good[] = {"a\nb\tc", "\xc2\x80", "\xdf\xbf",
	    "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
	    "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
	char before[64];
	unsigned i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(is_none(string_says(bad[i], 20, strlen(bad[i])), 3));
	CHECK(is_none(string_says("a\0b", 20, 3), 3));
	/* what the message held before does not complete it */
	memset(before, 0x80, sizeof(before));
	CHECK(is_none(string_says(before, 64, 64), 3));
	memset(before, 'a', sizeof(before));
	memcpy(before + 60, "\xe2\x82", 2);
	CHECK(is_none(string_says(before, 64, 62), 3));
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CHECK(strcmp(string_says(good[i], 20, strlen(good[i])) + 12,
			  good[i]) == 0);
}

static void
hook(void)
{
	static const char text[] = "hooked", *want = "Rust panic: hooked";
	uintptr_t w[] = {P(text), 6};

	hook_does = IGNORES;
	CHECK(strcmp(panic_says(P(w), str_vtable), want) == 0 && hooks == 1);
	hook_does = CATCHES;
	CHECK(strcmp(panic_says(P(w), str_vtable), want) == 0 && hooks == 1);
	/* then the boundary has it again, and does not ask once more */
	hook_does = PASSES;
	CHECK(strcmp(panic_says(P(w), str_vtable), want) == 0 && hooks == 1);
	CHECK(strcmp(panic_says(P(w), str_vtable), want) == 0 && hooks == 1);
	hook_does = IGNORES;
}

/* Its std is another one's: it could not take it back. */
static void
other_object(void)
{
	static const char text[] = "of another";
	uintptr_t w[] = {P(text), 10};
	struct thrown t = {
	    .canary = P(&canary), .data = P(w), .vtable = P(str_vtable)};
	void *nowhere = &t;

	set_ue(&t.ue, RUST);
	memcpy(&t.ue.exception_cleanup, &nowhere, sizeof(nowhere));
	says(&t.ue);
	CHECK(hooks == 0);
	t.ue.exception_cleanup = NULL;
	says(&t.ue);
	CHECK(hooks == 0);
}

static void
thrown_by(uint64_t class, const char *want)
{
	struct _Unwind_Exception ue;

	set_ue(&ue, class);
	cleanups = 0;
	CHECK(gort_try(raise_it, &ue, &err) == -GORT_EEXCEPTION);
	CHECK(strcmp(err.message, want) == 0);
	CHECK(cleanups == 1);
}

static void
unknown(void)
{
	thrown_by(UINT64_C(0x474e552d41646100),
	    "exception of class \"GNU-Ada.\" (474e552d41646100)");
	thrown_by(UINT64_C(0x474e5543204f424a),
	    "exception of class \"GNUC OBJ\" (474e5543204f424a)");
	thrown_by(UINT64_C(0x00017f80ff1b0a20),
	    "exception of class \"....... \" (00017f80ff1b0a20)");
}

static const struct test tests[] = {
    {"a &'static str is the message", a_str},
    {"a String is, in whatever order its words are", a_string},
    {"an exception without a canary is read, up to its page's end", no_canary},
    {"a long message ends with a whole character", cut_off},
    {"wild addresses are not followed", wild},
    {"a vtable that is none is not believed", odd_vtables},
    {"memory that ends too early is no message", short_memory},
    {"of other payloads the size is named", other_payloads},
    {"only UTF-8 without control characters is shown", not_text},
    {"gort_rust_catch gets the panic once", hook},
    {"that of another object does not", other_object},
    {"an unknown exception is named by its class, and freed", unknown},
};

int
main(void)
{
	return RUN_TESTS("Rust panics", tests);
}
