/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory_test.c - the files that say where memory is: meminfo, vmstat, zoneinfo, buddyinfo, slabinfo, and the settings of vm.
 *
 * PROVES     Names, order and units are Linux's, for free(1), vmstat(8) and slabtop(1) read them; sums agree with their parts, and files
 *            with each other; settings take what they show, and refuse the rest.
 */
#include "figures.h"
#include <sys/mman.h>

static long meminfo(const char *name)
{
	char key[64], *at;

	snprintf(key, sizeof(key), "%s:", name);
	at = strstr(text_of("/proc/meminfo"), key);
	CHECK(at);
	return atol(at + strlen(key));
}

/* Each name is there, behind the one before it. */
static void check_order(const char *path, const char *const *names)
{
	char *at = text_of(path), key[64];

	for (; *names; names++) {
		snprintf(key, sizeof(key), "\n%s", *names);
		at = strncmp(at, *names, strlen(*names)) ? strstr(at, key) : at;
		if (!at)
			check_failed(__FILE__, __LINE__, "%s: no %s behind its place", path, *names);
	}
}

CASE(meminfo_has_linux_s_lines_in_linux_s_order)
{
	static const char *const names[] = {
		"MemTotal:", "MemFree:", "MemAvailable:", "Buffers:", "Cached:", "SwapCached:", "Active:", "Inactive:", "Active(anon):",
		"Inactive(anon):", "Active(file):", "Inactive(file):", "Unevictable:", "Mlocked:", "SwapTotal:", "SwapFree:", "Zswap:",
		"Zswapped:", "Dirty:", "Writeback:", "AnonPages:", "Mapped:", "Shmem:", "KReclaimable:", "Slab:", "SReclaimable:",
		"SUnreclaim:", "KernelStack:", "PageTables:", "SecPageTables:", "NFS_Unstable:", "Bounce:", "WritebackTmp:",
		"CommitLimit:", "Committed_AS:", "VmallocTotal:", "VmallocUsed:", "VmallocChunk:", "Percpu:", "HardwareCorrupted:",
		"AnonHugePages:", "ShmemHugePages:", "ShmemPmdMapped:", "FileHugePages:", "FilePmdMapped:", "HugePages_Total:",
		"HugePages_Free:", "HugePages_Rsvd:", "HugePages_Surp:", "Hugepagesize:", "Hugetlb:", "DirectMap4k:", "DirectMap2M:",
		"DirectMap1G:", NULL };

	check_order("/proc/meminfo", names);
}

CASE(each_line_of_meminfo_is_as_wide_as_linux_s)
{
	char *text = text_of("/proc/meminfo"), name[32];
	long value;

	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		CHECK_EQ(sscanf(line, "%31s %ld", name, &value), 2);
		if (strncmp(name, "HugePages_", 10))
			CHECK(strlen(line) >= 27 && !strcmp(line + strlen(line) - 3, " kB"));
		else
			CHECK_EQ(strlen(line), 24);
	}
}

CASE(sums_of_meminfo_agree)
{
	CHECK(meminfo("MemFree") < meminfo("MemTotal") && meminfo("MemAvailable") <= meminfo("MemTotal"));
	CHECK_EQ(meminfo("Active"), meminfo("Active(anon)") + meminfo("Active(file)"));
	CHECK_EQ(meminfo("Inactive"), meminfo("Inactive(anon)") + meminfo("Inactive(file)"));
	CHECK(meminfo("Percpu") > 0 && meminfo("DirectMap4k") + meminfo("DirectMap2M") + meminfo("DirectMap1G") >= meminfo("MemTotal"));
}

