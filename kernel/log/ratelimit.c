/* SPDX-License-Identifier: GPL-2.0-only */
/* ratelimit.c - so many in an interval. Counters are racy by design: a limit on noise, not a count. */
#include <log/ratelimit.h>

bool ratelimit_decide(struct ratelimit *rl, u64 now_ns, u32 *nr_missed)
{
	*nr_missed = 0;
	if (!rl->interval_ns)
		return true;
	if (!rl->begin_ns || now_ns - rl->begin_ns >= rl->interval_ns) {
		*nr_missed = rl->nr_missed;
		rl->begin_ns = now_ns ? now_ns : 1;
		rl->nr_printed = 0;
		rl->nr_missed = 0;
	}
	if (rl->nr_printed < rl->burst) {
		rl->nr_printed++;
		return true;
	}
	rl->nr_missed++;
	return false;
}
