/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vma_tree_test.c - proves I1 and I2 of vma_tree.c after random insertions, removals and changes, the hole searches against a plain
 * search over the list, and the interval tree against a plain search over an array.
 */
#include "unit_test.h"
#include "../vma_tree.c"

#include <lib/string.h>

#include <stdlib.h>

#define NR_VMAS 200
#define SLOT (16UL << PAGE_SHIFT)

static struct vma vmas[NR_VMAS];
static bool is_in[NR_VMAS];
static struct mm mm;

static void reset(void)
{
	memset(vmas, 0, sizeof(vmas));
	memset(is_in, 0, sizeof(is_in));
	memset(&mm, 0, sizeof(mm));
}

static unsigned long computed_gap(struct rb_node *node)
{
	unsigned long gap;

	if (!node)
		return 0;
	gap = vma_gap(to_vma(node));
	gap = max(gap, computed_gap(node->rb_left));
	gap = max(gap, computed_gap(node->rb_right));
	CHECK_EQ(gap, to_vma(node)->rb_subtree_gap); /* I2 */
	return gap;
}

static void check_tree(void)
{
	struct rb_node *node = rb_first(&mm.mm_rb);
	struct vma *vma = mm.mmap, *prev = NULL;

	for (; vma; vma = vma->vm_next, node = rb_next(node)) { /* I1 */
		CHECK(node == &vma->vm_rb);
		CHECK(vma->vm_prev == prev);
		CHECK(!prev || prev->vm_end <= vma->vm_start);
		prev = vma;
	}
	CHECK(!node);
	computed_gap(mm.mm_rb.rb_node);
}

/* VMA @i lives somewhere inside slot i + 1, so none overlaps. */
static void place(int i)
{
	unsigned long base = (i + 1) * SLOT, from = unit_random() % 8, to = from + 1 + unit_random() % 8;

	vmas[i].vm_start = base + (from << PAGE_SHIFT);
	vmas[i].vm_end = base + (to << PAGE_SHIFT);
	vmas[i].vm_flags = unit_random() % 16 == 0 ? VM_GROWSDOWN : 0;
}

static void toggle(int i)
{
	if (is_in[i]) {
		vma_tree_remove(&mm, &vmas[i]);
	} else {
		place(i);
		vma_tree_insert(&mm, &vmas[i]);
	}
	is_in[i] = !is_in[i];
}

TEST(random_changes_keep_order_and_gaps)
{
	reset();
	for (int round = 0; round < 3000; round++) {
		int i = unit_random() % NR_VMAS;

		toggle(i);
		if (is_in[i] && vmas[i].vm_end - vmas[i].vm_start > PAGE_SIZE && unit_random() % 2) {
			vmas[i].vm_start += PAGE_SIZE;
			vma_tree_update(&vmas[i]);
		}
		if (round % 16 == 0)
			check_tree();
	}
	check_tree();
}

TEST(find_gives_the_first_that_ends_above)
{
	reset();
	for (int round = 0; round < 500; round++) {
		unsigned long addr = (unit_random() % ((NR_VMAS + 2) * 16)) << PAGE_SHIFT;
		struct vma *want = mm.mmap;

		toggle(unit_random() % NR_VMAS);
		for (want = mm.mmap; want && want->vm_end <= addr; want = want->vm_next)
			;
		CHECK(vma_tree_find(&mm.mm_rb, addr) == want);
	}
}

/* The answer of a search through the list. */
static unsigned long plain_hole(unsigned long low, unsigned long high, unsigned long len, bool top)
{
	unsigned long from = 0, best = 0;
	struct vma *vma;

	for (vma = mm.mmap;; vma = vma->vm_next) {
		unsigned long to = vma ? vma_start_gap(vma) : high;
		unsigned long a = max(from, low), b = min(to, high);

		if (b > a && b - a >= len) {
			best = top ? b - len : a;
			if (!top)
				return best;
		}
		if (!vma)
			return best;
		from = vma->vm_end;
	}
}

TEST(holes_are_the_highest_and_the_lowest)
{
	reset();
	for (int round = 0; round < 4000; round++) {
		unsigned long low = PAGE_SIZE + (unit_random() % 100) * SLOT;
		unsigned long high = low + (unit_random() % 150) * SLOT;
		unsigned long len = (1 + unit_random() % 40) << PAGE_SHIFT;

		toggle(unit_random() % NR_VMAS);
		if (unit_random() % 64 == 0)
			high = 1UL << 40;
		CHECK_EQ(vma_tree_hole_topdown(&mm, low, high, len), plain_hole(low, high, len, true));
		CHECK_EQ(vma_tree_hole_bottomup(&mm, low, high, len), plain_hole(low, high, len, false));
	}
}

static struct address_space mapping;

static int count_plain(pgoff_t first, pgoff_t last)
{
	int n = 0;

	for (int i = 0; i < NR_VMAS; i++)
		n += is_in[i] && vmas[i].vm_pgoff <= last && shared_last(&vmas[i]) >= first;
	return n;
}

TEST(interval_tree_finds_every_overlap_once)
{
	reset();
	memset(&mapping, 0, sizeof(mapping));
	for (int round = 0; round < 3000; round++) {
		int i = unit_random() % NR_VMAS, n = 0;
		pgoff_t first = unit_random() % 300, last = first + unit_random() % 40;
		struct vma *vma;

		if (is_in[i]) {
			mapping_tree_remove(&mapping, &vmas[i]);
		} else {
			vmas[i].vm_start = PAGE_SIZE;
			vmas[i].vm_end = PAGE_SIZE + ((1 + unit_random() % 30) << PAGE_SHIFT);
			vmas[i].vm_pgoff = unit_random() % 256;
			mapping_tree_insert(&mapping, &vmas[i]);
		}
		is_in[i] = !is_in[i];
		mapping_for_each_vma(&mapping, vma, first, last) {
			CHECK(vma->vm_pgoff <= last && shared_last(vma) >= first);
			n++;
		}
		CHECK_EQ(n, count_plain(first, last));
	}
}
