/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * alloc_stall.c - waiting for memory that only others can free, counted and reported.
 *
 * WHAT        Two kinds of request wait: NOFAIL, when even the reserve is empty; and a small one that may not call the OOM killer,
 *             while vm.small_allocation is "retry". Nobody else loops: `make check` refuses a loop around an allocation.
 *             A wait counts as progress when frames were freed anywhere during it. After vm.allocation_stall_ms, and again after each
 *             such time, the log says who waits for what, how many waits were idle, and the stack that leads to the call; of many that
 *             wait at once, no more than the rate limit lets through. alloc_stall_warn of /proc/vmstat counts all.
 * INVARIANTS  W1  nr_stalled is the number of requests inside alloc_stall_wait().
 * LOCKING     none: counters. Callers that may not sleep spin once instead.
 * ERRORS      none.
 * TESTS       selftest=pages; tests/guest/mm/small_allocation_test.c
 */
#include "alloc_stall_impl.h"

#include <pages/alloc_policy.h>
#include <pages/page_alloc.h>
#include <pages/pages_port.h>
#include <pages/stats.h>
#include <arch/irqflags.h>
#include <arch/preempt.h>
#include <lib/time_units.h>
#include <log/panic.h>
#include <log/printk.h>
#include <log/ratelimit.h>
#include <sync/sync_port.h>
#include <sync/thread.h>

#define WAIT_NS		 10000000 /* 10 ms */
#define STALL_MS_DEFAULT 10000
#define IDLE_ROW_MAX	 16

struct alloc_policy alloc_policy = { .stall_ms = STALL_MS_DEFAULT };

static struct {
	atomic_t nr_stalled; /* W1 */
	struct ratelimit ratelimit; /* of reports */
} stalls = { .ratelimit = RATELIMIT_INIT(DEFAULT_RATELIMIT_INTERVAL, DEFAULT_RATELIMIT_BURST) };

u32 nr_alloc_stalls(void)
{
	return (u32)atomic_read(&stalls.nr_stalled);
}

static void stall_begin(struct alloc_stall *stall)
{
	if (stall->begin_ns)
		return;
	stall->begin_ns = stall->said_ns = ktime_get_ns();
	stall->freed = vm_event_sum(PGFREE);
}

static void stall_count(struct alloc_stall *stall)
{
	unsigned long freed = vm_event_sum(PGFREE);

	stall->nr_waits++;
	count_vm_event(ALLOC_STALL_WAIT);
	stall->nr_idle_row = freed == stall->freed ? stall->nr_idle_row + 1 : 0;
	if (stall->nr_idle_row) {
		stall->nr_idle++;
		count_vm_event(ALLOC_STALL_IDLE);
	}
	stall->freed = freed;
}

static void stall_report(struct alloc_stall *stall, gfp_t gfp, unsigned int order)
{
	u64 now = ktime_get_ns(), bound_ns = (u64)READ_ONCE(alloc_policy.stall_ms) * NSEC_PER_MSEC;
	char names[GFP_NAMES_SIZE];

	if (!bound_ns || now - stall->said_ns < bound_ns || (gfp & __GFP_NOWARN))
		return;
	stall->said_ns = now;
	count_vm_event(ALLOC_STALL_WARN);
	if (!ratelimit_allow(&stalls.ratelimit, __func__))
		return;
	pr_warn("%s: page allocation stalls for %llums, order:%u, mode:%#x(%s), %u of %u waits without progress\n",
		current_thread()->name, (unsigned long long)((now - stall->begin_ns) / NSEC_PER_MSEC), order, gfp,
		gfp_names(gfp, names, sizeof(names)), stall->nr_idle, stall->nr_waits);
	show_stack(NULL, NULL);
}

/*
 * Who may not enter a file system does not kill while others make progress: what it must not reclaim, they may. When nobody frees anything any
 * more, they are not there, and killing needs no file system.
 */
static void stall_kill(struct alloc_stall *stall, u32 nodes, gfp_t gfp, unsigned int order)
{
	if (stall->nr_idle_row < IDLE_ROW_MAX || (gfp & __GFP_FS) || !gfp_may_sleep(gfp))
		return;
	stall->nr_idle_row = 0;
	(void)out_of_memory(nodes, gfp | __GFP_FS, order);
}

void alloc_stall_wait(struct alloc_stall *stall, u32 nodes, gfp_t gfp, unsigned int order)
{
	stall_begin(stall);
	atomic_inc(&stalls.nr_stalled);
	if (in_atomic() || irqs_disabled()) {
		cpu_relax();
	} else {
		set_current_state(TASK_UNINTERRUPTIBLE);
		schedule_until(ktime_get_ns() + WAIT_NS);
	}
	atomic_dec(&stalls.nr_stalled);
	stall_count(stall);
	stall_report(stall, gfp, order);
	stall_kill(stall, nodes, gfp, order);
}
