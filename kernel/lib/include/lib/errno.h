/* SPDX-License-Identifier: GPL-2.0-only */
/* errno.h - the ABI's error numbers and the few that never leave the kernel. */
#ifndef LIB_ERRNO_H
#define LIB_ERRNO_H

#include <linux/errno.h>

/* The exit-to-user loop turns these into a restart or into EINTR; user space never sees them. */
#define ERESTARTSYS 512		  /* restart when the handler has SA_RESTART or there is none */
#define ERESTARTNOINTR 513	  /* always restart */
#define ERESTARTNOHAND 514	  /* restart only when no handler runs */
#define ENOIOCTLCMD 515		  /* this layer has no such ioctl: try the next, then ENOTTY */
#define ERESTART_RESTARTBLOCK 516 /* restart through restart_syscall */
#define EPARK 530		  /* the wait was asked to park (architecture.md, law 1) */

#endif
