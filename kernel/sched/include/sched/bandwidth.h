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
/* -EINVAL: not a share; -EBUSY: admitted tasks need more. */
int sched_set_rt_limits(const struct sched_rt_limits *limits) __must_check;
void sched_get_period_bounds(struct sched_period_bounds *bounds);
/* -EINVAL: min > max. Admitted tasks stay. */
int sched_set_period_bounds(const struct sched_period_bounds *bounds) __must_check;
