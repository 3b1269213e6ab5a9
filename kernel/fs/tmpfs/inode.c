/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inode.c - tmpfs inodes: making, charging, attributes, extended attributes.
 *
 * WHAT        The inode's life and its share of the superblock's limits (tmpfs_impl.h, M1 and M2).
 * LOCKING     i_rwsem for attributes; counters are atomic.
 */
#include <lib/err.h>
#include <lib/string.h>
#include <lib/uabi.h>
#include <mm/filemap.h>
#include <mm/shmem.h>
#include <pages/slab.h>
#include <vfs/namei.h>
#include <linux/fs.h>
#include "tmpfs_impl.h"

struct tmpfs_cache {
	struct kmem_cache *inodes;	/* __final */
};
static struct tmpfs_cache tmpfs_cache;

static const struct object_type inode_type = {
	.name = "tmpfs_inode", .owner = "fs/tmpfs", .id = 0x340, .version = 1,
};

void tmpfs_inode_cache_init(void)
{
	tmpfs_cache.inodes = kmem_cache_create(&inode_type, sizeof(struct tmpfs_inode), 64,
					       SLAB_PANIC | SLAB_RECLAIMABLE);
}

struct inode *tmpfs_alloc_inode(struct super_block *sb)
{
	struct tmpfs_inode *ti = kmem_cache_alloc(tmpfs_cache.inodes, GFP_KERNEL);

	if (!ti)
		return NULL;
	simple_xattrs_init(&ti->xattrs);
	ti->acls = (struct posix_acls){ 0 };
	ti->acl_pages = 0;
	atomic_long_set(&ti->charged, 0);
	ti->seals = F_SEAL_SEAL;
	ti->fs_flags = 0;
	return &ti->vfs_inode;
}

void tmpfs_free_inode(struct inode *inode)
{
	posix_acls_fini(&tmpfs_i(inode)->acls);	/* not earlier: RCU walks may have looked until now */
	if (S_ISLNK(inode->i_mode))
		kfree(inode->i_link);
	kmem_cache_free(tmpfs_cache.inodes, tmpfs_i(inode));
}

/* --- counting --- */

static int charge_pages(struct super_block *sb, long nr)
{
	struct tmpfs_sb *ts = tmpfs_sb(sb);

	if (atomic_long_add_return(nr, &ts->used_pages) <= (long)ts->max_pages || !ts->max_pages)
		return 0;
	atomic_long_sub(nr, &ts->used_pages);
	return -ENOSPC;
}

static int tmpfs_charge(struct address_space *mapping, long nr)
{
	struct inode *inode = mapping->host;
	int err = charge_pages(inode->i_sb, nr);

	if (!err)
		atomic_long_add(nr, &tmpfs_i(inode)->charged);
	return err;
}

static void tmpfs_uncharge(struct address_space *mapping, long nr)
{
	struct inode *inode = mapping->host;

	atomic_long_sub(nr, &tmpfs_i(inode)->charged);
	atomic_long_sub(nr, &tmpfs_sb(inode->i_sb)->used_pages);
}

void tmpfs_settle(struct inode *inode)
{
	struct tmpfs_inode *ti = tmpfs_i(inode);
	long pages = READ_ONCE(inode->i_data.nrpages);
	long extra = atomic_long_xchg(&ti->charged, pages) - pages;

	atomic_long_sub(extra, &tmpfs_sb(inode->i_sb)->used_pages);
}

int tmpfs_reserve_inode(struct super_block *sb)
{
	struct tmpfs_sb *ts = tmpfs_sb(sb);

	if (atomic_long_inc_return(&ts->used_inodes) <= (long)ts->max_inodes || !ts->max_inodes)
		return 0;
	atomic_long_dec(&ts->used_inodes);
	return -ENOSPC;
}

void tmpfs_release_inode(struct super_block *sb)
{
	atomic_long_dec(&tmpfs_sb(sb)->used_inodes);
}

/* --- contents --- */

static int tmpfs_write_begin(struct file *file, struct address_space *mapping, loff_t pos, size_t len,
			     struct folio **foliop)
{
	struct inode *inode = mapping->host;
	u32 seals = tmpfs_i(inode)->seals;

