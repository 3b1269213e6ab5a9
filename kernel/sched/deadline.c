/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * deadline.c - SCHED_DEADLINE on one processor: the earliest absolute deadline runs, each task within its server's budget.
 *
 * WHAT        A class above FIFO and RR. Budget and deadline of a task are its constant bandwidth server's (cbs.h). A timer of the
 *             processor ends the running one's budget when it is used up, not at the next tick; the task is then
 *             throttled: it stays runnable and on_rq, but is in no tree until its own timer starts the next period.
 *
 *             NEW --first enqueue--> READY --sleeps--> BLOCKED --wakes: cbs_wake()--> READY
 *             READY: in the tree --budget empty, sched_yield--> throttled --replenish_timer--> in the tree
 *             active --sleeps or leaves--> awaits_zero_lag --inactive_timer--> inactive (and released, if it left or died)
 * INVARIANTS  D1  An on_rq task with the policy is in the tree and counted in nr_running, or throttled, in the list and not counted.
 *             D2  first_ns and waiting_ns are what the tree says whenever the lock is free.
 *             D3  A started timer of a task holds one reference on it. A timer is not cancelled: one that finds its flag gone, or itself
 *                 started again, does nothing.
 *             D4  A task that stillness asked is not throttled: it would not reach the boundary.
 * LOCKING     The queue's lock. Timers and domain.lock (bandwidth.c) may be taken inside.
 * TESTS       tests/guest/sched/deadline_run_test.c
 * SEE         docs/sched.md, docs/adr/0032-deadline-class.md
 */
#include <linux/sched.h>
#include <lib/assert.h>
#include <lib/math64.h>
#include <arch/irqflags.h>
#include <time/ktime.h>
#include <sched/tick.h>
#include "run_queue.h"

static struct task *task_of(struct rb_node *node)
{
	return rb_entry(node, struct task, dl.node);
}

static bool is_asked_to_park(struct task *task)
{
	return thread_test_work(&task->thread, TIF_PARK);
}

/* ---- the tree ---- */

/* D2 */
static void publish(struct dl_queue *queue)
{
	struct rb_node *first = rb_first(&queue->tree);
	struct rb_node *second = first ? rb_next(first) : NULL;

	WRITE_ONCE(queue->first_ns, first ? task_of(first)->dl.cbs.deadline_ns : DL_NONE);
	WRITE_ONCE(queue->waiting_ns, second ? task_of(second)->dl.cbs.deadline_ns : DL_NONE);
}

static void tree_insert(struct run_queue *rq, struct task *task)
{
	struct rb_node **link = &rq->dl.tree.rb_node, *parent = NULL;
	u64 deadline_ns = task->dl.cbs.deadline_ns;

	while (*link) { /* behind equals */
		parent = *link;
		link = deadline_ns < task_of(parent)->dl.cbs.deadline_ns ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&task->dl.node, parent, link);
	rb_insert_color(&task->dl.node, &rq->dl.tree);
	rq->dl.nr++;
	rq->nr_running++;
	publish(&rq->dl);
}

static void tree_remove(struct run_queue *rq, struct task *task)
{
	rb_erase(&task->dl.node, &rq->dl.tree);
	rq->dl.nr--;
	rq->nr_running--;
	publish(&rq->dl);
}

struct task *dl_first(const struct dl_queue *queue)
{
	return task_of(rb_first(&queue->tree));
}

/* ---- timers ---- */

/* D3. @when_ns is of the queue's clock. */
static void start_timer(struct run_queue *rq, struct task *task, struct timer *timer, u64 when_ns)
{
	u64 delta = when_ns > rq->clock_ns ? when_ns - rq->clock_ns : 0;

	get_task(task);
	if (timer_start_at(timer, ktime_get_ns() + delta))
		put_task(task); /* it had one already */
}

static void part(struct run_queue *rq, struct task *task)
{
	if (!task->dl.is_throttled) {
		tree_remove(rq, task);
		return;
	}
	list_del_init(&task->dl.throttled_node);
	rq->dl.nr_throttled--;
}

