/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fault.c - one page fault in one read-locked VMA: find out what the page is and install its entry.
 *
 * WHAT        An entry that is not there: anonymous zero page or fresh page, or the object's folio (read, private copy, shared
 *             write). An entry that is there but read-only: cow.c. Reads of files install what is cached around, too.
 * INVARIANTS  I1  An entry is installed under its table's lock, and only if it is still what the fault saw.
 *             I2  Nothing sleeps here but ->page_mkwrite: a folio that is locked or not uptodate is handed back in wait_folio with
 *                 VM_FAULT_RETRY, memory that is short with VM_FAULT_OOM; the caller waits without locks (fault_entry.c).
 *             I3  The file folio is locked while its entry is installed, so truncation, which locks it, unmaps it after.
 * LOCKING     vma read lock (or mmap_lock), folio lock, table lock, in this order.
 * ERRORS      VM_FAULT_SIGBUS (beyond the object, I/O error), VM_FAULT_OOM.
 */
#include "fault_impl.h"
#include "vma_impl.h"

#include <arch/page_ops.h>
#include <arch/tlb.h>
#include <lib/assert.h>

/* Fault-around: pages installed at most by one read fault; a power of two. */
#define FAULT_AROUND_PAGES 16

/* The policy of the place counts, else the task's; in a sequence, pages of a range are interleaved by their index. */
struct folio *fault_placed_folio(struct fault *fault, bool zero)
{
	struct vma *vma = fault->vmf.vma;
	const struct mempolicy *policy = vma->vm_policy ? vma->vm_policy : current->mempolicy;
	struct policy_place place = mempolicy_place(policy, vma_linear_index(vma, fault->vmf.address));

	return page_source_get_placed(&fault->src, &place, zero);
}

static u32 read_zero_page(struct fault *fault)
{
	struct vm_fault *vmf = &fault->vmf;
	pte_t pte = pte_mkspecial(pfn_pte(mm_state.zero_pfn, vmf->vma->vm_page_prot));
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_lock(vmf->pmd, vmf->address, &ptl);

	if (pte_none(ptep_get(ptep)))
		set_pte(ptep, pte);
	pte_unlock(ptl);
	return 0;
}

static u32 fault_anonymous(struct fault *fault)
{
	struct vm_fault *vmf = &fault->vmf;
	struct vma *vma = vmf->vma;
	struct folio *folio;
	spinlock_t *ptl;
	pte_t *ptep, pte;

	if (!(vmf->flags & FAULT_FLAG_WRITE))
		return read_zero_page(fault);

	folio = fault_folio(fault, true);
	if (unlikely(!folio))
		return VM_FAULT_OOM;
	pte = pfn_pte(folio_pfn(folio), vma->vm_page_prot);
	pte = maybe_mkwrite(pte_mkdirty(pte), vma);

	if (!vma->has_anon)
		WRITE_ONCE(vma->has_anon, true);
	ptep = pte_offset_lock(vmf->pmd, vmf->address, &ptl);
	if (unlikely(!pte_none(ptep_get(ptep)))) { /* I1 */
		pte_unlock(ptl);
		folio_put(folio);
		return 0;
	}
	folio_add_new_anon(folio, vma, vmf->address);
	set_pte(ptep, pte);
	pte_unlock(ptl);
	mm_add_counter(vmf->mm, MM_ANONPAGES, 1);
	return 0;
}

/*
 * Install the folio that ->fault answered, or the private copy of it. Takes over one reference of the folio it
 * installs. VM_FAULT_NOPAGE: somebody else was first.
 */
