/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * topology_test.c - proves that what /sys tells of processors and nodes, /proc/cpuinfo, /proc/self/status and numa_maps agree with
 * each other and with the calls, on any number of processors and nodes.
 */
#include "check.h"
#include <linux/mempolicy.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define CPU "/sys/devices/system/cpu"
#define NODE "/sys/devices/system/node"
#define PG 4096UL

static char text[1 << 16];

/* The file's text, its last newline cut off. NULL: there is none. */
static char *slurp(const char *fmt, int a, int b)
{
	char path[128];
	ssize_t len = 0, n;
	int fd;

	snprintf(path, sizeof(path), fmt, a, b);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return NULL;
	while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += n;
	close(fd);
	text[len] = 0;
	if (len && text[len - 1] == '\n')
		text[len - 1] = 0;
	return text;
}

static long number(const char *fmt, int a, int b)
{
	CHECK(slurp(fmt, a, b));
	return strtol(text, NULL, 10);
}

static unsigned long set_of(const char *fmt, int a, int b)
{
	unsigned long set = 0;
	char *p;

	CHECK(slurp(fmt, a, b));
	for (p = text; *p >= '0' && *p <= '9';) {
		long first = strtol(p, &p, 10), last = first;

		if (*p == '-')
			last = strtol(p + 1, &p, 10);
		for (; first <= last; first++)
			set |= 1UL << first;
		p += *p == ',';
	}
	return set;
}

static void mount_sys(void)
{
	mkdir("/sys", 0755);
	mkdir("/proc", 0755);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	if (access("/proc/self", F_OK))
		mount("proc", "/proc", "proc", 0, NULL);
}

static unsigned long online_cpus(void)
{
	mount_sys();
	return set_of(CPU "/online", 0, 0);
}

static unsigned long nodes(void)
{
	mount_sys();
	return set_of(NODE "/online", 0, 0);
}

#define FOR_EACH(i, set) for (int i = 0; i < 64; i++) if ((set) >> i & 1)

CASE(processors_belong_to_nodes_that_know_them)
{
	unsigned long all = online_cpus(), seen = 0;
	struct stat st;
	char path[128];

	FOR_EACH(n, nodes()) {
		unsigned long cpus = set_of(NODE "/node%d/cpulist", n, 0);

		CHECK_EQ(strtoul(slurp(NODE "/node%d/cpumap", n, 0), NULL, 16), cpus);
		CHECK_EQ(seen & cpus, 0);
		seen |= cpus;
		FOR_EACH(c, cpus) {
			snprintf(path, sizeof(path), CPU "/cpu%d/node%d/cpu%d/topology/core_id", c, n, c);
			CHECK_EQ(stat(path, &st), 0);
		}
	}
	CHECK_EQ(seen, all);
	CHECK_EQ(set_of(NODE "/has_cpu", 0, 0) & ~nodes(), 0);
	CHECK_EQ(set_of(CPU "/possible", 0, 0) & all, all);
	CHECK_EQ(set_of(CPU "/present", 0, 0) & all, all);
}

CASE(getcpu_says_what_the_node_says)
{
	FOR_EACH(c, online_cpus()) {
		cpu_set_t one;
		unsigned int cpu, node;

		CPU_ZERO(&one);
		CPU_SET(c, &one);
		CHECK_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
		CHECK_EQ(syscall(SYS_getcpu, &cpu, &node, NULL), 0);
		CHECK_EQ(cpu, c);
		CHECK(set_of(NODE "/node%d/cpulist", node, 0) >> c & 1);
	}
}

CASE(distances_are_near_on_the_diagonal)
{
	unsigned long all = nodes();

	FOR_EACH(n, all) {
		char *p = slurp(NODE "/node%d/distance", n, 0);

		FOR_EACH(m, all) {
			long d = strtol(p, &p, 10);

			CHECK(m == n ? d == 10 : d > 10);
		}
		CHECK_EQ(*p, 0);
	}
}

