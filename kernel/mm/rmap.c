/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rmap.c - walks over all entries of a file folio: clean, unmap, test for use.
 *
 * LOCKING     The folio lock keeps the folio in its mapping; i_mmap_lock keeps VMAs and with them their page tables
 *             (munmap unlinks a VMA from the tree before it frees tables); the table's lock guards the entry.
 */
#include "rmap.h"
#include "page_table.h"
#include "vma_tree.h"
#include "zap.h"

#include <arch/tlb.h>

static unsigned long folio_address_in(const struct folio *folio, const struct vma *vma)
{
	return vma->vm_start + ((folio->index - vma->vm_pgoff) << PAGE_SHIFT);
}

/* The locked entry of @folio in @vma, or NULL. */
static pte_t *find_entry(struct folio *folio, struct vma *vma, unsigned long addr, spinlock_t **ptl)
{
	pmd_t *pmd = find_pmd(vma->vm_mm, addr);
	pte_t *pte, entry;

	if (!pmd)
		return NULL;
	pte = pte_offset_lock(pmd, addr, ptl);
	entry = ptep_get(pte);
	if (pte_present(entry) && !pte_special(entry) && pte_pfn(entry) == folio_pfn(folio))
		return pte;
	pte_unlock(*ptl);
	return NULL;
}

static bool clean_entry(struct folio *folio, struct vma *vma)
{
	unsigned long addr = folio_address_in(folio, vma);
	spinlock_t *ptl;
	pte_t *pte = find_entry(folio, vma, addr, &ptl), entry;
	bool was_dirty = false;

	if (!pte)
		return false;
	entry = ptep_get(pte);
	if (pte_dirty(entry) || pte_write(entry)) {
		entry = ptep_xchg_clear(pte);
		was_dirty = pte_dirty(entry);
		set_pte(pte, pte_wrprotect(pte_mkclean(entry)));
		tlb_flush_page(&vma->vm_mm->arch, addr);
	}
	pte_unlock(ptl);
	return was_dirty;
}

int folio_mkclean(struct folio *folio)
{
	struct address_space *mapping = folio_mapping(folio);
	struct vma *vma;
	int cleaned = 0;

	if (!mapping || !atomic_read(&folio->mapcount))
		return 0;
	down_read(&mapping->i_mmap_lock);
	mapping_for_each_vma(mapping, vma, folio->index, folio->index)
		if (vma->vm_flags & VM_SHARED)
			cleaned += clean_entry(folio, vma);
	up_read(&mapping->i_mmap_lock);
	return cleaned;
}

bool folio_unmap(struct folio *folio)
{
	struct address_space *mapping = folio_mapping(folio);
	struct zap_details details = { .only_folio = folio };
	struct vma *vma;

	if (!mapping || !atomic_read(&folio->mapcount))
		return true;
	down_read(&mapping->i_mmap_lock);
	mapping_for_each_vma(mapping, vma, folio->index, folio->index) {
		unsigned long addr = folio_address_in(folio, vma);

		if (!(vma->vm_flags & VM_LOCKED))
			zap_vma_range(vma, addr, addr + PAGE_SIZE, &details);
	}
	up_read(&mapping->i_mmap_lock);
	return !atomic_read(&folio->mapcount);
}

int folio_referenced(struct folio *folio)
{
	struct address_space *mapping = folio_mapping(folio);
	struct vma *vma;
	int used = 0;

	if (!mapping || !atomic_read(&folio->mapcount) || !down_read_trylock(&mapping->i_mmap_lock))
		return 0;
	mapping_for_each_vma(mapping, vma, folio->index, folio->index) {
		spinlock_t *ptl;
		pte_t *pte;

		if (vma->vm_flags & VM_LOCKED) {
			used++;
			continue;
		}
		pte = find_entry(folio, vma, folio_address_in(folio, vma), &ptl);
		if (!pte)
			continue;
		/* The bit is cleared without a flush: a processor that has it cached misses one round. */
		used += ptep_test_clear_young(pte);
		pte_unlock(ptl);
	}
	up_read(&mapping->i_mmap_lock);
	return used;
}
