/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reserve_test.c - reservations as programs see them. Linux has none, so these cases are for our kernel alone.
 *
 * WHAT      Reports: every class shows its four figures, zones what is held back, vmstat the counters; the school can be
 *           chosen and a wrong name is refused.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "check.h"

#define CLASSES "/sys/kernel/mm/reserve"

static int is_school_line(const char *line)
{
	return !strcmp(line, "[both] watermark token\n") || !strcmp(line, "both [watermark] token\n") ||
	       !strcmp(line, "both watermark [token]\n");
}

static void read_school(char *line, int size)
{
	int fd = open(CLASSES "/school", O_RDONLY);
	ssize_t len;

	CHECK(fd >= 0);
	len = read(fd, line, size - 1);
	CHECK(len > 0);
	line[len] = 0;
	close(fd);
}

CASE(reserve_ours_school_is_chosen_by_name)
{
	char before[64], after[64];
	int fd;

	read_school(before, sizeof before);
	CHECK(is_school_line(before));
	fd = open(CLASSES "/school", O_WRONLY);
	CHECK(fd >= 0);
	CHECK_ERRNO(write(fd, "neither", 7), EINVAL);
	CHECK_EQ(write(fd, "token", 5), 5);
	read_school(after, sizeof after);
	CHECK(!strcmp(after, "both watermark [token]\n"));
	CHECK_EQ(write(fd, "both", 4), 4);
	close(fd);
}

static int lines_with(const char *file, const char *word)
{
	char line[256];
	FILE *f = fopen(file, "r");
	int n = 0;

	CHECK(f);
	while (fgets(line, sizeof line, f))
		n += !!strstr(line, word);
	fclose(f);
	return n;
}

CASE(reserve_ours_reports_are_there)
{
	CHECK_EQ(lines_with("/proc/zoneinfo", "        reserved "), lines_with("/proc/zoneinfo", "pages free"));
	CHECK_EQ(lines_with("/proc/vmstat", "reserve_"), 4);
}

TEST_MAIN()
