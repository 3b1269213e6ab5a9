/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reserve.c - memory that is promised before it is needed: begin, draw, end.
 *
 * WHAT        Who can't back out says before it starts how many frames it may need. reserve_begin() waits until free memory covers
 *             them and holds them back: every other request, however urgent, then sees a floor that is higher by so much. Inside,
 *             __GFP_RESERVE requests that the general pool can't serve draw what was held back. They neither fail nor wait.
 *             Transaction reserves count gross: what was drawn is drawn, whoever frees it.
 * INVARIANTS  V1, V2 of reserve_zone.c.
 *             V3  A thread is inside of one transaction reserve at most: thread->reserve. Only the thread itself reads it.
 *             V4  left(reserve) + drawn(reserve) == size(reserve) + debt(reserve) between begin and end; only standing ones have debts.
 * LOCKING     The shares: zone->lock. The line: reserve_queue.c. The rest belongs to the holder. A draw from a standing reserve, which
 *             others may close meanwhile, is a reader's section of RCU from the finding to the end. For debug kernels an open
 *             reservation is a lock of rank RESERVATION that the holder holds (D1, D2); see also rank_debug.c for D3.
 * LIFECYCLE   closed --reserve_begin--> open --draws, reserve_top_up--> open --reserve_end--> closed
 * ERRORS      reserve_begin -EINTR, -ENOMEM, -EDEADLK; reserve_top_up -ENOMEM. Nothing else fails.
 * TESTS       selftest=reserve, selftest=torture; crash=reserve-* (debug); tests/model/reserve.pml
 * SEE         docs/reserve.md, docs/adr/0040-reservations.md
 */
#include "page_alloc_impl.h"
#include "reserve_impl.h"
#include "reserve_queue.h"
#include "reserve_zone.h"
#include "slab_impl.h"

#include <arch/preempt.h>
#include <lib/cmdline.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <log/printk.h>
#include <pages/pages_port.h>
#include <pages/reserve_trace.h>
#include <sync/rcu.h>
#include <sync/thread.h>

#define SMALL_PAGES 256

TRACEPOINT_DEFINE(reserve_begin, (const struct reserve *reserve, unsigned long nr_pages, bool waited), (reserve, nr_pages, waited))
TRACEPOINT_DEFINE(reserve_draw, (const struct reserve *reserve, unsigned int order), (reserve, order))
TRACEPOINT_DEFINE(reserve_short, (const struct reserve *reserve, unsigned int order), (reserve, order))
TRACEPOINT_DEFINE(reserve_end, (const struct reserve *reserve, unsigned long nr_left), (reserve, nr_left))

const char *const reserve_school_names[NR_RESERVE_SCHOOLS] = { "both", "watermark", "token" };

static struct {
	u32 school; /* enum reserve_school of those that begin; written by whoever chooses */
	struct ratelimit ratelimit;
} choice = { .ratelimit = RATELIMIT_INIT(DEFAULT_RATELIMIT_INTERVAL, DEFAULT_RATELIMIT_BURST) };

void reserve_set_school(enum reserve_school school)
{
	WRITE_ONCE(choice.school, school);
}

enum reserve_school reserve_school(void)
{
	return READ_ONCE(choice.school);
}

void reserve_choose_school(const char *cmdline)
{
	char name[16];

	if (cmdline_find(cmdline, "reserve_school", name, sizeof(name)) < 0)
		return;
	for (int school = 0; school < NR_RESERVE_SCHOOLS; school++)
		if (!strcmp(name, reserve_school_names[school]))
			reserve_set_school(school);
}

void reserve_init_flags(struct reserve *reserve, struct reserve_class *class, u32 flags)
{
	*reserve = (struct reserve){ .class = class, .flags = flags };
	lock_debug_init(reserve, RANK_RESERVATION);
}

/* --- begin ------------------------------------------------------------------------------------ */

