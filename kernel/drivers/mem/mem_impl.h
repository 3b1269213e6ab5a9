/* SPDX-License-Identifier: GPL-2.0-only */
/* mem_impl.h - the devices, for the table that registers them. */
#ifndef MEM_MEM_IMPL_H
#define MEM_MEM_IMPL_H

#include <vfs/file.h>

extern const struct file_operations random_fops, urandom_fops, kmsg_fops;

#endif
