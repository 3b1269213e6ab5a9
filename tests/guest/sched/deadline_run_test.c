/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * deadline_run_test.c - proves how tasks with SCHED_DEADLINE run: that a budget bounds what a task gets and guarantees it, who runs first, and
 * what becomes of them when policies change.
 *
 * Times are only compared in ways that a slow host cannot spoil: what a task received by its own CPU clock, lower bounds of waiting, and
 * ratios that have to be reached at some time. Cases that bind tasks to one processor turn the admission off.
 */
#define CASE_SECONDS 90
#include "deadline.h"
#include "pinned.h"
#include <pthread.h>
#include <sys/utsname.h>

/* --- budgets ------------------------------------------------------------------------------------------- */

/* A tenth of a processor is all that a task gets that would use it whole. Stalls of the host make debts, which are paid back. */
CASE(a_budget_bounds)
{
	uint64_t start, cpu, elapsed;

	set_deadline_in_time(0, 10 * MS, 100 * MS, 0, 0);
	start = now_ns(CLOCK_MONOTONIC);
	cpu = own_cpu_ns();
	do {
		elapsed = now_ns(CLOCK_MONOTONIC) - start;
	} while (elapsed < 2000 * MS || (own_cpu_ns() - cpu) * 4 > elapsed);
}

/* Others of the highest real-time priority use every processor, and the task gets its budget all the same. */
static void budget_among_real_time(void)
{
	struct sched_param param = { .sched_priority = 99 };
	volatile int *done = shared_page();
	int nr = nr_cpus();
	uint64_t cpu;

	set_deadline_in_time(0, 20 * MS, 100 * MS, 0, FLAG_RESET_ON_FORK);
	for (int i = 0; i < nr; i++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (!pid) {
			if (sched_setscheduler(0, SCHED_FIFO, &param))
				_exit(1);
			while (!*done && getppid() != 1)
				;
			_exit(0);
		}
	}
	cpu = own_cpu_ns();
	while (own_cpu_ns() - cpu < 200 * MS)
		;
	*done = 1;
	for (int i = 0; i < nr; i++) {
		int status;

		CHECK(wait(&status) > 0);
		CHECK_EQ(status, 0);
	}
}

CASE(a_budget_is_guaranteed)
{
	without_admission(budget_among_real_time);
}

/* sched_yield gives up the rest of the period: each takes one. */
CASE(yield_waits_for_the_next_period)
{
	uint64_t start = now_ns(CLOCK_MONOTONIC);

	set_deadline_in_time(0, 10 * MS, 30 * MS, 0, 0);
	for (int i = 0; i < 10; i++)
		CHECK_EQ(sched_yield(), 0);
	CHECK(now_ns(CLOCK_MONOTONIC) - start >= 9 * 30 * MS);
}

static volatile sig_atomic_t nr_overruns;

static void on_overrun(int sig)
{
	nr_overruns++;
}

CASE(overruns_are_told_on_request)
{
	uint64_t cpu;

	CHECK(signal(SIGXCPU, on_overrun) != SIG_ERR);
	set_deadline_in_time(0, 10 * MS, 40 * MS, 0, 0);
	for (cpu = own_cpu_ns(); own_cpu_ns() - cpu < 60 * MS;)
		;
	CHECK_EQ(nr_overruns, 0);
	set_deadline_in_time(0, 10 * MS, 40 * MS, 0, FLAG_OVERRUN);
	while (nr_overruns < 3)
		;
}

/* With SCHED_FLAG_RECLAIM a lone task also gets what nobody uses: in some stretch far more than its share. */
CASE(unused_time_is_reclaimed)
{
	uint64_t start, cpu, elapsed;

	set_deadline_in_time(0, 10 * MS, 100 * MS, 0, FLAG_RECLAIM);
	do {
		start = now_ns(CLOCK_MONOTONIC);
		cpu = own_cpu_ns();
		do {
			elapsed = now_ns(CLOCK_MONOTONIC) - start;
		} while (elapsed < 1000 * MS);
		cpu = own_cpu_ns() - cpu;
	} while (cpu * 10 < elapsed * 3);
}

/* --- order --------------------------------------------------------------------------------------------- */

struct order {
	volatile int nr;
	volatile int who[8];
};

/* On one processor a deadline goes before the highest real-time priority: it has run when the call that woke it is back. */
static void wake_from_real_time(void)
{
	struct order *order = shared_page();
	struct sched_param param = { .sched_priority = 99 };
	int go[2], ready[2];
	char byte = 0;
	pid_t pid;

	CHECK_EQ(pipe(go) | pipe(ready), 0);
	pin(0, 0);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		close(go[1]);
		set_deadline_in_time(0, 900 * MS, 1000 * MS, 0, 0);
		CHECK_EQ(write(ready[1], &byte, 1), 1);
		while (read(go[0], &byte, 1) == 1)
			order->who[0] = 'D';
		_exit(0);
	}
	close(go[0]);
	CHECK_EQ(read(ready[0], &byte, 1), 1);
	CHECK_EQ(sched_setscheduler(0, SCHED_FIFO, &param), 0);
	for (int i = 0; i < 200; i++) {
		order->who[0] = 'F';
		CHECK_EQ(write(go[1], &byte, 1), 1);
		CHECK_EQ(order->who[0], 'D');
	}
	close(go[1]);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

