/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mempool.h - equal elements, of which a few are always there: a layer that must go on when memory is short keeps them.
 *
 * WHAT        The pool stands behind the allocator: as long as that has memory the pool keeps its elements. When it has none, an element of the
 *             pool goes out; when there is none either, a caller who may sleep waits for one to come back. So mempool_alloc() with a
 *             sleeping gfp always succeeds, if every element that is out comes back without an allocation from the same pool.
 * INVARIANTS  M1  nr_kept + (elements out of the pool's own) >= nr_min, from init to fini: an element that comes back fills the pool first.
 *             M2  Layers that stand on each other never share a pool (docs/allocation.md).
 * LOCKING     pool->lock (rank LEAF), interrupts off. mempool_free() from any context; mempool_alloc() from any that its gfp permits.
 * ERRORS      mempool_init_*: -ENOMEM, -EINVAL. mempool_alloc: NULL only without __GFP_DIRECT_RECLAIM.
 */
#ifndef PAGES_MEMPOOL_H
#define PAGES_MEMPOOL_H

#include <pages/gfp.h>
#include <sync/spinlock.h>
#include <sync/wait.h>

struct kmem_cache;
struct mempool;

struct mempool_ops {
	const char *name;
	void *(*alloc)(const struct mempool *pool, gfp_t gfp); /* or NULL */
	void (*free)(const struct mempool *pool, void *element);
};

struct mempool {
	spinlock_t lock;
	u32 nr_min;		       /* __final */
	u32 nr_kept __guarded_by(&lock);
	void **kept __guarded_by(&lock); /* nr_min places */
	const struct mempool_ops *ops; /* __final */
	union {			       /* __final; ops' */
		struct kmem_cache *cache;
		size_t size;
		unsigned int order;
	};
	u64 nr_waits __guarded_by(&lock); /* allocations that had to wait for an element */
	struct wait_queue_head wait;
};

/* The caller's storage gets @nr_min >= 1 elements: objects of @cache, blocks of @size bytes from kmalloc, blocks of 2^@order pages. */
int mempool_init_slab(struct mempool *pool, u32 nr_min, struct kmem_cache *cache) __must_check;
int mempool_init_kmalloc(struct mempool *pool, u32 nr_min, size_t size) __must_check;
int mempool_init_pages(struct mempool *pool, u32 nr_min, unsigned int order) __must_check;
/* The same for elements of one's own. */
int mempool_init(struct mempool *pool, u32 nr_min, const struct mempool_ops *ops) __must_check;
/* All elements are back. Of a pool whose init failed, or of zeroes: nothing happens. */
void mempool_fini(struct mempool *pool);

/* An element: struct page * of a pool of pages. Its content is undefined; __GFP_ZERO is refused (an element of the pool is not zeroed). */
void *mempool_alloc(struct mempool *pool, gfp_t gfp) __must_check;
void mempool_free(struct mempool *pool, void *element);

#endif
