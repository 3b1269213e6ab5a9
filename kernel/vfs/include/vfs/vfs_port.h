/* SPDX-License-Identifier: GPL-2.0-only */
/* vfs_port.h - what the VFS needs from higher floors: each function is defined once, above, and linked. */
#ifndef VFS_VFS_PORT_H
#define VFS_VFS_PORT_H

#include <lib/types.h>

struct mnt_namespace;
struct task;
struct pid;
struct file;

/* process: namespaces and limits of the caller */
struct mnt_namespace *current_mnt_ns(void);		/* borrowed */
unsigned long vfs_rlimit(unsigned int limit);		/* soft limit of current */
/* process: pid_t of the caller's thread group, in the initial namespace / as current sees it */
pid_t vfs_current_tgid(void);
/* process: send SIGXFSZ to current; SIGIO to a file's owner */
void vfs_send_sigxfsz(void);
void vfs_send_sigio(struct file *file, int fd, int band);

#endif
