/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * run_queue.h - a processor's runnable tasks. Private to kernel/sched.
 *
 * INVARIANTS  Q1  se.on_rq: the task is queued on, or running from, the queue of processor task->cpu. Only under that queue's
 *                 lock do on_rq, cpu, policy and what belongs to it change, whether the task is queued or not; a task off all
 *                 queues is queued again by who moved it to TASK_WAKING or took it off.
 *             Q2  nr_running counts on_rq tasks but throttled ones (deadline.c), the idle task never.
 *             Q3  The lock is taken with interrupts off and held across a switch: the next thread releases it.
 */
#pragma once

#include <linux/sched.h>
#include <arch/cpu.h>
#include <arch/percpu.h>
#include <arch/smp.h>
#include <sync/spinlock.h>
#include <time/timer.h>
#include <sched/sched.h>
#include "deadline.h"
#include "fair.h"
#include "rt.h"

/* Bits of thread.state that only the scheduler writes. */
#define TASK_BLOCKED	0x1000 /* with a sleeping state: taken off the run queue */
#define TASK_WAKING	0x2000 /* a waker has it and will queue it */
#define TASK_STATE_MASK 0x0fff

#define TICK_NS 4000000ull

struct run_queue {
	struct spinlock lock; /* used raw: it changes hands in a switch */
	u32 cpu;
	u32 nr_running;
	struct task *curr;
	struct task *idle;
	struct task *push; /* switched out, not allowed here: finish_switch() moves it */
	u64 clock_ns;
	struct fair_queue fair;
	struct rt_queue rt;
	struct dl_queue dl;
	u64 nr_switches;
	s64 nr_uninterruptible; /* meaningful as a sum over all queues */
	s64 nr_iowait;		/* the same */
	u64 idle_since_ns;
	u64 run_delay_ns;
	struct timer tick;
	bool tick_on;
	bool slice_over;   /* of the running task; the tick acts on it, or the next pick makes it void */
	bool idle_polls;   /* the idle task looks at its work before it halts: it needs no interrupt */
	bool kick_balance; /* somebody wants this idle processor to look for work */
	u32 tick_count;
} __aligned(64);

DECLARE_PERCPU(struct run_queue, run_queue);
extern cpumask_t sched_idle_mask; /* processors whose idle task runs; hints */

static __always_inline struct run_queue *this_rq(void)
{
	return this_cpu_ptr(&run_queue);
}

static __always_inline struct run_queue *cpu_rq(u32 cpu)
{
	return per_cpu_ptr(&run_queue, cpu);
}

static __always_inline bool is_rt(const struct task *task)
{
	return task->policy == SCHED_FIFO || task->policy == SCHED_RR;
}

static __always_inline bool is_dl(const struct task *task)
{
	return task->policy == SCHED_DEADLINE;
}

/* Lock the queue of @task, wherever it goes meanwhile. */
struct run_queue *task_rq_lock(struct task *task, unsigned long *flags);
void task_rq_unlock(struct run_queue *rq, unsigned long flags);

/*
 * Charge the running task up to now. rq->lock held. When its slice ends by this, slice_over says so: whoever charges may not want to
 * switch (a program that reads its own CPU clock all the time is charged by that, not by the tick), so it must not be forgotten.
 */
void rq_update(struct run_queue *rq);
/* Queue / take off a task whose cpu is rq->cpu. rq->lock held. */
void rq_enqueue(struct run_queue *rq, struct task *task, bool is_new);
void rq_dequeue(struct run_queue *rq, struct task *task);
/* Ask @rq's processor to schedule. rq->lock held. True: the caller sends it a reschedule interrupt, best without the lock. */
bool __must_check rq_resched(struct run_queue *rq);
/* @task has just been queued: if it preempts, the same. */
bool __must_check rq_check_preempt(struct run_queue *rq, struct task *task);
static inline void rq_resched_now(struct run_queue *rq)
{
	if (rq_resched(rq))
		smp_send_reschedule(rq->cpu);
}

/* balance.c */
u32 select_cpu(struct task *task, bool is_sync);
bool balance_pull(struct run_queue *rq);
void balance_tick(struct run_queue *rq);
/* core.c: queue @task, which belongs to the caller (TASK_WAKING or switched out), where it may run. */
void activate_somewhere(struct task *task, bool is_new, bool is_sync);
/* The same on @cpu. True: it runs there at once. */
bool activate_on(struct task *task, u32 cpu, bool is_new);
/* tick.c */
void tick_begin(struct run_queue *rq);
void tick_init(struct run_queue *rq);
/* Tell the running task that it used more than its budget, if that is noted. Hard interrupt, no lock. */
void tick_report_overrun(struct task *curr);
/* idle.c */
__noreturn void idle_loop(void);
/* task.c */
extern struct task boot_task;
