/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reserve.h - memory that is promised before it is needed. Theory: reserve.c; for users: docs/reserve.md.
 *
 *	struct reserve reserve;
 *
 *	reserve_init(&reserve, &journal_class);
 *	err = reserve_begin(&reserve, worst_case_pages, NODES_ALL);	the one place that waits and may fail
 *	...alloc_page(GFP_RESERVE), kmem_cache_alloc(cache, GFP_RESERVE)...
 *	reserve_end(&reserve);
 *
 * The rules that keep it free of deadlock (debug kernels check them, docs/reserve.md says why):
 *	D1  Reserve before the locks: none that ranks below RESERVATION may be held at reserve_begin(), and none
 *	    that ranks above it is taken inside.
 *	D2  No nesting. Who finds that the estimate was low asks reserve_top_up(), which may fail.
 *	D3  Inside, wait for nothing that another holder, or a program, may have to do first.
 */
#ifndef PAGES_RESERVE_H
#define PAGES_RESERVE_H

#include <pages/gfp.h>
#include <pages/stats.h>
#include <arch/atomic.h>
#include <lib/list.h>
#include <sync/rank.h>

struct kmem_cache;
struct page;
struct thread;
struct zone;

#define RESERVE_ZONES (MAX_NUMNODES * 2) /* zones of all nodes: asserted in reserve_zone.c */

/* From where a holder's request is served; kept for the length of a reservation. Standing ones know RESERVE_BOTH alone. */
enum reserve_school {
	RESERVE_BOTH,	   /* from the general pool while it has plenty, else from the promise: the default */
	RESERVE_WATERMARK, /* the same, but what is drawn stays held back until the end: one number a zone and no tokens */
	RESERVE_TOKEN,	   /* from the promise first, then from the general pool */
	NR_RESERVE_SCHOOLS,
};

/* Users of one kind: what /sys/kernel/mm/reserve/<name> shows. Lives as long as the kernel. */
struct reserve_class {
	const char *name;	  /* final */
	atomic_long_t size;	  /* pages of the open ones */
	atomic_long_t drawn;	  /* of these, drawn */
	atomic_long_t low_water;  /* the fewest undrawn pages with which one ended; -1: none has ended */
	atomic_long_t waits;	  /* how many had to wait at the start */
	struct list_head node;	  /* the list of classes; the registry's lock */
};

#define RESERVE_CLASS_INIT(class_name) { .name = (class_name), .low_water = ATOMIC64_INIT(-1) }

#define RESERVE_STANDING 0x1u /* net, of a process: reserve_standing.c */
#define RESERVE_KERNEL	 0x2u /* shared by the tasks of a path of the kernel: reserve_kernel.c */

/* One holder's pages of one zone. The zone's lock. */
struct reserve_share {
	u32 held; /* our part of zone->reserved */
	u32 left; /* not drawn yet */
};

/* One reservation. In the holder's storage; between begin and end it belongs to this folder. */
struct reserve {
	struct reserve_class *class; /* final */
	struct thread *holder;	     /* who is inside; NULL: closed, or standing */
	u32 flags;		     /* final: RESERVE_* */
	u32 zones;		     /* which shares are not zero: grows until the end; own (standing: final) */
	u32 school;		     /* enum reserve_school; final between begin and end */
	struct zone *only;	     /* all of it is this one's; NULL: it may be of several. The holder's */
	u64 number;		     /* standing: what its frames carry, never used again; final while open */
	unsigned long size;	     /* own */
	atomic_long_t drawn;	     /* gross: draws only count up. Net: a free counts down */
	atomic_long_t debt;	     /* standing: that many of the drawn ones are not promised again when they come back */
#ifdef DEBUG_LOCKS
	struct lock_debug debug;
#endif
	struct reserve_share share[RESERVE_ZONES];
};

/* Once, before the first reserve_begin() of the class. */
void reserve_class_register(struct reserve_class *class);
/* The registered ones: @cursor NULL starts; NULL ends. */
struct reserve_class *reserve_class_next(struct reserve_class *cursor);

/* Make @reserve closed and empty. */
void reserve_init_flags(struct reserve *reserve, struct reserve_class *class, u32 flags);

static inline void reserve_init(struct reserve *reserve, struct reserve_class *class)
{
	reserve_init_flags(reserve, class, 0);
}

