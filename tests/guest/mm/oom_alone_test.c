/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * oom_alone_test.c - a page fault finds no memory, and there is nobody who may be killed for it: its own process pays.
 *
 * WHAT      Everybody but init offers -1000. A child touches pages until there are none. It is killed within bounded time, whether small
 *           allocations fail or not; and so is one whose allocations all fail by injection while the machine has plenty. A
 *           process that lives beside it lives on, and its memory is what it was.
 * ON LINUX  The kernel panics when nobody may be killed ("System is deadlocked on memory"), and a fault is made again for ever: not for it.
 */
#define _GNU_SOURCE
#include <sys/mman.h>

/* All of memory is touched. */
#define CASE_SECONDS 100
#include "../bad/inject.h"
#include "text.h"

#define MIB (1ul << 20)

static void touch(char *p, size_t size)
{
	for (size_t at = 0; at < size; at += 4096)
		p[at]++;
}

static char *map(size_t size)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		_exit(98);
	return p;
}

/* Somebody with memory who answers each byte of a pipe when he has touched all of it. */
struct neighbour {
	pid_t pid;
	int ask, answer;
};

static void be_neighbour(int ask, int answer)
{
	char *p = map(4 * MIB), byte;

	do
		touch(p, 4 * MIB);
	while (write(answer, "r", 1) == 1 && read(ask, &byte, 1) == 1);
	_exit(p[0] == p[4 * MIB - 4096] ? 0 : 97);
}

static void hear(const struct neighbour *neighbour)
{
	char byte;

	CHECK_EQ(read(neighbour->answer, &byte, 1), 1);
}

static struct neighbour start_neighbour(void)
{
	int ask[2], answer[2];

	CHECK_EQ(pipe(ask) | pipe(answer), 0);
	struct neighbour neighbour = { fork(), ask[1], answer[0] };
	if (!neighbour.pid) {
		close(ask[1]);
		close(answer[0]);
		be_neighbour(ask[0], answer[1]);
	}
	CHECK(neighbour.pid > 0);
	close(ask[0]);
	close(answer[1]);
	hear(&neighbour);
	return neighbour;
}

static void check_neighbour(const struct neighbour *neighbour)
{
	int status;

	CHECK_EQ(write(neighbour->ask, "a", 1), 1);
	hear(neighbour);
	close(neighbour->ask);
	CHECK_EQ(waitpid(neighbour->pid, &status, 0), neighbour->pid);
	CHECK_EQ(status, 0);
}

/* What the log says from here on is about @pid's death, and why. */
static void check_log(int log, pid_t pid)
{
	char want[128], line[8192];
	ssize_t n;

	snprintf(want, sizeof(want), "Out of memory (page fault that nobody else can pay for): Killed process %d (", pid);
	while ((n = read(log, line, sizeof(line) - 1)) > 0) {
		line[n] = 0;
		if (strstr(line, want)) {
			close(log);
			return;
		}
	}
	check_failed(__FILE__, __LINE__, "the log has no line of %d", pid);
}

/* @body in a child is killed; its neighbour is not. */
static void check_pays_alone(void (*body)(void))
{
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK), status;
	pid_t pid;

	CHECK(log >= 0);
	CHECK_EQ(lseek(log, 0, SEEK_END), 0);
	CHECK_EQ(put_text("/proc/self/oom_score_adj", "-1000"), 0);
	struct neighbour neighbour = start_neighbour();
	pid = fork();
	if (!pid) {
		body();
		_exit(96);
	}
	CHECK(pid > 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	check_neighbour(&neighbour);
	check_log(log, pid);
}

static void take_all(void)
{
	for (;;)
		touch(map(MIB), MIB);
}

static void fill_alone(void)
{
	check_pays_alone(take_all);
}

static void with_small_allocations(const char *policy)
{
	char parent[64];
	struct setting settings[] = { { parent, "-1000" }, { "/proc/sys/vm/small_allocation", policy } };

	snprintf(parent, sizeof(parent), "/proc/%d/oom_score_adj", getppid());
	CHECK_EQ(put_text("/proc/self/oom_score_adj", "-1000"), 0);
	run_with_settings(settings, 2, fill_alone);
}

CASE(ours_fault_that_nobody_else_can_pay_for_ends)
{
	with_small_allocations("retry");
}

CASE(ours_fault_ends_where_small_allocations_fail)
{
	with_small_allocations("fail");
}

static void touch_without_luck(void)
{
	char *p = map(MIB);
	int fd = open("/proc/thread-self/make-it-fail", O_WRONLY);

	if (write(fd, "1", 1) != 1)
		_exit(95);
	touch(p, MIB);
}

static void inject(const char *file, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), INJECT_DIR "%s", file);
	CHECK_EQ(change_setting(path, value), 0);
}

CASE(ours_fault_whose_allocations_all_fail_ends)
{
	if (inject_allow_all())
		return;
	inject("fail_page_alloc/task-filter", "Y");
	inject("fail_page_alloc/verbose", "0");
	inject("fail_page_alloc/times", "-1");
	inject("fail_page_alloc/probability", "100");
	check_pays_alone(touch_without_luck);
}

TEST_MAIN()
