/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * page_alloc.c - frames on request: per-CPU lists before the zones, patience behind them.
 *
 * WHAT        alloc_pages() tries, in order: this CPU's stack of single frames (page_stack.c); the zones of the
 *             zonelist above their low watermark; and then, slowly, what the flags permit: lower
 *             watermarks, reclaim, the OOM killer, the reserve. Must-succeed lives here and only here.
 * INVARIANTS  A3  Nobody takes a zone below his watermark plus `reserved`, but a holder who draws (reserve.c): tested under zone->lock.
 *             A4  The slow path is entered with no lock held when the flags allow sleeping.
 *             A5  A frame that nobody owns has refcount 0, so that folio_try_get() fails on it; the last reference frees a frame, whoever held
 *                 it: a look-up in the page cache may hold one, for a moment, of whatever its folio's frame has become.
 * LOCKING     Zones: zone->lock, interrupts off, rank ZONE.
 * LIFECYCLE   free block -> (stack) -> refcount 1 -> ... -> refcount 0 -> (stack) -> free block
 * ERRORS      NULL: no memory under these flags. NOFAIL never returns NULL.
 * TESTS       selftest=pages; tests/fault (allocation failure injection)
 */
#include "buddy_impl.h"
#include "alloc_stall_impl.h"
#include "fault_impl.h"
#include "page_alloc_impl.h"
#include "page_debug_impl.h"
#include "reserve_impl.h"

#include <pages/alloc_policy.h>
#include <pages/page_alloc.h>
#include <pages/pages_port.h>
#include <pages/slab.h>
#include <arch/preempt.h>
#include <lib/string.h>
#include <log/printk.h>
#include <sync/sync_port.h>
#include <sync/thread.h>

#define RECLAIM_ROUNDS_MAX 16 /* rounds without progress before the OOM killer is asked */

/* Bits that say a page still has an owner; it may not be freed with any of them. */
#define FLAGS_OWNED \
	(BIT(PG_locked) | BIT(PG_lru) | BIT(PG_slab) | BIT(PG_reserved) | BIT(PG_writeback) | \
	 BIT(PG_buddy) | BIT(PG_table) | BIT(PG_private) | BIT(PG_active))

/* --- zones ---------------------------------------------------------------------------------- */

static void zone_free(struct zone *zone, struct page *page, unsigned int order)
{
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	buddy_free_locked(zone, page, order);
	spin_unlock_irqrestore(&zone->lock, flags);
}

void free_block_to_zone(struct page *page, unsigned int order)
{
	zone_free(page_zone(page), page, order);
}

/* A block, if @mark frames and all that is promised stay behind. Nobody is above this test but the promise's holder. A3. */
static struct page *zone_alloc(struct zone *zone, unsigned int order, unsigned long mark)
{
	struct page *page = NULL;
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	if (zone_can_spare_locked(zone, 1UL << order, mark))
		page = buddy_alloc_locked(zone, order);
	spin_unlock_irqrestore(&zone->lock, flags);
	return page;
}

/* The watermark that @gfp has to respect, starting from the zone's @mark. What is promised to others comes on top. */
static unsigned long mark_for(const struct zone *zone, gfp_t gfp, enum zone_watermark which)
{
	unsigned long mark = zone->watermark[which];

	if (which == WMARK_MIN) {
		if (gfp & __GFP_MEMALLOC)
			return 0;
		if (gfp & __GFP_HIGH)
			mark -= mark / 2;
		if (!(gfp & __GFP_DIRECT_RECLAIM) && (gfp & __GFP_ATOMIC))
			mark -= mark / 4;
	}
	return mark;
}

/* Where a request begins to look, and the nodes it may be served from at all. */
struct place {
	int node;
	u32 nodes;
};

/* First zone of the list that has a block and stays above its watermark. */
static struct page *zonelist_alloc(const struct place *place, gfp_t gfp, unsigned int order,
				   enum zone_watermark which)
{
	enum zone_type highest = gfp_zone(gfp);
	struct zone **z = numa.node[place->node].zonelist;

	for (; *z; z++) {
		struct zone *zone = *z;
		struct page *page;
		unsigned long mark;

		if (zone->type > highest)
			continue;
		if (!(place->nodes >> zone->node & 1))
			continue;
		mark = mark_for(zone, gfp, which) + zone->lowmem_reserve[highest];
		if (!zone_watermark_ok(zone, order, mark + READ_ONCE(zone->reserved)))
			continue;
		page = zone_alloc(zone, order, mark);
		if (page)
			return page;
	}
	return NULL;
}