CASE(memory_of_the_nodes_is_the_machine_s)
{
	unsigned long kb = 0, total;
	char *p;

	CHECK_EQ(set_of(NODE "/has_memory", 0, 0) & ~nodes(), 0);
	FOR_EACH(n, set_of(NODE "/has_memory", 0, 0)) {
		p = strstr(slurp(NODE "/node%d/meminfo", n, 0), "MemTotal:");
		CHECK(p);
		kb += strtoul(p + 9, NULL, 10);
		p = strstr(slurp(NODE "/node%d/meminfo", n, 0), "MemFree:");
		CHECK(p && strtoul(p + 8, NULL, 10) > 0);
	}
	total = strtoul(strstr(slurp("/proc/meminfo", 0, 0), "MemTotal:") + 9, NULL, 10);
	CHECK(kb <= total + 64 && total <= kb + 64);
}

CASE(packages_cores_and_threads_agree)
{
	unsigned long all = online_cpus();

	FOR_EACH(c, all) {
		unsigned long threads = set_of(CPU "/cpu%d/topology/thread_siblings_list", c, 0);
		unsigned long package = set_of(CPU "/cpu%d/topology/core_siblings_list", c, 0);
		long id = number(CPU "/cpu%d/topology/physical_package_id", c, 0);
		long core = number(CPU "/cpu%d/topology/core_id", c, 0);

		CHECK(threads >> c & 1);
		CHECK_EQ(threads & ~package, 0);
		CHECK_EQ(set_of(CPU "/cpu%d/topology/package_cpus_list", c, 0), package);
		CHECK_EQ(set_of(CPU "/cpu%d/topology/core_cpus_list", c, 0), threads);
		CHECK_EQ(strtoul(slurp(CPU "/cpu%d/topology/core_siblings", c, 0), NULL, 16), package);
		FOR_EACH(o, all) {
			int same = number(CPU "/cpu%d/topology/physical_package_id", o, 0) == id;

			CHECK_EQ(package >> o & 1, same);
			CHECK_EQ(threads >> o & 1, same && number(CPU "/cpu%d/topology/core_id", o, 0) == core);
		}
	}
}

static long cpuinfo_field(int cpu, const char *name)
{
	char row[32], *p;

	slurp("/proc/cpuinfo", 0, 0);
	snprintf(row, sizeof(row), "processor\t: %d\n", cpu);
	p = strstr(text, row);
	CHECK(p);
	p = strstr(p, name);
	CHECK(p);
	return strtol(strchr(p, ':') + 1, NULL, 10);
}

CASE(cpuinfo_says_what_sys_says)
{
	FOR_EACH(c, online_cpus()) {
		unsigned long package = set_of(CPU "/cpu%d/topology/core_siblings_list", c, 0), cores = 0;

		FOR_EACH(o, package) {
			unsigned long threads = set_of(CPU "/cpu%d/topology/thread_siblings_list", o, 0);

			cores += __builtin_ctzl(threads) == o;
		}
		CHECK_EQ(cpuinfo_field(c, "physical id"), number(CPU "/cpu%d/topology/physical_package_id", c, 0));
		CHECK_EQ(cpuinfo_field(c, "core id"), number(CPU "/cpu%d/topology/core_id", c, 0));
		CHECK_EQ(cpuinfo_field(c, "siblings"), __builtin_popcountl(package));
		CHECK_EQ(cpuinfo_field(c, "cpu cores"), cores);
	}
}

CASE(a_cache_is_the_product_of_its_parts)
{
	int found = 0;

	FOR_EACH(c, online_cpus()) {
		for (int i = 0; slurp(CPU "/cpu%d/cache/index%d/level", c, i); i++) {
			long size = number(CPU "/cpu%d/cache/index%d/size", c, i);
			long line = number(CPU "/cpu%d/cache/index%d/coherency_line_size", c, i);
			long sets = number(CPU "/cpu%d/cache/index%d/number_of_sets", c, i);
			long ways = number(CPU "/cpu%d/cache/index%d/ways_of_associativity", c, i);

			found++;
			CHECK_EQ(size * 1024, line * sets * ways * number(CPU "/cpu%d/cache/index%d/physical_line_partition", c, i));
			CHECK(set_of(CPU "/cpu%d/cache/index%d/shared_cpu_list", c, i) >> c & 1);
			slurp(CPU "/cpu%d/cache/index%d/type", c, i);
			CHECK(!strcmp(text, "Data") || !strcmp(text, "Instruction") || !strcmp(text, "Unified"));
		}
	}
	CHECK(found > 0);
}

