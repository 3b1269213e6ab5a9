/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sysctl_fs.c - /proc/sys/fs.
 *
 * WHAT        How many files, inodes and names there are and may be, pipes, epoll. The limits are obeyed in vfs/.
 *
 * TESTS       tests/guest/proc/sysctl_test.c
 */
#include <lib/errno.h>
#include <lib/kstrtox.h>
#include <lib/string.h>
#include <process/report.h>
#include <vfs/namei.h>
#include <vfs/vfs_limits.h>
#include "sysctl_impl.h"

#define PIPE_SIZE_LIMIT (1ul << 30)

/* --- counts -------------------------------------------------------------------------------------------- */

static int file_nr_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%ld\t0\t%lu\n", nr_open_files(), file_max());
	return 0;
}
PROC_SHOW_OPS(file_nr_show);

static int file_max_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%lu\n", file_max());
	return 0;
}

static int file_max_write(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	unsigned long max;

	if (kstrtoul(strim(buf), 0, &max) || max > LONG_MAX)
		return -EINVAL;
	set_file_max(max);
	return 0;
}
static const struct proc_node_ops file_max_ops = { .show = file_max_show, .write = file_max_write };

static int inode_nr_show(struct seq_file *m, struct task *task)
{
	struct vfs_counts counts;

	vfs_read_counts(&counts);
	seq_printf(m, "%ld\t%ld\n", counts.nr_inodes, counts.nr_unused_inodes);
	return 0;
}
PROC_SHOW_OPS(inode_nr_show);

/* Five numbers behind the two that nobody counts any more, on Linux either. */
static int inode_state_show(struct seq_file *m, struct task *task)
{
	struct vfs_counts counts;

	vfs_read_counts(&counts);
	seq_printf(m, "%ld\t%ld\t0\t0\t0\t0\t0\n", counts.nr_inodes, counts.nr_unused_inodes);
	return 0;
}
PROC_SHOW_OPS(inode_state_show);

/* The third and fourth number mean nothing: an age of 45 seconds and pages that are wanted. */
static int dentry_state_show(struct seq_file *m, struct task *task)
{
	struct vfs_counts counts;

	vfs_read_counts(&counts);
	seq_printf(m, "%ld\t%ld\t45\t0\t%ld\t0\n", counts.nr_dentries, counts.nr_unused_dentries, counts.nr_negative_dentries);
	return 0;
}
PROC_SHOW_OPS(dentry_state_show);

/* --- limits -------------------------------------------------------------------------------------------- */

static int pipe_max_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%d\n", READ_ONCE(vfs_limits.pipe_max_size));
	return 0;
}

/* Pipes have a power of two of pages. */
static int pipe_max_write(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	unsigned long bytes, size = PAGE_SIZE;

	if (kstrtoul(strim(buf), 0, &bytes) || bytes > PIPE_SIZE_LIMIT)
		return -EINVAL;
	while (size < bytes)
		size *= 2;
	WRITE_ONCE(vfs_limits.pipe_max_size, (int)size);
	return 0;
}
static const struct proc_node_ops pipe_max_ops = { .show = pipe_max_show, .write = pipe_max_write };

static const struct proc_node epoll_rows[] = {
	SYSCTL_ULONG("max_user_watches", &vfs_limits.epoll_max_user_watches, 0, LONG_MAX),
	{ 0 },
};

const struct proc_node sysctl_fs_rows[] = {
	PROC_FILE("dentry-state", 0444, dentry_state_show_ops),
	PROC_DIR("epoll", 0555, epoll_rows),
	PROC_FILE("file-max", 0644, file_max_ops),
	PROC_FILE("file-nr", 0444, file_nr_show_ops),
	PROC_FILE("inode-nr", 0444, inode_nr_show_ops),
	PROC_FILE("inode-state", 0444, inode_state_show_ops),
	SYSCTL_INT("mount-max", &vfs_limits.mount_max, 1, INT_MAX),
	SYSCTL_INT("nr_open", &vfs_limits.nr_open, NR_OPEN_MIN, NR_OPEN_MAX),
	PROC_FILE("pipe-max-size", 0644, pipe_max_ops),
	SYSCTL_ULONG("pipe-user-pages-hard", &vfs_limits.pipe_user_pages_hard, 0, ~0ul),
	SYSCTL_ULONG("pipe-user-pages-soft", &vfs_limits.pipe_user_pages_soft, 0, ~0ul),
	SYSCTL_INT("protected_fifos", &vfs_protection.fifos, 0, 2),
	SYSCTL_INT("protected_hardlinks", &vfs_protection.hardlinks, 0, 1),
	SYSCTL_INT("protected_regular", &vfs_protection.regular, 0, 2),
	SYSCTL_INT("protected_symlinks", &vfs_protection.symlinks, 0, 1),
	SYSCTL_INT("suid_dumpable", &process_settings.suid_dumpable, 0, 2),
	{ 0 },
};