/* More than half of the memory of these nodes is promised to nobody. A node has more than twice SMALL_PAGES. */
static bool can_ever_be_met(unsigned long nr_pages, u32 nodes)
{
	unsigned long managed = 0;

	if (likely(nr_pages <= SMALL_PAGES))
		return true;

	for_each_zone(zone)
		if (nodes >> zone->node & 1)
			managed += zone->managed_pages;
	return nr_pages <= managed / 2;
}

unsigned long reserve_place(struct reserve *reserve, unsigned long want, u32 nodes, enum zone_watermark which)
{
	struct zone **z = numa.node[numa_node_id()].zonelist;
	unsigned long nr = 0;

	for (; *z && nr < want; z++)
		if (nodes >> (*z)->node & 1)
			nr += reserve_zone_place(reserve, *z, want - nr, which);
	return nr;
}

/*
 * Pieces are kept while more is waited for, perhaps long. So they are taken from plenty alone: what is between the watermarks
 * stays for others, who would otherwise reclaim, and kill, for memory that nobody uses yet.
 */
unsigned long reserve_place_some(struct reserve *reserve, unsigned long want, u32 nodes)
{
	return reserve_place(reserve, want, nodes, WMARK_LOW);
}

/* Give all zones' shares up; returns the frames that were never drawn. */
static unsigned long release_all(struct reserve *reserve)
{
	unsigned long left = 0;

	for (; reserve->zones; reserve->zones &= reserve->zones - 1)
		left += reserve_zone_release(reserve, reserve_zone(__builtin_ctz(reserve->zones)));
	return left;
}

bool reserve_place_all(struct reserve *reserve, unsigned long want, u32 nodes, enum zone_watermark which)
{
	struct reserve more = { .class = reserve->class, .school = reserve->school };

	if (reserve_place(&more, want, nodes, which) < want) {
		release_all(&more);
		return false;
	}
	reserve_absorb(reserve, &more);
	return true;
}

void reserve_absorb(struct reserve *reserve, struct reserve *more)
{
	for (u32 zones = more->zones; zones; zones &= zones - 1)
		reserve_zone_merge(reserve, more, reserve_zone(__builtin_ctz(zones)));
	WRITE_ONCE(reserve->size, reserve->size + more->size);
}

void reserve_add_size(struct reserve *reserve, long nr_pages)
{
	WRITE_ONCE(reserve->size, reserve->size + nr_pages); /* pairs with mm_standing_read() */
	atomic_long_add(nr_pages, &reserve->class->size);
}

static int place_or_wait(struct reserve *reserve, unsigned long nr_pages, u32 nodes, bool *waited)
{
	unsigned long nr = 0;
	int err;

	if (unlikely(!can_ever_be_met(nr_pages, nodes)))
		return -ENOMEM;
	if (likely(reserve_queue_is_empty()))
		nr = reserve_place(reserve, nr_pages, nodes, WMARK_MIN);
	if (likely(nr == nr_pages))
		return 0;
	*waited = true;
	release_all(reserve); /* nobody waits in line with something in his hands but the first */
	err = reserve_queue_wait(reserve, nr_pages, nodes);
	if (err)
		release_all(reserve);
	return err;
}

static int hold(struct reserve *reserve, unsigned long nr_pages, u32 nodes, bool *waited)
{
	int err;

	count_vm_event(RESERVE_REQUEST);
	reserve->school = reserve->flags & RESERVE_STANDING ? RESERVE_BOTH : reserve_school();
	err = place_or_wait(reserve, nr_pages, nodes, waited);
	if (likely(!err))
		reserve_add_size(reserve, nr_pages);
	return err;
}

int reserve_hold(struct reserve *reserve, unsigned long nr_pages, u32 nodes)
{
	bool waited = false;

	return hold(reserve, nr_pages, nodes, &waited);
}

/* @reserve is placed: the caller is inside from here on. */
static __always_inline void step_inside(struct reserve *reserve, struct thread *thread)
{
	reserve->holder = thread;
	thread->reserve = reserve;
	reserve_queue_note_open();
}

