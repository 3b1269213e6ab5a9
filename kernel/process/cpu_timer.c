/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpu_timer.c - clocks that count CPU time, and what waits for them: ITIMER_VIRTUAL, ITIMER_PROF, CPU-clock timers, RLIMIT_CPU.
 *
 * WHAT        The tick of a busy processor looks at the process it interrupted, if that has anything to watch. Nothing is armed in
 *             hardware: resolution is the tick, as it is on Linux.
 * INVARIANTS  C1  timers->watches_cpu is true when any CPU timer or interval timer could fire; cpu_limit_ns is the limit's next
 *                 signal. A child begins with its maker's limit and no timers.
 * LOCKING     siglock; the tick takes it with interrupts off.
 * TESTS       tests/guest/process/timer_test.c
 */
#include "process_impl.h"
#include <asm/resource.h>
#include <linux/time.h>
#include <pages/slab.h>
#include <sched/tick.h>
#include <process/process_calls.h>
#include "exit_impl.h"
#include "timer_impl.h"

enum { CPU_CLOCK_PROF = 0, CPU_CLOCK_VIRT = 1, CPU_CLOCK_SCHED = 2, CPU_CLOCK_THREAD_BIT = 4 };

void group_cputime(struct task *task, u64 *utime, u64 *stime)
{
	struct usage_sums sums;

	thread_group_usage(task, &sums);
	*utime = sums.utime;
	*stime = sums.stime;
}

u64 cpu_clock_read(struct task *task, bool is_thread)
{
	struct signal_struct *signal = tproc(task)->signal;
	unsigned long flags;
	struct task *t;
	u64 sum;

	if (is_thread)
		return task_sum_exec_ns(task);
	with_rcu();
	spin_lock_irqsave(&signal->stats_lock, flags);
	sum = signal->own.sum_exec;
	spin_unlock_irqrestore(&signal->stats_lock, flags);
	for_each_thread_of(signal, t)
		sum += task_sum_exec_ns(t);
	return sum;
}

/* clockid of a task: ~pid << 3 | kind, see clock_getcpuclockid(3). */
int cpu_clock_decode(int clockid, struct cpu_clock *clock)
{
	pid_t pid = ~(clockid >> 3);
	struct task *task;

	if (clockid == CLOCK_PROCESS_CPUTIME_ID || clockid == CLOCK_THREAD_CPUTIME_ID) {
		clock->is_thread = clockid == CLOCK_THREAD_CPUTIME_ID;
		clock->task = get_task(current);
		return 0;
	}
	if (clockid >= 0 || (clockid & 3) > CPU_CLOCK_SCHED)
		return -EINVAL;
	clock->is_thread = clockid & CPU_CLOCK_THREAD_BIT;
	with_rcu();
	task = pid ? find_task_by_vpid(pid) : current;
	if (!task || (clock->is_thread ? !same_thread_group(task, current) : pid && !thread_group_leader(task)))
		return -EINVAL;
	clock->task = get_task(task);
	return 0;
}

/* C1 */
void cpu_timers_watch_locked(struct signal_struct *signal)
{
	struct posix_timers *timers = signal->timers;

	WRITE_ONCE(timers->watches_cpu, timers->virt.expires_ns || timers->prof.expires_ns ||
						!list_empty(&timers->cpu_timers));
}

void cpu_timer_arm_locked(struct posix_timer *timer)
{
	if (list_empty(&timer->node))
		list_add_tail(&timer->node, &timer->owner->cpu_timers);
	WRITE_ONCE(timer->owner->watches_cpu, true);
}

void cpu_timer_disarm_locked(struct posix_timer *timer)
{
	list_del_init(&timer->node);
}

u64 cpu_limit_to_ns(unsigned long seconds)
{
	return seconds >= ~0ull / NSEC_PER_SEC ? ~0ull : seconds * NSEC_PER_SEC;
}

void cpu_limit_changed(struct task *task)
{
	unsigned long flags;

	if (!lock_task_sighand(task, &flags))
		return;
	WRITE_ONCE(tproc(task)->signal->cpu_limit_ns, cpu_limit_to_ns(task_rlimit(task, RLIMIT_CPU)));
	unlock_task_sighand(task, flags);
}

