/* SPDX-License-Identifier: GPL-2.0-only */
/* leaks.c - what is still alive, by type: the last look of a debug kernel, and a test's. */
#include <pages/object.h>
#include <pages/pages_init.h>
#include <log/printk.h>

void pages_report_leaks(void)
{
	struct object_stats stats;

	for (size_t n = 0; object_stats_at(n, &stats); n++)
		if (stats.nr_live)
			pr_info("objects: %-20s %-10s live %llu of %llu, %u bytes\n", stats.type->name,
				stats.type->owner, stats.nr_live, stats.nr_total, stats.object_size);
}
