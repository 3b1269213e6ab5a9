/* SPDX-License-Identifier: GPL-2.0-only */
/* xattr.h - extended attributes: the checked operations, and a store in memory for ram file systems. */
#ifndef VFS_XATTR_H
#define VFS_XATTR_H

#include <lib/list.h>
#include <sync/spinlock.h>
#include <linux/xattr.h>
#include <vfs/types.h>

/* With permission checks and hooks. */
ssize_t vfs_getxattr(struct dentry *dentry, const char *name, void *value, size_t size);
int vfs_setxattr(struct dentry *dentry, const char *name, const void *value, size_t size, int flags);
int vfs_removexattr(struct dentry *dentry, const char *name);
ssize_t vfs_listxattr(struct dentry *dentry, char *list, size_t size);
/* Straight to the file system, for hooks and stacked file systems. */
ssize_t __vfs_getxattr(struct dentry *dentry, struct inode *inode, const char *name, void *value,
		       size_t size);
int __vfs_setxattr(struct dentry *dentry, struct inode *inode, const char *name, const void *value,
		   size_t size, int flags);
int __vfs_removexattr(struct dentry *dentry, const char *name);

/*
 * Is it a system.* attribute? Who may change these is for the file system to say, and one whose server takes the whole VM for one user
 * lets nobody.
 */
bool xattr_is_system(const char *name);

/* Attributes kept in memory. */
struct simple_xattrs {
	struct list_head head;		/* lock */
	struct spinlock lock;		/* rank XATTR */
	size_t bytes;			/* lock: charged */
};
void simple_xattrs_init(struct simple_xattrs *xattrs);
void simple_xattrs_free(struct simple_xattrs *xattrs);
ssize_t simple_xattr_get(struct simple_xattrs *xattrs, const char *name, void *value, size_t size);
/* value NULL removes. flags XATTR_CREATE, XATTR_REPLACE. -ENODATA, -EEXIST, -ENOSPC, -ENOMEM. */
int simple_xattr_set(struct simple_xattrs *xattrs, const char *name, const void *value, size_t size,
		     int flags);
/* Lists what current may see (trusted.* only with CAP_SYS_ADMIN). */
ssize_t simple_xattr_list(struct simple_xattrs *xattrs, char *buf, size_t size);

#endif
