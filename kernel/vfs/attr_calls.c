/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * attr_calls.c - access, chmod, chown, utimes, truncate, fallocate as system calls.
 *
 * WHAT        Arguments are decoded, the object found, the mount's write access taken; attr.c does the rest.
 * LOCKING     The inode's i_rwsem around notify_change().
 */
#include <lib/err.h>
#include <lib/uabi.h>
#include <arch/uaccess.h>
#include <sched/cred.h>
#include <sched/task.h>
#include <vfs/dentry.h>
#include <vfs/inode.h>
#include <vfs/mount.h>
#include <vfs/super.h>
#include <vfs/vfs_calls.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <linux/securebits.h>
#include <linux/time.h>
#include "vfs_impl.h"

/* utimensat: the C library's headers have these. */
#define UTIME_NOW	((1L << 30) - 1L)
#define UTIME_OMIT	((1L << 30) - 2L)

static unsigned int lookup_flags_at(int flags)
{
	return (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) | (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
}

/* --- access: with the real ids --- */

static struct cred *real_id_creds(void)
{
	struct cred *cred = prepare_creds();

	if (!cred)
		return NULL;
	cred->fsuid = cred->uid;
	cred->fsgid = cred->gid;
	if (!(cred->securebits & (1 << SECURE_NO_SETUID_FIXUP))) {
		if (uid_eq(cred->uid, make_kuid(cred->user_ns, 0)))
			cred->cap_effective = cred->cap_permitted;
		else
			cred->cap_effective = CAP_EMPTY_SET;
	}
	return cred;
}

/* Would the real ids see anything else than the effective ones? */
static bool needs_real_ids(void)
{
	const struct cred *cred = current_cred();

	if (!uid_eq(cred->fsuid, cred->uid) || !gid_eq(cred->fsgid, cred->gid))
		return true;
	if (cred->securebits & (1 << SECURE_NO_SETUID_FIXUP))
		return false;
	if (uid_eq(cred->uid, make_kuid(cred->user_ns, 0)))
		return cred->cap_effective.val != cred->cap_permitted.val;
	return cred->cap_effective.val != 0;
}

static int access_path(const struct path *path, int mode)
{
	struct inode *inode = d_backing_inode(path->dentry);
	int err;

	if ((mode & MAY_EXEC) && S_ISREG(inode->i_mode) && path_noexec(path))
		return -EACCES;
	err = inode_permission(inode, mode | MAY_ACCESS);
	if (err || !(mode & MAY_WRITE))
		return err;
	if (S_ISCHR(inode->i_mode) || S_ISBLK(inode->i_mode) || S_ISFIFO(inode->i_mode) ||
	    S_ISSOCK(inode->i_mode))
		return 0;
	return mnt_is_readonly(path->mnt) ? -EROFS : 0;
}

static long do_faccessat(int dfd, uaddr_t upath, int mode, int flags)
{
	const struct cred *old = NULL;
	struct cred *real = NULL;
	struct path path;
	int err;

	if (mode & ~S_IRWXO)
		return -EINVAL;
	if (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (!(flags & AT_EACCESS) && needs_real_ids()) {
		real = real_id_creds();
		if (!real)
			return -ENOMEM;
		old = override_creds(real);
	}
	err = user_path_at(dfd, upath, lookup_flags_at(flags), &path);
	if (!err) {
		err = access_path(&path, mode);
		path_put(&path);
	}
	if (real) {
		revert_creds(old);
		abort_creds(real);
	}
	return err;
}

long sys_faccessat2(int dfd, uaddr_t path, int mode, int flags)
{
	return do_faccessat(dfd, path, mode, flags);
}

long sys_faccessat(int dfd, uaddr_t path, int mode)
{
	return do_faccessat(dfd, path, mode, 0);
}

long sys_access(uaddr_t path, int mode)
{
	return do_faccessat(AT_FDCWD, path, mode, 0);
}

/* --- chmod, chown --- */

int chmod_common(const struct path *path, umode_t mode)
{
	struct inode *inode = d_inode(path->dentry);
	struct iattr attr = { .ia_valid = ATTR_MODE | ATTR_CTIME };
	int err = mnt_want_write(path->mnt);

	if (err)
		return err;
	err = inode_lock_killable(inode);
	if (err)
		goto drop_write;
	attr.ia_mode = (mode & S_IALLUGO) | (inode->i_mode & ~S_IALLUGO);
	err = notify_change(path->dentry, &attr);
	inode_unlock(inode);
drop_write:
	mnt_drop_write(path->mnt);
	return err;
}

int chown_common(const struct path *path, uid_t uid, gid_t gid)
{
	struct inode *inode = d_inode(path->dentry);
	struct iattr attr = { .ia_valid = ATTR_CTIME };
	int err;

	if (uid != (uid_t)-1) {
		attr.ia_valid |= ATTR_UID;
		attr.ia_uid = make_kuid(current_user_ns(), uid);
		if (!uid_valid(attr.ia_uid))
			return -EINVAL;
	}
	if (gid != (gid_t)-1) {
		attr.ia_valid |= ATTR_GID;
		attr.ia_gid = make_kgid(current_user_ns(), gid);
		if (!gid_valid(attr.ia_gid))
			return -EINVAL;
	}
	err = mnt_want_write(path->mnt);
	if (err)
		return err;
	err = inode_lock_killable(inode);
	if (err)
		goto drop_write;
	if (!S_ISDIR(inode->i_mode)) {
		attr.ia_valid |= ATTR_KILL_SUID | ATTR_KILL_PRIV;
		if ((inode->i_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) || !in_group_p(inode->i_gid))
			attr.ia_valid |= ATTR_KILL_SGID;
	}
	err = notify_change(path->dentry, &attr);
	inode_unlock(inode);
drop_write:
	mnt_drop_write(path->mnt);
	return err;
}

long sys_fchmodat(int dfd, uaddr_t upath, umode_t mode)
{
	struct path path;
	int err = user_path_at(dfd, upath, LOOKUP_FOLLOW, &path);

	if (err)
		return err;
	err = chmod_common(&path, mode);
	path_put(&path);
	return err;
}

long sys_chmod(uaddr_t path, umode_t mode)
{
	return sys_fchmodat(AT_FDCWD, path, mode);
}

long sys_fchmod(unsigned int fd, umode_t mode)
{
	struct fd f = fdget(fd);
	int err;

	if (!f.file)
		return -EBADF;
	err = chmod_common(&f.file->f_path, mode);
	fdput(f);
	return err;
}

long sys_fchownat(int dfd, uaddr_t upath, uid_t uid, gid_t gid, int flags)
{
	struct path path;
	int err;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	err = user_path_at(dfd, upath, lookup_flags_at(flags), &path);
	if (err)
		return err;
	err = chown_common(&path, uid, gid);
	path_put(&path);
	return err;
}

long sys_chown(uaddr_t path, uid_t uid, gid_t gid)
{
	return sys_fchownat(AT_FDCWD, path, uid, gid, 0);
}

long sys_lchown(uaddr_t path, uid_t uid, gid_t gid)
{
	return sys_fchownat(AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW);
}

long sys_fchown(unsigned int fd, uid_t uid, gid_t gid)
{
	struct fd f = fdget(fd);
	int err;

	if (!f.file)
		return -EBADF;
	err = chown_common(&f.file->f_path, uid, gid);
	fdput(f);
	return err;
}

/* --- times --- */

static bool nsec_ok(long nsec)
{
	return nsec == UTIME_OMIT || nsec == UTIME_NOW || (unsigned long)nsec < NSEC_PER_SEC;
}

static int utimes_path(const struct path *path, const struct timespec64 *times)
{
	struct inode *inode = d_inode(path->dentry);
	struct iattr attr = { .ia_valid = ATTR_CTIME | ATTR_MTIME | ATTR_ATIME };
	int err = mnt_want_write(path->mnt);

	if (err)
		return err;
	if (times) {
		if (times[0].tv_nsec == UTIME_OMIT) {
			attr.ia_valid &= ~ATTR_ATIME;
		} else if (times[0].tv_nsec != UTIME_NOW) {
			attr.ia_atime = times[0];
			attr.ia_valid |= ATTR_ATIME_SET;
		}
		if (times[1].tv_nsec == UTIME_OMIT) {
			attr.ia_valid &= ~ATTR_MTIME;
		} else if (times[1].tv_nsec != UTIME_NOW) {
			attr.ia_mtime = times[1];
			attr.ia_valid |= ATTR_MTIME_SET;
		}
		/* one stamp alone needs ownership, like explicit times */
		attr.ia_valid |= ATTR_TIMES_SET;
	} else {
		attr.ia_valid |= ATTR_TOUCH;
	}
	err = inode_lock_killable(inode);
	if (!err) {
		err = notify_change(path->dentry, &attr);
		inode_unlock(inode);
	}
	mnt_drop_write(path->mnt);
	return err;
}

static long utimes_at(int dfd, uaddr_t upath, const struct timespec64 *times, int flags)
{
	struct path path;
	int err;

	if (times && (!nsec_ok(times[0].tv_nsec) || !nsec_ok(times[1].tv_nsec)))
		return -EINVAL;
	if (times && times[0].tv_nsec == UTIME_NOW && times[1].tv_nsec == UTIME_NOW)
		times = NULL;
	if (uaddr_is_null(upath) && dfd != AT_FDCWD) {
		struct fd f;

		if (flags)
			return -EINVAL;
		f = fdget(dfd);
		if (!f.file)
			return -EBADF;
		err = utimes_path(&f.file->f_path, times);
		fdput(f);
		return err;
	}
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	err = user_path_at(dfd, upath, lookup_flags_at(flags), &path);
	if (err)
		return err;
	err = utimes_path(&path, times);
	path_put(&path);
	return err;
}

long sys_utimensat(int dfd, uaddr_t path, uaddr_t utimes, int flags)
{
	struct timespec64 times[2];

	if (uaddr_is_null(utimes))
		return utimes_at(dfd, path, NULL, flags);
	if (get_user_obj(&times, utimes))
		return -EFAULT;
	if (times[0].tv_nsec == UTIME_OMIT && times[1].tv_nsec == UTIME_OMIT)
		return 0;
	return utimes_at(dfd, path, times, flags);
}

static long utimes_usec(int dfd, uaddr_t path, uaddr_t utimes)
{
	struct timespec64 times[2];
	int i;

	if (uaddr_is_null(utimes))
		return utimes_at(dfd, path, NULL, 0);
	if (get_user_obj(&times, utimes))	/* struct timeval has the same two words */
		return -EFAULT;
	for (i = 0; i < 2; i++) {
		if (times[i].tv_nsec < 0 || times[i].tv_nsec >= USEC_PER_SEC)
			return -EINVAL;
		times[i].tv_nsec *= NSEC_PER_USEC;
	}
	return utimes_at(dfd, path, times, 0);
}

long sys_utimes(uaddr_t path, uaddr_t times)
{
	return utimes_usec(AT_FDCWD, path, times);
}

long sys_futimesat(int dfd, uaddr_t path, uaddr_t times)
{
	return utimes_usec(dfd, path, times);
}

long sys_utime(uaddr_t path, uaddr_t utimbuf)
{
	struct timespec64 times[2] = { { 0 } };
	u64 sec[2];

	if (uaddr_is_null(utimbuf))
		return utimes_at(AT_FDCWD, path, NULL, 0);
	if (get_user_obj(&sec, utimbuf))
		return -EFAULT;
	times[0].tv_sec = sec[0];
	times[1].tv_sec = sec[1];
	return utimes_at(AT_FDCWD, path, times, 0);
}

/* --- length --- */

int vfs_truncate(const struct path *path, loff_t length)
{
	struct inode *inode = d_backing_inode(path->dentry);
	int err;

	if (S_ISDIR(inode->i_mode))
		return -EISDIR;
	if (!S_ISREG(inode->i_mode))
		return -EINVAL;
	err = mnt_want_write(path->mnt);
	if (err)
		return err;
	err = inode_permission(inode, MAY_WRITE);
	if (!err && IS_APPEND(inode))
		err = -EPERM;
	if (!err)
		err = get_write_access(inode);
	if (!err) {
		err = do_truncate(path->dentry, length, 0, NULL);
		put_write_access(inode);
	}
	mnt_drop_write(path->mnt);
	return err;
}

long sys_truncate(uaddr_t upath, loff_t length)
{
	struct path path;
	int err;

	if (length < 0)
		return -EINVAL;
	err = user_path_at(AT_FDCWD, upath, LOOKUP_FOLLOW, &path);
	if (err)
		return err;
	err = vfs_truncate(&path, length);
	path_put(&path);
	return err;
}

long sys_ftruncate(unsigned int fd, loff_t length)
{
	struct fd f;
	int err = -EINVAL;

	if (length < 0)
		return -EINVAL;
	f = fdget(fd);
	if (!f.file)
		return -EBADF;
	if (S_ISREG(file_inode(f.file)->i_mode) && (f.file->f_mode & FMODE_WRITE)) {
		err = IS_APPEND(file_inode(f.file)) ? -EPERM : 0;
		if (!err)
			err = do_truncate(f.file->f_path.dentry, length, ATTR_MTIME | ATTR_CTIME, f.file);
	}
	fdput(f);
	return err;
}

static int fallocate_mode_ok(int mode)
{
	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_COLLAPSE_RANGE |
		     FALLOC_FL_ZERO_RANGE | FALLOC_FL_INSERT_RANGE | FALLOC_FL_UNSHARE_RANGE))
		return -EOPNOTSUPP;
	if ((mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) == (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE))
		return -EOPNOTSUPP;
	if ((mode & FALLOC_FL_PUNCH_HOLE) && !(mode & FALLOC_FL_KEEP_SIZE))
		return -EOPNOTSUPP;
	if ((mode & FALLOC_FL_COLLAPSE_RANGE) && (mode & ~FALLOC_FL_COLLAPSE_RANGE))
		return -EINVAL;
	if ((mode & FALLOC_FL_INSERT_RANGE) && (mode & ~FALLOC_FL_INSERT_RANGE))
		return -EINVAL;
	return 0;
}

int vfs_fallocate(struct file *file, int mode, loff_t off, loff_t len)
{
	struct inode *inode = file_inode(file);
	int err;

	if (off < 0 || len <= 0)
		return -EINVAL;
	err = fallocate_mode_ok(mode);
	if (err)
		return err;
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if ((mode & ~FALLOC_FL_KEEP_SIZE) && IS_APPEND(inode))
		return -EPERM;
	if (IS_IMMUTABLE(inode))
		return -EPERM;
	if (S_ISFIFO(inode->i_mode))
		return -ESPIPE;
	if (S_ISDIR(inode->i_mode))
		return -EISDIR;
	if (!S_ISREG(inode->i_mode) && !S_ISBLK(inode->i_mode))
		return -ENODEV;
	if (off > inode->i_sb->s_maxbytes - len)
		return -EFBIG;
	if (!file->f_op->fallocate)
		return -EOPNOTSUPP;
	return file->f_op->fallocate(file, mode, off, len);
}

long sys_fallocate(int fd, int mode, loff_t offset, loff_t len)
{
	struct fd f = fdget(fd);
	int err;

	if (!f.file)
		return -EBADF;
	err = vfs_fallocate(f.file, mode, offset, len);
	fdput(f);
	return err;
}
