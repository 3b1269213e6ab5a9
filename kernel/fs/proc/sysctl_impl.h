/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sysctl_impl.h - kinds of rows of /proc/sys. A row's data says where its number lies and between which bounds; the number
 * belongs to the folder that obeys it.
 */
#pragma once

#include "proc_impl.h"

struct sysctl_int {
	int *value;
	int min, max;
};

struct sysctl_ulong {
	unsigned long *value;
	unsigned long min, max;
};

extern const struct proc_node_ops sysctl_int_ops, sysctl_admin_int_ops, sysctl_ulong_ops, sysctl_text_ops;
/* The whole of @buf as one number between @min and @max. -EINVAL. */
int sysctl_parse_int(char *buf, int min, int max, int *value);
/* One to @nr numbers with blanks between: how many there were, or -EINVAL. */
int sysctl_parse_ints(char *buf, int *values, int nr);

#define SYSCTL_INT(name_, ptr, min_, max_) \
	{ .name = name_, .mode = S_IFREG | 0644, .ops = &sysctl_int_ops, .data = &(const struct sysctl_int){ ptr, min_, max_ } }
/* Only who administers the machine changes it, whoever opened the file. */
#define SYSCTL_ADMIN_INT(name_, ptr, min_, max_) \
	{ .name = name_, .mode = S_IFREG | 0644, .ops = &sysctl_admin_int_ops, .data = &(const struct sysctl_int){ ptr, min_, max_ } }
#define SYSCTL_ULONG(name_, ptr, min_, max_) \
	{ .name = name_, .mode = S_IFREG | 0644, .ops = &sysctl_ulong_ops, .data = &(const struct sysctl_ulong){ ptr, min_, max_ } }
#define SYSCTL_FACT(name_, text) { .name = name_, .mode = S_IFREG | 0444, .ops = &sysctl_text_ops, .data = text }

/* sysctl_fs.c, sysctl_kernel.c, sysctl_vm.c, sysctl_log.c */
extern const struct proc_node sysctl_fs_rows[], sysctl_kernel_rows[], sysctl_vm_rows[];
extern const struct proc_node_ops sysctl_printk_ops, sysctl_devkmsg_ops;