	if (unlikely(seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)))
		return -EPERM;
	if (unlikely((seals & F_SEAL_GROW) && pos + (loff_t)len > i_size_read(inode)))
		return -EPERM;
	return shmem_write_begin(file, mapping, pos, len, foliop);
}

static ssize_t tmpfs_write_end(struct file *file, struct address_space *mapping, loff_t pos, size_t len, size_t copied,
			       struct folio *folio)
{
	struct inode *inode = mapping->host;

	/* the size first: a fault beyond it drops the folio */
	if (pos + (loff_t)copied > i_size_read(inode))
		i_size_write(inode, pos + copied);
	return ram_write_end(file, mapping, pos, len, copied, folio);
}

static loff_t tmpfs_mapping_size(struct address_space *mapping)
{
	return i_size_read(mapping->host);
}

static const struct shmem_ops tmpfs_shmem_ops = {
	.aops = {
		.write_begin = tmpfs_write_begin,
		.write_end = tmpfs_write_end,
		.size = tmpfs_mapping_size,
	},
	.charge = tmpfs_charge,
	.uncharge = tmpfs_uncharge,
};
const struct address_space_ops *const tmpfs_aops = &tmpfs_shmem_ops.aops;

/* --- flags of chattr --- */

#define FS_FLAGS_KEPT	   (FS_IMMUTABLE_FL | FS_APPEND_FL | FS_NODUMP_FL | FS_NOATIME_FL)
#define FS_FLAGS_INHERITED (FS_NODUMP_FL | FS_NOATIME_FL)

/* Keep them and tell the VFS. i_rwsem, or nobody knows the inode yet. */
static void set_fs_flags(struct inode *inode, u32 fs_flags)
{
	u32 flags = inode->i_flags & ~(S_IMMUTABLE | S_APPEND | S_NOATIME);

	flags |= fs_flags & FS_IMMUTABLE_FL ? S_IMMUTABLE : 0;
	flags |= fs_flags & FS_APPEND_FL ? S_APPEND : 0;
	flags |= fs_flags & FS_NOATIME_FL ? S_NOATIME : 0;
	WRITE_ONCE(tmpfs_i(inode)->fs_flags, fs_flags);
	WRITE_ONCE(inode->i_flags, flags);
}

/* --- making and ending --- */

static void set_operations(struct inode *inode, umode_t mode, dev_t dev)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		inode->i_op = &tmpfs_file_iops;
		inode->i_fop = &tmpfs_file_fops;
		inode->i_data.a_ops = tmpfs_aops;
		return;
	case S_IFDIR:
		inode->i_op = &tmpfs_dir_iops;
		inode->i_fop = &simple_dir_operations;
		inode->i_size = 2 * TMPFS_DIRENT_SIZE;
		inode->i_nlink = 2;
		return;
	case S_IFLNK:
		inode->i_op = &tmpfs_symlink_iops;
		return;
	default:
		inode->i_op = &tmpfs_special_iops;
		init_special_inode(inode, mode, dev);
	}
}

struct inode *tmpfs_new_inode(struct super_block *sb, struct inode *dir, umode_t mode, dev_t dev)
{
	struct inode *inode;

	if (tmpfs_reserve_inode(sb))
		return ERR_PTR(-ENOSPC);
	inode = new_inode(sb);
	if (!inode) {
		tmpfs_release_inode(sb);
		return ERR_PTR(-ENOMEM);
	}
	inode_init_owner(inode, dir, mode);
	inode->i_ino = atomic64_inc_return(&tmpfs_sb(sb)->next_ino);
	inode->i_generation = tmpfs_sb(sb)->generation;
	inode->i_flags = S_NOSEC;
	set_fs_flags(inode, dir ? READ_ONCE(tmpfs_i(dir)->fs_flags) & FS_FLAGS_INHERITED : 0);
	inode->i_data.flags |= 1UL << AS_RAM;
	set_operations(inode, inode->i_mode, dev);
	return inode;
}

void tmpfs_evict_inode(struct inode *inode)
{
	if (inode->i_data.nrpages)
		truncate_inode_pages_final(&inode->i_data);
	if (atomic_long_read(&tmpfs_i(inode)->charged))
		tmpfs_settle(inode);
	if (tmpfs_i(inode)->acl_pages)
		atomic_long_sub(tmpfs_i(inode)->acl_pages, &tmpfs_sb(inode->i_sb)->used_pages);
	if (!list_empty(&tmpfs_i(inode)->xattrs.head))
		simple_xattrs_free(&tmpfs_i(inode)->xattrs);
	tmpfs_release_inode(inode->i_sb);
	clear_inode(inode);
}

