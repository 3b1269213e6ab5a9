/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pages_port.h - what the page allocator needs from the folders above it: exactly one of them
 * (kernel/mm) defines these. They are called from any context that may sleep, with no lock held.
 */
#ifndef PAGES_PAGES_PORT_H
#define PAGES_PAGES_PORT_H

#include <pages/gfp.h>
#include <lib/types.h>

struct reserve;

/*
 * Free some frames so that a block of @order may become available on one of @nodes, the nearest to @node first, in a zone that @gfp may
 * have. Obeys @gfp: no file system without __GFP_FS, no I/O without __GFP_IO. Returns the
 * number of pages freed; 0 means no progress.
 */
size_t reclaim_pages_nodes(int node, u32 nodes, gfp_t gfp, unsigned int order);

/* The same for @nr_pages single frames of one node, but not more at once than the largest block has. */
size_t reclaim_pages(int node, gfp_t gfp, unsigned long nr_pages);

/*
 * Nothing more can be reclaimed for this request, which may be served from @nodes. True: a victim is dying or was already, try
 * again. False: there is nobody to kill (before the first user process, or for !__GFP_FS requests).
 */
bool out_of_memory(u32 nodes, gfp_t gfp, unsigned int order);

/*
 * Free memory is in pieces: move pages of files so that a block of @order appears on one of @nodes. Never reclaims. True: there is one in a
 * zone that has memory enough for the request.
 */
bool compact_pages(int node, u32 nodes, gfp_t gfp, unsigned int order);

/* Wake the reclaim threads of @node and of those after it in its zonelist that are short; any context. */
void reclaim_wake(int node, unsigned int order);

/* The current task's allocation scope: nofs, noio, reserve. Bits to clear, bits to set. */
gfp_t task_gfp_mask(gfp_t gfp);

/* May the current task use the whole reserve (it frees memory, or is being killed by the OOM killer)? */
bool task_may_use_reserve(void);

/* The open standing reserve that serves the current task, or NULL: to be used within the RCU section of the call. Not asked in interrupts. */
struct reserve *task_standing_reserve(void);

/*
 * The reserve of the kernel's own that the current task may draw for a request that found nothing else, or NULL. In any context but
 * interrupts, also under the zone's callers' spinlocks.
 */
struct reserve *task_kernel_reserve(gfp_t gfp);

/* Pages that reclaim could free (file lists, reclaimable slab): for si_mem_available and retries. */
unsigned long nr_reclaimable_pages(void);

#endif
