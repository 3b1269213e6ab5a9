/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * balance.c - which processor a task runs on.
 *
 * WHAT        A waking task goes to its last processor if that one idles, else to an idle one, else to its last. A processor
 *             that runs dry pulls a waiting task from the busiest queue. A busy one wakes an idle one now and then. Tasks with
 *             deadlines: deadline_balance.c.
 * LOCKING     Others' queue locks are only tried, never waited for, while our own is held: no order is needed.
 */
#include "run_queue.h"

#define BALANCE_KICK_TICKS 2  /* how often a processor with waiting tasks looks for an idle one */
#define BALANCE_PULL_TICKS 16 /* how often a busy one looks for a much busier one */
#define PULL_SCAN_MAX	   16 /* tasks looked at in one queue */

/* An idle processor of @allowed, preferring @near; claims it, so that two wakers choose two. */
static int claim_idle(u64 allowed, u32 near)
{
	u64 idle = cpumask_bits(&sched_idle_mask) & allowed;

	while (idle) {
		u64 above = idle & ~((1ull << near) - 1); /* from near upwards, then around */
		u32 cpu = __builtin_ctzll(above ? above : idle);

		if (cpumask_test_and_clear_cpu(cpu, &sched_idle_mask))
			return cpu;
		idle &= ~(1ull << cpu);
	}
	return -1;
}

u32 select_cpu(struct task *task, bool is_sync)
{
	u64 allowed;
	u32 here, last = task->cpu;
	int idle;

	if (nr_cpu_ids == 1)
		return 0;
	allowed = cpumask_bits(&task->cpus_allowed) & cpumask_bits(&cpu_online_mask);
	here = smp_processor_id();
	if (unlikely(is_dl(task)))
		is_sync = false; /* not behind a waker that goes on */
	if (is_sync && (allowed >> here & 1) && READ_ONCE(this_rq()->nr_running) == 1)
		return here; /* the waker is about to sleep */
	idle = claim_idle(allowed, last);
	if (idle >= 0)
		return idle;
	if (unlikely(is_dl(task)))
		return dl_select_cpu(task, allowed);
	if (likely(allowed >> last & 1))
		return last;
	return allowed ? (u32)__builtin_ctzll(allowed) : here;
}

static struct run_queue *busiest_other(struct run_queue *rq)
{
	struct run_queue *busiest = NULL;
	u32 most = 1;
	int cpu;

	for_each_online_cpu(cpu) {
		struct run_queue *other = cpu_rq(cpu);
		u32 nr = READ_ONCE(other->nr_running);

		if (other != rq && nr > most) {
			most = nr;
			busiest = other;
		}
	}
	return busiest;
}

/* A task of @from that waits and may run on @cpu. @from is locked. */
static struct task *movable_task(struct run_queue *from, u32 cpu)
{
	struct sched_entity *se = NULL;
	u32 scanned;

	for (scanned = 0; scanned < PULL_SCAN_MAX; scanned++) {
		struct task *task;

		se = fair_next(&from->fair, se);
		if (!se)
			return NULL;
		task = container_of(se, struct task, se);
		if (!task->on_cpu && cpumask_test_cpu(cpu, &task->cpus_allowed))
			return task;
	}
	return NULL;
}

static bool pull_from(struct run_queue *rq, struct run_queue *from)
{
	struct task *task;

	if (!raw_spin_try(&from->lock))
		return false;
	task = from->nr_running > 1 ? movable_task(from, rq->cpu) : NULL;
	if (task) {
		rq_dequeue(from, task);
		task->nr_migrations++;
		if (task->notify_on_switch)
			thread_set_work(&task->thread, TIF_NOTIFY);
		WRITE_ONCE(task->cpu, rq->cpu); /* Q1: both locks are held */
		rq_enqueue(rq, task, false);
	}
	raw_spin_release(&from->lock);
	return task != NULL;
}

bool balance_pull(struct run_queue *rq)
{
	struct run_queue *from;

	if (nr_cpu_ids == 1)
		return false;
	from = busiest_other(rq);
	return from && pull_from(rq, from);
}

void sched_exec(void)
{
	struct task *task = current;

	if (nr_cpu_ids == 1 || READ_ONCE(this_rq()->nr_running) < 2)
		return;
	if (!(cpumask_bits(&sched_idle_mask) & cpumask_bits(&task->cpus_allowed)))
		return;
	task->wants_move = true;
	schedule();
}

static void kick_idle(struct run_queue *rq)
{
	u64 idle = cpumask_bits(&sched_idle_mask) & ~(1ull << rq->cpu);
	u32 cpu;

	if (!idle)
		return;
	cpu = __builtin_ctzll(idle);
	WRITE_ONCE(cpu_rq(cpu)->kick_balance, true);
	smp_send_reschedule(cpu);
}

void balance_tick(struct run_queue *rq)
{
	struct run_queue *from;

	if (nr_cpu_ids == 1)
		return;
	rq->tick_count++;
	if (rq->nr_running > 1 && rq->tick_count % BALANCE_KICK_TICKS == 0)
		kick_idle(rq);
	if (rq->tick_count % BALANCE_PULL_TICKS)
		return;
	from = busiest_other(rq);
	if (from && READ_ONCE(from->nr_running) > rq->nr_running + 1)
		pull_from(rq, from);
}
