/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stat.c - what an object is: stat, statx, statfs in their wire forms.
 *
 * WHAT        vfs_getattr() asks the file system; put_stat() and put_statx() translate ids and device numbers for the caller.
 * LOCKING     s_umount shared for ustat.
 * TESTS       tests/guest/vfs/files_test.c
 */
#include <lib/err.h>
#include <lib/string.h>
#include <lib/uabi.h>
#include <arch/uaccess.h>
#include <sched/cred.h>
#include <vfs/dentry.h>
#include <vfs/inode.h>
#include <vfs/super.h>
#include <vfs/vfs_calls.h>
#include <asm/statfs.h>
#include "inode_impl.h"
#include "mount_impl.h"
#include "namei_impl.h"
#include "vfs_impl.h"

void generic_fillattr(struct inode *inode, struct kstat *stat)
{
	stat->dev = inode->i_sb->s_dev;
	stat->ino = inode->i_ino;
	stat->mode = inode->i_mode;
	stat->nlink = inode->i_nlink;
	stat->uid = inode->i_uid;
	stat->gid = inode->i_gid;
	stat->rdev = inode->i_rdev;
	stat->size = i_size_read(inode);
	stat->atime = inode->i_atime;
	stat->mtime = inode->i_mtime;
	stat->ctime = inode->i_ctime;
	stat->blksize = 1U << inode->i_blkbits;
	stat->blocks = inode->i_blocks;
	stat->change_cookie = inode_change_count(inode);
}

int vfs_getattr(const struct path *path, struct kstat *stat, u32 request_mask, unsigned int query_flags)
{
	struct inode *inode = d_backing_inode(path->dentry);

	stat->result_mask = STATX_BASIC_STATS;
	stat->attributes = 0;
	stat->attributes_mask = STATX_ATTR_AUTOMOUNT | STATX_ATTR_MOUNT_ROOT;
	stat->btime = (struct timespec64){ 0, 0 };
	stat->mnt_id = real_mount(path->mnt)->mnt_id;
	if (inode->i_op->getattr)
		return inode->i_op->getattr(path, stat, request_mask, query_flags);
	generic_fillattr(inode, stat);
	return 0;
}

static int put_stat(const struct kstat *stat, uaddr_t buf)
{
	struct user_namespace *ns = current_user_ns();
	struct stat st = {
		.st_dev = new_encode_dev(stat->dev),
		.st_ino = stat->ino,
		.st_nlink = stat->nlink,
		.st_mode = stat->mode,
		.st_uid = from_kuid_munged(ns, stat->uid),
		.st_gid = from_kgid_munged(ns, stat->gid),
		.st_rdev = new_encode_dev(stat->rdev),
		.st_size = stat->size,
		.st_blksize = stat->blksize,
		.st_blocks = stat->blocks,
		.st_atime = stat->atime.tv_sec,
		.st_atime_nsec = stat->atime.tv_nsec,
		.st_mtime = stat->mtime.tv_sec,
		.st_mtime_nsec = stat->mtime.tv_nsec,
		.st_ctime = stat->ctime.tv_sec,
		.st_ctime_nsec = stat->ctime.tv_nsec,
	};

	return put_user_obj(&st, buf);
}

static int stat_path(int dfd, uaddr_t upath, unsigned int lookup, unsigned int query, u32 mask, struct kstat *stat)
{
	struct path path;
	int err = user_path_at(dfd, upath, lookup, &path);

	if (err)
		return err;
	err = vfs_getattr(&path, stat, mask, query);
	if (path.mnt->mnt_root == path.dentry)
		stat->attributes |= STATX_ATTR_MOUNT_ROOT;
	path_put(&path);
	return err;
}

static int stat_fd(unsigned int fd, unsigned int query, u32 mask, struct kstat *stat)
{
	struct fd f = fdget_raw(fd);
	int err;

	if (!f.file)
		return -EBADF;
	err = vfs_getattr(&f.file->f_path, stat, mask, query);
	if (f.file->f_path.mnt->mnt_root == f.file->f_path.dentry)
		stat->attributes |= STATX_ATTR_MOUNT_ROOT;
	fdput(f);
	return err;
}

static long stat_and_put(int dfd, uaddr_t path, uaddr_t buf, unsigned int lookup, unsigned int query)
{
	struct kstat stat;
	int err = stat_path(dfd, path, lookup, query, STATX_BASIC_STATS, &stat);

	return err ? err : put_stat(&stat, buf);
}

