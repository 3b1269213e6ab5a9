/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reclaim_selftest.c - part of selftest=mm: how often a request that finds nothing has others' memory taken.
 *
 * Proves: __GFP_NORETRY is one round of reclaim, also where each round frees something: all memory is taken, and a cache of the test gives back
 * one slab a round, never enough. A reservation that waits has no more taken than it lacks in the nearest zone: all memory is taken, a part of
 * it by clean folios on every node.
 */
#include <lib/string.h>
#include <log/printk.h>
#include <mm/filemap.h>
#include <mm/reclaim.h>
#include <pages/object.h>
#include <pages/page_alloc.h>
#include <pages/pages_init.h>
#include <pages/reserve.h>
#include <pages/slab.h>
#include <pages/stats.h>
#include <pages/zone.h>
#include <sync/thread.h>
#include "mm_selftest_impl.h"

#define NR_OBJECTS 24
#define COUNT	   64u /* at the least effort the scan is asked for one, at the greatest for all */
#define GREEDY	   (__GFP_NOWARN | __GFP_MEMALLOC | __GFP_HIGH)
#define ONE_ROUND  (__GFP_DIRECT_RECLAIM | __GFP_IO | __GFP_FS | __GFP_NORETRY | __GFP_NOWARN)

#define PART	   16 /* one in so many frames is a clean folio's */
#define WANT	   16UL
#define TRIES	   20
#define BATCH	   32UL /* of a scan, which may find the last it wants in the middle */

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

/* --- what a reservation has taken ------------------------------------------------------------------- */

static const struct address_space_ops files_ops = { 0 }; /* nobody reads or writes */
static struct reserve_class test_class = RESERVE_CLASS_INIT("selftest_reclaim");

static bool add_clean_folio(struct address_space *mapping, pgoff_t index)
{
	struct folio *folio = alloc_folio(GREEDY, 0);

	if (!folio)
		return false;
	if (!filemap_add_folio(mapping, folio, index, GREEDY)) {
		folio_set(folio, PG_uptodate);
		folio_unlock(folio);
	}
	folio_put(folio);
	return true;
}

/* Every PART-th frame of @all is free again. */
static void give_part_back(struct page *all)
{
	u32 nr = 0;

	for (struct page *page = all; page && page->next; page = page->next) {
		struct page *spare = page->next;

		if (++nr % PART)
			continue;
		page->next = spare->next;
		free_pages(spare, 0);
	}
	drain_all_pages();
}

/* What the neediest zone lacks for WANT frames above its low mark, when it has none. */
static unsigned long most_that_a_zone_lacks(void)
{
	unsigned long most = 0;

	for_each_zone(zone)
		most = max(most, zone->watermark[WMARK_LOW] + WANT);
	return most;
}

/* A reservation while memory is full of clean folios; returns how many frames it reclaimed for that. */
static unsigned long taken_by_reservation(struct address_space *mapping, pgoff_t *index)
{
	unsigned long before;
	struct reserve reserve;

	while (add_clean_folio(mapping, *index))
		++*index;
	before = vm_event_sum(PGSTEAL_DIRECT);
	reserve_init(&reserve, &test_class);
	if (!EXPECT(!reserve_begin(&reserve, WANT, NODES_ALL)))
		return ~0ul;
	reserve_end(&reserve);
	return vm_event_sum(PGSTEAL_DIRECT) - before;
}

bool reservation_takes_what_it_lacks(void)
{
	struct page *all = take_all();
	struct address_space mapping;
	unsigned long taken = 0;
	pgoff_t index = 0;

	reserve_class_register(&test_class);
	mapping_init(&mapping, NULL, &files_ops);
	give_part_back(all);
	/* 0: a reclaim thread, which looks every second, was there first. */
	for (u32 i = 0; i < TRIES && !taken; i++)
		taken = taken_by_reservation(&mapping, &index);
	give_back(all);
	truncate_inode_pages_final(&mapping);
	mapping_fini(&mapping);
	return EXPECT(taken) && EXPECT(taken < most_that_a_zone_lacks() + BATCH);
}
