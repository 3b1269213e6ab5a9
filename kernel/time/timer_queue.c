/* SPDX-License-Identifier: GPL-2.0-only */
/* timer_queue.c - a red-black tree by expiry that knows its leftmost. */
#include "timer_queue.h"

bool timer_queue_insert(struct timer_queue *queue, struct timer *timer)
{
	struct rb_node **link = &queue->tree.rb_root.rb_node, *parent = NULL;
	bool is_first = true;

	while (*link) {
		parent = *link;
		if (timer->expires_ns < rb_entry(parent, struct timer, node)->expires_ns) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			is_first = false;
		}
	}
	rb_link_node(&timer->node, parent, link);
	rb_insert_color_cached(&timer->node, &queue->tree, is_first);
	timer->state = TIMER_QUEUED;
	return is_first;
}

void timer_queue_remove(struct timer_queue *queue, struct timer *timer)
{
	rb_erase_cached(&timer->node, &queue->tree);
	WRITE_ONCE(timer->state, TIMER_IDLE);
}
