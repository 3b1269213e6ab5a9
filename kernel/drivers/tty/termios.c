/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * termios.c - a terminal's settings as programs read and write them, in all their historical forms.
 *
 * WHAT        struct termios (TCGETS), termios2 with speeds in bits a second (TCGETS2), termio of System V (TCGETA). Each
 *             setter has three forms: at once, when what was written is on the wire (W), and that with the input
 *             thrown away (F). Changing settings from the background stops the caller (job_control.c, J3).
 * INVARIANTS  S1  Bits of locked_termios do not change but by CAP_SYS_ADMIN setting the lock.
 *             S2  c_ispeed and c_ospeed agree with CBAUD and CIBAUD whenever the lock is free.
 * LOCKING     tty->lock for the change; the wait for output happens before, without it.
 * ERRORS      -EFAULT, -EIO, -ERESTARTSYS, -EPARK, -EPERM.
 * TESTS       tests/guest/tty/termios_test.c
 */
#include "tty_impl.h"
#include <arch/uaccess.h>
#include <lib/string.h>
#include <linux/capability.h>
#include <process/signal.h>
#include <sched/cred.h>
#include <time/ktime.h>

#define SENT_POLL_NS 5000000ull /* drivers do not say when the last bit left */

/* --- speeds ------------------------------------------------------------------------------------------------------- */

static const u32 low_speeds[] = { 0,   50,   75,   110,	 134,  150,  200,  300,
				  600, 1200, 1800, 2400, 4800, 9600, 19200, 38400 };
static const u32 high_speeds[] = { 57600,  115200,  230400,  460800,  500000,  576000,	921600, 1000000,
				   1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000 };

/* The speed of a CBAUD code; @other for BOTHER. */
static u32 speed_of(tcflag_t code, u32 other)
{
	u32 index = code & 0xf;

	code &= CBAUD;
	if (code == BOTHER)
		return other;
	if (!(code & CBAUDEX))
		return low_speeds[index];
	return index && index <= ARRAY_SIZE(high_speeds) ? high_speeds[index - 1] : 0;
}

/* S2 */
static void settle_speeds(struct ktermios *t)
{
	tcflag_t in = (t->c_cflag >> IBSHIFT) & CBAUD;

	t->c_ospeed = speed_of(t->c_cflag, t->c_ospeed);
	t->c_ispeed = in ? speed_of(in, t->c_ispeed) : t->c_ospeed;
}

/* --- changing ----------------------------------------------------------------------------------------------------- */

static tcflag_t keep_locked(tcflag_t wanted, tcflag_t old, tcflag_t locked)
{
	return (wanted & ~locked) | (old & locked);
}

/* S1 */
static void apply_locks(struct ktermios *t, const struct ktermios *old, const struct ktermios *locked)
{
	t->c_iflag = keep_locked(t->c_iflag, old->c_iflag, locked->c_iflag);
	t->c_oflag = keep_locked(t->c_oflag, old->c_oflag, locked->c_oflag);
	t->c_cflag = keep_locked(t->c_cflag, old->c_cflag, locked->c_cflag);
	t->c_lflag = keep_locked(t->c_lflag, old->c_lflag, locked->c_lflag);
	if (locked->c_line)
		t->c_line = old->c_line;
	for (int i = 0; i < NCCS; i++)
		if (locked->c_cc[i])
			t->c_cc[i] = old->c_cc[i];
}

/* tty->lock held. */
static void set_termios_locked(struct tty_struct *tty, const struct ktermios *wanted)
{
	struct ktermios old = tty->termios;

	tty->termios = *wanted;
	apply_locks(&tty->termios, &old, &tty->locked_termios);
	settle_speeds(&tty->termios);
	if (tty->ops->set_termios)
		tty->ops->set_termios(tty, &old);
	n_tty_settings_changed(tty, &old);
}

void tty_set_termios(struct tty_struct *tty, const struct ktermios *wanted)
{
	with_mutex(&tty->lock);
	set_termios_locked(tty, wanted);
}

static bool is_sent(struct tty_struct *tty)
{
	return !tty->ops->unsent(tty) && READ_ONCE(tty->disc.held_head) == READ_ONCE(tty->disc.held_tail);
}

int tty_wait_sent(struct tty_struct *tty, const struct tty_file *tf)
{
	int ret = 0;

	if (!tty->ops->unsent)
		return 0;
	while (!is_sent(tty) && !(tf && tty_is_hung_up(tf))) {
		ret = wait_event_interruptible_deadline(tty->write_wait, is_sent(tty),
							ktime_get_ns() + SENT_POLL_NS);
		if (ret && ret != -ETIME)
			return ret;
	}
	return 0;
}

/* --- the forms ------------------------------------------------------------------------------------------------------ */

enum form { FORM_TERMIOS, FORM_TERMIOS2, FORM_TERMIO };
enum when { WHEN_NOW, WHEN_SENT, WHEN_SENT_FLUSH };

static void from_termio(struct ktermios *t, const struct termio *old_form)
{
	t->c_iflag = (t->c_iflag & 0xffff0000) | old_form->c_iflag;
	t->c_oflag = (t->c_oflag & 0xffff0000) | old_form->c_oflag;
	t->c_cflag = (t->c_cflag & 0xffff0000) | old_form->c_cflag;
	t->c_lflag = (t->c_lflag & 0xffff0000) | old_form->c_lflag;
	t->c_line = old_form->c_line;
	memcpy(t->c_cc, old_form->c_cc, NCC);
}

