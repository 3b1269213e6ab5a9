/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rmap.h - from a folio to the entries that map it, and the counts that go with an entry. Private to mm.
 *
 * WHAT        A file folio's entries are found through its mapping's VMA tree. An anonymous folio carries its family's id
 *             (all mms that fork made from one exec) and its linear index; walking the mms of a family finds its entries
 *             (migrate_anon.c). Without swap they cannot be reclaimed.
 * INVARIANTS  I1  mapcount == number of present entries that name the folio.
 */
#ifndef MM_RMAP_H
#define MM_RMAP_H

#include "mm_impl.h"
#include <pages/stats.h>

/* A fresh folio, known to nobody, becomes the private page of one entry. Its reference becomes the entry's. */
static inline void folio_add_new_anon(struct folio *folio, struct vma *vma, unsigned long addr)
{
	folio->mapping = anon_mapping(vma->vm_mm->family_id);
	folio->index = vma_linear_index(vma, addr);
	folio->flags |= BIT(PG_anon) | BIT(PG_uptodate) | BIT(PG_swapbacked);
	atomic_set(&folio->mapcount, 1);
	mod_node_page_state(folio->node, NR_ANON_MAPPED, 1);
}

/* fork: one more entry names it. The parent's table lock is held. */
static inline void folio_dup_map(struct folio *folio)
{
	atomic_inc(&folio->mapcount);
}

static inline void folio_remove_anon_map(struct folio *folio)
{
	/* Sole owner: nobody can find it but through the entry just cleared. */
	if (atomic_read(&folio->mapcount) == 1 && folio_ref_count(folio) == 1)
		atomic_set(&folio->mapcount, 0);
	else if (!atomic_dec_and_test(&folio->mapcount))
		return;
	mod_node_page_state(folio->node, NR_ANON_MAPPED, -1);
}

static inline void folio_add_file_map(struct folio *folio)
{
	if (atomic_inc_return(&folio->mapcount) == 1)
		mod_node_page_state(folio->node, NR_FILE_MAPPED, 1);
}

static inline void folio_remove_file_map(struct folio *folio)
{
	if (atomic_dec_and_test(&folio->mapcount))
		mod_node_page_state(folio->node, NR_FILE_MAPPED, -1);
}

/* Note a use for reclaim: set once, read and cleared by the scan. */
static inline void folio_set_referenced(struct folio *folio)
{
	if (!folio_test(folio, PG_referenced))
		folio_set(folio, PG_referenced);
}

/* Write-protect and clean every shared entry of a locked file folio; how many were dirty. */
int folio_mkclean(struct folio *folio);
/* Take a locked file folio out of all page tables (private copies stay). True if no entry is left. */
bool folio_unmap(struct folio *folio);
/* How often was it used through entries since last asked (clears their accessed bits)? A hint: gives up on contention. */
int folio_referenced(struct folio *folio);

#endif
