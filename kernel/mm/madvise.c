/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * madvise.c - advice about ranges: what takes pages away or brings them, and what only sets flags.
 *
 * WHAT        DONTNEED, FREE, REMOVE, POPULATE_*, WILLNEED act on pages; NORMAL, RANDOM, SEQUENTIAL, *FORK, *DUMP, (NO)HUGEPAGE and (UN)MERGEABLE
 *             set VMA flags; COLD and PAGEOUT act on the page cache lists only (there is no swap).
 * LOCKING     mmap_lock for reading where only pages change, for writing where VMAs do. REMOVE and WILLNEED of files drop it.
 * ERRORS      as madvise(2). -EPARK between slices of DONTNEED: what is done stays done, so the next pass may begin anew.
 */
#include "fault_impl.h"
#include "vma_impl.h"
#include "mm_impl.h"
#include "lru.h"
#include "page_table.h"
#include "zap.h"

#include <mm/fault.h>
#include <mm/iter.h>
#include <mm/mm_calls.h>
#include <mm/mm_port.h>
#include <arch/uaccess.h>
#include <sync/still.h>

/* Bytes of DONTNEED between two looks at the park flag. */
#define DONTNEED_SLICE (32UL << 20)

/* Folios that COLD and PAGEOUT look up at once. */
#define IDLE_BATCH 16

struct advice {
	struct mm *mm;
	int behavior;
};

/* ---- flags ---- */

static int advised_flags(const struct vma *vma, int behavior, unsigned long *flags)
{
	unsigned long f = vma->vm_flags;

	switch (behavior) {
	case MADV_NORMAL:
		f &= ~(VM_RAND_READ | VM_SEQ_READ);
		break;
	case MADV_SEQUENTIAL:
		f = (f & ~VM_RAND_READ) | VM_SEQ_READ;
		break;
	case MADV_RANDOM:
		f = (f & ~VM_SEQ_READ) | VM_RAND_READ;
		break;
	case MADV_DONTFORK:
		f |= VM_DONTCOPY;
		break;
	case MADV_DOFORK:
		if (f & VM_IO)
			return -EINVAL;
		f &= ~VM_DONTCOPY;
		break;
	case MADV_WIPEONFORK:
		if (vma->vm_file || (f & VM_SHARED))
			return -EINVAL;
		f |= VM_WIPEONFORK;
		break;
	case MADV_KEEPONFORK:
		f &= ~VM_WIPEONFORK;
		break;
	case MADV_DONTDUMP:
		f |= VM_DONTDUMP;
		break;
	case MADV_DODUMP:
		if (f & VM_SPECIAL)
			return -EINVAL;
		f &= ~VM_DONTDUMP;
		break;
	case MADV_HUGEPAGE:
		f = (f & ~VM_NOHUGEPAGE) | VM_HUGEPAGE;
		break;
	case MADV_NOHUGEPAGE:
		f = (f & ~VM_HUGEPAGE) | VM_NOHUGEPAGE;
		break;
	case MADV_MERGEABLE:
		f |= VM_MERGEABLE;
		break;
	default: /* MADV_UNMERGEABLE */
		f &= ~VM_MERGEABLE;
	}
	*flags = f;
	return 0;
}

static int advise_flags(struct advice *advice, struct vma **vmap, unsigned long start, unsigned long end)
{
	struct vma *vma = *vmap;
	unsigned long flags;
	int err = advised_flags(vma, advice->behavior, &flags);

	if (err || flags == vma->vm_flags)
		return err;
	err = vma_isolate(advice->mm, vma, start, end, &vma);
	if (err)
		return err == -ENOMEM ? -EAGAIN : err;
	vma_start_write(vma);
	WRITE_ONCE(vma->vm_flags, flags);
	*vmap = vma_merge_around(advice->mm, vma);
	return 0;
}

/* ---- pages ---- */

static int advise_dontneed(struct vma *vma, unsigned long start, unsigned long end, int behavior)
{
	if (vma->vm_flags & VM_PFNMAP || (vma->vm_flags & VM_LOCKED && behavior != MADV_DONTNEED_LOCKED))
		return -EINVAL;
	if (behavior == MADV_FREE && (!vma_is_anonymous(vma)))
		return -EINVAL;
	for (; start < end; start += DONTNEED_SLICE) {
		zap_vma_range(vma, start, min(end, start + DONTNEED_SLICE), NULL);
		if (end - start > DONTNEED_SLICE && should_park())
			return -EPARK;
	}
	return 0;
}

