/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * prctl_task.c - prctl options that are a word of the task's or of its memory's: machine checks, I/O, huge pages, speculation.
 *
 * WHAT        Values are kept, inherited and answered. Reclaim looks at the I/O flusher's flag; nothing acts on the others: machine
 *             checks are not enabled, there are no huge pages, and no mitigation to steer (docs/abi.md).
 * LOCKING     The caller's own words; mmap_lock for the memory's.
 * TESTS       tests/guest/process/prctl_test.c
 */
#include "process_impl.h"
#include <linux/capability.h>
#include <linux/prctl.h>
#include <mm/mm.h>
#include <mm/standing.h>
#include "cred_impl.h"

static long set_mce_kill(unsigned long how, unsigned long policy)
{
	if (how == PR_MCE_KILL_CLEAR) {
		if (policy)
			return -EINVAL;
		cur->mce_kill = 0;
		return 0;
	}
	if (how != PR_MCE_KILL_SET || policy > PR_MCE_KILL_DEFAULT)
		return -EINVAL;
	cur->mce_kill = policy == PR_MCE_KILL_DEFAULT ? 0 : policy + 1;
	return 0;
}

static long get_mce_kill(void)
{
	return cur->mce_kill ? cur->mce_kill - 1 : PR_MCE_KILL_DEFAULT;
}

static long set_io_flusher(unsigned long is_on)
{
	if (is_on > 1)
		return -EINVAL;
	if (is_on)
		current->flags |= PF_MEMALLOC_NOIO;
	else
		current->flags &= ~PF_MEMALLOC_NOIO;
	return 0;
}

static long set_thp_disable(bool is_on)
{
	struct mm *mm = current->mm;

	if (mmap_write_lock_killable(mm))
		return -EINTR;
	if (is_on)
		mm->flags |= BIT(MMF_DISABLE_THP);
	else
		mm->flags &= ~BIT(MMF_DISABLE_THP);
	mmap_write_unlock(mm);
	return 0;
}

/* What Linux says of a processor whose speculation it cannot steer. */
static long get_speculation(unsigned long which)
{
	switch (which) {
	case PR_SPEC_STORE_BYPASS:
	case PR_SPEC_INDIRECT_BRANCH:
		return PR_SPEC_ENABLE;
	case PR_SPEC_L1D_FLUSH:
		return PR_SPEC_FORCE_DISABLE;
	default:
		return -ENODEV;
	}
}

static long set_speculation(unsigned long which, unsigned long how)
{
	switch (which) {
	case PR_SPEC_STORE_BYPASS:
		return -ENXIO;
	case PR_SPEC_INDIRECT_BRANCH:
		if (how == PR_SPEC_ENABLE)
			return 0;
		return how == PR_SPEC_DISABLE || how == PR_SPEC_FORCE_DISABLE ? -EPERM : -ERANGE;
	case PR_SPEC_L1D_FLUSH:
		return -EPERM;
	default:
		return -ENODEV;
	}
}

/* Who may trace the caller: 0 nobody more, -1 all, or a process that there is. Nothing traces here. */
static long set_ptracer(unsigned long who)
{
	struct task *task;

	if (!who || who == (unsigned long)-1)
		return 0;
	task = find_get_task_by_vpid((pid_t)who);
	if (!task)
		return -EINVAL;
	put_task(task);
	return 0;
}

long prctl_task(int option, unsigned long arg2, unsigned long arg3, unsigned long arg4, unsigned long arg5)
{
	bool is_rest_zero = !arg3 && !arg4 && !arg5;

	switch (option) {
	case PR_MCE_KILL:
		return arg4 || arg5 ? -EINVAL : set_mce_kill(arg2, arg3);
	case PR_MCE_KILL_GET:
		return arg2 || !is_rest_zero ? -EINVAL : get_mce_kill();
	case PR_SET_IO_FLUSHER:
		if (!capable(CAP_SYS_RESOURCE))
			return -EPERM;
		return is_rest_zero ? set_io_flusher(arg2) : -EINVAL;
	case PR_GET_IO_FLUSHER:
		if (!capable(CAP_SYS_RESOURCE))
			return -EPERM;
		return arg2 || !is_rest_zero ? -EINVAL : !!(current->flags & PF_MEMALLOC_NOIO);
	case PR_SET_THP_DISABLE:
		return is_rest_zero ? set_thp_disable(arg2) : -EINVAL;
	case PR_GET_THP_DISABLE:
		return arg2 || !is_rest_zero ? -EINVAL : !!(current->mm->flags & BIT(MMF_DISABLE_THP));
	case PR_GET_SPECULATION_CTRL:
		return is_rest_zero ? get_speculation(arg2) : -EINVAL;
	case PR_SET_SPECULATION_CTRL:
		return arg4 || arg5 ? -EINVAL : set_speculation(arg2, arg3);
	case PR_SET_PTRACER:
		return set_ptracer(arg2);
	case PR_PERENNIAL_RESERVE_SET:
		return arg4 || arg5 ? -EINVAL : mm_standing_set(cur->signal, arg2, arg3);
	case PR_PERENNIAL_RESERVE_GET:
		return arg2 || !is_rest_zero ? -EINVAL : mm_standing_bytes();
	case PR_TASK_PERF_EVENTS_DISABLE:
	case PR_TASK_PERF_EVENTS_ENABLE:
		return 0; /* all the events that the task has: none */
	default:
		return -ENOSYS;
	}
}
