/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tty_ioctl.c - the other requests.
 *
 * WHAT        Window size, queues, flow, breaks, modem lines, exclusive use: for both ends of a pair (tty_common_ioctl), and
 *             those of a terminal itself.
 * LOCKING     tty->lock where the discipline or a flag changes.
 * ERRORS      per request; -ENOIOCTLCMD for what no terminal knows (the caller makes ENOTTY of it).
 * TESTS       tests/guest/tty/termios_test.c, pty_test.c
 */
#include "tty_impl.h"
#include <arch/uaccess.h>
#include <linux/capability.h>
#include <linux/serial.h>
#include <linux/tty.h>
#include <process/signal.h>
#include <process/signal_struct.h>
#include <process/task_process.h>
#include <sched/cred.h>
#include <sched/sched.h>
#include <sched/task.h>
#include <sync/call.h>

#define BREAK_NS 250000000ull
#define TENTH_NS 100000000ull

/* --- window, numbers ---------------------------------------------------------------------------------------------- */

static long get_window(struct tty_struct *tty, uaddr_t arg)
{
	struct winsize size;

	mutex_lock(&tty->lock);
	size = tty->winsize;
	mutex_unlock(&tty->lock);
	return put_user_obj(&size, arg);
}

static long set_window(struct tty_struct *tty, uaddr_t arg)
{
	struct winsize size;

	if (get_user_obj(&size, arg))
		return -EFAULT;
	tty_resize(tty, &size);
	return 0;
}

static long set_exclusive(struct tty_struct *tty, bool is_on)
{
	with_mutex(&tty->lock);
	tty->is_exclusive = is_on;
	return 0;
}

static long set_discipline(uaddr_t arg)
{
	u32 which;

	if (get_user_u32(arg, &which))
		return -EFAULT;
	return which == N_TTY ? 0 : -EINVAL; /* there is one */
}

static long set_console(struct file *file, struct tty_file *tf)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	return console_redirect(tf && tf->is_console ? NULL : file);
}

long tty_common_ioctl(struct tty_struct *tty, struct file *file, bool is_master, unsigned int cmd, unsigned long arg)
{
	struct tty_file *tf = is_master ? NULL : tty_file_of(file);
	long ret;

	switch (cmd) {
	case TIOCGWINSZ:
		return get_window(tty, uaddr(arg));
	case TIOCSWINSZ:
		return set_window(tty, uaddr(arg));
	case TIOCCONS:
		return set_console(file, tf);
	case TIOCEXCL:
		return set_exclusive(tty, true);
	case TIOCNXCL:
		return set_exclusive(tty, false);
	case TIOCGEXCL:
		return put_user_u32(tty->is_exclusive, uaddr(arg));
	case TIOCGETD:
		return put_user_u32(N_TTY, uaddr(arg));
	case TIOCSETD:
		return set_discipline(uaddr(arg));
	case TIOCGDEV:
		return put_user_u32(new_encode_dev(tty->device), uaddr(arg));
	}
	ret = tty_job_ioctl(tty, file, is_master, cmd, arg);
	if (ret == -ENOIOCTLCMD)
		ret = tty_termios_ioctl(tty, tf, cmd, arg);
	return ret;
}

/* --- queues and flow ---------------------------------------------------------------------------------------------- */

static long flush_queues(struct tty_struct *tty, unsigned long which)
{
	int ret = tty_check_background(tty, SIGTTOU);

	if (ret)
		return ret;
	if (which > TCIOFLUSH)
		return -EINVAL;
	mutex_lock(&tty->lock);
	if (which != TCOFLUSH) {
		if (tty->ops->flush_input)
			tty->ops->flush_input(tty);
		n_tty_flush_input(tty);
		if (tty->is_input_stopped)
			n_tty_pace_input(tty);
	}
	if (which != TCIFLUSH && tty->ops->flush_output)
		tty->ops->flush_output(tty);
	mutex_unlock(&tty->lock);
	if (which != TCIFLUSH)
		tty_output_ready(tty);
	return 0;
}

static long control_flow(struct tty_struct *tty, unsigned long what)
{
	int ret = tty_check_background(tty, SIGTTOU);

	if (ret)
		return ret;
	with_mutex(&tty->lock);
	switch (what) {
	case TCOOFF:
		tty->is_stopped_by_call = true;
		n_tty_stop(tty);
		return 0;
	case TCOON:
		if (tty->is_stopped_by_call) {
			tty->is_stopped_by_call = false;
			n_tty_start(tty);
		}
		return 0;
	case TCIOFF:
		if (cc_of(tty, VSTOP))
			n_tty_send_now(tty, cc_of(tty, VSTOP));
		return 0;
	case TCION:
		if (cc_of(tty, VSTART))
			n_tty_send_now(tty, cc_of(tty, VSTART));
		return 0;
	}
	return -EINVAL;
}

