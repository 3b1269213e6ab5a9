/* SPDX-License-Identifier: GPL-2.0-only */
/* page_alloc.h - whole frames: blocks of 2^order pages from the zones. Bodies: buddy.c, page_alloc.c, page_stack.c. */
#ifndef PAGES_PAGE_ALLOC_H
#define PAGES_PAGE_ALLOC_H

#include <pages/gfp.h>
#include <pages/page.h>

#define MAX_ORDER	10 /* largest block: 2^10 pages = 4 MiB */
#define NR_PAGE_ORDERS	(MAX_ORDER + 1)
#define COSTLY_ORDER	3 /* up to here allocations are tried hard; above they may fail */
#define NUMA_NO_NODE	(-1)
#define NODES_ALL	(~0u) /* a set of nodes, one bit each */

/*
 * A block of 2^@order frames with refcount 1, or NULL. The frames are not compound unless
 * __GFP_COMP. Content is undefined unless __GFP_ZERO: whoever maps a frame into user space
 * passes __GFP_ZERO or overwrites all of it.
 */
struct page *alloc_pages(gfp_t gfp, unsigned int order) __must_check;
struct page *alloc_pages_node(int node, gfp_t gfp, unsigned int order) __must_check;
/* From the nodes of the set @nodes alone, the nearest to @node first. */
struct page *alloc_pages_nodes(int node, u32 nodes, gfp_t gfp, unsigned int order) __must_check;
/* A frame of @node that nobody will miss: above the low mark and all that is promised, whoever asks and whatever @gfp says. */
struct page *alloc_page_spare(int node, gfp_t gfp) __must_check;

/* Drops the reference of a block that was allocated with this order; frees it when it was the last. */
void free_pages(struct page *page, unsigned int order);

/* A compound block as a folio, refcount 1. Freed by the last folio_put(). */
struct folio *alloc_folio(gfp_t gfp, unsigned int order) __must_check;
struct folio *alloc_folio_node(int node, gfp_t gfp, unsigned int order) __must_check;

/*
 * Up to @n single frames into @pages[], for callers that want many. Returns how many it got;
 * fewer than @n only when memory is short. Each is freed by its own put_page().
 */
size_t alloc_pages_bulk(gfp_t gfp, size_t n, struct page **pages);

/* Make 2^@order independent pages out of a block that is not compound: each has refcount 1 then. */
void split_page(struct page *page, unsigned int order);

static inline struct page *alloc_page(gfp_t gfp)
{
	return alloc_pages(gfp, 0);
}

/* Address-based face, for kernel buffers of whole pages. */
void *get_free_pages(gfp_t gfp, unsigned int order) __must_check;
void free_pages_addr(const void *addr, unsigned int order);

static inline void *get_free_page(gfp_t gfp)
{
	return get_free_pages(gfp, 0);
}

static inline void *get_zeroed_page(gfp_t gfp)
{
	return get_free_pages(gfp | __GFP_ZERO, 0);
}

static inline void free_page(const void *addr)
{
	if (addr)
		free_pages_addr(addr, 0);
}

/* A physically contiguous buffer of @size bytes, rounded up to pages (tail pages are given back). */
void *alloc_pages_exact(size_t size, gfp_t gfp) __must_check;
void free_pages_exact(const void *addr, size_t size);

/* The smallest order whose block holds @size bytes. */
static inline unsigned int get_order(size_t size)
{
	size_t pages = (size + PAGE_SIZE - 1) >> PAGE_SHIFT;

	return pages <= 1 ? 0 : 64 - (unsigned int)__builtin_clzl(pages - 1);
}

/* Pages that per-CPU lists hold go back to the zones (every CPU; may sleep). */
void drain_all_pages(void);

/* Frames in the allocator (managed), and free right now; of these, promised to holders of reservations. */
unsigned long nr_managed_pages(void);
unsigned long nr_free_pages(void);
unsigned long nr_promised_pages(void);

/* Where a task's scope says "no FS", "no I/O" or "reserve allowed": see pages_port.h. */
gfp_t gfp_in_scope(gfp_t gfp);

#endif
