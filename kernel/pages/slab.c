/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * slab.c - caches of equal objects: the slabs of each node
 *
 * WHAT        A slab is a block of frames cut into objects; free ones are linked through themselves. Objects go out and come
 *             back by way of the CPUs' magazines (magazine.c). Empty slabs beyond a few go back to the zones.
 * INVARIANTS  S1  slab_inuse counts the objects outside the slab: live ones and those in magazines.
 *             S2  A slab is on exactly one list: partial when inuse < objects, else full.
 *             S4  page->private of a slab counts object_for_each() walks that look at it; while it is
 *                 not 0 the slab stays on its lists even when empty.
 * LOCKING     slab_node.lock, interrupts off, rank SLAB, outside ZONE only in that frames are freed after it is dropped.
 * LIFECYCLE   frames -> slab -> magazine -> live -> magazine -> slab -> frames
 * ERRORS      NULL when there is no memory. Freeing never fails.
 * TESTS       selftest=pages
 */
#include "page_debug_impl.h"
#include "slab_impl.h"

#include <pages/page_alloc.h>
#include <arch/cpu.h>
#include <arch/early_mem.h>
#include <arch/preempt.h>
#include <lib/string.h>
#include <log/printk.h>
#include <sync/rcu.h>

#define EMPTY_SLABS_KEPT 2
#define SLAB_MAX_ORDER	 3

struct slab_caches slab_caches = { .lock = SPINLOCK_INIT(RANK_LEAF) };

/* --- one slab -------------------------------------------------------------------------------- */

static inline void **link_of(const struct kmem_cache *cache, void *object)
{
	return (void **)((char *)object + cache->link_at);
}

static void slab_cut(struct kmem_cache *cache, struct page *slab, unsigned int order)
{
	char *base = page_address(slab);
	u32 n = (u32)((PAGE_SIZE << order) / cache->stride);

	slab->flags |= BIT(PG_slab);
	smp_wmb(); /* pairs with hold_movable() of mm: who takes the cache for a mapping sees the flag */
	slab->slab_cache = cache;
	slab->slab_free = NULL;
	slab->slab_inuse = 0;
	slab->slab_objects = n;
	for (u32 i = n; i-- > 0;) {
		char *object = base + (size_t)i * cache->stride;

		object_poison(object, cache->object_size);
		if (cache->live_at)
			*(u64 *)(object + cache->live_at) = 0;
		*link_of(cache, object) = slab->slab_free;
		slab->slab_free = object;
		kasan_poison(object, cache->object_size, KASAN_FREE_OBJECT);
	}
}

/* A larger slab is only wished for: nobody reclaims, or draws on a promise or a reserve, before the least one was asked for. */
#define WISH_NOT (__GFP_RESERVE | __GFP_RECLAIM | __GFP_MEMALLOC | __GFP_HIGH | __GFP_ATOMIC)
#define WISH	 (__GFP_NOMEMALLOC | __GFP_NOWARN | __GFP_NORETRY)

struct page *slab_create(struct kmem_cache *cache, gfp_t gfp, int node)
{
	gfp_t try = (gfp & ~(__GFP_ZERO | __GFP_NOFAIL | __GFP_ACCOUNT)) | __GFP_COMP;
	unsigned int order = cache->order;
	struct page *slab;

	if (cache->order > cache->order_least)
		try = (try & ~WISH_NOT) | WISH;
	slab = alloc_pages_node(node, try, order);
	if (!slab) {
		order = cache->order_least;
		slab = alloc_pages_node(node, (gfp & ~(__GFP_ZERO | __GFP_ACCOUNT)) | __GFP_COMP, order);
	}
	if (!slab)
		return NULL;
	slab_cut(cache, slab, order);
	mod_node_page_state(slab->node,
			    cache->flags & SLAB_RECLAIMABLE ? NR_SLAB_RECLAIMABLE : NR_SLAB_UNRECLAIMABLE,
			    1L << order);
	return slab;
}

static void slab_frames_free(struct page *slab)
{
	unsigned int order = slab->order;

	slab->slab_cache = NULL;
	smp_wmb(); /* as in slab_cut() */
	slab->flags &= ~BIT(PG_slab);
	atomic_set(&slab->pincount, 0); /* shares its word with the counts */
	free_pages(slab, order);
}

static void slab_rcu_reclaim(struct rcu_head *head)
{
	slab_frames_free(virt_to_page(head));
}

static const struct rcu_ops slab_rcu_ops = { .name = "slab", .reclaim = slab_rcu_reclaim };

/* The slab is empty and on no list. TYPESAFE_RCU: readers may still look at its objects. */
static void slab_destroy(struct page *slab)
{
	struct kmem_cache *cache = slab->slab_cache;

	mod_node_page_state(slab->node,
			    cache->flags & SLAB_RECLAIMABLE ? NR_SLAB_RECLAIMABLE : NR_SLAB_UNRECLAIMABLE,
			    -(1L << slab->order));
	kasan_unpoison(page_address(slab), PAGE_SIZE << slab->order);
	if (cache->flags & SLAB_TYPESAFE_RCU) {
		/* The free link of the first object is not needed any more; link_at leaves 16 bytes. */
		call_rcu((struct rcu_head *)link_of(cache, page_address(slab)), &slab_rcu_ops);
		return;
	}
	slab_frames_free(slab);
}

