/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * topology.c - /sys/devices/system/cpu and node: which CPUs there are, how they lie together, what they share, and the nodes of memory.
 *
 * WHAT        An attribute is a number of a CPU or a node and a row of a table; both stand in the node's private word, so nothing is
 *             allocated for it and nothing is copied: every read asks anew.
 * LOCKING     None: the CPUs and nodes are those of boot.
 * TESTS       tests/guest/proc/topology_test.c
 */
#include <arch/cpu.h>
#include <arch/topology.h>
#include <lib/bitmap.h>
#include <lib/printf.h>
#include <pages/zone.h>
#include "node_impl.h"

/* The private word of an attribute. */
static void *pack(int who, u32 row, u32 cache)
{
	return (void *)(unsigned long)((u32)who | row << 8 | cache << 16);
}

static int who_of(const void *priv)
{
	return (unsigned long)priv & 255;
}

static u32 row_of(const void *priv)
{
	return (unsigned long)priv >> 8 & 255;
}

static void show_list(struct report_writer *writer, u64 bits)
{
	char text[192];

	bitmap_print_list(text, sizeof(text), (const unsigned long *)&bits, 64);
	report_printf(writer, "%s\n", text);
}

static void show_mask(struct report_writer *writer, u64 bits)
{
	char text[64];

	bitmap_print_mask(text, sizeof(text), (const unsigned long *)&bits, nr_cpu_ids);
	report_printf(writer, "%s\n", text);
}

/* --- cpuN/topology ------------------------------------------------------------------------------------- */

enum mask_row { THREADS, THREADS_LIST, CORE, CORE_LIST, SIBLINGS, SIBLINGS_LIST, DIE, DIE_LIST, PACKAGE, PACKAGE_LIST, CLUSTER,
		CLUSTER_LIST, NR_MASK_ROWS };

static const char *const mask_names[NR_MASK_ROWS] = {
	"thread_siblings", "thread_siblings_list", "core_cpus", "core_cpus_list", "core_siblings", "core_siblings_list",
	"die_cpus", "die_cpus_list", "package_cpus", "package_cpus_list", "cluster_cpus", "cluster_cpus_list",
};

static void topology_mask_show(void *priv, struct report_writer *writer)
{
	u32 row = row_of(priv);
	bool of_package = row >= SIBLINGS && row <= PACKAGE_LIST;
	cpumask_t mask = of_package ? cpu_package_mask(who_of(priv)) : cpu_thread_mask(who_of(priv));

	if (row & 1)
		show_list(writer, mask.bits);
	else
		show_mask(writer, mask.bits);
}

enum id_row { CORE_ID, DIE_ID, PACKAGE_ID, NR_ID_ROWS };

static const char *const id_names[NR_ID_ROWS] = { "core_id", "die_id", "physical_package_id" };

static void topology_id_show(void *priv, struct report_writer *writer)
{
	int cpu = who_of(priv), id = cpu_package_id(cpu);

	if (row_of(priv) == CORE_ID)
		id = cpu_core_id(cpu);
	else if (row_of(priv) == DIE_ID)
		id = cpu_die_id(cpu);
	report_printf(writer, "%d\n", id);
}

static const struct sysfs_attr_ops topology_mask_ops = { .name = "cpu_topology_mask", .show = topology_mask_show };
static const struct sysfs_attr_ops topology_id_ops = { .name = "cpu_topology_id", .show = topology_id_show };

static void add_topology(struct sysfs_node *cpu_dir, int cpu)
{
	struct sysfs_node *dir = sysfs_dir(cpu_dir, "topology");

	for (u32 row = 0; row < NR_MASK_ROWS; row++)
		sysfs_add_attr(dir, mask_names[row], 0444, &topology_mask_ops, pack(cpu, row, 0));
	for (u32 row = 0; row < NR_ID_ROWS; row++)
		sysfs_add_attr(dir, id_names[row], 0444, &topology_id_ops, pack(cpu, row, 0));
	sysfs_add_text(dir, "cluster_id", "65535"); /* none is told */
}

/* --- cpuN/cache ---------------------------------------------------------------------------------------- */

