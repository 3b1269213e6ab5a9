/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reserve_queue.c - the one line in which reservations wait: first come, first served.
 *
 * WHAT        A reservation that can't be placed at once joins the line. Only the first of the line acts: it holds back what
 *             comes free, a piece at a time, and reclaims in between; nobody takes those pieces away from it again. All the others
 *             sleep. Who comes while somebody waits waits behind him, however little it wants.
 *             A transaction's wait is like one for a lock: it ends because those inside end, and stillness waits for it. A program's wait
 *             (a standing reserve) is a level wait: a request to park ends it, with nothing held, and the next pass of the call
 *             comes to the end of the line. It also gives up when it found nothing for long, whatever others do.
 * INVARIANTS  Q1  Only the first in line has something placed.
 *             Q2  Waiting ends: transactions that are open end without waiting for this line (D1-D3), and none opens meanwhile.
 *                 When all have ended and neither reclaim nor the OOM killer finds anything, the first gives up.
 *             Q3  A standing reserve is first for at most FRUITLESS_ROUNDS_MAX rounds for each page that it finds.
 * LOCKING     line.lock, rank RESERVE. A waiter's record lies on its stack, on the list from join to leave.
 * ERRORS      -EINTR, -ENOMEM, -EPARK.
 * TESTS       selftest=reserve, selftest=torture, tests/guest/mm/reserve_change_test.c (parking)
 */
#include "page_alloc_impl.h"
#include "reserve_impl.h"
#include "reserve_queue.h"

#include <lib/errno.h>
#include <pages/page_alloc.h>
#include <pages/pages_port.h>
#include <pages/slab.h>
#include <pages/zone.h>
#include <sync/spinlock.h>
#include <sync/still.h>
#include <sync/sync_port.h>
#include <sync/thread.h>

#define IDLE_ROUNDS_MAX 16	   /* rounds without progress, and nobody inside, before the OOM killer is asked */
#define FRUITLESS_ROUNDS_MAX 256 /* Q3: what others take of what these reclaim is not waited for longer */
#define LOOK_AGAIN_NS	10000000ull /* 10 ms: frames also come back without anybody telling */

struct waiter {
	struct list_head node;
	struct thread *thread;
};

static struct {
	spinlock_t lock;
	struct list_head waiters __guarded_by(&lock);
} line = { .lock = SPINLOCK_INIT(RANK_RESERVE), .waiters = LIST_HEAD_INIT(line.waiters) };

struct reserve_line reserve_line;

static void wake_first_locked(void)
{
	if (!list_empty(&line.waiters))
		thread_wake(list_first_entry(&line.waiters, struct waiter, node)->thread, TASK_UNINTERRUPTIBLE);
}

void reserve_queue_wake(void)
{
	with_spinlock(&line.lock);
	wake_first_locked();
}

static void join(struct waiter *self)
{
	self->thread = current_thread();
	with_spinlock(&line.lock);
	list_add_tail(&self->node, &line.waiters);
	WRITE_ONCE(reserve_line.nr_waiting, reserve_line.nr_waiting + 1);
}

static void leave(struct waiter *self)
{
	with_spinlock(&line.lock);
	list_del(&self->node);
	WRITE_ONCE(reserve_line.nr_waiting, reserve_line.nr_waiting - 1);
	wake_first_locked();
}

static bool is_first(const struct waiter *self)
{
	with_spinlock(&line.lock);
	return line.waiters.next == &self->node;
}

/* --- the first in line -------------------------------------------------------------------------- */

/* What lies on the CPUs' lists, in magazines and in empty slabs does not count as free: fetch it. */
static size_t gather_free(unsigned int round)
{
	if (round % IDLE_ROUNDS_MAX == 0)
		kmem_cache_drain_all();
	drain_all_pages();
	return pages_shrink();
}

/* How many frames @zone lacks until @want of them lie above its low watermark and all promises. */
static unsigned long zone_lack(const struct zone *zone, unsigned long want)
{
	unsigned long goal = want + zone->watermark[WMARK_LOW] + READ_ONCE(zone->reserved), free = READ_ONCE(zone->nr_free);

	return free < goal ? goal - free : 0;
}

/*
 * One round of reclaim; returns the pages freed. Where others go below the watermarks, what is wanted lies above the distance to them:
 * asked for at once, it is there before somebody else finds it. The nearest zone is enough if it gives all: more would be cache
 * that others lose for nothing. @everywhere: others had it before us, so all of @nodes at once.
 */
