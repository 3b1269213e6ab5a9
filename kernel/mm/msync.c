/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * msync.c - msync(2) and mincore(2): what of a mapping is on its way to its file, and what of it is in memory.
 *
 * WHAT        Two calls that look at or push a mapping page by page.
 * LOCKING     mmap_lock for reading, dropped while a file is written.
 * ERRORS      as the manual pages.
 */
#include "vma_impl.h"
#include "mm_impl.h"
#include "page_table.h"

#include <arch/uaccess.h>
#include <mm/mm_calls.h>
#include <mm/mm_port.h>
#include <linux/mman.h>

static int sync_part(struct mm *mm, struct vma *vma, unsigned long start, unsigned long end)
{
	loff_t from = (loff_t)vma_linear_index(vma, start) << PAGE_SHIFT;
	struct file *file = vfs_file_get(vma->vm_file);
	int err;

	mmap_read_unlock(mm);
	err = vfs_fsync_range(file, from, from + (end - start) - 1);
	vfs_file_put(file);
	if (!err && mmap_read_lock_killable(mm))
		return -EINTR;
	return err;
}

long sys_msync(unsigned long addr, size_t len, int flags)
{
	struct mm *mm = current_mm();
	unsigned long end;
	bool hole = false;
	struct vma *vma;

	if (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC))
		return -EINVAL;
	if (offset_in_page(addr) || ((flags & MS_ASYNC) && (flags & MS_SYNC)))
		return -EINVAL;
	end = addr + PAGE_ALIGN(len);
	if (end < addr)
		return -ENOMEM;
	if (end == addr)
		return 0;
	if (mmap_read_lock_killable(mm))
		return -EINTR;
	while (addr < end) {
		unsigned long to;
		int err;

		vma = find_vma(mm, addr);
		if (!vma || vma->vm_start >= end) {
			hole = true;
			break;
		}
		if (vma->vm_start > addr) {
			hole = true;
			addr = vma->vm_start;
		}
		to = min(end, vma->vm_end);
		if ((flags & MS_INVALIDATE) && (vma->vm_flags & VM_LOCKED)) {
			mmap_read_unlock(mm);
			return -EBUSY;
		}
		if ((flags & MS_SYNC) && vma->vm_file && (vma->vm_flags & VM_SHARED)) {
			err = sync_part(mm, vma, addr, to);
			if (err)
				return err; /* the lock is dropped */
		}
		addr = to;
	}
	mmap_read_unlock(mm);
	return hole ? -ENOMEM : 0;
}

/* ---- mincore ---- */

static u8 page_in_core(struct vma *vma, unsigned long addr, bool may_see)
{
	pmd_t *pmd = find_pmd(vma->vm_mm, addr);

	if (pmd) {
		spinlock_t *ptl;
		pte_t entry = ptep_get(pte_offset_lock(pmd, addr, &ptl));

		pte_unlock(ptl);
		if (!pte_none(entry))
			return pte_present(entry);
	}
	if (!vma->vm_mapping)
		return 0;
	return may_see ? filemap_page_present(vma->vm_mapping, vma_linear_index(vma, addr)) : 1;
}

/* One VMA's part, at most a page of answers. Returns pages done or -ENOMEM. */
static long mincore_part(struct mm *mm, unsigned long addr, unsigned long pages, u8 *vec)
{
	struct vma *vma;
	bool may_see;
	long n;

	mmap_read_lock(mm);
	vma = vma_lookup(mm, addr);
	if (!vma) {
		mmap_read_unlock(mm);
		return -ENOMEM;
	}
	may_see = vma->vm_file ? vfs_may_mincore(vma->vm_file) : true;
	pages = min(pages, (vma->vm_end - addr) >> PAGE_SHIFT);
	for (n = 0; n < (long)pages; n++)
		vec[n] = page_in_core(vma, addr + n * PAGE_SIZE, may_see);
	mmap_read_unlock(mm);
	return n;
}

long sys_mincore(unsigned long addr, size_t len, uaddr_t vec)
{
	unsigned long pages = len >> PAGE_SHIFT;
	long ret = 0;
	u8 *buf;

	if (offset_in_page(addr))
		return -EINVAL;
	if (!user_range_ok(uaddr(addr), len))
		return -ENOMEM;
	pages += offset_in_page(len) != 0;
	if (!user_range_ok(vec, pages))
		return -EFAULT;
	buf = get_free_page(GFP_USER);
	if (!buf)
		return -EAGAIN;
	while (pages) {
		ret = mincore_part(current_mm(), addr, min(pages, PAGE_SIZE), buf);
		if (ret <= 0)
			break;
		if (copy_to_user(vec, buf, ret)) {
			ret = -EFAULT;
			break;
		}
		pages -= ret;
		vec = uaddr_add(vec, ret);
		addr += ret << PAGE_SHIFT;
		ret = 0;
	}
	free_page(buf);
	return ret;
}
