/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * task_files.c - the short files of a process: command line, environment, name, limits, mounts, and what tools expect to be there.
 *
 * WHAT        Command line and environment are read from the process's own memory, the rest from its task. What a
 *             file can only say once a subsystem exists (audit, cgroups, seccomp) has the text that Linux prints
 *             without it.
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/kstrtox.h>
#include <lib/string.h>
#include <mm/mm.h>
#include <mm/mm_port.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <pages/slab.h>
#include <pages/page_alloc.h>
#include <process/access.h>
#include <process/nsproxy.h>
#include <process/oom.h>
#include <process/pid.h>
#include <process/report.h>
#include <process/rlimit.h>
#include <process/task_process.h>
#include <sched/sched.h>
#include <sched/cred.h>
#include <sched/task.h>
#include <sched/user_namespace.h>
#include <sync/rcu.h>
#include <vfs/fs_struct.h>
#include <vfs/mount.h>
#include <vfs/poll.h>
#include "proc_impl.h"

/* --- memory of the process as text --------------------------------------------------------------------- */

/* Print user memory [start, end) as it is. */
static int show_user_range(struct seq_file *m, struct mm *mm, unsigned long start, unsigned long end)
{
	void *page = (void *)get_free_page(GFP_KERNEL);

	if (!page)
		return -ENOMEM;
	while (start < end && !seq_has_overflowed(m)) {
		size_t step = min_t(size_t, end - start, PAGE_SIZE);
		size_t got = access_remote_vm(mm, start, page, step, FOLL_FORCE);

		if (!got)
			break;
		seq_write(m, page, got);
		start += got;
	}
	free_page(page);
	return 0;
}

/* The last byte of the arguments; programs that write over it (setproctitle) let the text run on. */
static bool args_are_whole(struct mm *mm)
{
	char last = 0;

	return mm->arg_end <= mm->arg_start ||
	       (access_remote_vm(mm, mm->arg_end - 1, &last, 1, FOLL_FORCE) == 1 && !last);
}

static int cmdline_show(struct seq_file *m, struct task *task)
{
	struct mm *mm = get_task_mm(task);
	int ret = 0;

	if (!mm)
		return 0;
	if (mm->arg_end)
		ret = show_user_range(m, mm, mm->arg_start, args_are_whole(mm) ? mm->arg_end : mm->env_end);
	mm_users_put(mm);
	return ret;
}
const struct proc_node_ops task_cmdline_ops = { .show = cmdline_show };

static int environ_show(struct seq_file *m, struct task *task)
{
	struct mm *mm = get_task_mm(task);
	int ret = 0;

	if (!mm)
		return 0;
	if (mm->env_end)
		ret = show_user_range(m, mm, mm->env_start, mm->env_end);
	mm_users_put(mm);
	return ret;
}
const struct proc_node_ops task_environ_ops = { .show = environ_show };

/* --- name, limits -------------------------------------------------------------------------------------- */

static int comm_show(struct seq_file *m, struct task *task)
{
	char comm[THREAD_NAME_LEN];

	get_task_comm(comm, task);
	seq_escape(m, comm, "\n\\");
	seq_putc(m, '\n');
	return 0;
}

static int comm_write(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	if (task_tgid(task) != task_tgid(current))
		return -EINVAL;
	buf[min_t(size_t, len, THREAD_NAME_LEN - 1)] = 0;
	set_task_comm(task, buf);
	return 0;
}
const struct proc_node_ops task_comm_ops = { .show = comm_show, .write = comm_write };

static void limit_column(struct seq_file *m, unsigned long value)
{
	if (value == RLIM_INFINITY)
		seq_puts(m, "unlimited            ");
	else
		seq_printf(m, "%-20lu ", value);
}

static int limits_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
	for (u32 i = 0; i < RLIM_NLIMITS; i++) {
		const char *unit = rlimit_unit(i);

		seq_printf(m, "%-25s ", rlimit_name(i));
		limit_column(m, task_rlimit(task, i));
		limit_column(m, task_rlimit_max(task, i));
		if (unit)
			seq_printf(m, "%-10s\n", unit);
		else
			seq_putc(m, '\n');
	}
	return 0;
}
const struct proc_node_ops task_limits_ops = { .show = limits_show };

