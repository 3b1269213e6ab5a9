/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory.c - the machine's memory: meminfo, buddyinfo, zoneinfo, slabinfo, swaps, in Linux's formats.
 *
 * WHAT        Each file prints the counters of pages/ and mm/ at the moment of reading; no file keeps anything.
 *             MemAvailable is free memory above the low marks that nobody was promised, plus the caches that can go.
 */
#include <arch/cpu.h>
#include <arch/percpu.h>
#include <arch/pgtable.h>
#include <lib/string.h>
#include <mm/mm.h>
#include <mm/reclaim.h>
#include <pages/object.h>
#include <pages/page_alloc.h>
#include <pages/stats.h>
#include <pages/vmalloc.h>
#include <pages/zone.h>
#include <sched/task.h>
#include "proc_impl.h"

static void kb_line(struct seq_file *m, const char *name, unsigned long pages)
{
	seq_printf(m, "%-15s %8lu kB\n", name, pages << (PAGE_SHIFT - 10));
}

/* What a program without a reserve could have without swapping: unpromised memory above the low marks, and the caches that can go. */
static unsigned long available_pages(void)
{
	unsigned long low = 0, cache, slab;
	long free = nr_free_pages() - nr_promised_pages();

	for_each_zone(zone)
		low += zone->watermark[WMARK_LOW];
	cache = node_page_state(NR_ACTIVE_FILE) + node_page_state(NR_INACTIVE_FILE);
	slab = node_page_state(NR_SLAB_RECLAIMABLE);
	free -= low;
	free += cache - min(cache / 2, low);
	free += slab - min(slab / 2, low);
	return free > 0 ? free : 0;
}

/* By what sizes the kernel maps all memory. */
static void direct_map_show(struct seq_file *m)
{
	unsigned long nr[PGTABLE_LEAF_SIZES];

	pgtable_count_direct_map(nr);
	seq_printf(m, "DirectMap4k:    %8lu kB\nDirectMap2M:    %8lu kB\nDirectMap1G:    %8lu kB\n", nr[0] << 2, nr[1] << 11, nr[2] << 20);
}

static int meminfo_show(struct seq_file *m, struct task *task)
{
	unsigned long file = node_page_state(NR_FILE_PAGES), shmem = node_page_state(NR_SHMEM);
	unsigned long inactive_anon = node_page_state(NR_INACTIVE_ANON), active_anon = node_page_state(NR_ACTIVE_ANON);
	unsigned long inactive_file = node_page_state(NR_INACTIVE_FILE), active_file = node_page_state(NR_ACTIVE_FILE);
	unsigned long rec = node_page_state(NR_SLAB_RECLAIMABLE), unrec = node_page_state(NR_SLAB_UNRECLAIMABLE);

	kb_line(m, "MemTotal:", nr_managed_pages());
	kb_line(m, "MemFree:", nr_free_pages());
	kb_line(m, "MemAvailable:", available_pages());
	kb_line(m, "Buffers:", 0);
	kb_line(m, "Cached:", file);
	kb_line(m, "SwapCached:", 0);
	kb_line(m, "Active:", active_anon + active_file);
	kb_line(m, "Inactive:", inactive_anon + inactive_file);
	kb_line(m, "Active(anon):", active_anon);
	kb_line(m, "Inactive(anon):", inactive_anon);
	kb_line(m, "Active(file):", active_file);
	kb_line(m, "Inactive(file):", inactive_file);
	kb_line(m, "Unevictable:", node_page_state(NR_UNEVICTABLE));
	kb_line(m, "Mlocked:", node_page_state(NR_MLOCK));
	kb_line(m, "SwapTotal:", 0);
	kb_line(m, "SwapFree:", 0);
	kb_line(m, "Zswap:", 0);
	kb_line(m, "Zswapped:", 0);
	kb_line(m, "Dirty:", node_page_state(NR_FILE_DIRTY));
	kb_line(m, "Writeback:", node_page_state(NR_WRITEBACK));
	kb_line(m, "AnonPages:", node_page_state(NR_ANON_MAPPED));
	kb_line(m, "Mapped:", node_page_state(NR_FILE_MAPPED));
	kb_line(m, "Shmem:", shmem);
	kb_line(m, "KReclaimable:", rec);
	kb_line(m, "Slab:", rec + unrec);
	kb_line(m, "SReclaimable:", rec);
	kb_line(m, "SUnreclaim:", unrec);
	seq_printf(m, "%-15s %8lu kB\n", "KernelStack:", node_page_state(NR_KERNEL_STACK_KB));
	kb_line(m, "PageTables:", node_page_state(NR_PAGETABLE));
	kb_line(m, "SecPageTables:", 0);
	kb_line(m, "NFS_Unstable:", 0);
	kb_line(m, "Bounce:", 0);
	kb_line(m, "WritebackTmp:", 0);
	kb_line(m, "CommitLimit:", vm_commit_limit());
	kb_line(m, "Committed_AS:", vm_committed());
	seq_printf(m, "%-15s %8lu kB\n", "VmallocTotal:", 34359738367ul);
	kb_line(m, "VmallocUsed:", node_page_state(NR_VMALLOC));
	kb_line(m, "VmallocChunk:", 0);
	kb_line(m, "Percpu:", percpu_area_size() * num_possible_cpus() >> PAGE_SHIFT);
	kb_line(m, "HardwareCorrupted:", 0);
	kb_line(m, "AnonHugePages:", 0);
	kb_line(m, "ShmemHugePages:", 0);
	kb_line(m, "ShmemPmdMapped:", 0);
	kb_line(m, "FileHugePages:", 0);
	kb_line(m, "FilePmdMapped:", 0);
	seq_puts(m, "HugePages_Total:       0\nHugePages_Free:        0\nHugePages_Rsvd:        0\nHugePages_Surp:        0\n"
		    "Hugepagesize:       2048 kB\n");
	kb_line(m, "Hugetlb:", 0);
	direct_map_show(m);
	return 0;
}
const struct proc_node_ops meminfo_ops = { .show = meminfo_show };

