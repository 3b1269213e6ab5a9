/* SPDX-License-Identifier: GPL-2.0-only */
/* page_table.h - the user half of page tables: find, allocate, lock, free. Private to mm. */
#ifndef MM_PAGE_TABLE_H
#define MM_PAGE_TABLE_H

#include <mm/mm_types.h>
#include <mm/mempolicy.h>
#include <pages/page_alloc.h>

/*
 * The lock of a table of last-level entries lies in its page's `private` word. It stays there across an upgrade
 * as a free lock (nobody holds one at the boundary).
 */
_Static_assert(sizeof(struct spinlock) <= sizeof_field(struct page, private), "a page-table lock fits its page");

static inline struct page *pmd_table_page(pmd_t pmd)
{
	return pfn_to_page(pmd_pfn(pmd));
}

static inline spinlock_t *pte_lockptr(pmd_t pmd)
{
	return (spinlock_t *)&pmd_table_page(pmd)->private;
}

/* The entry of @addr in the table below @pmd (present, kept by a vma lock), with the table's lock held. */
static inline pte_t *pte_offset_lock(pmd_t *pmd, unsigned long addr, spinlock_t **ptl)
{
	*ptl = pte_lockptr(pmd_get(pmd));
	spin_lock(*ptl);
	return pte_offset(pmd, addr);
}

static inline void pte_unlock(spinlock_t *ptl)
{
	spin_unlock(ptl);
}

/* The entry that names the last-level table of @addr, or NULL when there is none. */
static inline pmd_t *find_pmd(struct mm *mm, unsigned long addr)
{
	pgd_t *pgd = pgd_offset_pgd(mm->arch.pgd, addr);
	pud_t *pud;
	pmd_t *pmd;

	if (!pgd_present(pgd_get(pgd)))
		return NULL;
	pud = pud_offset(pgd, addr);
	if (!pud_present(pud_get(pud)))
		return NULL;
	pmd = pmd_offset(pud, addr);
	return pmd_present(pmd_get(pmd)) ? pmd : NULL;
}

/* The same for walks: where nothing is, *@next is the end of the hole (else of the table), at most @end. */
pmd_t *find_pmd_next(struct mm *mm, unsigned long addr, unsigned long end, unsigned long *next);

/* @visit sees each present entry of [addr, end), under its table's lock. mmap_lock is held. */
static __always_inline void visit_present(struct vma *vma, unsigned long addr, unsigned long end,
					  void (*visit)(struct vma *vma, pte_t pte, void *arg), void *arg)
{
	unsigned long next;

	for (; addr < end; addr = next) {
		pmd_t *pmd = find_pmd_next(vma->vm_mm, addr, end, &next);
		spinlock_t *ptl;
		pte_t *pte;

		if (!pmd)
			continue;
		pte = pte_offset_lock(pmd, addr, &ptl);
		for (; addr < next; addr += PAGE_SIZE, pte++)
			if (pte_present(ptep_get(pte)))
				visit(vma, ptep_get(pte), arg);
		pte_unlock(ptl);
	}
}

/*
 * Where the page of a fault comes from: an allocation that does not reclaim, else the spare one that the caller fetched
 * without locks.
 */
struct page_source {
	gfp_t gfp;
	struct folio *spare;
	bool is_placed;		/* the last folio that was not to be had was to go to @place */
	struct policy_place place;
};

/* A folio; zeroed if @zero. NULL: the caller drops its locks, fetches a spare, and comes again. */
struct folio *page_source_get(struct page_source *src, bool zero);
/* The same from where a memory policy wants it. */
struct folio *page_source_get_placed(struct page_source *src, const struct policy_place *place, bool zero);
/* Fetch the spare, without locks; one from the wrong nodes is changed. False: no memory. */
bool page_source_refill(struct page_source *src);

/* find_pmd() that makes the tables. NULL when memory is short. */
pmd_t *alloc_pmd(struct mm *mm, unsigned long addr, struct page_source *src);

struct gather;
/* Free the tables that lie wholly inside [floor, ceiling) and cover [addr, end). Nothing is mapped there. */
void free_page_tables(struct gather *gather, unsigned long addr, unsigned long end, unsigned long floor,
		      unsigned long ceiling);

#endif
