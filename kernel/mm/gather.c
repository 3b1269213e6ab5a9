/* SPDX-License-Identifier: GPL-2.0-only */
/* gather.c - see gather.h. */
#include "gather.h"

#include <arch/tlb.h>
#include <lib/assert.h>
#include <pages/page_alloc.h>

void gather_begin(struct gather *gather, struct mm *mm, bool whole_mm)
{
	gather->mm = mm;
	gather->start = ~0UL;
	gather->end = 0;
	gather->freed_tables = false;
	gather->whole_mm = whole_mm;
	gather->nr = 0;
	gather->nr_batches = 0;
	gather->batches = NULL;
}

static bool batch_add(struct gather *gather, struct page *page)
{
	struct gather_batch *batch = gather->batches;

	if (!batch || batch->nr == ARRAY_SIZE(batch->pages)) {
		if (gather->nr_batches == GATHER_MAX_BATCHES)
			return false;
		batch = get_free_page(GFP_NOWAIT | __GFP_NOWARN);
		if (!batch)
			return false;
		batch->nr = 0;
		batch->next = gather->batches;
		gather->batches = batch;
		gather->nr_batches++;
	}
	batch->pages[batch->nr++] = page;
	return true;
}

bool gather_add_page(struct gather *gather, struct page *page)
{
	if (likely(gather->nr < GATHER_LOCAL - 1)) {
		gather->pages[gather->nr++] = page;
		return false;
	}
	if (batch_add(gather, page))
		return false;
	KASSERT(!gather_is_full(gather)); /* I2 */
	/* The last local place is kept for the page that no batch could take. */
	gather->pages[gather->nr++] = page;
	return true;
}

static void put_pages(struct page **pages, u32 nr)
{
	for (u32 i = 0; i < nr; i++)
		folio_put((struct folio *)pages[i]);
}

void gather_flush(struct gather *gather)
{
	struct gather_batch *batch;

	if (!gather->whole_mm && gather->end > gather->start)
		tlb_flush_range(&gather->mm->arch, gather->start, gather->end, gather->freed_tables);
	gather->start = ~0UL;
	gather->end = 0;
	gather->freed_tables = false;

	put_pages(gather->pages, gather->nr); /* I1 */
	gather->nr = 0;
	while ((batch = gather->batches)) {
		gather->batches = batch->next;
		put_pages(batch->pages, batch->nr);
		free_page(batch);
	}
	gather->nr_batches = 0;
}

void gather_end(struct gather *gather)
{
	gather_flush(gather);
}
