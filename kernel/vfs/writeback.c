/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * writeback.c - dirty inodes: which, and getting them written.
 *
 * WHAT        A dirty inode of a file system that has somewhere to write to is on its superblock's s_dirty list,
 *             oldest first. The flusher, sync and reclaim take from it. Ram file systems never appear here.
 * INVARIANTS  W1  An inode with I_DIRTY bits and a place to write to is on s_dirty, or somebody writes it now.
 *             W2  I_DIRTY_TIME alone keeps an inode off the list until sync, eviction or another reason.
 * LOCKING     i_lock > s_inode_list_lock. Waiting for folios is a device wait.
 * ERRORS      The first error of a pass; the mapping remembers the rest (errseq).
 * TESTS       tests/guest/vfs/files_test.c
 */
#include <lib/err.h>
#include <mm/filemap.h>
#include <mm/mm_port.h>
#include <time/ktime.h>
#include <vfs/file.h>
#include "inode_impl.h"

/* Has this inode anywhere to be written to? */
static bool has_store(const struct inode *inode, int flags)
{
	if (inode->i_sb->s_op->write_inode)
		return true;
	return (flags & I_DIRTY_PAGES) && !mapping_is_ram(&inode->i_data) &&
	       (inode->i_data.a_ops->write_folio || inode->i_data.a_ops->writepages);
}

void __mark_inode_dirty(struct inode *inode, int flags)
{
	struct super_block *sb = inode->i_sb;

	if (sb->s_op->dirty_inode && (flags & (I_DIRTY_INODE | I_DIRTY_TIME)))
		sb->s_op->dirty_inode(inode, flags);
	if (!has_store(inode, flags))
		return;
	if ((READ_ONCE(inode->i_state) & flags) == flags)
		return;
	spin_lock(&inode->i_lock);
	if (flags & I_DIRTY_INODE)
		inode->i_state &= ~I_DIRTY_TIME;
	else if (inode->i_state & I_DIRTY_INODE)
		flags &= ~I_DIRTY_TIME;
	inode->i_state |= flags;
	if ((inode->i_state & I_DIRTY) && !(inode->i_state & I_FREEING) && list_empty(&inode->i_io_list)) {
		inode->i_dirtied_when_ns = ktime_get_coarse_ns();
		spin_lock(&sb->s_inode_list_lock);
		list_add_tail(&inode->i_io_list, &sb->s_dirty);	/* W1 */
		spin_unlock(&sb->s_inode_list_lock);
	}
	spin_unlock(&inode->i_lock);
}

void inode_io_list_del_locked(struct inode *inode)
{
	struct super_block *sb = inode->i_sb;

	if (list_empty(&inode->i_io_list))
		return;
	spin_lock(&sb->s_inode_list_lock);
	list_del_init(&inode->i_io_list);
	spin_unlock(&sb->s_inode_list_lock);
}

void vfs_mark_mapping_dirty(struct address_space *mapping)
{
	if (mapping->host && !mapping_is_ram(mapping))
		__mark_inode_dirty(mapping->host, I_DIRTY_PAGES);
}

int sync_inode_metadata(struct inode *inode, bool wait)
{
	const struct super_operations *op = inode->i_sb->s_op;
	u32 dirty;

	spin_lock(&inode->i_lock);
	dirty = inode->i_state & (I_DIRTY_INODE | I_DIRTY_TIME);
	inode->i_state &= ~dirty;
	spin_unlock(&inode->i_lock);
	return dirty && op->write_inode ? op->write_inode(inode, wait) : 0;
}

static int write_pages(struct inode *inode, bool wait)
{
	spin_lock(&inode->i_lock);
	inode->i_state &= ~I_DIRTY_PAGES;
	spin_unlock(&inode->i_lock);
	if (mapping_is_ram(&inode->i_data) || !inode->i_data.nrpages)
		return 0;
	if (wait)
		return filemap_write_and_wait(&inode->i_data);
	return filemap_fdatawrite_range(&inode->i_data, 0, 0x7fffffffffffffffLL, false);
}

