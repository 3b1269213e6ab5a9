/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * policy.c - changing how and where a task runs.
 *
 * WHAT        A change takes the task off its queue, if it is on one, and puts it back changed. A task that may no
 *             longer run where it is: waiting, it moves at once; running, its processor is asked to schedule and finish_switch()
 *             moves it; sleeping, its next wake-up places it.
 * LOCKING     The queue of the task.
 */
#include <lib/errno.h>
#include <time/ktime.h>
#include "run_queue.h"

static bool policy_is_known(u32 policy)
{
	return policy == SCHED_NORMAL || policy == SCHED_BATCH || policy == SCHED_IDLE || policy == SCHED_FIFO ||
	       policy == SCHED_RR;
}

static void set_params(struct task *task, u32 policy, u32 rt_priority, s32 nice)
{
	task->policy = policy;
	task->nice = nice;
	task->rt_priority = is_rt(task) ? rt_priority : 0;
	task->se.weight = policy == SCHED_IDLE ? FAIR_WEIGHT_IDLE : fair_weight_of_nice(nice);
	task->se.rr_left_ns = SCHED_RR_SLICE_NS;
}

/* The queue is locked and up to date. */
static void change_locked(struct run_queue *rq, struct task *task, u32 policy, u32 rt_priority, s32 nice)
{
	bool was_queued = task->se.on_rq, was_curr = rq->curr == task;

	rq_update(rq);
	if (was_queued)
		rq_dequeue(rq, task);
	set_params(task, policy, rt_priority, nice);
	if (!was_queued)
		return;
	rq_enqueue(rq, task, false);
	if (!was_curr) {
		if (rq_check_preempt(rq, task))
			smp_send_reschedule(rq->cpu);
		return;
	}
	rq_resched_now(rq); /* it left the place of the running one: pick again */
}

int sched_set_policy(struct task *task, u32 policy, u32 rt_priority, s32 nice, bool reset_on_fork)
{
	bool wants_rt = policy == SCHED_FIFO || policy == SCHED_RR;
	unsigned long flags;
	struct run_queue *rq;

	if (!policy_is_known(policy) || nice < NICE_MIN || nice > NICE_MAX)
		return -EINVAL;
	if (wants_rt ? (!rt_priority || rt_priority >= MAX_RT_PRIO) : rt_priority != 0)
		return -EINVAL;
	rq = task_rq_lock(task, &flags);
	change_locked(rq, task, policy, rt_priority, nice);
	task->reset_on_fork = reset_on_fork;
	task_rq_unlock(rq, flags);
	return 0;
}

void sched_set_nice(struct task *task, s32 nice)
{
	unsigned long flags;
	struct run_queue *rq = task_rq_lock(task, &flags);

	change_locked(rq, task, task->policy, task->rt_priority, nice);
	task_rq_unlock(rq, flags);
}

u64 sched_rr_interval_ns(struct task *task)
{
	if (task->policy == SCHED_RR)
		return SCHED_RR_SLICE_NS;
	return task->policy == SCHED_FIFO ? 0 : task->se.slice_ns;
}

/* It waits on a queue where it may not run: take it off; the caller places it. */
static bool take_off_locked(struct run_queue *rq, struct task *task)
{
	if (!task->se.on_rq || cpumask_test_cpu(rq->cpu, &task->cpus_allowed))
		return false;
	if (task->on_cpu) {
		rq_resched_now(rq);
		return false;
	}
	rq_dequeue(rq, task);
	return true;
}

/* Has @task left the processors where it may not be? */
static bool is_where_allowed(struct task *task)
{
	return !READ_ONCE(task->on_cpu) || cpumask_test_cpu(task_cpu(task), &task->cpus_allowed);
}

int sched_set_affinity(struct task *task, cpumask_t mask)
{
	cpumask_t usable = cpumask_and(mask, cpu_online_mask);
	unsigned long flags;
	struct run_queue *rq;
	bool must_place;

	if (cpumask_empty(&usable))
		return -EINVAL;
	rq = task_rq_lock(task, &flags);
	task->cpus_requested = mask;
	task->cpus_allowed = usable;
	must_place = take_off_locked(rq, task);
	raw_spin_release(&rq->lock);
	if (must_place)
		activate_somewhere(task, false, false);
	local_irq_restore(flags);
	if (task == current) {
		if (need_resched())
			schedule();
		return 0;
	}
	while (!is_where_allowed(task))
		sleep_ns(TICK_NS / 16);
	return 0;
}

cpumask_t sched_get_affinity(struct task *task)
{
	return (cpumask_t){ cpumask_bits(&task->cpus_allowed) & cpumask_bits(&cpu_online_mask) };
}
