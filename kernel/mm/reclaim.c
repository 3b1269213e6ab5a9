/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reclaim.c - frames come back: clean page cache, registered caches, and dirty folios by way of write-back.
 *
 * WHAT        The page allocator calls reclaim_pages_nodes() when it is short and wakes the node's thread before that. Both look at what can
 *             help alone: the nodes and the zones that may serve the request, the nearest node first. A round takes
 *             SCAN_BATCH folios from the cold end of the inactive list: those used meanwhile go to the active list, clean unused ones
 *             leave the cache, dirty ones are left to the flusher, which is woken.
 * INVARIANTS  I1  A folio under scan is held by a reference taken while it was on the list, and locked by trylock only: reclaim never
 *                 waits for a folio lock.
 *             I2  Reclaim allocates nothing.
 * LOCKING     lru lock for taking folios; folio lock; i_mmap_lock and table locks through rmap. May run with any lock outside of
 *             rank RECLAIM held by the caller.
 * ERRORS      0 pages: no progress. Then the OOM port decides.
 */
#include "kernel_reserve.h"
#include "lru_impl.h"
#include "rmap.h"

#include <lib/list.h>
#include <lib/printf.h>
#include <log/panic.h>
#include <mm/mm_init.h>
#include <mm/mm_port.h>
#include <mm/reclaim.h>
#include <pages/pages_port.h>
#include <pages/stats.h>
#include <sync/kthread.h>
#include <time/ktime.h>
#include <sync/still.h>
#include <sync/mutex.h>
#include <sync/sync_port.h>
#include <sync/wait.h>

#define SCAN_BATCH 32
#define DIRECT_TARGET 32UL
/* Rounds over the lists with rising effort: a share of 1/2^priority of each list. */
#define PRIORITY_MAX 6

/* On whose behalf a scan runs: it decides which counters move. */
enum scan_kind { SCAN_DIRECT, SCAN_KSWAPD, SCAN_DROP };

struct scan {
	gfp_t gfp;
	int priority;
	unsigned long want; /* frames */
	enum scan_kind kind;
	int node;	   /* where it begins */
	u32 nodes;	   /* where it may go */
	enum zone_type highest; /* frames above do not help */
};

/* A node's thread. */
struct kswapd {
	struct wait_queue_head wait;
	u32 is_wanted;
};

struct reclaim_state {
	struct mutex shrinker_lock;	/* rank SHRINKER: the list and its walk */
	struct list_head shrinkers;
	struct kswapd kswapd[MAX_NUMNODES];
	bool started;
};
static struct reclaim_state reclaim = { .shrinkers = LIST_HEAD_INIT(reclaim.shrinkers) };

void reclaim_init(void)
{
	mutex_init(&reclaim.shrinker_lock, RANK_SHRINKER);
	for (int nid = 0; nid < MAX_NUMNODES; nid++)
		init_waitqueue_head(&reclaim.kswapd[nid].wait);
}

void shrinker_register(struct shrinker *shrinker)
{
	mutex_lock(&reclaim.shrinker_lock);
	list_add_tail(&shrinker->node, &reclaim.shrinkers);
	mutex_unlock(&reclaim.shrinker_lock);
}

/* ---- lists ---- */

/* Up to SCAN_BATCH folios from the cold end, each with a reference (I1); they move to the warm end meanwhile. */
static unsigned int take_cold(struct lru_node *node, struct list_head *list, struct folio **folios, unsigned int max)
{
	unsigned int n = 0;

	with_spinlock_irqsave(&node->lock);
	for (unsigned int i = 0; i < max && !list_empty(list); i++) {
		struct folio *folio = list_last_entry(list, struct folio, lru);

		list_move(&folio->lru, list);
		if (folio_try_get(folio))
			folios[n++] = folio;
	}
	return n;
}

static void set_active(struct lru_node *node, struct folio *folio, bool active)
{
	with_spinlock_irqsave(&node->lock);
	if (!folio_test(folio, PG_lru) || folio_test(folio, PG_active) == active)
		return;
	lru_del_locked(node, folio);
	lru_add_locked(node, folio, active);
	count_vm_event(active ? PGACTIVATE : PGDEACTIVATE);
}