static u32 install(struct fault *fault, struct folio *folio, bool is_copy)
{
	struct vm_fault *vmf = &fault->vmf;
	struct vma *vma = vmf->vma;
	bool write = vmf->flags & FAULT_FLAG_WRITE;
	spinlock_t *ptl;
	pte_t *ptep, pte = pfn_pte(folio_pfn(folio), vma->vm_page_prot);

	if (write)
		pte = maybe_mkwrite(pte_mkdirty(pte), vma);
	ptep = pte_offset_lock(vmf->pmd, vmf->address, &ptl);
	if (unlikely(!pte_none(ptep_get(ptep)))) {
		pte_unlock(ptl);
		return VM_FAULT_NOPAGE;
	}
	if (is_copy) {
		WRITE_ONCE(vma->has_anon, true);
		folio_add_new_anon(folio, vma, vmf->address);
	} else {
		folio_add_file_map(folio);
	}
	set_pte(ptep, pte);
	mm_add_counter(vmf->mm, folio_counter(folio), 1);
	pte_unlock(ptl);
	return 0;
}

u32 finish_fault(struct vm_fault *vmf)
{
	return install(to_fault(vmf), vmf->folio, false);
}

/* Ask the object. On success vmf->folio is locked and has a reference. */
static u32 ask_object(struct vm_fault *vmf)
{
	u32 ret = vmf->vma->vm_ops->fault(vmf);

	if (unlikely(ret & (VM_FAULT_ERROR | VM_FAULT_RETRY | VM_FAULT_NOPAGE)))
		return ret;
	if (!(ret & VM_FAULT_LOCKED)) {
		if (!folio_trylock(vmf->folio)) {
			vmf->wait_folio = vmf->folio;
			return VM_FAULT_RETRY;
		}
		ret |= VM_FAULT_LOCKED;
	}
	return ret;
}

static void release_answer(struct vm_fault *vmf, bool put)
{
	folio_unlock(vmf->folio);
	if (put)
		folio_put(vmf->folio);
}

/* The window of fault-around: aligned, inside the VMA and inside the table. */
static u32 fault_around(struct fault *fault)
{
	struct vm_fault *vmf = &fault->vmf;
	struct vma *vma = vmf->vma;
	unsigned long start = vmf->address & ~(FAULT_AROUND_PAGES * PAGE_SIZE - 1);
	unsigned long end = start + FAULT_AROUND_PAGES * PAGE_SIZE;

	start = max(start, vma->vm_start);
	end = min(end, vma->vm_end);
	return vma->vm_ops->map_pages(vmf, vma_linear_index(vma, start), vma_linear_index(vma, end - PAGE_SIZE));
}

static u32 fault_read(struct fault *fault)
{
	struct vm_fault *vmf = &fault->vmf;
	u32 ret;

	if (vmf->vma->vm_ops->map_pages) {
		ret = fault_around(fault);
		if (ret)
			return ret;
	}
	ret = ask_object(vmf);
	if (!(ret & VM_FAULT_LOCKED))
		return ret;
	ret &= VM_FAULT_MAJOR;
	ret |= install(fault, vmf->folio, false);
	release_answer(vmf, ret & VM_FAULT_NOPAGE);
	return ret;
}

/* A write to a private mapping where nothing is yet: copy at once. */
static u32 fault_copy(struct fault *fault)
{
	struct vm_fault *vmf = &fault->vmf;
	struct folio *copy = fault_folio(fault, false);
	u32 ret;

	if (!copy)
		return VM_FAULT_OOM;
	ret = ask_object(vmf);
	if (!(ret & VM_FAULT_LOCKED)) {
		folio_put(copy);
		return ret;
	}
	copy_page(folio_address(copy), folio_address(vmf->folio));
	ret &= VM_FAULT_MAJOR;
	ret |= install(fault, copy, true);
	release_answer(vmf, true);
	if (ret & VM_FAULT_NOPAGE)
		folio_put(copy);
	return ret;
}

