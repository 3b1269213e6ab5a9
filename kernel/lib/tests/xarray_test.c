/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xarray_test.c - proves xarray.c against a plain array of what should be there, X1-X3 after every step, and that a
 * failed allocation leaves the tree as it was.
 */
#include "unit_test.h"
#include <lib/bitops.h>
#include <lib/xarray.h>
#include <stdlib.h>

#define NR_KEYS 64

struct model {
	struct xarray xa;
	unsigned long keys[NR_KEYS]; /* ascending */
	void *entries[NR_KEYS];
	bool marks[NR_KEYS][XA_MAX_MARKS];
};

static int compare_keys(const void *a, const void *b)
{
	unsigned long x = *(const unsigned long *)a, y = *(const unsigned long *)b;

	return x < y ? -1 : x > y;
}

/* Keys of all magnitudes, among them 0, neighbours and the largest. */
static void model_init(struct model *m)
{
	xa_init(&m->xa);
	for (int i = 0; i < NR_KEYS; i++) {
		m->keys[i] = i < 8 ? i : i < 56 ? unit_random() >> (unit_random() % 64) :
						  ULONG_MAX - (i - 56);
		m->entries[i] = NULL;
		for (int j = 0; j < XA_MAX_MARKS; j++)
			m->marks[i][j] = false;
	}
	qsort(m->keys, NR_KEYS, sizeof(m->keys[0]), compare_keys);
	for (int i = 1; i < NR_KEYS; i++)
		while (m->keys[i] <= m->keys[i - 1] && i < 56)
			m->keys[i] = m->keys[i - 1] + 1;
}

static void check_node(const struct xa_node *node, unsigned int shift)
{
	int count = 0;

	CHECK_EQ(node->shift, shift);
	for (int i = 0; i < XA_CHUNK_SIZE; i++) {
		const struct xa_node *child = node->slots[i];
		bool full = child && (!shift || child->full == ~0UL);

		count += child != NULL;
		CHECK_EQ(!!(node->full & BIT(i)), full); /* X2 */
		for (int m = 0; m < XA_MAX_MARKS; m++) {
			bool marked = node->marks[m] & BIT(i);

			CHECK(child || !marked);
			if (child && shift)
				CHECK_EQ(marked, child->marks[m] != 0); /* X3 */
		}
		if (child && shift) {
			CHECK(child->parent == node && child->offset == i);
			check_node(child, shift - XA_CHUNK_SHIFT);
		}
	}
	CHECK_EQ(count, node->count); /* X1 */
	CHECK(count > 0);
}

static void check_shape(const struct xarray *xa)
{
	if (((unsigned long)xa->head & 3) == 2) {
		const struct xa_node *top = (void *)((unsigned long)xa->head & ~2UL);

		CHECK(!top->parent);
		check_node(top, top->shift);
	}
}

static int model_next(const struct model *m, unsigned long from, unsigned int mark)
{
	for (int i = 0; i < NR_KEYS; i++)
		if (m->keys[i] >= from && m->entries[i] && (mark == XA_PRESENT || m->marks[i][mark]))
			return i;
	return -1;
}

static void check_find(const struct model *m, unsigned long from, unsigned int mark)
{
	int want = model_next(m, from, mark);
	unsigned long index = from;
	void *entry = xa_find(&m->xa, &index, ULONG_MAX, mark);

	if (want < 0) {
		CHECK(!entry);
		CHECK_EQ(index, from);
		return;
	}
	CHECK(entry == m->entries[want]);
	CHECK_EQ(index, m->keys[want]);
	index = from;
	CHECK(m->keys[want] == 0 || m->keys[want] == from ||
	      !xa_find(&m->xa, &index, m->keys[want] - 1, mark));
}

static void check_against_model(const struct model *m)
{
	check_shape(&m->xa);
	for (int i = 0; i < NR_KEYS; i++) {
		CHECK(xa_load(&m->xa, m->keys[i]) == m->entries[i]);
		for (unsigned int j = 0; j < XA_MAX_MARKS; j++) {
			CHECK_EQ(xa_get_mark(&m->xa, m->keys[i], j), m->marks[i][j]);
			check_find(m, m->keys[i], j);
		}
		check_find(m, m->keys[i], XA_PRESENT);
	}
	for (unsigned int j = 0; j < XA_MAX_MARKS; j++)
		CHECK_EQ(xa_marked(&m->xa, j), model_next(m, 0, j) >= 0);
}

static void model_erase(struct model *m, int i)
{
	CHECK(xa_erase(&m->xa, m->keys[i]) == m->entries[i]);
	m->entries[i] = NULL;
	for (int j = 0; j < XA_MAX_MARKS; j++)
		m->marks[i][j] = false;
}

static void model_step(struct model *m)
{
	int i = unit_random() % NR_KEYS;
	unsigned int mark = unit_random() % XA_MAX_MARKS;
	void *entry = xa_mk_value(unit_random() >> 1);

	switch (unit_random() % 6) {
	case 0: case 1:
		CHECK(xa_store(&m->xa, m->keys[i], entry, 0) == m->entries[i]);
		m->entries[i] = entry;
		break;
	case 2:
		CHECK_EQ(xa_insert(&m->xa, m->keys[i], entry, 0), m->entries[i] ? -EBUSY : 0);
		m->entries[i] = m->entries[i] ? m->entries[i] : entry;
		break;
	case 3:
		model_erase(m, i);
		break;
	case 4:
		xa_set_mark(&m->xa, m->keys[i], mark);
		m->marks[i][mark] = m->entries[i] != NULL;
		break;
	case 5:
		xa_clear_mark(&m->xa, m->keys[i], mark);
		m->marks[i][mark] = false;
		break;
	}
}

