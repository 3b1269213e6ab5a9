/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * held.c - who waits for whom.
 *
 * WHAT        The rare paths of held.h, which has the theory: a lock that is not released last, what is granted for a lock, and the
 *             search for those who wait for the current thread.
 * LOCKING     As there.
 * TESTS       boot selftest=sync, tests/guest/mm/oom_ours_test.c
 */
#include <lib/list.h>
#include <sync/held.h>

static u32 nr_known(const struct thread *thread)
{
	u32 n = READ_ONCE(thread->nr_sleep_held);

	return n < SLEEP_HELD_MAX ? n : SLEEP_HELD_MAX;
}

/* H4: the last bit of an entry that says so is set, so that held_remove() does not find it where it looks first. */
static const void *marked(const void *lock)
{
	return (const char *)lock + 1;
}

static const void *unmarked(const void *entry)
{
	return (const char *)entry - ((unsigned long)entry & 1);
}

/* Where the current thread has noted @lock; at most nr_known(): nowhere. */
static u32 place_of(const void *lock)
{
	const struct thread *thread = current_thread();
	u32 i = nr_known(thread);

	while (i > 0 && unmarked(thread->sleep_held[i - 1]) != lock)
		i--;
	return i ? i - 1 : SLEEP_HELD_MAX;
}

void held_remove_slow(const void *lock)
{
	struct thread *thread = current_thread();
	u32 known = nr_known(thread), i = place_of(lock);

	if (thread->granted == lock) {
		thread->granted = NULL;
		thread->hand_over = lock;
	}
	for (; i + 1 < known; i++)
		WRITE_ONCE(thread->sleep_held[i], thread->sleep_held[i + 1]);
	if (i < known)
		WRITE_ONCE(thread->sleep_held[i], NULL); /* H1: others may still count it */
	WRITE_ONCE(thread->nr_sleep_held, thread->nr_sleep_held - 1);
}

/* ---- a promise to hand over ---- */

void held_grant_begin(const void *lock)
{
	struct thread *thread = current_thread();
	u32 i;

	held_grant_end();
	i = place_of(lock);
	if (i == SLEEP_HELD_MAX)
		return;
	WRITE_ONCE(thread->sleep_held[i], marked(lock));
	thread->granted = lock;
}

void held_grant_end(void)
{
	struct thread *thread = current_thread();

	thread->hand_over = NULL;
	if (!thread->granted)
		return;
	WRITE_ONCE(thread->sleep_held[place_of(thread->granted)], thread->granted);
	thread->granted = NULL;
}

bool held_hand_over(const void *lock)
{
	struct thread *thread = current_thread();

	if (likely(thread->hand_over != lock))
		return false;
	thread->hand_over = NULL;
	return true;
}

/* ---- the search ---- */

/* NULL: @lock is not known. Else the current thread's lock from which the search came to it. */
static const void *origin_of(const struct held_search *search, const void *lock)
{
	for (u32 i = 0; i < search->nr; i++)
		if (search->lock[i] == lock)
			return search->origin[i];
	return NULL;
}

/* What @thread holds; a lock already known is not looked at again. @origin NULL: each is its own. */
static void add_held(struct held_search *search, const struct thread *thread, const void *origin)
{
	u32 n = nr_known(thread);

	for (u32 i = 0; i < n && search->nr < HELD_SEARCH_MAX; i++) {
		const void *lock = unmarked(READ_ONCE(thread->sleep_held[i]));

		if (!lock || origin_of(search, lock))
			continue;
		search->lock[search->nr] = lock;
		search->origin[search->nr++] = origin ? origin : lock;
	}
}

bool held_search_begin(struct held_search *search)
{
	search->nr = 0;
	add_held(search, current_thread(), NULL);
	return search->nr > 0;
}

const void *held_search_visit(struct held_search *search, const struct thread *thread)
{
	const void *wanted = READ_ONCE(thread->wait_lock);
	const void *origin = wanted ? origin_of(search, wanted) : NULL;

	if (origin)
		add_held(search, thread, origin);
	return origin;
}
