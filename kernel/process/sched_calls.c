/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sched_calls.c - policies, priorities, affinity: who may ask the scheduler for what.
 *
 * WHAT        Rights are checked here, from the caller's limits and capabilities; sched_set_request() in sched/ knows nothing
 *             of rights and refuses impossible values, and deadlines for which there is no room.
 * ERRORS      -EPERM beyond RLIMIT_NICE, RLIMIT_RTPRIO or other people's tasks, and deadlines without CAP_SYS_NICE; -EINVAL values;
 *             -EBUSY; -ESRCH; -E2BIG sizes; -EOPNOTSUPP utilization clamps.
 * TESTS       tests/guest/sched/{sched,deadline}_test.c
 */
#include "process_impl.h"
#include <arch/cpu.h>
#include <arch/smp.h>
#include <asm/resource.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <process/process_calls.h>
#include "timespec_impl.h"

#define SCHED_DL_ASKED_FLAGS (SCHED_FLAG_RECLAIM | SCHED_FLAG_DL_OVERRUN)
#define SCHED_CLAMP_FLAGS (SCHED_FLAG_UTIL_CLAMP_MIN | SCHED_FLAG_UTIL_CLAMP_MAX)
#define SCHED_KNOWN_FLAGS \
	(SCHED_FLAG_RESET_ON_FORK | SCHED_FLAG_KEEP_POLICY | SCHED_FLAG_KEEP_PARAMS | SCHED_DL_ASKED_FLAGS | SCHED_CLAMP_FLAGS)

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
	return policy <= SCHED_BATCH || policy == SCHED_IDLE || policy == SCHED_DEADLINE;
}

/* RLIMIT_NICE counts from 1 (nice 19) to 40 (nice -20). */
static bool may_nice(struct task *task, int nice)
{
	return (unsigned long)(20 - nice) <= task_rlimit(task, RLIMIT_NICE) || capable(CAP_SYS_NICE);
}

static int check_rights(struct task *task, const struct sched_request *request)
{
	unsigned long limit = task_rlimit(task, RLIMIT_RTPRIO);

	if (capable(CAP_SYS_NICE))
		return 0;
	if (request->policy == SCHED_DEADLINE)
		return -EPERM;
	if (is_realtime(request->policy)) {
		if (request->policy != task->policy && !limit)
			return -EPERM;
		if (request->rt_priority > task->rt_priority && request->rt_priority > limit)
			return -EPERM;
	} else if (request->nice < task->nice && !may_nice(task, request->nice)) {
		return -EPERM;
	}
	if (task->policy == SCHED_IDLE && request->policy != SCHED_IDLE && !may_nice(task, task->nice))
		return -EPERM;
	if (!owns(task) || (task->reset_on_fork && !request->reset_on_fork))
		return -EPERM;
	return 0;
}

static int set_scheduler(struct task *task, const struct sched_request *request)
{
	int ret;

	if (!sched_request_is_valid(request))
		return -EINVAL;
	ret = check_rights(task, request);
	return ret ? ret : sched_set_request(task, request);
}

