/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * task_status.c - /proc/PID/{stat,status,statm}: the figures that ps, top and shells read. Formats: proc(5).
 *
 * WHAT        All three files print one struct of figures that is gathered first; for a process the sums of its
 *             threads, for a thread its own.
 * LOCKING     sighand's siglock for the signal sets and the group's sums; RCU for credentials and family; what the task changes
 *             itself is read as it is.
 */
#include <lib/bitmap.h>
#include <lib/errno.h>
#include <lib/time_units.h>
#include <linux/sched.h>
#include <mm/mempolicy.h>
#include <mm/mm.h>
#include <mm/standing.h>
#include <pages/zone.h>
#include <process/access.h>
#include <process/pid.h>
#include <process/report.h>
#include <process/rlimit.h>
#include <process/signal.h>
#include <process/task_process.h>
#include <sched/cred.h>
#include <sched/sched.h>
#include <sched/task.h>
#include <sched/user_namespace.h>
#include <sync/rcu.h>
#include <time/jiffies.h>
#include <vfs/fdtable.h>
#include <vfs/fs_struct.h>
#include <vfs/namei.h>
#include "proc_impl.h"

/* What both files need of a process, gathered once. */
struct task_figures {
	struct process_report report;
	char comm[THREAD_NAME_LEN];
	char state;
	int ppid, pgrp, session, tgid, pid, tty_foreground;
	u32 tty_nr;
	unsigned long rsslim;
};

static const char *state_name(char state)
{
	switch (state) {
	case 'R': return "R (running)";
	case 'S': return "S (sleeping)";
	case 'D': return "D (disk sleep)";
	case 'T': return "T (stopped)";
	case 't': return "t (tracing stop)";
	case 'X': return "X (dead)";
	case 'Z': return "Z (zombie)";
	case 'P': return "P (parked)";
	default: return "I (idle)";
	}
}

static char task_letter(struct task *task)
{
	switch (task->process ? task->process->exit_state : 0) {
	case EXIT_STATE_ZOMBIE: return 'Z';
	case EXIT_STATE_DEAD: return 'X';
	default: return task_state_letter(task);
	}
}

static void figures_read(struct seq_file *m, struct task *task, struct task_figures *f)
{
	struct inode *inode = m->private;
	struct pid_namespace *ns = proc_pid_ns(inode->i_sb);

	get_task_comm(f->comm, task);
	f->state = task_letter(task);
	f->pid = task_pid_nr_ns(task, ns);
	f->tgid = task_tgid_nr_ns(task, ns);
	f->pgrp = task_pgrp_nr_ns(task, ns);
	f->session = task_session_nr_ns(task, ns);
	f->ppid = task_ppid_nr_ns(task, ns);
	process_report_read(task, proc_is_process(inode), &f->report);
	f->rsslim = f->report.nr_threads ? task_rlimit(task, RLIMIT_RSS) : 0;
	tty_report(task, ns, &f->tty_nr, &f->tty_foreground);
}

static u64 to_ticks(u64 ns)
{
	return ns / (NSEC_PER_SEC / USER_HZ);
}

static int stat_show(struct seq_file *m, struct task *task)
{
	bool may = process_may_access(task, ACCESS_READ_FSCREDS);
	struct mm *mm = get_task_mm(task);
	struct task_figures f;

	figures_read(m, task, &f);
	seq_printf(m, "%d (", f.pid);
	seq_escape(m, f.comm, "\n\\");
	seq_printf(m, ") %c %d %d %d %d %d %u", f.state, f.ppid, f.pgrp, f.session, f.tty_nr, f.tty_foreground, task->flags);
	seq_printf(m, " %llu %llu %llu %llu", (unsigned long long)f.report.usage.min_flt, (unsigned long long)f.report.children.min_flt,
		   (unsigned long long)f.report.usage.maj_flt, (unsigned long long)f.report.children.maj_flt);
	seq_printf(m, " %llu %llu %llu %llu", (unsigned long long)to_ticks(f.report.usage.utime), (unsigned long long)to_ticks(f.report.usage.stime),
		   (unsigned long long)to_ticks(f.report.children.utime), (unsigned long long)to_ticks(f.report.children.stime));
	seq_printf(m, " %d %d %d 0 %llu", sched_prio(task) - MAX_RT_PRIO, task->nice, f.report.nr_threads,
		   (unsigned long long)to_ticks(task->process->start_boottime));
	seq_printf(m, " %lu %lu %lu", mm ? mm->total_vm << PAGE_SHIFT : 0, mm ? mm_rss(mm) : 0, f.rsslim);
	seq_printf(m, " %lu %lu %lu 0 0", mm && may ? mm->start_code : (mm ? 1 : 0), mm && may ? mm->end_code : (mm ? 1 : 0),
		   mm && may ? mm->start_stack : 0);
	seq_printf(m, " %llu %llu %llu %llu", (unsigned long long)(f.report.pending.bits & 0x7fffffff),
		   (unsigned long long)(f.report.blocked.bits & 0x7fffffff), (unsigned long long)(f.report.ignored.bits & 0x7fffffff),
		   (unsigned long long)(f.report.caught.bits & 0x7fffffff));
	seq_printf(m, " %d 0 0 %d %u %u %u 0 0 0", f.state != 'R' && !task->on_cpu, task->process->exit_signal, task->cpu, task->rt_priority,
		   task->policy);
	if (mm && may)
		seq_printf(m, " %lu %lu %lu %lu %lu %lu %lu %d\n", mm->start_data, mm->end_data, mm->start_brk, mm->arg_start,
			   mm->arg_end, mm->env_start, mm->env_end, task->process->exit_code);
	else
		seq_printf(m, " 0 0 0 0 0 0 0 %d\n", may ? task->process->exit_code : 0);
	if (mm)
		mm_users_put(mm);
	return 0;
}
const struct proc_node_ops task_stat_ops = { .show = stat_show };

