/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mlock.c - memory that is present and stays so; and making ranges present in general.
 *
 * WHAT        VM_LOCKED keeps reclaim away from a VMA's file pages; anonymous pages never leave (no swap). The call itself faults
 *             everything in and counts against RLIMIT_MEMLOCK.
 * LOCKING     mmap_lock for writing for the flags; population without it.
 * ERRORS      as mlock(2). -EPARK in the middle of a range; the call keeps how far it came.
 */
#include "vma_impl.h"
#include "mm_impl.h"

#include <mm/fault.h>
#include <mm/mm_calls.h>
#include <mm/mm_port.h>
#include <sched/cred.h>
#include <sync/call.h>
#include <sync/still.h>
#include <asm/resource.h>

/* A range that is being made present; @at moves. */
struct populate {
	struct mm *mm;
	unsigned long at, end;
	bool may_park, ignore_errors;
};

/* One VMA's part of it, up to @to. */
static int populate_part(struct populate *populate, unsigned long to, unsigned long vm_flags)
{
	/* Writable private memory is made writable at once: that is what its owner will do. */
	bool write = (vm_flags & (VM_WRITE | VM_SHARED)) == VM_WRITE;

	while (populate->at < to) {
		struct page *page = get_user_page(populate->mm, populate->at, write ? FOLL_WRITE : 0);

		if (IS_ERR(page))
			return PTR_ERR(page);
		put_page(page);
		populate->at += PAGE_SIZE;
		if (thread_fatal_signal_pending(current_thread()))
			return -EINTR;
		if (populate->may_park && should_park())
			return -EPARK;
	}
	return 0;
}

/* The VMA at or after @at: up to where it reaches, and its flags. False: there is none before @end. */
static bool next_part(struct populate *populate, unsigned long *to, unsigned long *flags)
{
	struct vma *vma;

	mmap_read_lock(populate->mm);
	vma = find_vma_intersection(populate->mm, populate->at, populate->end);
	if (vma) {
		populate->at = max(populate->at, vma->vm_start);
		*to = min(populate->end, vma->vm_end);
		*flags = vma->vm_flags;
	}
	mmap_read_unlock(populate->mm);
	return vma;
}

static int populate_range(struct populate *populate)
{
	unsigned long to, flags;

	while (populate->at < populate->end && next_part(populate, &to, &flags)) {
		int err = 0;

		if (!(flags & (VM_IO | VM_PFNMAP | VM_LOCKONFAULT)) && (flags & VM_ACCESS_FLAGS))
			err = populate_part(populate, to, flags);
		if (err == -EINTR || err == -EPARK || (err && !populate->ignore_errors))
			return err == -EFAULT ? -ENOMEM : err;
		populate->at = to;
	}
	return 0;
}

int mm_populate(struct mm *mm, unsigned long start, unsigned long len, bool ignore_errors)
{
	struct populate populate = { .mm = mm, .at = start, .end = start + len, .ignore_errors = ignore_errors };

	return populate_range(&populate);
}

int populate_call(struct mm *mm, unsigned long start, unsigned long end, bool ignore_errors)
{
	struct populate populate = { .mm = mm, .at = start, .end = end, .may_park = true, .ignore_errors = ignore_errors };
	int err = populate_range(&populate);

	if (err == -EPARK) {
		call_keep(0, (void *)populate.at); /* not NULL: a page was made present */
		call_keep(1, (void *)end);
	}
	return err;
}

bool populate_resumed(unsigned long *start, unsigned long *end)
{
	*start = (unsigned long)call_take(0);
	*end = (unsigned long)call_take(1);
	return *start;
}

/* Give one VMA's part other lock flags. mmap_lock held for writing. */
static int lock_part(struct mm *mm, struct vma **vmap, unsigned long start, unsigned long end, unsigned long lock)
{
	struct vma *vma = *vmap;
	unsigned long flags = (vma->vm_flags & ~(VM_LOCKED | VM_LOCKONFAULT)) | lock;
	long pages = (end - start) >> PAGE_SHIFT;
	int err;

	if (flags == vma->vm_flags || (vma->vm_flags & VM_SPECIAL))
		return 0;
	if (!(lock & VM_LOCKED))
		pages = -pages;
	else if (vma->vm_flags & VM_LOCKED)
		pages = 0;
	err = vma_isolate(mm, vma, start, end, &vma);
	if (err)
		return err == -ENOMEM ? -EAGAIN : err;
	vma_start_write(vma);
	if ((vma->vm_flags ^ flags) & VM_LOCKED)
		mm->locked_vm += pages;
	WRITE_ONCE(vma->vm_flags, flags);
	*vmap = vma_merge_around(mm, vma);
	return 0;
}

