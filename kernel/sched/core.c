/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * core.c - the switch and the wake-up.
 *
 * WHAT        schedule() takes a sleeping task off its queue, picks the best runnable one and switches stacks.
 *             thread_wake() puts a sleeper back. Both meet in thread.state, without a lock of the task's own:
 *
 *             RUNNING --set_current_state--> S --schedule(): cmpxchg--> S|BLOCKED --waker: cmpxchg--> WAKING
 *                ^                           |                                                         |
 *                +------ waker: cmpxchg -----+                                    queued as RUNNING <--+
 *
 *             A waker that finds S without BLOCKED only changes the word: the task has not left its queue and
 *             schedule() will see that it must not. One that wins S|BLOCKED owns the task until it has queued it.
 * INVARIANTS  C1  Only the owner of WAKING queues a sleeper, so a task is queued once.
 *             C2  A woken task is queued only after it has left its stack: on_cpu is 0 (acquire, pairs with
 *                 finish_switch()).
 *             C3  A switch takes the local queue's lock and no other; balancing only tries others, or takes one with none held.
 *             C4  The switch happens at preemption depth 1, interrupts off.
 * LOCKING     run_queue.lock, raw; inside of all other locks but TIMER, which may be taken inside.
 * TESTS       boot selftest=sync
 */
#include <arch/arch_port.h>
#include <arch/irqflags.h>
#include <arch/mm_arch.h>
#include <sync/rcu.h>
#include <sync/wait.h>
#include <time/cputime.h>
#include <time/ktime.h>
#include <sched/sched.h>
#include <sched/trace.h>
#include "run_queue.h"

DEFINE_PERCPU(struct run_queue, run_queue);
cpumask_t sched_idle_mask;

TRACEPOINT_DEFINE(sched_switch, (bool preempt, struct task *prev, struct task *next), (preempt, prev, next))
TRACEPOINT_DEFINE(sched_wakeup, (struct task *task), (task))

struct run_queue *task_rq_lock(struct task *task, unsigned long *flags)
{
	for (;;) {
		struct run_queue *rq;

		local_irq_save(*flags);
		rq = cpu_rq(READ_ONCE(task->cpu));
		raw_spin_acquire(&rq->lock);
		if (likely(task->cpu == rq->cpu))
			return rq;
		raw_spin_release(&rq->lock);
		local_irq_restore(*flags);
	}
}

void task_rq_unlock(struct run_queue *rq, unsigned long flags)
{
	raw_spin_release(&rq->lock);
	local_irq_restore(flags);
}

/* ---- the queue ---- */

void rq_update(struct run_queue *rq)
{
	struct task *curr = rq->curr;
	u64 delta;

	rq->clock_ns = sched_clock();
	if (curr == rq->idle)
		return;
	delta = rq->clock_ns - curr->se.exec_start_ns;
	if (unlikely((s64)delta < 0)) /* counters of two processors may differ a little */
		delta = 0;
	curr->se.exec_start_ns = rq->clock_ns;
	curr->se.sum_exec_ns += delta;
	if (likely(rq->fair.curr == &curr->se)) {
		if (fair_charge(&rq->fair, &curr->se, delta))
			rq->slice_over = true;
		return;
	}
	if (unlikely(is_dl(curr))) {
		dl_charge(curr, delta);
		return;
	}
	rq->rt.used_ns += delta;
	if (curr->policy != SCHED_RR)
		return;
	curr->se.rr_left_ns -= min(delta, curr->se.rr_left_ns);
	if (!curr->se.rr_left_ns)
		rq->slice_over = true;
}

void rq_enqueue(struct run_queue *rq, struct task *task, bool is_new)
{
	task->se.on_rq = true;
	if (unlikely(is_dl(task))) {
		dl_enqueue(rq, task);
		return;
	}
	rq->nr_running++;
	if (unlikely(is_rt(task)))
		rt_enqueue(&rq->rt, task, false);
	else
		fair_enqueue(&rq->fair, &task->se, is_new);
}

