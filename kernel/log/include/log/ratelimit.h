/* SPDX-License-Identifier: GPL-2.0-only */
/* ratelimit.h - not more than so many in such a time. */
#pragma once

#include <lib/types.h>
#include <lib/time_units.h>

#define DEFAULT_RATELIMIT_INTERVAL (5 * NSEC_PER_SEC)
#define DEFAULT_RATELIMIT_BURST	   10

struct ratelimit {
	u64 interval_ns; /* final; 0: no limit */
	u32 burst;	 /* final */
	u32 nr_printed;	 /* in this interval; racy by design: a limit, not a count */
	u32 nr_missed;
	u64 begin_ns;
};

#define RATELIMIT_INIT(interval, burst_) { .interval_ns = (interval), .burst = (burst_) }
#define DEFINE_RATELIMIT(name) \
	struct ratelimit name = RATELIMIT_INIT(DEFAULT_RATELIMIT_INTERVAL, DEFAULT_RATELIMIT_BURST)

/* The decision alone, at the time @now_ns: allowed? *@nr_missed: how many were refused in the interval that just ended. */
bool ratelimit_decide(struct ratelimit *rl, u64 now_ns, u32 *nr_missed);
/* The same now; says in the log how many were suppressed, naming @who. */
bool ratelimit_allow(struct ratelimit *rl, const char *who);