static size_t reclaim_nodes(unsigned long want, u32 nodes, gfp_t gfp, bool everywhere)
{
	struct zone **z = numa.node[numa_node_id()].zonelist;
	size_t sum = 0;

	for (; *z; z++) {
		unsigned long lack = nodes >> (*z)->node & 1 ? zone_lack(*z, want) : 0;
		size_t freed = lack ? reclaim_pages((*z)->node, gfp, lack) : 0;

		sum += freed;
		if (lack && freed >= lack && !everywhere)
			break;
	}
	drain_own_pages();
	return sum;
}

/* Why the wait must end now: 0, -EINTR, -EPARK. */
static int end_reason(const struct reserve *reserve)
{
	if (thread_fatal_signal_pending(current_thread()))
		return -EINTR;
	return reserve->flags & RESERVE_STANDING && should_park() ? -EPARK : 0;
}

static void announce_sleep(const struct reserve *reserve)
{
	set_current_state(reserve->flags & RESERVE_STANDING ? TASK_KILLABLE | TASK_WAKEPARK : TASK_UNINTERRUPTIBLE);
}

/* A moment, until a transaction ends, or not at all. */
static void sleep_in_line(const struct reserve *reserve)
{
	announce_sleep(reserve);
	if (!end_reason(reserve))
		schedule_until(ktime_get_ns() + LOOK_AGAIN_NS);
	__set_current_state(TASK_RUNNING);
}

/* One sleep of who stands behind; true: the first by now. Announced before the look (pairs with leave()). */
static bool wait_to_be_first(const struct reserve *reserve, const struct waiter *self)
{
	announce_sleep(reserve);
	if (!is_first(self) && !end_reason(reserve))
		schedule_until(ktime_get_ns() + LOOK_AGAIN_NS);
	__set_current_state(TASK_RUNNING);
	return is_first(self);
}

/* Rounds since a page was placed, and those of them since something came free for anybody. */
struct rounds {
	unsigned long nr_fruitless;
	unsigned int nr_idle;
};

/* The first in line found too little. True: look again. */
static bool make_room(const struct reserve *reserve, unsigned long want, u32 nodes, struct rounds *rounds)
{
	bool is_standing = reserve->flags & RESERVE_STANDING;
	gfp_t gfp = gfp_in_scope(GFP_KERNEL);

	if (++rounds->nr_fruitless > FRUITLESS_ROUNDS_MAX && is_standing)
		return false; /* Q3 */
	if (reclaim_nodes(want, nodes, gfp, rounds->nr_fruitless > 1) || gather_free(rounds->nr_idle)) {
		rounds->nr_idle = 0;
		return true;
	}
	if (++rounds->nr_idle < IDLE_ROUNDS_MAX || atomic_read(&reserve_line.nr_open)) {
		sleep_in_line(reserve); /* those inside will end: no reason to kill */
		return true;
	}
	rounds->nr_idle = 0;
	return !is_standing && out_of_memory(nodes, gfp, 0);
}

/* Who may have the whole minimum for a request may have it promised: the OOM killer's victim waits for a lock that he holds. (Who dies gave up.) */
static enum zone_watermark lowest_mark(void)
{
	return task_may_use_reserve() ? WMARK_NONE : WMARK_MIN;
}

static int collect(struct reserve *reserve, unsigned long want, u32 nodes)
{
	struct rounds rounds = { 0 };

	for (;;) {
		unsigned long nr;
		int err = end_reason(reserve);

		if (err)
			return err;
		if (reserve_place_all(reserve, want, nodes, lowest_mark()))
			return 0;
		nr = reserve_place_some(reserve, want, nodes);
		want -= nr;
		if (nr)
			rounds = (struct rounds){ 0 };
		if (!make_room(reserve, want, nodes, &rounds))
			return -ENOMEM;
	}
}

int reserve_queue_wait(struct reserve *reserve, unsigned long want, u32 nodes)
{
	struct waiter self;
	int err = 0;

	count_vm_event(RESERVE_BLOCKED);
	atomic_long_inc(&reserve->class->waits);
	join(&self);
	while (!err && !wait_to_be_first(reserve, &self))
		err = end_reason(reserve);
	if (!err)
		err = collect(reserve, want, nodes);
	leave(&self);
	return err;
}
