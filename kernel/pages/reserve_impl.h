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

/* Up to @want frames of @nodes that lie above the watermark, the nearest first; returns how many. */
unsigned long reserve_place(struct reserve *reserve, unsigned long want, u32 nodes, enum zone_watermark which);
/* @nr promises of @reserve were kept (negative: are made anew): for it and its class. The shares are the caller's. */
void reserve_count_drawn(struct reserve *reserve, int nr);

/* reserve_school= of the command line. */
void reserve_choose_school(const char *cmdline);

/* A frame of @reserve was freed to @zone: its promise comes back, unless there is a debt. The zone's lock is held. */
void reserve_zone_refund_locked(struct reserve *reserve, struct zone *zone);
/* Standing: what @reserve has of @zone undrawn is given up for its debt, as far as that goes. */
void reserve_zone_pay_debt(struct reserve *reserve, struct zone *zone);
/* Up to @nr pages of the debt are paid; returns how many. */
unsigned long reserve_pay_debt(struct reserve *reserve, unsigned long nr);

/* Hold @nr_pages for a closed @reserve, waiting in line if need be: what reserve_begin() and standing reserves share. 0, -EINTR, -ENOMEM, (standing) -EPARK. */
int reserve_hold(struct reserve *reserve, unsigned long nr_pages, u32 nodes);
/* The opposite. Returns the frames that were not drawn. */
unsigned long reserve_give_up(struct reserve *reserve);
/* All that @more holds, and its size, becomes @reserve's. */
void reserve_absorb(struct reserve *reserve, struct reserve *more);
/* @nr_pages more, or less, are counted for @reserve and its class. */
void reserve_add_size(struct reserve *reserve, long nr_pages);
/* Standing: @nr pages are given up: undrawn ones now, drawn ones when they come back. The size is the caller's. */
void reserve_take_back(struct reserve *reserve, unsigned long nr);

/* Boot: the class of standing reserves. */
void reserve_standing_init(void);
/* @page was drawn from @reserve just now, under the zone's lock. */
void reserve_standing_mark(const struct reserve *reserve, struct page *page);
/* A frame with PG_standing that has no reference and no flag any more goes back to its zone, and its promise to its owner. */
void reserve_standing_free(struct page *page);

/*
 * A block from the promise that the caller is inside of, from zones up to @highest: of @nodes, or, for a transaction that does not insist
 * (@is_strict), of wherever it was placed. NULL: there is none, or it is used up. Any context; an interrupt has none.
 */
struct page *reserve_draw(u32 nodes, enum zone_type highest, unsigned int order, bool is_strict);
/* A frame from the reserve of the kernel's own that serves the current task for @gfp; NULL: none does, or it is used up. */
struct page *reserve_draw_kernel(u32 nodes, enum zone_type highest, gfp_t gfp);
/* A frame from the open standing @reserve, up to @highest, for who keeps it. NULL, counted as a short: all of it is drawn. Any context. */
struct page *reserve_draw_standing(struct reserve *reserve, enum zone_type highest);
/* Does the caller's request come from its promise before it comes from the general pool? */
bool reserve_draws_first(void);
/* A request inside could not be served by its promise: counted, and said with the class' name unless @gfp has NOWARN. */
void reserve_note_short(gfp_t gfp, unsigned int order);

#endif
