/* SPDX-License-Identifier: GPL-2.0-only */
/* rank.h - lock ranks and their run-time check. See ranks.def for the order. */
#pragma once

#include <lib/types.h>

enum lock_rank {
	RANK_NONE, /* a lock without order exists only inside this folder */
#define LOCK_RANK(name, what) RANK_##name,
#include <sync/ranks.def>
#undef LOCK_RANK
	NR_LOCK_RANKS,
};

#define LOCK_MAX_DEPTH	32 /* nesting depths of one rank: 0 .. 31 */
#define LOCK_MAX_HELD	24 /* locks that a thread may hold at once */

#ifdef DEBUG_LOCKS

/* What a debug kernel knows of each lock. */
struct lock_debug {
	u16 rank;	   /* enum lock_rank, final */
	u8 used_in_irq;	   /* taken by an interrupt handler once */
	u8 used_irqs_on;   /* held with interrupts enabled once */
};

/* One lock that a thread holds. */
struct held_lock {
	const void *lock;
	u16 rank;
	u16 depth;
	const void *where; /* the address that acquired it */
};

#define LOCK_DEBUG_INIT(r) .debug = { .rank = (r) },
#define lock_debug_init(l, r) ((l)->debug = (struct lock_debug){ .rank = (r) })

/* Check @lock against what the current thread holds, then note it. Panics by name on a violation. */
void rank_acquire(const void *lock, struct lock_debug *debug, u32 depth, bool is_spin);
/* The same for an acquisition that cannot wait (trylock): noted, order not checked. */
void rank_acquire_try(const void *lock, struct lock_debug *debug, bool is_spin);
void rank_release(const void *lock);
/* Is @lock held by the current thread? */
bool rank_is_held(const void *lock);
/* Check as if a lock of @rank was taken and dropped: the pseudo-ranks, "may sleep" points. */
void rank_check(enum lock_rank rank);
/* Panic unless the current thread holds no lock at all (parking, exit to user mode). */
void rank_assert_none_held(const char *where);
/* Panic when the current thread is inside a memory reservation: @what it does there may wait for another one's holder. */
void rank_assert_no_reservation(const char *what);
/* Panic when the current thread holds a spinlock or runs in an interrupt: it may not sleep. */
void rank_assert_may_sleep(void);

#else

#define LOCK_DEBUG_INIT(r)
#define lock_debug_init(l, r)		       ((void)(r))
#define rank_acquire(lock, debug, depth, spin) ((void)(depth))
#define rank_acquire_try(lock, debug, spin)    ((void)0)
#define rank_release(lock)		       ((void)0)
static inline void rank_check(enum lock_rank rank)
{
}
static inline void rank_assert_none_held(const char *where)
{
}
static inline void rank_assert_no_reservation(const char *what)
{
}
static inline void rank_assert_may_sleep(void)
{
}

#endif

/* This function may sleep: say so at its start, so that a debug kernel finds the wrong caller. */
#define might_sleep()	 rank_assert_may_sleep()
/* This allocation may reclaim / this user access may fault. */
#define might_reclaim()	 rank_check(RANK_RECLAIM)
#define might_fault()	 rank_check(RANK_FAULT)

/* The name of a rank, for reports. */
const char *lock_rank_name(enum lock_rank rank);