static void refill_inactive(struct lru_node *node)
{
	struct folio *folios[SCAN_BATCH];
	unsigned int n;

	if (node->nr_inactive >= node->nr_active)
		return;
	n = take_cold(node, &node->active, folios, SCAN_BATCH);
	count_vm_events(PGREFILL, n);
	for (unsigned int i = 0; i < n; i++) {
		if (!folio_test_and_clear(folios[i], PG_referenced))
			set_active(node, folios[i], false);
		folio_put(folios[i]);
	}
}

/* Try to free one folio that is held by us. True: its frame is gone with our reference. */
static bool reclaim_folio(struct lru_node *node, struct folio *folio, gfp_t gfp, bool hard)
{
	struct address_space *mapping;
	bool freed = false;
	int used;

	if (!folio_trylock(folio))
		return false;
	mapping = folio_mapping(folio);
	if (!mapping || mapping_is_ram(mapping) || folio_test(folio, PG_writeback))
		goto out;
	used = folio_referenced(folio);
	if ((used || folio_test_and_clear(folio, PG_referenced)) && !hard) {
		set_active(node, folio, true);
		goto out;
	}
	if (atomic_read(&folio->mapcount) && !folio_unmap(folio))
		goto out;
	if (folio_test(folio, PG_dirty)) {
		flusher_wake();
		goto out;
	}
	if ((gfp & __GFP_FS) || !folio_test(folio, PG_private))
		freed = filemap_try_remove(mapping, folio);
out:
	folio_unlock(folio);
	return freed;
}

void folio_page_out(struct folio *folio)
{
	if (folio_test(folio, PG_lru) && atomic_read(&folio->mapcount) <= 1)
		(void)reclaim_folio(&lru_nodes[folio->node], folio, GFP_KERNEL, true);
}

/* What /proc/sys/vm/drop_caches asks for is no sign of pressure and counts elsewhere. */
static void count_scan(enum scan_kind kind, unsigned long scanned, unsigned long freed)
{
	if (kind == SCAN_DROP)
		return;
	count_vm_events(kind == SCAN_KSWAPD ? PGSCAN_KSWAPD : PGSCAN_DIRECT, scanned);
	count_vm_events(kind == SCAN_KSWAPD ? PGSTEAL_KSWAPD : PGSTEAL_DIRECT, freed);
	count_vm_events(PGSCAN_FILE, scanned);
	count_vm_events(PGSTEAL_FILE, freed);
}

static unsigned long shrink_node(struct lru_node *node, const struct scan *sc)
{
	unsigned long scan = max(node->nr_inactive >> sc->priority, (unsigned long)SCAN_BATCH), freed = 0, scanned = 0;
	struct folio *folios[SCAN_BATCH];

	while (scan >= SCAN_BATCH && freed < sc->want) {
		unsigned int n;

		refill_inactive(node);
		n = take_cold(node, &node->inactive, folios, SCAN_BATCH);
		if (!n)
			break;
		for (unsigned int i = 0; i < n; i++) {
			if (folios[i]->zone <= sc->highest)
				freed += reclaim_folio(node, folios[i], sc->gfp, sc->priority == 0);
			folio_put(folios[i]);
		}
		scan -= SCAN_BATCH;
		scanned += n;
	}
	count_scan(sc->kind, scanned, freed);
	return freed;
}

/* ---- caches ---- */

static unsigned long shrink_caches(int priority)
{
	struct shrinker *shrinker;
	unsigned long freed = 0;

	if (!mutex_trylock(&reclaim.shrinker_lock))
		return 0;
	list_for_each_entry(shrinker, &reclaim.shrinkers, node) {
		unsigned long nr = shrinker->ops->count(shrinker) >> priority;

		if (nr) {
			freed += shrinker->ops->scan(shrinker, min(nr, 1024UL));
			count_vm_events(SLABS_SCANNED, min(nr, 1024UL));
		}
	}
	mutex_unlock(&reclaim.shrinker_lock);
	return freed;
}

/* Each node that may be looked at, once, the nearest first: the zonelist names them in that order, a node's zones side by side. */
static unsigned long shrink_nodes(const struct scan *sc)
{
	struct zone **z = numa.node[sc->node].zonelist;
	unsigned long freed = 0;
	int last = -1;

	for (; *z && freed < sc->want; z++) {
		if ((*z)->node == last || !(sc->nodes >> (*z)->node & 1))
			continue;
		last = (*z)->node;
		freed += shrink_node(&lru_nodes[last], sc);
	}
	return freed;
}

