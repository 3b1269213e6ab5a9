/* SPDX-License-Identifier: GPL-2.0-only */
/* clock.h - the frequency of the processor's time-stamp counter, which an emulated one shares. */
#ifndef HOST_CLOCK_H
#define HOST_CLOCK_H

/* Begin to measure; call it early, so that the measurement is long and costs no wait. */
void clock_start(void);
/* Kilohertz, measured since clock_start(), for CLOCK_MEASURE_NS at least. */
unsigned long clock_tsc_khz(void);

#define CLOCK_MEASURE_NS 5000000l

#endif