/* The tree or the list, by what is_throttled says; but D4. */
static void join(struct run_queue *rq, struct task *task)
{
	if (task->dl.is_throttled) {
		list_add_tail(&task->dl.throttled_node, &rq->dl.throttled);
		rq->dl.nr_throttled++;
		smp_mb(); /* either we see that it is asked, or its processor, which is told then, sees nr_throttled */
		if (likely(!is_asked_to_park(task)))
			return;
		part(rq, task);
		task->dl.is_throttled = false;
	}
	tree_insert(rq, task);
}

/* @task, in no tree or list, has no budget: the next period brings one. If that has begun, at once. */
static void wait_for_period(struct run_queue *rq, struct task *task)
{
	struct dl_entity *dl = &task->dl;
	u64 next_ns = cbs_next_period_ns(&dl->cbs);

	if (next_ns <= rq->clock_ns) {
		cbs_replenish(&dl->cbs, rq->clock_ns);
		return;
	}
	dl->is_throttled = true;
	start_timer(rq, task, &dl->replenish_timer, next_ns);
}

/* The next period has begun. True: @task is in the tree now. */
static bool start_period(struct run_queue *rq, struct task *task)
{
	struct dl_entity *dl = &task->dl;

	if (!task->se.on_rq) { /* asleep, or on its way to another queue */
		dl->is_throttled = false;
		cbs_replenish(&dl->cbs, rq->clock_ns);
		return false;
	}
	part(rq, task);
	dl->is_throttled = false;
	cbs_replenish(&dl->cbs, rq->clock_ns);
	join(rq, task);
	return true;
}

static void replenish_expire(struct timer *timer)
{
	struct task *task = container_of(timer, struct task, dl.replenish_timer);
	bool must_kick = false, is_queued = false;
	unsigned long flags;
	struct run_queue *rq = task_rq_lock(task, &flags);
	u32 cpu = rq->cpu;

	if (is_dl(task) && task->dl.is_throttled && !timer_is_started(timer)) {
		rq_update(rq);
		is_queued = start_period(rq, task);
		must_kick = is_queued && rq_check_preempt(rq, task);
	}
	raw_spin_release(&rq->lock);
	if (must_kick)
		smp_send_reschedule(cpu);
	if (is_queued)
		dl_push(cpu);
	local_irq_restore(flags);
	put_task(task);
}

/* Nobody may count on @task any more. */
static void become_inactive(struct task *task)
{
	task->dl.awaits_zero_lag = false;
	bandwidth_set_active(&task->dl, false);
	if (!is_dl(task) || thread_state(&task->thread) & TASK_DEAD)
		bandwidth_release(&task->dl);
}

static void inactive_expire(struct timer *timer)
{
	struct task *task = container_of(timer, struct task, dl.inactive_timer);
	unsigned long flags;
	struct run_queue *rq = task_rq_lock(task, &flags);

	if (task->dl.awaits_zero_lag && !timer_is_started(timer))
		become_inactive(task);
	task_rq_unlock(rq, flags);
	put_task(task);
}

static const struct timer_ops replenish_ops = { .name = "dl_replenish", .expire = replenish_expire };
static const struct timer_ops inactive_ops = { .name = "dl_inactive", .expire = inactive_expire };

static void await_zero_lag(struct run_queue *rq, struct task *task)
{
	u64 zero_lag_ns = cbs_zero_lag_ns(&task->dl.cbs);

	if (zero_lag_ns <= rq->clock_ns) {
		become_inactive(task);
		return;
	}
	task->dl.awaits_zero_lag = true;
	start_timer(rq, task, &task->dl.inactive_timer, zero_lag_ns);
}

/* ---- the queue ---- */

void dl_entity_init(struct task *task)
{
	INIT_LIST_HEAD(&task->dl.throttled_node);
	timer_init(&task->dl.replenish_timer, &replenish_ops);
	timer_init(&task->dl.inactive_timer, &inactive_ops);
}

void dl_enqueue(struct run_queue *rq, struct task *task)
{
	struct dl_entity *dl = &task->dl;
	enum dl_phase phase = dl->phase;

	dl->phase = DL_READY;
	dl->awaits_zero_lag = false;
	bandwidth_set_active(dl, true);
	if (phase == DL_NEW)
		cbs_start(&dl->cbs, rq->clock_ns);
	else if (phase == DL_BLOCKED && !dl->is_throttled && !cbs_wake(&dl->cbs, rq->clock_ns) && !is_asked_to_park(task))
		wait_for_period(rq, task);
	join(rq, task);
}

