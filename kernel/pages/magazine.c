/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * magazine.c - each CPU's free objects of a cache, and the calls that hand objects out and take them back
 *
 * WHAT        A magazine is a CPU's stack of free objects of one cache. Allocating pops, freeing pushes: no lock and no atomic.
 *             Empty magazines are filled from slabs (slab.c) by half, full ones flushed by half, under the node's lock.
 *             kmem_cache_drain_all() empties all of them, each on its own CPU.
 * INVARIANTS  S3  is_busy of a magazine is set by whoever changes it on its CPU. An interrupt that
 *                 finds it set goes to the slabs. No other CPU touches it.
 *             S5  The live mark of an object (caches with an object id) is set between alloc and free.
 * LOCKING     Magazines: preemption off + is_busy.
 * ERRORS      NULL when there is no memory. Freeing never fails.
 * TESTS       selftest=pages
 */
#include "fault_impl.h"
#include "page_debug_impl.h"
#include "slab_impl.h"

#include <arch/cpu.h>
#include <arch/percpu.h>
#include <arch/preempt.h>
#include <arch/smp.h>
#include <lib/string.h>

struct slab_magazines {
	struct magazine *of[MAX_CACHES];
};
static DEFINE_PERCPU(struct slab_magazines, slab_magazines);

/* This CPU's magazine with is_busy set and preemption off, or NULL. S3. */
static __always_inline struct magazine *magazine_begin(struct kmem_cache *cache)
{
	struct magazine *mag;

	preempt_disable();
	mag = this_cpu_read(slab_magazines.of[cache->id]);
	if (likely(mag && !mag->is_busy)) {
		mag->is_busy = 1;
		barrier();
		return mag;
	}
	preempt_enable();
	return NULL;
}

static __always_inline void magazine_end(struct magazine *mag)
{
	barrier();
	mag->is_busy = 0;
	preempt_enable();
}

/* The first use of a cache on a CPU gives it a magazine, if that is to be had without waiting. */
static void magazine_install(struct kmem_cache *cache)
{
	struct magazine *mag;

	if (!cache->magazine_capacity || this_cpu_read(slab_magazines.of[cache->id]))
		return;
	mag = kmem_cache_alloc(slab_caches.magazines, GFP_NOWAIT | __GFP_NOWARN);
	if (!mag)
		return;
	mag->nr = 0;
	mag->capacity = cache->magazine_capacity;
	mag->is_busy = 0;
	preempt_disable();
	if (this_cpu_cmpxchg(slab_magazines.of[cache->id], (struct magazine *)NULL, mag) == NULL)
		mag = NULL;
	preempt_enable();
	if (mag)
		kmem_cache_free(slab_caches.magazines, mag);
}

static void *magazine_refill(struct kmem_cache *cache, int nid)
{
	struct magazine *mag = magazine_begin(cache);
	void *object = NULL;

	if (!mag)
		return NULL;
	if (!mag->nr)
		mag->nr = slab_node_take(cache, nid, mag->object, (mag->capacity + 1) / 2);
	if (mag->nr)
		object = mag->object[--mag->nr];
	magazine_end(mag);
	return object;
}

static noinline void *alloc_slow(struct kmem_cache *cache, gfp_t gfp, int nid)
{
	void *object = NULL;
	struct page *slab;

	if (nid == NUMA_NO_NODE) {
		nid = numa_node_id();
		magazine_install(cache);
		object = magazine_refill(cache, nid);
	}
	if (object || slab_node_take(cache, nid, &object, 1))
		return object;
	slab = slab_create(cache, gfp, nid);
	return slab ? slab_node_add(cache, slab) : NULL;
}

