/* SPDX-License-Identifier: GPL-2.0-only */
/* fileattr.h - inode flags that programs set: chattr(1), lsattr(1). Two vocabularies of one set: FS_*_FL and FS_XFLAG_*. */
#ifndef VFS_FILEATTR_H
#define VFS_FILEATTR_H

#include <vfs/types.h>

/* Both words always agree in what both can say; the rest of either belongs to file systems that know it. */
struct fileattr {
	u32 flags;	/* FS_*_FL */
	u32 xflags;	/* FS_XFLAG_* */
	u32 extsize, nextents, projid, cowextsize;	/* of struct fsxattr */
	bool from_xflags;	/* a change that came as FS_IOC_FSSETXATTR: the rest of flags is kept, else the rest of xflags */
};

void fileattr_from_flags(struct fileattr *fa, u32 flags);
void fileattr_from_xflags(struct fileattr *fa, u32 xflags);
/* Does it say what only FS_IOC_FSSETXATTR can? */
bool fileattr_has_extended(const struct fileattr *fa);

/* What @dentry's inode has. -ENOIOCTLCMD: its file system has no such flags. */
int vfs_fileattr_get(struct dentry *dentry, struct fileattr *fa) __must_check;
/*
 * Change it; the caller has write access to the mount. Takes i_rwsem. @fa is completed from what there is.
 * -EPERM: neither owner nor CAP_FOWNER, or immutable and append-only without CAP_LINUX_IMMUTABLE; -EINVAL, -EOPNOTSUPP, -ENOIOCTLCMD.
 */
int vfs_fileattr_set(struct dentry *dentry, struct fileattr *fa) __must_check;

#endif
