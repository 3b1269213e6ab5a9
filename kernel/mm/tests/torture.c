/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * torture.c - selftest=torture: transactions on all processors while memory is completely filled.
 *
 * WHAT        A model of a driver that can't back out. On each processor one thread opens a reservation, allocates exactly its worst case in
 *             random order without waiting, lets others free some of it, and ends; beside it another thread fills memory with
 *             anonymous pages, page cache and slab objects, at every urgency there is. No allocation inside may fail.
 *             Both fill memory to the brim: they take frames, at the greatest urgency, until there are none. A transaction does so as
 *             soon as it is inside, and again now and then, so that its promise is all there is. The other thread rests for a moment after
 *             it: otherwise it would reclaim what was just filled, and fill it again, and transactions would wait for
 *             processors more than for memory. The watermarks are low: from the brim to the low one and back is what each transaction costs.
 *             Words of the command line: torture=TRANSACTIONS, torture_seed=N, reserve_school=NAME, and torture_bare, the
 *             negative control: the same transactions without reservations, of which at least one must fail.
 * INVARIANTS  U1  Anonymous pages are at most half of what a node has: the rest can be reclaimed, so every reservation can be met.
 *             U2  Of the allocations inside at least FULL_PERCENT_MIN in a hundred find memory full: no frame but what is promised.
 * LOCKING     torture.lock (rank LEAF): the list of objects. Counters and exchange places are atomic.
 * TESTS       tests/harness/torture.py
 */
#include <arch/bootinfo.h>
#include <arch/cpu.h>
#include <lib/cmdline.h>
#include <lib/err.h>
#include <lib/kstrtox.h>
#include <lib/list.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <log/printk.h>
#include <mm/filemap.h>
#include <mm/mm_init.h>
#include <mm/reclaim.h>
#include <pages/page_alloc.h>
#include <pages/reserve.h>
#include <pages/slab.h>
#include <pages/zone.h>
#include <sync/kthread.h>
#include <sync/sync_port.h>
#include <time/ktime.h>

#define PAGES_MAX	 24 /* of one transaction */
#define OBJECTS_MAX	 8
#define OBJECT_BYTES	 520
#define EXCHANGES	 32
#define CPUS_MAX	 16
#define REST_NS		 4000000 /* two to four transactions */
#define MARKS_KIB	 512 /* the minimum, of all nodes */
#define FULL_PERCENT_MIN 25  /* U2 */
#define QUIET		 (GFP_NOWAIT | __GFP_NOWARN)
/* Wakes nobody: against a reclaim thread that is as quick as it, who takes all there is would never be done. */
#define GREEDY		 (__GFP_NOWARN | __GFP_HIGH | __GFP_MEMALLOC)

static struct reserve_class torture_class = RESERVE_CLASS_INIT("torture");
static const struct object_type object_type = { .name = "torture", .owner = "mm" };

static const struct address_space_ops files_ops = { 0 }; /* nobody reads or writes: clean folios to be reclaimed */

struct filler_object {
	struct list_head node;
};

static struct {
	unsigned long nr_wanted, seed;
	bool is_bare, is_over;
	struct kmem_cache *cache;
	atomic_long_t nr_begun, nr_failed, nr_refused, held_sum;
	atomic_long_t nr_anon, next_index;
	atomic_long_t nr_starved; /* requests of the greatest urgency that found nothing */
	atomic_long_t nr_asked, nr_found_full; /* allocations inside, and those of them that found memory full */
	unsigned long old_marks_kib;
	long anon_max;
	unsigned long held_before; /* by the kernel's own paths */
	struct address_space files;
	spinlock_t lock;
	struct list_head objects __guarded_by(&lock);
	unsigned long nr_objects __guarded_by(&lock);
	struct page *page[EXCHANGES];
	void *object[EXCHANGES];
} torture = { .lock = SPINLOCK_INIT(RANK_LEAF), .objects = LIST_HEAD_INIT(torture.objects) };

struct worker {
	struct kthread *kthread;
	u64 random;
	struct page *bag; /* a filler's anonymous pages */
};

static u32 draw(struct worker *worker, u32 below)
{
	worker->random ^= worker->random << 13;
	worker->random ^= worker->random >> 7;
	worker->random ^= worker->random << 17;
	return (u32)(worker->random >> 32) % below;
}

/* --- page cache ------------------------------------------------------------------------------------- */

#define POLITE (GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN)

