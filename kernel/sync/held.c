/* SPDX-License-Identifier: GPL-2.0-only */
/* held.c - who waits for whom; theory in held.h. */
#include <lib/list.h>
#include <sync/held.h>

/* So many locks between two threads are followed. */
#define HELD_CHAIN_MAX 8

static u32 nr_known(const struct thread *thread)
{
	u32 n = READ_ONCE(thread->nr_sleep_held);

	return n < SLEEP_HELD_MAX ? n : SLEEP_HELD_MAX;
}

void held_remove_slow(const void *lock)
{
	struct thread *thread = current_thread();
	u32 known = nr_known(thread), i;

	for (i = known; i > 0; i--)
		if (thread->sleep_held[i - 1] == lock)
			break;
	if (i) {
		for (; i < known; i++)
			WRITE_ONCE(thread->sleep_held[i - 1], thread->sleep_held[i]);
		WRITE_ONCE(thread->sleep_held[known - 1], NULL); /* H1: others may still count it */
	}
	WRITE_ONCE(thread->nr_sleep_held, thread->nr_sleep_held - 1);
}

static bool holds(const struct thread *thread, const void *lock)
{
	u32 n = nr_known(thread);

	for (u32 i = 0; i < n; i++)
		if (READ_ONCE(thread->sleep_held[i]) == lock)
			return true;
	return false;
}

/* Somebody who holds @lock and waits for another; what for. NULL: nobody. */
static const void *next_in_chain(const void *lock)
{
	struct thread *thread;

	for_each_registered_thread(thread) {
		const void *next = READ_ONCE(thread->wait_lock);

		if (next && next != lock && holds(thread, lock))
			return next;
	}
	return NULL;
}

bool held_is_mine(const void *lock)
{
	return holds(current_thread(), lock);
}

bool held_hand_over(const void *lock)
{
	struct thread *thread = current_thread();

	if (likely(thread->hand_over != lock))
		return false;
	thread->hand_over = NULL;
	return true;
}

const void *held_lock_in_the_way(const struct thread *holder, const struct thread *waiter)
{
	const void *lock = READ_ONCE(waiter->wait_lock);

	for (int step = 0; lock && step < HELD_CHAIN_MAX; step++) {
		if (holds(holder, lock))
			return lock;
		lock = next_in_chain(lock);
	}
	return NULL;
}
