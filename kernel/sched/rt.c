/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rt.c - what FIFO and RR may take of a processor while others want to run.
 *
 * WHAT        In each period (/proc/sys/kernel/sched_rt_period_us) real-time tasks of a processor run for sched_rt_runtime_us; then they
 *             are held back to the period's end, so that a shell can still kill the one that never sleeps. Only fair tasks that
 *             are ready hold them back: a processor with nothing else to do goes on with them (Linux 6.1 lets it idle).
 * INVARIANTS  R1  is_held changes at a tick of a processor that has real-time tasks; who asks what runs next asks rt_may_run().
 * LOCKING     rq->lock. The limits are single words, read as they are.
 * TESTS       tests/guest/sched/sched_test.c
 */
#include "run_queue.h"

static bool is_period_over(const struct run_queue *rq, u64 period_ns)
{
	return rq->clock_ns - rq->rt.period_from_ns >= period_ns;
}

bool rt_may_run(const struct run_queue *rq)
{
	u64 period_ns, runtime_ns;

	if (likely(!rq->rt.is_held) || !(rq->fair.nr_queued || rq->fair.curr))
		return true;
	bandwidth_rt_share(&period_ns, &runtime_ns);
	return is_period_over(rq, period_ns); /* R1: no tick has seen it yet */
}

static void begin_period(struct run_queue *rq)
{
	rq->rt.period_from_ns = rq->clock_ns;
	rq->rt.used_ns = 0;
}

void rt_check_share(struct run_queue *rq)
{
	struct rt_queue *rt = &rq->rt;
	u64 period_ns, runtime_ns;
	bool is_held;

	bandwidth_rt_share(&period_ns, &runtime_ns);
	if (is_period_over(rq, period_ns))
		begin_period(rq);
	is_held = rt->used_ns >= runtime_ns;
	if (is_held == rt->is_held)
		return;
	rt->is_held = is_held;
	rq_resched_now(rq);
}
