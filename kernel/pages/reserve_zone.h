/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reserve_zone.h - holding back and giving up one zone's part of a reservation, inline. Theory: reserve_zone.c.
 *
 * Begin and end of a reservation are these and little else when nobody is in the way: tests/bench/costs.py counts their instructions.
 */
#ifndef PAGES_RESERVE_ZONE_H
#define PAGES_RESERVE_ZONE_H

#include <pages/reserve.h>
#include <pages/zone.h>

_Static_assert(RESERVE_ZONES == MAX_NUMNODES * MAX_NR_ZONES, "a share for each zone");

/* The place of @zone in reserve->share, and the opposite. */
static inline unsigned int reserve_zone_index(const struct zone *zone)
{
	return zone->index;
}

static inline struct zone *reserve_zone(unsigned int index)
{
	return &numa.node[index / MAX_NR_ZONES].zone[index % MAX_NR_ZONES];
}

/* What may not be promised: what is below the watermark, or must be left by requests for other zones, or was promised before. */
static inline unsigned long zone_kept_locked(const struct zone *zone, enum zone_watermark which)
{
	unsigned long mark = which == WMARK_NONE ? 0 : zone->watermark[which] + zone->lowmem_reserve[ZONE_NORMAL];

	return mark + zone->reserved;
}

static inline unsigned long reserve_zone_release_locked(struct reserve *reserve, struct zone *zone)
{
	struct reserve_share *share = &reserve->share[reserve_zone_index(zone)];
	unsigned long left = share->left, drawn = share->held - left;

	zone->reserved -= share->held;
	if (unlikely(drawn))
		zone->reserve_drawn -= drawn;
	*share = (struct reserve_share){ 0 };
	return left;
}

/*
 * Hold @nr frames of @zone that lie above the minimum back for @reserve, which has none of it: if they are there, and nobody else is at
 * the zone. Interrupts are on.
 */
static __always_inline bool reserve_zone_try_place(struct reserve *reserve, struct zone *zone, unsigned long nr)
{
	unsigned int index = reserve_zone_index(zone);
	bool ok;

	if (unlikely(!spin_trylock_irq(&zone->lock)))
		return false;
	ok = zone->nr_free >= zone_kept_locked(zone, WMARK_MIN) + nr;
	if (likely(ok)) {
		zone->reserved += nr;
		reserve->share[index] = (struct reserve_share){ (u32)nr, (u32)nr };
	}
	spin_unlock_irq(&zone->lock);
	if (likely(ok))
		WRITE_ONCE(reserve->zones, 1u << index); /* pairs with reserve_left() */
	return ok;
}

/* reserve_zone_release(), if nobody else is at @zone. Interrupts are on. */
static __always_inline bool reserve_zone_try_release(struct reserve *reserve, struct zone *zone, unsigned long *left)
{
	if (unlikely(!spin_trylock_irq(&zone->lock)))
		return false;
	*left = reserve_zone_release_locked(reserve, zone);
	spin_unlock_irq(&zone->lock);
	return true;
}

#endif