/* Drops mmap_lock. */
static int advise_remove(struct mm *mm, struct vma *vma, unsigned long start, unsigned long end)
{
	loff_t offset = (loff_t)vma_linear_index(vma, start) << PAGE_SHIFT;
	struct file *file = vma->vm_file;
	int err = -EACCES;

	if (vma->vm_flags & VM_LOCKED) {
		err = -EINVAL;
	} else if (!vma->vm_mapping) {
		err = -EINVAL;
	} else if ((vma->vm_flags & (VM_SHARED | VM_WRITE)) == (VM_SHARED | VM_WRITE)) {
		if (file) {
			vfs_file_get(file);
			mmap_read_unlock(mm);
			err = vfs_punch_hole(file, offset, end - start);
			vfs_file_put(file);
			return err;
		}
		truncate_pagecache_range(vma->vm_mapping, offset, offset + (end - start) - 1);
		err = 0;
	}
	mmap_read_unlock(mm);
	return err;
}

/* Drops mmap_lock. */
static int advise_willneed(struct mm *mm, struct vma *vma, unsigned long start, unsigned long end)
{
	struct file *file = vma->vm_file;
	pgoff_t index = vma_linear_index(vma, start);

	if (!file || !vma->vm_mapping || mapping_is_ram(vma->vm_mapping)) {
		mmap_read_unlock(mm);
		return file && !vma->vm_mapping ? -EBADF : 0;
	}
	vfs_file_get(file);
	mmap_read_unlock(mm);
	filemap_start_readahead(vfs_file_mapping(file), file, index, (end - start) >> PAGE_SHIFT);
	vfs_file_put(file);
	return 0;
}

/* Both of these leave the lock dropped. */
static int advise_unlocked(struct advice *advice, struct vma *vma, unsigned long start, unsigned long end)
{
	if (advice->behavior == MADV_REMOVE)
		return advise_remove(advice->mm, vma, start, end);
	return advise_willneed(advice->mm, vma, start, end);
}

/* Consumes the reference. */
static void make_idle(struct folio *folio, int behavior)
{
	if (behavior == MADV_COLD)
		folio_deactivate(folio);
	else
		folio_page_out(folio);
	folio_put(folio);
}

/* COLD and PAGEOUT speak of file pages: anonymous ones have nowhere to go (there is no swap). */
static int advise_idle(struct vma *vma, unsigned long start, unsigned long end, int behavior)
{
	pgoff_t index = vma_linear_index(vma, start), last = vma_linear_index(vma, end - PAGE_SIZE);
	struct folio *folios[IDLE_BATCH];
	unsigned int n;

	if (vma->vm_flags & (VM_LOCKED | VM_PFNMAP))
		return -EINVAL;
	if (!vma->vm_mapping || mapping_is_ram(vma->vm_mapping))
		return 0;
	while ((n = filemap_get_folios(vma->vm_mapping, &index, last, folios, IDLE_BATCH))) {
		for (unsigned int i = 0; i < n; i++)
			make_idle(folios[i], behavior);
		if (thread_fatal_signal_pending(current_thread()))
			return -EINTR;
	}
	return 0;
}

static int advise_pages(struct vma *vma, unsigned long start, unsigned long end, int behavior)
{
	switch (behavior) {
	case MADV_DONTNEED:
	case MADV_DONTNEED_LOCKED:
	case MADV_FREE:
		return advise_dontneed(vma, start, end, behavior);
	default:
		return advise_idle(vma, start, end, behavior);
	}
}

enum advice_kind { ADVICE_BAD, ADVICE_FLAGS, ADVICE_PAGES, ADVICE_UNLOCKED, ADVICE_POPULATE };

static enum advice_kind advice_kind(int behavior)
{
	switch (behavior) {
	case MADV_NORMAL:
	case MADV_SEQUENTIAL:
	case MADV_RANDOM:
	case MADV_DONTFORK:
	case MADV_DOFORK:
	case MADV_WIPEONFORK:
	case MADV_KEEPONFORK:
	case MADV_DONTDUMP:
	case MADV_DODUMP:
	case MADV_HUGEPAGE:
	case MADV_NOHUGEPAGE:
	case MADV_MERGEABLE:
	case MADV_UNMERGEABLE:
		return ADVICE_FLAGS;
	case MADV_DONTNEED:
	case MADV_DONTNEED_LOCKED:
	case MADV_FREE:
	case MADV_COLD:
	case MADV_PAGEOUT:
		return ADVICE_PAGES;
	case MADV_REMOVE:
	case MADV_WILLNEED:
		return ADVICE_UNLOCKED;
	case MADV_POPULATE_READ:
	case MADV_POPULATE_WRITE:
		return ADVICE_POPULATE;
	default:
		return ADVICE_BAD;
	}
}

static int advice_lock(struct mm *mm, bool write)
{
	if (write)
		return mmap_write_lock_killable(mm) ? -EINTR : 0;
	return mmap_read_lock_killable(mm) ? -EINTR : 0;
}

