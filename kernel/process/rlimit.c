/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rlimit.c - limits of a process: reading is one word, writing goes under the leader's task_lock.
 *
 * WHAT        Sixteen pairs in struct signal_struct, inherited by fork, kept by exec. Who is bound by a limit asks
 *             rlimit() when it matters; only RLIMIT_CPU must be told of a change, because a timer stands for it.
 * ERRORS      -EINVAL number, soft above hard; -EPERM raising a hard limit, other people's processes.
 * TESTS       tests/guest/process/cred_test.c
 */
#include "process_impl.h"
#include <vfs/vfs_limits.h>
#include <asm/resource.h>
#include <mm/mm_types.h>
#include <process/process_calls.h>
#include "timer_impl.h"

_Static_assert(RLIM_NLIMITS == NR_RLIMITS, "one table");

static const struct {
	const char *name, *unit;
} rlimit_names[NR_RLIMITS] = {
	[RLIMIT_CPU] = { "Max cpu time", "seconds" },
	[RLIMIT_FSIZE] = { "Max file size", "bytes" },
	[RLIMIT_DATA] = { "Max data size", "bytes" },
	[RLIMIT_STACK] = { "Max stack size", "bytes" },
	[RLIMIT_CORE] = { "Max core file size", "bytes" },
	[RLIMIT_RSS] = { "Max resident set", "bytes" },
	[RLIMIT_NPROC] = { "Max processes", "processes" },
	[RLIMIT_NOFILE] = { "Max open files", "files" },
	[RLIMIT_MEMLOCK] = { "Max locked memory", "bytes" },
	[RLIMIT_AS] = { "Max address space", "bytes" },
	[RLIMIT_LOCKS] = { "Max file locks", "locks" },
	[RLIMIT_SIGPENDING] = { "Max pending signals", "signals" },
	[RLIMIT_MSGQUEUE] = { "Max msgqueue size", "bytes" },
	[RLIMIT_NICE] = { "Max nice priority", NULL },
	[RLIMIT_RTPRIO] = { "Max realtime priority", NULL },
	[RLIMIT_RTTIME] = { "Max realtime timeout", "us" },
};

const char *rlimit_name(unsigned int limit)
{
	return rlimit_names[limit].name;
}

const char *rlimit_unit(unsigned int limit)
{
	return rlimit_names[limit].unit;
}

unsigned long task_rlimit(struct task *task, unsigned int limit)
{
	return READ_ONCE(tproc(task)->signal->rlim[limit].rlim_cur);
}

unsigned long task_rlimit_max(struct task *task, unsigned int limit)
{
	return READ_ONCE(tproc(task)->signal->rlim[limit].rlim_max);
}

unsigned long rlimit(unsigned int limit)
{
	return task_rlimit(current, limit);
}

void rlimit_set_defaults(struct signal_struct *signal, unsigned long max_threads)
{
	for (int i = 0; i < NR_RLIMITS; i++)
		signal->rlim[i] = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	signal->rlim[RLIMIT_STACK].rlim_cur = 8UL << 20;
	signal->rlim[RLIMIT_CORE].rlim_cur = 0;
	signal->rlim[RLIMIT_NPROC] = (struct rlimit){ max_threads / 2, max_threads / 2 };
	signal->rlim[RLIMIT_SIGPENDING] = signal->rlim[RLIMIT_NPROC];
	signal->rlim[RLIMIT_NOFILE] = (struct rlimit){ 1024, 4096 };
	signal->rlim[RLIMIT_MEMLOCK] = (struct rlimit){ 8UL << 20, 8UL << 20 };
	signal->rlim[RLIMIT_MSGQUEUE] = (struct rlimit){ 819200, 819200 };
	signal->rlim[RLIMIT_NICE] = (struct rlimit){ 0, 0 };
	signal->rlim[RLIMIT_RTPRIO] = (struct rlimit){ 0, 0 };
}

static int do_prlimit(struct task *task, u32 resource, const struct rlimit *new, struct rlimit *old)
{
	struct task *leader = tproc(task)->group_leader;
	struct rlimit *slot;
	int ret = 0;

	if (resource >= NR_RLIMITS)
		return -EINVAL;
	if (new && new->rlim_cur > new->rlim_max)
		return -EINVAL;
	if (new && resource == RLIMIT_NOFILE && new->rlim_max > (unsigned long)READ_ONCE(vfs_limits.nr_open))
		return -EPERM;
	slot = &tproc(task)->signal->rlim[resource];
	task_lock(leader);
	if (new && new->rlim_max > slot->rlim_max && !capable(CAP_SYS_RESOURCE))
		ret = -EPERM;
	if (!ret && old)
		*old = *slot;
	if (!ret && new)
		*slot = *new;
	task_unlock(leader);
	if (!ret && new && resource == RLIMIT_CPU)
		cpu_limit_changed(task);
	return ret;
}

long sys_getrlimit(u32 resource, uaddr_t rlim)
{
	struct rlimit value;
	int ret = do_prlimit(current, resource, NULL, &value);

	return ret ? ret : put_user_obj(&value, rlim);
}

long sys_setrlimit(u32 resource, uaddr_t rlim)
{
	struct rlimit value;

	if (get_user_obj(&value, rlim))
		return -EFAULT;
	return do_prlimit(current, resource, &value, NULL);
}

static bool may_prlimit(struct task *task)
{
	const struct cred *mine = current_cred(), *its;

	if (task == current)
		return true;
	with_rcu();
	its = task_cred_rcu(task);
	return (uid_eq(mine->uid, its->euid) && uid_eq(mine->uid, its->suid) && uid_eq(mine->uid, its->uid) &&
		gid_eq(mine->gid, its->egid) && gid_eq(mine->gid, its->sgid) && gid_eq(mine->gid, its->gid)) ||
	       ns_capable(its->user_ns, CAP_SYS_RESOURCE);
}

long sys_prlimit64(pid_t pid, u32 resource, uaddr_t new_rlim, uaddr_t old_rlim)
{
	bool has_new = !uaddr_is_null(new_rlim), has_old = !uaddr_is_null(old_rlim);
	struct rlimit new_value, old_value;
	struct task *task;
	int ret = -EPERM;

	if (has_new && get_user_obj(&new_value, new_rlim))
		return -EFAULT;
	task = pid ? find_get_task_by_vpid(pid) : get_task(current);
	if (!task)
		return -ESRCH;
	if (may_prlimit(task))
		ret = do_prlimit(task, resource, has_new ? &new_value : NULL, has_old ? &old_value : NULL);
	put_task(task);
	if (!ret && has_old)
		ret = put_user_obj(&old_value, old_rlim);
	return ret;
}
