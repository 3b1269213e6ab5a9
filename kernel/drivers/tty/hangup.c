/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hangup.c - the line is gone: modem hang-up, the master's close, vhangup(2), the end of a session on a real line.
 *
 * WHAT        Every open file of the terminal but those opened as /dev/console sees the end: read 0, write and ioctl EIO,
 *             poll everything with HUP. The session leader gets SIGHUP and SIGCONT; nobody has the terminal any more.
 * INVARIANTS  H1  A hung-up file never works again (T3 of tty.c); the terminal itself can be opened anew and begins with its
 *                 initial settings and no input.
 * LOCKING     tty->lock; signals are sent inside it.
 * TESTS       tests/guest/tty/hangup_test.c
 */
#include "tty_impl.h"
#include <linux/capability.h>
#include <process/pid.h>
#include <process/signal.h>
#include <process/tty_hooks.h>
#include <sched/cred.h>
#include <tty/tty_calls.h>
#include <vfs/poll.h>

static void tell_session(struct tty_struct *tty)
{
	struct pid *session = tty_get_session(tty), *pgrp = tty_get_pgrp(tty);

	session_hang_up(session, tty, pgrp);
	tty_forget_session(tty);
	put_pid(pgrp);
	put_pid(session);
}

static void hang_up_locked(struct tty_struct *tty)
{
	struct ktermios old = tty->termios;
	struct tty_file *tf;

	list_for_each_entry(tf, &tty->files, node)
		if (!tf->is_console)
			WRITE_ONCE(tf->is_hung_up, true);
	tell_session(tty);
	tty->disc.held_tail = tty->disc.held_head;
	if (tty->ops->flush_input)
		tty->ops->flush_input(tty);
	n_tty_flush_input(tty);
	tty->is_stopped_by_call = false;
	n_tty_start(tty);
	tty->termios = tty->initial_termios;
	n_tty_settings_changed(tty, &old);
	if (tty->ops->set_termios)
		tty->ops->set_termios(tty, &old);
}

void tty_hangup(struct tty_struct *tty)
{
	console_drop_redirect(tty);
	mutex_lock(&tty->lock);
	hang_up_locked(tty);
	mutex_unlock(&tty->lock);
	wake_up_poll_all(&tty->read_wait, EPOLLIN | EPOLLHUP | EPOLLERR);
	wake_up_poll_all(&tty->write_wait, EPOLLOUT | EPOLLHUP | EPOLLERR);
	wake_up_all(&tty->read_turn.wait);
	wake_up_all(&tty->write_turn.wait);
}

long sys_vhangup(void)
{
	struct tty_struct *tty;

	if (!capable(CAP_SYS_TTY_CONFIG))
		return -EPERM;
	tty = get_current_tty();
	if (tty)
		tty_hangup(tty);
	tty_put(tty);
	return 0;
}
