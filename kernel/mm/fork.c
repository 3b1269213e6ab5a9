/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fork.c - a copy of an address space.
 *
 * WHAT        VMAs are copied one by one; private pages become read-only on both sides and are copied by whoever writes first. A range that has
 *             only pages of a file, or of shared memory, needs no entries: faults find them again.
 * INVARIANTS  I1  While entries of a VMA are copied it is write-locked, so no fault changes them; reclaim and truncation are kept out
 *                 entry by entry through the table's lock.
 *             I2  The parent's translations are flushed before it runs in user mode again and before the child runs at all.
 *             I3  A pinned page is copied at once for the child, so the parent and who pinned it go on sharing it.
 * LOCKING     The parent's mmap_lock for writing; the child is nobody else's yet; both tables' locks, the child's nested.
 * ERRORS      -ENOMEM; -EINTR killed; -EPARK: asked to park in the middle; what was copied is dropped and the next pass begins anew.
 */
#include "fault_impl.h"
#include "ldt_impl.h"
#include "vma_impl.h"

#include <arch/page_ops.h>
#include <arch/tlb.h>
#include <lib/string.h>
#include <mm/mm_port.h>
#include <mm/pkeys.h>
#include <sync/still.h>

struct fork_copy {
	struct mm *parent, *child;
	struct page_source src;	/* child's tables and copies of pinned pages */
	long rss[MM_NR_COUNTERS];
	bool write_protected;
	u32 since_park_check;
};

/* Tables between two looks at the park flag. */
#define FORK_SLICE 8

/* One present entry. False: a page is needed for a copy and there was none at hand. */
static bool copy_entry(struct fork_copy *copy, struct vma *vma, pte_t *from, pte_t *to)
{
	pte_t pte = ptep_get(from);
	struct folio *folio, *own;

	if (unlikely(pte_special(pte))) {
		set_pte(to, pte);
		return true;
	}
	folio = page_folio(pfn_to_page(pte_pfn(pte)));
	if (unlikely(atomic_read(&folio->pincount)) && folio_test(folio, PG_anon)) { /* I3 */
		own = copy->src.spare;
		if (!own)
			return false;
		copy->src.spare = NULL;
		copy_page(folio_address(own), folio_address(folio));
		own->mapping = folio->mapping;
		own->index = folio->index;
		own->flags |= BIT(PG_anon) | BIT(PG_uptodate) | BIT(PG_swapbacked);
		atomic_set(&own->mapcount, 1);
		mod_node_page_state(own->node, NR_ANON_MAPPED, 1);
		set_pte(to, pte_mkdirty(pte_wrprotect(pfn_pte(folio_pfn(own), vma->vm_page_prot))));
		copy->rss[MM_ANONPAGES]++;
		return true;
	}
	if (pte_write(pte) && !(vma->vm_flags & VM_SHARED)) {
		ptep_set_wrprotect(from);
		copy->write_protected = true;
		pte = pte_wrprotect(pte);
	}
	if (vma->vm_flags & VM_SHARED)
		pte = pte_mkclean(pte);
	folio_get(folio);
	folio_dup_map(folio);
	copy->rss[folio_counter(folio)]++;
	set_pte(to, pte_mkold(pte));
	return true;
}

/* One table's stretch. Returns where it stopped: @end, or where a page is needed. */
static unsigned long copy_table(struct fork_copy *copy, struct vma *vma, pmd_t *from_pmd, pmd_t *to_pmd,
				unsigned long addr, unsigned long end)
{
	spinlock_t *from_ptl, *to_ptl = pte_lockptr(pmd_get(to_pmd));
	pte_t *from = pte_offset_lock(from_pmd, addr, &from_ptl), *to = pte_offset(to_pmd, addr);

	spin_lock_nested(to_ptl, 1);
	for (; addr < end; addr += PAGE_SIZE, from++, to++)
		if (pte_present(ptep_get(from)) && unlikely(!copy_entry(copy, vma, from, to)))
			break;
	spin_unlock(to_ptl);
	pte_unlock(from_ptl);
	return addr;
}

static int copy_range(struct fork_copy *copy, struct vma *vma)
{
	unsigned long addr = vma->vm_start, end = vma->vm_end, next;

	while (addr < end) {
		pmd_t *from = find_pmd_next(copy->parent, addr, end, &next), *to;

		if (!from) {
			addr = next;
			continue;
		}
		to = alloc_pmd(copy->child, addr, &copy->src);
		if (!to)
			return -ENOMEM;
		addr = copy_table(copy, vma, from, to, addr, next);
		if (addr < next) {
			copy->src.spare = alloc_folio(GFP_HIGHUSER_MOVABLE, 0);
			if (!copy->src.spare)
				return -ENOMEM;
		}
		if (++copy->since_park_check >= FORK_SLICE) {
			copy->since_park_check = 0;
			if (should_park())
				return -EPARK;
			if (thread_fatal_signal_pending(current_thread()))
				return -EINTR;
		}
	}
	return 0;
}