long sys_stat(uaddr_t path, uaddr_t buf)
{
	return stat_and_put(AT_FDCWD, path, buf, LOOKUP_FOLLOW, 0);
}

long sys_lstat(uaddr_t path, uaddr_t buf)
{
	return stat_and_put(AT_FDCWD, path, buf, 0, 0);
}

long sys_fstat(unsigned int fd, uaddr_t buf)
{
	struct kstat stat;
	int err = stat_fd(fd, 0, STATX_BASIC_STATS, &stat);

	return err ? err : put_stat(&stat, buf);
}

static bool is_empty_string(uaddr_t path)
{
	u8 first;

	return uaddr_is_null(path) || (!get_user_u8(path, &first) && !first);
}

static unsigned int lookup_from_at(int flags)
{
	return (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) | (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
}

long sys_newfstatat(int dfd, uaddr_t path, uaddr_t buf, int flags)
{
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE))
		return -EINVAL;
	/* fstat as new C libraries call it */
	if ((flags & AT_EMPTY_PATH) && dfd >= 0 && !uaddr_is_null(path) && is_empty_string(path))
		return sys_fstat(dfd, buf);
	return stat_and_put(dfd, path, buf, lookup_from_at(flags), flags & AT_STATX_SYNC_TYPE);
}

static struct statx_timestamp statx_time(const struct timespec64 *ts)
{
	return (struct statx_timestamp){ .tv_sec = ts->tv_sec, .tv_nsec = ts->tv_nsec };
}

static int put_statx(const struct kstat *stat, uaddr_t buf)
{
	struct user_namespace *ns = current_user_ns();
	struct statx st = {
		.stx_mask = (stat->result_mask | STATX_MNT_ID),
		.stx_blksize = stat->blksize,
		.stx_attributes = stat->attributes,
		.stx_nlink = stat->nlink,
		.stx_uid = from_kuid_munged(ns, stat->uid),
		.stx_gid = from_kgid_munged(ns, stat->gid),
		.stx_mode = stat->mode,
		.stx_ino = stat->ino,
		.stx_size = stat->size,
		.stx_blocks = stat->blocks,
		.stx_attributes_mask = stat->attributes_mask,
		.stx_atime = statx_time(&stat->atime),
		.stx_btime = statx_time(&stat->btime),
		.stx_ctime = statx_time(&stat->ctime),
		.stx_mtime = statx_time(&stat->mtime),
		.stx_rdev_major = MAJOR(stat->rdev),
		.stx_rdev_minor = MINOR(stat->rdev),
		.stx_dev_major = MAJOR(stat->dev),
		.stx_dev_minor = MINOR(stat->dev),
		.stx_mnt_id = stat->mnt_id,
	};

	return put_user_obj(&st, buf);
}

long sys_statx(int dfd, uaddr_t path, unsigned int flags, unsigned int mask, uaddr_t buf)
{
	struct kstat stat;
	int err;

	if (mask & STATX__RESERVED)
		return -EINVAL;
	if ((flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
		return -EINVAL;
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE))
		return -EINVAL;
	if ((flags & AT_EMPTY_PATH) && dfd >= 0 && !uaddr_is_null(path) && is_empty_string(path))
		err = stat_fd(dfd, flags & AT_STATX_SYNC_TYPE, mask, &stat);
	else
		err = stat_path(dfd, path, lookup_from_at(flags), flags & AT_STATX_SYNC_TYPE, mask, &stat);
	return err ? err : put_statx(&stat, buf);
}

/* --- statfs --- */

#define ST_VALID	0x0020
#define ST_RDONLY	0x0001
#define ST_NOSUID	0x0002
#define ST_NODEV	0x0004
#define ST_NOEXEC	0x0008
#define ST_SYNCHRONOUS	0x0010
#define ST_MANDLOCK	0x0040
#define ST_NOATIME	0x0400
#define ST_NODIRATIME	0x0800
#define ST_RELATIME	0x1000
#define ST_NOSYMFOLLOW	0x2000

struct st_flag {
	u32 from;
	u32 to;
};

