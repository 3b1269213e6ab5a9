/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * small_allocation_test.c - is a small allocation too small to fail? vm.small_allocation says.
 *
 * WHAT       A child fills pipes, whose buffers are single pages of the kernel, until there is no memory.
 * PROVES     With "retry", as on Linux, its write never fails: the OOM killer ends it, for it asked to be the one. With "fail" the same
 *            write says ENOMEM and nobody is killed; memory that a fault needs is still found, by the OOM killer, also where others have
 *            memory that is not for it: a reservation, another node. A fault that finds what it needs kills nobody.
 * ON LINUX   The first case holds there too; what Linux has not is said by the names of the others.
 */
#define CASE_SECONDS 100
#include "figures.h"
#include "text.h"
#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define KNOB	  "/proc/sys/vm/small_allocation"
#define PIPES_MAX 1500
#define PIPE_SIZE (1 << 20)

#define RESERVE_SET 0x504e0001 /* of prctl */

static int has_knob(void)
{
	return !access(KNOB, F_OK);
}

/* The OOM killer takes this one first. */
static void volunteer(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	if (write(fd, "1000", 4) != 4)
		_exit(99);
	close(fd);
}

/* errno of the write that failed. */
static int fill_pipes(void)
{
	static char bytes[65536];
	struct rlimit limit = { 2 * PIPES_MAX + 64, 2 * PIPES_MAX + 64 };
	int fd[2];

	if (setrlimit(RLIMIT_NOFILE, &limit))
		return -1;
	for (int i = 0; i < PIPES_MAX; i++) {
		if (pipe(fd))
			return errno;
		fcntl(fd[1], F_SETFL, O_NONBLOCK);
		fcntl(fd[1], F_SETPIPE_SZ, PIPE_SIZE);
		while (write(fd[1], bytes, sizeof(bytes)) > 0)
			;
		if (errno != EAGAIN)
			return errno;
	}
	return 0;
}

/* The status of a child that fills pipes and exits with the errno. */
static int status_of_filler(void)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		volunteer();
		_exit(fill_pipes());
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	return status;
}

static const struct setting retry = { KNOB, "retry" }, fail = { KNOB, "fail" };

static void fill_and_be_killed(void)
{
	long kills = vmstat("oom_kill");
	int status = status_of_filler();

	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK(vmstat("oom_kill") > kills);
}

CASE(a_small_allocation_kills_before_it_fails)
{
	run_with_settings(&retry, has_knob(), fill_and_be_killed);
}

static void fill_and_be_refused(void)
{
	long kills = vmstat("oom_kill");
	int status = status_of_filler();

	CHECK(WIFEXITED(status));
	CHECK(WEXITSTATUS(status) == ENOMEM || WEXITSTATUS(status) == ENFILE);
	CHECK_EQ(vmstat("oom_kill"), kills);
}

CASE(where_small_allocations_fail_nobody_is_killed_which_linux_has_not)
{
	if (has_knob())
		run_with_settings(&fail, 1, fill_and_be_refused);
}

/* Nothing is left, and then pages that are there are mapped again and again. */
static int fault_without_need(void)
{
	enum { SIZE = 64 * 4096, ROUNDS = 20 };
	int fd = memfd_create("there", 0);
	volatile char *p;

	if (fd < 0 || ftruncate(fd, SIZE))
		return 90;
	p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (p == MAP_FAILED)
		return 91;
	if (fill_pipes() != ENOMEM)
		return 92;
	for (int round = 0; round < ROUNDS; round++) {
		madvise((void *)p, SIZE, MADV_DONTNEED); /* the object keeps them */
		for (size_t at = 0; at < SIZE; at += 4096)
			p[at]++;
	}
	return p[0] == ROUNDS ? 0 : 93;
}

static void fault_and_not_be_killed(void)
{
	long kills = vmstat("oom_kill");
	pid_t pid = fork();
	int status;

	if (!pid) {
		volunteer();
		_exit(fault_without_need());
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	CHECK_EQ(vmstat("oom_kill"), kills);
}

CASE(where_small_allocations_fail_a_fault_that_needs_none_kills_nobody_which_linux_has_not)
{
	if (has_knob())
		run_with_settings(&fail, 1, fault_and_not_be_killed);
}

static void fault_and_be_killed(void)
{
	size_t size = 4ul << 30;
	pid_t pid = fork();
	int status;

	if (!pid) {
		char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		volunteer();
		for (size_t at = 0; p != MAP_FAILED && at < size; at += 4096)
			p[at] = 1;
		_exit(1);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

CASE(where_small_allocations_fail_a_fault_still_kills_which_linux_has_not)
{
	if (has_knob())
		run_with_settings(&fail, 1, fault_and_be_killed);
}

/* The child has none of the reserve. */
static void fault_beside_a_reserve(void)
{
	CHECK_EQ(prctl(RESERVE_SET, 32ul << 20, 0, 0, 0), 0);
	fault_and_be_killed();
}

CASE(where_small_allocations_fail_a_fault_kills_for_what_others_reserved_which_linux_has_not)
{
	if (has_knob())
		run_with_settings(&fail, 1, fault_beside_a_reserve);
}

/* What other nodes have is not for it. */
static void fault_on_the_first_node(void)
{
	unsigned long node = 1;

	CHECK_EQ(syscall(SYS_set_mempolicy, MPOL_BIND, &node, 8 * sizeof(node)), 0);
	fault_and_be_killed();
}

CASE(where_small_allocations_fail_a_fault_kills_for_its_own_node_which_linux_has_not)
{
	if (has_knob())
		run_with_settings(&fail, 1, fault_on_the_first_node);
}

CASE(the_policy_reads_back_which_linux_has_not)
{
	char text[16] = "";
	int fd;

	if (!has_knob())
		return;
	fd = open(KNOB, O_RDWR);
	CHECK_EQ(read(fd, text, sizeof(text)), 6);
	CHECK(!strcmp(text, "retry\n"));
	CHECK_ERRNO(write(fd, "often", 5), EINVAL);
	close(fd);
}

TEST_MAIN()
