/* SPDX-License-Identifier: GPL-2.0-only */
/* vfs_ports.c - what the VFS asks of processes (vfs/vfs_port.h): limits, numbers, and signals that files send. */
#include "process_impl.h"
#include <asm/resource.h>
#include <linux/fcntl.h>
#include <linux/personality.h>
#include <mm/mm_port.h>
#include <vfs/file.h>
#include <vfs/ipc_calls.h>
#include <vfs/vfs_port.h>
#include <process/nsproxy.h>
#include "ns_impl.h"

struct user_namespace *vfs_user_ns_of(struct file *file)
{
	const struct ns_ref *ref = ns_ref_of_file(file);

	return ref && ref->kind == NS_USER ? ref->ns : NULL;
}

unsigned long vfs_rlimit(unsigned int limit)
{
	return current->process ? rlimit(limit) : RLIM_INFINITY;
}

pid_t vfs_current_tgid(void)
{
	return current->process ? task_tgid_nr(current) : 0;
}

void vfs_send_sigxfsz(void)
{
	if (current->process)
		send_signal_info(SIGXFSZ, SEND_SIG_NOINFO, current, PIDTYPE_PID);
}

void vfs_put_pid(struct pid *pid)
{
	put_pid(pid);
}

void vfs_send_sigpipe(void)
{
	if (current->process)
		send_signal_info(SIGPIPE, SEND_SIG_NOINFO, current, PIDTYPE_PID);
}

bool vfs_timeouts_are_sticky(void)
{
	return process_personality() & STICKY_TIMEOUTS;
}

int vfs_set_sigmask(uaddr_t mask, size_t size)
{
	return set_user_sigmask(mask, size);
}

void vfs_restore_sigmask(bool is_interrupted)
{
	restore_saved_sigmask_unless(is_interrupted);
}

static long poll_restart_block(struct restart_block *block)
{
	return poll_restart(block->user_a, (u32)block->arg[0], block->deadline_ns);
}

static const struct restart_ops poll_restart_ops = { .name = "poll", .restart = poll_restart_block };

long vfs_restart_poll(uaddr_t fds, u32 nr, u64 deadline_ns)
{
	cur->restart_block = (struct restart_block){ .ops = &poll_restart_ops, .deadline_ns = deadline_ns,
						     .user_a = fds, .arg = { nr } };
	return -ERESTART_RESTARTBLOCK;
}