static unsigned long shrink_all(struct scan *sc)
{
	unsigned long want = sc->want, freed = 0;

	for (sc->priority = PRIORITY_MAX; sc->priority >= 0 && freed < want; sc->priority--) {
		sc->want = want - freed;
		freed += shrink_nodes(sc);
		if (sc->gfp & __GFP_FS)
			shrink_caches(sc->priority);
		if (freed < want)
			freed += pages_shrink();
	}
	sc->want = want;
	return freed;
}

/* ---- ports of the page allocator ---- */

static size_t reclaim_directly(int node, u32 nodes, gfp_t gfp, unsigned long want)
{
	struct scan sc = { .gfp = gfp, .want = max(DIRECT_TARGET, want), .kind = SCAN_DIRECT, .node = node, .nodes = nodes,
			   .highest = gfp & (__GFP_DMA32 | __GFP_DMA) ? ZONE_DMA32 : ZONE_NORMAL };
	u32 flags = current->flags;
	size_t freed;

	if (flags & PF_MEMALLOC)
		return 0; /* reclaim does not call itself */
	current->flags |= PF_MEMALLOC;
	freed = shrink_all(&sc);
	if (!freed && (gfp & __GFP_FS) && (gfp & __GFP_IO) && node_page_state(NR_FILE_DIRTY))
		freed = vfs_writeback_some(DIRECT_TARGET, ktime_get_coarse_ns()) ? shrink_all(&sc) : 0;
	if (!(flags & PF_MEMALLOC))
		current->flags &= ~PF_MEMALLOC;
	return freed;
}

size_t reclaim_pages_nodes(int node, u32 nodes, gfp_t gfp, unsigned int order)
{
	return reclaim_directly(node, nodes, gfp, 1UL << order);
}

size_t reclaim_pages(int node, gfp_t gfp, unsigned long nr_pages)
{
	return reclaim_directly(node, 1u << node, gfp, min(nr_pages, 1UL << MAX_ORDER));
}

static void kswapd_wake(int nid)
{
	struct kswapd *kswapd = &reclaim.kswapd[nid];

	if (READ_ONCE(kswapd->is_wanted))
		return;
	WRITE_ONCE(kswapd->is_wanted, 1);
	wake_up(&kswapd->wait);
}

static bool zone_is_below(const struct zone *zone, enum zone_watermark which)
{
	return !zone_watermark_ok(zone, 0, zone->watermark[which] + READ_ONCE(zone->reserved));
}

/* The request's own node, and those it would go to next that are short as well. */
void reclaim_wake(int node, unsigned int order)
{
	struct zone **z = numa.node[node].zonelist;

	if (!reclaim.started)
		return;
	for (; *z; z++)
		if (zone_is_below(*z, WMARK_LOW))
			kswapd_wake((*z)->node);
}

/* Who has something to fall back on does not draw the process' promise. */
static bool may_draw(gfp_t gfp)
{
	return !(gfp & __GFP_NORETRY) && task_standing_reserve();
}

gfp_t task_gfp_mask(gfp_t gfp)
{
	u32 flags = current->flags;

	if (may_draw(gfp))
		gfp |= __GFP_RESERVE;

	if (flags & PF_MEMALLOC_NOIO)
		gfp &= ~(__GFP_IO | __GFP_FS);
	else if (flags & PF_MEMALLOC_NOFS)
		gfp &= ~__GFP_FS;
	return gfp;
}

bool task_may_use_reserve(void)
{
	return (current->flags & (PF_MEMALLOC | PF_OOM_VICTIM)) || thread_fatal_signal_pending(current_thread()) || oom_grant_holds();
}

unsigned long node_reclaimable_pages(int nid)
{
	return node_page_state_of(nid, NR_SLAB_RECLAIMABLE) + lru_nodes[nid].nr_active + lru_nodes[nid].nr_inactive;
}

unsigned long nr_reclaimable_pages(void)
{
	unsigned long nr = 0;

	for (int nid = 0; nid < numa.nr_nodes; nid++)
		nr += node_reclaimable_pages(nid);
	return nr;
}

/* ---- the thread ---- */

static bool node_is_below_high(int nid)
{
	for (int type = 0; type < MAX_NR_ZONES; type++) {
		const struct zone *zone = &numa.node[nid].zone[type];

		if (zone->present_pages && zone_is_below(zone, WMARK_HIGH))
			return true;
	}
	return false;
}

