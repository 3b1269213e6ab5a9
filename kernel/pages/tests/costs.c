/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * costs.c - selftest=costs: what memory and promises of it cost, in nanoseconds each.
 *
 * WHAT      Under `qemu -icount shift=0` a nanosecond is an instruction, and the lines are what tests/bench/costs.py judges. Each figure is
 *           the best of some rounds over a batch, so that a timer's tick or a stack that was filled is not in it more often than
 *           it always is. All are taken twice: alone, and while others are inside of reservations.
 */
#include <pages/page_alloc.h>
#include <pages/pages_init.h>
#include <pages/slab.h>
#include <arch/atomic.h>
#include <lib/err.h>
#include <lib/errno.h>
#include <log/printk.h>
#include <sync/kthread.h>
#include <sync/sync_port.h>
#include <time/ktime.h>

#include "../reserve_impl.h"
#include "../slab_impl.h"
#include "selftest_impl.h"

#define BATCH	   512
#define ROUNDS	   9
#define NR_OTHERS  100
#define OTHERS_EACH 4ul	 /* pages */
#define IN_PAIR	   16ul /* pages of a pair of begin and end */

static struct reserve_class costs_class = RESERVE_CLASS_INIT("costs");

/* The best of the rounds, in nanoseconds for a whole batch. */
struct cost {
	u64 get;  /* taking, opening */
	u64 give; /* giving back, closing */
};

struct batch {
	void *item[BATCH];
	struct reserve reserve;
};

/* One kind of thing that is taken and given back; false: there was none. */
struct kind {
	const char *name;
	bool (*get)(struct batch *batch);
	void (*give)(struct batch *batch); /* NULL: pairs */
};

static bool get_pages(struct batch *batch)
{
	for (size_t i = 0; i < BATCH; i++)
		if (!(batch->item[i] = alloc_page(GFP_KERNEL)))
			return false;
	return true;
}

static void give_pages(struct batch *batch)
{
	for (size_t i = 0; i < BATCH; i++)
		free_pages(batch->item[i], 0);
}

static bool get_objects(struct batch *batch)
{
	struct kmem_cache *cache = kmalloc_table.cache[kmalloc_index(64)];

	for (size_t i = 0; i < BATCH; i++)
		if (!(batch->item[i] = kmem_cache_alloc(cache, GFP_KERNEL)))
			return false;
	return true;
}

static void give_objects(struct batch *batch)
{
	struct kmem_cache *cache = kmalloc_table.cache[kmalloc_index(64)];

	for (size_t i = 0; i < BATCH; i++)
		kmem_cache_free(cache, batch->item[i]);
}

/* Pairs: all of it is "get". What the CPU gave last it takes again. */
static bool page_pairs(struct batch *batch)
{
	for (size_t i = 0; i < BATCH; i++) {
		struct page *page = alloc_page(GFP_KERNEL);

		if (!page)
			return false;
		free_pages(page, 0);
	}
	return true;
}

static bool object_pairs(struct batch *batch)
{
	struct kmem_cache *cache = kmalloc_table.cache[kmalloc_index(64)];

	for (size_t i = 0; i < BATCH; i++) {
		void *object = kmem_cache_alloc(cache, GFP_KERNEL);

		if (!object)
			return false;
		kmem_cache_free(cache, object);
	}
	return true;
}

static bool open_and_close(struct batch *batch)
{
	for (size_t i = 0; i < BATCH; i++) {
		if (reserve_begin(&batch->reserve, IN_PAIR, NODES_ALL))
			return false;
		reserve_end(&batch->reserve);
	}
	return true;
}


/* Every frame comes from the promise: the school of tokens. */
static bool draw(struct batch *batch)
{
	bool ok = !reserve_begin(&batch->reserve, BATCH, NODES_ALL);

	for (size_t i = 0; ok && i < BATCH; i++)
		ok = (batch->item[i] = alloc_page(GFP_RESERVE));
	return ok;
}

static void give_drawn(struct batch *batch)
{
	reserve_end(&batch->reserve);
	give_pages(batch);
}

static const struct kind kinds[] = {
	{ "page", page_pairs, NULL },
	{ "page", get_pages, give_pages },
	{ "object", object_pairs, NULL },
	{ "object", get_objects, give_objects },
	{ "reservation", open_and_close, NULL },
	{ "draw", draw, give_drawn },
};

static bool measure(const struct kind *kind, struct batch *batch, struct cost *best)
{
	*best = (struct cost){ ~0ull, ~0ull };
	for (int round = 0; round < ROUNDS; round++) {
		u64 start = ktime_get_ns(), middle, end;

		if (!EXPECT(kind->get(batch)))
			return false;
		middle = ktime_get_ns();
		if (kind->give)
			kind->give(batch);
		end = ktime_get_ns();
		best->get = min(best->get, middle - start);
		best->give = min(best->give, end - middle);
	}
	return true;
}

static void say(const char *name, const char *what, unsigned int nr_others, u64 ns)
{
	u64 tenths = ns * 10 / BATCH;

	pr_notice("costs: %s %s beside %u: %llu.%llu ns\n", name, what, nr_others, tenths / 10, tenths % 10);
}

static bool measure_all(struct batch *batch, unsigned int nr_others)
{
	struct cost cost;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		reserve_set_school(kinds[i].get == draw ? RESERVE_TOKEN : RESERVE_BOTH);
		if (!measure(&kinds[i], batch, &cost))
			return false;
		say(kinds[i].name, kinds[i].give ? "get" : "pair", nr_others, cost.get);
		if (kinds[i].give)
			say(kinds[i].name, "give", nr_others, cost.give);
	}
	return true;
}

/* --- the others: each is inside until it is told to end -------------------------------------------- */

struct others {
	struct kthread *kthread[NR_OTHERS];
	atomic_t nr_inside;
	atomic_t nr_failed;
};

static void other_run(void *arg)
{
	struct others *others = arg;
	struct reserve reserve;

	reserve_init(&reserve, &costs_class);
	if (reserve_begin(&reserve, OTHERS_EACH, NODES_ALL)) {
		atomic_inc(&others->nr_failed);
		return;
	}
	atomic_inc(&others->nr_inside);
	for (;;) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	reserve_end(&reserve);
}

static const struct kthread_ops other_ops = { .name = "costs", .run = other_run };

static unsigned int start_others(struct others *others)
{
	unsigned int nr;

	for (nr = 0; nr < NR_OTHERS; nr++) {
		others->kthread[nr] = kthread_run(&other_ops, others, "costs");
		if (IS_ERR(others->kthread[nr]))
			break;
	}
	while ((unsigned int)(atomic_read(&others->nr_inside) + atomic_read(&others->nr_failed)) < nr)
		sleep_a_moment();
	return nr;
}

static bool measure_beside_others(struct batch *batch, struct others *others)
{
	unsigned int nr = start_others(others);
	bool ok = EXPECT(nr == NR_OTHERS && !atomic_read(&others->nr_failed)) && measure_all(batch, nr);

	while (nr--)
		kthread_stop(others->kthread[nr]);
	return ok;
}

int costs_selftest(void)
{
	struct batch *batch = kzalloc(sizeof(*batch), GFP_KERNEL);
	struct others *others = kzalloc(sizeof(*others), GFP_KERNEL);
	enum reserve_school before = reserve_school();
	bool ok = EXPECT(batch && others);

	if (ok) {
		reserve_init(&batch->reserve, &costs_class);
		ok = measure_all(batch, 0) && measure_beside_others(batch, others);
	}
	reserve_set_school(before);
	kfree(others);
	kfree(batch);
	return ok ? 0 : -EIO;
}
