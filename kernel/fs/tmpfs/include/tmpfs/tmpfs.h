/* SPDX-License-Identifier: GPL-2.0-only */
/* tmpfs.h - for file systems that are tmpfs under another name (devtmpfs). */
#ifndef TMPFS_TMPFS_H
#define TMPFS_TMPFS_H

struct fs_context;

/* init_fs_context of such a type; its kill_sb is kill_litter_super(). */
int tmpfs_init_fs_context(struct fs_context *fc);
/* Boot: registers tmpfs and rootfs, mounts the root. */
void tmpfs_init(void);

#endif
