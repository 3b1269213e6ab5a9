/* SPDX-License-Identifier: GPL-2.0-only */
/* anon_inode.h - files without a place: eventfd, epoll, pidfd ... all on one inode ("anon_inode:[eventfd]"). */
#ifndef VFS_ANON_INODE_H
#define VFS_ANON_INODE_H

#include <vfs/file.h>

/* @name like "[eventfd]". @flags: O_RDONLY..., O_NONBLOCK, O_CLOEXEC. The file's private_data is @priv. */
struct file *anon_inode_getfile(const char *name, const struct file_operations *fops, void *priv,
				unsigned int flags);
/* The same with a descriptor; returns its number. */
int anon_inode_getfd(const char *name, const struct file_operations *fops, void *priv,
		     unsigned int flags);
/* A fresh inode on the anonymous file system (sockets, pipes with their own super use their own). */
struct inode *alloc_anon_inode(struct super_block *sb);

#endif
