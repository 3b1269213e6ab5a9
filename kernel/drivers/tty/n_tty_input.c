/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * n_tty_input.c - the line discipline's way in: what a byte from the other side means.
 *
 * WHAT        Most bytes are data. disc.special marks those that may be more with the settings in force: control
 *             characters of flow, signals and editing, line ends, CR and NL where they are exchanged. Where nothing
 *             at all is to be looked at (is_raw), bytes are copied.
 * INVARIANTS  I1  tail <= canon_head <= head in canonical mode; head - tail <= N_TTY_SIZE.
 *             I2  In canonical mode a line keeps N_TTY_SIZE - 1 characters; what is typed beyond replaces the last one, so
 *                 that editing, signals and the line's end still work. In raw mode, or when a whole line waits, a full
 *                 buffer takes nothing and the driver keeps the bytes.
 *             I3  Echo was made, in order, before n_tty_receive() returns; it is sent as far as there is room.
 * LOCKING     tty->lock. Signals are sent under it (TTY is outside TASKLIST).
 * TESTS       tests/guest/tty/input_test.c, job_test.c, flow_test.c
 */
#include "tty_impl.h"
#include <asm/siginfo.h>
#include <lib/ctype.h>
#include <lib/string.h>
#include <process/signal.h>
#include <vfs/poll.h>

#define PACE_STOP  (N_TTY_SIZE - 128) /* IXOFF: with so many bytes waiting the other side is asked to stop */
#define PACE_START 128		      /* and with so few to go on */

/* --- small parts --------------------------------------------------------------------------------------------- */

static void put(struct n_tty *d, u8 c)
{
	*n_tty_at(d, d->head) = c;
	WRITE_ONCE(d->head, d->head + 1);
}

/* Data; with PARMRK a byte 0xff is doubled, because one alone announces an error. */
static void put_data(struct tty_struct *tty, u8 c)
{
	if (c == 0xff && has_i(tty, PARMRK) && !has_i(tty, ISTRIP))
		put(&tty->disc, c);
	put(&tty->disc, c);
}

static bool is_cc(const struct tty_struct *tty, int which, u8 c)
{
	return c == tty->termios.c_cc[which];
}

/* The same for characters that work only with IEXTEN. */
static bool is_ext_cc(const struct tty_struct *tty, int which, u8 c)
{
	return is_cc(tty, which, c) && has_l(tty, IEXTEN);
}

static void tell_readers(struct tty_struct *tty)
{
	kill_fasync(&tty->fasync, SIGIO, POLL_IN);
	if (wq_has_sleeper(&tty->read_wait))
		wake_up_interruptible_poll(&tty->read_wait, EPOLLIN | EPOLLRDNORM);
}

static void echo_data(struct tty_struct *tty, u8 c)
{
	struct n_tty *d = &tty->disc;

	if (!has_l(tty, ECHO))
		return;
	n_tty_end_erasing(tty);
	if (c == '\n') {
		n_tty_echo_plain(tty, c);
		return;
	}
	if (d->canon_head == d->head)
		d->canon_column = d->column;
	n_tty_echo(tty, c);
}

static void take_data(struct tty_struct *tty, u8 c)
{
	echo_data(tty, c);
	put_data(tty, c);
}

/* --- lines --------------------------------------------------------------------------------------------------------- */

/* @c (0: an end of file, which is no character) ends the line. */
static void end_line(struct tty_struct *tty, u8 c)
{
	struct n_tty *d = &tty->disc;

	__set_bit(d->head % N_TTY_SIZE, d->line_end);
	put(d, c);
	smp_store_release(&d->canon_head, d->head); /* pairs with n_tty_has_input() */
	tell_readers(tty);
}

static void begin_literal(struct tty_struct *tty)
{
	tty->disc.is_literal = true;
	if (!has_l(tty, ECHO))
		return;
	n_tty_end_erasing(tty);
	if (has_l(tty, ECHOCTL))
		n_tty_echo_bytes(tty, "^\b", 2);
}

/* Canonical mode's own characters. False: it is data. */
static bool take_editing(struct tty_struct *tty, u8 c)
{
	if (is_cc(tty, VERASE, c) || is_cc(tty, VKILL, c) || is_ext_cc(tty, VWERASE, c)) {
		n_tty_erase(tty, c);
	} else if (is_ext_cc(tty, VLNEXT, c)) {
		begin_literal(tty);
	} else if (is_ext_cc(tty, VREPRINT, c) && has_l(tty, ECHO)) {
		n_tty_reprint(tty);
	} else if (c == '\n') {
		if (has_l(tty, ECHO | ECHONL))
			n_tty_echo_plain(tty, '\n');
		end_line(tty, c);
	} else if (is_cc(tty, VEOF, c)) {
		end_line(tty, 0);
	} else if (is_cc(tty, VEOL, c) || is_ext_cc(tty, VEOL2, c)) {
		echo_data(tty, c);
		end_line(tty, c);
	} else {
		return false;
	}
	return true;
}

