/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * n_tty_output.c - the line discipline's way out: output processing, echo, flow control.
 *
 * WHAT        Everything a terminal shows passes here in the order in which it was made. Text is processed (OPOST) when
 *             it is made, so the cursor's column is known then; what the driver has no room for is held, ready to send.
 * INVARIANTS  O1  Nothing goes to the driver while bytes are held: held bytes are older.
 *             O2  A write is processed only while nothing is held; so what is held is echo, and at most the end of one
 *                 stage of a write, for which there is always space (OUT_STAGE <= TTY_HELD_SIZE).
 *             O3  An echo that does not fit is dropped whole. Nobody waits for echo.
 *             O4  While is_stopped nothing is sent, except STOP and START characters of our own.
 * LOCKING     tty->lock, all of it.
 * TESTS       tests/guest/tty/output_test.c, flow_test.c
 */
#include "tty_impl.h"
#include <lib/ctype.h>
#include <lib/string.h>
#include <vfs/poll.h>

#define OUT_STAGE 256u
#define POST_MAX  8u /* what one character can become: a tab's spaces */
#define TAB_STOP  8u

/* --- the way to the driver ----------------------------------------------------------------------------------- */

static u32 held_count(const struct n_tty *d)
{
	return d->held_head - d->held_tail;
}

static bool hold(struct n_tty *d, const u8 *bytes, u32 len)
{
	if (len > TTY_HELD_SIZE - held_count(d))
		return false; /* O3 */
	for (u32 i = 0; i < len; i++)
		d->held[(d->held_head + i) % TTY_HELD_SIZE] = bytes[i];
	WRITE_ONCE(d->held_head, d->held_head + len);
	return true;
}

void n_tty_send_held(struct tty_struct *tty)
{
	struct n_tty *d = &tty->disc;

	while (held_count(d) && !tty->is_stopped) {
		u32 at = d->held_tail % TTY_HELD_SIZE;
		u32 run = min(held_count(d), TTY_HELD_SIZE - at);
		size_t sent = tty->ops->write(tty, d->held + at, run);

		WRITE_ONCE(d->held_tail, d->held_tail + (u32)sent);
		if (sent < run)
			return;
	}
}

/* At most OUT_STAGE bytes of a write: to the driver, the rest is held (O1, O2). */
static void send(struct tty_struct *tty, const u8 *bytes, u32 len)
{
	u32 sent = (u32)tty->ops->write(tty, bytes, len);

	if (sent < len)
		hold(&tty->disc, bytes + sent, len - sent);
}

void n_tty_send_now(struct tty_struct *tty, u8 c)
{
	tty->ops->write(tty, &c, 1);
}

/* --- output processing ------------------------------------------------------------------------------------------ */

static bool is_utf8_tail(const struct tty_struct *tty, u8 c)
{
	return has_i(tty, IUTF8) && (c & 0xc0) == 0x80;
}

/* A newline's and a carriage return's bytes, and where they leave the cursor. */
static u32 post_newline(struct tty_struct *tty, u8 *out)
{
	struct n_tty *d = &tty->disc;
	u32 n = 0;

	if (has_o(tty, ONLRET | ONLCR))
		d->column = 0;
	if (has_o(tty, ONLCR))
		out[n++] = '\r';
	d->canon_column = d->column;
	out[n++] = '\n';
	return n;
}

static u32 post_return(struct tty_struct *tty, u8 *out)
{
	struct n_tty *d = &tty->disc;
	bool to_newline = has_o(tty, OCRNL);

	if (has_o(tty, ONOCR) && d->column == 0)
		return 0;
	if (!to_newline || has_o(tty, ONLRET))
		d->canon_column = d->column = 0;
	out[0] = to_newline ? '\n' : '\r';
	return 1;
}

static u32 post_tab(struct tty_struct *tty, u8 *out)
{
	struct n_tty *d = &tty->disc;
	u32 spaces = TAB_STOP - (d->column % TAB_STOP);

	d->column += spaces;
	out[0] = '\t';
	if ((tty->termios.c_oflag & TABDLY) != XTABS)
		return 1;
	memset(out, ' ', spaces);
	return spaces;
}

/* @c as the screen gets it, at most POST_MAX bytes. Moves the column. */
static u32 post(struct tty_struct *tty, u8 c, u8 *out)
{
	struct n_tty *d = &tty->disc;

	switch (c) {
	case '\n':
		return post_newline(tty, out);
	case '\r':
		return post_return(tty, out);
	case '\t':
		return post_tab(tty, out);
	case '\b':
		d->column -= d->column > 0;
		break;
	default:
		if (iscntrl(c))
			break;
		if (has_o(tty, OLCUC) && islower(c))
			c -= 'a' - 'A';
		d->column += !is_utf8_tail(tty, c);
	}
	out[0] = c;
	return 1;
}

size_t n_tty_write_some(struct tty_struct *tty, const u8 *in, size_t len)
{
	size_t room, used = 0;
	u8 stage[OUT_STAGE];
	u32 n = 0;

	n_tty_send_held(tty);
	if (tty->is_stopped || held_count(&tty->disc))
		return 0;
	room = tty->ops->write_room(tty);
	if (!has_o(tty, OPOST))
		return tty->ops->write(tty, in, min(len, room));
	room = min_t(size_t, room, OUT_STAGE - POST_MAX);
	while (used < len && n < room)
		n += post(tty, in[used++], stage + n);
	send(tty, stage, n);
	return used;
}

/* --- echo ------------------------------------------------------------------------------------------------------- */

void n_tty_echo_bytes(struct tty_struct *tty, const char *bytes, u32 len)
{
	hold(&tty->disc, (const u8 *)bytes, len);
}

void n_tty_echo_plain(struct tty_struct *tty, u8 c)
{
	u8 out[POST_MAX];
	u32 n;

	if (has_o(tty, OPOST)) {
		n = post(tty, c, out);
	} else {
		out[0] = c;
		n = 1;
	}
	hold(&tty->disc, out, n);
}

void n_tty_echo(struct tty_struct *tty, u8 c)
{
	u8 out[2] = { '^', c ^ 0x40 };

	if (!has_l(tty, ECHOCTL) || !iscntrl(c) || c == '\t') {
		n_tty_echo_plain(tty, c);
		return;
	}
	if (hold(&tty->disc, out, 2))
		tty->disc.column += 2;
}

/* --- flow control ----------------------------------------------------------------------------------------------- */

void n_tty_stop(struct tty_struct *tty)
{
	if (tty->is_stopped)
		return;
	WRITE_ONCE(tty->is_stopped, true);
	if (tty->ops->packet)
		tty->ops->packet(tty, TIOCPKT_START, TIOCPKT_STOP);
}

void n_tty_start(struct tty_struct *tty)
{
	if (!tty->is_stopped || tty->is_stopped_by_call)
		return;
	WRITE_ONCE(tty->is_stopped, false);
	if (tty->ops->packet)
		tty->ops->packet(tty, TIOCPKT_STOP, TIOCPKT_START);
	n_tty_send_held(tty);
	wake_up_interruptible_poll(&tty->write_wait, EPOLLOUT | EPOLLWRNORM);
}
