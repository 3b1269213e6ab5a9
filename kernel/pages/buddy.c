/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * buddy.c - free blocks of 2^order frames, split and merged in pairs.
 *
 * WHAT        A block of order k starts at a frame number that is a multiple of 2^k; its buddy is
 *             the block whose frame number differs in bit k. Two free buddies are always one block.
 * INVARIANTS  Y1  A block on a list has PG_buddy on its first page, order there, refcount 0.
 *             Y2  No two blocks on the lists of one zone are buddies of each other.
 *             Y3  zone->nr_free is the sum over all lists of 2^order.
 *             Y4  A descriptor exists for every frame of each aligned MAX_ORDER run that holds any
 *                 RAM, so looking at a buddy's descriptor never faults.
 * LOCKING     zone->lock, rank ZONE, interrupts off. Calls nothing that locks.
 * ERRORS      buddy_alloc_locked returns NULL when no block is large enough.
 * TESTS       selftest=pages (split and merge, all of memory taken and given back)
 */
#include "buddy_impl.h"

static bool is_free_buddy(const struct page *page, const struct zone *zone, unsigned int order)
{
	return page_test(page, PG_buddy) && page->order == order && page->zone == zone->type &&
	       page->node == zone->node;
}

static void list_block(struct zone *zone, struct page *page, unsigned int order)
{
	page->flags |= 1UL << PG_buddy;
	page->order = order;
	list_add(&page->lru, &zone->area[order].blocks);
	zone->area[order].nr_blocks++;
}

static void unlist_block(struct zone *zone, struct page *page, unsigned int order)
{
	list_del(&page->lru);
	page->flags &= ~(1UL << PG_buddy);
	page->order = 0;
	zone->area[order].nr_blocks--;
}

void buddy_free_locked(struct zone *zone, struct page *page, unsigned int order)
{
	unsigned long pfn = page_to_pfn(page);

	zone->nr_free += 1UL << order;
	for (; order < MAX_ORDER; order++) {
		struct page *buddy = pfn_to_page(pfn ^ (1UL << order));

		if (!is_free_buddy(buddy, zone, order))
			break;
		unlist_block(zone, buddy, order);
		pfn &= ~(1UL << order);
	}
	list_block(zone, pfn_to_page(pfn), order);
}

struct page *buddy_alloc_locked(struct zone *zone, unsigned int order)
{
	unsigned int found = order;
	struct page *page;

	while (found <= MAX_ORDER && !zone->area[found].nr_blocks)
		found++;
	if (found > MAX_ORDER)
		return NULL;
	page = list_first_entry(&zone->area[found].blocks, struct page, lru);
	unlist_block(zone, page, found);
	while (found > order) {
		found--;
		list_block(zone, page + (1UL << found), found);
	}
	zone->nr_free -= 1UL << order;
	zone_assert_promises_locked(zone);
	return page;
}
