/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * show_mem.c - where the memory is, in the log lines that Linux prints when it ran out.
 *
 * WHAT        Sums of the machine, a line for each node, two for each zone, and the free blocks by size. The kinds of pages are
 *             counted by node: a zone's line has them when the zone is its node's only one, else they are left out. Fields about what
 *             does not exist here (swap, migrate types, huge pages) are 0 or missing as on a Linux that was built without it.
 * LOCKING     None: figures of a moment, and the caller may hold anything.
 * TESTS       tests/suites/oom.py compares the lines with Linux's
 */
#include "mm_impl.h"

#include <arch/cpu.h>
#include <arch/preempt.h>
#include <log/printk.h>
#include <mm/oom.h>
#include <mm/reclaim.h>
#include <pages/pages_port.h>
#include <pages/stats.h>
#include <pages/zone.h>

#define K(pages) ((unsigned long)(pages) << (PAGE_SHIFT - 10))
#define ZONE_LINE 640

static unsigned long stacked_pages(const struct zone *zone)
{
	unsigned long sum = 0;
	int cpu;

	for_each_online_cpu(cpu)
		sum += zone_stacked_pages(zone, cpu);
	return sum;
}

static void show_machine(void)
{
	unsigned long stacked = 0;

	for_each_zone(zone)
		stacked += stacked_pages(zone);
	printk(KERN_WARNING "active_anon:%lu inactive_anon:%lu isolated_anon:%lu\n active_file:%lu inactive_file:%lu isolated_file:%lu\n"
	       " unevictable:%lu dirty:%lu writeback:%lu\n slab_reclaimable:%lu slab_unreclaimable:%lu\n",
	       node_page_state(NR_ACTIVE_ANON), node_page_state(NR_INACTIVE_ANON), node_page_state(NR_ISOLATED_ANON),
	       node_page_state(NR_ACTIVE_FILE), node_page_state(NR_INACTIVE_FILE), node_page_state(NR_ISOLATED_FILE),
	       node_page_state(NR_UNEVICTABLE), node_page_state(NR_FILE_DIRTY), node_page_state(NR_WRITEBACK),
	       node_page_state(NR_SLAB_RECLAIMABLE), node_page_state(NR_SLAB_UNRECLAIMABLE));
	printk(KERN_WARNING " mapped:%lu shmem:%lu pagetables:%lu\n sec_pagetables:0 bounce:0\n kernel_misc_reclaimable:0\n"
	       " free:%lu free_pcp:%lu free_cma:0\n",
	       node_page_state(NR_FILE_MAPPED), node_page_state(NR_SHMEM), node_page_state(NR_PAGETABLE), nr_free_pages(), stacked);
}

static bool has_free_above_min(int nid)
{
	for_each_zone(zone)
		if (zone->node == nid && zone->nr_free > zone->watermark[WMARK_MIN])
			return true;
	return false;
}

static unsigned long node_kib(int nid, enum node_stat item)
{
	return K(node_page_state_of(nid, item));
}

static void show_node(int nid)
{
	char lists[ZONE_LINE / 2];

	scnprintf(lists, sizeof(lists), "active_anon:%lukB inactive_anon:%lukB active_file:%lukB inactive_file:%lukB unevictable:%lukB "
		  "isolated(anon):%lukB isolated(file):%lukB", node_kib(nid, NR_ACTIVE_ANON), node_kib(nid, NR_INACTIVE_ANON),
		  node_kib(nid, NR_ACTIVE_FILE), node_kib(nid, NR_INACTIVE_FILE), node_kib(nid, NR_UNEVICTABLE),
		  node_kib(nid, NR_ISOLATED_ANON), node_kib(nid, NR_ISOLATED_FILE));
	printk(KERN_WARNING "Node %d %s mapped:%lukB dirty:%lukB writeback:%lukB shmem:%lukB writeback_tmp:0kB kernel_stack:%lukB "
	       "pagetables:%lukB sec_pagetables:0kB all_unreclaimable? %s\n", nid, lists, node_kib(nid, NR_FILE_MAPPED),
	       node_kib(nid, NR_FILE_DIRTY), node_kib(nid, NR_WRITEBACK), node_kib(nid, NR_SHMEM),
	       node_page_state_of(nid, NR_KERNEL_STACK_KB), node_kib(nid, NR_PAGETABLE),
	       node_reclaimable_pages(nid) || has_free_above_min(nid) ? "no" : "yes");
}

