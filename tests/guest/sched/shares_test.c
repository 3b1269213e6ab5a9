/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * shares_test.c - proves that spinners of one processor get the shares that their nice values say.
 * The spinners read their own CPU clocks all the time: what charges them so must not forget that a slice has ended.
 */
#include "check.h"
#include "pinned.h"
#include <pthread.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

static int64_t now(int clock)
{
	struct timespec t;

	CHECK_EQ(clock_gettime(clock, &t), 0);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* --- shares: what two spinners of one processor have used, looked at as they go on ------------------------------------- */

#define ENOUGH_NS   600000000ll	 /* used by both together before anything is judged */
#define TOO_LONG_NS 8000000000ll /* an unfair scheduler has not become fair by then */

static pid_t spin_child(volatile int64_t *used, int nice_by)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid)
		return pid;
	pin(0, 0);
	errno = 0;
	CHECK_EQ(nice(nice_by), nice_by);
	for (;;)
		*used = now(CLOCK_PROCESS_CPUTIME_ID);
}

/*
 * Do two spinners, the second nicer by @nice_by, get shares for which @holds? A processor that the host takes away for a while is charged to who
 * runs there, and a fair scheduler makes up for it: so it is asked again until it holds, or has not for too long.
 */
static int shares_become(int nice_by, int (*holds)(int64_t, int64_t))
{
	volatile int64_t *used = shared_page();
	pid_t a = spin_child(&used[0], 0), b = spin_child(&used[1], nice_by);
	int64_t first, second, from[2];
	int found = 0;

	while (!used[0] || !used[1])
		usleep(1000);
	from[0] = used[0];
	from[1] = used[1];
	do {
		usleep(20000);
		first = used[0] - from[0];
		second = used[1] - from[1];
		found = first + second >= ENOUGH_NS && holds(first, second);
	} while (!found && first + second < TOO_LONG_NS);
	kill(a, SIGKILL);
	kill(b, SIGKILL);
	CHECK_EQ(waitpid(a, NULL, 0), a);
	CHECK_EQ(waitpid(b, NULL, 0), b);
	if (!found)
		dprintf(1, "  %lld and %lld ns\n", (long long)first, (long long)second);
	return found;
}

static int first_has_much_more(int64_t first, int64_t second)
{
	return second > 0 && first > 3 * second;
}

static int are_alike(int64_t first, int64_t second)
{
	return 4 * first < 5 * second && 4 * second < 5 * first;
}

/* Ten steps of nice are a factor of nine. Both get something. */
CASE(shares_follow_nice)
{
	CHECK(shares_become(10, first_has_much_more));
}

CASE(equal_spinners_share_equally)
{
	CHECK(shares_become(0, are_alike));
}

TEST_MAIN()
