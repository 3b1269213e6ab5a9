/* SPDX-License-Identifier: GPL-2.0-only */
/* page_alloc_impl.h - per-CPU lists of single frames, and what slab and boot need of the allocator. */
#ifndef PAGES_PAGE_ALLOC_IMPL_H
#define PAGES_PAGE_ALLOC_IMPL_H

#include <pages/zone.h>

#define PCP_MAX 64

/* Single free frames of one zone of this CPU's node: a stack. Owned by the CPU, see page_stack.c. */
struct page_stack {
	u32 nr;
	u8 is_busy;
	struct page *page[PCP_MAX];
};

struct page_stacks {
	struct page_stack zone[MAX_NR_ZONES];
};
DECLARE_PERCPU(struct page_stacks, page_stacks);

/* The highest zone that may serve. */
static inline enum zone_type gfp_zone(gfp_t gfp)
{
	return gfp & (__GFP_DMA32 | __GFP_DMA) ? ZONE_DMA32 : ZONE_NORMAL;
}

/* A single frame of the CPU's own node from its stack; NULL sends the caller to the zones. */
struct page *page_stack_alloc(int node, gfp_t gfp);
/* Put a frame that has no reference any more on this CPU's stack; false: it belongs to another node, or the stack is being changed. */
bool page_stack_free(struct page *page);

/* This CPU's stacks go back to the zones. */
void drain_own_pages(void);

/* Whole free blocks at boot and for late frees: no per-CPU list, no checks of the descriptor. */
void free_block_to_zone(struct page *page, unsigned int order);

#endif
