/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cbs.c - the arithmetic of a constant bandwidth server. The rules are in sched/cbs.h.
 *
 * WHAT        Products of two times have 128 bits, and debts a bound, so that no period is too long.
 * LOCKING     The caller's: the run queue's lock.
 * TESTS       tests/cbs_test.c
 */
#include <lib/math64.h>
#include <sched/cbs.h>

u64 cbs_ratio(u64 period_ns, u64 runtime_ns)
{
	return mul_u64_u64_div_u64(runtime_ns, CBS_BW_ONE, period_ns);
}

bool cbs_params_are_valid(const struct cbs_params *params, u64 period_min_ns, u64 period_max_ns)
{
	u64 period = params->period_ns ? params->period_ns : params->deadline_ns;

	if (!params->deadline_ns || params->runtime_ns < CBS_RUNTIME_MIN)
		return false;
	if ((params->deadline_ns | params->period_ns) >> 63)
		return false;
	if (params->runtime_ns > params->deadline_ns || params->deadline_ns > period)
		return false;
	return period >= period_min_ns && period <= period_max_ns;
}

/* A period has less than 2^52 ns: what these many periods make still fits. */
static s64 debt_max(const struct cbs *cbs)
{
	return (s64)(CBS_DEBT_MAX * cbs->params.runtime_ns);
}

void cbs_set(struct cbs *cbs, const struct cbs_params *params)
{
	cbs->params = *params;
	if (!cbs->params.period_ns)
		cbs->params.period_ns = params->deadline_ns;
	cbs->bw = cbs_ratio(cbs->params.period_ns, params->runtime_ns);
	cbs->density = cbs_ratio(params->deadline_ns, params->runtime_ns);
	cbs->budget_ns = clamp(cbs->budget_ns, -debt_max(cbs), (s64)params->runtime_ns);
}

void cbs_charge(struct cbs *cbs, u64 ns)
{
	cbs->budget_ns = max(cbs->budget_ns - (s64)ns, -debt_max(cbs));
}

void cbs_start(struct cbs *cbs, u64 now_ns)
{
	cbs->deadline_ns = now_ns + cbs->params.deadline_ns;
	cbs->budget_ns = (s64)cbs->params.runtime_ns;
}

/* Would the budget, used until the deadline, be more than the share: budget / (deadline - now) > runtime / deadline? */
static bool is_too_dense(const struct cbs *cbs, u64 now_ns)
{
	if (cbs->budget_ns <= 0)
		return false;
	return (unsigned __int128)cbs->params.deadline_ns * (u64)cbs->budget_ns >
	       (unsigned __int128)(cbs->deadline_ns - now_ns) * cbs->params.runtime_ns;
}

bool cbs_wake(struct cbs *cbs, u64 now_ns)
{
	bool is_implicit = cbs->params.deadline_ns == cbs->params.period_ns;

	if (cbs->deadline_ns <= now_ns) {
		if (!is_implicit && cbs_next_period_ns(cbs) > now_ns) { /* it had its share of this period */
			cbs->budget_ns = min(cbs->budget_ns, (s64)0);
			return false;
		}
		if (cbs->budget_ns < 0) /* a debt is paid first */
			cbs_replenish(cbs, now_ns);
		else
			cbs_start(cbs, now_ns);
		return true;
	}
	if (is_too_dense(cbs, now_ns)) {
		if (is_implicit)
			cbs_start(cbs, now_ns);
		else /* a later deadline would be beyond the period: shorten the budget instead */
			cbs->budget_ns = (s64)mul_u64_u64_shr(cbs->density, cbs->deadline_ns - now_ns, CBS_BW_SHIFT);
	}
	return cbs->budget_ns > 0;
}

u64 cbs_next_period_ns(const struct cbs *cbs)
{
	return cbs->deadline_ns - cbs->params.deadline_ns + cbs->params.period_ns;
}

void cbs_replenish(struct cbs *cbs, u64 now_ns)
{
	u64 nr_periods;

	if (cbs->budget_ns <= 0) {
		nr_periods = (u64)-cbs->budget_ns / cbs->params.runtime_ns + 1;
		cbs->deadline_ns += nr_periods * cbs->params.period_ns;
		cbs->budget_ns += (s64)(nr_periods * cbs->params.runtime_ns);
	}
	if (cbs->deadline_ns < now_ns)
		cbs_start(cbs, now_ns);
}

u64 cbs_zero_lag_ns(const struct cbs *cbs)
{
	const struct cbs_params *params = &cbs->params;
	u64 left;

	if (cbs->budget_ns < 0)
		return cbs->deadline_ns + mul_u64_u64_div_u64((u64)-cbs->budget_ns, params->period_ns, params->runtime_ns);
	left = mul_u64_u64_div_u64((u64)cbs->budget_ns, params->period_ns, params->runtime_ns);
	return cbs->deadline_ns > left ? cbs->deadline_ns - left : 0;
}

u64 cbs_reclaim_rate(u64 bw, const struct cbs_load *load)
{
	u64 active = min(load->active_bw, load->total_bw);
	u64 inactive = (load->total_bw - active) / load->nr_cpus;
	u64 total = load->total_bw / load->nr_cpus;
	u64 unreserved = load->max_bw > total ? load->max_bw - total : 0;
	u64 least = load->max_bw ? mul_u64_u64_div_u64(bw, CBS_BW_ONE, load->max_bw) : CBS_BW_ONE;

	least = clamp(least, (u64)CBS_RATE_MIN, CBS_BW_ONE);
	if (inactive + unreserved > CBS_BW_ONE - least)
		return least;
	return CBS_BW_ONE - inactive - unreserved;
}