void rq_dequeue(struct run_queue *rq, struct task *task)
{
	task->se.on_rq = false;
	if (unlikely(is_dl(task))) {
		dl_dequeue(rq, task);
		return;
	}
	rq->nr_running--;
	if (unlikely(is_rt(task)))
		rt_dequeue(&rq->rt, task);
	else
		fair_dequeue(&rq->fair, &task->se);
}

bool rq_resched(struct run_queue *rq)
{
	struct thread *thread = &rq->curr->thread;

	if (thread_test_work(thread, TIF_NEED_RESCHED))
		return false;
	thread_set_work(thread, TIF_NEED_RESCHED);
	if (rq != this_rq()) /* pairs with idle_loop(): the work bit before the look at idle_polls */
		return rq->curr != rq->idle || !READ_ONCE(rq->idle_polls);
	set_preempt_need_resched();
	return false;
}

static bool preempts(const struct run_queue *rq, const struct task *task)
{
	const struct task *curr = rq->curr;

	if (unlikely(is_dl(task)) && task->dl.is_throttled)
		return false;
	if (curr == rq->idle)
		return true;
	if (unlikely(is_dl(task)))
		return !is_dl(curr) || task->dl.cbs.deadline_ns < curr->dl.cbs.deadline_ns;
	if (unlikely(is_dl(curr)))
		return false;
	if (is_rt(task))
		return is_rt(curr) ? task->rt_priority > curr->rt_priority : rt_may_run(rq);
	if (is_rt(curr))
		return !rt_may_run(rq);
	if (task->policy == SCHED_BATCH || task->policy == SCHED_IDLE)
		return false;
	return curr->policy == SCHED_IDLE || fair_preempts(&rq->fair, &task->se);
}

bool rq_check_preempt(struct run_queue *rq, struct task *task)
{
	return preempts(rq, task) && rq_resched(rq);
}

/* ---- waking ---- */

/* Q1: whoever changes how @task runs holds the lock of the queue that it knows, and finds out that it went. */
static void move_home(struct task *task, u32 cpu)
{
	struct run_queue *from = cpu_rq(task->cpu);

	raw_spin_acquire(&from->lock);
	WRITE_ONCE(task->cpu, cpu);
	raw_spin_release(&from->lock);
	task->nr_migrations++;
	if (task->notify_on_switch)
		thread_set_work(&task->thread, TIF_NOTIFY);
}

/* A thread bound to a processor that is not up yet may run anywhere. */
static bool may_run_on(const struct task *task, u32 cpu)
{
	return cpumask_test_cpu(cpu, &task->cpus_allowed) ||
	       !(cpumask_bits(&task->cpus_allowed) & cpumask_bits(&cpu_online_mask));
}

/* Whoever claimed an idle processor for a task that does not run there gives it back. @rq is locked. */
static void unclaim_idle(struct run_queue *rq)
{
	if (unlikely(rq->curr == rq->idle) && nr_cpu_ids > 1)
		cpumask_set_cpu(rq->cpu, &sched_idle_mask);
}

/*
 * The queue of @cpu, locked, as @task's. @cpu was chosen without a lock: if @task may not run there any more, another one. Who changes that
 * later finds @task on the queue.
 */
static struct run_queue *lock_new_home(struct task *task, u32 cpu)
{
	for (;;) {
		struct run_queue *rq = cpu_rq(cpu);

		if (cpu != task->cpu)
			move_home(task, cpu);
		raw_spin_acquire(&rq->lock);
		if (likely(may_run_on(task, cpu)))
			return rq;
		unclaim_idle(rq);
		raw_spin_release(&rq->lock);
		cpu = select_cpu(task, false);
	}
}

bool activate_on(struct task *task, u32 cpu, bool is_new)
{
	struct run_queue *rq = lock_new_home(task, cpu);
	bool must_kick = false, runs;

	rq_update(rq);
	rq_enqueue(rq, task, is_new);
	if (!is_new)
		task->last_wakeup_ns = rq->clock_ns;
	runs = preempts(rq, task);
	if (runs)
		must_kick = rq_resched(rq);
	else
		unclaim_idle(rq); /* a throttled one */
	raw_spin_release(&rq->lock);
	if (must_kick) /* without the lock: the other processor wants it at once, and sending is slow in a guest */
		smp_send_reschedule(rq->cpu);
	return runs;
}

