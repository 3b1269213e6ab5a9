/* SPDX-License-Identifier: GPL-2.0-only */
/* figures.h - the numbers that /proc tells of memory. Read without malloc(), which gets nothing where a test has filled memory. */
#pragma once
#include "check.h"

/* The text of the file, NUL behind it; the next call overwrites it. */
static inline char *text_of(const char *path)
{
	static char text[256 * 1024];
	size_t len = 0;
	ssize_t n;
	int fd = open(path, O_RDONLY);

	CHECK(fd >= 0);
	while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	CHECK(!n && len < sizeof(text) - 1);
	close(fd);
	text[len] = 0;
	return text;
}

/* The sum of the numbers behind @word in the file, once a line; "" stands for the beginning of each. */
static inline long sum_of(const char *path, const char *word)
{
	const char *line, *end;
	long sum = 0;

	for (line = text_of(path); *line; line = end + (*end != 0)) {
		size_t len = strcspn(line, "\n");
		const char *at = memmem(line, len, word, strlen(word));

		end = line + len;
		if (at)
			sum += atol(at + strlen(word));
	}
	return sum;
}

/* A counter of /proc/vmstat, or -1: there is none of that name. */
static inline long vmstat(const char *name)
{
	size_t len = strlen(name);
	const char *line = text_of("/proc/vmstat");

	while (strncmp(line, name, len) || line[len] != ' ') {
		line = strchr(line, '\n');
		if (!line)
			return -1;
		line++;
	}
	return atol(line + len);
}

static inline unsigned long total_bytes(void)
{
	return (unsigned long)sum_of("/proc/meminfo", "MemTotal:") * 1024;
}

/* Free memory in KiB, with what waits on lists of the CPUs: up to 20 MiB on Linux, which leaves it out of MemFree. */
static inline long free_kib(void)
{
	return sum_of("/proc/meminfo", "MemFree:") + sum_of("/proc/zoneinfo", " count: ") * (sysconf(_SC_PAGESIZE) / 1024);
}
