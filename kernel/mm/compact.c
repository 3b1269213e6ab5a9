/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compact.c - free memory is there, but in pieces: pages of files move away until a block is whole.
 *
 * WHAT        A zone is looked at in aligned blocks of the wanted order. Where every frame is free or holds a folio of the page cache that may
 *             move, each such folio is replaced by a copy elsewhere (filemap_move.c). A frame for a copy that lies in the block itself
 *             is put aside and another one asked for. What became free is held until HELD_MAX frames are: given back one by one it
 *             would be the first that the next copies get. Given back together, through the CPUs' stacks, it merges, and
 *             is the last that anybody gets who wants single frames.
 *             It serves what the allocator tries hard for, blocks of up to COSTLY_ORDER; anonymous pages stay, as nothing leads from a
 *             frame to their owner.
 * INVARIANTS  K1  No more than HELD_MAX frames and a block are held; what others take out of a block meanwhile costs the block, no memory.
 *             K2  Copies come from free memory above the low marks alone (alloc_page_spare()): compaction never reclaims, and never draws
 *                 on a reserve, whoever asks for it.
 *             K3  A request is compacted for only where as many frames are free as it needs: else reclaim is what helps.
 * LOCKING     folio locks, only tried; i_mmap_lock and tree_lock inside filemap_move_folio(). The caller holds nothing outside of RECLAIM.
 * ERRORS      compact_pages() false: no block became whole. compact_memory() -EPARK, -EINTR: not everything was looked at.
 * TESTS       tests/guest/mm/compact_test.c
 */
#include "lru.h"
#include "migrate.h"

#include <mm/reclaim.h>
#include <pages/page_alloc.h>
#include <pages/pages_port.h>
#include <pages/stats.h>
#include <pages/zone.h>
#include <sync/sync_port.h>

#define BLOCKS_MAX  32768u /* looked at for one request; the next one goes on behind them */
#define HELD_MAX    512
#define TARGET_GFP  (__GFP_MOVABLE | __GFP_NOWARN)
#define FLAGS_STAY  (BIT(PG_locked) | BIT(PG_slab) | BIT(PG_reserved) | BIT(PG_private) | BIT(PG_writeback) | BIT(PG_head) | BIT(PG_anon) | \
		     BIT(PG_buddy) | BIT(PG_table))

static struct {
	unsigned long next[MAX_NUMNODES][MAX_NR_ZONES]; /* the frame where the next look begins; a hint, raced for */
} compact;

/* The block that is being emptied, and the frames that are held, chained by private. */
struct block {
	unsigned long pfn, nr;
	struct page *held;
	u32 nr_held;
};

static void hold(struct block *block, struct page *page)
{
	page->private = (unsigned long)block->held;
	block->held = page;
	block->nr_held++;
}

static void release_held(struct block *block)
{
	while (block->held) {
		struct page *page = block->held;

		block->held = (struct page *)page->private;
		page->private = 0;
		free_pages(page, 0);
	}
	block->nr_held = 0;
	drain_all_pages();
}

/* --- may it move? ------------------------------------------------------------------------------------------- */

static bool looks_movable(const struct page *page)
{
	unsigned long flags = READ_ONCE(page->flags);

	if ((flags & FLAGS_STAY) || !(flags & (BIT(PG_lru) | BIT(PG_swapbacked))) || page_is_tail(page))
		return false;
	return atomic_read(&page->refcount) == atomic_read(&page->mapcount) + 1 && !atomic_read(&page->pincount);
}

static unsigned long free_run(const struct page *page)
{
	unsigned int order = READ_ONCE(page->order);

	return page_test(page, PG_buddy) ? 1UL << min(order, (unsigned int)MAX_ORDER) : 0;
}

/* Is each frame free or movable, and is one to be moved at all? */
static bool block_looks_movable(const struct zone *zone, unsigned long pfn, unsigned long nr)
{
	unsigned long nr_used = 0;

	for (unsigned long i = 0; i < nr;) {
		const struct page *page = pfn_to_page(pfn + i);
		unsigned long run;

		if (!pfn_valid(pfn + i) || page_zone(page) != zone)
			return false;
		run = free_run(page);
		if (!run && !looks_movable(page))
			return false;
		nr_used += !run;
		i += run ? run : 1;
	}
	return nr_used > 0;
}

/* --- moving -------------------------------------------------------------------------------------------------- */

/* A frame outside of the block; those inside are held. NULL: none. */
static struct folio *take_target(struct block *block, int node)
{
	for (unsigned long i = 0; i <= block->nr; i++) {
		struct folio *to = (struct folio *)alloc_page_spare(node, TARGET_GFP); /* K2 */

		if (!to || folio_pfn(to) < block->pfn || folio_pfn(to) >= block->pfn + block->nr)
			return to;
		hold(block, &to->page);
	}
	return NULL;
}

