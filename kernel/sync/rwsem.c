/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rwsem.c - many readers or one writer, first come, first served.
 *
 * WHAT        count: readers in bits 8 and up, bit 1 WAITERS, bit 0 WRITER. Without waiters all operations are
 *             one atomic instruction.
 * INVARIANTS  S1  WAITERS is set if and only if the list is not empty, while wait_lock is held. While it is set nobody
 *                 enters but by a grant under wait_lock, so nobody overtakes.
 *             S2  A release that leaves the lock free with WAITERS set grants: to the first writer, or to all
 *                 readers before the next writer.
 * LOCKING     wait_lock, rank LOCK_WAIT.
 */
#include <lib/errno.h>
#include <lib/list.h>
#include <sync/rwsem.h>
#include <sync/sync_port.h>

#define RW_WRITER  1ull
#define RW_WAITERS 2ull
#define RW_READER  0x100ull

struct rwsem_waiter {
	struct list_head node;
	struct thread *thread;
	bool is_writer;
	bool is_granted; /* wait_lock */
};

void init_rwsem(struct rw_semaphore *sem, enum lock_rank rank)
{
	sem->count = 0;
	spin_lock_init(&sem->wait_lock, RANK_LOCK_WAIT);
	INIT_LIST_HEAD(&sem->waiters);
	lock_debug_init(sem, rank);
}

static __always_inline bool read_fast(struct rw_semaphore *sem)
{
	u64 old = READ_ONCE(sem->count);

	while (!(old & (RW_WRITER | RW_WAITERS))) {
		if (try_cmpxchg_acquire(&sem->count, &old, old + RW_READER))
			return true;
	}
	return false;
}

static __always_inline bool write_fast(struct rw_semaphore *sem)
{
	u64 old = 0;

	return try_cmpxchg_acquire(&sem->count, &old, RW_WRITER);
}

/* Change count for an entry under wait_lock; false when it is not free for it. */
static bool enter_locked(struct rw_semaphore *sem, bool is_writer)
{
	u64 old = READ_ONCE(sem->count);

	for (;;) {
		bool busy = is_writer ? (old & ~RW_WAITERS) != 0 : (old & RW_WRITER) != 0;

		if (busy)
			return false;
		if (try_cmpxchg(&sem->count, &old, old + (is_writer ? RW_WRITER : RW_READER)))
			return true;
	}
}

static void clear_waiters_if_none_locked(struct rw_semaphore *sem)
{
	u64 old = READ_ONCE(sem->count);

	if (!list_empty(&sem->waiters))
		return;
	while (!try_cmpxchg(&sem->count, &old, old & ~RW_WAITERS))
		;
}

/* Let in whoever is first and may enter. wait_lock held. */
static void grant_locked(struct rw_semaphore *sem)
{
	struct rwsem_waiter *waiter;
	bool was_writer = false;

	while (!list_empty(&sem->waiters) && !was_writer) {
		waiter = list_first_entry(&sem->waiters, struct rwsem_waiter, node);
		was_writer = waiter->is_writer;
		if (!enter_locked(sem, was_writer))
			break;
		list_del(&waiter->node);
		waiter->is_granted = true;
		thread_wake(waiter->thread, TASK_NORMAL | TASK_WAKEKILL);
	}
	clear_waiters_if_none_locked(sem);
}

static void mark_waiters_locked(struct rw_semaphore *sem)
{
	u64 old = READ_ONCE(sem->count);

	while (!try_cmpxchg(&sem->count, &old, old | RW_WAITERS))
		;
}

/* wait_lock held on entry, not on return. */
static int wait_in_line(struct rw_semaphore *sem, struct rwsem_waiter *waiter, u32 state)
{
	int ret = 0;

	for (;;) {
		set_current_state(state);
		if (waiter->is_granted)
			break;
		if ((state & TASK_WAKEKILL) && thread_fatal_signal_pending(current_thread())) {
			list_del(&waiter->node);
			grant_locked(sem); /* we may have stood in others' way */
			ret = -EINTR;
			break;
		}
		spin_unlock(&sem->wait_lock);
		schedule();
		spin_lock(&sem->wait_lock);
	}
	__set_current_state(TASK_RUNNING);
	spin_unlock(&sem->wait_lock);
	return ret;
}

static noinline int down_slow(struct rw_semaphore *sem, bool is_writer, u32 state)
{
	struct rwsem_waiter waiter = { .thread = current_thread(), .is_writer = is_writer };

	spin_lock(&sem->wait_lock);
	list_add_tail(&waiter.node, &sem->waiters);
	mark_waiters_locked(sem);
	grant_locked(sem); /* it may have become free before the mark */
	return wait_in_line(sem, &waiter, state);
}

static noinline void up_slow(struct rw_semaphore *sem)
{
	spin_lock(&sem->wait_lock);
	grant_locked(sem);
	spin_unlock(&sem->wait_lock);
}

void down_read_nested(struct rw_semaphore *sem, u32 depth)
{
	rank_acquire(sem, &sem->debug, depth, false);
	if (unlikely(!read_fast(sem)))
		(void)down_slow(sem, false, TASK_UNINTERRUPTIBLE);
}

void down_read(struct rw_semaphore *sem)
{
	down_read_nested(sem, 0);
}

int down_read_killable(struct rw_semaphore *sem)
{
	int ret = 0;

	rank_acquire(sem, &sem->debug, 0, false);
	if (unlikely(!read_fast(sem)))
		ret = down_slow(sem, false, TASK_KILLABLE);
	if (ret)
		rank_release(sem);
	return ret;
}

bool down_read_trylock(struct rw_semaphore *sem)
{
	if (!read_fast(sem))
		return false;
	rank_acquire_try(sem, &sem->debug, false);
	return true;
}

void up_read(struct rw_semaphore *sem)
{
	u64 left;

	rank_release(sem);
	left = xadd(&sem->count, -RW_READER) - RW_READER;
	if (unlikely(left == RW_WAITERS))
		up_slow(sem);
}

void down_write_nested(struct rw_semaphore *sem, u32 depth)
{
	rank_acquire(sem, &sem->debug, depth, false);
	if (unlikely(!write_fast(sem)))
		(void)down_slow(sem, true, TASK_UNINTERRUPTIBLE);
}

void down_write(struct rw_semaphore *sem)
{
	down_write_nested(sem, 0);
}

int down_write_killable(struct rw_semaphore *sem)
{
	int ret = 0;

	rank_acquire(sem, &sem->debug, 0, false);
	if (unlikely(!write_fast(sem)))
		ret = down_slow(sem, true, TASK_KILLABLE);
	if (ret)
		rank_release(sem);
	return ret;
}

bool down_write_trylock(struct rw_semaphore *sem)
{
	if (!write_fast(sem))
		return false;
	rank_acquire_try(sem, &sem->debug, false);
	return true;
}

void up_write(struct rw_semaphore *sem)
{
	rank_release(sem);
	if (unlikely(xadd(&sem->count, -RW_WRITER) & RW_WAITERS))
		up_slow(sem);
}

void downgrade_write(struct rw_semaphore *sem)
{
	if (unlikely(xadd(&sem->count, RW_READER - RW_WRITER) & RW_WAITERS))
		up_slow(sem);
}