CASE(anonymous_memory_is_active_or_inactive)
{
	long anon = meminfo("Active(anon)") + meminfo("Inactive(anon)"), mapped = meminfo("AnonPages");
	char *p = mmap(NULL, 32 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	memset(p, 1, 32 << 20);
	CHECK(meminfo("AnonPages") >= mapped + 31 * 1024);
	CHECK(meminfo("Active(anon)") + meminfo("Inactive(anon)") >= anon + 31 * 1024);
	CHECK(vmstat("nr_zone_active_anon") + vmstat("nr_zone_inactive_anon") >= (anon + 31 * 1024) / 4);
}

CASE(vmstat_has_linux_s_counters_in_linux_s_order)
{
	static const char *const names[] = {
		"nr_free_pages ", "nr_zone_inactive_anon ", "nr_zone_active_anon ", "nr_zone_inactive_file ", "nr_zone_active_file ",
		"nr_zone_unevictable ", "nr_zone_write_pending ", "nr_mlock ", "numa_hit ", "numa_miss ", "numa_other ",
		"nr_inactive_anon ", "nr_active_anon ", "nr_slab_reclaimable ", "nr_slab_unreclaimable ", "workingset_nodes ",
		"nr_anon_pages ", "nr_mapped ", "nr_file_pages ", "nr_dirty ", "nr_writeback ", "nr_shmem ", "nr_dirtied ", "nr_written ",
		"nr_kernel_stack ", "nr_page_table_pages ", "nr_dirty_threshold ", "nr_dirty_background_threshold ", "pgpgin ", "pgpgout ",
		"pswpin ", "pgalloc_dma32 ", "pgalloc_normal ", "allocstall_dma32 ", "allocstall_normal ", "pgfree ", "pgactivate ",
		"pgfault ", "pgmajfault ", "pgsteal_kswapd ", "pgsteal_direct ", "pgscan_kswapd ", "pgscan_direct ", "slabs_scanned ",
		"pageoutrun ", "drop_pagecache ", "drop_slab ", "oom_kill ", "pgmigrate_success ", "compact_stall ", "compact_success ",
		"thp_fault_alloc ", "nr_unstable ", NULL };

	check_order("/proc/vmstat", names);
	CHECK(vmstat("nr_dirty_threshold") > vmstat("nr_dirty_background_threshold"));
	CHECK(vmstat("pgfault") > 0 && vmstat("pgfree") > 0);
}

/* The number behind @name in the text of one zone. */
static long zone_number(const char *zone, const char *name)
{
	const char *at = strstr(zone, name);

	CHECK(at);
	return atol(at + strlen(name));
}

CASE(zoneinfo_tells_each_zone_as_linux_does)
{
	char *text = text_of("/proc/zoneinfo"), *zone = strstr(text, "Node 0, zone");
	int populated = 0;

	CHECK(!strncmp(text, "Node 0, zone ", 13) && strstr(text, "\n  per-node stats\n      nr_inactive_anon "));
	while (zone) {
		char *next = strstr(zone + 1, "\nNode ");
		long present;

		if (next)
			*next = 0;
		present = zone_number(zone, "\n        present  ");
		CHECK(zone_number(zone, "\n        min      ") <= zone_number(zone, "\n        low      "));
		CHECK(zone_number(zone, "\n        low      ") <= zone_number(zone, "\n        high     "));
		CHECK(zone_number(zone, "\n        managed  ") <= present);
		CHECK(strstr(zone, "\n        protection: ("));
		if (present) {
			populated++;
			CHECK(strstr(zone, "\n  pagesets\n    cpu: 0\n              count: ") && strstr(zone, "\n              high:  ") &&
			      strstr(zone, "\n              batch: ") && strstr(zone, "\n  vm stats threshold: "));
			CHECK(strstr(zone, "\n  node_unreclaimable:  0\n  start_pfn:           ") ||
			      strstr(zone, "\n  node_unreclaimable:  1\n  start_pfn:           ")); /* after tests that filled memory */
		}
		zone = next ? next + 1 : NULL;
	}
	CHECK(populated > 0);
}

CASE(buddyinfo_counts_the_blocks_of_what_is_free)
{
	char *text = text_of("/proc/buddyinfo"), zone[32];
	unsigned long n[11], sum = 0;
	long stacked = 4096;
	int node;

	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		CHECK_EQ(sscanf(line, "Node %d, zone %31s %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu", &node, zone, &n[0], &n[1], &n[2], &n[3],
				&n[4], &n[5], &n[6], &n[7], &n[8], &n[9], &n[10]), 13);
		for (int order = 0; order < 11; order++)
			sum += n[order] << order;
	}
	CHECK(labs((long)sum - vmstat("nr_free_pages")) < stacked);
}

CASE(slabinfo_has_a_row_for_each_cache)
{
	char *text = text_of("/proc/slabinfo"), name[64];
	unsigned long active, total, size, per_slab, pages, slabs_active, slabs;
	int rows = 0;

	CHECK(!strncmp(text, "slabinfo - version: 2.1\n# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : "
			     "tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n", 180));
	text = strchr(strchr(text, '\n') + 1, '\n') + 1;
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), rows++) {
		CHECK_EQ(sscanf(line, "%63s %lu %lu %lu %lu %lu : tunables %*u %*u %*u : slabdata %lu %lu %*u", name, &active, &total, &size,
				&per_slab, &pages, &slabs_active, &slabs), 8);
		CHECK(active <= total && slabs_active <= slabs && size * per_slab <= pages * 4096);
	}
	CHECK(rows > 30);
}

