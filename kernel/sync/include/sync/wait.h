/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wait.h - wait queues and the kinds of wait.
 *
 * WHAT        Every wait declares its kind:
 *             short     wait_event()                  uninterruptible; never a device or something users make
 *             killable  wait_event_killable()         a fatal signal ends it; short otherwise
 *             level     wait_event_interruptible*()   0, -ERESTARTSYS, -EPARK, -ETIME; the condition is
 *                                                     tested again by the next pass
 *             device    wait_event_device()           not parkable; its name goes into still_begin()'s report
 *             edge      edge.h
 * INVARIANTS  W1  Exclusive waiters are woken first come, first served, after all others.
 *             W2  An entry leaves its queue in wait_finish(), or when a default wake-up succeeded.
 * LOCKING     head->lock (rank WAITQ, interrupts off). wake_up() may be called from interrupts.
 */
#pragma once

#include <lib/types.h>
#include <lib/list.h>
#include <lib/errno.h>
#include <sync/spinlock.h>
#include <sync/thread.h>

struct wait_queue_entry;

struct wait_entry_ops {
	const char *name;
	/*
	 * Called under head->lock. @events is 0 or the poll mask of what happened. Returns true when
	 * somebody was woken: only those count against the number of exclusive wake-ups.
	 */
	bool (*wake)(struct wait_queue_entry *entry, u32 events);
};

#define WAIT_EXCLUSIVE 0x01 /* wake_up() wakes only one of these */

struct wait_queue_entry {
	struct list_head node;
	const struct wait_entry_ops *ops; /* NULL: wake thread and leave the queue */
	struct thread *thread;
	u32 flags;
};

struct wait_queue_head {
	struct spinlock lock;
	struct list_head head;
};

#define WAIT_QUEUE_HEAD_INIT(name) \
	{ .lock = SPINLOCK_INIT(RANK_WAITQ), .head = LIST_HEAD_INIT((name).head) }
#define DECLARE_WAIT_QUEUE_HEAD(name) struct wait_queue_head name = WAIT_QUEUE_HEAD_INIT(name)

static inline void init_waitqueue_head(struct wait_queue_head *wq)
{
	spin_lock_init(&wq->lock, RANK_WAITQ);
	INIT_LIST_HEAD(&wq->head);
}

/* An entry of the current thread with the default wake-up. */
static inline void wait_entry_init(struct wait_queue_entry *entry, u32 flags)
{
	INIT_LIST_HEAD(&entry->node);
	entry->ops = NULL;
	entry->thread = current_thread();
	entry->flags = flags;
}

/* An entry with its own wake-up (poll, epoll). */
static inline void wait_entry_init_ops(struct wait_queue_entry *entry, const struct wait_entry_ops *ops, u32 flags)
{
	INIT_LIST_HEAD(&entry->node);
	entry->ops = ops;
	entry->thread = current_thread();
	entry->flags = flags;
}

void add_wait_queue(struct wait_queue_head *wq, struct wait_queue_entry *entry);
void remove_wait_queue(struct wait_queue_head *wq, struct wait_queue_entry *entry);
/* Queue @entry if it is not queued, and announce @state. */
void prepare_to_wait(struct wait_queue_head *wq, struct wait_queue_entry *entry, u32 state);
/* Back to running; leave the queue if still on it. */
void finish_wait(struct wait_queue_head *wq, struct wait_queue_entry *entry);

/* Is anybody waiting? Without the lock: order the condition before this call (smp_mb pairs with prepare_to_wait). */
static inline bool waitqueue_active(const struct wait_queue_head *wq)
{
	return !list_empty(&wq->head);
}

static inline bool wq_has_sleeper(const struct wait_queue_head *wq)
{
	smp_mb(); /* pairs with set_current_state() in prepare_to_wait() */
	return waitqueue_active(wq);
}

/* Wake all plain waiters and @nr_exclusive exclusive ones (0 = all) whose state is in @states. */
void wake_up_queue(struct wait_queue_head *wq, u32 states, u32 nr_exclusive, u32 events);
/* The same with wq->lock held by the caller. */
void wake_up_queue_locked(struct wait_queue_head *wq, u32 states, u32 nr_exclusive, u32 events);
/* The same for a queue whose wake-up runs inside another queue's lock (epoll), @depth levels in. */
void wake_up_queue_nested(struct wait_queue_head *wq, u32 states, u32 nr_exclusive, u32 events, u32 depth);

