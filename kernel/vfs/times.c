/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * times.c - when a file was read, written, changed.
 *
 * WHAT        The VFS decides whether a stamp moves (noatime, nodiratime, relatime, strictatime) and whether that alone
 *             makes the inode dirty (lazytime: only I_DIRTY_TIME). File systems only store stamps.
 * SEE         shared design: storage-fs, lazytime
 * TESTS       tests/guest/vfs/files_test.c
 */
#include <lib/uabi.h>
#include <time/ktime.h>
#include <vfs/dentry.h>
#include <vfs/file.h>
#include <vfs/inode.h>
#include <vfs/mount.h>
#include <vfs/super.h>
#include "inode_impl.h"

#define RELATIME_AGE_S (24 * 60 * 60)

struct timespec64 current_time(const struct inode *inode)
{
	u32 gran = inode->i_sb->s_time_gran;
	struct timespec64 now;

	ktime_get_coarse_real_ts64(&now);
	if (unlikely(gran > 1))
		now.tv_nsec -= now.tv_nsec % gran;
	return now;
}

static int generic_update_time(struct inode *inode, int flags)
{
	int dirty = I_DIRTY_TIME;

	if (inode->i_op->update_time)
		return inode->i_op->update_time(inode, flags);
	if (!(inode->i_sb->s_flags & SB_LAZYTIME))
		dirty = I_DIRTY_SYNC;
	__mark_inode_dirty(inode, dirty);
	return 0;
}

/* Is the old stamp too new or too young to be replaced (relatime)? */
static bool relatime_keeps(const struct inode *inode, const struct timespec64 *now)
{
	if (timespec64_compare(&inode->i_mtime, &inode->i_atime) >= 0)
		return false;
	if (timespec64_compare(&inode->i_ctime, &inode->i_atime) >= 0)
		return false;
	return now->tv_sec - inode->i_atime.tv_sec < RELATIME_AGE_S;
}

static bool mount_keeps_atime(const struct vfsmount *mnt, const struct inode *inode)
{
	int flags = READ_ONCE(mnt->mnt_flags);
	u32 sb = inode->i_sb->s_flags;

	if ((inode->i_flags & S_NOATIME) || (flags & MNT_NOATIME) || (sb & (SB_RDONLY | SB_NOATIME)))
		return true;
	return S_ISDIR(inode->i_mode) && ((flags & MNT_NODIRATIME) || (sb & SB_NODIRATIME));
}

bool atime_needs_update(const struct path *path, struct inode *inode)
{
	struct timespec64 now;

	if (mount_keeps_atime(path->mnt, inode))
		return false;
	now = current_time(inode);
	if ((path->mnt->mnt_flags & MNT_RELATIME) && relatime_keeps(inode, &now))
		return false;
	return !timespec64_equal(&inode->i_atime, &now);
}

void touch_atime(const struct path *path)
{
	struct inode *inode = d_backing_inode(path->dentry);

	if (!atime_needs_update(path, inode))
		return;
	if (mnt_want_write(path->mnt))
		return;
	inode->i_atime = current_time(inode);
	generic_update_time(inode, S_ATIME);
	mnt_drop_write(path->mnt);
}

void file_accessed(struct file *file)
{
	if (!(file->f_flags & O_NOATIME))
		touch_atime(&file->f_path);
}

int file_update_time(struct file *file)
{
	struct inode *inode = file_inode(file);
	struct timespec64 now;
	int what = 0;

	inode_inc_change(inode);
	if (file->f_mode & FMODE_NOCMTIME)
		return 0;
	now = current_time(inode);
	if (!timespec64_equal(&inode->i_mtime, &now))
		what = S_MTIME;
	if (!timespec64_equal(&inode->i_ctime, &now))
		what |= S_CTIME;
	if (!what)
		return 0;
	inode->i_mtime = inode->i_ctime = now;
	return generic_update_time(inode, what);
}
