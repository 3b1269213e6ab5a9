/* SPDX-License-Identifier: GPL-2.0-only */
/* devpts.h - the file system of pseudo-terminals. */
#ifndef DEVPTS_DEVPTS_H
#define DEVPTS_DEVPTS_H

/* Boot: register the file system and /dev/ptmx. After tty_init(). */
void devpts_init(void);

#endif
