/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mremap.c - a mapping grows, shrinks, or moves with its pages.
 *
 * WHAT        Four ways: shrink, grow in place, move, or leave the old range behind empty (DONTUNMAP).
 * INVARIANTS  I1  While entries move, i_mmap_lock is held for writing (file mappings), so the reverse map sees each page at the old or at
 *                 the new place. Both VMAs are write-locked.
 *             I2  vm_pgoff moves along: a folio's index stays right (mm_types.h, I5).
 * LOCKING     mmap_lock for writing.
 * ERRORS      as mremap(2).
 */
#include "vma_impl.h"
#include "gather.h"
#include "mm_impl.h"
#include "page_table.h"

#include <arch/tlb.h>
#include <mm/fault.h>
#include <mm/mm_calls.h>
#include <sched/cred.h>
#include <asm/resource.h>

/* Move the entries of one stretch that lies in one table on both sides. */
static void move_entries(pmd_t *old_pmd, unsigned long old, pmd_t *new_pmd, unsigned long new, unsigned long len)
{
	spinlock_t *ptl_old, *ptl_new = pte_lockptr(pmd_get(new_pmd));
	pte_t *from = pte_offset_lock(old_pmd, old, &ptl_old), *to;

	if (ptl_new != ptl_old)
		spin_lock_nested(ptl_new, 1);
	to = pte_offset(new_pmd, new);
	for (; len; len -= PAGE_SIZE, from++, to++) {
		if (pte_none(ptep_get(from)))
			continue;
		set_pte(to, ptep_xchg_clear(from));
	}
	if (ptl_new != ptl_old)
		spin_unlock(ptl_new);
	pte_unlock(ptl_old);
}

/* Tables at the new place for every one at the old: under i_mmap_lock nothing may reclaim. */
static bool prepare_tables(struct mm *mm, unsigned long old, unsigned long new, unsigned long len)
{
	struct page_source src = { .gfp = GFP_KERNEL };
	unsigned long done = 0, next;

	while (done < len) {
		bool is_used = find_pmd_next(mm, old + done, old + len, &next) != NULL;
		unsigned long part = next - (old + done);

		if (is_used) {
			if (!alloc_pmd(mm, new + done, &src))
				return false;
			part = min(part, pmd_addr_end(new + done, new + len) - (new + done));
		}
		done += part;
	}
	return true;
}

/* The tables of a move that does not happen. */
static void drop_tables(struct mm *mm, unsigned long start, unsigned long len)
{
	struct vma *prev, *next = find_vma_prev(mm, start, &prev);
	struct gather gather;

	gather_begin(&gather, mm, false);
	free_page_tables(&gather, start, start + len, prev ? prev->vm_end : 0, next ? next->vm_start : 1UL << 47);
	gather_end(&gather);
}

/* Cannot fail: the tables are there. */
static void move_tables(struct vma *vma, unsigned long old, unsigned long new, unsigned long len)
{
	struct mm *mm = vma->vm_mm;
	unsigned long done = 0, next;

	if (vma->vm_mapping)
		down_write(&vma->vm_mapping->i_mmap_lock); /* I1 */
	while (done < len) {
		pmd_t *old_pmd = find_pmd_next(mm, old + done, old + len, &next);
		unsigned long part = next - (old + done);

		if (old_pmd) {
			part = min(part, pmd_addr_end(new + done, new + len) - (new + done));
			move_entries(old_pmd, old + done, find_pmd(mm, new + done), new + done, part);
		}
		done += part;
	}
	tlb_flush_range(&mm->arch, old, old + len, false);
	if (vma->vm_mapping)
		up_write(&vma->vm_mapping->i_mmap_lock);
}

/* What an mremap wants. */
struct move {
	unsigned long addr, old_len, new_len, new_addr;
	unsigned int flags;
	bool locked;
};

/* The copy of @vma at the new place. */
static struct vma *copy_vma(struct mm *mm, struct vma *vma, const struct move *move)
{
	struct vma *new = vma_dup(mm, vma);

	if (!new)
		return NULL;
	new->vm_start = move->new_addr;
	new->vm_end = move->new_addr + move->new_len;
	new->vm_pgoff = vma_linear_index(vma, move->addr);
	/* Untouched private memory takes its natural offset again, so that it can join its neighbours. */
	if (vma_is_anonymous(vma) && !vma->has_anon)
		new->vm_pgoff = move->new_addr >> PAGE_SHIFT;
	if (new->vm_ops && new->vm_ops->open)
		new->vm_ops->open(new);
	vma_link(mm, new);
	return new;
}

