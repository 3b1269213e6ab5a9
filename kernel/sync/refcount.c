/* SPDX-License-Identifier: GPL-2.0-only */
/* refcount.c - what happens when a count goes wrong, and dropping under a lock. */
#include <lib/assert.h>
#include <sync/mutex.h>
#include <sync/refcount.h>
#include <sync/spinlock.h>

noinline void refcount_saturate(struct refcount *r, const char *why)
{
	refcount_set(r, REFCOUNT_SATURATED);
	warn_fail(why, "refcount", 0);
}

/* Drop one unless it is the last. */
static bool dec_not_one(struct refcount *r)
{
	s32 old = READ_ONCE(r->count);

	do {
		if (old < 0)
			return true;
		if (old <= 1)
			return false;
	} while (!try_cmpxchg(&r->count, &old, old - 1));
	return true;
}

bool refcount_dec_and_lock(struct refcount *r, struct spinlock *lock)
{
	if (dec_not_one(r))
		return false;
	spin_lock(lock);
	if (refcount_dec_and_test(r))
		return true;
	spin_unlock(lock);
	return false;
}

bool refcount_dec_and_mutex_lock(struct refcount *r, struct mutex *mutex)
{
	if (dec_not_one(r))
		return false;
	mutex_lock(mutex);
	if (refcount_dec_and_test(r))
		return true;
	mutex_unlock(mutex);
	return false;
}
