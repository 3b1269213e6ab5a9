/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clock_calls.c - reading and setting clocks.
 *
 * WHAT        A clock is a fixed number, or the processor time of a process or thread whose pid is coded in it. Fixed
 *             ones are read by time/ and processor clocks from the scheduler's sums. Wall time has one setter,
 *             whatever call it came by.
 * ERRORS      -EINVAL clock, time; -EPERM setting without CAP_SYS_TIME; -EFAULT; -EOPNOTSUPP alarm clocks that cannot wake a machine.
 * TESTS       tests/guest/time/clock_test.c
 */
#include "process_impl.h"
#include <linux/timex.h>
#include <time/ktime.h>
#include <time/timekeeping.h>
#include <time/vdso.h>
#include <process/process_calls.h>
#include "timer_impl.h"
#include "timespec_impl.h"

enum { COARSE_RES_NS = 4000000 };

u64 realtime_to_monotonic(u64 real_ns)
{
	s64 offset = ktime_real_offset_ns();

	if (real_ns >= (u64)KTIME_MAX)
		return real_ns;
	return (s64)real_ns > offset ? real_ns - offset : 0;
}

u64 clock_now_ns(int clock)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_ALARM:
		return ktime_get_real_ns();
	case CLOCK_MONOTONIC:
		return ktime_get_ns();
	case CLOCK_MONOTONIC_RAW:
		return ktime_get_raw_ns();
	case CLOCK_REALTIME_COARSE:
		return ktime_get_coarse_real_ns();
	case CLOCK_MONOTONIC_COARSE:
		return ktime_get_coarse_ns();
	case CLOCK_BOOTTIME:
	case CLOCK_BOOTTIME_ALARM:
		return ktime_get_boottime_ns();
	default:
		return ktime_get_tai_ns();
	}
}

static bool is_fixed_clock(int clock)
{
	return (clock >= CLOCK_REALTIME && clock <= CLOCK_BOOTTIME_ALARM && clock != CLOCK_PROCESS_CPUTIME_ID &&
		clock != CLOCK_THREAD_CPUTIME_ID) ||
	       clock == CLOCK_TAI;
}

bool clock_is_timer_clock(int clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME || clock == CLOCK_TAI;
}

u64 clock_to_monotonic(int clock, u64 ns)
{
	s64 offset = 0;

	if (ns >= (u64)KTIME_MAX)
		return ns;
	if (clock == CLOCK_REALTIME)
		offset = ktime_real_offset_ns();
	else if (clock == CLOCK_TAI)
		offset = ktime_tai_offset_ns();
	else if (clock == CLOCK_BOOTTIME)
		offset = ktime_boottime_offset_ns();
	return (s64)ns > offset ? ns - offset : 0;
}

static int read_clock(int clockid, u64 *ns)
{
	struct cpu_clock clock;
	int ret;

	if (is_fixed_clock(clockid)) {
		*ns = clock_now_ns(clockid);
		return 0;
	}
	ret = cpu_clock_decode(clockid, &clock);
	if (ret)
		return ret;
	*ns = cpu_clock_read(clock.task, clock.is_thread);
	put_task(clock.task);
	return 0;
}

long sys_clock_gettime(int clockid, uaddr_t tp)
{
	struct timespec64 ts;
	u64 ns;
	int ret = read_clock(clockid, &ns);

	if (ret)
		return ret;
	ts = ns_to_timespec64((s64)ns);
	return put_timespec64(&ts, tp);
}

long sys_clock_settime(int clockid, uaddr_t tp)
{
	struct timespec64 ts;
	struct cpu_clock clock;

	if (clockid != CLOCK_REALTIME) {
		if (is_fixed_clock(clockid) || clockid == CLOCK_THREAD_CPUTIME_ID)
			return -EINVAL;
		if (cpu_clock_decode(clockid, &clock))
			return -EINVAL;
		put_task(clock.task);
		return -EPERM;
	}
	if (get_timespec64(&ts, tp))
		return -EFAULT;
	if (!timespec64_valid(&ts))
		return -EINVAL;
	if (!capable(CAP_SYS_TIME))
		return -EPERM;
	return timekeeping_set_real(&ts);
}

long sys_clock_getres(int clockid, uaddr_t res)
{
	struct timespec64 ts = { 0, KTIME_RES_NS };
	struct cpu_clock clock;

	if (clockid == CLOCK_REALTIME_COARSE || clockid == CLOCK_MONOTONIC_COARSE)
		ts.tv_nsec = COARSE_RES_NS;
	if (!is_fixed_clock(clockid)) {
		if (cpu_clock_decode(clockid, &clock))
			return -EINVAL;
		put_task(clock.task);
	}
	return uaddr_is_null(res) ? 0 : put_timespec64(&ts, res);
}

static long adjust(uaddr_t buf)
{
	struct __kernel_timex tx;
	int ret;

	if (get_user_obj(&tx, buf))
		return -EFAULT;
	/* Reading the remaining offset is for everybody. */
	if (tx.modes && tx.modes != ADJ_OFFSET_SS_READ && !capable(CAP_SYS_TIME))
		return -EPERM;
	ret = timekeeping_adjtimex(&tx);
	if (ret < 0)
		return ret;
	return put_user_obj(&tx, buf) ? -EFAULT : ret;
}

long sys_adjtimex(uaddr_t buf)
{
	return adjust(buf);
}

long sys_clock_adjtime(int clockid, uaddr_t buf)
{
	if (clockid == CLOCK_REALTIME)
		return adjust(buf);
	/* A negative number is some task's processor time, whether or not there is such a task. */
	return clockid < 0 || is_fixed_clock(clockid) || clockid == CLOCK_PROCESS_CPUTIME_ID || clockid == CLOCK_THREAD_CPUTIME_ID ?
		       -EOPNOTSUPP : -EINVAL;
}

long sys_gettimeofday(uaddr_t tv, uaddr_t tz)
{
	struct timeval now = ns_to_timeval(ktime_get_real_ns());
	struct timezone zone;

	if (!uaddr_is_null(tv) && put_user_obj(&now, tv))
		return -EFAULT;
	if (uaddr_is_null(tz))
		return 0;
	vdso_get_timezone(&zone.tz_minuteswest, &zone.tz_dsttime);
	return put_user_obj(&zone, tz);
}

long sys_settimeofday(uaddr_t tv, uaddr_t tz)
{
	struct timezone zone;
	struct timespec64 ts;
	struct timeval now;

	if (!uaddr_is_null(tv)) {
		if (get_user_obj(&now, tv))
			return -EFAULT;
		if (!timeval_valid(&now))
			return -EINVAL;
		ts = (struct timespec64){ now.tv_sec, now.tv_usec * NSEC_PER_USEC };
	}
	if (!uaddr_is_null(tz) && get_user_obj(&zone, tz))
		return -EFAULT;
	if (!capable(CAP_SYS_TIME))
		return -EPERM;
	if (!uaddr_is_null(tz)) {
		if (zone.tz_minuteswest > 15 * 60 || zone.tz_minuteswest < -15 * 60)
			return -EINVAL;
		vdso_set_timezone(zone.tz_minuteswest, zone.tz_dsttime);
	}
	return uaddr_is_null(tv) ? 0 : timekeeping_set_real(&ts);
}

long sys_time(uaddr_t tloc)
{
	u64 now = ktime_get_real_ns() / NSEC_PER_SEC;

	if (!uaddr_is_null(tloc) && put_user_u64(now, tloc))
		return -EFAULT;
	return (long)now;
}
