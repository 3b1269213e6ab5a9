/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mempolicy.h - memory policies: from which nodes a task, a range or an object gets its pages. Bodies: mempolicy.c,
 * mempolicy_shared.c, mempolicy_calls.c.
 *
 * WHAT        A policy is an immutable value with a count of holders: a task has one or none, a VMA has one or none, and an object in
 *             memory (tmpfs, memfd, shared anonymous memory) has one for each range of its pages that somebody named.
 *             NULL is the default: near the processor that asks.
 * INVARIANTS  I1  A policy does not change once it can be found; only its count does.
 *             I2  nodes is a set of nodes with memory, empty for LOCAL alone, of one node for PREFERRED.
 * LOCKING     task->mempolicy: written by the task itself under task_lock, read by itself without. vma->vm_policy: as every field of a
 *             VMA. mapping->policy: written under i_mmap_lock, read under RCU.
 */
#ifndef MM_MEMPOLICY_H
#define MM_MEMPOLICY_H

#include <lib/types.h>
#include <pages/gfp.h>
#include <pages/stats.h>
#include <sync/refcount.h>

struct address_space;
struct folio;
struct mm;
struct shared_policy;
struct task;
struct vma;

/* Nodes a program may name, as Debian's kernel has it (a power of two); those beyond what exists are never with memory. */
#define USER_NODES_MAX 1024

struct user_nodes {
	u64 bits[USER_NODES_MAX / 64];
};

struct mempolicy {
	struct refcount refs;
	u16 mode;	/* MPOL_* */
	u16 flags;	/* MPOL_F_STATIC_NODES, RELATIVE_NODES, NUMA_BALANCING */
	int home_node;	/* NUMA_NO_NODE: the processor's */
	u32 nodes;	/* I2 */
	struct user_nodes user; /* what the program named, for the two flags that remember it */
};

/* Where one allocation may go: alloc_pages_nodes(). */
struct policy_place {
	int node;
	u32 nodes;
	bool else_anywhere; /* PREFERRED_MANY: where these have nothing at hand, all nodes */
	bool interleaved;
};

/*
 * The policy that @mode with @flags and the nodes of @user is, with one reference; NULL is the default. ERR_PTR(-EINVAL, -ENOMEM).
 */
struct mempolicy *mempolicy_create(unsigned int mode, unsigned int flags, const struct user_nodes *user);
/* A copy with another home node. ERR_PTR(-ENOMEM). */
struct mempolicy *mempolicy_dup_home(const struct mempolicy *policy, int home_node);
/* NULL is allowed, and returned. */
struct mempolicy *mempolicy_get(struct mempolicy *policy);
void mempolicy_put(struct mempolicy *policy);
bool mempolicy_equal(const struct mempolicy *a, const struct mempolicy *b);
/* "bind:0-1", "prefer=static:1", "default": at most 64 bytes. */
void mempolicy_name(const struct mempolicy *policy, char *buf, size_t size);

/* Where a page of @policy goes; @index is its place in a sequence of pages that are interleaved. */
struct policy_place mempolicy_place(const struct mempolicy *policy, u64 index);
struct folio *policy_place_alloc(const struct policy_place *place, gfp_t gfp) __must_check;

/* A folio by the calling task's policy, for the page cache. As alloc_folio(gfp, 0). */
struct folio *mempolicy_alloc_cache(gfp_t gfp) __must_check;
/* A folio of a memory object at @index, by the object's policy, else the task's. */
struct folio *mempolicy_alloc_shmem(struct address_space *mapping, pgoff_t index, gfp_t gfp) __must_check;

/* The policy an object has for the page at @index, with a reference, or NULL. */
struct mempolicy *shared_policy_get(struct address_space *mapping, pgoff_t index);
/* Pages [first, last] of the object get @policy (NULL: none); takes its own references. -ENOMEM. mmap_lock may be held. */
int shared_policy_set(struct address_space *mapping, pgoff_t first, pgoff_t last, struct mempolicy *policy);
/* The object goes. */
void shared_policy_fini(struct address_space *mapping);
/* Does such a VMA's policy belong to its object? */
bool vma_policy_is_shared(const struct vma *vma);

/* The policy named for the page at @addr, of the VMA or its object, with a reference; NULL: the task's counts. mmap_lock held. */
struct mempolicy *vma_policy_get(struct vma *vma, unsigned long addr);
/* The pages of one VMA, in pages. */
struct numa_usage {
	unsigned long pages, anon, dirty, active, writeback, mapcount_max;
	unsigned long node[MAX_NUMNODES];
	struct mempolicy *policy; /* a reference, the reader's; NULL: the task's counts */
};

/* Of the VMA that holds @start. False: none. Takes mmap_lock for reading. */
bool mm_numa_usage(struct mm *mm, unsigned long start, struct numa_usage *usage);
/* The task's policy with a reference, or NULL. */
struct mempolicy *task_policy_get(struct task *task);
/* May @task's policy have placed pages of its memory on one of @nodes? Only one that binds says no. */
bool task_policy_allows(struct task *task, u32 nodes);

#endif
