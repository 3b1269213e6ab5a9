/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pressure.c - memory that is full to the brim, and kept so, for selftests of what must work then.
 *
 * WHAT        On each processor a thread takes memory as anonymous pages, page cache and slab objects, at every urgency there is, and lets
 *             some of it go again. What it takes is drawn from a seed. It fills memory to the brim: it takes frames, at the greatest urgency,
 *             until there are none, and then rests for a moment: otherwise it would reclaim what was just filled, and fill it again, and
 *             who is tested would wait for processors more than for memory. The watermarks are low meanwhile: from the brim to the low one
 *             and back is what each test costs.
 * INVARIANTS  U1  Anonymous pages are at most half of what a node has: the rest can be reclaimed, so every reservation can be met.
 * LOCKING     pressure.lock (rank LEAF): the list of objects. Counters are atomic.
 * TESTS       selftest=torture, selftest=users
 */
#include "pressure.h"

#include <arch/bootinfo.h>
#include <lib/cmdline.h>
#include <lib/err.h>
#include <lib/kstrtox.h>
#include <lib/list.h>
#include <mm/filemap.h>
#include <mm/reclaim.h>
#include <pages/page_alloc.h>
#include <pages/slab.h>
#include <pages/zone.h>
#include <sync/kthread.h>
#include <sync/sync_port.h>
#include <time/ktime.h>

#define OBJECT_BYTES 520
#define REST_NS	     4000000 /* two to four transactions of selftest=torture */
#define MARKS_KIB    512     /* the minimum, of all nodes */

static const struct object_type object_type = { .name = "torture", .owner = "mm" };

static const struct address_space_ops files_ops = { 0 }; /* nobody reads or writes: clean folios to be reclaimed */

struct filler_object {
	struct list_head node;
};

struct filler {
	struct kthread *kthread;
	u64 random;
	struct page *bag; /* its anonymous pages */
};

static struct {
	bool is_over;
	u32 nr_fillers;
	struct filler filler[PRESSURE_CPUS_MAX];
	struct kmem_cache *cache;
	atomic_long_t nr_anon, next_index;
	atomic_long_t nr_starved; /* requests of the greatest urgency that found nothing */
	long anon_max;
	unsigned long held_before; /* pages that the kernel's own paths keep */
	unsigned long old_marks_kib;
	struct address_space files;
	spinlock_t lock;
	struct list_head objects __guarded_by(&lock);
	unsigned long nr_objects __guarded_by(&lock);
} pressure = { .lock = SPINLOCK_INIT(RANK_LEAF), .objects = LIST_HEAD_INIT(pressure.objects) };

/* --- words and numbers ------------------------------------------------------------------------------ */

unsigned long word_number(const char *name, unsigned long otherwise)
{
	unsigned long value;
	char text[24];

	if (cmdline_find(boot_info.cmdline, name, text, sizeof(text)) <= 0 || kstrtoul(text, 0, &value))
		return otherwise;
	return value;
}

bool word_is_given(const char *name)
{
	char text[8];

	return cmdline_find(boot_info.cmdline, name, text, sizeof(text)) >= 0;
}

u64 random_of(unsigned long seed, u32 number)
{
	return (seed << 20) + number * 0x9e3779b97f4a7c15ull + 1;
}

u32 random_below(u64 *random, u32 below)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return (u32)(*random >> 32) % below;
}

/* Frames that are promised. */
static unsigned long nr_reserved_pages(void)
{
	unsigned long held = 0;

	for_each_zone(zone)
		held += READ_ONCE(zone->reserved);
	return held;
}

unsigned long held_back(void)
{
	unsigned long held = nr_reserved_pages();

	return held - min(held, pressure.held_before);
}

/* What the kernel's own paths keep may be less than at the start for a while. */
bool all_is_given_back(void)
{
	for_each_zone(zone)
		if (zone->reserve_drawn)
			return false;
	return !held_back();
}

/* --- page cache ------------------------------------------------------------------------------------- */

/* Greedy, it takes the last page that is not promised, and what it took can be reclaimed again. */
static bool fill_cache(gfp_t gfp)
{
	struct folio *folio = alloc_folio(gfp, 0);

	if (!folio)
		return false;
	if (!filemap_add_folio(&pressure.files, folio, atomic_long_inc_return(&pressure.next_index), gfp)) {
		folio_set(folio, PG_uptodate);
		folio_unlock(folio);
	}
	folio_put(folio);
	return true;
}

void pressure_brim(void)
{
	while (fill_cache(GREEDY))
		;
	atomic_long_inc(&pressure.nr_starved);
}

unsigned long pressure_starved(void)
{
	return atomic_long_read(&pressure.nr_starved);
}

/* --- anonymous pages and objects ---------------------------------------------------------------------- */

static void bag_spill(struct filler *filler, unsigned long nr)
{
	struct page *page;

	for (; nr && (page = filler->bag); nr--) {
		filler->bag = page->next;
		free_pages(page, 0);
		atomic_long_dec(&pressure.nr_anon);
	}
}