static void status_ids(struct seq_file *m, struct task *task)
{
	struct user_namespace *user_ns = current_user_ns();
	const struct cred *cred = get_task_cred(task);

	seq_printf(m, "\nUid:\t%u\t%u\t%u\t%u\n", from_kuid_munged(user_ns, cred->uid), from_kuid_munged(user_ns, cred->euid),
		   from_kuid_munged(user_ns, cred->suid), from_kuid_munged(user_ns, cred->fsuid));
	seq_printf(m, "Gid:\t%u\t%u\t%u\t%u\n", from_kgid_munged(user_ns, cred->gid), from_kgid_munged(user_ns, cred->egid),
		   from_kgid_munged(user_ns, cred->sgid), from_kgid_munged(user_ns, cred->fsgid));
	seq_printf(m, "FDSize:\t%u\nGroups:\t", files_max_fds(task));
	for (int i = 0; cred->group_info && i < (int)cred->group_info->nr_groups; i++)
		seq_printf(m, "%s%u", i ? " " : "", from_kgid_munged(user_ns, cred->group_info->gid[i]));
	seq_puts(m, " \n");
	put_cred(cred);
}

static void status_caps(struct seq_file *m, struct task *task)
{
	const struct cred *cred = get_task_cred(task);

	seq_printf(m, "CapInh:\t%016llx\nCapPrm:\t%016llx\nCapEff:\t%016llx\nCapBnd:\t%016llx\nCapAmb:\t%016llx\n",
		   (unsigned long long)cred->cap_inheritable.val, (unsigned long long)cred->cap_permitted.val,
		   (unsigned long long)cred->cap_effective.val, (unsigned long long)cred->cap_bset.val,
		   (unsigned long long)cred->cap_ambient.val);
	put_cred(cred);
	seq_printf(m, "NoNewPrivs:\t%d\nSeccomp:\t%d\nSeccomp_filters:\t0\n", task->process->no_new_privs,
		   thread_test_work(&task->thread, TIF_SECCOMP));
	/* As PR_GET_SPECULATION_CTRL: nothing is steered. */
	seq_puts(m, "Speculation_Store_Bypass:\tvulnerable\nSpeculationIndirectBranch:\talways enabled\n");
}

static unsigned long kib(unsigned long pages)
{
	return pages << (PAGE_SHIFT - 10);
}

/* Only who has a reserve of its own shows it. */
static void status_reserve(struct seq_file *m, struct mm *mm)
{
	unsigned long size, left;

	if (mm_standing_read(mm, &size, &left))
		seq_printf(m, "VmReserved:\t%8lu kB\nVmReserveLeft:\t%8lu kB\n", kib(size), kib(left));
}

