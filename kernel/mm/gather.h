/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gather.h - pages leave an address space: entries are cleared, then one flush, then the pages are freed.
 *
 * WHAT        A gather collects the pages whose entries were cleared. They are put only after every CPU has forgotten
 *             the translations.
 * INVARIANTS  I1  No page in the gather is put before tlb_flush_range() of [start, end) has returned.
 *             I2  A full gather is flushed before the next page is added.
 * LOCKING     The task's own; gather_flush() may be called with no spinlock held.
 */
#ifndef MM_GATHER_H
#define MM_GATHER_H

#include <mm/mm_types.h>

#define GATHER_LOCAL 48

struct gather_batch {
	struct gather_batch *next;
	u32 nr;
	struct page *pages[510];
};

struct gather {
	struct mm *mm;
	unsigned long start, end;	/* cleared since the last flush */
	bool freed_tables;
	bool whole_mm;			/* nobody runs here any more: no flush */
	u32 nr;
	u32 nr_batches;
	struct gather_batch *batches;	/* the newest first */
	struct page *pages[GATHER_LOCAL];
};

#define GATHER_MAX_BATCHES 8

void gather_begin(struct gather *gather, struct mm *mm, bool whole_mm);
/* Take over the entry's reference. True: the gather is full, call gather_flush() once the page-table lock is dropped. */
bool gather_add_page(struct gather *gather, struct page *page);
/* The page before was the last that fits. */
static inline bool gather_is_full(const struct gather *gather)
{
	return gather->nr == GATHER_LOCAL;
}
static inline void gather_add_range(struct gather *gather, unsigned long start, unsigned long end)
{
	gather->start = min(gather->start, start);
	gather->end = max(gather->end, end);
}
void gather_flush(struct gather *gather);
void gather_end(struct gather *gather);

#endif
