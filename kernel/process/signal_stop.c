/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * signal_stop.c - job control: a whole process stops and goes on as one.
 *
 * WHAT        The thread that takes a stop signal starts a group stop: every thread gets STOP_PENDING and goes to the stopped
 *             state from the exit-to-user loop. The last one to come tells the parent. SIGCONT undoes all of it.
 * INVARIANTS  J1  group_stop_count is the number of threads with STOP_CONSUME.
 *             J2  A thread in TASK_STOPPED stands in get_signal(), holds no lock, and counts as at the boundary (law 1).
 *             J3  SIGKILL and SIGCONT clear STOP_PENDING of every thread.
 * LOCKING     siglock; telling the parent takes tasklist_lock outside it.
 * TESTS       tests/guest/process/signal_test.c
 */
#include "process_impl.h"
#include <process/exit.h>

void task_stop_pending_locked(struct task *task)
{
	tproc(task)->jobctl &= ~(JOBCTL_STOP_PENDING | JOBCTL_STOP_CONSUME | JOBCTL_STOP_DEQUEUED);
}

/* @task has stopped or will not: it counts no more. True: it was the last, the stop is complete. */
bool task_participate_group_stop_locked(struct task *task)
{
	struct signal_struct *signal = tproc(task)->signal;
	bool is_counted = tproc(task)->jobctl & JOBCTL_STOP_CONSUME;

	tproc(task)->jobctl &= ~(JOBCTL_STOP_PENDING | JOBCTL_STOP_CONSUME | JOBCTL_STOP_DEQUEUED);
	if (!is_counted)
		return false;
	if (signal->group_stop_count > 0)
		signal->group_stop_count--;
	if (signal->group_stop_count || (signal->flags & SIGNAL_STOP_STOPPED))
		return false;
	signal->flags = (signal->flags & ~SIGNAL_STOP_MASK) | SIGNAL_STOP_STOPPED;
	return true;
}

static bool mark_stop_pending(struct task *task)
{
	struct task_process *tp = tproc(task);

	if (tp->is_exiting || (tp->jobctl & (JOBCTL_STOPPED | JOBCTL_STOP_PENDING)) ||
	    sigset_has(&tp->pending.signal, SIGKILL))
		return false;
	tp->jobctl |= JOBCTL_STOP_PENDING | JOBCTL_STOP_CONSUME;
	return true;
}

static void start_group_stop(int sig)
{
	struct signal_struct *signal = cur->signal;
	struct task *t;

	if (!(signal->flags & SIGNAL_STOP_STOPPED))
		signal->group_exit_code = sig;
	signal->group_stop_count = 0;
	for_each_thread_of(signal, t) {
		if (!mark_stop_pending(t))
			continue;
		signal->group_stop_count++;
		if (t != current)
			signal_wake_up(t, false);
	}
}

/* Until SIGCONT or a kill cleared JOBCTL_STOPPED; they do that before the wake-up. */
static void sleep_stopped(void)
{
	for (;;) {
		set_current_state(TASK_STOPPED | TASK_WAKEPARK);
		if (!(READ_ONCE(cur->jobctl) & JOBCTL_STOPPED))
			break;
		if (park_pending()) {
			__set_current_state(TASK_RUNNING);
			park_here(); /* a stopped task is at the boundary; it stays stopped when it comes back */
			continue;
		}
		schedule();
	}
	__set_current_state(TASK_RUNNING);
}

/*
 * Stop the caller for the group stop in progress, or start one for @sig. siglock is held; true: it was dropped and the
 * caller was stopped; false: there is nothing to stop for.
 */
bool do_signal_stop_locked(int sig)
{
	bool is_last;

	if (!(cur->jobctl & JOBCTL_STOP_PENDING)) {
		/* A SIGCONT or a kill came while the lock was dropped. */
		if (!(cur->jobctl & JOBCTL_STOP_DEQUEUED) || (cur->signal->flags & SIGNAL_GROUP_EXIT) ||
		    cur->signal->group_exec_task)
			return false;
		start_group_stop(sig);
	}
	is_last = task_participate_group_stop_locked(current);
	cur->jobctl |= JOBCTL_STOPPED;
	spin_unlock_irq(&cur->sighand->siglock);
	if (is_last)
		notify_parent_stopped(current, CLD_STOPPED);
	sleep_stopped();
	return true;
}

/* SIGCHLD for a stop or a continue, and a wake-up for whoever waits for it. */
void notify_parent_stopped(struct task *task, int why)
{
	struct task *leader, *parent;
	struct sighand_struct *sighand;
	struct ksiginfo info = { .si_signo = SIGCHLD, .si_code = why };
	unsigned long flags, sigflags;

	spin_lock_irqsave(&tasklist_lock, flags);
	leader = tproc(task)->group_leader;
	parent = tproc(leader)->real_parent;
	rcu_read_lock();
	info.si_pid = task_pid_nr_ns(leader, task_active_pid_ns(parent));
	info.si_uid = from_kuid_munged(task_cred_user_ns(parent), task_uid(leader));
	rcu_read_unlock();
	task_fill_child_times(leader, &info);
	info.si_status = why == CLD_CONTINUED ? SIGCONT : tproc(leader)->signal->group_exit_code & 0x7f;
	sighand = tproc(parent)->sighand;
	spin_lock_irqsave(&sighand->siglock, sigflags);
	if (sighand->action[SIGCHLD - 1].handler != (unsigned long)SIG_IGN &&
	    !(sighand->action[SIGCHLD - 1].flags & SA_NOCLDSTOP))
		send_signal_locked(SIGCHLD, &info, parent, PIDTYPE_TGID);
	/* A wait4() must be woken even when no signal goes out. */
	wake_up_interruptible_all(&tproc(parent)->signal->wait_chldexit);
	spin_unlock_irqrestore(&sighand->siglock, sigflags);
	spin_unlock_irqrestore(&tasklist_lock, flags);
}