/* The kinds of pages that are counted by node, in @buf. */
static const char *zone_lists(const struct zone *zone, char *buf, size_t size)
{
	int nid = zone->node;

	buf[0] = 0;
	if (zone_is_only(zone))
		scnprintf(buf, size, " active_anon:%lukB inactive_anon:%lukB active_file:%lukB inactive_file:%lukB unevictable:%lukB "
			  "writepending:%lukB", node_kib(nid, NR_ACTIVE_ANON), node_kib(nid, NR_INACTIVE_ANON),
			  node_kib(nid, NR_ACTIVE_FILE), node_kib(nid, NR_INACTIVE_FILE), node_kib(nid, NR_UNEVICTABLE),
			  node_kib(nid, NR_FILE_DIRTY) + node_kib(nid, NR_WRITEBACK));
	return buf;
}

static void show_zone(const struct zone *zone)
{
	char lists[ZONE_LINE / 2], mlocked[32] = "", protection[64];
	size_t at = 0;

	if (zone_is_only(zone))
		scnprintf(mlocked, sizeof(mlocked), " mlocked:%lukB", node_kib(zone->node, NR_MLOCK));
	printk(KERN_WARNING "Node %d %s free:%lukB boost:0kB min:%lukB low:%lukB high:%lukB reserved_highatomic:0KB%s present:%lukB "
	       "managed:%lukB%s bounce:0kB free_pcp:%lukB local_pcp:%lukB free_cma:0kB\n", zone->node, zone->name, K(zone->nr_free),
	       K(zone->watermark[WMARK_MIN]), K(zone->watermark[WMARK_LOW]), K(zone->watermark[WMARK_HIGH]),
	       zone_lists(zone, lists, sizeof(lists)), K(zone->present_pages), K(zone->managed_pages), mlocked, K(stacked_pages(zone)),
	       K(zone_stacked_pages(zone, (int)smp_processor_id())));
	for (int type = 0; type < MAX_NR_ZONES; type++)
		at += (size_t)scnprintf(protection + at, sizeof(protection) - at, " %lu", zone->lowmem_reserve[type]);
	printk(KERN_WARNING "lowmem_reserve[]:%s\n", protection);
}

static void show_blocks(const struct zone *zone)
{
	char line[ZONE_LINE / 2];
	unsigned long total = 0;
	size_t at = 0;

	for (u32 order = 0; order < NR_PAGE_ORDERS; order++) {
		unsigned long nr = READ_ONCE(zone->area[order].nr_blocks);

		total += nr << order;
		at += (size_t)scnprintf(line + at, sizeof(line) - at, "%lu*%lukB ", nr, K(1ul << order));
	}
	printk(KERN_WARNING "Node %d %s: %s= %lukB\n", zone->node, zone->name, line, K(total));
}

static void show_totals(void)
{
	unsigned long present = 0, managed = 0;

	for_each_zone(zone) {
		present += zone->present_pages;
		managed += zone->managed_pages;
	}
	printk(KERN_WARNING "%lu total pagecache pages\n0 pages in swap cache\nFree swap  = 0kB\nTotal swap = 0kB\n"
	       "%lu pages RAM\n0 pages HighMem/MovableOnly\n%lu pages reserved\n",
	       node_page_state(NR_FILE_PAGES), present, present - min(managed, present));
}

void show_mem(u32 nodes)
{
	printk(KERN_WARNING "Mem-Info:\n");
	show_machine();
	for_each_node(nid)
		if (nodes >> nid & 1)
			show_node(nid);
	for_each_zone(zone)
		if (nodes >> zone->node & 1)
			show_zone(zone);
	for_each_zone(zone)
		if (nodes >> zone->node & 1)
			show_blocks(zone);
	show_totals();
}
