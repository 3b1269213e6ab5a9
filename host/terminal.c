/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * terminal.c - the caller's terminal: which descriptors it is, raw mode, window size.
 *
 * WHAT        The guest's terminal does what terminals do (echo, editing, Ctrl-C), so ours only
 *             passes bytes: raw mode. That is so when stdin and stdout are both terminals. When
 *             only outputs are, the guest shows a terminal there, so that programs behave as
 *             usual, but keys stay with whom they belong to.
 * INVARIANTS  I1  Whoever leaves, by any exit, leaves the terminal as it was (atexit).
 */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include "terminal.h"

#define OFLAG_OFFSET 4 /* c_oflag in the kernel's struct termios */

struct raw_mode {
	int fd;
	bool is_raw, is_registered;
	struct termios before;
};

static struct raw_mode raw_mode = { .fd = -1 };

/* The guest's terminal starts with our settings. Without raw mode ours processes the output, so
 * the guest's must not. */
static void read_settings(struct terminal *t)
{
	uint32_t oflag;

	if (ioctl(t->fd, TCGETS, t->termios) || t->has_keyboard)
		return;
	memcpy(&oflag, t->termios + OFLAG_OFFSET, sizeof(oflag));
	oflag &= ~(uint32_t)OPOST;
	memcpy(t->termios + OFLAG_OFFSET, &oflag, sizeof(oflag));
}

void terminal_init(struct terminal *t)
{
	*t = (struct terminal){ .fd = -1 };
	for (int fd = 2; fd >= 0; fd--)
		if (isatty(fd)) {
			t->tty |= TTY_BIT(fd);
			t->fd = fd;
		}
	t->has_keyboard = (t->tty & TTY_BIT(0)) && (t->tty & TTY_BIT(1));
	if (!t->has_keyboard)
		t->tty &= ~TTY_BIT(0);
	if (t->tty)
		read_settings(t);
}

bool terminal_is_foreground(const struct terminal *t)
{
	pid_t group;

	if (!t->has_keyboard)
		return true;
	group = tcgetpgrp(t->fd);
	return group < 0 || group == getpgrp();
}

void terminal_leave_raw(void)
{
	if (raw_mode.is_raw)
		tcsetattr(raw_mode.fd, TCSADRAIN, &raw_mode.before);
	raw_mode.is_raw = false;
}

/* I1 */
void terminal_enter_raw(const struct terminal *t)
{
	struct termios raw;

	if (!t->has_keyboard || raw_mode.is_raw || !terminal_is_foreground(t))
		return;
	raw_mode.fd = t->fd;
	if (tcgetattr(t->fd, &raw_mode.before))
		return;
	if (!raw_mode.is_registered)
		atexit(terminal_leave_raw);
	raw_mode.is_registered = true;
	raw = raw_mode.before;
	cfmakeraw(&raw);
	raw_mode.is_raw = !tcsetattr(t->fd, TCSADRAIN, &raw);
}

bool terminal_window(const struct terminal *t, struct message_window *window)
{
	struct winsize size;

	if (!t->tty || ioctl(t->fd, TIOCGWINSZ, &size))
		return false;
	*window =
	    (struct message_window){ size.ws_row, size.ws_col, size.ws_xpixel, size.ws_ypixel };
	return true;
}
