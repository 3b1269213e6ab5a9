/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * namei_calls.c - mkdir, mknod, link, symlink, unlink, rmdir, rename, readlink as system calls.
 *
 * WHAT        From path strings to a locked parent and a dentry, then namei_ops.c.
 * LOCKING     The parent's i_rwsem, or lock_rename().
 */
#include <arch/uaccess.h>
#include <lib/err.h>
#include <lib/uabi.h>
#include <sched/cred.h>
#include <security/security.h>
#include <vfs/fs_struct.h>
#include <vfs/vfs_calls.h>
#include <linux/fs.h>
#include "dcache_impl.h"
#include "mount_impl.h"
#include "namei_impl.h"
#include "vfs_impl.h"

static int mkdir_at(int dfd, struct filename *name, umode_t mode)
{
	struct path path;
	struct dentry *dentry = filename_create(dfd, name, &path, LOOKUP_DIRECTORY);
	int err;

	putname(name);
	if (IS_ERR(dentry))
		return PTR_ERR(dentry);
	mode = mode_after_umask(d_inode(path.dentry), mode);
	err = security_path_make(&path, dentry, mode | S_IFDIR);
	if (!err)
		err = vfs_mkdir(d_inode(path.dentry), dentry, mode);
	done_path_create(&path, dentry);
	return err;
}

long sys_mkdirat(int dfd, uaddr_t path, umode_t mode)
{
	return mkdir_at(dfd, getname(path), mode);
}

long sys_mkdir(uaddr_t path, umode_t mode)
{
	return mkdir_at(AT_FDCWD, getname(path), mode);
}

static int make_node(struct inode *dir, struct dentry *dentry, umode_t mode, dev_t dev)
{
	switch (mode & S_IFMT) {
	case 0:
	case S_IFREG:
		return vfs_create(dir, dentry, mode, true);
	case S_IFCHR:
	case S_IFBLK:
		return vfs_mknod(dir, dentry, mode, dev);
	case S_IFIFO:
	case S_IFSOCK:
		return vfs_mknod(dir, dentry, mode, 0);
	case S_IFDIR:
		return -EPERM;
	default:
		return -EINVAL;
	}
}

/* The type is looked at before the name. */
static int may_make(umode_t mode)
{
	switch (mode & S_IFMT) {
	case 0:
	case S_IFREG:
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		return 0;
	case S_IFDIR:
		return -EPERM;
	default:
		return -EINVAL;
	}
}

long sys_mknodat(int dfd, uaddr_t upath, umode_t mode, unsigned int dev)
{
	struct filename *name = getname(upath);
	struct path path;
	struct dentry *dentry;
	int err;

	err = may_make(mode);
	if (err) {
		putname(name);
		return err;
	}
	dentry = filename_create(dfd, name, &path, 0);
	putname(name);
	if (IS_ERR(dentry))
		return PTR_ERR(dentry);
	mode = mode_after_umask(d_inode(path.dentry), mode);
	err = security_path_make(&path, dentry, mode & S_IFMT ? mode : mode | S_IFREG);
	if (!err)
		err = make_node(d_inode(path.dentry), dentry, mode, new_decode_dev(dev));
	done_path_create(&path, dentry);
	return err;
}

long sys_mknod(uaddr_t path, umode_t mode, unsigned int dev)
{
	return sys_mknodat(AT_FDCWD, path, mode, dev);
}

long sys_symlinkat(uaddr_t utarget, int dfd, uaddr_t upath)
{
	struct filename *target = getname(utarget), *name;
	struct dentry *dentry;
	struct path path;
	int err;

	if (IS_ERR(target))
		return PTR_ERR(target);
	name = getname(upath);
	dentry = filename_create(dfd, name, &path, 0);
	err = PTR_ERR_OR_ZERO(dentry);
	if (!err) {
		err = security_path_make(&path, dentry, S_IFLNK | S_IRWXUGO);
		if (!err)
			err = vfs_symlink(d_inode(path.dentry), dentry, target->name);
		done_path_create(&path, dentry);
	}
	putname(name);
	putname(target);
	return err;
}

long sys_symlink(uaddr_t target, uaddr_t path)
{
	return sys_symlinkat(target, AT_FDCWD, path);
}

/* --- link --- */

