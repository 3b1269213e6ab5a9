/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nsproxy.c - bundles of namespaces: made at clone and unshare, shared otherwise.
 *
 * WHAT        clone and unshare copy the bundle and replace the parts that their flags name. Kinds that are never
 *             made anew here (ipc, net, cgroup, time) are single objects that everybody shares.
 * INVARIANTS  N1  A bundle never changes once a task points to it; a change is a new bundle.
 *             N2  A task's bundle is replaced by itself only, under its task_lock, so that /proc may look under that lock.
 * LOCKING     task_lock for the task's pointer (N2); the uts namespace's own lock for its names.
 * ERRORS      -EPERM without CAP_SYS_ADMIN in the user namespace; -ENOMEM; -ENOSPC.
 * TESTS       tests/guest/process/namespace_test.c
 */
#include "process_impl.h"
#include <arch/atomic.h>
#include <linux/sched.h>
#include <pages/slab.h>
#include <vfs/fdtable.h>
#include <vfs/fs_struct.h>
#include <vfs/mount.h>
#include <vfs/vfs_port.h>
#include <process/nsproxy.h>
#include <process/process_calls.h>
#include "ns_impl.h"

#define CLONE_NEW_PROXIED (CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWPID)
#define CLONE_ABSENT	  (CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP | CLONE_NEWTIME)

struct single_namespace init_ipc_ns = { REFCOUNT_INIT(1), 0xefffffff, CLONE_NEWIPC, "ipc" };
struct single_namespace init_net_ns = { REFCOUNT_INIT(1), 0xf0000000, CLONE_NEWNET, "net" };
struct single_namespace init_cgroup_ns = { REFCOUNT_INIT(1), 0xeffffffb, CLONE_NEWCGROUP, "cgroup" };
struct single_namespace init_time_ns = { REFCOUNT_INIT(1), 0xeffffffa, CLONE_NEWTIME, "time" };

struct nsproxy init_nsproxy = {
	.refs = REFCOUNT_INIT(1),
	.uts_ns = &init_uts_ns,
	.pid_ns_for_children = &init_pid_ns,
	.ipc_ns = &init_ipc_ns,
	.net_ns = &init_net_ns,
	.cgroup_ns = &init_cgroup_ns,
	.time_ns = &init_time_ns,
};

static struct {
	atomic_t next_inum;
} ns_state = { .next_inum = ATOMIC_INIT(0) };

/* Numbers are not used again: two that differ were two namespaces. */
u32 ns_inum_alloc(void)
{
	return 0xf0000001u + (u32)atomic_fetch_inc(&ns_state.next_inum);
}

void ns_inum_free(u32 inum)
{
}

/* ---- uts ---- */

struct uts_namespace *get_uts_ns(struct uts_namespace *ns)
{
	refcount_inc(&ns->refs);
	return ns;
}

void put_uts_ns(struct uts_namespace *ns)
{
	if (!refcount_dec_and_test(&ns->refs))
		return;
	ns_inum_free(ns->inum);
	put_user_ns(ns->user_ns);
	kmem_cache_free(process_state.uts_cache, ns);
}

struct uts_namespace *current_uts_ns(void)
{
	return cur->nsproxy->uts_ns;
}

static struct uts_namespace *copy_uts_ns(unsigned long flags, struct uts_namespace *old, struct user_namespace *user_ns)
{
	struct uts_namespace *ns;

	if (!(flags & CLONE_NEWUTS))
		return get_uts_ns(old);
	ns = kmem_cache_alloc(process_state.uts_cache, GFP_KERNEL);
	if (!ns)
		return ERR_PTR(-ENOMEM);
	refcount_set(&ns->refs, 1);
	ns->inum = ns_inum_alloc();
	ns->user_ns = get_user_ns(user_ns);
	spin_lock_init(&ns->lock, RANK_LEAF);
	spin_lock_irq(&old->lock);
	ns->name = old->name;
	spin_unlock_irq(&old->lock);
	return ns;
}

/* ---- bundles ---- */

void put_nsproxy(struct nsproxy *nsp)
{
	if (!refcount_dec_and_test(&nsp->refs))
		return;
	if (nsp->mnt_ns)
		put_mnt_ns(nsp->mnt_ns);
	put_uts_ns(nsp->uts_ns);
	put_pid_ns(nsp->pid_ns_for_children);
	kmem_cache_free(process_state.nsproxy_cache, nsp);
}

static struct pid_namespace *copy_pid_ns(unsigned long flags, struct user_namespace *user_ns, struct pid_namespace *old)
{
	if (!(flags & CLONE_NEWPID))
		return get_pid_ns(old);
	if (task_active_pid_ns(current) != old)
		return ERR_PTR(-EINVAL);
	return create_pid_ns(user_ns, old);
}

/* A new bundle like @old, but for what @flags ask to be new. */
static struct nsproxy *create_nsproxy(unsigned long flags, struct nsproxy *old, struct user_namespace *user_ns,
				      struct fs_struct *fs)
{
	struct nsproxy *nsp = kmem_cache_alloc(process_state.nsproxy_cache, GFP_KERNEL);
	long error;

