/* SPDX-License-Identifier: GPL-2.0-only */
/* slab_impl.h - the inside of a cache: magazines per CPU, slabs per node. */
#ifndef PAGES_SLAB_IMPL_H
#define PAGES_SLAB_IMPL_H

#include <pages/slab.h>
#include <pages/zone.h>
#include <lib/list.h>
#include <sync/spinlock.h>

#define MAX_CACHES	256
#define MAGAZINE_ROUNDS 60

/* Free objects of one cache, held by one CPU. */
struct magazine {
	u32 nr;
	u16 capacity;
	u8 is_busy;
	void *object[MAGAZINE_ROUNDS];
};

/* The slabs of one cache on one node. */
struct slab_node {
	spinlock_t lock; /* rank SLAB */
	struct list_head partial __guarded_by(&lock); /* 0 <= inuse < objects */
	struct list_head full __guarded_by(&lock);
	u64 nr_slabs __guarded_by(&lock);
	u64 nr_empty __guarded_by(&lock);
	u64 nr_inuse __guarded_by(&lock); /* objects outside slabs: live, or in magazines */
};

struct kmem_cache {
	const struct object_type *type;
	u32 object_size;
	u32 stride;	/* distance between objects */
	u32 link_at;	/* offset of the free link inside a free object */
	u32 live_at;	/* offset of the live mark; 0: this cache is not enumerated */
	u32 flags;
	u16 id;		/* place in slab_caches and slab_magazines */
	u16 objects;	/* per slab of the usual order */
	u8 order, order_least;
	u8 magazine_capacity; /* 0: no magazines (the cache that magazines come from) */
	struct slab_node node[]; /* numa.nr_nodes of them */
};

struct slab_caches {
	spinlock_t lock; /* rank LEAF: nr */
	u16 nr;
	struct kmem_cache *cache[MAX_CACHES];
	struct kmem_cache *magazines;
};
extern struct slab_caches slab_caches;

#define LIVE_MARK 0x11febeef0b1ec7edUL

/* Is the object handed out? For caches with live_at. */
static inline bool object_is_live(const struct kmem_cache *cache, const void *object)
{
	return READ_ONCE(*(const u64 *)((const char *)object + cache->live_at)) == LIVE_MARK;
}

/* Free objects that @cpu's magazine of @cache holds: an unlocked look. */
u32 slab_magazine_rounds(const struct kmem_cache *cache, int cpu);

/* A new slab of @cache, on no list; NULL: no memory. slab_node_add() takes one object out for the caller,
 * before others find the slab (a reservation counts one slab an object), and makes the rest available.
 */
struct page *slab_create(struct kmem_cache *cache, gfp_t gfp, int node);
void *slab_node_add(struct kmem_cache *cache, struct page *slab);
/* Take up to @want free objects of node @nid into @out; returns how many. */
u32 slab_node_take(struct kmem_cache *cache, int nid, void **out, u32 want);
/* Give @n objects back to their slabs, whose frames go back when they are empty and surplus. Any context. */
void slab_node_return(struct kmem_cache *cache, void **objects, u32 n);

void slab_init(void);
void kmalloc_init(void);
/* Boot: the first caches come from early memory. */
struct kmem_cache *slab_cache_boot_alloc(void);
void slab_cache_init(struct kmem_cache *cache, const struct object_type *type, size_t size,
		     size_t align, u32 flags);

#endif
