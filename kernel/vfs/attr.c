/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * attr.c - changing attributes: the rules for chmod, chown, utimes, truncate, and the loss of privilege bits.
 *
 * WHAT        notify_change() is the one door: it checks, asks the security hooks, calls ->setattr and moves the
 *             change counter (law 5).
 * LOCKING     The inode's i_rwsem is held exclusively.
 * ERRORS      -EPERM, -EACCES, -EROFS, -EFBIG, -ETXTBSY, -EOVERFLOW.
 * TESTS       tests/guest/vfs/files_test.c
 */
#include <lib/assert.h>
#include <lib/uabi.h>
#include <mm/filemap.h>
#include <sched/cred.h>
#include <security/security.h>
#include <vfs/dentry.h>
#include <vfs/file.h>
#include <vfs/inode.h>
#include <vfs/libfs.h>
#include <vfs/super.h>
#include <vfs/vfs_port.h>
#include <vfs/xattr.h>
#include <linux/resource.h>

static bool may_chown(const struct inode *inode, kuid_t uid)
{
	if (uid_eq(current_fsuid(), inode->i_uid) && uid_eq(uid, inode->i_uid))
		return true;
	return inode_capable(inode, CAP_CHOWN);
}

static bool may_chgrp(const struct inode *inode, kgid_t gid)
{
	if (uid_eq(current_fsuid(), inode->i_uid) && (in_group_p(gid) || gid_eq(gid, inode->i_gid)))
		return true;
	return inode_capable(inode, CAP_CHOWN);
}

/* A set-group-id bit stays only for members of the group. */
static bool may_keep_sgid(const struct inode *inode, kgid_t gid)
{
	return in_group_p(gid) || inode_capable(inode, CAP_FSETID);
}

int inode_newsize_ok(const struct inode *inode, loff_t size)
{
	if (size < 0)
		return -EINVAL;
	if (size <= i_size_read(inode))
		return 0;
	if ((u64)size > vfs_rlimit(RLIMIT_FSIZE)) {
		vfs_send_sigxfsz();
		return -EFBIG;
	}
	return size > inode->i_sb->s_maxbytes ? -EFBIG : 0;
}

int setattr_prepare(struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = d_inode(dentry);
	unsigned int valid = attr->ia_valid;

	if (valid & ATTR_SIZE) {
		int err = inode_newsize_ok(inode, attr->ia_size);

		if (err)
			return err;
	}
	if (valid & ATTR_FORCE)
		return 0;
	if ((valid & ATTR_UID) && !may_chown(inode, attr->ia_uid))
		return -EPERM;
	if ((valid & ATTR_GID) && !may_chgrp(inode, attr->ia_gid))
		return -EPERM;
	if (valid & ATTR_MODE) {
		kgid_t gid = valid & ATTR_GID ? attr->ia_gid : inode->i_gid;

		if (!inode_owner_or_capable(inode))
			return -EPERM;
		if (!may_keep_sgid(inode, gid))
			attr->ia_mode &= ~S_ISGID;
	}
	if ((valid & (ATTR_MTIME_SET | ATTR_ATIME_SET | ATTR_TIMES_SET)) && !inode_owner_or_capable(inode))
		return -EPERM;
	return 0;
}

void setattr_copy(struct inode *inode, const struct iattr *attr)
{
	unsigned int valid = attr->ia_valid;

	if (valid & ATTR_UID)
		inode->i_uid = attr->ia_uid;
	if (valid & ATTR_GID)
		inode->i_gid = attr->ia_gid;
	if (valid & ATTR_ATIME)
		inode->i_atime = attr->ia_atime;
	if (valid & ATTR_MTIME)
		inode->i_mtime = attr->ia_mtime;
	if (valid & ATTR_CTIME)
		inode->i_ctime = attr->ia_ctime;
	if (valid & ATTR_MODE) {
		umode_t mode = attr->ia_mode;

		if (!may_keep_sgid(inode, inode->i_gid))
			mode &= ~S_ISGID;
		inode->i_mode = mode;
	}
}

/* utimes without explicit times needs write permission or ownership. */
static int may_touch(struct inode *inode)
{
	if (IS_IMMUTABLE(inode))
		return -EPERM;
	if (inode_owner_or_capable(inode))
		return 0;
	return inode_permission(inode, MAY_WRITE);
}

/* Turn "drop privileges" wishes into a mode. */
static void apply_kill_bits(struct inode *inode, struct iattr *attr)
{
	umode_t mode = inode->i_mode;

	if (!(attr->ia_valid & (ATTR_KILL_SUID | ATTR_KILL_SGID)))
		return;
	if (attr->ia_valid & ATTR_MODE)
		mode = attr->ia_mode;
	if (attr->ia_valid & ATTR_KILL_SUID)
		mode &= ~S_ISUID;
	if (attr->ia_valid & ATTR_KILL_SGID)
		mode &= ~S_ISGID;
	attr->ia_valid &= ~(ATTR_KILL_SUID | ATTR_KILL_SGID);
	if (mode != inode->i_mode || (attr->ia_valid & ATTR_MODE)) {
		attr->ia_valid |= ATTR_MODE;
		attr->ia_mode = mode;
	}
}

