/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * page_debug_impl.h - what debug and sanitizer kernels do when memory changes hands; empty otherwise.
 *
 * DEBUG_POISON fills free memory with a pattern and checks it when it is handed out: a write after
 * free is found at the next allocation. SANITIZE_ADDRESS marks the shadow, so it is found at once.
 */
#ifndef PAGES_PAGE_DEBUG_IMPL_H
#define PAGES_PAGE_DEBUG_IMPL_H

#include <pages/kasan.h>
#include <pages/page.h>

#define POISON_FREE   0x6b
#define POISON_PAGE   0xaa
#define POISON_FRESH  0x5a /* handed out and not yet written */

#ifdef DEBUG_POISON
void page_poison(struct page *page, unsigned int order);
void page_poison_check(struct page *page, unsigned int order);
void object_poison(void *object, size_t size);
/* Bytes from @from to @to must still hold the pattern. Panics with the place. */
void object_poison_check(const char *cache, const void *object, size_t from, size_t to);
#else
static inline void page_poison(struct page *page, unsigned int order)
{
}
static inline void page_poison_check(struct page *page, unsigned int order)
{
}
static inline void object_poison(void *object, size_t size)
{
}
static inline void object_poison_check(const char *cache, const void *object, size_t from, size_t to)
{
}
#endif

static inline void page_debug_alloc(struct page *page, unsigned int order)
{
	kasan_unpoison(page_address(page), PAGE_SIZE << order);
	page_poison_check(page, order);
}

static inline void page_debug_free(struct page *page, unsigned int order)
{
	page_poison(page, order);
	kasan_poison(page_address(page), PAGE_SIZE << order, KASAN_FREE_PAGE);
}

#endif
