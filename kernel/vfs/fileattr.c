/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fileattr.c - inode flags that programs read and set: FS_IOC_GETFLAGS and its three sisters.
 *
 * WHAT        Who may change what is decided here, once; the file system only keeps the word (->fileattr_get, ->fileattr_set) and
 *             says which flags it knows. What the flags do is decided where it is done: permission.c, attr.c, namei_ops.c,
 *             open_flags.c, xattr.c by S_IMMUTABLE and S_APPEND, times.c by S_NOATIME.
 * INVARIANTS  I1  Immutable and append-only change only with CAP_LINUX_IMMUTABLE, whoever owns the inode.
 *             I2  A change counts (law 5).
 * LOCKING     i_rwsem over reading the old word and storing the new one.
 * ERRORS      -ENOIOCTLCMD (the caller makes it -ENOTTY), -EPERM, -EROFS, -EFAULT, -EINVAL, -EOPNOTSUPP from the file system.
 * TESTS       tests/guest/vfs/fileattr_test.c
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <arch/uaccess.h>
#include <sched/cred.h>
#include <sched/user_namespace.h>
#include <vfs/dentry.h>
#include <vfs/file.h>
#include <vfs/fileattr.h>
#include <vfs/inode.h>
#include <vfs/mount.h>
#include <linux/fs.h>
#include "vfs_impl.h"

/* --- two vocabularies --- */

struct flag_pair {
	u32 flag, xflag;
};

static const struct flag_pair flag_pairs[] = {
	{ FS_SYNC_FL, FS_XFLAG_SYNC },
	{ FS_IMMUTABLE_FL, FS_XFLAG_IMMUTABLE },
	{ FS_APPEND_FL, FS_XFLAG_APPEND },
	{ FS_NODUMP_FL, FS_XFLAG_NODUMP },
	{ FS_NOATIME_FL, FS_XFLAG_NOATIME },
	{ FS_DAX_FL, FS_XFLAG_DAX },
	{ FS_PROJINHERIT_FL, FS_XFLAG_PROJINHERIT },
};

#define COMMON_FLAGS                                                                                                   \
	(FS_SYNC_FL | FS_IMMUTABLE_FL | FS_APPEND_FL | FS_NODUMP_FL | FS_NOATIME_FL | FS_DAX_FL | FS_PROJINHERIT_FL)
#define COMMON_XFLAGS                                                                                                  \
	(FS_XFLAG_SYNC | FS_XFLAG_IMMUTABLE | FS_XFLAG_APPEND | FS_XFLAG_NODUMP | FS_XFLAG_NOATIME | FS_XFLAG_DAX |    \
	 FS_XFLAG_PROJINHERIT)

void fileattr_from_flags(struct fileattr *fa, u32 flags)
{
	*fa = (struct fileattr){ .flags = flags };
	for (unsigned int i = 0; i < ARRAY_SIZE(flag_pairs); i++)
		if (flags & flag_pairs[i].flag)
			fa->xflags |= flag_pairs[i].xflag;
}

void fileattr_from_xflags(struct fileattr *fa, u32 xflags)
{
	*fa = (struct fileattr){ .xflags = xflags, .from_xflags = true };
	for (unsigned int i = 0; i < ARRAY_SIZE(flag_pairs); i++)
		if (xflags & flag_pairs[i].xflag)
			fa->flags |= flag_pairs[i].flag;
}

bool fileattr_has_extended(const struct fileattr *fa)
{
	return fa->from_xflags && ((fa->xflags & ~COMMON_XFLAGS) || fa->extsize || fa->projid || fa->cowextsize);
}

/* --- the rules --- */

int vfs_fileattr_get(struct dentry *dentry, struct fileattr *fa)
{
	struct inode *inode = d_inode(dentry);

	return inode->i_op->fileattr_get ? inode->i_op->fileattr_get(dentry, fa) : -ENOIOCTLCMD;
}

/* What the way in could not say stays as it is. */
static void complete(struct fileattr *fa, const struct fileattr *old)
{
	if (fa->from_xflags) {
		fa->flags |= old->flags & ~COMMON_FLAGS;
		return;
	}
	fa->xflags |= old->xflags & ~COMMON_XFLAGS;
	fa->extsize = old->extsize;
	fa->nextents = old->nextents;
	fa->projid = old->projid;
	fa->cowextsize = old->cowextsize;
}

