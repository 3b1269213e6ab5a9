/* SPDX-License-Identifier: GPL-2.0-only */
/* vfs_ports.c - what the VFS asks of processes (vfs/vfs_port.h): limits, numbers, and signals that files send. */
#include "process_impl.h"
#include <asm/resource.h>
#include <linux/fcntl.h>
#include <vfs/file.h>
#include <vfs/vfs_port.h>

unsigned long vfs_rlimit(unsigned int limit)
{
	return current->process ? rlimit(limit) : RLIM_INFINITY;
}

pid_t vfs_current_tgid(void)
{
	return current->process ? task_tgid_vnr(current) : 0;
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
