/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mempolicy_shared.c - policies of an object in memory: whoever maps it or writes to it gets its pages from where they say.
 *
 * WHAT        mbind() of a map of tmpfs, memfd or shared anonymous memory is about the object's pages. The object keeps ranges of pages with
 *             their policies, in order, in one array that is replaced as a whole.
 * INVARIANTS  P1  Ranges of one array are in order, overlap nowhere, and each holds a reference of its policy.
 *             P2  An array that can be found does not change.
 * LOCKING     Writers: i_mmap_lock of the mapping, for writing. Readers: RCU.
 * LIFECYCLE   built by a writer -> mapping->policy -> replaced -> freed after a grace period.
 * ERRORS      -ENOMEM; then nothing has changed.
 * TESTS       tests/guest/mm/policy_test.c
 */
#include "mm_impl.h"

#include <mm/mempolicy.h>
#include <pages/zone.h>
#include <sync/rcu.h>

struct policy_range {
	pgoff_t first, last;
	struct mempolicy *policy;
};

struct shared_policy {
	struct rcu_head rcu;
	u32 nr, max;
	struct policy_range range[];
};

bool vma_policy_is_shared(const struct vma *vma)
{
	return vma->vm_mapping && mapping_is_ram(vma->vm_mapping);
}

static void free_ranges(struct shared_policy *shared)
{
	for (u32 i = 0; shared && i < shared->nr; i++)
		mempolicy_put(shared->range[i].policy);
	kfree(shared);
}

static void shared_rcu_free(struct rcu_head *head)
{
	free_ranges(container_of(head, struct shared_policy, rcu));
}

static const struct rcu_ops shared_rcu_ops = { .name = "shared_policy", .reclaim = shared_rcu_free };

static struct mempolicy *find_rcu(const struct shared_policy *shared, pgoff_t index)
{
	u32 low = 0, high = shared ? shared->nr : 0;

	while (low < high) {
		u32 middle = low + (high - low) / 2;
		const struct policy_range *range = &shared->range[middle];

		if (index < range->first)
			high = middle;
		else if (index > range->last)
			low = middle + 1;
		else
			return range->policy;
	}
	return NULL;
}

struct mempolicy *shared_policy_get(struct address_space *mapping, pgoff_t index)
{
	if (likely(!READ_ONCE(mapping->policy)))
		return NULL;
	with_rcu();
	return mempolicy_get(find_rcu(rcu_dereference(mapping->policy), index));
}

static void append(struct shared_policy *to, pgoff_t first, pgoff_t last, struct mempolicy *policy)
{
	struct policy_range *before = to->nr ? &to->range[to->nr - 1] : NULL;

	if (!policy || first > last)
		return;
	if (before && before->last + 1 == first && mempolicy_equal(before->policy, policy)) {
		before->last = last;
		return;
	}
	to->range[to->nr++] = (struct policy_range){ first, last, mempolicy_get(policy) };
}

/* @from with [first, last] given to @policy, into @to, which has room for two more ranges than @from. */
static void rebuild(struct shared_policy *to, const struct shared_policy *from, pgoff_t first, pgoff_t last,
		    struct mempolicy *policy)
{
	u32 i = 0, nr = from ? from->nr : 0;

	for (; i < nr && from->range[i].first < first; i++)
		append(to, from->range[i].first, min(from->range[i].last, first - 1), from->range[i].policy);
	append(to, first, last, policy);
	/* A range that began before and goes on after is met once more. */
	for (i = i ? i - 1 : 0; i < nr; i++)
		append(to, max(from->range[i].first, last + 1), from->range[i].last, from->range[i].policy);
}

int shared_policy_set(struct address_space *mapping, pgoff_t first, pgoff_t last, struct mempolicy *policy)
{
	struct shared_policy *new = NULL, *old;
	u32 want = 1;

	for (;;) {
		new = kmalloc(sizeof(*new) + want * sizeof(new->range[0]), GFP_KERNEL);
		if (!new)
			return -ENOMEM;
		new->nr = 0;
		new->max = want;
		down_write(&mapping->i_mmap_lock);
		old = mapping->policy;
		want = (old ? old->nr : 0) + 2;
		if (want <= new->max)
			break;
		up_write(&mapping->i_mmap_lock);
		kfree(new);
	}
	rebuild(new, old, first, last, policy);
	rcu_assign_pointer(mapping->policy, new->nr ? new : NULL);
	up_write(&mapping->i_mmap_lock);
	if (!new->nr)
		kfree(new);
	if (old)
		call_rcu(&old->rcu, &shared_rcu_ops);
	return 0;
}

void shared_policy_fini(struct address_space *mapping)
{
	free_ranges(mapping->policy);
	mapping->policy = NULL;
}

struct folio *mempolicy_alloc_shmem(struct address_space *mapping, pgoff_t index, gfp_t gfp)
{
	struct mempolicy *policy = shared_policy_get(mapping, index);
	struct policy_place place;
	struct folio *folio;

	if (!policy)
		return mempolicy_alloc_cache(gfp);
	place = mempolicy_place(policy, index);
	current->flags |= PF_PAGE_CACHE;
	folio = policy_place_alloc(&place, gfp);
	current->flags &= ~PF_PAGE_CACHE;
	mempolicy_put(policy);
	return folio;
}
