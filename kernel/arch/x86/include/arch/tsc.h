/* SPDX-License-Identifier: GPL-2.0-only */
/* tsc.h - the frequency of the time stamp counter. */
#ifndef ARCH_TSC_H
#define ARCH_TSC_H

#include <lib/types.h>
#include <arch/msr.h>

/* Ticks per millisecond; 0 before tsc_calibrate(). __final after it. */
extern u64 tsc_khz;

/*
 * Find the frequency: "tsc_early_khz=" of the command line, CPUID, else by measuring against the PIT or
 * the RTC's periodic flag (15 ms). Never fails: with nothing to measure against it assumes 1 GHz and says so.
 */
void tsc_calibrate(void);

#endif
