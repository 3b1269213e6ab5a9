/* SPDX-License-Identifier: GPL-2.0-only */
/* selftest_impl.h - what selftest=pages and selftest=reserve share. Bodies: selftest.c. */
#pragma once

#include <log/printk.h>
#include <pages/page_alloc.h>

/* True, or said where it is not. */
#define EXPECT(cond)                                                                 \
	({                                                                           \
		bool expect_ok = (cond);                                             \
		if (!expect_ok)                                                      \
			pr_err("selftest %s:%d: %s\n", __func__, __LINE__, #cond);   \
		expect_ok;                                                           \
	})

/* Nobody is asked to free anything for these: memory may be filled with them in peace. GREEDY goes down to the last frame. */
#define QUIET  __GFP_NOWARN
#define GREEDY (QUIET | __GFP_MEMALLOC | __GFP_HIGH)

/* Free frames when nothing that could be one is kept on CPUs' lists, in magazines, empty slabs, dead stacks and ranges. */
unsigned long settled_free_pages(void);
/* Is as much free as @before, at once or when the kernel's own threads have given back what they took meanwhile? */
bool all_came_back(unsigned long before);
/* Take single frames until there is none for @gfp, or @max; they are chained at *@taken. How many. */
unsigned long take_pages(gfp_t gfp, unsigned long max, struct page **taken);
/* All that GREEDY gives, until also nothing can be found that others kept. */
unsigned long take_all_pages(struct page **taken);
void give_pages_back(struct page **taken);
void sleep_a_moment(void);
