/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sort.c - heap sort and binary search over arrays of elements of any size.
 *
 * WHAT        Heap sort needs no memory and no recursion and has no bad case; kernels sort small tables.
 * TESTS       tests/sort_test.c
 */
#include <lib/sort.h>
#include <lib/string.h>

static void swap_elements(u8 *a, u8 *b, size_t size)
{
	for (; size >= 8; size -= 8, a += 8, b += 8) {
		u64 x, y;

		memcpy(&x, a, 8);
		memcpy(&y, b, 8);
		memcpy(a, &y, 8);
		memcpy(b, &x, 8);
	}
	for (; size; size--, a++, b++)
		swap(*a, *b);
}

/* Let the element at @root sink until both its children are no greater. */
static void sift_down(u8 *base, size_t root, size_t nr, size_t size, const struct sort_ops *ops)
{
	size_t child;

	for (; (child = 2 * root + 1) < nr; root = child) {
		if (child + 1 < nr &&
		    ops->compare(base + child * size, base + (child + 1) * size) < 0)
			child++;
		if (ops->compare(base + root * size, base + child * size) >= 0)
			return;
		swap_elements(base + root * size, base + child * size, size);
	}
}

void sort(void *base, size_t nr, size_t size, const struct sort_ops *ops)
{
	for (size_t root = nr / 2; root--;)
		sift_down(base, root, nr, size, ops);
	while (nr > 1) {
		nr--;
		swap_elements(base, (u8 *)base + nr * size, size);
		sift_down(base, 0, nr, size, ops);
	}
}

void *bsearch_sorted(const void *key, const void *base, size_t nr, size_t size,
		     const struct sort_ops *ops)
{
	const u8 *first = base;

	while (nr) {
		const u8 *middle = first + nr / 2 * size;
		int order = ops->compare(key, middle);

		if (!order)
			return (void *)middle;
		if (order > 0) {
			first = middle + size;
			nr--;
		}
		nr /= 2;
	}
	return NULL;
}
