/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * alloc_fault.h - make allocations fail on purpose, so that every error path is tested.
 *
 * NOFAIL and boot allocations never fail. Parameters have the names and meanings of Linux's
 * /sys/kernel/debug/fail_page_alloc and failslab, so that test suites find what they know.
 */
#ifndef PAGES_ALLOC_FAULT_H
#define PAGES_ALLOC_FAULT_H

#include <pages/gfp.h>
#include <arch/atomic.h>

struct thread;

struct alloc_fault {
	bool is_armed;	  /* probability, or a count, is set: the one thing the fast path reads */
	u32 probability;  /* percent */
	u32 interval;	  /* at least this many calls between failures */
	atomic_t times;	  /* how many failures are left; negative: no limit */
	atomic64_t calls; /* eligible allocations seen */
	u64 fail_nth;	  /* fail exactly the nth eligible call from now; 0: off */
	bool ignore_atomic; /* only requests that may sleep fail */
	const struct thread *only; /* requests of this thread alone count; compared, never followed. NULL: everybody's */
	u64 nr_failed;
};
extern struct alloc_fault alloc_fault;

/* Set probability (percent), interval and times and arm; probability 0 and fail_nth 0 disarm. */
void alloc_fault_arm(u32 probability, u32 interval, int times);
/* Fail the @nth eligible allocation from now, once. */
void alloc_fault_arm_nth(u64 nth);
/* The same for the caller's own allocations, outside of interrupts. */
void alloc_fault_arm_nth_own(u64 nth);
void alloc_fault_disarm(void);

#endif