static noinline void free_slow(struct kmem_cache *cache, void *object)
{
	struct magazine *mag = magazine_begin(cache);
	void *flush[MAGAZINE_ROUNDS / 2 + 1];
	u32 n = 0;

	if (!mag) {
		slab_node_return(cache, &object, 1);
		return;
	}
	if (mag->nr == mag->capacity) {
		n = (mag->nr + 1) / 2;
		memcpy(flush, mag->object, n * sizeof(flush[0]));
		mag->nr -= n;
		memmove(mag->object, mag->object + n, mag->nr * sizeof(flush[0]));
	}
	mag->object[mag->nr++] = object;
	magazine_end(mag);
	slab_node_return(cache, flush, n);
}

/* All of this CPU's magazines but those that the interrupted code is changing. Interrupts are off. */
static void drain_run(void *unused)
{
	for (u32 i = 0; i < READ_ONCE(slab_caches.nr); i++) {
		struct kmem_cache *cache = slab_caches.cache[i];
		struct magazine *mag = magazine_begin(cache);

		if (!mag)
			continue;
		slab_node_return(cache, mag->object, mag->nr);
		mag->nr = 0;
		magazine_end(mag);
	}
}

static const struct ipi_ops drain_ops = { .name = "drain_slabs", .run = drain_run };

void kmem_cache_drain_all(void)
{
	smp_call_all(&drain_ops, NULL);
}

u32 slab_magazine_rounds(const struct kmem_cache *cache, int cpu)
{
	const struct magazine *mag = READ_ONCE(per_cpu(slab_magazines, cpu).of[cache->id]);

	return mag ? READ_ONCE(mag->nr) : 0;
}

/* --- the public face -------------------------------------------------------------------------------- */

static __always_inline void *hand_out(struct kmem_cache *cache, void *object, gfp_t gfp)
{
	if (unlikely(!object))
		return NULL;
	kasan_unpoison(object, cache->object_size);
	if (!(cache->flags & SLAB_TYPESAFE_RCU)) /* readers may write to those that are free */
		object_poison_check(cache->type->name, object, cache->link_at ? 0 : sizeof(void *),
			    cache->object_size);
	if (cache->live_at)
		WRITE_ONCE(*(u64 *)((char *)object + cache->live_at), LIVE_MARK); /* S5 */
	if (gfp & __GFP_ZERO)
		memset(object, 0, cache->object_size);
	return object;
}

void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp)
{
	struct magazine *mag;
	void *object;

	if (slab_should_fail(cache, gfp))
		return NULL;
	mag = magazine_begin(cache);
	if (likely(mag)) {
		if (likely(mag->nr)) {
			object = mag->object[--mag->nr];
			magazine_end(mag);
			return hand_out(cache, object, gfp);
		}
		magazine_end(mag);
	}
	return hand_out(cache, alloc_slow(cache, gfp, NUMA_NO_NODE), gfp);
}

void *kmem_cache_alloc_node(struct kmem_cache *cache, gfp_t gfp, int node)
{
	if (node == NUMA_NO_NODE || node == numa_node_id())
		return kmem_cache_alloc(cache, gfp);
	if (slab_should_fail(cache, gfp))
		return NULL;
	return hand_out(cache, alloc_slow(cache, gfp, node), gfp);
}

void kmem_cache_free(struct kmem_cache *cache, void *object)
{
	struct magazine *mag;

	if (unlikely(!object))
		return;
	if (cache->live_at) {
		KASSERT(object_is_live(cache, object)); /* S5: a second free */
		WRITE_ONCE(*(u64 *)((char *)object + cache->live_at), 0);
	}
	if (!(cache->flags & SLAB_TYPESAFE_RCU)) { /* readers may look at a free object and write its count */
		object_poison(object, cache->object_size);
		kasan_poison(object, cache->object_size, KASAN_FREE_OBJECT);
	}
	mag = magazine_begin(cache);
	if (likely(mag)) {
		if (likely(mag->nr < mag->capacity)) {
			mag->object[mag->nr++] = object;
			magazine_end(mag);
			return;
		}
		magazine_end(mag);
	}
	free_slow(cache, object);
}
