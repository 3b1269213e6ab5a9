/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reserve_change_test.c - a process' own reserve while it changes. Linux has none, so these cases are for our kernel alone.
 *
 * WHAT      A size that can't be had leaves the old one, and the growth alone counts against the limit. Another process in the same memory
 *           execs while one waits for a size, so that one reserve has two owners. The wait in line lets the world be
 *           stopped. What is promised is not available to others, and /proc/meminfo knows it.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define CASE_SECONDS 60
#include "reserve.h"

#define SCALE_FACTOR "/proc/sys/vm/watermark_scale_factor"
#define MAX_PERCENT "/proc/sys/vm/reserve_max_percent"

CASE(reserve_ours_failed_change_leaves_the_old)
{
	long before = reserved_pages();

	CHECK_EQ(reserve_set(2 * MIB), 0);
	CHECK_ERRNO(reserve_set(1ul << 50), ENOMEM);
	CHECK_EQ(reserve_get(), 2 * MIB);
	CHECK_EQ(reserve_set(3 * MIB), 0);
	CHECK_EQ(prctl(RESERVE_SET, MIB, 1, 0, 0), 0); /* of one node */
	CHECK_EQ(reserve_get(), MIB);
	CHECK_ERRNO(prctl(RESERVE_SET, 1ul << 50, 1, 0, 0), ENOMEM);
	CHECK_EQ(reserve_get(), MIB);
	CHECK_EQ(reserve_set(0), 0);
	CHECK_EQ(reserved_pages(), before);
}

CASE(reserve_ours_change_counts_what_is_more)
{
	struct rlimit limit = { 4 * MIB, 4 * MIB }, less = { 2 * MIB, 4 * MIB };

	CHECK_EQ(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
	CHECK_EQ(setuid(23456), 0);
	CHECK_EQ(reserve_set(3 * MIB), 0);
	CHECK_EQ(reserve_set(4 * MIB), 0);
	CHECK_ERRNO(reserve_set(5 * MIB), EPERM);
	CHECK_EQ(reserve_get(), 4 * MIB);
	CHECK_EQ(prctl(RESERVE_SET, 4 * MIB, 1, 0, 0), 0); /* another reserve in its place */
	CHECK_EQ(setrlimit(RLIMIT_MEMLOCK, &less), 0);
	CHECK_EQ(reserve_set(3 * MIB), 0); /* less than before is always possible */
	CHECK_EQ(reserve_set(0), 0);
	CHECK_ERRNO(reserve_set(3 * MIB), EPERM);
	CHECK_EQ(reserve_set(2 * MIB), 0);
}

CASE(reserve_ours_is_not_available_to_others)
{
	long before = sum_of("/proc/meminfo", "MemAvailable:"), after;

	CHECK_EQ(reserve_set(32 * MIB), 0);
	after = sum_of("/proc/meminfo", "MemAvailable:");
	CHECK(before - after > 24 * 1024 && before - after < 40 * 1024);
	CHECK_EQ(reserve_set(0), 0);
}

/* --- a size that is not there --- */

/* In shared memory: who asks for a size that can't be had, and waits for it in vain. */
static struct waiter {
	unsigned long size;
	volatile int may_call;	 /* so many calls may begin */
	volatile int nr_calls;	 /* begun */
	volatile int nr_returns;
	volatile long result;	 /* of the last that was not -ENOMEM */
	volatile int stop;
} *waiter;

/* Without errno, which processes that share memory share too. */
static long bare_prctl(long option, unsigned long bytes)
{
	register long nodes asm("r10") = 0, rest asm("r8") = 0;
	long ret;

	asm volatile("syscall" : "=a"(ret) : "0"((long)SYS_prctl), "D"(option), "S"(bytes), "d"(0l), "r"(nodes), "r"(rest)
		     : "rcx", "r11", "memory");
	return ret;
}

static int wait_for_a_size(void *unused)
{
	while (!waiter->stop) {
		long ret;

		if (waiter->nr_calls == waiter->may_call) {
			sched_yield();
			continue;
		}
		waiter->nr_calls++;
		ret = bare_prctl(RESERVE_SET, waiter->size);
		if (ret != -ENOMEM)
			waiter->result = ret;
		waiter->nr_returns++;
	}
	return 0;
}

static void put_number(const char *file, long number)
{
	char text[24];
	int fd = open(file, O_WRONLY), len = snprintf(text, sizeof text, "%ld", number);

	CHECK(fd >= 0);
	CHECK_EQ(write(fd, text, len), len);
	close(fd);
}

/* Holds a reserve of @reserved KiB, and takes memory until only @free KiB are left, in which they are. */
static pid_t start_hog(long reserved, long free)
{
	int pipes[2];
	pid_t hog;
	char c;

	CHECK_EQ(pipe(pipes), 0);
	hog = fork();
	if (!hog) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		CHECK_EQ(reserve_set(reserved << 10), 0);
		while (sum_of("/proc/meminfo", "MemFree:") > free)
			mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		CHECK_EQ(write(pipes[1], "x", 1), 1);
		for (;;)
			pause();
	}
	close(pipes[1]);
	CHECK_EQ(read(pipes[0], &c, 1), 1);
	close(pipes[0]);
	return hog;
}

