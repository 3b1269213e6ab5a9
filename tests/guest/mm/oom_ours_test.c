/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * oom_ours_test.c - what Linux's OOM killer does not do: not for Debian's kernel.
 *
 * WHAT      A victim whose memory cannot be reaped (it is shared) waits, without a way to be interrupted, for the lock of a file. Who holds
 *           that lock needs memory, and may not be killed. It is given the reserve, finishes, and the victim can end. Nobody else dies.
 *           The victim has several threads that do nothing but take that lock in turns: when another has it for long, some wait for it.
 *           A process whose reserve protects it dies after all others, and also then if what it has is not counted as its own.
 *           A victim that does not get a processor keeps such memory: after vm.oom_victim_timeout_ms the next one is taken.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/mount.h>

/* All of memory is touched. */
#define CASE_SECONDS 60
#include "figures.h"
#include "holder.h"
#include "own_mounts.h"

#define MIB (1ul << 20)
#define RESERVE_SET 0x504e0001 /* prctl: memory for the process itself */
#define NR_WAITERS 6	     /* threads of the victim */
#define ROUNDS_MAX 12
#define LITTLE	   (24 * MIB)
#define PART (256 * 1024ul) /* what the asker makes in one call, with the lock held */

/* Waits for the lock of the file @arg points to again and again; it makes nothing, for the pages are there. */
static void *wait_for_the_lock(void *arg)
{
	for (;;)
		if (fallocate(*(int *)arg, FALLOC_FL_KEEP_SIZE, 0, PART))
			_exit(97);
}

struct victim {
	pid_t pid;
	int go; /* a byte written here starts the threads */
};

static void be_victim(int fd, size_t size, int ready, int go)
{
	pthread_t thread;
	char byte;

	if (put_text("/proc/self/oom_score_adj", "1000"))
		_exit(99);
	take(size, MAP_SHARED, 0);
	if (write(ready, "r", 1) != 1 || read(go, &byte, 1) != 1)
		_exit(96);
	for (int i = 1; i < NR_WAITERS; i++)
		if (pthread_create(&thread, NULL, wait_for_the_lock, &fd))
			_exit(95);
	wait_for_the_lock(&fd);
}

/* It has its memory. */
static struct victim start_victim(int fd, size_t size)
{
	int ready[2], go[2];
	char byte;

	CHECK_EQ(pipe(ready) | pipe(go), 0);
	struct victim victim = { fork(), go[1] };
	if (!victim.pid)
		be_victim(fd, size, ready[1], go[0]);
	CHECK(victim.pid > 0);
	close(ready[1]);
	close(go[0]);
	CHECK_EQ(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return victim;
}

static loff_t ask(int fd, loff_t made)
{
	CHECK_EQ(fallocate(fd, FALLOC_FL_KEEP_SIZE, made, PART), 0);
	return made + PART;
}

/* Fills the file until the victim is dead. Its threads come to the lock when little is left: all the way, each piece would have to wait for them. */
static void kill_by_asking(int fd)
{
	long kills = vmstat("oom_kill");
	loff_t made = ask(fd, 0), total = (loff_t)total_bytes();
	int status;

	struct victim victim = start_victim(fd, total / 4);
	while ((size_t)sum_of("/proc/meminfo", "MemFree:") * 1024 > LITTLE)
		made = ask(fd, made);
	CHECK_EQ(write(victim.go, "g", 1), 1);
	close(victim.go);
	/* From here on it takes memory with the lock held and not otherwise. */
	while (!waitpid(victim.pid, &status, WNOHANG)) {
		CHECK(made < 2 * total);
		made = ask(fd, made);
	}
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK_EQ(vmstat("oom_kill"), kills + 1);
	CHECK_EQ(ftruncate(fd, 0), 0);
}

/*
 * Whether one of its threads waits when it is killed is up to the scheduler: an asker who is never interrupted between taking the lock and
 * the kill has it for himself. He asks again until one waited.
 */
CASE(ours_victim_that_waits_for_the_askers_lock_ends)
{
	long grants = vmstat("oom_grant");
	int rounds = 0;

	own_tmpfs("size=100%,nr_inodes=10");
	int fd = open("file", O_CREAT | O_RDWR, 0600);
	CHECK(fd >= 0);
	CHECK_EQ(put_text("/proc/self/oom_score_adj", "-1000"), 0);
	do
		kill_by_asking(fd);
	while (vmstat("oom_grant") == grants && ++rounds < ROUNDS_MAX);
	printf("  grants: %ld, rounds without: %d\n", vmstat("oom_grant") - grants, rounds);
	CHECK(vmstat("oom_grant") > grants);
}

/* Nobody else runs on the second processor. */
static pid_t start_spinner(void)
{
	pid_t spinner = fork();

	if (!spinner) {
		if (put_text("/proc/self/oom_score_adj", "-1000"))
			_exit(99);
		pin(1);
		if (sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){ .sched_priority = 1 }))
			_exit(94);
		for (;;)
			;
	}
	CHECK(spinner > 0);
	return spinner;
}

