/* SPDX-License-Identifier: GPL-2.0-only */
/* inode_impl.h - inodes, super blocks and write-back among themselves. */
#ifndef VFS_INODE_IMPL_H
#define VFS_INODE_IMPL_H

#include <vfs/inode.h>
#include <vfs/super.h>

extern const struct address_space_ops empty_aops;

long nr_inodes(void);
void inode_cache_init(unsigned long nr_pages);
/* Evict all unused inodes of a superblock that is going away. */
void evict_inodes(struct super_block *sb);
unsigned long prune_icache_sb(struct super_block *sb, unsigned long nr);
/* iput() and friends: off the dirty list. i_lock held. */
void inode_io_list_del_locked(struct inode *inode);
/* Write one inode's pages and attributes. */
int write_inode_now(struct inode *inode, bool wait);
int sync_inode_metadata(struct inode *inode, bool wait);
/* Write back all dirty inodes of @sb; @wait also waits for the data. */
int writeback_inodes_sb(struct super_block *sb, bool wait);
void vfs_cache_shrinker_init(void);

/* super.c */
void super_init(void);
static inline void super_get_passive(struct super_block *sb)
{
	refcount_inc(&sb->s_passive);
}
void super_put_passive(struct super_block *sb);

/* All superblocks in turn, those that come or have been killed too, with a passive reference each (the one on @prev is given back). */
struct super_block *super_next(struct super_block *prev);
/*
 * s_umount of @sb for reading, if it is mounted. What is going with something to be written is waited for. False: it comes or has gone, or we
 * are killed while somebody has the lock for long.
 */
bool super_lock_mounted(struct super_block *sb) __must_check;

/* times.c: would touch_atime() change anything? */
bool atime_needs_update(const struct path *path, struct inode *inode);

#endif