/* Does the child need the entries, or will faults find the pages again? */
static bool needs_entries(const struct vma *vma)
{
	if (vma->vm_flags & (VM_PFNMAP | VM_MIXEDMAP))
		return true;
	return vma->has_anon && !(vma->vm_flags & VM_WIPEONFORK);
}

static int copy_vma(struct fork_copy *copy, struct vma *vma)
{
	struct mm *child = copy->child;
	struct vma *new;

	if (vma->vm_flags & VM_ACCOUNT && vm_enough_memory(child, vma_pages(vma), false))
		return -ENOMEM;
	new = vma_dup(child, vma);
	if (!new) {
		if (vma->vm_flags & VM_ACCOUNT)
			vm_unacct_memory(vma_pages(vma));
		return -ENOMEM;
	}
	new->vm_flags &= ~(VM_LOCKED | VM_LOCKONFAULT);
	if (vma->vm_flags & VM_WIPEONFORK)
		new->has_anon = false;
	if (new->vm_ops && new->vm_ops->open)
		new->vm_ops->open(new);
	vma_link(child, new);
	vm_stat_account(child, new->vm_flags, vma_pages(new));
	if (!needs_entries(vma))
		return 0;
	vma_start_write(vma); /* I1 */
	return copy_range(copy, vma);
}

/* Everything that is a plain value. */
static void copy_fields(struct mm *child, struct mm *parent)
{
	child->flags = parent->flags & (MMF_DUMPABLE_MASK | BIT(MMF_TOPDOWN) | BIT(MMF_DISABLE_THP) | BIT(MMF_MOVED_ANON));
	child->mmap_base = parent->mmap_base;
	child->start_code = parent->start_code;
	child->end_code = parent->end_code;
	child->start_data = parent->start_data;
	child->end_data = parent->end_data;
	child->start_brk = parent->start_brk;
	child->brk = parent->brk;
	child->start_stack = parent->start_stack;
	child->arg_start = parent->arg_start;
	child->arg_end = parent->arg_end;
	child->env_start = parent->env_start;
	child->env_end = parent->env_end;
	memcpy(child->saved_auxv, parent->saved_auxv, sizeof(child->saved_auxv));
	child->vdso_base = parent->vdso_base;
	child->binfmt = parent->binfmt;
	child->membarrier_state = parent->membarrier_state;
	mm_pkeys_dup(child, parent);
	if (parent->exe_file)
		child->exe_file = vfs_file_get(parent->exe_file);
	if (parent->user_ns)
		child->user_ns = process_mm_user_ns_get(parent->user_ns);
}

static int copy_all(struct fork_copy *copy)
{
	struct vma *vma;
	int err = 0;

	for_each_vma(copy->parent, vma) {
		if (vma->vm_flags & VM_DONTCOPY)
			continue;
		err = copy_vma(copy, vma);
		if (err)
			break;
	}
	for (int i = 0; i < MM_NR_COUNTERS; i++)
		if (copy->rss[i])
			mm_add_counter(copy->child, i, copy->rss[i]);
	if (copy->write_protected)
		tlb_flush_range(&copy->parent->arch, 0, TLB_FLUSH_ALL, false); /* I2 */
	return err;
}

struct mm *mm_dup(struct mm *old)
{
	struct fork_copy copy = { .parent = old, .src = { .gfp = GFP_KERNEL } };
	int err;

	copy.child = mm_create_kin(old);
	if (!copy.child)
		return ERR_PTR(-ENOMEM);
	if (mmap_write_lock_killable(old)) {
		mm_users_put(copy.child);
		return ERR_PTR(-EINTR);
	}
	copy_fields(copy.child, old);
	/* The child's lock is not contended; it is held because linking asserts it. */
	down_write_nested(&copy.child->mmap_lock, 1);
	err = mm_ldt_dup(copy.child, old);
	if (!err)
		err = copy_all(&copy);
	mmap_write_unlock(copy.child);
	mmap_write_unlock(old);
	if (copy.src.spare)
		folio_put(copy.src.spare);
	if (err) {
		mm_users_put(copy.child);
		return ERR_PTR(err);
	}
	return copy.child;
}
