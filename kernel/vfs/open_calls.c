/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * open_calls.c - the open family of system calls.
 *
 * WHAT        A descriptor is reserved, the name is opened, the descriptor gets the file.
 * ERRORS      As open(2) and openat2(2).
 * TESTS       tests/guest/vfs/names_test.c
 */
#include <lib/err.h>
#include <lib/string.h>
#include <lib/uabi.h>
#include <arch/uaccess.h>
#include <sched/cred.h>
#include <vfs/file.h>
#include <vfs/vfs_calls.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include "namei_impl.h"
#include "vfs_impl.h"

static long open_at(int dfd, uaddr_t path, const struct open_how *how)
{
	struct filename *name;
	struct open_flags op;
	struct file *file;
	int fd, err = build_open_flags(how, &op);

	if (err)
		return err;
	name = getname(path);
	if (IS_ERR(name))
		return PTR_ERR(name);
	fd = get_unused_fd_flags(how->flags);
	if (fd < 0)
		goto put_name;
	file = open_filename(dfd, name, &op, NULL);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		fd = PTR_ERR(file);
	} else {
		fd_install(fd, file);
	}
put_name:
	putname(name);
	return fd;
}

long sys_openat(int dfd, uaddr_t path, int flags, umode_t mode)
{
	struct open_how how = build_open_how(flags | O_LARGEFILE, mode);

	return open_at(dfd, path, &how);
}

long sys_open(uaddr_t path, int flags, umode_t mode)
{
	return sys_openat(AT_FDCWD, path, flags, mode);
}

long sys_creat(uaddr_t path, umode_t mode)
{
	return sys_openat(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

/* A user structure that may be older (shorter) or newer (longer, the rest zero) than ours. */
int copy_struct_from_user_size(void *dst, size_t ksize, uaddr_t src, size_t usize)
{
	size_t common = min(ksize, usize), i;

	for (i = ksize; i < usize; i++) {
		u8 byte;

		if (get_user_u8(uaddr_add(src, i), &byte))
			return -EFAULT;
		if (byte)
			return -E2BIG;
	}
	memset(dst, 0, ksize);
	return copy_from_user(dst, src, common) ? -EFAULT : 0;
}

long sys_openat2(int dfd, uaddr_t path, uaddr_t uhow, size_t size)
{
	struct open_how how;
	int err;

	if (size < 24)
		return -EINVAL;
	if (size > 4096)
		return -E2BIG;
	err = copy_struct_from_user_size(&how, sizeof(how), uhow, size);
	if (err)
		return err;
	if (!(how.flags & O_PATH))
		how.flags |= O_LARGEFILE;
	return open_at(dfd, path, &how);
}
