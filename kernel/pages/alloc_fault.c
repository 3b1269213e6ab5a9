/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * alloc_fault.c - which allocation fails on purpose.
 *
 * WHAT        The capability says which requests are eligible at all; then the thread's own count decides, or else the dice of the
 *             capability's settings. Words, invariants and locking: pages/alloc_fault.h.
 * TESTS       tests/guest/bad/inject_test.c, tests/guest/bad/nomem_test.c, selftest=pages
 */
#include "fault_impl.h"
#include "slab_impl.h"

#include <arch/msr.h>
#include <arch/preempt.h>
#include <arch/stacktrace.h>
#include <lib/errno.h>
#include <lib/kstrtox.h>
#include <lib/string.h>
#include <log/panic.h>
#include <log/printk.h>
#include <pages/page.h>
#include <sync/thread.h>

#define VERBOSE_DEFAULT 2
#define DEPTH_DEFAULT	FAULT_STACK_MAX
#define FAULT_ATTR(name_)                                                                                              \
	{ .name = name_, .interval = 1, .verbose = VERBOSE_DEFAULT, .times = ATOMIC_INIT(1),                            \
	  .stack = { .depth = DEPTH_DEFAULT, .require_end = ~0UL }, .ratelimit = RATELIMIT_INIT(0, DEFAULT_RATELIMIT_BURST) }

struct alloc_fault alloc_fault = {
	.page = FAULT_ATTR("fail_page_alloc"),
	.slab = FAULT_ATTR("failslab"),
	.page_ignore_highmem = true,
	.page_ignore_wait = true,
	.page_min_order = 1,
	.slab_ignore_wait = true,
	.own_ratelimit = RATELIMIT_INIT(DEFAULT_RATELIMIT_INTERVAL, DEFAULT_RATELIMIT_BURST),
};

/* --- a thread's own count -------------------------------------------------------------------------------- */

enum own_count { COUNT_NONE, COUNT_LATER, COUNT_NOW };

static enum own_count count_own(void)
{
	atomic_t *left = &current_thread()->fail_nth;
	int old = atomic_read(left);

	do {
		if (!old)
			return COUNT_NONE;
	} while (!atomic_try_cmpxchg(left, &old, old - 1));
	if ((u32)old > 1)
		return COUNT_LATER;
	atomic_dec(&alloc_fault.nr_reasons); /* F1 */
	return COUNT_NOW;
}

u32 alloc_fault_nth(const struct thread *thread)
{
	return (u32)atomic_read(&thread->fail_nth);
}

void alloc_fault_set_nth(struct thread *thread, u32 nth)
{
	int old = atomic_xchg(&thread->fail_nth, (int)nth);

	if (nth && !old)
		atomic_inc(&alloc_fault.nr_reasons); /* F1 */
	if (!nth && old)
		atomic_dec(&alloc_fault.nr_reasons);
}

/* --- the general settings -------------------------------------------------------------------------------- */

/* Nobody needs good randomness here, only a spread. */
static unsigned long weak_percent(u64 n)
{
	u64 x = n * 0x9e3779b97f4a7c15ULL + rdtsc();

	x ^= x >> 29;
	x *= 0xbf58476d1ce4e5b9ULL;
	return (x >> 32) % 100;
}

static bool is_within(unsigned long addr, unsigned long start, unsigned long end)
{
	return addr >= start && addr < end;
}

static bool stack_allows(const struct fault_stack_filter *filter)
{
	unsigned long trace[FAULT_STACK_MAX], depth = READ_ONCE(filter->depth);
	bool found = !filter->require_start && filter->require_end == ~0UL;
	unsigned int n;

	if (!depth || (found && !filter->reject_start && !filter->reject_end))
		return found;
	n = stack_trace_save(NULL, NULL, trace, (unsigned int)min(depth, (unsigned long)FAULT_STACK_MAX));
	for (unsigned int i = 0; i < n; i++) {
		if (is_within(trace[i], filter->reject_start, filter->reject_end))
			return false;
		found |= is_within(trace[i], filter->require_start, filter->require_end);
	}
	return found;
}

