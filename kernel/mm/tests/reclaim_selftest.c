/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reclaim_selftest.c - part of selftest=mm: how often a request that finds nothing has others' memory taken.
 *
 * Proves: __GFP_NORETRY is one round of reclaim, also where each round frees something: all memory is taken, and a cache of the test gives back
 * one slab a round, never enough.
 */
#include <lib/string.h>
#include <log/printk.h>
#include <mm/reclaim.h>
#include <pages/object.h>
#include <pages/page_alloc.h>
#include <pages/pages_init.h>
#include <pages/slab.h>
#include <sync/thread.h>
#include "mm_selftest_impl.h"

#define NR_OBJECTS 24
#define COUNT	   64u /* at the least effort the scan is asked for one, at the greatest for all */
#define GREEDY	   (__GFP_NOWARN | __GFP_MEMALLOC | __GFP_HIGH)
#define ONE_ROUND  (__GFP_DIRECT_RECLAIM | __GFP_IO | __GFP_FS | __GFP_NORETRY | __GFP_NOWARN)

static const struct object_type test_type = { .name = "selftest_reclaim", .owner = "mm" };

static struct {
	const struct thread *tester; /* only its own rounds count, and only they give anything back */
	struct kmem_cache *cache;
	void *object[NR_OBJECTS];
	u32 nr_objects, nr_rounds;
} test;

static unsigned long test_count(struct shrinker *shrinker)
{
	return current_thread() == READ_ONCE(test.tester) ? COUNT : 0;
}

static unsigned long test_scan(struct shrinker *shrinker, unsigned long nr)
{
	test.nr_rounds += nr == 1;
	if (nr < COUNT)
		return 0;
	for (u32 i = 0; i < 4 && test.nr_objects; i++)
		kmem_cache_free(test.cache, test.object[--test.nr_objects]);
	kmem_cache_drain_all();
	return 4;
}

static const struct shrinker_ops test_ops = { .count = test_count, .scan = test_scan };
static struct shrinker test_shrinker = { .name = "selftest", .ops = &test_ops, .seeks = 2 };

static struct page *take_all(void)
{
	struct page *all = NULL, *page;
	bool found;

	do {
		found = false;
		while ((page = alloc_page(GREEDY))) {
			page->next = all;
			all = page;
			found = true;
		}
		kmem_cache_drain_all();
		pages_shrink();
		drain_all_pages();
	} while (found);
	return all;
}

static void give_back(struct page *all)
{
	while (all) {
		struct page *page = all;

		all = page->next;
		free_pages(page, 0);
	}
}

bool no_retry_is_one_round(void)
{
	struct page *all, *block;
	bool ok;

	test.cache = kmem_cache_create(&test_type, 4096, 0, 0);
	if (!EXPECT(test.cache))
		return false;
	for (; test.nr_objects < NR_OBJECTS; test.nr_objects++)
		if (!EXPECT((test.object[test.nr_objects] = kmem_cache_alloc(test.cache, GFP_KERNEL))))
			return false;
	all = take_all();
	shrinker_register(&test_shrinker);
	WRITE_ONCE(test.tester, current_thread());
	block = alloc_pages(ONE_ROUND, 3);
	WRITE_ONCE(test.tester, NULL);
	ok = EXPECT(!block);
	ok &= EXPECT(test.nr_rounds == 1);
	give_back(all);
	while (test.nr_objects)
		kmem_cache_free(test.cache, test.object[--test.nr_objects]);
	return ok;
}
