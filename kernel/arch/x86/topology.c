/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * topology.c - packages, cores, threads and caches from CPUID.
 *
 * WHAT        An APIC id is package, core and thread number, side by side. Leaf 0xB tells the widths; older CPUs tell how many ids a
 *             package takes (leaf 1, or 0x80000008 on AMD's). Caches: leaf 4, 0x8000001D, or the old leaves 0x80000005 and 6.
 * INVARIANTS  T1  smt_shift <= package_shift.
 * LOCKING     None: written at boot, before there are other CPUs.
 * SEE         Intel SDM volume 2, CPUID; AMD APM volume 3, appendix E.
 */
#include <arch/cpu.h>
#include <arch/topology.h>
#include <lib/assert.h>
#include <lib/string.h>

static struct {
	u32 smt_shift, package_shift; /* T1 */
	u32 nr_caches, l2_kb, tlb_entries;
	bool is_amd;
	struct cpu_cache cache[CPU_CACHES_MAX];
} topology __section(".data..ro_after_init");

/* Bits that number @n things. */
static u32 order_of(u32 n)
{
	return n > 1 ? 32 - (u32)__builtin_clz(n - 1) : 0;
}

static u32 max_leaf(u32 base)
{
	u32 max, b, c, d;

	cpuid(base, 0, &max, &b, &c, &d);
	return max;
}

/* Leaf 0xB: each level says its kind, 1 threads or 2 cores, and the width of all up to it. */
static bool read_levels(void)
{
	for (u32 level = 0; level < 8; level++) {
		u32 a, b, c, d, kind;

		cpuid(11, level, &a, &b, &c, &d);
		kind = c >> 8 & 255;
		if (!kind)
			return level > 0;
		if (kind == 1)
			topology.smt_shift = a & 31;
		topology.package_shift = a & 31;
	}
	return true;
}

static void read_widths(void)
{
	u32 a, b, c, d, ids;

	if (max_leaf(0) >= 11 && read_levels())
		return;
	topology.smt_shift = topology.package_shift = 0;
	cpuid(1, 0, &a, &b, &c, &d);
	if (!(d >> 28 & 1))
		return; /* one id to a package */
	ids = b >> 16 & 255;
	topology.package_shift = order_of(ids);
	if (topology.is_amd && max_leaf(0x80000000) >= 0x80000008) {
		cpuid(0x80000008, 0, &a, &b, &c, &d);
		topology.package_shift = c >> 12 & 15 ? c >> 12 & 15 : order_of((c & 255) + 1);
		return;
	}
	if (max_leaf(0) >= 4) {
		cpuid(4, 0, &a, &b, &c, &d);
		topology.smt_shift = topology.package_shift - min(topology.package_shift, order_of((a >> 26) + 1));
	}
}

static void add_cache(const struct cpu_cache *cache)
{
	if (topology.nr_caches == CPU_CACHES_MAX)
		return;
	if (cache->level == 2 && !topology.l2_kb)
		topology.l2_kb = cache->size_kb;
	topology.cache[topology.nr_caches++] = *cache;
}

/* Leaf 4 and 0x8000001D: one subleaf a cache. */
static void read_cache_leaf(u32 leaf)
{
	for (u32 i = 0; i < CPU_CACHES_MAX; i++) {
		struct cpu_cache cache = { 0 };
		u32 a, b, c, d;

		cpuid(leaf, i, &a, &b, &c, &d);
		if (!(a & 31))
			return;
		cache.kind = (enum cache_kind)(a & 31);
		cache.level = a >> 5 & 7;
		cache.line_bytes = (b & 0xfff) + 1;
		cache.partitions = (b >> 12 & 0x3ff) + 1;
		cache.ways = (b >> 22) + 1;
		cache.sets = c + 1;
		cache.size_kb = (u64)cache.line_bytes * cache.partitions * cache.ways * cache.sets >> 10;
		cache.id_shift = cache.sharing_shift = order_of((a >> 14 & 0xfff) + 1);
		add_cache(&cache);
	}
}

/* What the four bits of an old leaf mean; 0: fully associative. */
static const u8 old_ways[16] = { [1] = 1, [2] = 2, [4] = 4, [6] = 8, [8] = 16, [10] = 32, [11] = 48, [12] = 64, [13] = 96, [14] = 128 };

static void add_old_cache(u32 level, enum cache_kind kind, u32 size_kb, u32 ways_code, u32 partitions, u32 line_bytes)
{
	struct cpu_cache cache = { .kind = kind, .level = level, .line_bytes = line_bytes, .partitions = partitions,
				   .ways = old_ways[ways_code & 15], .size_kb = size_kb };

	if (!size_kb || !line_bytes)
		return;
	cache.sets = size_kb * 1024 / line_bytes / (cache.ways ? cache.ways : size_kb * 1024 / line_bytes);
	/* The last level is the package's; these leaves give no other way to know. */
	cache.sharing_shift = level == 3 ? topology.package_shift : 0;
	add_cache(&cache);
}

static void read_old_caches(void)
{
	u32 a, b, c, d;

	cpuid(0x80000005, 0, &a, &b, &c, &d);
	add_old_cache(1, CACHE_DATA, c >> 24, c >> 16 & 255, c >> 8 & 255, c & 255);
	add_old_cache(1, CACHE_INSTRUCTION, d >> 24, d >> 16 & 255, d >> 8 & 255, d & 255);
	cpuid(0x80000006, 0, &a, &b, &c, &d);
	topology.tlb_entries = (b >> 16 & 0xfff) + (b & 0xfff);
	add_old_cache(2, CACHE_UNIFIED, c >> 16, c >> 12 & 15, c >> 8 & 15, c & 255);
	add_old_cache(3, CACHE_UNIFIED, (d >> 18) * 512, d >> 12 & 15, d >> 8 & 15, d & 255);
}

void topology_detect(void)
{
	u32 ext = max_leaf(0x80000000);

	topology.is_amd = !strcmp(boot_cpu.vendor, "AuthenticAMD");
	read_widths();
	KASSERT(topology.smt_shift <= topology.package_shift); /* T1 */
	if (!topology.is_amd && max_leaf(0) >= 4)
		read_cache_leaf(4);
	else if (topology.is_amd && cpu_has(FEATURE(CPUID_80000001_ECX, 22)) && ext >= 0x8000001d)
		read_cache_leaf(0x8000001d);
	else if (ext >= 0x80000006)
		read_old_caches();
}

int cpu_package_id(int cpu)
{
	return cpu_apic_id(cpu) >> topology.package_shift;
}

int cpu_die_id(int cpu)
{
	/* AMD's old CPUs have a die to a package, numbered with it; elsewhere the number begins anew in each package. */
	return topology.is_amd ? cpu_package_id(cpu) : 0;
}

int cpu_core_id(int cpu)
{
	u32 in_package = cpu_apic_id(cpu) & ((1u << topology.package_shift) - 1);

	return in_package >> topology.smt_shift;
}

static cpumask_t same_above(int cpu, u32 shift)
{
	cpumask_t mask = CPUMASK_NONE;
	int other;

	for_each_possible_cpu(other)
		if (cpu_apic_id(other) >> shift == cpu_apic_id(cpu) >> shift)
			mask.bits |= 1ull << other;
	return mask;
}

cpumask_t cpu_thread_mask(int cpu)
{
	return same_above(cpu, topology.smt_shift);
}

cpumask_t cpu_package_mask(int cpu)
{
	return same_above(cpu, topology.package_shift);
}

int cpu_package_cores(int cpu)
{
	cpumask_t package = cpu_package_mask(cpu);
	int other, cores = 0;

	for_each_cpu(other, &package)
		cores += __builtin_ctzll(cpu_thread_mask(other).bits) == other; /* the first of each core */
	return cores;
}

bool cpu_cache_at(u32 index, struct cpu_cache *cache)
{
	if (index >= topology.nr_caches)
		return false;
	*cache = topology.cache[index];
	return true;
}

u32 cpu_cache_id(const struct cpu_cache *cache, int cpu)
{
	return cpu_apic_id(cpu) >> cache->id_shift;
}

cpumask_t cpu_cache_mask(const struct cpu_cache *cache, int cpu)
{
	return same_above(cpu, cache->sharing_shift);
}

u32 cpu_l2_kb(void)
{
	return topology.l2_kb;
}

u32 cpu_tlb_entries(void)
{
	return topology.tlb_entries;
}