/* The range is free at the new place. Returns the new address or -errno. */
static long move_vma(struct mm *mm, struct vma *vma, struct move *move)
{
	unsigned long pages = move->new_len >> PAGE_SHIFT, flags = vma->vm_flags;
	bool dontunmap = move->flags & MREMAP_DONTUNMAP;
	long charge = 0;
	struct vma *new;
	int err;

	if (mm->map_count >= mm_sysctl.max_map_count - 3)
		return -ENOMEM;
	if (vma->vm_ops && vma->vm_ops->may_split && vma->vm_start != move->addr) {
		err = vma->vm_ops->may_split(vma, move->addr);
		if (err)
			return err;
	}
	/* The old range gives its promise back below, unless it stays. */
	if (flags & VM_ACCOUNT) {
		charge = pages;
		if (vm_enough_memory(mm, charge, capable(CAP_SYS_ADMIN)))
			return -ENOMEM;
	}
	vma_start_write(vma);
	new = prepare_tables(mm, move->addr, move->new_addr, move->old_len) ? copy_vma(mm, vma, move) : NULL;
	if (!new) {
		drop_tables(mm, move->new_addr, move->old_len);
		vm_unacct_memory(charge);
		return -ENOMEM;
	}
	move_tables(vma, move->addr, move->new_addr, move->old_len);
	if (new->vm_ops && new->vm_ops->mremap)
		new->vm_ops->mremap(new);
	if (new->has_anon)
		set_bit(MMF_MOVED_ANON, &mm->flags);
	vm_stat_account(mm, flags, pages);
	if (flags & VM_LOCKED) {
		mm->locked_vm += pages;
		move->locked = true;
	}
	if (dontunmap) {
		/* The old range stays, empty; it is not locked any more. */
		if (flags & VM_LOCKED) {
			WRITE_ONCE(vma->vm_flags, flags & ~(VM_LOCKED | VM_LOCKONFAULT));
			mm->locked_vm -= vma_pages(vma);
		}
	} else {
		err = do_munmap(mm, move->addr, move->old_len);
		WARN_ON(err); /* the count check above leaves room for the split */
	}
	vma_merge_around(mm, new);
	return move->new_addr;
}

/* May [addr, addr + old_len) of one VMA become new_len long? */
static int check_vma(struct mm *mm, struct vma *vma, const struct move *move)
{
	unsigned long grow = move->new_len > move->old_len ? (move->new_len - move->old_len) >> PAGE_SHIFT : 0;
	pgoff_t pgoff;

	if (!vma)
		return -EFAULT;
	/* Old length 0: another view of a shared mapping. */
	if (!move->old_len && !(vma->vm_flags & (VM_SHARED | VM_MAYSHARE)))
		return -EINVAL;
	if ((move->flags & MREMAP_DONTUNMAP) && (vma->vm_flags & (VM_DONTEXPAND | VM_PFNMAP)))
		return -EINVAL;
	if (move->old_len > vma->vm_end - move->addr)
		return -EFAULT;
	if (move->new_len == move->old_len)
		return 0;
	pgoff = vma_linear_index(vma, move->addr);
	if (pgoff + (move->new_len >> PAGE_SHIFT) < pgoff)
		return -EINVAL;
	if (vma->vm_flags & (VM_DONTEXPAND | VM_PFNMAP))
		return -EFAULT;
	if (mlock_future_check(mm, vma->vm_flags, grow))
		return -EAGAIN;
	return may_expand_vm(mm, vma->vm_flags, grow) ? 0 : -ENOMEM;
}

