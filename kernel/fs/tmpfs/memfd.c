/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memfd.c - memfd_create: a tmpfs file without a name, on a mount of the kernel's own.
 *
 * WHAT        The file lives as long as somebody has it open or mapped.
 */
#include <lib/assert.h>
#include <lib/err.h>
#include <lib/string.h>
#include <lib/uabi.h>
#include <arch/uaccess.h>
#include <pages/slab.h>
#include <tmpfs/tmpfs_calls.h>
#include <linux/memfd.h>
#include "tmpfs_impl.h"

#define MEMFD_PREFIX	"memfd:"
#define MEMFD_NAME_MAX	(255 - 6)

struct memfd_mount {
	struct vfsmount *mnt;	/* __final */
};
static struct memfd_mount memfd;

void memfd_init(void)
{
	memfd.mnt = kern_mount(get_fs_type("tmpfs", 5));
	KASSERT(!IS_ERR(memfd.mnt));
}

static struct file *memfd_file(const char *name, unsigned int flags)
{
	struct inode *inode = tmpfs_new_inode(memfd.mnt->mnt_sb, NULL, S_IFREG | 0777, 0);
	struct file *file;

	if (IS_ERR(inode))
		return ERR_CAST(inode);
	clear_nlink(inode);
	file = alloc_file_pseudo(inode, memfd.mnt, name, O_RDWR | O_LARGEFILE, &tmpfs_file_fops);
	if (IS_ERR(file)) {
		iput(inode);
		return file;
	}
	file->f_mode |= FMODE_ATOMIC_POS;
	if (flags & MFD_ALLOW_SEALING)
		tmpfs_i(inode)->seals = 0;
	return file;
}

static long install_memfd(const char *name, unsigned int flags)
{
	int fd = get_unused_fd_flags(flags & MFD_CLOEXEC ? O_CLOEXEC : 0);
	struct file *file;

	if (fd < 0)
		return fd;
	file = memfd_file(name, flags);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}

long sys_memfd_create(uaddr_t uname, unsigned int flags)
{
	char *name;
	long len;

	if (flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING))
		return -EINVAL;	/* huge pages too: there are none */
	name = kmalloc(sizeof(MEMFD_PREFIX) + MEMFD_NAME_MAX + 1, GFP_KERNEL);
	if (!name)
		return -ENOMEM;
	memcpy(name, MEMFD_PREFIX, sizeof(MEMFD_PREFIX) - 1);
	len = strncpy_from_user(name + sizeof(MEMFD_PREFIX) - 1, uname, MEMFD_NAME_MAX + 1);
	if (len >= 0)
		len = len > MEMFD_NAME_MAX ? -EINVAL : install_memfd(name, flags);
	kfree(name);
	return len;
}