/*
 * Open: @nr_pages single frames of @nodes (NODES_ALL, or a bit each) are the caller's from here on. Waits its turn, first come
 * first served, and reclaims when it is first. 0, or with nothing held: -EINTR (a fatal signal), -ENOMEM (more than
 * half of these nodes' memory was asked for, or nothing can be reclaimed and nobody be killed), -EDEADLK (D2).
 */
int reserve_begin(struct reserve *reserve, unsigned long nr_pages, u32 nodes) __must_check;
/* More, at once or not at all: -ENOMEM. */
int reserve_top_up(struct reserve *reserve, unsigned long nr_pages, u32 nodes) __must_check;
/* Close. What was not drawn is everybody's again; what was drawn stays allocated. Interrupts are on, as at the start. */
void reserve_end(struct reserve *reserve);

/*
 * The worst case of @nr objects of @cache: a slab for each, for others may take the rest of every slab. -EINVAL: a slab
 * of it is more than one frame, which no reservation can promise.
 */
long reserve_slab_pages(const struct kmem_cache *cache, unsigned long nr);

/* The same for nodes of xarrays (xa_spares_fill()), whose slabs are single frames. */
long reserve_node_pages(unsigned long nr);

/* Pages of @reserve that are not drawn yet: an estimate, unless the caller is the holder. */
unsigned long reserve_left(const struct reserve *reserve);

/*
 * A standing reserve: net (what was drawn comes back when it is freed, by whom ever), drawn by all who task_standing_reserve()
 * (pages_port.h) says have it, a process', or by who keeps it and names it (alloc_page_standing()), single frames only, after the general pool, whatever the school. No rules D2 and D3, as nobody is inside. Waits like
 * reserve_begin(), but nobody is killed for it, it gives up sooner, and a request to park ends it: the next pass waits at the end of the line.
 * 0, -EINTR, -EPARK, -ENOMEM (also: the sum would exceed reserve_policy.max_percent), -EMFILE.
 */
int reserve_standing_open(struct reserve *reserve, unsigned long nr_pages, u32 nodes) __must_check;
/*
 * Another size for an open one, in place: what is drawn stays its own as far as the new size goes. A smaller size meets no error, and an
 * error (as above) leaves all as it was. One caller at a time; others may draw and free meanwhile.
 */
int reserve_standing_resize(struct reserve *reserve, unsigned long nr_pages, u32 nodes) __must_check;
/* Frames that are drawn become ordinary ones. @reserve must stay in memory until a grace period has passed. */
void reserve_standing_close(struct reserve *reserve);

/*
 * A reserve of the kernel's own: single frames for those whom task_kernel_reserve() (pages_port.h) names it for, when nothing else is left to
 * them. Gross. Open for good, from boot on, as far as there is memory then.
 */
void reserve_kernel_open(struct reserve *reserve, struct reserve_class *class, unsigned long nr_pages);
/* What was drawn of @reserve is promised anew, as far as free memory above the minimum goes. One caller at a time. */
void reserve_kernel_fill(struct reserve *reserve);

/*
 * A frame for who keeps an open standing reserve himself (a driver, not a process), from any context, interrupts too, without ever waiting:
 * the general pool's if it has one that @gfp may have, else one of the promise, which comes back when the frame is freed, by whom ever.
 * NULL: all of @reserve is drawn. The caller sees to it that nobody closes it meanwhile.
 */
struct page *alloc_page_standing(struct reserve *reserve, gfp_t gfp) __must_check;

/*
 * What @from, a frame with PG_standing, was drawn for moves to @to, which has no other user yet: where both are of one zone, and @to
 * was not drawn itself, its promise is now what comes back with @to. Otherwise nothing changes. Nobody else frees or passes @from meanwhile.
 */
void reserve_standing_pass(struct page *from, struct page *to);

struct reserve_policy {
	int max_percent; /* vm.reserve_max_percent: of all memory, for all standing reserves */
};
extern struct reserve_policy reserve_policy;

/* The school of reservations that begin from now on: boot (reserve_school=), /sys/kernel/mm/reserve/school, tests. */
void reserve_set_school(enum reserve_school school);
enum reserve_school reserve_school(void);
extern const char *const reserve_school_names[NR_RESERVE_SCHOOLS];

#endif
