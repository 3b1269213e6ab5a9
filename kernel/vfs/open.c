/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * open.c - opening files: flags, the last step of the walk, creation, and the open proper.
 *
 * WHAT        An open walks to the parent of the last component, then looks up, perhaps creates, and opens. A struct file is made
 *             first and filled last, so nothing can fail after the file system's ->open.
 * INVARIANTS  O1  A file with FMODE_OPENED has had its ->open; only such a file gets ->release.
 *             O2  O_TRUNC truncates only after every check and with write access to the mount.
 * LOCKING     Creation holds the directory's i_rwsem; ->open runs with no lock held and may park.
 * ERRORS      As open(2). -EPARK from ->open (a FIFO): the call is walked again from its start.
 * TESTS       tests/guest/vfs/names_test.c
 */
#include <lib/assert.h>
#include <lib/err.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <lib/uabi.h>
#include <arch/uaccess.h>
#include <mm/filemap.h>
#include <sched/cred.h>
#include <sched/task.h>
#include <security/security.h>
#include <sync/call.h>
#include <vfs/fs_struct.h>
#include <vfs/super.h>
#include <vfs/vfs_calls.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include "dcache_impl.h"
#include "mount_impl.h"
#include "namei_impl.h"
#include "vfs_impl.h"

#define O_TMPFILE_BIT (O_TMPFILE & ~O_DIRECTORY)
#define VALID_OPEN_FLAGS                                                                            \
	(O_RDONLY | O_WRONLY | O_RDWR | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | O_NDELAY |     \
	 O_NONBLOCK | O_SYNC | O_DSYNC | FASYNC | O_DIRECT | O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW |     \
	 O_NOATIME | O_CLOEXEC | O_PATH | O_TMPFILE)
#define VALID_RESOLVE_FLAGS                                                                         \
	(RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH |                \
	 RESOLVE_IN_ROOT | RESOLVE_CACHED)
#define O_PATH_FLAGS (O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC)

static const struct file_operations path_fops;

/* --- the open proper --- */

int generic_file_open(struct inode *inode, struct file *file)
{
	return 0;
}

int nonseekable_open(struct inode *inode, struct file *file)
{
	file->f_mode &= ~(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE);
	return 0;
}

int stream_open(struct inode *inode, struct file *file)
{
	file->f_mode &= ~(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE | FMODE_ATOMIC_POS);
	file->f_mode |= FMODE_STREAM;
	return 0;
}

static bool is_special(const struct inode *inode)
{
	umode_t mode = inode->i_mode;

	return S_ISCHR(mode) || S_ISBLK(mode) || S_ISFIFO(mode) || S_ISSOCK(mode);
}

static int take_file_access(struct file *file, struct inode *inode)
{
	int err;

	if (!(file->f_mode & FMODE_WRITE) || is_special(inode))
		return 0;
	err = get_write_access(inode);
	if (err)
		return err;
	err = mnt_want_write(file->f_path.mnt);
	if (err) {
		put_write_access(inode);
		return err;
	}
	file->f_mode |= FMODE_WRITER;
	return 0;
}

static void drop_file_access(struct file *file, struct inode *inode)
{
	if (!(file->f_mode & FMODE_WRITER))
		return;
	put_write_access(inode);
	mnt_drop_write(file->f_path.mnt);
	file->f_mode &= ~FMODE_WRITER;
}

