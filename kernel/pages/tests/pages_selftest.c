/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pages_selftest.c - selftest=pages: frames, objects and ranges, in the running kernel.
 *
 * Proves: blocks are aligned, zeroed when asked, and come back whole (Y1-Y3, A1); all of memory can be
 * taken and given back; every kmalloc size holds its bytes and frees; live objects are enumerated exactly
 * (O2, S5); a vmalloc range is writable and its guard is not mapped, and its addresses are used again; an injected failure reaches the
 * caller and only it.
 */
#include <pages/alloc_fault.h>
#include <pages/alloc_policy.h>
#include <pages/mempool.h>
#include <pages/object.h>
#include <pages/page_alloc.h>
#include <pages/pages_init.h>
#include <pages/slab.h>
#include <pages/vmalloc.h>
#include <pages/zone.h>
#include <arch/pgtable.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <log/printk.h>
#include <pages/stats.h>
#include <lib/err.h>
#include <sync/kthread.h>
#include <sync/sync_port.h>
#include <sync/thread.h>

#include "selftest_impl.h"

static bool orders_are_aligned_and_return(void)
{
	unsigned long before = settled_free_pages();
	bool ok = true;

	for (unsigned int order = 0; order <= 8; order++) {
		struct page *page = alloc_pages(GFP_KERNEL | __GFP_ZERO, order);

		ok &= EXPECT(page);
		if (!page)
			continue;
		ok &= EXPECT(IS_ALIGNED(page_to_pfn(page), 1UL << order));
		ok &= EXPECT(!memchr_inv(page_address(page), 0, PAGE_SIZE << order));
		memset(page_address(page), 0xee, PAGE_SIZE << order);
		free_pages(page, order);
	}
	ok &= EXPECT(all_came_back(before));
	return ok;
}

static bool folios_count_references(void)
{
	struct folio *folio = alloc_folio(GFP_KERNEL, 2);
	bool ok = EXPECT(folio);

	if (!folio)
		return false;
	ok &= EXPECT(folio_nr_pages(folio) == 4 && folio_ref_count(folio) == 1);
	ok &= EXPECT(page_folio(folio_page(folio, 3)) == folio);
	get_page(folio_page(folio, 1));
	ok &= EXPECT(folio_ref_count(folio) == 2);
	ok &= EXPECT(!folio_ref_freeze(folio, 1) && folio_ref_freeze(folio, 2));
	ok &= EXPECT(!folio_try_get(folio));
	folio_ref_unfreeze(folio, 1);
	folio_put(folio);
	return ok;
}

/*
 * A look-up of the page cache holds what has become another's block meanwhile. All of the block comes back, whoever lets go last; and on a
 * frame that is free nobody gets a reference (A5).
 */
static bool a_stray_reference_costs_no_frame(void)
{
	unsigned long before = settled_free_pages();
	bool ok = true;

	for (unsigned int order = 0; order <= 4; order++) {
		struct page *page = alloc_pages(GFP_KERNEL, order);
		struct folio *folio = (struct folio *)page;

		ok &= EXPECT(page);
		if (!page)
			continue;
		for (unsigned long i = 1; i < 1UL << order; i++)
			ok &= EXPECT(!folio_try_get((struct folio *)(page + i)));
		ok &= EXPECT(folio_try_get(folio));
		free_pages(page, order);
		ok &= EXPECT(folio_ref_count(folio) == 1);
		folio_put(folio);
		settled_free_pages();
	}
	ok &= EXPECT(all_came_back(before));
	return ok;
}

/* A5: each frame of the buddy lists. */
static bool free_frames_have_no_reference(void)
{
	bool ok = true;

	for_each_zone(zone) {
		with_spinlock_irqsave(&zone->lock);
		for (unsigned int order = 0; order <= MAX_ORDER; order++) {
			struct page *block;

			list_for_each_entry(block, &zone->area[order].blocks, lru)
				for (unsigned long i = 0; i < 1UL << order; i++)
					ok &= !page_ref_count(block + i);
		}
	}
	return EXPECT(ok);
}

