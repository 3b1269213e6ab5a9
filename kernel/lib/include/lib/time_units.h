/* SPDX-License-Identifier: GPL-2.0-only */
/* time_units.h - nanoseconds, seconds and the structures that carry them. */
#ifndef LIB_TIME_UNITS_H
#define LIB_TIME_UNITS_H

#include <lib/types.h>

#define MSEC_PER_SEC 1000L
#define USEC_PER_MSEC 1000L
#define NSEC_PER_USEC 1000L
#define NSEC_PER_MSEC 1000000L
#define USEC_PER_SEC 1000000L
#define NSEC_PER_SEC 1000000000L

/* The clock tick that user space sees in times() and /proc: 100 a second. */
#define USER_HZ 100
#define NSEC_PER_USER_TICK (NSEC_PER_SEC / USER_HZ)

#define KTIME_MAX ((s64)~((u64)1 << 63))
#define KTIME_SEC_MAX (KTIME_MAX / NSEC_PER_SEC)

/* Also the layout of struct __kernel_timespec and of x86-64's struct timespec. */
struct timespec64 {
	time64_t tv_sec;
	long tv_nsec;
};

struct itimerspec64 {
	struct timespec64 it_interval;
	struct timespec64 it_value;
};

static inline bool timespec64_valid(const struct timespec64 *ts)
{
	return ts->tv_sec >= 0 && (unsigned long)ts->tv_nsec < NSEC_PER_SEC;
}

/* Saturates at KTIME_MAX: absurdly long waits are waits for ever. */
static inline s64 timespec64_to_ns(const struct timespec64 *ts)
{
	if (ts->tv_sec >= KTIME_SEC_MAX)
		return KTIME_MAX;
	if (ts->tv_sec <= -KTIME_SEC_MAX)
		return -KTIME_MAX;
	return ts->tv_sec * NSEC_PER_SEC + ts->tv_nsec;
}

/* tv_nsec is always in [0, NSEC_PER_SEC), also for negative times. */
static inline struct timespec64 ns_to_timespec64(s64 ns)
{
	struct timespec64 ts = { ns / NSEC_PER_SEC, ns % NSEC_PER_SEC };

	if (ts.tv_nsec < 0) {
		ts.tv_nsec += NSEC_PER_SEC;
		ts.tv_sec--;
	}
	return ts;
}

static inline int timespec64_compare(const struct timespec64 *a, const struct timespec64 *b)
{
	if (a->tv_sec != b->tv_sec)
		return a->tv_sec < b->tv_sec ? -1 : 1;
	return a->tv_nsec < b->tv_nsec ? -1 : a->tv_nsec > b->tv_nsec;
}

static inline bool timespec64_equal(const struct timespec64 *a, const struct timespec64 *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static inline u64 ns_to_user_ticks(u64 ns)
{
	return ns / NSEC_PER_USER_TICK;
}

/* @a + @b for non-negative times, saturating. */
static inline s64 ktime_add_safe(s64 a, s64 b)
{
	s64 sum;

	return __builtin_add_overflow(a, b, &sum) || sum < 0 ? KTIME_MAX : sum;
}

struct calendar_time {
	s64 year;	/* 2024 */
	int month;	/* 1..12 */
	int day;	/* 1..31 */
	int hour;
	int minute;
	int second;
};

/* Seconds since 1970 in UTC to the proleptic Gregorian calendar and back. */
struct calendar_time calendar_from_unix(s64 seconds);
s64 calendar_to_unix(const struct calendar_time *cal);

#endif