/* --- mounts -------------------------------------------------------------------------------------------- */

struct mounts_show_ops {
	int (*show)(struct mount_list *list, struct seq_file *m);
};

static int mounts_show_as(struct seq_file *m, struct task *task, const struct mounts_show_ops *ops)
{
	struct mnt_namespace *ns = NULL;
	struct mount_list list;
	struct path root;
	int ret = -EINVAL;

	task_lock(task);
	if (task->process->nsproxy && task->fs) {
		ns = get_mnt_ns(task->process->nsproxy->mnt_ns);
		get_fs_root(task->fs, &root);
	}
	task_unlock(task);
	if (!ns)
		return ret;
	ret = mount_list_open(&list, ns, &root);
	path_put(&root);
	put_mnt_ns(ns);
	if (ret)
		return ret;
	ret = ops->show(&list, m);
	mount_list_close(&list);
	return ret;
}

static const struct mounts_show_ops show_mounts = { mount_list_show_mounts };
static const struct mounts_show_ops show_mountinfo = { mount_list_show_mountinfo };
static const struct mounts_show_ops show_mountstats = { mount_list_show_mountstats };

static int mounts_show(struct seq_file *m, struct task *task)
{
	return mounts_show_as(m, task, &show_mounts);
}

static int mountinfo_show(struct seq_file *m, struct task *task)
{
	return mounts_show_as(m, task, &show_mountinfo);
}

static int mountstats_show(struct seq_file *m, struct task *task)
{
	return mounts_show_as(m, task, &show_mountstats);
}
const struct proc_node_ops task_mounts_ops = { .show = mounts_show };
const struct proc_node_ops task_mountinfo_ops = { .show = mountinfo_show };
const struct proc_node_ops task_mountstats_ops = { .show = mountstats_show };

/* --- what it offers the OOM killer -------------------------------------------------------------------- */

static int oom_score_adj_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%d\n", oom_score_adj_read(task));
	return 0;
}

static int oom_score_adj_store(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	int value;

	return kstrtoint(strim(buf), 0, &value) ? -EINVAL : oom_score_adj_write(task, value);
}
const struct proc_node_ops task_oom_score_adj_ops = { .show = oom_score_adj_show, .write = oom_score_adj_store };

static int oom_adj_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%d\n", oom_adj_read(task));
	return 0;
}

static int oom_adj_store(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	int value;

	return kstrtoint(strim(buf), 0, &value) ? -EINVAL : oom_adj_write(task, value);
}
const struct proc_node_ops task_oom_adj_ops = { .show = oom_adj_show, .write = oom_adj_store };

static int oom_score_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%lu\n", oom_score(task));
	return 0;
}
const struct proc_node_ops task_oom_score_ops = { .show = oom_score_show };

/* --- figures ------------------------------------------------------------------------------------------- */

static int io_show(struct seq_file *m, struct task *task)
{
	struct process_report report;
	const struct io_account *io = &report.usage.io;

	process_report_read(task, proc_is_process(file_inode(m->file)), &report);
	seq_printf(m, "rchar: %llu\nwchar: %llu\nsyscr: %llu\nsyscw: %llu\n", (unsigned long long)io->rchar,
		   (unsigned long long)io->wchar, (unsigned long long)io->syscr, (unsigned long long)io->syscw);
	seq_printf(m, "read_bytes: %llu\nwrite_bytes: %llu\ncancelled_write_bytes: %llu\n", (unsigned long long)io->read_bytes,
		   (unsigned long long)io->write_bytes, (unsigned long long)io->cancelled_write_bytes);
	return 0;
}
const struct proc_node_ops task_io_ops = { .show = io_show };

