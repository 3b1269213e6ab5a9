/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ns_ref.c - a reference to a namespace of any kind, and setns.
 *
 * WHAT       struct ns_ref is how /proc/PID/ns, nsfs and setns speak of a namespace without knowing its kind.
 * ERRORS     setns: -EINVAL wrong kind, same user namespace; -EPERM; -ESRCH pidfd of a dead process.
 */
#include "process_impl.h"
#include <linux/sched.h>
#include <pages/slab.h>
#include <vfs/file.h>
#include <vfs/fs_struct.h>
#include <vfs/mount.h>
#include <process/access.h>
#include "ns_impl.h"
#include <process/nsproxy.h>
#include <process/process_calls.h>

static const struct {
	const char *name;
	unsigned long clone_flag;
} ns_kinds[NR_NS_KINDS] = {
	[NS_UTS] = { "uts", CLONE_NEWUTS },
	[NS_MNT] = { "mnt", CLONE_NEWNS },
	[NS_PID] = { "pid", CLONE_NEWPID },
	[NS_PID_CHILDREN] = { "pid_for_children", CLONE_NEWPID },
	[NS_USER] = { "user", CLONE_NEWUSER },
	[NS_IPC] = { "ipc", CLONE_NEWIPC },
	[NS_NET] = { "net", CLONE_NEWNET },
	[NS_CGROUP] = { "cgroup", CLONE_NEWCGROUP },
	[NS_TIME] = { "time", CLONE_NEWTIME },
	[NS_TIME_CHILDREN] = { "time_for_children", CLONE_NEWTIME },
};

unsigned long ns_kind_flag(enum ns_kind kind)
{
	return ns_kinds[kind].clone_flag;
}

const char *ns_kind_name(enum ns_kind kind)
{
	return ns_kinds[kind].name;
}

static void ref_single(struct ns_ref *ref, struct single_namespace *ns)
{
	refcount_inc(&ns->refs);
	ref->ns = ns;
	ref->inum = ns->inum;
}

static void ref_pid_ns(struct ns_ref *ref, struct pid_namespace *ns)
{
	ref->ns = get_pid_ns(ns);
	ref->inum = ns->inum;
}

static void ref_from_proxy(struct ns_ref *ref, struct nsproxy *nsp)
{
	switch (ref->kind) {
	case NS_UTS:
		ref->ns = get_uts_ns(nsp->uts_ns);
		ref->inum = nsp->uts_ns->inum;
		break;
	case NS_MNT:
		ref->ns = get_mnt_ns(nsp->mnt_ns);
		ref->inum = mnt_ns_inum(nsp->mnt_ns);
		break;
	case NS_PID_CHILDREN:
		ref_pid_ns(ref, nsp->pid_ns_for_children);
		break;
	case NS_IPC:
		ref_single(ref, nsp->ipc_ns);
		break;
	case NS_NET:
		ref_single(ref, nsp->net_ns);
		break;
	case NS_CGROUP:
		ref_single(ref, nsp->cgroup_ns);
		break;
	default:
		ref_single(ref, nsp->time_ns);
		break;
	}
}

static int ref_by_task(struct ns_ref *ref, struct task *task)
{
	struct pid_namespace *pid_ns;

	with_rcu();
	if (ref->kind == NS_USER) {
		ref->ns = get_user_ns(task_cred_rcu(task)->user_ns);
		ref->inum = ((struct user_namespace *)ref->ns)->inum;
		return 0;
	}
	pid_ns = task_active_pid_ns(task);
	if (!pid_ns)
		return -ESRCH;
	ref_pid_ns(ref, pid_ns);
	return 0;
}

int ns_ref_get(struct task *task, enum ns_kind kind, struct ns_ref *ref)
{
	struct nsproxy *nsp;

	ref->kind = kind;
	if (!task->process)
		return -ESRCH;
	if (kind == NS_USER || kind == NS_PID)
		return ref_by_task(ref, task);
	task_lock(task);
	nsp = tproc(task)->nsproxy;
	if (nsp)
		ref_from_proxy(ref, nsp);
	task_unlock(task);
	return nsp ? 0 : -ESRCH;
}

void ns_ref_put(struct ns_ref *ref)
{
	struct single_namespace *single = ref->ns;

	switch (ref->kind) {
	case NS_UTS:
		put_uts_ns(ref->ns);
		break;
	case NS_MNT:
		put_mnt_ns(ref->ns);
		break;
	case NS_PID:
	case NS_PID_CHILDREN:
		put_pid_ns(ref->ns);
		break;
	case NS_USER:
		put_user_ns(ref->ns);
		break;
	default:
		refcount_dec(&single->refs);
		break;
	}
}

