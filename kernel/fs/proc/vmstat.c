/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmstat.c - /proc/vmstat: Linux's counters in Linux's order, and then our own.
 *
 * WHAT        A name is looked up among the counters of pages/stats.h. One that is not there reads 0: either this kernel has not what it
 *             counts (huge pages, swap, balancing between nodes, zones but DMA32 and Normal), or it does not count it (refaults, pins,
 *             the lists of mlocked pages, the free side of compaction). Counters of ours that Linux lacks are at the end.
 * TESTS       tests/guest/proc/memory_test.c
 */
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/mm.h>
#include <pages/page_alloc.h>
#include <pages/stats.h>
#include <pages/zone.h>
#include "proc_impl.h"

static const char *const linux_names[] = {
	"nr_free_pages", "nr_zone_inactive_anon", "nr_zone_active_anon", "nr_zone_inactive_file", "nr_zone_active_file",
	"nr_zone_unevictable", "nr_zone_write_pending", "nr_mlock", "nr_bounce", "nr_zspages", "nr_free_cma", "numa_hit",
	"numa_miss", "numa_foreign", "numa_interleave", "numa_local", "numa_other", "nr_inactive_anon", "nr_active_anon",
	"nr_inactive_file", "nr_active_file", "nr_unevictable", "nr_slab_reclaimable", "nr_slab_unreclaimable",
	"nr_isolated_anon", "nr_isolated_file", "workingset_nodes", "workingset_refault_anon", "workingset_refault_file",
	"workingset_activate_anon", "workingset_activate_file", "workingset_restore_anon", "workingset_restore_file",
	"workingset_nodereclaim", "nr_anon_pages", "nr_mapped", "nr_file_pages", "nr_dirty", "nr_writeback",
	"nr_writeback_temp", "nr_shmem", "nr_shmem_hugepages", "nr_shmem_pmdmapped", "nr_file_hugepages",
	"nr_file_pmdmapped", "nr_anon_transparent_hugepages", "nr_vmscan_write", "nr_vmscan_immediate_reclaim",
	"nr_dirtied", "nr_written", "nr_throttled_written", "nr_kernel_misc_reclaimable", "nr_foll_pin_acquired",
	"nr_foll_pin_released", "nr_kernel_stack", "nr_page_table_pages", "nr_sec_page_table_pages", "nr_swapcached",
	"pgpromote_success", "pgpromote_candidate", "nr_dirty_threshold", "nr_dirty_background_threshold", "pgpgin",
	"pgpgout", "pswpin", "pswpout", "pgalloc_dma", "pgalloc_dma32", "pgalloc_normal", "pgalloc_movable",
	"pgalloc_device", "allocstall_dma", "allocstall_dma32", "allocstall_normal", "allocstall_movable",
	"allocstall_device", "pgskip_dma", "pgskip_dma32", "pgskip_normal", "pgskip_movable", "pgskip_device", "pgfree",
	"pgactivate", "pgdeactivate", "pglazyfree", "pgfault", "pgmajfault", "pglazyfreed", "pgrefill", "pgreuse",
	"pgsteal_kswapd", "pgsteal_direct", "pgdemote_kswapd", "pgdemote_direct", "pgscan_kswapd", "pgscan_direct",
	"pgscan_direct_throttle", "pgscan_anon", "pgscan_file", "pgsteal_anon", "pgsteal_file", "zone_reclaim_failed",
	"pginodesteal", "slabs_scanned", "kswapd_inodesteal", "kswapd_low_wmark_hit_quickly",
	"kswapd_high_wmark_hit_quickly", "pageoutrun", "pgrotated", "drop_pagecache", "drop_slab", "oom_kill",
	"numa_pte_updates", "numa_huge_pte_updates", "numa_hint_faults", "numa_hint_faults_local", "numa_pages_migrated",
	"pgmigrate_success", "pgmigrate_fail", "thp_migration_success", "thp_migration_fail", "thp_migration_split",
	"compact_migrate_scanned", "compact_free_scanned", "compact_isolated", "compact_stall", "compact_fail",
	"compact_success", "compact_daemon_wake", "compact_daemon_migrate_scanned", "compact_daemon_free_scanned",
	"htlb_buddy_alloc_success", "htlb_buddy_alloc_fail", "unevictable_pgs_culled", "unevictable_pgs_scanned",
	"unevictable_pgs_rescued", "unevictable_pgs_mlocked", "unevictable_pgs_munlocked", "unevictable_pgs_cleared",
	"unevictable_pgs_stranded", "thp_fault_alloc", "thp_fault_fallback", "thp_fault_fallback_charge",
	"thp_collapse_alloc", "thp_collapse_alloc_failed", "thp_file_alloc", "thp_file_fallback",
	"thp_file_fallback_charge", "thp_file_mapped", "thp_split_page", "thp_split_page_failed", "thp_deferred_split_page",
	"thp_split_pmd", "thp_scan_exceed_none_pte", "thp_scan_exceed_swap_pte", "thp_scan_exceed_share_pte",
	"thp_split_pud", "thp_zero_page_alloc", "thp_zero_page_alloc_failed", "thp_swpout", "thp_swpout_fallback",
	"balloon_inflate", "balloon_deflate", "balloon_migrate", "swap_ra", "swap_ra_hit", "ksm_swpin_copy", "cow_ksm",
	"zswpin", "zswpout", "direct_map_level2_splits", "direct_map_level3_splits", "nr_unstable",
};

