/* SPDX-License-Identifier: GPL-2.0-only */
/* timespec_impl.h - times between the wire and the kernel. */
#pragma once

#include <lib/time_units.h>
#include <arch/uaccess.h>
#include <linux/time.h>

/* The layouts agree. */
ASSERT_SIZE(struct timespec64, 16);
ASSERT_SIZE(struct itimerspec64, 32);

static inline int get_timespec64(struct timespec64 *ts, uaddr_t from)
{
	return get_user_obj(ts, from);
}

static inline int put_timespec64(const struct timespec64 *ts, uaddr_t to)
{
	return put_user_obj(ts, to);
}

static inline u64 timeval_to_ns(const struct timeval *tv)
{
	struct timespec64 ts = { tv->tv_sec, tv->tv_usec * NSEC_PER_USEC };

	return timespec64_to_ns(&ts);
}

static inline struct timeval ns_to_timeval(u64 ns)
{
	struct timeval tv = { (long)(ns / NSEC_PER_SEC), (long)(ns % NSEC_PER_SEC / NSEC_PER_USEC) };

	return tv;
}

static inline bool timeval_valid(const struct timeval *tv)
{
	return tv->tv_sec >= 0 && (unsigned long)tv->tv_usec < USEC_PER_SEC;
}

/* An instant of CLOCK_REALTIME on the monotonic clock; instants before boot become 0. */
u64 realtime_to_monotonic(u64 real_ns);
