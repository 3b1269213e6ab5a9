/* SPDX-License-Identifier: GPL-2.0-only */
/* timekeeping.h - setting clocks. */
#pragma once

#include <lib/types.h>
#include <lib/time_units.h>

struct __kernel_timex;

/* Somebody who wants to know that the real-time clock stepped (timerfd, absolute timers). */
struct clock_step_listener;
struct clock_step_ops {
	const char *name;
	void (*stepped)(struct clock_step_listener *listener); /* preemption on, may take spinlocks */
};
struct clock_step_listener {
	const struct clock_step_ops *ops;
	struct clock_step_listener *next;
};
/* For ever; boot time. */
void clock_step_listen(struct clock_step_listener *listener);

/* Boot: the counter's frequency is known; monotonic time starts. */
void timekeeping_init(u64 tsc_khz);
u64 timekeeping_tsc_khz(void);
/* clock_settime(CLOCK_REALTIME). -EINVAL: not a time, or before boot. */
int timekeeping_set_real(const struct timespec64 *ts) __must_check;
/* The hardware clock's answer at boot. */
void timekeeping_set_real_boot(time64_t seconds);
/* Add to the real-time clock. -EINVAL. */
int timekeeping_step_real(s64 delta_ns) __must_check;
/* adjtimex: fills @tx; returns the clock state (TIME_OK, ...) or -EINVAL. The caller checked the right to set. */
int timekeeping_adjtimex(struct __kernel_timex *tx);