/* --- what a frame looks like when it changes hands ---------------------------------------------- */

static void compound_make(struct page *page, unsigned int order)
{
	page->flags |= BIT(PG_head);
	page->order = order;
	for (unsigned long i = 1; i < 1UL << order; i++)
		page[i].compound_head = (unsigned long)page | 1;
}

static void compound_unmake(struct page *page, unsigned int order)
{
	for (unsigned long i = 1; i < 1UL << order; i++) {
		page[i].compound_head = 0;
		page[i].mapping = NULL;
	}
}

/* One reference, nothing attached. */
static void page_make_owned(struct page *page)
{
	page->mapping = NULL;
	page->private = 0;
	page->compound_head = 0;
	page->order = 0;
	atomic_set(&page->mapcount, 0);
	atomic_set(&page->refcount, 1);
	atomic_set(&page->pincount, 0);
}

static void page_hand_out(struct page *page, unsigned int order, gfp_t gfp)
{
	page_debug_alloc(page, order);
	page_make_owned(page);
	if (order && (gfp & __GFP_COMP))
		compound_make(page, order);
	if (gfp & __GFP_ZERO)
		memset(page_address(page), 0, PAGE_SIZE << order);
}

/* Nothing is attached, and the way back is the usual one. */
static bool page_goes_the_usual_way(const struct page *page)
{
	return !(page->flags & (FLAGS_OWNED | BIT(PG_standing))) && !atomic_read(&page->mapcount);
}

/* Is anything still attached? Then the frames are lost on purpose: better a leak than a wild write. */
static bool page_is_unfit_to_free(const struct page *page)
{
	if (likely(!(page->flags & FLAGS_OWNED) && !atomic_read(&page->mapcount)))
		return false;
	pr_err("bad page: pfn %#lx flags %#lx mapcount %d mapping %p: not freed\n", page_to_pfn(page),
	       page->flags, atomic_read(&page->mapcount), page->mapping);
	WARN_ON(1);
	return true;
}

/* A frame of a standing reserve, or something is wrong. */
static noinline void free_unusual(struct page *page)
{
	if (page_is_unfit_to_free(page))
		return;
	page->flags = 0;
	page->mapping = NULL;
	count_vm_event(PGFREE);
	page_debug_free(page, 0);
	reserve_standing_free(page);
}

/* The frames have no reference any more. */
static void free_frames(struct page *page, unsigned int order)
{
	if (unlikely(!page_goes_the_usual_way(page))) {
		free_unusual(page);
		return;
	}
	if (page->flags & BIT(PG_head))
		compound_unmake(page, order);
	page->flags = 0;
	page->mapping = NULL;
	page->order = 0;
	count_vm_events(PGFREE, 1UL << order);
	page_debug_free(page, order);
	if (order || !page_stack_free(page))
		zone_free(page_zone(page), page, order);
}

/* --- the slow path -------------------------------------------------------------------------------- */

static struct {
	struct ratelimit ratelimit;
} alloc_log = { .ratelimit = RATELIMIT_INIT(DEFAULT_RATELIMIT_INTERVAL, DEFAULT_RATELIMIT_BURST) };

static void warn_alloc(gfp_t gfp, unsigned int order)
{
	if (gfp & __GFP_NOWARN)
		return;
	pr_warn_ratelimited(&alloc_log.ratelimit, "page allocation failure: order:%u, mode:%#x, free %lu of %lu pages\n",
			    order, gfp, nr_free_pages(), nr_managed_pages());
}

/* From the reservation that the caller is inside of. Where it was placed counts for more than where @place wishes. */
static struct page *draw_promise(const struct place *place, gfp_t gfp, unsigned int order)
{
	struct page *page = reserve_draw(place->nodes, gfp_zone(gfp), order, gfp & __GFP_THISNODE);

	if (!page)
		reserve_note_short(gfp, order);
	return page;
}

/* Everything the flags permit without waiting for anybody. */
static struct page *alloc_from_reserves(const struct place *place, gfp_t gfp, unsigned int order)
{
	struct page *page = zonelist_alloc(place, gfp, order, WMARK_MIN);

