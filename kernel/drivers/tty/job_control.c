/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * job_control.c - whose terminal it is.
 *
 * WHAT        The session that a terminal controls, its group in the foreground, and what background groups may do.
 * INVARIANTS  J1  tty->session and tty->pgrp are set and cleared together; pgrp is a group of that session when set.
 *             J2  A session leader without terminal gets one by opening it readable without O_NOCTTY, or by TIOCSCTTY.
 *             J3  A background process that reads gets SIGTTIN; that writes (TOSTOP) or changes settings, SIGTTOU;
 *                 ignored or blocked, SIGTTIN becomes EIO and SIGTTOU is allowed; an orphaned group gets EIO.
 * LOCKING     tty->lock around the decision to take a terminal; siglock and ctrl_lock, in this order, to look.
 * ERRORS      -ENOTTY -EPERM -ESRCH -EINVAL -EIO -ERESTARTSYS -EFAULT
 * TESTS       tests/guest/tty/job_test.c
 */
#include "tty_impl.h"
#include <arch/uaccess.h>
#include <linux/capability.h>
#include <process/pid.h>
#include <process/exit.h>
#include <process/report.h>
#include <process/signal.h>
#include <process/signal_struct.h>
#include <process/task_process.h>
#include <process/tty_hooks.h>
#include <sched/cred.h>
#include <sched/task.h>

static struct signal_struct *my_signal(void)
{
	return current->process->signal;
}

static struct sighand_struct *my_sighand(void)
{
	return current->process->sighand;
}

static bool is_my_tty(const struct tty_struct *tty)
{
	return READ_ONCE(my_signal()->tty) == tty;
}

struct tty_struct *get_current_tty(void)
{
	struct tty_struct *tty;

	if (!current->process || !my_sighand())
		return NULL;
	with_spinlock_irq(&my_sighand()->siglock);
	tty = current_tty_locked();
	return tty ? tty_get(tty) : NULL;
}

struct pid *tty_get_pgrp(struct tty_struct *tty)
{
	with_spinlock_irqsave(&tty->ctrl_lock);
	return get_pid(tty->pgrp);
}

struct pid *tty_get_session(struct tty_struct *tty)
{
	with_spinlock_irqsave(&tty->ctrl_lock);
	return get_pid(tty->session);
}

/* Consumes the references; NULL, NULL: nobody's. J1. */
static void set_session(struct tty_struct *tty, struct pid *session, struct pid *pgrp)
{
	unsigned long flags;

	spin_lock_irqsave(&tty->ctrl_lock, flags);
	swap(tty->session, session);
	swap(tty->pgrp, pgrp);
	spin_unlock_irqrestore(&tty->ctrl_lock, flags);
	put_pid(session);
	put_pid(pgrp);
}

void tty_forget_session(struct tty_struct *tty)
{
	set_session(tty, NULL, NULL);
}

void tty_signal_foreground(struct tty_struct *tty, int sig)
{
	struct pid *pgrp = tty_get_pgrp(tty);

	if (pgrp)
		kill_pgrp(pgrp, sig, 1);
	put_pid(pgrp);
}

/* --- background ------------------------------------------------------------------------------------------------ */

/* J3 for a caller whose group @mine is not the foreground one. */
static int refuse_background(struct pid *mine, int sig)
{
	if (is_ignored(sig))
		return sig == SIGTTIN ? -EIO : 0;
	if (is_current_pgrp_orphaned())
		return -EIO;
	kill_pgrp(mine, sig, 1);
	return -ERESTARTSYS;
}

int tty_check_background(struct tty_struct *tty, int sig)
{
	struct pid *mine, *foreground;
	int ret = 0;

	if (!is_my_tty(tty))
		return 0;
	mine = get_task_pid(current, PIDTYPE_PGID);
	foreground = tty_get_pgrp(tty);
	if (foreground && foreground != mine)
		ret = refuse_background(mine, sig);
	put_pid(foreground);
	put_pid(mine);
	return ret;
}

/* --- taking and leaving a terminal --------------------------------------------------------------------------------- */

static void become_mine(struct tty_struct *tty)
{
	set_session(tty, get_task_pid(current, PIDTYPE_SID), get_task_pid(current, PIDTYPE_PGID));
	process_set_tty(tty);
}

void tty_acquire_at_open(struct tty_struct *tty, struct file *file)
{
	/* Who may only write is not trusted with what a controlling terminal can be told to do. */
	if (my_signal()->leader && !my_signal()->tty && !READ_ONCE(tty->session) && (file->f_mode & FMODE_READ))
		become_mine(tty);
}

