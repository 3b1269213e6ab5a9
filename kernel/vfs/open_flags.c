/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * open_flags.c - what open(2)'s and openat2(2)'s flags ask for, and whether an inode may be opened so.
 *
 * WHAT        build_open_flags() turns flags, mode and resolve into what the walk needs, once for every way in; may_open() judges
 *             the inode that the walk found by its type, permissions and attributes.
 * ERRORS      -EINVAL, -EAGAIN (RESOLVE_CACHED with what cannot be cached); -ELOOP, -EISDIR, -EACCES, -EPERM, -ENOENT.
 * TESTS       tests/guest/vfs/names_test.c
 */
#include <lib/assert.h>
#include <lib/err.h>
#include <lib/uabi.h>
#include <sched/cred.h>
#include <vfs/super.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include "namei_impl.h"

#define VALID_OPEN_FLAGS                                                                            \
	(O_RDONLY | O_WRONLY | O_RDWR | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | O_NDELAY |     \
	 O_NONBLOCK | O_SYNC | O_DSYNC | FASYNC | O_DIRECT | O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW |     \
	 O_NOATIME | O_CLOEXEC | O_PATH | O_TMPFILE)
#define VALID_RESOLVE_FLAGS                                                                         \
	(RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH |                \
	 RESOLVE_IN_ROOT | RESOLVE_CACHED)
#define O_PATH_FLAGS (O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC)

/* --- flags --- */

struct open_how build_open_how(int flags, umode_t mode)
{
	struct open_how how = { .flags = flags & VALID_OPEN_FLAGS, .mode = mode & S_IALLUGO };

	if (how.flags & O_PATH)
		how.flags &= O_PATH_FLAGS;
	if (!(how.flags & (O_CREAT | O_TMPFILE_BIT)))
		how.mode = 0;
	return how;
}

static int resolve_to_lookup(u64 resolve, u64 flags, int *lookup)
{
	if (resolve & RESOLVE_NO_XDEV)
		*lookup |= LOOKUP_NO_XDEV;
	if (resolve & RESOLVE_NO_MAGICLINKS)
		*lookup |= LOOKUP_NO_MAGICLINKS;
	if (resolve & RESOLVE_NO_SYMLINKS)
		*lookup |= LOOKUP_NO_SYMLINKS | LOOKUP_NO_MAGICLINKS;
	if (resolve & RESOLVE_BENEATH)
		*lookup |= LOOKUP_BENEATH;
	if (resolve & RESOLVE_IN_ROOT)
		*lookup |= LOOKUP_IN_ROOT;
	if (resolve & RESOLVE_CACHED) {
		if (flags & (O_TRUNC | O_CREAT | O_TMPFILE_BIT))
			return -EAGAIN;
		*lookup |= LOOKUP_CACHED;
	}
	return 0;
}

int build_open_flags(const struct open_how *how, struct open_flags *op)
{
	static_assert(VALID_OPEN_FLAGS <= UINT_MAX, "flags fit");
	u64 flags = how->flags & ~(u64)O_CLOEXEC;
	int lookup = 0, acc_mode = 0;

	if ((how->flags & ~(u64)VALID_OPEN_FLAGS) || (how->resolve & ~(u64)VALID_RESOLVE_FLAGS))
		return -EINVAL;
	if ((how->resolve & RESOLVE_BENEATH) && (how->resolve & RESOLVE_IN_ROOT))
		return -EINVAL;
	if (flags & (O_CREAT | O_TMPFILE_BIT)) {
		if (how->mode & ~(u64)S_IALLUGO)
			return -EINVAL;
		op->mode = how->mode | S_IFREG;
	} else {
		if (how->mode)
			return -EINVAL;
		op->mode = 0;
	}
	if ((flags & (O_DIRECTORY | O_CREAT)) == (O_DIRECTORY | O_CREAT) && !(flags & O_TMPFILE_BIT))
		flags &= ~(u64)O_DIRECTORY;	/* 6.1 ignores it */
	if (flags & O_TMPFILE_BIT) {
		if ((flags & (O_TMPFILE | O_CREAT)) != O_TMPFILE)
			return -EINVAL;
		if (!((flags + 1) & FMODE_WRITE))
			return -EINVAL;
	}
	if (flags & O_PATH) {
		if (flags & ~(u64)O_PATH_FLAGS)
			return -EINVAL;
	} else {
		acc_mode = "\004\002\006\006"[flags & O_ACCMODE];
	}
	if (flags & __O_SYNC)
		flags |= O_DSYNC;
	if (flags & O_TRUNC)
		acc_mode |= MAY_WRITE;
	if (flags & O_APPEND)
		acc_mode |= MAY_APPEND;
	op->open_flag = flags;
	op->acc_mode = acc_mode;
	op->intent = flags & O_PATH ? 0 : LOOKUP_OPEN;
	if (flags & O_CREAT) {
		op->intent |= LOOKUP_CREATE;
		if (flags & O_EXCL) {
			op->intent |= LOOKUP_EXCL;
			flags |= O_NOFOLLOW;
		}
	}
	if (flags & O_DIRECTORY)
		lookup |= LOOKUP_DIRECTORY;
	if (!(flags & O_NOFOLLOW))
		lookup |= LOOKUP_FOLLOW;
	if (how->resolve) {
		int err = resolve_to_lookup(how->resolve, flags, &lookup);

		if (err)
			return err;
	}
	op->lookup_flags = lookup;
	return 0;
}

/* --- may it be opened so? --- */

static int may_open_type(const struct path *path, const struct inode *inode, int acc_mode, int *flag)
{
	switch (inode->i_mode & S_IFMT) {
	case S_IFLNK:
		return -ELOOP;
	case S_IFDIR:
		if (acc_mode & MAY_WRITE)
			return -EISDIR;
		return acc_mode & MAY_EXEC ? -EACCES : 0;
	case S_IFBLK:
	case S_IFCHR:
		if ((path->mnt->mnt_flags & MNT_NODEV) || (path->mnt->mnt_sb->s_iflags & SB_I_NODEV))
			return -EACCES;
		fallthrough;
	case S_IFIFO:
	case S_IFSOCK:
		if (acc_mode & MAY_EXEC)
			return -EACCES;
		*flag &= ~O_TRUNC;
		return 0;
	case S_IFREG:
		return (acc_mode & MAY_EXEC) && path_noexec(path) ? -EACCES : 0;
	default:
		return 0;
	}
}

int may_open(const struct path *path, int acc_mode, int *flag)
{
	struct inode *inode = d_backing_inode(path->dentry);
	int err;

	if (!inode)
		return -ENOENT;
	err = may_open_type(path, inode, acc_mode, flag);
	if (err)
		return err;
	err = inode_permission(inode, MAY_OPEN | acc_mode);
	if (err)
		return err;
	if (IS_APPEND(inode)) {
		if ((*flag & O_ACCMODE) != O_RDONLY && !(*flag & O_APPEND))
			return -EPERM;
		if (*flag & O_TRUNC)
			return -EPERM;
	}
	if ((*flag & O_NOATIME) && !inode_owner_or_capable(inode))
		return -EPERM;
	return 0;
}
