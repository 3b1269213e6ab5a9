/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file.c - open files: making, counting, closing.
 *
 * WHAT        A struct file is one opening: position, mode, methods, who opened.
 * INVARIANTS  F1  f_count 0 is final. A reader under RCU that raised a count from non-zero checks again that the table still
 *                 names this file: memory of a closed file may already be another file (SLAB_TYPESAFE_RCU).
 *             F2  FMODE_WRITER: holds write access of inode and mount until the last fput.
 * LOCKING     f_lock: f_flags, f_owner. f_pos_lock: f_pos where FMODE_ATOMIC_POS.
 * LIFECYCLE   alloc_empty_file (1) -> do_dentry_open -> installed -> last fput: release, locks, path -> freed
 * ERRORS      -ENFILE (file-max), -ENOMEM.
 * TESTS       tests/guest/vfs/files_test.c
 */
#include <lib/assert.h>
#include <lib/err.h>
#include <lib/string.h>
#include <pages/slab.h>
#include <sched/cred.h>
#include <sync/workqueue.h>
#include <vfs/dentry.h>
#include <vfs/inode.h>
#include <vfs/locks.h>
#include <vfs/mount.h>
#include <vfs/poll.h>
#include <vfs/super.h>
#include <vfs/vfs_limits.h>
#include "mount_impl.h"
#include "namei_impl.h"
#include <vfs/vfs_port.h>
#include "vfs_impl.h"

struct file_table {
	struct kmem_cache *cache;	/* __final */
	atomic_long_t nr_files;
	unsigned long max_files;
	struct spinlock lock;		/* rank FILE_DEFERRED: deferred */
	struct list_head deferred;	/* lock: files to be closed by the worker */
	struct work work;
};

static void close_deferred(struct work *work);
static const struct work_ops deferred_ops = { .name = "fput", .run = close_deferred };

static struct file_table files = {
	.max_files = 1UL << 20,
	.lock = SPINLOCK_INIT(RANK_FILE_DEFERRED),
	.deferred = LIST_HEAD_INIT(files.deferred),
};

static const struct object_type file_type = { .name = "file", .owner = "vfs", .id = 0x304, .version = 1 };

struct file *alloc_empty_file(int flags, const struct cred *cred)
{
	struct file *file;

	if (unlikely(atomic_long_read(&files.nr_files) >= (long)READ_ONCE(files.max_files) && !capable(CAP_SYS_ADMIN)))
		return ERR_PTR(-ENFILE);
	file = kmem_cache_zalloc(files.cache, GFP_KERNEL);
	if (!file)
		return ERR_PTR(-ENOMEM);
	atomic_long_inc(&files.nr_files);
	file->f_cred = get_cred(cred);
	file->f_flags = flags;
	file->f_mode = (flags + 1) & O_ACCMODE;
	if (unlikely(flags & O_PATH))
		file->f_mode = FMODE_PATH;
	spin_lock_init(&file->f_lock, RANK_FILE);
	mutex_init(&file->f_pos_lock, RANK_FILE_POS);
	atomic_long_set(&file->f_count, 1);
	return file;
}

static void file_free(struct file *file)
{
	put_cred(file->f_cred);
	atomic_long_dec(&files.nr_files);
	kmem_cache_free(files.cache, file);	/* F1 */
}

int file_deny_write(struct file *file)
{
	int err = 0;

	spin_lock(&file->f_lock);
	if (!(file->f_mode & FMODE_DENIES_WRITE))
		err = deny_write_access(file->f_inode);
	if (!err)
		file->f_mode |= FMODE_DENIES_WRITE;
	spin_unlock(&file->f_lock);
	return err;
}

void file_allow_write(struct file *file)
{
	bool denied;

	if (!(READ_ONCE(file->f_mode) & FMODE_DENIES_WRITE))
		return;
	spin_lock(&file->f_lock);
	denied = file->f_mode & FMODE_DENIES_WRITE;
	file->f_mode &= ~FMODE_DENIES_WRITE;
	spin_unlock(&file->f_lock);
	if (denied)
		allow_write_access(file->f_inode);
}

/* Give back what opening took. */
static void put_file_access(struct file *file)
{
	file_allow_write(file);
	if (!(file->f_mode & FMODE_WRITER))
		return;
	put_write_access(file->f_inode);
	mnt_drop_write(file->f_path.mnt);
}