/* @policy -1: keep it. */
static long set_by_pid(pid_t pid, int policy, uaddr_t param)
{
	struct sched_request request;
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
	sched_get_request(task, &request);
	if (policy >= 0) {
		request.policy = policy & ~SCHED_RESET_ON_FORK;
		request.reset_on_fork = policy & SCHED_RESET_ON_FORK;
	}
	request.rt_priority = (u32)value.sched_priority;
	memset(&request.dl, 0, sizeof(request.dl)); /* these calls cannot say one: SCHED_DEADLINE gives EINVAL */
	ret = set_scheduler(task, &request);
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

/* The caller learns what size we know, if it can be told. */
static int too_big(uaddr_t attr)
{
	(void)!put_user_u32(sizeof(struct sched_attr), attr);
	return -E2BIG;
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
		return too_big(from);
	for (u32 at = sizeof(*attr); at < size; at++) {
		u8 byte;

		if (get_user_u8(uaddr_add(from, at), &byte))
			return -EFAULT;
		if (byte)
			return too_big(from);
	}
	if (copy_from_user(attr, from, min(size, (u32)sizeof(*attr))))
		return -EFAULT;
	if ((attr->sched_flags & SCHED_CLAMP_FLAGS) && size < sizeof(*attr))
		return -EINVAL;
	return 0;
}

/* What @attr asks of a task that is @now: its flags may keep the policy or the parameters. */
static void request_from_attr(const struct sched_attr *attr, const struct sched_request *now, struct sched_request *request)
{
	*request = (struct sched_request){
		.policy = attr->sched_policy,
		.rt_priority = attr->sched_priority,
		.nice = clamp(attr->sched_nice, NICE_MIN, NICE_MAX),
		.reset_on_fork = attr->sched_flags & SCHED_FLAG_RESET_ON_FORK,
		.dl_flags = attr->sched_flags & SCHED_DL_ASKED_FLAGS,
		.dl = { attr->sched_runtime, attr->sched_deadline, attr->sched_period },
	};
	if (attr->sched_flags & SCHED_FLAG_KEEP_POLICY) {
		request->policy = now->policy;
		request->reset_on_fork = now->reset_on_fork;
	}
	if (!(attr->sched_flags & SCHED_FLAG_KEEP_PARAMS))
		return;
	if (now->policy == SCHED_DEADLINE) {
		request->rt_priority = 0;
		request->dl = now->dl;
		request->dl_flags = now->dl_flags;
	} else if (is_realtime(now->policy)) {
		request->rt_priority = now->rt_priority;
	} else {
		request->nice = now->nice;
	}
}

static int set_attr(struct task *task, const struct sched_attr *attr)
{
	struct sched_request now, request;
	int ret;

	sched_get_request(task, &now);
	request_from_attr(attr, &now, &request);
	if (attr->sched_flags & ~(u64)SCHED_KNOWN_FLAGS || !sched_request_is_valid(&request))
		return -EINVAL;
	ret = check_rights(task, &request);
	if (ret)
		return ret;
	if (attr->sched_flags & SCHED_CLAMP_FLAGS)
		return -EOPNOTSUPP;
	if (!(attr->sched_flags & SCHED_FLAG_KEEP_PARAMS))
		return sched_set_request(task, &request);
	sched_set_reset_on_fork(task, request.reset_on_fork); /* with the parameters Linux keeps the policy too */
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
	if ((int)value.sched_policy < 0)
		return -EINVAL;
	task = find_task(pid);
	if (!task)
		return -ESRCH;
	ret = set_attr(task, &value);
	put_task(task);
	return ret;
}

static void attr_from_request(const struct sched_request *request, struct sched_attr *attr)
{
	attr->sched_policy = request->policy;
	if (request->reset_on_fork)
		attr->sched_flags |= SCHED_FLAG_RESET_ON_FORK;
	if (is_realtime(request->policy)) {
		attr->sched_priority = request->rt_priority;
	} else if (request->policy == SCHED_DEADLINE) {
		attr->sched_flags |= request->dl_flags;
		attr->sched_runtime = request->dl.runtime_ns;
		attr->sched_deadline = request->dl.deadline_ns;
		attr->sched_period = request->dl.period_ns;
	} else {
		attr->sched_nice = request->nice;
	}
}

long sys_sched_getattr(pid_t pid, uaddr_t attr, u32 size, u32 flags)
{
	struct sched_attr value = { .size = min(size, (u32)sizeof(value)) };
	struct sched_request request;
	struct task *task;

	if (uaddr_is_null(attr) || pid < 0 || size < SCHED_ATTR_SIZE_VER0 || size > PAGE_SIZE || flags)
		return -EINVAL;
	task = find_task(pid);
	if (!task)
		return -ESRCH;
	sched_get_request(task, &request);
	put_task(task);
	attr_from_request(&request, &value);
	return copy_to_user(attr, &value, value.size) ? -EFAULT : 0;
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
	return is_known_policy((u32)policy) ? 0 : -EINVAL;
}

long sys_sched_get_priority_min(int policy)
{
	if (is_realtime(policy))
		return 1;
	return is_known_policy((u32)policy) ? 0 : -EINVAL;
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