void activate_somewhere(struct task *task, bool is_new, bool is_sync)
{
	u32 cpu = select_cpu(task, is_sync);

	if (!activate_on(task, cpu, is_new) && unlikely(is_dl(task)))
		dl_push(task_cpu(task));
}

/* The sleeper's part in load figures ends. Any queue will do: they are sums. */
static void count_end_of_sleep(struct task *task, u32 state)
{
	struct run_queue *rq = this_rq();

	if (!(state & TASK_UNINTERRUPTIBLE))
		return;
	if (!(state & TASK_IDLE_WAIT))
		this_cpu_sub(run_queue.nr_uninterruptible, 1);
	if (unlikely(task->in_iowait))
		rq->nr_iowait--;
}

/* We own @task (C1): wait until it is off its stack and queue it. */
static void queue_woken(struct task *task, u32 state, bool is_sync)
{
	smp_cond_load_acquire(&task->on_cpu, !VAL); /* C2 */
	count_end_of_sleep(task, state);
	WRITE_ONCE(task->thread.state, TASK_RUNNING);
	activate_somewhere(task, false, is_sync);
}

/* Change the state of @thread if it is in @states. What it was (not 0), and TASK_BLOCKED in it: the caller has to queue it. */
static __always_inline u32 claim_sleeper(struct thread *thread, u32 states)
{
	u32 state, new;

	smp_mb(); /* the waker's condition before the state: pairs with set_current_state() */
	state = READ_ONCE(thread->state);
	do {
		if (!(state & states & TASK_STATE_MASK))
			return 0;
		new = state & TASK_BLOCKED ? TASK_WAKING : TASK_RUNNING;
	} while (!try_cmpxchg(&thread->state, &state, new));
	return state;
}

bool thread_wake(struct thread *thread, u32 states)
{
	struct task *task = thread_task(thread);
	unsigned long flags;
	u32 state;

	local_irq_save(flags);
	state = claim_sleeper(thread, states);
	if (state) {
		if (state & TASK_BLOCKED)
			queue_woken(task, state, states & WAKE_SYNC);
		trace_sched_wakeup(task);
	}
	local_irq_restore(flags);
	if (!state)
		return false;
	preempt_check();
	return true;
}

bool thread_wake_batched(struct thread *thread, u32 states, struct wake_batch *batch)
{
	u32 state;

	if (!batch || batch->nr == WAKE_BATCH_MAX)
		return thread_wake(thread, states);
	state = claim_sleeper(thread, states);
	if (!state)
		return false;
	if (state & TASK_BLOCKED) {
		batch->states[batch->nr] = state | (states & WAKE_SYNC);
		batch->threads[batch->nr++] = thread;
	}
	return true;
}

void wake_batch_finish(struct wake_batch *batch)
{
	unsigned long flags;
	u32 i;

	for (i = 0; i < batch->nr; i++) {
		struct task *task = thread_task(batch->threads[i]);
		u32 state = batch->states[i];

		local_irq_save(flags);
		queue_woken(task, state & ~WAKE_SYNC, state & WAKE_SYNC);
		trace_sched_wakeup(task);
		local_irq_restore(flags);
	}
}

bool wake_up_process(struct task *task)
{
	return thread_wake(&task->thread, TASK_NORMAL);
}

bool wake_up_state(struct task *task, u32 states)
{
	return thread_wake(&task->thread, states);
}

void thread_kick(struct thread *thread)
{
	struct task *task = thread_task(thread);
	u32 cpu;

	preempt_disable();
	smp_mb(); /* the work bit before the look; pairs with the exit to user mode reading it with interrupts off */
	cpu = READ_ONCE(task->cpu);
	if (READ_ONCE(task->on_cpu) && cpu != (u32)smp_processor_id())
		smp_send_reschedule(cpu);
	preempt_enable();
}

