/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rwsem.c - many readers or one writer; who runs may overtake who sleeps, a bounded number of times.
 *
 * WHAT        count: readers in bits 8 and up, bit 1 WAITERS, bit 0 WRITER. Without waiters all operations are
 *             one atomic instruction.
 *             A release wakes the first in line and leaves the lock free: a lock that belongs to a sleeper is idle
 *             until the sleeper runs, and with short sections everybody would end in the line for every entry.
 * INVARIANTS  S1  WAITERS is set if and only if the list is not empty, while wait_lock is held. While it is set nobody
 *                 enters but under wait_lock.
 *             S2  A release that leaves the lock free with WAITERS set wakes the first writer, or all readers before
 *                 the next writer.
 *             S3  The first in line is passed over PASSES_MAX times at most, also by readers that join others and leave the lock
 *                 never free: then nobody enters before it, and the release that leaves the lock free for it grants it in its sleep.
 *             S4  Who is to be woken is chosen under wait_lock and woken after it, as far as there is room to note it: a wake-up
 *                 may send an interrupt, and all who come to the lock meanwhile would spin for it. The thread may be gone from
 *                 its wait by then; its memory is kept by RCU, and every wait tests its condition again.
 *             S5  A thread that promised to (held.h) grants the lock as in S3.
 * LOCKING     wait_lock, rank LOCK_WAIT.
 */
#include <lib/errno.h>
#include <lib/list.h>
#include <sync/held.h>
#include <sync/rcu.h>
#include <sync/rwsem.h>
#include <sync/sync_port.h>

#define RW_WRITER  1ull
#define RW_WAITERS 2ull
#define RW_READER  0x100ull

#define PASSES_MAX 16

struct rwsem_waiter {
	struct list_head node;
	struct thread *thread;
	bool is_writer;
	bool is_granted; /* wait_lock */
	u32 nr_passes;	 /* entries before it while it was the first; wait_lock */
};

/* S4: threads to wake once wait_lock is dropped. Whoever has one is an RCU reader from before the lock was taken. */
#define WAKEUPS_MAX 8

struct wakeups {
	struct thread *thread[WAKEUPS_MAX];
	u32 nr;
};

static void note_wakeup(struct wakeups *wakeups, struct thread *thread)
{
	if (wakeups->nr < WAKEUPS_MAX)
		wakeups->thread[wakeups->nr++] = thread;
	else
		thread_wake(thread, TASK_NORMAL | TASK_WAKEKILL);
}

static void wake_noted(const struct wakeups *wakeups)
{
	for (u32 i = 0; i < wakeups->nr; i++)
		thread_wake(wakeups->thread[i], TASK_NORMAL | TASK_WAKEKILL);
}

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
static void grant_locked(struct rw_semaphore *sem, struct wakeups *wakeups)
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
		note_wakeup(wakeups, waiter->thread);
	}
	clear_waiters_if_none_locked(sem);
}

static struct rwsem_waiter *first_locked(struct rw_semaphore *sem)
{
	return list_empty(&sem->waiters) ? NULL : list_first_entry(&sem->waiters, struct rwsem_waiter, node);
}

/* May a newcomer go before those in line? S3. */
static bool may_overtake_locked(struct rw_semaphore *sem)
{
	const struct rwsem_waiter *first = first_locked(sem);

	return !first || first->nr_passes < PASSES_MAX;
}

/* A newcomer enters before those in line, if it can and may. */
static bool overtake_locked(struct rw_semaphore *sem, bool is_writer)
{
	struct rwsem_waiter *first = first_locked(sem);

	if (!may_overtake_locked(sem) || !enter_locked(sem, is_writer))
		return false;
	if (first)
		first->nr_passes++;
	return true;
}

/* The lock is or may be free: S2, S3. */
static void wake_first_locked(struct rw_semaphore *sem, struct wakeups *wakeups)
{
	struct rwsem_waiter *waiter;

	if (!may_overtake_locked(sem)) {
		grant_locked(sem, wakeups);
		return;
	}
	list_for_each_entry(waiter, &sem->waiters, node) {
		bool is_first = waiter->node.prev == &sem->waiters;

		if (waiter->is_writer && !is_first)
			break;
		note_wakeup(wakeups, waiter->thread);
		if (waiter->is_writer)
			break;
	}
}

/* Are only readers, or nobody, in line before @waiter? */
static bool is_next_locked(const struct rw_semaphore *sem, const struct rwsem_waiter *waiter)
{
	const struct rwsem_waiter *before;

	if (waiter->is_writer)
		return waiter->node.prev == &sem->waiters;
	list_for_each_entry(before, &sem->waiters, node)
		if (before == waiter || before->is_writer)
			break;
	return before == waiter;
}

