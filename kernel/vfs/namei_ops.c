/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * namei_ops.c - making, linking, renaming and removing names: rules, then the file system's method.
 *
 * WHAT        Every change of a directory, whoever asks (system calls, stacked file systems, boot), goes through vfs_*().
 * LOCKING     The directory's i_rwsem is held exclusively by the caller. vfs_link, vfs_unlink, vfs_rmdir and vfs_rename also lock the
 *             object. Two directories: lock_rename(), which takes the superblock's s_rename_mutex first, so the shape of the
 *             tree stands still while an ancestor test is made.
 * ERRORS      -EACCES, -EPERM, -EEXIST, -ENOENT, -ENOTDIR, -EISDIR, -EBUSY, -EMLINK, -EXDEV, -EINVAL, -EOPNOTSUPP.
 * TESTS       tests/guest/vfs/names_test.c
 */
#include <lib/assert.h>
#include <lib/err.h>
#include <lib/uabi.h>
#include <sched/cred.h>
#include <security/security.h>
#include <vfs/fs_struct.h>
#include <vfs/super.h>
#include <linux/fs.h>
#include "dcache_impl.h"
#include "mount_impl.h"
#include "namei_impl.h"

bool sticky_denies(const struct inode *dir, const struct inode *inode)
{
	kuid_t fsuid = current_fsuid();

	if (likely(!(dir->i_mode & S_ISVTX)))
		return false;
	if (uid_eq(inode->i_uid, fsuid) || uid_eq(dir->i_uid, fsuid))
		return false;
	return !inode_capable(inode, CAP_FOWNER);
}

int may_delete(struct inode *dir, struct dentry *victim, bool isdir)
{
	struct inode *inode = d_backing_inode(victim);
	int err;

	if (d_is_negative(victim))
		return -ENOENT;
	err = inode_permission(dir, MAY_WRITE | MAY_EXEC);
	if (err)
		return err;
	if (IS_APPEND(dir) || sticky_denies(dir, inode) || IS_APPEND(inode) || IS_IMMUTABLE(inode))
		return -EPERM;
	if (isdir) {
		if (!d_is_dir(victim))
			return -ENOTDIR;
		if (IS_ROOT(victim))
			return -EBUSY;
	} else if (d_is_dir(victim)) {
		return -EISDIR;
	}
	return IS_DEADDIR(dir) ? -ENOENT : 0;
}

int may_create(struct inode *dir, struct dentry *child)
{
	struct user_namespace *ns = dir->i_sb->s_user_ns;

	if (d_really_is_positive(child))
		return -EEXIST;
	if (IS_DEADDIR(dir))
		return -ENOENT;
	if (!kuid_has_mapping(ns, current_fsuid()) || !kgid_has_mapping(ns, current_fsgid()))
		return -EOVERFLOW;
	return inode_permission(dir, MAY_WRITE | MAY_EXEC);
}

umode_t mode_after_umask(struct inode *dir, umode_t mode)
{
	return inode_has_acl(dir, ACL_OF_CHILDREN) ? mode : mode & ~current_umask();
}