/* Back on the list if something dirtied it, or pages stayed dirty, while it was being written. */
static void requeue_if_dirty(struct inode *inode)
{
	struct super_block *sb = inode->i_sb;

	spin_lock(&inode->i_lock);
	if (inode->i_data.nrdirty)
		inode->i_state |= I_DIRTY_PAGES;
	if ((inode->i_state & I_DIRTY) && list_empty(&inode->i_io_list) &&
	    !(inode->i_state & I_FREEING)) {
		spin_lock(&sb->s_inode_list_lock);
		list_add_tail(&inode->i_io_list, &sb->s_dirty);	/* W1 */
		spin_unlock(&sb->s_inode_list_lock);
	}
	spin_unlock(&inode->i_lock);
}

int write_inode_now(struct inode *inode, bool wait)
{
	int err, err2;

	spin_lock(&inode->i_lock);
	inode_io_list_del_locked(inode);
	spin_unlock(&inode->i_lock);
	err = write_pages(inode, wait);
	err2 = sync_inode_metadata(inode, wait);
	requeue_if_dirty(inode);
	return err ? err : err2;
}

/* The oldest dirty inode with a reference, off the list; NULL. */
static struct inode *take_dirty(struct super_block *sb, u64 before_ns)
{
	struct inode *inode, *found = NULL;

	spin_lock(&sb->s_inode_list_lock);
	list_for_each_entry(inode, &sb->s_dirty, i_io_list) {
		if (inode->i_dirtied_when_ns > before_ns)
			continue;
		if (!atomic_inc_not_zero(&inode->i_count)) {
			/* unused: claim it under its own lock */
			if (!spin_trylock(&inode->i_lock))
				continue;
			if (!(inode->i_state & (I_FREEING | I_WILL_FREE))) {
				atomic_inc(&inode->i_count);
				found = inode;
			}
			spin_unlock(&inode->i_lock);
			if (!found)
				continue;
		}
		found = inode;
		list_del_init(&inode->i_io_list);
		break;
	}
	spin_unlock(&sb->s_inode_list_lock);
	return found;
}

int writeback_inodes_sb(struct super_block *sb, bool wait)
{
	u64 start = ktime_get_coarse_ns();
	struct inode *inode;
	int first_err = 0;

	while ((inode = take_dirty(sb, start))) {
		int err = write_inode_now(inode, wait);

		if (!first_err)
			first_err = err;
		inode->i_dirtied_when_ns = ktime_get_coarse_ns() + 1;	/* not again in this pass */
		iput(inode);
	}
	return first_err;
}

unsigned long vfs_writeback_some(unsigned long nr_pages, u64 before)
{
	struct super_block *sb;
	unsigned long done = 0;

	for (sb = super_next(NULL); sb; sb = super_next(sb)) {
		struct inode *inode;

		if (done >= nr_pages || list_empty(&sb->s_dirty))
			continue;
		if (!down_read_trylock(&sb->s_umount))
			continue;
		while (done < nr_pages && (inode = take_dirty(sb, before))) {
			done += inode->i_data.nrdirty + 1;
			write_inode_now(inode, false);
			inode->i_dirtied_when_ns = ktime_get_coarse_ns() + 1;
			iput(inode);
		}
		up_read(&sb->s_umount);
	}
	return done;
}

/* --- fsync --- */

int vfs_fsync_datasync_range(struct file *file, loff_t start, loff_t end, bool datasync)
{
	struct inode *inode = file_inode(file);

	if (!file->f_op->fsync)
		return -EINVAL;
	if (!datasync && (inode->i_state & I_DIRTY_TIME))
		mark_inode_dirty_sync(inode);
	return file->f_op->fsync(file, start, end, datasync);
}

int vfs_fsync(struct file *file, bool datasync)
{
	return vfs_fsync_datasync_range(file, 0, 0x7fffffffffffffffLL, datasync);
}

int vfs_fsync_range(struct file *file, loff_t start, loff_t end)
{
	return vfs_fsync_datasync_range(file, start, end, false);
}

/* The common ->fsync of file systems with a page cache. */
int generic_file_fsync(struct file *file, loff_t start, loff_t end, bool datasync)
{
	struct inode *inode = file_inode(file);
	int err = filemap_write_and_wait_range(file->f_mapping, start, end);
	int err2;

	if (!datasync || (inode->i_state & I_DIRTY_DATASYNC)) {
		int err3 = sync_inode_metadata(inode, true);

		if (!err)
			err = err3;
	}
	err2 = mapping_check_wb_err(file->f_mapping, &file->f_wb_err);
	return err ? err : err2;
}