static void status_mm(struct seq_file *m, struct mm *mm)
{
	unsigned long anon = mm_counter(mm, MM_ANONPAGES), file = mm_counter(mm, MM_FILEPAGES),
		      shmem = mm_counter(mm, MM_SHMEMPAGES), rss = anon + file + shmem;
	unsigned long text = (PAGE_ALIGN(mm->end_code) - (mm->start_code & PAGE_MASK)) >> 10;

	seq_printf(m, "VmPeak:\t%8lu kB\nVmSize:\t%8lu kB\nVmLck:\t%8lu kB\nVmPin:\t%8lu kB\n",
		   kib(max(mm->hiwater_vm, mm->total_vm)), kib(mm->total_vm), kib(mm->locked_vm), 0ul);
	seq_printf(m, "VmHWM:\t%8lu kB\nVmRSS:\t%8lu kB\nRssAnon:\t%8lu kB\nRssFile:\t%8lu kB\nRssShmem:\t%8lu kB\n",
		   kib(max(mm->hiwater_rss, rss)), kib(rss), kib(anon), kib(file), kib(shmem));
	seq_printf(m, "VmData:\t%8lu kB\nVmStk:\t%8lu kB\nVmExe:\t%8lu kB\nVmLib:\t%8lu kB\nVmPTE:\t%8lu kB\nVmSwap:\t%8lu kB\n",
		   kib(mm->data_vm), kib(mm->stack_vm), text, kib(mm->exec_vm) > text ? kib(mm->exec_vm) - text : 0,
		   (unsigned long)atomic_long_read(&mm->pgtables_bytes) >> 10, 0ul);
	status_reserve(m, mm);
	seq_puts(m, "HugetlbPages:\t       0 kB\nCoreDumping:\t0\nTHP_enabled:\t0\n");
}

/* As wide as the sets that the calls of memory policy take: libnuma learns the width from here. */
static void status_nodes(struct seq_file *m)
{
	DECLARE_BITMAP(nodes, USER_NODES_MAX) = { nodes_with_memory() };
	char text[USER_NODES_MAX / 32 * 9 + 1];

	bitmap_print_mask(text, sizeof(text), nodes, USER_NODES_MAX);
	seq_printf(m, "Mems_allowed:\t%s\n", text);
	bitmap_print_list(text, sizeof(text), nodes, USER_NODES_MAX);
	seq_printf(m, "Mems_allowed_list:\t%s\n", text);
}

static int status_show(struct seq_file *m, struct task *task)
{
	struct mm *mm = get_task_mm(task);
	struct task_figures f;
	cpumask_t allowed = sched_get_affinity(task);
	char list[128];

	figures_read(m, task, &f);
	seq_puts(m, "Name:\t");
	seq_escape(m, f.comm, "\n\\");
	seq_putc(m, '\n');
	task_lock(task);
	if (task->fs)
		seq_printf(m, "Umask:\t%#04o\n", task->fs->umask);
	task_unlock(task);
	seq_printf(m, "State:\t%s\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0", state_name(f.state), f.tgid, f.pid,
		   f.ppid);
	status_ids(m, task);
	seq_printf(m, "NStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\n", f.tgid, f.pid, f.pgrp, f.session);
	if (mm) {
		status_mm(m, mm);
		mm_users_put(mm);
	}
	seq_printf(m, "Threads:\t%d\nSigQ:\t%u/%lu\n", f.report.nr_threads, f.report.nr_queued,
		   task->process->signal ? task_rlimit(task, RLIMIT_SIGPENDING) : 0);
	seq_printf(m, "SigPnd:\t%016llx\nShdPnd:\t%016llx\nSigBlk:\t%016llx\nSigIgn:\t%016llx\nSigCgt:\t%016llx\n",
		   (unsigned long long)f.report.pending.bits, (unsigned long long)f.report.shared_pending.bits,
		   (unsigned long long)f.report.blocked.bits, (unsigned long long)f.report.ignored.bits, (unsigned long long)f.report.caught.bits);
	status_caps(m, task);
	seq_printf(m, "Cpus_allowed:\t%llx\n", (unsigned long long)allowed.bits);
	bitmap_print_list(list, sizeof(list), (const unsigned long *)&allowed.bits, 64);
	seq_printf(m, "Cpus_allowed_list:\t%s\n", list);
	status_nodes(m);
	seq_printf(m, "voluntary_ctxt_switches:\t%llu\nnonvoluntary_ctxt_switches:\t%llu\n", (unsigned long long)task->nvcsw,
		   (unsigned long long)task->nivcsw);
	return 0;
}
const struct proc_node_ops task_status_ops = { .show = status_show };

static int statm_show(struct seq_file *m, struct task *task)
{
	struct mm *mm = get_task_mm(task);

	if (!mm) {
		seq_puts(m, "0 0 0 0 0 0 0\n");
		return 0;
	}
	seq_printf(m, "%lu %lu %lu %lu 0 %lu 0\n", mm->total_vm, mm_rss(mm),
		   mm_counter(mm, MM_FILEPAGES) + mm_counter(mm, MM_SHMEMPAGES),
		   (PAGE_ALIGN(mm->end_code) - (mm->start_code & PAGE_MASK)) >> PAGE_SHIFT, mm->data_vm + mm->stack_vm);
	mm_users_put(mm);
	return 0;
}
const struct proc_node_ops task_statm_ops = { .show = statm_show };
