/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ktime.h - what time is it. All may be called from anywhere, NMI too; reads never block.
 *
 * monotonic: from boot, slewed, never steps, stands still while the machine is suspended. boottime: the same with
 * suspended time. raw: not slewed. real: UTC. tai: real + offset. coarse: the last tick's value, cheaper.
 */
#pragma once

#include <lib/types.h>
#include <lib/time_units.h>

u64 ktime_get_ns(void); /* monotonic */
u64 ktime_get_boottime_ns(void);
u64 ktime_get_raw_ns(void);
u64 ktime_get_real_ns(void);
u64 ktime_get_tai_ns(void);
u64 ktime_get_coarse_ns(void);
u64 ktime_get_coarse_real_ns(void);
u64 ktime_get_coarse_boottime_ns(void);
void ktime_get_ts64(struct timespec64 *ts);
void ktime_get_boottime_ts64(struct timespec64 *ts);
void ktime_get_raw_ts64(struct timespec64 *ts);
void ktime_get_real_ts64(struct timespec64 *ts);
void ktime_get_tai_ts64(struct timespec64 *ts);
void ktime_get_coarse_ts64(struct timespec64 *ts);
void ktime_get_coarse_real_ts64(struct timespec64 *ts);
/* Seconds of UTC, coarse. */
time64_t ktime_get_real_seconds(void);
/* real = monotonic + this. For absolute timers on CLOCK_REALTIME. */
s64 ktime_real_offset_ns(void);
s64 ktime_boottime_offset_ns(void);
s64 ktime_tai_offset_ns(void);
/* The resolution that clock_getres reports: ns; coarse clocks: the tick. */
#define KTIME_RES_NS 1
/* A cheap, per-processor monotonic clock for the scheduler and the log: ns since boot, not slewed. */
u64 sched_clock(void);
