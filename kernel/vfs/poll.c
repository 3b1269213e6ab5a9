/* SPDX-License-Identifier: GPL-2.0-only */
/* poll.c - asking a file what is ready. */
#include <vfs/file.h>
#include <vfs/poll.h>

bool file_can_poll(const struct file *file)
{
	return file->f_op->poll;
}

u32 vfs_poll(struct file *file, struct poll_table *pt)
{
	if (unlikely(!file->f_op->poll))
		return DEFAULT_POLLMASK;
	return file->f_op->poll(file, pt);
}
