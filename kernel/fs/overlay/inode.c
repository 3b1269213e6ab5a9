/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inode.c - attributes of overlay objects: those of the layer object, under a number of our own.
 *
 * WHAT        What a program sees of an object (owner, mode, times, size, links) is copied from the layer object into
 *             the overlay inode after each operation that may change it; a change is made on the upper object, copied
 *             up first if need be. Extended attributes of the overlay's own are hidden.
 * INVARIANTS  I1  One overlay inode for each layer object: found by the top object's own inode (hard links share), except merged
 *                 directories, which are never linked twice.
 *             I2  st_dev is the overlay's and st_ino is set when the inode is made, so copying up changes neither while it lives.
 *             I3  Before anything is changed there is an upper object.
 * LOCKING     The VFS's i_rwsem of the overlay inode, then that of the layer inode (one stacking depth less).
 * ERRORS      Those of the layers; -EROFS without an upper layer.
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <pages/slab.h>
#include <vfs/namei.h>
#include <vfs/posix_acl.h>
#include <vfs/xattr.h>
#include "overlay_impl.h"

void ovl_real_path(struct inode *inode, const struct super_block *sb, struct path *real)
{
	struct dentry *upper = ovl_inode_upper(inode);

	if (upper)
		*real = (struct path){ ovl_fs(sb)->upper_mnt, upper };
	else
		*real = (struct path){ ovl_inode(inode)->lower.mnt, ovl_inode(inode)->lower.dentry };
}

void ovl_copyattr(struct inode *inode)
{
	const struct inode *real = ovl_real_inode(inode);

	inode->i_uid = real->i_uid;
	inode->i_gid = real->i_gid;
	inode->i_mode = real->i_mode;
	inode->i_atime = real->i_atime;
	inode->i_mtime = real->i_mtime;
	inode->i_ctime = real->i_ctime;
	i_size_write(inode, i_size_read(real));
	if (!S_ISDIR(inode->i_mode))
		set_nlink(inode, real->i_nlink);
}

static void ovl_set_ops(struct inode *inode, umode_t mode, dev_t rdev)
{
	if (S_ISDIR(mode)) {
		inode->i_op = &ovl_dir_iops;
		inode->i_fop = &ovl_dir_fops;
		set_nlink(inode, 1);
	} else if (S_ISLNK(mode)) {
		inode->i_op = &ovl_symlink_iops;
	} else {
		inode->i_op = S_ISREG(mode) ? &ovl_file_iops : &ovl_special_iops;
		if (S_ISREG(mode))
			inode->i_fop = &ovl_file_fops;
		else
			init_special_inode(inode, mode, rdev);
	}
}

void ovl_inode_bind(struct inode *inode, struct dentry *upper, const struct ovl_path *lower)
{
	struct inode *real;

	if (lower)
		ovl_inode(inode)->lower = (struct ovl_path){ lower->mnt, dget(lower->dentry) };
	smp_store_release(&ovl_inode(inode)->upper, upper);
	real = ovl_real_inode(inode);
	inode->i_mode = real->i_mode;
	inode->i_ino = lower ? d_inode(lower->dentry)->i_ino : real->i_ino; /* I2 */
	if (real->i_flags & S_UNSEEN)
		inode->i_flags |= S_UNSEEN;
	ovl_set_ops(inode, real->i_mode, real->i_rdev);
	ovl_copyattr(inode);
	ovl_flags_bind(inode);
}

static bool ovl_iget_test(struct inode *inode, const void *key)
{
	struct dentry *upper = ovl_inode_upper(inode);
	struct dentry *top = upper ? upper : ovl_inode(inode)->lower.dentry;

	return top && d_inode(top) == key;
}

static int ovl_iget_set(struct inode *inode, const void *key)
{
	return 0;
}

static const struct iget_ops ovl_iget_ops = { .test = ovl_iget_test, .set = ovl_iget_set };

struct inode *ovl_get_inode(struct super_block *sb, struct dentry *upper, const struct ovl_entry *entry)
{
	const struct ovl_path *lower = entry && entry->nr_lower ? &entry->lower[0] : NULL;
	struct inode *top = d_inode(upper ? upper : lower->dentry), *inode;

	if (S_ISDIR(top->i_mode)) {
		inode = new_inode(sb);
		if (inode)
			inode->i_state |= I_NEW;
	} else {
		inode = iget5_locked(sb, (u64)top, &ovl_iget_ops, top); /* I1 */
	}
	if (!inode) {
		dput(upper);
		return ERR_PTR(-ENOMEM);
	}
	if (!(inode->i_state & I_NEW)) {
		dput(upper);
		return inode;
	}
	ovl_inode_bind(inode, upper, lower);
	unlock_new_inode(inode);
	return inode;
}

/* --- attributes ---------------------------------------------------------------------------------------- */

