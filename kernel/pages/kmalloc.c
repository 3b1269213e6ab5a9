/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmalloc.c - memory by size: thirteen slab caches, whole blocks above them, and what builds on both.
 *
 * WHAT        A size finds its cache by comparison, at compile time when it is a constant. Above 8 KiB blocks of frames serve.
 * INVARIANTS  K1  An address from kmalloc is either inside a PG_slab block or the start of a compound
 *                 block, so kfree() needs no size.
 * ERRORS      NULL. kmalloc(0) is ZERO_SIZE_PTR, which kfree() takes.
 */
#include "fault_impl.h"
#include "page_debug_impl.h"
#include "slab_impl.h"

#include <pages/page_alloc.h>
#include <pages/reserve.h>
#include <pages/vmalloc.h>
#include <lib/lib_port.h>
#include <lib/string.h>
#include <lib/xarray.h>
#include <sync/rcu.h>

struct kmalloc_table kmalloc_table;

#define KMALLOC_SIZES(X) \
	X(8) X(16) X(32) X(64) X(96) X(128) X(192) X(256) X(512) X(1024) X(2048) X(4096) X(8192)
#define SIZE_ROW(n) n,
static const u16 kmalloc_sizes[NR_KMALLOC_CACHES] = { KMALLOC_SIZES(SIZE_ROW) };
#define TYPE_ROW(n) { .name = "kmalloc-" #n, .owner = "pages" },
static const struct object_type kmalloc_types[NR_KMALLOC_CACHES] = { KMALLOC_SIZES(TYPE_ROW) };

static const struct object_type xa_node_type = { .name = "xa_node", .owner = "lib" };
static struct {
	struct kmem_cache *xa_node;
} kmalloc_state;

static bool is_empty_object(const void *object)
{
	return (unsigned long)object <= (unsigned long)ZERO_SIZE_PTR;
}

static void *kmalloc_large(size_t size, gfp_t gfp, int node)
{
	struct page *page;

	if (size > KMALLOC_MAX_SIZE)
		return NULL;
	page = alloc_pages_node(node, gfp | __GFP_COMP, get_order(size));
	return page ? page_address(page) : NULL;
}

void *kmalloc_node(size_t size, gfp_t gfp, int node)
{
	if (!size)
		return ZERO_SIZE_PTR;
	if (size <= KMALLOC_MAX_CACHE_SIZE) {
		unsigned int index = kmalloc_index(size);

		return kasan_redzone(kmem_cache_alloc_node(kmalloc_table.cache[index], gfp, node), size,
				     kmalloc_sizes[index]);
	}
	return kmalloc_large(size, gfp, node);
}

void *kmalloc_any(size_t size, gfp_t gfp)
{
	return kmalloc_node(size, gfp, NUMA_NO_NODE);
}

void kfree(const void *object)
{
	struct page *page;

	if (is_empty_object(object))
		return;
	page = compound_head(virt_to_page(object));
	if (likely(page_test(page, PG_slab))) {
		kmem_cache_free(page->slab_cache, (void *)object);
		return;
	}
	KASSERT(page_address(page) == object); /* K1 */
	free_pages(page, page->order);
}

size_t ksize(const void *object)
{
	struct page *page;

	if (is_empty_object(object))
		return 0;
	page = compound_head(virt_to_page(object));
	return page_test(page, PG_slab) ? kmem_cache_size(page->slab_cache) : PAGE_SIZE << page->order;
}

void kfree_sensitive(const void *object)
{
	size_t size = ksize(object);

	if (size) {
		kasan_redzone((void *)object, size, size);
		memset((void *)object, 0, size);
		barrier();
	}
	kfree(object);
}

void *krealloc(const void *object, size_t size, gfp_t gfp)
{
	size_t old = ksize(object);
	void *grown;

	if (!size) {
		kfree(object);
		return ZERO_SIZE_PTR;
	}
	if (old >= size && old <= 2 * size)
		return kasan_redzone((void *)object, size, old);
	grown = kmalloc_any(size, gfp);
	if (!grown)
		return NULL;
	if (old) {
		kasan_redzone((void *)object, old, old);
		memcpy(grown, object, old < size ? old : size);
	}
	kfree(object);
	return grown;
}

void *kmemdup(const void *source, size_t len, gfp_t gfp)
{
	void *copy = kmalloc_any(len, gfp);

	if (copy && len)
		memcpy(copy, source, len);
	return copy;
}

char *kstrndup(const char *string, size_t max, gfp_t gfp)
{
	size_t len;
	char *copy;

	if (!string)
		return NULL;
	len = strnlen(string, max);
	copy = kmalloc_any(len + 1, gfp);
	if (!copy)
		return NULL;
	memcpy(copy, string, len);
	copy[len] = '\0';
	return copy;
}

char *kstrdup(const char *string, gfp_t gfp)
{
	return kstrndup(string, SIZE_MAX - 1, gfp);
}

void *kvmalloc(size_t size, gfp_t gfp)
{
	gfp_t first = size > PAGE_SIZE ? (gfp | __GFP_NOWARN | __GFP_NORETRY) & ~__GFP_NOFAIL : gfp;
	void *memory = kmalloc_any(size, first);

	if (memory || size <= PAGE_SIZE)
		return memory;
	return vmalloc_gfp(size, gfp);
}

void kvfree(const void *object)
{
	if (is_vmalloc_addr(object))
		vfree(object);
	else
		kfree(object);
}

/* --- ports of lib ---------------------------------------------------------------------------- */

void *xa_node_alloc(gfp_t gfp)
{
	return kmem_cache_zalloc(kmalloc_state.xa_node, gfp);
}

long reserve_node_pages(unsigned long nr)
{
	return reserve_slab_pages(kmalloc_state.xa_node, nr);
}

static void xa_node_reclaim(struct rcu_head *head)
{
	kmem_cache_free(kmalloc_state.xa_node, container_of(head, struct xa_node, rcu));
}

static const struct rcu_ops xa_node_rcu_ops = { .name = "xa_node", .reclaim = xa_node_reclaim };

void xa_node_free_rcu(struct xa_node *node)
{
	call_rcu(&node->rcu, &xa_node_rcu_ops);
}

void kmalloc_init(void)
{
	for (int i = 0; i < NR_KMALLOC_CACHES; i++) {
		size_t size = kmalloc_sizes[i];
		struct kmem_cache *cache = slab_cache_boot_alloc();

		slab_cache_init(cache, &kmalloc_types[i], size, is_power_of_2(size) ? size : 8, 0);
		kmalloc_table.cache[i] = cache;
	}
	kmalloc_state.xa_node = slab_cache_boot_alloc();
	slab_cache_init(kmalloc_state.xa_node, &xa_node_type, sizeof(struct xa_node), 8,
			SLAB_RECLAIMABLE);
}