static int buddyinfo_show(struct seq_file *m, struct task *task)
{
	for_each_zone(zone) {
		seq_printf(m, "Node %d, zone %8s ", zone->node, zone->name);
		for (u32 order = 0; order < NR_PAGE_ORDERS; order++)
			seq_printf(m, "%6lu ", zone->area[order].nr_blocks);
		seq_putc(m, '\n');
	}
	return 0;
}
const struct proc_node_ops buddyinfo_ops = { .show = buddyinfo_show };

/* What the node counts, at its first zone that has memory. */
static void node_stats_show(struct seq_file *m, int nid)
{
	seq_puts(m, "  per-node stats\n");
	for (u32 i = 0; i < NR_NODE_STATS; i++)
		if (i != NR_MLOCK)
			seq_printf(m, "      %-12s %lu\n", node_stat_names[i], node_page_state_of(nid, i));
}

/* What Linux counts by zone and we by node: said where the node has no other zone. */
static void only_zone_show(struct seq_file *m, int nid)
{
	seq_printf(m, "      nr_zone_inactive_anon %lu\n      nr_zone_active_anon %lu\n      nr_zone_inactive_file %lu\n"
		      "      nr_zone_active_file %lu\n      nr_zone_unevictable %lu\n      nr_zone_write_pending %lu\n      nr_mlock     %lu\n"
		      "      nr_bounce    0\n      nr_zspages   0\n      nr_free_cma  0\n",
		   node_page_state_of(nid, NR_INACTIVE_ANON), node_page_state_of(nid, NR_ACTIVE_ANON),
		   node_page_state_of(nid, NR_INACTIVE_FILE), node_page_state_of(nid, NR_ACTIVE_FILE),
		   node_page_state_of(nid, NR_UNEVICTABLE), node_page_state_of(nid, NR_FILE_DIRTY) + node_page_state_of(nid, NR_WRITEBACK),
		   node_page_state_of(nid, NR_MLOCK));
	for (u32 i = 0; i < NR_NUMA_STATS; i++)
		seq_printf(m, "      %-12s %lu\n", numa_stat_names[i], numa_stat(nid, i));
}

static void pagesets_show(struct seq_file *m, const struct zone *zone)
{
	int cpu;

	seq_puts(m, "  pagesets\n");
	for_each_online_cpu(cpu)
		seq_printf(m, "    cpu: %d\n              count: %u\n              high:  %d\n              batch: %d\n  vm stats threshold: 0\n",
			   cpu, zone_stacked_pages(zone, cpu), zone->pcp_high, zone->pcp_batch);
}

static void zone_show(struct seq_file *m, const struct zone *zone)
{
	seq_printf(m, "  pages free     %lu\n        boost    0\n        min      %lu\n        low      %lu\n"
		      "        high     %lu\n        spanned  %lu\n        present  %lu\n        managed  %lu\n"
		      "        cma      0\n        reserved %lu\n",
		   zone->nr_free, zone->watermark[WMARK_MIN], zone->watermark[WMARK_LOW], zone->watermark[WMARK_HIGH],
		   zone->spanned_pages, zone->present_pages, zone->managed_pages, zone->reserved);
	seq_printf(m, "        protection: (%lu, %lu)\n", zone->lowmem_reserve[0], zone->lowmem_reserve[1]);
	if (!zone->present_pages)
		return;
	seq_printf(m, "      nr_free_pages %lu\n", zone->nr_free);
	if (zone_is_only(zone))
		only_zone_show(m, zone->node);
	pagesets_show(m, zone);
	seq_printf(m, "  node_unreclaimable:  0\n  start_pfn:           %lu\n", zone->start_pfn);
}

static int zoneinfo_show(struct seq_file *m, struct task *task)
{
	for_each_node(nid) {
		bool is_first = true;

		for (int type = 0; type < MAX_NR_ZONES; type++) {
			const struct zone *zone = &numa.node[nid].zone[type];

			seq_printf(m, "Node %d, zone %8s\n", nid, zone->name);
			if (is_first && zone->present_pages) {
				node_stats_show(m, nid);
				is_first = false;
			}
			zone_show(m, zone);
		}
	}
	return 0;
}
const struct proc_node_ops zoneinfo_ops = { .show = zoneinfo_show };

static int slabinfo_show(struct seq_file *m, struct task *task)
{
	struct object_stats st;

	seq_puts(m, "slabinfo - version: 2.1\n# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : "
		    "tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n");
	for (size_t n = 0; object_stats_at(n, &st); n++)
		seq_printf(m, "%-17s %6llu %6llu %6u %4u %4d : tunables    0    0    0 : slabdata %6llu %6llu      0\n",
			   st.type->name, (unsigned long long)st.nr_live, (unsigned long long)st.nr_total, st.object_size,
			   st.objects_per_slab, 1 << st.slab_order, (unsigned long long)st.nr_slabs,
			   (unsigned long long)st.nr_slabs);
	return 0;
}
const struct proc_node_ops slabinfo_ops = { .show = slabinfo_show };

static int swaps_show(struct seq_file *m, struct task *task)
{
	seq_puts(m, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
	return 0;
}
const struct proc_node_ops swaps_ops = { .show = swaps_show };
