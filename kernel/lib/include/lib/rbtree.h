/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rbtree.h - red-black trees. The user walks down with its own comparison, links the node, and the tree
 * rebalances; nodes are embedded and never move.
 *
 *	struct rb_node **link = &root->rb_node, *parent = NULL;
 *	while (*link) { parent = *link; link = less ? &parent->rb_left : &parent->rb_right; }
 *	rb_link_node(&item->node, parent, link);
 *	rb_insert_color(&item->node, root);
 *
 * Writers hold the tree's lock. Child pointers are written whole, so that a reader under RCU that walks
 * meanwhile ends, though it may miss a node that moved; it checks with a sequence count and tries again.
 *
 * An augmented tree keeps in each node a value computed from the node and its two children (the largest
 * gap below, say); rb_augment_ops.update() recomputes one node's and is called bottom-up.
 */
#ifndef LIB_RBTREE_H
#define LIB_RBTREE_H

#include <lib/types.h>

struct rb_node {
	unsigned long parent_color; /* the parent's address; bit 0: black */
	struct rb_node *rb_left;
	struct rb_node *rb_right;
} __aligned(8);

struct rb_root {
	struct rb_node *rb_node;
};

/* A root that knows its leftmost node. */
struct rb_root_cached {
	struct rb_root rb_root;
	struct rb_node *rb_leftmost;
};

struct rb_augment_ops {
	/* Recompute @node's value from itself and its children. */
	void (*update)(struct rb_node *node);
};

#define RB_ROOT ((struct rb_root){ NULL })
#define RB_ROOT_CACHED ((struct rb_root_cached){ { NULL }, NULL })
#define RB_EMPTY_ROOT(root) (READ_ONCE((root)->rb_node) == NULL)
/* A node marked so is in no tree; only RB_CLEAR_NODE marks it. */
#define RB_EMPTY_NODE(node) ((node)->parent_color == (unsigned long)(node))
#define RB_CLEAR_NODE(node) ((node)->parent_color = (unsigned long)(node))

#define rb_entry(ptr, type, member) container_of(ptr, type, member)
#define rb_entry_safe(ptr, type, member)				\
	({								\
		struct rb_node *__rn = (ptr);				\
		__rn ? rb_entry(__rn, type, member) : NULL;		\
	})

static inline struct rb_node *rb_parent(const struct rb_node *node)
{
	return (struct rb_node *)(node->parent_color & ~1UL);
}

static inline void rb_link_node(struct rb_node *node, struct rb_node *parent, struct rb_node **link)
{
	node->parent_color = (unsigned long)parent;
	node->rb_left = NULL;
	node->rb_right = NULL;
	__atomic_store_n(link, node, __ATOMIC_RELEASE); /* pairs with lockless walks: node before link */
}

/* After rb_link_node(). */
void rb_insert_color(struct rb_node *node, struct rb_root *root);
void rb_erase(struct rb_node *node, struct rb_root *root);
/* The same for augmented trees: values are right when they return. */
void rb_insert_augmented(struct rb_node *node, struct rb_root *root, const struct rb_augment_ops *ops);
void rb_erase_augmented(struct rb_node *node, struct rb_root *root, const struct rb_augment_ops *ops);
/* @node's own data changed: bring it and its ancestors up to date. */
void rb_augment_propagate(struct rb_node *node, const struct rb_augment_ops *ops);

struct rb_node *rb_first(const struct rb_root *root);
struct rb_node *rb_last(const struct rb_root *root);
struct rb_node *rb_next(const struct rb_node *node);
struct rb_node *rb_prev(const struct rb_node *node);
/* Put @node in @victim's place without rebalancing; they must compare equal. */
void rb_replace_node(struct rb_node *victim, struct rb_node *node, struct rb_root *root);
/* Children before parents: each may be freed once its successor is known. */
struct rb_node *rb_first_postorder(const struct rb_root *root);
struct rb_node *rb_next_postorder(const struct rb_node *node);

static inline struct rb_node *rb_first_cached(const struct rb_root_cached *root)
{
	return root->rb_leftmost;
}

static inline void rb_insert_color_cached(struct rb_node *node, struct rb_root_cached *root,
					  bool leftmost)
{
	if (leftmost)
		root->rb_leftmost = node;
	rb_insert_color(node, &root->rb_root);
}

static inline void rb_erase_cached(struct rb_node *node, struct rb_root_cached *root)
{
	if (root->rb_leftmost == node)
		root->rb_leftmost = rb_next(node);
	rb_erase(node, &root->rb_root);
}

#define rbtree_postorder_for_each_entry_safe(pos, n, root, member)			\
	for ((pos) = rb_entry_safe(rb_first_postorder(root), __typeof__(*(pos)), member); \
	     (pos) && ((n) = rb_entry_safe(rb_next_postorder(&(pos)->member),		\
					   __typeof__(*(pos)), member), 1);		\
	     (pos) = (n))

#endif
