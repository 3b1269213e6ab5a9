/* SPDX-License-Identifier: GPL-2.0-only */
/* fork.h - making tasks. */
#pragma once

#include <arch/atomic.h>
#include <lib/types.h>
#include <linux/sched.h>

struct task;
struct pt_regs;

/* Decoded arguments of fork, vfork, clone, clone3 and of kernel threads. User addresses are plain
 * numbers here; only copy helpers touch them. */
struct kernel_clone_args {
	u64 flags;
	u64 pidfd;	  /* where the pidfd number goes */
	u64 child_tid;
	u64 parent_tid;
	int exit_signal;
	u64 stack;
	u64 stack_size;
	u64 tls;
	const int *set_tid; /* innermost namespace first */
	size_t set_tid_size;
	int (*kthread_fn)(void *arg); /* kernel thread: runs this instead of returning to user */
	void *kthread_arg;
	const char *name; /* comm of a kernel thread */
};

/* Make a task and start it. Returns its number in the caller's pid namespace, or -errno.
 * -EAGAIN (limits), -ENOMEM, -EINVAL (flags), -EPERM, -EEXIST (set_tid), -ERESTARTNOINTR. */
long kernel_clone(struct kernel_clone_args *args) __must_check;
/*
 * Did an earlier pass of this call make the child that it waits for? Then kernel_clone() goes on with that, whatever @args, and what the
 * program passed is not read again: the child, which has the same memory, may have changed it.
 */
bool vfork_in_progress(void);

/* First steps of a new task on its own stack, before it sees user mode for the first time. */
void schedule_tail_user(struct pt_regs *regs);

/* Number of tasks, and of forks since boot (/proc/stat, sysinfo). */
extern atomic_t nr_tasks;
u64 total_forks(void);
