/* SPDX-License-Identifier: GPL-2.0-only */
/* splice.h - moving bytes between files inside the kernel; the pipe side is in pipe.h. */
#ifndef VFS_SPLICE_H
#define VFS_SPLICE_H

#include <vfs/types.h>

/* Copy through kernel pages, as sendfile and copy_file_range fall back to. Bytes or -errno. */
ssize_t do_copy_direct(struct file *in, loff_t *ppos, struct file *out, loff_t *opos, size_t len,
		       unsigned int flags);
/* The splice_read of files that are no source for splice and sendfile: -EINVAL. */
struct pipe_inode_info;
ssize_t splice_read_none(struct file *in, loff_t *pos, struct pipe_inode_info *pipe, size_t len, unsigned int flags);
ssize_t vfs_copy_file_range(struct file *in, loff_t pos_in, struct file *out, loff_t pos_out,
			    size_t len, unsigned int flags);

#endif