static int read_form(struct ktermios *t, enum form form, uaddr_t arg)
{
	struct termio old_form;

	if (form == FORM_TERMIOS2)
		return copy_from_user(t, arg, sizeof(struct termios2)) ? -EFAULT : 0;
	if (form == FORM_TERMIOS)
		return copy_from_user(t, arg, sizeof(struct termios)) ? -EFAULT : 0;
	if (get_user_obj(&old_form, arg))
		return -EFAULT;
	from_termio(t, &old_form);
	return 0;
}

static long get_form(struct tty_struct *tty, enum form form, uaddr_t arg)
{
	struct termio old_form = {};
	struct ktermios t;

	mutex_lock(&tty->lock);
	t = tty->termios;
	mutex_unlock(&tty->lock);
	if (form == FORM_TERMIOS2)
		return copy_to_user(arg, &t, sizeof(struct termios2)) ? -EFAULT : 0;
	if (form == FORM_TERMIOS)
		return copy_to_user(arg, &t, sizeof(struct termios)) ? -EFAULT : 0;
	old_form.c_iflag = (u16)t.c_iflag;
	old_form.c_oflag = (u16)t.c_oflag;
	old_form.c_cflag = (u16)t.c_cflag;
	old_form.c_lflag = (u16)t.c_lflag;
	old_form.c_line = t.c_line;
	memcpy(old_form.c_cc, t.c_cc, NCC);
	return put_user_obj(&old_form, arg);
}

static long set_form(struct tty_struct *tty, struct tty_file *tf, enum form form, enum when when, uaddr_t arg)
{
	struct ktermios t;
	int ret = tty_check_background(tty, SIGTTOU);

	if (ret)
		return ret;
	mutex_lock(&tty->lock);
	t = tty->termios;
	mutex_unlock(&tty->lock);
	ret = read_form(&t, form, arg);
	if (!ret && when != WHEN_NOW)
		ret = tty_wait_sent(tty, tf);
	if (ret)
		return ret;
	mutex_lock(&tty->lock);
	if (when == WHEN_SENT_FLUSH) {
		if (tty->ops->flush_input)
			tty->ops->flush_input(tty);
		n_tty_flush_input(tty);
	}
	set_termios_locked(tty, &t);
	mutex_unlock(&tty->lock);
	return 0;
}

static long get_locks(struct tty_struct *tty, uaddr_t arg)
{
	struct ktermios locks;

	mutex_lock(&tty->lock);
	locks = tty->locked_termios;
	mutex_unlock(&tty->lock);
	return copy_to_user(arg, &locks, sizeof(struct termios)) ? -EFAULT : 0;
}

static long set_locks(struct tty_struct *tty, uaddr_t arg)
{
	struct ktermios locks = {};

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (copy_from_user(&locks, arg, sizeof(struct termios)))
		return -EFAULT;
	with_mutex(&tty->lock);
	tty->locked_termios = locks;
	return 0;
}

static long set_soft_carrier(struct tty_struct *tty, uaddr_t arg)
{
	struct ktermios t;
	u32 is_on;

	if (get_user_u32(arg, &is_on))
		return -EFAULT;
	with_mutex(&tty->lock);
	t = tty->termios;
	t.c_cflag = is_on ? t.c_cflag | CLOCAL : t.c_cflag & ~CLOCAL;
	set_termios_locked(tty, &t);
	return 0;
}

long tty_termios_ioctl(struct tty_struct *tty, struct tty_file *tf, unsigned int cmd, unsigned long arg)
{
	uaddr_t user = uaddr(arg);

	switch (cmd) {
	case TCGETS:
		return get_form(tty, FORM_TERMIOS, user);
	case TCSETS:
		return set_form(tty, tf, FORM_TERMIOS, WHEN_NOW, user);
	case TCSETSW:
		return set_form(tty, tf, FORM_TERMIOS, WHEN_SENT, user);
	case TCSETSF:
		return set_form(tty, tf, FORM_TERMIOS, WHEN_SENT_FLUSH, user);
	case TCGETS2:
		return get_form(tty, FORM_TERMIOS2, user);
	case TCSETS2:
		return set_form(tty, tf, FORM_TERMIOS2, WHEN_NOW, user);
	case TCSETSW2:
		return set_form(tty, tf, FORM_TERMIOS2, WHEN_SENT, user);
	case TCSETSF2:
		return set_form(tty, tf, FORM_TERMIOS2, WHEN_SENT_FLUSH, user);
	case TCGETA:
		return get_form(tty, FORM_TERMIO, user);
	case TCSETA:
		return set_form(tty, tf, FORM_TERMIO, WHEN_NOW, user);
	case TCSETAW:
		return set_form(tty, tf, FORM_TERMIO, WHEN_SENT, user);
	case TCSETAF:
		return set_form(tty, tf, FORM_TERMIO, WHEN_SENT_FLUSH, user);
	case TIOCGLCKTRMIOS:
		return get_locks(tty, user);
	case TIOCSLCKTRMIOS:
		return set_locks(tty, user);
	case TIOCGSOFTCAR:
		return put_user_u32((tty->termios.c_cflag & CLOCAL) != 0, user);
	case TIOCSSOFTCAR:
		return set_soft_carrier(tty, user);
	default:
		return -ENOIOCTLCMD;
	}
}
