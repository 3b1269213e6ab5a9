/* SPDX-License-Identifier: GPL-2.0-only */
/* ratelimit_log.c - the limit at the time of the clock, with a word about what was left out. */
#include <time/ktime.h>
#include <log/printk.h>
#include <log/ratelimit.h>

bool ratelimit_allow(struct ratelimit *rl, const char *who)
{
	u32 nr_missed;
	bool allowed = ratelimit_decide(rl, sched_clock(), &nr_missed);

	if (nr_missed)
		pr_warn("%s: %u messages left out\n", who, nr_missed);
	return allowed;
}
