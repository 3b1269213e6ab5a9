/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * load.h - what the loads of the stillness test share.
 *
 * A load is a function that blocks in its way until arena->stop is set, checks each result, and counts its turns. It runs in a
 * process of its own and may fork helpers, which end by end of file or by a kill. No load gets a signal that it did not send itself, so
 * an EINTR, a short count, a wrong wake count or an early end of a timed wait is a failure.
 */
#pragma once
#include "check.h"
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#define NR_LOADS_MAX 256
#define NR_CALLS_MAX 512

/* Shared by all tasks of the case. */
struct arena {
	atomic_int stop;
	atomic_long turns[NR_LOADS_MAX];
	atomic_long made[NR_CALLS_MAX]; /* by call: what file_loads.h did */
};
static struct arena *arena;
static int my_load; /* index into turns */

static inline long now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static inline void turn(void)
{
	atomic_fetch_add(&arena->turns[my_load], 1);
}

static inline long futex(atomic_int *word, int op, int val, const struct timespec *timeout, atomic_int *word2, int val3)
{
	return syscall(SYS_futex, word, op, val, timeout, word2, val3);
}

static inline atomic_int *shared_words(void)
{
	void *words = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(words != MAP_FAILED);
	return words;
}

static inline void ends_with(pid_t pid, int want)
{
	int status;

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, want);
}

/* The byte at position @at of every stream here. */
static inline unsigned char pattern(size_t at)
{
	return at % 251;
}

/* A file of @size bytes of it, without a name. */
static inline int file_with_pattern(size_t size)
{
	char path[] = "/tmp/still-XXXXXX";
	int fd = mkstemp(path);
	unsigned char *bytes = malloc(size);

	CHECK(fd >= 0);
	unlink(path);
	for (size_t i = 0; i < size; i++)
		bytes[i] = pattern(i);
	CHECK_EQ(write(fd, bytes, size), size);
	free(bytes);
	return fd;
}