static bool all_memory_can_be_taken_and_returned(void)
{
	unsigned long before = settled_free_pages(), n;
	struct page *taken = NULL;

	n = take_all_pages(&taken);
	give_pages_back(&taken);
	if (!EXPECT(n > before / 2))
		return false;
	return EXPECT(all_came_back(before));
}

static bool every_size_holds_its_bytes(void)
{
	bool ok = true;

	for (size_t size = 1; size <= 70000; size += size / 3 + 1) {
		u8 *a = kmalloc(size, GFP_KERNEL), *b = kzalloc(size, GFP_KERNEL);

		ok &= EXPECT(a && b && ksize(a) >= size && !memchr_inv(b, 0, size));
		if (a && b) {
			memset(a, 0x11, size);
			memset(b, 0x22, size);
			ok &= EXPECT(!memchr_inv(a, 0x11, size) && !memchr_inv(b, 0x22, size));
			a = krealloc(a, size * 2, GFP_KERNEL);
			ok &= EXPECT(a && !memchr_inv(a, 0x11, size));
		}
		kfree(a);
		kfree(b);
	}
	ok &= EXPECT(kmalloc(0, GFP_KERNEL) == ZERO_SIZE_PTR);
	return ok;
}

/* What lies in a magazine keeps its slab: drained, nothing of a burst is left. */
static bool drained_magazines_give_their_slabs_back(void)
{
	void *object[50];
	unsigned long before;
	size_t n = 0;

	kmem_cache_drain_all();
	before = settled_free_pages();
	while (n < ARRAY_SIZE(object) && (object[n] = kmalloc(1000, GFP_KERNEL)))
		n++;
	if (!EXPECT(n == ARRAY_SIZE(object) && nr_free_pages() < before))
		return false;
	while (n)
		kfree(object[--n]);
	kmem_cache_drain_all();
	return EXPECT(all_came_back(before));
}

struct counting_visitor {
	struct object_visitor visitor;
	size_t nr;
};

static int count_object(struct object_visitor *visitor, void *object)
{
	container_of(visitor, struct counting_visitor, visitor)->nr++;
	return 0;
}

static const struct object_type probe_type = { .name = "selftest", .owner = "pages", .id = 0xfffffffe };

static bool live_objects_are_enumerated(void)
{
	struct kmem_cache *cache = kmem_cache_create(&probe_type, 200, 0, 0);
	struct counting_visitor counter = { .visitor = { .visit = count_object } };
	void **kept = kmalloc_array(500, sizeof(*kept), GFP_KERNEL);
	bool ok = EXPECT(cache && kept);

	if (!ok)
		return false;
	for (size_t i = 0; i < 500; i++)
		kept[i] = kmem_cache_alloc(cache, GFP_KERNEL);
	for (size_t i = 0; i < 500; i += 2) {
		kmem_cache_free(cache, kept[i]);
		kept[i] = NULL;
	}
	ok &= EXPECT(object_for_each(cache, &counter.visitor) == 0 && counter.nr == 250);
	for (size_t i = 1; i < 500; i += 2)
		kmem_cache_free(cache, kept[i]);
	counter.nr = 0;
	ok &= EXPECT(object_for_each(cache, &counter.visitor) == 0 && counter.nr == 0);
	kfree(kept);
	return ok;
}

static bool ranges_map_and_have_guards(void)
{
	size_t size = 300000;
	u8 *range = vzalloc(size), *other = vmalloc(5000);
	phys_addr_t pa;
	pgprot_t prot;
	bool ok = EXPECT(range && other);

	if (range) {
		ok &= EXPECT(is_vmalloc_addr(range) && !memchr_inv(range, 0, size));
		memset(range, 0x77, size);
		ok &= EXPECT(!pgtable_lookup_kernel((unsigned long)range + PAGE_ALIGN(size), &pa, &prot));
		ok &= EXPECT(vmalloc_to_page(range + PAGE_SIZE) != NULL);
	}
	vfree(range);
	vfree(other);
	range = kvmalloc(9 << 20, GFP_KERNEL);
	ok &= EXPECT(range && is_vmalloc_addr(range));
	kvfree(range);
	for (int i = 0; i < 80; i++) {
		void *stack = stack_alloc(GFP_KERNEL, NUMA_NO_NODE);

		ok &= EXPECT(stack);
		if (stack)
			memset(stack, 0x33, THREAD_SIZE);
		stack_free(stack);
	}
	return ok;
}

