/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * selftest.c - selftest=NAME[,NAME...] (or "all") runs tests of the machine and the allocators inside the running kernel, before
 * the first program. One line each; "selftest: N passed, N failed" at the end.
 */
#include <arch/bootinfo.h>
#include <lib/cmdline.h>
#include <lib/string.h>
#include <log/printk.h>
#include "boot_impl.h"

struct selftest {
	const char *name;
	int (*run)(void); /* 0, or a negative errno after it said what is wrong */
};

static const struct selftest selftests[] = {
	{ "arch", arch_selftest },
	{ "pages", pages_selftest }, /* counts free frames: before any thread was made that ends */
	{ "smp", smp_selftest },
	{ "reserve", reserve_selftest },
	{ "costs", costs_selftest },
	{ "sync", sync_selftest },
	{ "sched", sched_selftest },
	{ "mm", mm_selftest },
	{ "torture", torture_selftest },
	{ "users", users_selftest },
	{ "random", random_selftest },
	{ "virtqueue", virtqueue_selftest },
};

static bool is_wanted(const char *list, const char *name)
{
	size_t len = strlen(name);

	if (!strcmp(list, "all"))
		return true;
	for (const char *p = list; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL)
		if (!strncmp(p, name, len) && (!p[len] || p[len] == ','))
			return true;
	return false;
}

void boot_selftest(void)
{
	char list[64];
	u32 passed = 0, failed = 0;

	if (cmdline_find(boot_info.cmdline, "selftest", list, sizeof(list)) < 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(selftests); i++) {
		if (!selftests[i].run || !is_wanted(list, selftests[i].name))
			continue;
		if (selftests[i].run()) {
			pr_err("selftest %s: FAILED\n", selftests[i].name);
			failed++;
		} else {
			pr_info("selftest %s: ok\n", selftests[i].name);
			passed++;
		}
	}
	pr_notice("selftest: %u passed, %u failed\n", passed, failed);
}
