/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dir.c - tmpfs directories: names are pinned dentries (vfs/libfs.h).
 *
 * WHAT        The methods that make, link, move and remove names, with the counts that tmpfs_impl.h promises.
 * LOCKING     The directory's i_rwsem is held exclusively by the caller.
 */
#include <lib/err.h>
#include <lib/string.h>
#include <lib/uabi.h>
#include <pages/slab.h>
#include <vfs/namei.h>
#include <linux/fs.h>
#include "tmpfs_impl.h"

/* A directory gained (or lost) @entries. */
static void dir_changed(struct inode *dir, int entries)
{
	dir->i_size += entries * TMPFS_DIRENT_SIZE;
	dir->i_ctime = dir->i_mtime = current_time(dir);
}

static int tmpfs_mknod(struct inode *dir, struct dentry *dentry, umode_t mode, dev_t dev)
{
	struct inode *inode = tmpfs_new_inode(dir->i_sb, dir, mode, dev);
	int err;

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	err = tmpfs_inherit_acls(dir, inode);
	if (err) {
		clear_nlink(inode);
		iput(inode);
		return err;
	}
	dir_changed(dir, 1);
	d_make_persistent(dentry, inode);
	return 0;
}

static int tmpfs_create(struct inode *dir, struct dentry *dentry, umode_t mode, bool excl)
{
	return tmpfs_mknod(dir, dentry, mode | S_IFREG, 0);
}

static int tmpfs_mkdir(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	int err = tmpfs_mknod(dir, dentry, mode | S_IFDIR, 0);

	if (!err)
		inc_nlink(dir);
	return err;
}

static int tmpfs_symlink(struct inode *dir, struct dentry *dentry, const char *target)
{
	size_t len = strlen(target);
	struct inode *inode;
	char *copy;

	copy = kmemdup(target, len + 1, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	inode = tmpfs_new_inode(dir->i_sb, dir, S_IFLNK | 0777, 0);
	if (IS_ERR(inode)) {
		kfree(copy);
		return PTR_ERR(inode);
	}
	inode->i_link = copy;
	inode->i_size = len;
	dir_changed(dir, 1);
	d_make_persistent(dentry, inode);
	return 0;
}

static int tmpfs_link(struct dentry *old, struct inode *dir, struct dentry *dentry)
{
	/* a further link counts as an inode; the first name of an O_TMPFILE was counted when it was made */
	if (d_inode(old)->i_nlink) {
		int err = tmpfs_reserve_inode(dir->i_sb);

		if (err)
			return err;
	}
	dir_changed(dir, 1);
	return simple_link(old, dir, dentry);
}

static int tmpfs_unlink(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = d_inode(dentry);

	if (inode->i_nlink > 1 && !S_ISDIR(inode->i_mode))
		tmpfs_release_inode(inode->i_sb);
	dir->i_size -= TMPFS_DIRENT_SIZE;
	return simple_unlink(dir, dentry);
}

static int tmpfs_rmdir(struct inode *dir, struct dentry *dentry)
{
	if (!simple_empty(dentry))
		return -ENOTEMPTY;
	drop_nlink(d_inode(dentry));
	drop_nlink(dir);
	return tmpfs_unlink(dir, dentry);
}

/* A whiteout takes the old name at once; the old dentry is about to leave it (the directories are locked). */
static int leave_whiteout(struct inode *dir, struct dentry *old)
{
	struct dentry *whiteout = d_alloc(old->d_parent, &old->d_name);
	int err;

	if (!whiteout)
		return -ENOMEM;
	err = tmpfs_mknod(dir, whiteout, S_IFCHR | WHITEOUT_MODE, WHITEOUT_DEV);
	dput(whiteout);
	return err;
}

static int tmpfs_rename(struct inode *old_dir, struct dentry *old, struct inode *new_dir, struct dentry *new,
			unsigned int flags)
{
	bool replaces = d_really_is_positive(new);
	int err;

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT))
		return -EINVAL;
	if (flags & RENAME_EXCHANGE)
		return simple_rename_exchange(old_dir, old, new_dir, new);
	if (replaces && !simple_empty(new))
		return -ENOTEMPTY;
	if (flags & RENAME_WHITEOUT) {
		err = leave_whiteout(old_dir, old);
		if (err)
			return err;
	}
	if (replaces && d_inode(new)->i_nlink > 1 && !d_is_dir(new))
		tmpfs_release_inode(new_dir->i_sb);
	err = simple_rename(old_dir, old, new_dir, new, 0);
	if (err)
		return err;
	old_dir->i_size -= TMPFS_DIRENT_SIZE;
	if (!replaces)
		new_dir->i_size += TMPFS_DIRENT_SIZE;
	return 0;
}

static int tmpfs_tmpfile(struct inode *dir, struct file *file, umode_t mode)
{
	struct inode *inode = tmpfs_new_inode(dir->i_sb, dir, mode, 0);
	int err;

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	clear_nlink(inode);
	err = tmpfs_inherit_acls(dir, inode);
	if (err) {
		iput(inode);
		return err;
	}
	d_mark_tmpfile(file, inode);
	return finish_open_simple(file, 0);
}

const struct inode_operations tmpfs_dir_iops = {
	.lookup = simple_lookup,
	.create = tmpfs_create,
	.link = tmpfs_link,
	.unlink = tmpfs_unlink,
	.symlink = tmpfs_symlink,
	.mkdir = tmpfs_mkdir,
	.rmdir = tmpfs_rmdir,
	.mknod = tmpfs_mknod,
	.rename = tmpfs_rename,
	.tmpfile = tmpfs_tmpfile,
	TMPFS_ATTR_METHODS,
	TMPFS_ACL_METHODS,
	TMPFS_FLAG_METHODS,
};
