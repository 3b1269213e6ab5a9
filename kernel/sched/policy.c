/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * policy.c - changing how and where a task runs.
 *
 * WHAT        A change takes the task off its queue, if it is on one, and puts it back changed. A task that may no
 *             longer run where it is: waiting, it moves at once; running, its processor is asked to schedule and finish_switch()
 *             moves it; sleeping, its next wake-up places it.
 *             Who asks for a deadline is admitted first (bandwidth.c).
 * LOCKING     The queue of the task.
 * ERRORS      -EINVAL values; -ESRCH a dead task's deadline; -EPERM no deadlines here, or not for a task that may not run everywhere; -EBUSY no room.
 */
#include <lib/errno.h>
#include <linux/sched.h>
#include <arch/irqflags.h>
#include <time/ktime.h>
#include "run_queue.h"

static bool policy_is_known(u32 policy)
{
	return policy == SCHED_NORMAL || policy == SCHED_BATCH || policy == SCHED_IDLE || policy == SCHED_FIFO ||
	       policy == SCHED_RR || policy == SCHED_DEADLINE;
}

static bool is_fair(const struct task *task)
{
	return !is_rt(task) && !is_dl(task);
}

static void set_params(struct task *task, const struct sched_request *request)
{
	task->policy = request->policy;
	if (is_fair(task)) /* the others keep theirs for later */
		task->nice = request->nice;
	task->rt_priority = is_rt(task) ? request->rt_priority : 0;
	task->se.weight = task->policy == SCHED_IDLE ? FAIR_WEIGHT_IDLE : fair_weight_of_nice(task->nice);
	task->se.rr_left_ns = sched_rr_slice_ns();
	if (!is_dl(task))
		return;
	cbs_set(&task->dl.cbs, &request->dl);
	task->dl.flags = request->dl_flags & SCHED_DL_FLAGS;
}

/* The queue is locked. */
static void change_locked(struct run_queue *rq, struct task *task, const struct sched_request *request)
{
	bool was_queued = task->se.on_rq, was_curr = rq->curr == task, was_dl = is_dl(task);

	rq_update(rq);
	if (was_queued)
		rq_dequeue(rq, task);
	set_params(task, request);
	if (was_dl && !is_dl(task))
		dl_leave(rq, task);
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

bool sched_request_is_valid(const struct sched_request *request)
{
	bool wants_rt = request->policy == SCHED_FIFO || request->policy == SCHED_RR;

	if (!policy_is_known(request->policy) || request->nice < NICE_MIN || request->nice > NICE_MAX)
		return false;
	if (request->rt_priority >= MAX_RT_PRIO || wants_rt != (request->rt_priority != 0))
		return false;
	return request->policy != SCHED_DEADLINE || bandwidth_params_are_valid(&request->dl);
}

/* Is there room for the server that is asked for? The queue is locked. */
static int admit_locked(struct task *task, const struct sched_request *request)
{
	u64 period_ns = request->dl.period_ns ? request->dl.period_ns : request->dl.deadline_ns;
	bool spans_all = cpumask_subset(cpu_online_mask, task->cpus_allowed);

	if (bandwidth_is_none() || (bandwidth_is_limited() && !spans_all))
		return -EPERM;
	return bandwidth_admit(&task->dl, is_dl(task), cbs_ratio(period_ns, request->dl.runtime_ns));
}

static int change_checked_locked(struct run_queue *rq, struct task *task, const struct sched_request *request)
{
	bool is_dead = !task->se.on_rq && thread_state(&task->thread) & TASK_DEAD;
	int ret = 0;

	if (is_dead && (is_dl(task) || request->policy == SCHED_DEADLINE))
		return -ESRCH; /* its bandwidth is settled */
	if (request->policy == SCHED_DEADLINE)
		ret = admit_locked(task, request);
	if (ret)
		return ret;
	change_locked(rq, task, request);
	task->reset_on_fork = request->reset_on_fork;
	return 0;
}

int sched_set_request(struct task *task, const struct sched_request *request)
{
	unsigned long flags;
	struct run_queue *rq;
	int ret;

	if (!sched_request_is_valid(request))
		return -EINVAL;
	rq = task_rq_lock(task, &flags);
	ret = change_checked_locked(rq, task, request);
	raw_spin_release(&rq->lock);
	if (!ret && is_dl(task))
		dl_push(rq->cpu); /* it may wait here, and run at once elsewhere */
	local_irq_restore(flags);
	return ret;
}

static void get_request_locked(const struct task *task, struct sched_request *request)
{
	*request = (struct sched_request){
		.policy = task->policy,
		.rt_priority = task->rt_priority,
		.nice = task->nice,
		.reset_on_fork = task->reset_on_fork,
	};
	if (!is_dl(task))
		return;
	request->dl = task->dl.cbs.params;
	request->dl_flags = task->dl.flags;
}

void sched_get_request(struct task *task, struct sched_request *request)
{
	unsigned long flags;
	struct run_queue *rq = task_rq_lock(task, &flags);

	get_request_locked(task, request);
	task_rq_unlock(rq, flags);
}

void sched_set_reset_on_fork(struct task *task, bool reset_on_fork)
{
	WRITE_ONCE(task->reset_on_fork, reset_on_fork);
}

int sched_prio(const struct task *task)
{
	if (is_dl(task))
		return -1;
	return task->rt_priority ? MAX_RT_PRIO - 1 - task->rt_priority : MAX_RT_PRIO + 20 + task->nice;
}

int sched_set_policy(struct task *task, u32 policy, u32 rt_priority, s32 nice, bool reset_on_fork)
{
	struct sched_request request = {
		.policy = policy, .rt_priority = rt_priority, .nice = nice, .reset_on_fork = reset_on_fork,
	};

	return sched_set_request(task, &request);
}

void sched_set_nice(struct task *task, s32 nice)
{
	struct sched_request request;
	unsigned long flags;
	struct run_queue *rq = task_rq_lock(task, &flags);

	if (is_fair(task)) {
		get_request_locked(task, &request);
		request.nice = nice;
		change_locked(rq, task, &request);
	} else {
		task->nice = (s8)nice;
	}
	task_rq_unlock(rq, flags);
}

int sched_rr_slice_ms = SCHED_RR_SLICE_MS;

u64 sched_rr_interval_ns(struct task *task)
{
	if (task->policy == SCHED_RR)
		return sched_rr_slice_ns();
	return task->policy == SCHED_FIFO || is_dl(task) ? 0 : task->se.slice_ns;
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
	if (is_dl(task) && bandwidth_is_limited() && !cpumask_subset(cpu_online_mask, usable)) {
		task_rq_unlock(rq, flags); /* it was admitted to all of them */
		return -EBUSY;
	}
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
