/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mount_reveal.c - what a fresh mount may show to a less privileged mount namespace.
 *
 * WHAT        Who made a user namespace may mount proc and sysfs anew in it. Its mounts may have come with parts of these covered or
 *             read-only by somebody who is more privileged; a fresh mount must not show those. So one of the same type must be
 *             there that shows all, and the new one is as read-only as that.
 * INVARIANTS  V1  A mount shows all when it is of the file system's root and what is mounted on it and locked (MNT_LOCKED) covers
 *                 nothing but directories made to be mounted on (S_EMPTY).
 * LOCKING     mounts.sem for reading: the namespace's list and what is mounted where.
 * TESTS       tests/guest/vfs/mount_change_test.c
 */
#include <lib/errno.h>
#include <sched/user_namespace.h>
#include <vfs/dentry.h>
#include <vfs/inode.h>
#include <vfs/super.h>
#include <vfs/vfs_port.h>
#include "mount_impl.h"

/* V1 */
static bool shows_all(const struct mount *m)
{
	const struct mount *child;

	if (m->mnt.mnt_root != m->mnt.mnt_sb->s_root)
		return false;
	list_for_each_entry(child, &m->mnt_mounts, mnt_child)
		if ((child->mnt.mnt_flags & MNT_LOCKED) && !(d_inode(child->mnt_mountpoint)->i_flags & S_EMPTY))
			return false;
	return true;
}

/* The locks that a new mount inherits from @m, or -1 when @flags are looser than those allow. */
static int locks_kept(const struct mount *m, int flags)
{
	int locks = m->mnt.mnt_flags & (MNT_LOCK_READONLY | MNT_LOCK_ATIME);

	if (sb_rdonly(m->mnt.mnt_sb))
		locks |= MNT_LOCK_READONLY;
	if ((locks & MNT_LOCK_READONLY) && !(flags & MNT_READONLY))
		return -1;
	if ((locks & MNT_LOCK_ATIME) && (flags & MNT_ATIME_MASK) != (m->mnt.mnt_flags & MNT_ATIME_MASK))
		return -1;
	return locks;
}

static int locks_of_visible(const struct mnt_namespace *ns, const struct super_block *sb, int flags)
{
	const struct mount *m;

	list_for_each_entry(m, &ns->list, mnt_list) {
		int locks = m->mnt.mnt_sb->s_type == sb->s_type && shows_all(m) ? locks_kept(m, flags) : -1;

		if (locks >= 0)
			return locks;
	}
	return -1;
}

int mount_check_reveals(const struct super_block *sb, int *flags)
{
	const struct mnt_namespace *ns = current_mnt_ns();
	int locks;

	if (!(sb->s_iflags & SB_I_USERNS_VISIBLE) || ns->user_ns == &init_user_ns)
		return 0;
	down_read(&mounts.sem);
	locks = locks_of_visible(ns, sb, *flags);
	up_read(&mounts.sem);
	if (locks < 0)
		return -EPERM;
	*flags |= locks;
	return 0;
}
