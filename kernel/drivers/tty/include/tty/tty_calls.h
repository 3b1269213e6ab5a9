/* SPDX-License-Identifier: GPL-2.0-only */
/* tty_calls.h - the system calls this folder serves. */
#ifndef TTY_TTY_CALLS_H
#define TTY_TTY_CALLS_H

/* Hang up the caller's controlling terminal. 0, -EPERM. */
long sys_vhangup(void);

#endif