/* Everything that is not the common case. */
static noinline int begin_slow(struct reserve *reserve, unsigned long nr_pages, u32 nodes)
{
	struct thread *thread = current_thread();
	bool waited = false;
	int err;

	err = WARN_ON_ONCE(thread->reserve || in_interrupt()) ? -EDEADLK : hold(reserve, nr_pages, nodes, &waited);
	if (unlikely(err)) {
		rank_release(reserve);
		return err;
	}
	reserve->only = NULL;
	step_inside(reserve, thread);
	trace_reserve_begin(reserve, nr_pages, waited);
	return 0;
}

/* The common case: few pages, nobody waits, and the nearest zone has them all. False: nothing was done. */
static __always_inline bool place_at_once(struct reserve *reserve, unsigned long nr_pages, u32 nodes)
{
	struct zone *zone = numa.node[numa_node_id()].zonelist[0];

	if (unlikely(nr_pages > SMALL_PAGES || !reserve_queue_is_empty()))
		return false;
	if (unlikely(!zone || !(nodes >> zone->node & 1) || !reserve_zone_try_place(reserve, zone, nr_pages)))
		return false;
	reserve->only = zone;
	return true;
}

int reserve_begin(struct reserve *reserve, unsigned long nr_pages, u32 nodes)
{
	struct thread *thread = current_thread();

	rank_acquire(reserve, &reserve->debug, 0, false); /* D1, D2 */
	reserve->school = reserve_school();
	if (unlikely(thread->reserve || in_interrupt() || !place_at_once(reserve, nr_pages, nodes)))
		return begin_slow(reserve, nr_pages, nodes);
	count_vm_event(RESERVE_REQUEST);
	reserve_add_size(reserve, nr_pages);
	step_inside(reserve, thread);
	trace_reserve_begin(reserve, nr_pages, false);
	return 0;
}

int reserve_top_up(struct reserve *reserve, unsigned long nr_pages, u32 nodes)
{
	KASSERT(reserve->holder == current_thread()); /* V3 */
	if (!reserve_place_all(reserve, nr_pages, nodes, WMARK_MIN))
		return -ENOMEM;
	reserve->only = NULL;
	reserve_add_size(reserve, nr_pages);
	return 0;
}

/* --- end ---------------------------------------------------------------------------------------- */

static void note_low_water(struct reserve_class *class, long left)
{
	s64 low = atomic_long_read(&class->low_water);

	while ((low < 0 || left < low) && !atomic_long_try_cmpxchg(&class->low_water, &low, left))
		;
}

static __always_inline void become_empty(struct reserve *reserve, unsigned long left)
{
	struct reserve_class *class = reserve->class;
	long drawn = atomic_long_read(&reserve->drawn);

	note_low_water(class, left);
	atomic_long_sub(reserve->size, &class->size);
	reserve->size = 0;
	if (!drawn)
		return;
	atomic_long_sub(drawn, &class->drawn);
	atomic_long_set(&reserve->drawn, 0);
}

unsigned long reserve_give_up(struct reserve *reserve)
{
	unsigned long left = release_all(reserve);

	become_empty(reserve, left);
	atomic_long_set(&reserve->debt, 0);
	return left;
}

/* The common case: all of it is of one zone, whose lock is free. False: nothing was done. */
static __always_inline bool release_at_once(struct reserve *reserve, unsigned long *left)
{
	struct zone *zone = reserve->only;

	if (unlikely(!zone || !reserve_zone_try_release(reserve, zone, left)))
		return false;
	reserve->zones = 0;
	return true;
}

void reserve_end(struct reserve *reserve)
{
	struct thread *thread = current_thread();
	unsigned long left;

	KASSERT(reserve->holder == thread && thread->reserve == reserve); /* V3 */
	thread->reserve = NULL;
	reserve->holder = NULL;
	if (unlikely(!release_at_once(reserve, &left)))
		left = release_all(reserve);
	become_empty(reserve, left);
	trace_reserve_end(reserve, left);
	reserve_queue_note_end();
	rank_release(reserve);
}

