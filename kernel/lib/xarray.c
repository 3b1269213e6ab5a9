/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xarray.c - a radix tree of pointers by unsigned long index. Searches are in xarray_find.c.
 *
 * WHAT        A node has 64 slots and covers 64 << shift indices; a slot of a node with shift 0 is an entry, of any
 *             other a child. A lone entry at index 0 sits in head itself and needs no node. Height follows the
 *             largest index: nodes are put on top when it grows and taken off when only slot 0 is left.
 *
 *             head -> node shift 6 -> slots[i >> 6 & 63] = node shift 0 -> slots[i & 63] = entry
 *
 * INVARIANTS  X1  count is the number of slots that are not NULL; a node in the tree has count >= 1.
 *             X2  Bit s of full: slot s holds an entry, or a child whose full is all ones.
 *             X3  Bit s of marks[m]: the entry in slot s has mark m, or the child there has any bit in marks[m].
 * LOCKING     Writers: the owner's lock. Readers: RCU. A node is complete before it is published (release);
 *             a reader that stands on a removed node finds there what was true when it arrived.
 * LIFECYCLE   xa_node_alloc -> linked -> unlinked -> xa_node_free_rcu.
 * ERRORS      -ENOMEM only from storing; what was built on the way down stays consistent and is reused or
 *             removed by the next erase below it.
 * TESTS       tests/xarray_test.c
 */
#include "xarray_impl.h"

#include <lib/assert.h>
#include <lib/lib_port.h>

void *xa_load(const struct xarray *xa, unsigned long index)
{
	void *entry = rcu_dereference(xa->head);
	struct xa_node *node;

	if (!is_node(entry))
		return index == 0 ? entry : NULL;
	node = to_node(entry);
	if (index > node_max(node))
		return NULL;
	for (;;) {
		unsigned int shift = node->shift;

		entry = rcu_dereference(node->slots[(index >> shift) & XA_CHUNK_MASK]);
		if (!shift || !entry)
			return entry;
		node = entry;
	}
}

/* The leaf that holds @index, or NULL when there is none (or the entry sits in head). */
static struct xa_node *find_leaf(const struct xarray *xa, unsigned long index)
{
	void *head = rcu_dereference(xa->head);
	struct xa_node *node;

	if (!is_node(head) || index > node_max(to_node(head)))
		return NULL;
	node = to_node(head);
	while (node && node->shift)
		node = rcu_dereference(node->slots[slot_of(node, index)]);
	return node;
}

/* X2, upwards from a slot that was just filled. */
static void propagate_full(struct xa_node *node, unsigned int slot)
{
	node->full |= BIT(slot);
	while (node->full == ~0UL && node->parent) {
		slot = node->offset;
		node = node->parent;
		node->full |= BIT(slot);
	}
}

static void propagate_not_full(struct xa_node *node, unsigned int slot)
{
	for (;;) {
		bool was_full = node->full == ~0UL;

		node->full &= ~BIT(slot);
		if (!was_full || !node->parent)
			return;
		slot = node->offset;
		node = node->parent;
	}
}

/* X3, upwards. */
static void propagate_mark(struct xa_node *node, unsigned int slot, xa_mark_t mark)
{
	while (node && !(node->marks[mark] & BIT(slot))) {
		WRITE_ONCE(node->marks[mark], node->marks[mark] | BIT(slot));
		slot = node->offset;
		node = node->parent;
	}
}

static void propagate_unmark(struct xa_node *node, unsigned int slot, xa_mark_t mark)
{
	while (node && (node->marks[mark] & BIT(slot))) {
		WRITE_ONCE(node->marks[mark], node->marks[mark] & ~BIT(slot));
		if (node->marks[mark])
			return;
		slot = node->offset;
		node = node->parent;
	}
}

/* Give @top its first child and its place in the summaries; @top is not published yet. */
static void adopt_head(struct xarray *xa, struct xa_node *top, void *head)
{
	struct xa_node *child = is_node(head) ? to_node(head) : NULL;

	top->count = 1;
	RCU_INIT_POINTER(top->slots[0], child ? (void *)child : head);
	if (!child || child->full == ~0UL)
		top->full = 1;
	for (xa_mark_t m = 0; m < XA_MAX_MARKS; m++) {
		bool marked = child ? child->marks[m] != 0 : xa->head_marks & BIT(m);

		top->marks[m] = marked ? 1 : 0;
	}
	if (child) {
		child->offset = 0;
		WRITE_ONCE(child->parent, top);
	}
}