bool memory_is_short(void)
{
	for_each_zone(zone)
		if (!zone_is_below(zone, WMARK_LOW))
			return false;
	return true;
}

/* One thread does what there is one of. */
static bool is_first_node(int nid)
{
	return nid == __builtin_ctz(nodes_with_memory());
}

static void kswapd_run(void *arg)
{
	struct kswapd *kswapd = arg;
	int nid = (int)(kswapd - reclaim.kswapd);
	struct scan sc = { .gfp = GFP_KERNEL, .want = DIRECT_TARGET * 4, .kind = SCAN_KSWAPD, .node = nid, .nodes = 1u << nid,
			   .highest = ZONE_NORMAL };

	current->flags |= PF_MEMALLOC;
	for (;;) {
		kthread_park_point();
		(void)wait_event_interruptible_deadline(kswapd->wait, READ_ONCE(kswapd->is_wanted), ktime_get_ns() + 1000000000ull);
		WRITE_ONCE(kswapd->is_wanted, 0);
		if (node_is_below_high(nid))
			count_vm_event(PAGEOUTRUN);
		for (int round = 0; round < 16 && node_is_below_high(nid); round++)
			if (!shrink_all(&sc))
				break;
		if (is_first_node(nid))
			kernel_reserves_fill_up();
	}
}

static const struct kthread_ops kswapd_ops = { .name = "kswapd", .run = kswapd_run };
static const struct kthread_ops flusher_ops = { .name = "flusher", .run = flusher_thread };

static void start_kswapd(int nid)
{
	char name[THREAD_NAME_LEN];

	snprintf(name, sizeof(name), "kswapd%d", nid);
	if (IS_ERR(kthread_run(&kswapd_ops, &reclaim.kswapd[nid], name)))
		panic("no memory for the threads that free memory");
}

void mm_start(void)
{
	struct kthread *flush;

	kernel_reserves_open();
	flush = kthread_run(&flusher_ops, NULL, "flusher");
	if (IS_ERR(flush))
		panic("no memory for the threads that free memory");
	for (int nid = 0; nid < numa.nr_nodes; nid++)
		if (nodes_with_memory() >> nid & 1)
			start_kswapd(nid);
	oom_start();
	reclaim.started = true;
}

/* ---- reports ---- */

void drop_caches(unsigned int what)
{
	struct scan sc = { .gfp = GFP_KERNEL, .want = ~0UL >> 1, .kind = SCAN_DROP, .node = numa_node_id(), .nodes = NODES_ALL,
			   .highest = ZONE_NORMAL };

	if (what & 1)
		count_vm_event(DROP_PAGECACHE);
	if (what & 2)
		count_vm_event(DROP_SLAB);
	if (what & 1)
		for (int i = 0; i < 16 && shrink_all(&sc); i++)
			;
	if (what & 2)
		for (int i = 0; i < 16 && shrink_caches(0); i++)
			;
	kmem_cache_drain_all();
	pages_shrink();
}

void mm_stats(struct lru_stats *stats)
{
	*stats = (struct lru_stats){
		.active_anon = node_page_state(NR_ANON_MAPPED),
		.unevictable = node_page_state(NR_SHMEM),
		.dirty = node_page_state(NR_FILE_DIRTY),
		.writeback = node_page_state(NR_WRITEBACK),
		.mapped = node_page_state(NR_FILE_MAPPED),
		.anon_mapped = node_page_state(NR_ANON_MAPPED),
		.shmem = node_page_state(NR_SHMEM),
		.file_pages = node_page_state(NR_FILE_PAGES),
		.pgscan = vm_event_sum(PGSCAN_FILE),
		.pgsteal = vm_event_sum(PGSTEAL_FILE),
		.pgfault = vm_event_sum(PGFAULT),
		.pgmajfault = vm_event_sum(PGMAJFAULT),
		.oom_kill = vm_event_sum(OOM_KILL),
		.pagetables = node_page_state(NR_PAGETABLE),
	};
	for (int nid = 0; nid < numa.nr_nodes; nid++) {
		stats->active_file += lru_nodes[nid].nr_active;
		stats->inactive_file += lru_nodes[nid].nr_inactive;
	}
}
