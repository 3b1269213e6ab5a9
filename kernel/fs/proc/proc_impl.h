/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * proc_impl.h - what a file of /proc is: a row of a table, and maybe a process.
 *
 * Directories are tables of rows. A row below /proc/PID is shown for the inode's process; its show() gets the task, which is held
 * for the call. Rows are constant: what is behind them is asked at every open.
 */
#pragma once
#include <lib/types.h>
#include <vfs/dentry.h>
#include <vfs/file.h>
#include <vfs/inode.h>
#include <vfs/seq_file.h>
#include <vfs/super.h>

struct cred;
struct task;
struct pid;
struct pid_namespace;
struct proc_node;

/* Behaviour of a row. Which members are set says what kind of file it is. */
struct proc_node_ops {
	/* A text file. @task is NULL outside of /proc/PID. 0 or -errno. */
	int (*show)(struct seq_file *m, struct task *task);
	/* What a write stores; @buf is NUL-terminated and without a final newline. 0 or -errno. */
	int (*write)(const struct proc_node *node, struct task *task, char *buf, size_t len);
	/* Instead of write: what is stored is judged by who opened the file, too. At position 0 only. */
	int (*write_as)(const struct cred *opener, struct task *task, char *buf, size_t len);
	/* A symbolic link to an object: a path with references. */
	int (*link)(struct task *task, struct path *path);
	/* A symbolic link with a text, into @buf of @size bytes. @ns: the one that this /proc shows. */
	int (*text)(struct pid_namespace *ns, char *buf, size_t size);
	/* A directory whose entries are no rows. */
	const struct inode_operations *iops;
	const struct file_operations *fops;
};

struct proc_node {
	const char *name; /* NULL ends a table */
	umode_t mode;
	const struct proc_node_ops *ops;
	const struct proc_node *children; /* of a directory */
	const void *data; /* sysctl rows: what they are about */
	bool is_private;  /* only who may inspect the process opens it */
};

struct proc_inode {
	struct inode vfs;
	const struct proc_node *node;
	struct pid *pid; /* owned, or NULL */
	int fd;		 /* rows of fd and fdinfo: the descriptor; ns: the kind */
};

static inline struct proc_inode *proc_inode(struct inode *inode)
{
	return container_of(inode, struct proc_inode, vfs);
}

/* The row that a show() works on. */
static inline const struct proc_node *proc_shown_node(const struct seq_file *m)
{
	return proc_inode(m->private)->node;
}

#define PROC_DIR(name_, mode_, table) { .name = name_, .mode = S_IFDIR | (mode_), .children = table }
#define PROC_FILE(name_, mode_, ops_) { .name = name_, .mode = S_IFREG | (mode_), .ops = &(ops_) }
#define PROC_PRIVATE(name_, mode_, ops_) { .name = name_, .mode = S_IFREG | (mode_), .ops = &(ops_), .is_private = true }
#define PROC_LINK(name_, ops_) { .name = name_, .mode = S_IFLNK | 0777, .ops = &(ops_) }
#define PROC_SPECIAL(name_, mode_, ops_) { .name = name_, .mode = mode_, .ops = &(ops_) }
/* `static const struct proc_node_ops x_ops = { .show = x_show }` in one word. */
#define PROC_SHOW_OPS(fn) static const struct proc_node_ops fn##_ops = { .show = fn }

/* --- super.c: inodes --- */
/* An inode for @node, about @pid (reference taken) and @fd. NULL: no memory. */
struct inode *proc_get_inode(struct super_block *sb, const struct proc_node *node, struct pid *pid, int fd);
/* ->lookup's end: @inode for @dentry (consumed; NULL: -ENOMEM). */
struct dentry *proc_splice(struct dentry *dentry, struct inode *inode);
struct pid_namespace *proc_pid_ns(const struct super_block *sb);
/* The inode's task with a reference, or NULL when it is gone. */
struct task *proc_get_task(struct inode *inode);
/* Is the inode below /proc/PID (a whole process), and not below task/TID? */
bool proc_is_process(struct inode *inode);
/* Owner of the files of @task, and whether they may be looked into. */
void proc_set_owner(struct inode *inode, struct task *task);
bool proc_may_inspect(struct task *task);
extern const struct dentry_operations proc_dentry_ops, proc_task_dentry_ops;

/* --- tree.c: rows --- */
struct dentry *proc_lookup_row(struct inode *dir, struct dentry *dentry, const struct proc_node *table);
/* Emit rows of @table at positions from @base on. False: full. */
bool proc_emit_rows(struct file *file, struct dir_context *ctx, const struct proc_node *table, loff_t base);
u32 proc_count_rows(const struct proc_node *table);
extern const struct inode_operations proc_dir_iops, proc_file_iops, proc_link_iops;
extern const struct file_operations proc_dir_fops, proc_file_fops;

/* --- the tables --- */
extern const struct proc_node proc_root_node, proc_root_rows[], proc_sys_rows[], proc_net_rows[], proc_task_rows[], proc_thread_rows[];
/* task_dir.c */
extern const struct inode_operations proc_root_iops;
extern const struct file_operations proc_root_fops;
extern const struct proc_node_ops task_threads_ops, self_ops, thread_self_ops;
/* task_fd.c, task_maps.c, task_status.c, task_files.c, memory.c */
extern const struct proc_node_ops task_fd_dir_ops, task_fdinfo_dir_ops, task_ns_dir_ops, task_cwd_ops, task_root_ops, task_exe_ops;
extern const struct proc_node_ops task_numa_maps_ops;
extern const struct proc_node_ops task_maps_ops, task_smaps_ops, task_smaps_rollup_ops, task_mem_ops, task_pagemap_ops,
	task_auxv_ops;
extern const struct proc_node_ops task_stat_ops, task_status_ops, task_statm_ops;
extern const struct proc_node_ops task_cmdline_ops, task_environ_ops, task_comm_ops, task_limits_ops, task_wchan_ops,
	task_mounts_ops, task_mountinfo_ops, task_mountstats_ops, task_oom_score_adj_ops, task_oom_score_ops, task_oom_adj_ops, task_io_ops,
	task_sched_ops, task_schedstat_ops, task_loginuid_ops, task_sessionid_ops, task_cgroup_ops, task_personality_ops,
	task_uid_map_ops, task_gid_map_ops, task_projid_map_ops, task_setgroups_ops, task_syscall_ops, task_timerslack_ops, task_stack_ops,
	task_children_ops, task_make_it_fail_ops, task_fail_nth_ops;
extern const struct proc_node_ops meminfo_ops, vmstat_ops, buddyinfo_ops, zoneinfo_ops, slabinfo_ops, swaps_ops;
/* sysrq.c */
extern const struct proc_node_ops sysrq_trigger_ops;
