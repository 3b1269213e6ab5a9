/* SPDX-License-Identifier: GPL-2.0-only */
/* leaks.h - are there more objects of the kernel at the end of the tests, or of one of them, than at the beginning? */
#ifndef TESTS_LEAKS_H
#define TESTS_LEAKS_H

#define LEAK_TYPES_MAX 64

struct leak_counts {
	long live[LEAK_TYPES_MAX];
};

/* Count. Kernels without a registry (Debian's) have nothing to count. */
void leaks_begin(struct leak_counts *before);
/* Wait until no type has more; prints "leak: ..." for each that still has after a while, naming @what if it is not NULL. */
void leaks_end(const struct leak_counts *before, const char *what);

#endif
