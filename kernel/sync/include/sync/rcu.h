/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rcu.h - read-copy-update. Readers are preemption-disabled regions and cost nothing more.
 *
 * call_rcu() never allocates and may be called anywhere but in NMI; callbacks run in a kernel thread with preemption
 * enabled and must not sleep. The backlog is bounded: a caller that may sleep waits when there is too much of it.
 */
#pragma once

#include <lib/types.h>
#include <lib/rcu_ptr.h>
#include <arch/preempt.h>
#include <arch/atomic.h>

struct rcu_ops {
	const char *name;
	void (*reclaim)(struct rcu_head *head); /* the grace period is over: free the object around @head */
};

static __always_inline void rcu_read_lock(void)
{
	preempt_disable();
}

static __always_inline void rcu_read_unlock(void)
{
	preempt_enable();
}

static __always_inline void rcu_guard_end(int *unused)
{
	rcu_read_unlock();
}

static __always_inline int rcu_guard_begin(void)
{
	rcu_read_lock();
	return 0;
}

/* A reader until the end of the block. */
#define with_rcu() \
	int SYNC_UNIQUE_RCU(rcu_guard_, __LINE__) __attribute__((cleanup(rcu_guard_end), unused)) = rcu_guard_begin()
#define SYNC_UNIQUE_RCU2(a, b) a##b
#define SYNC_UNIQUE_RCU(a, b)  SYNC_UNIQUE_RCU2(a, b)

/* After a grace period, ops->reclaim(head). */
void call_rcu(struct rcu_head *head, const struct rcu_ops *ops);
/* Wait until every reader that runs now is gone. Sleeps. */
void synchronize_rcu(void);
/* Wait until every callback queued before has run. Sleeps. */
void rcu_barrier(void);
/* Callbacks that wait or run now, all processors. */
u64 rcu_backlog(void);
/* Grace periods completed since boot. */
u64 rcu_grace_periods(void);

/* The scheduler's and the interrupt exit's notes: no reader runs on this processor at this instant. */
void rcu_note_quiescent(void);
/* The tick's and the idle loop's question whether the grace-period thread has something to do. */
void rcu_tick(void);
/* Does a grace period wait for this processor? Interrupts off. */
bool rcu_wants_quiescent(void);
/* Boot: the grace-period thread. Before that there are no grace periods to wait for. */
void rcu_start(void);
/* Tell whoever frees many objects by RCU to wait until the backlog is small again. Sleeps. */
void rcu_throttle(void);
