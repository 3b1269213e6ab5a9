/* SPDX-License-Identifier: GPL-2.0-only */
/* reserve_queue.h - the one line in which reservations wait that are not served at once. Bodies: reserve_queue.c. */
#ifndef PAGES_RESERVE_QUEUE_H
#define PAGES_RESERVE_QUEUE_H

#include <pages/reserve.h>

/* Does anybody wait? Then who comes now waits behind. */
bool reserve_queue_is_empty(void);
/* How many wait: tests. */
unsigned int reserve_queue_length(void);
/* Wait in line until @want more pages are placed for @reserve. 0, or -EINTR, -ENOMEM, (standing) -EPARK with what was placed still there. */
int reserve_queue_wait(struct reserve *reserve, unsigned long want, u32 nodes);
/* A transaction is open from now on / has ended: whoever is first looks again. */
void reserve_queue_note_open(void);
void reserve_queue_note_end(void);
/* Place up to @want pages that lie above the low watermark in the zones of @nodes, the nearest first; returns how many. */
unsigned long reserve_place_some(struct reserve *reserve, unsigned long want, u32 nodes);
/* Place @want more pages, down to the minimum, or none at all. */
bool reserve_place_all(struct reserve *reserve, unsigned long want, u32 nodes);

#endif