/* A waiter that was woken enters if it can. */
static bool enter_from_line_locked(struct rw_semaphore *sem, struct rwsem_waiter *waiter)
{
	if (waiter->is_granted)
		return true;
	if (!is_next_locked(sem, waiter) || !enter_locked(sem, waiter->is_writer))
		return false;
	list_del(&waiter->node);
	clear_waiters_if_none_locked(sem);
	return true;
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
	struct wakeups wakeups = { .nr = 0 };
	int ret = 0;

	for (;;) {
		set_current_state(state);
		if (enter_from_line_locked(sem, waiter))
			break;
		if ((state & TASK_WAKEKILL) && thread_fatal_signal_pending(current_thread())) {
			list_del(&waiter->node);
			clear_waiters_if_none_locked(sem);
			rcu_read_lock();
			wake_first_locked(sem, &wakeups); /* we may have stood in others' way */
			ret = -EINTR;
			break;
		}
		spin_unlock(&sem->wait_lock);
		schedule();
		spin_lock(&sem->wait_lock);
	}
	__set_current_state(TASK_RUNNING);
	spin_unlock(&sem->wait_lock);
	if (ret) {
		wake_noted(&wakeups);
		rcu_read_unlock();
	}
	return ret;
}

static noinline int down_slow(struct rw_semaphore *sem, bool is_writer, u32 state)
{
	struct rwsem_waiter waiter = { .thread = current_thread(), .is_writer = is_writer };
	int ret;

	spin_lock(&sem->wait_lock);
	if (overtake_locked(sem, is_writer)) {
		spin_unlock(&sem->wait_lock);
		return 0;
	}
	list_add_tail(&waiter.node, &sem->waiters);
	mark_waiters_locked(sem); /* from here on a release sees us; before, it is seen by the first look of wait_in_line() */
	held_wait_begin(sem);
	ret = wait_in_line(sem, &waiter, state);
	held_wait_end();
	return ret;
}

static noinline void up_slow(struct rw_semaphore *sem)
{
	struct wakeups wakeups = { .nr = 0 };

	with_rcu(); /* S4 */
	spin_lock(&sem->wait_lock);
	if (unlikely(held_hand_over(sem)))
		grant_locked(sem, &wakeups);
	else
		wake_first_locked(sem, &wakeups);
	spin_unlock(&sem->wait_lock);
	wake_noted(&wakeups);
}

void down_read_nested(struct rw_semaphore *sem, u32 depth)
{
	rank_acquire(sem, &sem->debug, depth, false);
	if (unlikely(!read_fast(sem)))
		(void)down_slow(sem, false, TASK_UNINTERRUPTIBLE);
	held_add(sem);
}

void down_read(struct rw_semaphore *sem)
{
	down_read_nested(sem, 0);
}

int down_read_killable_nested(struct rw_semaphore *sem, u32 depth)
{
	int ret = 0;

	rank_acquire(sem, &sem->debug, depth, false);
	if (unlikely(!read_fast(sem)))
		ret = down_slow(sem, false, TASK_KILLABLE);
	if (ret)
		rank_release(sem);
	else
		held_add(sem);
	return ret;
}

int down_read_killable(struct rw_semaphore *sem)
{
	return down_read_killable_nested(sem, 0);
}

bool down_read_trylock(struct rw_semaphore *sem)
{
	if (!read_fast(sem))
		return false;
	rank_acquire_try(sem, &sem->debug, false);
	held_add(sem);
	return true;
}

void up_read(struct rw_semaphore *sem)
{
	u64 left;

	rank_release(sem);
	held_remove(sem);
	left = xadd(&sem->count, -RW_READER) - RW_READER;
	if (unlikely(left == RW_WAITERS))
		up_slow(sem);
}

void down_write_nested(struct rw_semaphore *sem, u32 depth)
{
	rank_acquire(sem, &sem->debug, depth, false);
	if (unlikely(!write_fast(sem)))
		(void)down_slow(sem, true, TASK_UNINTERRUPTIBLE);
	held_add(sem);
}

void down_write(struct rw_semaphore *sem)
{
	down_write_nested(sem, 0);
}

int down_write_killable_nested(struct rw_semaphore *sem, u32 depth)
{
	int ret = 0;

	rank_acquire(sem, &sem->debug, depth, false);
	if (unlikely(!write_fast(sem)))
		ret = down_slow(sem, true, TASK_KILLABLE);
	if (ret)
		rank_release(sem);
	else
		held_add(sem);
	return ret;
}

int down_write_killable(struct rw_semaphore *sem)
{
	return down_write_killable_nested(sem, 0);
}

bool down_write_trylock(struct rw_semaphore *sem)
{
	if (!write_fast(sem))
		return false;
	rank_acquire_try(sem, &sem->debug, false);
	held_add(sem);
	return true;
}

void up_write(struct rw_semaphore *sem)
{
	rank_release(sem);
	held_remove(sem);
	if (unlikely(xadd(&sem->count, -RW_WRITER) & RW_WAITERS))
		up_slow(sem);
}

void downgrade_write(struct rw_semaphore *sem)
{
	if (unlikely(xadd(&sem->count, RW_READER - RW_WRITER) & RW_WAITERS))
		up_slow(sem);
}
