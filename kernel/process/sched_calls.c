/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sched_calls.c - policies, priorities, affinity: who may ask the scheduler for what.
 *
 * WHAT        Rights are checked here, from the caller's limits and capabilities; sched_set_policy() in sched/ knows nothing
 *             of rights and refuses impossible values only.
 * ERRORS      -EPERM beyond RLIMIT_NICE, RLIMIT_RTPRIO or other people's tasks; -EINVAL values; -ESRCH; -E2BIG sizes.
 * TESTS       tests/guest/sched/sched_test.c
 */
#include "process_impl.h"
#include <arch/cpu.h>
#include <arch/smp.h>
#include <asm/resource.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <process/process_calls.h>
#include "timespec_impl.h"

#define SCHED_KNOWN_FLAGS (SCHED_FLAG_RESET_ON_FORK | SCHED_FLAG_KEEP_POLICY | SCHED_FLAG_KEEP_PARAMS)

static struct task *find_task(pid_t pid)
{
	if (!pid)
		return get_task(current);
	return find_get_task_by_vpid(pid);
}

static bool owns(struct task *task)
{
	const struct cred *cred = current_cred(), *target;

	with_rcu();
	target = task_cred_rcu(task);
	return uid_eq(cred->euid, target->euid) || uid_eq(cred->euid, target->uid);
}

