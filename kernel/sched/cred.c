/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cred.c - credentials: copy, change, install, and the question whether something is permitted.
 *
 * WHAT        A cred is shared by tasks and files until one of them changes: then it copies, changes the copy and installs
 *             it. A capability question walks from the namespace asked about up to the asker's own.
 * INVARIANTS  C1  A cred that a task or file points to never changes.
 *             C2  task->cred and task->real_cred each own a reference; override_creds() borrows its caller's.
 * LOCKING     A task's own pointers are written by itself only. Others read real_cred under RCU.
 */
#include <lib/assert.h>
#include <lib/errno.h>
#include <lib/sort.h>
#include <lib/string.h>
#include <pages/slab.h>
#include <sched/cred.h>
#include <sched/sched_port.h>
#include <sched/task.h>
#include "task_impl.h"

static struct group_info init_groups = { .refs = REFCOUNT_INIT(2) };

struct cred init_cred = {
	.refs = REFCOUNT_INIT(4),
	.cap_permitted = { CAP_VALID_MASK },
	.cap_effective = { CAP_VALID_MASK },
	.cap_bset = { CAP_VALID_MASK },
	.user = &root_user,
	.user_ns = &init_user_ns,
	.group_info = &init_groups,
};

static const struct object_type cred_type = { .name = "cred", .owner = "sched", .id = 0x63726564, .version = 1 };

struct cred_state {
	struct kmem_cache *cache;
};

static struct cred_state state;

void cred_init(void)
{
	state.cache = kmem_cache_create(&cred_type, sizeof(struct cred), 0, SLAB_HWCACHE_ALIGN | SLAB_PANIC);
}

/* ---- groups ---- */

struct group_info *groups_alloc(u32 nr_groups)
{
	struct group_info *info = kvmalloc(sizeof(*info) + nr_groups * sizeof(kgid_t), GFP_KERNEL);

	if (!info)
		return NULL;
	refcount_set(&info->refs, 1);
	info->nr_groups = nr_groups;
	return info;
}

struct group_info *get_group_info(struct group_info *info)
{
	refcount_inc(&info->refs);
	return info;
}

void put_group_info(struct group_info *info)
{
	if (refcount_dec_and_test(&info->refs))
		kvfree(info);
}

static int compare_gid(const void *a, const void *b)
{
	u32 x = ((const kgid_t *)a)->val, y = ((const kgid_t *)b)->val;

	return x < y ? -1 : x > y;
}

static const struct sort_ops gid_order = { .compare = compare_gid };

void groups_sort(struct group_info *info)
{
	sort(info->gid, info->nr_groups, sizeof(kgid_t), &gid_order);
}

