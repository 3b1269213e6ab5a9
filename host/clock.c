/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clock.c - the frequency of the processor's time-stamp counter.
 *
 * WHAT        A microvm has nothing that a kernel could measure its time-stamp counter against but
 *             the PIT, and against an emulated PIT on a busy machine that fails now and then;
 *             Linux then has no clock and hangs. Under emulation the guest's counter is ours, so
 *             we measure it against our clock and tell the kernel (tsc_early_khz=).
 */
#include <stdint.h>
#include <time.h>
#include <x86intrin.h>
#include "clock.h"

struct sample {
	int64_t ns;
	uint64_t ticks;
};

static struct sample start;

/* Of a few attempts, the one that was not interrupted. */
static struct sample take_sample(void)
{
	struct sample best = { 0 };
	uint64_t best_span = UINT64_MAX;

	for (int i = 0; i < 5; i++) {
		struct timespec t;
		uint64_t before = __rdtsc(), after;

		clock_gettime(CLOCK_MONOTONIC_RAW, &t);
		after = __rdtsc();
		if (after - before >= best_span)
			continue;
		best_span = after - before;
		best.ns = t.tv_sec * 1000000000l + t.tv_nsec;
		best.ticks = before + (after - before) / 2;
	}
	return best;
}

void clock_start(void)
{
	start = take_sample();
}

unsigned long clock_tsc_khz(void)
{
	struct sample end = take_sample();

	if (end.ns - start.ns < CLOCK_MEASURE_NS) {
		int64_t left = CLOCK_MEASURE_NS - (end.ns - start.ns);
		struct timespec rest = { .tv_nsec = left };

		nanosleep(&rest, NULL);
		end = take_sample();
	}
	return (unsigned long)((double)(end.ticks - start.ticks) * 1e6 /
			       (double)(end.ns - start.ns));
}
