/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reserve_class.c - the names under which reservations are counted
 *
 * WHAT        The list of classes. None is ever taken away, so readers need no lock.
 * LOCKING     registry.lock, rank LEAF: additions.
 */
#include <pages/reserve.h>
#include <sync/spinlock.h>

static struct {
	spinlock_t lock;
	struct list_head classes;
} registry = { .lock = SPINLOCK_INIT(RANK_LEAF), .classes = LIST_HEAD_INIT(registry.classes) };

void reserve_class_register(struct reserve_class *class)
{
	with_spinlock_irqsave(&registry.lock);

	list_add_tail_rcu(&class->node, &registry.classes);
}

struct reserve_class *reserve_class_next(struct reserve_class *cursor)
{
	struct list_head *next = READ_ONCE((cursor ? &cursor->node : &registry.classes)->next);

	return next == &registry.classes ? NULL : list_entry(next, struct reserve_class, node);
}
