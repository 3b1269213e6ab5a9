/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * crash_reserve.c - crash=reserve-*: rules of reservations, broken on purpose
 *
 * WHAT        Each rule of <pages/reserve.h> is broken once, and the promise itself (V1). Debug kernels must name the rule; in others the
 *             function comes back, with nothing left open.
 * LOCKING     The locks here exist to be taken wrongly; nothing else takes them.
 */
#include <log/panic.h>
#include <pages/page_alloc.h>
#include <pages/reserve.h>
#include <pages/zone.h>
#include <sync/completion.h>
#include <sync/mutex.h>
#include <sync/sync_port.h>
#include "boot_impl.h"

#define WAIT_NS 100000000ull /* 100 ms: the event does not come */

static struct reserve_class planted_class = RESERVE_CLASS_INIT("planted");

static void begin(struct reserve *reserve)
{
	reserve_init(reserve, &planted_class);
	if (reserve_begin(reserve, 8, NODES_ALL))
		panic("crash=reserve: reserve_begin() failed");
}

/* D1: a lock that is taken inside is held at the start. */
void crash_reserve_late(void)
{
	DEFINE_MUTEX(inner, RANK_JOURNAL);
	struct reserve reserve;

	mutex_lock(&inner);
	begin(&reserve);
	reserve_end(&reserve);
	mutex_unlock(&inner);
}

/* D1, from the other side: a lock under which others begin is taken inside. */
void crash_reserve_lock(void)
{
	DEFINE_MUTEX(outer, RANK_DEVICE);
	struct reserve reserve;

	begin(&reserve);
	mutex_lock(&outer);
	mutex_unlock(&outer);
	reserve_end(&reserve);
}

/* D2 */
void crash_reserve_nest(void)
{
	struct reserve first, second;

	begin(&first);
	reserve_init(&second, &planted_class);
	if (!reserve_begin(&second, 8, NODES_ALL))
		panic("crash=reserve-nest: both were begun");
	reserve_end(&first);
}

/* D3: the event may be another holder's. */
void crash_reserve_wait(void)
{
	DECLARE_COMPLETION(event);
	struct reserve reserve;

	begin(&reserve);
	(void)wait_for_completion_kind(&event, WAIT_SHORT, ktime_get_ns() + WAIT_NS);
	reserve_end(&reserve);
}

/* D3: whoever serves the page may be another holder. */
void crash_reserve_user(void)
{
	struct reserve reserve;

	begin(&reserve);
	might_fault();
	reserve_end(&reserve);
}

/* V1: a zone whose promises exceed its free frames, as if somebody had taken them past the test. */
void crash_reserve_floor(void)
{
	struct zone *zone = numa.node[0].zonelist[0];
	struct reserve reserve;

	begin(&reserve);
	reserve.share[zone->node * MAX_NR_ZONES + zone->type].left += zone->nr_free;
	zone->reserved += zone->nr_free;
	while (alloc_page(GFP_NOWAIT | __GFP_RESERVE | __GFP_NOWARN))
		;
	panic("crash=reserve-floor: only a debug kernel checks");
}
