/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * task_dir.c - /proc itself, /proc/PID and /proc/PID/task: directories of processes and threads.
 *
 * WHAT        The root shows its table and, behind it, a directory for each process of its pid namespace, in order of number; a
 *             position is the number plus PROC_PID_BASE, so a reading goes on rightly when processes come and go.
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/kstrtox.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <lib/uabi_file.h>
#include <linux/magic.h>
#include <process/pid.h>
#include <process/process_port.h>
#include <process/signal_struct.h>
#include <process/task_process.h>
#include <sched/task.h>
#include <sync/rcu.h>
#include <vfs/libfs.h>
#include "proc_impl.h"

#define PROC_PID_BASE 0x1000

/* --- rows of a process --------------------------------------------------------------------------------- */

/* What processes and threads have in common. */
#define TASK_COMMON_ROWS                                                                                               \
	PROC_SPECIAL("fd", S_IFDIR | 0500, task_fd_dir_ops), PROC_SPECIAL("fdinfo", S_IFDIR | 0555, task_fdinfo_dir_ops), \
		PROC_SPECIAL("ns", S_IFDIR | 0511, task_ns_dir_ops), PROC_PRIVATE("environ", 0400, task_environ_ops),  \
		PROC_PRIVATE("auxv", 0400, task_auxv_ops), PROC_FILE("status", 0444, task_status_ops),                 \
		PROC_PRIVATE("personality", 0400, task_personality_ops), PROC_FILE("limits", 0444, task_limits_ops),   \
		PROC_FILE("sched", 0444, task_sched_ops), PROC_FILE("comm", 0644, task_comm_ops),                      \
		PROC_PRIVATE("syscall", 0400, task_syscall_ops), PROC_FILE("cmdline", 0444, task_cmdline_ops),         \
		PROC_FILE("stat", 0444, task_stat_ops), PROC_FILE("statm", 0444, task_statm_ops),                      \
		PROC_PRIVATE("numa_maps", 0444, task_numa_maps_ops),                                                  \
		PROC_PRIVATE("maps", 0444, task_maps_ops), PROC_PRIVATE("smaps", 0444, task_smaps_ops),                \
		PROC_PRIVATE("smaps_rollup", 0444, task_smaps_rollup_ops), PROC_PRIVATE("mem", 0600, task_mem_ops),    \
		PROC_PRIVATE("pagemap", 0400, task_pagemap_ops), PROC_LINK("cwd", task_cwd_ops),                       \
		PROC_LINK("root", task_root_ops), PROC_LINK("exe", task_exe_ops),                                      \
		PROC_FILE("mounts", 0444, task_mounts_ops), PROC_FILE("mountinfo", 0444, task_mountinfo_ops),          \
		PROC_FILE("wchan", 0444, task_wchan_ops), PROC_PRIVATE("stack", 0400, task_stack_ops),                 \
		PROC_FILE("schedstat", 0444, task_schedstat_ops), PROC_FILE("cgroup", 0444, task_cgroup_ops),          \
		PROC_FILE("oom_score", 0444, task_oom_score_ops), PROC_FILE("oom_adj", 0644, task_oom_adj_ops),        \
		PROC_FILE("oom_score_adj", 0644, task_oom_score_adj_ops),                                              \
		PROC_FILE("loginuid", 0444, task_loginuid_ops), PROC_FILE("sessionid", 0444, task_sessionid_ops),      \
		PROC_FILE("uid_map", 0644, task_uid_map_ops), PROC_FILE("gid_map", 0644, task_gid_map_ops),            \
		PROC_FILE("projid_map", 0644, task_projid_map_ops), PROC_FILE("setgroups", 0644, task_setgroups_ops),  \
		PROC_DIR("net", 0555, proc_net_rows), PROC_FILE("make-it-fail", 0644, task_make_it_fail_ops),          \
		PROC_FILE("fail-nth", 0644, task_fail_nth_ops), PROC_PRIVATE("io", 0400, task_io_ops)

