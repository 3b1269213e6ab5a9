/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fdtable.h - a process's table of descriptors.
 *
 * WHAT       fdtable: an array of files with two bitmaps (open, close-on-exec). It
 *            grows by replacement; readers follow it under RCU.
 * LOCKING    file_lock (rank FILES) for writers. A task that is the table's only
 *            user (count == 1) reads without reference: only itself could close.
 */
#ifndef VFS_FDTABLE_H
#define VFS_FDTABLE_H

#include <lib/bitops.h>
#include <arch/atomic.h>
#include <sync/rcu.h>
#include <sync/spinlock.h>
#include <sync/workqueue.h>
#include <vfs/types.h>

#define NR_OPEN_DEFAULT	64

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
	unsigned long *close_on_exec;
	unsigned long *open_fds;
	unsigned long *full_fds_bits;	/* one bit per full word of open_fds */
	struct rcu_head rcu;
	struct work work;		/* frees a replaced one */
};

struct files_struct {
	atomic_t count;
	struct fdtable *fdt;		/* __rcu; writers: file_lock */
	struct fdtable fdtab;		/* the first, embedded */
	struct spinlock file_lock;	/* rank FILES */
	unsigned int next_fd;		/* file_lock: nothing free below */
	unsigned long close_on_exec_init[1];
	unsigned long open_fds_init[1];
	unsigned long full_fds_bits_init[1];
	struct file *fd_array[NR_OPEN_DEFAULT];
};

/* fork without CLONE_FILES: a copy of descriptors below @max_fds. NULL: no memory (*error). */
struct files_struct *dup_fd(struct files_struct *old, unsigned int max_fds, int *error);
void put_files_struct(struct files_struct *files);
/* An exiting task lets go of its table. */
void exit_files(struct task *task);
/* exec: close what is marked; the table is private by then (unshare_files). */
void do_close_on_exec(struct files_struct *files);
/* exec and unshare: make current's table private. */
int unshare_files(void);
/* The lowest open descriptor >= @fd of @task with its file referenced, or NULL (proc). *fd is set. */
struct file *task_lookup_next_fd_get(struct task *task, unsigned int *fd);
/* An empty table for the first process. */
struct files_struct *files_create(void);
/* SCM_RIGHTS and friends: table size for /proc/PID/status FDSize. */
unsigned int files_max_fds(struct task *task);
bool fd_close_on_exec(struct task *task, unsigned int fd);

#endif
