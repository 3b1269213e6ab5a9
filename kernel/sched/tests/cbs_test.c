/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cbs_test.c - proves the rules of a constant bandwidth server: which parameters it takes, that no pattern of sleep and wake-up gets more than
 * its bandwidth, where its zero-lag time lies, how fast a budget goes when what others leave may be used.
 */
#include "unit_test.h"
#include <lib/string.h>
#include <sched/cbs.h>

#define MS 1000000ull

static struct cbs server(u64 runtime, u64 deadline, u64 period)
{
	struct cbs cbs = { 0 };

	cbs_set(&cbs, &(struct cbs_params){ runtime, deadline, period });
	return cbs;
}

static bool is_valid(u64 runtime, u64 deadline, u64 period)
{
	return cbs_params_are_valid(&(struct cbs_params){ runtime, deadline, period }, MS / 10, 4194304000ull);
}

TEST(parameters_keep_their_order)
{
	CHECK(is_valid(5 * MS, 10 * MS, 10 * MS));
	CHECK(is_valid(5 * MS, 10 * MS, 0));
	CHECK(is_valid(1024, MS / 10, MS / 10));
	CHECK(is_valid(10 * MS, 10 * MS, 10 * MS));
	CHECK(!is_valid(1023, MS, MS));
	CHECK(!is_valid(0, 0, 0));
	CHECK(!is_valid(5 * MS, 0, 10 * MS));
	CHECK(!is_valid(11 * MS, 10 * MS, 10 * MS));
	CHECK(!is_valid(5 * MS, 10 * MS, 9 * MS));
	CHECK(!is_valid(5 * MS, 1ull << 63, 1ull << 63));
	CHECK(!is_valid(1024, MS / 10 - 1, 0));
	CHECK(!is_valid(5 * MS, 10 * MS, 4194304001ull));
	CHECK(!is_valid(~0ull, ~0ull, ~0ull));
}

TEST(bandwidth_is_a_fraction)
{
	struct cbs cbs = server(5 * MS, 10 * MS, 20 * MS);

	CHECK_EQ(cbs.bw, CBS_BW_ONE / 4);
	CHECK_EQ(cbs.density, CBS_BW_ONE / 2);
	CHECK_EQ(cbs_ratio(1000000, 950000), 996147);
	CHECK_EQ(cbs_ratio(~0ull >> 12, ~0ull >> 12), CBS_BW_ONE);
	cbs = server(5 * MS, 10 * MS, 0);
	CHECK_EQ(cbs.params.period_ns, 10 * MS);
}

TEST(an_empty_budget_is_filled_and_the_deadline_moves)
{
	struct cbs cbs = server(5 * MS, 10 * MS, 20 * MS);

	cbs_start(&cbs, 100 * MS);
	CHECK_EQ(cbs.deadline_ns, 110 * MS);
	CHECK_EQ(cbs_next_period_ns(&cbs), 120 * MS);
	cbs_charge(&cbs, 6 * MS);
	CHECK_EQ(cbs.budget_ns, -(s64)MS);
	cbs_replenish(&cbs, 120 * MS);
	CHECK_EQ(cbs.budget_ns, 4 * MS); /* the debt is paid */
	CHECK_EQ(cbs.deadline_ns, 130 * MS);
	cbs_charge(&cbs, 16 * MS);
	cbs_replenish(&cbs, 140 * MS);
	CHECK_EQ(cbs.budget_ns, 3 * MS);
	CHECK_EQ(cbs.deadline_ns, 190 * MS);
	cbs_charge(&cbs, 3 * MS);
	cbs_replenish(&cbs, 500 * MS); /* far too late: from now on */
	CHECK_EQ(cbs.budget_ns, 5 * MS);
	CHECK_EQ(cbs.deadline_ns, 510 * MS);
}

TEST(a_debt_has_a_bound)
{
	struct cbs cbs = server(1024, 4294967295000ull, 4294967295000ull);

	cbs_start(&cbs, 0);
	cbs_charge(&cbs, 1ull << 62);
	CHECK_EQ(cbs.budget_ns, -(s64)(CBS_DEBT_MAX * 1024));
	CHECK(cbs_zero_lag_ns(&cbs) > cbs.deadline_ns);
	cbs_replenish(&cbs, 0);
	CHECK(cbs.budget_ns > 0 && cbs.budget_ns <= 1024);
	cbs_set(&cbs, &(struct cbs_params){ 512 * MS, 1000 * MS, 0 });
	cbs_charge(&cbs, 1000 * MS);
	cbs_set(&cbs, &(struct cbs_params){ 1024, 1000 * MS, 0 });
	CHECK_EQ(cbs.budget_ns, -(s64)(CBS_DEBT_MAX * 1024));
}

TEST(a_waking_server_keeps_what_fits)
{
	struct cbs cbs = server(5 * MS, 10 * MS, 10 * MS);

	cbs_start(&cbs, 0);
	cbs_charge(&cbs, 3 * MS); /* 2 of 5 left */
	CHECK(cbs_wake(&cbs, 5 * MS)); /* 2 in 5 is less than a half */
	CHECK_EQ(cbs.budget_ns, 2 * MS);
	CHECK_EQ(cbs.deadline_ns, 10 * MS);
	CHECK(cbs_wake(&cbs, 7 * MS)); /* 2 in 3 is more */
	CHECK_EQ(cbs.budget_ns, 5 * MS);
	CHECK_EQ(cbs.deadline_ns, 17 * MS);
	CHECK(cbs_wake(&cbs, 17 * MS));
	CHECK_EQ(cbs.deadline_ns, 27 * MS);
	cbs_charge(&cbs, 5 * MS);
	CHECK(!cbs_wake(&cbs, 20 * MS)); /* nothing left of this period */
}