CASE(counters_of_nodes_count)
{
	int last = 63 - __builtin_clzl(set_of(NODE "/has_memory", 0, 0) | (nodes() & 1));
	unsigned long before, mask = 1UL << last;
	char *p;

	p = strstr(slurp(NODE "/node%d/numastat", last, 0), "numa_hit ");
	CHECK(p);
	before = strtoul(p + 9, NULL, 10);
	p = mmap(NULL, 256 * PG, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK_EQ(syscall(SYS_mbind, p, 256 * PG, MPOL_BIND, &mask, 65, 0), 0);
	memset(p, 1, 256 * PG);
	p = strstr(slurp(NODE "/node%d/numastat", last, 0), "numa_hit ");
	unsigned long after = strtoul(p + 9, NULL, 10);

	if (after < before + 256)
		check_failed(__FILE__, __LINE__, "256 pages are %ld hits", (long)(after - before));
}

CASE(status_lists_the_nodes_with_memory)
{
	char *p;

	mount_sys();
	p = strstr(slurp("/proc/self/status", 0, 0), "Mems_allowed_list:\t");
	CHECK(p);
	p += 19;
	p[strcspn(p, "\n")] = 0;
	p = strdup(p);
	CHECK(!strcmp(p, slurp(NODE "/has_memory", 0, 0)));
	p = strstr(slurp("/proc/self/status", 0, 0), "Mems_allowed:\t");
	CHECK(p);
	CHECK_EQ(strcspn(p + 14, "\n"), 32 * 9 - 1);
}

static char *numa_line(void *addr)
{
	char row[32], *p;

	slurp("/proc/self/numa_maps", 0, 0);
	snprintf(row, sizeof(row), "%08lx ", (unsigned long)addr);
	p = strstr(text, row);
	CHECK(p);
	p[strcspn(p, "\n")] = 0;
	return p + strlen(row);
}

CASE(numa_maps_tells_policy_and_pages)
{
	int last = 63 - __builtin_clzl(set_of(NODE "/has_memory", 0, 0) | (nodes() & 1));
	unsigned long mask = 1UL << last;
	char want[128], *p;

	mount_sys();
	p = mmap(NULL, 8 * PG, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK_EQ(syscall(SYS_mbind, p + 2 * PG, 4 * PG, MPOL_BIND, &mask, 65, 0), 0);
	snprintf(want, sizeof(want), "bind:%d", last);
	CHECK(!strcmp(numa_line(p + 2 * PG), want));
	memset(p, 1, 8 * PG);
	snprintf(want, sizeof(want), "bind:%d anon=4 dirty=4 active=0 N%d=4 kernelpagesize_kB=4", last, last);
	CHECK(!strcmp(numa_line(p + 2 * PG), want));
	CHECK(!strncmp(numa_line(p + 6 * PG), "default anon=2 dirty=2", 22));
	CHECK_EQ(syscall(SYS_set_mempolicy, MPOL_INTERLEAVE | MPOL_F_STATIC_NODES, &mask, 65), 0);
	snprintf(want, sizeof(want), "interleave=static:%d ", last);
	CHECK(!strncmp(numa_line(p + 6 * PG), want, strlen(want)));
	CHECK_EQ(syscall(SYS_mbind, p + 2 * PG, 4 * PG, MPOL_LOCAL, NULL, 0, 0), 0);
	CHECK(!strncmp(numa_line(p + 2 * PG), "local anon=4", 12));
	CHECK(strstr(slurp("/proc/self/numa_maps", 0, 0), " stack "));
}

TEST_MAIN()
