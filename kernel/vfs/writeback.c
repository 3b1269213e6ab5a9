/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * writeback.c - dirty inodes: which, and getting them written.
 *
 * WHAT        A dirty inode of a file system that has somewhere to write to is on its superblock's s_dirty list,
 *             oldest first. The flusher, sync and reclaim take from it. Ram file systems never appear here.
 * INVARIANTS  W1  An inode with I_DIRTY bits, or pages on their way, and a place to write to is on s_dirty, or somebody writes it
 *                 now and is on s_writing. So a pass that waits sees it: it writes and waits itself, whoever else is at it.
 *             W2  I_DIRTY_TIME alone keeps an inode off the list until sync, eviction or another reason.
 *             W3  A pass takes each inode once, and none that became dirty after the pass began: it ends.
 * LOCKING     i_lock > s_inode_list_lock: s_dirty, s_writing, i_written_pass, i_synced_pass. Waiting for folios is a device wait.
 * ERRORS      The first error of a pass; the mapping remembers the rest (errseq).
 * TESTS       tests/guest/vfs/files_test.c
 */
#include <lib/err.h>
#include <mm/filemap.h>
#include <mm/mm_port.h>
#include <sync/wait.h>
#include <time/ktime.h>
#include <vfs/file.h>
#include "inode_impl.h"

/* Somebody writes an inode: on his stack, on sb->s_writing. He has a reference, or frees it after. */
struct writing {
	struct list_head node;
	struct inode *inode;
	u64 number;
};

static struct {
	struct wait_queue_head ended; /* some writing */
	atomic_long_t last_number;    /* of passes and writings */
} passes = { .ended = WAIT_QUEUE_HEAD_INIT(passes.ended) };

static u64 next_number(void)
{
	return atomic_long_inc_return(&passes.last_number);
}

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
		spin_lock(&sb->s_inode_list_lock);
		if (!inode->i_nr_writing) /* else what was dirty before may still be on its way: W3 */
			inode->i_dirtied_when_ns = ktime_get_coarse_ns();
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

static bool is_on_its_way(const struct inode *inode)
{
	return xa_marked(&inode->i_data.i_pages, MAPPING_MARK_WRITEBACK);
}

/* Back on the list if something dirtied it, or pages stayed dirty or are on their way. It keeps its age. */
static void requeue_if_dirty(struct inode *inode)
{
	struct super_block *sb = inode->i_sb;

	spin_lock(&inode->i_lock);
	if (inode->i_data.nrdirty || is_on_its_way(inode))
		inode->i_state |= I_DIRTY_PAGES;
	if ((inode->i_state & I_DIRTY) && list_empty(&inode->i_io_list) &&
	    !(inode->i_state & I_FREEING)) {
		spin_lock(&sb->s_inode_list_lock);
		list_add_tail(&inode->i_io_list, &sb->s_dirty);	/* W1 */
		spin_unlock(&sb->s_inode_list_lock);
	}
	spin_unlock(&inode->i_lock);
}

static void begin_writing_locked(struct writing *writing, struct inode *inode)
{
	*writing = (struct writing){ .inode = inode, .number = next_number() };
	inode->i_nr_writing++;
	list_del_init(&inode->i_io_list);
	list_add_tail(&writing->node, &inode->i_sb->s_writing);	/* W1 */
}

static void end_writing(struct writing *writing)
{
	struct super_block *sb = writing->inode->i_sb;

	requeue_if_dirty(writing->inode);
	spin_lock(&sb->s_inode_list_lock);
	list_del(&writing->node);
	writing->inode->i_nr_writing--;
	spin_unlock(&sb->s_inode_list_lock);
	wake_up_all(&passes.ended);
}

/* Between begin_writing_locked() and end_writing(). */
static int write_inode(struct inode *inode, bool wait)
{
	int err = write_pages(inode, wait), err2 = sync_inode_metadata(inode, wait);

	return err ? err : err2;
}

int write_inode_now(struct inode *inode, bool wait)
{
	struct writing writing;
	int err;

	spin_lock(&inode->i_lock);
	spin_lock(&inode->i_sb->s_inode_list_lock);
	begin_writing_locked(&writing, inode);
	spin_unlock(&inode->i_sb->s_inode_list_lock);
	spin_unlock(&inode->i_lock);
	err = write_inode(inode, wait);
	end_writing(&writing);
	return err;
}

/* --- passes --- */

/* One go through the dirty inodes of a file system. */
struct pass {
	struct super_block *sb;
	u64 number;    /* later ones have higher numbers */
	u64 before_ns; /* what became dirty later is left alone */
	bool wait;     /* for the data, and for who else writes */
};

static struct pass begin_pass(struct super_block *sb, u64 before_ns, bool wait)
{
	return (struct pass){ .sb = sb, .number = next_number(), .before_ns = before_ns, .wait = wait };
}

