/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rbtree.c - red-black trees with embedded nodes.
 *
 * WHAT        A binary search tree whose longest path is at most twice its shortest. The caller orders nodes; this
 *             file only links, recolours, rotates.
 * INVARIANTS  R1  The root is black.
 *             R2  A red node has no red child.
 *             R3  Every path from a node down to a missing child passes the same number of black nodes.
 *             R4  In an augmented tree, each node's value was computed after its children's.
 * LOCKING     The owner's. Child pointers are stored whole (WRITE_ONCE) for lockless walkers; a rotation stores
 *             them in an order in which no walk can loop: every pointer written leads to a subtree below.
 * TESTS       tests/rbtree_test.c checks R1-R4 after each of many random operations
 */
#include <lib/rbtree.h>

#define RB_BLACK 1UL

static bool is_black(const struct rb_node *node)
{
	return !node || (node->parent_color & RB_BLACK);
}

static bool is_red(const struct rb_node *node)
{
	return !is_black(node);
}

static void set_black(struct rb_node *node)
{
	node->parent_color |= RB_BLACK;
}

static void set_red(struct rb_node *node)
{
	node->parent_color &= ~RB_BLACK;
}

static void copy_color(struct rb_node *to, const struct rb_node *from)
{
	to->parent_color = (to->parent_color & ~RB_BLACK) | (from->parent_color & RB_BLACK);
}

static void set_parent(struct rb_node *node, struct rb_node *parent)
{
	node->parent_color = (unsigned long)parent | (node->parent_color & RB_BLACK);
}

static void update(struct rb_node *node, const struct rb_augment_ops *ops)
{
	if (ops)
		ops->update(node);
}

/* Whoever pointed down to @old now points to @node. */
static void replace_child(struct rb_node *parent, struct rb_node *old, struct rb_node *node,
			  struct rb_root *root)
{
	if (!parent)
		WRITE_ONCE(root->rb_node, node);
	else if (parent->rb_left == old)
		WRITE_ONCE(parent->rb_left, node);
	else
		WRITE_ONCE(parent->rb_right, node);
}

/*
 *      node              child
 *      /  \              /   \
 *     a   child   ->   node   c
 *         /  \         /  \
 *        b    c       a    b
 */
static void rotate_left(struct rb_node *node, struct rb_root *root, const struct rb_augment_ops *ops)
{
	struct rb_node *child = node->rb_right, *parent = rb_parent(node), *middle = child->rb_left;

	WRITE_ONCE(node->rb_right, middle);
	if (middle)
		set_parent(middle, node);
	WRITE_ONCE(child->rb_left, node);
	set_parent(child, parent);
	replace_child(parent, node, child, root);
	set_parent(node, child);
	update(node, ops);
	update(child, ops);
}

static void rotate_right(struct rb_node *node, struct rb_root *root,
			 const struct rb_augment_ops *ops)
{
	struct rb_node *child = node->rb_left, *parent = rb_parent(node), *middle = child->rb_right;

	WRITE_ONCE(node->rb_left, middle);
	if (middle)
		set_parent(middle, node);
	WRITE_ONCE(child->rb_right, node);
	set_parent(child, parent);
	replace_child(parent, node, child, root);
	set_parent(node, child);
	update(node, ops);
	update(child, ops);
}

void rb_augment_propagate(struct rb_node *node, const struct rb_augment_ops *ops)
{
	for (; node; node = rb_parent(node))
		ops->update(node);
}

/* @node is red and so may be its parent: move the conflict up or rotate it away. */
static void insert_fix(struct rb_node *node, struct rb_root *root, const struct rb_augment_ops *ops)
{
	struct rb_node *parent;

	while ((parent = rb_parent(node)) && is_red(parent)) {
		struct rb_node *grand = rb_parent(parent);
		bool left = parent == grand->rb_left;
		struct rb_node *uncle = left ? grand->rb_right : grand->rb_left;

		if (is_red(uncle)) {
			set_black(parent);
			set_black(uncle);
			set_red(grand);
			node = grand;
			continue;
		}
		if (left && node == parent->rb_right) {
			rotate_left(parent, root, ops);
			parent = node;
		} else if (!left && node == parent->rb_left) {
			rotate_right(parent, root, ops);
			parent = node;
		}
		set_black(parent);
		set_red(grand);
		if (left)
			rotate_right(grand, root, ops);
		else
			rotate_left(grand, root, ops);
		break;
	}
	set_black(root->rb_node);
}

void rb_insert_augmented(struct rb_node *node, struct rb_root *root, const struct rb_augment_ops *ops)
{
	if (ops)
		rb_augment_propagate(node, ops);
	insert_fix(node, root, ops);
}

void rb_insert_color(struct rb_node *node, struct rb_root *root)
{
	insert_fix(node, root, NULL);
}

/*
 * The subtree at @node (may be NULL), below @parent, has one black node too few on each path. One step for the
 * case that @node is the left child; the mirror image follows. Returns the sibling work's new position: the
 * node that still lacks one, or NULL when done.
 */
static struct rb_node *erase_fix_left(struct rb_node *parent, struct rb_root *root,
				      const struct rb_augment_ops *ops)
{
	struct rb_node *sibling = parent->rb_right;

	if (is_red(sibling)) {
		set_black(sibling);
		set_red(parent);
		rotate_left(parent, root, ops);
		sibling = parent->rb_right;
	}
	if (is_black(sibling->rb_left) && is_black(sibling->rb_right)) {
		set_red(sibling);
		return parent;
	}
	if (is_black(sibling->rb_right)) {
		set_black(sibling->rb_left);
		set_red(sibling);
		rotate_right(sibling, root, ops);
		sibling = parent->rb_right;
	}
	copy_color(sibling, parent);
	set_black(parent);
	set_black(sibling->rb_right);
	rotate_left(parent, root, ops);
	return NULL;
}