/* --- slabs of one node; lock held -------------------------------------------------------------- */

static void *slab_take_locked(struct kmem_cache *cache, struct slab_node *node, struct page *slab)
{
	void *object = slab->slab_free;

	kasan_unpoison(link_of(cache, object), sizeof(void *));
	slab->slab_free = *link_of(cache, object);
	if (slab->slab_inuse++ == 0)
		node->nr_empty--;
	if (slab->slab_inuse == slab->slab_objects)
		list_move(&slab->lru, &node->full); /* S2 */
	node->nr_inuse++;
	return object;
}

/* True: the slab became empty and was taken off its list; the caller destroys it after unlock. */
static bool slab_return_locked(struct kmem_cache *cache, struct slab_node *node, struct page *slab,
			       void *object)
{
	if (slab->slab_inuse == slab->slab_objects)
		list_move(&slab->lru, &node->partial); /* S2 */
	kasan_unpoison(link_of(cache, object), sizeof(void *));
	*link_of(cache, object) = slab->slab_free;
	slab->slab_free = object;
	kasan_poison(link_of(cache, object), sizeof(void *), KASAN_FREE_OBJECT);
	node->nr_inuse--;
	if (--slab->slab_inuse)
		return false;
	if (node->nr_empty < EMPTY_SLABS_KEPT || slab->private) {
		node->nr_empty++;
		list_move_tail(&slab->lru, &node->partial);
		return false;
	}
	list_del(&slab->lru);
	node->nr_slabs--;
	return true;
}

u32 slab_node_take(struct kmem_cache *cache, int nid, void **out, u32 want)
{
	struct slab_node *node = &cache->node[nid];
	unsigned long flags;
	u32 got = 0;

	spin_lock_irqsave(&node->lock, flags);
	while (got < want && !list_empty(&node->partial))
		out[got++] = slab_take_locked(cache, node,
					      list_first_entry(&node->partial, struct page, lru));
	spin_unlock_irqrestore(&node->lock, flags);
	return got;
}

void *slab_node_add(struct kmem_cache *cache, struct page *slab)
{
	struct slab_node *node = &cache->node[slab->node];
	unsigned long flags;
	void *object;

	spin_lock_irqsave(&node->lock, flags);
	list_add(&slab->lru, &node->partial);
	node->nr_slabs++;
	node->nr_empty++;
	object = slab_take_locked(cache, node, slab);
	spin_unlock_irqrestore(&node->lock, flags);
	return object;
}

/* Objects back to their slabs. Slabs that become empty are chained through lru.next and destroyed. */
void slab_node_return(struct kmem_cache *cache, void **objects, u32 n)
{
	struct page *doomed = NULL;

	for (u32 i = 0; i < n;) {
		int nid = compound_head(virt_to_page(objects[i]))->node;
		struct slab_node *node = &cache->node[nid];
		unsigned long flags;

		spin_lock_irqsave(&node->lock, flags);
		for (; i < n; i++) {
			struct page *slab = compound_head(virt_to_page(objects[i]));

			if (slab->node != nid)
				break;
			if (slab_return_locked(cache, node, slab, objects[i])) {
				slab->next = doomed;
				doomed = slab;
			}
		}
		spin_unlock_irqrestore(&node->lock, flags);
	}
	while (doomed) {
		struct page *slab = doomed;

		doomed = slab->next;
		slab->compound_head = 0;
		slab_destroy(slab);
	}
}

size_t kmem_cache_size(const struct kmem_cache *cache)
{
	return cache->object_size;
}

/* Take one empty slab off a node's list. */
static struct page *node_take_empty(struct kmem_cache *cache, int nid)
{
	struct slab_node *node = &cache->node[nid];
	struct page *slab, *found = NULL;
	unsigned long flags;

	spin_lock_irqsave(&node->lock, flags);
	list_for_each_entry(slab, &node->partial, lru) {
		if (slab->slab_inuse || slab->private)
			continue;
		found = slab;
		list_del(&slab->lru);
		node->nr_slabs--;
		node->nr_empty--;
		break;
	}
	spin_unlock_irqrestore(&node->lock, flags);
	if (found)
		found->compound_head = 0;
	return found;
}

size_t kmem_cache_shrink_all(void)
{
	size_t freed = 0;

	for (u32 i = 0; i < READ_ONCE(slab_caches.nr); i++) {
		for_each_node(nid) {
			struct page *slab;

			while ((slab = node_take_empty(slab_caches.cache[i], nid))) {
				freed += 1UL << slab->order;
				slab_destroy(slab);
			}
		}
	}
	return freed;
}