TEST(random_operations_agree_with_a_plain_array)
{
	struct model m;

	for (int round = 0; round < 10; round++) {
		model_init(&m);
		for (int i = 0; i < 400; i++) {
			model_step(&m);
			check_against_model(&m);
		}
		for (int i = 0; i < NR_KEYS; i++)
			model_erase(&m, i);
		CHECK(xa_empty(&m.xa));
		CHECK_EQ(unit_live_nodes, 0);
	}
}

TEST(a_failed_allocation_changes_nothing)
{
	struct model m;

	model_init(&m);
	for (int i = 0; i < NR_KEYS; i++) {
		long nodes = unit_live_nodes;
		void *entry = xa_mk_value(i);

		for (int at = 1;; at++) {
			void *old;

			unit_fail_alloc_at = at;
			old = xa_store(&m.xa, m.keys[i], entry, 0);
			if (!xa_err(old))
				break;
			CHECK_EQ(xa_err(old), -ENOMEM);
			CHECK_EQ(unit_live_nodes, nodes);
			check_against_model(&m);
		}
		unit_fail_alloc_at = 0;
		m.entries[i] = entry;
		check_against_model(&m);
	}
	xa_destroy(&m.xa);
	CHECK_EQ(unit_live_nodes, 0);
}

TEST(destroy_frees_every_node)
{
	struct xarray xa;

	xa_init(&xa);
	for (int i = 0; i < 1000; i++)
		CHECK(!xa_err(xa_store(&xa, unit_random() >> (i % 64), xa_mk_value(i), 0)));
	xa_destroy(&xa);
	CHECK_EQ(unit_live_nodes, 0);
	CHECK(xa_empty(&xa));
}

TEST(a_lone_entry_at_zero_needs_no_node)
{
	struct xarray xa;

	xa_init(&xa);
	unit_fail_alloc_at = 1;
	CHECK(!xa_store(&xa, 0, xa_mk_value(7), 0));
	CHECK(xa_load(&xa, 0) == xa_mk_value(7));
	CHECK(!xa_load(&xa, 1));
	xa_set_mark(&xa, 0, XA_MARK_1);
	CHECK(xa_get_mark(&xa, 0, XA_MARK_1));
	CHECK(xa_erase(&xa, 0) == xa_mk_value(7));
	CHECK(!xa_get_mark(&xa, 0, XA_MARK_1));
}

TEST(iteration_survives_erasing_the_current_entry)
{
	struct xarray xa;
	unsigned long index;
	void *entry;
	int nr = 0;

	xa_init(&xa);
	for (unsigned long i = 0; i < 500; i++)
		CHECK(!xa_store(&xa, i * 37, xa_mk_value(i), 0));
	xa_for_each_range(&xa, index, entry, 37, 37 * 99) {
		CHECK_EQ(xa_to_value(entry) * 37, index);
		xa_erase(&xa, index);
		nr++;
	}
	CHECK_EQ(nr, 99);
	xa_for_each(&xa, index, entry)
		nr++;
	CHECK_EQ(nr, 500);
	xa_destroy(&xa);
}

TEST(replace_only_replaces_what_was_expected)
{
	struct xarray xa;

	xa_init(&xa);
	CHECK(!xa_store(&xa, 5, xa_mk_value(1), 0));
	xa_set_mark(&xa, 5, XA_MARK_0);
	CHECK(!xa_replace(&xa, 5, xa_mk_value(2), xa_mk_value(3)));
	CHECK(xa_replace(&xa, 5, xa_mk_value(1), xa_mk_value(3)));
	CHECK(xa_load(&xa, 5) == xa_mk_value(3));
	CHECK(xa_get_mark(&xa, 5, XA_MARK_0));
	xa_destroy(&xa);
}

TEST(find_free_gives_the_lowest_hole_from_anywhere)
{
	struct xarray xa;
	unsigned long index;
	bool taken[600] = { 0 };

	xa_init(&xa);
	for (int i = 0; i < 3000; i++) {
		unsigned long at = unit_random() % 600, from = unit_random() % 600, want = from;

		if (unit_random() % 4) {
			CHECK(!xa_err(xa_store(&xa, at, xa_mk_value(1), 0)));
			taken[at] = true;
		} else {
			xa_erase(&xa, at);
			taken[at] = false;
		}
		while (want < 600 && taken[want])
			want++;
		CHECK_EQ(xa_find_free(&xa, from, 599, &index), want < 600 ? 0 : -EBUSY);
		if (want < 600)
			CHECK_EQ(index, want);
	}
	CHECK_EQ(xa_find_free(&xa, ULONG_MAX, ULONG_MAX, &index), 0);
	CHECK(!xa_err(xa_store(&xa, ULONG_MAX, xa_mk_value(1), 0)));
	CHECK_EQ(xa_find_free(&xa, ULONG_MAX, ULONG_MAX, &index), -EBUSY);
	xa_destroy(&xa);
}

static void store_misaligned_pointer(void)
{
	struct xarray xa;

	xa_init(&xa);
	(void)xa_store(&xa, 0, (void *)2, 0);
}

TEST(an_entry_that_looks_like_a_node_is_refused)
{
	CHECK(unit_asserts(store_misaligned_pointer));
}
