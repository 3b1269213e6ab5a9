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
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>
#include "report.h"
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
	t->is_ours = t->fd >= 0 && tcgetsid(t->fd) == getsid(0);
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

bool terminal_is_gone(const struct terminal *t)
{
	struct pollfd poll_fd = { .fd = t->fd };

	return t->fd >= 0 && poll(&poll_fd, 1, 0) == 1 && (poll_fd.revents & POLLHUP);
}

/* In the background this would stop us, and nobody would be there to end the machine. */
static bool set_mode(const struct termios *mode)
{
	sigset_t stop, old;
	bool is_done;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTTOU);
	sigprocmask(SIG_BLOCK, &stop, &old);
	is_done = !tcsetattr(raw_mode.fd, TCSANOW, mode);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return is_done;
}

void terminal_leave_raw(void)
{
	if (raw_mode.is_raw)
		set_mode(&raw_mode.before);
	raw_mode.is_raw = false;
}

/* I1 */
void terminal_enter_raw(const struct terminal *t, bool has_signals)
{
	struct termios raw;

	if (!t->has_keyboard || !terminal_is_foreground(t))
		return;
	raw_mode.fd = t->fd;
	if (!raw_mode.is_raw && tcgetattr(t->fd, &raw_mode.before))
		return;
	if (!raw_mode.is_registered)
		atexit(terminal_leave_raw);
	raw_mode.is_registered = true;
	raw = raw_mode.before;
	cfmakeraw(&raw);
	if (has_signals)
		raw.c_lflag |= raw_mode.before.c_lflag & ISIG;
	raw_mode.is_raw = set_mode(&raw) || raw_mode.is_raw;
}

bool terminal_has_signal_key(const unsigned char *bytes, unsigned long len)
{
	const cc_t *keys = raw_mode.before.c_cc;

	if (!raw_mode.is_raw || !(raw_mode.before.c_lflag & ISIG))
		return false;
	for (unsigned long i = 0; i < len; i++)
		if (bytes[i] == keys[VINTR] || bytes[i] == keys[VQUIT] || bytes[i] == keys[VSUSP])
			return true;
	return false;
}

/* A file would lose its offset, and a socket cannot be opened. */
int terminal_open_output(int fd)
{
	struct stat st;
	char *path;
	int own;

	if (fstat(fd, &st) || (!S_ISFIFO(st.st_mode) && !isatty(fd)))
		return fd;
	path = must_format("/proc/self/fd/%d", fd);
	own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	free(path);
	return own < 0 ? fd : own;
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