static void check_itimer(struct task *task, struct cpu_itimer *it, u64 now, int sig)
{
	if (!it->expires_ns || now < it->expires_ns)
		return;
	if (it->interval_ns)
		it->expires_ns += ((now - it->expires_ns) / it->interval_ns + 1) * it->interval_ns;
	else
		it->expires_ns = 0;
	send_signal_locked(sig, SEND_SIG_PRIV, task, PIDTYPE_TGID);
}

/* SIGXCPU at the soft limit and each second after it, SIGKILL at the hard one. */
static void check_limit(struct task *task, struct signal_struct *signal)
{
	u64 now;

	if (likely(signal->cpu_limit_ns == ~0ull))
		return;
	now = cpu_clock_read(task, false);
	if (now < signal->cpu_limit_ns)
		return;
	if (now >= cpu_limit_to_ns(task_rlimit_max(task, RLIMIT_CPU))) {
		send_signal_locked(SIGKILL, SEND_SIG_PRIV, task, PIDTYPE_TGID);
		return;
	}
	WRITE_ONCE(signal->cpu_limit_ns, signal->cpu_limit_ns + NSEC_PER_SEC);
	send_signal_locked(SIGXCPU, SEND_SIG_PRIV, task, PIDTYPE_TGID);
}

/* Take the expired timers off the list; they are fired after the walk. */
static void collect_expired(struct posix_timers *timers, struct list_head *expired)
{
	struct posix_timer *timer, *next;

	list_for_each_entry_safe(timer, next, &timers->cpu_timers, node)
		if (cpu_clock_read(timer->cpu_task, timer->cpu_is_thread) >= timer->expires_ns)
			list_move_tail(&timer->node, expired);
}

static void check_process(struct task *task, struct posix_timers *timers, struct list_head *expired)
{
	u64 utime, stime, sum = cpu_clock_read(task, false);

	if (timers->virt.expires_ns) {
		group_cputime(task, &utime, &stime);
		check_itimer(task, &timers->virt, utime, SIGVTALRM);
	}
	check_itimer(task, &timers->prof, sum, SIGPROF);
	collect_expired(timers, expired);
	cpu_timers_watch_locked(tproc(task)->signal);
}

/* Has the tick something to look at? */
static bool watches_cpu_time(const struct signal_struct *signal)
{
	const struct posix_timers *timers = READ_ONCE(signal->timers);

	return READ_ONCE(signal->cpu_limit_ns) != ~0ull || (timers && READ_ONCE(timers->watches_cpu));
}

static void cpu_timers_tick(struct task *task, bool is_user)
{
	struct posix_timers *timers;
	struct posix_timer *timer, *next;
	struct list_head expired;
	unsigned long flags;

	if (!task->process || tproc(task)->is_exiting || likely(!watches_cpu_time(tproc(task)->signal)))
		return;
	INIT_LIST_HEAD(&expired);
	if (!lock_task_sighand(task, &flags))
		return;
	check_limit(task, tproc(task)->signal);
	timers = tproc(task)->signal->timers;
	if (timers)
		check_process(task, timers, &expired);
	list_for_each_entry_safe(timer, next, &expired, node) {
		list_del_init(&timer->node);
		posix_timer_fire_locked(timer);
	}
	unlock_task_sighand(task, flags);
}

static void cpu_timers_overrun(struct task *task)
{
	unsigned long flags;

	if (!task->process || !lock_task_sighand(task, &flags))
		return;
	send_signal_locked(SIGXCPU, SEND_SIG_PRIV, task, PIDTYPE_TGID);
	unlock_task_sighand(task, flags);
}

static const struct sched_tick_ops cpu_timers_tick_ops = {
	.name = "cpu_timers", .tick = cpu_timers_tick, .overrun = cpu_timers_overrun,
};

void cpu_timers_init(void)
{
	sched_set_tick_ops(&cpu_timers_tick_ops);
}

void exit_cpu_timers(struct task *task)
{
	/* A thread's own CPU timers hold a reference on it and find that it no longer runs. */
}
