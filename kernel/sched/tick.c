/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tick.c - the periodic look while a processor is busy: slices, accounting, balance, RCU.
 *
 * WHAT        The tick is a timer of the processor, started when it leaves idle and not started again by a tick that finds it
 *             idle. A tick's worth of time goes to the mode it interrupted; task_cputime() scales a task's
 *             samples to its exact sum.
 * LOCKING     rq->lock for slices; the samples belong to the running task.
 */
#include <lib/math64.h>
#include <arch/apic.h>
#include <arch/irq.h>
#include <arch/ptregs.h>
#include <log/log.h>
#include <sync/rcu.h>
#include <time/cputime.h>
#include <time/ktime.h>
#include <sched/tick.h>
#include "run_queue.h"
#include "task_impl.h"

#define LOADAVG_PERIOD_NS 5000000000ull

struct tick_state {
	const struct sched_tick_ops *ops; /* set once at boot */
	struct timer loadavg_timer;
};

static struct tick_state tick_state;

void sched_set_tick_ops(const struct sched_tick_ops *ops)
{
	WRITE_ONCE(tick_state.ops, ops);
}

/* Did this timer interrupt come from user mode? Then the frame at the top of the stack is its own. */
static bool tick_is_user(struct task *curr)
{
	if (curr->thread.flags & THREAD_KERNEL)
		return false;
	return arch_user_regs(&curr->thread)->orig_ax == ~(unsigned long)VECTOR_TIMER;
}

static void account(struct task *curr, bool is_user)
{
	if (is_user) {
		curr->utime_ticks_ns += TICK_NS;
		cputime_add(curr->nice > 0 ? CPUTIME_NICE : CPUTIME_USER, TICK_NS);
	} else {
		curr->stime_ticks_ns += TICK_NS;
		cputime_add(CPUTIME_SYSTEM, TICK_NS);
	}
}

static void check_slice(struct run_queue *rq, struct task *curr)
{
	rq_update(rq);
	if (unlikely(rq->rt.nr))
		rt_check_share(rq);
	if (unlikely(is_dl(curr))) {
		dl_check_curr(rq);
		return;
	}
	if (!rq->slice_over)
		return;
	rq->slice_over = false;
	if (rq->nr_running < 2)
		return;
	if (is_rt(curr)) { /* RR: to the end of the line */
		curr->se.rr_left_ns = sched_rr_slice_ns();
		rt_rotate(&rq->rt, curr);
	}
	rq_resched_now(rq);
}

static void ask_others(struct task *curr, bool is_user)
{
	const struct sched_tick_ops *ops = READ_ONCE(tick_state.ops);

	if (preempt_count() == HARDIRQ_OFFSET)
		rcu_note_quiescent();
	rcu_tick();
	log_wake_readers();
	if (ops)
		ops->tick(curr, is_user);
}

void tick_report_overrun(struct task *curr)
{
	const struct sched_tick_ops *ops = READ_ONCE(tick_state.ops);

	if (likely(!READ_ONCE(curr->dl.has_overrun)) || !ops)
		return;
	WRITE_ONCE(curr->dl.has_overrun, false);
	ops->overrun(curr);
}

static void tick_expire(struct timer *timer)
{
	struct run_queue *rq = container_of(timer, struct run_queue, tick);
	struct task *curr;
	bool is_user;

	raw_spin_acquire(&rq->lock);
	curr = rq->curr;
	if (curr == rq->idle) {
		rq->tick_on = false;
		raw_spin_release(&rq->lock);
		return;
	}
	check_slice(rq, curr);
	balance_tick(rq);
	raw_spin_release(&rq->lock);
	is_user = tick_is_user(curr);
	account(curr, is_user);
	ask_others(curr, is_user);
	tick_report_overrun(curr);
	timer_start_pinned(timer, rq->cpu, max(timer->expires_ns + TICK_NS, ktime_get_ns()));
}

static const struct timer_ops tick_ops = { .name = "tick", .expire = tick_expire };

void tick_begin(struct run_queue *rq)
{
	if (rq->tick_on)
		return;
	rq->tick_on = true;
	timer_start_pinned(&rq->tick, rq->cpu, ktime_get_ns() + TICK_NS);
}

void tick_init(struct run_queue *rq)
{
	timer_init(&rq->tick, &tick_ops);
	rq->tick.cpu = rq->cpu;
}

/* ---- load average ---- */

static u32 nr_active(void)
{
	s64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(cpu_rq(cpu)->nr_running) + READ_ONCE(cpu_rq(cpu)->nr_uninterruptible);
	return sum > 0 ? sum : 0;
}

static void loadavg_expire(struct timer *timer)
{
	loadavg_update(nr_active());
	timer_start_in(timer, LOADAVG_PERIOD_NS);
}

static const struct timer_ops loadavg_ops = { .name = "loadavg", .expire = loadavg_expire };

void loadavg_start(void)
{
	timer_init(&tick_state.loadavg_timer, &loadavg_ops);
	timer_start_in(&tick_state.loadavg_timer, LOADAVG_PERIOD_NS);
}

/* ---- figures ---- */

u64 task_sum_exec_ns(struct task *task)
{
	unsigned long flags;
	struct run_queue *rq = task_rq_lock(task, &flags);
	u64 sum;

	if (rq->curr == task)
		rq_update(rq);
	sum = task->se.sum_exec_ns;
	task_rq_unlock(rq, flags);
	return sum;
}

void task_cputime(struct task *task, u64 *utime_ns, u64 *stime_ns)
{
	u64 sum = task_sum_exec_ns(task);
	u64 user = READ_ONCE(task->utime_ticks_ns), system = READ_ONCE(task->stime_ticks_ns);

	if (!system) /* no samples: a short life, mostly in user mode */
		*stime_ns = 0;
	else if (!user)
		*stime_ns = sum;
	else
		*stime_ns = mul_u64_u64_div_u64(sum, system, user + system);
	*utime_ns = sum - *stime_ns;
}