/* ---- switching ---- */

static void clear_resched(struct task *task)
{
	if (thread_test_work(&task->thread, TIF_NEED_RESCHED))
		thread_clear_work(&task->thread, TIF_NEED_RESCHED);
	clear_preempt_need_resched();
}

/* Take the current task off its queue if it really sleeps: its state has not been changed back meanwhile. */
static bool try_to_block(struct run_queue *rq, struct task *prev, u32 state)
{
	if (!try_cmpxchg(&prev->thread.state, &state, state | TASK_BLOCKED))
		return false;
	if (unlikely(state & TASK_UNINTERRUPTIBLE)) {
		if (!(state & TASK_IDLE_WAIT))
			rq->nr_uninterruptible++;
		if (prev->in_iowait)
			rq->nr_iowait++;
	}
	rq_dequeue(rq, prev);
	if (unlikely(is_dl(prev)))
		dl_blocked(rq, prev, state);
	return true;
}

/* prev may not run here any more: it leaves the queue and is placed anew after the switch. */
static void push_if_forbidden(struct run_queue *rq, struct task *prev)
{
	if (likely(cpumask_test_cpu(rq->cpu, &prev->cpus_allowed) && !prev->wants_move) || !prev->se.on_rq)
		return;
	prev->wants_move = false;
	rq_dequeue(rq, prev);
	rq->push = prev;
}

static struct task *pick_next(struct run_queue *rq, struct task *prev)
{
	struct sched_entity *se;

	if (unlikely(rq->dl.nr)) {
		fair_put_curr(&rq->fair);
		return dl_first(&rq->dl);
	}
	if (unlikely(rq->rt.nr) && rt_may_run(rq)) {
		fair_put_curr(&rq->fair);
		return rt_first(&rq->rt);
	}
	if (!rq->fair.nr_queued && rq->fair.curr)
		return prev;
	fair_put_curr(&rq->fair);
	se = fair_pick(&rq->fair);
	if (unlikely(!se) && balance_pull(rq))
		se = fair_pick(&rq->fair);
	return se ? container_of(se, struct task, se) : rq->idle;
}

static void enter_idle(struct run_queue *rq)
{
	rq->idle_since_ns = rq->clock_ns;
	if (nr_cpu_ids > 1)
		cpumask_set_cpu(rq->cpu, &sched_idle_mask);
}

static void leave_idle(struct run_queue *rq)
{
	cputime_add(CPUTIME_IDLE, rq->clock_ns - rq->idle_since_ns);
	if (nr_cpu_ids > 1 && cpumask_test_cpu(rq->cpu, &sched_idle_mask))
		cpumask_clear_cpu(rq->cpu, &sched_idle_mask);
	timekeeping_idle_exit();
	tick_begin(rq);
}

static void finish_switch(struct task *prev)
{
	struct run_queue *rq = this_rq();
	struct task *push = rq->push;
	bool is_dead = prev->thread.state & TASK_DEAD;

	rq->push = NULL;
	smp_store_release(&prev->on_cpu, 0); /* pairs with queue_woken() */
	raw_spin_release(&rq->lock);
	if (unlikely(push))
		activate_somewhere(push, false, false);
	if (unlikely(bandwidth_in_use()))
		dl_balance(rq);
	local_irq_enable();
	if (unlikely(is_dead))
		put_task(prev);
}

static __always_inline void switch_to(struct run_queue *rq, struct task *prev, struct task *next)
{
	rq->nr_switches++;
	rq->curr = next;
	next->on_cpu = 1;
	next->se.exec_start_ns = rq->clock_ns;
	if (unlikely(prev == rq->idle))
		leave_idle(rq);
	else if (unlikely(next == rq->idle))
		enter_idle(rq);
	if (next->mm != prev->mm)
		arch_mm_switch((struct arch_mm *)prev->mm, (struct arch_mm *)next->mm);
	finish_switch(thread_task(arch_switch_to(&prev->thread, &next->thread)));
}

