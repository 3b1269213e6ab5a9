/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reserve_test.c - reservations as programs see them. Linux has none, so these cases are for our kernel alone.
 *
 * WHAT      A process reserves memory for itself: what it is told, what it is refused, what exec and fork do with it; that it is not the OOM
 *           killer's victim while it stays inside, and that all comes back. The command that wraps it. Reports: every class shows its four figures, zones what is held back, vmstat the counters; the school can be
 *           chosen and a wrong name is refused.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Memory is filled once; a debug kernel looks at every byte of it. */
#define CASE_SECONDS 60
#include "reserve.h"

#define CLASSES "/sys/kernel/mm/reserve"

static int is_school_line(const char *line)
{
	return !strcmp(line, "[both] watermark token\n") || !strcmp(line, "both [watermark] token\n") ||
	       !strcmp(line, "both watermark [token]\n");
}

static void read_school(char *line, int size)
{
	int fd = open(CLASSES "/school", O_RDONLY);
	ssize_t len;

	CHECK(fd >= 0);
	len = read(fd, line, size - 1);
	CHECK(len > 0);
	line[len] = 0;
	close(fd);
}

CASE(reserve_ours_school_is_chosen_by_name)
{
	char before[64], after[64];
	int fd;

	read_school(before, sizeof before);
	CHECK(is_school_line(before));
	fd = open(CLASSES "/school", O_WRONLY);
	CHECK(fd >= 0);
	CHECK_ERRNO(write(fd, "neither", 7), EINVAL);
	CHECK_EQ(write(fd, "token", 5), 5);
	read_school(after, sizeof after);
	CHECK(!strcmp(after, "both watermark [token]\n"));
	CHECK_EQ(write(fd, "both", 4), 4);
	close(fd);
}

static int lines_with(const char *file, const char *word)
{
	char line[256];
	FILE *f = fopen(file, "r");
	int n = 0;

	CHECK(f);
	while (fgets(line, sizeof line, f))
		n += !!strstr(line, word);
	fclose(f);
	return n;
}

CASE(reserve_ours_reports_are_there)
{
	CHECK_EQ(lines_with("/proc/zoneinfo", "        reserved "), lines_with("/proc/zoneinfo", "pages free"));
	CHECK_EQ(lines_with("/proc/vmstat", "reserve_"), 4);
}

/* --- a process' own --- */

CASE(reserve_ours_is_kept_and_given_up)
{
	long before = reserved_pages();

	CHECK_EQ(reserve_get(), 0);
	CHECK_EQ(lines_with("/proc/self/status", "VmReserve"), 0);
	CHECK_EQ(reserve_set(4 * MIB), 0);
	CHECK_EQ(reserve_get(), 4 * MIB);
	CHECK_EQ(sum_of("/proc/self/status", "VmReserved:"), 4096);
	CHECK(sum_of("/proc/self/status", "VmReserveLeft:") <= 4096);
	CHECK(reserved_pages() > before);
	CHECK_EQ(reserve_set(MIB), 0); /* instead of the first */
	CHECK_EQ(reserve_get(), MIB);
	CHECK_EQ(reserve_set(0), 0);
	CHECK_EQ(reserve_get(), 0);
	CHECK_EQ(reserved_pages(), before);
}

CASE(reserve_ours_refuses_what_is_not_there)
{
	CHECK_ERRNO(reserve_set(1ul << 50), ENOMEM);
	CHECK_ERRNO(reserve_set(~0ul), EINVAL);
	CHECK_ERRNO(prctl(RESERVE_SET, MIB, 1ul << 40, 0, 0), EINVAL);
	CHECK_ERRNO(prctl(RESERVE_SET, MIB, 0, 1, 0), EINVAL);
	CHECK_ERRNO(prctl(RESERVE_SET, MIB, 0, 0, 1), EINVAL);
	CHECK_ERRNO(prctl(RESERVE_GET, 1, 0, 0, 0), EINVAL);
	CHECK_EQ(reserve_get(), 0);
}