/* --- attributes --- */

static int change_size(struct inode *inode, loff_t size)
{
	loff_t old = i_size_read(inode);
	u32 seals = tmpfs_i(inode)->seals;

	if ((size < old && (seals & F_SEAL_SHRINK)) || (size > old && (seals & F_SEAL_GROW)))
		return -EPERM;
	if (size != old) {
		i_size_write(inode, size);
		inode->i_mtime = inode->i_ctime = current_time(inode);
	}
	/* Also when the size stays: what FALLOC_FL_KEEP_SIZE made behind the end goes, as on Linux. */
	if (size <= old && inode->i_data.nrpages) {
		truncate_pagecache(&inode->i_data, size);
		tmpfs_settle(inode);
	}
	return 0;
}

int tmpfs_setattr(struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = d_inode(dentry);
	struct posix_acls *acls = &tmpfs_i(inode)->acls;
	int err = setattr_prepare(dentry, attr);
	struct posix_acl *acl = NULL;

	if (!err && (attr->ia_valid & ATTR_MODE)) {
		acl = posix_acls_chmod_prepare(acls, attr->ia_mode);
		err = PTR_ERR_OR_ZERO(acl);
	}
	if (err)
		return err;
	if ((attr->ia_valid & ATTR_SIZE) && S_ISREG(inode->i_mode))
		err = change_size(inode, attr->ia_size);
	if (err) {
		posix_acl_put(acl);
		return err;
	}
	setattr_copy(inode, attr);
	if (attr->ia_valid & ATTR_MODE) {
		posix_acls_chmod_commit(acls, acl);
		inode->i_flags &= ~S_NOSEC;
	}
	return 0;
}

static u64 stat_attributes(u32 fs_flags)
{
	return (fs_flags & FS_APPEND_FL ? STATX_ATTR_APPEND : 0) | (fs_flags & FS_IMMUTABLE_FL ? STATX_ATTR_IMMUTABLE : 0) |
	       (fs_flags & FS_NODUMP_FL ? STATX_ATTR_NODUMP : 0);
}

int tmpfs_getattr(const struct path *path, struct kstat *stat, u32 request_mask, unsigned int query_flags)
{
	struct inode *inode = d_inode(path->dentry);

	generic_fillattr(inode, stat);
	stat->blocks = (u64)READ_ONCE(inode->i_data.nrpages) << 3;
	stat->result_mask |= STATX_BTIME;
	stat->btime = inode->i_btime;
	stat->attributes |= stat_attributes(tmpfs_i(inode)->fs_flags);
	stat->attributes_mask |= STATX_ATTR_APPEND | STATX_ATTR_IMMUTABLE | STATX_ATTR_NODUMP;
	return 0;
}

int tmpfs_fileattr_get(struct dentry *dentry, struct fileattr *fa)
{
	fileattr_from_flags(fa, READ_ONCE(tmpfs_i(d_inode(dentry))->fs_flags));
	return 0;
}

int tmpfs_fileattr_set(struct dentry *dentry, const struct fileattr *fa)
{
	struct inode *inode = d_inode(dentry);

	if (fileattr_has_extended(fa) || (fa->flags & ~FS_FLAGS_KEPT))
		return -EOPNOTSUPP;
	set_fs_flags(inode, fa->flags);
	inode->i_ctime = current_time(inode);
	return 0;
}

/* user.* is refused as by Linux 6.1: anybody who may write here could fill the kernel's memory with it. */
static bool xattr_supported(const char *name)
{
	return str_has_prefix(name, XATTR_TRUSTED_PREFIX) || str_has_prefix(name, XATTR_SECURITY_PREFIX);
}

struct posix_acl *tmpfs_get_acl(struct inode *inode, enum acl_kind kind)
{
	return rcu_dereference(tmpfs_i(inode)->acls.acl[kind]);
}

/* What kind of list @name is, if @inode can have one; or -1. */
static int acl_kind_for(const struct inode *inode, const char *name)
{
	return inode->i_op->get_acl ? posix_acl_kind(name) : -1;
}

