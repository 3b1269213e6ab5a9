/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * object.c - who lives: enumeration of a type's instances, and the list of types.
 *
 * WHAT        A walk pins one slab at a time, so that it can't go back to the zones, visits its live objects without a lock, and goes on to the next.
 * INVARIANTS  V1  A pinned slab stays on a list of its node; the walk finds its way on from it.
 *             V2  Slabs that move between the lists during a walk may be seen twice or missed; with
 *                 the machine still nothing moves (O2 in object.h).
 * LOCKING     slab_node.lock between slabs.
 */
#include "slab_impl.h"

#include <pages/object.h>
#include <pages/page_alloc.h>
#include <arch/cpu.h>

#define RESTARTS_MAX 4

static int visit_slab(struct kmem_cache *cache, struct page *slab, struct object_visitor *visitor)
{
	char *base = page_address(slab);

	for (u32 i = 0; i < slab->slab_objects; i++) {
		void *object = base + (size_t)i * cache->stride;
		int ret = object_is_live(cache, object) ? visitor->visit(visitor, object) : 0;

		if (ret)
			return ret;
	}
	return 0;
}

/* Visit @slab with the node's lock dropped. S4 of slab.c. */
static int visit_pinned(struct kmem_cache *cache, struct slab_node *node, struct page *slab,
			struct object_visitor *visitor, unsigned long *flags)
{
	int ret;

	slab->private++;
	spin_unlock_irqrestore(&node->lock, *flags);
	ret = visit_slab(cache, slab, visitor);
	spin_lock_irqsave(&node->lock, *flags);
	slab->private--;
	return ret;
}

static bool is_full(const struct page *slab)
{
	return slab->slab_inuse == slab->slab_objects;
}

static int visit_list(struct kmem_cache *cache, struct slab_node *node, bool want_full,
		      struct object_visitor *visitor)
{
	struct list_head *head = want_full ? &node->full : &node->partial;
	struct list_head *at;
	unsigned int restarts = 0;
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&node->lock, flags);
	for (at = head->next; at != head && !ret; at = at->next) {
		struct page *slab = list_entry(at, struct page, lru);

		if (!slab->slab_inuse)
			continue;
		ret = visit_pinned(cache, node, slab, visitor, &flags);
		if (is_full(slab) == want_full)
			continue;
		/* It moved to the other list meanwhile: start over, a few times (V2). */
		if (++restarts > RESTARTS_MAX)
			break;
		at = head;
	}
	spin_unlock_irqrestore(&node->lock, flags);
	return ret;
}

int object_for_each(struct kmem_cache *cache, struct object_visitor *visitor)
{
	int ret = 0;

	KASSERT(cache->live_at);
	for (int nid = 0; nid < numa.nr_nodes && !ret; nid++) {
		ret = visit_list(cache, &cache->node[nid], false, visitor);
		if (!ret)
			ret = visit_list(cache, &cache->node[nid], true, visitor);
	}
	return ret;
}

/* --- the list of types ------------------------------------------------------------------------- */

static u32 rounds_in_magazines(const struct kmem_cache *cache)
{
	u32 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += slab_magazine_rounds(cache, cpu);
	return sum;
}

bool object_stats_at(size_t n, struct object_stats *stats)
{
	struct kmem_cache *cache;
	u64 inuse = 0, slabs = 0;
	u32 cached;

	if (n >= READ_ONCE(slab_caches.nr))
		return false;
	cache = slab_caches.cache[n];
	for (int nid = 0; nid < numa.nr_nodes; nid++) {
		with_spinlock_irqsave(&cache->node[nid].lock);
		inuse += cache->node[nid].nr_inuse;
		slabs += cache->node[nid].nr_slabs;
	}
	cached = rounds_in_magazines(cache);
	*stats = (struct object_stats){
		.type = cache->type,
		.object_size = cache->object_size,
		.slab_order = cache->order,
		.objects_per_slab = cache->objects,
		.nr_live = inuse > cached ? inuse - cached : 0,
		.nr_total = slabs * cache->objects,
		.nr_slabs = slabs,
	};
	return true;
}
