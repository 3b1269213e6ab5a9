/* SPDX-License-Identifier: GPL-2.0-only */
/* tty_hooks.c - controlling terminals, as far as processes know them. */
#include "process_impl.h"
#include <process/tty_hooks.h>

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
