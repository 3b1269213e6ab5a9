/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * held.h - which sleeping locks a thread holds, and for which one it waits: what the OOM killer asks.
 *
 * WHAT        mutex.c and rwsem.c note each lock in struct thread, in every kernel (the debug kernel's ranks know more, and
 *             only there). Others only compare these addresses: they follow none of them, as the lock may be gone.
 * INVARIANTS  H1  sleep_held[0 .. min(nr_sleep_held, SLEEP_HELD_MAX)) are locks that the thread holds, or NULL. What does not fit is
 *                 counted and not known: a question about it is answered with no.
 *             H2  wait_lock is a lock that the thread does not hold and wants, or NULL.
 *             H3  A thread that releases the lock hand_over while others wait for it does not leave it free, to take it again before the
 *                 one who was woken runs: the first in line has it. Once.
 *             H4  granted is a lock that the thread holds, and marked among sleep_held. Releasing it ends that and makes it hand_over.
 * LOCKING     The thread's own; others read without order, and get an answer about a moment that may be over.
 */
#pragma once

#include <lib/types.h>
#include <sync/thread.h>

/* The rare case of held_remove(): not the last one taken. */
void held_remove_slow(const void *lock);

static __always_inline void held_add(const void *lock)
{
	struct thread *thread = current_thread();
	u32 n = thread->nr_sleep_held;

	if (likely(n < SLEEP_HELD_MAX))
		WRITE_ONCE(thread->sleep_held[n], lock);
	WRITE_ONCE(thread->nr_sleep_held, n + 1);
}

static __always_inline void held_remove(const void *lock)
{
	struct thread *thread = current_thread();
	u32 n = thread->nr_sleep_held - 1;

	if (likely(n < SLEEP_HELD_MAX && thread->sleep_held[n] == lock))
		WRITE_ONCE(thread->nr_sleep_held, n);
	else
		held_remove_slow(lock);
}

static __always_inline void held_wait_begin(const void *lock)
{
	WRITE_ONCE(current_thread()->wait_lock, lock);
}

static __always_inline void held_wait_end(void)
{
	WRITE_ONCE(current_thread()->wait_lock, NULL);
}

/* H3: has the current thread promised to hand @lock over? The promise ends with this question. */
bool held_hand_over(const void *lock);

/* H4: the current thread keeps @lock, which it holds, for somebody's sake until it releases it. One at a time: an older one ends. */
void held_grant_begin(const void *lock);
/* Neither granted nor hand_over any more. */
void held_grant_end(void);

/* So many locks are followed, of all threads together. */
#define HELD_SEARCH_MAX 48

/* Who waits for the current thread? Locks that cannot be had before it goes on, each with the one of its own by which that is so. */
struct held_search {
	const void *lock[HELD_SEARCH_MAX], *origin[HELD_SEARCH_MAX];
	u32 nr;
};

/* Begin with the locks of the current thread. False: it holds none. */
bool held_search_begin(struct held_search *search);
/*
 * Does @thread wait for one of the locks? Then what it holds is added, and the current thread's lock that is in its way is returned; else
 * NULL. Visit all threads again while nr grows: somebody passed over before may wait for what was added. Under the registry's lock. An
 * answer about a moment.
 */
const void *held_search_visit(struct held_search *search, const struct thread *thread);