/* file->f_path is set, borrowed; references are taken here. @override: the inode of a stacked file system's real file. */
int do_dentry_open_inode(struct file *file, struct inode *inode)
{
	int err;

	path_get(&file->f_path);
	file->f_inode = inode;
	file->f_mapping = inode->i_mapping;
	if (unlikely(file->f_flags & O_PATH)) {
		file->f_mode = FMODE_PATH | FMODE_OPENED;
		file->f_op = &path_fops;
		return 0;
	}
	file->f_wb_err = mapping_sample_wb_err(file->f_mapping);
	err = take_file_access(file, inode);
	if (err)
		goto put_path;
	if (S_ISREG(inode->i_mode) || S_ISDIR(inode->i_mode))
		file->f_mode |= FMODE_ATOMIC_POS;
	file->f_op = inode->i_fop;
	file->f_mode |= FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
	err = security_file_open(file);
	if (err)
		goto drop_access;
	if (file->f_op->open) {
		err = file->f_op->open(inode, file);
		if (err)
			goto drop_access;
	}
	file->f_mode |= FMODE_OPENED;	/* O1 */
	if ((file->f_mode & FMODE_READ) && file->f_op->read)
		file->f_mode |= FMODE_CAN_READ;
	if ((file->f_mode & FMODE_WRITE) && file->f_op->write)
		file->f_mode |= FMODE_CAN_WRITE;
	if ((file->f_mode & FMODE_LSEEK) && !file->f_op->llseek)
		file->f_mode &= ~FMODE_LSEEK;
	file->f_flags &= ~(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC);
	file_ra_state_init(&file->f_ra);
	return 0;
drop_access:
	drop_file_access(file, inode);
put_path:
	path_put(&file->f_path);
	file->f_path.mnt = NULL;
	file->f_path.dentry = NULL;
	file->f_inode = NULL;
	return err;
}

int vfs_open(const struct path *path, struct file *file)
{
	file->f_path = *path;
	return do_dentry_open_inode(file, d_backing_inode(path->dentry));
}

struct file *dentry_open(const struct path *path, unsigned int flags, const struct cred *cred)
{
	struct file *file = alloc_empty_file(flags, cred);
	int err;

	if (IS_ERR(file))
		return file;
	err = vfs_open(path, file);
	if (!err)
		return file;
	fput(file);
	return ERR_PTR(err);
}

struct file *open_with_fake_path(const struct path *path, unsigned int flags, struct inode *inode,
				 const struct cred *cred)
{
	struct file *file = alloc_empty_file(flags, cred);
	int err;

	if (IS_ERR(file))
		return file;
	file->f_path = *path;
	err = do_dentry_open_inode(file, inode);
	if (!err)
		return file;
	fput(file);
	return ERR_PTR(err);
}

/* --- helpers of ->atomic_open and ->tmpfile --- */

int finish_open(struct file *file, struct dentry *dentry)
{
	KASSERT(!(file->f_mode & FMODE_OPENED));
	file->f_path.dentry = dentry;	/* mnt was set by the caller of the method */
	return do_dentry_open_inode(file, d_backing_inode(dentry));
}

int finish_no_open(struct file *file, struct dentry *dentry)
{
	file->f_path.dentry = dentry;
	return 0;
}

int finish_open_simple(struct file *file, int error)
{
	return error ? error : finish_open(file, file->f_path.dentry);
}

void d_mark_tmpfile(struct file *file, struct inode *inode)
{
	struct dentry *dentry = file->f_path.dentry;
	char name[24];
	int len = scnprintf(name, sizeof(name), "#%llu", (unsigned long long)inode->i_ino);

	spin_lock(&dentry->d_lock);
	memcpy(dentry->d_iname, name, len + 1);
	dentry->d_name.len = len;
	spin_unlock(&dentry->d_lock);
	d_instantiate(dentry, inode);
}

/* --- flags --- */

struct open_how build_open_how(int flags, umode_t mode)
{
	struct open_how how = { .flags = flags & VALID_OPEN_FLAGS, .mode = mode & S_IALLUGO };

	if (how.flags & O_PATH)
		how.flags &= O_PATH_FLAGS;
	if (!(how.flags & (O_CREAT | O_TMPFILE_BIT)))
		how.mode = 0;
	return how;
}

static int resolve_to_lookup(u64 resolve, u64 flags, int *lookup)
{
	if (resolve & RESOLVE_NO_XDEV)
		*lookup |= LOOKUP_NO_XDEV;
	if (resolve & RESOLVE_NO_MAGICLINKS)
		*lookup |= LOOKUP_NO_MAGICLINKS;
	if (resolve & RESOLVE_NO_SYMLINKS)
		*lookup |= LOOKUP_NO_SYMLINKS | LOOKUP_NO_MAGICLINKS;
	if (resolve & RESOLVE_BENEATH)
		*lookup |= LOOKUP_BENEATH;
	if (resolve & RESOLVE_IN_ROOT)
		*lookup |= LOOKUP_IN_ROOT;
	if (resolve & RESOLVE_CACHED) {
		if (flags & (O_TRUNC | O_CREAT | O_TMPFILE_BIT))
			return -EAGAIN;
		*lookup |= LOOKUP_CACHED;
	}
	return 0;
}

