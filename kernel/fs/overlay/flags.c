/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * flags.c - inode flags (chattr) of overlay objects.
 *
 * WHAT        The upper object's flags are the overlay object's, but for immutable and append-only: an upper object that had these
 *             could be neither linked nor moved by the overlay itself. They are kept in the overlay inode's i_flags, and over
 *             unmounts in the private attribute "protattr" of the upper object: 'a', 'i', or both.
 * INVARIANTS  I1  No upper object gets S_IMMUTABLE or S_APPEND from here. A lower one may have them; its overlay inode has them then.
 * LOCKING     As of attributes: i_rwsem of the overlay inode, then of the layer's.
 * ERRORS      -ENOTTY: the layer has no flags; -EPERM: the upper layer cannot keep protattr; those of copying up.
 * TESTS       tests/guest/vfs/fileattr_test.c
 */
#include <lib/errno.h>
#include <vfs/fileattr.h>
#include <vfs/xattr.h>
#include <linux/fs.h>
#include "overlay_impl.h"

#define OVL_PROTECTED	    (S_IMMUTABLE | S_APPEND)
#define OVL_PROTECTED_FLAGS (FS_IMMUTABLE_FL | FS_APPEND_FL)
#define OVL_PROTECTED_XFLAGS (FS_XFLAG_IMMUTABLE | FS_XFLAG_APPEND)
#define PROTATTR_MAX	    32

static const char *protattr_name(const struct ovl_fs *ofs)
{
	return ofs->config.userxattr ? OVL_USER_PREFIX "protattr" : OVL_XATTR_PREFIX "protattr";
}

/* S_* that the attribute of @upper says; letters after the first unknown one do not count. */
static u32 protattr_read(const struct ovl_fs *ofs, struct dentry *upper)
{
	char text[PROTATTR_MAX];
	ssize_t len = __vfs_getxattr(upper, d_inode(upper), protattr_name(ofs), text, sizeof(text));
	u32 flags = 0;

	for (ssize_t i = 0; i < len; i++) {
		if (text[i] == 'a')
			flags |= S_APPEND;
		else if (text[i] == 'i')
			flags |= S_IMMUTABLE;
		else
			break;
	}
	return flags;
}

/* @upper is locked. Without flags an attribute is taken off if there @may_be one. */
static int protattr_write(const struct ovl_fs *ofs, struct dentry *upper, u32 flags, bool may_be)
{
	char text[2];
	int len = 0, ret;

	if (flags & S_APPEND)
		text[len++] = 'a';
	if (flags & S_IMMUTABLE)
		text[len++] = 'i';
	if (len) {
		ret = __vfs_setxattr(upper, d_inode(upper), protattr_name(ofs), text, len, 0);
		return ret == -EOPNOTSUPP ? -EPERM : ret;
	}
	ret = may_be ? __vfs_removexattr(upper, protattr_name(ofs)) : 0;
	return ret == -EOPNOTSUPP || ret == -ENODATA ? 0 : ret;
}

static void set_i_flags(struct inode *inode, u32 mask, u32 flags)
{
	WRITE_ONCE(inode->i_flags, (inode->i_flags & ~mask) | (flags & mask));
}

void ovl_flags_bind(struct inode *inode)
{
	struct dentry *upper = ovl_inode_upper(inode);
	u32 flags = READ_ONCE(ovl_real_inode(inode)->i_flags);

	if (upper && (S_ISREG(inode->i_mode) || S_ISDIR(inode->i_mode)))
		flags |= protattr_read(ovl_fs(inode->i_sb), upper);
	set_i_flags(inode, OVL_PROTECTED | S_NOATIME, flags);
}

void ovl_flags_copied_up(struct inode *inode, const struct dentry *upper)
{
	set_i_flags(inode, S_NOATIME, READ_ONCE(d_inode(upper)->i_flags));
}

