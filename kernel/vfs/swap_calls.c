/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * swap_calls.c - swapon(2) and swapoff(2).
 *
 * WHAT        The rules come first, then the file. None of our file systems can tell which blocks of a device a file lies on, and
 *             there are no block devices: no file can carry swap, so the answer to any file that opens is -EINVAL, as it is on
 *             Linux for files of tmpfs, 9p, overlay and FUSE.
 * ERRORS      -EINVAL; -EPERM without CAP_SYS_ADMIN; -EFAULT and what opening the name for reading and writing gives.
 * TESTS       tests/guest/vfs/swap_test.c
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <linux/capability.h>
#include <sched/cred.h>
#include <vfs/file.h>
#include <vfs/vfs_calls.h>
#include "namei_impl.h"

enum { SWAP_FLAG_PRIO_MASK = 0x7fff, SWAP_FLAG_PREFER = 0x8000, SWAP_FLAG_DISCARD_ALL = 0x70000 };
#define SWAP_FLAGS_VALID (SWAP_FLAG_PRIO_MASK | SWAP_FLAG_PREFER | SWAP_FLAG_DISCARD_ALL)

/* Does @path open as swap would have to? What is opened is no swap file in any case. */
static long refuse_file(uaddr_t path)
{
	struct open_how how = build_open_how(O_RDWR | O_LARGEFILE, 0);
	struct open_flags op;
	struct filename *name;
	struct file *file;
	long err = build_open_flags(&how, &op);

	if (err)
		return err;
	name = getname(path);
	if (IS_ERR(name))
		return PTR_ERR(name);
	file = open_filename(AT_FDCWD, name, &op, NULL);
	putname(name);
	if (IS_ERR(file))
		return PTR_ERR(file);
	fput(file);
	return -EINVAL;
}

long sys_swapon(uaddr_t path, int flags)
{
	if (flags & ~SWAP_FLAGS_VALID)
		return -EINVAL;
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	return refuse_file(path);
}

long sys_swapoff(uaddr_t path)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	return refuse_file(path);
}
