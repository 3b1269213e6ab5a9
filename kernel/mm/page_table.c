/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * page_table.c - the tables below an address space's root: made on demand, freed with what they covered.
 *
 * WHAT        A fault hangs missing tables into the tree; munmap takes those away that cover nothing any more.
 * INVARIANTS  I1  A table that covers part of a VMA stays while that VMA is read-locked, or its mm's mmap_lock is held.
 *             I2  A table page has PG_table, refcount 1 and a free lock in `private` when nobody is inside.
 * LOCKING     mm->page_table_lock (rank PAGE_TABLE): hanging in. Taking away: mmap_lock for writing, the VMAs gone.
 * ERRORS      alloc_pmd gives NULL when memory is short; nothing half-made is left that later calls would not use.
 */
#include "page_table.h"
#include "gather.h"

#include <arch/pv.h>
#include <pages/stats.h>

struct folio *page_source_get(struct page_source *src, bool zero)
{
	struct folio *folio = alloc_folio(src->gfp | (zero ? __GFP_ZERO : 0), 0);

	if (unlikely(!folio)) {
		folio = src->spare; /* zeroed when it was fetched */
		src->spare = NULL;
	}
	return folio;
}

struct folio *page_source_get_placed(struct page_source *src, const struct policy_place *place, bool zero)
{
	struct folio *folio = policy_place_alloc(place, src->gfp | (zero ? __GFP_ZERO : 0));

	if (likely(folio))
		return folio;
	folio = src->spare;
	if (folio && (place->else_anywhere || (place->nodes >> folio->node & 1))) {
		src->spare = NULL;
		return folio;
	}
	src->is_placed = true;
	src->place = *place;
	return NULL;
}

bool page_source_refill(struct page_source *src)
{
	gfp_t gfp = GFP_HIGHUSER_MOVABLE | __GFP_ZERO;

	if (src->spare && !src->is_placed)
		return false; /* it was not enough: nothing is */
	if (src->spare)
		folio_put(src->spare);
	src->spare = src->is_placed ? policy_place_alloc(&src->place, gfp) : alloc_folio(gfp, 0);
	src->is_placed = false;
	return src->spare;
}

static struct page *table_alloc(struct mm *mm, struct page_source *src)
{
	struct folio *folio = page_source_get(src, true);
	struct page *page;

	if (!folio)
		return NULL;
	page = &folio->page;
	page_set(page, PG_table);
	spin_lock_init((spinlock_t *)&page->private, RANK_PAGE_TABLE);
	atomic_long_add(PAGE_SIZE, &mm->pgtables_bytes);
	mod_node_page_state(page->node, NR_PAGETABLE, 1);
	return page;
}

static void table_unaccount(struct mm *mm, struct page *page)
{
	page_clear(page, PG_table);
	page->private = 0;
	atomic_long_sub(PAGE_SIZE, &mm->pgtables_bytes);
	mod_node_page_state(page->node, NR_PAGETABLE, -1);
}

static void table_free(struct mm *mm, struct page *page)
{
	table_unaccount(mm, page);
	put_page(page);
}

static bool fill_pgd(struct mm *mm, pgd_t *pgd, struct page_source *src)
{
	struct page *page = table_alloc(mm, src);

	if (!page)
		return false;
	spin_lock(&mm->page_table_lock);
	if (pgd_none(pgd_get(pgd))) {
		PV_VOID2(alloc_table, 3, page_to_pfn(page));
		pgd_populate(pgd, page_to_phys(page));
		page = NULL;
	}
	spin_unlock(&mm->page_table_lock);
	if (page)
		table_free(mm, page);
	return true;
}

static bool fill_pud(struct mm *mm, pud_t *pud, struct page_source *src)
{
	struct page *page = table_alloc(mm, src);

	if (!page)
		return false;
	spin_lock(&mm->page_table_lock);
	if (pud_none(pud_get(pud))) {
		PV_VOID2(alloc_table, 2, page_to_pfn(page));
		pud_populate(pud, page_to_phys(page));
		page = NULL;
	}
	spin_unlock(&mm->page_table_lock);
	if (page)
		table_free(mm, page);
	return true;
}

static bool fill_pmd(struct mm *mm, pmd_t *pmd, struct page_source *src)
{
	struct page *page = table_alloc(mm, src);

	if (!page)
		return false;
	spin_lock(&mm->page_table_lock);
	if (pmd_none(pmd_get(pmd))) {
		PV_VOID2(alloc_table, 1, page_to_pfn(page));
		pmd_populate(pmd, page_to_phys(page));
		page = NULL;
	}
	spin_unlock(&mm->page_table_lock);
	if (page)
		table_free(mm, page);
	return true;
}