static bool ids_representable(const struct iattr *attr, const struct inode *inode)
{
	struct user_namespace *ns = inode->i_sb->s_user_ns;

	if ((attr->ia_valid & ATTR_UID) && !kuid_has_mapping(ns, attr->ia_uid))
		return false;
	return !(attr->ia_valid & ATTR_GID) || kgid_has_mapping(ns, attr->ia_gid);
}

int notify_change(struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = d_inode(dentry);
	unsigned int valid = attr->ia_valid;
	struct timespec64 now;
	int err;

	if ((valid & (ATTR_MODE | ATTR_UID | ATTR_GID | ATTR_TIMES_SET)) &&
	    (IS_IMMUTABLE(inode) || IS_APPEND(inode)))
		return -EPERM;
	if (valid & ATTR_TOUCH) {
		err = may_touch(inode);
		if (err)
			return err;
	}
	if ((valid & ATTR_MODE) && S_ISLNK(inode->i_mode))
		return -EOPNOTSUPP;
	now = current_time(inode);
	attr->ia_ctime = now;
	if (!(valid & ATTR_ATIME_SET))
		attr->ia_atime = now;
	if (!(valid & ATTR_MTIME_SET))
		attr->ia_mtime = now;
	apply_kill_bits(inode, attr);
	if (!attr->ia_valid)
		return 0;
	if (!ids_representable(attr, inode))
		return -EOVERFLOW;
	err = security_inode_setattr(dentry, attr);
	if (err)
		return err;
	err = inode->i_op->setattr ? inode->i_op->setattr(dentry, attr) : simple_setattr(dentry, attr);
	if (!err)
		inode_inc_change(inode);
	return err;
}

/* --- privilege bits and writes --- */

static unsigned int privs_to_drop(const struct inode *inode)
{
	umode_t mode = inode->i_mode;
	unsigned int kill = 0;

	if (!S_ISREG(mode))
		return 0;
	if (mode & S_ISUID)
		kill = ATTR_KILL_SUID;
	if ((mode & S_ISGID) && (mode & S_IXGRP))
		kill |= ATTR_KILL_SGID;
	else if ((mode & S_ISGID) && !may_keep_sgid(inode, inode->i_gid))
		kill |= ATTR_KILL_SGID;
	return kill && inode_capable(inode, CAP_FSETID) ? 0 : kill;
}

/* With i_rwsem held: the set-id bits and file capabilities go when contents change. */
static int dentry_drop_privs(struct dentry *dentry, unsigned int *kill)
{
	struct inode *inode = d_inode(dentry);

	*kill = privs_to_drop(inode);
	if (__vfs_getxattr(dentry, inode, "security.capability", NULL, 0) > 0)
		return __vfs_removexattr(dentry, "security.capability");
	return 0;
}

int file_remove_privs(struct file *file)
{
	struct dentry *dentry = file_dentry(file);
	struct inode *inode = file_inode(file);
	struct iattr attr = { .ia_valid = 0 };
	unsigned int kill;
	int err;

	if ((inode->i_flags & S_NOSEC) || !S_ISREG(inode->i_mode))
		return 0;
	err = dentry_drop_privs(dentry, &kill);
	if (err)
		return err;
	if (kill) {
		attr.ia_valid = kill | ATTR_FORCE;
		err = notify_change(dentry, &attr);
	}
	if (!err && !(inode->i_mode & (S_ISUID | S_ISGID)))
		inode->i_flags |= S_NOSEC;	/* setattr and setxattr clear it */
	return err;
}

int do_truncate(struct dentry *dentry, loff_t length, unsigned int time_attrs, struct file *file)
{
	struct iattr attr = { .ia_valid = ATTR_SIZE | time_attrs, .ia_size = length, .ia_file = file };
	struct inode *inode = d_inode(dentry);
	unsigned int kill;
	int err;

	if (length < 0)
		return -EINVAL;
	if (file)
		attr.ia_valid |= ATTR_FILE;
	err = inode_lock_killable(inode);
	if (err)
		return err;
	err = inode->i_flags & S_NOSEC ? (kill = 0) : dentry_drop_privs(dentry, &kill);
	if (!err) {
		if (kill)
			attr.ia_valid |= kill | ATTR_FORCE;
		err = notify_change(dentry, &attr);
	}
	inode_unlock(inode);
	return err;
}