/* What the settings were, and who takes the memory. */
static struct {
	long scale, percent;
	pid_t hog;
} scarcity;

/*
 * 22% of memory are free and not promised, and a reserve of 30% is asked for. What it finds it holds back down to the low mark: the
 * minimum must be far below that, for others to live meanwhile.
 */
static void make_memory_scarce(void)
{
	long percent = sum_of("/proc/meminfo", "MemTotal:") / 100;

	scarcity.scale = sum_of(SCALE_FACTOR, "");
	scarcity.percent = sum_of(MAX_PERCENT, "");
	put_number(SCALE_FACTOR, 1000);
	put_number(MAX_PERCENT, 80);
	scarcity.hog = start_hog(percent * 49, percent * 71);
	waiter = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(waiter != MAP_FAILED);
	*waiter = (struct waiter){ .size = (percent << 10) * 30 };
}

static void end_of(pid_t child)
{
	int status;

	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK(WIFEXITED(status) && !WEXITSTATUS(status));
}

static void make_memory_plenty(void)
{
	kill(scarcity.hog, SIGKILL);
	CHECK_EQ(waitpid(scarcity.hog, NULL, 0), scarcity.hog);
	put_number(SCALE_FACTOR, scarcity.scale);
	put_number(MAX_PERCENT, scarcity.percent);
}

CASE(reserve_ours_wait_lets_the_world_be_stopped)
{
	long before = reserved_pages(), blocked;
	pid_t child;

	make_memory_scarce();
	waiter->may_call = -1;
	blocked = sum_of("/proc/vmstat", "reserve_blocked ");
	child = fork();
	if (!child)
		_exit(wait_for_a_size(NULL));
	do /* until a call has joined the line twice: it was held at the boundary meanwhile */
		put_number("/sys/kernel/debug/still", 10000);
	while (sum_of("/proc/vmstat", "reserve_blocked ") - blocked <= waiter->nr_calls);
	waiter->stop = 1;
	end_of(child);
	CHECK_EQ(waiter->result, 0);
	make_memory_plenty();
	CHECK_EQ(reserved_pages(), before);
}

/* Has a reserve, and execs when the other one waits in line for another size. */
static int exec_meanwhile(void *unused)
{
	char *argv[] = { "true", NULL };
	long blocked;

	if (bare_prctl(RESERVE_SET, MIB))
		_exit(98);
	blocked = sum_of("/proc/vmstat", "reserve_blocked ");
	waiter->may_call++;
	while (sum_of("/proc/vmstat", "reserve_blocked ") == blocked)
		;
	execv("/bin/busybox", argv);
	_exit(99);
}

/* True: the exec, and the end of what it ran, fell into the wait of the other process. */
static int exec_while_another_waits(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	pid_t child = clone(exec_meanwhile, stack + sizeof stack, CLONE_VM | SIGCHLD, NULL);
	int is_inside;

	CHECK(child > 0);
	end_of(child);
	is_inside = waiter->nr_returns != waiter->may_call;
	while (waiter->nr_returns != waiter->may_call)
		sched_yield();
	return is_inside;
}

CASE(reserve_ours_exec_leaves_behind_what_another_changes)
{
	static char stack[65536] __attribute__((aligned(16)));
	int is_inside;
	pid_t child;
	long before;

	make_memory_scarce();
	before = reserved_pages();
	child = clone(wait_for_a_size, stack + sizeof stack, CLONE_VM | SIGCHLD, NULL);
	CHECK(child > 0);
	do {
		is_inside = exec_while_another_waits();
		if (is_inside)
			CHECK_EQ(reserve_get(), MIB); /* the failed change left it, too */
		CHECK_EQ(reserve_set(0), 0);
		CHECK_EQ(reserved_pages(), before);
	} while (!is_inside);
	waiter->stop = 1;
	end_of(child);
	CHECK_EQ(waiter->result, 0);
	make_memory_plenty();
}

TEST_MAIN()
