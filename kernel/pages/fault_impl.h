/* SPDX-License-Identifier: GPL-2.0-only */
/* fault_impl.h - allocation failure injection, seen from the allocators: one predicted branch when off. */
#ifndef PAGES_FAULT_IMPL_H
#define PAGES_FAULT_IMPL_H

#include <pages/alloc_fault.h>

bool alloc_fault_decide(gfp_t gfp, size_t size);

static inline bool alloc_should_fail(gfp_t gfp, size_t size)
{
	return unlikely(READ_ONCE(alloc_fault.is_armed)) && alloc_fault_decide(gfp, size);
}

#endif
