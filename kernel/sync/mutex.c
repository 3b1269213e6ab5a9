/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mutex.c - sleeping locks, fair but not pedantic.
 *
 * WHAT        owner is the holder's address, bit 0 says that somebody waits, bit 1 that the next unlock must hand the lock
 *             to the first waiter. Free and nobody waiting is 0, so locking and unlocking without contention are one
 *             compare-exchange each. An unlock with waiters frees the lock and wakes the first; whoever comes meanwhile may
 *             take it, so that no processor waits for a sleeper to wake up. A first waiter that wakes up in vain
 *             asks for the hand-over: it is overtaken in one wake-up only.
 * INVARIANTS  M1  Bit 0 is set if and only if the list of waiters is not empty, while wait_lock is held.
 *             M2  With bit 1 set nobody but the unlocker changes the owner, and it hands over: nobody starves.
 *             M3  Waiters are woken first come, first served.
 *             M4  A thread that promised to (held.h) hands over as if bit 1 were set.
 * LOCKING     wait_lock, rank LOCK_WAIT, outside of the run queue's.
 * TESTS       boot selftest=sync
 */
#include <lib/assert.h>
#include <lib/errno.h>
#include <lib/list.h>
#include <sync/held.h>
#include <sync/mutex.h>
#include <sync/sync_port.h>

#define MUTEX_WAITERS 1ull
#define MUTEX_HANDOFF 2ull
#define MUTEX_FLAGS   3ull

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

/*
 * Take it if it is free (and not promised to somebody else), else leave @mark. wait_lock held, so waiters stay as they are.
 * The flags stay, but a hand-over that was meant for us is over.
 */
static bool take_or_mark_locked(struct mutex *mutex, u64 mark, bool is_first)
{
	u64 old = READ_ONCE(mutex->owner), new;

	for (;;) {
		bool is_free = !(old & ~MUTEX_FLAGS) && (is_first || !(old & MUTEX_HANDOFF));

		new = is_free ? (u64)current_thread() | (old & MUTEX_WAITERS) : old | mark;
		if (try_cmpxchg(&mutex->owner, &old, new))
			return is_free;
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
	bool was_first = list_is_first(&waiter->node, &mutex->waiters);
	u64 old = READ_ONCE(mutex->owner), drop;

	list_del(&waiter->node);
	drop = list_empty(&mutex->waiters) ? MUTEX_FLAGS : was_first ? MUTEX_HANDOFF : 0;
	while (!try_cmpxchg(&mutex->owner, &old, old & ~drop))
		;
}

/* A free lock must not stay free while others wait: the one who gives up may have got the wake-up. */
static void pass_on_wakeup_locked(struct mutex *mutex)
{
	struct mutex_waiter *first = list_first_entry_or_null(&mutex->waiters, struct mutex_waiter, node);

	if (first && !(READ_ONCE(mutex->owner) & ~MUTEX_FLAGS))
		thread_wake(first->thread, TASK_NORMAL | TASK_WAKEKILL);
}

/* Wait in line until we have the lock. wait_lock held on entry, not on return. */
static int wait_in_line(struct mutex *mutex, u32 state)
{
	struct mutex_waiter waiter = { .thread = current_thread() };
	u64 mark = MUTEX_WAITERS;
	int ret = 0;

	list_add_tail(&waiter.node, &mutex->waiters);
	for (;;) {
		bool is_first = list_is_first(&waiter.node, &mutex->waiters);

		set_current_state(state);
		if (mutex_is_mine(mutex) || take_or_mark_locked(mutex, is_first ? mark : MUTEX_WAITERS, is_first)) {
			leave_queue_locked(mutex, &waiter);
			break;
		}
		if (must_give_up(state)) {
			leave_queue_locked(mutex, &waiter);
			pass_on_wakeup_locked(mutex);
			ret = -EINTR;
			break;
		}
		spin_unlock(&mutex->wait_lock);
		schedule();
		spin_lock(&mutex->wait_lock);
		mark = MUTEX_WAITERS | MUTEX_HANDOFF; /* once was enough */
	}
	__set_current_state(TASK_RUNNING);
	spin_unlock(&mutex->wait_lock);
	return ret;
}

static noinline int lock_slow(struct mutex *mutex, u32 state)
{
	int ret;

	KASSERT(!mutex_is_mine(mutex));
	spin_lock(&mutex->wait_lock);
	if (take_or_mark_locked(mutex, MUTEX_WAITERS, false)) {
		spin_unlock(&mutex->wait_lock);
		return 0;
	}
	held_wait_begin(mutex);
	ret = wait_in_line(mutex, state);
	held_wait_end();
	return ret;
}

void mutex_lock_nested(struct mutex *mutex, u32 depth)
{
	rank_acquire(mutex, &mutex->debug, depth, false);
	if (unlikely(!take_free(mutex)))
		(void)lock_slow(mutex, TASK_UNINTERRUPTIBLE);
	held_add(mutex);
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
	else
		held_add(mutex);
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
	held_add(mutex);
	return true;
}

/* There are waiters: free the lock, or hand it over (M2), and wake the first. */
static noinline void unlock_slow(struct mutex *mutex)
{
	struct mutex_waiter *first;
	bool hands_over = held_hand_over(mutex);
	u64 old, new;

	spin_lock(&mutex->wait_lock);
	first = list_first_entry_or_null(&mutex->waiters, struct mutex_waiter, node);
	old = READ_ONCE(mutex->owner);
	do {
		new = old & MUTEX_WAITERS;
		if (first && (hands_over || (old & MUTEX_HANDOFF)))
			new |= (u64)first->thread;
	} while (!try_cmpxchg_release(&mutex->owner, &old, new));
	if (first)
		thread_wake(first->thread, TASK_NORMAL | TASK_WAKEKILL);
	spin_unlock(&mutex->wait_lock);
}

void mutex_unlock(struct mutex *mutex)
{
	u64 old = (u64)current_thread();

	rank_release(mutex);
	held_remove(mutex);
	if (likely(try_cmpxchg_release(&mutex->owner, &old, 0)))
		return;
	KASSERT((old & ~MUTEX_FLAGS) == (u64)current_thread());
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