static int ovl_getattr(const struct path *path, struct kstat *stat, u32 request_mask, unsigned int query_flags)
{
	struct inode *inode = d_inode(path->dentry);
	const struct cred *old = ovl_override(inode->i_sb);
	struct path real;
	int ret;

	ovl_real_path(inode, inode->i_sb, &real);
	ret = vfs_getattr(&real, stat, request_mask, query_flags);
	revert_creds(old);
	if (ret)
		return ret;
	stat->dev = inode->i_sb->s_dev; /* I2 */
	stat->ino = inode->i_ino;
	if (S_ISDIR(inode->i_mode) && ovl_entry(path->dentry)->nr_lower)
		stat->nlink = 1; /* subdirectories of several layers are not counted */
	else if (!S_ISDIR(inode->i_mode))
		stat->nlink = inode->i_nlink;
	stat->attributes |= (IS_IMMUTABLE(inode) ? STATX_ATTR_IMMUTABLE : 0) | (IS_APPEND(inode) ? STATX_ATTR_APPEND : 0);
	stat->attributes_mask |= STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND;
	return 0;
}

static int ovl_setattr(struct dentry *dentry, struct iattr *attr)
{
	struct super_block *sb = dentry->d_sb;
	struct inode *inode = d_inode(dentry);
	struct iattr real_attr = *attr;
	const struct cred *old;
	struct dentry *upper;
	int ret = setattr_prepare(dentry, attr);

	if (ret)
		return ret;
	ret = (attr->ia_valid & ATTR_SIZE) && !attr->ia_size ? ovl_copy_up_truncate(dentry) : ovl_copy_up(dentry); /* I3 */
	if (ret)
		return ret;
	upper = ovl_inode_upper(inode);
	ret = mnt_want_write(ovl_fs(sb)->upper_mnt);
	if (ret)
		return ret;
	real_attr.ia_valid &= ~(ATTR_FILE | ATTR_OPEN);
	old = ovl_override(sb);
	inode_lock(d_inode(upper));
	ret = notify_change(upper, &real_attr);
	inode_unlock(d_inode(upper));
	revert_creds(old);
	mnt_drop_write(ovl_fs(sb)->upper_mnt);
	if (!ret)
		ovl_copyattr(inode);
	return ret;
}

/* The layer object's list is the overlay object's. */
static struct posix_acl *ovl_get_acl(struct inode *inode, enum acl_kind kind)
{
	struct dentry *upper = ovl_inode_upper(inode), *top = upper ? upper : ovl_inode(inode)->lower.dentry;
	struct inode *real = top ? READ_ONCE(top->d_inode) : NULL;

	if (!real)
		return ERR_PTR(-ECHILD);	/* an RCU walk found an inode that was just let go */
	return real->i_op->get_acl ? real->i_op->get_acl(real, kind) : NULL;
}

/* The visible object's mode and list decide; then the layer must let the mounter do it. */
static int ovl_permission(struct inode *inode, int mask)
{
	struct inode *real;
	const struct cred *old;
	int ret;

	if (mask & MAY_NOT_BLOCK)
		return generic_permission(inode, mask);
	ret = generic_permission(inode, mask);
	if (ret)
		return ret;
	real = ovl_real_inode(inode);
	if (!ovl_inode_upper(inode) && !S_ISLNK(inode->i_mode) && (mask & (MAY_WRITE | MAY_APPEND))) {
		mask &= ~(MAY_WRITE | MAY_APPEND); /* it will be written in the upper layer, after copying up */
		mask |= MAY_READ;
	}
	old = ovl_override(inode->i_sb);
	ret = inode_permission(real, mask);
	revert_creds(old);
	return ret;
}

static const char *ovl_get_link(struct dentry *dentry, struct inode *inode, struct delayed_call *done)
{
	const struct cred *old;
	const char *target;
	struct path real;

	if (!dentry)
		return ERR_PTR(-ECHILD);
	ovl_real_path(inode, inode->i_sb, &real);
	old = ovl_override(inode->i_sb);
	target = vfs_get_link(real.dentry, done);
	revert_creds(old);
	return target;
}

/* --- extended attributes ------------------------------------------------------------------------------- */

/* Compact a list of names by the overlay's own ones. */
static ssize_t ovl_hide_xattrs(const struct ovl_fs *ofs, char *list, ssize_t len)
{
	char *from = list, *to = list, *end = list + len;

	while (from < end) {
		size_t n = strnlen(from, end - from) + 1;

		if (!ovl_is_private_xattr(ofs, from)) {
			memmove(to, from, n);
			to += n;
		}
		from += n;
	}
	return to - list;
}

static ssize_t ovl_listxattr(struct dentry *dentry, char *list, size_t size)
{
	const struct cred *old = ovl_override(dentry->d_sb);
	struct path real;
	ssize_t ret;

	ovl_real_path(d_inode(dentry), dentry->d_sb, &real);
	ret = vfs_listxattr(real.dentry, list, size);
	revert_creds(old);
	return ret > 0 && size ? ovl_hide_xattrs(ovl_fs(dentry->d_sb), list, ret) : ret;
}

