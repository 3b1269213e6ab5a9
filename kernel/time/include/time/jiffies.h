/* SPDX-License-Identifier: GPL-2.0-only */
/* jiffies.h - the old units: 250 kernel ticks a second, 100 user ticks. Computed from the clock, not counted. */
#pragma once

#include <lib/time_units.h>
#include <time/ktime.h>

#define HZ	      250
#define NSEC_PER_TICK (NSEC_PER_SEC / HZ)

static inline u64 jiffies_64(void)
{
	return ktime_get_coarse_ns() / NSEC_PER_TICK;
}

#define jiffies ((unsigned long)jiffies_64())

static inline u64 ns_to_clock_t(u64 ns)
{
	return ns / (NSEC_PER_SEC / USER_HZ);
}

static inline u64 clock_t_to_ns(u64 ticks)
{
	return ticks * (NSEC_PER_SEC / USER_HZ);
}