#define wake_up(wq)		      wake_up_queue((wq), TASK_NORMAL, 1, 0)
#define wake_up_nr(wq, nr)	      wake_up_queue((wq), TASK_NORMAL, (nr), 0)
#define wake_up_all(wq)		      wake_up_queue((wq), TASK_NORMAL, 0, 0)
#define wake_up_interruptible(wq)     wake_up_queue((wq), TASK_INTERRUPTIBLE, 1, 0)
#define wake_up_interruptible_all(wq) wake_up_queue((wq), TASK_INTERRUPTIBLE, 0, 0)
#define wake_up_poll(wq, events)      wake_up_queue((wq), TASK_NORMAL, 1, (events))
#define wake_up_poll_all(wq, events)  wake_up_queue((wq), TASK_NORMAL, 0, (events))
/* The waker is about to sleep: pipes and their like. */
#define wake_up_poll_sync(wq, events) wake_up_queue((wq), TASK_NORMAL | WAKE_SYNC, 1, (events))
#define wake_up_interruptible_poll_sync(wq, events) \
	wake_up_queue((wq), TASK_INTERRUPTIBLE | WAKE_SYNC, 1, (events))
#define wake_up_interruptible_poll(wq, events) wake_up_queue((wq), TASK_INTERRUPTIBLE, 1, (events))

enum wait_kind {
	WAIT_SHORT,    /* TASK_UNINTERRUPTIBLE, only woken */
	WAIT_KILLABLE, /* also -ERESTARTSYS for a fatal signal */
	WAIT_LEVEL,    /* -ERESTARTSYS for any signal, -EPARK */
	WAIT_DEVICE,   /* as SHORT, reported by name */
	WAIT_KILLABLE_PARK, /* a fatal signal or -EPARK */
};

/* The state that belongs to a kind. */
static __always_inline u32 wait_kind_state(enum wait_kind kind)
{
	switch (kind) {
	case WAIT_LEVEL:
		return TASK_INTERRUPTIBLE;
	case WAIT_KILLABLE:
		return TASK_KILLABLE;
	case WAIT_KILLABLE_PARK:
		return TASK_KILLABLE | TASK_WAKEPARK;
	default:
		return TASK_UNINTERRUPTIBLE;
	}
}

/*
 * Sleep in the state that prepare_to_wait() or set_current_state() announced. 0 after a wake-up (test again), or why
 * the wait must end: -ERESTARTSYS, -EPARK, -ETIME. Does not sleep when there is a reason already.
 */
int wait_sleep(enum wait_kind kind, u64 deadline_ns);
/* The same while @lock is dropped; it is held again on return. */
int wait_sleep_locked(enum wait_kind kind, u64 deadline_ns, struct spinlock *lock);
/* The same, interrupts enabled while sleeping (the lock is one taken with spin_lock_irq). */
int wait_sleep_locked_irq(enum wait_kind kind, u64 deadline_ns, struct spinlock *lock);
/* The same while a mutex is dropped. */
struct mutex;
int wait_sleep_mutex(enum wait_kind kind, u64 deadline_ns, struct mutex *mutex);
/* Name the device that the current thread waits for (NULL: no more). */
void wait_note_device(const char *device);

/* The loop of every form below; @cond is tested with the entry queued. */
#define wait_event_loop(wq, cond, kind, deadline_ns, entry_flags, sleep_expr)      \
	({                                                                         \
		struct wait_queue_entry wait_entry_;                               \
		int wait_ret_ = 0;                                                 \
		wait_entry_init(&wait_entry_, (entry_flags));                      \
		for (;;) {                                                         \
			prepare_to_wait(&(wq), &wait_entry_, wait_kind_state(kind)); \
			if (cond)                                                  \
				break;                                             \
			wait_ret_ = (sleep_expr);                                  \
			if (!wait_ret_)                                            \
				continue;                                          \
			if (cond)                                                  \
				wait_ret_ = 0;                                     \
			break;                                                     \
		}                                                                  \
		finish_wait(&(wq), &wait_entry_);                                  \
		wait_ret_;                                                         \
	})

