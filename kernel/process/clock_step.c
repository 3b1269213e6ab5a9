/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clock_step.c - what waits for an instant of the real-time clock when that clock is set.
 *
 * WHAT        Absolute sleeps, futex timeouts and timers on clocks that can be set are converted to the monotonic clock when they begin to wait. A
 *             step makes these conversions wrong: sleepers are woken to look again, timers are started again.
 * INVARIANTS  A sleeper reads the number of steps before it converts, and does not sleep when it has moved: no step is missed.
 * LOCKING     The queue's own lock; siglock of each process in turn for its timers; RCU for the walk over processes.
 * TESTS       tests/guest/time/clock_test.c
 */
#include "process_impl.h"
#include <time/timekeeping.h>
#include "timer_impl.h"

static void clock_stepped(struct clock_step_listener *listener);

static const struct clock_step_ops clock_step_ops = { .name = "process", .stepped = clock_stepped };

static struct {
	struct wait_queue_head sleepers;
	atomic_t nr_steps;
	struct clock_step_listener listener;
} steps = { .listener = { .ops = &clock_step_ops } };

u32 clock_steps(void)
{
	return (u32)atomic_read(&steps.nr_steps);
}

int clock_step_sleep(u32 nr_steps, u64 deadline_ns)
{
	struct wait_queue_entry entry;
	int ret = 0;

	wait_entry_init(&entry, 0);
	prepare_to_wait(&steps.sleepers, &entry, TASK_INTERRUPTIBLE);
	if (clock_steps() == nr_steps)
		ret = wait_sleep(WAIT_LEVEL, deadline_ns);
	finish_wait(&steps.sleepers, &entry);
	return ret == -ETIME ? 0 : ret;
}

int clock_edge_sleep(struct edge_wait *edge, int clock, u64 deadline_ns)
{
	struct wait_queue_entry entry;
	int ret;

	if (!clock_can_step(clock) || deadline_ns == DEADLINE_NEVER)
		return edge_wait_sleep(edge, deadline_ns);
	do {
		u32 nr_steps = clock_steps();

		wait_entry_init(&entry, 0);
		add_wait_queue(&steps.sleepers, &entry);
		ret = edge_wait_sleep_while(edge, clock_to_monotonic(clock, deadline_ns), &steps.nr_steps, nr_steps);
		finish_wait(&steps.sleepers, &entry);
	} while (ret == -EAGAIN);
	return ret;
}

static void clock_stepped(struct clock_step_listener *listener)
{
	struct task *task;

	atomic_inc(&steps.nr_steps);
	wake_up_all(&steps.sleepers);
	rcu_read_lock();
	for_each_process(task) {
		unsigned long flags;

		if (!READ_ONCE(tproc(task)->signal->timers) || !lock_task_sighand(task, &flags))
			continue;
		if (tproc(task)->signal->timers)
			posix_timers_stepped_locked(tproc(task)->signal->timers);
		unlock_task_sighand(task, flags);
	}
	rcu_read_unlock();
}

void clock_steps_init(void)
{
	init_waitqueue_head(&steps.sleepers);
	clock_step_listen(&steps.listener);
}