static long move_fixed(struct mm *mm, struct move *move)
{
	unsigned long grow = move->new_len;
	struct vma *vma;
	int err;

	if (offset_in_page(move->new_addr) || move->new_len > USER_END || move->new_addr > USER_END - move->new_len)
		return -EINVAL;
	if (move->addr + move->old_len > move->new_addr && move->new_addr + move->new_len > move->addr)
		return -EINVAL;
	if (mm->map_count + 2 >= mm_sysctl.max_map_count - 3)
		return -ENOMEM;
	if (move->flags & MREMAP_FIXED) {
		if (move->new_addr < mm_sysctl.mmap_min_addr && !capable(CAP_SYS_RAWIO))
			return -EPERM;
		err = do_munmap(mm, move->new_addr, move->new_len);
		if (err)
			return err;
	}
	if (move->old_len > move->new_len) {
		err = do_munmap(mm, move->addr + move->new_len, move->old_len - move->new_len);
		if (err)
			return err;
		move->old_len = move->new_len;
	}
	vma = vma_lookup(mm, move->addr);
	err = check_vma(mm, vma, move);
	if (err)
		return err;
	if ((move->flags & MREMAP_DONTUNMAP) && !may_expand_vm(mm, vma->vm_flags, grow >> PAGE_SHIFT))
		return -ENOMEM;
	if (!(move->flags & MREMAP_FIXED)) {
		unsigned long at = get_unmapped_area(mm, move->new_addr, move->new_len, 0);

		if (IS_ERR_VALUE(at))
			return at;
		move->new_addr = at;
	}
	return move_vma(mm, vma, move);
}

/* Grow in place. 0, -errno; -EAGAIN: no room, move instead. */
static int grow_in_place(struct mm *mm, struct vma *vma, const struct move *move, bool *locked)
{
	unsigned long end = vma->vm_end + (move->new_len - move->old_len);
	long pages = (move->new_len - move->old_len) >> PAGE_SHIFT;

	if (move->old_len != vma->vm_end - move->addr || end > USER_END || end < vma->vm_end ||
	    (vma->vm_next && vma_start_gap(vma->vm_next) < end))
		return -EAGAIN;
	if ((vma->vm_flags & VM_ACCOUNT) && vm_enough_memory(mm, pages, capable(CAP_SYS_ADMIN)))
		return -ENOMEM;
	vma_set_bounds(vma, vma->vm_start, end, vma->vm_pgoff);
	vm_stat_account(mm, vma->vm_flags, pages);
	if (vma->vm_flags & VM_LOCKED) {
		mm->locked_vm += pages;
		*locked = true;
	}
	vma_merge_around(mm, vma);
	return 0;
}

static long remap(struct mm *mm, struct move *move)
{
	struct vma *vma;
	unsigned long at;
	int err;

	if (move->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP))
		return move_fixed(mm, move);
	if (move->old_len >= move->new_len) {
		if (!vma_lookup(mm, move->addr))
			return -EFAULT;
		if (move->old_len > move->new_len) {
			err = do_munmap(mm, move->addr + move->new_len, move->old_len - move->new_len);
			if (err)
				return err;
		}
		return move->addr;
	}
	vma = vma_lookup(mm, move->addr);
	err = check_vma(mm, vma, move);
	if (err)
		return err;
	err = grow_in_place(mm, vma, move, &move->locked);
	if (err != -EAGAIN)
		return err ? err : (long)move->addr;
	if (!(move->flags & MREMAP_MAYMOVE))
		return -ENOMEM;
	at = get_unmapped_area(mm, 0, move->new_len, 0);
	if (IS_ERR_VALUE(at))
		return at;
	move->new_addr = at;
	return move_vma(mm, vma, move);
}

long sys_mremap(unsigned long addr, size_t old_len, size_t new_len, unsigned long flags, unsigned long new_addr)
{
	struct move move = { .addr = addr, .old_len = PAGE_ALIGN(old_len), .new_len = PAGE_ALIGN(new_len),
			     .new_addr = new_addr, .flags = flags };
	struct mm *mm = current_mm();
	unsigned long at, end;
	long ret;

	if (populate_resumed(&at, &end))
		goto populate;
	if (flags & ~(MREMAP_FIXED | MREMAP_MAYMOVE | MREMAP_DONTUNMAP))
		return -EINVAL;
	if ((flags & MREMAP_FIXED) && !(flags & MREMAP_MAYMOVE))
		return -EINVAL;
	if ((flags & MREMAP_DONTUNMAP) && (!(flags & MREMAP_MAYMOVE) || move.old_len != move.new_len))
		return -EINVAL;
	if (offset_in_page(addr) || !move.new_len)
		return -EINVAL;
	if (mmap_write_lock_killable(mm))
		return -EINTR;
	ret = remap(mm, &move);
	mmap_write_unlock(mm);
	if (ret <= 0 || !move.locked || move.new_len <= move.old_len)
		return ret;
	at = ret + move.old_len;
	end = ret + move.new_len;
populate:
	return populate_call(mm, at, end, true) == -EPARK ? -EPARK : (long)(end - move.new_len);
}
