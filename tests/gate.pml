/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A model of the gate: runtime/rt0.c (init thread, start, fork's prepare,
 * gort_shutdown), module.c (registration, removal, hooks, stopping), gate.c
 * (waits), oplock.c, with plugin.c's opening and closing of a module. Names are
 * those of the code.
 * Memory is sequentially consistent here: entry.pml has the store buffer.
 *
 * Waits end by a wake-up, or, where the code has a deadline that may pass
 * without harm (the init thread's linger), by time at any moment. Deadlines
 * of one second (fork's too) and gort_shutdown's are not: what waits must be
 * woken.
 *
 * What is held: nobody waits for ever; every registered module is initialised
 * once, or refused, or removed; hooks and calls run in code that is mapped; no
 * hook begins once the runtime is STOPPED, and then every module that was
 * initialised has had its fini; nobody walks m's that are unmapped.
 *
 * Scenarios: HOSTS modules come by dlopen, CALLERS call module 0 and from
 * inside of it module 1, STOPS call gort_shutdown, OPENS modules come by
 * gort_open, one at a time under the openlock, and with CLOSE go by gort_close;
 * with ENDS a thread may end in their init hook, with NESTS their constructors
 * open something themselves. FORKS fork; FORKED is the child of an init hook.
 * STARTED: all of it comes after the library's constructor; STAY: without
 * dlclose. WALKS: with the list of m's.
 *
 * Each fault that was found has a macro that puts it back:
 *	OLD_BUG        the init thread decides by what it saw before its sleep
 *	INIT_IN_STOP   and does not ask whether the runtime is still READY
 *	LATE_INIT      init may begin between dlclose's look and the removal
 *	STOP_TWICE     the second gort_shutdown to end sets STOPPED again
 *	WAIT_IN_STOP   a call in STOPPING waits for an init that will not come
 *	CLOSE_IN_STOP  dlclose in STOPPING waits for no call
 *	OPEN_IN_STOP   gort_shutdown does not wait for gort_open
 *	SPIN_COLD      a call waits for a start that needs the lock it holds
 *	CHILD_COLD     the child of an init hook is COLD
 *	NO_OPWAKE      an oplock is given back and nobody woken
 *	KEEP_OPLOCK    a thread that ends keeps its oplocks
 *	CLOSE_NO_DRAIN gort_close does not wait for the calls inside
 *	WALK_FREE      m's are unmapped while others walk them
 *	FORK_AMIDST    fork does not wait for the dynamic linker
 *	COUNT_ON       a fork that is done still counts as one that waits
 *	NEST_WAITS     who has the forklock waits for forks that wait for it
 *	NO_FORKWAKE    the forklock is given back and nobody woken
 */
#ifndef HOSTS
#define HOSTS 0
#endif
#ifndef OPENS
#define OPENS 0
#endif
#ifndef CALLERS
#define CALLERS 0
#endif
#ifndef STOPS
#define STOPS 0
#endif
#ifndef FORKS
#define FORKS 0
#endif
#define MODULES (HOSTS + OPENS + 1) /* one more, so that none is no case */
#define PROCS (HOSTS + OPENS + CALLERS + STOPS + FORKS + 4)
#define NOBODY 255

#define COLD 0
#define STARTING 1
#define READY 2
#define STOPPING 3
#define STOPPED 4

/* of images */
#define FREE 0
#define LOADED 1
#define RESOLVED 2
#define INITED 3
#define SERVES 4
#define DRAINING 5
#define FAILED 6
#define UNLOADED 7

bool gatelock, modlock;
byte rt = COLD;
byte once;                    /* rt0_start: 0 not yet, 1 at it, 2 done */
bool constructed, init_running, init_idle;
byte state[MODULES];
bool registered[MODULES], claimed[MODULES], finished[MODULES], mapped[MODULES];
byte worker[MODULES] = NOBODY;
byte frames[MODULES];         /* in flight, or about to turn back */
byte inside[MODULES];         /* past the gate */
byte inits[MODULES], finis[MODULES];
byte openlock = NOBODY;       /* an oplock: its owner */
byte opwaiters;               /* for it */
byte forklocks;               /* who uses the dynamic linker */
byte forkers;                 /* wait for those */
bool waiting[PROCS];          /* asleep on the gate's condition, by pid */
byte walkers;                 /* threads in the list of m's */
bool mlock;
byte threads;                 /* init threads at work */

inline lock(l) { atomic { !l -> l = true } }
inline unlock(l) { l = false }

/* The compiler must not take a pid for granted: init threads come and go. */
inline wake() {
	d_step {
		k = 0;
		do
		:: k < PROCS -> waiting[k] = false; k++
		:: k == PROCS -> break
		od;
		k = 0
	}
}

/* gatelock held, and held again */
inline gate_sleep() {
	atomic { waiting[_pid] = true; gatelock = false };
	!waiting[_pid];
	lock(gatelock)
}

inline gate_sleep_or_time(timed) {
	atomic { waiting[_pid] = true; gatelock = false };
	if
	:: !waiting[_pid] -> timed = false
	:: timed = true; waiting[_pid] = false
	fi;
	lock(gatelock)
}

inline gate_set(to) { d_step { rt = to; wake() } }
inline gate_set_image(m, to) { d_step { state[m] = to; wake() } }
inline set_unless_unloaded(m, to) {
	if
	:: state[m] != UNLOADED -> gate_set_image(m, to)
	:: else
	fi
}

/* gatelock held */
inline rt0_kick() {
	if
	:: init_running || !constructed -> wake()
	:: !init_running && constructed && (rt == COLD || rt == READY) ->
		if
		:: rt == COLD -> gate_set(STARTING)
		:: else
		fi;
		init_running = true;
		run init_main()
	:: else
	fi
}

/* pthread_once */
inline rt0_start() {
	if
	:: once == 2
	:: atomic { once == 0 -> once = 1 };
		lock(gatelock);
		constructed = true;
		rt0_kick();
		unlock(gatelock);
		once = 2
	fi
}

#define PENDING(m) (!claimed[m] && state[m] == LOADED)

inline modules_pending(result) {
	d_step {
		k = 0;
		result = false;
		do
		:: k < MODULES -> result = result || PENDING(k); k++
		:: k == MODULES -> break
		od;
		k = 0
	}
}

/* No other thread runs hooks of m. gatelock held */
inline wait_for_hooks(m) {
	do
	:: worker[m] != NOBODY && worker[m] != _pid -> gate_sleep()
	:: else -> break
	od
}

inline release_hooks(m) {
	lock(gatelock);
	worker[m] = NOBODY;
	wake();
	unlock(gatelock)
}

inline next_pending(m) {
	lock(modlock);
	d_step {
		m = 0;
		do
		:: m < MODULES && !(registered[m] && PENDING(m)) -> m++
		:: else -> break
		od
	}
	if
	:: m < MODULES ->
		lock(gatelock);
		/* take_hooks */
		if
		:: worker[m] == NOBODY && state[m] != UNLOADED ->
			worker[m] = _pid
		:: else -> m = NOBODY
		fi;
		unlock(gatelock)
	:: else
	fi;
	unlock(modlock)
}

/* The init hook; hooks are two steps, as much may happen in them. */
inline hook_init(m) {
	assert(mapped[m] && rt != STOPPED && state[m] != UNLOADED);
	inits[m]++;
	assert(inits[m] == 1);
	assert(mapped[m] && rt != STOPPED && state[m] != UNLOADED)
}

inline oplock() {
	lock(gatelock);
	do
	:: openlock != NOBODY ->
		opwaiters++;
		gate_sleep();
		opwaiters--
	:: else -> break
	od;
	openlock = _pid;
	unlock(gatelock)
}

/* gatelock held */
inline give_back() {
	openlock = NOBODY;
#ifndef NO_OPWAKE
	if
	:: opwaiters > 0 -> wake()
	:: else
	fi
#endif
}

inline opunlock() {
	lock(gatelock);
	assert(openlock == _pid);
	give_back();
	unlock(gatelock)
}

/* holding: another one already */
inline forklock(holding) {
	lock(gatelock);
	do
#ifdef NEST_WAITS
	:: forkers > 0 -> gate_sleep()
#else
	:: forkers > 0 && !holding -> gate_sleep()
#endif
	:: else -> break
	od;
	forklocks++;
	unlock(gatelock)
}

inline forkunlock() {
	lock(gatelock);
	forklocks--;
#ifndef NO_FORKWAKE
	wake();
#endif
	unlock(gatelock)
}

/* gate_thread_end of who is in m's init hook, which does not return. */
inline thread_end(m) {
	lock(modlock);
	lock(gatelock);
	if
	:: state[m] == RESOLVED -> gate_set_image(m, FAILED); inits[m] = 0
	:: else
	fi;
#ifndef KEEP_OPLOCK
	give_back();
#endif
	wake();
	unlock(gatelock);
	unlock(modlock)
}

inline image_init(m, then) {
	lock(gatelock);
	if
#ifndef OPEN_IN_STOP
	:: rt == STOPPED -> gate_set_image(m, FAILED)
	:: state[m] == UNLOADED
#endif
	:: else ->
		gate_set_image(m, RESOLVED);
		unlock(gatelock);
		hook_init(m);
#ifdef ENDS
		if
		:: claimed[m] -> thread_end(m); goto ended
		:: true
		fi;
#endif
		lock(gatelock);
		set_unless_unloaded(m, then)
	fi;
	unlock(gatelock)
}

inline modules_init() {
	do
	:: next_pending(m);
		if
		:: m == NOBODY
		:: m == MODULES -> break
		:: else ->
			assert(rt == STARTING || rt == READY);
			image_init(m, SERVES);
			release_hooks(m)
		fi
	od;
	m = 0
}

proctype init_main() {
	byte k, m;
	bool more, timed;

	threads++;
	assert(threads == 1);
	modules_init();
	lock(gatelock);
	do
	:: modules_pending(more);
		if
		:: more -> unlock(gatelock); modules_init(); lock(gatelock)
		:: else -> break
		fi
	od;
	if
	:: rt == STARTING -> gate_set(READY)
	:: else
	fi;
	do
	:: /* more_modules */
		d_step { init_idle = true; wake() }
		unlock(gatelock);
		/* the spin */
		lock(gatelock);
		do
		:: modules_pending(more);
			if
			:: !more && rt == READY ->
				gate_sleep_or_time(timed);
				if
				:: timed -> break
				:: else
				fi
			:: else -> break
			fi
		od;
		init_idle = false;
#ifndef OLD_BUG
		modules_pending(more);
#endif
		if
#ifdef INIT_IN_STOP
		:: more ->
#else
		:: more && rt == READY ->
#endif
			unlock(gatelock);
			modules_init();
			lock(gatelock)
		:: else -> break
		fi
	od;
	atomic {
		init_running = false;
		threads--;
		more = false;
		timed = false;
		wake();
		gatelock = false
	}
ended:	skip
}

inline walk() {
#ifdef WALKS
	lock(mlock);
	walkers++;
	walkers--;
	unlock(mlock)
#else
	skip
#endif
}

inline image_drain(m) {
	lock(gatelock);
	do
	::
		walk(); /* the count, over all m's */
		if
		:: frames[m] > 0 -> gate_sleep()
		:: else -> break
		fi
	od;
	unlock(gatelock)
}

inline image_fini(m) {
	lock(gatelock);
	wait_for_hooks(m);
	if
	:: !finished[m] && state[m] != UNLOADED ->
		worker[m] = _pid;
		finished[m] = true;
		unlock(gatelock);
		assert(mapped[m] && inits[m] == 1 && inside[m] == 0);
		finis[m]++;
		assert(mapped[m] && finis[m] == 1 && inside[m] == 0);
		release_hooks(m)
	:: else -> finished[m] = true; unlock(gatelock)
	fi
}

/* A host's dlopen and dlclose. */
proctype host(byte m) {
	byte k;
	bool was_ready;

	/* addmoduledata */
	mapped[m] = true;
	lock(modlock);
	registered[m] = true;
	lock(gatelock);
	gate_set_image(m, LOADED);
	rt0_kick();
	unlock(gatelock);
	unlock(modlock);
#ifndef STAY
	if
	:: true /* dlclose at once */
	:: true -> /* nobody calls it: init comes by itself, or never will */
		(state[m] != LOADED && state[m] != RESOLVED) || rt >= STOPPING
	fi;
	/* removemoduledata: leave_by_dlclose */
	lock(gatelock);
	wait_for_hooks(m);
	was_ready = state[m] == SERVES && (rt == READY || rt == STARTING);
#ifndef CLOSE_IN_STOP
	was_ready = was_ready || (rt == STOPPING &&
	    (state[m] == SERVES || state[m] == DRAINING));
#endif
	if
	:: was_ready -> gate_set_image(m, DRAINING)
#ifdef LATE_INIT
	:: else
#else
	:: else -> gate_set_image(m, UNLOADED)
#endif
	fi;
	unlock(gatelock);
	if
	:: was_ready -> image_drain(m); image_fini(m); was_ready = false
	:: else
	fi;
	/* retire */
	lock(gatelock);
	wait_for_hooks(m);
	gate_set_image(m, UNLOADED);
	unlock(gatelock);
	lock(modlock);
	registered[m] = false;
	walk(); /* image_free */
	unlock(modlock);
	assert(inside[m] == 0);
	mapped[m] = false
#endif
}

/* gort_close: from close_gate on; what gort_shutdown does meanwhile is met. */
inline close(m) {
	lock(gatelock);
	gate_set_image(m, DRAINING);
	unlock(gatelock);
#ifndef CLOSE_NO_DRAIN
	image_drain(m);
#endif
	image_fini(m);
	/* drop_from */
	forklock(false);
	/* retire */
	lock(gatelock);
	wait_for_hooks(m);
	gate_set_image(m, UNLOADED);
	unlock(gatelock);
	lock(modlock);
	registered[m] = false;
	unlock(modlock);
	assert(inside[m] == 0);
	mapped[m] = false;
	forkunlock()
}

/* gort_open. */
proctype opener(byte m) {
	byte k;
	bool refused;

	/* may_operate */
	lock(gatelock);
	do
	:: rt == COLD || rt == STARTING -> gate_sleep()
	:: else -> break
	od;
	refused = rt != READY;
	unlock(gatelock);
	if
	:: !refused ->
		oplock();
		/* load_object */
		forklock(false);
		mapped[m] = true;
#ifdef NESTS
		forklock(true);
		forkunlock();
#endif
		lock(modlock);
		registered[m] = true;
		claimed[m] = true;
		lock(gatelock);
		gate_set_image(m, LOADED);
		unlock(gatelock);
		unlock(modlock);
		forkunlock();
		image_init(m, INITED);
		lock(gatelock);
		if
		:: state[m] == INITED -> gate_set_image(m, SERVES)
		:: else -> refused = true
		fi;
		unlock(gatelock);
		opunlock();
#ifdef CLOSE
		if
		:: !refused -> close(m)
		:: else
		fi
#endif
	:: else
	fi;
ended:	skip
}

/*
 * enter_slow of module m; below: inside of another call. passed: entered, and a
 * frame says so.
 */
inline enter(m, below, passed) {
	do
	::
#ifndef SPIN_COLD
		if
		:: rt == COLD -> rt0_start()
		:: else
		fi;
#endif
		lock(gatelock);
		do
		:: rt == COLD -> rt0_kick(); assert(rt != COLD)
		:: rt == STARTING -> gate_sleep()
		:: rt == STOPPED || (rt == STOPPING && !below) ->
			passed = 0; break
		:: (rt == READY || (rt == STOPPING && below)) &&
		    state[m] == SERVES -> passed = 1; break
		:: (rt == READY || (rt == STOPPING && below)) &&
		    (state[m] == LOADED || state[m] == RESOLVED ||
		    state[m] == INITED) ->
#ifndef WAIT_IN_STOP
			if
			:: rt != READY && PENDING(m) -> passed = 0; break
			:: else
			fi;
#endif
			if
			:: !claimed[m] -> rt0_kick()
			:: else
			fi;
			gate_sleep()
		:: else -> passed = 0; break
		od;
		unlock(gatelock);
		if
		:: passed ->
			frames[m]++;
			if
			:: atomic { state[m] == SERVES -> inside[m]++ }; break
			:: else -> leave(m)
			fi
		:: else -> break
		fi
	od
}

inline leave(m) {
	frames[m]--;
	/* drain byte seen */
	lock(gatelock);
	wake();
	unlock(gatelock)
}

proctype caller() {
	byte k;
	bool in, deeper;

	enter(0, false, in);
	if
	:: in ->
		assert(mapped[0] && inits[0] == 1 && finis[0] == 0);
		if
		:: HOSTS + OPENS > 1 ->
			enter(1, true, deeper);
			if
			:: deeper ->
				assert(mapped[1] && inits[1] == 1);
				assert(mapped[1] && finis[1] == 0);
				deeper = false;
				inside[1]--;
				leave(1)
			:: else
			fi
		:: else
		fi;
		assert(mapped[0] && inits[0] == 1 && finis[0] == 0);
		inside[0]--;
		leave(0)
	:: else
	fi
}

#define UNSTOPPED(m) (state[m] == SERVES || state[m] == DRAINING)
#define SETTLES(m) (state[m] == RESOLVED || state[m] == INITED)

/* Which module modules_stop takes next; MODULES: none. */
inline last_running(m) {
	d_step {
		m = 0;
		do
		:: m < MODULES && !UNSTOPPED(m) -> m++
		:: else -> break
		od
	}
}

inline settling(result) {
	d_step {
		k = 0;
		result = false;
		do
		:: k < MODULES -> result = result || SETTLES(k); k++
		:: k == MODULES -> break
		od;
		k = 0
	}
}

inline modules_stop() {
	do
	:: lock(modlock);
		lock(gatelock);
		last_running(m);
		if
		:: m < MODULES -> gate_set_image(m, DRAINING)
		:: else
		fi;
		unlock(gatelock);
		unlock(modlock);
		if
		:: m == MODULES -> break
		:: else
		fi;
		image_drain(m);
		image_fini(m);
		lock(gatelock);
		set_unless_unloaded(m, FAILED);
		unlock(gatelock)
	od;
	m = 0
}

inline m_fini() {
#ifdef WALKS
#ifndef WALK_FREE
	lock(mlock);
#endif
	assert(walkers == 0);
#ifndef WALK_FREE
	unlock(mlock)
#endif
#endif
	skip
}

inline check_stopped() {
	d_step {
		k = 0;
		do
		:: k < MODULES ->
			assert(!UNSTOPPED(k) && !SETTLES(k));
			assert(inits[k] == finis[k]);
			k++
		:: k == MODULES -> break
		od;
		k = 0
	}
}

proctype stopper() {
	byte k, m;
	bool more;

	lock(gatelock);
	do
	:: (init_running && !init_idle) || rt == STARTING -> gate_sleep()
	:: else -> break
	od;
	if
	:: rt != STOPPING && rt != STOPPED -> gate_set(STOPPING)
	:: else
	fi;
	do
	:: rt == STOPPED -> break
	:: else ->
		unlock(gatelock);
		modules_stop();
		lock(gatelock);
#ifndef STOP_TWICE
		if
		:: rt == STOPPED -> break
		:: else
		fi;
#endif
#ifdef OPEN_IN_STOP
		more = false;
		m = MODULES;
#else
		/* gatelock held: what is READY or on its way there */
		settling(more);
		last_running(m);
#endif
		if
		:: m < MODULES -> skip
		:: m == MODULES && more -> gate_sleep()
		:: else ->
			/* other states cannot follow */
			assert(rt == STOPPING);
			gate_set(STOPPED);
			check_stopped();
			break
		fi;
		m = 0;
		more = false
	od;
	unlock(gatelock);
	m_fini()
}

#define INIT_MAY_FORK (!init_running || init_idle)

proctype forker() {
	byte k;
	bool counted, may;

	do
	:: lock(modlock);
		lock(gatelock);
		may = INIT_MAY_FORK;
		if
#ifdef FORK_AMIDST
		:: may -> break
#else
		:: may && forklocks == 0 -> break
#endif
		:: else
		fi;
		unlock(modlock);
		forkers = forkers + may - counted;
		if
		:: counted && !may -> wake()
		:: else
		fi;
		counted = may;
		gate_sleep();
		unlock(gatelock)
	od;
	assert(threads == 0 || init_idle);
	assert(forklocks == 0);
#ifndef COUNT_ON
	forkers = forkers - counted;
#endif
	/* in the parent */
	wake();
	unlock(gatelock);
	unlock(modlock)
}

proctype constructor() {
	byte k;

	rt0_start()
}

init {
	byte i;

	atomic {
#ifdef FORKED
		once = 2;
		constructed = true;
		init_running = true;
#ifndef CHILD_COLD
		rt = STARTING;
#endif
		run init_main();
#else
		run constructor();
#ifdef STARTED
		(once == 2);
#endif
#endif
		i = 0;
		do
		:: i < HOSTS -> run host(i); i++
		:: i == HOSTS -> break
		od;
		do
		:: i < HOSTS + OPENS -> run opener(i); i++
		:: i == HOSTS + OPENS -> break
		od;
		i = 0;
		do
		:: i < CALLERS -> run caller(); i++
		:: i == CALLERS -> break
		od;
		i = 0;
		do
		:: i < STOPS -> run stopper(); i++
		:: i == STOPS -> break
		od;
		i = 0;
		do
		:: i < FORKS -> run forker(); i++
		:: i == FORKS -> break
		od;
		i = 0
	}
}