/* Greedy, it takes the last page that is not promised, and what it took can be reclaimed again. */
static bool fill_cache(gfp_t gfp)
{
	struct folio *folio = alloc_folio(gfp, 0);

	if (!folio)
		return false;
	if (!filemap_add_folio(&torture.files, folio, atomic_long_inc_return(&torture.next_index), gfp)) {
		folio_set(folio, PG_uptodate);
		folio_unlock(folio);
	}
	folio_put(folio);
	return true;
}

static void fill_brim(void)
{
	while (fill_cache(GREEDY))
		;
	atomic_long_inc(&torture.nr_starved);
}

/* --- transactions --------------------------------------------------------------------------------- */

struct transaction {
	u32 nr_pages, nr_objects; /* the worst case, all of which is used */
	u32 got_pages, got_objects;
	struct page *page[PAGES_MAX];
	void *object[OBJECTS_MAX];
};

/* Some of what a transaction allocates is left where another one finds and frees it. */
static struct page *leave_page(struct worker *worker, struct page *page)
{
	return draw(worker, 4) ? page : xchg(&torture.page[draw(worker, EXCHANGES)], page);
}

static void *leave_object(struct worker *worker, void *object)
{
	return draw(worker, 4) ? object : xchg(&torture.object[draw(worker, EXCHANGES)], object);
}

static void count_failure(const void *what)
{
	if (!what)
		atomic_long_inc(&torture.nr_failed);
}

/* Could no request of others, however urgent, have a frame now? */
static bool memory_is_full(void)
{
	for_each_zone(zone)
		if (READ_ONCE(zone->nr_free) > READ_ONCE(zone->reserved))
			return false;
	return true;
}

static void note_fullness(void)
{
	atomic_long_inc(&torture.nr_asked);
	if (memory_is_full())
		atomic_long_inc(&torture.nr_found_full);
}

static void allocate_one(struct worker *worker, struct transaction *t)
{
	u32 pages_left = t->nr_pages - t->got_pages, objects_left = t->nr_objects - t->got_objects;
	struct page *page;
	void *object;

	if (draw(worker, pages_left + objects_left) < pages_left) {
		page = alloc_page(QUIET | __GFP_RESERVE);
		count_failure(page);
		t->page[t->got_pages++] = leave_page(worker, page);
		return;
	}
	object = kmem_cache_alloc(torture.cache, QUIET | __GFP_RESERVE);
	count_failure(object);
	t->object[t->got_objects++] = leave_object(worker, object);
}

static void free_some(struct worker *worker, struct transaction *t, bool all)
{
	while (t->got_pages && (all || draw(worker, 8)))
		free_pages(t->page[--t->got_pages], 0);
	while (t->got_objects && (all || draw(worker, 8)))
		kmem_cache_free(torture.cache, t->object[--t->got_objects]);
}

static unsigned long held_back(void)
{
	unsigned long held = 0;

	for_each_zone(zone)
		held += READ_ONCE(zone->reserved);
	return held;
}

static void note_held_back(void)
{
	atomic_long_add(held_back() - min(torture.held_before, held_back()), &torture.held_sum);
}

static void transact(struct worker *worker)
{
	struct transaction t = { .nr_pages = 1 + draw(worker, PAGES_MAX), .nr_objects = draw(worker, OBJECTS_MAX + 1) };
	unsigned long worst = t.nr_pages + reserve_slab_pages(torture.cache, t.nr_objects);
	u32 nodes = draw(worker, 4) ? NODES_ALL : 1u << draw(worker, numa.nr_nodes);
	struct reserve reserve;

	reserve_init(&reserve, &torture_class);
	if (!torture.is_bare && reserve_begin(&reserve, worst, nodes)) {
		atomic_long_inc(&torture.nr_refused);
		return;
	}
	fill_brim(); /* just then others take all there is */
	while (t.got_pages < t.nr_pages || t.got_objects < t.nr_objects) {
		if (!draw(worker, 100))
			fill_brim();
		note_fullness();
		allocate_one(worker, &t);
	}
	note_held_back();
	free_some(worker, &t, false);
	if (!torture.is_bare)
		reserve_end(&reserve);
	free_some(worker, &t, true);
}

static void transactions_run(void *arg)
{
	while (atomic_long_inc_return(&torture.nr_begun) <= (long)torture.nr_wanted)
		transact(arg);
}

/* --- what fills memory ------------------------------------------------------------------------------ */

