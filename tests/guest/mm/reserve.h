/* SPDX-License-Identifier: GPL-2.0-only */
/* reserve.h - what the tests of a process' own reserve share. */
#pragma once
#include <sys/prctl.h>

#include "figures.h"

#define RESERVE_SET 0x504e0001
#define RESERVE_GET 0x504e0002
#define MIB (1ul << 20)

static inline long reserve_get(void)
{
	return prctl(RESERVE_GET, 0, 0, 0, 0);
}

static inline int reserve_set(unsigned long bytes)
{
	return prctl(RESERVE_SET, bytes, 0, 0, 0);
}

static inline long reserved_pages(void)
{
	return sum_of("/proc/zoneinfo", "        reserved ");
}
