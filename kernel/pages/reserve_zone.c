/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reserve_zone.c - one zone's part of a reservation: held back, drawn, given up.
 *
 * WHAT        A reservation is *placed*: so many frames of this zone. zone->reserved is the sum of what all reservations hold of
 *             it, and everybody's watermark lies above that sum. A draw takes a frame and, with it, its promise; in the
 *             watermark school the promise stays in `reserved` until the end, and reserve_drawn counts it.
 *             A standing reserve that was made smaller than what is drawn of it has a debt: so many frames come back without a promise.
 * INVARIANTS  V1  nr_free >= reserved - reserve_drawn: each undrawn promise has its frame in the buddy lists. Frames on per-CPU
 *                 stacks do not count. buddy.c asserts it in debug kernels whenever a block is taken.
 *             V2  zone->reserved is the sum of share.held, reserve_drawn of share.held - share.left, over all reservations.
 * LOCKING     zone->lock, rank ZONE, interrupts off: the shares of this zone, reserved, reserve_drawn, with nr_free.
 * ERRORS      Placing gives what there is. Drawing: NULL.
 * TESTS       selftest=reserve
 */
#include "buddy_impl.h"
#include "reserve_impl.h"
#include "reserve_zone.h"

static void note_zone(struct reserve *reserve, const struct zone *zone)
{
	WRITE_ONCE(reserve->zones, reserve->zones | 1u << reserve_zone_index(zone)); /* pairs with reserve_left() */
}

unsigned long reserve_zone_place(struct reserve *reserve, struct zone *zone, unsigned long want, enum zone_watermark which)
{
	struct reserve_share *share = &reserve->share[reserve_zone_index(zone)];
	unsigned long flags, kept, nr;

	spin_lock_irqsave(&zone->lock, flags);
	kept = zone_kept_locked(zone, which);
	nr = zone->nr_free > kept ? min(want, zone->nr_free - kept) : 0;
	zone->reserved += nr;
	share->held += nr;
	share->left += nr;
	spin_unlock_irqrestore(&zone->lock, flags);
	if (nr)
		note_zone(reserve, zone);
	return nr;
}

unsigned long reserve_zone_release(struct reserve *reserve, struct zone *zone)
{
	unsigned long flags, left;

	spin_lock_irqsave(&zone->lock, flags);
	left = reserve_zone_release_locked(reserve, zone);
	spin_unlock_irqrestore(&zone->lock, flags);
	return left;
}

void reserve_zone_merge(struct reserve *reserve, struct reserve *more, struct zone *zone)
{
	struct reserve_share *from = &more->share[reserve_zone_index(zone)], *to = &reserve->share[reserve_zone_index(zone)];
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	to->held += from->held;
	to->left += from->left;
	*from = (struct reserve_share){ 0 };
	spin_unlock_irqrestore(&zone->lock, flags);
	note_zone(reserve, zone);
}

void reserve_count_drawn(struct reserve *reserve, int nr)
{
	atomic_long_add(nr, &reserve->drawn);
	atomic_long_add(nr, &reserve->class->drawn);
}

/* @nr promises are kept, or (negative) not after all. V1 holds in between: call it before the frames are taken. */
static void settle_locked(struct reserve *reserve, struct zone *zone, struct reserve_share *share, int nr)
{
	reserve_count_drawn(reserve, nr);
	share->left -= nr;
	if (reserve->school == RESERVE_WATERMARK) {
		zone->reserve_drawn += nr;
		return;
	}
	share->held -= nr;
	zone->reserved -= nr;
}

unsigned long reserve_pay_debt(struct reserve *reserve, unsigned long nr)
{
	s64 debt = atomic_long_read(&reserve->debt);
	unsigned long paid = min(nr, (unsigned long)debt);

	while (paid && !atomic_long_try_cmpxchg(&reserve->debt, &debt, debt - paid))
		paid = min(nr, (unsigned long)debt);
	return paid;
}

void reserve_zone_pay_debt(struct reserve *reserve, struct zone *zone)
{
	struct reserve_share *share = &reserve->share[reserve_zone_index(zone)];
	unsigned long flags, paid;

	spin_lock_irqsave(&zone->lock, flags);
	paid = reserve_pay_debt(reserve, share->left);
	share->left -= paid;
	share->held -= paid;
	zone->reserved -= paid;
	spin_unlock_irqrestore(&zone->lock, flags);
}

void reserve_zone_refund_locked(struct reserve *reserve, struct zone *zone)
{
	if (unlikely(reserve_pay_debt(reserve, 1)))
		reserve_count_drawn(reserve, -1);
	else
		settle_locked(reserve, zone, &reserve->share[reserve_zone_index(zone)], -1);
}

static struct page *draw_locked(struct reserve *reserve, struct zone *zone, unsigned int order)
{
	struct reserve_share *share = &reserve->share[reserve_zone_index(zone)];
	int nr = 1 << order;
	struct page *page;

	if (share->left < (u32)nr)
		return NULL;
	settle_locked(reserve, zone, share, nr);
	page = buddy_alloc_locked(zone, order);
	if (!page)
		settle_locked(reserve, zone, share, -nr); /* no block so large: single frames are what is promised */
	else if (reserve->flags & RESERVE_STANDING)
		reserve_standing_mark(reserve, page);
	return page;
}

struct page *reserve_zone_draw(struct reserve *reserve, struct zone *zone, unsigned int order)
{
	unsigned long flags;
	struct page *page;

	spin_lock_irqsave(&zone->lock, flags);
	page = draw_locked(reserve, zone, order);
	spin_unlock_irqrestore(&zone->lock, flags);
	return page;
}