/* Every VMA of [start, end); holes are skipped and give -ENOMEM at the end. */
static int advise_range(struct advice *advice, unsigned long start, unsigned long end)
{
	enum advice_kind kind = advice_kind(advice->behavior);
	bool write = kind == ADVICE_FLAGS, hole = false;
	struct mm *mm = advice->mm;
	int err = advice_lock(mm, write);

	if (err)
		return err;
	while (start < end) {
		struct vma *vma = find_vma(mm, start);
		unsigned long to;

		if (!vma || vma->vm_start >= end) {
			hole = true;
			break;
		}
		if (vma->vm_start > start) {
			hole = true;
			start = vma->vm_start;
		}
		to = min(end, vma->vm_end);
		if (kind == ADVICE_FLAGS) {
			err = advise_flags(advice, &vma, start, to);
		} else if (kind == ADVICE_PAGES) {
			err = advise_pages(vma, start, to, advice->behavior);
		} else {
			err = advise_unlocked(advice, vma, start, to);
			if (err)
				return err;
			err = advice_lock(mm, false);
			if (err)
				return err;
		}
		if (err)
			break;
		start = to;
	}
	if (write)
		mmap_write_unlock(mm);
	else
		mmap_read_unlock(mm);
	return err ? err : (hole ? -ENOMEM : 0);
}

/* A fault could do nothing here: no right, none under the area's key, or no pages. */
static bool refuses_populate(struct mm *mm, const struct vma *vma, bool write)
{
	u32 flags = (mm == current_mm() ? FAULT_FLAG_SOFT : FAULT_FLAG_REMOTE) | (write ? FAULT_FLAG_WRITE : 0);

	return !access_allowed(vma->vm_flags, flags) || !pkey_allows_fault(vma->vm_flags, flags) || (vma->vm_flags & VM_PFNMAP);
}

/* What populating answers where no page could be had: no area ENOMEM; no right to it EINVAL; else @err, as where the object ends. */
static int populate_error(struct mm *mm, unsigned long addr, bool write, int err)
{
	struct vma *vma;

	mmap_read_lock(mm);
	vma = vma_lookup(mm, addr);
	if (!vma)
		err = -ENOMEM;
	else if (refuses_populate(mm, vma, write))
		err = -EINVAL;
	mmap_read_unlock(mm);
	return err;
}

static int advise_populate(struct mm *mm, unsigned long start, unsigned long end, bool write)
{
	for (; start < end; start += PAGE_SIZE) {
		struct page *page = get_user_page(mm, start, write ? FOLL_WRITE : 0);

		if (IS_ERR(page))
			return populate_error(mm, start, write, PTR_ERR(page));
		put_page(page);
		if (should_park())
			return -EPARK;
	}
	return 0;
}

static int do_madvise(struct mm *mm, unsigned long start, size_t len, int behavior)
{
	struct advice advice = { .mm = mm, .behavior = behavior };
	enum advice_kind kind = advice_kind(behavior);
	unsigned long end;

	if (kind == ADVICE_BAD || offset_in_page(start))
		return -EINVAL;
	end = start + PAGE_ALIGN(len);
	if (len && !PAGE_ALIGN(len))
		return -EINVAL;
	if (end < start)
		return -EINVAL;
	if (end == start)
		return 0;
	if (kind == ADVICE_POPULATE)
		return advise_populate(mm, start, end, behavior == MADV_POPULATE_WRITE);
	return advise_range(&advice, start, end);
}

long sys_madvise(unsigned long addr, size_t len, int advice)
{
	return do_madvise(current_mm(), addr, len, advice);
}

static bool may_advise_others(int behavior)
{
	return behavior == MADV_COLD || behavior == MADV_PAGEOUT || behavior == MADV_WILLNEED;
}

long sys_process_madvise(int pidfd, uaddr_t vec, u32 vlen, int behavior, unsigned int flags)
{
	struct iovec fast[ITER_FAST_SEGS], *heap;
	struct iter iter;
	struct mm *mm;
	ssize_t total, done = 0;
	int err = 0;

	if (flags)
		return -EINVAL;
	total = import_iovec(ITER_DEST, vec, vlen, fast, &heap, &iter);
	if (total < 0)
		return total;
	mm = process_get_mm_pidfd(pidfd);
	if (IS_ERR(mm)) {
		err = PTR_ERR(mm);
		goto out;
	}
	err = may_advise_others(behavior) ? 0 : -EINVAL;
	while (!err && iter_count(&iter)) {
		size_t len = iter_single_seg_count(&iter);

		err = do_madvise(mm, (unsigned long)iter.iov->iov_base, len, behavior);
		if (err)
			break;
		done += len;
		iter_advance(&iter, len);
	}
	mm_users_put(mm);
out:
	kfree(heap);
	return done ? done : err;
}
