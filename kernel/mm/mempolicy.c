/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mempolicy.c - a memory policy as a value: made from what a program named, compared, printed, and asked where a page goes.
 *
 * WHAT        See mempolicy.h. A program names nodes by number, by number among those that have memory (RELATIVE_NODES), or names
 *             none; what it named is cut down to nodes with memory once, when the policy is made, because nodes come and go at boot alone.
 * INVARIANTS  I1, I2 of mempolicy.h.
 * LOCKING     None: a policy is constant. Holders keep it by its count.
 * LIFECYCLE   mempolicy_create -> get, put -> the last put frees.
 * ERRORS      -EINVAL a mode without nodes that needs them, or with nodes that has none; -ENOMEM.
 * TESTS       tests/guest/mm/policy_test.c, oom_nodes_test.c
 */
#include "mm_impl.h"

#include <lib/bitmap.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/mempolicy.h>
#include <pages/zone.h>
#include <linux/mempolicy.h>

#define REMEMBERS_USER_NODES (MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES)

static const struct object_type mempolicy_type = { .name = "mempolicy", .owner = "mm", .id = 0x6d04, .version = 1 };

void mempolicy_init(void)
{
	mm_state.mempolicy_cache = kmem_cache_create(&mempolicy_type, sizeof(struct mempolicy), 0, SLAB_PANIC);
}

/* The @nth (from 0) node of the set, which has more than that. */
static int nth_node(u32 nodes, unsigned int nth)
{
	while (nth--)
		nodes &= nodes - 1;
	return __builtin_ctz(nodes);
}

static unsigned int nr_nodes_of(u32 nodes)
{
	return hweight64(nodes);
}

static bool user_nodes_empty(const struct user_nodes *user)
{
	return bitmap_empty((const unsigned long *)user->bits, USER_NODES_MAX);
}

/* Number n of those named becomes number n, counted around, of the nodes with memory. */
static u32 relative_nodes(const struct user_nodes *user, u32 memory)
{
	unsigned int weight = nr_nodes_of(memory);
	u32 out = 0;

	for (unsigned int n = 0; n < USER_NODES_MAX; n++)
		if (user->bits[n / 64] >> n % 64 & 1)
			out |= 1u << nth_node(memory, n % weight);
	return out;
}

/* LOCAL is what PREFERRED without nodes means. -EINVAL where mode, flags and nodes do not fit. */
static int settle_mode(unsigned int *mode, unsigned int flags, bool empty)
{
	if (*mode == MPOL_PREFERRED && empty && !(flags & REMEMBERS_USER_NODES)) {
		*mode = MPOL_LOCAL;
		return 0;
	}
	if (*mode == MPOL_LOCAL)
		return empty && !(flags & REMEMBERS_USER_NODES) ? 0 : -EINVAL;
	return empty ? -EINVAL : 0;
}

static u32 usable_nodes(unsigned int mode, unsigned int flags, const struct user_nodes *user)
{
	u32 memory = nodes_with_memory(), nodes;

	nodes = flags & MPOL_F_RELATIVE_NODES ? relative_nodes(user, memory) : (u32)user->bits[0] & memory;
	return mode == MPOL_PREFERRED ? nodes & -nodes : nodes;
}

struct mempolicy *mempolicy_create(unsigned int mode, unsigned int flags, const struct user_nodes *user)
{
	bool empty = user_nodes_empty(user);
	struct mempolicy *policy;
	u32 nodes = 0;

	if (mode == MPOL_DEFAULT)
		return empty ? NULL : ERR_PTR(-EINVAL);
	if (settle_mode(&mode, flags, empty))
		return ERR_PTR(-EINVAL);
	if (mode != MPOL_LOCAL) {
		nodes = usable_nodes(mode, flags, user);
		if (!nodes)
			return ERR_PTR(-EINVAL);
	}
	policy = kmem_cache_alloc(mm_state.mempolicy_cache, GFP_KERNEL);
	if (!policy)
		return ERR_PTR(-ENOMEM);
	*policy = (struct mempolicy){ .refs = REFCOUNT_INIT(1), .mode = mode, .flags = flags,
				      .home_node = NUMA_NO_NODE, .nodes = nodes };
	if (flags & REMEMBERS_USER_NODES)
		policy->user = *user;
	return policy;
}

struct mempolicy *mempolicy_dup_home(const struct mempolicy *policy, int home_node)
{
	struct mempolicy *copy = kmem_cache_alloc(mm_state.mempolicy_cache, GFP_KERNEL);

	if (!copy)
		return ERR_PTR(-ENOMEM);
	*copy = *policy;
	refcount_set(&copy->refs, 1);
	copy->home_node = home_node;
	return copy;
}

struct mempolicy *mempolicy_get(struct mempolicy *policy)
{
	if (policy)
		refcount_inc(&policy->refs);
	return policy;
}

