/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exit.c - how a thread ends, and with the last one its process.
 *
 * WHAT        do_exit() gives back what the thread holds, hands its children to another, tells the parent, and switches away for
 *             ever. What is left is a zombie: its numbers and its exit status. release_task() removes that too.
 * INVARIANTS  E1  From the start of do_exit() the thread runs to its end: it takes no signal and does not park.
 *             E2  exit_state goes 0 -> ZOMBIE -> DEAD, or 0 -> DEAD when nobody will ask; each step under tasklist_lock. Whoever makes
 *                 it DEAD calls release_task().
 *             E3  A leader tells its parent only when it is the last thread of its group.
 * LOCKING     tasklist_lock for family and state; siglock inside it.
 * LIFECYCLE   running -> exiting -> ZOMBIE -> DEAD -> (last reference, grace period) free_task()
 * TESTS       tests/guest/process/wait_test.c
 */
#include "process_impl.h"
#include <arch/fpu.h>
#include <log/panic.h>
#include <log/printk.h>
#include <pages/slab.h>
#include <mm/mm.h>
#include <vfs/fdtable.h>
#include <vfs/fs_struct.h>
#include <process/exit.h>
#include <process/fork.h>
#include <process/nsproxy.h>
#include <process/tty_hooks.h>
#include <process/process_calls.h>
#include "fork_impl.h"
#include "acct_impl.h"
#include "exit_impl.h"
#include "io_ports_impl.h"

/* ---- accounts ---- */

static void io_account_add(struct io_account *to, const struct io_account *from)
{
	to->rchar += from->rchar;
	to->wchar += from->wchar;
	to->syscr += from->syscr;
	to->syscw += from->syscw;
	to->read_bytes += from->read_bytes;
	to->write_bytes += from->write_bytes;
	to->cancelled_write_bytes += from->cancelled_write_bytes;
}

void usage_add_task(struct usage_sums *sums, struct task *task)
{
	u64 utime, stime;

	task_cputime(task, &utime, &stime);
	sums->utime += utime;
	sums->stime += stime;
	sums->sum_exec += task_sum_exec_ns(task);
	sums->nvcsw += task->nvcsw;
	sums->nivcsw += task->nivcsw;
	sums->min_flt += task->min_flt;
	sums->maj_flt += task->maj_flt;
	io_account_add(&sums->io, &task->io);
}

void usage_add(struct usage_sums *to, const struct usage_sums *from)
{
	to->utime += from->utime;
	to->stime += from->stime;
	to->sum_exec += from->sum_exec;
	to->nvcsw += from->nvcsw;
	to->nivcsw += from->nivcsw;
	to->min_flt += from->min_flt;
	to->maj_flt += from->maj_flt;
	io_account_add(&to->io, &from->io);
	to->maxrss_pages = max(to->maxrss_pages, from->maxrss_pages);
}

void task_fill_child_times(struct task *leader, struct ksiginfo *info)
{
	struct usage_sums sums;

	thread_group_usage(leader, &sums);
	info->si_utime = (long)ns_to_user_ticks(sums.utime);
	info->si_stime = (long)ns_to_user_ticks(sums.stime);
}

/* ---- telling the parent ---- */

static void wake_parent(struct task *parent)
{
	wake_up_interruptible_all(&tproc(parent)->signal->wait_chldexit);
}

/* A note of the end: -> true when nobody wants the zombie. tasklist_lock held. */
bool notify_parent_exit(struct task *task, int sig)
{
	struct task_process *tp = tproc(task);
	struct task *parent = tp->parent;
	struct ksiginfo info = { 0 };
	struct k_sigaction *action;
	bool autoreap = false;
	unsigned long flags;

	lock_assert_held(&tasklist_lock);
	if (waitqueue_active(&tp->pid->wait_pidfd))
		wake_up_poll_all(&tp->pid->wait_pidfd, 0x41 /* EPOLLIN | EPOLLRDNORM */);
	/* The parent became another program since: it did not ask for anything but SIGCHLD. */
	if (sig != SIGCHLD && tproc(parent)->self_exec_id != tp->parent_exec_id)
		sig = SIGCHLD;
	info.si_signo = sig;
	info.si_pid = task_pid_nr_ns(task, task_active_pid_ns(parent));
	info.si_uid = from_kuid_munged(task_cred_user_ns(parent), task_uid(task));
	task_fill_child_times(task, &info);
	info.si_status = tp->exit_code & 0x7f;
	if (tp->exit_code & 0x80) {
		info.si_code = CLD_DUMPED;
	} else if (tp->exit_code & 0x7f) {
		info.si_code = CLD_KILLED;
	} else {
		info.si_code = CLD_EXITED;
		info.si_status = tp->exit_code >> 8;
	}
	spin_lock_irqsave(&tproc(parent)->sighand->siglock, flags);
	action = &tproc(parent)->sighand->action[SIGCHLD - 1];
	if (sig == SIGCHLD &&
	    (action->handler == (unsigned long)SIG_IGN || (action->flags & SA_NOCLDWAIT))) {
		autoreap = true;
		if (action->handler == (unsigned long)SIG_IGN)
			sig = 0;
	}
	if (sig > 0 && sig <= NSIGNALS) /* clone() takes any byte */
		send_signal_locked(sig, &info, parent, PIDTYPE_TGID);
	wake_parent(parent);
	spin_unlock_irqrestore(&tproc(parent)->sighand->siglock, flags);
	return autoreap;
}