	if (!page && (gfp & __GFP_RESERVE))
		page = draw_promise(place, gfp, order);
	if (page || (gfp & __GFP_NOMEMALLOC))
		return page;
	if (!in_interrupt() && task_may_use_reserve())
		page = zonelist_alloc(place, gfp | __GFP_HIGH | __GFP_MEMALLOC, order, WMARK_MIN);
	if (!page && !order)
		page = reserve_draw_kernel(place->nodes, gfp_zone(gfp), gfp);
	return page;
}

/* Is it for vm.small_allocation to say what becomes of the request when reclaim is at its end? */
static bool is_small(gfp_t gfp, unsigned int order)
{
	return !(gfp & (__GFP_NORETRY | __GFP_RETRY_MAYFAIL | __GFP_NOFAIL | __GFP_THISNODE)) && gfp_may_sleep(gfp) && order <= COSTLY_ORDER;
}

/* May the request fail then, before anybody is killed for it? */
static bool gives_up(gfp_t gfp, unsigned int order)
{
	if (gfp & __GFP_NOFAIL)
		return false;
	if (gfp & __GFP_THISNODE)
		return true; /* the caller has other nodes in mind for that case: nobody dies for a wish */
	return (gfp & __GFP_RETRY_MAYFAIL) || order > COSTLY_ORDER || READ_ONCE(alloc_policy.small_may_fail);
}

/*
 * One round of compaction or reclaim, then of the OOM killer when reclaim has given up. True: worth another round; after the last one the
 * zones are looked at once more. NORETRY has no more than one, whatever it brought. @idle_rounds counts rounds without progress.
 */
static bool make_room(const struct place *place, gfp_t gfp, unsigned int order, unsigned int *idle_rounds)
{
	bool has_one_round = (gfp & (__GFP_NORETRY | __GFP_NOFAIL)) == __GFP_NORETRY;

	if (*idle_rounds < RECLAIM_ROUNDS_MAX && compact_pages(place->node, place->nodes, gfp, order)) {
		++*idle_rounds; /* others may be faster, but not for ever */
		return !has_one_round;
	}
	count_vm_event(ALLOCSTALL_DMA32 + gfp_zone(gfp));
	if (reclaim_pages_nodes(place->node, place->nodes, gfp, order)) {
		*idle_rounds = 0;
		return !has_one_round;
	}
	if (gfp & __GFP_NORETRY)
		return false;
	if (*idle_rounds % RECLAIM_ROUNDS_MAX == 0)
		kmem_cache_drain_all();
	drain_all_pages();
	if (pages_shrink())
		return true;
	if (++*idle_rounds < RECLAIM_ROUNDS_MAX && nr_reclaimable_pages() > 1UL << order)
		return true;
	if (gives_up(gfp, order))
		return false;
	return out_of_memory(place->nodes, gfp, order);
}

/* Too small to fail, while the policy says so: it may not kill, so it waits for those who may. Not when its own task is to free memory. */
static bool retries_small(gfp_t gfp, unsigned int order)
{
	return is_small(gfp, order) && !(gfp & __GFP_FS) && !READ_ONCE(alloc_policy.small_may_fail) && !task_may_use_reserve();
}

/* It failed. */
static void note_failure(const struct place *place, gfp_t gfp, unsigned int order)
{
	if (is_small(gfp, order) && READ_ONCE(alloc_policy.small_may_fail)) {
		current_thread()->nr_refused++;
		current_thread()->refused_nodes = place->nodes;
	}
	warn_alloc(gfp, order);
}

/* NOFAIL only: nobody can be killed and nothing reclaimed. Wait for somebody to free. */
static struct page *alloc_must_succeed(const struct place *place, gfp_t gfp, unsigned int order, struct alloc_stall *stall)
{
	struct place anywhere = { place->node, NODES_ALL };
	struct page *page = zonelist_alloc(place, gfp | __GFP_MEMALLOC, order, WMARK_MIN);

	if (!page)
		page = zonelist_alloc(&anywhere, gfp | __GFP_MEMALLOC, order, WMARK_MIN);
	if (!page)
		alloc_stall_wait(stall, anywhere.nodes, gfp, order);
	return page;
}

