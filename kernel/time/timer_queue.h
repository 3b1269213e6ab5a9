/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timer_queue.h - timers in the order of their expiry; first come, first served among equals. Pure: no locks, no clock.
 */
#pragma once

#include <lib/rbtree.h>
#include <time/timer.h>

enum { TIMER_IDLE, TIMER_QUEUED };

struct timer_queue {
	struct rb_root_cached tree;
};

/* True when @timer is the new first. It is not queued. */
bool timer_queue_insert(struct timer_queue *queue, struct timer *timer);
void timer_queue_remove(struct timer_queue *queue, struct timer *timer);

static inline struct timer *timer_queue_first(const struct timer_queue *queue)
{
	return rb_entry_safe(rb_first_cached(&queue->tree), struct timer, node);
}
