/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * prctl.c - the options of prctl(2), personality(2) and arch_prctl(2).
 *
 * WHAT        Options are sorted by how strictly they look at unused arguments. Capability options are in
 *             capability_calls.c.
 * LOCKING     tasklist_lock where the subreaper flag goes down the tree; mm's lock where prctl moves its fields.
 *             Other options are the caller's own words.
 * ERRORS      -EINVAL for options this kernel does not know, as Linux answers for those it was built without.
 * TESTS       tests/guest/process/cred_test.c
 */
#include "process_impl.h"
#include <arch/io_ports.h>
#include <linux/personality.h>
#include <linux/prctl.h>
#include <mm/mm.h>
#include <vfs/file.h>
#include <vfs/namei.h>
#include <process/exec.h>
#include <process/process_calls.h>
#include "cred_impl.h"
#include "elf_impl.h"

bool process_randomizes(void)
{
	return mm_sysctl.randomize_va_space && !(cur->personality & ADDR_NO_RANDOMIZE);
}

static long set_name(unsigned long arg)
{
	char name[THREAD_NAME_LEN] = { 0 };
	long len = strncpy_from_user(name, uaddr(arg), sizeof(name) - 1);

	if (len < 0)
		return -EFAULT;
	set_task_comm(current, name);
	return 0;
}

static long get_name(unsigned long arg)
{
	char name[THREAD_NAME_LEN] = { 0 };

	get_task_comm(name, current);
	return put_user_obj(&name, uaddr(arg));
}

static long set_dumpable(unsigned long value)
{
	if (value != SUID_DUMP_DISABLE && value != SUID_DUMP_USER)
		return -EINVAL;
	current->mm->flags = (current->mm->flags & ~MMF_DUMPABLE_MASK) | value;
	return 0;
}

/* Every process below gets the mark, so that reparenting need not look for subreapers where there are none. */
static void mark_descendants_locked(struct task *task)
{
	struct task_process *child;
	struct task *t;

	for_each_thread_of(tproc(task)->signal, t)
		list_for_each_entry(child, &tproc(t)->children, sibling) {
			if (child->signal->has_child_subreaper)
				continue;
			child->signal->has_child_subreaper = true;
		}
}

static void set_child_subreaper(bool is_on)
{
	struct task *t;

	cur->signal->is_child_subreaper = is_on;
	if (!is_on)
		return;
	/* Processes are listed in order of birth and parents come first, except after reparenting: repeat until nothing changes. */
	with_spinlock_irqsave(&tasklist_lock);
	mark_descendants_locked(current);
	for (bool is_again = true; is_again;) {
		is_again = false;
		for_each_process(t) {
			struct task *parent = tproc(t)->real_parent;

			if (tproc(t)->signal->has_child_subreaper || !parent ||
			    !tproc(parent)->signal->has_child_subreaper)
				continue;
			tproc(t)->signal->has_child_subreaper = true;
			is_again = true;
		}
	}
}

static long set_timer_slack(unsigned long slack)
{
	if (current->policy == 1 || current->policy == 2)
		return 0; /* real-time tasks have none */
	cur->timer_slack_ns = slack ? slack : cur->default_timer_slack_ns;
	return 0;
}

static long process_option(int option, unsigned long arg2)
{
	switch (option) {
	case PR_SET_PDEATHSIG:
		if (arg2 > NSIGNALS)
			return -EINVAL;
		cur->pdeath_signal = (int)arg2;
		return 0;
	case PR_GET_PDEATHSIG:
		return put_user_u32(cur->pdeath_signal, uaddr(arg2));
	case PR_GET_DUMPABLE:
		return (long)(current->mm->flags & MMF_DUMPABLE_MASK);
	case PR_SET_DUMPABLE:
		return set_dumpable(arg2);
	case PR_SET_NAME:
		return set_name(arg2);
	case PR_GET_NAME:
		return get_name(arg2);
	case PR_SET_CHILD_SUBREAPER:
		set_child_subreaper(arg2);
		return 0;
	case PR_GET_CHILD_SUBREAPER:
		return put_user_u32(cur->signal->is_child_subreaper, uaddr(arg2));
	case PR_SET_TIMERSLACK:
		return set_timer_slack(arg2);
	case PR_GET_TIMERSLACK:
		return (long)min(cur->timer_slack_ns, (u64)LONG_MAX);
	case PR_GET_TID_ADDRESS:
		return put_user_u64(uaddr_raw(cur->clear_child_tid), uaddr(arg2));
	case PR_GET_TIMING:
		return PR_TIMING_STATISTICAL;
	case PR_SET_TIMING:
		return arg2 == PR_TIMING_STATISTICAL ? 0 : -EINVAL;
	case PR_GET_TSC:
		return put_user_u32(arch_tsc_is_allowed() ? PR_TSC_ENABLE : PR_TSC_SIGSEGV, uaddr(arg2));
	case PR_SET_TSC:
		if (arg2 != PR_TSC_ENABLE && arg2 != PR_TSC_SIGSEGV)
			return -EINVAL;
		arch_tsc_allow(arg2 == PR_TSC_ENABLE);
		return 0;
	default:
		return -ENOSYS;
	}
}

/* Options that want their unused arguments zero. */
static long strict_option(int option, unsigned long arg2, unsigned long arg3, unsigned long arg4, unsigned long arg5)
{
	bool is_rest_zero = !arg3 && !arg4 && !arg5;

	switch (option) {
	case PR_SET_NO_NEW_PRIVS:
		if (arg2 != 1 || !is_rest_zero)
			return -EINVAL;
		cur->no_new_privs = true;
		return 0;
	case PR_GET_NO_NEW_PRIVS:
		return arg2 || !is_rest_zero ? -EINVAL : cur->no_new_privs;
	case PR_SET_MM:
		return prctl_set_mm(arg2, arg3, arg4, arg5);
	case PR_SET_VMA:
		/* As a Linux that was built without names for anonymous mappings. */
		return -EINVAL;
	default:
		return -ENOSYS;
	}
}

long sys_prctl(int option, unsigned long arg2, unsigned long arg3, unsigned long arg4, unsigned long arg5)
{
	long ret = process_option(option, arg2);

	if (ret == -ENOSYS)
		ret = prctl_capability(option, arg2, arg3, arg4, arg5);
	if (ret == -ENOSYS)
		ret = prctl_task(option, arg2, arg3, arg4, arg5);
	if (ret == -ENOSYS)
		ret = prctl_syscall_gate(option, arg2, arg3, arg4, arg5);
	if (ret == -ENOSYS)
		ret = strict_option(option, arg2, arg3, arg4, arg5);
	return ret == -ENOSYS ? -EINVAL : ret;
}

long sys_arch_prctl(int option, unsigned long addr)
{
	return arch_prctl(option, addr);
}

long sys_personality(u32 persona)
{
	u32 old = cur->personality;

	if (persona != 0xffffffff)
		cur->personality = persona;
	return old;
}