static struct rb_node *erase_fix_right(struct rb_node *parent, struct rb_root *root,
				       const struct rb_augment_ops *ops)
{
	struct rb_node *sibling = parent->rb_left;

	if (is_red(sibling)) {
		set_black(sibling);
		set_red(parent);
		rotate_right(parent, root, ops);
		sibling = parent->rb_left;
	}
	if (is_black(sibling->rb_left) && is_black(sibling->rb_right)) {
		set_red(sibling);
		return parent;
	}
	if (is_black(sibling->rb_left)) {
		set_black(sibling->rb_right);
		set_red(sibling);
		rotate_left(sibling, root, ops);
		sibling = parent->rb_left;
	}
	copy_color(sibling, parent);
	set_black(parent);
	set_black(sibling->rb_left);
	rotate_right(parent, root, ops);
	return NULL;
}

static void erase_fix(struct rb_node *node, struct rb_node *parent, struct rb_root *root,
		      const struct rb_augment_ops *ops)
{
	while (parent && is_black(node)) {
		node = node == parent->rb_left ? erase_fix_left(parent, root, ops) :
						 erase_fix_right(parent, root, ops);
		if (!node)
			return;
		parent = rb_parent(node);
	}
	if (node)
		set_black(node);
}

/* Take out a node with at most one child. Says where a black node is now missing. */
static bool unlink_simple(struct rb_node *node, struct rb_root *root, struct rb_node **child,
			  struct rb_node **parent)
{
	*child = node->rb_left ? node->rb_left : node->rb_right;
	*parent = rb_parent(node);
	if (*child)
		set_parent(*child, *parent);
	replace_child(*parent, node, *child, root);
	return is_black(node);
}

/* Take out a node with two children: its successor takes its place and colour. */
static bool unlink_double(struct rb_node *node, struct rb_root *root, struct rb_node **child,
			  struct rb_node **parent)
{
	struct rb_node *next = node->rb_right;
	bool was_black;

	while (next->rb_left)
		next = next->rb_left;
	was_black = is_black(next);
	*child = next->rb_right;
	*parent = rb_parent(next);
	if (*parent == node) {
		*parent = next;
	} else {
		WRITE_ONCE((*parent)->rb_left, *child);
		if (*child)
			set_parent(*child, *parent);
		WRITE_ONCE(next->rb_right, node->rb_right);
		set_parent(next->rb_right, next);
	}
	WRITE_ONCE(next->rb_left, node->rb_left);
	set_parent(next->rb_left, next);
	next->parent_color = node->parent_color;
	replace_child(rb_parent(node), node, next, root);
	return was_black;
}

void rb_erase_augmented(struct rb_node *node, struct rb_root *root, const struct rb_augment_ops *ops)
{
	struct rb_node *child, *parent;
	bool lacks_black;

	if (node->rb_left && node->rb_right)
		lacks_black = unlink_double(node, root, &child, &parent);
	else
		lacks_black = unlink_simple(node, root, &child, &parent);
	if (ops)
		rb_augment_propagate(parent, ops);
	if (lacks_black)
		erase_fix(child, parent, root, ops);
}

void rb_erase(struct rb_node *node, struct rb_root *root)
{
	rb_erase_augmented(node, root, NULL);
}

static struct rb_node *leftmost(struct rb_node *node)
{
	while (node && node->rb_left)
		node = node->rb_left;
	return node;
}

static struct rb_node *rightmost(struct rb_node *node)
{
	while (node && node->rb_right)
		node = node->rb_right;
	return node;
}

struct rb_node *rb_first(const struct rb_root *root)
{
	return leftmost(root->rb_node);
}

struct rb_node *rb_last(const struct rb_root *root)
{
	return rightmost(root->rb_node);
}

struct rb_node *rb_next(const struct rb_node *node)
{
	struct rb_node *parent;

	if (RB_EMPTY_NODE(node))
		return NULL;
	if (node->rb_right)
		return leftmost(node->rb_right);
	while ((parent = rb_parent(node)) && node == parent->rb_right)
		node = parent;
	return parent;
}

struct rb_node *rb_prev(const struct rb_node *node)
{
	struct rb_node *parent;

	if (RB_EMPTY_NODE(node))
		return NULL;
	if (node->rb_left)
		return rightmost(node->rb_left);
	while ((parent = rb_parent(node)) && node == parent->rb_left)
		node = parent;
	return parent;
}

void rb_replace_node(struct rb_node *victim, struct rb_node *node, struct rb_root *root)
{
	*node = *victim;
	if (victim->rb_left)
		set_parent(victim->rb_left, node);
	if (victim->rb_right)
		set_parent(victim->rb_right, node);
	replace_child(rb_parent(victim), victim, node, root);
}

static struct rb_node *deepest(struct rb_node *node)
{
	while (node && (node->rb_left || node->rb_right))
		node = node->rb_left ? node->rb_left : node->rb_right;
	return node;
}

struct rb_node *rb_first_postorder(const struct rb_root *root)
{
	return deepest(root->rb_node);
}

struct rb_node *rb_next_postorder(const struct rb_node *node)
{
	struct rb_node *parent = rb_parent(node);

	if (parent && node == parent->rb_left && parent->rb_right)
		return deepest(parent->rb_right);
	return parent;
}
