/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rbtree_test.c - proves R1-R4 of rbtree.c after each of many random insertions and removals, and the walks.
 */
#include "unit_test.h"
#include <lib/rbtree.h>
#include <stdlib.h>

#define NR_ITEMS 300

struct item {
	struct rb_node node;
	unsigned int key;
	unsigned int max_key; /* of the subtree: the augmented value */
	bool is_in;
};

static struct item *item_of(const struct rb_node *node)
{
	return (struct item *)((char *)node - offsetof(struct item, node));
}

static unsigned int computed_max(const struct rb_node *node)
{
	unsigned int value = item_of(node)->key;

	if (node->rb_left)
		value = max(value, item_of(node->rb_left)->max_key);
	if (node->rb_right)
		value = max(value, item_of(node->rb_right)->max_key);
	return value;
}

static void update_max(struct rb_node *node)
{
	item_of(node)->max_key = computed_max(node);
}

static const struct rb_augment_ops max_ops = { .update = update_max };

/* Black height, having checked everything below. */
static int check_subtree(const struct rb_node *node, bool augmented)
{
	int left, right;

	if (!node)
		return 1;
	if (node->rb_left)
		CHECK(rb_parent(node->rb_left) == node);
	if (node->rb_right)
		CHECK(rb_parent(node->rb_right) == node);
	if (!(node->parent_color & 1)) { /* R2 */
		CHECK(!node->rb_left || (node->rb_left->parent_color & 1));
		CHECK(!node->rb_right || (node->rb_right->parent_color & 1));
	}
	left = check_subtree(node->rb_left, augmented);
	right = check_subtree(node->rb_right, augmented);
	CHECK_EQ(left, right); /* R3 */
	if (augmented)
		CHECK_EQ(item_of(node)->max_key, computed_max(node)); /* R4 */
	return left + (node->parent_color & 1);
}

static void check_tree(const struct rb_root *root, int nr, bool augmented)
{
	unsigned int last = 0;
	int seen = 0;

	CHECK(!root->rb_node || (root->rb_node->parent_color & 1)); /* R1 */
	check_subtree(root->rb_node, augmented);
	for (struct rb_node *n = rb_first(root); n; n = rb_next(n), seen++) {
		CHECK(item_of(n)->key >= last);
		last = item_of(n)->key;
	}
	CHECK_EQ(seen, nr);
	for (struct rb_node *n = rb_last(root); n; n = rb_prev(n))
		seen--;
	CHECK_EQ(seen, 0);
}

static bool link_item(struct item *item, struct rb_root *root)
{
	struct rb_node **link = &root->rb_node, *parent = NULL;
	bool leftmost = true;

	while (*link) {
		parent = *link;
		if (item->key < item_of(parent)->key) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			leftmost = false;
		}
	}
	rb_link_node(&item->node, parent, link);
	item->is_in = true;
	return leftmost;
}

static void churn(const struct rb_augment_ops *ops)
{
	struct item *items = calloc(NR_ITEMS, sizeof(*items));
	struct rb_root root = RB_ROOT;
	int nr = 0;

	for (int i = 0; i < 6000; i++) {
		struct item *item = &items[unit_random() % NR_ITEMS];

		if (item->is_in) {
			rb_erase_augmented(&item->node, &root, ops);
			item->is_in = false;
			nr--;
		} else {
			item->key = unit_random() % 1000;
			link_item(item, &root);
			rb_insert_augmented(&item->node, &root, ops);
			nr++;
		}
		check_tree(&root, nr, ops);
	}
	free(items);
}

TEST(random_operations_keep_the_tree_balanced)
{
	churn(NULL);
}

TEST(random_operations_keep_augmented_values_right)
{
	churn(&max_ops);
}

TEST(the_cached_root_knows_its_leftmost)
{
	struct item items[64] = { 0 };
	struct rb_root_cached root = RB_ROOT_CACHED;

	for (int i = 0; i < 64; i++) {
		items[i].key = unit_random() % 500;
		rb_insert_color_cached(&items[i].node, &root, link_item(&items[i], &root.rb_root));
		CHECK(rb_first_cached(&root) == rb_first(&root.rb_root));
	}
	for (int i = 0; i < 64; i++) {
		rb_erase_cached(rb_first_cached(&root), &root);
		CHECK(rb_first_cached(&root) == rb_first(&root.rb_root));
	}
	CHECK(RB_EMPTY_ROOT(&root.rb_root));
}

TEST(a_replacement_takes_the_place)
{
	struct item items[10] = { 0 }, other = { 0 };
	struct rb_root root = RB_ROOT;

	for (int i = 0; i < 10; i++) {
		items[i].key = i;
		link_item(&items[i], &root);
		rb_insert_color(&items[i].node, &root);
	}
	other.key = 4;
	rb_replace_node(&items[4].node, &other.node, &root);
	check_tree(&root, 10, false);
	CHECK(rb_next(&items[3].node) == &other.node);
}

TEST(postorder_gives_children_first_and_allows_freeing)
{
	struct rb_root root = RB_ROOT;
	struct item *item, *next;
	int nr = 0;

	for (int i = 0; i < 100; i++) {
		item = calloc(1, sizeof(*item));
		item->key = unit_random() % 100;
		link_item(item, &root);
		rb_insert_color(&item->node, &root);
	}
	rbtree_postorder_for_each_entry_safe(item, next, &root, node) {
		free(item);
		nr++;
	}
	CHECK_EQ(nr, 100);
}

TEST(a_cleared_node_is_in_no_tree)
{
	struct item item;

	RB_CLEAR_NODE(&item.node);
	CHECK(RB_EMPTY_NODE(&item.node));
	CHECK(!rb_next(&item.node));
	CHECK(!rb_prev(&item.node));
}
