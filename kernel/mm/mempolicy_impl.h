/* SPDX-License-Identifier: GPL-2.0-only */
/* mempolicy_impl.h - what the calls of memory policy share. Private to mm. */
#ifndef MM_MEMPOLICY_IMPL_H
#define MM_MEMPOLICY_IMPL_H

#include <mm/mempolicy.h>
#include <linux/mempolicy.h>

struct mm;

/* A program's set of nodes. -EINVAL: a node that cannot be; -EFAULT. */
int get_user_nodes(struct user_nodes *nodes, uaddr_t mask, unsigned long maxnode);

/* Does it name a node that is not in @nodes? */
bool user_nodes_beyond(const struct user_nodes *user, u64 nodes);

/* Every VMA in [start, end) has @policy afterwards. mmap_lock held for writing. -ENOMEM, or ->may_split's. */
int bind_range(struct mm *mm, unsigned long start, unsigned long end, struct mempolicy *policy);

/* Pages of a range that lie on none of @nodes: what mbind looks for. */
struct misplaced {
	u64 nodes;
	u32 flags; /* MPOL_MF_* */
	unsigned long nr_failed;
};

/* mmap_lock held. */
bool range_has_misplaced(struct mm *mm, unsigned long start, unsigned long end, const struct misplaced *misplaced);
/* Move them to where @policy (NULL: the task's) wants them. Counts what could not be moved. mmap_lock held. */
void range_move_misplaced(struct mm *mm, unsigned long start, unsigned long end, const struct mempolicy *policy,
			  struct misplaced *misplaced);

#endif
