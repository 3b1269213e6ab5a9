/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mrelease.c - process_mrelease(2): the memory of a killed process comes back now, not when it is scheduled.
 *
 * WHAT        If everybody who shares the memory is dying, its private pages are taken away (mm_reap()).
 * LOCKING     task_lock for a task's mm; RCU around the list of processes.
 * ERRORS      -EINVAL flags, or somebody who lives uses the memory; -EBADF; -ESRCH gone, or its memory is; -EINTR killed.
 * TESTS       tests/guest/process/pidfd_test.c
 */
#include "process_impl.h"
#include <linux/kernel.h>
#include <mm/mm.h>
#include <process/process_calls.h>
#include <process/exit.h>
#include "exit_impl.h"
#include "oom_impl.h"

/* The memory of @task, which is dying, with a reference. */
static struct mm *grab_dying_mm(struct task *task)
{
	struct mm *mm = ERR_PTR(-ESRCH);
	struct task *t;

	with_rcu();
	t = find_lock_task_mm(task);
	if (!t)
		return mm;
	mm = task_is_dying(t) ? mm_get(t->mm) : ERR_PTR(-EINVAL);
	task_unlock(t);
	return mm;
}

static long release_memory_of(struct task *task)
{
	struct mm *mm = grab_dying_mm(task);
	long ret;

	if (IS_ERR(mm))
		return PTR_ERR(mm);
	ret = all_users_are_dying(mm) ? mm_reap(mm) : -EINVAL;
	mm_put(mm);
	return ret;
}

long sys_process_mrelease(int pidfd, u32 flags)
{
	struct task *task;
	long ret;

	if (flags)
		return -EINVAL;
	task = pidfd_get_task(pidfd);
	if (IS_ERR(task))
		return PTR_ERR(task);
	ret = release_memory_of(task);
	put_task(task);
	return ret;
}