/* --- signals ------------------------------------------------------------------------------------------------------- */

static int signal_of(const struct tty_struct *tty, u8 c)
{
	if (is_cc(tty, VINTR, c))
		return SIGINT;
	if (is_cc(tty, VQUIT, c))
		return SIGQUIT;
	return is_cc(tty, VSUSP, c) ? SIGTSTP : 0;
}

void n_tty_flush_input(struct tty_struct *tty)
{
	struct n_tty *d = &tty->disc;

	d->tail = d->canon_head = d->head;
	bitmap_zero(d->line_end, N_TTY_SIZE);
	d->is_erasing = d->is_literal = d->is_pushed = false;
	if (tty->ops->packet)
		tty->ops->packet(tty, 0, TIOCPKT_FLUSHREAD);
}

static void take_signal(struct tty_struct *tty, int sig, u8 c)
{
	tty_signal_foreground(tty, sig);
	if (!has_l(tty, NOFLSH)) {
		tty->disc.held_tail = tty->disc.held_head;
		if (tty->ops->flush_output)
			tty->ops->flush_output(tty);
		n_tty_flush_input(tty);
	}
	if (has_i(tty, IXON))
		n_tty_start(tty);
	if (has_l(tty, ECHO))
		n_tty_echo(tty, c);
}

/* --- one byte ------------------------------------------------------------------------------------------------------ */

static bool take_flow(struct tty_struct *tty, u8 c)
{
	if (is_cc(tty, VSTART, c))
		n_tty_start(tty);
	else if (is_cc(tty, VSTOP, c))
		n_tty_stop(tty);
	else
		return false;
	return true;
}

static void restart_by_any(struct tty_struct *tty)
{
	if (tty->is_stopped && has_i(tty, IXON) && has_i(tty, IXANY))
		n_tty_start(tty);
}

static void take_special(struct tty_struct *tty, u8 c)
{
	int sig;

	if (has_i(tty, IXON) && take_flow(tty, c))
		return;
	sig = has_l(tty, ISIG) ? signal_of(tty, c) : 0;
	if (sig) {
		take_signal(tty, sig, c);
		return;
	}
	restart_by_any(tty);
	if (c == '\r') {
		if (has_i(tty, IGNCR))
			return;
		if (has_i(tty, ICRNL))
			c = '\n';
	} else if (c == '\n' && has_i(tty, INLCR)) {
		c = '\r';
	}
	if (!has_l(tty, ICANON) || !take_editing(tty, c))
		take_data(tty, c);
}

static void take_byte(struct tty_struct *tty, u8 c)
{
	struct n_tty *d = &tty->disc;

	if (has_i(tty, ISTRIP))
		c &= 0x7f;
	if (has_i(tty, IUCLC) && has_l(tty, IEXTEN) && isupper(c))
		c += 'a' - 'A';
	if (has_l(tty, EXTPROC)) {
		put(d, c);
	} else if (d->is_literal) {
		d->is_literal = false;
		restart_by_any(tty);
		take_data(tty, c);
	} else if (test_bit(c, d->special)) {
		take_special(tty, c);
	} else {
		restart_by_any(tty);
		take_data(tty, c);
	}
}

/* --- many bytes ---------------------------------------------------------------------------------------------------- */

/* How many bytes may come in now; in canonical mode one over the limit, whose place is made (I2). */
static u32 input_room(struct tty_struct *tty)
{
	struct n_tty *d = &tty->disc;
	u32 room = N_TTY_SIZE - (d->head - d->tail);
	u32 each = has_i(tty, PARMRK) ? 2 : 1; /* what put_data() may need */

	if (room > each)
		return (room - 1) / each;
	if (!is_canonical(tty) || d->canon_head != d->tail)
		return 0;
	if (room < each)
		WRITE_ONCE(d->head, d->head - (each - room));
	return 1;
}

static void take_raw(struct n_tty *d, const u8 *bytes, u32 len)
{
	u32 at = d->head % N_TTY_SIZE;
	u32 run = min(len, N_TTY_SIZE - at);

	memcpy(d->buf + at, bytes, run);
	memcpy(d->buf, bytes + run, len - run);
	WRITE_ONCE(d->head, d->head + len);
}