/* Was it asked for by chattr? A share's objects never have their times changed here, and that is not theirs to hand on. */
static bool is_marked_noatime(struct dentry *dentry)
{
	struct fileattr fa;

	return (d_inode(dentry)->i_flags & S_NOATIME) && !vfs_fileattr_get(dentry, &fa) && (fa.flags & FS_NOATIME_FL);
}

int ovl_flags_copy_up(const struct ovl_fs *ofs, struct dentry *from, struct dentry *to)
{
	u32 flags = READ_ONCE(d_inode(from)->i_flags);
	struct fileattr fa;
	int ret = 0;

	if (!(flags & (OVL_PROTECTED | S_NOATIME)) || (!d_is_reg(from) && !d_is_dir(from)))
		return 0;
	if (flags & OVL_PROTECTED) {
		inode_lock(d_inode(to));
		ret = protattr_write(ofs, to, flags, false);
		inode_unlock(d_inode(to));
	}
	if (ret == -EPERM)
		ret = 0; /* the upper layer cannot keep it: it is left behind, as other attributes are */
	if (ret || !is_marked_noatime(from) || vfs_fileattr_get(to, &fa))
		return ret;
	fileattr_from_flags(&fa, fa.flags | FS_NOATIME_FL);
	return vfs_fileattr_set(to, &fa);
}

static int real_get(struct inode *inode, struct fileattr *fa)
{
	const struct cred *old = ovl_override(inode->i_sb);
	struct path real;
	int ret;

	ovl_real_path(inode, inode->i_sb, &real);
	ret = vfs_fileattr_get(real.dentry, fa);
	revert_creds(old);
	return ret == -ENOIOCTLCMD ? -ENOTTY : ret;
}

int ovl_fileattr_get(struct dentry *dentry, struct fileattr *fa)
{
	struct inode *inode = d_inode(dentry);
	int ret = real_get(inode, fa);

	if (ret)
		return ret;
	if (IS_APPEND(inode)) {
		fa->flags |= FS_APPEND_FL;
		fa->xflags |= FS_XFLAG_APPEND;
	}
	if (IS_IMMUTABLE(inode)) {
		fa->flags |= FS_IMMUTABLE_FL;
		fa->xflags |= FS_XFLAG_IMMUTABLE;
	}
	return 0;
}

/* The upper object is there and may be written. */
static int set_upper(struct inode *inode, struct dentry *upper, const struct fileattr *fa)
{
	u32 keep = (fa->flags & FS_APPEND_FL ? S_APPEND : 0) | (fa->flags & FS_IMMUTABLE_FL ? S_IMMUTABLE : 0);
	struct fileattr rest = *fa;
	int ret;

	inode_lock(d_inode(upper));
	ret = protattr_write(ovl_fs(inode->i_sb), upper, keep, inode->i_flags & OVL_PROTECTED);
	inode_unlock(d_inode(upper));
	if (ret)
		return ret;
	set_i_flags(inode, OVL_PROTECTED, keep);
	rest.flags &= ~OVL_PROTECTED_FLAGS; /* I1 */
	rest.xflags &= ~OVL_PROTECTED_XFLAGS;
	ret = vfs_fileattr_set(upper, &rest);
	set_i_flags(inode, S_NOATIME, READ_ONCE(d_inode(upper)->i_flags));
	ovl_copyattr(inode);
	return ret;
}

int ovl_fileattr_set(struct dentry *dentry, const struct fileattr *fa)
{
	struct inode *inode = d_inode(dentry);
	struct ovl_fs *ofs = ovl_fs(dentry->d_sb);
	const struct cred *old;
	int ret = ovl_copy_up(dentry);

	if (!ret)
		ret = mnt_want_write(ofs->upper_mnt);
	if (ret)
		return ret;
	old = ovl_override(dentry->d_sb);
	ret = set_upper(inode, ovl_inode_upper(inode), fa);
	revert_creds(old);
	mnt_drop_write(ofs->upper_mnt);
	return ret == -ENOIOCTLCMD ? -ENOTTY : ret;
}