/* --- settings ---------------------------------------------------------------------------------------------- */

static long setting(const char *name)
{
	char path[96];

	snprintf(path, sizeof(path), "/proc/sys/vm/%s", name);
	return atol(text_of(path));
}

static int set(const char *name, const char *value)
{
	char path[96];
	int fd, ret;

	snprintf(path, sizeof(path), "/proc/sys/vm/%s", name);
	fd = open(path, O_WRONLY);
	ret = write(fd, value, strlen(value)) == (ssize_t)strlen(value) ? 0 : errno;
	close(fd);
	return ret;
}

static long first_populated_mark(const char *name)
{
	char *zone = text_of("/proc/zoneinfo");
	long sum = 0;

	for (zone = strstr(zone, name); zone; zone = strstr(zone + 1, name))
		sum += atol(zone + strlen(name));
	return sum;
}

/*
 * Linux raises all marks of a zone for a while when blocks of one kind of use were taken for another, and shows them raised. What was raised
 * falls when the marks are computed anew, and nothing is raised from here on. Ours raises none.
 */
static void marks_are_not_raised(long min_free)
{
	const char *factor = "/proc/sys/vm/watermark_boost_factor";
	char text[32];

	if (access(factor, F_OK))
		return;
	keep_setting(factor);
	CHECK_EQ(set("watermark_boost_factor", "0"), 0);
	snprintf(text, sizeof(text), "%ld", min_free);
	CHECK_EQ(set("min_free_kbytes", text), 0);
}

CASE(watermarks_follow_their_settings)
{
	long had = setting("min_free_kbytes"), scale = setting("watermark_scale_factor"), min, low;
	char text[32];

	marks_are_not_raised(had);
	min = first_populated_mark("        min      ");
	snprintf(text, sizeof(text), "%ld", had * 2);
	CHECK_EQ(set("min_free_kbytes", text), 0);
	CHECK_EQ(setting("min_free_kbytes"), had * 2);
	CHECK(first_populated_mark("        min      ") > min * 3 / 2);
	low = first_populated_mark("        low      ");
	CHECK_EQ(set("watermark_scale_factor", "1000"), 0);
	CHECK(first_populated_mark("        low      ") > low);
	CHECK_EQ(set("watermark_scale_factor", "0"), EINVAL);
	CHECK_EQ(set("watermark_scale_factor", "3001"), EINVAL);
	CHECK_EQ(set("min_free_kbytes", "-1"), EINVAL);
	CHECK_EQ(set("min_free_kbytes", "99999999999"), EINVAL);
	snprintf(text, sizeof(text), "%ld", scale);
	CHECK_EQ(set("watermark_scale_factor", text), 0);
	snprintf(text, sizeof(text), "%ld", had);
	CHECK_EQ(set("min_free_kbytes", text), 0);
}

CASE(the_limit_of_what_is_promised_is_a_ratio_or_a_size)
{
	long ratio = setting("overcommit_ratio"), limit = meminfo("CommitLimit");
	char text[32];

	CHECK_EQ(set("overcommit_kbytes", "65536"), 0);
	CHECK_EQ(setting("overcommit_ratio"), 0);
	CHECK_EQ(meminfo("CommitLimit"), 65536 + meminfo("SwapTotal"));
	snprintf(text, sizeof(text), "%ld", ratio);
	CHECK_EQ(set("overcommit_ratio", text), 0);
	CHECK_EQ(setting("overcommit_kbytes"), 0);
	CHECK_EQ(meminfo("CommitLimit"), limit);
	CHECK_EQ(set("overcommit_memory", "3"), EINVAL);
}

CASE(caches_are_dropped_and_counted)
{
	long pages = vmstat("drop_pagecache"), slab = vmstat("drop_slab");

	CHECK_EQ(set("drop_caches", "3"), 0);
	CHECK_EQ(vmstat("drop_pagecache"), pages + 1);
	CHECK_EQ(vmstat("drop_slab"), slab + 1);
	CHECK_EQ(set("drop_caches", "0"), EINVAL);
	CHECK_EQ(set("drop_caches", "5"), EINVAL);
}

TEST_MAIN()
