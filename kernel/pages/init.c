/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * init.c - from the boot memory map to zones: descriptors for all RAM, then the free frames.
 *
 * WHAT        Each RAM range, rounded out to blocks of MAX_ORDER, gets descriptors in the virtual array
 *             at vmemmap_base (Y4 in buddy.c). All start as reserved; then what early memory has not
 *             handed out is freed block by block, and early memory is closed.
 * INVARIANTS  N1  Descriptors are mapped and initialised before the first frame is freed.
 *             N2  A frame outside every RAM range has PG_reserved for ever.
 * LOCKING     None: one CPU, no threads.
 * ERRORS      None: early_alloc() panics, since a machine without room for descriptors can't boot.
 */
#include "page_alloc_impl.h"
#include "page_debug_impl.h"
#include "reserve_impl.h"
#include "slab_impl.h"
#include "vmalloc_impl.h"
#include "zone_impl.h"

#include <pages/pages_init.h>
#include <arch/bootinfo.h>
#include <arch/early_mem.h>
#include <arch/numa.h>
#include <arch/pgtable.h>
#include <lib/string.h>
#include <log/panic.h>
#include <log/printk.h>

#define BLOCK_PAGES (1UL << MAX_ORDER)
#define DMA32_END   (1UL << (32 - PAGE_SHIFT))
#define RAM_MAX	    64

/* RAM as frame ranges, rounded out to blocks and merged. */
struct ram_span {
	unsigned long start, end;
};

static struct {
	struct ram_span span[RAM_MAX];
	size_t nr;
} ram;

static void ram_collect(void)
{
	phys_addr_t start, end;
	u64 cursor = 0;

	while (early_mem_next_ram(&cursor, &start, &end)) {
		unsigned long s = round_down(PFN_UP(start), BLOCK_PAGES);
		unsigned long e = round_up(PFN_DOWN(end), BLOCK_PAGES);

		if (PFN_UP(start) >= PFN_DOWN(end))
			continue;
		if (ram.nr && ram.span[ram.nr - 1].end >= s) {
			ram.span[ram.nr - 1].end = e;
			continue;
		}
		KASSERT(ram.nr < RAM_MAX); /* the boot map has no more ranges */
		ram.span[ram.nr++] = (struct ram_span){ s, e };
	}
}

bool pfn_valid(unsigned long pfn)
{
	for (size_t i = 0; i < ram.nr; i++)
		if (pfn >= ram.span[i].start && pfn < ram.span[i].end)
			return true;
	return false;
}

/* Descriptors of one span: 64 KiB for each block of 4 MiB. N1. */
static void span_map_descriptors(const struct ram_span *span)
{
	unsigned long va = (unsigned long)pfn_to_page(span->start);
	size_t bytes = (span->end - span->start) * sizeof(struct page);
	size_t align = IS_ALIGNED(va, PMD_SIZE) && bytes >= PMD_SIZE ? PMD_SIZE : PAGE_SIZE;
	phys_addr_t pa = early_alloc(bytes, align);

	if (pgtable_map_kernel(va, pa, bytes, PAGE_KERNEL))
		panic("no page tables for page descriptors");
}

static void span_init_descriptors(const struct ram_span *span)
{
	for (unsigned long pfn = span->start; pfn < span->end; pfn++) {
		struct page *page = pfn_to_page(pfn);

		page->flags = BIT(PG_reserved);
		atomic_set(&page->refcount, 1);
		page->zone = pfn < DMA32_END ? ZONE_DMA32 : ZONE_NORMAL;
		page->node = numa_node_of_phys(PFN_PHYS(pfn));
	}
}

/* Count a RAM range in the zone it lies in; grow the zone's span. Both ends are in one zone and node. */
static void zone_add_present(unsigned long start, unsigned long end)
{
	struct zone *zone = page_zone(pfn_to_page(start));
	unsigned long zone_end = zone->start_pfn + zone->spanned_pages;

	if (!zone->present_pages || start < zone->start_pfn)
		zone->start_pfn = start;
	if (end > zone_end)
		zone_end = end;
	zone->spanned_pages = zone_end - zone->start_pfn;
	zone->present_pages += end - start;
}

