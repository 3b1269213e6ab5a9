/* SPDX-License-Identifier: GPL-2.0-only */
/* text.h - the small text files of /proc and /sys: written at once, read whole, and what they say of a thread. */
#pragma once
#include "check.h"
#include <sched.h>

/* 0, or the errno of what failed. */
static inline int put_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), result = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		result = errno;
	close(fd);
	return result;
}

/* One read of at most @size - 1 bytes, NUL behind them; the case fails if the file cannot be read. Returns @text. */
static inline char *get_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	if (n < 0)
		check_failed(__FILE__, __LINE__, "%s: %s", path, strerror(errno));
	close(fd);
	text[n] = 0;
	return text;
}

/* The letter that a stat file of /proc has behind the name. */
static inline char state_in(const char *stat_path)
{
	char text[512], *end = strrchr(get_text(stat_path, text, sizeof(text)), ')');

	CHECK(end && end[1] == ' ');
	return end[2];
}

/* Thread @tid of this process sleeps in a system call. */
static inline void wait_until_asleep(pid_t tid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	while (state_in(path) != 'S')
		sched_yield();
}