static long set_controlling(struct tty_struct *tty, struct file *file, unsigned long arg)
{
	struct pid *session;

	with_mutex(&tty->lock);
	session = READ_ONCE(tty->session);
	if (my_signal()->leader && session && session == task_session(current))
		return 0;
	if (!my_signal()->leader || my_signal()->tty)
		return -EPERM;
	if (session && (arg != 1 || !capable(CAP_SYS_ADMIN)))
		return -EPERM;
	if (!(file->f_mode & FMODE_READ) && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (session) {
		session = tty_get_session(tty);
		session_clear_tty(session);
		put_pid(session);
	}
	become_mine(tty);
	return 0;
}

/* The caller, a session leader, gives @tty up: its foreground group is told, the whole session forgets it. */
static void leave(struct tty_struct *tty, bool on_exit)
{
	struct pid *session;

	mutex_lock(&tty->lock);
	tty_signal_foreground(tty, SIGHUP);
	if (!on_exit)
		tty_signal_foreground(tty, SIGCONT);
	session = get_task_pid(current, PIDTYPE_SID);
	if (READ_ONCE(tty->session) == session)
		tty_forget_session(tty);
	session_clear_tty(session);
	mutex_unlock(&tty->lock);
	put_pid(session);
}

static void signal_old_group(void)
{
	struct pid *pgrp = process_take_old_pgrp();

	if (!pgrp)
		return;
	kill_pgrp(pgrp, SIGHUP, 1);
	kill_pgrp(pgrp, SIGCONT, 1);
	put_pid(pgrp);
}

static void disassociate(bool on_exit)
{
	struct tty_struct *tty = get_current_tty();

	if (!my_signal()->leader)
		return tty_put(tty);
	if (!tty) {
		if (on_exit)
			signal_old_group();
		return;
	}
	if (on_exit && !tty->pty)
		tty_hangup(tty);
	else
		leave(tty, on_exit);
	put_pid(process_take_old_pgrp());
	tty_put(tty);
}

static void identify(struct tty_struct *tty, struct tty_ident *ident)
{
	ident->device = tty->device;
	ident->pgrp = tty_get_pgrp(tty);
}

static void report(struct task *task, struct pid_namespace *ns, u32 *dev, int *foreground)
{
	struct tty_ident ident;

	if (!task_tty_ident(task, &ident))
		return;
	*dev = new_encode_dev(ident.device);
	*foreground = ident.pgrp ? pid_nr_ns(ident.pgrp, ns) : -1;
	put_pid(ident.pgrp);
}

static const struct tty_report_ops report_ops = { .report = report };

static const struct tty_process_ops process_ops = { .disassociate = disassociate, .identify = identify };

static long give_up(struct tty_struct *tty)
{
	if (!is_my_tty(tty))
		return -ENOTTY;
	disassociate(false);
	process_set_tty(NULL);
	return 0;
}

/* --- the foreground group ------------------------------------------------------------------------------------------ */

/* Is @pgrp a group of the caller's session? RCU. */
static bool is_in_my_session(struct pid *pgrp)
{
	struct task *member = pid_task(pgrp, PIDTYPE_PGID);

	if (!member)
		member = pid_task(pgrp, PIDTYPE_PID);
	return member && task_session(member) == task_session(current);
}

/* A reference to the group named @nr if it may come to the foreground. ERR_PTR(-ESRCH, -EPERM). */
static struct pid *find_group(pid_t nr)
{
	struct pid *pgrp;

	rcu_read_lock();
	pgrp = find_vpid(nr);
	if (!pgrp)
		pgrp = ERR_PTR(-ESRCH);
	else
		pgrp = is_in_my_session(pgrp) ? get_pid(pgrp) : ERR_PTR(-EPERM);
	rcu_read_unlock();
	return pgrp;
}

static long set_foreground(struct tty_struct *tty, uaddr_t arg)
{
	int ret = tty_check_background(tty, SIGTTOU);
	struct pid *pgrp;
	u32 nr;

	if (ret)
		return ret == -EIO ? -ENOTTY : ret;
	if (get_user_u32(arg, &nr))
		return -EFAULT;
	if ((pid_t)nr < 0)
		return -EINVAL;
	if (!is_my_tty(tty) || READ_ONCE(tty->session) != task_session(current))
		return -ENOTTY;
	pgrp = find_group((pid_t)nr);
	if (IS_ERR(pgrp))
		return PTR_ERR(pgrp);
	spin_lock_irq(&tty->ctrl_lock);
	if (tty->session == task_session(current))
		swap(tty->pgrp, pgrp);
	spin_unlock_irq(&tty->ctrl_lock);
	put_pid(pgrp);
	return 0;
}

static long get_foreground(struct tty_struct *tty, uaddr_t arg)
{
	struct pid *pgrp = tty_get_pgrp(tty);
	int nr = pid_vnr(pgrp);

	put_pid(pgrp);
	return put_user_u32((u32)nr, arg);
}

static long get_session_id(struct tty_struct *tty, uaddr_t arg)
{
	struct pid *session = tty_get_session(tty);
	int nr = pid_vnr(session);

	if (!session)
		return -ENOTTY;
	put_pid(session);
	return put_user_u32((u32)nr, arg);
}

long tty_job_ioctl(struct tty_struct *tty, struct file *file, bool is_master, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case TIOCSCTTY:
		return set_controlling(tty, file, arg);
	case TIOCNOTTY:
		return is_master ? -ENOTTY : give_up(tty);
	case TIOCSPGRP:
		return set_foreground(tty, uaddr(arg));
	case TIOCGPGRP:
		return is_master || is_my_tty(tty) ? get_foreground(tty, uaddr(arg)) : -ENOTTY;
	case TIOCGSID:
		return is_master || is_my_tty(tty) ? get_session_id(tty, uaddr(arg)) : -ENOTTY;
	default:
		return -ENOIOCTLCMD;
	}
}

void job_control_init(void)
{
	tty_process_register(&process_ops);
	tty_report_register(&report_ops);
}