/* Where the zone or the node changes after @pfn, at block granularity, or @end. */
static unsigned long same_zone_until(unsigned long pfn, unsigned long end)
{
	const struct page *first = pfn_to_page(pfn);
	unsigned long at = round_up(pfn + 1, BLOCK_PAGES);

	for (; at < end; at += BLOCK_PAGES) {
		const struct page *page = pfn_to_page(at);

		if (page->zone != first->zone || page->node != first->node)
			return at;
	}
	return end;
}

static void zones_count_present(void)
{
	phys_addr_t start, end;
	u64 cursor = 0;

	while (early_mem_next_ram(&cursor, &start, &end)) {
		unsigned long pfn = PFN_UP(start), stop = PFN_DOWN(end), next;

		for (; pfn < stop; pfn = next) {
			next = same_zone_until(pfn, stop);
			zone_add_present(pfn, next);
		}
	}
}

/* Free [pfn, end) in the largest aligned blocks. */
static void free_range(unsigned long pfn, unsigned long end)
{
	while (pfn < end) {
		unsigned int order = pfn ? (unsigned int)__builtin_ctzl(pfn) : MAX_ORDER;
		struct page *page = pfn_to_page(pfn);

		order = order > MAX_ORDER ? MAX_ORDER : order;
		while (pfn + (1UL << order) > end)
			order--;
		for (unsigned long i = 0; i < 1UL << order; i++) {
			page[i].flags = 0;
			atomic_set(&page[i].refcount, 0);
		}
		page_zone(page)->managed_pages += 1UL << order;
		page_debug_free(page, order);
		free_block_to_zone(page, order);
		pfn += 1UL << order;
	}
}

static void free_early_memory(void)
{
	phys_addr_t start, end;
	u64 cursor = 0;

	while (early_mem_next_free(&cursor, &start, &end))
		free_range(PFN_UP(start), PFN_DOWN(end));
	early_mem_close();
}

void boot_free_late(phys_addr_t start, phys_addr_t end)
{
	unsigned long pfn = PFN_UP(start), stop = PFN_DOWN(end);

	for (; pfn < stop && pfn_valid(pfn); pfn++) {
		KASSERT(page_test(pfn_to_page(pfn), PG_reserved));
		free_range(pfn, pfn + 1);
	}
}

static void nodes_init(void)
{
	numa.nr_nodes = numa_nr_nodes();
	if (numa.nr_nodes > MAX_NUMNODES)
		numa.nr_nodes = MAX_NUMNODES;
	for (int nid = 0; nid < numa.nr_nodes; nid++) {
		numa.node[nid].is_present = true;
		for (int other = 0; other < numa.nr_nodes; other++)
			numa.node[nid].distance[other] = numa_distance(nid, other);
	}
}

static void say_zones(void)
{
	for_each_zone(zone)
		pr_info("pages: node %d %s: %lu MiB present, %lu MiB managed, watermarks %lu/%lu/%lu\n",
			zone->node, zone->name, zone->present_pages >> (20 - PAGE_SHIFT),
			zone->managed_pages >> (20 - PAGE_SHIFT), zone->watermark[WMARK_MIN],
			zone->watermark[WMARK_LOW], zone->watermark[WMARK_HIGH]);
}

void pages_init(void)
{
	nodes_init();
	zones_init();
	ram_collect();
	for (size_t i = 0; i < ram.nr; i++)
		span_map_descriptors(&ram.span[i]);
	for (size_t i = 0; i < ram.nr; i++)
		span_init_descriptors(&ram.span[i]);
	slab_init();
	kmalloc_init();
	vmalloc_init();
	zones_count_present();
	zones_build_lists();
	free_early_memory();
	zones_init_watermarks();
	say_zones();
	reserve_standing_init();
	reserve_choose_school(boot_info.cmdline);
}