CASE(a_deadline_preempts_real_time)
{
	without_admission(wake_from_real_time);
}

/* Four are woken by one with an earlier deadline; when that one sleeps they run by their deadlines, not in the order of waking. */
static void wake_four(void)
{
	static const int deadline_ms[4] = { 3500, 2500, 4000, 3000 }, order_wanted[4] = { 1, 3, 0, 2 };
	struct order *order = shared_page();
	int go[4][2], ready[2];
	char byte = 0;

	CHECK_EQ(pipe(ready), 0);
	pin(0, 0);
	for (int i = 0; i < 4; i++) {
		pid_t pid;

		CHECK_EQ(pipe(go[i]), 0);
		pid = fork();
		CHECK(pid >= 0);
		if (pid)
			continue;
		set_deadline_in_time(0, 200 * MS, deadline_ms[i] * MS, 0, 0);
		CHECK_EQ(write(ready[1], &byte, 1), 1);
		CHECK_EQ(read(go[i][0], &byte, 1), 1);
		order->who[order->nr++] = i;
		_exit(0);
	}
	for (int i = 0; i < 4; i++)
		CHECK_EQ(read(ready[0], &byte, 1), 1);
	set_deadline_in_time(0, 1900 * MS, 2000 * MS, 0, 0);
	for (int i = 0; i < 4; i++)
		CHECK_EQ(write(go[i][1], &byte, 1), 1);
	CHECK_EQ(order->nr, 0);
	while (wait(NULL) > 0)
		;
	for (int i = 0; i < 4; i++)
		CHECK_EQ(order->who[i], order_wanted[i]);
}

CASE(the_earliest_deadline_runs_first)
{
	without_admission(wake_four);
}

#define GANG_MAX 16
#define GANG_ROUNDS 40

struct gang {
	volatile int arrived;
	volatile int cpu[GANG_ROUNDS][GANG_MAX];
};

/* Wait for all of the gang without giving the processor away, and say where. */
static void gang_member(struct gang *gang, int nr, int member)
{
	for (int round = 0; round < GANG_ROUNDS; round++) {
		uint64_t cpu = own_cpu_ns();

		while (own_cpu_ns() - cpu < 2 * MS)
			;
		__atomic_add_fetch(&gang->arrived, 1, __ATOMIC_SEQ_CST);
		while (gang->arrived < (round + 1) * nr)
			;
		gang->cpu[round][member] = sched_getcpu();
	}
}

/* A set that fills all processors runs on all of them at once, although each began on the same one. */
CASE(as_many_tasks_as_processors_run_at_once)
{
	struct gang *gang = shared_page();
	int nr = nr_cpus(), apart = 0;

	if (nr < 2 || nr > GANG_MAX)
		return;
	CHECK(sizeof(*gang) <= 4096);
	for (int i = 0; i < nr; i++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (!pid) {
			set_deadline_in_time(0, 80 * MS, 100 * MS, 0, 0);
			gang_member(gang, nr, i);
			_exit(0);
		}
	}
	for (int i = 0; i < nr; i++) {
		int status;

		CHECK(wait(&status) > 0);
		CHECK_EQ(status, 0);
	}
	for (int round = 0; round < GANG_ROUNDS; round++) {
		uint64_t seen = 0;

		for (int i = 0; i < nr; i++)
			seen |= 1ull << gang->cpu[round][i];
		apart += __builtin_popcountll(seen) == nr;
	}
	CHECK(apart >= GANG_ROUNDS / 2);
}

/* One more task than processors, and none can keep another from its share: all reach the same amount. */
CASE(one_more_than_processors_all_get_their_share)
{
	int nr = nr_cpus() + 1;

	for (int i = 0; i < nr; i++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (!pid) {
			uint64_t cpu = own_cpu_ns();

			set_deadline_in_time(0, 50 * MS, 100 * MS, 0, 0);
			while (own_cpu_ns() - cpu < 300 * MS)
				;
			_exit(0);
		}
	}
	for (int i = 0; i < nr; i++) {
		int status;

		CHECK(wait(&status) > 0);
		CHECK_EQ(status, 0);
	}
}

#define CROWD 10

/* Tasks that come and go, sleep, yield, change their parameters and are killed: nothing hangs, and all the bandwidth comes back. */
CASE(a_crowd_leaves_nothing_behind)
{
	pid_t pid[CROWD];

	for (int i = 0; i < CROWD; i++) {
		pid[i] = fork();
		CHECK(pid[i] >= 0);
		if (pid[i])
			continue;
		for (unsigned n = (unsigned)i;; n++) {
			struct timespec t = { 0, 300000 * (n % 5) };
			struct sched_attr other = { .sched_policy = SCHED_OTHER };
			uint64_t cpu = own_cpu_ns();

			set_deadline(0, (1 + n % 2) * MS / 2, (10 + n % 7) * MS, 0, n % 3 ? 0 : FLAG_RECLAIM);
			while (own_cpu_ns() - cpu < n % 4 * MS / 2)
				;
			if (n % 3 == 0)
				sched_yield();
			nanosleep(&t, NULL);
			if (n % 5 == 0)
				set_attr(0, &other);
		}
	}
	for (int turns = 0; turns < 300; turns++) /* of a fair task, among them */
		usleep(2000);
	for (int i = 0; i < CROWD; i++)
		reap(pid[i]);
	set_deadline_in_time(0, 95 * MS / 10, 10 * MS, 0, 0);
	CHECK_EQ(sched_yield(), 0);
}

