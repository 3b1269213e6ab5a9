/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * itimer.c - setitimer, getitimer, alarm: one timer of each kind per process.
 *
 * WHAT        ITIMER_REAL is a high resolution timer that sends SIGALRM; VIRTUAL and PROF are counts of the group's
 *             processor time, checked at the tick. alarm() is ITIMER_REAL in whole seconds.
 * INVARIANTS  I1  A periodic ITIMER_REAL is set again when its SIGALRM is taken, so a blocked signal stops the timer's work, not its count.
 * LOCKING     siglock.
 * TESTS       tests/guest/process/timer_test.c
 */
#include "process_impl.h"
#include <time/ktime.h>
#include <process/process_calls.h>
#include "timer_impl.h"
#include "timespec_impl.h"

/* SIGALRM was taken from the group's queue. siglock held. */
void itimer_real_rearm_locked(void)
{
	struct posix_timers *timers = cur->signal->timers;
	u64 now, missed;

	if (!timers || !timers->real_interval_ns || timer_is_started(&timers->real))
		return;
	now = ktime_get_ns();
	missed = now > timers->real.expires_ns ? (now - timers->real.expires_ns) / timers->real_interval_ns : 0;
	timer_start_at(&timers->real, timers->real.expires_ns + (missed + 1) * timers->real_interval_ns);
}

static void fill(struct itimerval *value, u64 left, u64 interval)
{
	value->it_value = ns_to_timeval(left);
	value->it_interval = ns_to_timeval(interval);
}

static struct cpu_itimer *cpu_itimer_of(struct posix_timers *timers, int which)
{
	return which == ITIMER_VIRTUAL ? &timers->virt : &timers->prof;
}

/* What @which counts: user time, or all CPU time. */
static u64 group_time(int which)
{
	u64 utime, stime;

	if (which == ITIMER_PROF)
		return cpu_clock_read(current, false);
	group_cputime(current, &utime, &stime);
	return utime;
}

static void read_locked(struct posix_timers *timers, int which, struct itimerval *value)
{
	struct cpu_itimer *it;
	u64 now, left = 0;

	if (which == ITIMER_REAL) {
		now = ktime_get_ns();
		if (timer_is_started(&timers->real))
			left = timers->real.expires_ns > now ? timers->real.expires_ns - now : 1000;
		fill(value, left, timers->real_interval_ns);
		return;
	}
	it = cpu_itimer_of(timers, which);
	if (it->expires_ns) {
		now = group_time(which);
		left = it->expires_ns > now ? it->expires_ns - now : SCHED_SLICE_NS;
	}
	fill(value, left, it->interval_ns);
}

static void set_locked(struct posix_timers *timers, int which, u64 value, u64 interval)
{
	struct cpu_itimer *it;

	if (which == ITIMER_REAL) {
		timer_cancel(&timers->real);
		timers->real_interval_ns = value ? interval : 0;
		if (value)
			timer_start_at(&timers->real, (u64)ktime_add_safe(ktime_get_ns(), value));
		return;
	}
	it = cpu_itimer_of(timers, which);
	it->interval_ns = interval;
	it->expires_ns = value ? group_time(which) + value : 0;
	cpu_timers_watch_locked(cur->signal);
}

static int do_setitimer(int which, u64 value, u64 interval, struct itimerval *old)
{
	struct posix_timers *timers = value ? posix_timers_get() : cur->signal->timers;

	memset(old, 0, sizeof(*old));
	if (!timers)
		return value ? -ENOMEM : 0;
	with_spinlock_irq(&cur->sighand->siglock);
	read_locked(timers, which, old);
	set_locked(timers, which, value, interval);
	return 0;
}

static bool is_itimer(int which)
{
	return which >= ITIMER_REAL && which <= ITIMER_PROF;
}

long sys_getitimer(int which, uaddr_t value)
{
	struct posix_timers *timers = cur->signal->timers;
	struct itimerval now = { 0 };

	if (!is_itimer(which))
		return -EINVAL;
	if (timers) {
		with_spinlock_irq(&cur->sighand->siglock);
		read_locked(timers, which, &now);
	}
	return put_user_obj(&now, value);
}

long sys_setitimer(int which, uaddr_t value, uaddr_t ovalue)
{
	struct itimerval set = { 0 }, old;
	int ret;

	/* A NULL value means zero, as it always did. */
	if (!uaddr_is_null(value) && get_user_obj(&set, value))
		return -EFAULT;
	if (!is_itimer(which) || !timeval_valid(&set.it_value) || !timeval_valid(&set.it_interval))
		return -EINVAL;
	ret = do_setitimer(which, timeval_to_ns(&set.it_value), timeval_to_ns(&set.it_interval), &old);
	if (ret || uaddr_is_null(ovalue))
		return ret;
	return put_user_obj(&old, ovalue);
}

long sys_alarm(u32 seconds)
{
	struct itimerval old;
	int ret = do_setitimer(ITIMER_REAL, min((u64)seconds, (u64)INT_MAX) * NSEC_PER_SEC, 0, &old);

	if (ret)
		return 0;
	/* Rounded, but never to zero: zero means that there was none. */
	if ((!old.it_value.tv_sec && old.it_value.tv_usec) || old.it_value.tv_usec >= 500000)
		old.it_value.tv_sec++;
	return old.it_value.tv_sec;
}