/*
 * The folio in this frame with a reference, if it still may move. The frame may have become another's meanwhile: a slab has its cache where
 * a folio has its mapping, so the flags are looked at after it.
 */
static struct folio *hold_movable(struct page *page)
{
	struct folio *folio = (struct folio *)page;
	bool has_mapping;

	if (!looks_movable(page) || !folio_try_get(folio))
		return NULL;
	has_mapping = folio_mapping(folio);
	smp_rmb(); /* pairs with slab_cut() and slab_frames_free() */
	if (has_mapping && !page_is_tail(page) && !(READ_ONCE(page->flags) & FLAGS_STAY))
		return folio;
	folio_put(folio);
	return NULL;
}

static bool move_frame(struct block *block, struct page *page)
{
	struct folio *from = hold_movable(page), *to;
	int err = -EBUSY;

	if (!from)
		return false;
	to = take_target(block, from->node);
	if (to)
		err = filemap_move_folio(from, to);
	if (err)
		folio_put(from);
	else
		hold(block, page);
	if (to)
		folio_put(to);
	count_vm_event(err ? PGMIGRATE_FAIL : PGMIGRATE_SUCCESS);
	return !err;
}

/* True: all frames of the block were given up by their users. */
static bool empty_block(struct block *block)
{
	bool is_empty = true;

	for (unsigned long i = 0; is_empty && i < block->nr;) {
		struct page *page = pfn_to_page(block->pfn + i);
		unsigned long run = free_run(page);

		count_vm_event(COMPACT_MIGRATE_SCANNED);
		if (!run && atomic_read(&page->refcount))
			is_empty = move_frame(block, page);
		i += run ? run : 1;
	}
	return is_empty;
}

/* --- a zone --------------------------------------------------------------------------------------------------- */

static bool has_block(const struct zone *zone, unsigned int order)
{
	for (; order <= MAX_ORDER; order++)
		if (READ_ONCE(zone->area[order].nr_blocks))
			return true;
	return false;
}

static unsigned long zone_blocks(const struct zone *zone, unsigned int order)
{
	return zone->spanned_pages >> order;
}

/* Look at @nr_blocks blocks, each once; with @until_whole no further than to the first that succeeds. False: there was no time for all. */
static bool compact_zone(struct zone *zone, unsigned int order, unsigned long nr_blocks, bool until_whole)
{
	unsigned long nr = 1UL << order, end = (zone->start_pfn + zone->spanned_pages) & ~(nr - 1);
	struct block block = { .nr = nr };
	unsigned long *next = &compact.next[zone->node][zone->type], pfn = READ_ONCE(*next) & ~(nr - 1);
	bool has_time = true;

	for (; nr_blocks && has_time; nr_blocks--) {
		if (block.nr_held >= HELD_MAX)
			release_held(&block);
		if (pfn < zone->start_pfn || pfn >= end)
			pfn = ALIGN(zone->start_pfn, nr);
		block.pfn = pfn;
		pfn += nr;
		if (block_looks_movable(zone, block.pfn, nr) && empty_block(&block) && until_whole)
			break;
		has_time = !thread_fatal_signal_pending(current_thread()) && (until_whole || !park_pending());
	}
	WRITE_ONCE(*next, pfn);
	release_held(&block);
	return has_time;
}

/* K3. */
static bool is_only_in_pieces(const struct zone *zone, unsigned int order)
{
	unsigned long want = zone->watermark[WMARK_LOW] + READ_ONCE(zone->reserved) + (2UL << order);

	return READ_ONCE(zone->nr_free) >= want && !has_block(zone, order);
}

bool compact_pages(int node, u32 nodes, gfp_t gfp, unsigned int order)
{
	enum zone_type highest = gfp & (__GFP_DMA32 | __GFP_DMA) ? ZONE_DMA32 : ZONE_NORMAL;
	struct zone **z = numa.node[node].zonelist;

	if (!order || order > COSTLY_ORDER || (current->flags & PF_MEMALLOC))
		return false;
	for (; *z; z++) {
		if ((*z)->type > highest || !(nodes >> (*z)->node & 1) || !is_only_in_pieces(*z, order))
			continue;
		count_vm_event(COMPACT_STALL);
		(void)compact_zone(*z, order, min(zone_blocks(*z, order), (unsigned long)BLOCKS_MAX), true);
		count_vm_event(has_block(*z, order) ? COMPACT_SUCCESS : COMPACT_FAIL);
		if (has_block(*z, order))
			return true;
	}
	return false;
}

int compact_memory(void)
{
	for_each_zone(zone)
		if (!compact_zone(zone, COSTLY_ORDER, zone_blocks(zone, COSTLY_ORDER), false))
			return park_pending() ? -EPARK : -EINTR;
	return 0;
}
