/* SPDX-License-Identifier: GPL-2.0-only */
/* rt.h - FIFO and RR: a list for each of 99 priorities. A running task stays on its list. */
#pragma once

#include <lib/bitops.h>
#include <lib/list.h>
#include <sched/task.h>

#define NR_RT_PRIOS 100

struct rt_queue {
	u64 bitmap[2]; /* bit 99 - priority: the lowest set bit is the highest priority */
	u32 nr;
	bool is_held; /* their share of this period is used up: rt.c */
	u64 used_ns;  /* of it */
	u64 period_from_ns;
	struct list_head list[NR_RT_PRIOS];
};

static inline void rt_init(struct rt_queue *queue)
{
	u32 i;

	for (i = 0; i < NR_RT_PRIOS; i++)
		INIT_LIST_HEAD(&queue->list[i]);
}

static inline u32 rt_index(const struct task *task)
{
	return NR_RT_PRIOS - 1 - task->rt_priority;
}

static inline void rt_enqueue(struct rt_queue *queue, struct task *task, bool at_head)
{
	u32 index = rt_index(task);

	if (at_head)
		list_add(&task->se.rt_node, &queue->list[index]);
	else
		list_add_tail(&task->se.rt_node, &queue->list[index]);
	queue->bitmap[index / 64] |= 1ull << (index % 64);
	queue->nr++;
}

static inline void rt_dequeue(struct rt_queue *queue, struct task *task)
{
	u32 index = rt_index(task);

	list_del(&task->se.rt_node);
	if (list_empty(&queue->list[index]))
		queue->bitmap[index / 64] &= ~(1ull << (index % 64));
	queue->nr--;
}

static inline void rt_rotate(struct rt_queue *queue, struct task *task)
{
	list_move_tail(&task->se.rt_node, &queue->list[rt_index(task)]);
}

struct run_queue;
/* Do they come before fair tasks just now? rq->lock held. */
bool rt_may_run(const struct run_queue *rq);
/* The tick: hold them back, or no longer. rq->lock held, the clock just read. */
void rt_check_share(struct run_queue *rq);

/* The highest and oldest; the queue is not empty. */
static inline struct task *rt_first(const struct rt_queue *queue)
{
	u32 index = queue->bitmap[0] ? __builtin_ctzll(queue->bitmap[0]) : 64 + __builtin_ctzll(queue->bitmap[1]);

	return list_first_entry(&queue->list[index], struct task, se.rt_node);
}