enum cache_row { CACHE_LINE, CACHE_ID, CACHE_LEVEL, CACHE_SETS, CACHE_PARTITION, CACHE_CPU_LIST, CACHE_CPU_MAP, CACHE_SIZE, CACHE_TYPE,
		 CACHE_WAYS, NR_CACHE_ROWS };

static const char *const cache_names[NR_CACHE_ROWS] = {
	"coherency_line_size", "id", "level", "number_of_sets", "physical_line_partition", "shared_cpu_list", "shared_cpu_map", "size",
	"type", "ways_of_associativity",
};

static const char *const kind_names[] = { "", "Data", "Instruction", "Unified" };

static void cache_show(void *priv, struct report_writer *writer)
{
	struct cpu_cache cache;
	int cpu = who_of(priv);

	if (!cpu_cache_at((unsigned long)priv >> 16, &cache))
		return;
	switch (row_of(priv)) {
	case CACHE_LINE:
		report_printf(writer, "%u\n", cache.line_bytes);
		break;
	case CACHE_ID:
		report_printf(writer, "%u\n", cpu_cache_id(&cache, cpu));
		break;
	case CACHE_LEVEL:
		report_printf(writer, "%u\n", cache.level);
		break;
	case CACHE_SETS:
		report_printf(writer, "%u\n", cache.sets);
		break;
	case CACHE_PARTITION:
		report_printf(writer, "%u\n", cache.partitions);
		break;
	case CACHE_CPU_LIST:
		show_list(writer, cpu_cache_mask(&cache, cpu).bits);
		break;
	case CACHE_CPU_MAP:
		show_mask(writer, cpu_cache_mask(&cache, cpu).bits);
		break;
	case CACHE_SIZE:
		report_printf(writer, "%uK\n", cache.size_kb);
		break;
	case CACHE_TYPE:
		report_printf(writer, "%s\n", kind_names[cache.kind]);
		break;
	default:
		report_printf(writer, "%u\n", cache.ways);
	}
}

static const struct sysfs_attr_ops cache_ops = { .name = "cpu_cache", .show = cache_show };

static void add_caches(struct sysfs_node *cpu_dir, int cpu)
{
	struct cpu_cache cache;
	char path[24];

	for (u32 i = 0; cpu_cache_at(i, &cache); i++) {
		struct sysfs_node *dir;

		snprintf(path, sizeof(path), "cache/index%u", i);
		dir = sysfs_dir(cpu_dir, path);
		for (u32 row = 0; row < NR_CACHE_ROWS; row++)
			if (row != CACHE_WAYS || cache.ways)
				sysfs_add_attr(dir, cache_names[row], 0444, &cache_ops, pack(cpu, row, i));
	}
}

/* --- the CPUs ------------------------------------------------------------------------------------------ */

static void cpumask_show(void *priv, struct report_writer *writer)
{
	const cpumask_t *mask = priv;

	show_list(writer, cpumask_bits(mask));
}

static const struct sysfs_attr_ops cpumask_ops = { .name = "cpumask", .show = cpumask_show };

static void add_processors(void)
{
	struct sysfs_node *dir = sysfs_dir(&sysfs_root, "devices/system/cpu"), *cpu_dir;
	char name[16], target[32];
	int cpu;

	sysfs_add_attr(dir, "online", 0444, &cpumask_ops, &cpu_online_mask);
	sysfs_add_attr(dir, "possible", 0444, &cpumask_ops, &cpu_possible_mask);
	sysfs_add_attr(dir, "present", 0444, &cpumask_ops, &cpu_possible_mask);
	sysfs_add_text(dir, "offline", "");
	sysfs_add_text(dir, "isolated", "");
	sysfs_add_text(dir, "kernel_max", "63");
	for_each_possible_cpu(cpu) {
		snprintf(name, sizeof(name), "cpu%d", cpu);
		cpu_dir = sysfs_dir(dir, name);
		add_topology(cpu_dir, cpu);
		add_caches(cpu_dir, cpu);
		snprintf(name, sizeof(name), "node%d", cpu_to_node(cpu));
		snprintf(target, sizeof(target), "../../node/%s", name);
		sysfs_add_link(cpu_dir, name, target);
	}
}

