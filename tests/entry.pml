/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A model of entered calls against reloads: Note [Entered calls] in abi/abi.h,
 * Note [Targets belong to slots] in runtime/slot.c. A caller publishes a
 * frame with a plain store, which stays in its processor's store buffer until
 * that likes, or until the drainer's barrier. (Callers do not meet each other,
 * so one says it for all.) Table entries of images, and targets,
 * are used again. What is held: who runs a body runs it in a version that is
 * mapped, and that is the one its frame names.
 *
 * With -DLOOK_AT_SLOT the caller looks whether the slot still has its target,
 * not whether the target still has its image: spin finds that wrong.
 * With -DNO_BARRIER the drainer makes no barrier: that is wrong as well.
 *
 * The drainer makes none while the caller has no g, nor any after it has given
 * it back (both under mlock). With -DLOOK_EARLY it looks for that before it has
 * closed the gate: wrong.
 */
#define CALLS 2
#define RELOADS 4
#define IMAGES 3  /* entries of the table */
#define TARGETS 2 /* of the one slot */
#define NONE 7

byte slot = 0;            /* its current target */
byte timage[TARGETS];     /* the image that a target leads to */
byte tversion[TARGETS];   /* the version whose function it holds */
bool tbusy[TARGETS];      /* its version may still be loaded */
byte iversion[IMAGES];    /* the version that an entry is used for */
bool gate[IMAGES];
bool mapped[RELOADS + 2]; /* by version */
byte frame = NONE;
bool bound; /* the caller has a g; mlock */

/* the store buffer, in order */
chan buffer = [2] of { byte };

/* The processor writes back when it likes. */
proctype writeback() {
	byte v;
end:	do
	:: atomic { buffer?v -> frame = v }
	od
}

proctype caller() {
	byte n = 0, t, im;

	/* needm, under mlock */
	bound = true;
	do
	:: n < CALLS ->
		t = slot;
		im = timage[t];
		buffer!im;
		if
		:: !gate[im] -> goto retreat
		:: else
		fi;
#ifdef LOOK_AT_SLOT
		if
		:: slot != t -> goto retreat
		:: else
		fi;
#else
		if
		:: timage[t] != im -> goto retreat
		:: else
		fi;
#endif
		/* the body, from its first instruction to its last */
		assert(mapped[tversion[t]]);
		assert(iversion[im] == tversion[t]);
		assert(mapped[tversion[t]]);
		assert(iversion[im] == tversion[t]);
		n++;
retreat:	buffer!NONE
	:: n == CALLS -> break
	od;
	/* dropm */
	empty(buffer) -> bound = false
}

inline barrier() {
#ifndef NO_BARRIER
	atomic {
		do
		:: buffer?v -> frame = v
		:: empty(buffer) -> break
		od
	}
#endif
	skip
}

proctype reloader() {
	byte k = 0, old = 0, im, t, v;
	bool others;

	do
	:: k < RELOADS ->
		k++;
		/* an entry of the table after the one in use */
		im = (old + 1) % IMAGES;
		if
		:: !tbusy[0] -> t = 0
		:: else -> t = 1; assert(!tbusy[1])
		fi;
		mapped[k] = true;
		iversion[im] = k;
		tbusy[t] = true;
		tversion[t] = k;
		timage[t] = im;
#ifdef LOOK_EARLY
		others = bound;
#endif
		/* the switch */
		gate[old] = false;
		slot = t;
		gate[im] = true;
		/* the drain */
#ifndef LOOK_EARLY
		others = bound;
#endif
		if
		:: others -> barrier()
		:: else
		fi;
		frame != old;
		mapped[k - 1] = false;
		tbusy[1 - t] = false;
		old = im
	:: k == RELOADS -> break
	od
}

init {
	atomic {
		mapped[0] = true;
		gate[0] = true;
		tbusy[0] = true;
		run writeback();
		run caller();
		run reloader()
	}
}
