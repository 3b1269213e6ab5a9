/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cow.c - a write meets a present, read-only entry: reuse the page, copy it, or let the file know.
 *
 * WHAT        The three answers to a write fault on a present page.
 * INVARIANTS  I1  An anonymous page with one reference has one owner: the entry just seen under its table's lock. It is
 *                 made writable in place. Any other reference (another entry, a pin, a transfer) forces a copy.
 *             I2  A pinned page is never shared by fork (fork.c), so whoever pinned it sees the owner's later writes.
 *             I3  The old translation is flushed everywhere before the new entry can be used for writing.
 * LOCKING     vma read lock; table lock.
 */
#include "fault_impl.h"

#include <arch/page_ops.h>
#include <arch/tlb.h>

static u32 make_writable(struct fault *fault, pte_t *ptep, spinlock_t *ptl)
{
	struct vm_fault *vmf = &fault->vmf;
	pte_t pte = pte_mkyoung(pte_mkdirty(vmf->orig_pte));

	set_pte(ptep, maybe_mkwrite(pte, vmf->vma));
	pte_unlock(ptl);
	/* More rights for the same frame: others fault and find it; here the stale entry must go. */
	if (likely(vmf->mm == current_mm()))
		tlb_flush_page_local(vmf->address);
	return 0;
}

/* Put @copy in the place of @old (NULL: the zero page). The table lock is held and dropped. */
static u32 replace(struct fault *fault, pte_t *ptep, spinlock_t *ptl, struct folio *old, struct folio *copy)
{
	struct vm_fault *vmf = &fault->vmf;
	struct vma *vma = vmf->vma;
	pte_t pte = pfn_pte(folio_pfn(copy), vma->vm_page_prot);

	if (old)
		copy_page(folio_address(copy), folio_address(old));
	if (!vma->has_anon)
		WRITE_ONCE(vma->has_anon, true);
	folio_add_new_anon(copy, vma, vmf->address);
	ptep_xchg_clear(ptep);
	tlb_flush_page(&vmf->mm->arch, vmf->address); /* I3 */
	set_pte(ptep, maybe_mkwrite(pte_mkdirty(pte), vma));
	if (!old) {
		mm_add_counter(vmf->mm, MM_ANONPAGES, 1);
	} else if (folio_test(old, PG_anon)) {
		folio_remove_anon_map(old);
	} else {
		mm_add_counter(vmf->mm, folio_counter(old), -1);
		mm_add_counter(vmf->mm, MM_ANONPAGES, 1);
		folio_remove_file_map(old);
	}
	pte_unlock(ptl);
	if (old)
		folio_put(old);
	return VM_FAULT_DONE_COW;
}

static bool sole_owner(struct folio *folio)
{
	return folio && folio_test(folio, PG_anon) && folio_ref_count(folio) == 1; /* I1 */
}

static u32 write_private(struct fault *fault)
{
	struct vm_fault *vmf = &fault->vmf;
	struct folio *old = pte_folio(vmf->orig_pte), *copy = NULL;
	spinlock_t *ptl;
	pte_t *ptep;

	if (!old && pte_pfn(vmf->orig_pte) != mm_state.zero_pfn)
		return VM_FAULT_SIGSEGV; /* a frame of a device or of the kernel's has no private copy */
	if (!sole_owner(old)) {
		copy = fault_folio(fault, !old);
		if (!copy)
			return VM_FAULT_OOM;
	}
	ptep = pte_offset_lock(vmf->pmd, vmf->address, &ptl);
	if (unlikely(!pte_same(ptep_get(ptep), vmf->orig_pte))) {
		pte_unlock(ptl);
		goto drop; /* somebody was first; the access is tried again */
	}
	if (sole_owner(old)) {
		make_writable(fault, ptep, ptl);
		goto drop;
	}
	if (copy)
		return replace(fault, ptep, ptl, old, copy);
	/* It was the sole owner's a moment ago and is not any more: come again for a copy. */
	pte_unlock(ptl);
	return 0;
drop:
	if (copy)
		folio_put(copy);
	return 0;
}

/* A shared file mapping: the file system hears of the first write. */
static u32 write_shared(struct fault *fault)
{
	struct vm_fault *vmf = &fault->vmf;
	struct folio *folio = pte_folio(vmf->orig_pte);
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_lock(vmf->pmd, vmf->address, &ptl);
	u32 ret;

	if (!pte_same(ptep_get(ptep), vmf->orig_pte)) {
		pte_unlock(ptl);
		return 0;
	}
	if (!folio || !vmf->vma->vm_ops || !vmf->vma->vm_ops->page_mkwrite)
		return make_writable(fault, ptep, ptl);
	folio_get(folio);
	pte_unlock(ptl);

	vmf->folio = folio;
	ret = vmf->vma->vm_ops->page_mkwrite(vmf);
	if (!(ret & VM_FAULT_LOCKED)) {
		folio_put(folio);
		return ret;
	}
	ptep = pte_offset_lock(vmf->pmd, vmf->address, &ptl);
	if (pte_same(ptep_get(ptep), vmf->orig_pte))
		make_writable(fault, ptep, ptl);
	else
		pte_unlock(ptl);
	folio_mark_dirty(folio);
	folio_unlock(folio);
	folio_put(folio);
	return 0;
}

u32 handle_write_protect(struct fault *fault)
{
	if (fault->vmf.vma->vm_flags & VM_SHARED)
		return write_shared(fault);
	return write_private(fault);
}
