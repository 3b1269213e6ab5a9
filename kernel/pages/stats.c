/* SPDX-License-Identifier: GPL-2.0-only */
/* stats.c - sums over the CPUs' counters. Theory in stats.h. */
#include <pages/stats.h>
#include <pages/zone.h>
#include <arch/cpu.h>

DEFINE_PERCPU(struct vm_counters, vm_counters);

#define STATS_NAME(sym, name) name,
const char *const vm_event_names[NR_VM_EVENTS] = { VM_EVENTS(STATS_NAME) };
const char *const numa_stat_names[NR_NUMA_STATS] = { NUMA_STATS(STATS_NAME) };
const char *const node_stat_names[NR_NODE_STATS] = { NODE_STATS(STATS_NAME) };

unsigned long vm_event_sum(enum vm_event event)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(vm_counters, cpu).event[event]);
	return sum;
}

/* Pages that a CPU took from its own stack: each a hit, and local. */
static unsigned long stack_hits(const struct vm_counters *counters)
{
	unsigned long pages = READ_ONCE(counters->event[PGALLOC_DMA32]) + READ_ONCE(counters->event[PGALLOC_NORMAL]);

	return pages - min(pages, READ_ONCE(counters->off_stack));
}

unsigned long numa_stat(int node, enum numa_stat item)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct vm_counters *counters = &per_cpu(vm_counters, cpu);

		sum += READ_ONCE(counters->numa[node][item]);
		if ((item == NUMA_HIT || item == NUMA_LOCAL) && cpu_to_node(cpu) == node)
			sum += stack_hits(counters);
	}
	return sum;
}

static long level_sum(int node, enum node_stat item)
{
	long sum = 0;
	int cpu;

	/* Nothing moves what has no file to lists before there is swap: all of it is active. */
	if (item == NR_ACTIVE_ANON)
		return level_sum(node, NR_ANON_MAPPED) + level_sum(node, NR_SHMEM);

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(vm_counters, cpu).level[node][item]);
	return sum;
}

unsigned long node_page_state_of(int node, enum node_stat item)
{
	return (unsigned long)max(level_sum(node, item), 0L);
}

unsigned long node_page_state(enum node_stat item)
{
	long sum = 0;

	for (int node = 0; node < numa.nr_nodes; node++)
		sum += level_sum(node, item);
	return (unsigned long)max(sum, 0L);
}