/* --- the nodes ----------------------------------------------------------------------------------------- */

static u64 node_cpus(int nid)
{
	u64 bits = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		if (cpu_to_node(cpu) == nid)
			bits |= 1ull << cpu;
	return bits;
}

static void node_list_show(void *priv, struct report_writer *writer)
{
	u64 nodes = 0;
	bool wants_cpu = row_of(priv);

	for_each_node(nid)
		if (!wants_cpu || node_cpus(nid))
			nodes |= 1ull << nid;
	show_list(writer, nodes);
}

static void memory_list_show(void *priv, struct report_writer *writer)
{
	show_list(writer, nodes_with_memory());
}

static void node_cpulist_show(void *priv, struct report_writer *writer)
{
	show_list(writer, node_cpus(who_of(priv)));
}

static void node_cpumap_show(void *priv, struct report_writer *writer)
{
	show_mask(writer, node_cpus(who_of(priv)));
}

static void distance_show(void *priv, struct report_writer *writer)
{
	const char *space = "";

	for_each_node(nid) {
		report_printf(writer, "%s%u", space, numa.node[who_of(priv)].distance[nid]);
		space = " ";
	}
	report_printf(writer, "\n");
}

static void numastat_show(void *priv, struct report_writer *writer)
{
	int nid = who_of(priv);

	report_printf(writer, "numa_hit %lu\nnuma_miss %lu\nnuma_foreign %lu\ninterleave_hit %lu\nlocal_node %lu\nother_node %lu\n",
		      numa_stat(nid, NUMA_HIT), numa_stat(nid, NUMA_MISS), numa_stat(nid, NUMA_FOREIGN),
		      numa_stat(nid, NUMA_INTERLEAVE_HIT), numa_stat(nid, NUMA_LOCAL), numa_stat(nid, NUMA_OTHER));
}

static unsigned long node_free(int nid)
{
	unsigned long sum = 0;

	for (int type = 0; type < MAX_NR_ZONES; type++)
		sum += READ_ONCE(numa.node[nid].zone[type].nr_free);
	return sum;
}

static unsigned long node_managed(int nid)
{
	unsigned long sum = 0;

	for (int type = 0; type < MAX_NR_ZONES; type++)
		sum += numa.node[nid].zone[type].managed_pages;
	return sum;
}

static void node_vmstat_show(void *priv, struct report_writer *writer)
{
	int nid = who_of(priv);

	report_printf(writer, "nr_free_pages %lu\n", node_free(nid));
	for (u32 i = 0; i < NR_NUMA_STATS; i++)
		report_printf(writer, "%s %lu\n", numa_stat_names[i], numa_stat(nid, i));
	for (u32 i = 0; i < NR_NODE_STATS; i++)
		report_printf(writer, "%s %lu\n", node_stat_names[i], node_page_state_of(nid, i));
}

static void kb_line(struct report_writer *writer, int nid, const char *name, unsigned long pages)
{
	report_printf(writer, "Node %d %-15s %8lu kB\n", nid, name, pages << (PAGE_SHIFT - 10));
}

