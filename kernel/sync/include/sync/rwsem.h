/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rwsem.h - the sleeping lock with many readers or one writer. Fair: a reader waits behind a waiting writer.
 */
#pragma once

#include <lib/types.h>
#include <lib/list.h>
#include <sync/spinlock.h>
#include <sync/thread.h>

struct rw_semaphore {
	u64 count; /* private: readers << 8 | WAITERS 2 | WRITER 1 */
	struct spinlock wait_lock;
	struct list_head waiters; /* wait_lock; first come, first served */
#ifdef DEBUG_LOCKS
	struct lock_debug debug;
#endif
};

#define RWSEM_INIT(name, rank_)                                                  \
	{ .count = 0,                                                            \
	  .wait_lock = SPINLOCK_INIT(RANK_LOCK_WAIT),                            \
	  .waiters = LIST_HEAD_INIT((name).waiters),                             \
	  LOCK_DEBUG_INIT(rank_) }
#define DECLARE_RWSEM(name, rank_) struct rw_semaphore name = RWSEM_INIT(name, rank_)

void init_rwsem(struct rw_semaphore *sem, enum lock_rank rank);
void down_read(struct rw_semaphore *sem);
void down_read_nested(struct rw_semaphore *sem, u32 depth);
/* 0 or -EINTR for a fatal signal. */
int __must_check down_read_killable(struct rw_semaphore *sem);
int __must_check down_read_killable_nested(struct rw_semaphore *sem, u32 depth);
bool down_read_trylock(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);
void down_write(struct rw_semaphore *sem);
void down_write_nested(struct rw_semaphore *sem, u32 depth);
int __must_check down_write_killable(struct rw_semaphore *sem);
int __must_check down_write_killable_nested(struct rw_semaphore *sem, u32 depth);
bool down_write_trylock(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);
/* A writer becomes a reader without letting another writer in. */
void downgrade_write(struct rw_semaphore *sem);

static inline bool rwsem_is_locked(const struct rw_semaphore *sem)
{
	return (READ_ONCE(sem->count) & ~2ull) != 0;
}

static inline bool rwsem_is_write_locked(const struct rw_semaphore *sem)
{
	return READ_ONCE(sem->count) & 1;
}

/* Does somebody wait? For long holders that want to give way. */
static inline bool rwsem_is_contended(const struct rw_semaphore *sem)
{
	return READ_ONCE(sem->count) & 2;
}

static inline struct rw_semaphore *rwsem_read_guard_begin(struct rw_semaphore *sem)
{
	down_read(sem);
	return sem;
}

static inline void rwsem_read_guard_end(struct rw_semaphore **sem)
{
	up_read(*sem);
}

static inline struct rw_semaphore *rwsem_write_guard_begin(struct rw_semaphore *sem)
{
	down_write(sem);
	return sem;
}

static inline void rwsem_write_guard_end(struct rw_semaphore **sem)
{
	up_write(*sem);
}

/* Hold @sem until the end of the block. */
#define with_rwsem_read(sem)                                                          \
	struct rw_semaphore *SYNC_UNIQUE(rwsem_guard_) SYNC_CLEANUP(rwsem_read_guard_end) = \
		rwsem_read_guard_begin(sem)
#define with_rwsem_write(sem)                                                          \
	struct rw_semaphore *SYNC_UNIQUE(rwsem_guard_) SYNC_CLEANUP(rwsem_write_guard_end) = \
		rwsem_write_guard_begin(sem)
