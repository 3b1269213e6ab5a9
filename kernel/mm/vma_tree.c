/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vma_tree.c - the VMAs of an address space: a red-black tree and a list by address, with the largest gap below.
 *
 * WHAT        vma_tree_find() answers "which VMA ends above this address"; the hole searches answer "where do so many
 *             bytes fit" in logarithmic time, because each node knows the largest gap below any VMA of its subtree.
 * INVARIANTS  I1  In-order walk of the tree == the list mm->mmap, vm_next; addresses ascend; no overlap.
 *             I2  rb_subtree_gap(n) == max over the subtree of (vma_start_gap(v) - end of v's predecessor, or 0).
 * LOCKING     Writers: mmap_lock for writing. vma_tree_find() also under RCU: nodes are freed after a grace period, links are
 *             written whole; the walk ends within VMA_WALK_MAX steps, and its answer is checked under the vma's lock.
 * ERRORS      None: the caller allocates.
 * TESTS       tests/vma_tree_test.c (I1, I2, holes against a plain search)
 */
#include "vma_tree.h"

#include <lib/assert.h>

/* A red-black tree of 65,530 * 2 nodes is at most 34 deep; rotations under a reader may add some. */
#define VMA_WALK_MAX 96

static unsigned long vma_gap(const struct vma *vma)
{
	unsigned long prev_end = vma->vm_prev ? vma->vm_prev->vm_end : 0;
	unsigned long start = vma_start_gap(vma);

	return start > prev_end ? start - prev_end : 0;
}

static struct vma *to_vma(struct rb_node *node)
{
	return rb_entry(node, struct vma, vm_rb);
}

static unsigned long subtree_gap(struct rb_node *node)
{
	return node ? to_vma(node)->rb_subtree_gap : 0;
}

static void gap_update(struct rb_node *node)
{
	struct vma *vma = to_vma(node);
	unsigned long gap = vma_gap(vma);

	gap = max(gap, subtree_gap(node->rb_left));
	gap = max(gap, subtree_gap(node->rb_right));
	vma->rb_subtree_gap = gap;
}

static const struct rb_augment_ops gap_ops = { .update = gap_update };

struct vma *vma_tree_find(const struct rb_root *root, unsigned long addr)
{
	struct rb_node *node = READ_ONCE(root->rb_node);
	struct vma *found = NULL;
	int steps = 0;

	while (node && likely(steps++ < VMA_WALK_MAX)) {
		struct vma *vma = to_vma(node);

		if (READ_ONCE(vma->vm_end) > addr) {
			found = vma;
			if (READ_ONCE(vma->vm_start) <= addr)
				break;
			node = READ_ONCE(node->rb_left);
		} else {
			node = READ_ONCE(node->rb_right);
		}
	}
	return found;
}

void vma_tree_insert(struct mm *mm, struct vma *vma)
{
	struct rb_node **link = &mm->mm_rb.rb_node, *parent = NULL;
	struct vma *prev = NULL, *next = NULL;

	while (*link) {
		struct vma *at = to_vma(*link);

		parent = *link;
		if (vma->vm_start < at->vm_start) {
			KASSERT(vma->vm_end <= at->vm_start); /* I1 */
			next = at;
			link = &parent->rb_left;
		} else {
			KASSERT(at->vm_end <= vma->vm_start); /* I1 */
			prev = at;
			link = &parent->rb_right;
		}
	}
	vma->vm_prev = prev;
	vma->vm_next = next;
	if (prev)
		prev->vm_next = vma;
	else
		mm->mmap = vma;
	rb_link_node(&vma->vm_rb, parent, link);
	rb_insert_augmented(&vma->vm_rb, &mm->mm_rb, &gap_ops);
	if (next) {
		next->vm_prev = vma;
		rb_augment_propagate(&next->vm_rb, &gap_ops);
	}
}

void vma_tree_remove(struct mm *mm, struct vma *vma)
{
	struct vma *prev = vma->vm_prev, *next = vma->vm_next;

	rb_erase_augmented(&vma->vm_rb, &mm->mm_rb, &gap_ops);
	if (prev)
		prev->vm_next = next;
	else
		mm->mmap = next;
	if (next) {
		next->vm_prev = prev;
		rb_augment_propagate(&next->vm_rb, &gap_ops);
	}
}

void vma_tree_update(struct vma *vma)
{
	rb_augment_propagate(&vma->vm_rb, &gap_ops);
	if (vma->vm_next)
		rb_augment_propagate(&vma->vm_next->vm_rb, &gap_ops);
}

/* Does [low, high) cut with the gap below @vma hold @len bytes? Its highest and lowest place. */
static unsigned long gap_fit(const struct vma *vma, unsigned long low, unsigned long high, unsigned long len, bool top)
{
	unsigned long from = vma->vm_prev ? vma->vm_prev->vm_end : 0;
	unsigned long to = min(vma_start_gap(vma), high);

	from = max(from, low);
	if (to < from || to - from < len)
		return 0;
	return top ? to - len : from;
}

/* The gap above the highest VMA. */
static unsigned long last_gap(struct mm *mm, unsigned long low, unsigned long high, unsigned long len, bool top)
{
	struct rb_node *last = rb_last(&mm->mm_rb);
	unsigned long from = last ? max(to_vma(last)->vm_end, low) : low;

	if (from >= high || high - from < len)
		return 0;
	return top ? high - len : from;
}

unsigned long vma_tree_hole_topdown(struct mm *mm, unsigned long low, unsigned long high, unsigned long len)
{
	unsigned long addr = last_gap(mm, low, high, len, true);
	struct rb_node *node = mm->mm_rb.rb_node, *from;

	if (addr || subtree_gap(node) < len)
		return addr;
	for (;;) {
		/* Rightmost node whose subtree may still hold a gap that starts low enough. */
		while (subtree_gap(node->rb_right) >= len && to_vma(node)->vm_end + len <= high)
			node = node->rb_right;
visit:
		addr = gap_fit(to_vma(node), low, high, len, true);
		if (addr)
			return addr;
		if (to_vma(node)->vm_start < low + len)
			return 0; /* everything to the left is lower still */
		if (subtree_gap(node->rb_left) >= len) {
			node = node->rb_left;
			continue;
		}
		do {
			from = node;
			node = rb_parent(node);
			if (!node)
				return 0;
		} while (from == node->rb_left);
		goto visit;
	}
}

unsigned long vma_tree_hole_bottomup(struct mm *mm, unsigned long low, unsigned long high, unsigned long len)
{
	struct rb_node *node = mm->mm_rb.rb_node, *from;
	unsigned long addr;

	if (subtree_gap(node) < len)
		return last_gap(mm, low, high, len, false);
	for (;;) {
		while (subtree_gap(node->rb_left) >= len && to_vma(node)->vm_start >= low + len)
			node = node->rb_left;
visit:
		addr = gap_fit(to_vma(node), low, high, len, false);
		if (addr)
			return addr;
		if (subtree_gap(node->rb_right) >= len && to_vma(node)->vm_end + len <= high) {
			node = node->rb_right;
			continue;
		}
		do {
			from = node;
			node = rb_parent(node);
			if (!node)
				return last_gap(mm, low, high, len, false);
		} while (from == node->rb_right);
		goto visit;
	}
}

/* ---- the interval tree of a mapping ---- */

static struct vma *shared_vma(struct rb_node *node)
{
	return container_of(node, struct vma, shared.rb);
}

static pgoff_t shared_last(const struct vma *vma)
{
	return vma->vm_pgoff + ((vma->vm_end - vma->vm_start) >> PAGE_SHIFT) - 1;
}

static void shared_update(struct rb_node *node)
{
	struct vma *vma = shared_vma(node);
	pgoff_t last = shared_last(vma);

	if (node->rb_left)
		last = max(last, shared_vma(node->rb_left)->shared.subtree_last);
	if (node->rb_right)
		last = max(last, shared_vma(node->rb_right)->shared.subtree_last);
	vma->shared.subtree_last = last;
}

static const struct rb_augment_ops shared_ops = { .update = shared_update };

void mapping_tree_insert(struct address_space *mapping, struct vma *vma)
{
	struct rb_node **link = &mapping->i_mmap.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		if (vma->vm_pgoff < shared_vma(parent)->vm_pgoff)
			link = &parent->rb_left;
		else
			link = &parent->rb_right;
	}
	rb_link_node(&vma->shared.rb, parent, link);
	rb_insert_augmented(&vma->shared.rb, &mapping->i_mmap, &shared_ops);
}

