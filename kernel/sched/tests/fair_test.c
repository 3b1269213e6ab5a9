/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fair_test.c - proves by simulation that the fair queue gives shares by weight, keeps everybody's lag bounded, that sleepers
 * neither gain nor lose, and that the kept sums agree with sums done anew.
 */
#include "unit_test.h"
#include <lib/string.h>
#include "fair.h"

#define NR 12
#define SLICE 3000000ull

struct world {
	struct fair_queue queue;
	struct sched_entity se[NR];
	bool queued[NR];
};

static void init_world(struct world *w)
{
	memset(w, 0, sizeof(*w));
	for (int i = 0; i < NR; i++) {
		w->se[i].slice_ns = SLICE;
		w->se[i].weight = FAIR_WEIGHT_NICE0;
	}
}

static void join(struct world *w, int i, bool is_new)
{
	fair_enqueue(&w->queue, &w->se[i], is_new);
	w->queued[i] = true;
}

static void leave(struct world *w, int i)
{
	fair_dequeue(&w->queue, &w->se[i]);
	w->queued[i] = false;
}

/* The best one runs for @ns. */
static int run(struct world *w, u64 ns)
{
	struct sched_entity *se = fair_pick(&w->queue);
	int i = (int)(se - w->se);

	CHECK(se != NULL);
	CHECK(w->queued[i]);
	fair_charge(&w->queue, se, ns);
	se->sum_exec_ns += ns;
	fair_put_curr(&w->queue);
	return i;
}

static void check_sums(const struct world *w)
{
	s64 sum_wv = 0;
	u64 sum_w = 0;
	u32 nr = 0;

	for (const struct sched_entity *se = fair_next(&w->queue, NULL); se; se = fair_next(&w->queue, se)) {
		const struct sched_entity *next = fair_next(&w->queue, se);

		sum_wv += (s64)(se->vruntime - w->queue.zero_vruntime) * se->weight;
		sum_w += se->weight;
		nr++;
		CHECK(!next || (s64)(next->deadline - se->deadline) >= 0);
	}
	CHECK_EQ(sum_wv, w->queue.sum_wv);
	CHECK_EQ(sum_w, w->queue.sum_w);
	CHECK_EQ(nr, w->queue.nr_queued);
}

TEST(equal_weights_get_equal_time)
{
	struct world w;

	init_world(&w);
	for (int i = 0; i < 4; i++)
		join(&w, i, true);
	for (int step = 0; step < 4000; step++)
		run(&w, SLICE);
	for (int i = 0; i < 4; i++) {
		CHECK(w.se[i].sum_exec_ns >= 1000 * SLICE - 2 * SLICE);
		CHECK(w.se[i].sum_exec_ns <= 1000 * SLICE + 2 * SLICE);
	}
	check_sums(&w);
}

TEST(shares_follow_weights)
{
	struct world w;
	u64 all = 0, weights = 0;

	init_world(&w);
	for (int i = 0; i < 5; i++) {
		w.se[i].weight = fair_weight_of_nice(i * 4 - 10);
		weights += w.se[i].weight;
		join(&w, i, true);
	}
	for (int step = 0; step < 40000; step++)
		run(&w, SLICE / 4);
	for (int i = 0; i < 5; i++)
		all += w.se[i].sum_exec_ns;
	for (int i = 0; i < 5; i++) {
		s64 ideal = all / weights * w.se[i].weight;
		s64 off = (s64)w.se[i].sum_exec_ns - ideal;

		CHECK(off < (s64)(4 * SLICE) && off > -(s64)(4 * SLICE));
	}
}

TEST(one_step_of_nice_is_a_quarter_more)
{
	for (int nice = -20; nice < 19; nice++) {
		double ratio = (double)fair_weight_of_nice(nice) / fair_weight_of_nice(nice + 1);

		CHECK(ratio > 1.15 && ratio < 1.35);
	}
	CHECK_EQ(fair_weight_of_nice(0), FAIR_WEIGHT_NICE0);
}

TEST(a_sleeper_gets_no_credit_for_sleeping)
{
	struct world w;
	u64 before;

	init_world(&w);
	join(&w, 0, true);
	join(&w, 1, true);
	for (int step = 0; step < 100; step++)
		run(&w, SLICE);
	leave(&w, 1);
	for (int step = 0; step < 1000; step++)
		run(&w, SLICE);
	before = w.se[0].sum_exec_ns;
	w.se[1].sum_exec_ns = 0;
	join(&w, 1, false);
	for (int step = 0; step < 100; step++)
		run(&w, SLICE);
	CHECK(w.se[0].sum_exec_ns - before >= 45 * SLICE);
	CHECK(w.se[1].sum_exec_ns >= 45 * SLICE);
}

TEST(an_eligible_latecomer_with_a_shorter_slice_preempts)
{
	struct world w;
	struct sched_entity *curr;

	init_world(&w);
	join(&w, 0, true);
	curr = fair_pick(&w.queue);
	fair_charge(&w.queue, curr, SLICE / 4);
	w.se[1].slice_ns = SLICE / 10;
	join(&w, 1, false);
	CHECK(fair_preempts(&w.queue, &w.se[1]));
	w.se[2].slice_ns = SLICE * 10;
	join(&w, 2, false);
	CHECK(!fair_preempts(&w.queue, &w.se[2]));
}

TEST(yield_lets_the_others_run_first)
{
	struct world w;
	struct sched_entity *first;

	init_world(&w);
	for (int i = 0; i < 3; i++)
		join(&w, i, true);
	first = fair_pick(&w.queue);
	fair_charge(&w.queue, first, 1000);
	fair_yield(&w.queue);
	fair_put_curr(&w.queue);
	CHECK(fair_pick(&w.queue) != first);
}

TEST(random_life_keeps_sums_and_starves_nobody)
{
	struct world w;
	u32 waited[NR] = { 0 };

	init_world(&w);
	for (int i = 0; i < NR; i++)
		w.se[i].weight = fair_weight_of_nice((int)(unit_random() % 20) - 5);
	join(&w, 0, true);
	for (int step = 0; step < 60000; step++) {
		int i = unit_random() % NR, ran;

		if (unit_random() % 4 == 0) {
			if (!w.queued[i])
				join(&w, i, w.se[i].sum_exec_ns == 0);
			else if (w.queue.nr_queued > 1)
				leave(&w, i);
			waited[i] = 0;
		}
		ran = run(&w, 1 + unit_random() % SLICE);
		for (int k = 0; k < NR; k++)
			waited[k] = w.queued[k] && k != ran ? waited[k] + 1 : 0;
		for (int k = 0; k < NR; k++)
			CHECK(waited[k] < 4000);
		if (step % 97 == 0)
			check_sums(&w);
	}
}
