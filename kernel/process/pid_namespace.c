/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pid_namespace.c - containers of process numbers.
 *
 * WHAT        A namespace maps numbers to pids. A process has a number in its own and in each one above, so the cache
 *             that its struct pid comes from depends on the level.
 * LOCKING     pid_caches.lock (mutex): one cache of each level is made. ns->lock (rank PID): the numbers; pid.c takes
 *             it.
 * LIFECYCLE   create_pid_ns -> first process (number 1, its reaper) -> reaper exits: everybody in it is killed, nobody can be added
 *             -> last reference (pids in it hold one each) -> freed after a grace period.
 * ERRORS      -ENOSPC deeper than MAX_PID_NS_LEVEL; -ENOMEM.
 */
#include "process_impl.h"
#include <pages/slab.h>
#include "ns_impl.h"

struct pid_namespace init_pid_ns = {
	.refs = REFCOUNT_INIT(1),
	.user_ns = &init_user_ns,
	.inum = 0xeffffffc,
	.lock = SPINLOCK_INIT(RANK_PID),
	.pid_max = 32768,
};

static const struct object_type pid_types[MAX_PID_NS_LEVEL + 1] = {
	[0] = { .name = "pid", .owner = "process", .id = 0x2010, .version = 1 },
	[1 ... MAX_PID_NS_LEVEL] = { .name = "pid_nested", .owner = "process", .id = 0x2011, .version = 1 },
};

static struct {
	struct mutex lock; /* rank SYSFS: making of caches */
	struct kmem_cache *cache[MAX_PID_NS_LEVEL + 1];
} pid_caches = { .lock = MUTEX_INIT(pid_caches.lock, RANK_MODULE_LIST) };

/* A pid that is visible in level + 1 namespaces has that many numbers. */
static struct kmem_cache *pid_cache_of(u32 level)
{
	with_mutex(&pid_caches.lock);
	if (!pid_caches.cache[level])
		pid_caches.cache[level] = kmem_cache_create(&pid_types[level],
							    sizeof(struct pid) + (level + 1) * sizeof(struct upid), 0,
							    SLAB_HWCACHE_ALIGN);
	return pid_caches.cache[level];
}

void pid_namespaces_init(void)
{
	init_pid_ns.pid_cache = pid_cache_of(0);
	KASSERT(init_pid_ns.pid_cache);
	init_waitqueue_head(&init_pid_ns.empty_wait);
	xa_init(&init_pid_ns.pids);
}

static void pid_ns_reclaim(struct rcu_head *head)
{
	kmem_cache_free(process_state.pid_ns_cache, container_of(head, struct pid_namespace, rcu));
}

static const struct rcu_ops pid_ns_rcu_ops = { .name = "pid_namespace", .reclaim = pid_ns_reclaim };

void put_pid_ns(struct pid_namespace *ns)
{
	/* Each level holds its parent: a loop, because the chain may be long. */
	while (ns != &init_pid_ns && refcount_dec_and_test(&ns->refs)) {
		struct pid_namespace *parent = ns->parent;

		ns_inum_free(ns->inum);
		xa_destroy(&ns->pids);
		put_user_ns(ns->user_ns);
		call_rcu(&ns->rcu, &pid_ns_rcu_ops);
		ns = parent;
	}
}

struct pid_namespace *create_pid_ns(struct user_namespace *user_ns, struct pid_namespace *parent)
{
	struct pid_namespace *ns;
	struct kmem_cache *cache;

	if (parent->level + 1 > MAX_PID_NS_LEVEL)
		return ERR_PTR(-ENOSPC);
	if (!in_userns(parent->user_ns, user_ns))
		return ERR_PTR(-EINVAL);
	cache = pid_cache_of(parent->level + 1);
	ns = cache ? kmem_cache_zalloc(process_state.pid_ns_cache, GFP_KERNEL) : NULL;
	if (!ns)
		return ERR_PTR(-ENOMEM);
	refcount_set(&ns->refs, 1);
	ns->level = parent->level + 1;
	ns->parent = get_pid_ns(parent);
	ns->user_ns = get_user_ns(user_ns);
	ns->pid_cache = cache;
	ns->inum = ns_inum_alloc();
	spin_lock_init(&ns->lock, RANK_PID);
	xa_init(&ns->pids);
	ns->pid_max = init_pid_ns.pid_max;
	init_waitqueue_head(&ns->empty_wait);
	return ns;
}
