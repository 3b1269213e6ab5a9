/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compact.c - free memory is there, but in pieces: pages of files and of programs move away until a block is whole.
 *
 * WHAT        A zone is looked at in aligned blocks of the wanted order. Where every frame is free or holds a folio of the page cache, or a
 *             private page, that may move, each is replaced by a copy elsewhere (filemap_move.c, migrate_anon.c). A frame for a copy that
 *             lies in the block itself is put aside and another one asked for. What became free is held until HELD_MAX frames are: given back one by one it
 *             would be the first that the next copies get. Given back together, through the CPUs' stacks, it merges, and
 *             is the last that anybody gets who wants single frames.
 *             It serves what the allocator tries hard for, blocks of up to COSTLY_ORDER. Pages that processes share since a fork stay, as do
 *             pinned ones, and those of a memory whose map is busy.
 * INVARIANTS  K1  No more than HELD_MAX frames and a block are held; what others take out of a block meanwhile costs the block, no memory.
 *             K2  Copies come from free memory above the low marks alone (alloc_page_spare()): compaction never reclaims, and never draws
 *                 on a reserve, whoever asks for it.
 *             K3  A request is compacted for only where as many frames are free as it needs: else reclaim is what helps.
 *             K4  A private page that was drawn from a standing reserve counts as drawn in its new frame, too (M4 of migrate.c).
 *             K5  A block is emptied only while as many frames lie free in smaller pieces elsewhere in the zone as it has pages: to
 *                 cut a whole block for them gains nothing, and each pass comes to its end.
 * LOCKING     folio locks, and the mmap_lock of a private page's memory, only tried; i_mmap_lock and tree_lock inside
 *             filemap_move_folio(), table locks inside anon_move_folio(). The caller may hold what may be held outside of RECLAIM.
 * ERRORS      compact_pages() false: no block became whole. compact_memory() -EPARK, -EINTR: not everything was looked at.
 * TESTS       tests/guest/mm/compact_test.c, compact_anon_test.c
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
#define FAILURES_MAX 64u /* blocks that one request moves pages of in vain */
#define TARGET_GFP  (__GFP_MOVABLE | __GFP_NOWARN)
#define FLAGS_STAY  (BIT(PG_locked) | BIT(PG_slab) | BIT(PG_reserved) | BIT(PG_private) | BIT(PG_writeback) | BIT(PG_head) | \
		     BIT(PG_buddy) | BIT(PG_table))

static struct {
	unsigned long next[MAX_NUMNODES][MAX_NR_ZONES]; /* the frame where the next look begins; a hint, raced for */
} compact;

/* The block that is being emptied, and the frames that are held, chained by private. */
struct block {
	const struct zone *zone;
	unsigned long pfn, nr;
	struct page *held;
	u32 nr_held;
	struct mm *last_mm; /* a reference, or NULL: where the last private page was found */
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
	int nr_maps = atomic_read(&page->mapcount), nr_refs = atomic_read(&page->refcount);

	if ((flags & FLAGS_STAY) || !(flags & (BIT(PG_lru) | BIT(PG_swapbacked))) || page_is_tail(page) || atomic_read(&page->pincount))
		return false;
	return flags & BIT(PG_anon) ? nr_maps == 1 && nr_refs == 1 : nr_refs == nr_maps + 1; /* one is the page cache's */
}

static unsigned long free_run(const struct page *page)
{
	unsigned int order = READ_ONCE(page->order);

	return page_test(page, PG_buddy) ? 1UL << min(order, (unsigned int)MAX_ORDER) : 0;
}

/* How many frames of the block are to be moved, if each is free or movable; else 0. */
static unsigned long nr_to_move(const struct block *block)
{
	unsigned long nr_used = 0;

	for (unsigned long i = 0; i < block->nr;) {
		const struct page *page = pfn_to_page(block->pfn + i);
		unsigned long run;

		if (!pfn_valid(block->pfn + i) || page_zone(page) != block->zone)
			return 0;
		run = free_run(page);
		if (!run && !looks_movable(page))
			return 0;
		nr_used += !run;
		i += run ? run : 1;
	}
	return nr_used;
}

