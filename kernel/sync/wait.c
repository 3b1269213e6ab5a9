/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wait.c - wait queues.
 *
 * WHAT        See wait.h for kinds and invariants.
 * LOCKING     head->lock, interrupts off, outside of the run queue's lock. The order that makes it safe: a sleeper
 *             announces its state and then tests; a waker changes the condition and then looks at the state.
 */
#include <lib/list.h>
#include <sync/mutex.h>
#include <sync/sync_port.h>
#include <sync/wait.h>

static void queue_entry_locked(struct wait_queue_head *wq, struct wait_queue_entry *entry)
{
	if (entry->flags & WAIT_EXCLUSIVE)
		list_add_tail(&entry->node, &wq->head);
	else
		list_add(&entry->node, &wq->head);
}

void add_wait_queue(struct wait_queue_head *wq, struct wait_queue_entry *entry)
{
	unsigned long flags;

	spin_lock_irqsave(&wq->lock, flags);
	queue_entry_locked(wq, entry);
	spin_unlock_irqrestore(&wq->lock, flags);
}

void remove_wait_queue(struct wait_queue_head *wq, struct wait_queue_entry *entry)
{
	unsigned long flags;

	spin_lock_irqsave(&wq->lock, flags);
	list_del_init(&entry->node);
	spin_unlock_irqrestore(&wq->lock, flags);
}

void prepare_to_wait(struct wait_queue_head *wq, struct wait_queue_entry *entry, u32 state)
{
	unsigned long flags;

	spin_lock_irqsave(&wq->lock, flags);
	if (list_empty(&entry->node))
		queue_entry_locked(wq, entry);
	set_current_state(state); /* pairs with the waker's condition before wq->lock or wq_has_sleeper() */
	spin_unlock_irqrestore(&wq->lock, flags);
}

/* Has a waker taken the entry off and finished with it? list_del_init() writes prev last. */
static bool entry_is_off(const struct wait_queue_entry *entry)
{
	return smp_load_acquire(&entry->node.prev) == &entry->node && READ_ONCE(entry->node.next) == &entry->node;
}

void finish_wait(struct wait_queue_head *wq, struct wait_queue_entry *entry)
{
	__set_current_state(TASK_RUNNING);
	if (!entry_is_off(entry))
		remove_wait_queue(wq, entry);
}

static bool wake_entry(struct wait_queue_entry *entry, u32 states, u32 events, struct wake_batch *batch)
{
	if (entry->ops)
		return entry->ops->wake(entry, events);
	if (!thread_wake_batched(entry->thread, states, batch))
		return false;
	list_del_init(&entry->node); /* from here on the entry is gone */
	return true;
}

static void wake_entries_locked(struct wait_queue_head *wq, u32 states, u32 nr_exclusive, u32 events,
				struct wake_batch *batch)
{
	struct wait_queue_entry *entry, *next;

	list_for_each_entry_safe(entry, next, &wq->head, node) {
		bool is_exclusive = entry->flags & WAIT_EXCLUSIVE;

		if (wake_entry(entry, states, events, batch) && is_exclusive && !--nr_exclusive)
			break;
	}
}

void wake_up_queue_locked(struct wait_queue_head *wq, u32 states, u32 nr_exclusive, u32 events)
{
	wake_entries_locked(wq, states, nr_exclusive, events, NULL);
}

void wake_up_queue(struct wait_queue_head *wq, u32 states, u32 nr_exclusive, u32 events)
{
	wake_up_queue_nested(wq, states, nr_exclusive, events, 0);
}

void wake_up_queue_nested(struct wait_queue_head *wq, u32 states, u32 nr_exclusive, u32 events, u32 depth)
{
	struct wake_batch batch;
	unsigned long flags;

	batch.nr = 0;
	preempt_disable();
	spin_lock_irqsave_nested(&wq->lock, flags, depth);
	wake_entries_locked(wq, states, nr_exclusive, events, &batch);
	spin_unlock_irqrestore(&wq->lock, flags);
	wake_batch_finish(&batch);
	preempt_enable();
}

/* Why a wait of @kind must end now, or 0. */
static int wait_end_reason(enum wait_kind kind)
{
	struct thread *thread = current_thread();
	u32 work = thread_work(thread);

	if (likely(!(work & (BIT(TIF_SIGPENDING) | BIT(TIF_PARK)))))
		return 0;
	if (kind == WAIT_SHORT || kind == WAIT_DEVICE)
		return 0;
	if (kind == WAIT_LEVEL ? thread_signal_pending(thread) : thread_fatal_signal_pending(thread))
		return -ERESTARTSYS;
	if (kind != WAIT_KILLABLE && (work & BIT(TIF_PARK)))
		return -EPARK;
	return 0;
}

int wait_sleep(enum wait_kind kind, u64 deadline_ns)
{
	int ret = wait_end_reason(kind);

	if (ret)
		return ret;
	if (kind != WAIT_DEVICE)
		rank_assert_no_reservation("waits");
	if (deadline_ns != DEADLINE_NEVER)
		return schedule_until(deadline_ns) ? -ETIME : 0;
	schedule();
	return 0;
}

int wait_sleep_locked(enum wait_kind kind, u64 deadline_ns, struct spinlock *lock)
{
	int ret;

	spin_unlock(lock);
	ret = wait_sleep(kind, deadline_ns);
	spin_lock(lock);
	return ret;
}

int wait_sleep_locked_irq(enum wait_kind kind, u64 deadline_ns, struct spinlock *lock)
{
	int ret;

	spin_unlock_irq(lock);
	ret = wait_sleep(kind, deadline_ns);
	spin_lock_irq(lock);
	return ret;
}

int wait_sleep_mutex(enum wait_kind kind, u64 deadline_ns, struct mutex *mutex)
{
	int ret;

	mutex_unlock(mutex);
	ret = wait_sleep(kind, deadline_ns);
	__set_current_state(TASK_RUNNING);
	mutex_lock(mutex);
	return ret;
}

void wait_note_device(const char *device)
{
	WRITE_ONCE(current_thread()->wait_device, device);
}
