/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * oom_test.c - all memory used up: the biggest program that may die is killed, once, and everything it had comes back.
 *
 * WHAT      A child that offers itself (oom_score_adj) touches pages until it is killed. Counters, free memory and the other
 *           processes are looked at afterwards. What a limit refuses, instead, is refused with its errno.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* All of memory is touched, more than once; a debug kernel looks at every byte of it. */
#define CASE_SECONDS 60
#include "figures.h"
#include "own_mounts.h"
#include "text.h"

#define MIB (1ul << 20)

static void offer_self(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	if (fd < 0 || write(fd, "1000", 4) != 4)
		_exit(99);
	close(fd);
}

/* Touch fresh memory for ever. */
static void eat(void)
{
	for (;;) {
		char *p = mmap(NULL, 4 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (p == MAP_FAILED)
			_exit(98);
		for (size_t at = 0; at < 4 * MIB; at += 4096)
			p[at] = 1;
	}
}

static int wait_status(pid_t pid)
{
	int status = -1;

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	return status;
}

/* Freed memory can take a moment: queues and grace periods. Up to 5 s. */
static int comes_back(long before, long slack)
{
	for (int i = 0; i < 500 && free_kib() < before - slack; i++)
		usleep(10000);
	if (free_kib() >= before - slack)
		return 1;
	printf("free memory: %ld KiB before, %ld after\n", before, free_kib());
	return 0;
}

CASE(the_eater_is_killed_once_and_its_memory_comes_back)
{
	long before = free_kib(), kills = vmstat("oom_kill");
	pid_t witness = fork();

	if (!witness)
		for (;;)
			pause();
	pid_t eater = fork();
	if (!eater) {
		offer_self();
		eat();
	}
	int status = wait_status(eater);

	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK_EQ(kill(witness, 0), 0);
	CHECK_EQ(waitpid(witness, NULL, WNOHANG), 0);
	CHECK_EQ(vmstat("oom_kill"), kills + 1);
	CHECK(comes_back(before, 4096));
	kill(witness, SIGKILL);
	wait_status(witness);
}

CASE(reclaim_was_counted_before_anybody_was_killed)
{
	static const char *const zones[] = { "allocstall_dma", "allocstall_dma32", "allocstall_normal", "allocstall_movable" };
	long stalls = 0;

	for (int i = 0; i < 4; i++)
		if (vmstat(zones[i]) > 0)
			stalls++;
	CHECK(stalls > 0);
}

CASE(all_who_share_the_memory_die)
{
	long before = free_kib(), kills = vmstat("oom_kill");
	pid_t eater = fork();

	if (!eater) {
		offer_self();
		if (!vfork())
			eat();
		_exit(97);
	}
	int status = wait_status(eater);

	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK(vmstat("oom_kill") > kills);
	CHECK(comes_back(before, 4096));
}

CASE(many_eaters_all_die_and_the_machine_goes_on)
{
	long before = free_kib();
	pid_t eaters[6];

	for (int i = 0; i < 6; i++) {
		eaters[i] = fork();
		if (!eaters[i]) {
			offer_self();
			eat();
		}
	}
	for (int i = 0; i < 6; i++) {
		int status = wait_status(eaters[i]);

		CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	}
	CHECK(comes_back(before, 4096));
}

CASE(an_eater_inside_a_read_dies_too)
{
	long before = free_kib();
	pid_t eater = fork();

	if (!eater) {
		char *p = mmap(NULL, 4096 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		int zero = open("/dev/zero", O_RDONLY);

		offer_self();
		for (size_t at = 0;; at += MIB)
			if (read(zero, p + at, MIB) != MIB)
				_exit(96);
	}
	int status = wait_status(eater);

	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK(comes_back(before, 4096));
}

static void *eat_in_thread(void *unused)
{
	eat();
	return NULL;
}

/* Its first thread is a zombie, which has no memory; the others have it. */
CASE(an_eater_whose_first_thread_ended_dies)
{
	long before = free_kib();
	pid_t eater = fork();

	if (!eater) {
		pthread_t thread;

		offer_self();
		for (int i = 0; i < 2; i++)
			if (pthread_create(&thread, NULL, eat_in_thread, NULL))
				_exit(99);
		syscall(SYS_exit, 0);
	}
	int status = wait_status(eater);

	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK(comes_back(before, 4096));
}

static void eat_although_another_offers_more(void)
{
	pid_t other = fork();

	if (!other) {
		offer_self();
		for (;;)
			pause();
	}
	pid_t eater = fork();
	if (!eater) {
		if (put_text("/proc/self/oom_score_adj", "-900"))
			_exit(99);
		eat();
	}
	int status = wait_status(eater);

	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK_EQ(waitpid(other, NULL, WNOHANG), 0);
	kill(other, SIGKILL);
	wait_status(other);
}

/* The asker pays, although another would win more; without the setting the other one would. */
CASE(who_asks_pays_if_the_setting_says_so)
{
	static const struct setting settings[] = { { "/proc/sys/vm/oom_kill_allocating_task", "1" } };
	long before = free_kib(), kills = vmstat("oom_kill");

	run_with_settings(settings, 1, eat_although_another_offers_more);
	CHECK(vmstat("oom_kill") > kills);
	CHECK(comes_back(before, 4096));
}

/* Locked memory is no shelter: it goes like any other. */
CASE(an_eater_that_locks_its_memory_dies)
{
	long before = free_kib();
	pid_t eater = fork();

	if (!eater) {
		offer_self();
		if (mlockall(MCL_CURRENT | MCL_FUTURE))
			_exit(99);
		eat();
	}
	int status = wait_status(eater);

	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK(comes_back(before, 4096));
}

CASE(a_full_tmpfs_says_so_and_gives_everything_back)
{
	static char block[65536];
	long before = free_kib();
	ssize_t n = 0;
	int error;

	own_tmpfs("size=8m");
	int fd = open("file", O_CREAT | O_RDWR, 0600);
	size_t total = 0;

	while ((n = write(fd, block, sizeof block)) > 0)
		total += n;
	error = errno;
	CHECK_EQ(n, -1);
	CHECK_EQ(error, ENOSPC);
	CHECK_EQ(total, 8 * MIB);
	CHECK_EQ(close(fd), 0);
	CHECK_EQ(chdir("/"), 0);
	CHECK_EQ(umount("/tmp"), 0);
	CHECK(comes_back(before, 4096));
}

CASE(limits_refuse_with_enomem)
{
	struct rlimit small = { 64 * MIB, 64 * MIB };
	pid_t pid = fork();

	if (!pid) {
		if (setrlimit(RLIMIT_AS, &small))
			_exit(1);
		if (mmap(NULL, 128 * MIB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED || errno != ENOMEM)
			_exit(2);
		_exit(sbrk(128 * MIB) == (void *)-1 && errno == ENOMEM ? 0 : 3);
	}
	CHECK_EQ(wait_status(pid), 0);
}

CASE(a_map_larger_than_the_machine_is_refused)
{
	unsigned long total = total_bytes();

	void *p = mmap(NULL, total * 4, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int error = errno;

	CHECK(p == MAP_FAILED);
	CHECK_EQ(error, ENOMEM);
}

TEST_MAIN()