static void close_file(struct file *file)
{
	struct inode *inode = file->f_inode;

	if (unlikely(!(file->f_mode & FMODE_OPENED)))
		goto free_file;
	if (!hlist_empty(&file->f_ep))
		eventpoll_release(file);
	if (inode->i_flctx)
		locks_remove_file(file);
	if (unlikely(file->f_flags & FASYNC) && file->f_op->fasync)
		file->f_op->fasync(-1, file, false);
	if (file->f_op->release)
		file->f_op->release(inode, file);
	put_file_access(file);
	if (unlikely(file->f_owner.pid))
		vfs_put_pid(file->f_owner.pid);
	dput(file->f_path.dentry);
	if (unlikely(file->f_mode & FMODE_NEED_UNMOUNT))
		dissolve_on_fput(file->f_path.mnt);
	mntput(file->f_path.mnt);
free_file:
	file_free(file);
}

void fput(struct file *file)
{
	if (atomic_long_dec_and_test(&file->f_count))
		close_file(file);
}

static void close_deferred(struct work *work)
{
	struct file *file;

	for (;;) {
		spin_lock(&files.lock);
		file = list_first_entry_or_null(&files.deferred, struct file, f_delayed);
		if (file)
			list_del(&file->f_delayed);
		spin_unlock(&files.lock);
		if (!file)
			return;
		close_file(file);
	}
}

void fput_deferred(struct file *file)
{
	if (!atomic_long_dec_and_test(&file->f_count))
		return;
	spin_lock(&files.lock);
	list_add_tail(&file->f_delayed, &files.deferred);
	spin_unlock(&files.lock);
	work_queue(&files.work);
}

int filp_close(struct file *file, struct files_struct *owner)
{
	int err = 0;

	if (file->f_op->flush)
		err = file->f_op->flush(file);
	if (likely(!(file->f_mode & FMODE_PATH)) && file->f_inode->i_flctx)
		locks_remove_posix(file, owner);
	fput(file);
	return err;
}

/* --- files without an open path --- */

static void file_set_path(struct file *file, const struct path *path, const struct file_operations *fops)
{
	file->f_path = *path;
	file->f_inode = d_inode(path->dentry);
	file->f_mapping = file->f_inode->i_mapping;
	file->f_op = fops;
	if (fops->llseek)
		file->f_mode |= FMODE_LSEEK;
	if ((file->f_mode & FMODE_READ) && fops->read)
		file->f_mode |= FMODE_CAN_READ;
	if ((file->f_mode & FMODE_WRITE) && fops->write)
		file->f_mode |= FMODE_CAN_WRITE;
	file->f_mode |= FMODE_OPENED | FMODE_PREAD | FMODE_PWRITE;
	file_ra_state_init(&file->f_ra);
}

struct file *alloc_file_pseudo(struct inode *inode, struct vfsmount *mnt, const char *name,
			       unsigned int flags, const struct file_operations *fops)
{
	struct qstr q = { .name = name };
	struct path path = { mnt, NULL };
	struct file *file;

	q.len = strlen(name);
	path.dentry = d_alloc_pseudo(mnt->mnt_sb, &q);
	if (!path.dentry)
		return ERR_PTR(-ENOMEM);
	file = alloc_empty_file(flags, current_cred());
	if (IS_ERR(file)) {
		dput(path.dentry);
		return file;
	}
	mntget(mnt);
	d_instantiate(path.dentry, inode);
	file_set_path(file, &path, fops);
	return file;
}

struct file *alloc_file_clone(struct file *base, unsigned int flags, const struct file_operations *fops)
{
	struct file *file = alloc_empty_file(flags, current_cred());

	if (IS_ERR(file))
		return file;
	path_get(&base->f_path);
	file_set_path(file, &base->f_path, fops);
	file->f_mapping = base->f_mapping;
	return file;
}

/* --- /proc/sys/fs/file-nr, file-max --- */

long nr_open_files(void)
{
	return atomic_long_read(&files.nr_files);
}

unsigned long file_max(void)
{
	return READ_ONCE(files.max_files);
}

void set_file_max(unsigned long max)
{
	WRITE_ONCE(files.max_files, max);
}

void file_init(void)
{
	files.cache = kmem_cache_create(&file_type, sizeof(struct file), 64, SLAB_PANIC | SLAB_TYPESAFE_RCU);
	work_init(&files.work, &deferred_ops);
}
