/* SPDX-License-Identifier: GPL-2.0-only */
/* init.h - the VFS at boot. */
#ifndef VFS_INIT_H
#define VFS_INIT_H

#include <lib/types.h>

/* Caches, pseudo file systems and the first mount namespace, still empty. */
void vfs_init(void);
/* The first mount, root of init_mnt_ns; root and pwd of init_fs. The type is registered before. */
int __must_check vfs_mount_root(const char *type_name, const char *options);

#endif