#define wait_event_kind(wq, cond, kind, deadline_ns, flags)                             \
	({                                                                              \
		int wait_outer_ = 0;                                                    \
		if (!(cond))                                                            \
			wait_outer_ = wait_event_loop(wq, cond, kind, deadline_ns, flags, \
						      wait_sleep(kind, deadline_ns));   \
		wait_outer_;                                                            \
	})

/* Short: uninterruptible. */
#define wait_event(wq, cond) ((void)wait_event_kind(wq, cond, WAIT_SHORT, DEADLINE_NEVER, 0))
/* Short with an end: 0 or -ETIME. */
#define wait_event_deadline(wq, cond, deadline_ns) wait_event_kind(wq, cond, WAIT_SHORT, deadline_ns, 0)
/* Killable, not parkable: 0 or -ERESTARTSYS. */
#define wait_event_killable(wq, cond) wait_event_kind(wq, cond, WAIT_KILLABLE, DEADLINE_NEVER, 0)
/* Killable and parkable: what a guest program serves, for callers that are system calls. */
#define wait_event_killable_park(wq, cond) wait_event_kind(wq, cond, WAIT_KILLABLE_PARK, DEADLINE_NEVER, 0)
/* Level: 0, -ERESTARTSYS, -EPARK. */
#define wait_event_interruptible(wq, cond) wait_event_kind(wq, cond, WAIT_LEVEL, DEADLINE_NEVER, 0)
/* Level, one waiter a wake-up. */
#define wait_event_interruptible_exclusive(wq, cond) \
	wait_event_kind(wq, cond, WAIT_LEVEL, DEADLINE_NEVER, WAIT_EXCLUSIVE)
/* Level with an absolute monotonic deadline (call_deadline()): also -ETIME. */
#define wait_event_interruptible_deadline(wq, cond, deadline_ns) \
	wait_event_kind(wq, cond, WAIT_LEVEL, deadline_ns, 0)
/* Device: not parkable, reported by @name. */
#define wait_event_device(wq, cond, name)                                            \
	({                                                                           \
		wait_note_device(name);                                              \
		(void)wait_event_kind(wq, cond, WAIT_DEVICE, DEADLINE_NEVER, 0);     \
		wait_note_device(NULL);                                              \
	})
/* Device with an end: 0 or -ETIME. */
#define wait_event_device_deadline(wq, cond, deadline_ns, name)                            \
	({                                                                                 \
		wait_note_device(name);                                                    \
		int wait_dev_ = wait_event_kind(wq, cond, WAIT_DEVICE, deadline_ns, 0);    \
		wait_note_device(NULL);                                                    \
		wait_dev_;                                                                 \
	})

/* The condition stands under @lock (held by the caller, rank outside WAITQ), which is dropped while sleeping. */
#define wait_event_lock(wq, cond, lock) \
	((void)wait_event_loop(wq, cond, WAIT_SHORT, 0, 0, wait_sleep_locked(WAIT_SHORT, DEADLINE_NEVER, &(lock))))
#define wait_event_interruptible_lock(wq, cond, lock)         \
	wait_event_loop(wq, cond, WAIT_LEVEL, 0, 0, \
			wait_sleep_locked(WAIT_LEVEL, DEADLINE_NEVER, &(lock)))
#define wait_event_interruptible_lock_deadline(wq, cond, lock, deadline_ns) \
	wait_event_loop(wq, cond, WAIT_LEVEL, 0, 0, wait_sleep_locked(WAIT_LEVEL, deadline_ns, &(lock)))
#define wait_event_lock_irq(wq, cond, lock) \
	((void)wait_event_loop(wq, cond, WAIT_SHORT, 0, 0, wait_sleep_locked_irq(WAIT_SHORT, DEADLINE_NEVER, &(lock))))
#define wait_event_interruptible_lock_irq(wq, cond, lock)     \
	wait_event_loop(wq, cond, WAIT_LEVEL, 0, 0, \
			wait_sleep_locked_irq(WAIT_LEVEL, DEADLINE_NEVER, &(lock)))
/* The same under a mutex. */
#define wait_event_interruptible_mutex(wq, cond, mutex) \
	wait_event_loop(wq, cond, WAIT_LEVEL, 0, 0, wait_sleep_mutex(WAIT_LEVEL, DEADLINE_NEVER, &(mutex)))
