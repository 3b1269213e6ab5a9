/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * workqueue.h - work that a kernel thread does later. Defined by the scheduler (sched/workqueue.c).
 *
 * A work item belongs to an object and runs at most once at a time. It runs on the processor that queued it, in a
 * worker that may sleep; another worker takes over the queue while it does. For a delay see time/delayed_work.h.
 */
#pragma once

#include <lib/types.h>
#include <lib/list.h>

struct work;

struct work_ops {
	const char *name;
	void (*run)(struct work *work); /* may free the object around @work */
};

struct work {
	struct list_head node; /* pool lock */
	const struct work_ops *ops;
	u32 pending; /* 1 while queued; set atomically by who queues */
	u32 cpu;     /* the pool it was queued on last */
};

static inline void work_init(struct work *work, const struct work_ops *ops)
{
	INIT_LIST_HEAD(&work->node);
	work->ops = ops;
	work->pending = 0;
	work->cpu = 0;
}

/* Queue on this processor / on @cpu. False when it was queued already. Any context but NMI. */
bool work_queue(struct work *work);
bool work_queue_on(u32 cpu, struct work *work);
/* Wait until @work is neither queued nor running. Sleeps. */
void work_flush(struct work *work);
/* Take it off the queue and wait for a running one. True when it was queued. Sleeps. */
bool work_cancel_sync(struct work *work);
/* Boot: the queues, then (processors are up) the workers. */
void workqueue_init_early(void);
void workqueue_start(void);
