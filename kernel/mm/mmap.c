/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mmap.c - new mappings: where they go, what they may be, how they come to be; and brk.
 *
 * WHAT        mmap(2), brk(2) and what exec uses of them: choose a place, check rights and limits, make or extend a VMA.
 * INVARIANTS  I1  A new VMA is complete (file's ->mmap called, protections set) before it is linked.
 *             I2  A range for MAP_FIXED is emptied only after everything that can fail cheaply was checked.
 * LOCKING     mmap_lock for writing around do_mmap() and do_brk(); population after it is dropped.
 * ERRORS      as mmap(2), brk(2).
 */
#include "vma_impl.h"
#include "mm_impl.h"

#include <lib/string.h>
#include <mm/fault.h>
#include <mm/mm_calls.h>
#include <mm/mm_port.h>
#include <mm/pkeys.h>
#include <mm/shmem.h>
#include <sched/cred.h>
#include <asm/resource.h>
#include <linux/personality.h>

struct vma *find_vma(struct mm *mm, unsigned long addr)
{
	return vma_tree_find(&mm->mm_rb, addr);
}

struct vma *find_vma_prev(struct mm *mm, unsigned long addr, struct vma **prev)
{
	struct vma *vma = find_vma(mm, addr);
	struct rb_node *last;

	if (vma) {
		*prev = vma->vm_prev;
		return vma;
	}
	last = rb_last(&mm->mm_rb);
	*prev = last ? rb_entry(last, struct vma, vm_rb) : NULL;
	return NULL;
}

struct vma *vma_lookup(struct mm *mm, unsigned long addr)
{
	struct vma *vma = find_vma(mm, addr);

	return vma && vma->vm_start <= addr ? vma : NULL;
}

struct vma *find_vma_intersection(struct mm *mm, unsigned long start, unsigned long end)
{
	struct vma *vma = find_vma(mm, start);

	return vma && vma->vm_start < end ? vma : NULL;
}

int mlock_future_check(struct mm *mm, unsigned long flags, unsigned long pages)
{
	unsigned long limit;

	if (!(flags & VM_LOCKED))
		return 0;
	limit = process_rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;
	if (mm->locked_vm + pages > limit && !capable(CAP_IPC_LOCK))
		return -EAGAIN;
	return 0;
}

/* ---- where ---- */

static bool range_is_free(struct mm *mm, unsigned long addr, unsigned long len)
{
	struct vma *prev, *vma = find_vma_prev(mm, addr, &prev);

	return (!vma || addr + len <= vma_start_gap(vma)) && (!prev || addr >= prev->vm_end);
}

unsigned long get_unmapped_area(struct mm *mm, unsigned long addr, unsigned long len, unsigned long flags)
{
	unsigned long low = max(mm_sysctl.mmap_min_addr, PAGE_SIZE), found;

	if (len > USER_END)
		return -ENOMEM;
	if (flags & MAP_FIXED) {
		if (offset_in_page(addr))
			return -EINVAL;
		return addr > USER_END - len ? -ENOMEM : addr;
	}
	if (addr) {
		addr = PAGE_ALIGN(addr);
		if (addr >= low && addr <= USER_END - len && range_is_free(mm, addr, len))
			return addr;
	}
	if (flags & MAP_32BIT)
		found = vma_tree_hole_bottomup(mm, 0x40000000, 0x80000000, len);
	else if (mm->flags & BIT(MMF_TOPDOWN))
		found = vma_tree_hole_topdown(mm, low, mm->mmap_base, len);
	else
		found = vma_tree_hole_bottomup(mm, mm->mmap_base, USER_END, len);
	/* The area below (or above) the base is full: anywhere else is still good. */
	if (!found && !(flags & MAP_32BIT))
		found = vma_tree_hole_bottomup(mm, max(low, USER_END / 3 & PAGE_MASK), USER_END, len);
	if (!found)
		return -ENOMEM;
	return found;
}

/* ---- what ---- */

static unsigned long prot_flags(unsigned long prot)
{
	unsigned long flags = 0;

	if (prot & PROT_READ)
		flags |= VM_READ;
	if (prot & PROT_WRITE)
		flags |= VM_WRITE;
	if (prot & PROT_EXEC)
		flags |= VM_EXEC;
	return flags;
}

static unsigned long map_flags(unsigned long flags)
{
	unsigned long vm_flags = 0;

	if (flags & MAP_GROWSDOWN)
		vm_flags |= VM_GROWSDOWN;
	if (flags & MAP_LOCKED)
		vm_flags |= VM_LOCKED;
	return vm_flags;
}

/* Flags that MAP_SHARED_VALIDATE knows. */
#define MAP_KNOWN                                                                                             \
	(MAP_SHARED | MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_DENYWRITE | MAP_EXECUTABLE | MAP_GROWSDOWN | \
	 MAP_LOCKED | MAP_NORESERVE | MAP_POPULATE | MAP_NONBLOCK | MAP_STACK | MAP_32BIT | MAP_FIXED_NOREPLACE)

/* The vm_flags of a file mapping. 0 or -errno. */
static int file_flags(struct file *file, unsigned long prot, unsigned long flags, unsigned long *vm_flags)
{
	unsigned long may = 0, type = flags & MAP_TYPE;
	int err;

	if (type == MAP_SHARED_VALIDATE && (flags & ~(unsigned long)(MAP_KNOWN | MAP_SHARED_VALIDATE)))
		return -EOPNOTSUPP;
	if (type != MAP_SHARED && type != MAP_SHARED_VALIDATE && type != MAP_PRIVATE)
		return -EINVAL;
	if (*vm_flags & VM_GROWSDOWN)
		return -EINVAL;
	err = vfs_mmap_check(file, prot, type != MAP_PRIVATE, &may);
	if (err)
		return err;
	*vm_flags &= ~(VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC);
	*vm_flags |= may & (VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC);
	if (type != MAP_PRIVATE)
		*vm_flags |= VM_SHARED | VM_MAYSHARE;
	return 0;
}

static int anon_flags(unsigned long flags, unsigned long *vm_flags)
{
	switch (flags & MAP_TYPE) {
	case MAP_SHARED:
		if (*vm_flags & VM_GROWSDOWN)
			return -EINVAL;
		*vm_flags |= VM_SHARED | VM_MAYSHARE;
		return 0;
	case MAP_PRIVATE:
		return 0;
	default:
		return -EINVAL;
	}
}

/* ---- how ---- */

/* Pages of [start, end) that are mapped already and will be replaced. */
static unsigned long mapped_pages(struct mm *mm, unsigned long start, unsigned long end)
{
	struct vma *vma = find_vma_intersection(mm, start, end);
	unsigned long pages = 0;

	for (; vma && vma->vm_start < end; vma = vma->vm_next)
		pages += (min(end, vma->vm_end) - max(start, vma->vm_start)) >> PAGE_SHIFT;
	return pages;
}

/* Give the new VMA its object. 0 or -errno; on error nothing of it stays. */
static int attach_object(struct vma *vma, struct file *file)
{
	struct shmem_object *object;
	int err;

	if (file) {
		vma->vm_file = vfs_file_get(file);
		err = vfs_mmap_file(file, vma);
		if (!err && (vma->vm_flags & (VM_SHARED | VM_MAYWRITE)) == (VM_SHARED | VM_MAYWRITE) && vma->vm_mapping)
			err = mapping_map_writable(vma->vm_mapping);
		return err;
	}
	if (!(vma->vm_flags & VM_SHARED))
		return 0;
	object = shmem_object_create(vma->vm_end - vma->vm_start, !(vma->vm_flags & VM_NORESERVE));
	if (IS_ERR(object))
		return PTR_ERR(object);
	return shmem_object_mmap(object, vma);
}

/* A VMA of its own for the range. */
static int new_vma(struct mm *mm, struct file *file, unsigned long addr, unsigned long len, unsigned long vm_flags,
		   pgoff_t pgoff)
{
	struct vma *vma = vma_alloc(mm);
	int err;

	if (!vma)
		return -ENOMEM;
	vma->vm_start = addr;
	vma->vm_end = addr + len;
	vma->vm_flags = vm_flags;
	vma->vm_pgoff = pgoff;
	err = attach_object(vma, file);
	if (err) {
		vma_discard(vma);
		return err;
	}
	vma_set_page_prot(vma);
	vma_link(mm, vma);
	vma_merge_around(mm, vma);
	return 0;
}

static unsigned long map_region(struct mm *mm, struct file *file, unsigned long addr, unsigned long len,
				unsigned long vm_flags, pgoff_t pgoff)
{
	unsigned long pages = len >> PAGE_SHIFT, end = addr + len;
	struct vma *prev, *next;
	bool account = vma_is_accountable(vm_flags);
	int err;

	if (!may_expand_vm(mm, vm_flags, pages) &&
	    !may_expand_vm(mm, vm_flags, pages - mapped_pages(mm, addr, end)))
		return -ENOMEM;
	next = find_vma_prev(mm, addr, &prev);
	if (next && next->vm_start < end) {
		err = do_munmap(mm, addr, len);
		if (err)
			return err;
		find_vma_prev(mm, addr, &prev);
	}
	if (account) {
		if (vm_enough_memory(mm, pages, capable(CAP_SYS_ADMIN)))
			return -ENOMEM;
		vm_flags |= VM_ACCOUNT;
	}
	/* Private anonymous memory grows what is beside it; files call their ->mmap first and join later. */
	if (file || (vm_flags & VM_SHARED) || !vma_extend(mm, prev, addr, end, vm_flags, pgoff)) {
		err = new_vma(mm, file, addr, len, vm_flags, pgoff);
		if (err) {
			if (account)
				vm_unacct_memory(pages);
			return err;
		}
	}
	vm_stat_account(mm, vm_flags, pages);
	if (vm_flags & VM_LOCKED)
		mm->locked_vm += pages;
	return addr;
}

unsigned long do_mmap(struct mm *mm, struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
		      unsigned long flags, unsigned long vm_flags, unsigned long pgoff)
{
	int err;

	if (!len)
		return -EINVAL;
	len = PAGE_ALIGN(len);
	if (!len)
		return -ENOMEM;
	if (pgoff + (len >> PAGE_SHIFT) < pgoff)
		return -EOVERFLOW;
	if (file && pgoff > (0x7fffffffffffffffUL - len) >> PAGE_SHIFT)
		return -EOVERFLOW; /* beyond what any file may hold */
	if (mm->map_count > mm_sysctl.max_map_count)
		return -ENOMEM;
	if (flags & MAP_FIXED_NOREPLACE)
		flags |= MAP_FIXED;
	if (!(flags & MAP_FIXED) && addr && (addr & PAGE_MASK) < mm_sysctl.mmap_min_addr)
		addr = PAGE_ALIGN(mm_sysctl.mmap_min_addr);
	if ((flags & MAP_FIXED) && addr < mm_sysctl.mmap_min_addr && !capable(CAP_SYS_RAWIO))
		return -EPERM;

	addr = get_unmapped_area(mm, addr, len, flags);
	if (IS_ERR_VALUE(addr))
		return addr;
	if ((flags & MAP_FIXED_NOREPLACE) && find_vma_intersection(mm, addr, addr + len))
		return -EEXIST;

	vm_flags |= prot_flags(prot) | map_flags(flags) | mm->def_flags | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;
	vm_flags = vm_flags_with_pkey(vm_flags, mm_pkey_for_map(mm, prot));
	if ((flags & MAP_LOCKED) && !process_rlimit(RLIMIT_MEMLOCK) && !capable(CAP_IPC_LOCK))
		return -EPERM;
	err = mlock_future_check(mm, vm_flags, len >> PAGE_SHIFT);
	if (err)
		return err;
	err = file ? file_flags(file, prot, flags, &vm_flags) : anon_flags(flags, &vm_flags);
	if (err)
		return err;
	if ((flags & MAP_NORESERVE) && mm_sysctl.overcommit_memory != 2)
		vm_flags |= VM_NORESERVE;
	if (!file)
		pgoff = vm_flags & VM_SHARED ? 0 : addr >> PAGE_SHIFT;
	return map_region(mm, file, addr, len, vm_flags, pgoff);
}

/* *@populate: the range wants to be made present. */
static unsigned long map_current(struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
				 unsigned long flags, unsigned long pgoff, bool *populate)
{
	struct mm *mm = current_mm();
	unsigned long ret;

	*populate = false;
	if (mmap_write_lock_killable(mm))
		return -EINTR;
	ret = do_mmap(mm, file, addr, len, prot, flags, 0, pgoff);
	*populate = (flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE ||
		   (((flags & MAP_LOCKED) || (mm->def_flags & VM_LOCKED)) && !(mm->def_flags & VM_LOCKONFAULT));
	mmap_write_unlock(mm);
	*populate &= !IS_ERR_VALUE(ret);
	return ret;
}

unsigned long vm_mmap_pgoff(struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
			    unsigned long flags, unsigned long pgoff)
{
	bool populate;
	unsigned long ret = map_current(file, addr, len, prot, flags, pgoff, &populate);

	if (populate)
		mm_populate(current_mm(), ret, PAGE_ALIGN(len), true);
	return ret;
}

/* The last step of a call that made memory: what it answers once [start, end) is present, as far as that can be. */
static long populate_answer(unsigned long start, unsigned long end, long answer)
{
	return populate_call(current_mm(), start, end, true) == -EPARK ? -EPARK : answer;
}

unsigned long vm_mmap(struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
		      unsigned long flags, unsigned long offset)
{
	if (offset + PAGE_ALIGN(len) < offset || offset_in_page(offset))
		return -EINVAL;
	return vm_mmap_pgoff(file, addr, len, prot, flags, offset >> PAGE_SHIFT);
}

long sys_mmap(unsigned long addr, size_t len, int prot, int flags, int fd, loff_t offset)
{
	struct file *file = NULL;
	unsigned long at, end;
	bool populate = false;
	long ret;

	if (populate_resumed(&at, &end))
		return populate_answer(at, end, end - PAGE_ALIGN(len));
	if (offset_in_page(offset))
		return -EINVAL;
	if (!(flags & MAP_ANONYMOUS)) {
		file = vfs_file_from_fd(fd);
		if (!file)
			return -EBADF;
		ret = -EINVAL;
		if (flags & MAP_HUGETLB)
			goto out;
	} else if (flags & MAP_HUGETLB) {
		u32 log = (u32)flags >> MAP_HUGE_SHIFT & MAP_HUGE_MASK;

		if (log && log != 21 && log != 30)
			return -EINVAL; /* no such size */
		return -ENOMEM; /* there is no pool of huge pages */
	}
	if ((prot & PROT_READ) && (process_personality() & READ_IMPLIES_EXEC))
		prot |= PROT_EXEC;
	ret = map_current(file, addr, len, prot, flags, (unsigned long)offset >> PAGE_SHIFT, &populate);
out:
	if (file)
		vfs_file_put(file);
	return populate ? populate_answer(ret, ret + PAGE_ALIGN(len), ret) : ret;
}

/* ---- brk ---- */

/* Anonymous memory at a fixed free place. mmap_lock held for writing. */
static int map_brk(struct mm *mm, unsigned long addr, unsigned long len, unsigned long flags)
{
	unsigned long vm_flags = VM_READ | VM_WRITE | flags | mm->def_flags | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;
	unsigned long ret;
	int err = mlock_future_check(mm, vm_flags, len >> PAGE_SHIFT);

	if (err)
		return err;
	if (mm->map_count > mm_sysctl.max_map_count)
		return -ENOMEM;
	ret = map_region(mm, NULL, addr, len, vm_flags, addr >> PAGE_SHIFT);
	return IS_ERR_VALUE(ret) ? (int)ret : 0;
}

int vm_brk_flags(unsigned long addr, unsigned long len, unsigned long flags)
{
	struct mm *mm = current_mm();
	int err;

	len = PAGE_ALIGN(len);
	if (!len)
		return 0;
	if (mmap_write_lock_killable(mm))
		return -EINTR;
	err = map_brk(mm, addr, len, flags);
	mmap_write_unlock(mm);
	return err;
}

static bool brk_fits(struct mm *mm, unsigned long old, unsigned long new, unsigned long brk)
{
	unsigned long limit = process_rlimit(RLIMIT_DATA);
	struct vma *next;

	if (brk < mm->start_brk || new < brk || new > USER_END) /* the last page's end is 0 */
		return false;
	if (limit < RLIM_INFINITY && (brk - mm->start_brk) + (mm->end_data - mm->start_data) > limit)
		return false;
	if (new <= old)
		return true;
	next = find_vma(mm, old);
	return !next || new + PAGE_SIZE <= vma_start_gap(next);
}

/* Move the break. True if it is at @brk now; *@populate: new memory has to be made present. */
static bool do_brk(struct mm *mm, unsigned long brk, bool *populate)
{
	unsigned long old = PAGE_ALIGN(mm->brk), new = PAGE_ALIGN(brk);

	*populate = false;
	if (!brk_fits(mm, old, new, brk))
		return false;
	if (new < old && do_munmap(mm, new, old - new))
		return false;
	if (new > old) {
		if (map_brk(mm, old, new - old, 0))
			return false;
		*populate = mm->def_flags & VM_LOCKED;
	}
	mm->brk = brk;
	return true;
}

long sys_brk(unsigned long brk)
{
	struct mm *mm = current_mm();
	unsigned long old, end;
	bool populate;

	if (populate_resumed(&old, &end))
		return populate_answer(old, end, brk);
	if (mmap_write_lock_killable(mm))
		return mm->brk;
	old = PAGE_ALIGN(mm->brk);
	do_brk(mm, brk, &populate);
	brk = mm->brk;
	mmap_write_unlock(mm);
	return populate ? populate_answer(old, PAGE_ALIGN(brk), brk) : (long)brk;
}

long sys_remap_file_pages(unsigned long addr, size_t size, int prot, unsigned long pgoff, int flags)
{
	struct mm *mm = current_mm();
	unsigned long ret = -EINVAL, vprot = 0;
	struct file *file = NULL;
	struct vma *vma;

	if (prot || offset_in_page(addr) || !PAGE_ALIGN(size) || addr + size < addr)
		return -EINVAL;
	size = PAGE_ALIGN(size);
	if (mmap_write_lock_killable(mm))
		return -EINTR;
	vma = vma_lookup(mm, addr);
	if (vma && vma->vm_file && (vma->vm_flags & VM_SHARED) && addr + size <= vma->vm_end) {
		if (vma->vm_flags & VM_READ)
			vprot |= PROT_READ;
		if (vma->vm_flags & VM_WRITE)
			vprot |= PROT_WRITE;
		if (vma->vm_flags & VM_EXEC)
			vprot |= PROT_EXEC;
		flags = (flags & MAP_NONBLOCK) | MAP_SHARED | MAP_FIXED | MAP_POPULATE;
		file = vfs_file_get(vma->vm_file);
		ret = do_mmap(mm, file, addr, size, vprot, flags, 0, pgoff);
	}
	mmap_write_unlock(mm);
	if (file)
		vfs_file_put(file);
	return IS_ERR_VALUE(ret) ? (long)ret : 0;
}
