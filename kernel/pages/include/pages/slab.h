/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * slab.h - memory for objects smaller than a page, and the kmalloc family over it.
 *
 * Any context may call these; with a gfp that may sleep the caller must be allowed to sleep.
 * kfree and kmem_cache_free never sleep and take NULL.
 */
#ifndef PAGES_SLAB_H
#define PAGES_SLAB_H

#include <arch/kasan.h>
#include <pages/gfp.h>
#include <pages/object.h>

struct kmem_cache;

/* Flags of a cache. */
#define SLAB_HWCACHE_ALIGN 0x1u /* objects start on a 64-byte line */
#define SLAB_TYPESAFE_RCU  0x2u /* a slab's frames go back only after a grace period */
#define SLAB_ACCOUNT	   0x4u /* objects are charged to the task's cgroup */
#define SLAB_RECLAIMABLE   0x8u /* counted as reclaimable (dentries, inodes) */
#define SLAB_PANIC	   0x10u /* boot: no memory is a bug */
#define SLAB_FAILSLAB	   0x20u /* chosen for failslab/cache-filter; changes while the cache is in use */

/*
 * A cache for objects of @size bytes. @type names it and makes its live objects enumerable
 * (object.h). @align 0 means 8. NULL when there is no memory. A cache lives as long as the kernel.
 */
struct kmem_cache *kmem_cache_create(const struct object_type *type, size_t size, size_t align,
				     u32 flags) __must_check;

void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp) __must_check __malloc;
void *kmem_cache_alloc_node(struct kmem_cache *cache, gfp_t gfp, int node) __must_check __malloc;
void kmem_cache_free(struct kmem_cache *cache, void *object);
size_t kmem_cache_size(const struct kmem_cache *cache);

/* What memory can do without: kept stacks, ranges that wait for a flush, empty slabs; returns frames freed. May sleep, interrupts on. */
size_t pages_shrink(void);
/* Empty the CPUs' magazines into their slabs, so that what is free can be given back. Interrupts on; waits for the other CPUs. */
void kmem_cache_drain_all(void);
/* Give empty slabs of all caches back to the zones; returns frames freed. Any context that may sleep. */
size_t kmem_cache_shrink_all(void);

/* failslab/cache-filter: choose, or drop, the caches of the type with that name; and is one chosen? */
void kmem_cache_choose_to_fail(const char *type_name, bool choose);
bool kmem_cache_is_chosen_to_fail(const char *type_name);

static inline void *kmem_cache_zalloc(struct kmem_cache *cache, gfp_t gfp)
{
	return kmem_cache_alloc(cache, gfp | __GFP_ZERO);
}

#define KMALLOC_MAX_CACHE_SIZE 8192UL
#define KMALLOC_MAX_SIZE       (4UL << 20)
#define NR_KMALLOC_CACHES      13

/* Sizes of the kmalloc caches, ascending; kmalloc_index() maps a size to its place. */
static __always_inline unsigned int kmalloc_index(size_t size)
{
	return size <= 8      ? 0
	       : size <= 16   ? 1
	       : size <= 32   ? 2
	       : size <= 64   ? 3
	       : size <= 96   ? 4
	       : size <= 128  ? 5
	       : size <= 192  ? 6
	       : size <= 256  ? 7
	       : size <= 512  ? 8
	       : size <= 1024 ? 9
	       : size <= 2048 ? 10
	       : size <= 4096 ? 11
			      : 12;
}

struct kmalloc_table {
	struct kmem_cache *cache[NR_KMALLOC_CACHES];
};
extern struct kmalloc_table kmalloc_table; /* __final after slab_init() */

void *kmalloc_any(size_t size, gfp_t gfp) __must_check __malloc;

/* Natural alignment for powers of two, 8 otherwise. kmalloc(0) returns ZERO_SIZE_PTR. */
static __always_inline __must_check void *kmalloc(size_t size, gfp_t gfp)
{
	if (__builtin_constant_p(size) && size && size <= KMALLOC_MAX_CACHE_SIZE && !IS_SANITIZED)
		return kmem_cache_alloc(kmalloc_table.cache[kmalloc_index(size)], gfp);
	return kmalloc_any(size, gfp);
}

#define ZERO_SIZE_PTR ((void *)16)

void kfree(const void *object);
/* kfree that overwrites the object first: keys, passwords. */
void kfree_sensitive(const void *object);
/* Usable bytes of an object from kmalloc. */
size_t ksize(const void *object);
/* Grow or shrink; consumes @object on success, leaves it alone when it returns NULL. */
void *krealloc(const void *object, size_t size, gfp_t gfp) __must_check;
void *kmalloc_node(size_t size, gfp_t gfp, int node) __must_check __malloc;

static __always_inline __must_check void *kzalloc(size_t size, gfp_t gfp)
{
	return kmalloc(size, gfp | __GFP_ZERO);
}

static inline __must_check void *kmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return kmalloc(bytes, gfp);
}

static inline __must_check void *kcalloc(size_t n, size_t size, gfp_t gfp)
{
	return kmalloc_array(n, size, gfp | __GFP_ZERO);
}

char *kstrdup(const char *string, gfp_t gfp) __must_check;
char *kstrndup(const char *string, size_t max, gfp_t gfp) __must_check;
void *kmemdup(const void *source, size_t len, gfp_t gfp) __must_check;

/* kmalloc when it fits, else vmalloc. May sleep. Freed by kvfree() only. */
void *kvmalloc(size_t size, gfp_t gfp) __must_check __malloc;
void kvfree(const void *object);

static inline __must_check void *kvzalloc(size_t size, gfp_t gfp)
{
	return kvmalloc(size, gfp | __GFP_ZERO);
}

static inline __must_check void *kvmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return kvmalloc(bytes, gfp);
}

static inline __must_check void *kvcalloc(size_t n, size_t size, gfp_t gfp)
{
	return kvmalloc_array(n, size, gfp | __GFP_ZERO);
}

#endif
