/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reserve.pml - reserve, allocate, free, reclaim: every interleaving of a small machine (spin).
 *
 * WHAT        PAGES frames of one zone. HOLDERS begin a transaction of WORST frames each, which do not fit both, allocate up to that many without waiting, and end.
 *             A filler takes frames above the floor, as the most urgent request there is (MEMALLOC), and frees them, STEPS times in
 *             all; what it leaves is page cache, which the first in line reclaims. `lock` is one that is taken inside.
 *             Steps that the kernel makes under zone->lock are atomic here, and nothing else is.
 * PROPERTIES  V1    free >= undrawn, after every step.
 *             GIVEN an allocation inside finds a frame: no wait, no failure.
 *             LINE  who is served is the first of the line.
 *             END   no deadlock (spin's own: invalid end states), and everything is given back at the end.
 * VARIANTS    each must be rejected (tests/harness/model.py):
 *             -DWRONG_FLOOR   the urgent request ignores `reserved`, as MEMALLOC did before there were reservations
 *             -DWRONG_UNLOCKED the floor is tested before the lock is taken and not again under it
 *             -DWRONG_LOCK    D1 broken: the lock that is taken inside is held while waiting in line
 *             -DWRONG_NEST    D2 broken: a second reservation is begun inside the first
 *             -DWRONG_WAIT    D3 broken: a holder waits inside for what another one does inside
 */
#define PAGES	3
#define WORST	2
#define HOLDERS 2
#define STEPS	5

byte free = PAGES;
byte reserved = 0;	/* promised and not drawn */
byte cached = 0;	/* taken by the filler; reclaim can free it */
byte drawn_in_all = 0;
chan line = [HOLDERS] of { byte };
bool lock = false;	/* a lock that is taken inside of a transaction */
bool has_drawn[HOLDERS] = false;

#define V1	     assert(free >= reserved)
#define fits	     (free >= reserved + WORST)
#define is_first(me) line?[eval(me)]

inline begin(me)
{
	if
	:: atomic { len(line) == 0 && fits -> reserved = reserved + WORST }
	:: atomic { !(len(line) == 0 && fits) -> line!me }
	   is_first(me);	/* sleeps */
	   do
	   :: atomic { fits -> reserved = reserved + WORST; assert(is_first(me)); line?eval(me); break } /* LINE */
	   :: atomic { !fits && cached > 0 -> cached--; free++; V1 } /* reclaim */
	   od
	fi
}

/* GIVEN: an assertion, not a guard. */
inline draw()
{
	atomic { assert(free > 0 && reserved > 0); free--; reserved--; nr++; drawn_in_all++; V1 }
}

inline end()
{
	atomic { reserved = reserved - (WORST - nr); V1 }
}

proctype holder(byte me)
{
	byte nr = 0;

#ifdef WRONG_LOCK
	if
	:: me == 0 -> atomic { !lock -> lock = true }
	:: else
	fi;
#endif
	begin(me);
#ifdef WRONG_LOCK
	if
	:: me == 0
	:: else -> atomic { !lock -> lock = true }
	fi;
#else
	atomic { !lock -> lock = true };
#endif
	draw();
	lock = false;
#ifdef WRONG_NEST
	atomic { fits -> reserved = reserved + WORST };
	atomic { reserved = reserved - WORST };
#endif
#ifdef WRONG_WAIT
	has_drawn[me] = true;
	has_drawn[1 - me];
#endif
	if
	:: draw()	/* the worst case */
	:: skip		/* less */
	fi;
	end();
	/* What was drawn is freed later, by whom ever. */
	do
	:: atomic { nr > 0 -> free++; drawn_in_all--; nr--; V1 }
	:: nr == 0 -> break
	od
}

proctype filler()
{
	byte step = 0;

	do
	:: step == STEPS -> break
	:: step < STEPS -> step++;
	   if
#if defined(WRONG_FLOOR)
	   :: atomic { free > 0 -> free--; cached++; V1 }
#elif defined(WRONG_UNLOCKED)
	   :: free > reserved; /* looked at without the lock */
	      atomic { free > 0 -> free--; cached++; V1 }
#else
	   :: atomic { free > reserved -> free--; cached++; V1 }
#endif
	   :: atomic { cached > 0 -> cached--; free++ }
	   :: skip
	   fi
	od
}

init {
	atomic {
		run holder(0);
		run holder(1);
		run filler()
	}
	_nr_pr == 1;
	assert(free + cached == PAGES && reserved == 0 && drawn_in_all == 0) /* END */
}
