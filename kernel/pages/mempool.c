/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mempool.c - elements that are always there.
 *
 * WHAT        Theory in pages/mempool.h. The order of mempool_alloc(): the allocator without waiting and without the reserves; the pool; the
 *             allocator with reclaim, once; then waiting for an element, looking at the allocator again each LOOK_AGAIN_NS, for others
 *             may have freed what no element of this pool is.
 * LOCKING     pool->lock, rank LEAF, interrupts off; nothing is allocated, freed or woken under it.
 * TESTS       selftest=pages
 */
#include <pages/mempool.h>

#include <lib/errno.h>
#include <lib/string.h>
#include <lib/time_units.h>
#include <pages/page_alloc.h>
#include <pages/slab.h>
#include <sync/sync_port.h>

#define LOOK_AGAIN_NS NSEC_PER_SEC

/* --- kinds of elements ------------------------------------------------------------------------------------ */

static void *slab_alloc(const struct mempool *pool, gfp_t gfp)
{
	return kmem_cache_alloc(pool->cache, gfp);
}

static void slab_free(const struct mempool *pool, void *element)
{
	kmem_cache_free(pool->cache, element);
}

static void *size_alloc(const struct mempool *pool, gfp_t gfp)
{
	return kmalloc_any(pool->size, gfp);
}

static void size_free(const struct mempool *pool, void *element)
{
	kfree(element);
}

static void *block_alloc(const struct mempool *pool, gfp_t gfp)
{
	return alloc_pages(gfp, pool->order);
}

static void block_free(const struct mempool *pool, void *element)
{
	free_pages(element, pool->order);
}

static const struct mempool_ops slab_ops = { .name = "slab", .alloc = slab_alloc, .free = slab_free };
static const struct mempool_ops size_ops = { .name = "kmalloc", .alloc = size_alloc, .free = size_free };
static const struct mempool_ops block_ops = { .name = "pages", .alloc = block_alloc, .free = block_free };

/* --- what is kept ----------------------------------------------------------------------------------------- */

/* One of the kept; NULL: they are all out. */
static void *take_kept(struct mempool *pool)
{
	with_spinlock_irqsave(&pool->lock);
	return pool->nr_kept ? pool->kept[--pool->nr_kept] : NULL;
}

/* False: the pool is full. */
static bool keep(struct mempool *pool, void *element)
{
	with_spinlock_irqsave(&pool->lock);
	if (pool->nr_kept == pool->nr_min)
		return false;
	pool->kept[pool->nr_kept++] = element; /* M1 */
	return true;
}

static void note_wait(struct mempool *pool)
{
	with_spinlock_irqsave(&pool->lock);
	pool->nr_waits++;
}

static bool has_kept(struct mempool *pool)
{
	with_spinlock_irqsave(&pool->lock);
	return pool->nr_kept != 0;
}

/* --- the public face --------------------------------------------------------------------------------------- */

static int fill(struct mempool *pool)
{
	for (u32 i = 0; i < pool->nr_min; i++) {
		void *element = pool->ops->alloc(pool, GFP_KERNEL);

		if (!element) {
			mempool_fini(pool);
			return -ENOMEM;
		}
		(void)keep(pool, element);
	}
	return 0;
}

int mempool_init(struct mempool *pool, u32 nr_min, const struct mempool_ops *ops)
{
	spin_lock_init(&pool->lock, RANK_LEAF);
	init_waitqueue_head(&pool->wait);
	pool->ops = ops;
	pool->nr_min = nr_min;
	pool->nr_kept = 0;
	pool->nr_waits = 0;
	pool->kept = NULL;
	if (!nr_min)
		return -EINVAL;
	pool->kept = kmalloc_array(nr_min, sizeof(void *), GFP_KERNEL);
	return pool->kept ? fill(pool) : -ENOMEM;
}

int mempool_init_slab(struct mempool *pool, u32 nr_min, struct kmem_cache *cache)
{
	pool->cache = cache;
	return mempool_init(pool, nr_min, &slab_ops);
}

int mempool_init_kmalloc(struct mempool *pool, u32 nr_min, size_t size)
{
	pool->size = size;
	return size ? mempool_init(pool, nr_min, &size_ops) : -EINVAL;
}

int mempool_init_pages(struct mempool *pool, u32 nr_min, unsigned int order)
{
	pool->order = order;
	return order <= MAX_ORDER ? mempool_init(pool, nr_min, &block_ops) : -EINVAL;
}

void mempool_fini(struct mempool *pool)
{
	void *element;

	if (!pool->kept)
		return;
	while ((element = take_kept(pool)))
		pool->ops->free(pool, element);
	kfree(pool->kept);
	pool->kept = NULL;
}

/* An element without waiting for anybody. */
static void *alloc_now(struct mempool *pool, gfp_t gfp)
{
	void *element = pool->ops->alloc(pool, gfp);

	return element ? element : take_kept(pool);
}

void *mempool_alloc(struct mempool *pool, gfp_t gfp)
{
	gfp_t modest = (gfp & ~__GFP_NOFAIL) | __GFP_NOMEMALLOC | __GFP_NORETRY | __GFP_NOWARN;
	gfp_t at_once = modest & ~__GFP_DIRECT_RECLAIM;
	void *element = alloc_now(pool, at_once);

	KASSERT(!(gfp & __GFP_ZERO));
	if (element || !gfp_may_sleep(gfp))
		return element;
	element = alloc_now(pool, modest);
	while (!element) {
		note_wait(pool);
		(void)wait_event_deadline(pool->wait, has_kept(pool), ktime_get_ns() + LOOK_AGAIN_NS);
		element = alloc_now(pool, at_once);
	}
	return element;
}

void mempool_free(struct mempool *pool, void *element)
{
	if (!element)
		return;
	if (keep(pool, element))
		wake_up(&pool->wait);
	else
		pool->ops->free(pool, element);
}