long sys_linkat(int olddfd, uaddr_t uold, int newdfd, uaddr_t unew, int flags)
{
	struct filename *new_name;
	struct path old, parent;
	struct dentry *dentry;
	unsigned int how = 0;
	int err;

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (flags & AT_EMPTY_PATH) {
		if (!capable(CAP_DAC_READ_SEARCH))
			return -ENOENT;
		how = LOOKUP_EMPTY;
	}
	if (flags & AT_SYMLINK_FOLLOW)
		how |= LOOKUP_FOLLOW;
	err = user_path_at(olddfd, uold, how, &old);
	if (err)
		return err;
	new_name = getname(unew);
	dentry = filename_create(newdfd, new_name, &parent, how & LOOKUP_REVAL);
	putname(new_name);
	err = PTR_ERR_OR_ZERO(dentry);
	if (err)
		goto put_old;
	err = old.mnt == parent.mnt ? may_linkat(d_inode(old.dentry)) : -EXDEV;
	if (!err)
		err = security_path_link(old.dentry, &parent, dentry);
	if (!err)
		err = vfs_link(old.dentry, d_inode(parent.dentry), dentry);
	done_path_create(&parent, dentry);
put_old:
	path_put(&old);
	return err;
}

long sys_link(uaddr_t oldpath, uaddr_t newpath)
{
	return sys_linkat(AT_FDCWD, oldpath, AT_FDCWD, newpath, 0);
}

/* --- unlink, rmdir --- */

/* A trailing slash after what is no directory. */
static int slash_error(const struct dentry *dentry)
{
	if (d_is_negative(dentry))
		return -ENOENT;
	return d_is_dir(dentry) ? -EISDIR : -ENOTDIR;
}

static int remove_last(struct path *parent, struct qstr *last, bool is_rmdir)
{
	struct inode *dir = d_inode(parent->dentry), *inode = NULL;
	struct dentry *dentry;
	int err = mnt_want_write(parent->mnt);

	if (err)
		return err;
	err = inode_lock_killable_nested(dir, I_MUTEX_PARENT);
	if (err)
		goto drop_write;
	dentry = lookup_in_dir_locked(last, parent->dentry, 0);
	err = PTR_ERR_OR_ZERO(dentry);
	if (err)
		goto unlock;
	if (!is_rmdir && last->name[last->len]) {
		err = slash_error(dentry);
	} else if (d_is_negative(dentry)) {
		err = -ENOENT;
	} else if ((err = security_path_remove(parent, dentry))) {
		goto put_dentry;
	} else if (is_rmdir) {
		err = vfs_rmdir(dir, dentry);
	} else {
		inode = d_inode(dentry);
		ihold(inode);	/* truncation of the last link happens without the directory's lock */
		err = vfs_unlink(dir, dentry);
	}
put_dentry:
	dput(dentry);
unlock:
	inode_unlock(dir);
	iput(inode);
drop_write:
	mnt_drop_write(parent->mnt);
	return err;
}

static int remove_at(int dfd, uaddr_t upath, bool is_rmdir)
{
	struct filename *name = getname(upath);
	enum last_type type;
	struct path parent;
	struct qstr last;
	int err = filename_parentat(dfd, name, 0, &parent, &last, &type);

	if (err)
		goto put_name;
	if (type == LAST_NORM)
		err = remove_last(&parent, &last, is_rmdir);
	else if (!is_rmdir)
		err = -EISDIR;
	else
		err = type == LAST_DOTDOT ? -ENOTEMPTY : type == LAST_DOT ? -EINVAL : -EBUSY;
	path_put(&parent);
put_name:
	putname(name);
	return err;
}

long sys_unlinkat(int dfd, uaddr_t path, int flags)
{
	if (flags & ~AT_REMOVEDIR)
		return -EINVAL;
	return remove_at(dfd, path, flags & AT_REMOVEDIR);
}

long sys_unlink(uaddr_t path)
{
	return remove_at(AT_FDCWD, path, false);
}

long sys_rmdir(uaddr_t path)
{
	return remove_at(AT_FDCWD, path, true);
}

/* --- rename --- */

/* Rules on the two dentries that need no permission. */
static int check_pair(struct dentry *old, const struct qstr *old_last, struct dentry *new,
		      const struct qstr *new_last, struct dentry *trap, unsigned int flags)
{
	if (d_is_negative(old))
		return -ENOENT;
	if ((flags & RENAME_NOREPLACE) && d_is_positive(new))
		return -EEXIST;
	if (flags & RENAME_EXCHANGE) {
		if (d_is_negative(new))
			return -ENOENT;
		if (!d_is_dir(new) && new_last->name[new_last->len])
			return -ENOTDIR;
	}
	if (!d_is_dir(old)) {
		if (old_last->name[old_last->len])
			return -ENOTDIR;
		if (!(flags & RENAME_EXCHANGE) && new_last->name[new_last->len])
			return -ENOTDIR;
	}
	if (old == trap)
		return -EINVAL;
	if (new == trap)
		return flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
	return 0;
}

