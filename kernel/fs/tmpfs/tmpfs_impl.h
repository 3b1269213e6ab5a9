/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tmpfs_impl.h - a file system in memory.
 *
 * WHAT        Directories are the dentry cache's own (vfs/libfs.h), file contents are a page cache that is never written back
 *             (mm/shmem.h), attributes live in the inode. The superblock bounds pages and inodes.
 * INVARIANTS  M1  sb.used_pages is the sum of the inodes' `charged` and `acl_pages`; charged follows i_data.nrpages: it runs ahead while a page is
 *                 being added and is set right by tmpfs_settle().
 *             M2  sb.used_inodes counts inodes that exist, one for each further link too, as df -i expects.
 *             M3  acl_pages is what the lists of an inode cost (tmpfs_acl_pages()): whoever owns a file may make them long.
 * LOCKING     Directories and sizes: i_rwsem. Counters: atomic.
 */
#ifndef TMPFS_IMPL_H
#define TMPFS_IMPL_H

#include <arch/atomic.h>
#include <vfs/dentry.h>
#include <vfs/file.h>
#include <vfs/fileattr.h>
#include <vfs/inode.h>
#include <vfs/libfs.h>
#include <vfs/mount.h>
#include <vfs/posix_acl.h>
#include <vfs/super.h>
#include <vfs/xattr.h>

#define TMPFS_ACL_FREE_BYTES 512	/* of lists that an inode may have uncharged: 63 entries */
#define TMPFS_DIRENT_SIZE 20	/* what an entry adds to a directory's size, as people know it */

struct tmpfs_sb {
	unsigned long max_pages;	/* 0: no bound; s_umount */
	unsigned long max_inodes;
	atomic_long_t used_pages;
	atomic_long_t used_inodes;
	atomic64_t next_ino;
	u32 generation;			/* __final: of its inodes, drawn at mount (export.c) */
	bool shows_size, shows_inodes;	/* were given: /proc/mounts repeats them */
	umode_t mode;
	kuid_t uid;
	kgid_t gid;
};

struct tmpfs_inode {
	struct inode vfs_inode;
	struct simple_xattrs xattrs;
	struct posix_acls acls;
	long acl_pages;		/* M3; i_rwsem */
	atomic_long_t charged;	/* M1 */
	u32 seals;		/* F_SEAL_*; i_rwsem */
	u32 fs_flags;		/* FS_*_FL of chattr; i_rwsem */
};

static inline struct tmpfs_inode *tmpfs_i(struct inode *inode)
{
	return container_of(inode, struct tmpfs_inode, vfs_inode);
}
static inline struct tmpfs_sb *tmpfs_sb(const struct super_block *sb) { return sb->s_fs_info; }

extern const struct inode_operations tmpfs_dir_iops, tmpfs_file_iops, tmpfs_symlink_iops, tmpfs_special_iops;
extern const struct file_operations tmpfs_file_fops;
extern const struct export_operations tmpfs_export_ops;
extern const struct address_space_ops *const tmpfs_aops;

/* The lists that a fresh inode has from @dir. -ENOMEM, -ENOSPC. */
int tmpfs_inherit_acls(struct inode *dir, struct inode *inode);
void tmpfs_inode_cache_init(void);
struct inode *tmpfs_alloc_inode(struct super_block *sb);
void tmpfs_free_inode(struct inode *inode);
void tmpfs_evict_inode(struct inode *inode);
/* A new inode of @dir's file system. ERR_PTR(-ENOSPC, -ENOMEM). */
struct inode *tmpfs_new_inode(struct super_block *sb, struct inode *dir, umode_t mode, dev_t dev);
/* Make the counters agree with the page cache (M1). */
void tmpfs_settle(struct inode *inode);
int tmpfs_reserve_inode(struct super_block *sb);
void tmpfs_release_inode(struct super_block *sb);
int tmpfs_setattr(struct dentry *dentry, struct iattr *attr);
int tmpfs_getattr(const struct path *path, struct kstat *stat, u32 request_mask, unsigned int query_flags);
ssize_t tmpfs_getxattr(struct dentry *dentry, struct inode *inode, const char *name, void *value, size_t size);
int tmpfs_setxattr(struct dentry *dentry, struct inode *inode, const char *name, const void *value, size_t size,
		   int flags);
int tmpfs_removexattr(struct dentry *dentry, const char *name);
ssize_t tmpfs_listxattr(struct dentry *dentry, char *list, size_t size);
int tmpfs_fileattr_get(struct dentry *dentry, struct fileattr *fa);
int tmpfs_fileattr_set(struct dentry *dentry, const struct fileattr *fa);
struct posix_acl *tmpfs_get_acl(struct inode *inode, enum acl_kind kind);
/* What every kind of inode has; those but symbolic links have TMPFS_ACL_METHODS too, files and directories TMPFS_FLAG_METHODS. */
#define TMPFS_ATTR_METHODS                                                                              \
	.setattr = tmpfs_setattr, .getattr = tmpfs_getattr, .getxattr = tmpfs_getxattr,                 \
	.setxattr = tmpfs_setxattr, .removexattr = tmpfs_removexattr, .listxattr = tmpfs_listxattr
#define TMPFS_FLAG_METHODS .fileattr_get = tmpfs_fileattr_get, .fileattr_set = tmpfs_fileattr_set
#define TMPFS_ACL_METHODS .get_acl = tmpfs_get_acl
long tmpfs_fcntl(struct file *file, unsigned int cmd, unsigned long arg);
void memfd_init(void);

#endif