void mapping_tree_remove(struct address_space *mapping, struct vma *vma)
{
	rb_erase_augmented(&vma->shared.rb, &mapping->i_mmap, &shared_ops);
}

/* Leftmost node below @node that overlaps, given that the subtree reaches @first. */
static struct vma *subtree_first(struct rb_node *node, pgoff_t first, pgoff_t last)
{
	for (;;) {
		struct vma *vma = shared_vma(node);

		if (node->rb_left && shared_vma(node->rb_left)->shared.subtree_last >= first) {
			node = node->rb_left;
			continue;
		}
		if (vma->vm_pgoff > last)
			return NULL;
		if (shared_last(vma) >= first)
			return vma;
		if (!node->rb_right || shared_vma(node->rb_right)->shared.subtree_last < first)
			return NULL;
		node = node->rb_right;
	}
}

struct vma *mapping_tree_first(struct address_space *mapping, pgoff_t first, pgoff_t last)
{
	struct rb_node *root = mapping->i_mmap.rb_node;

	if (!root || shared_vma(root)->shared.subtree_last < first)
		return NULL;
	return subtree_first(root, first, last);
}

struct vma *mapping_tree_next(struct vma *vma, pgoff_t first, pgoff_t last)
{
	struct rb_node *node = &vma->shared.rb, *from;

	for (;;) {
		if (node->rb_right && shared_vma(node->rb_right)->shared.subtree_last >= first)
			return subtree_first(node->rb_right, first, last);
		do {
			from = node;
			node = rb_parent(node);
			if (!node)
				return NULL;
		} while (from == node->rb_right);
		if (shared_vma(node)->vm_pgoff > last)
			return NULL;
		if (shared_last(shared_vma(node)) >= first)
			return shared_vma(node);
	}
}