size_t n_tty_receive(struct tty_struct *tty, const u8 *bytes, size_t len)
{
	struct n_tty *d = &tty->disc;
	size_t done = 0;

	while (done < len) {
		u32 n = (u32)min_t(size_t, len - done, input_room(tty));

		if (!n)
			break;
		if (d->is_raw)
			take_raw(d, bytes + done, n);
		else
			for (u32 i = 0; i < n; i++)
				take_byte(tty, bytes[done + i]);
		done += n;
	}
	n_tty_send_held(tty); /* I3 */
	if (done && !is_canonical(tty) && d->head != d->tail)
		tell_readers(tty);
	if (has_i(tty, IXOFF))
		n_tty_pace_input(tty);
	return done;
}

void n_tty_pace_input(struct tty_struct *tty)
{
	u32 waiting = tty->disc.head - tty->disc.tail;
	bool should_stop = waiting > PACE_STOP && (!is_canonical(tty) || tty->disc.canon_head != tty->disc.tail);

	if (should_stop && !tty->is_input_stopped && cc_of(tty, VSTOP)) {
		tty->is_input_stopped = true;
		n_tty_send_now(tty, cc_of(tty, VSTOP));
	}
	if (tty->is_input_stopped && waiting < PACE_START && cc_of(tty, VSTART)) {
		tty->is_input_stopped = false;
		n_tty_send_now(tty, cc_of(tty, VSTART));
	}
}

/* --- settings ------------------------------------------------------------------------------------------------------ */

static void mark_cc(struct tty_struct *tty, int which)
{
	__set_bit(tty->termios.c_cc[which], tty->disc.special);
}

static void mark_editing(struct tty_struct *tty)
{
	__set_bit('\n', tty->disc.special);
	mark_cc(tty, VERASE);
	mark_cc(tty, VKILL);
	mark_cc(tty, VEOF);
	mark_cc(tty, VEOL);
	if (!has_l(tty, IEXTEN))
		return;
	mark_cc(tty, VWERASE);
	mark_cc(tty, VLNEXT);
	mark_cc(tty, VEOL2);
	if (has_l(tty, ECHO))
		mark_cc(tty, VREPRINT);
}

static void mark_special(struct tty_struct *tty)
{
	struct n_tty *d = &tty->disc;

	bitmap_zero(d->special, 256);
	if (has_i(tty, IGNCR | ICRNL))
		__set_bit('\r', d->special);
	if (has_i(tty, INLCR))
		__set_bit('\n', d->special);
	if (has_l(tty, ICANON))
		mark_editing(tty);
	if (has_i(tty, IXON)) {
		mark_cc(tty, VSTART);
		mark_cc(tty, VSTOP);
	}
	if (has_l(tty, ISIG)) {
		mark_cc(tty, VINTR);
		mark_cc(tty, VQUIT);
		mark_cc(tty, VSUSP);
	}
	__clear_bit(0, d->special); /* a control character of 0 is switched off */
}

/* Lines begin to count, or no longer: what waits becomes one line, or plain bytes. */
static void change_canonical(struct tty_struct *tty)
{
	struct n_tty *d = &tty->disc;

	bitmap_zero(d->line_end, N_TTY_SIZE);
	d->is_erasing = d->is_literal = d->is_pushed = false;
	if (!has_l(tty, ICANON) || d->head == d->tail) {
		WRITE_ONCE(d->canon_head, d->tail);
		return;
	}
	__set_bit((d->head - 1) % N_TTY_SIZE, d->line_end);
	WRITE_ONCE(d->canon_head, d->head);
	d->is_pushed = true;
}

void n_tty_settings_changed(struct tty_struct *tty, const struct ktermios *old)
{
	if (!old || ((old->c_lflag ^ tty->termios.c_lflag) & (ICANON | EXTPROC)))
		change_canonical(tty);
	mark_special(tty);
	tty->disc.is_raw = !has_i(tty, ISTRIP | IUCLC | IGNCR | ICRNL | INLCR | IXON | PARMRK) &&
			   !has_l(tty, ICANON | ISIG | ECHO | EXTPROC);
	if (old && (old->c_iflag & IXON) && !has_i(tty, IXON))
		n_tty_start(tty);
	wake_up_interruptible_all(&tty->write_wait);
	wake_up_interruptible_all(&tty->read_wait);
}