/* M3: short lists come with the inode, which is counted. */
static long tmpfs_acl_pages(size_t bytes)
{
	return bytes > TMPFS_ACL_FREE_BYTES ? DIV_ROUND_UP(bytes, PAGE_SIZE) : 0;
}

int tmpfs_inherit_acls(struct inode *dir, struct inode *inode)
{
	struct tmpfs_inode *ti = tmpfs_i(inode);
	int err = posix_acls_init(&ti->acls, dir, inode);
	long pages = err ? 0 : tmpfs_acl_pages(posix_acls_bytes(&ti->acls));

	if (!err && pages)
		err = charge_pages(inode->i_sb, pages);
	if (!err)
		ti->acl_pages = pages;
	return err;
}

/* Charged for both the old and the new list, then for what is there. */
static int tmpfs_set_acl(struct inode *inode, enum acl_kind kind, const void *value, size_t size)
{
	struct tmpfs_inode *ti = tmpfs_i(inode);
	long most = tmpfs_acl_pages(posix_acls_bytes(&ti->acls) + size), extra = max(most - ti->acl_pages, 0L);
	int err = extra ? charge_pages(inode->i_sb, extra) : 0;

	if (err)
		return err;
	err = posix_acls_setxattr(inode, &ti->acls, kind, value, size);
	extra += ti->acl_pages;
	ti->acl_pages = tmpfs_acl_pages(posix_acls_bytes(&ti->acls));
	atomic_long_sub(extra - ti->acl_pages, &tmpfs_sb(inode->i_sb)->used_pages);
	return err;
}

ssize_t tmpfs_getxattr(struct dentry *dentry, struct inode *inode, const char *name, void *value, size_t size)
{
	int kind = acl_kind_for(inode, name);

	if (kind >= 0)
		return posix_acls_getxattr(&tmpfs_i(inode)->acls, kind, value, size);
	if (!xattr_supported(name))
		return -EOPNOTSUPP;
	return simple_xattr_get(&tmpfs_i(inode)->xattrs, name, value, size);
}

int tmpfs_setxattr(struct dentry *dentry, struct inode *inode, const char *name, const void *value, size_t size,
		   int flags)
{
	int kind = acl_kind_for(inode, name), err;

	if (kind >= 0)
		return tmpfs_set_acl(inode, kind, value, size);
	if (!xattr_supported(name))
		return -EOPNOTSUPP;
	err = simple_xattr_set(&tmpfs_i(inode)->xattrs, name, value, size, flags);
	if (!err)
		inode->i_ctime = current_time(inode);
	return err;
}

int tmpfs_removexattr(struct dentry *dentry, const char *name)
{
	struct inode *inode = d_inode(dentry);
	int kind = acl_kind_for(inode, name), err;

	if (kind >= 0)
		return tmpfs_set_acl(inode, kind, NULL, 0);
	if (!xattr_supported(name))
		return -EOPNOTSUPP;
	err = simple_xattr_set(&tmpfs_i(inode)->xattrs, name, NULL, 0, XATTR_REPLACE);
	if (!err)
		inode->i_ctime = current_time(inode);
	return err;
}

ssize_t tmpfs_listxattr(struct dentry *dentry, char *list, size_t size)
{
	struct tmpfs_inode *ti = tmpfs_i(d_inode(dentry));
	ssize_t acls = posix_acls_list(&ti->acls, list, size), others;
	bool has_room = acls >= 0 && size > (size_t)acls;

	if (acls < 0)
		return acls;
	others = has_room ? simple_xattr_list(&ti->xattrs, list + acls, size - acls) : simple_xattr_list(&ti->xattrs, NULL, 0);
	if (others > 0 && size && !has_room)
		return -ERANGE;
	return others < 0 ? others : acls + others;
}

const struct inode_operations tmpfs_file_iops = { TMPFS_ATTR_METHODS, TMPFS_ACL_METHODS, TMPFS_FLAG_METHODS };
const struct inode_operations tmpfs_special_iops = { TMPFS_ATTR_METHODS, TMPFS_ACL_METHODS };
const struct inode_operations tmpfs_symlink_iops = { .get_link = simple_get_link, TMPFS_ATTR_METHODS };