/* Where a change of the tree gets its nodes: made on the spot, or from spares alone. */
struct node_source {
	gfp_t gfp;
	struct xa_spares *spares;
};

static struct xa_node *take_node(struct node_source *source)
{
	struct xa_spares *spares = source->spares;
	struct xa_node *node;

	if (!spares)
		return xa_node_alloc(source->gfp);
	node = spares->first;
	if (!node)
		return NULL;
	spares->first = node->parent;
	spares->nr--;
	node->parent = NULL;
	return node;
}

int xa_spares_fill(struct xa_spares *spares, u32 nr, gfp_t gfp)
{
	while (spares->nr < nr) {
		struct xa_node *node = xa_node_alloc(gfp);

		if (!node)
			return -ENOMEM;
		node->parent = spares->first;
		spares->first = node;
		spares->nr++;
	}
	return 0;
}

void xa_spares_drop(struct xa_spares *spares)
{
	struct node_source source = { .spares = spares };
	struct xa_node *node;

	while ((node = take_node(&source)))
		xa_node_free_rcu(node);
}

/* Put nodes on top until @index fits. */
static int grow(struct xarray *xa, unsigned long index, struct node_source *source)
{
	for (;;) {
		void *head = xa->head;
		struct xa_node *top;
		unsigned int shift = 0;

		if (is_node(head)) {
			if (index <= node_max(to_node(head)))
				return 0;
			shift = to_node(head)->shift + XA_CHUNK_SHIFT;
		} else if (!head) {
			/* An empty tree can start at the right height at once. */
			while (shift < XA_MAX_SHIFT && (index >> shift) > XA_CHUNK_MASK)
				shift += XA_CHUNK_SHIFT;
		}
		top = take_node(source);
		if (!top)
			return -ENOMEM;
		top->shift = (u8)shift;
		if (head)
			adopt_head(xa, top, head);
		xa->head_marks = 0;
		rcu_assign_pointer(xa->head, mk_node(top));
	}
}

static struct xa_node *add_child(struct xa_node *parent, unsigned int slot, struct node_source *source)
{
	struct xa_node *child = take_node(source);

	if (!child)
		return NULL;
	child->shift = parent->shift - XA_CHUNK_SHIFT;
	child->offset = (u8)slot;
	child->parent = parent;
	parent->count++;
	rcu_assign_pointer(parent->slots[slot], child);
	return child;
}

/* Take off tops that have only slot 0 left. */
static void shrink(struct xarray *xa)
{
	while (is_node(xa->head)) {
		struct xa_node *top = to_node(xa->head);
		void *first = top->slots[0];

		if (top->count != 1 || !first)
			return;
		if (top->shift) {
			WRITE_ONCE(((struct xa_node *)first)->parent, NULL);
			rcu_assign_pointer(xa->head, mk_node(first));
		} else {
			u8 marks = 0;

			for (xa_mark_t m = 0; m < XA_MAX_MARKS; m++)
				marks |= (top->marks[m] & 1) << m;
			xa->head_marks = marks;
			rcu_assign_pointer(xa->head, first);
		}
		xa_node_free_rcu(top);
	}
}

/* Unlink @node and its ancestors as far as they are empty (X1), then lower the tree. */
static void prune(struct xarray *xa, struct xa_node *node)
{
	while (node && !node->count) {
		struct xa_node *parent = node->parent;

		if (parent) {
			RCU_INIT_POINTER(parent->slots[node->offset], NULL);
			parent->count--;
		} else {
			RCU_INIT_POINTER(xa->head, NULL);
		}
		xa_node_free_rcu(node);
		node = parent;
	}
	shrink(xa);
}

/* The leaf for @index, made if need be; NULL: no memory, and nothing useless is left behind. */
static struct xa_node *make_leaf(struct xarray *xa, unsigned long index, struct node_source *source)
{
	struct xa_node *node;

	if (grow(xa, index, source)) {
		shrink(xa);
		return NULL;
	}
	node = to_node(xa->head);
	while (node->shift) {
		unsigned int slot = slot_of(node, index);
		struct xa_node *child = node->slots[slot];

		if (!child)
			child = add_child(node, slot, source);
		if (!child) {
			prune(xa, node);
			return NULL;
		}
		node = child;
	}
	return node;
}

