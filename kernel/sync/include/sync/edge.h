/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * edge.h - edge waits: the wake-up is an event that must not be lost, nor its place in the queue.
 *
 * WHAT        A futex waiter, a sigwait, an exclusive accept. The record lives in struct thread and stays
 *             queued while the task is parked, so its place, a wake-up and a requeue survive the park.
 * PROTOCOL    handler:  e = edge_wait_begin(&ops);
 *                       if (!edge_wait_is_resumed(e)) { lock(queue); test; queue e->node; unlock(queue); }
 *                       ret = edge_wait_sleep(e, deadline);
 *                       if (ret == -EPARK) return ret;            (the record stays queued)
 *                       if (ret) { lock(queue); if (edge_wait_is_woken(e)) ret = 0; else unlink; unlock(queue); }
 *                       edge_wait_end(e);
 *             waker:    under the queue's lock: unlink e->node, edge_wait_wake(e, result).
 * LOCKING     node, home and key belong to the queue's lock; the rest is the thread's own.
 */
#pragma once

#include <lib/types.h>
#include <lib/list.h>
#include <arch/atomic.h>

struct thread;
struct edge_wait;
struct wake_batch;

struct edge_wait_ops {
	const char *name; /* "futex", ... for reports and the handover */
};

#define EDGE_KEY_WORDS 6

struct edge_wait {
	const struct edge_wait_ops *ops; /* NULL: no edge wait in progress */
	struct thread *thread;
	struct list_head node; /* in the owner's queue */
	void *home;	       /* the queue it is on now (a requeue changes it) */
	u64 key[EDGE_KEY_WORDS];
	u32 woken; /* stored with release by the waker */
	s32 result;
	bool resumed;
};

/* The current thread's record: fresh, or the one that a parked pass left. */
struct edge_wait *edge_wait_begin(const struct edge_wait_ops *ops);
/* Was the record left queued by an earlier pass? */
static inline bool edge_wait_is_resumed(const struct edge_wait *edge)
{
	return edge->resumed;
}
bool edge_wait_is_woken(const struct edge_wait *edge);
/* Sleep until woken: 0, or -ERESTARTSYS, -ETIME, -EPARK. */
int edge_wait_sleep(struct edge_wait *edge, u64 deadline_ns);
/* The same while @word is @value; who changes it wakes the thread. Also -EAGAIN: it is not; the record stays queued. */
int edge_wait_sleep_while(struct edge_wait *edge, u64 deadline_ns, const atomic_t *word, u32 value);
/* Wake the thread of a record that the caller has just unlinked. Any context but NMI. */
void edge_wait_wake(struct edge_wait *edge, s32 result);
/* The same in two halves: wake_batch_finish() when the queue's lock is dropped. Preemption is off. */
void edge_wait_wake_batched(struct edge_wait *edge, s32 result, struct wake_batch *batch);
/* The wait is over and the record unlinked. Returns its result. */
s32 edge_wait_end(struct edge_wait *edge);