static int rename_locked(struct path *old_parent, struct qstr *old_last, struct path *new_parent,
			 struct qstr *new_last, struct dentry *trap, unsigned int flags)
{
	unsigned int target_flags = flags & RENAME_EXCHANGE ? 0 : LOOKUP_RENAME_TARGET;
	struct dentry *old, *new;
	struct renamedata rd;
	int err;

	old = lookup_in_dir_locked(old_last, old_parent->dentry, 0);
	if (IS_ERR(old))
		return PTR_ERR(old);
	new = lookup_in_dir_locked(new_last, new_parent->dentry, target_flags);
	err = PTR_ERR_OR_ZERO(new);
	if (err)
		goto put_old;
	err = check_pair(old, old_last, new, new_last, trap, flags);
	if (!err)
		err = security_path_rename(old_parent, old, new_parent, new, flags);
	if (!err) {
		rd = (struct renamedata){ d_inode(old_parent->dentry), old, d_inode(new_parent->dentry),
					  new, flags };
		err = vfs_rename(&rd);
	}
	dput(new);
put_old:
	dput(old);
	return err;
}

static int rename_parents(struct path *old_parent, struct qstr *old_last, enum last_type old_type,
			  struct path *new_parent, struct qstr *new_last, enum last_type new_type,
			  unsigned int flags)
{
	struct dentry *trap;
	int err;

	if (old_parent->mnt != new_parent->mnt)
		return -EXDEV;
	if (old_type != LAST_NORM)
		return -EBUSY;
	if (new_type != LAST_NORM)
		return flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
	err = mnt_want_write(old_parent->mnt);
	if (err)
		return err;
	trap = lock_rename(new_parent->dentry, old_parent->dentry);
	err = rename_locked(old_parent, old_last, new_parent, new_last, trap, flags);
	unlock_rename(new_parent->dentry, old_parent->dentry);
	mnt_drop_write(old_parent->mnt);
	return err;
}

long sys_renameat2(int olddfd, uaddr_t uold, int newdfd, uaddr_t unew, unsigned int flags)
{
	struct filename *old_name, *new_name;
	enum last_type old_type, new_type;
	struct path old_parent, new_parent;
	struct qstr old_last, new_last;
	int err;

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT))
		return -EINVAL;
	if ((flags & (RENAME_NOREPLACE | RENAME_WHITEOUT)) && (flags & RENAME_EXCHANGE))
		return -EINVAL;
	old_name = getname(uold);
	if (IS_ERR(old_name))
		return PTR_ERR(old_name);
	new_name = getname(unew);
	err = PTR_ERR_OR_ZERO(new_name);
	if (err)
		goto put_old_name;
	err = filename_parentat(olddfd, old_name, 0, &old_parent, &old_last, &old_type);
	if (err)
		goto put_names;
	err = filename_parentat(newdfd, new_name, 0, &new_parent, &new_last, &new_type);
	if (err)
		goto put_old_parent;
	err = rename_parents(&old_parent, &old_last, old_type, &new_parent, &new_last, new_type, flags);
	path_put(&new_parent);
put_old_parent:
	path_put(&old_parent);
put_names:
	putname(new_name);
put_old_name:
	putname(old_name);
	return err;
}

long sys_renameat(int olddfd, uaddr_t oldpath, int newdfd, uaddr_t newpath)
{
	return sys_renameat2(olddfd, oldpath, newdfd, newpath, 0);
}

long sys_rename(uaddr_t oldpath, uaddr_t newpath)
{
	return sys_renameat2(AT_FDCWD, oldpath, AT_FDCWD, newpath, 0);
}

/* --- readlink --- */

long sys_readlinkat(int dfd, uaddr_t upath, uaddr_t buf, int bufsiz)
{
	struct path path;
	int err;

	if (bufsiz <= 0)
		return -EINVAL;
	err = user_path_at(dfd, upath, LOOKUP_EMPTY, &path);
	if (err)
		return err;
	if (d_is_symlink(path.dentry)) {
		touch_atime(&path);
		err = vfs_readlink(path.dentry, buf, bufsiz);
	} else {
		char first;

		/* Nothing at all, or "" on a descriptor that is no link. */
		err = !copy_from_user(&first, upath, 1) && !first ? -ENOENT : -EINVAL;
	}
	path_put(&path);
	return err;
}

long sys_readlink(uaddr_t path, uaddr_t buf, int bufsiz)
{
	return sys_readlinkat(AT_FDCWD, path, buf, bufsiz);
}
