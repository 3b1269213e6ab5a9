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

/* put_text() into a setting of the machine, until the case has ended. */
static inline int change_setting(const char *path, const char *text)
{
	keep_setting(path);
	return put_text(path, text);
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

/* A file of /proc or /sys and what a test wants in it. */
struct setting {
	const char *path, *text;
};

/*
 * Run @body in a child while the @nr settings are made; then they are what they were, and a check that failed in the child or a child
 * that was killed fails the case. Nothing of what @body did outlives it: it is alone in its child.
 */
static inline void run_with_settings(const struct setting *settings, int nr, void (*body)(void))
{
	char before[8][64];
	int status;

	CHECK(nr <= 8);
	for (int i = 0; i < nr; i++) {
		get_text(settings[i].path, before[i], sizeof(before[i]));
		CHECK_EQ(change_setting(settings[i].path, settings[i].text), 0);
	}
	pid_t child = fork();
	if (!child) {
		body();
		_exit(0);
	}
	CHECK(child > 0);
	CHECK_EQ(waitpid(child, &status, 0), child);
	for (int i = 0; i < nr; i++)
		CHECK_EQ(put_text(settings[i].path, before[i]), 0);
	CHECK_EQ(status, 0);
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