static bool is_realtime(u32 policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

static bool is_known_policy(u32 policy)
{
	return policy <= SCHED_BATCH || policy == SCHED_IDLE;
}

/* RLIMIT_NICE counts from 1 (nice 19) to 40 (nice -20). */
static bool may_nice(struct task *task, int nice)
{
	return (unsigned long)(20 - nice) <= task_rlimit(task, RLIMIT_NICE) || capable(CAP_SYS_NICE);
}

static int check_rights(struct task *task, u32 policy, u32 priority, int nice, bool reset_on_fork)
{
	unsigned long limit = task_rlimit(task, RLIMIT_RTPRIO);

	if (capable(CAP_SYS_NICE))
		return 0;
	if (is_realtime(policy)) {
		if (policy != task->policy && !limit)
			return -EPERM;
		if (priority > task->rt_priority && priority > limit)
			return -EPERM;
	} else if (nice < task->nice && !may_nice(task, nice)) {
		return -EPERM;
	}
	if (task->policy == SCHED_IDLE && policy != SCHED_IDLE && !may_nice(task, task->nice))
		return -EPERM;
	if (!owns(task) || (task->reset_on_fork && !reset_on_fork))
		return -EPERM;
	return 0;
}

static int set_scheduler(struct task *task, u32 policy, int priority, int nice, bool reset_on_fork)
{
	int ret;

	if (!is_known_policy(policy) || priority < 0 || priority > MAX_RT_PRIO - 1 ||
	    is_realtime(policy) != (priority != 0))
		return -EINVAL;
	ret = check_rights(task, policy, priority, nice, reset_on_fork);
	return ret ? ret : sched_set_policy(task, policy, priority, nice, reset_on_fork);
}

static long set_by_pid(pid_t pid, int policy, uaddr_t param)
{
	bool keep = policy < 0, reset = policy & SCHED_RESET_ON_FORK;
	struct sched_param value;
	struct task *task;
	int ret;

	if (pid < 0 || uaddr_is_null(param))
		return -EINVAL;
	if (get_user_obj(&value, param))
		return -EFAULT;
	task = find_task(pid);
	if (!task)
		return -ESRCH;
	if (keep) {
		policy = task->policy;
		reset = task->reset_on_fork;
	}
	ret = set_scheduler(task, policy & ~SCHED_RESET_ON_FORK, value.sched_priority, task->nice, reset);
	put_task(task);
	return ret;
}

long sys_sched_setscheduler(pid_t pid, int policy, uaddr_t param)
{
	return policy < 0 ? -EINVAL : set_by_pid(pid, policy, param);
}

long sys_sched_setparam(pid_t pid, uaddr_t param)
{
	return set_by_pid(pid, -1, param);
}

long sys_sched_getscheduler(pid_t pid)
{
	struct task *task;
	long ret;

	if (pid < 0)
		return -EINVAL;
	task = find_task(pid);
	if (!task)
		return -ESRCH;
	ret = task->policy | (task->reset_on_fork ? SCHED_RESET_ON_FORK : 0);
	put_task(task);
	return ret;
}

long sys_sched_getparam(pid_t pid, uaddr_t param)
{
	struct sched_param value = { 0 };
	struct task *task;

	if (pid < 0 || uaddr_is_null(param))
		return -EINVAL;
	task = find_task(pid);
	if (!task)
		return -ESRCH;
	value.sched_priority = is_realtime(task->policy) ? task->rt_priority : 0;
	put_task(task);
	return put_user_obj(&value, param);
}

/* A structure that grows: shorter is padded, longer must be zero. */
static int read_attr(uaddr_t from, struct sched_attr *attr)
{
	u32 size;

	memset(attr, 0, sizeof(*attr));
	if (get_user_u32(from, &size))
		return -EFAULT;
	if (!size)
		size = SCHED_ATTR_SIZE_VER0;
	if (size < SCHED_ATTR_SIZE_VER0 || size > PAGE_SIZE)
		return put_user_u32(sizeof(*attr), from) ? -EFAULT : -E2BIG;
	for (u32 at = sizeof(*attr); at < size; at++) {
		u8 byte;

		if (get_user_u8(uaddr_add(from, at), &byte))
			return -EFAULT;
		if (byte)
			return put_user_u32(sizeof(*attr), from) ? -EFAULT : -E2BIG;
	}
	if (copy_from_user(attr, from, min(size, (u32)sizeof(*attr))))
		return -EFAULT;
	if ((attr->sched_flags & (SCHED_FLAG_UTIL_CLAMP_MIN | SCHED_FLAG_UTIL_CLAMP_MAX)) && size < sizeof(*attr))
		return -EINVAL;
	return 0;
}

long sys_sched_setattr(pid_t pid, uaddr_t attr, u32 flags)
{
	struct sched_attr value;
	struct task *task;
	int ret;

	if (uaddr_is_null(attr) || pid < 0 || flags)
		return -EINVAL;
	ret = read_attr(attr, &value);
	if (ret)
		return ret;
	if ((int)value.sched_policy < 0 || (value.sched_flags & ~(u64)SCHED_KNOWN_FLAGS))
		return -EINVAL;
	task = find_task(pid);
	if (!task)
		return -ESRCH;
	if (value.sched_flags & SCHED_FLAG_KEEP_POLICY)
		value.sched_policy = task->policy;
	if (value.sched_flags & SCHED_FLAG_KEEP_PARAMS) {
		value.sched_priority = is_realtime(value.sched_policy) ? task->rt_priority : 0;
		value.sched_nice = task->nice;
	}
	ret = set_scheduler(task, value.sched_policy, (int)value.sched_priority,
			    clamp(value.sched_nice, NICE_MIN, NICE_MAX),
			    value.sched_flags & SCHED_FLAG_RESET_ON_FORK);
	put_task(task);
	return ret;
}

long sys_sched_getattr(pid_t pid, uaddr_t attr, u32 size, u32 flags)
{
	struct sched_attr value = { .size = sizeof(value) };
	struct task *task;

	if (uaddr_is_null(attr) || pid < 0 || size < SCHED_ATTR_SIZE_VER0 || size > PAGE_SIZE || flags)
		return -EINVAL;
	task = find_task(pid);
	if (!task)
		return -ESRCH;
	value.sched_policy = task->policy;
	if (task->reset_on_fork)
		value.sched_flags |= SCHED_FLAG_RESET_ON_FORK;
	if (is_realtime(task->policy))
		value.sched_priority = task->rt_priority;
	else
		value.sched_nice = task->nice;
	put_task(task);
	size = min(size, (u32)sizeof(value));
	value.size = size;
	return copy_to_user(attr, &value, size) ? -EFAULT : 0;
}

long sys_sched_setaffinity(pid_t pid, u32 len, uaddr_t mask)
{
	cpumask_t wanted = { 0 };
	struct task *task;
	int ret = -EPERM;

	if (copy_from_user(&wanted, mask, min(len, (u32)sizeof(wanted))))
		return -EFAULT;
	task = find_task(pid);
	if (!task)
		return -ESRCH;
	if (task->flags & PF_NO_SETAFFINITY)
		ret = -EINVAL;
	else if (owns(task) || ns_capable(current_user_ns(), CAP_SYS_NICE))
		ret = sched_set_affinity(task, wanted);
	put_task(task);
	return ret;
}

long sys_sched_getaffinity(pid_t pid, u32 len, uaddr_t mask)
{
	cpumask_t allowed;
	struct task *task;

	if (len & 7 || len * 8 < sizeof(allowed) * 8) /* in 32 bits, as Linux counts */
		return -EINVAL;
	task = find_task(pid);
	if (!task)
		return -ESRCH;
	allowed = sched_get_affinity(task);
	put_task(task);
	len = min(len, (u32)sizeof(allowed));
	return copy_to_user(mask, &allowed, len) ? -EFAULT : (long)len;
}

long sys_sched_get_priority_max(int policy)
{
	if (is_realtime(policy))
		return MAX_RT_PRIO - 1;
	return is_known_policy(policy) || policy == SCHED_DEADLINE ? 0 : -EINVAL;
}

long sys_sched_get_priority_min(int policy)
{
	if (is_realtime(policy))
		return 1;
	return is_known_policy(policy) || policy == SCHED_DEADLINE ? 0 : -EINVAL;
}

long sys_sched_rr_get_interval(pid_t pid, uaddr_t interval)
{
	struct timespec64 ts;
	struct task *task;

	if (pid < 0)
		return -EINVAL;
	task = find_task(pid);
	if (!task)
		return -ESRCH;
	ts = ns_to_timespec64((s64)sched_rr_interval_ns(task));
	put_task(task);
	return put_timespec64(&ts, interval);
}

long sys_sched_yield(void)
{
	sched_yield();
	return 0;
}

long sys_getcpu(uaddr_t cpu, uaddr_t node, uaddr_t cache)
{
	u32 here = smp_processor_id();

	if (!uaddr_is_null(cpu) && put_user_u32(here, cpu))
		return -EFAULT;
	return uaddr_is_null(node) ? 0 : put_user_u32((u32)cpu_to_node((int)here), node);
}
