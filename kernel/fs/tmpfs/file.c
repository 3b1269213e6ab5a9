/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file.c - tmpfs file contents: mapping, holes, preallocation, seals.
 *
 * WHAT        Reading and writing are the page cache's own; here is what is particular to files that are memory.
 * LOCKING     i_rwsem for sizes and seals; preallocation takes it slice by slice.
 */
#include <lib/err.h>
#include <lib/uabi.h>
#include <mm/filemap.h>
#include <mm/mm_types.h>
#include <mm/shmem.h>
#include <sched/task.h>
#include <sync/call.h>
#include <linux/falloc.h>
#include "tmpfs_impl.h"

static int tmpfs_mmap(struct file *file, struct vma *vma)
{
	struct inode *inode = file_inode(file);
	u32 seals = tmpfs_i(inode)->seals;

	if ((seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) && (vma->vm_flags & VM_SHARED)) {
		if (vma->vm_flags & VM_WRITE)
			return -EPERM;
		vma->vm_flags &= ~VM_MAYWRITE;
	}
	file_accessed(file);
	return shmem_mmap(file->f_mapping, vma);
}

/* SEEK_DATA and SEEK_HOLE: a page that was written or mapped is data; what fallocate() set aside is not yet. */
static loff_t seek_data_or_hole(struct file *file, loff_t off, int whence)
{
	struct inode *inode = file_inode(file);
	loff_t size = i_size_read(inode), at;
	pgoff_t last, index;

	if (off < 0 || off >= size)
		return -ENXIO;
	last = (size - 1) >> PAGE_SHIFT;
	index = off >> PAGE_SHIFT;
	if (whence == SEEK_DATA) {
		index = filemap_next_present(&inode->i_data, index, last);
		if (index > last)
			return -ENXIO;
	} else {
		index = filemap_next_absent(&inode->i_data, index, last);
	}
	at = max((loff_t)index << PAGE_SHIFT, off);
	return min(at, size);
}

static loff_t tmpfs_llseek(struct file *file, loff_t off, int whence)
{
	struct inode *inode = file_inode(file);

	if (whence != SEEK_DATA && whence != SEEK_HOLE)
		return generic_file_llseek(file, off, whence);
	inode_lock_shared(inode);
	off = seek_data_or_hole(file, off, whence);
	if (off >= 0)
		file->f_pos = off;
	inode_unlock_shared(inode);
	return off;
}

/* --- fallocate --- */

static long punch_hole(struct inode *inode, loff_t off, loff_t len)
{
	if (tmpfs_i(inode)->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))
		return -EPERM;
	truncate_pagecache_range(&inode->i_data, off, off + len - 1);
	tmpfs_settle(inode);
	inode->i_mtime = inode->i_ctime = current_time(inode);
	inode_inc_change(inode);
	return 0;
}

#define FALLOCATE_SLICE 256	/* pages made under the lock at once */

/* Make pages [index, end) exist; returns how far it came or -errno. */
static long make_pages(struct inode *inode, pgoff_t index, pgoff_t end)
{
	for (; index < end; index++) {
		struct folio *folio = shmem_reserve_folio(&inode->i_data, index, inode->i_data.gfp);

		if (IS_ERR(folio))
			return PTR_ERR(folio);
		folio_mark_dirty(folio);
		folio_unlock(folio);
		folio_put(folio);
	}
	return 0;
}

/* All or nothing, as on Linux: what a failed call made goes again, except where somebody wrote meanwhile. */
static void give_back(struct inode *inode, pgoff_t first, pgoff_t end)
{
	truncate_unwritten_pages(&inode->i_data, first, end);
	tmpfs_settle(inode);
}

static bool is_sealed_against(struct inode *inode, loff_t end)
{
	return (tmpfs_i(inode)->seals & F_SEAL_GROW) && end > i_size_read(inode);
}

