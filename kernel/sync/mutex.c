/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mutex.c - sleeping locks, first come, first served.
 *
 * WHAT        owner is the holder's address, bit 0 says that somebody waits. Free and nobody waiting is 0, so
 *             locking and unlocking without contention are one compare-exchange each.
 * INVARIANTS  M1  Bit 0 is set if and only if the list of waiters is not empty, while wait_lock is held.
 *             M2  With bit 0 set only wait_lock's holder changes owner: an unlocker hands over to the
 *                 first waiter, so nobody overtakes and nobody starves.
 * LOCKING     wait_lock, rank LOCK_WAIT, outside of the run queue's.
 */
#include <lib/assert.h>
#include <lib/errno.h>
#include <lib/list.h>
#include <sync/mutex.h>
#include <sync/sync_port.h>

#define MUTEX_WAITERS 1ull

struct mutex_waiter {
	struct list_head node;
	struct thread *thread;
};

void mutex_init(struct mutex *mutex, enum lock_rank rank)
{
	mutex->owner = 0;
	spin_lock_init(&mutex->wait_lock, RANK_LOCK_WAIT);
	INIT_LIST_HEAD(&mutex->waiters);
	lock_debug_init(mutex, rank);
}

static __always_inline bool take_free(struct mutex *mutex)
{
	u64 old = 0;

	return try_cmpxchg_acquire(&mutex->owner, &old, (u64)current_thread());
}

/* Take it if it became free, else leave the mark that somebody waits. wait_lock held. */
static bool take_or_mark_locked(struct mutex *mutex)
{
	u64 old = READ_ONCE(mutex->owner);

	for (;;) {
		u64 new = old ? old | MUTEX_WAITERS : (u64)current_thread();

		if (try_cmpxchg(&mutex->owner, &old, new))
			return !old;
	}
}

static bool must_give_up(u32 state)
{
	struct thread *thread = current_thread();

	if (state == TASK_INTERRUPTIBLE)
		return thread_signal_pending(thread);
	return (state & TASK_WAKEKILL) && thread_fatal_signal_pending(thread);
}

static void leave_queue_locked(struct mutex *mutex, struct mutex_waiter *waiter)
{
	u64 old = READ_ONCE(mutex->owner);

	list_del(&waiter->node);
	if (!list_empty(&mutex->waiters))
		return;
	while (!try_cmpxchg(&mutex->owner, &old, old & ~MUTEX_WAITERS))
		;
}

/* Wait in line until the lock is handed to us. wait_lock held on entry, not on return. */
static int wait_in_line(struct mutex *mutex, u32 state)
{
	struct mutex_waiter waiter = { .thread = current_thread() };
	int ret = 0;

	list_add_tail(&waiter.node, &mutex->waiters);
	for (;;) {
		set_current_state(state);
		if (mutex_is_mine(mutex))
			break;
		if (must_give_up(state)) {
			leave_queue_locked(mutex, &waiter);
			ret = -EINTR;
			break;
		}
		spin_unlock(&mutex->wait_lock);
		schedule();
		spin_lock(&mutex->wait_lock);
	}
	__set_current_state(TASK_RUNNING);
	spin_unlock(&mutex->wait_lock);
	return ret;
}

static noinline int lock_slow(struct mutex *mutex, u32 state)
{
	KASSERT(!mutex_is_mine(mutex));
	spin_lock(&mutex->wait_lock);
	if (take_or_mark_locked(mutex)) {
		spin_unlock(&mutex->wait_lock);
		return 0;
	}
	return wait_in_line(mutex, state);
}

void mutex_lock_nested(struct mutex *mutex, u32 depth)
{
	rank_acquire(mutex, &mutex->debug, depth, false);
	if (unlikely(!take_free(mutex)))
		(void)lock_slow(mutex, TASK_UNINTERRUPTIBLE);
}

void mutex_lock(struct mutex *mutex)
{
	mutex_lock_nested(mutex, 0);
}

static int lock_state(struct mutex *mutex, u32 state)
{
	int ret = 0;

	rank_acquire(mutex, &mutex->debug, 0, false);
	if (unlikely(!take_free(mutex)))
		ret = lock_slow(mutex, state);
	if (ret)
		rank_release(mutex);
	return ret;
}

int mutex_lock_interruptible(struct mutex *mutex)
{
	return lock_state(mutex, TASK_INTERRUPTIBLE);
}

int mutex_lock_killable(struct mutex *mutex)
{
	return lock_state(mutex, TASK_KILLABLE);
}

bool mutex_trylock(struct mutex *mutex)
{
	if (!take_free(mutex))
		return false;
	rank_acquire_try(mutex, &mutex->debug, false);
	return true;
}

static noinline void unlock_slow(struct mutex *mutex)
{
	struct mutex_waiter *first;

	spin_lock(&mutex->wait_lock);
	first = list_first_entry_or_null(&mutex->waiters, struct mutex_waiter, node);
	if (!first) { /* the last waiter gave up between our look and the lock */
		smp_store_release(&mutex->owner, 0);
		spin_unlock(&mutex->wait_lock);
		return;
	}
	list_del(&first->node);
	smp_store_release(&mutex->owner,
			  (u64)first->thread | (list_empty(&mutex->waiters) ? 0 : MUTEX_WAITERS)); /* M2 */
	thread_wake(first->thread, TASK_NORMAL | TASK_WAKEKILL);
	spin_unlock(&mutex->wait_lock);
}

void mutex_unlock(struct mutex *mutex)
{
	u64 old = (u64)current_thread();

	rank_release(mutex);
	if (likely(try_cmpxchg_release(&mutex->owner, &old, 0)))
		return;
	KASSERT(mutex_is_mine(mutex));
	unlock_slow(mutex);
}

void mutex_lock_pair(struct mutex *a, struct mutex *b)
{
	if (a > b)
		swap(a, b);
	mutex_lock(a);
	if (a != b)
		mutex_lock_nested(b, 1);
}

void mutex_unlock_pair(struct mutex *a, struct mutex *b)
{
	if (a != b)
		mutex_unlock(a > b ? a : b);
	mutex_unlock(a > b ? b : a);
}
