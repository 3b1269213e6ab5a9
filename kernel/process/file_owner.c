/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file_owner.c - whom a file signals when it becomes ready (F_SETOWN, F_SETSIG, SIGIO, SIGURG).
 *
 * LOCKING  file->f_lock for changes; senders, which may be interrupts, read the pid under RCU.
 */
#include "process_impl.h"
#include <linux/fcntl.h>
#include <vfs/poll.h>
#include <vfs/file.h>
#include <vfs/vfs_port.h>

static enum pid_type owner_type(int type)
{
	return type == F_OWNER_TID ? PIDTYPE_PID : type == F_OWNER_PGRP ? PIDTYPE_PGID : PIDTYPE_TGID;
}

int vfs_set_owner(struct file *file, const struct f_owner_ex *owner)
{
	struct pid *pid = NULL, *old;

	if (owner->type < F_OWNER_TID || owner->type > F_OWNER_PGRP)
		return -EINVAL;
	if (owner->pid) {
		pid = find_get_pid(owner->pid);
		if (!pid)
			return -ESRCH;
	}
	spin_lock(&file->f_lock);
	old = file->f_owner.pid;
	rcu_assign_pointer(file->f_owner.pid, pid);
	file->f_owner.pid_type = owner->type;
	file->f_owner.uid = current_uid();
	file->f_owner.euid = current_euid();
	spin_unlock(&file->f_lock);
	put_pid(old);
	return 0;
}

void vfs_get_owner(struct file *file, struct f_owner_ex *owner)
{
	spin_lock(&file->f_lock);
	owner->type = file->f_owner.pid_type;
	owner->pid = pid_vnr(file->f_owner.pid);
	spin_unlock(&file->f_lock);
}

#define BAND_URGENT 0 /* SIGURG: no POLL_* has this number */

/* The rights of who asked for the signal, not of whoever runs now. */
static bool may_signal(const struct fown_struct *owner, struct task *task)
{
	const struct cred *cred = task_cred_rcu(task);

	return uid_eq(owner->euid, GLOBAL_ROOT_UID) || uid_eq(owner->euid, cred->suid) ||
	       uid_eq(owner->euid, cred->uid) || uid_eq(owner->uid, cred->suid) || uid_eq(owner->uid, cred->uid);
}

static void signal_one(const struct fown_struct *owner, struct task *task, int fd, int band)
{
	const u32 events[] = { EPOLLIN | EPOLLRDNORM, EPOLLOUT | EPOLLWRNORM, EPOLLIN | EPOLLRDNORM | 0x400, EPOLLERR,
			       EPOLLPRI | 0x80, EPOLLHUP | EPOLLERR };
	int type = owner->pid_type == F_OWNER_TID ? PIDTYPE_PID : PIDTYPE_TGID, which = band - POLL_IN;
	struct ksiginfo info = { .si_signo = owner->signum, .si_code = band };

	if (!may_signal(owner, task))
		return;
	if (band == BAND_URGENT) {
		send_signal_info(SIGURG, SEND_SIG_PRIV, task, type);
		return;
	}
	if (owner->signum) {
		info.si_band = which >= 0 && which < (int)ARRAY_SIZE(events) ? (long)events[which] : -1;
		info.si_fd = fd;
		if (!send_signal_info(owner->signum, &info, task, type))
			return;
	}
	send_signal_info(SIGIO, SEND_SIG_PRIV, task, type);
}

/* False: nobody owns the file. */
static bool signal_owner(const struct fown_struct *owner, int fd, int band)
{
	enum pid_type type = owner_type(owner->pid_type);
	unsigned long flags;
	struct task *t;
	struct pid *pid;

	rcu_read_lock();
	pid = rcu_dereference(owner->pid);
	if (pid && type != PIDTYPE_PGID) {
		t = pid_task(pid, PIDTYPE_PID);
		if (t)
			signal_one(owner, t, fd, band);
	} else if (pid) {
		spin_lock_irqsave(&tasklist_lock, flags);
		for_each_pid_task(pid, PIDTYPE_PGID, t)
			signal_one(owner, t, fd, band);
		spin_unlock_irqrestore(&tasklist_lock, flags);
	}
	rcu_read_unlock();
	return pid;
}

void vfs_send_sigio(struct file *file, int fd, int band)
{
	signal_owner(&file->f_owner, fd, band);
}

bool vfs_send_sigurg(struct file *file)
{
	return signal_owner(&file->f_owner, 0, BAND_URGENT);
}

pid_t vfs_pid_nr_here(pid_t nr)
{
	with_rcu();
	return current->process ? pid_vnr(find_pid_ns(nr, &init_pid_ns)) : nr;
}