/* ---- releasing a zombie ---- */

static void unlink_task_locked(struct task *task)
{
	struct task_process *tp = tproc(task);
	struct signal_struct *signal = tp->signal;

	atomic_dec(&nr_tasks);
	detach_pid_locked(task, PIDTYPE_PID);
	if (thread_group_leader(task)) {
		detach_pid_locked(task, PIDTYPE_TGID);
		detach_pid_locked(task, PIDTYPE_PGID);
		detach_pid_locked(task, PIDTYPE_SID);
		list_del_rcu(&tp->tasks);
		list_del_init(&tp->sibling);
	}
	signal->nr_threads--;
	list_del_rcu(&tp->thread_node);
}

/* Take @task out of its group and of every list; its accounts go to the group. tasklist_lock held. */
static struct sighand_struct *leave_group_locked(struct task *task)
{
	struct task_process *tp = tproc(task);
	struct signal_struct *signal = tp->signal;
	struct sighand_struct *sighand = tp->sighand;
	bool is_leader = thread_group_leader(task);

	spin_lock(&sighand->siglock);
	if (is_leader) {
		signal->tty = NULL;
	} else {
		/* exec in another thread counts us down. */
		if (signal->notify_count > 0 && !--signal->notify_count)
			wake_up_process(signal->group_exec_task);
		if (signal->curr_target == task)
			signal->curr_target = next_thread(task);
	}
	spin_lock(&signal->stats_lock);
	usage_add_task(&signal->own, task);
	spin_unlock(&signal->stats_lock);
	unlink_task_locked(task);
	flush_sigqueue(&tp->pending);
	if (is_leader)
		flush_sigqueue(&signal->shared_pending);
	if (tp->sigqueue_cache) {
		kmem_cache_free(process_state.sigqueue_cache, tp->sigqueue_cache);
		tp->sigqueue_cache = NULL;
	}
	WRITE_ONCE(tp->sighand, NULL);
	spin_unlock(&sighand->siglock);
	return sighand;
}

/* The last other thread of a group is gone: now its zombie leader counts. True: nobody waits for it, release it too. */
static bool leader_is_next_locked(struct task *task)
{
	struct task *leader = tproc(task)->group_leader;
	bool autoreap;

	if (leader == task || !thread_group_empty(leader) || tproc(leader)->exit_state != EXIT_STATE_ZOMBIE)
		return false;
	autoreap = notify_parent_exit(leader, tproc(leader)->exit_signal);
	if (autoreap)
		tproc(leader)->exit_state = EXIT_STATE_DEAD;
	return autoreap;
}

void release_task(struct task *task)
{
	struct sighand_struct *sighand;
	struct task *leader;
	bool is_again;

	do {
		spin_lock_irq(&tasklist_lock);
		leader = tproc(task)->group_leader;
		uncount_creds(task); /* not at the end of its memory: whoever waited for it may fork again */
		sighand = leave_group_locked(task);
		is_again = leader_is_next_locked(task);
		spin_unlock_irq(&tasklist_lock);
		sighand_put(sighand);
		put_task(task);
		task = leader;
	} while (is_again);
}

/* sched port */
void free_task(struct task *task)
{
	fpu_thread_fini(&task->thread);
	exit_creds(task);
	signal_put(tproc(task)->signal);
	task_release_memory(task);
}

/* ---- the steps of do_exit ---- */

/* No signal for this thread from now on; what the group got for it goes to another. */
static void stop_taking_signals(void)
{
	struct signal_struct *signal = cur->signal;
	bool is_stopped = false;

	spin_lock_irq(&cur->sighand->siglock);
	cur->is_exiting = true;
	signal->quick_threads--;
	if (signal->nr_threads > 1 && !(signal->flags & SIGNAL_GROUP_EXIT) && signal_pending())
		retarget_shared_signals_locked();
	if (cur->jobctl & JOBCTL_STOP_PENDING)
		is_stopped = task_participate_group_stop_locked(current);
	/* The waits of the way out must not end early. */
	current->thread.fatal_signal = false;
	thread_clear_work(&current->thread, TIF_SIGPENDING);
	spin_unlock_irq(&cur->sighand->siglock);
	if (is_stopped)
		notify_parent_stopped(current, CLD_STOPPED);
}

