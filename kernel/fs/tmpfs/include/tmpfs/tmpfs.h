/* SPDX-License-Identifier: GPL-2.0-only */
/* tmpfs.h - for file systems that are tmpfs under another name (devtmpfs). */
#ifndef TMPFS_TMPFS_H
#define TMPFS_TMPFS_H

struct fs_context;
struct super_block;

/* init_fs_context of such a type; its kill_sb is tmpfs_kill_super(). */
int tmpfs_init_fs_context(struct fs_context *fc);
/* The end of such a superblock, also of one that could not be filled. */
void tmpfs_kill_super(struct super_block *sb);
/* Boot: registers tmpfs and rootfs, mounts the root. */
void tmpfs_init(void);

#endif
