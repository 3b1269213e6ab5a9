/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tsc.c - prints the rate of this machine's time stamp counter in kHz, as the emulated one will
 * have it.
 *
 * WHAT   Linux can't calibrate the counter on a microvm whose emulator is late; both kernels get
 * `tsc_early_khz=`.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

int main(void)
{
	uint64_t begin = now_ns(), cycles = __rdtsc(), end = begin;

	while (end - begin < 200000000)
		end = now_ns();
	cycles = __rdtsc() - cycles;
	printf("%lu\n", (unsigned long)((double)cycles * 1e6 / (double)(end - begin)));
	return 0;
}
