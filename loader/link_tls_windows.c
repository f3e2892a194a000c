/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Thread-local variables of an image: Windows.
 *
 * Note [Variables in each thread's block]
 * Code of MSVC's kind finds a variable in the block that the system's loader
 * gave the thread for a DLL or program: at an index (_tls_index) in an array
 * in the TEB, at a distance (SECREL) that is in the code. Only the loader makes
 * that array longer, so an image has no index of its own. It uses libgort's:
 * threads' blocks for libgort have room for images (struct share), and each
 * gets a piece of it. Index and distance are constants by then.
 *
 * The share in the template, from which the loader makes the blocks of new
 * threads (wine and Windows read it anew each time), has the initial values of
 * all images. The blocks of running threads are written by the thread that
 * links; they are in a list, which threads enter with their first notice
 * (DLL_THREAD_ATTACH) and leave with their last, after which the loader frees
 * the block. Threads older than libgort have no first notice: the first link
 * looks for them by their TEBs. Notices come under the loader's lock, and links
 * take it: it guards the template, the list and the pieces.
 *
 * - A thread in the list need not stop while its block is written: nobody can
 *   have led it to these variables yet.
 * - One that is being made may have got its block from a template that was half
 *   written, and is not in the list yet: its first notice, before any code of
 *   its own runs, copies the whole share once more. (What DLLs that are told
 *   before libgort have changed by calling an image is lost.)
 * - A thread that is to be made without notice (which CreateThread() cannot
 *   ask for) has the variables of images that are older than it.
 * - A thread that is ended by force leaves no list, but nobody frees its block
 *   either.
 * - A piece is not cleared when it is given back: who gets it next writes all
 *   of it, everywhere.
 *
 * Blocks are aligned as HeapAlloc() does it, which is what a DLL without more
 * can rely on; a TLS directory can ask for more (Characteristics), but wine 8
 * does not heed that and GNU ld cannot write it.
 */
#include "link.h"
#include "winpath.h"
#include "../runtime/os.h"
#include "../runtime/teb.h"

#include <tlhelp32.h>
#include <winternl.h>

/* Of each thread, whether images have variables or not: a page. */
#define ROOM 4096
#define GRAIN MEMORY_ALLOCATION_ALIGNMENT

/* What a thread's block has for images; the loader's lock guards it. */
struct share {
	char room[ROOM];
	struct share *next;  /* of another thread */
	struct share **back; /* what points here; NULL: it is not in the list */
	bool ended;          /* nor will it be */
};

/*
 * In the template. PE Format, "The .tls Section": the linker sorts this between
 * the C run-time's marks for begin and end.
 */
static struct share template
    __attribute__((section(".tls$M"), aligned(64), used));
static struct share *threads;
static bool all_listed;          /* also those that are older than libgort */
static bool taken[ROOM / GRAIN]; /* of the room */

/* The C run-time's, of the DLL or program that this is linked into. */
extern const IMAGE_TLS_DIRECTORY _tls_used;
extern ULONG _tls_index;

/* The head of a TEB (winternl.h has no names for most of it). */
struct tebhead {
	NT_TIB tib;
	void *environment;
	uintptr_t process;
	uintptr_t thread;
	void *rpc;
	char **blocks; /* ThreadLocalStoragePointer; NULL: none yet, or over */
};

/* What NtQueryInformationThread() tells first. */
struct threadinfo {
	NTSTATUS exit_status;
	struct tebhead *teb;
	uintptr_t rest[5]; /* numbers, affinity, priorities */
};

/* Functions of ntdll.dll, which libgort does not import. */
struct ntdll {
	NTSTATUS(NTAPI *lock)(ULONG flags, ULONG *state, ULONG_PTR *cookie);
	NTSTATUS(NTAPI *unlock)(ULONG flags, ULONG_PTR cookie);
	NTSTATUS(NTAPI *query)(HANDLE, THREADINFOCLASS, void *, ULONG, ULONG *);
};

static int
find_ntdll(struct ntdll *nt, struct gort_err *e)
{
	static const char *const names[] = {"LdrLockLoaderLock",
	    "LdrUnlockLoaderLock", "NtQueryInformationThread"};
	HMODULE h = GetModuleHandleA("ntdll.dll");
	FARPROC fn[3];
	unsigned i;

	for (i = 0; i < 3; i++) {
		fn[i] = GetProcAddress(h, names[i]);
		if (!fn[i])
			return gort__err(e, GORT_ENOTSUP, "ntdll.dll",
			    GORT_ERR_NO_OFFSET,
			    "thread-local variables need %s", names[i]);
	}
	_Static_assert(sizeof(fn) == sizeof(*nt), "a function each");
	memcpy(nt, fn, sizeof(*nt));
	return 0;
}

static size_t
grains(uint64_t size)
{
	return (size_t)((size + GRAIN - 1) / GRAIN);
}

/* The first place for n grains; most: of the largest there is. */
static bool
find_room(size_t n, size_t *at, size_t *most)
{
	size_t i, run = 0;

	*most = 0;
	for (i = 0; i < ROOM / GRAIN; i++) {
		run = taken[i] ? 0 : run + 1;
		*most = run > *most ? run : *most;
		if (run < n)
			continue;
		*at = i + 1 - n;
		return true;
	}
	return false;
}

static struct share *
share_in(char *block)
{
	return (struct share *)(void
		*)(block +
		   ((uintptr_t) &
		       template - (uintptr_t)_tls_used.StartAddressOfRawData));
}

static void
enlist(struct share *s)
{
	if (s->back || s->ended)
		return;
	s->next = threads;
	s->back = &threads;
	if (threads)
		threads->back = &s->next;
	threads = s;
}

static void
leave_list(struct share *s)
{
	s->ended = true;
	if (!s->back)
		return;
	*s->back = s->next;
	if (s->next)
		s->next->back = s->back;
	s->back = NULL;
}

/* On each thread that begins or ends, under the loader's lock. */
static void NTAPI
on_thread(PVOID module, DWORD reason, PVOID reserved)
{
	const struct tebhead *self = (const struct tebhead *)(void *)teb();
	struct share *s;
	size_t n = ROOM / GRAIN;

	(void)module;
	(void)reserved;
	if (reason != DLL_THREAD_ATTACH && reason != DLL_THREAD_DETACH)
		return;
	s = share_in(self->blocks[_tls_index]);
	if (reason == DLL_THREAD_DETACH) {
		leave_list(s);
		return;
	}
	while (n && !taken[n - 1])
		n--;
	memcpy(s->room, template.room, n * GRAIN);
	enlist(s);
}

/* Among the C runtime's TLS callbacks, as in runtime/os_windows.c. */
__attribute__((section(".CRT$XLH"),
    used)) static const PIMAGE_TLS_CALLBACK tls_callback = on_thread;

/*
 * The block of a thread for libgort; NULL: it has none, or ends. Of a thread
 * that has ended the memory may be another's: a TEB says whose it is.
 */
static char *
block_of(const struct ntdll *nt, HANDLE thread, DWORD tid)
{
	struct threadinfo info;
	struct tebhead teb;
	char *block;

	if (nt->query(thread, ThreadBasicInformation, &info, sizeof(info),
		NULL) < 0 ||
	    !gort__safe_read(info.teb, &teb, sizeof(teb)) ||
	    (void *)teb.tib.Self != (void *)info.teb || teb.thread != tid ||
	    !teb.blocks ||
	    !gort__safe_read(&teb.blocks[_tls_index], &block, sizeof(block)))
		return NULL;
	return block;
}

/* A thread may be in the list already. 0 or an error of Windows. */
static DWORD
list_thread(const struct ntdll *nt, DWORD tid)
{
	HANDLE h = OpenThread(THREAD_QUERY_INFORMATION, FALSE, tid);
	DWORD bad = h ? 0 : GetLastError();
	char *block;

	if (!h)
		return bad == ERROR_INVALID_PARAMETER ? 0 : bad; /* is gone */
	block = block_of(nt, h, tid);
	if (block)
		enlist(share_in(block));
	CloseHandle(h);
	return 0;
}

static int
list_all(const struct ntdll *nt, struct gort_err *e)
{
	DWORD pid = GetCurrentProcessId(), bad = 0;
	THREADENTRY32 te = {.dwSize = sizeof(te)};
	HANDLE h = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
	char why[200];
	bool more;

	if (h == INVALID_HANDLE_VALUE)
		bad = GetLastError();
	for (more = !bad && Thread32First(h, &te); more && !bad;
	     more = Thread32Next(h, &te))
		if (te.th32OwnerProcessID == pid)
			bad = list_thread(nt, te.th32ThreadID);
	if (h != INVALID_HANDLE_VALUE)
		CloseHandle(h);
	all_listed = !bad;
	if (!bad)
		return 0;
	winerror(bad, why, sizeof(why));
	return gort__err(e, GORT_ESYS, NULL, GORT_ERR_NO_OFFSET,
	    "thread-local variables: cannot look at all threads: %s", why);
}

/* What cannot be given; *first: the first object that has variables. */
static int
check(const struct gort_link *lk, struct linkobj **first, struct gort_err *e)
{
	static const char *const names[] = {"_tls_index", "_tls_used"};
	const struct linksym *s;
	uint32_t i, k;

	*first = NULL;
	for (i = 0; i < 2; i++) {
		s = &lk->syms[gort__link_format(lk)->named(lk, names[i])];
		if (s->state == SYM_DEFINED)
			return gort__link_bad(lk->objs[s->obj], 0, GORT_ENOTSUP,
			    e,
			    "defines %.150s, which belongs to the C run-time "
			    "of a program",
			    s->name);
	}
	for (i = 1; i < lk->nobjs; i++) {
		struct linkobj *ob = lk->objs[i];

		for (k = 1; k < ob->o.nsecs; k++) {
			if (!ob->secs[k].kept || ob->secs[k].part != PART_TLS)
				continue;
			if (!*first)
				*first = ob;
			if (UINT64_C(1) << ob->secs[k].shift > GRAIN)
				return gort__link_bad(ob, ob->o.secs[k].offset,
				    GORT_ENOTSUP, e,
				    "section %.100s has alignment %llu; "
				    "threads' blocks have %u",
				    ob->o.secs[k].name,
				    (unsigned long long)ob->o.secs[k].align,
				    (unsigned)GRAIN);
		}
	}
	return 0;
}

/* Under the loader's lock. */
static int
place(struct gort_link *lk, const struct linkobj *ob, struct gort_err *e)
{
	size_t size = (size_t)lk->part_size[PART_TLS], at, most;
	struct share *s;
	char *piece;

	if (!find_room(grains(size), &at, &most))
		return gort__link_bad(ob, GORT_ERR_NO_OFFSET, GORT_ELIMIT, e,
		    "the objects have 0x%llx bytes of thread-local variables; "
		    "0x%llx in one piece are left of 0x%x",
		    (unsigned long long)size,
		    (unsigned long long)(most * GRAIN), ROOM);
	memset(&taken[at], true, grains(size));
	at *= GRAIN;
	piece = template.room + at;
	memcpy(piece, lk->part[PART_TLS], size);
	for (s = threads; s; s = s->next)
		memcpy(s->room + at, piece, size);
	lk->tls_handle = piece;
	lk->tls_offset =
	    piece - (char *)(uintptr_t)_tls_used.StartAddressOfRawData;
	return 0;
}

int
gort__link_tls(struct gort_link *lk, struct gort_err *e)
{
	struct linkobj *first;
	struct ntdll nt;
	ULONG_PTR cookie;
	int rc;

	if (!lk->has_tls)
		return 0;
	rc = check(lk, &first, e);
	if (rc == 0)
		rc = gort__link_relocate(lk, true, e);
	if (rc == 0)
		rc = find_ntdll(&nt, e);
	if (rc)
		return rc;
	nt.lock(0, NULL, &cookie);
	rc = all_listed ? 0 : list_all(&nt, e);
	if (rc == 0)
		rc = place(lk, first, e);
	nt.unlock(0, cookie);
	return rc;
}

/* A pinned image's code may run yet: its variables stay. */
bool
gort__link_tls_free(struct gort_link *lk)
{
	struct gort_err e;
	struct ntdll nt;
	ULONG_PTR cookie;
	size_t at;

	if (!lk->tls_handle || lk->pinned || find_ntdll(&nt, &e))
		return true;
	at = (size_t)((char *)lk->tls_handle - template.room) / GRAIN;
	nt.lock(0, NULL, &cookie);
	memset(&taken[at], false, grains(lk->part_size[PART_TLS]));
	nt.unlock(0, cookie);
	lk->tls_handle = NULL;
	return true;
}