CASE(reserve_ours_is_limited_by_rlimit_memlock)
{
	struct rlimit limit = { MIB, MIB };

	CHECK_EQ(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
	CHECK_EQ(setuid(12345), 0);
	CHECK_ERRNO(reserve_set(2 * MIB), EPERM);
	CHECK_EQ(reserve_set(MIB), 0);
	CHECK_EQ(reserve_set(MIB / 2), 0);
	CHECK_EQ(reserve_set(0), 0);
	CHECK_EQ(reserve_set(MIB), 0);
}

static int exit_status(pid_t child)
{
	int status;

	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}

CASE(reserve_ours_stays_through_exec_and_not_through_fork)
{
	pid_t child;

	CHECK_EQ(reserve_set(2 * MIB), 0);
	child = fork();
	if (!child)
		_exit(reserve_get() != 0);
	CHECK_EQ(exit_status(child), 0);
	child = vfork();
	if (!child) {
		execl("/bin/busybox", "grep", "-q", "VmReserved", "/proc/self/status", NULL);
		_exit(99);
	}
	CHECK_EQ(exit_status(child), 1); /* it was its parent's */
	CHECK_EQ(reserve_get(), 2 * MIB);
	child = fork();
	if (!child) {
		if (reserve_set(2 * MIB))
			_exit(98);
		execl("/bin/busybox", "grep", "-q", "VmReserved:.* 2048 kB", "/proc/self/status", NULL);
		_exit(99);
	}
	CHECK_EQ(exit_status(child), 0);
}

CASE(reserve_ours_command_runs_another_with_it)
{
	long before = reserved_pages();
	pid_t child = fork();

	if (!child) {
		execl("/bin/reserve", "reserve", "3M", "--", "/bin/busybox", "grep", "-q", "VmReserved:.* 3072 kB", "/proc/self/status",
		      NULL);
		_exit(99);
	}
	CHECK_EQ(exit_status(child), 0);
	child = fork();
	if (!child) {
		close(2);
		execl("/bin/reserve", "reserve", "3X", "/bin/busybox", "true", NULL);
		_exit(99);
	}
	CHECK_EQ(exit_status(child), 125);
	CHECK_EQ(reserved_pages(), before);
}

static void offer_oneself(int adj)
{
	char text[16];
	int fd = open("/proc/self/oom_score_adj", O_WRONLY), len = snprintf(text, sizeof text, "%d", adj);

	CHECK(fd >= 0);
	CHECK_EQ(write(fd, text, len), len);
	close(fd);
}

static void touch_all_memory(void)
{
	for (;;) {
		char *p = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		for (unsigned long i = 0; p != MAP_FAILED && i < MIB; i += 4096)
			p[i] = 1;
	}
}

/* Faults in a part of its reserve again and again until its parent closes the pipe; 0: it lived. */
static int live_inside(int fd)
{
	char c;

	offer_oneself(1000);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (read(fd, &c, 1) < 0) {
		char *p = mmap(NULL, 4 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			return 1;
		for (unsigned long i = 0; i < 4 * MIB; i += 4096)
			p[i] = 1;
		munmap(p, 4 * MIB);
	}
	return 0;
}

/* All memory goes to a process that is killed for it. */
static void fill_memory_once(void)
{
	pid_t hog = fork();
	int status;

	if (!hog) {
		offer_oneself(500);
		touch_all_memory();
	}
	CHECK_EQ(waitpid(hog, &status, 0), hog);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

CASE(reserve_ours_holder_is_no_victim_and_all_comes_back)
{
	long before = reserved_pages(), kills = sum_of("/proc/vmstat", "oom_kill "), draws = sum_of("/proc/vmstat", "reserve_dip ");
	pid_t holder;
	int pipes[2];

	CHECK_EQ(pipe(pipes), 0);
	holder = fork();
	if (!holder) {
		close(pipes[1]);
		_exit(reserve_set(8 * MIB) ? 2 : live_inside(pipes[0]));
	}
	close(pipes[0]);
	while (reserved_pages() == before)
		usleep(1000);
	do /* until the holder has run in a moment without memory: it draws */
		fill_memory_once();
	while (sum_of("/proc/vmstat", "reserve_dip ") == draws);
	close(pipes[1]);
	CHECK_EQ(exit_status(holder), 0);
	CHECK(sum_of("/proc/vmstat", "oom_kill ") > kills);
	CHECK_EQ(reserved_pages(), before);
}

TEST_MAIN()
