/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * topology.h - how the CPUs lie together: threads of a core, cores of a package, what shares a cache. The fields of the APIC id, whose
 * widths CPUID gives; all CPUs of a VM are alike, so the widths are read once.
 */
#ifndef ARCH_TOPOLOGY_H
#define ARCH_TOPOLOGY_H

#include <arch/cpumask.h>

/* After cpu_detect(). */
void topology_detect(void);

int cpu_package_id(int cpu);
int cpu_die_id(int cpu);
/* Within the package. */
int cpu_core_id(int cpu);
/* Registered CPUs of the same core, and of the same package; the CPU itself is one. */
cpumask_t cpu_thread_mask(int cpu);
cpumask_t cpu_package_mask(int cpu);
/* Cores of the CPU's package. */
int cpu_package_cores(int cpu);

enum cache_kind { CACHE_NONE, CACHE_DATA, CACHE_INSTRUCTION, CACHE_UNIFIED };

struct cpu_cache {
	enum cache_kind kind;
	u32 level;
	u32 line_bytes, partitions, ways, sets; /* their product is the size; ways 0: fully associative */
	u32 size_kb;
	u32 id_shift;	   /* APIC ids that differ below it alone have one id */
	u32 sharing_shift; /* and share it */
};

#define CPU_CACHES_MAX 8
/* The cache of that number, from 0; false: there are no more. */
bool cpu_cache_at(u32 index, struct cpu_cache *cache);
u32 cpu_cache_id(const struct cpu_cache *cache, int cpu);
cpumask_t cpu_cache_mask(const struct cpu_cache *cache, int cpu);
/* KiB of the second-level cache, and entries of the translation cache for 4 KiB pages; 0: not told. */
u32 cpu_l2_kb(void);
u32 cpu_tlb_entries(void);

#endif
