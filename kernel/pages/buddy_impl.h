/* SPDX-License-Identifier: GPL-2.0-only */
/* buddy_impl.h - free blocks of one zone. All of these want zone->lock, interrupts off. */
#ifndef PAGES_BUDDY_IMPL_H
#define PAGES_BUDDY_IMPL_H

#include <pages/zone.h>

/* Put a block in, merged with its free buddies. */
void buddy_free_locked(struct zone *zone, struct page *page, unsigned int order);
/* Take a block out, the smallest that serves, split as needed; NULL when there is none. */
struct page *buddy_alloc_locked(struct zone *zone, unsigned int order);

#endif
