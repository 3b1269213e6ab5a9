/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * counts.h - did the kernel get everything back? Live objects by type, and pages that no kind of memory explains.
 *
 * What is freed after a grace period or by a worker gets time to go: the check waits for the counts, not for a time. Caches are dropped first.
 */
#pragma once
#include "check.h"

#define COUNT_TYPES   300
#define COUNT_TRIES   150
#define COUNT_SLACK   24  /* objects of a type that come and go with who looks: entries of /proc, magazines on their way */
#define COUNT_PAGES   96 /* pages that processors keep for themselves */

struct type_live {
	char name[32];
	long live;
};

struct counts {
	int nr;
	struct type_live type[COUNT_TYPES];
	long unexplained; /* pages */
};

static void counts_drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

	CHECK(write(fd, "3", 1) == 1);
	close(fd);
}

/* MemTotal less everything that meminfo says memory is used for. */
static long counts_unexplained(void)
{
	static const char *const kinds[] = { "MemFree:", "Cached:", "AnonPages:", "Slab:", "KernelStack:", "PageTables:", "VmallocUsed:" };
	char line[128], name[32];
	long kb, rest = 0;
	FILE *f = fopen("/proc/meminfo", "r");

	CHECK(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%31s %ld", name, &kb) != 2)
			continue;
		if (!strcmp(name, "MemTotal:"))
			rest += kb;
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			if (!strcmp(name, kinds[i]))
				rest -= kb;
	}
	fclose(f);
	return rest / 4;
}

static void counts_take(struct counts *counts)
{
	char line[256];
	FILE *f;

	counts_drop_caches();
	CHECK((f = fopen("/sys/kernel/debug/objects", "r")));
	counts->nr = 0;
	while (counts->nr < COUNT_TYPES && fgets(line, sizeof(line), f)) {
		struct type_live *type = &counts->type[counts->nr];

		counts->nr += sscanf(line, "%31s %*s %*x %*u %ld", type->name, &type->live) == 2;
	}
	fclose(f);
	counts->unexplained = counts_unexplained();
}

static int counts_grown(const struct counts *before, const struct counts *now)
{
	for (int i = 0; i < now->nr && i < before->nr; i++)
		if (now->type[i].live > before->type[i].live + COUNT_SLACK)
			return i;
	return -1;
}

static void counts_check_back(const struct counts *before)
{
	static struct counts now;
	int grown = -1;

	for (int i = 0; i < COUNT_TRIES; i++) {
		counts_take(&now);
		grown = counts_grown(before, &now);
		if (grown < 0 && now.unexplained <= before->unexplained + COUNT_PAGES)
			return;
		usleep(20000);
	}
	if (grown >= 0)
		check_failed(__FILE__, __LINE__, "%s: %ld live objects, %ld before", now.type[grown].name, now.type[grown].live,
			     before->type[grown].live);
	check_failed(__FILE__, __LINE__, "%ld pages are used for nothing, %ld before", now.unexplained, before->unexplained);
}