const struct proc_node proc_task_rows[] = {
	PROC_SPECIAL("task", S_IFDIR | 0555, task_threads_ops),
	TASK_COMMON_ROWS,
	PROC_PRIVATE("mountstats", 0400, task_mountstats_ops),
	PROC_FILE("timerslack_ns", 0666, task_timerslack_ops),
	{ 0 },
};

const struct proc_node proc_thread_rows[] = {
	TASK_COMMON_ROWS,
	PROC_FILE("children", 0444, task_children_ops),
	{ 0 },
};

static const struct proc_node task_node = PROC_DIR("PID", 0555, proc_task_rows);
static const struct proc_node thread_node = PROC_DIR("TID", 0555, proc_thread_rows);

struct pid *proc_directory_pid(const struct file *file)
{
	struct inode *inode = file->f_inode;

	if (inode->i_sb->s_magic != PROC_SUPER_MAGIC || proc_inode(inode)->node != &task_node)
		return ERR_PTR(-EBADF);
	return proc_inode(inode)->pid;
}

/* --- the root ------------------------------------------------------------------------------------------ */

/* The pid that a name of digits means in @ns, with a reference; NULL. */
static struct pid *pid_of_name(const struct qstr *name, struct pid_namespace *ns)
{
	struct pid *pid;
	unsigned int nr = 0;

	if (!name->len || name->len > 10 || (name->name[0] == '0'))
		return NULL;
	for (u32 i = 0; i < name->len; i++) {
		if (name->name[i] < '0' || name->name[i] > '9' || nr > 100000000)
			return NULL;
		nr = nr * 10 + (name->name[i] - '0');
	}
	rcu_read_lock();
	pid = get_pid(find_pid_ns(nr, ns));
	rcu_read_unlock();
	return pid;
}

static struct dentry *splice_task_dir(struct inode *dir, struct dentry *dentry, const struct proc_node *node, struct pid *pid)
{
	d_set_d_op(dentry, &proc_task_dentry_ops);
	return proc_splice(dentry, proc_get_inode(dir->i_sb, node, pid, 0));
}

static struct dentry *root_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	struct dentry *found = proc_lookup_row(dir, dentry, proc_root_rows);
	struct task *task;
	struct pid *pid;

	if (found != ERR_PTR(-ENOENT))
		return found;
	pid = pid_of_name(&dentry->d_name, proc_pid_ns(dir->i_sb));
	if (!pid)
		return found;
	task = get_pid_task(pid, PIDTYPE_PID); /* a thread's number leads to its directory too */
	if (task) {
		found = splice_task_dir(dir, dentry, &task_node, pid);
		put_task(task);
	}
	put_pid(pid);
	return found;
}

/* The first process with a number >= @nr: its pid with a reference, its number in *nr. */
static struct pid *next_process(struct pid_namespace *ns, int *nr)
{
	struct pid *pid;

	rcu_read_lock();
	while ((pid = find_ge_pid(*nr, ns))) {
		*nr = pid_nr_ns(pid, ns);
		if (pid_task(pid, PIDTYPE_TGID)) {
			get_pid(pid);
			break;
		}
		++*nr;
	}
	rcu_read_unlock();
	return pid;
}

static int root_iterate(struct file *file, struct dir_context *ctx)
{
	struct pid_namespace *ns = proc_pid_ns(file_inode(file)->i_sb);
	struct pid *pid;
	char name[12];
	int nr;

	if (!dir_emit_dots(file, ctx) || !proc_emit_rows(file, ctx, proc_root_rows, 2))
		return 0;
	if (ctx->pos < PROC_PID_BASE)
		ctx->pos = PROC_PID_BASE;
	for (nr = ctx->pos - PROC_PID_BASE; (pid = next_process(ns, &nr)); nr++) {
		bool room;

		ctx->pos = nr + PROC_PID_BASE;
		room = dir_emit(ctx, name, snprintf(name, sizeof(name), "%d", nr), nr, DT_DIR);
		put_pid(pid);
		if (!room)
			return 0;
		ctx->pos++;
	}
	return 0;
}

