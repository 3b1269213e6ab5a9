/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nanosleep.c - sleeping for a time, or until one.
 *
 * WHAT        A relative sleep becomes an absolute deadline on its first pass; parks and restart_syscall keep it. A sleeper on a clock that
 *             can be set looks again when it was.
 * ERRORS      -EINVAL time, clock; -EINTR with the rest of a relative sleep stored; -EOPNOTSUPP.
 * TESTS       tests/guest/process/timer_test.c
 */
#include "process_impl.h"
#include <time/ktime.h>
#include <process/process_calls.h>
#include "timer_impl.h"
#include "timespec_impl.h"

/* Until the monotonic @deadline: 0, -ERESTARTSYS, -EPARK. The slack lets timers of many sleepers fall together. */
static int sleep_until(u64 deadline)
{
	int ret;

	if (deadline < DEADLINE_NEVER - cur->timer_slack_ns && current->policy == 0)
		deadline += cur->timer_slack_ns;
	do {
		set_current_state(TASK_INTERRUPTIBLE);
		ret = wait_sleep(WAIT_LEVEL, deadline);
	} while (!ret);
	__set_current_state(TASK_RUNNING);
	return ret == -ETIME ? 0 : ret;
}

static long store_rest(u64 deadline, uaddr_t remain)
{
	u64 now = ktime_get_ns();
	struct timespec64 rest = ns_to_timespec64(deadline > now ? (s64)(deadline - now) : 0);

	if (!rest.tv_sec && !rest.tv_nsec)
		return 0;
	if (!uaddr_is_null(remain) && put_timespec64(&rest, remain))
		return -EFAULT;
	return -ERESTART_RESTARTBLOCK;
}

static long nanosleep_restart(struct restart_block *block)
{
	int ret = sleep_until(block->deadline_ns);

	return ret == -ERESTARTSYS ? store_rest(block->deadline_ns, block->user_a) : ret;
}

static const struct restart_ops nanosleep_restart_ops = { .name = "nanosleep", .restart = nanosleep_restart };

static long sleep_for(u64 ns, uaddr_t remain)
{
	u64 deadline = call_deadline(ns);
	int ret = sleep_until(deadline);

	if (ret != -ERESTARTSYS)
		return ret;
	cur->restart_block = (struct restart_block){ .ops = &nanosleep_restart_ops, .deadline_ns = deadline,
						     .user_a = remain };
	return store_rest(deadline, remain);
}

/* Until @clock shows @ns; clocks that can be set are looked at again after a step. */
static long sleep_until_on(int clock, u64 ns)
{
	for (;;) {
		u32 nr_steps = clock_steps();
		u64 deadline;
		int ret;

		if (clock_now_ns(clock) >= ns)
			return 0;
		deadline = clock_to_monotonic(clock, ns);
		ret = clock_can_step(clock) ? clock_step_sleep(nr_steps, deadline) : sleep_until(deadline);
		if (ret)
			return ret == -ERESTARTSYS ? -ERESTARTNOHAND : ret;
	}
}

/* CPU-time clocks: looked at with every tick of the clock's task. */
static long sleep_on_cpu_clock(int clockid, int flags, u64 ns)
{
	struct cpu_clock clock;
	int ret;

	if (clockid == CLOCK_THREAD_CPUTIME_ID)
		return -EOPNOTSUPP;
	ret = cpu_clock_decode(clockid, &clock);
	if (ret)
		return ret;
	if (clock.is_thread && clock.task == current) {
		put_task(clock.task);
		return -EINVAL;
	}
	if (!(flags & TIMER_ABSTIME))
		ns += cpu_clock_read(clock.task, clock.is_thread);
	ns = call_deadline_at(ns);
	while (!ret && cpu_clock_read(clock.task, clock.is_thread) < ns) {
		ret = sleep_until(ktime_get_ns() + 4 * NSEC_PER_MSEC);
		if (tproc(clock.task)->exit_state)
			break;
	}
	put_task(clock.task);
	return ret == -ERESTARTSYS ? -ERESTARTNOHAND : ret;
}

/* What the program asks for, or the deadline that a pass before this one made of it. */
static int get_request(uaddr_t request, u64 *ns)
{
	struct timespec64 ts;

	if (call_deadline_kept(ns))
		return 0;
	if (get_timespec64(&ts, request))
		return -EFAULT;
	if (!timespec64_valid(&ts))
		return -EINVAL;
	*ns = timespec64_to_ns(&ts);
	return 0;
}

long sys_nanosleep(uaddr_t request, uaddr_t remain)
{
	u64 ns;
	int err = get_request(request, &ns);

	return err ? err : sleep_for(ns, remain);
}

long sys_clock_nanosleep(int clockid, int flags, uaddr_t request, uaddr_t remain)
{
	u64 ns;
	int err;

	if (clockid == CLOCK_REALTIME_COARSE || clockid == CLOCK_MONOTONIC_COARSE || clockid == CLOCK_MONOTONIC_RAW ||
	    clockid == CLOCK_REALTIME_ALARM || clockid == CLOCK_BOOTTIME_ALARM)
		return -EOPNOTSUPP;
	if (clockid == CLOCK_THREAD_CPUTIME_ID)
		return -EOPNOTSUPP;
	if (clockid > CLOCK_TAI)
		return -EINVAL;
	err = get_request(request, &ns);
	if (err)
		return err;
	if (!clock_is_timer_clock(clockid))
		return sleep_on_cpu_clock(clockid, flags, ns);
	if (!(flags & TIMER_ABSTIME))
		return sleep_for(ns, remain);
	return sleep_until_on(clockid, call_deadline_at(ns));
}