int build_open_flags(const struct open_how *how, struct open_flags *op)
{
	static_assert(VALID_OPEN_FLAGS <= UINT_MAX, "flags fit");
	u64 flags = how->flags & ~(u64)O_CLOEXEC;
	int lookup = 0, acc_mode = 0;

	if ((how->flags & ~(u64)VALID_OPEN_FLAGS) || (how->resolve & ~(u64)VALID_RESOLVE_FLAGS))
		return -EINVAL;
	if ((how->resolve & RESOLVE_BENEATH) && (how->resolve & RESOLVE_IN_ROOT))
		return -EINVAL;
	if (flags & (O_CREAT | O_TMPFILE_BIT)) {
		if (how->mode & ~(u64)S_IALLUGO)
			return -EINVAL;
		op->mode = how->mode | S_IFREG;
	} else {
		if (how->mode)
			return -EINVAL;
		op->mode = 0;
	}
	if ((flags & (O_DIRECTORY | O_CREAT)) == (O_DIRECTORY | O_CREAT) && !(flags & O_TMPFILE_BIT))
		flags &= ~(u64)O_DIRECTORY;	/* 6.1 ignores it */
	if (flags & O_TMPFILE_BIT) {
		if ((flags & (O_TMPFILE | O_CREAT)) != O_TMPFILE)
			return -EINVAL;
		if (!((flags + 1) & FMODE_WRITE))
			return -EINVAL;
	}
	if (flags & O_PATH) {
		if (flags & ~(u64)O_PATH_FLAGS)
			return -EINVAL;
	} else {
		acc_mode = "\004\002\006\006"[flags & O_ACCMODE];
	}
	if (flags & __O_SYNC)
		flags |= O_DSYNC;
	if (flags & O_TRUNC)
		acc_mode |= MAY_WRITE;
	if (flags & O_APPEND)
		acc_mode |= MAY_APPEND;
	op->open_flag = flags;
	op->acc_mode = acc_mode;
	op->intent = flags & O_PATH ? 0 : LOOKUP_OPEN;
	if (flags & O_CREAT) {
		op->intent |= LOOKUP_CREATE;
		if (flags & O_EXCL) {
			op->intent |= LOOKUP_EXCL;
			flags |= O_NOFOLLOW;
		}
	}
	if (flags & O_DIRECTORY)
		lookup |= LOOKUP_DIRECTORY;
	if (!(flags & O_NOFOLLOW))
		lookup |= LOOKUP_FOLLOW;
	if (how->resolve) {
		int err = resolve_to_lookup(how->resolve, flags, &lookup);

		if (err)
			return err;
	}
	op->lookup_flags = lookup;
	return 0;
}

/* --- may it be opened so? --- */

static int may_open_type(const struct path *path, const struct inode *inode, int acc_mode, int *flag)
{
	switch (inode->i_mode & S_IFMT) {
	case S_IFLNK:
		return -ELOOP;
	case S_IFDIR:
		if (acc_mode & MAY_WRITE)
			return -EISDIR;
		return acc_mode & MAY_EXEC ? -EACCES : 0;
	case S_IFBLK:
	case S_IFCHR:
		if ((path->mnt->mnt_flags & MNT_NODEV) || (path->mnt->mnt_sb->s_iflags & SB_I_NODEV))
			return -EACCES;
		fallthrough;
	case S_IFIFO:
	case S_IFSOCK:
		if (acc_mode & MAY_EXEC)
			return -EACCES;
		*flag &= ~O_TRUNC;
		return 0;
	case S_IFREG:
		return (acc_mode & MAY_EXEC) && path_noexec(path) ? -EACCES : 0;
	default:
		return 0;
	}
}

