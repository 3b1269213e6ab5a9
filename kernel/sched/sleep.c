/* SPDX-License-Identifier: GPL-2.0-only */
/* sleep.c - sleeping for a time. */
#include <sync/thread.h>
#include <sync/wait.h>
#include <time/ktime.h>
#include <time/timer.h>
#include <sched/sched.h>
#include "run_queue.h"

#define INACTIVE_POLL_NS 50000ull

/* A timer on the sleeper's stack. */
struct sleep_timer {
	struct timer timer;
	struct thread *thread;
	bool is_over; /* stored before the wake-up */
};

static void sleep_over(struct timer *timer)
{
	struct sleep_timer *sleep = container_of(timer, struct sleep_timer, timer);
	struct thread *thread = sleep->thread;

	WRITE_ONCE(sleep->is_over, true);
	thread_wake(thread, TASK_NORMAL);
}

static const struct timer_ops sleep_ops = { .name = "sleep", .expire = sleep_over };

bool schedule_until(u64 deadline_ns)
{
	struct sleep_timer sleep = { .thread = current_thread() };

	if (deadline_ns == DEADLINE_NEVER) {
		schedule();
		return false;
	}
	if (ktime_get_ns() >= deadline_ns) {
		__set_current_state(TASK_RUNNING);
		return true;
	}
	timer_init(&sleep.timer, &sleep_ops);
	timer_start_at(&sleep.timer, deadline_ns);
	schedule();
	timer_cancel_sync(&sleep.timer);
	return sleep.is_over;
}

void sleep_ns(u64 ns)
{
	u64 end = ktime_get_ns() + ns;

	do {
		set_current_state(TASK_UNINTERRUPTIBLE);
	} while (!schedule_until(end) && ktime_get_ns() < end);
	__set_current_state(TASK_RUNNING);
}

int sleep_interruptible_until(u64 deadline_ns)
{
	int ret;

	do {
		set_current_state(TASK_INTERRUPTIBLE);
		ret = wait_sleep(WAIT_LEVEL, deadline_ns);
	} while (!ret);
	__set_current_state(TASK_RUNNING);
	return ret;
}

bool wait_task_inactive(struct task *task, u32 state)
{
	for (;;) {
		u32 now = READ_ONCE(task->thread.state);

		if (!(now & state))
			return false;
		if ((now & TASK_BLOCKED) && !smp_load_acquire(&task->on_cpu))
			return true;
		sleep_ns(INACTIVE_POLL_NS);
	}
}