/* Free frames in blocks that are smaller than the wanted ones. */
static unsigned long nr_in_pieces(const struct block *block)
{
	unsigned long nr = 0;

	for (unsigned int order = 0; 1UL << order < block->nr; order++)
		nr += READ_ONCE(block->zone->area[order].nr_blocks) << order;
	return nr;
}

/* K5. The block's own free frames are no place for its pages. */
static bool is_worth_emptying(const struct block *block)
{
	return nr_to_move(block) && nr_in_pieces(block) >= block->nr;
}

/* --- moving -------------------------------------------------------------------------------------------------- */

/* A frame outside of the block, of its zone or, if that has none to spare, a lower one; those inside are held. NULL: none. */
static struct folio *take_target(struct block *block)
{
	gfp_t gfp = TARGET_GFP | (block->zone->type == ZONE_DMA32 ? __GFP_DMA32 : 0);

	for (unsigned long i = 0; i <= block->nr; i++) {
		struct folio *to = (struct folio *)alloc_page_spare(block->zone->node, gfp); /* K2 */

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
	if (has_mapping && !page_is_tail(page) && !(READ_ONCE(page->flags) & (FLAGS_STAY | BIT(PG_anon))))
		return folio;
	folio_put(folio);
	return NULL;
}

/* A folio of the page cache. On success a reference of the frame, which nobody else has, is the caller's. */
static int move_cached(struct block *block, struct page *page)
{
	struct folio *from = hold_movable(page), *to;
	int err = -EBUSY;

	if (!from)
		return -EBUSY;
	to = take_target(block);
	if (to)
		err = filemap_move_folio(from, to);
	if (err)
		folio_put(from);
	if (to)
		folio_put(to);
	return err;
}

/* The same of a private page. Whose it is, or whether it is one at all by now, the search finds out. */
static int move_private(struct block *block, struct page *page)
{
	struct folio *to = looks_movable(page) ? take_target(block) : NULL;
	int err;

	if (!to)
		return -EBUSY;
	err = anon_move_folio((struct folio *)page, to, &block->last_mm);
	if (err)
		folio_put(to);
	return err;
}

static bool move_frame(struct block *block, struct page *page)
{
	int err = page_test(page, PG_anon) ? move_private(block, page) : move_cached(block, page);

	if (!err)
		hold(block, page);
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

/*
 * Look at @nr_blocks blocks, each once; with @until_whole no further than to the first that succeeds, or until FAILURES_MAX have not: the pages
 * of who asks may be what is in the way everywhere. False: there was no time for all.
 */
static bool compact_zone(struct zone *zone, unsigned int order, unsigned long nr_blocks, bool until_whole)
{
	unsigned long nr = 1UL << order, end = (zone->start_pfn + zone->spanned_pages) & ~(nr - 1);
	struct block block = { .zone = zone, .nr = nr };
	unsigned long *next = &compact.next[zone->node][zone->type], pfn = READ_ONCE(*next) & ~(nr - 1);
	u32 nr_failures = 0;
	bool has_time = true;

	for (; nr_blocks && has_time && nr_failures < FAILURES_MAX; nr_blocks--) {
		if (block.nr_held >= HELD_MAX)
			release_held(&block);
		if (pfn < zone->start_pfn || pfn >= end)
			pfn = ALIGN(zone->start_pfn, nr);
		block.pfn = pfn;
		pfn += nr;
		if (is_worth_emptying(&block)) {
			bool is_whole = empty_block(&block);

			if (is_whole && until_whole)
				break;
			nr_failures += until_whole && !is_whole;
		}
		has_time = !thread_fatal_signal_pending(current_thread()) && !park_pending();
	}
	WRITE_ONCE(*next, pfn);
	release_held(&block);
	if (block.last_mm)
		mm_put(block.last_mm);
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
