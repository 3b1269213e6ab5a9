/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xarray_find.c - searches in an xarray: the next entry, the next one with a mark, the next free index.
 *
 * WHAT        A search goes down from the top for one index. Where a slot has nothing it moves the index past all that this slot covers
 *             and starts again, so it looks at each node on its way once. Marks (X3) and full bits (X2 of xarray.c) say at
 *             every level which slots are worth a look.
 * LOCKING     As in xarray.c: xa_find and xa_find_after under RCU or the owner's lock, xa_find_free under the lock.
 * ERRORS      NULL or -EBUSY: nothing there up to the limit.
 * TESTS       tests/xarray_test.c
 */
#include "xarray_impl.h"

#include <lib/errno.h>

/* The first index of slot @slot's successor when walking at @index; 0 after the last. */
static unsigned long next_slot_index(const struct xa_node *node, unsigned long index)
{
	return ((index >> node->shift) + 1) << node->shift;
}

/* Slots of @node at or after @slot that a search with @filter has to look into. */
static unsigned int next_candidate(const struct xa_node *node, unsigned int slot, xa_mark_t filter)
{
	if (filter < XA_MAX_MARKS) {
		unsigned long bits = READ_ONCE(node->marks[filter]) & (~0UL << slot);

		return bits ? __ffs(bits) : XA_CHUNK_SIZE;
	}
	while (slot < XA_CHUNK_SIZE && !rcu_dereference(node->slots[slot]))
		slot++;
	return slot;
}

/* Like xa_load, but on a hole *index moves to the next index worth trying; 0: there is none. */
static void *find_step(const struct xa_node *node, unsigned long *index, xa_mark_t filter)
{
	for (;;) {
		unsigned int slot = slot_of(node, *index);
		unsigned int hit = next_candidate(node, slot, filter);
		void *entry;

		if (hit == XA_CHUNK_SIZE) {
			unsigned int shift = node->shift + XA_CHUNK_SHIFT;

			*index = shift > 63 ? 0 : ((*index >> shift) + 1) << shift;
			return NULL;
		}
		if (hit != slot) {
			unsigned long above = *index >> node->shift;

			*index = (above - slot + hit) << node->shift;
		}
		entry = rcu_dereference(node->slots[hit]);
		if (!entry) {
			*index = next_slot_index(node, *index);
			return NULL;
		}
		if (!node->shift)
			return entry;
		node = entry;
	}
}

static void *find_in_head(const struct xarray *xa, void *head, unsigned long index,
			  xa_mark_t filter)
{
	if (index || !head)
		return NULL;
	if (filter < XA_MAX_MARKS && !(READ_ONCE(xa->head_marks) & BIT(filter)))
		return NULL;
	return head;
}

void *xa_find(const struct xarray *xa, unsigned long *indexp, unsigned long max, xa_mark_t filter)
{
	unsigned long index = *indexp;

	while (index <= max) {
		void *head = rcu_dereference(xa->head);
		void *entry;

		if (!is_node(head)) {
			entry = find_in_head(xa, head, index, filter);
			if (entry)
				*indexp = index;
			return entry;
		}
		if (index > node_max(to_node(head)))
			return NULL;
		entry = find_step(to_node(head), &index, filter);
		if (entry && index <= max) {
			*indexp = index;
			return entry;
		}
		if (entry || !index)
			return NULL;
	}
	return NULL;
}

void *xa_find_after(const struct xarray *xa, unsigned long *indexp, unsigned long max,
		    xa_mark_t filter)
{
	unsigned long index = *indexp + 1;
	void *entry;

	if (!index)
		return NULL;
	entry = xa_find(xa, &index, max, filter);
	if (entry)
		*indexp = index;
	return entry;
}

/* Down to a free index at or after *index: true. Else *index moves past what was seen to be full; 0: wrapped. */
static bool free_step(const struct xa_node *node, unsigned long *index)
{
	for (;;) {
		unsigned int slot = slot_of(node, *index), shift = node->shift, hit;
		unsigned long room = ~node->full & (~0UL << slot);

		if (shift == XA_MAX_SHIFT)
			room &= (1UL << (BITS_PER_LONG - XA_MAX_SHIFT)) - 1;
		if (!room) {
			shift += XA_CHUNK_SHIFT;
			*index = shift > 63 ? 0 : ((*index >> shift) + 1) << shift;
			return false;
		}
		hit = __ffs(room);
		if (hit != slot)
			*index = ((*index >> shift) - slot + hit) << shift;
		if (!shift || !node->slots[hit])
			return true;
		node = node->slots[hit];
	}
}

int xa_find_free(const struct xarray *xa, unsigned long start, unsigned long max,
		 unsigned long *indexp)
{
	unsigned long index = start;

	if (!is_node(xa->head)) {
		if (!index && xa->head)
			index = 1;
	} else {
		const struct xa_node *top = to_node(xa->head);

		while (index <= node_max(top) && !free_step(top, &index))
			if (!index)
				return -EBUSY;
	}
	if (index > max)
		return -EBUSY;
	*indexp = index;
	return 0;
}
