/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a Rust panic says, read out of the memory of Rust's library, and its
 * end. Nothing in there is trusted, and none of it is called.
 *
 * Note [Reading a Rust panic]
 * std throws a box: behind the _Unwind_Exception stand a canary (the address
 * of a byte of that std's own; older releases have none) and a Box<dyn Any +
 * Send>, which is the address of the payload and that of its vtable: drop
 * function or NULL, size, alignment, then methods, of which Any has one.
 * panic!() throws a &'static str (address, length) or a String (address,
 * capacity and length, in the order that rustc likes). What type a payload is
 * only Rust can tell, by a hash that differs with each compiler. So text is
 * shown only where all else fits: the vtable and its functions lie in loaded
 * objects, so do the bytes of a &'static str; one word of a String is an
 * address, and the others are a length and a capacity; and the bytes are UTF-8
 * without control characters. Else the size of the payload is what there is to
 * say. A Vec of numbers that happen to be text is taken for a String.
 *
 * Note [The end of a Rust panic]
 * Only Rust can free the box and take back its thread's count of panics, and
 * only in catch_unwind: the exception's own cleanup aborts. Until then
 * std::thread::panicking() holds and mutexes are not poisoned; with Rust before
 * 1.71 the thread's next panic aborts. So what has Rust in it may export
 *
 *	#[no_mangle]
 *	pub extern "C-unwind" fn gort_rust_catch(
 *	    f: extern "C-unwind" fn(*mut c_void), arg: *mut c_void)
 *	{
 *	    let _ = std::panic::catch_unwind(|| f(arg));
 *	}
 *
 * where f raises the panic once more. It must be of the object that has the std
 * which threw: another std would abort. Without it the box stays allocated.
 */
#include "../include/small.h"
#include "runtime.h"
#include "dynlib.h"
#include "objbounds.h"

#include <string.h>

#define PREFIX "Rust panic: "
#define WORD sizeof(uintptr_t)

/* No length or capacity of a message is more, and no address of one less. */
#define LIMIT ((uintptr_t)1 << 20)

/* What stands behind the _Unwind_Exception. */
struct cause {
	uintptr_t canary;
	uintptr_t data;
	uintptr_t vtable;
};

struct vtable {
	uintptr_t drop; /* or NULL: nothing to drop */
	uintptr_t size;
	uintptr_t align;
	uintptr_t type_id; /* Any's method */
};

typedef void rust_catch(void (*f)(void *), void *arg);

static bool
get(uintptr_t from, void *to, size_t n)
{
	return gort__safe_read((const void *)from, to, n);
}

static bool
in_object(uintptr_t p)
{
	const char *base, *end;

	return gort__object_bounds((const void *)p, &base, &end);
}

/* Do both lie in one object? */
static bool
in_same(uintptr_t p, uintptr_t q)
{
	const char *base, *end;

	return gort__object_bounds((const void *)p, &base, &end) &&
	       q >= (uintptr_t)base && q < (uintptr_t)end;
}

/* Where its code is; 0: none. */
static uintptr_t
cleanup_of(const struct _Unwind_Exception *ue)
{
	uintptr_t cleanup;

	memcpy(&cleanup, &ue->exception_cleanup, sizeof(cleanup));
	return cleanup;
}

/* Find the payload's vtable, and where it is: c->data. */
static bool
find_payload(
    const struct _Unwind_Exception *ue, struct cause *c, struct vtable *v)
{
	uintptr_t at = (uintptr_t)(ue + 1);

	/* the older form may be the last in its page */
	if ((!get(at, c, sizeof(*c)) || !in_same(cleanup_of(ue), c->canary)) &&
	    !get(at, &c->data, 2 * WORD))
		return false;
	return in_object(c->vtable) && get(c->vtable, v, sizeof(*v)) &&
	       in_object(v->type_id) && (!v->drop || in_object(v->drop));
}

/* Of the payload's words: which is an address, and what length goes with it? */
static uintptr_t
find_text(const struct vtable *v, const uintptr_t *w, size_t *n)
{
	uintptr_t at = 0, least = LIMIT;
	unsigned i;

	if (v->size == 2 * WORD) {
		*n = w[1];
		return *n < LIMIT && in_object(w[0]) ? w[0] : 0;
	}
	for (i = 0; i < 3; i++) {
		if (w[i] < LIMIT) {
			least = w[i] < least ? w[i] : least;
		} else if (at) {
			return 0;
		} else {
			at = w[i];
		}
	}
	*n = least;
	return v->drop ? at : 0;
}

/* Bytes of the character at s; 0: none, or one that no message has. */
static size_t
character(const uint8_t *s, const uint8_t *end)
{
	static const uint32_t first[] = {0, 0x80, 0x800, 0x10000};
	uint32_t c = *s;
	size_t i, more;

	if (c < 0x80)
		return (c >= ' ' && c < 0x7f) || c == '\n' || c == '\t';
	more = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
	if (c < 0xc0 || c >= 0xf8 || (size_t)(end - s) <= more)
		return 0;
	c &= 0x3fu >> more;
	for (i = 1; i <= more; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	return c < first[more] || c > 0x10ffff || c >> 11 == 0xd800 >> 11
		   ? 0
		   : more + 1;
}

/* At most max bytes of n; what is cut off may begin with half a character. */
static bool
get_text(uintptr_t at, size_t n, char *to, size_t max)
{
	size_t len = n < max ? n : max, i, k;
	const uint8_t *s = (const uint8_t *)to;

	if (!len || !get(at, to, len))
		return false;
	for (i = 0; i < len; i += k) {
		k = character(s + i, s + len);
		if (!k && (len == n || len - i > 3))
			return false;
		if (!k)
			break;
	}
	to[i] = '\0';
	return true;
}

static void
put_text(const struct _Unwind_Exception *ue, struct gort_error *err)
{
	size_t n, max = sizeof(err->message) - sizeof(PREFIX);
	char *text = err->message + sizeof(PREFIX) - 1;
	uintptr_t w[3], at;
	struct cause c;
	struct vtable v;

	memcpy(err->message, PREFIX, sizeof(PREFIX));
	text[-2] = '\0';
	if (!find_payload(ue, &c, &v))
		return;
	if (v.align == WORD && (v.size == 2 * WORD || v.size == 3 * WORD) &&
	    get(c.data, w, v.size) && (at = find_text(&v, w, &n)) != 0 &&
	    get_text(at, n, text, max))
		text[-2] = ':';
	else
		snprintf(text - 2, max, ", payload of %zu bytes", v.size);
}

static void
raise_again(void *ue)
{
	gort__raise_again(ue);
}

/*
 * One is at work on this thread already: what comes now was thrown out of it.
 * It may be the panic that it was to catch.
 */
static bool
is_disposing(const struct panic *p)
{
	while (p && !p->disposing)
		p = p->link;
	return p != NULL;
}

void
gort__rust_describe(struct _Unwind_Exception *ue, struct panic *p)
{
	uintptr_t cleanup = cleanup_of(ue);
	rust_catch *hook;
	void *lib, *at;

	put_text(ue, &p->err);
	/* NULL for the program itself: then looked for in the whole process */
	lib = gort__dl_holding((void *)cleanup);
	at = gort__dl_symbol(lib, "gort_rust_catch");
	if (lib)
		gort__dl_close(lib); /* the exception's code keeps it loaded */
	if (!at || !in_same(cleanup, (uintptr_t)at) || is_disposing(p))
		return;
	memcpy(&hook, &at, sizeof(at));
	p->disposing = true;
	hook(raise_again, ue);
	p->disposing = false;
}
