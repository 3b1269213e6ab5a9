/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exec_thread.c - one thread is left, and it is the process.
 *
 * WHAT        Before a new program starts, all other threads end, and the one that called execve takes the leader's place: its number,
 *             its links in the family, its start time.
 * INVARIANTS  D1  group_exec_task is set from the first step until the identity is taken; threads that see it die.
 *             D2  Nobody sees the process without a leader: the exchange is one step under tasklist_lock.
 * LOCKING     siglock, then tasklist_lock (not nested), as noted.
 * ERRORS      -EAGAIN: the group is ending anyway, or another thread was first.
 * TESTS       tests/guest/process/exec_test.c
 */
#include "process_impl.h"
#include <pages/slab.h>
#include <process/exit.h>
#include "exec_impl.h"
#include "exit_impl.h"
#include "fork_impl.h"

/* All others shall die; returns how many there are. siglock held. */
static int kill_others_locked(void)
{
	struct signal_struct *signal = cur->signal;
	struct task *t;
	int count = 0;

	signal->group_stop_count = 0;
	for_each_thread_of(signal, t) {
		if (t == current)
			continue;
		task_stop_pending_locked(t);
		count++;
		if (tproc(t)->exit_state)
			continue;
		tproc(t)->pending.signal.bits |= sigmask(SIGKILL);
		signal_wake_up(t, true);
	}
	return count;
}

static int wait_for_others(void)
{
	struct signal_struct *signal = cur->signal;

	spin_lock_irq(&cur->sighand->siglock);
	if ((signal->flags & SIGNAL_GROUP_EXIT) || signal->group_exec_task) {
		spin_unlock_irq(&cur->sighand->siglock);
		return -EAGAIN;
	}
	signal->group_exec_task = current;
	signal->notify_count = kill_others_locked();
	if (!thread_group_leader(current))
		signal->notify_count--;
	while (signal->notify_count > 0) {
		__set_current_state(TASK_KILLABLE);
		spin_unlock_irq(&cur->sighand->siglock);
		schedule();
		spin_lock_irq(&cur->sighand->siglock);
		if (signal->flags & SIGNAL_GROUP_EXIT) {
			__set_current_state(TASK_RUNNING);
			break;
		}
	}
	spin_unlock_irq(&cur->sighand->siglock);
	return signal->flags & SIGNAL_GROUP_EXIT ? -EAGAIN : 0;
}

static void swap_thread_pids(struct task *a, struct task *b)
{
	struct task_process *pa = tproc(a), *pb = tproc(b);
	struct pid *pid = pa->pid;

	hlist_del_rcu(&pa->pid_links[PIDTYPE_PID]);
	hlist_del_rcu(&pb->pid_links[PIDTYPE_PID]);
	WRITE_ONCE(pa->pid, pb->pid);
	WRITE_ONCE(pb->pid, pid);
	hlist_add_head_rcu(&pa->pid_links[PIDTYPE_PID], &pa->pid->tasks[PIDTYPE_PID]);
	hlist_add_head_rcu(&pb->pid_links[PIDTYPE_PID], &pb->pid->tasks[PIDTYPE_PID]);
	swap(a->thread.id, b->thread.id);
}

static void move_group_links(struct task *from, struct task *to)
{
	struct signal_struct *signal = tproc(to)->signal;

	for (int type = PIDTYPE_TGID; type < PIDTYPE_MAX; type++) {
		hlist_del_rcu(&tproc(from)->pid_links[type]);
		hlist_add_head_rcu(&tproc(to)->pid_links[type], &signal->pids[type]->tasks[type]);
	}
}

static void take_leaders_place_locked(struct task *leader)
{
	struct task_process *lp = tproc(leader);
	struct task *t;

	cur->start_time = lp->start_time;
	cur->start_boottime = lp->start_boottime;
	swap_thread_pids(current, leader);
	move_group_links(leader, current);
	list_replace_rcu(&lp->tasks, &cur->tasks);
	list_replace(&lp->sibling, &cur->sibling);
	INIT_LIST_HEAD(&lp->sibling);
	for_each_thread_of(cur->signal, t)
		tproc(t)->group_leader = current;
	cur->exit_signal = SIGCHLD;
	lp->exit_signal = -1;
	lp->exit_state = EXIT_STATE_DEAD;
	if (ns_of_pid(cur->pid)->child_reaper == leader)
		ns_of_pid(cur->pid)->child_reaper = current;
}

static int replace_leader(void)
{
	struct signal_struct *signal = cur->signal;
	struct task *leader = cur->group_leader;

	for (;;) {
		spin_lock_irq(&tasklist_lock);
		signal->notify_count = -1;
		if (tproc(leader)->exit_state)
			break;
		__set_current_state(TASK_KILLABLE);
		spin_unlock_irq(&tasklist_lock);
		schedule();
		if (signal->flags & SIGNAL_GROUP_EXIT)
			return -EAGAIN;
	}
	take_leaders_place_locked(leader);
	spin_unlock_irq(&tasklist_lock);
	release_task(leader);
	return 0;
}

int de_thread(void)
{
	struct signal_struct *signal = cur->signal;
	int ret = 0;

	if (!thread_group_empty(current)) {
		ret = wait_for_others();
		if (!ret && !thread_group_leader(current))
			ret = replace_leader();
		spin_lock_irq(&cur->sighand->siglock);
		signal->group_exec_task = NULL;
		signal->notify_count = 0;
		spin_unlock_irq(&cur->sighand->siglock);
	}
	if (!ret)
		cur->exit_signal = SIGCHLD;
	return ret;
}

int unshare_sighand(void)
{
	struct sighand_struct *old = cur->sighand, *new;

	if (refcount_read(&old->refs) == 1)
		return 0;
	new = sighand_alloc();
	if (!new)
		return -ENOMEM;
	spin_lock_irq(&tasklist_lock);
	spin_lock(&old->siglock);
	memcpy(new->action, old->action, sizeof(new->action));
	rcu_assign_pointer(cur->sighand, new);
	spin_unlock(&old->siglock);
	spin_unlock_irq(&tasklist_lock);
	sighand_put(old);
	return 0;
}
