/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tty_hooks.c - controlling terminals, as far as processes know them.
 *
 * WHAT        signal_struct.tty and tty_old_pgrp: set, taken away from a session, looked at. What a terminal does when its
 *             session ends is registered by the terminal driver.
 * INVARIANTS  Y1  The terminal outlives every pointer to it here: it calls session_clear_tty() before it goes.
 * LOCKING     siglock for the two fields; tasklist_lock for walks over a session.
 */
#include "process_impl.h"
#include <process/tty_hooks.h>

struct pty_limits pty_limits = { .max = 4096, .reserve = 1024 };

static struct {
	const struct tty_process_ops *ops; /* __final after boot */
} tty_state;

void tty_process_register(const struct tty_process_ops *ops)
{
	tty_state.ops = ops;
}

void tty_disassociate(bool on_exit)
{
	if (tty_state.ops)
		tty_state.ops->disassociate(on_exit);
}

struct tty_struct *current_tty_locked(void)
{
	lock_assert_held(&cur->sighand->siglock);
	return cur->signal->tty;
}

void process_set_tty(struct tty_struct *tty)
{
	with_spinlock_irq(&cur->sighand->siglock);
	cur->signal->tty = tty;
	put_pid(cur->signal->tty_old_pgrp);
	cur->signal->tty_old_pgrp = NULL;
}

void session_clear_tty(struct pid *session)
{
	struct task *t;

	if (!session)
		return;
	with_spinlock_irqsave(&tasklist_lock);
	for_each_pid_task(session, PIDTYPE_SID, t) {
		struct sighand_struct *sighand = tproc(t)->sighand;

		if (!sighand)
			continue;
		spin_lock(&sighand->siglock);
		tproc(t)->signal->tty = NULL;
		spin_unlock(&sighand->siglock);
	}
}

/* The leader's part: it remembers @pgrp. Returns a reference to the leader, or NULL. */
static struct task *forget_tty_locked(struct task *task, struct tty_struct *tty, struct pid *pgrp)
{
	struct sighand_struct *sighand = tproc(task)->sighand;
	struct signal_struct *signal = tproc(task)->signal;

	if (!sighand)
		return NULL;
	with_spinlock(&sighand->siglock);
	if (signal->tty == tty)
		signal->tty = NULL;
	if (!signal->leader)
		return NULL;
	put_pid(signal->tty_old_pgrp);
	signal->tty_old_pgrp = get_pid(pgrp);
	return get_task(task);
}

void session_hang_up(struct pid *session, struct tty_struct *tty, struct pid *pgrp)
{
	struct task *task, *leader = NULL, *found;
	unsigned long flags;

	if (!session)
		return;
	spin_lock_irqsave(&tasklist_lock, flags);
	for_each_pid_task(session, PIDTYPE_SID, task) {
		found = forget_tty_locked(task, tty, pgrp);
		if (found)
			leader = found; /* a session has one */
	}
	spin_unlock_irqrestore(&tasklist_lock, flags);
	if (!leader)
		return;
	send_signal_info(SIGHUP, SEND_SIG_PRIV, leader, PIDTYPE_TGID);
	send_signal_info(SIGCONT, SEND_SIG_PRIV, leader, PIDTYPE_TGID);
	put_task(leader);
}

struct pid *process_take_old_pgrp(void)
{
	struct pid *pgrp;

	with_spinlock_irq(&cur->sighand->siglock);
	pgrp = cur->signal->tty_old_pgrp;
	cur->signal->tty_old_pgrp = NULL;
	return pgrp;
}

bool task_tty_ident(struct task *task, struct tty_ident *ident)
{
	struct sighand_struct *sighand;
	struct tty_struct *tty;
	unsigned long flags;

	sighand = lock_task_sighand(task, &flags);
	if (!sighand)
		return false;
	tty = tproc(task)->signal->tty;
	if (tty && tty_state.ops)
		tty_state.ops->identify(tty, ident);
	unlock_task_sighand(task, flags);
	return tty && tty_state.ops;
}