static unsigned long numa_stat_sum(enum numa_stat item)
{
	unsigned long sum = 0;

	for_each_node(nid)
		sum += numa_stat(nid, item);
	return sum;
}

static int index_of(const char *const *names, int nr, const char *name)
{
	for (int i = 0; i < nr; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

/* nr_zone_X is the sum over zones of what nr_X is over nodes. */
static int node_stat_of(const char *name)
{
	char whole[48];

	if (strncmp(name, "nr_zone_", 8))
		return index_of(node_stat_names, NR_NODE_STATS, name);
	snprintf(whole, sizeof(whole), "nr_%s", name + 8);
	return index_of(node_stat_names, NR_NODE_STATS, whole);
}

static unsigned long value_of(const char *name)
{
	int i = node_stat_of(name);

	if (i >= 0)
		return node_page_state(i);
	i = index_of(vm_event_names, NR_VM_EVENTS, name);
	if (i >= 0)
		return vm_event_sum(i);
	i = index_of(numa_stat_names, NR_NUMA_STATS, name);
	if (i >= 0)
		return numa_stat_sum(i);
	if (!strcmp(name, "nr_free_pages"))
		return nr_free_pages();
	if (!strcmp(name, "nr_zone_write_pending"))
		return node_page_state(NR_FILE_DIRTY) + node_page_state(NR_WRITEBACK);
	if (!strcmp(name, "nr_dirty_threshold"))
		return vm_dirty_threshold();
	if (!strcmp(name, "nr_dirty_background_threshold"))
		return vm_dirty_background_threshold();
	return 0;
}

static void show_ours(struct seq_file *m, const char *const *names, int nr)
{
	for (int i = 0; i < nr; i++)
		if (index_of(linux_names, ARRAY_SIZE(linux_names), names[i]) < 0)
			seq_printf(m, "%s %lu\n", names[i], value_of(names[i]));
}

static int vmstat_show(struct seq_file *m, struct task *task)
{
	for (u32 i = 0; i < ARRAY_SIZE(linux_names); i++)
		seq_printf(m, "%s %lu\n", linux_names[i], value_of(linux_names[i]));
	show_ours(m, node_stat_names, NR_NODE_STATS);
	show_ours(m, vm_event_names, NR_VM_EVENTS);
	return 0;
}
const struct proc_node_ops vmstat_ops = { .show = vmstat_show };