static void fill_anon(struct filler *filler)
{
	const gfp_t urgency[] = { QUIET, GFP_ATOMIC | __GFP_NOWARN, GREEDY, POLITE };
	struct page *page = NULL;

	if (atomic_long_read(&pressure.nr_anon) < pressure.anon_max) /* U1 */
		page = alloc_page(urgency[random_below(&filler->random, ARRAY_SIZE(urgency))]);
	if (!page) {
		bag_spill(filler, random_below(&filler->random, 16));
		return;
	}
	page->next = filler->bag;
	filler->bag = page;
	atomic_long_inc(&pressure.nr_anon);
}

static void fill_slab(void)
{
	struct filler_object *object = kmem_cache_alloc(pressure.cache, QUIET);

	if (!object)
		return;
	with_spinlock_irqsave(&pressure.lock);
	list_add(&object->node, &pressure.objects);
	pressure.nr_objects++;
}

static struct filler_object *take_object(void)
{
	struct filler_object *object;

	with_spinlock_irqsave(&pressure.lock);
	if (list_empty(&pressure.objects))
		return NULL;
	object = list_first_entry(&pressure.objects, struct filler_object, node);
	list_del(&object->node);
	pressure.nr_objects--;
	return object;
}

static unsigned long count_objects(struct shrinker *shrinker)
{
	return READ_ONCE(pressure.nr_objects);
}

static unsigned long free_objects(struct shrinker *shrinker, unsigned long nr)
{
	struct filler_object *object;
	unsigned long freed = 0;

	for (; freed < nr && (object = take_object()); freed++)
		kmem_cache_free(pressure.cache, object);
	return freed;
}

static const struct shrinker_ops shrinker_ops = { .count = count_objects, .scan = free_objects };
static struct shrinker pressure_shrinker = { .name = "pressure", .ops = &shrinker_ops, .seeks = 2 };

static void rest(void)
{
	set_current_state(TASK_UNINTERRUPTIBLE);
	schedule_until(ktime_get_ns() + REST_NS);
}

static void fill_run(void *arg)
{
	struct filler *filler = arg;

	while (!READ_ONCE(pressure.is_over)) {
		u32 what = random_below(&filler->random, 16);

		if (what < 10)
			fill_anon(filler);
		else if (what < 12)
			fill_cache(POLITE);
		else if (what < 13)
			fill_slab();
		else {
			pressure_brim();
			rest();
		}
	}
	bag_spill(filler, ~0ul);
}

/* --- start and stop ------------------------------------------------------------------------------------- */

static const struct kthread_ops fill_ops = { .name = "fill", .run = fill_run };

struct kmem_cache *pressure_cache(void)
{
	if (pressure.cache)
		return pressure.cache;
	pressure.cache = kmem_cache_create(&object_type, OBJECT_BYTES, 8, SLAB_RECLAIMABLE | SLAB_PANIC);
	shrinker_register(&pressure_shrinker); /* once, and for life */
	return pressure.cache;
}

/* Page cache until there is no more: the first user finds memory full. */
static void fill_all(void)
{
	unsigned long low = 0;

	for_each_zone(zone)
		low += zone->watermark[WMARK_HIGH];
	while (nr_free_pages() > low + nr_promised_pages() && fill_cache(POLITE))
		;
}

/* Memory is full to the brim when the most urgent requests find nothing. */
static void wait_until_full(void)
{
	while (!pressure_starved())
		rest();
}

static void start_filler(struct filler *filler, unsigned long seed, u32 cpu)
{
	*filler = (struct filler){ .random = random_of(seed, 2 * cpu) };
	filler->kthread = kthread_create_on(&fill_ops, filler, fill_ops.name, cpu, 0);
	KASSERT(!IS_ERR(filler->kthread));
	kthread_start(filler->kthread);
}

void pressure_start(unsigned long seed, u32 nr_cpus)
{
	KASSERT(nr_cpus <= PRESSURE_CPUS_MAX);
	(void)pressure_cache();
	mapping_init(&pressure.files, NULL, &files_ops);
	pressure.held_before = nr_reserved_pages();
	pressure.old_marks_kib = zones_min_free_kbytes();
	zones_set_watermarks(MARKS_KIB, zones_watermark_scale_factor());
	pressure.anon_max = nr_managed_pages() / 2 / numa.nr_nodes;
	pressure.nr_fillers = nr_cpus;
	pressure.is_over = false;
	atomic_long_set(&pressure.nr_starved, 0);
	fill_all();
	for (u32 cpu = 0; cpu < nr_cpus; cpu++)
		start_filler(&pressure.filler[cpu], seed, cpu);
	wait_until_full();
}

void pressure_stop(void)
{
	WRITE_ONCE(pressure.is_over, true);
	for (u32 i = 0; i < pressure.nr_fillers; i++)
		kthread_stop(pressure.filler[i].kthread);
	free_objects(&pressure_shrinker, ~0ul);
	truncate_inode_pages_final(&pressure.files);
	mapping_fini(&pressure.files);
	zones_set_watermarks(pressure.old_marks_kib, zones_watermark_scale_factor());
}
