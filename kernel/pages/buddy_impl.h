/* SPDX-License-Identifier: GPL-2.0-only */
/* buddy_impl.h - free blocks of one zone. All of these want zone->lock, interrupts off. */
#ifndef PAGES_BUDDY_IMPL_H
#define PAGES_BUDDY_IMPL_H

#include <pages/zone.h>

/* Put a block in, merged with its free buddies. */
void buddy_free_locked(struct zone *zone, struct page *page, unsigned int order);
/* Take a block out, the smallest that serves, split as needed; NULL when there is none. */
struct page *buddy_alloc_locked(struct zone *zone, unsigned int order);

/* Frames that were promised and not drawn yet: they must be free. */
static inline unsigned long zone_undrawn_locked(const struct zone *zone)
{
	return zone->reserved - zone->reserve_drawn;
}

/* Can @nr frames go and leave @mark beside everything that is held back for others? */
static inline bool zone_can_spare_locked(const struct zone *zone, unsigned long nr, unsigned long mark)
{
	return zone->nr_free >= mark + zone->reserved + nr;
}

/* V1 of reserve_zone.c, in debug kernels: after each taking. */
static inline void zone_assert_promises_locked(const struct zone *zone)
{
#ifdef DEBUG_POISON
	KASSERT(zone->nr_free >= zone_undrawn_locked(zone));
#endif
}

#endif
