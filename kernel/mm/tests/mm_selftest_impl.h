/* SPDX-License-Identifier: GPL-2.0-only */
/* mm_selftest_impl.h - what the files of selftest=mm share. */
#pragma once

#include <log/printk.h>

/* True, or said where it is not. */
#define EXPECT(cond)                                                      \
	({                                                                \
		bool expect_ok = (cond);                                  \
		if (!expect_ok)                                           \
			pr_err("selftest mm: %s: line %d: %s\n", __func__, __LINE__, #cond); \
		expect_ok;                                                \
	})

/* reclaim_selftest.c */
bool no_retry_is_one_round(void);
bool reservation_takes_what_it_lacks(void);
/* migrate_selftest.c: @mm is the current one, and has nothing. */
struct mm;
bool private_pages_move(struct mm *mm);
