/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tty.c - the terminal as an object: made, opened, closed, gone.
 *
 * WHAT        A terminal is made by its driver (a pty pair, a character port) and lives while somebody has a reference.
 *             Open files hang on tty->files. What a program does with one is in tty_file.c.
 * INVARIANTS  T1  count is the length of files. ops->open was called when it became 1, ops->close when it became 0.
 *             T2  Processes have a terminal as signal->tty only while it is open, or the master of its pair is: the last
 *                 close, or the master's, takes it away from all of them. So that pointer needs no reference.
 *             T3  A file that is hung up stays so, also when the terminal is opened again.
 * LOCKING     tty->lock (rank TTY) for count, files, settings and the discipline; nobody waits for the other side with it
 *             held. ctrl_lock (rank TTY_CONTROL, inside siglock) for session and pgrp.
 * LIFECYCLE   tty_init_struct -> open ... close, any number of times -> last tty_put -> ops->free
 * ERRORS      -ENOMEM; open: -EBUSY (exclusive), -EIO (locked pty, master gone) and those of the driver.
 * TESTS       tests/guest/tty/
 */
#include "tty_impl.h"
#include <lib/string.h>
#include <linux/capability.h>
#include <pages/slab.h>
#include <process/pid.h>
#include <process/tty_hooks.h>
#include <process/signal.h>
#include <sched/cred.h>
#include <vfs/poll.h>

const struct ktermios tty_std_termios = {
	.c_iflag = ICRNL | IXON,
	.c_oflag = OPOST | ONLCR,
	.c_cflag = B38400 | CS8 | CREAD | HUPCL,
	.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
	.c_cc = {
		[VINTR] = 'C' - 0x40,
		[VQUIT] = '\\' - 0x40,
		[VERASE] = 0x7f,
		[VKILL] = 'U' - 0x40,
		[VEOF] = 'D' - 0x40,
		[VMIN] = 1,
		[VSTART] = 'Q' - 0x40,
		[VSTOP] = 'S' - 0x40,
		[VSUSP] = 'Z' - 0x40,
		[VREPRINT] = 'R' - 0x40,
		[VDISCARD] = 'O' - 0x40,
		[VWERASE] = 'W' - 0x40,
		[VLNEXT] = 'V' - 0x40,
	},
	.c_ispeed = 38400,
	.c_ospeed = 38400,
};

int tty_init_struct(struct tty_struct *tty, const struct tty_ops *ops, const char *name, dev_t device,
		    const struct ktermios *initial)
{
	tty->disc.buf = kmalloc(N_TTY_SIZE, GFP_KERNEL_ACCOUNT);
	tty->disc.held = kmalloc(TTY_HELD_SIZE, GFP_KERNEL_ACCOUNT);
	if (!tty->disc.buf || !tty->disc.held) {
		tty_fini_struct(tty);
		return -ENOMEM;
	}
	refcount_set(&tty->refs, 1);
	tty->ops = ops;
	strscpy(tty->name, name, sizeof(tty->name));
	tty->device = device;
	INIT_LIST_HEAD(&tty->node);
	INIT_LIST_HEAD(&tty->files);
	mutex_init(&tty->lock, RANK_TTY);
	spin_lock_init(&tty->ctrl_lock, RANK_TTY_CONTROL);
	init_waitqueue_head(&tty->read_wait);
	init_waitqueue_head(&tty->write_wait);
	turn_init(&tty->read_turn);
	turn_init(&tty->write_turn);
	tty->initial_termios = tty->termios = *initial;
	n_tty_settings_changed(tty, NULL);
	return 0;
}

void tty_fini_struct(struct tty_struct *tty)
{
	put_pid(tty->session);
	put_pid(tty->pgrp);
	kfree(tty->disc.buf);
	kfree(tty->disc.held);
}

struct tty_struct *tty_get(struct tty_struct *tty)
{
	refcount_inc(&tty->refs);
	return tty;
}

void tty_put(struct tty_struct *tty)
{
	if (tty && refcount_dec_and_test(&tty->refs) && tty->ops->free)
		tty->ops->free(tty);
}

/* --- open files ---------------------------------------------------------------------------------------------- */

bool tty_is_hung_up(const struct tty_file *tf)
{
	return READ_ONCE(tf->is_hung_up);
}

static int open_locked(struct tty_struct *tty, struct tty_file *tf)
{
	int ret;

	if (tty->is_exclusive && !capable(CAP_SYS_ADMIN))
		return -EBUSY;
	if (tty->ops->open && !tty->count) {
		ret = tty->ops->open(tty);
		if (ret)
			return ret;
	}
	list_add_tail(&tf->node, &tty->files);
	WRITE_ONCE(tty->count, tty->count + 1); /* T1 */
	return 0;
}

int tty_open_file(struct tty_struct *tty, struct file *file, bool is_console)
{
	struct tty_file *tf = kzalloc(sizeof(*tf), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!tf)
		return -ENOMEM;
	tf->file = file;
	tf->tty = tty_get(tty);
	tf->is_console = is_console;
	mutex_lock(&tty->lock);
	ret = open_locked(tty, tf);
	if (!ret && !(file->f_flags & O_NOCTTY) && !is_console)
		tty_acquire_at_open(tty, file);
	mutex_unlock(&tty->lock);
	if (ret) {
		tty_put(tf->tty);
		kfree(tf);
		return ret;
	}
	file->private_data = tf;
	return nonseekable_open(file_inode(file), file);
}

/* T2, for a real line; it also is nobody's when it is opened next. */
static void forget_session_of_line(struct tty_struct *tty)
{
	struct pid *session = tty_get_session(tty);

	session_clear_tty(session);
	tty_forget_session(tty);
	put_pid(session);
}

static void close_locked(struct tty_struct *tty, struct tty_file *tf)
{
	list_del(&tf->node);
	WRITE_ONCE(tty->count, tty->count - 1);
	if (tty->count)
		return;
	if (!tty->pty)
		forget_session_of_line(tty);
	tty->is_exclusive = false;
	if (tty->ops->close)
		tty->ops->close(tty);
}

void tty_close_file(struct tty_file *tf)
{
	struct tty_struct *tty = tf->tty;

	mutex_lock(&tty->lock);
	close_locked(tty, tf);
	mutex_unlock(&tty->lock);
	kfree(tf);
	tty_put(tty);
}

/* --- events from drivers ------------------------------------------------------------------------------------------ */

void tty_output_ready(struct tty_struct *tty)
{
	if (READ_ONCE(tty->disc.held_head) != READ_ONCE(tty->disc.held_tail)) {
		with_mutex(&tty->lock);
		n_tty_send_held(tty);
	}
	if (wq_has_sleeper(&tty->write_wait))
		wake_up_interruptible_poll(&tty->write_wait, EPOLLOUT | EPOLLWRNORM);
	if (unlikely(tty->fasync))
		kill_fasync(&tty->fasync, SIGIO, POLL_OUT);
}

void tty_resize(struct tty_struct *tty, const struct winsize *size)
{
	mutex_lock(&tty->lock);
	bool is_new = memcmp(size, &tty->winsize, sizeof(*size)) != 0;
	tty->winsize = *size;
	mutex_unlock(&tty->lock);
	if (is_new)
		tty_signal_foreground(tty, SIGWINCH);
}

void tty_init(void)
{
	job_control_init();
	console_init();
	pty_init();
	port_tty_init();
}
