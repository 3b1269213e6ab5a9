/* SPDX-License-Identifier: GPL-2.0-only */
/* edge.c - edge waits. See edge.h for the protocol. */
#include <lib/assert.h>
#include <lib/errno.h>
#include <sync/edge.h>
#include <sync/sync_port.h>
#include <sync/wait.h>

struct edge_wait *edge_wait_begin(const struct edge_wait_ops *ops)
{
	struct edge_wait *edge = &current_thread()->edge;

	if (edge->ops) {
		KASSERT(edge->ops == ops && edge->resumed);
		return edge;
	}
	edge->ops = ops;
	edge->thread = current_thread();
	edge->home = NULL;
	edge->woken = 0;
	edge->result = 0;
	edge->resumed = false;
	INIT_LIST_HEAD(&edge->node);
	return edge;
}

bool edge_wait_is_woken(const struct edge_wait *edge)
{
	return smp_load_acquire(&edge->woken); /* pairs with edge_wait_wake() */
}

int edge_wait_sleep(struct edge_wait *edge, u64 deadline_ns)
{
	return edge_wait_sleep_while(edge, deadline_ns, NULL, 0);
}

int edge_wait_sleep_while(struct edge_wait *edge, u64 deadline_ns, const atomic_t *word, u32 value)
{
	int ret = 0;

	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE); /* pairs with edge_wait_wake() */
		if (edge_wait_is_woken(edge)) {
			ret = 0;
			break;
		}
		if (!ret && word && (u32)atomic_read(word) != value)
			ret = -EAGAIN;
		if (ret)
			break;
		ret = wait_sleep(WAIT_LEVEL, deadline_ns);
	}
	__set_current_state(TASK_RUNNING);
	edge->resumed = ret == -EPARK;
	return ret;
}

void edge_wait_wake(struct edge_wait *edge, s32 result)
{
	edge_wait_wake_batched(edge, result, NULL);
}

void edge_wait_wake_batched(struct edge_wait *edge, s32 result, struct wake_batch *batch)
{
	struct thread *thread = edge->thread;

	preempt_disable(); /* T2: the thread may be gone for good once it sees woken */
	edge->result = result;
	smp_store_release(&edge->woken, 1); /* pairs with edge_wait_is_woken() */
	smp_mb();			    /* woken before the look at the state */
	thread_wake_batched(thread, TASK_INTERRUPTIBLE, batch);
	preempt_enable();
}

s32 edge_wait_end(struct edge_wait *edge)
{
	edge->ops = NULL;
	edge->resumed = false;
	return edge->result;
}
