/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * zap.c - clear the page-table entries of a range and let go of what they named.
 *
 * WHAT        The one loop that empties page tables: munmap, exit, DONTNEED, truncation and reclaim all end here.
 * INVARIANTS  I1  An entry's map count, its mm's counter and its reference go together: the first two here under the
 *                 table's lock, the reference after the flush (gather.h).
 *             I2  A dirty entry of a file page marks its folio dirty before the entry's reference goes.
 * LOCKING     The table's lock. The range is kept by a vma lock, by i_mmap_lock, or by being the only user.
 */
#include "zap.h"
#include "mm_impl.h"
#include "page_table.h"
#include "rmap.h"

#include <pages/stats.h>
#include <sync/still.h>

/* Entries between two looks at the park flag. */
#define ZAP_SLICE (PTRS_PER_PTE * 8)

struct zap_count {
	long rss[MM_NR_COUNTERS];
};

static bool wanted(const struct zap_details *details, const struct folio *folio)
{
	if (!details)
		return true;
	if (details->only_folio)
		return folio == details->only_folio;
	return !folio_test(folio, PG_anon);
}

/* The entry's folio loses a mapping. The table's lock is held. */
static void drop_folio(struct folio *folio, pte_t pte, struct zap_count *count)
{
	if (folio_test(folio, PG_anon)) {
		count->rss[MM_ANONPAGES]--;
		folio_remove_anon_map(folio);
		return;
	}
	count->rss[folio_counter(folio)]--;
	if (pte_dirty(pte))
		folio_mark_dirty(folio); /* I2 */
	if (pte_young(pte))
		folio_set_referenced(folio);
	folio_remove_file_map(folio);
}

/* Clears entries of one table. Returns the address where it stopped because the gather is full. */
static unsigned long zap_table(struct gather *gather, pmd_t *pmd, unsigned long addr, unsigned long end,
			       const struct zap_details *details)
{
	struct zap_count count = { { 0 } };
	unsigned long first = ~0UL, last = 0;
	spinlock_t *ptl;
	pte_t *pte = pte_offset_lock(pmd, addr, &ptl);

	for (; addr < end; addr += PAGE_SIZE, pte++) {
		pte_t entry = ptep_get(pte);
		struct folio *folio;

		if (pte_none(entry))
			continue;
		folio = pte_present(entry) ? pte_folio(entry) : NULL;
		if (folio && details && !wanted(details, folio))
			continue;
		if (!folio && details)
			continue;
		if (gather->whole_mm)
			pte_clear(pte);
		else
			entry = ptep_xchg_clear(pte);
		first = min(first, addr);
		last = addr + PAGE_SIZE;
		if (!folio)
			continue;
		drop_folio(folio, entry, &count);
		if (unlikely(gather_add_page(gather, &folio->page))) {
			addr += PAGE_SIZE;
			break;
		}
	}
	for (int i = 0; i < MM_NR_COUNTERS; i++)
		if (count.rss[i])
			mm_add_counter(gather->mm, i, count.rss[i]);
	if (last)
		gather_add_range(gather, first, last);
	pte_unlock(ptl);
	return addr;
}

unsigned long zap_range(struct gather *gather, struct vma *vma, unsigned long start, unsigned long end,
			const struct zap_details *details, bool may_stop)
{
	unsigned long addr = start, next, slice = start + ZAP_SLICE * PAGE_SIZE;

	mm_update_hiwater_rss(gather->mm);
	while (addr < end) {
		pmd_t *pmd = find_pmd_next(gather->mm, addr, end, &next);

		if (!pmd) {
			addr = next;
			continue;
		}
		addr = zap_table(gather, pmd, addr, next, details);
		if (addr < next || gather_is_full(gather))
			gather_flush(gather);
		if (unlikely(may_stop && addr >= slice)) {
			if (should_park())
				return addr;
			slice = addr + ZAP_SLICE * PAGE_SIZE;
		}
	}
	return end;
}

void zap_vma_range(struct vma *vma, unsigned long start, unsigned long end, const struct zap_details *details)
{
	struct gather gather;

	gather_begin(&gather, vma->vm_mm, false);
	zap_range(&gather, vma, start, end, details, false);
	gather_end(&gather);
}
