/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * open.c - opening by name: the last step of the walk, creation, O_TMPFILE and O_PATH.
 *
 * WHAT        An open walks to the parent of the last component, then looks up, perhaps creates, and opens. A struct file is made
 *             first and filled last, so nothing can fail after the file system's ->open.
 * INVARIANTS  O1 of open_file.c.
 *             O2  O_TRUNC truncates only after every check and with write access to the mount.
 * LOCKING     Creation holds the directory's i_rwsem; ->open runs with no lock held and may park.
 * ERRORS      As open(2). -EPARK from ->open (a FIFO): the call is walked again from its start.
 * TESTS       tests/guest/vfs/names_test.c
 */
#include <lib/assert.h>
#include <lib/err.h>
#include <lib/uabi.h>
#include <sched/cred.h>
#include <security/security.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include "dcache_impl.h"
#include "namei_impl.h"
#include "vfs_impl.h"

/* --- the end of the walk --- */

static int truncate_opened(struct file *file)
{
	struct inode *inode = file->f_inode;
	int err = get_write_access(inode);

	if (err)
		return err;
	err = do_truncate(file->f_path.dentry, 0, ATTR_MTIME | ATTR_CTIME | ATTR_OPEN, file);
	put_write_access(inode);
	return err;
}

/* The walk is over, or the method has opened already. */
static int open_the_end(struct nameidata *nd, struct file *file, const struct open_flags *op)
{
	int flag = op->open_flag, acc_mode = op->acc_mode, err;
	bool truncate = false;

	if (!(file->f_mode & (FMODE_OPENED | FMODE_CREATED))) {
		err = nd_complete(nd);
		if (err)
			return err;
	}
	if (flag & O_CREAT) {
		if ((flag & O_EXCL) && !(file->f_mode & FMODE_CREATED))
			return -EEXIST;
		if (d_is_dir(nd->path.dentry))
			return -EISDIR;
		err = may_create_in_sticky(nd, d_backing_inode(nd->path.dentry));
		if (err)
			return err;
	}
	if ((nd->flags & LOOKUP_DIRECTORY) && !d_can_lookup(nd->path.dentry))
		return -ENOTDIR;
	if (file->f_mode & FMODE_CREATED) {
		flag &= ~O_TRUNC;
		acc_mode = 0;
	} else if (d_is_reg(nd->path.dentry) && (flag & O_TRUNC)) {
		err = mnt_want_write(nd->path.mnt);
		if (err)
			return err;
		truncate = true;
	}
	err = may_open(&nd->path, acc_mode, &flag);
	if (!err && !(file->f_mode & FMODE_OPENED))
		err = vfs_open(&nd->path, file);
	if (!err && truncate)
		err = truncate_opened(file);	/* O2 */
	if (truncate)
		mnt_drop_write(nd->path.mnt);
	return err;
}

/* --- the last component --- */

static int create_here(struct nameidata *nd, struct dentry *dir, struct dentry *dentry, struct file *file,
		       const struct open_flags *op, int write_err)
{
	struct inode *inode = d_inode(dir);
	umode_t mode = mode_after_umask(inode, op->mode);
	int err;

	if (write_err)
		return write_err;
	err = security_path_make(&nd->path, dentry, mode | S_IFREG);
	if (!err)
		err = vfs_create(inode, dentry, mode, op->open_flag & O_EXCL);
	if (!err)
		file->f_mode |= FMODE_CREATED;
	return err;
}

