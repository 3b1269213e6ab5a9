/* SPDX-License-Identifier: GPL-2.0-only */
/* reserve_queue.h - the one line in which reservations wait that are not served at once. Bodies: reserve_queue.c. */
#ifndef PAGES_RESERVE_QUEUE_H
#define PAGES_RESERVE_QUEUE_H

#include <pages/reserve.h>
#include <pages/zone.h>

/* What everybody looks at who begins or ends. */
extern struct reserve_line {
	u32 nr_waiting;	  /* how many are in line; the line's lock */
	atomic_t nr_open; /* transactions */
} reserve_line;

/* Does anybody wait? Then who comes now waits behind. */
static inline bool reserve_queue_is_empty(void)
{
	return !READ_ONCE(reserve_line.nr_waiting);
}

/* Wait in line until @want more pages are placed for @reserve. 0, or -EINTR, -ENOMEM, (standing) -EPARK with what was placed still there. */
int reserve_queue_wait(struct reserve *reserve, unsigned long want, u32 nodes);
/* The first in line looks again. */
void reserve_queue_wake(void);

/* A transaction is open from now on. */
static inline void reserve_queue_note_open(void)
{
	atomic_inc(&reserve_line.nr_open);
}

/* It has ended: whoever is first looks again. */
static inline void reserve_queue_note_end(void)
{
	atomic_dec(&reserve_line.nr_open);
	smp_mb__after_atomic(); /* pairs with set_current_state() in sleep_in_line(): the end before the look at the line */
	if (unlikely(!reserve_queue_is_empty()))
		reserve_queue_wake();
}

/* Place up to @want pages that lie above the low watermark in the zones of @nodes, the nearest first; returns how many. */
unsigned long reserve_place_some(struct reserve *reserve, unsigned long want, u32 nodes);
/* Place @want more pages, down to the watermark @which, or none at all. */
bool reserve_place_all(struct reserve *reserve, unsigned long want, u32 nodes, enum zone_watermark which);

#endif
