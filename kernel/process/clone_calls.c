/* SPDX-License-Identifier: GPL-2.0-only */
/* clone_calls.c - fork, vfork, clone and clone3: four ways to say kernel_clone(). */
#include "process_impl.h"
#include <linux/sched.h>
#include <process/fork.h>
#include <process/process_calls.h>

#define CLONE3_VALID (CLONE_LEGACY | CLONE_CLEAR_SIGHAND | CLONE_INTO_CGROUP)
#define CLONE_LEGACY 0xffffffffull

long sys_fork(void)
{
	struct kernel_clone_args args = { .exit_signal = SIGCHLD };

	return kernel_clone(&args);
}

long sys_vfork(void)
{
	struct kernel_clone_args args = { .flags = CLONE_VFORK | CLONE_VM, .exit_signal = SIGCHLD };

	return kernel_clone(&args);
}

long sys_clone(unsigned long flags, unsigned long stack, uaddr_t parent_tid, uaddr_t child_tid, unsigned long tls)
{
	struct kernel_clone_args args = {
		.flags = flags & CLONE_LEGACY & ~(u64)CSIGNAL,
		.pidfd = uaddr_raw(parent_tid),
		.child_tid = uaddr_raw(child_tid),
		.parent_tid = uaddr_raw(parent_tid),
		.exit_signal = (int)(flags & CSIGNAL),
		.stack = stack,
		.tls = tls,
	};

	/* The legacy call has one address for both. */
	if ((args.flags & CLONE_PIDFD) && (args.flags & CLONE_PARENT_SETTID))
		return -EINVAL;
	return kernel_clone(&args);
}

/* A structure that grows: shorter is padded, longer must be zero. */
static int read_args(struct clone_args *wire, uaddr_t from, size_t size)
{
	if (size < CLONE_ARGS_SIZE_VER0)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	memset(wire, 0, sizeof(*wire));
	for (size_t at = sizeof(*wire); at < size; at++) {
		u8 byte;

		if (get_user_u8(uaddr_add(from, at), &byte))
			return -EFAULT;
		if (byte)
			return -E2BIG;
	}
	return copy_from_user(wire, from, min(size, sizeof(*wire))) ? -EFAULT : 0;
}

static int check_args(const struct clone_args *wire)
{
	if (wire->set_tid_size > MAX_PID_NS_LEVEL || !wire->set_tid != !wire->set_tid_size)
		return -EINVAL;
	if ((wire->exit_signal & ~(u64)CSIGNAL) || wire->exit_signal > NSIGNALS)
		return -EINVAL;
	if ((wire->flags & ~CLONE3_VALID) || (wire->flags & (CLONE_DETACHED | (CSIGNAL & ~CLONE_NEWTIME))))
		return -EINVAL;
	if ((wire->flags & CLONE_SIGHAND) && (wire->flags & CLONE_CLEAR_SIGHAND))
		return -EINVAL;
	if ((wire->flags & (CLONE_THREAD | CLONE_PARENT)) && wire->exit_signal)
		return -EINVAL;
	if (!wire->stack != !wire->stack_size)
		return -EINVAL;
	if (wire->stack && !access_ok(uaddr(wire->stack), wire->stack_size))
		return -EINVAL;
	return 0;
}

long sys_clone3(uaddr_t args, size_t size)
{
	int set_tid[MAX_PID_NS_LEVEL];
	struct clone_args wire;
	int ret;

	if (vfork_in_progress())
		return kernel_clone(NULL);
	ret = read_args(&wire, args, size);
	if (!ret)
		ret = check_args(&wire);
	if (ret)
		return ret;
	if (copy_from_user(set_tid, uaddr(wire.set_tid), wire.set_tid_size * sizeof(int)))
		return -EFAULT;
	struct kernel_clone_args kargs = {
		.flags = wire.flags,
		.pidfd = wire.pidfd,
		.child_tid = wire.child_tid,
		.parent_tid = wire.parent_tid,
		.exit_signal = (int)wire.exit_signal,
		.stack = wire.stack,
		.stack_size = wire.stack_size,
		.tls = wire.tls,
		.set_tid = set_tid,
		.set_tid_size = wire.set_tid_size,
	};
	return kernel_clone(&kargs);
}
