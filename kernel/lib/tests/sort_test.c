/* SPDX-License-Identifier: GPL-2.0-only */
/* sort_test.c - proves sorting of every size against a count of values, odd element sizes, and search. */
#include "unit_test.h"
#include <lib/sort.h>
#include <string.h>

struct wide {
	u8 bytes[13];
};

static int compare_ints(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return x < y ? -1 : x > y;
}

static int compare_wide(const void *a, const void *b)
{
	return memcmp(a, b, 13);
}

static const struct sort_ops int_ops = { compare_ints };
static const struct sort_ops wide_ops = { compare_wide };

TEST(arrays_of_every_size_are_ordered_and_keep_their_elements)
{
	int values[100];

	for (int n = 0; n < 100; n++) {
		long sum = 0;

		for (int i = 0; i < n; i++)
			sum += values[i] = (int)(unit_random() % 50);
		sort(values, n, sizeof(int), &int_ops);
		for (int i = 0; i < n; i++) {
			sum -= values[i];
			CHECK(i == 0 || values[i - 1] <= values[i]);
		}
		CHECK_EQ(sum, 0);
	}
}

TEST(elements_of_odd_size_move_whole)
{
	struct wide items[40];

	for (int i = 0; i < 40; i++)
		memset(items[i].bytes, (int)(unit_random() % 200), 13);
	sort(items, 40, sizeof(items[0]), &wide_ops);
	for (int i = 0; i < 40; i++) {
		CHECK(items[i].bytes[0] == items[i].bytes[12]);
		CHECK(i == 0 || items[i - 1].bytes[0] <= items[i].bytes[0]);
	}
}

TEST(search_finds_each_element_and_nothing_else)
{
	int values[50];

	for (int n = 0; n < 50; n++) {
		for (int i = 0; i < n; i++)
			values[i] = i * 2;
		for (int key = -1; key <= n * 2; key++) {
			int *found = bsearch_sorted(&key, values, n, sizeof(int), &int_ops);
			bool there = key >= 0 && key % 2 == 0 && key / 2 < n;

			CHECK_EQ(found != NULL, there);
			CHECK(!found || *found == key);
		}
	}
}
