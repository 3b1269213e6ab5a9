/* SPDX-License-Identifier: GPL-2.0-only */
/* compact.h - what the tests of compaction share: how much memory there is, and in how large pieces. */
#pragma once
#include "figures.h"
#include <sys/mman.h>

#define PAGE 4096ul

/* Free pages in blocks of the orders from @first up to, without, @end. */
static inline long nr_free(int first, int end)
{
	char line[256], zone[32];
	unsigned long n[11];
	long sum = 0;
	int node;
	FILE *f = fopen("/proc/buddyinfo", "r");

	while (fgets(line, sizeof(line), f)) {
		CHECK_EQ(sscanf(line, "Node %d, zone %31s %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu", &node, zone, &n[0], &n[1], &n[2], &n[3],
				&n[4], &n[5], &n[6], &n[7], &n[8], &n[9], &n[10]), 13);
		for (int order = first; order < end; order++)
			sum += (long)n[order] << order;
	}
	fclose(f);
	return sum;
}

/* Free blocks of 8 pages, counted in such blocks. */
static inline long nr_blocks(void)
{
	return nr_free(3, 11) / 8;
}

static inline size_t size_to_take(void)
{
	return ((size_t)sum_of("/proc/meminfo", "MemAvailable:") << 10) / 16 * 14 & ~(PAGE - 1);
}

/* Linux has a thread that looks twice a second whether free memory lies in pieces, and compacts it unasked; ours has none. */
static inline void nobody_else_compacts(void)
{
	int fd = open("/proc/sys/vm/compaction_proactiveness", O_WRONLY);

	if (fd < 0)
		return;
	CHECK_EQ(write(fd, "0", 1), 1);
	close(fd);
}

/* Make blocks out of pieces, everywhere. */
static inline void compact(void)
{
	int knob = open("/proc/sys/vm/compact_memory", O_WRONLY);

	CHECK_EQ(write(knob, "1", 1), 1);
	close(knob);
}