static struct page *alloc_pages_slow(const struct place *place, gfp_t gfp, unsigned int order)
{
	struct alloc_stall stall = { 0 };
	unsigned int idle_rounds = 0;
	struct page *page;

	if (gfp_may_sleep(gfp))
		might_reclaim();
	gfp = gfp_in_scope(gfp);
	if (gfp & __GFP_KSWAPD_RECLAIM)
		reclaim_wake(place->node, order);
	for (;;) {
		page = alloc_from_reserves(place, gfp, order);
		if (page)
			return page;
		if (!gfp_may_sleep(gfp) && !(gfp & __GFP_NOFAIL))
			break;
		if (gfp_may_sleep(gfp) && make_room(place, gfp, order, &idle_rounds))
			continue;
		if (retries_small(gfp, order)) {
			alloc_stall_wait(&stall, place->nodes, gfp, order);
			continue;
		}
		if (!(gfp & __GFP_NOFAIL)) {
			/* The last round may have freed just enough. */
			page = alloc_from_reserves(place, gfp, order);
			break;
		}
		page = alloc_must_succeed(place, gfp, order, &stall);
		if (page)
			break;
	}
	if (!page)
		note_failure(place, gfp, order);
	return page;
}

/* The nearest of the nodes that the request may use. */
static int wanted_node(const struct place *place)
{
	struct zone **z = numa.node[place->node].zonelist;

	while (*z && !(place->nodes >> (*z)->node & 1))
		z++;
	return *z ? (*z)->node : place->node;
}

/*
 * Was the request served where it wanted? Pages of a CPU's stack always are, and are not counted one by one: off_stack says how many of
 * the CPU's pages did not come from there (numa_stat()).
 */
static void count_off_stack(const struct page *page, const struct place *place, unsigned int order)
{
	int wanted = wanted_node(place);

	preempt_disable(); /* one processor's PGALLOC and off_stack: the difference is what its stack gave */
	count_vm_events(PGALLOC_DMA32 + page->zone, 1UL << order);
	this_cpu_add(vm_counters.off_stack, 1UL << order);
	preempt_enable();
	count_numa_event(page->node, page->node == wanted ? NUMA_HIT : NUMA_MISS, 1);
	if (page->node != wanted)
		count_numa_event(wanted, NUMA_FOREIGN, 1);
	count_numa_event(page->node, page->node == numa_node_id() ? NUMA_LOCAL : NUMA_OTHER, 1);
}

/* --- the public face -------------------------------------------------------------------------------- */

struct page *alloc_pages_nodes(int node, u32 nodes, gfp_t gfp, unsigned int order)
{
	struct place place = { node, nodes };
	struct page *page = NULL;

	if (unlikely(order > MAX_ORDER) || page_should_fail(gfp, order))
		return NULL;
	if (order == 0 && likely(nodes >> node & 1))
		page = page_stack_alloc(node, gfp);
	if (likely(page)) {
		page_hand_out(page, order, gfp);
		count_vm_events(PGALLOC_DMA32 + page->zone, 1);
		return page;
	}
	page = zonelist_alloc(&place, gfp, order, WMARK_LOW);
	if (unlikely(!page))
		page = alloc_pages_slow(&place, gfp, order);
	if (likely(page)) {
		page_hand_out(page, order, gfp);
		count_off_stack(page, &place, order);
	}
	return page;
}

struct page *alloc_page_spare(int node, gfp_t gfp)
{
	struct place place = { node, 1u << node };
	struct page *page;

	if (page_should_fail(gfp, 0))
		return NULL;
	page = zonelist_alloc(&place, gfp, 0, WMARK_LOW);
	if (likely(page)) {
		page_hand_out(page, 0, gfp);
		count_off_stack(page, &place, 0);
	}
	return page;
}

struct page *alloc_page_standing(struct reserve *reserve, gfp_t gfp)
{
	struct place place = { numa_node_id(), NODES_ALL };
	/* NORETRY: there is something to fall back on, so nothing is drawn that was promised to the task for its own. */
	gfp_t at_once = (gfp & ~(__GFP_DIRECT_RECLAIM | __GFP_NOFAIL | __GFP_RESERVE)) | __GFP_NOWARN | __GFP_NORETRY;
	struct page *page = alloc_pages_nodes(place.node, place.nodes, at_once, 0);