/* Tables stay where addresses were used: mapping again and again uses the same ones. */
static bool addresses_are_used_again(void)
{
	enum { NR = 512, ROUNDS = 128 };
	struct page **pages = kmalloc_array(NR, sizeof(*pages), GFP_KERNEL), *page = alloc_pages(GFP_KERNEL, 0);
	unsigned long lowest = ~0UL, highest = 0;
	bool ok = EXPECT(pages && page);

	for (int i = 0; ok && i < NR; i++)
		pages[i] = page;
	for (int round = 0; ok && round < ROUNDS; round++) {
		void *range = vmap(pages, NR, PAGE_KERNEL);

		ok &= EXPECT(range);
		lowest = min(lowest, (unsigned long)range);
		highest = max(highest, (unsigned long)range);
		vunmap(range);
	}
	ok &= EXPECT(highest - lowest < ROUNDS / 2 * NR * PAGE_SIZE);
	free_pages(page, 0);
	kfree(pages);
	return ok;
}

static bool injected_failures_reach_the_caller(void)
{
	bool ignored = alloc_fault.slab_ignore_wait, ok;
	void *first, *second, *third;

	alloc_fault.slab_ignore_wait = false;
	alloc_fault_set_nth(current_thread(), 2);
	first = kmalloc(64, GFP_KERNEL);
	second = kmalloc(64, GFP_KERNEL);
	third = kmalloc(64, GFP_KERNEL);
	alloc_fault_set_nth(current_thread(), 0);
	alloc_fault.slab_ignore_wait = ignored;
	ok = EXPECT(first && !second && third);
	kfree(first);
	kfree(second);
	kfree(third);
	return ok;
}

/* --- must-succeed waits ---------------------------------------------------------------------------------------- */

static struct {
	struct page *got;
	u32 is_over;
} waiter;

static void waiter_run(void *arg)
{
	waiter.got = alloc_page(GFP_NOFS | __GFP_NOFAIL);
	smp_store_release(&waiter.is_over, 1);
}

static const struct kthread_ops waiter_ops = { .name = "nofail_waiter", .run = waiter_run };

static bool must_succeed_waits_for_others_and_names_its_caller(void)
{
	unsigned long said = vm_event_sum(ALLOC_STALL_WARN), waits = vm_event_sum(ALLOC_STALL_WAIT);
	int bound = alloc_policy.stall_ms;
	struct kthread *kthread = kthread_create(&waiter_ops, NULL, "nofail");
	struct page *all = NULL;
	bool ok;

	if (!EXPECT(!IS_ERR(kthread)))
		return false;
	alloc_policy.stall_ms = 1;
	take_all_pages(&all);
	kthread_start(kthread);
	while (vm_event_sum(ALLOC_STALL_WARN) == said && !smp_load_acquire(&waiter.is_over)) {
		take_all_pages(&all); /* what the waiter's own reclaim has found */
		sleep_a_moment();
	}
	ok = EXPECT(!smp_load_acquire(&waiter.is_over));
	ok &= EXPECT(vm_event_sum(ALLOC_STALL_WAIT) > waits);
	give_pages_back(&all);
	while (!smp_load_acquire(&waiter.is_over))
		sleep_a_moment();
	alloc_policy.stall_ms = bound;
	ok &= EXPECT(waiter.got && !nr_alloc_stalls());
	free_pages(waiter.got, 0);
	return ok;
}

/* --- pools ----------------------------------------------------------------------------------------------------- */

static struct {
	struct mempool pool;
	void *got;
	u32 is_over;
	bool is_empty; /* the allocator behind the pool has nothing */
} pooled;

static void *source_alloc(const struct mempool *pool, gfp_t gfp)
{
	return pooled.is_empty ? NULL : kmalloc(48, gfp);
}