static void node_meminfo_show(void *priv, struct report_writer *writer)
{
	int nid = who_of(priv);
	unsigned long total = node_managed(nid), nr_free = node_free(nid);
	unsigned long active = node_page_state_of(nid, NR_ACTIVE_FILE), inactive = node_page_state_of(nid, NR_INACTIVE_FILE);
	unsigned long active_anon = node_page_state_of(nid, NR_ACTIVE_ANON), inactive_anon = node_page_state_of(nid, NR_INACTIVE_ANON);

	kb_line(writer, nid, "MemTotal:", total);
	kb_line(writer, nid, "MemFree:", nr_free);
	kb_line(writer, nid, "MemUsed:", total - min(total, nr_free));
	kb_line(writer, nid, "SwapCached:", 0);
	kb_line(writer, nid, "Active:", active + active_anon);
	kb_line(writer, nid, "Inactive:", inactive + inactive_anon);
	kb_line(writer, nid, "Active(anon):", active_anon);
	kb_line(writer, nid, "Inactive(anon):", inactive_anon);
	kb_line(writer, nid, "Active(file):", active);
	kb_line(writer, nid, "Inactive(file):", inactive);
	kb_line(writer, nid, "Dirty:", node_page_state_of(nid, NR_FILE_DIRTY));
	kb_line(writer, nid, "Writeback:", node_page_state_of(nid, NR_WRITEBACK));
	kb_line(writer, nid, "FilePages:", node_page_state_of(nid, NR_FILE_PAGES));
	kb_line(writer, nid, "Mapped:", node_page_state_of(nid, NR_FILE_MAPPED));
	kb_line(writer, nid, "AnonPages:", node_page_state_of(nid, NR_ANON_MAPPED));
	kb_line(writer, nid, "Shmem:", node_page_state_of(nid, NR_SHMEM));
	report_printf(writer, "Node %d %-15s %8lu kB\n", nid, "KernelStack:", node_page_state_of(nid, NR_KERNEL_STACK_KB));
	kb_line(writer, nid, "PageTables:", node_page_state_of(nid, NR_PAGETABLE));
	kb_line(writer, nid, "Slab:",
		node_page_state_of(nid, NR_SLAB_RECLAIMABLE) + node_page_state_of(nid, NR_SLAB_UNRECLAIMABLE));
	kb_line(writer, nid, "SReclaimable:", node_page_state_of(nid, NR_SLAB_RECLAIMABLE));
	kb_line(writer, nid, "SUnreclaim:", node_page_state_of(nid, NR_SLAB_UNRECLAIMABLE));
	report_printf(writer, "Node %d HugePages_Total:     0\nNode %d HugePages_Free:      0\nNode %d HugePages_Surp:      0\n", nid,
		      nid, nid);
}

static const struct sysfs_attr_ops node_list_ops = { .name = "node_list", .show = node_list_show };
static const struct sysfs_attr_ops memory_list_ops = { .name = "memory_list", .show = memory_list_show };

static const struct sysfs_attr_ops node_ops[] = {
	{ .name = "cpulist", .show = node_cpulist_show }, { .name = "cpumap", .show = node_cpumap_show },
	{ .name = "distance", .show = distance_show },	  { .name = "numastat", .show = numastat_show },
	{ .name = "vmstat", .show = node_vmstat_show },	  { .name = "meminfo", .show = node_meminfo_show },
};

static void add_node(struct sysfs_node *nodes, int nid)
{
	char name[16], target[32];
	struct sysfs_node *dir;
	int cpu;

	snprintf(name, sizeof(name), "node%d", nid);
	dir = sysfs_dir(nodes, name);
	for (u32 i = 0; i < ARRAY_SIZE(node_ops); i++)
		sysfs_add_attr(dir, node_ops[i].name, 0444, &node_ops[i], pack(nid, 0, 0));
	for_each_possible_cpu(cpu) {
		if (cpu_to_node(cpu) != nid)
			continue;
		snprintf(name, sizeof(name), "cpu%d", cpu);
		snprintf(target, sizeof(target), "../../cpu/%s", name);
		sysfs_add_link(dir, name, target);
	}
}

void sysfs_topology_init(void)
{
	struct sysfs_node *nodes = sysfs_dir(&sysfs_root, "devices/system/node");

	add_processors();
	sysfs_add_attr(nodes, "online", 0444, &node_list_ops, pack(0, 0, 0));
	sysfs_add_attr(nodes, "possible", 0444, &node_list_ops, pack(0, 0, 0));
	sysfs_add_attr(nodes, "has_cpu", 0444, &node_list_ops, pack(0, 1, 0));
	sysfs_add_attr(nodes, "has_memory", 0444, &memory_list_ops, NULL);
	sysfs_add_attr(nodes, "has_normal_memory", 0444, &memory_list_ops, NULL);
	sysfs_add_text(nodes, "has_generic_initiator", "");
	for_each_node(nid)
		add_node(nodes, nid);
}