static int lock_range(struct mm *mm, unsigned long start, unsigned long end, unsigned long lock)
{
	struct vma *vma = find_vma(mm, start);
	int err;

	if (!vma || vma->vm_start > start)
		return -ENOMEM;
	while (start < end) {
		unsigned long to;

		if (!vma || vma->vm_start > start)
			return -ENOMEM;
		to = min(end, vma->vm_end);
		err = lock_part(mm, &vma, start, to, lock);
		if (err)
			return err;
		start = to;
		vma = find_vma(mm, start);
	}
	return 0;
}

/* Pages of the range that are locked already and do not count twice. */
static unsigned long locked_pages(struct mm *mm, unsigned long start, unsigned long end)
{
	struct vma *vma = find_vma_intersection(mm, start, end);
	unsigned long pages = 0;

	for (; vma && vma->vm_start < end; vma = vma->vm_next)
		if (vma->vm_flags & VM_LOCKED)
			pages += (min(end, vma->vm_end) - max(start, vma->vm_start)) >> PAGE_SHIFT;
	return pages;
}

static bool can_lock_at_all(void)
{
	return process_rlimit(RLIMIT_MEMLOCK) || capable(CAP_IPC_LOCK);
}

static long do_mlock(unsigned long start, size_t len, unsigned long lock)
{
	unsigned long limit = process_rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT, pages, at, end;
	struct mm *mm = current_mm();
	int err;

	if (populate_resumed(&at, &end))
		return populate_call(mm, at, end, false);
	if (!can_lock_at_all())
		return -EPERM;
	len = PAGE_ALIGN(len + offset_in_page(start));
	start &= PAGE_MASK;
	if (start + len < start)
		return -EINVAL;
	if (!len)
		return 0;
	pages = len >> PAGE_SHIFT;
	if (mmap_write_lock_killable(mm))
		return -EINTR;
	err = -ENOMEM;
	if (mm->locked_vm + pages <= limit || capable(CAP_IPC_LOCK) ||
	    mm->locked_vm + pages - locked_pages(mm, start, start + len) <= limit)
		err = lock_range(mm, start, start + len, lock);
	mmap_write_unlock(mm);
	if (err)
		return err;
	return populate_call(mm, start, start + len, false);
}

long sys_mlock(unsigned long addr, size_t len)
{
	return do_mlock(addr, len, VM_LOCKED);
}

long sys_mlock2(unsigned long addr, size_t len, int flags)
{
	if (flags & ~MLOCK_ONFAULT)
		return -EINVAL;
	return do_mlock(addr, len, VM_LOCKED | (flags & MLOCK_ONFAULT ? VM_LOCKONFAULT : 0));
}

long sys_munlock(unsigned long addr, size_t len)
{
	struct mm *mm = current_mm();
	int err;

	len = PAGE_ALIGN(len + offset_in_page(addr));
	addr &= PAGE_MASK;
	if (addr + len < addr)
		return -EINVAL;
	if (!len)
		return 0;
	if (mmap_write_lock_killable(mm))
		return -EINTR;
	err = lock_range(mm, addr, addr + len, 0);
	mmap_write_unlock(mm);
	return err;
}

/* All VMAs get @lock; errors do not count, as mlockall promises nothing about each. */
static void lock_all(struct mm *mm, unsigned long lock)
{
	struct vma *vma, *next;

	for (vma = mm->mmap; vma; vma = next) {
		lock_part(mm, &vma, vma->vm_start, vma->vm_end, lock);
		next = vma->vm_next;
	}
}

/* What cannot be made present is no error of mlockall's. */
static int populate_all(struct mm *mm, unsigned long start, unsigned long end)
{
	return populate_call(mm, start, end, true) == -EPARK ? -EPARK : 0;
}

long sys_mlockall(int flags)
{
	unsigned long limit = process_rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT, lock = VM_LOCKED, at, end;
	struct mm *mm = current_mm();

	if (populate_resumed(&at, &end))
		return populate_all(mm, at, end);
	if (!flags || (flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)) || flags == MCL_ONFAULT)
		return -EINVAL;
	if (!can_lock_at_all())
		return -EPERM;
	if (flags & MCL_ONFAULT)
		lock |= VM_LOCKONFAULT;
	if (mmap_write_lock_killable(mm))
		return -EINTR;
	if ((flags & MCL_CURRENT) && mm->total_vm > limit && !capable(CAP_IPC_LOCK)) {
		mmap_write_unlock(mm);
		return -ENOMEM;
	}
	mm->def_flags &= ~(VM_LOCKED | VM_LOCKONFAULT);
	if (flags & MCL_FUTURE)
		mm->def_flags |= lock;
	if (flags & MCL_CURRENT)
		lock_all(mm, lock);
	mmap_write_unlock(mm);
	return flags & MCL_CURRENT ? populate_all(mm, 0, USER_END) : 0;
}

long sys_munlockall(void)
{
	struct mm *mm = current_mm();

	if (mmap_write_lock_killable(mm))
		return -EINTR;
	mm->def_flags &= ~(VM_LOCKED | VM_LOCKONFAULT);
	lock_all(mm, 0);
	mmap_write_unlock(mm);
	return 0;
}
