/* SPDX-License-Identifier: GPL-2.0-only */
/* fault_impl.h - allocation failure injection, seen from the allocators: one predicted branch when off. */
#ifndef PAGES_FAULT_IMPL_H
#define PAGES_FAULT_IMPL_H

#include <pages/alloc_fault.h>

bool alloc_fault_page(gfp_t gfp, unsigned int order);
bool alloc_fault_slab(const struct kmem_cache *cache, gfp_t gfp);

static inline bool page_should_fail(gfp_t gfp, unsigned int order)
{
	return unlikely(atomic_read(&alloc_fault.nr_reasons)) && alloc_fault_page(gfp, order);
}

static inline bool slab_should_fail(const struct kmem_cache *cache, gfp_t gfp)
{
	return unlikely(atomic_read(&alloc_fault.nr_reasons)) && alloc_fault_slab(cache, gfp);
}

#endif