void mempolicy_put(struct mempolicy *policy)
{
	if (policy && refcount_dec_and_test(&policy->refs))
		kmem_cache_free(mm_state.mempolicy_cache, policy);
}

bool mempolicy_equal(const struct mempolicy *a, const struct mempolicy *b)
{
	if (a == b)
		return true;
	return a && b && a->mode == b->mode && a->flags == b->flags && a->home_node == b->home_node &&
	       a->nodes == b->nodes && !memcmp(&a->user, &b->user, sizeof(a->user));
}

/* As numa_maps has them. */
static const char *const mode_names[MPOL_MAX] = {
	[MPOL_DEFAULT] = "default",	  [MPOL_PREFERRED] = "prefer", [MPOL_BIND] = "bind",
	[MPOL_INTERLEAVE] = "interleave", [MPOL_LOCAL] = "local",      [MPOL_PREFERRED_MANY] = "prefer (many)",
};

void mempolicy_name(const struct mempolicy *policy, char *buf, size_t size)
{
	unsigned long nodes = policy ? policy->nodes : 0;
	int len = scnprintf(buf, size, "%s", mode_names[policy ? policy->mode : MPOL_DEFAULT]);

	if (policy && (policy->flags & REMEMBERS_USER_NODES))
		len += scnprintf(buf + len, size - len, "=%s",
				 policy->flags & MPOL_F_STATIC_NODES ? "static" : "relative");
	if (!nodes)
		return;
	len += scnprintf(buf + len, size - len, ":");
	bitmap_print_list(buf + len, size - len, &nodes, MAX_NUMNODES);
}

static int home_or_here(const struct mempolicy *policy)
{
	return policy->home_node == NUMA_NO_NODE ? numa_node_id() : policy->home_node;
}

struct policy_place mempolicy_place(const struct mempolicy *policy, u64 index)
{
	switch (policy->mode) {
	case MPOL_PREFERRED:
		return (struct policy_place){ .node = nth_node(policy->nodes, 0), .nodes = NODES_ALL };
	case MPOL_BIND:
		return (struct policy_place){ .node = home_or_here(policy), .nodes = policy->nodes };
	case MPOL_PREFERRED_MANY:
		return (struct policy_place){ .node = home_or_here(policy), .nodes = policy->nodes, .else_anywhere = true };
	case MPOL_INTERLEAVE:
		return (struct policy_place){ .node = nth_node(policy->nodes, index % nr_nodes_of(policy->nodes)),
					      .nodes = NODES_ALL, .interleaved = true };
	default:
		return (struct policy_place){ .node = numa_node_id(), .nodes = NODES_ALL };
	}
}

struct folio *policy_place_alloc(const struct policy_place *place, gfp_t gfp)
{
	struct folio *folio;

	if (place->else_anywhere) {
		gfp_t easy = (gfp & ~__GFP_DIRECT_RECLAIM) | __GFP_NOWARN;

		folio = (struct folio *)alloc_pages_nodes(place->node, place->nodes, easy | __GFP_COMP, 0);
		if (!folio)
			folio = alloc_folio_node(place->node, gfp, 0);
		return folio;
	}
	folio = (struct folio *)alloc_pages_nodes(place->node, place->nodes, gfp | __GFP_COMP, 0);
	if (folio && place->interleaved && folio->node == place->node)
		count_numa_event(place->node, NUMA_INTERLEAVE_HIT, 1);
	return folio;
}

/* The next node in turn of a task that interleaves; its own business alone. */
static u64 task_next_index(struct task *task, const struct mempolicy *policy)
{
	return policy->mode == MPOL_INTERLEAVE ? task->interleave_next++ : 0;
}

static struct folio *alloc_by_policy(struct mempolicy *policy, gfp_t gfp)
{
	struct policy_place place;

	if (likely(!policy))
		return alloc_folio(gfp, 0);
	place = mempolicy_place(policy, task_next_index(current, policy));
	return policy_place_alloc(&place, gfp);
}

struct folio *mempolicy_alloc_cache(gfp_t gfp)
{
	struct folio *folio;

	current->flags |= PF_PAGE_CACHE;
	folio = alloc_by_policy(current->mempolicy, gfp);
	current->flags &= ~PF_PAGE_CACHE;
	return folio;
}

struct mempolicy *task_policy_get(struct task *task)
{
	struct mempolicy *policy;

	task_lock(task);
	policy = mempolicy_get(task->mempolicy);
	task_unlock(task);
	return policy;
}

bool task_policy_allows(struct task *task, u32 nodes)
{
	const struct mempolicy *policy;
	bool allows;

	task_lock(task);
	policy = task->mempolicy;
	allows = !policy || policy->mode != MPOL_BIND || (policy->nodes & nodes);
	task_unlock(task);
	return allows;
}
