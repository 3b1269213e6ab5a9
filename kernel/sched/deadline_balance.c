/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * deadline_balance.c - global earliest deadline first: no task waits while a processor runs a later deadline, or none.
 *
 * WHAT        Each queue shows its earliest deadline and the earliest that waits behind it. A wake-up goes where it runs at once, else
 *             where the latest deadline runs. Who waits after that is pushed: by who queued it, or by its processor after the switch that
 *             made it wait. A processor that went to something later pulls after the switch.
 *
 *             who makes a task wait:    write waiting_ns;  mb;  read first_ns of all     -> pushes
 *             who gets something later: write first_ns;    mb;  read waiting_ns of all   -> pulls
 *             so at least one of two that do this at the same time sees the other.
 * INVARIANTS  G1  Only one queue's lock is held. Between two queues a task is in none, belongs to who moves it, and stays TASK_RUNNING
 *                 (as run_queue.push).
 *             G2  A task is moved only while it is off its stack.
 * LOCKING     Queue locks, one at a time, interrupts off.
 * TESTS       tests/guest/sched/deadline_run_test.c
 */
#include <arch/barrier.h>
#include <time/ktime.h>
#include "run_queue.h"

#define MOVE_SCAN_MAX 16 /* tasks looked at in one queue */
#define PUSH_TRIES    2	 /* for each processor, in one push */

/* The processor of @allowed with no deadline or, if all have one, the latest; the nearest after @near of equals. */
static u32 latest_cpu(u64 allowed, u32 near, u64 *latest_ns)
{
	u32 found = near, i;
	u64 latest = 0;

	for (i = 0; i < nr_cpu_ids && latest != DL_NONE; i++) {
		u32 cpu = (near + i) % nr_cpu_ids;
		u64 first;

		if (!(allowed >> cpu & 1))
			continue;
		first = READ_ONCE(cpu_rq(cpu)->dl.first_ns);
		if (first > latest) {
			latest = first;
			found = cpu;
		}
	}
	*latest_ns = latest;
	return found;
}

u32 dl_select_cpu(const struct task *task, u64 allowed)
{
	u64 deadline_ns = task->dl.cbs.deadline_ns, now = sched_clock(), latest_ns;
	u32 cpu = latest_cpu(allowed, task->cpu, &latest_ns);

	if (deadline_ns <= now) /* it gets a new one when it is queued */
		deadline_ns = now + task->dl.cbs.params.deadline_ns;
	if (deadline_ns < latest_ns || !(allowed >> task->cpu & 1))
		return cpu;
	return task->cpu;
}

/* A task of @from that waits behind the first, and where in @to it would run at once. @from is locked. */
static struct task *movable_task(struct run_queue *from, u64 to, u32 *cpu)
{
	struct rb_node *node = rb_first(&from->dl.tree);
	u32 scanned = 0;

	while (node && (node = rb_next(node)) && scanned++ < MOVE_SCAN_MAX) {
		struct task *task = rb_entry(node, struct task, dl.node);
		u64 latest_ns;

		if (task->on_cpu) /* G2 */
			continue;
		*cpu = latest_cpu(cpumask_bits(&task->cpus_allowed) & to, from->cpu, &latest_ns);
		if (task->dl.cbs.deadline_ns < latest_ns)
			return task;
	}
	return NULL;
}

/* One task that waits on @from goes to a processor of @to. That processor, or -1; *@runs: it is the first there. */
static int move_one(struct run_queue *from, u64 to, bool *runs)
{
	struct task *task;
	u32 cpu;

	raw_spin_acquire(&from->lock);
	task = movable_task(from, to, &cpu);
	if (task)
		rq_dequeue(from, task);
	raw_spin_release(&from->lock);
	if (!task)
		return -1;
	*runs = activate_on(task, cpu, false); /* G1 */
	return (int)cpu;
}

/*
 * Somebody else's may have been faster at where a task was moved to: then it waits there, and that processor's switch may not come soon. So
 * it is pushed on from there.
 */
void dl_push(u32 cpu)
{
	u64 todo = 1ull << cpu;

	for (u32 tries = 0; todo && tries < PUSH_TRIES * nr_cpu_ids; tries++) {
		bool runs = true;
		int to = -1;

		cpu = (u32)__builtin_ctzll(todo);
		smp_mb(); /* waiting_ns before the others' first_ns; pairs with dl_balance() */
		if (READ_ONCE(cpu_rq(cpu)->dl.waiting_ns) != DL_NONE)
			to = move_one(cpu_rq(cpu), cpumask_bits(&cpu_online_mask) & ~(1ull << cpu), &runs);
		if (to < 0)
			todo &= ~(1ull << cpu);
		else if (!runs)
			todo |= 1ull << to;
	}
}

/* The queue with the earliest waiting deadline, if that should run on @rq. */
static struct run_queue *earliest_waiting(struct run_queue *rq)
{
	u64 earliest = READ_ONCE(rq->dl.first_ns);
	struct run_queue *found = NULL;
	int cpu;

	for_each_online_cpu(cpu) {
		struct run_queue *other = cpu_rq(cpu);
		u64 waiting = READ_ONCE(other->dl.waiting_ns);

		if (other == rq || waiting >= earliest)
			continue;
		earliest = waiting;
		found = other;
	}
	return found;
}

void dl_balance(struct run_queue *rq)
{
	struct run_queue *from;
	bool runs;

	if (nr_cpu_ids == 1)
		return;
	dl_push(rq->cpu); /* its barrier: our first_ns before the others' waiting_ns */
	from = earliest_waiting(rq);
	if (from && move_one(from, 1ull << rq->cpu, &runs) >= 0 && !runs)
		dl_push(rq->cpu);
}
