/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mutex.h - the sleeping lock. First come, first served, but for who comes while the first is waking up.
 *
 * Waiting for a mutex never parks, and nobody parks while holding one.
 */
#pragma once

#include <lib/types.h>
#include <lib/list.h>
#include <sync/spinlock.h>
#include <sync/thread.h>

struct mutex {
	u64 owner; /* private: struct thread *, bit 0 = there are waiters, bit 1 = hand over */
	struct spinlock wait_lock;
	struct list_head waiters; /* wait_lock */
#ifdef DEBUG_LOCKS
	struct lock_debug debug;
#endif
};

#define MUTEX_INIT(name, rank_)                                                  \
	{ .owner = 0,                                                            \
	  .wait_lock = SPINLOCK_INIT(RANK_LOCK_WAIT),                            \
	  .waiters = LIST_HEAD_INIT((name).waiters),                             \
	  LOCK_DEBUG_INIT(rank_) }
#define DEFINE_MUTEX(name, rank_) struct mutex name = MUTEX_INIT(name, rank_)

void mutex_init(struct mutex *mutex, enum lock_rank rank);
void mutex_lock(struct mutex *mutex);
/* As the one of nesting @depth among mutexes of its rank. */
void mutex_lock_nested(struct mutex *mutex, u32 depth);
/* 0, or -EINTR when a signal (any, or a fatal one) is pending. Not parkable. */
int __must_check mutex_lock_interruptible(struct mutex *mutex);
int __must_check mutex_lock_killable(struct mutex *mutex);
bool mutex_trylock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);
/* Two mutexes of one rank in address order; @a may equal @b. */
void mutex_lock_pair(struct mutex *a, struct mutex *b);
void mutex_unlock_pair(struct mutex *a, struct mutex *b);

static inline bool mutex_is_locked(const struct mutex *mutex)
{
	return (READ_ONCE(mutex->owner) & ~3ull) != 0;
}

static inline bool mutex_is_mine(const struct mutex *mutex)
{
	return (READ_ONCE(mutex->owner) & ~3ull) == (u64)current_thread();
}

static inline struct mutex *mutex_guard_begin(struct mutex *mutex)
{
	mutex_lock(mutex);
	return mutex;
}

static inline void mutex_guard_end(struct mutex **mutex)
{
	mutex_unlock(*mutex);
}

/* Hold @mutex until the end of the block. */
#define with_mutex(mutex_) \
	struct mutex *SYNC_UNIQUE(mutex_guard_) SYNC_CLEANUP(mutex_guard_end) = mutex_guard_begin(mutex_)