static int sched_show(struct seq_file *m, struct task *task)
{
	char comm[THREAD_NAME_LEN];

	get_task_comm(comm, task);
	seq_printf(m, "%s (%d, #threads: %d)\n-------------------------------------------------------------------\n", comm,
		   task_pid_vnr(task), task->process->signal ? task->process->signal->nr_threads : 0);
	seq_printf(m, "%-45s:%21llu\n", "nr_switches", (unsigned long long)(task->nvcsw + task->nivcsw));
	seq_printf(m, "%-45s:%21llu\n", "nr_voluntary_switches", (unsigned long long)task->nvcsw);
	seq_printf(m, "%-45s:%21llu\n", "nr_involuntary_switches", (unsigned long long)task->nivcsw);
	seq_printf(m, "%-45s:%21llu\n", "se.nr_migrations", (unsigned long long)task->nr_migrations);
	seq_printf(m, "%-45s:%21d\n", "policy", task->policy);
	seq_printf(m, "%-45s:%21d\n", "prio", sched_prio(task));
	if (task->policy == SCHED_DEADLINE) {
		seq_printf(m, "%-45s:%21lld\n", "dl.runtime", (long long)task->dl.cbs.budget_ns);
		seq_printf(m, "%-45s:%21llu\n", "dl.deadline", (unsigned long long)task->dl.cbs.deadline_ns);
	}
	return 0;
}
const struct proc_node_ops task_sched_ops = { .show = sched_show };

static int schedstat_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%llu 0 %llu\n", (unsigned long long)(task->utime_ticks_ns + task->stime_ticks_ns),
		   (unsigned long long)(task->nvcsw + task->nivcsw));
	return 0;
}
const struct proc_node_ops task_schedstat_ops = { .show = schedstat_show };

static int wchan_show(struct seq_file *m, struct task *task)
{
	seq_putc(m, '0');
	return 0;
}
const struct proc_node_ops task_wchan_ops = { .show = wchan_show };

static int stack_show(struct seq_file *m, struct task *task)
{
	return process_capable(CAP_SYS_ADMIN) ? 0 : -EACCES;
}
const struct proc_node_ops task_stack_ops = { .show = stack_show };

static int syscall_show(struct seq_file *m, struct task *task)
{
	struct pt_regs *regs = arch_user_regs(&task->thread);

	if (task->on_cpu)
		seq_puts(m, "running\n");
	else if (task->thread.call.nr == CALL_NONE)
		seq_printf(m, "-1 0x%lx 0x%lx\n", regs->sp, regs->ip);
	else
		seq_printf(m, "%u 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx\n", task->thread.call.nr, regs->di, regs->si,
			   regs->dx, regs->r10, regs->r8, regs->r9, regs->sp, regs->ip);
	return 0;
}
const struct proc_node_ops task_syscall_ops = { .show = syscall_show };

static int personality_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%08x\n", task->process->personality);
	return 0;
}
const struct proc_node_ops task_personality_ops = { .show = personality_show };

static int timerslack_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%llu\n", (unsigned long long)task->process->timer_slack_ns);
	return 0;
}

static int timerslack_write(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	unsigned long long ns;

	if (kstrtoull(strim(buf), 10, &ns))
		return -EINVAL;
	if (task != current && !process_capable(CAP_SYS_NICE))
		return -EPERM;
	task->process->timer_slack_ns = ns ? ns : task->process->default_timer_slack_ns;
	return 0;
}
const struct proc_node_ops task_timerslack_ops = { .show = timerslack_show, .write = timerslack_write };

static int children_show(struct seq_file *m, struct task *task)
{
	struct task_process *child;

	rcu_read_lock();
	list_for_each_entry_rcu(child, &task->process->children, sibling)
		if (READ_ONCE(child->pid))
			seq_printf(m, "%d ", pid_vnr(child->pid));
	rcu_read_unlock();
	return 0;
}
const struct proc_node_ops task_children_ops = { .show = children_show };

/* --- without audit and with one cgroup ----------------------------------------------------------------- */

static int unset_id_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%u", ~0u);
	return 0;
}
const struct proc_node_ops task_loginuid_ops = { .show = unset_id_show };
const struct proc_node_ops task_sessionid_ops = { .show = unset_id_show };

static int cgroup_show(struct seq_file *m, struct task *task)
{
	seq_puts(m, "0::/\n");
	return 0;
}
const struct proc_node_ops task_cgroup_ops = { .show = cgroup_show };