	KASSERT(reserve->flags & RESERVE_STANDING);
	if (page)
		return page;
	page = reserve_draw_standing(reserve, gfp_zone(gfp));
	if (likely(page)) {
		page_hand_out(page, 0, gfp);
		count_off_stack(page, &place, 0);
	}
	return page;
}

/* The flags that change where a request begins to look. */
static noinline struct page *alloc_pages_narrow(int node, gfp_t gfp, unsigned int order)
{
	struct place place = { node, gfp & __GFP_THISNODE ? 1u << node : NODES_ALL };
	struct page *page;

	if (!(gfp & __GFP_RESERVE) || !reserve_draws_first())
		return alloc_pages_nodes(node, place.nodes, gfp, order);
	page = reserve_draw(place.nodes, gfp_zone(gfp), order, true);
	if (!page)
		return alloc_pages_nodes(node, place.nodes, gfp, order);
	page_hand_out(page, order, gfp);
	count_off_stack(page, &place, order);
	return page;
}

struct page *alloc_pages_node(int node, gfp_t gfp, unsigned int order)
{
	if (node == NUMA_NO_NODE)
		node = numa_node_id();
	if (unlikely(gfp & (__GFP_THISNODE | __GFP_RESERVE)))
		return alloc_pages_narrow(node, gfp, order);
	return alloc_pages_nodes(node, NODES_ALL, gfp, order);
}

struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	return alloc_pages_node(NUMA_NO_NODE, gfp, order);
}

struct folio *alloc_folio_node(int node, gfp_t gfp, unsigned int order)
{
	return (struct folio *)alloc_pages_node(node, gfp | __GFP_COMP, order);
}

struct folio *alloc_folio(gfp_t gfp, unsigned int order)
{
	return alloc_folio_node(NUMA_NO_NODE, gfp, order);
}

size_t alloc_pages_bulk(gfp_t gfp, size_t n, struct page **pages)
{
	for (size_t i = 0; i < n; i++) {
		pages[i] = alloc_pages(gfp, 0);
		if (!pages[i])
			return i;
	}
	return n;
}

void folio_free(struct folio *folio)
{
	KASSERT(!page_is_tail(&folio->page)); /* P4 */
	free_frames(&folio->page, folio->order);
}

/*
 * A5: who looked for a folio that was here before has a reference of the block's first frame for a moment. That one goes when he lets go of
 * it, alone, as nothing in it says how long the block was: so the others go now.
 */
static void free_all_but_first(struct page *page, unsigned int order)
{
	while (order-- > 0)
		free_frames(page + (1UL << order), order);
}

void free_pages(struct page *page, unsigned int order)
{
	bool is_compound;

	if (!page)
		return;
	is_compound = page->flags & BIT(PG_head);
	KASSERT(!is_compound || page->order == order);
	if (likely(atomic_dec_and_test(&page->refcount)))
		free_frames(page, order);
	else if (order && !is_compound)
		free_all_but_first(page, order);
}

void split_page(struct page *page, unsigned int order)
{
	KASSERT(!(page->flags & BIT(PG_head)));
	for (unsigned long i = 1; i < 1UL << order; i++)
		page_make_owned(page + i);
}

void *get_free_pages(gfp_t gfp, unsigned int order)
{
	struct page *page = alloc_pages(gfp, order);

	return page ? page_address(page) : NULL;
}

void free_pages_addr(const void *addr, unsigned int order)
{
	if (addr)
		free_pages(virt_to_page(addr), order);
}

void *alloc_pages_exact(size_t size, gfp_t gfp)
{
	unsigned int order = get_order(size);
	size_t nr = (size + PAGE_SIZE - 1) >> PAGE_SHIFT;
	struct page *page = alloc_pages(gfp & ~__GFP_COMP, order);

	if (!page)
		return NULL;
	split_page(page, order);
	for (size_t i = nr; i < 1UL << order; i++)
		free_pages(page + i, 0);
	return page_address(page);
}

void free_pages_exact(const void *addr, size_t size)
{
	size_t nr = (size + PAGE_SIZE - 1) >> PAGE_SHIFT;

	for (size_t i = 0; addr && i < nr; i++)
		free_pages(virt_to_page(addr) + i, 0);
}

gfp_t gfp_in_scope(gfp_t gfp)
{
	return in_interrupt() ? gfp : task_gfp_mask(gfp);
}
