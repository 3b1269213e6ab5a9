/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wait.c - a parent learns what became of its children.
 *
 * WHAT        wait4 and waitid look for a child that ended, stopped or went on, and take that news (unless WNOWAIT). The wait is of
 *             the level kind: the children are looked at again after every wake-up and every park.
 * INVARIANTS  W1  Each piece of news is given to one waiter.
 *             W2  No news is lost between the look and the sleep: the waiter is queued before it looks.
 * LOCKING     tasklist_lock for the look; siglock of the child's group for its stop state.
 * ERRORS      -ECHILD no such child; -EINVAL options; -ERESTARTSYS, -EPARK.
 * TESTS       tests/guest/process/wait_test.c
 */
#include "process_impl.h"
#include <lib/time_units.h>
#include <linux/wait.h>
#include <vfs/file.h>
#include <process/exit.h>
#include <process/process_calls.h>
#include "exit_impl.h"
#include "rusage_impl.h"

struct wait_request {
	enum pid_type type; /* PIDTYPE_MAX: any child */
	struct pid *pid;
	u32 options;
	/* the answer */
	bool is_any;	/* there is a child that may have news later */
	pid_t found;	/* its number, 0: none yet */
	int status;	/* as wait4 gives it */
	int code;	/* CLD_* */
	int child_status;
	u32 uid;
	struct usage_sums usage;
};

static bool is_eligible(const struct wait_request *rq, struct task *child)
{
	if (rq->type == PIDTYPE_PID || rq->type == PIDTYPE_TGID) {
		if (tproc(child)->pid != rq->pid)
			return false;
	} else if (rq->type != PIDTYPE_MAX && task_pgrp(child) != rq->pid) {
		return false;
	}
	/* Children that end without SIGCHLD are "clone" children. */
	return (rq->options & __WALL) || (tproc(child)->exit_signal != SIGCHLD) == !!(rq->options & __WCLONE);
}

static void fill_found(struct wait_request *rq, struct task *child, int code, int status, int child_status)
{
	rq->found = task_pid_vnr(child);
	rq->uid = from_kuid_munged(current_user_ns(), task_uid(child));
	rq->code = code;
	rq->status = status;
	rq->child_status = child_status;
	thread_group_usage(child, &rq->usage);
}

/* What the dead child used becomes part of what our children used. */
static void take_over_usage(struct task *child)
{
	struct signal_struct *mine = cur->signal, *its = tproc(child)->signal;
	struct usage_sums sums;

	thread_group_usage(child, &sums);
	usage_add(&sums, &its->children);
	spin_lock(&mine->stats_lock);
	usage_add(&mine->children, &sums);
	spin_unlock(&mine->stats_lock);
}

/* tasklist_lock is dropped when it returns true and the child was reaped. */
static bool take_zombie(struct wait_request *rq, struct task *child, bool *unlocked)
{
	struct task_process *tp = tproc(child);
	int status = tp->signal->flags & SIGNAL_GROUP_EXIT ? tp->signal->group_exit_code : tp->exit_code;

	if (!(rq->options & WEXITED))
		return false;
	if (status & 0x7f)
		fill_found(rq, child, status & 0x80 ? CLD_DUMPED : CLD_KILLED, status, status & 0x7f);
	else
		fill_found(rq, child, CLD_EXITED, status, status >> 8);
	if (rq->options & WNOWAIT)
		return true;
	tp->exit_state = EXIT_STATE_DEAD;
	take_over_usage(child);
	spin_unlock_irq(&tasklist_lock);
	*unlocked = true;
	release_task(child);
	return true;
}

static bool take_stop_or_continue(struct wait_request *rq, struct task *child)
{
	struct signal_struct *signal = tproc(child)->signal;
	bool is_taken = true;
	int sig;

	spin_lock(&tproc(child)->sighand->siglock);
	sig = signal->group_exit_code;
	if ((rq->options & WUNTRACED) && (signal->flags & SIGNAL_STOP_STOPPED) && sig) {
		if (!(rq->options & WNOWAIT))
			signal->group_exit_code = 0;
		fill_found(rq, child, CLD_STOPPED, (sig << 8) | 0x7f, sig);
	} else if ((rq->options & WCONTINUED) && (signal->flags & SIGNAL_STOP_CONTINUED)) {
		if (!(rq->options & WNOWAIT))
			signal->flags &= ~SIGNAL_STOP_CONTINUED;
		fill_found(rq, child, CLD_CONTINUED, 0xffff, SIGCONT);
	} else {
		is_taken = false;
	}
	spin_unlock(&tproc(child)->sighand->siglock);
	return is_taken;
}

