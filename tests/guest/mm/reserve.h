/* SPDX-License-Identifier: GPL-2.0-only */
/* reserve.h - what the tests of a process' own reserve share. */
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "check.h"

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

/* The sum of the numbers behind @word in @file. */
static inline long sum_of(const char *file, const char *word)
{
	char line[256], *at;
	FILE *f = fopen(file, "r");
	long sum = 0;

	CHECK(f);
	while (fgets(line, sizeof line, f)) {
		at = strstr(line, word);
		if (at)
			sum += atol(at + strlen(word));
	}
	fclose(f);
	return sum;
}

static inline long reserved_pages(void)
{
	return sum_of("/proc/zoneinfo", "        reserved ");
}
