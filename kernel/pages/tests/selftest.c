/* SPDX-License-Identifier: GPL-2.0-only */
/* selftest.c - memory taken to the last frame, and all of it found again: for the selftests of this folder. */
#include "selftest_impl.h"

#include <pages/pages_init.h>
#include <pages/slab.h>
#include <lib/time_units.h>
#include <sync/sync_port.h>
#include <sync/thread.h>

#define COMES_BACK_MS 1000

unsigned long settled_free_pages(void)
{
	kmem_cache_drain_all();
	pages_shrink();
	drain_all_pages();
	return nr_free_pages();
}

void sleep_a_moment(void)
{
	set_current_state(TASK_UNINTERRUPTIBLE);
	schedule_until(ktime_get_ns() + NSEC_PER_MSEC);
}

bool all_came_back(unsigned long before)
{
	unsigned long after = settled_free_pages();

	for (int ms = 0; ms < COMES_BACK_MS && after < before; ms++) {
		sleep_a_moment();
		after = settled_free_pages();
	}
	if (after < before)
		pr_err("selftest: %lu pages were free, %lu are\n", before, after);
	return after >= before;
}

unsigned long take_pages(gfp_t gfp, unsigned long max, struct page **taken)
{
	unsigned long n = 0;
	struct page *page;

	for (; n < max && (page = alloc_page(gfp)); n++) {
		page->next = *taken;
		*taken = page;
	}
	return n;
}

unsigned long take_all_pages(struct page **taken)
{
	unsigned long n = 0, more;

	do {
		more = take_pages(GREEDY, ~0ul, taken);
		n += more;
		settled_free_pages();
	} while (more);
	return n;
}

void give_pages_back(struct page **taken)
{
	while (*taken) {
		struct page *page = *taken;

		*taken = page->next;
		free_pages(page, 0);
	}
}
