/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * llist.h - a lockless singly linked stack: many producers push, one consumer takes all at once. Adding needs
 * no lock in any context, NMI included. llist_del_first() wants a lock among its callers.
 */
#ifndef LIB_LLIST_H
#define LIB_LLIST_H

#include <lib/types.h>

struct llist_node {
	struct llist_node *next;
};

struct llist_head {
	struct llist_node *first __atomic_field;
};

#define LLIST_HEAD_INIT(name) { NULL }
#define LLIST_HEAD(name) struct llist_head name = LLIST_HEAD_INIT(name)

static inline void init_llist_head(struct llist_head *list)
{
	list->first = NULL;
}

static inline bool llist_empty(const struct llist_head *head)
{
	return !READ_ONCE(head->first);
}

/* Push the chain @first..@last. True when the list was empty: the caller wakes the consumer. */
static inline bool llist_add_batch(struct llist_node *first, struct llist_node *last,
				   struct llist_head *head)
{
	struct llist_node *old = __atomic_load_n(&head->first, __ATOMIC_RELAXED);

	do {
		last->next = old;
	} while (!__atomic_compare_exchange_n(&head->first, &old, first, false, __ATOMIC_ACQ_REL,
					      __ATOMIC_RELAXED));
	return !old;
}

static inline bool llist_add(struct llist_node *node, struct llist_head *head)
{
	return llist_add_batch(node, node, head);
}

/* Take everything, newest first. */
static inline struct llist_node *llist_del_all(struct llist_head *head)
{
	return __atomic_exchange_n(&head->first, (struct llist_node *)NULL, __ATOMIC_ACQ_REL);
}

/* Take the newest. One remover at a time, and no llist_del_all() meanwhile. */
static inline struct llist_node *llist_del_first(struct llist_head *head)
{
	struct llist_node *entry = __atomic_load_n(&head->first, __ATOMIC_ACQUIRE);

	do {
		if (!entry)
			return NULL;
	} while (!__atomic_compare_exchange_n(&head->first, &entry, READ_ONCE(entry->next), false,
					      __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
	return entry;
}

/* Turn a taken chain into arrival order. */
static inline struct llist_node *llist_reverse_order(struct llist_node *head)
{
	struct llist_node *reversed = NULL;

	while (head) {
		struct llist_node *next = head->next;

		head->next = reversed;
		reversed = head;
		head = next;
	}
	return reversed;
}

#define llist_entry(ptr, type, member) container_of(ptr, type, member)
#define __llist_entry_safe(ptr, type, member)				\
	({								\
		struct llist_node *__ln = (ptr);			\
		__ln ? llist_entry(__ln, type, member) : NULL;		\
	})
#define llist_for_each(pos, node) for ((pos) = (node); (pos); (pos) = (pos)->next)
#define llist_for_each_safe(pos, n, node) \
	for ((pos) = (node); (pos) && ((n) = (pos)->next, true); (pos) = (n))
#define llist_for_each_entry(pos, node, member)						\
	for ((pos) = __llist_entry_safe(node, __typeof__(*(pos)), member); (pos);	\
	     (pos) = __llist_entry_safe((pos)->member.next, __typeof__(*(pos)), member))
/* @n is of @pos's type; @pos may be freed in the body. */
#define llist_for_each_entry_safe(pos, n, node, member)					\
	for ((pos) = __llist_entry_safe(node, __typeof__(*(pos)), member);		\
	     (pos) && ((n) = __llist_entry_safe((pos)->member.next, __typeof__(*(n)), member), true); \
	     (pos) = (n))

#endif
