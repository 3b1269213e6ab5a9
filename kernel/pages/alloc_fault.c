/* SPDX-License-Identifier: GPL-2.0-only */
/* alloc_fault.c - which allocation fails on purpose. Theory in alloc_fault.h; tests: selftest=pages. */
#include "fault_impl.h"

#include <arch/preempt.h>
#include <sync/thread.h>
#include <arch/msr.h>

struct alloc_fault alloc_fault = { .interval = 1, .times = ATOMIC_INIT(-1) };

/* Nobody needs good randomness here, only a spread. */
static u32 weak_percent(u64 n)
{
	u64 x = n * 0x9e3779b97f4a7c15ULL + rdtsc();

	x ^= x >> 29;
	x *= 0xbf58476d1ce4e5b9ULL;
	return (u32)((x >> 32) % 100);
}

bool alloc_fault_decide(gfp_t gfp, size_t size)
{
	u64 n;

	if ((gfp & (__GFP_NOFAIL | __GFP_RESERVE)) || size == 0)
		return false;
	if (alloc_fault.ignore_atomic && !gfp_may_sleep(gfp))
		return false;
	if (alloc_fault.only && (alloc_fault.only != current_thread() || in_interrupt()))
		return false;
	n = (u64)atomic64_inc_return(&alloc_fault.calls);
	if (alloc_fault.fail_nth) {
		if (n != alloc_fault.fail_nth)
			return false;
		alloc_fault_disarm();
	} else {
		if (n % alloc_fault.interval || weak_percent(n) >= alloc_fault.probability)
			return false;
		if (atomic_read(&alloc_fault.times) == 0)
			return false;
		if (atomic_read(&alloc_fault.times) > 0)
			atomic_dec(&alloc_fault.times);
	}
	alloc_fault.nr_failed++;
	return true;
}

void alloc_fault_arm(u32 probability, u32 interval, int times)
{
	alloc_fault.probability = probability;
	alloc_fault.interval = interval ? interval : 1;
	atomic_set(&alloc_fault.times, times);
	atomic64_set(&alloc_fault.calls, 0);
	alloc_fault.fail_nth = 0;
	WRITE_ONCE(alloc_fault.is_armed, probability != 0);
}

static void arm_nth(u64 nth, const struct thread *only)
{
	alloc_fault.only = only;
	atomic64_set(&alloc_fault.calls, 0);
	alloc_fault.fail_nth = nth;
	WRITE_ONCE(alloc_fault.is_armed, nth != 0);
}

void alloc_fault_arm_nth(u64 nth)
{
	arm_nth(nth, NULL);
}

void alloc_fault_arm_nth_own(u64 nth)
{
	arm_nth(nth, current_thread());
}

void alloc_fault_disarm(void)
{
	WRITE_ONCE(alloc_fault.is_armed, false);
	alloc_fault.only = NULL;
	alloc_fault.fail_nth = 0;
	alloc_fault.probability = 0;
}