void *xa_erase(struct xarray *xa, unsigned long index)
{
	struct xa_node *leaf = find_leaf(xa, index);
	unsigned int slot = index & XA_CHUNK_MASK;
	void *old;

	if (!leaf) {
		if (index || is_node(xa->head))
			return NULL;
		old = xa->head;
		RCU_INIT_POINTER(xa->head, NULL);
		xa->head_marks = 0;
		return old;
	}
	old = leaf->slots[slot];
	if (!old)
		return NULL;
	RCU_INIT_POINTER(leaf->slots[slot], NULL);
	leaf->count--;
	propagate_not_full(leaf, slot);
	for (xa_mark_t m = 0; m < XA_MAX_MARKS; m++)
		propagate_unmark(leaf, slot, m);
	prune(xa, leaf);
	return old;
}

static void *store(struct xarray *xa, unsigned long index, void *entry, struct node_source *source)
{
	unsigned int slot = index & XA_CHUNK_MASK;
	struct xa_node *leaf;
	void *old;

	if (!entry)
		return xa_erase(xa, index);
	KASSERT(!is_node(entry) && !IS_ERR(entry));
	if (!index && !is_node(xa->head)) {
		old = xa->head;
		rcu_assign_pointer(xa->head, entry);
		return old;
	}
	leaf = make_leaf(xa, index, source);
	if (!leaf)
		return ERR_PTR(-ENOMEM);
	old = leaf->slots[slot];
	rcu_assign_pointer(leaf->slots[slot], entry);
	if (!old) {
		leaf->count++;
		propagate_full(leaf, slot);
	}
	return old;
}

void *xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	return store(xa, index, entry, &(struct node_source){ .gfp = gfp });
}

static int insert(struct xarray *xa, unsigned long index, void *entry, struct node_source *source)
{
	KASSERT(entry);
	if (xa_load(xa, index))
		return -EBUSY;
	return xa_err(store(xa, index, entry, source));
}

int xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	return insert(xa, index, entry, &(struct node_source){ .gfp = gfp });
}

int xa_insert_spare(struct xarray *xa, unsigned long index, void *entry, struct xa_spares *spares)
{
	return insert(xa, index, entry, &(struct node_source){ .spares = spares });
}

bool xa_replace(struct xarray *xa, unsigned long index, void *old, void *entry)
{
	KASSERT(old && entry);
	if (xa_load(xa, index) != old)
		return false;
	xa_store(xa, index, entry, 0); /* the slot is there: this does not allocate */
	return true;
}

void xa_set_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
{
	struct xa_node *leaf = find_leaf(xa, index);

	if (leaf && leaf->slots[index & XA_CHUNK_MASK])
		propagate_mark(leaf, index & XA_CHUNK_MASK, mark);
	else if (!index && xa->head && !is_node(xa->head))
		WRITE_ONCE(xa->head_marks, xa->head_marks | BIT(mark));
}

void xa_clear_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
{
	struct xa_node *leaf = find_leaf(xa, index);

	if (leaf)
		propagate_unmark(leaf, index & XA_CHUNK_MASK, mark);
	else if (!index && !is_node(xa->head))
		WRITE_ONCE(xa->head_marks, xa->head_marks & ~BIT(mark));
}

bool xa_get_mark(const struct xarray *xa, unsigned long index, xa_mark_t mark)
{
	struct xa_node *leaf = find_leaf(xa, index);

	if (leaf)
		return READ_ONCE(leaf->marks[mark]) & BIT(index & XA_CHUNK_MASK);
	return !index && !is_node(xa->head) && (READ_ONCE(xa->head_marks) & BIT(mark));
}

bool xa_marked(const struct xarray *xa, xa_mark_t mark)
{
	void *head = rcu_dereference(xa->head);

	if (is_node(head))
		return READ_ONCE(to_node(head)->marks[mark]) != 0;
	return head && (READ_ONCE(xa->head_marks) & BIT(mark));
}

/* The first child below @node at or after @slot, or NULL. */
static struct xa_node *next_child(struct xa_node *node, unsigned int slot)
{
	if (!node->shift)
		return NULL;
	for (; slot < XA_CHUNK_SIZE; slot++)
		if (node->slots[slot])
			return node->slots[slot];
	return NULL;
}

void xa_destroy(struct xarray *xa)
{
	void *head = xa->head;
	struct xa_node *node = is_node(head) ? to_node(head) : NULL;
	unsigned int slot = 0;

	RCU_INIT_POINTER(xa->head, NULL);
	xa->head_marks = 0;
	/* Depth first without a stack: offset says where to go on in the parent. */
	while (node) {
		struct xa_node *child = next_child(node, slot);
		struct xa_node *parent = node->parent;

		if (child) {
			node = child;
			slot = 0;
			continue;
		}
		slot = node->offset + 1;
		xa_node_free_rcu(node);
		node = parent;
	}
}
