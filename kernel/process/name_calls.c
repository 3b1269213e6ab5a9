/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * name_calls.c - numbers of tasks, process groups and sessions.
 *
 * WHAT        Numbers are those of the caller's pid namespace. A session's leader is its first group's leader and
 *             can't become another group's.
 * LOCKING     tasklist_lock where a process changes group or session, with its siglock inside; RCU for
 *             reading numbers.
 * ERRORS      -ESRCH no such process or not a child; -EACCES the child has exec'd; -EPERM sessions; -EINVAL negative group.
 * TESTS       tests/guest/process/wait_test.c
 */
#include "process_impl.h"
#include <process/process_calls.h>

long sys_getpid(void)
{
	return task_tgid_vnr(current);
}

long sys_gettid(void)
{
	return task_pid_vnr(current);
}

long sys_getppid(void)
{
	if (is_global_init(current))
		return 0; /* it is its own parent: init.c */
	with_rcu();
	return task_tgid_vnr(READ_ONCE(cur->real_parent));
}

long sys_set_tid_address(uaddr_t tidptr)
{
	cur->clear_child_tid = tidptr;
	return task_pid_vnr(current);
}

static long pid_of(pid_t nr, enum pid_type type)
{
	struct task *task;
	struct pid *pid;

	with_rcu();
	task = nr ? find_task_by_vpid(nr) : current;
	pid = task ? (type == PIDTYPE_PGID ? task_pgrp(task) : task_session(task)) : NULL;
	return pid ? pid_vnr(pid) : -ESRCH;
}

long sys_getpgid(pid_t pid)
{
	return pid_of(pid, PIDTYPE_PGID);
}

long sys_getpgrp(void)
{
	return pid_of(0, PIDTYPE_PGID);
}

long sys_getsid(pid_t pid)
{
	return pid_of(pid, PIDTYPE_SID);
}

/* The rules of setpgid(2) up to the target group. tasklist_lock held. */
static int check_setpgid_target(struct task *target)
{
	struct task *leader = cur->group_leader;

	if (tproc(target)->signal->leader)
		return -EPERM;
	if (target == leader)
		return 0;
	if (!same_thread_group(tproc(target)->real_parent, leader))
		return -ESRCH;
	if (task_session(target) != task_session(leader))
		return -EPERM;
	return tproc(target)->did_exec ? -EACCES : 0;
}

/* Is there a group @pgrp in the caller's session? */
static bool group_in_session(struct pid *pgrp)
{
	struct task *member = pid_task(pgrp, PIDTYPE_PGID);

	return member && task_session(member) == task_session(cur->group_leader);
}

static int setpgid_locked(pid_t nr, pid_t group)
{
	struct task *target = find_task_by_vpid(nr);
	struct pid *pgrp;
	int ret;

	if (!target)
		return -ESRCH;
	if (!thread_group_leader(target))
		return -EINVAL;
	ret = check_setpgid_target(target);
	if (ret)
		return ret;
	pgrp = task_tgid(target);
	if (group != nr) {
		pgrp = find_vpid(group);
		if (!pgrp || !group_in_session(pgrp))
			return -EPERM;
	}
	if (task_pgrp(target) != pgrp)
		change_pid_locked(target, PIDTYPE_PGID, pgrp);
	return 0;
}

long sys_setpgid(pid_t pid, pid_t pgid)
{
	if (!pid)
		pid = task_tgid_vnr(current);
	if (!pgid)
		pgid = pid;
	if (pgid < 0)
		return -EINVAL;
	with_spinlock_irqsave(&tasklist_lock);
	return setpgid_locked(pid, pgid);
}

long sys_setsid(void)
{
	struct task *leader = cur->group_leader;
	struct pid *sid = task_tgid(leader);

	with_spinlock_irqsave(&tasklist_lock);
	if (cur->signal->leader || pid_task(sid, PIDTYPE_PGID))
		return -EPERM;
	cur->signal->leader = true;
	if (task_session(leader) != sid)
		change_pid_locked(leader, PIDTYPE_SID, sid);
	if (task_pgrp(leader) != sid)
		change_pid_locked(leader, PIDTYPE_PGID, sid);
	spin_lock(&cur->sighand->siglock);
	cur->signal->tty = NULL;
	spin_unlock(&cur->sighand->siglock);
	return pid_vnr(sid);
}
