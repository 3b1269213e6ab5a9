/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * permission.c - may the current task do this to this inode?
 *
 * WHAT        Mode bits, or the access control list, against fsuid, fsgid and groups; CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH and CAP_FOWNER where the
 *             inode's owner is mapped in the caller's user namespace.
 * ERRORS      -EACCES, -EPERM (immutable), -EROFS.
 * TESTS       tests/guest/vfs/files_test.c, tests/guest/vfs/acl_test.c
 */
#include <lib/uabi.h>
#include <sched/cred.h>
#include <vfs/inode.h>
#include <vfs/super.h>

bool inode_capable(const struct inode *inode, int cap)
{
	struct user_namespace *ns = current_user_ns();

	return kuid_has_mapping(ns, inode->i_uid) && kgid_has_mapping(ns, inode->i_gid) &&
	       ns_capable(ns, cap);
}

bool inode_owner_or_capable(const struct inode *inode)
{
	return uid_eq(inode->i_uid, current_fsuid()) || inode_capable(inode, CAP_FOWNER);
}

/* The three bits of the mode that count for the caller, or the list; 0: allowed. */
static int mode_allows(struct inode *inode, int mask)
{
	unsigned int mode = inode->i_mode;

	if (uid_eq(current_fsuid(), inode->i_uid)) {
		mode >>= 6;
		return mask & ~mode & 7 ? -EACCES : 0;
	}
	/* group bits are the list's mask: where they are all off, Linux asks the mode alone */
	if (inode->i_op->get_acl && (mode & S_IRWXG)) {
		int err = posix_acl_permission(inode, mask);

		if (err != -EAGAIN)
			return err;
	}
	if (((mode >> 3) ^ mode) & mask && in_group_p(inode->i_gid))
		mode >>= 3;
	return mask & ~mode & 7 ? -EACCES : 0;
}

int generic_permission(struct inode *inode, int mask)
{
	int err = mode_allows(inode, mask & (MAY_READ | MAY_WRITE | MAY_EXEC));

	if (err != -EACCES)
		return err;
	if (S_ISDIR(inode->i_mode)) {
		if (!(mask & MAY_WRITE) && inode_capable(inode, CAP_DAC_READ_SEARCH))
			return 0;
		return inode_capable(inode, CAP_DAC_OVERRIDE) ? 0 : -EACCES;
	}
	mask &= MAY_READ | MAY_WRITE | MAY_EXEC;
	if (mask == MAY_READ && inode_capable(inode, CAP_DAC_READ_SEARCH))
		return 0;
	/* executing needs at least one x bit, whoever asks */
	if ((!(mask & MAY_EXEC) || (inode->i_mode & S_IXUGO)) && inode_capable(inode, CAP_DAC_OVERRIDE))
		return 0;
	return -EACCES;
}

static int write_permission(const struct inode *inode)
{
	umode_t mode = inode->i_mode;

	if (sb_rdonly(inode->i_sb) && (S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode)))
		return -EROFS;
	return IS_IMMUTABLE(inode) ? -EPERM : 0;
}

int inode_permission(struct inode *inode, int mask)
{
	if (mask & MAY_WRITE) {
		int err = write_permission(inode);

		if (err)
			return err;
	}
	if (likely(inode->i_opflags & IOP_FASTPERM) || !inode->i_op->permission)
		return generic_permission(inode, mask);
	return inode->i_op->permission(inode, mask);
}
