/* SPDX-License-Identifier: GPL-2.0-only */
/* devtmpfs.h - boot's way in. */
#ifndef DEVTMPFS_DEVTMPFS_H
#define DEVTMPFS_DEVTMPFS_H

/* Registers the type, makes the one instance, and follows device registrations from now on. */
void devtmpfs_init(void);

#endif
