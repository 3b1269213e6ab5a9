/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * protected.c - fs.protected_*: what is refused in directories where everybody may make names.
 *
 * WHAT        In a sticky directory that others may write to (/tmp), a program that opens a name it believes to be its own can be led
 *             to another's object. Four settings refuse that: following another's symbolic link at the end of a path, linking to what
 *             one could not write, opening another's FIFO or file with O_CREAT. Root is bound by all but the second.
 * LOCKING     None. The directory's mode and owner are those that the walk saw when it came to the last component.
 * ERRORS      -EACCES; -EPERM (links); -ECHILD where the walk has to come again with references before it may say so.
 * TESTS       tests/guest/vfs/protected_test.c
 */
#include <lib/uabi.h>
#include <sched/cred.h>
#include <vfs/inode.h>
#include <vfs/namei.h>
#include "namei_impl.h"

/* As Debian's kernel starts. */
struct vfs_protection vfs_protection = { .symlinks = 1, .hardlinks = 1 };

int may_follow_link(const struct nameidata *nd, const struct inode *link)
{
	if (!READ_ONCE(vfs_protection.symlinks) || uid_eq(current_fsuid(), link->i_uid))
		return 0;
	if ((nd->dir_mode & (S_ISVTX | S_IWOTH)) != (S_ISVTX | S_IWOTH))
		return 0;
	if (uid_valid(nd->dir_uid) && uid_eq(nd->dir_uid, link->i_uid))
		return 0;
	return nd->flags & LOOKUP_RCU ? -ECHILD : -EACCES;
}

int may_create_in_sticky(const struct nameidata *nd, const struct inode *inode)
{
	bool is_fifo = S_ISFIFO(inode->i_mode), is_file = S_ISREG(inode->i_mode);
	int fifos = READ_ONCE(vfs_protection.fifos), files = READ_ONCE(vfs_protection.regular);

	if ((is_fifo && !fifos) || (is_file && !files) || likely(!(nd->dir_mode & S_ISVTX)))
		return 0;
	if (uid_eq(inode->i_uid, nd->dir_uid) || uid_eq(inode->i_uid, current_fsuid()))
		return 0;
	if (nd->dir_mode & S_IWOTH)
		return -EACCES;
	if ((nd->dir_mode & S_IWGRP) && ((is_fifo && fifos > 1) || (is_file && files > 1)))
		return -EACCES;
	return 0;
}

/* Could a link to it be of harm: is it no plain file, privileged, or not the caller's to read and write? */
static bool is_unsafe_source(struct inode *inode)
{
	umode_t mode = inode->i_mode;

	if (!S_ISREG(mode) || (mode & S_ISUID) || (mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
		return true;
	return inode_permission(inode, MAY_READ | MAY_WRITE);
}

int may_linkat(struct inode *inode)
{
	if (!uid_valid(inode->i_uid) || !gid_valid(inode->i_gid))
		return -EOVERFLOW;
	if (!READ_ONCE(vfs_protection.hardlinks) || !is_unsafe_source(inode) || inode_owner_or_capable(inode))
		return 0;
	return -EPERM;
}