/* The file system looks up, creates and opens in one go. Consumes @dentry; the result may be another. */
static struct dentry *atomic_open(struct nameidata *nd, struct dentry *dentry, struct file *file,
				  const struct open_flags *op, int write_err)
{
	struct inode *dir = d_inode(nd->path.dentry);
	int flags = op->open_flag, create_err = 0, err;
	umode_t mode = mode_after_umask(dir, op->mode);

	if (flags & O_CREAT) {
		create_err = write_err ? write_err : security_path_make(&nd->path, dentry, mode | S_IFREG);
		if (!create_err)
			create_err = may_create(dir, dentry);
		if (create_err)
			flags &= ~(O_CREAT | O_EXCL);
	}
	if (nd->flags & LOOKUP_DIRECTORY)
		flags |= O_DIRECTORY;
	file->f_path.mnt = nd->path.mnt;
	file->f_path.dentry = NULL;
	err = dir->i_op->atomic_open(dir, dentry, file, flags, mode);
	if (!err && !(file->f_mode & FMODE_OPENED)) {
		struct dentry *found = file->f_path.dentry;

		file->f_path.mnt = NULL;
		file->f_path.dentry = NULL;
		if (found && found != dentry) {
			dput(dentry);
			dentry = found;
		}
		if (d_is_negative(dentry) && (op->open_flag & O_CREAT))
			err = create_err ? create_err : -ENOENT;
	} else if (!err && file->f_path.dentry != dentry) {
		dput(dentry);
		dentry = dget(file->f_path.dentry);
	}
	if (err == -ENOENT && create_err)
		err = create_err;
	if (err) {
		dput(dentry);
		return ERR_PTR(err);
	}
	return dentry;
}

/* The directory is locked. The dentry, positive or negative, perhaps just created or opened. */
static struct dentry *lookup_open(struct nameidata *nd, struct file *file, const struct open_flags *op,
				  int write_err)
{
	struct dentry *dir = nd->path.dentry, *dentry;
	struct inode *inode = d_inode(dir);
	int err;

	if (unlikely(inode->i_op->atomic_open)) {
		if (IS_DEADDIR(inode))
			return ERR_PTR(-ENOENT);
		dentry = d_lookup(dir, &nd->last);
		if (dentry && d_is_positive(dentry) &&
		    (!(dentry->d_flags & DCACHE_OP_REVALIDATE) ||
		     dentry->d_op->d_revalidate(dentry, nd->flags & ~LOOKUP_RCU) > 0))
			return dentry;
		if (dentry) {
			d_invalidate(dentry);
			dput(dentry);
		}
		dentry = d_alloc(dir, &nd->last);
		if (!dentry)
			return ERR_PTR(-ENOMEM);
		return atomic_open(nd, dentry, file, op, write_err);
	}
	dentry = lookup_in_dir_locked(&nd->last, dir, nd->flags & ~LOOKUP_RCU);
	if (IS_ERR(dentry) || d_is_positive(dentry) || !(op->open_flag & O_CREAT))
		return dentry;
	err = create_here(nd, dir, dentry, file, op, write_err);
	if (err) {
		dput(dentry);
		return ERR_PTR(err);
	}
	return dentry;
}

static struct dentry *lookup_or_create(struct nameidata *nd, struct file *file, const struct open_flags *op)
{
	struct inode *dir = d_inode(nd->path.dentry);
	int write_err = -EROFS, err;
	struct dentry *dentry;

	if (op->open_flag & (O_CREAT | O_TRUNC | O_WRONLY | O_RDWR))
		write_err = mnt_want_write(nd->path.mnt);
	err = inode_lock_killable_nested(dir, I_MUTEX_PARENT);
	if (err) {
		dentry = ERR_PTR(err);
		goto drop_write;
	}
	dentry = lookup_open(nd, file, op, write_err);
	inode_unlock(dir);
drop_write:
	if (!write_err)
		mnt_drop_write(nd->path.mnt);
	return dentry;
}

/* What can be told from the cache. NULL: ask the file system, in ref-walk. */
static struct dentry *open_fast(struct nameidata *nd, const struct open_flags *op, u32 *seq)
{
	struct dentry *dentry;

