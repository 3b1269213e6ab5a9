/* SPDX-License-Identifier: GPL-2.0-only */
/* timer_queue_test.c - proves order of expiry, first come first served among equals, and what "new first" says. */
#include "unit_test.h"
#include "timer_queue.h"

#define NR 200

static struct timer timers[NR];

static void start(struct timer_queue *queue, struct timer *timer, u64 when)
{
	timer_init(timer, NULL);
	timer->expires_ns = when;
	timer_queue_insert(queue, timer);
}

TEST(expires_in_order)
{
	struct timer_queue queue = { { RB_ROOT, NULL } };
	u64 last = 0;

	for (int i = 0; i < NR; i++)
		start(&queue, &timers[i], unit_random() % 1000);
	for (int i = 0; i < NR; i++) {
		struct timer *first = timer_queue_first(&queue);

		CHECK(first != NULL);
		CHECK(first->expires_ns >= last);
		last = first->expires_ns;
		timer_queue_remove(&queue, first);
		CHECK(!timer_is_started(first));
	}
	CHECK(timer_queue_first(&queue) == NULL);
}

TEST(equals_come_out_as_they_went_in)
{
	struct timer_queue queue = { { RB_ROOT, NULL } };

	for (int i = 0; i < 50; i++)
		start(&queue, &timers[i], 7);
	for (int i = 0; i < 50; i++) {
		CHECK(timer_queue_first(&queue) == &timers[i]);
		timer_queue_remove(&queue, &timers[i]);
	}
}

TEST(insert_says_when_the_first_changes)
{
	struct timer_queue queue = { { RB_ROOT, NULL } };

	timer_init(&timers[0], NULL);
	timers[0].expires_ns = 10;
	CHECK(timer_queue_insert(&queue, &timers[0]));
	timer_init(&timers[1], NULL);
	timers[1].expires_ns = 10;
	CHECK(!timer_queue_insert(&queue, &timers[1]));
	timer_init(&timers[2], NULL);
	timers[2].expires_ns = 9;
	CHECK(timer_queue_insert(&queue, &timers[2]));
}

TEST(random_inserts_and_removes_keep_the_least_first)
{
	struct timer_queue queue = { { RB_ROOT, NULL } };

	for (int i = 0; i < NR; i++)
		timer_init(&timers[i], NULL);
	for (int step = 0; step < 20000; step++) {
		struct timer *t = &timers[unit_random() % NR], *first;
		u64 least = ~0ull;

		if (timer_is_started(t)) {
			timer_queue_remove(&queue, t);
		} else {
			t->expires_ns = unit_random() % 5000;
			timer_queue_insert(&queue, t);
		}
		for (int i = 0; step % 50 == 0 && i < NR; i++)
			if (timer_is_started(&timers[i]) && timers[i].expires_ns < least)
				least = timers[i].expires_ns;
		first = timer_queue_first(&queue);
		CHECK(step % 50 || (first ? first->expires_ns : ~0ull) == least);
	}
}
