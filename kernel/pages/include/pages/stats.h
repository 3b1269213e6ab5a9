/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stats.h - counters of memory: events (what happened) and levels (how much there is now).
 *
 * Each CPU counts for itself with one instruction; a reader sums. Names are those of
 * /proc/vmstat. Levels are kept by node. A level may be negative on one CPU; only the sum has a meaning.
 */
#ifndef PAGES_STATS_H
#define PAGES_STATS_H

#include <lib/types.h>
#include <arch/percpu.h>

#define VM_EVENTS(X) \
	X(PGPGIN, "pgpgin") X(PGPGOUT, "pgpgout") X(PSWPIN, "pswpin") X(PSWPOUT, "pswpout") \
	X(PGALLOC_DMA32, "pgalloc_dma32") X(PGALLOC_NORMAL, "pgalloc_normal") \
	X(ALLOCSTALL_DMA32, "allocstall_dma32") X(ALLOCSTALL_NORMAL, "allocstall_normal") \
	X(PGFREE, "pgfree") X(PGACTIVATE, "pgactivate") X(PGDEACTIVATE, "pgdeactivate") \
	X(PGLAZYFREE, "pglazyfree") X(PGFAULT, "pgfault") X(PGMAJFAULT, "pgmajfault") \
	X(PGLAZYFREED, "pglazyfreed") X(PGREFILL, "pgrefill") X(PGREUSE, "pgreuse") \
	X(PGSTEAL_KSWAPD, "pgsteal_kswapd") X(PGSTEAL_DIRECT, "pgsteal_direct") \
	X(PGSCAN_KSWAPD, "pgscan_kswapd") X(PGSCAN_DIRECT, "pgscan_direct") \
	X(PGSCAN_ANON, "pgscan_anon") X(PGSCAN_FILE, "pgscan_file") \
	X(PGSTEAL_ANON, "pgsteal_anon") X(PGSTEAL_FILE, "pgsteal_file") \
	X(SLABS_SCANNED, "slabs_scanned") X(PAGEOUTRUN, "pageoutrun") X(PGROTATED, "pgrotated") \
	X(DROP_PAGECACHE, "drop_pagecache") X(DROP_SLAB, "drop_slab") X(OOM_KILL, "oom_kill") X(OOM_GRANT, "oom_grant") \
	X(PGMIGRATE_SUCCESS, "pgmigrate_success") X(PGMIGRATE_FAIL, "pgmigrate_fail") \
	X(COMPACT_MIGRATE_SCANNED, "compact_migrate_scanned") X(COMPACT_STALL, "compact_stall") X(COMPACT_FAIL, "compact_fail") \
	X(COMPACT_SUCCESS, "compact_success") \
	X(ALLOC_STALL_WAIT, "alloc_stall_wait") X(ALLOC_STALL_IDLE, "alloc_stall_idle") X(ALLOC_STALL_WARN, "alloc_stall_warn") \
	X(RESERVE_REQUEST, "reserve_request") X(RESERVE_BLOCKED, "reserve_blocked") \
	X(RESERVE_DIP, "reserve_dip") X(RESERVE_SHORT, "reserve_short")

#define NODE_STATS(X) \
	X(NR_INACTIVE_ANON, "nr_inactive_anon") X(NR_ACTIVE_ANON, "nr_active_anon") \
	X(NR_INACTIVE_FILE, "nr_inactive_file") X(NR_ACTIVE_FILE, "nr_active_file") \
	X(NR_UNEVICTABLE, "nr_unevictable") X(NR_SLAB_RECLAIMABLE, "nr_slab_reclaimable") \
	X(NR_SLAB_UNRECLAIMABLE, "nr_slab_unreclaimable") X(NR_ISOLATED_ANON, "nr_isolated_anon") \
	X(NR_ISOLATED_FILE, "nr_isolated_file") X(NR_ANON_MAPPED, "nr_anon_pages") \
	X(NR_FILE_MAPPED, "nr_mapped") X(NR_FILE_PAGES, "nr_file_pages") X(NR_FILE_DIRTY, "nr_dirty") \
	X(NR_WRITEBACK, "nr_writeback") X(NR_SHMEM, "nr_shmem") X(NR_DIRTIED, "nr_dirtied") \
	X(NR_WRITTEN, "nr_written") X(NR_KERNEL_STACK_KB, "nr_kernel_stack") \
	X(NR_PAGETABLE, "nr_page_table_pages") X(NR_SWAPCACHE, "nr_swapcached") \
	X(NR_MLOCK, "nr_mlock") X(NR_VMALLOC, "nr_vmalloc_pages")

/* Of a node, in the order of /proc/vmstat. */
#define NUMA_STATS(X) \
	X(NUMA_HIT, "numa_hit") X(NUMA_MISS, "numa_miss") X(NUMA_FOREIGN, "numa_foreign") \
	X(NUMA_INTERLEAVE_HIT, "numa_interleave") X(NUMA_LOCAL, "numa_local") X(NUMA_OTHER, "numa_other")

#define STATS_ENUM(sym, name) sym,
enum vm_event { VM_EVENTS(STATS_ENUM) NR_VM_EVENTS };
enum numa_stat { NUMA_STATS(STATS_ENUM) NR_NUMA_STATS };
enum node_stat { NODE_STATS(STATS_ENUM) NR_NODE_STATS };
#undef STATS_ENUM

#define MAX_NUMNODES 16

struct vm_counters {
	unsigned long event[NR_VM_EVENTS];
	long level[MAX_NUMNODES][NR_NODE_STATS];
	/* Allocations that came from elsewhere than the CPU's own stack of pages, and how many pages those were. */
	unsigned long numa[MAX_NUMNODES][NR_NUMA_STATS];
	unsigned long off_stack;
};
DECLARE_PERCPU(struct vm_counters, vm_counters);

static inline void count_vm_event(enum vm_event event)
{
	this_cpu_inc(vm_counters.event[event]);
}

static inline void count_vm_events(enum vm_event event, unsigned long n)
{
	this_cpu_add(vm_counters.event[event], n);
}

/* @node is where the page is. */
static inline void mod_node_page_state(int node, enum node_stat item, long n)
{
	this_cpu_add(vm_counters.level[node][item], n);
}

static inline void count_numa_event(int node, enum numa_stat item, unsigned long n)
{
	this_cpu_add(vm_counters.numa[node][item], n);
}

unsigned long vm_event_sum(enum vm_event event);
/* Of the machine, and of one node; never negative: a passing dip reads as 0. */
unsigned long node_page_state(enum node_stat item);
unsigned long node_page_state_of(int node, enum node_stat item);
unsigned long numa_stat(int node, enum numa_stat item);
extern const char *const numa_stat_names[NR_NUMA_STATS];
extern const char *const vm_event_names[NR_VM_EVENTS];
extern const char *const node_stat_names[NR_NODE_STATS];

#endif
