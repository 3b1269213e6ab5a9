/* SPDX-License-Identifier: GPL-2.0-only */
/* tmpfs_calls.h - the system call that this folder handles. */
#ifndef TMPFS_TMPFS_CALLS_H
#define TMPFS_TMPFS_CALLS_H

#include <lib/types.h>

long sys_memfd_create(uaddr_t name, unsigned int flags);

#endif