static int root_getattr(const struct path *path, struct kstat *stat, u32 request_mask, unsigned int query_flags)
{
	generic_fillattr(d_inode(path->dentry), stat);
	return 0;
}

const struct inode_operations proc_root_iops = { .lookup = root_lookup, .getattr = root_getattr };
const struct file_operations proc_root_fops = { .llseek = generic_file_llseek, .iterate = root_iterate };

/* --- /proc/PID/task ------------------------------------------------------------------------------------ */

static struct dentry *threads_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	struct pid *pid = pid_of_name(&dentry->d_name, proc_pid_ns(dir->i_sb));
	struct task *leader = proc_get_task(dir), *thread = pid ? get_pid_task(pid, PIDTYPE_PID) : NULL;
	struct dentry *found = ERR_PTR(-ENOENT);

	if (leader && thread && thread->process->signal && thread->process->signal == leader->process->signal)
		found = splice_task_dir(dir, dentry, &thread_node, pid);
	if (leader)
		put_task(leader);
	if (thread)
		put_task(thread);
	put_pid(pid);
	return found;
}

/* The number of the first thread of @leader's group with a number >= @nr, or 0. */
static int next_thread_nr(struct task *leader, struct pid_namespace *ns, int nr)
{
	struct task_process *part;
	int best = 0;

	rcu_read_lock();
	if (leader->process->signal) {
		list_for_each_entry_rcu(part, &leader->process->signal->thread_head, thread_node) {
			int n = pid_nr_ns(READ_ONCE(part->pid), ns);

			if (n >= nr && (!best || n < best))
				best = n;
		}
	}
	rcu_read_unlock();
	return best;
}

static int threads_iterate(struct file *file, struct dir_context *ctx)
{
	struct inode *dir = file_inode(file);
	struct task *leader = proc_get_task(dir);
	char name[12];
	int nr;

	if (!leader)
		return -ENOENT;
	if (dir_emit_dots(file, ctx)) {
		while ((nr = next_thread_nr(leader, proc_pid_ns(dir->i_sb), ctx->pos - 1))) {
			if (!dir_emit(ctx, name, snprintf(name, sizeof(name), "%d", nr), nr, DT_DIR))
				break;
			ctx->pos = nr + 2;
		}
	}
	put_task(leader);
	return 0;
}

static int threads_getattr(const struct path *path, struct kstat *stat, u32 request_mask, unsigned int query_flags)
{
	struct inode *inode = d_inode(path->dentry);
	struct task *leader = proc_get_task(inode);

	generic_fillattr(inode, stat);
	if (!leader)
		return 0;
	rcu_read_lock();
	if (leader->process->signal)
		stat->nlink += leader->process->signal->nr_threads;
	rcu_read_unlock();
	put_task(leader);
	return 0;
}

static const struct inode_operations threads_iops = { .lookup = threads_lookup, .getattr = threads_getattr };
static const struct file_operations threads_fops = { .llseek = generic_file_llseek, .iterate = threads_iterate };
const struct proc_node_ops task_threads_ops = { .iops = &threads_iops, .fops = &threads_fops };

/* --- self ---------------------------------------------------------------------------------------------- */

static int self_text(struct pid_namespace *ns, char *buf, size_t size)
{
	int nr = task_tgid_nr_ns(current, ns);

	return nr ? (snprintf(buf, size, "%d", nr), 0) : -ENOENT;
}

static int thread_self_text(struct pid_namespace *ns, char *buf, size_t size)
{
	int tgid = task_tgid_nr_ns(current, ns), tid = task_pid_nr_ns(current, ns);

	return tid ? (snprintf(buf, size, "%d/task/%d", tgid, tid), 0) : -ENOENT;
}

const struct proc_node_ops self_ops = { .text = self_text };
const struct proc_node_ops thread_self_ops = { .text = thread_self_text };