/* Was it this one's turn before (W3)? Only a pass that waited counts for one that waits. */
static bool is_for(const struct pass *pass, const struct inode *inode)
{
	if (inode->i_dirtied_when_ns > pass->before_ns)
		return false;
	if (pass->wait)
		return inode->i_synced_pass < pass->number;
	return inode->i_written_pass < pass->number && (inode->i_data.nrdirty || !is_on_its_way(inode));
}

static void note_pass_locked(const struct pass *pass, struct inode *inode)
{
	if (pass->wait)
		inode->i_synced_pass = pass->number;
	else
		inode->i_written_pass = pass->number;
}

/* A reference to an inode on s_dirty, which may be in nobody's use. s_inode_list_lock is held, which ranks below i_lock. */
static bool get_listed(struct inode *inode)
{
	bool ok;

	if (atomic_inc_not_zero(&inode->i_count))
		return true;
	if (!spin_trylock(&inode->i_lock))
		return false;
	ok = !(inode->i_state & (I_FREEING | I_WILL_FREE));
	if (ok)
		atomic_inc(&inode->i_count);
	spin_unlock(&inode->i_lock);
	return ok;
}

static struct inode *take_dirty_locked(const struct pass *pass, struct writing *writing)
{
	struct inode *inode;

	list_for_each_entry(inode, &pass->sb->s_dirty, i_io_list) {
		if (!is_for(pass, inode) || !get_listed(inode))
			continue;
		note_pass_locked(pass, inode);
		begin_writing_locked(writing, inode);
		return inode;
	}
	return NULL;
}

/* The oldest inode of the pass, with a reference and as one that we write; NULL. */
static struct inode *take_dirty(const struct pass *pass, struct writing *writing)
{
	with_spinlock(&pass->sb->s_inode_list_lock);
	return take_dirty_locked(pass, writing);
}

/*
 * The number of somebody's writing that the pass has to wait for, and its inode with a reference in *@inode, or NULL: whoever writes it
 * frees it after. 0: there is none.
 */
static u64 others_writing(const struct pass *pass, struct inode **inode)
{
	struct writing *writing;

	with_spinlock(&pass->sb->s_inode_list_lock);
	list_for_each_entry(writing, &pass->sb->s_writing, node) {
		if (!is_for(pass, writing->inode))
			continue;
		note_pass_locked(pass, writing->inode);
		*inode = atomic_inc_not_zero(&writing->inode->i_count) ? writing->inode : NULL;
		return writing->number;
	}
	return 0;
}

static bool has_ended(struct super_block *sb, u64 number)
{
	struct writing *writing;

	with_spinlock(&sb->s_inode_list_lock);
	list_for_each_entry(writing, &sb->s_writing, node)
		if (writing->number == number)
			return false;
	return true;
}

/* The next inode is written; false: there was none. */
static bool write_next(const struct pass *pass, int *first_err)
{
	struct writing writing;
	struct inode *inode = take_dirty(pass, &writing);
	int err;

	if (!inode)
		return false;
	err = write_inode(inode, pass->wait);
	end_writing(&writing);
	iput(inode);
	if (!*first_err)
		*first_err = err;
	return true;
}

/* What others write is written by us, too, and waited for; false: there was none. */
static bool wait_for_next(const struct pass *pass, int *first_err)
{
	struct inode *inode;
	u64 number = others_writing(pass, &inode);
	int err;

	if (!number)
		return false;
	if (inode) {
		err = write_inode_now(inode, true);
		iput(inode);
	} else {
		err = wait_event_killable(passes.ended, has_ended(pass->sb, number)) ? -EINTR : 0;
	}
	if (!*first_err)
		*first_err = err;
	return true;
}

int writeback_inodes_sb(struct super_block *sb, bool wait)
{
	struct pass pass = begin_pass(sb, ktime_get_coarse_ns(), wait);
	int first_err = 0;

	do
		while (write_next(&pass, &first_err))
			;
	while (wait && wait_for_next(&pass, &first_err));
	return first_err;
}

unsigned long vfs_writeback_some(unsigned long nr_pages, u64 before)
{
	struct super_block *sb;
	unsigned long done = 0;

	for (sb = super_next(NULL); sb; sb = super_next(sb)) {
		struct pass pass = begin_pass(sb, before, false);
		struct writing writing;
		struct inode *inode;

		if (done >= nr_pages || list_empty(&sb->s_dirty))
			continue;
		if (!down_read_trylock(&sb->s_umount))
			continue;
		while (done < nr_pages && (inode = take_dirty(&pass, &writing))) {
			done += inode->i_data.nrdirty + 1;
			write_inode(inode, false);
			end_writing(&writing);
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