	if (!(op->open_flag & O_CREAT)) {
		if (nd->last.name[nd->last.len])
			nd->flags |= LOOKUP_FOLLOW | LOOKUP_DIRECTORY;
		return nd_lookup_fast(nd, seq);
	}
	if (nd->last.name[nd->last.len]) {
		if ((nd->flags & LOOKUP_RCU) && !nd_unlazy(nd))
			return ERR_PTR(-ECHILD);
		return ERR_PTR(-EISDIR);
	}
	if (nd->flags & LOOKUP_RCU) {
		dentry = d_lookup_rcu(nd->path.dentry, &nd->last, seq);
		/* there already: what O_EXCL and O_TRUNC say is decided at the end */
		if (dentry && d_inode_rcu(dentry) && !(dentry->d_flags & DCACHE_OP_REVALIDATE))
			return dentry;
		return nd_unlazy(nd) ? NULL : ERR_PTR(-ECHILD);
	}
	return NULL;
}

/* As nd_walk_last(), for an open: NULL at the end, or a link's string. */
static const char *open_last(struct nameidata *nd, struct file *file, const struct open_flags *op)
{
	struct dentry *dentry;
	u32 seq = 0;

	nd->flags |= op->intent;
	if (nd->last_type != LAST_NORM) {
		if (nd->last_type == LAST_ROOT)
			return NULL;
		return nd_walk_last(nd);
	}
	dentry = open_fast(nd, op, &seq);
	if (IS_ERR(dentry))
		return ERR_CAST(dentry);
	if (!dentry) {
		dentry = lookup_or_create(nd, file, op);
		if (IS_ERR(dentry))
			return ERR_CAST(dentry);
		if (file->f_mode & (FMODE_OPENED | FMODE_CREATED)) {
			dput(nd->path.dentry);
			nd->path.dentry = dentry;
			nd->inode = d_inode(dentry);
			return NULL;
		}
	}
	return nd_step(nd, dentry, seq, nd->flags & LOOKUP_FOLLOW);
}

/* --- O_TMPFILE, O_PATH --- */

static int open_tmpfile_in(const struct path *parent, struct file *file, int flag, umode_t mode)
{
	struct inode *dir = d_inode(parent->dentry), *inode;
	struct qstr name = { .name = "/", .len = 1 };
	struct dentry *child;
	int err = inode_permission(dir, MAY_WRITE | MAY_EXEC);

	if (err)
		return err;
	if (!dir->i_op->tmpfile)
		return -EOPNOTSUPP;
	child = d_alloc(parent->dentry, &name);
	if (!child)
		return -ENOMEM;
	file->f_path.mnt = parent->mnt;
	file->f_path.dentry = child;
	inode_lock_shared(dir);	/* its default list stays what it is */
	mode = mode_after_umask(dir, mode) & ~S_IFMT;
	err = dir->i_op->tmpfile(dir, file, mode | S_IFREG);
	inode_unlock_shared(dir);
	inode = d_inode(child);
	if (!err && !(flag & O_EXCL)) {
		spin_lock(&inode->i_lock);
		inode->i_state |= I_LINKABLE;
		spin_unlock(&inode->i_lock);
	}
	dput(child);
	return err;
}

static int do_tmpfile(struct nameidata *nd, unsigned int flags, const struct open_flags *op, struct file *file)
{
	struct path path;
	int err = path_lookupat(nd, (flags & ~LOOKUP_CREATE) | LOOKUP_DIRECTORY, &path);

	if (err)
		return err;
	err = mnt_want_write(path.mnt);
	if (err)
		goto put_path;
	err = open_tmpfile_in(&path, file, op->open_flag, op->mode);
	mnt_drop_write(path.mnt);
put_path:
	path_put(&path);
	return err;
}

struct file *vfs_tmpfile_open(const struct path *parent, umode_t mode, int open_flag, const struct cred *cred)
{
	struct file *file = alloc_empty_file(open_flag, cred);
	int err;

	if (IS_ERR(file))
		return file;
	err = open_tmpfile_in(parent, file, open_flag, mode);
	if (!err)
		return file;
	fput(file);
	return ERR_PTR(err);
}

static int do_o_path(struct nameidata *nd, unsigned int flags, struct file *file)
{
	struct path path;
	int err = path_lookupat(nd, flags, &path);

	if (err)
		return err;
	err = vfs_open(&path, file);
	path_put(&path);
	return err;
}

/* --- the whole --- */

