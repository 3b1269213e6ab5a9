/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * munmap.c - taking ranges away.
 *
 * WHAT        The VMAs at the ends are cut, all inside are write-locked, their pages are zapped, then the VMAs leave tree and
 *             mapping, and tables that cover nothing any more are freed.
 * INVARIANTS  I1  Pages are zapped while the VMAs are still in the tree, write-locked: faults wait. So a long munmap can stop in the
 *                 middle: what lies below the stop is unmapped for real, the rest is as before, and the next pass goes on there.
 *             I2  A VMA leaves its mapping's tree before its page tables can be freed.
 * LOCKING     mmap_lock for writing.
 * ERRORS      -EINVAL, -ENOMEM (splitting would make too many VMAs), -EPARK with progress in call->done.
 */
#include "vma_impl.h"
#include "mm_impl.h"
#include "page_table.h"
#include "zap.h"

#include <mm/mm_calls.h>
#include <sync/call.h>

/* VMAs from @first up to @end leave. */
static void drop_vmas(struct mm *mm, struct vma *first, unsigned long end)
{
	struct vma *vma = first, *next;
	long accounted = 0;

	for (; vma && vma->vm_start < end; vma = next) {
		long pages = vma_pages(vma);

		next = vma->vm_next;
		if (vma->vm_flags & VM_ACCOUNT)
			accounted += pages;
		if (vma->vm_flags & VM_LOCKED)
			mm->locked_vm -= pages;
		vm_stat_account(mm, vma->vm_flags, -pages);
		vma_detach(mm, vma);
		vma_unlink_mapping(vma);
		vma_destroy(vma);
	}
	if (accounted)
		vm_unacct_memory(accounted);
}

/* Zap [start, end); returns where it stopped (page aligned). The VMAs are write-locked. */
static unsigned long zap_vmas(struct gather *gather, struct vma *vma, unsigned long start, unsigned long end,
			      bool may_stop)
{
	for (; vma && vma->vm_start < end; vma = vma->vm_next) {
		unsigned long from = max(start, vma->vm_start), to = min(end, vma->vm_end), at;

		vma_start_write(vma);
		at = zap_range(gather, vma, from, to, NULL, may_stop);
		if (at < to)
			return at;
	}
	return end;
}

/* Cut at both ends; *@first begins at or above @start. 0 or -errno with only harmless cuts made. */
static int cut_ends(struct mm *mm, unsigned long start, unsigned long end, struct vma **first)
{
	struct vma *vma = find_vma_intersection(mm, start, end), *last;
	int err;

	*first = vma;
	if (!vma)
		return 0;
	if (vma->vm_start < start) {
		/* A hole in the middle of one VMA makes two of it. */
		if (vma->vm_end > end && mm->map_count >= mm_sysctl.max_map_count)
			return -ENOMEM;
		err = vma_split(mm, vma, start, true);
		if (err)
			return err;
	}
	last = vma_lookup(mm, end - 1);
	if (last && last->vm_end > end)
		return vma_split(mm, last, end, false);
	return 0;
}

/* Returns 0, -errno, or -EPARK with *@done bytes from @start unmapped. */
static int unmap(struct mm *mm, unsigned long start, unsigned long end, bool may_stop, unsigned long *done)
{
	struct vma *first, *prev, *next;
	struct gather gather;
	unsigned long stop;
	int err;

	err = cut_ends(mm, start, end, &first);
	if (err || !first)
		return err;
	gather_begin(&gather, mm, false);
	stop = zap_vmas(&gather, first, start, end, may_stop);
	if (stop < end) {
		gather_flush(&gather);
		err = stop > start ? cut_ends(mm, start, stop, &first) : 0;
		*done = err ? 0 : stop - start;
		end = err ? start : stop;
		err = -EPARK;
		if (!first || end == start) {
			gather_end(&gather);
			return err;
		}
	}
	prev = first->vm_prev;
	drop_vmas(mm, first, end);
	next = prev ? prev->vm_next : mm->mmap;
	free_page_tables(&gather, start, end, prev ? prev->vm_end : 0, next ? next->vm_start : 1UL << 47);
	gather_end(&gather);
	return err;
}

static int check_range(unsigned long start, size_t *len)
{
	if (offset_in_page(start) || start > USER_END || *len > USER_END - start)
		return -EINVAL;
	*len = PAGE_ALIGN(*len);
	return *len ? 0 : -EINVAL;
}

int do_munmap(struct mm *mm, unsigned long start, size_t len)
{
	unsigned long done = 0;
	int err = check_range(start, &len);

	return err ? err : unmap(mm, start, start + len, false, &done);
}

int vm_munmap(unsigned long start, size_t len)
{
	struct mm *mm = current_mm();
	int err;

	if (mmap_write_lock_killable(mm))
		return -EINTR;
	err = do_munmap(mm, start, len);
	mmap_write_unlock(mm);
	return err;
}

long sys_munmap(unsigned long addr, size_t len)
{
	struct mm *mm = current_mm();
	unsigned long done = 0, before;
	int err = check_range(addr, &len);

	if (err)
		return err;
	before = call_done(); /* what an earlier pass unmapped; others may have mapped there since */
	if (before >= len)
		return 0;
	if (mmap_write_lock_killable(mm))
		return -EINTR;
	err = unmap(mm, addr + before, addr + len, true, &done);
	mmap_write_unlock(mm);
	if (err == -EPARK)
		call_done_add(done);
	return err;
}
