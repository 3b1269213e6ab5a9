/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cputime.h - where a processor's time went: /proc/stat's figures and load averages.
 */
#pragma once

#include <lib/types.h>

enum cpu_usage {
	CPUTIME_USER,
	CPUTIME_NICE,
	CPUTIME_SYSTEM,
	CPUTIME_IDLE,
	CPUTIME_IOWAIT,
	CPUTIME_IRQ,
	CPUTIME_SOFTIRQ,
	CPUTIME_STEAL,
	NR_CPUTIME,
};

/* Nanoseconds of each kind on @cpu since it came up. */
void cputime_read(u32 cpu, u64 ns[NR_CPUTIME]);
/* The scheduler: @ns more of @kind on this processor. Interrupts or preemption off. */
void cputime_add(enum cpu_usage kind, u64 ns);

#define LOADAVG_SHIFT 11 /* fixed point of the averages */
#define LOADAVG_ONE   (1u << LOADAVG_SHIFT)

/* The three load averages, fixed point. */
void loadavg_read(u32 avg[3]);
/* The scheduler, every 5 seconds: how many are running or in uninterruptible waits. */
void loadavg_update(u32 nr_active);
