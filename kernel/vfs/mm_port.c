/* SPDX-License-Identifier: GPL-2.0-only */
/* mm_port.c - what mm asks of open files (mm/mm_port.h). */
#include <lib/err.h>
#include <lib/uabi.h>
#include <mm/mm_port.h>
#include <mm/mm_types.h>
#include <linux/falloc.h>
#include <linux/mman.h>
#include <vfs/file.h>
#include <vfs/inode.h>
#include <vfs/mount.h>
#include <vfs/super.h>

struct file *vfs_file_get(struct file *file)
{
	return get_file(file);
}

void vfs_file_put(struct file *file)
{
	fput(file);
}

struct file *vfs_file_from_fd(int fd)
{
	return fget(fd);
}

struct address_space *vfs_file_mapping(struct file *file)
{
	return file->f_mapping;
}

int vfs_mmap_check(struct file *file, unsigned long prot, bool shared, unsigned long *may)
{
	*may = VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;
	if (shared) {
		if ((prot & PROT_WRITE) && !(file->f_mode & FMODE_WRITE))
			return -EACCES;
		if (IS_APPEND(file_inode(file)) && (file->f_mode & FMODE_WRITE))
			return -EACCES;
		if (!(file->f_mode & FMODE_WRITE))
			*may &= ~VM_MAYWRITE;
	}
	if (!(file->f_mode & FMODE_READ))
		return -EACCES;
	if (path_noexec(&file->f_path)) {
		if (prot & PROT_EXEC)
			return -EPERM;
		*may &= ~VM_MAYEXEC;
	}
	return file->f_op->mmap ? 0 : -ENODEV;
}

int vfs_mmap_file(struct file *file, struct vma *vma)
{
	return file->f_op->mmap(file, vma);
}

unsigned long vfs_file_unmapped_area(struct file *file, unsigned long addr, unsigned long len, unsigned long pgoff)
{
	if (!file->f_op->get_unmapped_area)
		return 0;
	return file->f_op->get_unmapped_area(file, addr, len, pgoff, 0);
}

int vfs_file_mkwrite(struct file *file)
{
	return file_update_time(file);
}

int vfs_punch_hole(struct file *file, loff_t start, loff_t len)
{
	return vfs_fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, start, len);
}

bool vfs_may_mincore(struct file *file)
{
	struct inode *inode = file_inode(file);

	return inode_owner_or_capable(inode) || !inode_permission(inode, MAY_WRITE);
}
