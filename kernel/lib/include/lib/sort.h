/* SPDX-License-Identifier: GPL-2.0-only */
/* sort.h - sorting of arrays in place (heap sort: no recursion, no memory, n log n at worst) and search. */
#ifndef LIB_SORT_H
#define LIB_SORT_H

#include <lib/types.h>

struct sort_ops {
	/* < 0, 0, > 0 as @a sorts before, with or after @b. */
	int (*compare)(const void *a, const void *b);
};

void sort(void *base, size_t nr, size_t size, const struct sort_ops *ops);
/* An element that compares equal to @key, or NULL. */
void *bsearch_sorted(const void *key, const void *base, size_t nr, size_t size,
		     const struct sort_ops *ops);

#endif