static long statfs_flags(const struct vfsmount *mnt)
{
	const struct st_flag mnt_map[] = {
		{ MNT_READONLY, ST_RDONLY }, { MNT_NOSUID, ST_NOSUID }, { MNT_NODEV, ST_NODEV },
		{ MNT_NOEXEC, ST_NOEXEC }, { MNT_NOATIME, ST_NOATIME }, { MNT_NODIRATIME, ST_NODIRATIME },
		{ MNT_RELATIME, ST_RELATIME }, { MNT_NOSYMFOLLOW, ST_NOSYMFOLLOW },
	};
	long flags = ST_VALID;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mnt_map); i++) {
		if (mnt->mnt_flags & mnt_map[i].from)
			flags |= mnt_map[i].to;
	}
	if (mnt->mnt_sb->s_flags & SB_RDONLY)
		flags |= ST_RDONLY;
	if (mnt->mnt_sb->s_flags & SB_SYNCHRONOUS)
		flags |= ST_SYNCHRONOUS;
	return flags;
}

static int statfs_by_dentry(struct dentry *dentry, struct kstatfs *st)
{
	const struct super_operations *op = dentry->d_sb->s_op;

	memset(st, 0, sizeof(*st));
	if (!op->statfs)
		return -ENOSYS;
	return op->statfs(dentry, st);
}

int vfs_statfs(const struct path *path, struct kstatfs *st)
{
	int err = statfs_by_dentry(path->dentry, st);

	if (err)
		return err;
	if (!st->f_frsize)
		st->f_frsize = st->f_bsize;
	st->f_flags = statfs_flags(path->mnt);
	return 0;
}

static int put_statfs(const struct kstatfs *st, uaddr_t buf)
{
	struct statfs out = {
		.f_type = st->f_type, .f_bsize = st->f_bsize, .f_blocks = st->f_blocks, .f_bfree = st->f_bfree,
		.f_bavail = st->f_bavail, .f_files = st->f_files, .f_ffree = st->f_ffree,
		.f_fsid = { { (int)st->f_fsid, (int)(st->f_fsid >> 32) } },
		.f_namelen = st->f_namelen, .f_frsize = st->f_frsize, .f_flags = st->f_flags,
	};

	return put_user_obj(&out, buf);
}

long sys_statfs(uaddr_t upath, uaddr_t buf)
{
	struct kstatfs st;
	struct path path;
	int err = user_path_at(AT_FDCWD, upath, LOOKUP_FOLLOW, &path);

	if (err)
		return err;
	err = vfs_statfs(&path, &st);
	path_put(&path);
	return err ? err : put_statfs(&st, buf);
}

long sys_fstatfs(unsigned int fd, uaddr_t buf)
{
	struct fd f = fdget_raw(fd);
	struct kstatfs st;
	int err;

	if (!f.file)
		return -EBADF;
	err = vfs_statfs(&f.file->f_path, &st);
	fdput(f);
	return err ? err : put_statfs(&st, buf);
}

struct ustat_wire {
	s32 f_tfree;
	u32 pad;
	u64 f_tinode;
	char f_fname[6];
	char f_fpack[6];
};
ASSERT_SIZE(struct ustat_wire, 32);

long sys_ustat(unsigned int dev, uaddr_t buf)
{
	struct ustat_wire out = { 0 };
	struct super_block *sb;
	struct kstatfs st;
	int err = -EINVAL;

	for (sb = super_next(NULL); sb; sb = super_next(sb)) {
		if (sb->s_dev != new_decode_dev(dev) || err != -EINVAL)
			continue;
		if (!super_lock_mounted(sb))
			continue;
		err = statfs_by_dentry(sb->s_root, &st);
		up_read(&sb->s_umount);
	}
	if (err)
		return err;
	out.f_tfree = st.f_bfree;
	out.f_tinode = st.f_ffree;
	return put_user_obj(&out, buf);
}

static long fs_index(uaddr_t uname)
{
	struct filename *name = getname(uname);
	struct file_system_type *fs;
	long index, found = -EINVAL;

	if (IS_ERR(name))
		return PTR_ERR(name);
	for (index = 0; (fs = fs_type_at(index)); index++) {
		if (streq(fs->name, name->name))
			found = index;
	}
	putname(name);
	return found;
}

long sys_sysfs(int option, unsigned long arg1, unsigned long arg2)
{
	struct file_system_type *fs;
	long n;

	switch (option) {
	case 1:
		return fs_index(uaddr(arg1));
	case 2:
		fs = fs_type_at(arg1);
		if (!fs)
			return -EINVAL;
		return copy_to_user(uaddr(arg2), fs->name, strlen(fs->name) + 1) ? -EFAULT : 0;
	case 3:
		for (n = 0; fs_type_at(n); n++)
			;
		return n;
	default:
		return -EINVAL;
	}
}