pmd_t *alloc_pmd(struct mm *mm, unsigned long addr, struct page_source *src)
{
	pgd_t *pgd = pgd_offset_pgd(mm->arch.pgd, addr);
	pud_t *pud;
	pmd_t *pmd;

	if (unlikely(pgd_none(pgd_get(pgd))) && !fill_pgd(mm, pgd, src))
		return NULL;
	pud = pud_offset(pgd, addr);
	if (unlikely(pud_none(pud_get(pud))) && !fill_pud(mm, pud, src))
		return NULL;
	pmd = pmd_offset(pud, addr);
	if (unlikely(pmd_none(pmd_get(pmd))) && !fill_pmd(mm, pmd, src))
		return NULL;
	return pmd;
}

pmd_t *find_pmd_next(struct mm *mm, unsigned long addr, unsigned long end, unsigned long *next)
{
	pgd_t *pgd = pgd_offset_pgd(mm->arch.pgd, addr);
	pud_t *pud;
	pmd_t *pmd;

	if (pgd_none(pgd_get(pgd))) {
		*next = pgd_addr_end(addr, end);
		return NULL;
	}
	pud = pud_offset(pgd, addr);
	if (pud_none(pud_get(pud))) {
		*next = pud_addr_end(addr, end);
		return NULL;
	}
	pmd = pmd_offset(pud, addr);
	*next = pmd_addr_end(addr, end);
	return pmd_none(pmd_get(pmd)) ? NULL : pmd;
}

/* Freed tables go through the gather: other CPUs may still walk them until the flush. */
static void gather_table(struct gather *gather, struct page *page, u64 level)
{
	PV_VOID2(release_table, level, page_to_pfn(page));
	table_unaccount(gather->mm, page);
	gather->freed_tables = true;
	if (gather_add_page(gather, page))
		gather_flush(gather);
}

/* Does [addr, end) widened to whole entries of @size stay inside the hole? */
static bool covers_entry(unsigned long addr, unsigned long size, unsigned long floor, unsigned long ceiling)
{
	unsigned long start = addr & ~(size - 1);

	return start >= floor && start + size - 1 <= ceiling - 1;
}

static void free_pmd_tables(struct gather *gather, pud_t *pud, unsigned long addr, unsigned long end,
			    unsigned long floor, unsigned long ceiling)
{
	unsigned long next;

	for (; addr < end; addr = next) {
		pmd_t *pmd = pmd_offset(pud, addr);
		struct page *page;

		next = pmd_addr_end(addr, end);
		if (pmd_none(pmd_get(pmd)) || !covers_entry(addr, PMD_SIZE, floor, ceiling))
			continue;
		page = pmd_table_page(pmd_get(pmd));
		pmd_clear(pmd);
		gather_add_range(gather, addr, next);
		gather_table(gather, page, 1);
	}
}

static void free_pud_tables(struct gather *gather, pgd_t *pgd, unsigned long addr, unsigned long end,
			    unsigned long floor, unsigned long ceiling)
{
	unsigned long next;

	for (; addr < end; addr = next) {
		pud_t *pud = pud_offset(pgd, addr);
		struct page *page;

		next = pud_addr_end(addr, end);
		if (pud_none(pud_get(pud)))
			continue;
		free_pmd_tables(gather, pud, addr, next, floor, ceiling);
		if (!covers_entry(addr, PUD_SIZE, floor, ceiling))
			continue;
		page = pfn_to_page(pud_pfn(pud_get(pud)));
		pud_clear(pud);
		gather_table(gather, page, 2);
	}
}

void free_page_tables(struct gather *gather, unsigned long addr, unsigned long end, unsigned long floor,
		      unsigned long ceiling)
{
	unsigned long next;

	/* Whole tables around the range may be empty too, if the hole is wider than it. */
	addr = max(addr & PMD_MASK, (floor + PMD_SIZE - 1) & PMD_MASK);
	for (; addr < end; addr = next) {
		pgd_t *pgd = pgd_offset_pgd(gather->mm->arch.pgd, addr);
		struct page *page;

		next = pgd_addr_end(addr, end);
		if (pgd_none(pgd_get(pgd)))
			continue;
		free_pud_tables(gather, pgd, addr, next, floor, ceiling);
		if (!covers_entry(addr, PGDIR_SIZE, floor, ceiling))
			continue;
		page = pfn_to_page(pgd_pfn(pgd_get(pgd)));
		pgd_clear(pgd);
		gather_table(gather, page, 3);
	}
}
