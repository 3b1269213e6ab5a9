/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reserve_standing.c - reserves that a process, or a driver, keeps: the owner of each drawn frame, and its way back.
 *
 * WHAT        A standing reserve counts net. A frame that was drawn from it carries PG_standing and its owner's number in a side array, one
 *             word a frame, which exists from the first standing reserve on. Whoever frees the frame gives the promise back
 *             with it. A number is used once (it has 64 bits): what was drawn from a reserve that is gone is an ordinary frame.
 * INVARIANTS  N1  A frame with PG_standing has order 0, and its word in the side array is the number under which it, or the frame of the same
 *                 zone whose page it took over, was drawn.
 *             N2  standing.nr_pages is the sum of the open ones' sizes; it does not rise above reserve_policy.max_percent of memory.
 *             N3  The frame and the promise come back under one hold of the zone's lock (V1).
 * LOCKING     standing.lock (rank RESERVE): slots, numbers, nr_pages. A reserve is found by its number under a zone's lock, which also is
 *             a reader's section of RCU: it leaves its slot first, then gives up its shares zone by zone, then a grace
 *             period passes before its memory goes.
 * ERRORS      reserve_standing_open, _resize -ENOMEM (no memory, or the cap), -EMFILE (all slots are taken), -EINTR, -EPARK.
 * TESTS       selftest=reserve, selftest=users; tests/guest/mm/reserve_test.c, reserve_change_test.c
 */
#include "buddy_impl.h"
#include "page_alloc_impl.h"
#include "reserve_impl.h"

#include <lib/errno.h>
#include <pages/vmalloc.h>
#include <sync/spinlock.h>

#define NR_SLOTS 256u

struct reserve_policy reserve_policy = { .max_percent = 50 };
static struct reserve_class standing_class = RESERVE_CLASS_INIT("standing");

static struct {
	spinlock_t lock;
	u64 next_number;		  /* lock; the slot is its low byte */
	struct reserve *slot[NR_SLOTS];	  /* lock for changes */
	unsigned long nr_pages;		  /* lock; N2 */
	u64 *owner;			  /* by frame number; NULL until the first standing reserve, then final */
	unsigned long nr_frames;	  /* final before owner is set */
} standing = { .lock = SPINLOCK_INIT(RANK_RESERVE) };

void reserve_standing_init(void)
{
	reserve_class_register(&standing_class);
}

/* --- the side array ---------------------------------------------------------------------------- */

static unsigned long end_of_frames(void)
{
	unsigned long end = 0;

	for_each_zone(zone)
		end = max(end, zone->start_pfn + zone->spanned_pages);
	return end;
}

static int make_side_array(void)
{
	unsigned long nr_frames = end_of_frames();
	u64 *owner, *none = NULL;

	if (smp_load_acquire(&standing.owner))
		return 0;
	owner = vmalloc_gfp(nr_frames * sizeof(*owner), GFP_KERNEL | __GFP_ZERO);
	if (!owner)
		return -ENOMEM;
	WRITE_ONCE(standing.nr_frames, nr_frames); /* the same for whoever else tries */
	if (!try_cmpxchg(&standing.owner, &none, owner))
		vfree(owner);
	return 0;
}

void reserve_standing_mark(const struct reserve *reserve, struct page *page)
{
	unsigned long pfn = page_to_pfn(page);

	KASSERT(pfn < standing.nr_frames);
	standing.owner[pfn] = reserve->number; /* N1 */
	page->flags |= BIT(PG_standing);
}

void reserve_standing_pass(struct page *from, struct page *to)
{
	if (page_zone(from) != page_zone(to) || page_test(to, PG_standing))
		return;
	standing.owner[page_to_pfn(to)] = standing.owner[page_to_pfn(from)]; /* N1 */
	page_set(to, PG_standing);
	page_clear(from, PG_standing);
}

/* Whose the frame is; NULL: a reserve that is gone. The zone's lock is held. */
static struct reserve *owner_of(const struct page *page)
{
	u64 number = standing.owner[page_to_pfn(page)];
	struct reserve *reserve = READ_ONCE(standing.slot[number % NR_SLOTS]);

