/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report.c - gathers what /proc prints about a process; see process/report.h.
 *
 * WHAT        One struct is filled for /proc so that it needs no private header of this folder. The terminal's part
 *             comes from the tty driver, which registers itself.
 * LOCKING     siglock for signal sets and the thread group's facts, stats_lock for sums of dead children, RCU for the
 *             list of processes.
 */
#include "process_impl.h"
#include "exit_impl.h"
#include <mm/mm.h>
#include <process/access.h>
#include <process/exec.h>
#include <process/report.h>

struct process_settings process_settings = {
	.suid_dumpable = SUID_DUMP_DISABLE,
	.acct_percent = { 4, 2 },
	.acct_period_s = 30,
};

static struct {
	const struct tty_report_ops *ops; /* set once at boot */
} tty_reporter;

void tty_report_register(const struct tty_report_ops *ops)
{
	tty_reporter.ops = ops;
}

void tty_report(struct task *task, struct pid_namespace *ns, u32 *dev, int *foreground)
{
	*dev = 0;
	*foreground = -1;
	if (tty_reporter.ops)
		tty_reporter.ops->report(task, ns, dev, foreground);
}

static void report_signals(struct task *task, struct process_report *report)
{
	struct task_process *tp = tproc(task);
	unsigned long flags;

	report->blocked = tp->blocked;
	if (!lock_task_sighand(task, &flags))
		return;
	report->pending = tp->pending.signal;
	report->shared_pending = tp->signal->shared_pending.signal;
	report->nr_threads = tp->signal->nr_threads;
	report->tty = tp->signal->tty;
	collect_signal_sets(task, &report->ignored, &report->caught);
	unlock_task_sighand(task, flags);
}

void process_report_read(struct task *task, bool whole, struct process_report *report)
{
	const struct cred *cred = get_task_cred(task);

	memset(report, 0, sizeof(*report));
	report->nr_queued = atomic_long_read(&cred->user->sigpending);
	put_cred(cred);
	report_signals(task, report);
	if (!report->nr_threads || !whole)
		usage_add_task(&report->usage, task);
	else
		thread_group_usage(task, &report->usage);
	if (report->nr_threads) {
		with_spinlock_irq(&tproc(task)->signal->stats_lock);
		report->children = tproc(task)->signal->children;
	}
}

bool process_is_dumpable(struct task *task)
{
	struct mm *mm = get_task_mm(task);
	bool is_dumpable = !mm || (mm->flags & MMF_DUMPABLE_MASK) == SUID_DUMP_USER;

	if (mm)
		mm_users_put(mm);
	return is_dumpable;
}

u32 process_nr_threads(void)
{
	struct task_process *tp;
	u32 nr = 0;

	with_rcu();
	list_for_each_entry_rcu(tp, &process_state.tasks, tasks)
		nr += tp->signal ? tp->signal->nr_threads : 0;
	return nr;
}

/* ---- settings ---- */

u32 process_max_threads(void)
{
	return READ_ONCE(process_state.max_threads);
}

void process_set_max_threads(u32 nr)
{
	WRITE_ONCE(process_state.max_threads, nr);
}

int process_last_pid(void)
{
	return READ_ONCE(task_active_pid_ns(current)->last_nr);
}

int process_set_last_pid(int nr)
{
	struct pid_namespace *ns = task_active_pid_ns(current);

	if (!ns_capable(ns->user_ns, CAP_SYS_ADMIN) && !ns_capable(ns->user_ns, CAP_CHECKPOINT_RESTORE))
		return -EPERM;
	with_spinlock_irqsave(&ns->lock);
	if (nr < 0 || nr > ns->pid_max)
		return -EINVAL;
	ns->last_nr = nr;
	return 0;
}