void reserve_take_back(struct reserve *reserve, unsigned long nr)
{
	atomic_long_add(nr, &reserve->debt); /* first: from now on nothing comes back undrawn while there is a debt */
	for (u32 zones = reserve->zones; zones; zones &= zones - 1)
		reserve_zone_pay_debt(reserve, reserve_zone(__builtin_ctz(zones)));
}

unsigned long reserve_left(const struct reserve *reserve)
{
	unsigned long left = 0;

	for (u32 zones = READ_ONCE(reserve->zones); zones; zones &= zones - 1)
		left += READ_ONCE(reserve->share[__builtin_ctz(zones)].left);
	return left;
}

/* --- inside ----------------------------------------------------------------------------------- */

/* The transaction that the caller is inside of, else its process' standing reserve. RCU. */
static struct reserve *own_reserve(void)
{
	struct reserve *reserve;

	if (in_interrupt())
		return NULL;
	reserve = current_thread()->reserve;
	return reserve ? reserve : task_standing_reserve();
}

static void count_draw(const struct reserve *reserve, unsigned int order)
{
	count_vm_events(RESERVE_DIP, 1UL << order);
	trace_reserve_draw(reserve, order);
}

static struct page *draw_from(struct reserve *reserve, u32 nodes, enum zone_type highest, unsigned int order)
{
	struct zone **z = numa.node[numa_node_id()].zonelist;

	for (; *z; z++) {
		struct page *page;

		if ((*z)->type > highest || !(nodes >> (*z)->node & 1))
			continue;
		page = reserve_zone_draw(reserve, *z, order);
		if (!page)
			continue;
		count_draw(reserve, order);
		return page;
	}
	return NULL;
}

struct page *reserve_draw(u32 nodes, enum zone_type highest, unsigned int order, bool is_strict)
{
	struct reserve *reserve;
	struct page *page;

	with_rcu();
	reserve = own_reserve();
	if (!reserve)
		return NULL;
	if (reserve->flags & RESERVE_STANDING)
		return order ? NULL : draw_from(reserve, nodes, highest, 0); /* N1 */
	page = draw_from(reserve, nodes, highest, order);
	return page || is_strict ? page : draw_from(reserve, NODES_ALL, highest, order);
}

struct page *reserve_draw_kernel(u32 nodes, enum zone_type highest, gfp_t gfp)
{
	struct reserve *reserve = in_interrupt() ? NULL : task_kernel_reserve(gfp);
	struct page *page = reserve ? draw_from(reserve, nodes, highest, 0) : NULL;

	if (page)
		note_low_water(reserve->class, (long)reserve_left(reserve));
	return page;
}

struct page *reserve_draw_standing(struct reserve *reserve, enum zone_type highest)
{
	struct page *page = draw_from(reserve, NODES_ALL, highest, 0);

	if (page)
		return page;
	count_vm_event(RESERVE_SHORT);
	trace_reserve_short(reserve, 0);
	return NULL;
}

bool reserve_draws_first(void)
{
	const struct reserve *reserve = in_interrupt() ? NULL : current_thread()->reserve;

	return reserve && reserve->school == RESERVE_TOKEN;
}

void reserve_note_short(gfp_t gfp, unsigned int order)
{
	const struct reserve *reserve;

	with_rcu();
	reserve = own_reserve();
	if (reserve && (reserve->flags & RESERVE_STANDING) && order)
		return; /* never promised */
	count_vm_event(RESERVE_SHORT);
	trace_reserve_short(reserve, order);
	if ((gfp & __GFP_NOWARN) || (reserve && (reserve->flags & RESERVE_STANDING)))
		return; /* a process may use more than it reserved */
	pr_warn_ratelimited(&choice.ratelimit, "reserve: %s, in %s: an allocation of order %u is not covered: %lu of %lu pages left\n",
			    reserve ? reserve->class->name : "none", current_thread()->name, order,
			    reserve ? reserve_left(reserve) : 0, reserve ? reserve->size : 0);
}

long reserve_slab_pages(const struct kmem_cache *cache, unsigned long nr)
{
	return cache->order_least ? -EINVAL : (long)nr;
}