static bool consider(struct wait_request *rq, struct task *child, bool *unlocked)
{
	struct task_process *tp = tproc(child);

	if (!is_eligible(rq, child) || tp->exit_state == EXIT_STATE_DEAD)
		return false;
	rq->is_any = true;
	if (tp->exit_state == EXIT_STATE_ZOMBIE) {
		/* A leader that ended before its threads is not news yet. */
		if (thread_group_empty(child))
			return take_zombie(rq, child, unlocked);
	}
	return take_stop_or_continue(rq, child);
}

static bool look_at_children_of(struct wait_request *rq, struct task *parent, bool *unlocked)
{
	struct task_process *child;

	list_for_each_entry(child, &tproc(parent)->children, sibling)
		if (consider(rq, child->task, unlocked))
			return true;
	return false;
}

/* One child, by number: no need to look at all of them. */
static bool look_at_one(struct wait_request *rq, bool *unlocked)
{
	struct task *child = pid_task(rq->pid, PIDTYPE_TGID), *parent;

	if (!child)
		return false;
	parent = tproc(child)->real_parent;
	if (parent != current && ((rq->options & __WNOTHREAD) || !parent || !same_thread_group(parent, current)))
		return false;
	return consider(rq, child, unlocked);
}

/* Look once. 0: nothing yet, rq->is_any says whether to wait. */
static void look(struct wait_request *rq)
{
	bool unlocked = false;
	struct task *t;

	rq->is_any = false;
	rq->found = 0;
	spin_lock_irq(&tasklist_lock);
	if (rq->type == PIDTYPE_PID || rq->type == PIDTYPE_TGID) {
		look_at_one(rq, &unlocked);
	} else if ((rq->options & __WNOTHREAD) || thread_group_empty(current)) {
		look_at_children_of(rq, current, &unlocked);
	} else {
		for_each_thread_of(cur->signal, t)
			if (look_at_children_of(rq, t, &unlocked))
				break;
	}
	if (!unlocked)
		spin_unlock_irq(&tasklist_lock);
}

/* 0 with rq->found (0: WNOHANG and nothing), or -errno. */
static int do_wait(struct wait_request *rq)
{
	struct wait_queue_head *wq = &cur->signal->wait_chldexit;
	struct wait_queue_entry entry;
	int ret = 0;

	/* Most often there is news already. */
	look(rq);
	if (rq->found)
		return 0;
	if (!rq->is_any)
		return -ECHILD;
	if (rq->options & WNOHANG)
		return 0;
	wait_entry_init(&entry, 0);
	for (;;) {
		prepare_to_wait(wq, &entry, TASK_INTERRUPTIBLE);
		look(rq);
		if (rq->found)
			break;
		ret = rq->is_any ? wait_sleep(WAIT_LEVEL, DEADLINE_NEVER) : -ECHILD;
		if (ret)
			break;
	}
	finish_wait(wq, &entry);
	return ret;
}

/* For a namespace's dying init: take every child, whatever it takes. */
void reap_all_children(void)
{
	struct wait_request rq = { .type = PIDTYPE_MAX, .options = WEXITED | __WALL };
	struct wait_queue_entry entry;

	wait_entry_init(&entry, 0);
	for (;;) {
		prepare_to_wait(&cur->signal->wait_chldexit, &entry, TASK_INTERRUPTIBLE);
		look(&rq);
		if (rq.found)
			continue;
		if (!rq.is_any)
			break;
		schedule();
	}
	finish_wait(&cur->signal->wait_chldexit, &entry);
}

