/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inject.h - allocation failures on purpose, by Linux's files (Documentation/fault-injection).
 *
 * A thread's fail-nth counts its page and slab allocations. What the two capabilities leave out by default (requests that may sleep, single
 * pages) is let in by inject_allow_all(); it also silences the messages.
 */
#pragma once
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#define INJECT_DIR "/sys/kernel/debug/"

static int inject_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	close(fd);
	return n == (ssize_t)strlen(text) ? 0 : -1;
}

/* 0, or -1: this kernel has no fault injection. */
static inline int inject_allow_all(void)
{
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	if (inject_write(INJECT_DIR "fail_page_alloc/ignore-gfp-wait", "N") || inject_write(INJECT_DIR "failslab/ignore-gfp-wait", "N"))
		return -1;
	inject_write(INJECT_DIR "fail_page_alloc/min-order", "0");
	inject_write(INJECT_DIR "fail_page_alloc/verbose", "0");
	inject_write(INJECT_DIR "failslab/verbose", "0");
	return 0;
}

/* The file of the calling thread's count. Neither writing nor reading it allocates. */
static inline int inject_open_nth(void)
{
	return open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
}

static inline int inject_set_nth(int fd, int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", nth);

	return pwrite(fd, text, (size_t)len, 0) == len ? 0 : -1;
}

/* What is left of the count; 0: the allocation has failed. -1: the file cannot be read. */
static inline long inject_nth_left(int fd)
{
	char text[16] = "";

	return pread(fd, text, sizeof(text) - 1, 0) > 0 ? atol(text) : -1;
}
