/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sync_calls.c - fsync and its relatives, readahead, fadvise as system calls.
 *
 * WHAT        Ranges and flags are checked, then write-back or read-ahead of the mapping is asked for.
 * LOCKING     s_umount shared while a superblock is written back.
 */
#include <lib/err.h>
#include <lib/uabi.h>
#include <mm/filemap.h>
#include <vfs/file.h>
#include <vfs/inode.h>
#include <vfs/super.h>
#include <vfs/vfs_calls.h>
#include <linux/fadvise.h>
#include <linux/fs.h>
#include "inode_impl.h"

#define POS_MAX 0x7fffffffffffffffLL

static long fsync_fd(unsigned int fd, bool datasync)
{
	struct fd f = fdget(fd);
	int err;

	if (!f.file)
		return -EBADF;
	err = vfs_fsync(f.file, datasync);
	fdput(f);
	return err;
}

long sys_fsync(unsigned int fd)
{
	return fsync_fd(fd, false);
}

long sys_fdatasync(unsigned int fd)
{
	return fsync_fd(fd, true);
}

long sys_sync(void)
{
	sync_all_filesystems(true);
	return 0;
}

long sys_syncfs(int fd)
{
	struct fd f = fdget(fd);
	struct super_block *sb;
	int err;

	if (!f.file)
		return -EBADF;
	sb = file_inode(f.file)->i_sb;
	down_read(&sb->s_umount);
	err = sync_filesystem(sb);
	up_read(&sb->s_umount);
	fdput(f);
	return err;
}

static int sync_range(struct file *file, loff_t start, loff_t end, unsigned int flags)
{
	struct address_space *mapping = file->f_mapping;
	umode_t mode = file_inode(file)->i_mode;
	int err = 0;

	if (!S_ISREG(mode) && !S_ISBLK(mode) && !S_ISDIR(mode) && !S_ISLNK(mode))
		return -ESPIPE;
	if (mapping_is_ram(mapping))
		return 0;
	if (flags & SYNC_FILE_RANGE_WAIT_BEFORE)
		err = filemap_fdatawait_range(mapping, start, end);
	if (!err && (flags & SYNC_FILE_RANGE_WRITE))
		err = filemap_fdatawrite_range(mapping, start, end,
					       (flags & SYNC_FILE_RANGE_WRITE_AND_WAIT) ==
						       SYNC_FILE_RANGE_WRITE_AND_WAIT);
	if (!err && (flags & SYNC_FILE_RANGE_WAIT_AFTER))
		err = filemap_fdatawait_range(mapping, start, end);
	return err;
}

long sys_sync_file_range(int fd, loff_t offset, loff_t nbytes, unsigned int flags)
{
	loff_t end;
	struct fd f;
	int err;

	if (flags & ~(SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER))
		return -EINVAL;
	if (offset < 0 || nbytes < 0 || check_add_overflow(offset, nbytes, &end))
		return -EINVAL;
	f = fdget(fd);
	if (!f.file)
		return -EBADF;
	err = sync_range(f.file, offset, nbytes ? end - 1 : POS_MAX, flags);
	fdput(f);
	return err;
}

/* --- advice --- */

static bool reads_ahead(const struct file *file)
{
	const struct address_space *mapping = file->f_mapping;

	return !mapping_is_ram(mapping) && (mapping->a_ops->read_folio || mapping->a_ops->readahead);
}

static void advise_willneed(struct file *file, loff_t start, loff_t end)
{
	loff_t size = i_size_read(file_inode(file));

	end = min(end, size - 1);
	if (reads_ahead(file) && start <= end)
		filemap_start_readahead(file->f_mapping, file, start >> 12, (end >> 12) - (start >> 12) + 1);
}

static int advise_generic(struct file *file, loff_t start, loff_t end, int advice)
{
	switch (advice) {
	case POSIX_FADV_NORMAL:
		file->f_ra.ra_pages = RA_DEFAULT_PAGES;
		return 0;
	case POSIX_FADV_RANDOM:
		file->f_ra.ra_pages = 0;
		return 0;
	case POSIX_FADV_SEQUENTIAL:
		file->f_ra.ra_pages = 2 * RA_DEFAULT_PAGES;
		return 0;
	case POSIX_FADV_WILLNEED:
		advise_willneed(file, start, end);
		return 0;
	case POSIX_FADV_NOREUSE:
		return 0;
	case POSIX_FADV_DONTNEED:
		if (mapping_is_ram(file->f_mapping))
			return 0;
		filemap_fdatawrite_range(file->f_mapping, start, end, false);
		invalidate_mapping_pages(file->f_mapping, (start + 4095) >> 12, end == POS_MAX ? ~0UL : ((end + 1) >> 12) - 1);
		return 0;
	default:
		return -EINVAL;
	}
}

static int advise(struct file *file, loff_t offset, loff_t len, int advice)
{
	loff_t end;

	if (S_ISFIFO(file_inode(file)->i_mode))
		return -ESPIPE;
	if (len < 0)
		return -EINVAL;
	if (advice < POSIX_FADV_NORMAL || advice > POSIX_FADV_NOREUSE)
		return -EINVAL;
	if (file->f_op->fadvise)
		return file->f_op->fadvise(file, offset, len, advice);
	if (!len || check_add_overflow(offset, len, &end))
		end = POS_MAX;
	else
		end--;
	return advise_generic(file, max(offset, (loff_t)0), end, advice);
}

long sys_fadvise64(int fd, loff_t offset, size_t len, int advice)
{
	struct fd f = fdget(fd);
	int err;

	if (!f.file)
		return -EBADF;
	err = advise(f.file, offset, (loff_t)len, advice);
	fdput(f);
	return err;
}

long sys_readahead(int fd, loff_t offset, size_t count)
{
	struct fd f = fdget(fd);
	int err = 0;

	if (!f.file || !(f.file->f_mode & FMODE_READ))
		err = -EBADF;
	else if (!S_ISREG(file_inode(f.file)->i_mode) || (ssize_t)count < 0)
		err = -EINVAL;
	else if (count)
		advise_willneed(f.file, offset, offset + (loff_t)count - 1);
	if (f.file)
		fdput(f);
	return err;
}