void dl_dequeue(struct run_queue *rq, struct task *task)
{
	part(rq, task);
}

void dl_blocked(struct run_queue *rq, struct task *task, u32 state)
{
	task->dl.phase = DL_BLOCKED;
	task->dl.has_yielded = false;
	if (state & TASK_DEAD)
		bandwidth_leave();
	await_zero_lag(rq, task);
}

void dl_leave(struct run_queue *rq, struct task *task)
{
	struct dl_entity *dl = &task->dl;

	bandwidth_leave();
	dl->is_throttled = false;
	dl->has_yielded = false;
	dl->has_overrun = false;
	dl->phase = DL_NEW;
	if (dl->awaits_zero_lag) /* the timer is on its way and finds that the policy is another */
		return;
	if (dl->is_active)
		await_zero_lag(rq, task);
	else
		bandwidth_release(dl);
}

/* ---- the running one ---- */

void dl_charge(struct task *task, u64 delta_ns)
{
	if (task->dl.flags & SCHED_FLAG_RECLAIM)
		delta_ns = mul_u64_u64_shr(delta_ns, bandwidth_reclaim_rate(&task->dl), CBS_BW_SHIFT);
	cbs_charge(&task->dl.cbs, delta_ns);
}

/* How long the budget lasts at the present rate. */
static u64 budget_lasts_ns(const struct dl_entity *dl)
{
	u64 left = dl->cbs.budget_ns > 0 ? (u64)dl->cbs.budget_ns : 0, rate;

	if (!(dl->flags & SCHED_FLAG_RECLAIM))
		return left;
	rate = bandwidth_reclaim_rate(dl);
	return rate ? mul_u64_u64_div_u64(left, CBS_BW_ONE, rate) : left;
}

void dl_start_budget(struct run_queue *rq, struct task *task)
{
	timer_start_pinned(&rq->dl.budget_timer, rq->cpu, ktime_get_ns() + budget_lasts_ns(&task->dl));
}

void dl_check_curr(struct run_queue *rq)
{
	struct task *curr = rq->curr;
	struct dl_entity *dl = &curr->dl;
	bool is_over = dl->cbs.budget_ns <= 0;

	if (!curr->se.on_rq || dl->is_throttled || (!is_over && !dl->has_yielded) || is_asked_to_park(curr)) /* D4 */
		return;
	if (is_over && (dl->flags & SCHED_FLAG_DL_OVERRUN))
		dl->has_overrun = true;
	dl->has_yielded = false;
	dl->cbs.budget_ns = min(dl->cbs.budget_ns, (s64)0);
	part(rq, curr);
	wait_for_period(rq, curr);
	join(rq, curr);
	rq_resched_now(rq); /* also where it stays the first: with a later deadline others may have to move here */
}

static void budget_expire(struct timer *timer)
{
	struct run_queue *rq = container_of(timer, struct run_queue, dl.budget_timer);
	struct task *curr;

	raw_spin_acquire(&rq->lock);
	curr = rq->curr;
	if (is_dl(curr)) {
		rq_update(rq);
		dl_check_curr(rq);
		if (curr->se.on_rq && !curr->dl.is_throttled && !is_asked_to_park(curr))
			dl_start_budget(rq, curr); /* early, by another clock or another rate */
	}
	raw_spin_release(&rq->lock);
	tick_report_overrun(curr);
}

static const struct timer_ops budget_ops = { .name = "dl_budget", .expire = budget_expire };

void dl_release_asked(struct run_queue *rq)
{
	struct list_head *at, *next;

	list_for_each_safe(at, next, &rq->dl.throttled) {
		struct task *task = list_entry(at, struct task, dl.throttled_node);

		if (!is_asked_to_park(task))
			continue;
		part(rq, task);
		task->dl.is_throttled = false;
		join(rq, task);
	}
}

void dl_queue_init(struct run_queue *rq)
{
	rq->dl.tree = RB_ROOT;
	INIT_LIST_HEAD(&rq->dl.throttled);
	rq->dl.first_ns = rq->dl.waiting_ns = DL_NONE;
	timer_init(&rq->dl.budget_timer, &budget_ops);
	rq->dl.budget_timer.cpu = rq->cpu;
}