static int put_rusage_of(const struct wait_request *rq, uaddr_t rusage)
{
	struct rusage ru;

	if (uaddr_is_null(rusage))
		return 0;
	rusage_from_sums(&ru, &rq->usage);
	return put_user_obj(&ru, rusage);
}

long sys_wait4(pid_t pid, uaddr_t status, int options, uaddr_t rusage)
{
	struct wait_request rq = { .type = PIDTYPE_MAX, .options = options | WEXITED };
	int ret;

	if (options & ~(WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL))
		return -EINVAL;
	if (pid == INT_MIN)
		return -ESRCH;
	if (pid > 0) {
		rq.type = PIDTYPE_PID;
		rq.pid = find_get_pid(pid);
	} else if (pid == 0) {
		rq.type = PIDTYPE_PGID;
		rq.pid = get_task_pid(current, PIDTYPE_PGID);
	} else if (pid < -1) {
		rq.type = PIDTYPE_PGID;
		rq.pid = find_get_pid(-pid);
	}
	if (rq.type != PIDTYPE_MAX && !rq.pid)
		return -ECHILD;
	ret = do_wait(&rq);
	put_pid(rq.pid);
	if (ret || !rq.found)
		return ret;
	if (!uaddr_is_null(status) && put_user_u32((u32)rq.status, status))
		return -EFAULT;
	return put_rusage_of(&rq, rusage) ? -EFAULT : rq.found;
}

static int decode_waitid(struct wait_request *rq, int idtype, pid_t id)
{
	u32 file_flags = 0;
	struct pid *pid;

	switch (idtype) {
	case P_ALL:
		return 0;
	case P_PID:
		if (id <= 0)
			return -EINVAL;
		rq->type = PIDTYPE_PID;
		rq->pid = find_get_pid(id);
		return 0;
	case P_PGID:
		if (id < 0)
			return -EINVAL;
		rq->type = PIDTYPE_PGID;
		rq->pid = id ? find_get_pid(id) : get_task_pid(current, PIDTYPE_PGID);
		return 0;
	case P_PIDFD:
		if (id < 0)
			return -EINVAL;
		pid = pidfd_get_pid(id, &file_flags);
		if (IS_ERR(pid))
			return PTR_ERR(pid);
		rq->type = PIDTYPE_PID;
		rq->pid = pid;
		return file_flags & O_NONBLOCK ? 1 : 0;
	default:
		return -EINVAL;
	}
}

static int put_waitid_info(const struct wait_request *rq, uaddr_t infop)
{
	struct ksiginfo info = { 0 };

	if (uaddr_is_null(infop))
		return 0;
	if (rq->found) {
		info.si_signo = SIGCHLD;
		info.si_code = rq->code;
		info.si_pid = rq->found;
		info.si_uid = rq->uid;
		info.si_status = rq->child_status;
	}
	/* Only the fields up to si_status are the call's to write. */
	return copy_to_user(infop, &info, offsetof(struct ksiginfo, si_status) + sizeof(int)) ? -EFAULT : 0;
}

long sys_waitid(int idtype, pid_t id, uaddr_t infop, int options, uaddr_t rusage)
{
	struct wait_request rq = { .type = PIDTYPE_MAX, .options = options };
	int ret, is_nonblock;

	if (options & ~(WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL))
		return -EINVAL;
	if (!(options & (WEXITED | WSTOPPED | WCONTINUED)))
		return -EINVAL;
	is_nonblock = decode_waitid(&rq, idtype, id);
	if (is_nonblock < 0)
		return is_nonblock;
	ret = -ECHILD;
	if (rq.type == PIDTYPE_MAX || rq.pid) {
		if (is_nonblock)
			rq.options |= WNOHANG;
		ret = do_wait(&rq);
		put_pid(rq.pid);
	}
	if (!ret && !rq.found && is_nonblock && !(options & WNOHANG))
		ret = -EAGAIN;
	if (ret == -EPARK)
		return ret;
	if (rq.found && put_rusage_of(&rq, rusage))
		return -EFAULT;
	/* A failed wait writes zeros there, so a bad address is what the caller hears of. */
	return put_waitid_info(&rq, infop) ? -EFAULT : ret;
}