static u32 fault_shared_write(struct fault *fault)
{
	struct vm_fault *vmf = &fault->vmf;
	struct vma *vma = vmf->vma;
	u32 ret = ask_object(vmf), made;

	if (!(ret & VM_FAULT_LOCKED))
		return ret;
	if (vma->vm_ops->page_mkwrite) {
		folio_unlock(vmf->folio);
		made = vma->vm_ops->page_mkwrite(vmf);
		if (!(made & VM_FAULT_LOCKED)) {
			folio_put(vmf->folio);
			return made;
		}
	}
	ret &= VM_FAULT_MAJOR;
	ret |= install(fault, vmf->folio, false);
	if (!(ret & VM_FAULT_NOPAGE))
		folio_mark_dirty(vmf->folio);
	release_answer(vmf, ret & VM_FAULT_NOPAGE);
	return ret;
}

static u32 fault_object(struct fault *fault)
{
	if (unlikely(!fault->vmf.vma->vm_ops->fault))
		return VM_FAULT_SIGBUS;
	if (!(fault->vmf.flags & FAULT_FLAG_WRITE))
		return fault_read(fault);
	if (!(fault->vmf.vma->vm_flags & VM_SHARED))
		return fault_copy(fault);
	return fault_shared_write(fault);
}

/* The entry allows the access already: another thread was first, or the accessed bit is done by software. */
static u32 fault_spurious(struct fault *fault)
{
	struct vm_fault *vmf = &fault->vmf;
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_lock(vmf->pmd, vmf->address, &ptl);
	pte_t pte = ptep_get(ptep);

	if (pte_same(pte, vmf->orig_pte)) {
		pte = pte_mkyoung(pte);
		if (vmf->flags & FAULT_FLAG_WRITE)
			pte = pte_mkdirty(pte);
		if (!pte_same(pte, vmf->orig_pte))
			set_pte(ptep, pte);
	}
	pte_unlock(ptl);
	if (vmf->mm == current_mm())
		tlb_flush_page_local(vmf->address);
	return 0;
}

/* Nothing is there: was it taken away by the OOM killer's reaper (O2 of oom.c)? The entry was read before. */
static bool may_be_reaped(const struct vma *vma)
{
	smp_rmb(); /* pairs with reap(): the mark before the entries */
	return (READ_ONCE(vma->vm_mm->flags) & BIT(MMF_OOM_REAPED)) && !(vma->vm_flags & VM_SHARED);
}

u32 handle_vma_fault(struct fault *fault)
{
	struct vm_fault *vmf = &fault->vmf;

	vmf->pmd = alloc_pmd(vmf->mm, vmf->address, &fault->src);
	if (unlikely(!vmf->pmd))
		return VM_FAULT_OOM;
	vmf->orig_pte = ptep_get(pte_offset(vmf->pmd, vmf->address));
	if (pte_none(vmf->orig_pte) && unlikely(may_be_reaped(vmf->vma)))
		return VM_FAULT_SIGBUS;
	if (pte_none(vmf->orig_pte))
		return vma_is_anonymous(vmf->vma) ? fault_anonymous(fault) : fault_object(fault);
	if (unlikely(!pte_present(vmf->orig_pte)))
		return VM_FAULT_SIGBUS; /* a format of a later kernel: swap, migration */
	if ((vmf->flags & FAULT_FLAG_WRITE) && !pte_write(vmf->orig_pte))
		return handle_write_protect(fault);
	return fault_spurious(fault);
}

u32 vmf_insert_pfn(struct vma *vma, unsigned long addr, unsigned long pfn)
{
	struct page_source src = { .gfp = GFP_KERNEL };
	pmd_t *pmd = alloc_pmd(vma->vm_mm, addr, &src);
	pte_t pte = pte_mkspecial(pfn_pte(pfn, vma->vm_page_prot));
	spinlock_t *ptl;
	pte_t *ptep;

	if (!pmd)
		return VM_FAULT_OOM;
	ptep = pte_offset_lock(pmd, addr, &ptl);
	if (pte_none(ptep_get(ptep)))
		set_pte(ptep, pte);
	pte_unlock(ptl);
	return VM_FAULT_NOPAGE;
}