	if (!nsp)
		return ERR_PTR(-ENOMEM);
	*nsp = *old; /* the single ones are never counted down */
	refcount_set(&nsp->refs, 1);
	nsp->uts_ns = copy_uts_ns(flags, old->uts_ns, user_ns);
	error = PTR_ERR(nsp->uts_ns);
	if (IS_ERR(nsp->uts_ns))
		goto free_proxy;
	nsp->pid_ns_for_children = copy_pid_ns(flags, user_ns, old->pid_ns_for_children);
	error = PTR_ERR(nsp->pid_ns_for_children);
	if (IS_ERR(nsp->pid_ns_for_children))
		goto put_uts;
	/* Last: it moves the root and working directory of @fs. */
	nsp->mnt_ns = copy_mnt_ns(flags & CLONE_NEWNS, old->mnt_ns, user_ns, fs);
	error = PTR_ERR(nsp->mnt_ns);
	if (IS_ERR(nsp->mnt_ns))
		goto put_pid;
	return nsp;
put_pid:
	put_pid_ns(nsp->pid_ns_for_children);
put_uts:
	put_uts_ns(nsp->uts_ns);
free_proxy:
	kmem_cache_free(process_state.nsproxy_cache, nsp);
	return ERR_PTR(error);
}

int copy_namespaces(unsigned long flags, struct task *child, struct cred *cred, struct fs_struct *fs)
{
	struct nsproxy *nsp = cur->nsproxy;

	if (likely(!(flags & CLONE_NEW_PROXIED))) {
		tproc(child)->nsproxy = get_nsproxy(nsp);
		return 0;
	}
	if (!ns_capable(cred->user_ns, CAP_SYS_ADMIN) && !cred_capable(cred, cred->user_ns, CAP_SYS_ADMIN))
		return -EPERM;
	nsp = create_nsproxy(flags, nsp, cred->user_ns, fs);
	if (IS_ERR(nsp))
		return PTR_ERR(nsp);
	tproc(child)->nsproxy = nsp;
	return 0;
}

static void switch_nsproxy(struct task *task, struct nsproxy *new)
{
	struct nsproxy *old;

	task_lock(task);
	old = tproc(task)->nsproxy;
	tproc(task)->nsproxy = new;
	task_unlock(task);
	if (old)
		put_nsproxy(old);
}

void exit_task_namespaces(struct task *task)
{
	switch_nsproxy(task, NULL);
}

/* ---- unshare ---- */

static int check_unshare(unsigned long flags)
{
	const unsigned long known = CLONE_THREAD | CLONE_FS | CLONE_NEWNS | CLONE_SIGHAND | CLONE_VM | CLONE_FILES |
				    CLONE_SYSVSEM | CLONE_NEWUTS | CLONE_NEWUSER | CLONE_NEWPID;

	if ((flags & CLONE_ABSENT) || (flags & ~known))
		return -EINVAL;
	/* These can't be undone for one thread; alone it has nothing to undo. */
	if ((flags & (CLONE_THREAD | CLONE_SIGHAND | CLONE_VM)) && cur->signal->nr_threads > 1)
		return -EINVAL;
	if ((flags & (CLONE_SIGHAND | CLONE_VM)) && refcount_read(&cur->sighand->refs) > 1)
		return -EINVAL;
	return 0;
}

static int unshare_proxied(unsigned long flags, struct cred *new_cred)
{
	const struct cred *cred = new_cred ? new_cred : current_cred();
	struct nsproxy *nsp;

	if (!(flags & CLONE_NEW_PROXIED))
		return 0;
	if (!cred_capable(cred, cred->user_ns, CAP_SYS_ADMIN))
		return -EPERM;
	nsp = create_nsproxy(flags, cur->nsproxy, cred->user_ns, current->fs);
	if (IS_ERR(nsp))
		return PTR_ERR(nsp);
	switch_nsproxy(current, nsp);
	return 0;
}

long sys_unshare(unsigned long flags)
{
	struct cred *new_cred = NULL;
	int ret;

	if (flags & CLONE_NEWUSER)
		flags |= CLONE_THREAD | CLONE_FS;
	if (flags & CLONE_NEWNS)
		flags |= CLONE_FS;
	ret = check_unshare(flags);
	if (ret)
		return ret;
	if (flags & CLONE_NEWUSER) {
		new_cred = prepare_creds();
		if (!new_cred)
			return -ENOMEM;
		ret = create_user_ns(new_cred);
	}
	if (!ret && (flags & CLONE_FS))
		ret = unshare_fs_struct();
	if (!ret && (flags & CLONE_FILES))
		ret = unshare_files();
	if (!ret)
		ret = unshare_proxied(flags, new_cred);
	if (new_cred && !ret)
		commit_creds(new_cred);
	else if (new_cred)
		abort_creds(new_cred);
	return ret;
}

/* vfs port */
struct mnt_namespace *current_mnt_ns(void)
{
	return current->process ? cur->nsproxy->mnt_ns : init_mnt_ns;
}

struct nsproxy *nsproxy_clone(struct nsproxy *old)
{
	struct nsproxy *nsp = create_nsproxy(0, old, current_user_ns(), current->fs);

	return IS_ERR(nsp) ? NULL : nsp;
}

void nsproxy_install(struct nsproxy *nsp)
{
	switch_nsproxy(current, nsp);
}