/* Projects belong to the machine's owner; hints of sizes to kinds of inodes. */
static int check_extended(const struct inode *inode, const struct fileattr *old, struct fileattr *fa)
{
	bool is_file = S_ISREG(inode->i_mode), is_dir = S_ISDIR(inode->i_mode);

	if (current_user_ns() != &init_user_ns &&
	    (old->projid != fa->projid || ((old->xflags ^ fa->xflags) & FS_XFLAG_PROJINHERIT)))
		return -EINVAL;
	if (fa->projid == (u32)-1)
		return -EINVAL;
	if (((fa->xflags & FS_XFLAG_EXTSIZE) && !is_file) || ((fa->xflags & FS_XFLAG_EXTSZINHERIT) && !is_dir))
		return -EINVAL;
	if ((fa->xflags & (FS_XFLAG_COWEXTSIZE | FS_XFLAG_DAX)) && !is_file && !is_dir)
		return -EINVAL;
	if (!fa->extsize)
		fa->xflags &= ~(FS_XFLAG_EXTSIZE | FS_XFLAG_EXTSZINHERIT);
	if (!fa->cowextsize)
		fa->xflags &= ~FS_XFLAG_COWEXTSIZE;
	return 0;
}

static int set_locked(struct dentry *dentry, struct fileattr *fa)
{
	struct inode *inode = d_inode(dentry);
	struct fileattr old;
	int err = vfs_fileattr_get(dentry, &old);

	if (err)
		return err;
	complete(fa, &old);
	if (((fa->flags ^ old.flags) & (FS_APPEND_FL | FS_IMMUTABLE_FL)) && !capable(CAP_LINUX_IMMUTABLE))
		return -EPERM;	/* I1 */
	err = check_extended(inode, &old, fa);
	if (!err)
		err = inode->i_op->fileattr_set(dentry, fa);
	if (!err)
		inode_inc_change(inode);	/* I2 */
	return err;
}

int vfs_fileattr_set(struct dentry *dentry, struct fileattr *fa)
{
	struct inode *inode = d_inode(dentry);
	int err;

	if (!inode->i_op->fileattr_set)
		return -ENOIOCTLCMD;
	if (!inode_owner_or_capable(inode))
		return -EPERM;
	err = inode_lock_killable(inode);
	if (err)
		return err;
	err = set_locked(dentry, fa);
	inode_unlock(inode);
	return err;
}

/* --- the ioctls --- */

long ioctl_getflags(struct file *file, uaddr_t arg)
{
	struct fileattr fa;
	int err = vfs_fileattr_get(file->f_path.dentry, &fa);

	return err ? err : put_user_u32(fa.flags, arg);
}

long ioctl_fsgetxattr(struct file *file, uaddr_t arg)
{
	struct fileattr fa;
	int err = vfs_fileattr_get(file->f_path.dentry, &fa);
	struct fsxattr out = { 0 };

	if (err)
		return err;
	out.fsx_xflags = fa.xflags;
	out.fsx_extsize = fa.extsize;
	out.fsx_nextents = fa.nextents;
	out.fsx_projid = fa.projid;
	out.fsx_cowextsize = fa.cowextsize;
	return put_user_obj(&out, arg);
}

static long set_of_file(struct file *file, struct fileattr *fa)
{
	int err = mnt_want_write_file(file);

	if (err)
		return err;
	err = vfs_fileattr_set(file->f_path.dentry, fa);
	mnt_drop_write_file(file);
	return err;
}

long ioctl_setflags(struct file *file, uaddr_t arg)
{
	struct fileattr fa;
	u32 flags;

	if (get_user_u32(arg, &flags))
		return -EFAULT;
	fileattr_from_flags(&fa, flags);
	return set_of_file(file, &fa);
}

long ioctl_fssetxattr(struct file *file, uaddr_t arg)
{
	struct fileattr fa;
	struct fsxattr in;

	if (get_user_obj(&in, arg))
		return -EFAULT;
	fileattr_from_xflags(&fa, in.fsx_xflags);
	fa.extsize = in.fsx_extsize;
	fa.nextents = in.fsx_nextents;
	fa.projid = in.fsx_projid;
	fa.cowextsize = in.fsx_cowextsize;
	return set_of_file(file, &fa);
}
