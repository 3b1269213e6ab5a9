/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * completion.c - counted events. done and the waiters stand under wait.lock, so that the object may go as soon as
 * the waiter has returned: complete() does not touch it after unlocking.
 */
#include <sync/completion.h>
#include <sync/sync_port.h>

static void complete_some(struct completion *c, bool all)
{
	unsigned long flags;

	spin_lock_irqsave(&c->wait.lock, flags);
	if (all)
		c->done = U32_MAX;
	else if (c->done != U32_MAX)
		c->done++;
	wake_up_queue_locked(&c->wait, TASK_NORMAL, all ? 0 : 1, 0);
	spin_unlock_irqrestore(&c->wait.lock, flags);
}

void complete(struct completion *c)
{
	complete_some(c, false);
}

void complete_all(struct completion *c)
{
	complete_some(c, true);
}

bool try_wait_for_completion(struct completion *c)
{
	unsigned long flags;
	bool done;

	spin_lock_irqsave(&c->wait.lock, flags);
	done = c->done > 0;
	if (done && c->done != U32_MAX)
		c->done--;
	spin_unlock_irqrestore(&c->wait.lock, flags);
	return done;
}

int wait_for_completion_kind(struct completion *c, enum wait_kind kind, u64 deadline_ns)
{
	might_sleep();
	return wait_event_kind(c->wait, try_wait_for_completion(c), kind, deadline_ns, WAIT_EXCLUSIVE);
}

void wait_for_completion(struct completion *c)
{
	(void)wait_for_completion_kind(c, WAIT_SHORT, DEADLINE_NEVER);
}

void wait_for_completion_device(struct completion *c, const char *device)
{
	wait_note_device(device);
	(void)wait_for_completion_kind(c, WAIT_DEVICE, DEADLINE_NEVER);
	wait_note_device(NULL);
}
