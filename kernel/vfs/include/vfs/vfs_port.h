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
/* process: the user namespace that a file of nsfs stands for, borrowed while the file is; NULL: it stands for none */
struct user_namespace;
struct user_namespace *vfs_user_ns_of(struct file *file);
unsigned long vfs_rlimit(unsigned int limit);		/* soft limit of current */
/* process: pid_t of the caller's thread group, in the initial namespace / as current sees it */
pid_t vfs_current_tgid(void);
pid_t vfs_pid_nr_here(pid_t nr);	/* the number in current's pid namespace of an initial one; 0: not visible */
/* process: send SIGXFSZ to current; SIGIO to a file's owner */
void vfs_send_sigxfsz(void);
void vfs_put_pid(struct pid *pid);
void vfs_send_sigio(struct file *file, int fd, int band);	/* any context */
/* process: SIGURG to a file's owner; false: nobody owns it */
bool vfs_send_sigurg(struct file *file);
/* process: F_SETOWN_EX and F_GETOWN_EX over file->f_owner (f_lock): -ESRCH, -EPERM */
struct f_owner_ex;
int vfs_set_owner(struct file *file, const struct f_owner_ex *owner);
void vfs_get_owner(struct file *file, struct f_owner_ex *owner);
/* process: send SIGPIPE to current */
void vfs_send_sigpipe(void);

/*
 * process: the temporary signal mask of ppoll, pselect6 and epoll_pwait. Setting: @size must be 8, NULL @mask changes nothing;
 * -EINVAL, -EFAULT. The end: @is_interrupted keeps the temporary mask until the signal was delivered.
 */
int vfs_set_sigmask(uaddr_t mask, size_t size);
void vfs_restore_sigmask(bool is_interrupted);
/* process: personality(2), STICKY_TIMEOUTS: calls leave their time limits as they are. */
bool vfs_timeouts_are_sticky(void);
/* process: end a poll(2) that a signal interrupted so that restart_syscall() goes on with poll_restart(). */
long vfs_restart_poll(uaddr_t fds, u32 nr, u64 deadline_ns);

#endif