/* TIOCSTI: as if it had been typed. */
static long push_input(struct tty_struct *tty, uaddr_t arg)
{
	u8 c;

	if (READ_ONCE(current->process->signal->tty) != tty && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (get_user_u8(arg, &c))
		return -EFAULT;
	with_mutex(&tty->lock);
	n_tty_receive(tty, &c, 1);
	return 0;
}

static long count_input(struct tty_struct *tty, uaddr_t arg)
{
	u32 count;

	mutex_lock(&tty->lock);
	count = n_tty_input_count(tty);
	mutex_unlock(&tty->lock);
	return put_user_u32(count, arg);
}

static long count_output(struct tty_struct *tty, uaddr_t arg)
{
	return put_user_u32(tty->ops->unsent ? (u32)tty->ops->unsent(tty) : 0, arg);
}

/* --- break ------------------------------------------------------------------------------------------------------------ */

static int prepare_break(struct tty_struct *tty, struct tty_file *tf)
{
	int ret = call_resumed() ? 0 : tty_check_background(tty, SIGTTOU);

	if (!ret)
		ret = tty_wait_sent(tty, tf);
	return ret == -ERESTARTSYS && current_signal_pending() ? -EINTR : ret;
}

static long send_break(struct tty_struct *tty, struct tty_file *tf, u64 duration_ns)
{
	u64 deadline;
	int ret = prepare_break(tty, tf);

	if (ret || !tty->ops->set_break)
		return ret;
	deadline = call_deadline(duration_ns);
	tty->ops->set_break(tty, true);
	ret = sleep_interruptible_until(deadline);
	tty->ops->set_break(tty, false);
	if (ret == -EPARK)
		return ret;
	return ret == -ERESTARTSYS ? -EINTR : 0;
}

static long hold_break(struct tty_struct *tty, struct tty_file *tf, bool is_on)
{
	int ret = is_on ? prepare_break(tty, tf) : tty_check_background(tty, SIGTTOU);

	if (!ret && tty->ops->set_break)
		tty->ops->set_break(tty, is_on);
	return ret;
}

/* --- modem lines ------------------------------------------------------------------------------------------------------ */

static long change_modem(struct tty_struct *tty, unsigned int cmd, uaddr_t arg)
{
	u32 bits, now = tty->ops->get_modem(tty);

	if (cmd == TIOCMGET)
		return put_user_u32(now, arg);
	if (get_user_u32(arg, &bits))
		return -EFAULT;
	if (cmd == TIOCMBIS)
		bits |= now;
	else if (cmd == TIOCMBIC)
		bits = now & ~bits;
	tty->ops->set_modem(tty, bits & (TIOCM_DTR | TIOCM_RTS | TIOCM_OUT1 | TIOCM_OUT2 | TIOCM_LOOP));
	return 0;
}

static long vhangup_by_ioctl(struct tty_struct *tty)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	tty_hangup(tty);
	return 0;
}

/* --- all of it -------------------------------------------------------------------------------------------------------- */

static long own_ioctl(struct tty_struct *tty, struct tty_file *tf, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case TCFLSH:
		return flush_queues(tty, arg);
	case TCXONC:
		return control_flow(tty, arg);
	case TIOCSTI:
		return push_input(tty, uaddr(arg));
	case FIONREAD:
		return count_input(tty, uaddr(arg));
	case TIOCOUTQ:
		return count_output(tty, uaddr(arg));
	case TCSBRK:
		return arg ? prepare_break(tty, tf) : send_break(tty, tf, BREAK_NS);
	case TCSBRKP:
		return send_break(tty, tf, arg ? min(arg, 100ul) * TENTH_NS : BREAK_NS);
	case TIOCSBRK:
		return hold_break(tty, tf, true);
	case TIOCCBRK:
		return hold_break(tty, tf, false);
	case TIOCMGET:
	case TIOCMSET:
	case TIOCMBIS:
	case TIOCMBIC:
		return tty->ops->get_modem ? change_modem(tty, cmd, uaddr(arg)) : -ENOTTY;
	case TIOCVHANGUP:
		return vhangup_by_ioctl(tty);
	default:
		return -ENOIOCTLCMD;
	}
}

long tty_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct tty_file *tf = tty_file_of(file);
	long ret;

	if (tty_is_hung_up(tf))
		return cmd == TIOCSPGRP ? -ENOTTY : -EIO;
	ret = tty_common_ioctl(tf->tty, file, false, cmd, arg);
	return ret == -ENOIOCTLCMD ? own_ioctl(tf->tty, tf, cmd, arg) : ret;
}
