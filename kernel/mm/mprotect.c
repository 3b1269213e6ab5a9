/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mprotect.c - other rights for a range: of its VMAs, then of the entries that exist.
 *
 * WHAT        Cut the VMAs of the range out, give them other flags, rewrite the entries, join again.
 * INVARIANTS  I1  Entries lose rights before the call returns, on every CPU. Rights are gained lazily where a write has to be noticed (copy on
 *                 write, first write to a file page) and at once where not.
 * LOCKING     mmap_lock for writing, VMAs write-locked, table locks.
 * ERRORS      as mprotect(2) and pkey_mprotect(2).
 */
#include "vma_impl.h"
#include "gather.h"
#include "mm_impl.h"
#include "page_table.h"

#include <arch/tlb.h>
#include <mm/mm_calls.h>
#include <mm/mm_port.h>
#include <mm/pkeys.h>
#include <sched/cred.h>
#include <linux/personality.h>

/* A private page that its entry owns alone and that is dirty already: a write needs no notice. */
static bool may_write_at_once(const struct vma *vma, pte_t pte)
{
	struct folio *folio = pte_folio(pte);

	return !(vma->vm_flags & VM_SHARED) && (vma->vm_flags & VM_WRITE) && pte_dirty(pte) && folio &&
	       folio_test(folio, PG_anon) && folio_ref_count(folio) == 1;
}

static bool change_table(struct vma *vma, pmd_t *pmd, unsigned long addr, unsigned long end, pgprot_t prot)
{
	spinlock_t *ptl;
	pte_t *pte = pte_offset_lock(pmd, addr, &ptl);
	bool lost = false;

	for (; addr < end; addr += PAGE_SIZE, pte++) {
		pte_t old = ptep_get(pte), new;

		if (!pte_present(old))
			continue;
		old = ptep_xchg_clear(pte);
		new = pte_modify(old, prot);
		if (may_write_at_once(vma, new))
			new = pte_mkwrite(new);
		set_pte(pte, new);
		/* Present before and with every old right and the same key now: no flush. */
		if (pte_hw_present(old) &&
		    ((pte_flags(old) & ~pte_flags(new) & (_PAGE_RW | _PAGE_PRESENT)) ||
		     (pte_flags(new) & ~pte_flags(old) & _PAGE_NX) ||
		     ((pte_flags(old) ^ pte_flags(new)) & _PAGE_PKEY_MASK)))
			lost = true;
	}
	pte_unlock(ptl);
	return lost;
}

void change_protection(struct vma *vma, unsigned long start, unsigned long end)
{
	unsigned long addr = start, next;
	bool lost = false;

	for (; addr < end; addr = next) {
		pmd_t *pmd = find_pmd_next(vma->vm_mm, addr, end, &next);

		if (pmd)
			lost |= change_table(vma, pmd, addr, next, vma->vm_page_prot);
	}
	if (lost)
		tlb_flush_range(&vma->vm_mm->arch, start, end, false);
}

/* One VMA, or the part of it in [start, end). *@vmap: the VMA that covers it afterwards. */
static int protect_vma(struct mm *mm, struct vma **vmap, unsigned long start, unsigned long end, unsigned long flags)
{
	struct vma *vma = *vmap;
	unsigned long old = vma->vm_flags, pages = (end - start) >> PAGE_SHIFT;
	long charged = 0;
	int err;

	if (flags == old)
		return 0;
	if (vma_is_private_writable(flags) && !vma_is_private_writable(old) && !may_expand_vm(mm, flags, pages) &&
	    may_expand_vm(mm, old, pages))
		return -ENOMEM;
	/* A private mapping that becomes writable is promised memory from now on. */
	if (vma_is_accountable(flags) && !(old & VM_ACCOUNT)) {
		if (vm_enough_memory(mm, pages, capable(CAP_SYS_ADMIN)))
			return -ENOMEM;
		charged = pages;
		flags |= VM_ACCOUNT;
	}
	err = vma_isolate(mm, vma, start, end, &vma);
	if (err) {
		vm_unacct_memory(charged);
		return err;
	}
	vma_start_write(vma);
	vm_stat_account(mm, old, -(long)pages);
	WRITE_ONCE(vma->vm_flags, flags);
	vm_stat_account(mm, flags, pages);
	vma_set_page_prot(vma);
	change_protection(vma, start, end);
	*vmap = vma_merge_around(mm, vma);
	return 0;
}

static unsigned long new_flags(const struct vma *vma, int prot)
{
	unsigned long flags = vma->vm_flags & ~VM_ACCESS_FLAGS;

	if (prot & PROT_READ)
		flags |= VM_READ;
	if (prot & PROT_WRITE)
		flags |= VM_WRITE;
	if (prot & PROT_EXEC)
		flags |= VM_EXEC;
	return flags;
}

/* mmap_lock held for writing. */
static int protect_range(struct mm *mm, unsigned long start, unsigned long end, int prot, int grows, int key)
{
	bool implies_exec = (prot & PROT_READ) && (process_personality() & READ_IMPLIES_EXEC);
	struct vma *vma = find_vma(mm, start);
	unsigned long at;
	int err;

	if (!vma || vma->vm_start >= end)
		return -ENOMEM;
	if (grows & PROT_GROWSDOWN) {
		if (!(vma->vm_flags & VM_GROWSDOWN))
			return -EINVAL;
		start = vma->vm_start;
	} else if (vma->vm_start > start) {
		return -ENOMEM;
	} else if (grows & PROT_GROWSUP) {
		return -EINVAL;
	}
	for (at = start; at < end;) {
		unsigned long flags, to;
		int want = prot;

		if (!vma || vma->vm_start > at)
			return -ENOMEM;
		if (implies_exec && (vma->vm_flags & VM_MAYEXEC))
			want |= PROT_EXEC;
		flags = vm_flags_with_pkey(new_flags(vma, want), mm_pkey_for_protect(vma, want, key));
		/* The MAY bits stand four places above the rights they allow. */
		if ((flags & ~(flags >> 4)) & VM_ACCESS_FLAGS)
			return -EACCES;
		to = min(end, vma->vm_end);
		err = protect_vma(mm, &vma, at, to, flags);
		if (err)
			return err;
		at = to;
		if (at < end)
			vma = find_vma(mm, at);
	}
	return 0;
}

/* @key: -1 for no wish. */
static long protect(unsigned long addr, size_t len, unsigned long prot, int key)
{
	int grows = prot & (PROT_GROWSDOWN | PROT_GROWSUP);
	struct mm *mm = current_mm();
	unsigned long end;
	int err;

	prot &= ~(PROT_GROWSDOWN | PROT_GROWSUP);
	if (grows == (PROT_GROWSDOWN | PROT_GROWSUP) || offset_in_page(addr))
		return -EINVAL;
	if (!len)
		return 0;
	len = PAGE_ALIGN(len);
	end = addr + len;
	if (end <= addr)
		return -ENOMEM;
	if (prot & ~(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM))
		return -EINVAL;
	if (mmap_write_lock_killable(mm))
		return -EINTR;
	if (key == -1 || mm_pkey_is_given(mm, key))
		err = protect_range(mm, addr, end, prot, grows, key);
	else
		err = -EINVAL;
	mmap_write_unlock(mm);
	return err;
}

long sys_mprotect(unsigned long addr, size_t len, unsigned long prot)
{
	return protect(addr, len, prot, -1);
}

long sys_pkey_mprotect(unsigned long addr, size_t len, unsigned long prot, int pkey)
{
	return protect(addr, len, prot, pkey);
}