/* i_rwsem was given up between the slices: a seal that came meanwhile holds. */
static long finish_preallocation(struct inode *inode, int mode, loff_t end)
{
	if (is_sealed_against(inode, end))
		return -EPERM;
	if (!(mode & FALLOC_FL_KEEP_SIZE) && end > i_size_read(inode))
		i_size_write(inode, end);
	inode->i_ctime = current_time(inode);
	inode_inc_change(inode);
	return 0;
}

static long preallocate(struct inode *inode, int mode, loff_t off, loff_t len)
{
	pgoff_t first = off >> PAGE_SHIFT, end = (off + len + PAGE_SIZE - 1) >> PAGE_SHIFT;
	pgoff_t index = first + call_done();
	long err = 0;

	while (index < end && !err) {
		pgoff_t stop = min(end, index + FALLOCATE_SLICE);

		inode_lock(inode);
		err = make_pages(inode, index, stop);
		inode_unlock(inode);
		if (!err)
			call_done_add(stop - index);
		index = stop;
		if (!err && index < end && thread_signal_pending(current_thread()))
			err = -EINTR;
		if (!err && index < end && park_pending())
			return -EPARK;
	}
	inode_lock(inode);
	if (!err)
		err = finish_preallocation(inode, mode, off + len);
	if (err)
		give_back(inode, first, index);
	inode_unlock(inode);
	return err;
}

/* Can the file system ever have so much? */
static int check_room(struct inode *inode, loff_t len)
{
	unsigned long max_pages = tmpfs_sb(inode->i_sb)->max_pages;

	return max_pages && (u64)(len >> PAGE_SHIFT) > max_pages ? -ENOSPC : 0;
}

static long tmpfs_fallocate(struct file *file, int mode, loff_t off, loff_t len)
{
	struct inode *inode = file_inode(file);
	long err;

	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE))
		return -EOPNOTSUPP;
	if (mode & FALLOC_FL_PUNCH_HOLE) {
		inode_lock(inode);
		err = punch_hole(inode, off, len);
		inode_unlock(inode);
		return err;
	}
	err = inode_newsize_ok(inode, off + len);
	if (err)
		return err;
	if (!call_done() && is_sealed_against(inode, off + len))
		return -EPERM;
	err = check_room(inode, len);
	return err ? err : preallocate(inode, mode, off, len);
}

static int tmpfs_set_aside(struct file *file, loff_t len)
{
	struct inode *inode = file_inode(file);
	int err = inode_newsize_ok(inode, len);

	if (!err)
		err = check_room(inode, len);
	return err ? err : shmem_set_aside(file->f_mapping, (len + PAGE_SIZE - 1) >> PAGE_SHIFT);
}

/* --- seals --- */

#define SEALS_ALL (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)

static int add_seals_locked(struct inode *inode, u32 seals)
{
	struct tmpfs_inode *ti = tmpfs_i(inode);

	if (ti->seals & F_SEAL_SEAL)
		return -EPERM;
	if ((seals & F_SEAL_WRITE) && !(ti->seals & F_SEAL_WRITE)) {
		int err = mapping_deny_writable(&inode->i_data);

		if (err)
			return err;
	}
	ti->seals |= seals;
	return 0;
}

long tmpfs_fcntl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct inode *inode = file_inode(file);
	int err;

	switch (cmd) {
	case F_GET_SEALS:
		return tmpfs_i(inode)->seals;
	case F_ADD_SEALS:
		if (!(file->f_mode & FMODE_WRITE))
			return -EPERM;
		if (arg & ~(unsigned long)SEALS_ALL)
			return -EINVAL;
		inode_lock(inode);
		err = add_seals_locked(inode, arg);
		inode_unlock(inode);
		return err;
	default:
		return -EBADF; /* no pipe */
	}
}

const struct file_operations tmpfs_file_fops = {
	.llseek = tmpfs_llseek,
	.read = generic_file_read,
	.write = generic_file_write,
	.mmap = tmpfs_mmap,
	.fsync = noop_fsync,
	.fallocate = tmpfs_fallocate,
	.set_aside = tmpfs_set_aside,
	.fcntl = tmpfs_fcntl,
};
