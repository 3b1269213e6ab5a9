/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * family.c - from the number that a private page carries to the memories that may map it.
 *
 * WHAT        All memories that fork made from one exec are a family; its number, family_id, stands in each of their private pages
 *             (mm_impl.h, anon_mapping()). Here is the way back: a table of all memories, by that number.
 * INVARIANTS  F1  Each struct mm that mm_create() or mm_dup() made is in the chain of its family_id until its last reference has gone.
 *             F2  A chain's memory that has no reference left is passed over: it is about to leave.
 * LOCKING     family.lock (rank LEAF): the chains. A walk has a reference of the memory where it stands, and no lock in between.
 * ERRORS      None.
 * TESTS       tests/migrate_selftest.c, tests/guest/mm/compact_anon_test.c
 */
#include "family.h"

#include <mm/mm.h>
#include <sync/spinlock.h>

#define NR_CHAINS 256u

static struct {
	spinlock_t lock;
	struct list_head chain[NR_CHAINS] __guarded_by(&lock);
} family = { .lock = SPINLOCK_INIT(RANK_LEAF) };

static struct list_head *chain_of(u64 family_id)
{
	return &family.chain[family_id % NR_CHAINS];
}

void family_init(void)
{
	for (u32 i = 0; i < NR_CHAINS; i++)
		INIT_LIST_HEAD(&family.chain[i]);
}

void family_insert(struct mm *mm)
{
	with_spinlock_irqsave(&family.lock);
	list_add(&mm->family_node, chain_of(mm->family_id));
}

void family_remove(struct mm *mm)
{
	with_spinlock_irqsave(&family.lock);
	list_del(&mm->family_node);
}

static struct mm *next_with_reference(u64 family_id, const struct mm *mm)
{
	struct list_head *chain = chain_of(family_id), *node;

	with_spinlock_irqsave(&family.lock);
	for (node = mm ? mm->family_node.next : chain->next; node != chain; node = node->next) {
		struct mm *next = list_entry(node, struct mm, family_node);

		if (next->family_id == family_id && atomic_inc_not_zero(&next->count)) /* F2 */
			return next;
	}
	return NULL;
}

struct mm *family_next(u64 family_id, struct mm *mm)
{
	struct mm *next = next_with_reference(family_id, mm);

	if (mm)
		mm_put(mm);
	return next;
}
