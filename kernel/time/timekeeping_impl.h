/* SPDX-License-Identifier: GPL-2.0-only */
/* timekeeping_impl.h - the clock's parameters, shared by the files of this folder. */
#pragma once

#include <lib/types.h>
#include <sync/seqlock.h>

/* now = base_ns + ((cycles - cycle_last) * mult + base_frac) >> shift */
struct clock_line {
	u64 base_ns;   /* at cycle_last */
	u64 base_frac; /* below a nanosecond, << shift */
};

struct timekeeper {
	struct seqcount seq;
	struct spinlock lock;
	u64 cycle_last;
	u32 shift;
	u32 mult;     /* slewed by frequency and pending offset */
	u32 mult_raw; /* final */
	struct clock_line mono;
	struct clock_line raw;
	s64 offset_real_ns; /* real = mono + this */
	s64 offset_boot_ns;
	s32 tai_offset_s;
	u64 tsc_khz;	    /* final */
	u64 cycle_boot;	    /* final: where sched_clock() begins */
	u64 sched_mult;	    /* final: its slope, << 32 */
	u64 updated_ns;	    /* mono of the last update: the coarse clocks; written under seq */
	/* adjtimex; lock */
	s64 freq_scaled_ppm; /* parts per million << 16 */
	s64 slew_left_ns;    /* still to be gained by slewing; negative: lost */
	s64 tick_adjust_ppm; /* << 16, from ADJ_TICK */
	u32 ntp_status;
	s64 ntp_maxerror, ntp_esterror, ntp_constant;
};

extern struct timekeeper timekeeper;

/* Bring the lines up to now, recompute mult, publish to the vDSO. timekeeper.lock held, interrupts off. */
void timekeeping_update_locked(void);
/* The data page (vdso_data.c). timekeeper.lock held. */
void vdso_update_locked(const struct timekeeper *tk);
/* Real time stepped: tell the listeners. No lock held. */
void clock_step_notify(void);