bool groups_search(const struct group_info *info, kgid_t gid)
{
	u32 low = 0, high = info->nr_groups;

	while (low < high) {
		u32 mid = (low + high) / 2;

		if (gid_eq(info->gid[mid], gid))
			return true;
		if (info->gid[mid].val < gid.val)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

void set_groups(struct cred *new, struct group_info *info)
{
	put_group_info(new->group_info);
	new->group_info = get_group_info(info);
}

bool in_group_p(kgid_t gid)
{
	const struct cred *cred = current_cred();

	return gid_eq(gid, cred->fsgid) || groups_search(cred->group_info, gid);
}

bool in_egroup_p(kgid_t gid)
{
	const struct cred *cred = current_cred();

	return gid_eq(gid, cred->egid) || groups_search(cred->group_info, gid);
}

/* ---- references ---- */

static void cred_reclaim(struct rcu_head *head)
{
	struct cred *cred = container_of(head, struct cred, rcu);

	put_uid(cred->user);
	put_user_ns(cred->user_ns);
	put_group_info(cred->group_info);
	if (cred->landlock)
		landlock_domain_put(cred->landlock);
	kmem_cache_free(state.cache, cred);
}

static const struct rcu_ops cred_rcu_ops = { .name = "cred", .reclaim = cred_reclaim };

void put_cred(const struct cred *cred)
{
	struct cred *mutable = (struct cred *)cred;

	if (cred && refcount_dec_and_test(&mutable->refs))
		call_rcu(&mutable->rcu, &cred_rcu_ops);
}

const struct cred *current_cred(void)
{
	return current->cred;
}

const struct cred *current_real_cred(void)
{
	return current->real_cred;
}

const struct cred *task_cred_rcu(const struct task *task)
{
	return rcu_dereference(task->real_cred);
}

const struct cred *get_task_cred(struct task *task)
{
	struct cred *cred;

	rcu_read_lock();
	do {
		cred = (struct cred *)rcu_dereference(task->real_cred);
	} while (!refcount_inc_not_zero(&cred->refs));
	rcu_read_unlock();
	return cred;
}

/* ---- changing ---- */

struct cred *prepare_creds(void)
{
	const struct cred *old = current_cred();
	struct cred *new = kmem_cache_alloc(state.cache, GFP_KERNEL);

	if (!new)
		return NULL;
	*new = *old;
	refcount_set(&new->refs, 1);
	get_uid(new->user);
	get_user_ns(new->user_ns);
	get_group_info(new->group_info);
	if (new->landlock)
		landlock_domain_get(new->landlock);
	return new;
}

void abort_creds(struct cred *new)
{
	put_cred(new);
}

void commit_creds(struct cred *new)
{
	struct task *task = current;
	const struct cred *old = task->real_cred;

	KASSERT(task->cred == old); /* not while overridden */
	get_cred(new);
	if (new->user != old->user) {
		atomic_long_inc(&new->user->processes);
		atomic_long_dec(&old->user->processes);
	}
	rcu_assign_pointer(task->real_cred, new);
	rcu_assign_pointer(task->cred, new);
	put_cred(old);
	put_cred(old);
}

const struct cred *override_creds(const struct cred *cred)
{
	const struct cred *old = current->cred;

	rcu_assign_pointer(current->cred, cred);
	return old;
}

void revert_creds(const struct cred *old)
{
	rcu_assign_pointer(current->cred, old);
}

int copy_creds(struct task *child, bool share)
{
	const struct cred *cred = share ? get_cred(current->cred) : prepare_creds();

	if (!cred)
		return -ENOMEM;
	child->cred = cred;
	child->real_cred = get_cred(cred);
	atomic_long_inc(&cred->user->processes);
	return 0;
}

void uncount_creds(struct task *task)
{
	atomic_long_dec(&task->real_cred->user->processes);
}

void exit_creds(struct task *task)
{
	const struct cred *cred = task->cred, *real = task->real_cred;

	if (!real)
		return;
	task->cred = NULL;
	task->real_cred = NULL;
	put_cred(cred);
	put_cred(real);
}

/* ---- what is permitted ---- */

/* A capability in a namespace is one in all below it; a namespace's owner has all in it. */
bool cred_capable(const struct cred *cred, struct user_namespace *ns, int cap)
{
	for (;;) {
		if (ns == cred->user_ns)
			return cap_raised(cred->cap_effective, cap);
		if (ns->level <= cred->user_ns->level)
			return false;
		if (ns->parent == cred->user_ns && uid_eq(ns->owner, cred->euid))
			return true;
		ns = ns->parent;
	}
}

bool ns_capable_noaudit(struct user_namespace *ns, int cap)
{
	return cred_capable(current_cred(), ns, cap);
}

bool ns_capable(struct user_namespace *ns, int cap)
{
	if (!ns_capable_noaudit(ns, cap))
		return false;
	current->flags |= PF_SUPERPRIV;
	return true;
}

bool capable(int cap)
{
	return ns_capable(&init_user_ns, cap);
}

bool has_ns_capability(struct task *task, struct user_namespace *ns, int cap)
{
	bool yes;

	rcu_read_lock();
	yes = cred_capable(task_cred_rcu(task), ns, cap);
	rcu_read_unlock();
	return yes;
}
