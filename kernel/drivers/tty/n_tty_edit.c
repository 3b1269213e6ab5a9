/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * n_tty_edit.c - taking back what was typed, and showing that: ERASE, WERASE, KILL, REPRINT.
 *
 * WHAT        Only the line being typed, [canon_head, head), can be edited. The screen is corrected by moving back over
 *             as many columns as the character took when it was echoed: two for ^X, none for the later bytes of a
 *             UTF-8 character, up to the tab stop for a tab.
 * INVARIANTS  E1  A UTF-8 character (IUTF8) goes whole or not at all.
 * LOCKING     tty->lock.
 * TESTS       tests/guest/tty/input_test.c, output_test.c
 */
#include "tty_impl.h"
#include <lib/ctype.h>

#define TAB_STOP 8u

static bool is_utf8_tail(const struct tty_struct *tty, u8 c)
{
	return has_i(tty, IUTF8) && (c & 0xc0) == 0x80;
}

void n_tty_end_erasing(struct tty_struct *tty)
{
	if (!tty->disc.is_erasing)
		return;
	n_tty_echo_plain(tty, '/');
	tty->disc.is_erasing = false;
}

static void move_back(struct n_tty *d, u32 columns)
{
	d->column -= min(d->column, columns);
}

/* Columns from the last tab of the line, or from its beginning, to its end. *@has_tab says which. */
static u32 columns_since_tab(struct tty_struct *tty, bool *has_tab)
{
	struct n_tty *d = &tty->disc;
	u32 columns = 0;

	*has_tab = false;
	for (u32 pos = d->head; pos != d->canon_head; pos--) {
		u8 c = *n_tty_at(d, pos - 1);

		if (c == '\t') {
			*has_tab = true;
			break;
		}
		if (iscntrl(c))
			columns += has_l(tty, ECHOCTL) ? 2 : 0;
		else
			columns += !is_utf8_tail(tty, c);
	}
	return columns;
}

/* The tab that stood at head (taken back already) filled up to the next stop: go back to where it began. */
static void show_tab_erased(struct tty_struct *tty)
{
	struct n_tty *d = &tty->disc;
	bool has_tab;
	u32 columns = columns_since_tab(tty, &has_tab);

	if (!has_tab)
		columns += d->canon_column;
	columns = TAB_STOP - (columns % TAB_STOP);
	n_tty_echo_bytes(tty, "\b\b\b\b\b\b\b\b", columns);
	move_back(d, columns);
}

static void show_char_erased(struct tty_struct *tty, u8 c)
{
	u32 columns = 1;

	if (c == '\t') {
		show_tab_erased(tty);
		return;
	}
	if (iscntrl(c))
		columns = has_l(tty, ECHOCTL) ? 2 : 0;
	for (u32 i = 0; i < columns; i++)
		n_tty_echo_bytes(tty, "\b \b", 3);
	move_back(&tty->disc, columns);
}

/* ECHOPRT, for paper: what is erased is printed backwards between \ and /. */
static void show_printed(struct tty_struct *tty, u32 from, u32 count)
{
	struct n_tty *d = &tty->disc;

	if (!d->is_erasing) {
		n_tty_echo_plain(tty, '\\');
		d->is_erasing = true;
	}
	n_tty_echo(tty, *n_tty_at(d, from));
	for (u32 i = 1; i < count; i++) {
		n_tty_echo_plain(tty, *n_tty_at(d, from + i));
		move_back(d, 1);
	}
}

static void show_erased(struct tty_struct *tty, u8 how, u8 c, u32 count)
{
	if (!has_l(tty, ECHO))
		return;
	if (has_l(tty, ECHOPRT))
		show_printed(tty, tty->disc.head, count);
	else if (how == VERASE && !has_l(tty, ECHOE))
		n_tty_echo(tty, cc_of(tty, VERASE));
	else
		show_char_erased(tty, c);
}

/* Take back from head as @how says, one character a turn. */
static void erase_chars(struct tty_struct *tty, u8 how)
{
	struct n_tty *d = &tty->disc;
	bool in_word = false;

	while (d->head != d->canon_head) {
		u32 at = d->head;
		u8 c;

		do
			c = *n_tty_at(d, --at);
		while (is_utf8_tail(tty, c) && at != d->canon_head);
		if (is_utf8_tail(tty, c)) /* E1: its first byte is not in this line */
			break;
		if (how == VWERASE) {
			bool is_word_char = isalnum(c) || c == '_';

			if (in_word && !is_word_char)
				break;
			in_word |= is_word_char;
		}
		u32 count = d->head - at;

		WRITE_ONCE(d->head, at);
		show_erased(tty, how, c, count);
		if (how == VERASE)
			break;
	}
	if (d->head == d->canon_head && has_l(tty, ECHO))
		n_tty_end_erasing(tty);
}

/* KILL where the screen cannot be, or need not be, wiped. */
static void kill_line(struct tty_struct *tty)
{
	struct n_tty *d = &tty->disc;

	WRITE_ONCE(d->head, d->canon_head);
	if (!has_l(tty, ECHO))
		return;
	n_tty_end_erasing(tty);
	n_tty_echo(tty, cc_of(tty, VKILL));
	if (has_l(tty, ECHOK))
		n_tty_echo_plain(tty, '\n');
}

void n_tty_erase(struct tty_struct *tty, u8 c)
{
	struct n_tty *d = &tty->disc;
	tcflag_t wipe = ECHOK | ECHOKE | ECHOE;

	if (d->head == d->canon_head)
		return;
	if (c == cc_of(tty, VERASE))
		erase_chars(tty, VERASE);
	else if (c == cc_of(tty, VWERASE) && has_l(tty, IEXTEN))
		erase_chars(tty, VWERASE);
	else if (has_l(tty, ECHO) && (tty->termios.c_lflag & wipe) == wipe)
		erase_chars(tty, VKILL);
	else
		kill_line(tty);
}

void n_tty_reprint(struct tty_struct *tty)
{
	struct n_tty *d = &tty->disc;

	n_tty_end_erasing(tty);
	n_tty_echo(tty, cc_of(tty, VREPRINT));
	n_tty_echo_plain(tty, '\n');
	for (u32 pos = d->canon_head; pos != d->head; pos++)
		n_tty_echo(tty, *n_tty_at(d, pos));
}
