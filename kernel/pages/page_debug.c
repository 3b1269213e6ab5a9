/* SPDX-License-Identifier: GPL-2.0-only */
/* page_debug.c - patterns in free memory (VARIANT=debug): a write after free is found at the next use. */
#include "page_debug_impl.h"

#include <lib/string.h>
#include <log/panic.h>
#include <log/printk.h>

static void check_pattern(const char *what, const void *base, size_t from, size_t to, u8 pattern)
{
	const u8 *bad = memchr_inv((const u8 *)base + from, pattern, to - from);

	if (bad)
		panic("%s %p was written after it was freed: byte %zu is %#x", what, base,
		      (size_t)(bad - (const u8 *)base), *bad);
}

void page_poison(struct page *page, unsigned int order)
{
	memset(page_address(page), POISON_PAGE, PAGE_SIZE << order);
}

void page_poison_check(struct page *page, unsigned int order)
{
	check_pattern("page", page_address(page), 0, PAGE_SIZE << order, POISON_PAGE);
	memset(page_address(page), POISON_FRESH, PAGE_SIZE << order);
}

void object_poison(void *object, size_t size)
{
	memset(object, POISON_FREE, size);
}

void object_poison_check(const char *cache, const void *object, size_t from, size_t to)
{
	check_pattern(cache, object, from, to, POISON_FREE);
}