static void source_free(const struct mempool *pool, void *element)
{
	kfree(element);
}

static const struct mempool_ops source_ops = { .name = "source", .alloc = source_alloc, .free = source_free };

static void pooled_run(void *arg)
{
	pooled.got = mempool_alloc(&pooled.pool, GFP_NOIO);
	smp_store_release(&pooled.is_over, 1);
}

static const struct kthread_ops pooled_ops = { .name = "pooled", .run = pooled_run };

/* With nothing behind it: two are in the pool, the third comes when one goes back. */
static bool a_pool_serves_when_memory_does_not(void)
{
	struct kthread *kthread = kthread_create(&pooled_ops, NULL, "pooled");
	void *first, *second;
	bool ok;

	if (!EXPECT(!IS_ERR(kthread)) || !EXPECT(!mempool_init(&pooled.pool, 2, &source_ops)))
		return false;
	pooled.is_empty = true;
	first = mempool_alloc(&pooled.pool, GFP_NOWAIT);
	second = mempool_alloc(&pooled.pool, GFP_NOIO);
	ok = EXPECT(first && second && first != second && !mempool_alloc(&pooled.pool, GFP_NOWAIT));
	kthread_start(kthread);
	while (!READ_ONCE(pooled.pool.nr_waits))
		sleep_a_moment();
	ok &= EXPECT(!smp_load_acquire(&pooled.is_over));
	mempool_free(&pooled.pool, first);
	while (!smp_load_acquire(&pooled.is_over))
		sleep_a_moment();
	ok &= EXPECT(pooled.got == first);
	mempool_free(&pooled.pool, second);
	mempool_free(&pooled.pool, pooled.got);
	ok &= EXPECT(pooled.pool.nr_kept == 2);
	mempool_fini(&pooled.pool);
	return ok;
}

static bool pools_of_pages_keep_pages(void)
{
	struct mempool pool;
	struct page *page;
	bool ok;

	if (!EXPECT(!mempool_init_pages(&pool, 3, 1)))
		return false;
	page = mempool_alloc(&pool, GFP_KERNEL);
	ok = EXPECT(page && IS_ALIGNED(page_to_pfn(page), 2) && pool.nr_kept == 3);
	mempool_free(&pool, page);
	mempool_fini(&pool);
	return ok;
}

static bool pools_refuse_and_undo(void)
{
	bool ignored = alloc_fault.slab_ignore_wait, ok;
	struct mempool pool = { 0 };

	ok = EXPECT(mempool_init_kmalloc(&pool, 0, 64) == -EINVAL);
	ok &= EXPECT(mempool_init_pages(&pool, 1, MAX_ORDER + 1) == -EINVAL);
	alloc_fault.slab_ignore_wait = false;
	for (u32 nth = 1; nth <= 4; nth++) { /* the array, and each element */
		alloc_fault_set_nth(current_thread(), nth);
		ok &= EXPECT(mempool_init_kmalloc(&pool, 3, 64) == -ENOMEM && !pool.kept);
	}
	alloc_fault_set_nth(current_thread(), 0);
	alloc_fault.slab_ignore_wait = ignored;
	mempool_fini(&pool);
	return ok;
}

int pages_selftest(void)
{
	bool ok = true;

	ok &= orders_are_aligned_and_return();
	ok &= folios_count_references();
	ok &= a_stray_reference_costs_no_frame();
	ok &= all_memory_can_be_taken_and_returned();
	ok &= every_size_holds_its_bytes();
	ok &= drained_magazines_give_their_slabs_back();
	ok &= live_objects_are_enumerated();
	ok &= ranges_map_and_have_guards();
	ok &= addresses_are_used_again();
	ok &= injected_failures_reach_the_caller();
	ok &= must_succeed_waits_for_others_and_names_its_caller();
	ok &= a_pool_serves_when_memory_does_not();
	ok &= pools_of_pages_keep_pages();
	ok &= pools_refuse_and_undo();
	ok &= free_frames_have_no_reference();
	return ok ? 0 : -EIO;
}