/* User space learns that this thread is done with its memory: robust futexes, join futex, vfork parent. */
void mm_release_user(struct task *task)
{
	struct mm *mm = task->mm;

	exit_robust_list(task);
	cur->rseq = UADDR_NULL;
	if (!uaddr_is_null(cur->clear_child_tid)) {
		if (mm && atomic_read(&mm->users) > 1 && !put_user_u32(0, cur->clear_child_tid))
			futex_wake_user(cur->clear_child_tid, 1);
		cur->clear_child_tid = UADDR_NULL;
	}
	vfork_release(task);
}

static void exit_mm(void)
{
	struct mm *mm = current->mm;

	if (!mm)
		return;
	mm_release_user(current);
	mm_activate(mm, NULL);
	mm_users_put(mm);
}

static void note_maxrss(void)
{
	struct signal_struct *signal = cur->signal;
	unsigned long rss;

	if (!current->mm)
		return;
	rss = max(current->mm->hiwater_rss, mm_rss(current->mm));
	spin_lock_irq(&signal->stats_lock);
	signal->own.maxrss_pages = max(signal->own.maxrss_pages, rss);
	spin_unlock_irq(&signal->stats_lock);
}

/* Tell the parent, or nobody: the thread is a zombie or dead after this. Returns what to release. */
static void exit_notify(bool is_group_dead)
{
	struct list_head dead;
	struct task_process *tp, *next;
	bool autoreap = true;

	INIT_LIST_HEAD(&dead);
	spin_lock_irq(&tasklist_lock);
	forget_original_parent_locked(&dead);
	if (is_group_dead)
		kill_orphaned_pgrp_locked(cur->group_leader, NULL);
	cur->exit_state = EXIT_STATE_ZOMBIE;
	if (thread_group_leader(current))
		autoreap = thread_group_empty(current) && notify_parent_exit(current, cur->exit_signal);
	if (autoreap) {
		cur->exit_state = EXIT_STATE_DEAD;
		list_add(&cur->sibling_dead, &dead);
	}
	/* exec in another thread waits for the leader to get this far. */
	if (unlikely(cur->signal->notify_count < 0))
		wake_up_process(cur->signal->group_exec_task);
	spin_unlock_irq(&tasklist_lock);
	list_for_each_entry_safe(tp, next, &dead, sibling_dead) {
		list_del_init(&tp->sibling_dead);
		release_task(tp->task);
	}
}

static void check_init_survives(long code)
{
	if (is_global_init(current))
		panic("init died: exit code %#lx", cur->signal->group_exit_code ? (long)cur->signal->group_exit_code
										  : code);
}

/* The reaper of @ns ends, and everybody in it. */
static void end_pid_ns(struct pid_namespace *ns)
{
	zap_pid_ns_processes(ns);
	acct_ns_end(ns);
}

/* Until the end: its signal is about to be taken, and its memory to be given back. */
static void note_oom_victim(void)
{
	if (current->mm && test_bit(MMF_OOM_VICTIM, &current->mm->flags))
		current->flags |= PF_OOM_VICTIM;
}

void do_exit(long code)
{
	bool is_group_dead;

	current->thread.flags |= THREAD_EXITING;
	current->flags |= PF_EXITING;
	note_oom_victim();
	stop_taking_signals();
	is_group_dead = atomic_dec_and_test(&cur->signal->live);
	if (is_group_dead) {
		check_init_survives(code);
		exit_itimers(current);
		note_maxrss();
	}
	cur->exit_code = (int)code;
	exit_cpu_timers(current);
	if (is_group_dead)
		acct_process();
	exit_mm();
	exit_files(current);
	exit_fs(current);
	io_ports_drop(current);
	if (is_group_dead && cur->signal->leader)
		tty_disassociate(true);
	exit_task_namespaces(current);
	if (is_child_reaper(cur->pid) && is_group_dead)
		end_pid_ns(task_active_pid_ns(current));
	exit_notify(is_group_dead);
	sched_exit_switch();
}

void do_group_exit(int code)
{
	struct signal_struct *signal = cur->signal;

	if (signal->flags & SIGNAL_GROUP_EXIT) {
		code = signal->group_exit_code;
	} else if (signal->group_exec_task) {
		code = 0;
	} else {
		spin_lock_irq(&cur->sighand->siglock);
		if (signal->flags & SIGNAL_GROUP_EXIT)
			code = signal->group_exit_code;
		else if (signal->group_exec_task)
			code = 0;
		else if (signal->nr_threads > 1)
			zap_other_threads_locked(code);
		else
			signal->group_exit_code = code, signal->flags = SIGNAL_GROUP_EXIT |
									(signal->flags & SIGNAL_UNKILLABLE);
		spin_unlock_irq(&cur->sighand->siglock);
	}
	do_exit(code);
}

long sys_exit(int status)
{
	do_exit((status & 0xff) << 8);
}

long sys_exit_group(int status)
{
	do_group_exit((status & 0xff) << 8);
}
