/* SPDX-License-Identifier: GPL-2.0-only */
/* reserve_impl.h - reservations as the allocator sees them. */
#ifndef PAGES_RESERVE_IMPL_H
#define PAGES_RESERVE_IMPL_H

#include <pages/reserve.h>
#include <pages/zone.h>

/* Hold up to @want frames of @zone that lie above the watermark back for @reserve; returns how many. */
unsigned long reserve_zone_place(struct reserve *reserve, struct zone *zone, unsigned long want, enum zone_watermark which);
/* @reserve ends: nothing of @zone is held back for it any more. Returns the frames that were never drawn. */
unsigned long reserve_zone_release(struct reserve *reserve, struct zone *zone);
/* @more's part of @zone becomes @reserve's. */
void reserve_zone_merge(struct reserve *reserve, struct reserve *more, struct zone *zone);
/* A block of @zone from the promise of @reserve; NULL: it has not so many left there, or no such block is whole. */
struct page *reserve_zone_draw(struct reserve *reserve, struct zone *zone, unsigned int order);

/* reserve_school= of the command line. */
void reserve_choose_school(const char *cmdline);

/* The zone at place @index of reserve->share. */
struct zone *reserve_zone(unsigned int index);

/*
 * A block from the promise that the caller is inside of, from zones up to @highest of @nodes. NULL: there is none, or it is
 * used up. Any context; an interrupt has none.
 */
struct page *reserve_draw(u32 nodes, enum zone_type highest, unsigned int order);
/* Does the caller's request come from its promise before it comes from the general pool? */
bool reserve_draws_first(void);
/* A request inside could not be served by its promise: counted, and said with the class' name unless @gfp has NOWARN. */
void reserve_note_short(gfp_t gfp, unsigned int order);

#endif
