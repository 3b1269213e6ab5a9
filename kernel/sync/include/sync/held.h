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
/* Is @lock among those that the current thread is known to hold? */
bool held_is_mine(const void *lock);
/*
 * The lock of @holder's for which @waiter waits, directly or by way of others who wait (HELD_CHAIN_MAX steps); NULL: none. Under the
 * registry's lock. An answer about a moment.
 */
const void *held_lock_in_the_way(const struct thread *holder, const struct thread *waiter);