/* ---- setns ---- */

static int enter_user_ns(struct user_namespace *ns)
{
	struct cred *new;

	if (ns == current_user_ns() || cur->signal->nr_threads > 1)
		return -EINVAL;
	if (!ns_capable(ns, CAP_SYS_ADMIN))
		return -EPERM;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	put_user_ns(new->user_ns);
	new->user_ns = get_user_ns(ns);
	new->cap_permitted = new->cap_effective = new->cap_bset = CAP_FULL_SET;
	new->cap_inheritable = new->cap_ambient = CAP_EMPTY_SET;
	new->securebits = 0;
	commit_creds(new);
	return 0;
}

bool pid_ns_is_in(struct pid_namespace *ns, struct pid_namespace *of)
{
	while (ns->level > of->level)
		ns = ns->parent;
	return ns == of;
}

/* Put @ref's namespace into @nsp, a bundle of the caller's own. */
static int install(struct ns_ref *ref, struct nsproxy *nsp)
{
	struct user_namespace *mine = current_user_ns();
	struct uts_namespace *uts = ref->ns;
	struct pid_namespace *pid_ns = ref->ns;
	int ret;

	switch (ref->kind) {
	case NS_UTS:
		if (!ns_capable(uts->user_ns, CAP_SYS_ADMIN) || !ns_capable(mine, CAP_SYS_ADMIN))
			return -EPERM;
		put_uts_ns(nsp->uts_ns);
		nsp->uts_ns = get_uts_ns(uts);
		return 0;
	case NS_MNT:
		ret = unshare_fs_struct();
		if (!ret)
			ret = mntns_install(ref->ns, current->fs, current_cred());
		if (ret)
			return ret;
		put_mnt_ns(nsp->mnt_ns);
		nsp->mnt_ns = get_mnt_ns(ref->ns);
		return 0;
	case NS_PID:
	case NS_PID_CHILDREN:
		if (!ns_capable(pid_ns->user_ns, CAP_SYS_ADMIN) || !ns_capable(mine, CAP_SYS_ADMIN))
			return -EPERM;
		if (!pid_ns_is_in(pid_ns, task_active_pid_ns(current)))
			return -EINVAL;
		put_pid_ns(nsp->pid_ns_for_children);
		nsp->pid_ns_for_children = get_pid_ns(pid_ns);
		return 0;
	default:
		/* There is one of these kinds: the caller is in it already. */
		return ns_capable(mine, CAP_SYS_ADMIN) ? 0 : -EPERM;
	}
}

static int enter(struct ns_ref *ref)
{
	struct nsproxy *nsp;
	int ret;

	if (ref->kind == NS_USER)
		return enter_user_ns(ref->ns);
	nsp = nsproxy_clone(cur->nsproxy);
	if (!nsp)
		return -ENOMEM;
	ret = install(ref, nsp);
	if (ret)
		put_nsproxy(nsp);
	else
		nsproxy_install(nsp);
	return ret;
}

/* All the kinds in @flags of the process behind a pidfd. */
static long enter_of_process(struct pid *pid, unsigned long flags)
{
	const unsigned long known = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNET |
				    CLONE_NEWCGROUP | CLONE_NEWTIME;
	struct task *task;
	long ret = 0;

	if (!flags || (flags & ~known))
		return -EINVAL;
	task = get_pid_task(pid, PIDTYPE_PID);
	if (!task)
		return -ESRCH;
	if (!process_may_access(task, ACCESS_READ_REALCREDS))
		ret = -EPERM;
	for (int kind = NR_NS_KINDS - 1; kind >= 0 && !ret; kind--) {
		struct ns_ref ref;

		if (!(ns_kinds[kind].clone_flag & flags) || kind == NS_PID_CHILDREN || kind == NS_TIME_CHILDREN)
			continue;
		ret = ns_ref_get(task, kind, &ref);
		if (ret)
			break;
		ret = enter(&ref);
		ns_ref_put(&ref);
	}
	put_task(task);
	return ret;
}

long sys_setns(int fd, int nstype)
{
	struct fd f = fdget((unsigned int)fd);
	struct ns_ref *ref;
	struct pid *pid;
	long ret = -EINVAL;

	if (!f.file)
		return -EBADF;
	pid = pidfd_pid(f.file);
	ref = ns_ref_of_file(f.file);
	if (ref) {
		if (!nstype || (unsigned long)nstype == ns_kinds[ref->kind].clone_flag)
			ret = enter(ref);
	} else if (!IS_ERR(pid)) {
		ret = enter_of_process(pid, (unsigned int)nstype);
	}
	fdput(f);
	return ret;
}
