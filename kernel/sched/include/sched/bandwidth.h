/* SPDX-License-Identifier: GPL-2.0-only */
/* bandwidth.h - how much of the machine tasks with deadlines, and FIFO and RR, may have: /proc/sys/kernel/sched_{rt,deadline}_*. */
#pragma once

#include <lib/types.h>

/* @runtime_us of each @period_us on each processor, for all that have deadlines, and for FIFO and RR; runtime -1: no limit. */
struct sched_rt_limits {
	int period_us;
	int runtime_us;
};

struct sched_period_bounds {
	u32 min_us;
	u32 max_us;
};

void sched_get_rt_limits(struct sched_rt_limits *limits);
/* The one at @offset of the struct; the others are what they are at that moment. -EINVAL: not a share; -EBUSY: admitted tasks need more. */
int sched_set_rt_limit(size_t offset, int value) __must_check;
void sched_get_period_bounds(struct sched_period_bounds *bounds);
/* The same. -EINVAL: min > max. Admitted tasks stay. */
int sched_set_period_bound(size_t offset, u32 value) __must_check;