/*
 * Whoever has no budget reaches the boundary all the same, long before its next period. A kernel without stillness (Linux) runs the rest.
 */
CASE(stillness_does_not_wait_for_a_budget)
{
	pid_t pid = fork();
	clockid_t clock;
	uint64_t cpu;
	int fd;

	CHECK(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		set_deadline_in_time(0, 300 * MS, 4194 * MS, 0, 0); /* large: what stillness makes it owe is a small part */
		for (;;)
			;
	}
	CHECK_EQ(clock_getcpuclockid(pid, &clock), 0);
	while (sched_getscheduler(pid) != SCHED_DEADLINE)
		usleep(1000);
	do { /* until it stands, although it is runnable */
		cpu = now_ns(clock);
		usleep(30000);
	} while (now_ns(clock) != cpu);
	fd = open("/sys/kernel/debug/still", O_RDWR);
	if (fd >= 0) {
		for (int i = 0; i < 3; i++)
			CHECK_EQ(write(fd, "3000\n", 5), 5);
		close(fd);
	}
	reap(pid);
	no_bandwidth();
}

#define CHANGED 6

/*
 * Policies change while their tasks sleep, wake up, run and go from one processor to another. The last case: Linux 6.1 does not get back
 * the bandwidth of a task that sleeps beyond its zero-lag time when somebody else gives it another policy.
 */
CASE(policies_change_at_any_moment)
{
	volatile long *turns = shared_page();
	struct sched_attr attrs[] = {
		{ .sched_policy = SCHED_OTHER },
		{ .sched_policy = SCHED_FIFO, .sched_priority = 3 },
		{ .sched_policy = SCHED_DEADLINE, .sched_runtime = 2 * MS, .sched_deadline = 20 * MS, .sched_period = 20 * MS },
		{ .sched_policy = SCHED_BATCH, .sched_nice = 5 },
		{ .sched_policy = SCHED_RR, .sched_priority = 50 },
	};
	unsigned nr = 0;
	pid_t pid[CHANGED];

	for (int i = 0; i < CHANGED; i++) {
		pid[i] = fork();
		CHECK(pid[i] >= 0);
		while (!pid[i]) {
			struct timespec t = { 0, 50000 };

			nanosleep(&t, NULL);
			turns[i]++;
		}
	}
	for (int round = 0; round < 4000; round++)
		for (int i = 0; i < CHANGED; i++, nr = nr * 7 + 3)
			CHECK(!set_attr(pid[i], &attrs[nr / 64 % 5]) || errno == EBUSY);
	for (int i = 0; i < CHANGED; i++) {
		long before = turns[i];

		while (turns[i] < before + 10)
			usleep(1000);
		reap(pid[i]);
	}
}

static pid_t forker;
static volatile int flips_done;

/* For a second, takes the deadline away from the one that forks, and gives it back. */
static void *flips_policy(void *arg)
{
	uint64_t end = now_ns(CLOCK_MONOTONIC) + 1000 * MS;

	for (int i = 0; now_ns(CLOCK_MONOTONIC) < end; i++) {
		struct sched_attr other = { .sched_policy = SCHED_OTHER, .sched_flags = i & 2 ? FLAG_RESET_ON_FORK : 0 };

		CHECK_EQ(set_attr(forker, &other), 0);
		while (set_deadline(forker, 2 * MS, 10 * MS, 0, FLAG_RESET_ON_FORK) && now_ns(CLOCK_MONOTONIC) < end)
			usleep(1000);
	}
	flips_done = 1;
	return arg;
}

/*
 * A child never has a deadline that nobody admitted. Linux 6.1 reads the policy more than once: it refuses some of these forks, and lets a
 * deadline through in others. The last case: Linux also forgets to give the bandwidth of a sleeper back.
 */
CASE(a_child_takes_one_policy_unlike_on_linux)
{
	pthread_t thread;
	int status, bad = 0;
	struct utsname name;
	pid_t pid;

	forker = gettid();
	CHECK_EQ(pthread_create(&thread, NULL, flips_policy, NULL), 0);
	while (!flips_done) {
		pid = fork();
		if (!pid)
			_exit((sched_getscheduler(0) & ~SCHED_RESET_ON_FORK) != SCHED_OTHER);
		while (pid > 0 && !waitpid(pid, &status, WNOHANG))
			;
		bad += pid < 0 || status;
	}
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK_EQ(uname(&name), 0);
	CHECK(!bad || !strstr(name.release, "perennial"));
}

TEST_MAIN()