/* The mode of a new object: umask, and no set-group-id for a group the maker is not in. */
static umode_t new_mode(const struct inode *dir, umode_t mode, umode_t keep)
{
	mode = (mode & (keep | S_IFMT));
	if ((mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && (dir->i_mode & S_ISGID) &&
	    !S_ISDIR(mode) && !in_group_p(dir->i_gid) && !inode_capable(dir, CAP_FSETID))
		mode &= ~S_ISGID;
	return mode;
}

int vfs_create(struct inode *dir, struct dentry *dentry, umode_t mode, bool want_excl)
{
	int err = may_create(dir, dentry);

	if (err)
		return err;
	if (!dir->i_op->create)
		return -EACCES;
	mode = new_mode(dir, mode, S_IALLUGO) & ~S_IFMT;
	err = security_inode_create(dir, dentry, mode | S_IFREG);
	if (err)
		return err;
	inode_inc_change(dir);
	return dir->i_op->create(dir, dentry, mode | S_IFREG, want_excl);
}

int vfs_mknod(struct inode *dir, struct dentry *dentry, umode_t mode, dev_t dev)
{
	bool is_whiteout = S_ISCHR(mode) && dev == WHITEOUT_DEV;
	int err = may_create(dir, dentry);

	if (err)
		return err;
	if ((S_ISCHR(mode) || S_ISBLK(mode)) && !is_whiteout && !capable(CAP_MKNOD))
		return -EPERM;
	if (!dir->i_op->mknod)
		return -EPERM;
	mode = new_mode(dir, mode, S_IALLUGO);
	err = security_inode_create(dir, dentry, mode);
	if (err)
		return err;
	inode_inc_change(dir);
	return dir->i_op->mknod(dir, dentry, mode, dev);
}

int vfs_mkdir(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	int err = may_create(dir, dentry);

	if (err)
		return err;
	if (!dir->i_op->mkdir)
		return -EPERM;
	mode = new_mode(dir, mode | S_IFDIR, S_IRWXUGO | S_ISVTX) & ~S_IFMT;
	err = security_inode_create(dir, dentry, mode | S_IFDIR);
	if (err)
		return err;
	inode_inc_change(dir);
	return dir->i_op->mkdir(dir, dentry, mode);
}

int vfs_symlink(struct inode *dir, struct dentry *dentry, const char *target)
{
	int err = may_create(dir, dentry);

	if (err)
		return err;
	if (!dir->i_op->symlink)
		return -EPERM;
	err = security_inode_create(dir, dentry, S_IFLNK | S_IRWXUGO);
	if (err)
		return err;
	inode_inc_change(dir);
	return dir->i_op->symlink(dir, dentry, target);
}

int vfs_link(struct dentry *old, struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = d_inode(old);
	int err;

	if (!inode)
		return -ENOENT;
	err = may_create(dir, dentry);
	if (err)
		return err;
	if (dir->i_sb != inode->i_sb)
		return -EXDEV;
	if (IS_APPEND(inode) || IS_IMMUTABLE(inode) || !dir->i_op->link || S_ISDIR(inode->i_mode))
		return -EPERM;
	err = security_inode_create(dir, dentry, inode->i_mode);
	if (err)
		return err;
	inode_lock(inode);
	if (!inode->i_nlink && !(inode->i_state & I_LINKABLE))
		err = -ENOENT;
	else
		err = dir->i_op->link(old, dir, dentry);
	if (!err && (inode->i_state & I_LINKABLE)) {
		spin_lock(&inode->i_lock);
		inode->i_state &= ~I_LINKABLE;
		spin_unlock(&inode->i_lock);
	}
	inode_inc_change(inode);
	inode_inc_change(dir);
	inode_unlock(inode);
	return err;
}

static void dont_mount(struct dentry *dentry)
{
	spin_lock(&dentry->d_lock);
	dentry->d_flags |= DCACHE_CANT_MOUNT;
	spin_unlock(&dentry->d_lock);
}

int vfs_rmdir(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = d_inode(dentry);
	int err = may_delete(dir, dentry, true);

	if (err)
		return err;
	if (!dir->i_op->rmdir)
		return -EPERM;
	dget(dentry);
	inode_lock(inode);
	err = is_local_mountpoint(dentry) ? -EBUSY : security_inode_unlink(dir, dentry);
	if (!err)
		err = dir->i_op->rmdir(dir, dentry);
	if (!err) {
		shrink_dcache_parent(dentry);
		inode->i_flags |= S_DEAD;
		dont_mount(dentry);
		if (d_mountpoint(dentry))
			detach_mounts(dentry);
		inode_inc_change(dir);
	}
	inode_unlock(inode);
	dput(dentry);
	if (!err)
		d_delete(dentry);
	return err;
}

int vfs_unlink(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = d_inode(dentry);
	int err = may_delete(dir, dentry, false);

	if (err)
		return err;
	if (!dir->i_op->unlink)
		return -EPERM;
	ihold(inode);	/* its last name may go here: the lock is in it */
	inode_lock(inode);
	err = is_local_mountpoint(dentry) ? -EBUSY : security_inode_unlink(dir, dentry);
	if (!err)
		err = dir->i_op->unlink(dir, dentry);
	if (!err) {
		dont_mount(dentry);
		if (d_mountpoint(dentry))
			detach_mounts(dentry);
		inode_inc_change(inode);
		inode_inc_change(dir);
	}
	inode_unlock(inode);
	if (!err)
		d_delete(dentry);
	iput(inode);
	return err;
}

int vfs_whiteout(struct inode *dir, struct dentry *dentry)
{
	if (!dir->i_op->mknod)
		return -EPERM;
	inode_inc_change(dir);
	return dir->i_op->mknod(dir, dentry, S_IFCHR | WHITEOUT_MODE, WHITEOUT_DEV);
}

/* --- rename --- */

struct dentry *lock_rename(struct dentry *p1, struct dentry *p2)
{
	struct dentry *trap;

	if (p1 == p2) {
		inode_lock_nested(d_inode(p1), I_MUTEX_PARENT);
		return NULL;
	}
	/* Ranked with the inodes of its stacking depth: copy-up moves in the lower layer with an upper inode locked. */
	mutex_lock_nested(&p1->d_sb->s_rename_mutex, inode_lock_depth(d_inode(p1), I_MUTEX_RENAME));
	trap = d_ancestor(p2, p1);
	if (trap) {
		inode_lock_nested(d_inode(p2), I_MUTEX_PARENT);
		inode_lock_nested(d_inode(p1), I_MUTEX_PARENT2);
		return trap;
	}
	trap = d_ancestor(p1, p2);
	inode_lock_nested(d_inode(p1), I_MUTEX_PARENT);
	inode_lock_nested(d_inode(p2), I_MUTEX_PARENT2);
	return trap;
}

void unlock_rename(struct dentry *p1, struct dentry *p2)
{
	inode_unlock(d_inode(p1));
	if (p1 == p2)
		return;
	inode_unlock(d_inode(p2));
	mutex_unlock(&p1->d_sb->s_rename_mutex);
}

static int rename_permissions(struct renamedata *rd, bool is_dir, bool new_is_dir)
{
	struct inode *target = d_inode(rd->new_dentry);
	int err = may_delete(rd->old_dir, rd->old_dentry, is_dir);

	if (err)
		return err;
	if (!target)
		err = may_create(rd->new_dir, rd->new_dentry);
	else if (rd->flags & RENAME_EXCHANGE)
		err = may_delete(rd->new_dir, rd->new_dentry, new_is_dir);
	else
		err = may_delete(rd->new_dir, rd->new_dentry, is_dir);
	if (err)
		return err;
	/* ".." of a moved directory changes: that is writing to it */
	if (rd->new_dir == rd->old_dir)
		return 0;
	if (is_dir)
		err = inode_permission(d_inode(rd->old_dentry), MAY_WRITE);
	if (!err && (rd->flags & RENAME_EXCHANGE) && new_is_dir)
		err = inode_permission(target, MAY_WRITE);
	return err;
}

/* Lock what is not a directory, in address order. */
static void lock_two_nondirs(struct inode *a, struct inode *b)
{
	if (a && S_ISDIR(a->i_mode))
		a = NULL;
	if (b && (S_ISDIR(b->i_mode) || b == a))
		b = NULL;
	if (a && b && a > b)
		swap(a, b);
	if (a)
		inode_lock_nested(a, I_MUTEX_NORMAL);
	if (b)
		inode_lock_nested(b, I_MUTEX_NONDIR2);
}

static void unlock_two_nondirs(struct inode *a, struct inode *b)
{
	if (a && !S_ISDIR(a->i_mode))
		inode_unlock(a);
	if (b && !S_ISDIR(b->i_mode) && b != a)
		inode_unlock(b);
}

static void finish_rename(struct renamedata *rd, struct inode *target)
{
	if (!(rd->flags & RENAME_EXCHANGE) && target) {
		if (d_is_dir(rd->old_dentry)) {
			shrink_dcache_parent(rd->new_dentry);
			target->i_flags |= S_DEAD;
		}
		dont_mount(rd->new_dentry);
		if (d_mountpoint(rd->new_dentry))
			detach_mounts(rd->new_dentry);
	}
	if (rd->old_dir->i_sb->s_type->fs_flags & FS_RENAME_DOES_D_MOVE)
		return;
	if (rd->flags & RENAME_EXCHANGE)
		d_exchange(rd->old_dentry, rd->new_dentry);
	else
		d_move(rd->old_dentry, rd->new_dentry);
}

int vfs_rename(struct renamedata *rd)
{
	struct inode *source = d_inode(rd->old_dentry), *target = d_inode(rd->new_dentry);
	bool is_dir = d_is_dir(rd->old_dentry), new_is_dir = target && d_is_dir(rd->new_dentry);
	int err;

	if (source == target)
		return 0;
	err = rename_permissions(rd, is_dir, new_is_dir);
	if (err)
		return err;
	if (!rd->old_dir->i_op->rename)
		return -EPERM;
	err = security_inode_rename(rd->old_dir, rd->old_dentry, rd->new_dir, rd->new_dentry);
	if (err)
		return err;
	dget(rd->new_dentry);
	if (target && is_dir && new_is_dir && !(rd->flags & RENAME_EXCHANGE))
		inode_lock(target);
	else
		lock_two_nondirs(source, target);
	err = -EBUSY;
	if (is_local_mountpoint(rd->old_dentry) || is_local_mountpoint(rd->new_dentry))
		goto unlock;
	err = rd->old_dir->i_op->rename(rd->old_dir, rd->old_dentry, rd->new_dir, rd->new_dentry, rd->flags);
	if (!err) {
		finish_rename(rd, target);
		inode_inc_change(rd->old_dir);
		inode_inc_change(rd->new_dir);
		inode_inc_change(source);
	}
unlock:
	if (target && is_dir && new_is_dir && !(rd->flags & RENAME_EXCHANGE))
		inode_unlock(target);
	else
		unlock_two_nondirs(source, target);
	dput(rd->new_dentry);
	return err;
}