static void bag_spill(struct worker *worker, unsigned long nr)
{
	struct page *page;

	for (; nr && (page = worker->bag); nr--) {
		worker->bag = page->next;
		free_pages(page, 0);
		atomic_long_dec(&torture.nr_anon);
	}
}

static void fill_anon(struct worker *worker)
{
	const gfp_t urgency[] = { QUIET, GFP_ATOMIC | __GFP_NOWARN, GREEDY, GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN };
	struct page *page = NULL;

	if (atomic_long_read(&torture.nr_anon) < torture.anon_max) /* U1 */
		page = alloc_page(urgency[draw(worker, ARRAY_SIZE(urgency))]);
	if (!page) {
		bag_spill(worker, draw(worker, 16));
		return;
	}
	page->next = worker->bag;
	worker->bag = page;
	atomic_long_inc(&torture.nr_anon);
}

static void fill_slab(void)
{
	struct filler_object *object = kmem_cache_alloc(torture.cache, QUIET);

	if (!object)
		return;
	with_spinlock_irqsave(&torture.lock);
	list_add(&object->node, &torture.objects);
	torture.nr_objects++;
}

static struct filler_object *take_object(void)
{
	struct filler_object *object;

	with_spinlock_irqsave(&torture.lock);
	if (list_empty(&torture.objects))
		return NULL;
	object = list_first_entry(&torture.objects, struct filler_object, node);
	list_del(&object->node);
	torture.nr_objects--;
	return object;
}

static unsigned long count_objects(struct shrinker *shrinker)
{
	return READ_ONCE(torture.nr_objects);
}

static unsigned long free_objects(struct shrinker *shrinker, unsigned long nr)
{
	struct filler_object *object;
	unsigned long freed = 0;

	for (; freed < nr && (object = take_object()); freed++)
		kmem_cache_free(torture.cache, object);
	return freed;
}

static const struct shrinker_ops shrinker_ops = { .count = count_objects, .scan = free_objects };
static struct shrinker torture_shrinker = { .name = "torture", .ops = &shrinker_ops, .seeks = 2 };

static void rest(u64 ns)
{
	set_current_state(TASK_UNINTERRUPTIBLE);
	schedule_until(ktime_get_ns() + ns);
}

static void fill_run(void *arg)
{
	struct worker *worker = arg;

	while (!READ_ONCE(torture.is_over)) {
		u32 what = draw(worker, 16);

		if (what < 10)
			fill_anon(worker);
		else if (what < 12)
			fill_cache(POLITE);
		else if (what < 13)
			fill_slab();
		else {
			fill_brim();
			rest(REST_NS);
		}
	}
	bag_spill(worker, ~0ul);
}

/* --- the run ---------------------------------------------------------------------------------------- */

static const struct kthread_ops transactions_ops = { .name = "transactions", .run = transactions_run };
static const struct kthread_ops fill_ops = { .name = "fill", .run = fill_run };

static unsigned long word(const char *name, unsigned long otherwise)
{
	unsigned long value;
	char text[24];

	if (cmdline_find(boot_info.cmdline, name, text, sizeof(text)) <= 0 || kstrtoul(text, 0, &value))
		return otherwise;
	return value;
}

static void prepare(void)
{
	char text[8];

	torture.nr_wanted = word("torture", 2000);
	torture.seed = word("torture_seed", 1);
	torture.is_bare = cmdline_find(boot_info.cmdline, "torture_bare", text, sizeof(text)) >= 0;
	torture.old_marks_kib = zones_min_free_kbytes();
	zones_set_watermarks(MARKS_KIB, zones_watermark_scale_factor());
	torture.anon_max = nr_managed_pages() / 2 / numa.nr_nodes;
	torture.cache = kmem_cache_create(&object_type, OBJECT_BYTES, 8, SLAB_RECLAIMABLE | SLAB_PANIC);
	torture.held_before = held_back();
	mapping_init(&torture.files, NULL, &files_ops);
	reserve_class_register(&torture_class);
	shrinker_register(&torture_shrinker);
}

static void start(struct worker *worker, const struct kthread_ops *ops, u32 cpu, u32 number)
{
	*worker = (struct worker){ .random = (torture.seed << 20) + number * 0x9e3779b97f4a7c15ull + 1 };
	worker->kthread = kthread_create_on(ops, worker, ops->name, cpu, 0);
	KASSERT(!IS_ERR(worker->kthread));
	kthread_start(worker->kthread);
}