static bool space_is_left(struct fault_attr *attr, size_t size)
{
	if (atomic_read(&attr->space) <= (int)size)
		return false;
	atomic_sub((int)size, &attr->space);
	return true;
}

static bool dice_say_fail(struct fault_attr *attr, size_t size)
{
	unsigned long interval = READ_ONCE(attr->interval);
	u32 n;

	if (!READ_ONCE(attr->probability))
		return false;
	if (READ_ONCE(attr->task_filter) && (in_interrupt() || !READ_ONCE(current_thread()->make_it_fail)))
		return false;
	if (atomic_read(&attr->times) == 0 || !stack_allows(&attr->stack) || space_is_left(attr, size))
		return false;
	n = (u32)atomic_inc_return(&attr->nr_calls);
	if (interval > 1 && n % interval)
		return false;
	return weak_percent(n) < READ_ONCE(attr->probability);
}

/* Everybody may ask for failures of his own: they do not fill the log, however the administrator wants it to tell his. */
static void say_failure(struct fault_attr *attr, bool is_own)
{
	unsigned long verbose = READ_ONCE(attr->verbose);

	if (!verbose || !ratelimit_allow(is_own ? &alloc_fault.own_ratelimit : &attr->ratelimit, __func__))
		return;
	pr_notice("FAULT_INJECTION: forcing a failure.\nname %s, interval %lu, probability %lu, space %d, times %d\n", attr->name,
		  attr->interval, attr->probability, atomic_read(&attr->space), atomic_read(&attr->times));
	if (verbose > 1)
		show_stack(NULL, NULL);
}

static void use_one_time(atomic_t *times)
{
	int old = atomic_read(times);

	while (old > 0 && !atomic_try_cmpxchg(times, &old, old - 1))
		;
}

static bool decide(struct fault_attr *attr, gfp_t gfp, size_t size)
{
	enum own_count own = in_interrupt() ? COUNT_NONE : count_own();

	if (own == COUNT_LATER || (own == COUNT_NONE && !dice_say_fail(attr, size)))
		return false;
	if (!(gfp & __GFP_NOWARN))
		say_failure(attr, own == COUNT_NOW);
	use_one_time(&attr->times);
	return true;
}

bool alloc_fault_page(gfp_t gfp, unsigned int order)
{
	if ((gfp & (__GFP_NOFAIL | __GFP_RESERVE)) || order < READ_ONCE(alloc_fault.page_min_order)) /* F2 */
		return false;
	if (READ_ONCE(alloc_fault.page_ignore_wait) && gfp_may_sleep(gfp))
		return false;
	return decide(&alloc_fault.page, gfp, PAGE_SIZE << order);
}

bool alloc_fault_slab(const struct kmem_cache *cache, gfp_t gfp)
{
	if (gfp & (__GFP_NOFAIL | __GFP_RESERVE)) /* F2 */
		return false;
	if (READ_ONCE(alloc_fault.slab_ignore_wait) && gfp_may_sleep(gfp))
		return false;
	if (READ_ONCE(alloc_fault.slab_cache_filter) && !(READ_ONCE(cache->flags) & SLAB_FAILSLAB))
		return false;
	return decide(&alloc_fault.slab, gfp, cache->object_size);
}

/* --- settings ---------------------------------------------------------------------------------------------- */

void fault_attr_update(struct fault_attr *attr)
{
	bool counts = attr->probability != 0;

	if (counts == attr->is_counted)
		return;
	attr->is_counted = counts;
	atomic_add(counts ? 1 : -1, &alloc_fault.nr_reasons); /* F1 */
}

int fault_attr_parse(struct fault_attr *attr, char *text)
{
	int value[4];

	for (int i = 0; i < 4; i++) {
		char *comma = strchr(text, ',');

		if (!comma != (i == 3))
			return -EINVAL;
		if (comma)
			*comma = 0;
		if (kstrtoint(text, 0, &value[i]) || (i < 3 && value[i] < 0))
			return -EINVAL;
		text = comma ? comma + 1 : text;
	}
	attr->interval = (unsigned long)value[0];
	attr->probability = (unsigned long)value[1];
	atomic_set(&attr->space, value[2]);
	atomic_set(&attr->times, value[3]);
	fault_attr_update(attr);
	return 0;
}