	return reserve && reserve->number == number ? reserve : NULL;
}

void reserve_standing_free(struct page *page)
{
	struct zone *zone = page_zone(page);
	struct reserve *reserve;

	with_spinlock_irqsave(&zone->lock);
	buddy_free_locked(zone, page, 0);
	reserve = owner_of(page);
	if (reserve)
		reserve_zone_refund_locked(reserve, zone); /* N3 */
}

/* --- open and close ------------------------------------------------------------------------------ */

static unsigned long cap(void)
{
	return nr_managed_pages() / 100 * READ_ONCE(reserve_policy.max_percent);
}

static bool count_in(unsigned long nr_pages)
{
	unsigned long most = cap();

	with_spinlock(&standing.lock);
	if (nr_pages > most || standing.nr_pages > most - nr_pages) /* N2 */
		return false;
	standing.nr_pages += nr_pages;
	return true;
}

static void count_out(unsigned long nr_pages)
{
	with_spinlock(&standing.lock);
	standing.nr_pages -= nr_pages;
}

/* A number whose slot is free; 0 is no number. */
static int enter(struct reserve *reserve)
{
	with_spinlock(&standing.lock);
	for (u32 tries = 0; tries < NR_SLOTS; tries++) {
		u64 number = ++standing.next_number;

		if (standing.slot[number % NR_SLOTS])
			continue;
		reserve->number = number;
		WRITE_ONCE(standing.slot[number % NR_SLOTS], reserve);
		return 0;
	}
	return -EMFILE;
}

static void leave(struct reserve *reserve)
{
	with_spinlock(&standing.lock);
	WRITE_ONCE(standing.slot[reserve->number % NR_SLOTS], NULL);
}

static int open_counted(struct reserve *reserve, unsigned long nr_pages, u32 nodes)
{
	int err;

	reserve_init_flags(reserve, &standing_class, RESERVE_STANDING);
	err = reserve_hold(reserve, nr_pages, nodes);
	if (err)
		return err;
	err = enter(reserve);
	if (err)
		reserve_give_up(reserve);
	return err;
}

int reserve_standing_open(struct reserve *reserve, unsigned long nr_pages, u32 nodes)
{
	int err = make_side_array();

	rank_check(RANK_RESERVATION); /* D1 */
	if (err)
		return err;
	if (!count_in(nr_pages))
		return -ENOMEM;
	err = open_counted(reserve, nr_pages, nodes);
	if (err)
		count_out(nr_pages);
	return err;
}

/* What is drawn beyond the size is taken for its own again first: it costs no memory. */
static int grow(struct reserve *reserve, unsigned long nr_pages, u32 nodes)
{
	unsigned long nr_had = reserve_pay_debt(reserve, nr_pages);
	struct reserve more;
	int err = 0;

	reserve_init_flags(&more, &standing_class, RESERVE_STANDING);
	if (nr_had < nr_pages)
		err = reserve_hold(&more, nr_pages - nr_had, nodes);
	if (err) {
		reserve_take_back(reserve, nr_had);
		return err;
	}
	reserve_absorb(reserve, &more);
	reserve_add_size(reserve, nr_had);
	return 0;
}

int reserve_standing_resize(struct reserve *reserve, unsigned long nr_pages, u32 nodes)
{
	unsigned long size = reserve->size;
	int err;

	rank_check(RANK_RESERVATION); /* D1 */
	if (nr_pages <= size) {
		reserve_add_size(reserve, -(long)(size - nr_pages));
		reserve_take_back(reserve, size - nr_pages);
		count_out(size - nr_pages);
		return 0;
	}
	if (!count_in(nr_pages - size))
		return -ENOMEM;
	err = grow(reserve, nr_pages - size, nodes);
	if (err)
		count_out(nr_pages - size);
	return err;
}

void reserve_standing_close(struct reserve *reserve)
{
	unsigned long size = reserve->size;

	leave(reserve);
	reserve_give_up(reserve);
	count_out(size);
}
