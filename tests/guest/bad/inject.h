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
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#define INJECT_DIR "/sys/kernel/debug/"

static inline int inject_write(const char *path, const char *text)
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

/* The same of @pid's main thread, which may be dead but not reaped. */
static inline long inject_left_of(pid_t pid)
{
	char path[64];
	long left;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/fail-nth", pid);
	fd = open(path, O_RDONLY);
	left = inject_nth_left(fd);
	close(fd);
	return left;
}

/*
 * Has the child @pid ended, within @seconds? It is left to be reaped. Who does not end is stuck in the kernel or waits for what a failure
 * took away: both are faults.
 */
static inline int inject_run_ended(pid_t pid, int seconds)
{
	siginfo_t info;

	for (int i = 0; i < seconds * 100; i++) {
		info.si_pid = 0;
		if (!waitid(P_PID, pid, &info, WEXITED | WNOWAIT | WNOHANG) && info.si_pid == pid)
			return 1;
		usleep(i < 50 ? 500 : 10000);
	}
	return 0;
}
