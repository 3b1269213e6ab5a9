/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory.c - the machine's memory: meminfo, vmstat, buddyinfo, zoneinfo, slabinfo, swaps, in Linux's formats.
 *
 * WHAT        Each file prints the counters of pages/ and mm/ at the moment of reading; no file keeps anything.
 *             MemAvailable is free memory above the low marks plus the caches that can go.
 */
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

/* What a program could have without swapping: free memory above the low marks, and the caches that can go. */
static unsigned long available_pages(void)
{
	unsigned long low = 0, cache, slab;
	long free = nr_free_pages();

	for_each_zone(zone)
		low += zone->watermark[WMARK_LOW];
	cache = node_page_state(NR_ACTIVE_FILE) + node_page_state(NR_INACTIVE_FILE);
	slab = node_page_state(NR_SLAB_RECLAIMABLE);
	free -= low;
	free += cache - min(cache / 2, low);
	free += slab - min(slab / 2, low);
	return free > 0 ? free : 0;
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
	kb_line(m, "CommitLimit:", vm_commit_limit());
	kb_line(m, "Committed_AS:", vm_committed());
	seq_printf(m, "%-15s %8lu kB\n", "VmallocTotal:", 34359738367ul);
	kb_line(m, "VmallocUsed:", node_page_state(NR_VMALLOC));
	kb_line(m, "VmallocChunk:", 0);
	seq_puts(m, "HugePages_Total:       0\nHugePages_Free:        0\nHugePages_Rsvd:        0\nHugePages_Surp:        0\n"
		    "Hugepagesize:       2048 kB\n");
	return 0;
}
const struct proc_node_ops meminfo_ops = { .show = meminfo_show };

static unsigned long numa_stat_sum(enum numa_stat item)
{
	unsigned long sum = 0;

	for_each_node(nid)
		sum += numa_stat(nid, item);
	return sum;
}

static int vmstat_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "nr_free_pages %lu\n", nr_free_pages());
	for (u32 i = 0; i < NR_NUMA_STATS; i++)
		seq_printf(m, "%s %lu\n", numa_stat_names[i], numa_stat_sum(i));
	for (u32 i = 0; i < NR_NODE_STATS; i++)
		seq_printf(m, "%s %lu\n", node_stat_names[i], node_page_state(i));
	for (u32 i = 0; i < NR_VM_EVENTS; i++)
		seq_printf(m, "%s %lu\n", vm_event_names[i], vm_event_sum(i));
	return 0;
}
const struct proc_node_ops vmstat_ops = { .show = vmstat_show };

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

static int zoneinfo_show(struct seq_file *m, struct task *task)
{
	for_each_zone(zone) {
		seq_printf(m, "Node %d, zone %8s\n", zone->node, zone->name);
		seq_printf(m, "  pages free     %lu\n        boost    0\n        min      %lu\n        low      %lu\n"
			      "        high     %lu\n        spanned  %lu\n        present  %lu\n        managed  %lu\n"
			      "        cma      0\n        reserved %lu\n",
			   zone->nr_free, zone->watermark[WMARK_MIN], zone->watermark[WMARK_LOW], zone->watermark[WMARK_HIGH],
			   zone->spanned_pages, zone->present_pages, zone->managed_pages, zone->reserved);
		seq_printf(m, "        protection: (%lu, %lu)\n", zone->lowmem_reserve[0], zone->lowmem_reserve[1]);
		seq_printf(m, "      nr_free_pages %lu\n  start_pfn:           %lu\n", zone->nr_free, zone->start_pfn);
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
