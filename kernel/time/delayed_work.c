/* SPDX-License-Identifier: GPL-2.0-only */
/* delayed_work.c - a timer that queues a work item. */
#include <time/delayed_work.h>

static void delay_over(struct timer *timer)
{
	struct delayed_work *dwork = container_of(timer, struct delayed_work, timer);

	work_queue(&dwork->work);
}

static const struct timer_ops delay_ops = { .name = "delayed work", .expire = delay_over };

void delayed_work_init(struct delayed_work *dwork, const struct work_ops *ops)
{
	work_init(&dwork->work, ops);
	timer_init(&dwork->timer, &delay_ops);
}

bool delayed_work_queue(struct delayed_work *dwork, u64 delay_ns)
{
	if (timer_is_started(&dwork->timer) || READ_ONCE(dwork->work.pending))
		return false;
	if (!delay_ns)
		return work_queue(&dwork->work);
	return !timer_start_in(&dwork->timer, delay_ns);
}

void delayed_work_modify(struct delayed_work *dwork, u64 delay_ns)
{
	if (delay_ns) {
		timer_start_in(&dwork->timer, delay_ns);
		return;
	}
	timer_cancel(&dwork->timer);
	work_queue(&dwork->work);
}

bool delayed_work_cancel_sync(struct delayed_work *dwork)
{
	bool was_pending = timer_cancel_sync(&dwork->timer);

	was_pending |= work_cancel_sync(&dwork->work);
	/* the work itself may have started the timer again while it ran */
	was_pending |= timer_cancel_sync(&dwork->timer);
	return was_pending;
}
