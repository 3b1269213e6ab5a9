/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libfs.h - parts for file systems that live in the dentry cache (devpts, sysfs
 * like trees, tmpfs) and for pseudo file systems (pipes, sockets).
 */
#ifndef VFS_LIBFS_H
#define VFS_LIBFS_H

#include <vfs/dentry.h>
#include <vfs/file.h>
#include <vfs/inode.h>
#include <vfs/super.h>

/*
 * Directories whose entries are exactly the pinned children in the dcache.
 * A child gets a position that never changes while it exists (stable readdir).
 */
struct dentry *simple_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags);
int simple_link(struct dentry *old, struct inode *dir, struct dentry *dentry);
int simple_unlink(struct inode *dir, struct dentry *dentry);
int simple_rmdir(struct inode *dir, struct dentry *dentry);
int simple_rename(struct inode *old_dir, struct dentry *old, struct inode *new_dir,
		  struct dentry *new, unsigned int flags);
int simple_rename_exchange(struct inode *old_dir, struct dentry *old, struct inode *new_dir,
			   struct dentry *new);
bool simple_empty(struct dentry *dentry);
int simple_setattr(struct dentry *dentry, struct iattr *attr);
int simple_getattr(const struct path *path, struct kstat *stat, u32 request_mask,
		   unsigned int query_flags);
/* Kernel users: remove a pinned child (unlink or rmdir) and drop the pin. Takes the parent's lock. */
void simple_remove(struct dentry *dentry);
/* The dentry plus one reference: pinned. */
void d_make_persistent(struct dentry *dentry, struct inode *inode);

int dcache_dir_open(struct inode *inode, struct file *file);
void dcache_dir_close(struct inode *inode, struct file *file);
loff_t dcache_dir_lseek(struct file *file, loff_t off, int whence);
int dcache_readdir(struct file *file, struct dir_context *ctx);
extern const struct file_operations simple_dir_operations;
extern const struct inode_operations simple_dir_inode_operations;
extern const struct dentry_operations simple_dentry_operations;
bool always_delete_dentry(const struct dentry *dentry);

/* Pseudo file systems: fc helper for kern_mount() types. */
struct pseudo_fs {
	const struct super_operations *ops;
	const struct dentry_operations *dops;
	u64 magic;
};
/* init_fs_context of a pseudo type. */
int init_pseudo(struct fs_context *fc, const struct pseudo_fs *pseudo);

/* alloc_inode and free_inode of ram file systems that add nothing to struct inode. */
struct inode *simple_alloc_inode(struct super_block *sb);
void simple_free_inode(struct inode *inode);

/* read/write of small kernel buffers */
ssize_t simple_read_from_buffer(struct iter *to, loff_t *pos, const void *from, size_t available);
ssize_t simple_write_to_buffer(void *to, size_t available, loff_t *pos, struct iter *from);

/* No-op methods */
int noop_fsync(struct file *file, loff_t start, loff_t end, bool datasync);
int simple_open(struct inode *inode, struct file *file);	/* private_data = i_private */

#endif
