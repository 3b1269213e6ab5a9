/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cbs.h - the constant bandwidth server of a SCHED_DEADLINE task. Pure: no locks, no clock, no tasks.
 *
 * WHAT        A server may use `runtime` of processor time in each `period`, and gets it within `deadline` of the period's
 *             start. It has a budget and an absolute deadline, by which the earliest-deadline-first queue orders it.
 *             Running uses the budget up; an empty one is filled again, and the deadline moved, at the next period's start.
 * INVARIANTS  B1  runtime <= deadline <= period, none of them 0.
 *             B2  Over any interval a server uses no more than its bandwidth allows, however its task sleeps and wakes: a waking one
 *                 keeps budget and deadline only if what is left fits into the time that is left.
 *             Bandwidths are fractions of a processor in units of 1 / CBS_BW_ONE.
 * SEE         Abeni, Buttazzo: Integrating Multimedia Applications in Hard Real-Time Systems, RTSS 1998;
 *             Abeni, Lipari, Parri, Sun: Multicore CPU reclaiming: parallel or sequential?, SAC 2016
 */
#pragma once

#include <lib/types.h>

#define CBS_BW_SHIFT	20
#define CBS_BW_ONE	(1ull << CBS_BW_SHIFT)
#define CBS_RUNTIME_MIN 1024u /* ns; less is noise */
#define CBS_DEBT_MAX	1000u /* runtimes; what a stopped virtual machine makes a server owe beyond that is forgiven */
#define CBS_RATE_MIN	(CBS_BW_ONE >> 10) /* no budget lasts more than a thousand times as long */

struct cbs_params {
	u64 runtime_ns;
	u64 deadline_ns;
	u64 period_ns; /* 0 in a request: the same as the deadline */
};

struct cbs {
	struct cbs_params params;
	u64 bw;		 /* runtime / period */
	u64 density;	 /* runtime / deadline */
	s64 budget_ns;	 /* what is left; below 0: used too much */
	u64 deadline_ns; /* absolute */
};

/* @runtime_ns of each @period_ns (not 0) as a bandwidth. */
u64 cbs_ratio(u64 period_ns, u64 runtime_ns);
/* Do they keep B1, and lies the period in the bounds? */
bool cbs_params_are_valid(const struct cbs_params *params, u64 period_min_ns, u64 period_max_ns);
/* Use valid @params from now on. Budget and deadline stay, the budget within the bounds of the new runtime. */
void cbs_set(struct cbs *cbs, const struct cbs_params *params);
/* A first period starts. */
void cbs_start(struct cbs *cbs, u64 now_ns);
/* The task ran. */
void cbs_charge(struct cbs *cbs, u64 ns);
/* The task wakes up: B2. False: it has nothing until cbs_next_period_ns(). */
bool __must_check cbs_wake(struct cbs *cbs, u64 now_ns);
/* When the period after the present one starts. */
u64 cbs_next_period_ns(const struct cbs *cbs);
/* A new period: pay back what was used too much, or start afresh when that took too long. The budget is positive after it. */
void cbs_replenish(struct cbs *cbs, u64 now_ns);
/* From when on a task that sleeps may be taken for one that never was: its use then equals its bandwidth. */
u64 cbs_zero_lag_ns(const struct cbs *cbs);

/* What reclaiming looks at: sums over all servers, and what all of them together may use of one processor. */
struct cbs_load {
	u64 total_bw;
	u64 active_bw;
	u64 max_bw;
	u32 nr_cpus;
};

/*
 * How fast a server of @bw uses its budget when it may also use what others leave, as a fraction of CBS_BW_ONE: not below
 * what leaves max_bw to all, nor below CBS_RATE_MIN, and all of it when nobody leaves anything.
 */
u64 cbs_reclaim_rate(u64 bw, const struct cbs_load *load);