static ssize_t ovl_getxattr(struct dentry *dentry, struct inode *inode, const char *name, void *value, size_t size)
{
	const struct cred *old;
	struct path real;
	ssize_t ret;

	if (ovl_is_private_xattr(ovl_fs(inode->i_sb), name))
		return -EOPNOTSUPP;
	ovl_real_path(inode, inode->i_sb, &real);
	old = ovl_override(inode->i_sb);
	ret = __vfs_getxattr(real.dentry, d_inode(real.dentry), name, value, size);
	revert_creds(old);
	return ret;
}

/* @value NULL removes. */
static int ovl_change_xattr(struct dentry *dentry, const char *name, const void *value, size_t size, int flags)
{
	struct ovl_fs *ofs = ovl_fs(dentry->d_sb);
	const struct cred *old;
	struct dentry *upper;
	int ret;

	if (ovl_is_private_xattr(ofs, name))
		return -EPERM;
	ret = ovl_copy_up(dentry);
	if (ret)
		return ret;
	upper = ovl_upper(dentry);
	ret = mnt_want_write(ofs->upper_mnt);
	if (ret)
		return ret;
	old = ovl_override(dentry->d_sb);
	inode_lock(d_inode(upper));
	ret = value ? __vfs_setxattr(upper, d_inode(upper), name, value, size, flags) : __vfs_removexattr(upper, name);
	inode_unlock(d_inode(upper));
	revert_creds(old);
	mnt_drop_write(ofs->upper_mnt);
	ovl_copyattr(d_inode(dentry));
	return ret;
}

/* A list is checked here, as the upper object's is set with the mounter's rights. 1: there is nothing to do. */
static int ovl_check_acl(struct dentry *dentry, enum acl_kind kind, const void *value, size_t size)
{
	struct iattr attr = { .ia_valid = ATTR_KILL_SGID };
	struct ovl_fs *ofs = ovl_fs(dentry->d_sb);
	struct inode *inode = d_inode(dentry);
	int ret;

	if (S_ISLNK(inode->i_mode) || !ofs->workdir || !d_inode(ofs->workdir)->i_op->get_acl)
		return -EOPNOTSUPP;
	ret = posix_acl_check_xattr(inode, kind, value, size);
	if (ret)
		return ret;
	if (kind != ACL_OF_OBJECT || !(inode->i_mode & S_ISGID) || in_group_p(inode->i_gid) || inode_capable(inode, CAP_FSETID))
		return 0;
	return ovl_setattr(dentry, &attr);
}

static int ovl_setxattr(struct dentry *dentry, struct inode *inode, const char *name, const void *value, size_t size,
			int flags)
{
	int kind = posix_acl_kind(name);
	int ret = kind >= 0 ? ovl_check_acl(dentry, kind, value, size) : 0;

	return ret ? min(ret, 0) : ovl_change_xattr(dentry, name, value ? value : "", size, flags);
}

static int ovl_removexattr(struct dentry *dentry, const char *name)
{
	int kind = posix_acl_kind(name);
	int ret = kind >= 0 ? ovl_check_acl(dentry, kind, NULL, 0) : 0;

	return ret ? min(ret, 0) : ovl_change_xattr(dentry, name, NULL, 0, 0);
}

/* Access times live in the upper object; a read-only layer keeps its own. */
static int ovl_update_time(struct inode *inode, int flags)
{
	struct dentry *upper = ovl_inode_upper(inode);
	struct path real;

	if (!upper || !(flags & S_ATIME))
		return 0;
	real = (struct path){ ovl_fs(inode->i_sb)->upper_mnt, upper };
	touch_atime(&real);
	inode->i_atime = d_inode(upper)->i_atime;
	return 0;
}

#define OVL_COMMON_IOPS                                                                                                \
	.permission = ovl_permission, .getattr = ovl_getattr, .setattr = ovl_setattr, .listxattr = ovl_listxattr,      \
	.getxattr = ovl_getxattr, .setxattr = ovl_setxattr, .removexattr = ovl_removexattr,                            \
	.update_time = ovl_update_time

#define OVL_FLAG_IOPS .fileattr_get = ovl_fileattr_get, .fileattr_set = ovl_fileattr_set

const struct inode_operations ovl_file_iops = { OVL_COMMON_IOPS, OVL_FLAG_IOPS, .get_acl = ovl_get_acl };

const struct inode_operations ovl_special_iops = { OVL_COMMON_IOPS, .get_acl = ovl_get_acl };

const struct inode_operations ovl_symlink_iops = { OVL_COMMON_IOPS, .get_link = ovl_get_link };

const struct inode_operations ovl_dir_iops = {
	OVL_COMMON_IOPS,
	OVL_FLAG_IOPS,
	.get_acl = ovl_get_acl,
	.lookup = ovl_lookup,
	.create = ovl_create,
	.link = ovl_link,
	.unlink = ovl_unlink,
	.symlink = ovl_symlink,
	.mkdir = ovl_mkdir,
	.rmdir = ovl_rmdir,
	.mknod = ovl_mknod,
	.rename = ovl_rename,
};
