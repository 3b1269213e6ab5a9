/* SPDX-License-Identifier: GPL-2.0-only */
/* alloc_policy.h - what the administrator decides of allocations that find nothing: vm.small_allocation, vm.allocation_stall_ms. */
#ifndef PAGES_ALLOC_POLICY_H
#define PAGES_ALLOC_POLICY_H

#include <lib/types.h>
#include <sync/thread.h>

struct alloc_policy {
	bool small_may_fail; /* blocks up to COSTLY_ORDER: true: -ENOMEM when reclaim is at its end; false: kill, and wait, as Linux does */
	int stall_ms;	     /* who waits so long for memory is named in the log; 0: nobody */
};
extern struct alloc_policy alloc_policy;

/*
 * How many requests of this thread found nothing when reclaim was at its end, and failed where Linux would have killed somebody. Who has
 * no error to return compares two of these, and kills.
 */
static inline u32 nr_alloc_refused(void)
{
	return current_thread()->nr_refused;
}

/* The nodes that the last of them might have come from. */
static inline u32 alloc_refused_nodes(void)
{
	return current_thread()->refused_nodes;
}

/* Allocations that wait right now for memory that others must free. */
u32 nr_alloc_stalls(void);

#endif
