/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfs_limits.h - how many of the VFS's objects there are and may be: what /proc/sys/fs shows and sets.
 *
 * Each limit is one word that whoever makes such an object reads once.
 */
#pragma once

#include <lib/types.h>

#define NR_OPEN_MIN 64
#define NR_OPEN_MAX 2147483584 /* a multiple of a word's bits below INT_MAX */

struct vfs_limits {
	int mount_max;			    /* mounts of one namespace: -ENOSPC */
	int nr_open;			    /* descriptors of one process: -EMFILE */
	int pipe_max_size;		    /* bytes of a pipe, without CAP_SYS_RESOURCE */
	unsigned long pipe_user_pages_soft; /* pages of one user's pipes; above it a new pipe is small; 0: no limit */
	unsigned long pipe_user_pages_hard; /* above it there is none */
	unsigned long epoll_max_user_watches; /* of one user: -ENOSPC */
};
extern struct vfs_limits vfs_limits;

struct vfs_counts {
	long nr_dentries, nr_unused_dentries, nr_negative_dentries; /* negative: of the unused ones */
	long nr_inodes, nr_unused_inodes;
};
void vfs_read_counts(struct vfs_counts *counts);

/* Open files, and how many there may be without CAP_SYS_ADMIN (-ENFILE). */
long nr_open_files(void);
unsigned long file_max(void);
void set_file_max(unsigned long max);