/* Before a pick: a budget may have ended just now, and stillness may want some that have none. */
static __always_inline void update_deadlines(struct run_queue *rq, struct task *prev)
{
	if (unlikely(is_dl(prev)))
		dl_check_curr(rq);
	if (unlikely(rq->dl.nr_throttled))
		dl_release_asked(rq);
}

/* Preemption depth 1, interrupts on. */
static void schedule_once(bool is_preempted)
{
	struct task *prev = current, *next;
	struct run_queue *rq;
	u32 state;

	if (unlikely(preempt_count() != 1))
		panic("%s schedules at preemption depth %x", prev->thread.name, preempt_count());
	local_irq_disable();
	rq = this_rq();
	rcu_note_quiescent();
	raw_spin_acquire(&rq->lock);
	rq_update(rq);
	update_deadlines(rq, prev);
	clear_resched(prev);
	rq->slice_over = false;
	state = READ_ONCE(prev->thread.state);
	if (is_preempted || !state || !try_to_block(rq, prev, state)) {
		is_preempted = true;
		push_if_forbidden(rq, prev);
	}
	next = pick_next(rq, prev);
	if (unlikely(is_dl(next)))
		dl_start_budget(rq, next);
	if (next == prev) {
		raw_spin_release(&rq->lock);
		if (unlikely(bandwidth_in_use()))
			dl_balance(rq);
		local_irq_enable();
		return;
	}
	if (is_preempted) {
		prev->nivcsw++;
		if (prev->notify_on_switch)
			thread_set_work(&prev->thread, TIF_NOTIFY);
	} else {
		prev->nvcsw++;
	}
	trace_sched_switch(is_preempted, prev, next);
	switch_to(rq, prev, next);
}

void schedule(void)
{
	do {
		preempt_disable();
		schedule_once(false);
		preempt_enable_no_resched();
	} while (need_resched());
}

void sched_preempt(void)
{
	do {
		schedule_once(true);
	} while (need_resched());
}

void sched_finish_switch(struct thread *prev)
{
	finish_switch(thread_task(prev));
	preempt_enable();
}

void sched_ipi(void)
{
	struct task *curr = current;
	struct run_queue *rq = this_rq();

	timers_poke();
	if (rcu_wants_quiescent()) {
		if (preempt_count() == HARDIRQ_OFFSET)
			rcu_note_quiescent();
		else
			thread_set_work(&curr->thread, TIF_NEED_RESCHED);
	}
	if (READ_ONCE(rq->kick_balance) || unlikely(READ_ONCE(rq->dl.nr_throttled))) { /* the latter for stillness */
		rq->kick_balance = false;
		thread_set_work(&curr->thread, TIF_NEED_RESCHED);
	}
	if (thread_test_work(&curr->thread, TIF_NEED_RESCHED))
		set_preempt_need_resched();
}

bool cond_resched(void)
{
	might_sleep();
	if (likely(!need_resched()))
		return false;
	schedule();
	return true;
}

void sched_yield(void)
{
	struct run_queue *rq;

	local_irq_disable();
	rq = this_rq();
	raw_spin_acquire(&rq->lock);
	if (unlikely(is_dl(current)))
		current->dl.has_yielded = true;
	else if (unlikely(is_rt(current)))
		rt_rotate(&rq->rt, current);
	else
		fair_yield(&rq->fair);
	raw_spin_release(&rq->lock);
	local_irq_enable();
	schedule();
}

u64 sched_nr_switches(void)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(cpu_rq(cpu)->nr_switches);
	return sum;
}

u32 sched_nr_running(void)
{
	u32 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(cpu_rq(cpu)->nr_running);
	return sum;
}

u32 sched_nr_iowait(void)
{
	s64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(cpu_rq(cpu)->nr_iowait);
	return sum > 0 ? sum : 0;
}

u64 sched_run_delay_ns(u32 cpu)
{
	return READ_ONCE(cpu_rq(cpu)->run_delay_ns);
}