/* Page cache until there is no more: the first transaction finds memory full. */
static void fill_all(void)
{
	unsigned long low = 0;

	for_each_zone(zone)
		low += zone->watermark[WMARK_HIGH];
	while (nr_free_pages() > low && fill_cache(POLITE))
		;
}

/* Memory is full to the brim when the most urgent requests find nothing. */
static void wait_until_full(void)
{
	while (!atomic_long_read(&torture.nr_starved))
		rest(REST_NS);
}

static void run(u32 nr_cpus)
{
	struct worker fillers[CPUS_MAX], workers[CPUS_MAX];

	fill_all();
	for (u32 i = 0; i < nr_cpus; i++)
		start(&fillers[i], &fill_ops, i, 2 * i);
	wait_until_full();
	for (u32 i = 0; i < nr_cpus; i++)
		start(&workers[i], &transactions_ops, i, 2 * i + 1);
	for (u32 i = 0; i < nr_cpus; i++)
		kthread_stop(workers[i].kthread);
	WRITE_ONCE(torture.is_over, true);
	for (u32 i = 0; i < nr_cpus; i++)
		kthread_stop(fillers[i].kthread);
}

static void clean_up(void)
{
	free_objects(&torture_shrinker, ~0ul);
	for (u32 i = 0; i < EXCHANGES; i++) {
		free_pages(torture.page[i], 0);
		kmem_cache_free(torture.cache, torture.object[i]);
	}
	truncate_inode_pages_final(&torture.files);
	mapping_fini(&torture.files);
	zones_set_watermarks(torture.old_marks_kib, zones_watermark_scale_factor());
}

/* Transactions hold nothing any more: what the kernel keeps for its own paths may be less than at the start for a while. */
static bool all_is_given_back(void)
{
	unsigned long drawn = 0;

	for_each_zone(zone)
		drawn += zone->reserve_drawn;
	return !drawn && held_back() <= torture.held_before && !atomic_long_read(&torture_class.size);
}

static unsigned long full_percent(void)
{
	unsigned long nr_asked = (unsigned long)atomic_long_read(&torture.nr_asked);

	return (unsigned long)atomic_long_read(&torture.nr_found_full) * 100 / max(nr_asked, 1ul);
}

static bool has_passed(unsigned long nr_killed, unsigned long nr_short)
{
	if (!all_is_given_back())
		pr_err("torture: something is still held back\n");
	if (full_percent() < FULL_PERCENT_MIN) {
		pr_err("torture: memory was not full\n"); /* U2 */
		return false;
	}
	if (torture.is_bare)
		return atomic_long_read(&torture.nr_failed) && all_is_given_back();
	return !atomic_long_read(&torture.nr_failed) && !atomic_long_read(&torture.nr_refused) && !nr_killed && !nr_short &&
	       all_is_given_back();
}

int torture_selftest(void)
{
	u32 nr_cpus = min_t(u32, num_online_cpus(), CPUS_MAX);
	unsigned long killed = vm_event_sum(OOM_KILL), shorts = vm_event_sum(RESERVE_SHORT), draws = vm_event_sum(RESERVE_DIP);
	u64 began_ms;

	prepare();
	began_ms = ktime_get_ns() / 1000000;
	run(nr_cpus);
	killed = vm_event_sum(OOM_KILL) - killed;
	shorts = vm_event_sum(RESERVE_SHORT) - shorts;
	pr_notice("torture: seed %lu school %s cpus %u nodes %d transactions %lu failed %lu refused %lu short %lu killed %lu waits %lu draws %lu "
		  "held %lu full %lu%% ms %llu\n",
		  torture.seed, torture.is_bare ? "none" : reserve_school_names[reserve_school()], nr_cpus, numa.nr_nodes,
		  torture.nr_wanted, (unsigned long)atomic_long_read(&torture.nr_failed),
		  (unsigned long)atomic_long_read(&torture.nr_refused), shorts, killed,
		  (unsigned long)atomic_long_read(&torture_class.waits), vm_event_sum(RESERVE_DIP) - draws,
		  (unsigned long)atomic_long_read(&torture.held_sum) / torture.nr_wanted, full_percent(),
		  (unsigned long long)(ktime_get_ns() / 1000000 - began_ms));
	clean_up();
	return has_passed(killed, shorts) ? 0 : -1;
}
