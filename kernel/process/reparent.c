/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reparent.c - children and groups whose parent is gone.
 *
 * WHAT        An orphan goes to another live thread of its parent's group, else to the nearest ancestor that called
 *             PR_SET_CHILD_SUBREAPER, else to the init of its pid namespace. A process group without a member whose parent is
 *             outside the group but in the session is orphaned: its stopped members get SIGHUP and SIGCONT.
 * INVARIANTS  R1  has_child_subreaper is set on every process below a subreaper, so the walk is only done where there is one.
 *             R2  A new parent is never a task that has begun to exit, as long as any other is left.
 * LOCKING     tasklist_lock.
 * TESTS       tests/guest/process/wait_test.c, tests/guest/process/signal_test.c
 */
#include "process_impl.h"
#include <process/exit.h>
#include <process/fork.h>
#include "exit_impl.h"

static struct task *find_alive_thread(struct task *task)
{
	struct task *t;

	for_each_thread_of(tproc(task)->signal, t)
		if (!tproc(t)->is_exiting)
			return t;
	return NULL;
}

/* The reaper of @father's namespace; when @father's group is it, one of its other threads takes over. */
static struct task *namespace_reaper(struct task *father)
{
	struct pid_namespace *ns = task_active_pid_ns(father);
	struct task *reaper = ns->child_reaper, *other;

	if (reaper != father)
		return reaper;
	other = find_alive_thread(father);
	if (other)
		ns->child_reaper = other;
	return ns->child_reaper;
}

static struct task *find_new_reaper(struct task *father, struct task *child_reaper)
{
	struct task *thread = find_alive_thread(father), *reaper;

	if (thread)
		return thread;
	if (!tproc(father)->signal->has_child_subreaper)
		return child_reaper;
	for (reaper = tproc(father)->real_parent; reaper && reaper != child_reaper;
	     reaper = tproc(reaper)->real_parent) {
		/* Never across the border of the namespace. */
		if (task_active_pid_ns(reaper) != task_active_pid_ns(father) || is_global_init(reaper))
			break;
		if (!tproc(reaper)->signal->is_child_subreaper)
			continue;
		thread = find_alive_thread(reaper);
		if (thread)
			return thread;
	}
	return child_reaper;
}

bool will_become_orphaned_pgrp_locked(struct pid *pgrp, struct task *ignored)
{
	struct task *t;

	for_each_pid_task(pgrp, PIDTYPE_PGID, t) {
		struct task *parent = tproc(t)->real_parent;

		if (t == ignored || (tproc(t)->exit_state && thread_group_empty(t)) || !parent ||
		    is_global_init(parent))
			continue;
		if (task_pgrp(parent) != pgrp && task_session(parent) == task_session(t))
			return false;
	}
	return true;
}

bool is_current_pgrp_orphaned(void)
{
	with_spinlock_irqsave(&tasklist_lock);
	return will_become_orphaned_pgrp_locked(task_pgrp(current), NULL);
}

static bool has_stopped_jobs(struct pid *pgrp)
{
	struct task *t;

	for_each_pid_task(pgrp, PIDTYPE_PGID, t)
		if (tproc(t)->signal->flags & SIGNAL_STOP_STOPPED)
			return true;
	return false;
}

/* Did the end of @task (or, with @parent, the end of its parent) orphan its group? */
void kill_orphaned_pgrp_locked(struct task *task, struct task *parent)
{
	struct pid *pgrp = task_pgrp(task);
	struct task *ignored = task, *t;

	if (parent)
		ignored = NULL;
	else
		parent = tproc(task)->real_parent;
	if (!parent || task_pgrp(parent) == pgrp || task_session(parent) != task_session(task) ||
	    !will_become_orphaned_pgrp_locked(pgrp, ignored) || !has_stopped_jobs(pgrp))
		return;
	for_each_pid_task(pgrp, PIDTYPE_PGID, t) {
		send_signal_info(SIGHUP, SEND_SIG_PRIV, t, PIDTYPE_PGID);
		send_signal_info(SIGCONT, SEND_SIG_PRIV, t, PIDTYPE_PGID);
	}
}

/* @child (a leader) has a new parent, perhaps one that ignores it. */
static void reparent_leader(struct task *father, struct task *child, struct list_head *dead)
{
	struct task_process *tp = tproc(child);

	if (tp->exit_state == EXIT_STATE_DEAD)
		return;
	/* A zombie that nobody asked for yet: perhaps the new parent does not care. */
	tp->exit_signal = SIGCHLD;
	if (tp->exit_state == EXIT_STATE_ZOMBIE && thread_group_empty(child) &&
	    notify_parent_exit(child, tp->exit_signal)) {
		tp->exit_state = EXIT_STATE_DEAD;
		list_add(&tp->sibling_dead, dead);
	}
	kill_orphaned_pgrp_locked(child, father);
}

void forget_original_parent_locked(struct list_head *dead)
{
	struct task *father = current, *child_reaper = namespace_reaper(father), *reaper, *t;
	struct task_process *child, *next;

	if (list_empty(&cur->children))
		return;
	reaper = find_new_reaper(father, child_reaper);
	list_for_each_entry(child, &cur->children, sibling) {
		for_each_thread_of(child->signal, t) {
			tproc(t)->real_parent = tproc(t)->parent = reaper;
			if (tproc(t)->pdeath_signal)
				send_signal_info(tproc(t)->pdeath_signal, SEND_SIG_NOINFO, t, PIDTYPE_TGID);
		}
	}
	/* Inside the group nothing else changes. */
	if (!same_thread_group(reaper, father))
		list_for_each_entry_safe(child, next, &cur->children, sibling)
			reparent_leader(father, child->task, dead);
	list_splice_tail_init(&cur->children, &tproc(reaper)->children);
}

static void kill_namespace(struct pid_namespace *ns)
{
	unsigned long index;
	struct pid *pid;
	struct task *t;

	with_spinlock_irqsave(&tasklist_lock);
	xa_for_each_start(&ns->pids, index, pid, 2) {
		t = pid_task(pid, PIDTYPE_PID);
		if (t && !same_thread_group(t, current))
			send_signal_info(SIGKILL, SEND_SIG_PRIV, t, PIDTYPE_MAX);
	}
}

void zap_pid_ns_processes(struct pid_namespace *ns)
{
	unsigned long flags;

	spin_lock_irqsave(&ns->lock, flags);
	ns->is_dying = true;
	spin_unlock_irqrestore(&ns->lock, flags);
	/* Zombies must not stay for a parent that will never wait. */
	spin_lock_irq(&cur->sighand->siglock);
	cur->sighand->action[SIGCHLD - 1].handler = (unsigned long)SIG_IGN;
	spin_unlock_irq(&cur->sighand->siglock);
	kill_namespace(ns);
	reap_all_children();
	/* Orphans that came meanwhile end by themselves now; only our own numbers stay. */
	wait_event(ns->empty_wait, READ_ONCE(ns->nr_pids) <= (thread_group_leader(current) ? 1 : 2));
	if (ns->reboot)
		cur->signal->group_exit_code = ns->reboot;
}