/* --- making caches ------------------------------------------------------------------------------------ */

static void choose_order(struct kmem_cache *cache)
{
	u32 want = cache->stride <= 512 ? 8 : (cache->stride <= 4096 ? 4 : 2);
	u32 order = get_order(cache->stride);

	cache->order_least = order;
	for (; order < SLAB_MAX_ORDER; order++) {
		size_t bytes = PAGE_SIZE << order;

		if (bytes / cache->stride >= want && bytes % cache->stride <= bytes / 8)
			break;
	}
	cache->order = order > cache->order_least ? order : cache->order_least;
	cache->objects = (PAGE_SIZE << cache->order) / cache->stride;
}

static void layout(struct kmem_cache *cache, size_t align)
{
	u32 end = ALIGN(cache->object_size, 8);

	/* The free link may overlay the object unless somebody looks at free objects. */
	cache->link_at = 0;
	if (cache->flags & SLAB_TYPESAFE_RCU) {
		cache->link_at = end;
		end += sizeof(struct rcu_head);
	}
	if (cache->type->id) {
		cache->live_at = end;
		end += sizeof(u64);
	}
	cache->stride = ALIGN(end, align);
}

static size_t slab_cache_bytes(void)
{
	return sizeof(struct kmem_cache) + numa.nr_nodes * sizeof(struct slab_node);
}

/* O1 of object.h. Caches of one type may be several (sizes of a nested thing): same owner, same name. */
static bool id_is_taken(const struct object_type *type)
{
	for (u32 i = 0; type->id && i < slab_caches.nr; i++) {
		const struct object_type *other = slab_caches.cache[i]->type;

		if (other->id == type->id && (strcmp(other->name, type->name) || strcmp(other->owner, type->owner)))
			return true;
	}
	return false;
}

void slab_cache_init(struct kmem_cache *cache, const struct object_type *type, size_t size,
		     size_t align, u32 flags)
{
	cache->type = type;
	cache->object_size = size < 8 ? 8 : size;
	cache->flags = flags;
	if (align < 8)
		align = 8;
	if ((flags & SLAB_HWCACHE_ALIGN) && align < 64)
		align = 64;
	layout(cache, align);
	choose_order(cache);
	cache->magazine_capacity = size <= 256 ? MAGAZINE_ROUNDS : (size <= 1024 ? 30 : (size <= 4096 ? 16 : 6));
	for (int nid = 0; nid < numa.nr_nodes; nid++) {
		spin_lock_init(&cache->node[nid].lock, RANK_SLAB);
		INIT_LIST_HEAD(&cache->node[nid].partial);
		INIT_LIST_HEAD(&cache->node[nid].full);
	}
	with_spinlock_irqsave(&slab_caches.lock);
	KASSERT(slab_caches.nr < MAX_CACHES && !id_is_taken(type));
	cache->id = slab_caches.nr;
	slab_caches.cache[cache->id] = cache;
	WRITE_ONCE(slab_caches.nr, cache->id + 1);
}

struct kmem_cache *kmem_cache_create(const struct object_type *type, size_t size, size_t align,
				     u32 flags)
{
	struct kmem_cache *cache;

	if (!size || size > KMALLOC_MAX_SIZE / 4 || READ_ONCE(slab_caches.nr) == MAX_CACHES)
		return NULL;
	cache = kzalloc(slab_cache_bytes(), GFP_KERNEL);
	if (cache)
		slab_cache_init(cache, type, size, align, flags);
	KASSERT(cache || !(flags & SLAB_PANIC));
	return cache;
}

void kmem_cache_choose_to_fail(const char *type_name, bool choose)
{
	with_spinlock_irqsave(&slab_caches.lock);
	for (u32 i = 0; i < slab_caches.nr; i++) {
		struct kmem_cache *cache = slab_caches.cache[i];

		if (!strcmp(cache->type->name, type_name))
			WRITE_ONCE(cache->flags, choose ? cache->flags | SLAB_FAILSLAB : cache->flags & ~SLAB_FAILSLAB);
	}
}

bool kmem_cache_is_chosen_to_fail(const char *type_name)
{
	with_spinlock_irqsave(&slab_caches.lock);
	for (u32 i = 0; i < slab_caches.nr; i++)
		if (slab_caches.cache[i]->flags & SLAB_FAILSLAB && !strcmp(slab_caches.cache[i]->type->name, type_name))
			return true;
	return false;
}

struct kmem_cache *slab_cache_boot_alloc(void)
{
	return phys_to_virt(early_alloc(slab_cache_bytes(), 64));
}

static const struct object_type magazine_type = { .name = "magazine", .owner = "pages" };

void slab_init(void)
{
	slab_caches.magazines = slab_cache_boot_alloc();
	slab_cache_init(slab_caches.magazines, &magazine_type, sizeof(struct magazine), 64, 0);
	slab_caches.magazines->magazine_capacity = 0;
}