static int may_open(const struct path *path, int acc_mode, int *flag)
{
	struct inode *inode = d_backing_inode(path->dentry);
	int err;

	if (!inode)
		return -ENOENT;
	err = may_open_type(path, inode, acc_mode, flag);
	if (err)
		return err;
	err = inode_permission(inode, MAY_OPEN | acc_mode);
	if (err)
		return err;
	if (IS_APPEND(inode)) {
		if ((*flag & O_ACCMODE) != O_RDONLY && !(*flag & O_APPEND))
			return -EPERM;
		if (*flag & O_TRUNC)
			return -EPERM;
	}
	if ((*flag & O_NOATIME) && !inode_owner_or_capable(inode))
		return -EPERM;
	return 0;
}

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
	int err;

	if (write_err)
		return write_err;
	err = vfs_create(inode, dentry, mode_after_umask(inode, op->mode), op->open_flag & O_EXCL);
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
		create_err = write_err ? write_err : may_create(dir, dentry);
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
	int write_err = -EROFS;
	struct dentry *dentry;

	if (op->open_flag & (O_CREAT | O_TRUNC | O_WRONLY | O_RDWR))
		write_err = mnt_want_write(nd->path.mnt);
	inode_lock_nested(dir, I_MUTEX_PARENT);
	dentry = lookup_open(nd, file, op, write_err);
	inode_unlock(dir);
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
	mode = mode_after_umask(dir, mode) & ~S_IFMT;
	err = dir->i_op->tmpfile(dir, file, mode | S_IFREG);
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

static struct file *open_filename(int dfd, struct filename *name, const struct open_flags *op,
				  const struct path *root)
{
	struct nameidata nd;
	struct file *file = alloc_empty_file(op->open_flag, current_cred());
	int err;

	if (IS_ERR(file))
		return file;
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

/* --- system calls --- */

static long open_at(int dfd, uaddr_t path, const struct open_how *how)
{
	struct filename *name;
	struct open_flags op;
	struct file *file;
	int fd, err = build_open_flags(how, &op);

	if (err)
		return err;
	name = getname(path);
	if (IS_ERR(name))
		return PTR_ERR(name);
	fd = get_unused_fd_flags(how->flags);
	if (fd < 0)
		goto put_name;
	file = open_filename(dfd, name, &op, NULL);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		fd = PTR_ERR(file);
	} else {
		fd_install(fd, file);
	}
put_name:
	putname(name);
	return fd;
}

long sys_openat(int dfd, uaddr_t path, int flags, umode_t mode)
{
	struct open_how how = build_open_how(flags | O_LARGEFILE, mode);

	return open_at(dfd, path, &how);
}

long sys_open(uaddr_t path, int flags, umode_t mode)
{
	return sys_openat(AT_FDCWD, path, flags, mode);
}

long sys_creat(uaddr_t path, umode_t mode)
{
	return sys_openat(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

/* A user structure that may be older (shorter) or newer (longer, the rest zero) than ours. */
int copy_struct_from_user_size(void *dst, size_t ksize, uaddr_t src, size_t usize)
{
	size_t common = min(ksize, usize), i;

	for (i = ksize; i < usize; i++) {
		u8 byte;

		if (get_user_u8(uaddr_add(src, i), &byte))
			return -EFAULT;
		if (byte)
			return -E2BIG;
	}
	memset(dst, 0, ksize);
	return copy_from_user(dst, src, common) ? -EFAULT : 0;
}

long sys_openat2(int dfd, uaddr_t path, uaddr_t uhow, size_t size)
{
	struct open_how how;
	int err;

	if (size < 24)
		return -EINVAL;
	if (size > 4096)
		return -E2BIG;
	err = copy_struct_from_user_size(&how, sizeof(how), uhow, size);
	if (err)
		return err;
	if (!(how.flags & O_PATH))
		how.flags |= O_LARGEFILE;
	return open_at(dfd, path, &how);
}

/* No file system here gives out handles. */
long sys_name_to_handle_at(int dfd, uaddr_t uname, uaddr_t handle, uaddr_t mnt_id, int flag)
{
	struct path path;
	int err;

	if (flag & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	err = user_path_at(dfd, uname, (flag & AT_SYMLINK_FOLLOW ? LOOKUP_FOLLOW : 0) |
			   (flag & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0), &path);
	if (err)
		return err;
	path_put(&path);
	return -EOPNOTSUPP;
}

long sys_open_by_handle_at(int mountdirfd, uaddr_t handle, int flags)
{
	return capable(CAP_DAC_READ_SEARCH) ? -EOPNOTSUPP : -EPERM;
}