static int path_openat(struct nameidata *nd, const struct open_flags *op, unsigned int flags, struct file *file)
{
	const char *s;
	int err;

	if (unlikely(op->open_flag & O_TMPFILE_BIT))
		return do_tmpfile(nd, flags, op, file);
	if (unlikely(op->open_flag & O_PATH))
		return do_o_path(nd, flags, file);
	s = nd_start(nd, flags);
	err = PTR_ERR_OR_ZERO(s);
	while (!err) {
		err = nd_walk_parent(s, nd);
		if (err)
			break;
		s = open_last(nd, file, op);
		if (!s) {
			err = open_the_end(nd, file, op);
			break;
		}
		err = PTR_ERR_OR_ZERO(s);
		nd->flags &= ~(LOOKUP_OPEN | LOOKUP_CREATE | LOOKUP_EXCL);
	}
	nd_terminate(nd);
	return err;
}

struct file *open_filename(int dfd, struct filename *name, const struct open_flags *op,
				  const struct path *root)
{
	struct nameidata nd;
	struct file *file = alloc_empty_file(op->open_flag, current_cred());
	int err;

	if (IS_ERR(file))
		return file;
	if (op->acc_mode & MAY_EXEC)
		file->f_mode |= FMODE_EXEC;
	nd_begin(&nd, dfd, name, op->lookup_flags, root);
	err = path_openat(&nd, op, op->lookup_flags | LOOKUP_RCU, file);
	if (unlikely(err == -ECHILD))
		err = op->lookup_flags & LOOKUP_CACHED ? -EAGAIN : path_openat(&nd, op, op->lookup_flags, file);
	if (unlikely(err == -ESTALE))
		err = path_openat(&nd, op, op->lookup_flags | LOOKUP_REVAL, file);
	nd_end(&nd);
	if (likely(!err)) {
		KASSERT(file->f_mode & FMODE_OPENED);
		return file;
	}
	fput(file);
	return ERR_PTR(err);
}

struct file *do_filp_open(int dfd, struct filename *name, const struct open_how *how)
{
	struct open_flags op;
	int err = build_open_flags(how, &op);

	if (err)
		return ERR_PTR(err);
	if (IS_ERR(name))
		return ERR_CAST(name);
	return open_filename(dfd, name, &op, NULL);
}

struct file *filp_open(const char *text, int flags, umode_t mode)
{
	struct open_how how = build_open_how(flags, mode);
	struct filename *name = getname_kernel(text);
	struct file *file = do_filp_open(AT_FDCWD, name, &how);

	putname(name);
	return file;
}

struct file *file_open_root(const struct path *root, const char *text, int flags, umode_t mode)
{
	struct open_how how = build_open_how(flags, mode);
	struct filename *name = getname_kernel(text);
	struct open_flags op;
	struct file *file;
	int err = build_open_flags(&how, &op);

	if (err || IS_ERR(name))
		file = err ? ERR_PTR(err) : ERR_CAST(name);
	else
		file = open_filename(AT_FDCWD, name, &op, root);
	putname(name);
	return file;
}

struct file *do_open_execat(int dfd, struct filename *name, int flags)
{
	struct open_flags op = {
		.open_flag = O_LARGEFILE | O_RDONLY,
		.acc_mode = MAY_EXEC,
		.intent = LOOKUP_OPEN,
		.lookup_flags = LOOKUP_FOLLOW,
	};
	struct file *file;
	int err;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return ERR_PTR(-EINVAL);
	if (flags & AT_SYMLINK_NOFOLLOW)
		op.lookup_flags &= ~LOOKUP_FOLLOW;
	if (IS_ERR(name))
		return ERR_CAST(name);
	file = open_filename(dfd, name, &op, NULL);
	if (IS_ERR(file))
		return file;
	err = -EACCES;
	if (S_ISREG(file_inode(file)->i_mode) && !path_noexec(&file->f_path))
		err = file_deny_write(file);
	if (!err)
		return file;
	fput(file);
	return ERR_PTR(err);
}