static void fill_until_the_second_goes(void)
{
	long kills = vmstat("oom_kill");
	int status;

	CHECK_EQ(put_text("/proc/self/oom_score_adj", "-1000"), 0);
	pin(0);
	pid_t first = start_holder("1000", (struct holding){ .size = total_bytes() / 4, .flags = MAP_SHARED, .cpu_plus_1 = 2 });
	pid_t second = start_holder("500", (struct holding){ .size = total_bytes() / 8, .flags = MAP_PRIVATE, .cpu_plus_1 = 1 });
	pid_t spinner = start_spinner();

	while (!waitpid(second, &status, WNOHANG)) {
		char *p = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		CHECK(p != MAP_FAILED);
		memset(p, 1, MIB);
	}
	CHECK_EQ(waitpid(first, NULL, WNOHANG), 0);
	CHECK_EQ(vmstat("oom_kill"), kills + 2);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	kill(spinner, SIGKILL);
	CHECK_EQ(waitpid(spinner, NULL, 0), spinner);
	CHECK_EQ(waitpid(first, &status, 0), first);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

CASE(ours_next_victim_is_taken_after_the_timeout)
{
	static const struct setting settings[] = {
		{ "/proc/sys/kernel/sched_rt_runtime_us", "-1" },
		{ "/proc/sys/vm/oom_victim_timeout_ms", "300" },
	};

	if (sysconf(_SC_NPROCESSORS_ONLN) >= 2)
		run_with_settings(settings, 2, fill_until_the_second_goes);
}

/* A child with a reserve puts all of memory into a file that it does not map, where it is not counted as its own. Ends when refused. */
static pid_t start_protected_hog(const char *adj)
{
	static char block[65536];
	pid_t hog = fork();

	if (!hog) {
		int fd = memfd_create("hog", 0);

		if (put_text("/proc/self/oom_score_adj", adj) || prctl(RESERVE_SET, 4 * MIB, 0, 0, 0))
			_exit(99);
		while (write(fd, block, sizeof(block)) > 0)
			;
		_exit(98);
	}
	CHECK(hog > 0);
	return hog;
}

static void let_the_protected_one_fill_memory(void)
{
	int status;

	CHECK_EQ(put_text("/proc/self/oom_score_adj", "-1000"), 0);
	pid_t hog = start_protected_hog("0");
	CHECK_EQ(waitpid(hog, &status, 0), hog);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* The parents, too, may not be killed. */
CASE(ours_protected_process_dies_when_nobody_else_is_left)
{
	char parent[64];
	struct setting settings[] = { { parent, "-1000" } };

	snprintf(parent, sizeof(parent), "/proc/%d/oom_score_adj", getppid());
	CHECK_EQ(put_text("/proc/self/oom_score_adj", "-1000"), 0);
	run_with_settings(settings, 1, let_the_protected_one_fill_memory);
}

static void let_the_protected_one_ask(void)
{
	int status;

	CHECK_EQ(put_text("/proc/self/oom_score_adj", "-1000"), 0);
	pid_t other = start_holder("1000", (struct holding){ .size = total_bytes() / 8, .flags = MAP_PRIVATE, .cpu_plus_1 = 1 });
	pid_t hog = start_protected_hog("0");

	CHECK_EQ(waitpid(other, &status, 0), other);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK_EQ(waitpid(hog, NULL, WNOHANG), 0);
	kill(hog, SIGKILL);
	CHECK_EQ(waitpid(hog, &status, 0), hog);
}

CASE(ours_protected_process_that_asks_does_not_pay)
{
	static const struct setting settings[] = { { "/proc/sys/vm/oom_kill_allocating_task", "1" } };

	run_with_settings(settings, 1, let_the_protected_one_ask);
}

TEST_MAIN()
