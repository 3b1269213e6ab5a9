/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * refcount.h - reference counts that saturate: an overflow or a use after free pins the object instead of freeing it.
 */
#pragma once

#include <lib/types.h>
#include <arch/atomic.h>

struct spinlock;
struct mutex;

struct refcount {
	s32 count; /* private; negative = saturated */
};

typedef struct refcount refcount_t;

#define REFCOUNT_INIT(n)   { .count = (n) }
#define REFCOUNT_SATURATED ((s32)0xc0000000)

/* What is reported when a count goes wrong (refcount.c); the count is saturated. */
void refcount_saturate(struct refcount *r, const char *why);

static inline void refcount_set(struct refcount *r, s32 n)
{
	WRITE_ONCE(r->count, n);
}

static inline s32 refcount_read(const struct refcount *r)
{
	return READ_ONCE(r->count);
}

/* The caller has a reference. */
static inline void refcount_inc(struct refcount *r)
{
	s32 old = __atomic_fetch_add(&r->count, 1, __ATOMIC_RELAXED);

	if (unlikely(old <= 0 || old == S32_MAX))
		refcount_saturate(r, "increment of a dead count");
}

static inline void refcount_add(struct refcount *r, s32 n)
{
	s32 old = __atomic_fetch_add(&r->count, n, __ATOMIC_RELAXED);

	if (unlikely(old <= 0 || old > S32_MAX - n))
		refcount_saturate(r, "increment of a dead count");
}

/* Take a reference unless the last one is gone (RCU lookups). */
static inline bool __must_check refcount_inc_not_zero(struct refcount *r)
{
	s32 old = READ_ONCE(r->count);

	do {
		if (!old)
			return false;
	} while (!__atomic_compare_exchange_n(&r->count, &old, old + 1, true, __ATOMIC_ACQUIRE,
					      __ATOMIC_RELAXED));
	if (unlikely(old < 0 || old == S32_MAX))
		refcount_saturate(r, "overflow");
	return true;
}

/* True when the last reference went: everything before is visible to whoever frees. */
static inline bool __must_check refcount_dec_and_test(struct refcount *r)
{
	s32 old = __atomic_fetch_sub(&r->count, 1, __ATOMIC_RELEASE);

	if (old == 1) {
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		return true;
	}
	if (unlikely(old <= 0))
		refcount_saturate(r, "underflow");
	return false;
}

/* The caller knows that it is not the last. */
static inline void refcount_dec(struct refcount *r)
{
	if (unlikely(__atomic_fetch_sub(&r->count, 1, __ATOMIC_RELEASE) <= 1))
		refcount_saturate(r, "decrement to zero");
}

/* Drop a reference; when it may be the last, take @lock first. True: it was, and the lock is held. */
bool __must_check refcount_dec_and_lock(struct refcount *r, struct spinlock *lock);
bool __must_check refcount_dec_and_mutex_lock(struct refcount *r, struct mutex *mutex);
