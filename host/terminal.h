/* SPDX-License-Identifier: GPL-2.0-only */
/* terminal.h - the caller's terminal: which descriptors it is, raw mode, window size. */
#ifndef HOST_TERMINAL_H
#define HOST_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>
#include "protocol.h"

#define TERMIOS_BYTES 36 /* the kernel's struct termios */

struct terminal {
	uint32_t tty;      /* TTY_BIT of each descriptor that the guest shows as a terminal */
	bool has_keyboard; /* stdin is the terminal and is passed on key by key */
	bool is_ours;      /* it is our session's: its hang-up is ours too */
	int fd;            /* one of the descriptors, or -1 */
	unsigned char termios[TERMIOS_BYTES]; /* for the guest's terminal */
};

void terminal_init(struct terminal *terminal);
/* True while we are the terminal's foreground group (or there is no terminal). */
bool terminal_is_foreground(const struct terminal *terminal);
/* True when there was a terminal and its other side is closed. */
bool terminal_is_gone(const struct terminal *terminal);
/* Raw mode, if there is a keyboard and we are in the foreground. @has_signals: Ctrl-C and the like
 * still send signals to us. May be called again to change that. */
void terminal_enter_raw(const struct terminal *terminal, bool has_signals);
/* Is one of these bytes a key that sends a signal? */
bool terminal_has_signal_key(const unsigned char *bytes, unsigned long len);
/* A descriptor of our own for the terminal or pipe @fd, of which a write never waits; else @fd. */
int terminal_open_output(int fd);
void terminal_leave_raw(void);
bool terminal_window(const struct terminal *terminal, struct message_window *window);

#endif