TEST(a_debt_is_paid_after_a_sleep_too)
{
	struct cbs cbs = server(5 * MS, 10 * MS, 10 * MS);

	cbs_start(&cbs, 0);
	cbs_charge(&cbs, 12 * MS); /* 7 more than there were: one period's, and 2 of the next */
	CHECK(cbs_wake(&cbs, 11 * MS));
	CHECK_EQ(cbs.deadline_ns, 30 * MS);
	CHECK_EQ(cbs.budget_ns, 3 * MS);
	cbs_charge(&cbs, 12 * MS);
	CHECK(cbs_wake(&cbs, 90 * MS)); /* long paid */
	CHECK_EQ(cbs.deadline_ns, 100 * MS);
	CHECK_EQ(cbs.budget_ns, 5 * MS);
}

TEST(a_constrained_server_stays_in_its_period)
{
	struct cbs cbs = server(4 * MS, 8 * MS, 20 * MS);

	cbs_start(&cbs, 0);
	cbs_charge(&cbs, MS);
	CHECK(cbs_wake(&cbs, 4 * MS)); /* 3 in 4 is too much: half of what is left of the deadline */
	CHECK_EQ(cbs.deadline_ns, 8 * MS);
	CHECK_EQ(cbs.budget_ns, 2 * MS);
	CHECK(!cbs_wake(&cbs, 9 * MS)); /* its deadline passed, the period did not */
	CHECK_EQ(cbs.budget_ns, 0);
	CHECK_EQ(cbs_next_period_ns(&cbs), 20 * MS);
	CHECK(cbs_wake(&cbs, 20 * MS));
	CHECK_EQ(cbs.budget_ns, 4 * MS);
	CHECK_EQ(cbs.deadline_ns, 28 * MS);
}

TEST(zero_lag_is_where_use_equals_share)
{
	struct cbs cbs = server(5 * MS, 10 * MS, 20 * MS);

	cbs_start(&cbs, 100 * MS);
	CHECK_EQ(cbs_zero_lag_ns(&cbs), 90 * MS);
	cbs_charge(&cbs, 4 * MS);
	CHECK_EQ(cbs_zero_lag_ns(&cbs), 106 * MS);
	cbs_charge(&cbs, 2 * MS);
	CHECK_EQ(cbs_zero_lag_ns(&cbs), 114 * MS);
	cbs_start(&cbs, 0);
	CHECK_EQ(cbs_zero_lag_ns(&cbs), 0);
}

static u32 next_random(u32 *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* What a server that sleeps and wakes as it likes gets in all, when it may run whenever it has a budget. */
static void simulate(u64 runtime, u64 deadline, u64 period, u32 seed)
{
	struct cbs cbs = server(runtime, deadline, period);
	u64 now = 0, used = 0;

	cbs_start(&cbs, now);
	while (now < 400 * period) {
		u64 run = min((u64)next_random(&seed) % (2 * runtime), (u64)cbs.budget_ns);

		now += run;
		used += run;
		cbs_charge(&cbs, run);
		if (cbs.budget_ns > 0) {
			now += next_random(&seed) % (u32)period / 2;
			if (cbs_wake(&cbs, now))
				continue;
		}
		now = max(now, cbs_next_period_ns(&cbs));
		cbs_replenish(&cbs, now);
		CHECK(cbs.budget_ns > 0);
		CHECK(cbs.deadline_ns >= now);
		CHECK(used <= (now / period + 2) * runtime); /* B2 */
	}
}

TEST(no_pattern_gets_more_than_the_bandwidth)
{
	for (u32 seed = 1; seed < 50; seed++) {
		simulate(3 * MS, 10 * MS, 10 * MS, seed);
		simulate(3 * MS, 5 * MS, 10 * MS, seed);
		simulate(9 * MS, 10 * MS, 10 * MS, seed);
	}
}

TEST(reclaiming_leaves_the_maximum_to_all)
{
	u64 tenth = CBS_BW_ONE / 10, max = CBS_BW_ONE / 100 * 95;
	struct cbs_load alone = { .total_bw = tenth, .active_bw = tenth, .max_bw = max, .nr_cpus = 1 };
	struct cbs_load busy = { .total_bw = max, .active_bw = max, .max_bw = max, .nr_cpus = 1 };
	struct cbs_load half = { .total_bw = max, .active_bw = max / 2, .max_bw = max, .nr_cpus = 1 };
	struct cbs_load open = { .total_bw = tenth, .active_bw = tenth, .max_bw = 0, .nr_cpus = 4 };

	/* Alone it gets 95 of 100: a tenth of the time costs a bit more than a tenth. */
	CHECK(cbs_reclaim_rate(tenth, &alone) > CBS_BW_ONE * 10 / 100 && cbs_reclaim_rate(tenth, &alone) < CBS_BW_ONE * 16 / 100);
	CHECK_EQ(cbs_reclaim_rate(tenth, &busy), CBS_BW_ONE);
	CHECK(cbs_reclaim_rate(tenth, &half) < CBS_BW_ONE * 53 / 100);
	CHECK(cbs_reclaim_rate(tenth, &half) > CBS_BW_ONE * 51 / 100);
	CHECK_EQ(cbs_reclaim_rate(tenth, &open), CBS_BW_ONE);

	open = (struct cbs_load){ .total_bw = 0, .active_bw = 0, .max_bw = CBS_BW_ONE, .nr_cpus = 1 };
	CHECK_EQ(cbs_reclaim_rate(0, &open), CBS_RATE_MIN);
}
