/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sched_test.c - proves what the scheduler promises to programs: affinity, policies and their limits, shares by nice, real-time
 * order on one processor, round robin, counters of switches.
 */
#define CASE_SECONDS 90 /* for the busiest host; no case waits for time to pass */
#include "check.h"
#include "pinned.h"
#include <pthread.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

CASE(affinity_says_where_we_run)
{
	cpu_set_t all, one;
	unsigned cpu, node;

	CHECK_EQ(sched_getaffinity(0, sizeof(all), &all), 0);
	for (int i = 0; i < 64; i++) {
		if (!CPU_ISSET(i, &all))
			continue;
		pin(0, i);
		CHECK_EQ(sched_getcpu(), i);
		CHECK_EQ(syscall(SYS_getcpu, &cpu, &node, NULL), 0);
		CHECK_EQ(cpu, i);
		CHECK_EQ(sched_getaffinity(0, sizeof(one), &one), 0);
		CHECK_EQ(CPU_COUNT(&one), 1);
	}
	CPU_ZERO(&one);
	CHECK_ERRNO(sched_setaffinity(0, sizeof(one), &one), EINVAL);
	CHECK_ERRNO(sched_setaffinity(999999, sizeof(all), &all), ESRCH);
	CHECK(syscall(SYS_sched_getaffinity, 0, 8, &one) > 0);
	CHECK_ERRNO(syscall(SYS_sched_getaffinity, 0, 0, &one), EINVAL);
}

CASE(affinity_is_inherited)
{
	cpu_set_t set;

	pin(0, 0);
	IN_CHILD(CHECK_EQ(sched_getaffinity(0, sizeof(set), &set), 0); CHECK_EQ(CPU_COUNT(&set), 1); CHECK(CPU_ISSET(0, &set)));
}

/* The target is woken while its mask is set; when the call has returned it runs where the mask says, or will. */
struct moved {
	pid_t tid;
	int wake[2], start[2], done[2];
	volatile int is_set, cpu;	/* the mask is set; where the target was then */
};

static void *moved_target(void *arg)
{
	struct moved *m = arg;
	char c;

	__atomic_store_n(&m->tid, (pid_t)syscall(SYS_gettid), __ATOMIC_SEQ_CST);
	while (read(m->wake[0], &c, 1) == 1) {
		while (!m->is_set)
			;
		m->cpu = sched_getcpu();
		CHECK_EQ(write(m->done[1], "", 1), 1);
	}
	return NULL;
}

static void *moved_waker(void *arg)
{
	struct moved *m = arg;
	char c;

	while (read(m->start[0], &c, 1) == 1)
		CHECK_EQ(write(m->wake[1], &c, 1), 1);
	close(m->wake[1]);
	return NULL;
}

static void move_while_it_wakes(struct moved *m, int cpu)
{
	cpu_set_t one;
	char c;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	m->is_set = 0;
	CHECK_EQ(write(m->start[1], "", 1), 1);
	CHECK_EQ(sched_setaffinity(m->tid, sizeof(one), &one), 0);
	m->is_set = 1;
	CHECK_EQ(read(m->done[0], &c, 1), 1);
	CHECK_EQ(m->cpu, cpu);
}

CASE(affinity_holds_for_who_is_being_woken)
{
	struct moved m = { 0 };
	pthread_t target, waker;
	int i;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		return;
	CHECK_EQ(pipe(m.wake) | pipe(m.start) | pipe(m.done), 0);
	CHECK_EQ(pthread_create(&target, NULL, moved_target, &m), 0);
	CHECK_EQ(pthread_create(&waker, NULL, moved_waker, &m), 0);
	while (!__atomic_load_n(&m.tid, __ATOMIC_SEQ_CST))
		sched_yield();
	for (i = 0; i < 3000; i++)
		move_while_it_wakes(&m, i & 1);
	close(m.start[1]);
	CHECK_EQ(pthread_join(waker, NULL) | pthread_join(target, NULL), 0);
}

CASE(policies_and_their_limits)
{
	struct sched_param p = { 0 };

	CHECK_EQ(sched_getscheduler(0), SCHED_OTHER);
	CHECK_EQ(sched_get_priority_max(SCHED_FIFO), 99);
	CHECK_EQ(sched_get_priority_min(SCHED_RR), 1);
	CHECK_EQ(sched_get_priority_max(SCHED_OTHER), 0);
	CHECK_ERRNO(sched_get_priority_max(77), EINVAL);
	p.sched_priority = 1;
	CHECK_ERRNO(sched_setscheduler(0, SCHED_OTHER, &p), EINVAL);
	p.sched_priority = 0;
	CHECK_ERRNO(sched_setscheduler(0, SCHED_FIFO, &p), EINVAL);
	CHECK_EQ(sched_setscheduler(0, SCHED_BATCH, &p), 0);
	CHECK_EQ(sched_getscheduler(0), SCHED_BATCH);
	CHECK_EQ(sched_setscheduler(0, SCHED_IDLE, &p), 0);
	CHECK_EQ(sched_setscheduler(0, SCHED_OTHER, &p), 0);
	if (geteuid())
		return;
	p.sched_priority = 100;
	CHECK_ERRNO(sched_setscheduler(0, SCHED_FIFO, &p), EINVAL);
	p.sched_priority = 7;
	CHECK_EQ(sched_setscheduler(0, SCHED_RR, &p), 0);
	CHECK_EQ(sched_getparam(0, &p), 0);
	CHECK_EQ(p.sched_priority, 7);
}

CASE(round_robin_interval)
{
	struct sched_param p = { .sched_priority = 5 };
	struct timespec t;

	CHECK_EQ(sched_rr_get_interval(0, &t), 0);
	CHECK_EQ(t.tv_sec, 0);
	if (geteuid())
		return;
	CHECK_EQ(sched_setscheduler(0, SCHED_RR, &p), 0);
	CHECK_EQ(sched_rr_get_interval(0, &t), 0);
	CHECK_EQ(t.tv_nsec, 100000000);
	CHECK_EQ(sched_setscheduler(0, SCHED_FIFO, &p), 0);
	CHECK_EQ(sched_rr_get_interval(0, &t), 0);
	CHECK_EQ(t.tv_nsec, 0);
}

CASE(reset_on_fork)
{
	struct sched_param p = { .sched_priority = 5 };

	if (geteuid())
		return;
	CHECK_EQ(sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &p), 0);
	CHECK_EQ(sched_getscheduler(0), SCHED_FIFO | SCHED_RESET_ON_FORK);
	IN_CHILD(CHECK_EQ(sched_getscheduler(0), SCHED_OTHER));
}

CASE(nice_values)
{
	CHECK_EQ(getpriority(PRIO_PROCESS, 0), 0);
	CHECK_EQ(nice(3), 3);
	CHECK_EQ(getpriority(PRIO_PROCESS, 0), 3);
	CHECK_EQ(setpriority(PRIO_PROCESS, 0, 100), 0);
	CHECK_EQ(getpriority(PRIO_PROCESS, 0), 19);
	CHECK_ERRNO(setpriority(99, 0, 1), EINVAL);
}

struct order {
	volatile int nr;
	volatile int who[8];
};

/* Higher real-time priorities run first on one processor, whatever the order of their making. */
CASE(real_time_order)
{
	struct order *order = shared_page();
	struct sched_param p = { .sched_priority = 50 };

	if (geteuid())
		return;
	pin(0, 0);
	CHECK_EQ(sched_setscheduler(0, SCHED_FIFO, &p), 0);
	for (int i = 1; i <= 3; i++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (!pid) { /* runs only when the parent waits: same processor, lower priority */
			order->who[order->nr++] = i;
			_exit(0);
		}
		p.sched_priority = 10 + i;
		CHECK_EQ(sched_setscheduler(pid, SCHED_FIFO, &p), 0);
	}
	CHECK_EQ(order->nr, 0);
	while (wait(NULL) > 0)
		;
	CHECK_EQ(order->nr, 3);
	CHECK(order->who[0] == 3 && order->who[1] == 2 && order->who[2] == 1);
}

/*
 * A fair task wakes a real-time one of the same processor: that one runs before the fair one is back from the call. No time is
 * measured: who writes first into the page tells.
 */
CASE(waking_real_time_task_preempts)
{
	struct order *order = shared_page();
	struct sched_param p = { .sched_priority = 20 };
	int go[2], done[2];
	char byte = 0;
	pid_t pid;

	if (geteuid())
		return;
	CHECK_EQ(pipe(go) | pipe(done), 0);
	pin(0, 0);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		close(go[1]);
		CHECK_EQ(sched_setscheduler(0, SCHED_FIFO, &p), 0);
		CHECK_EQ(write(done[1], &byte, 1), 1);
		while (read(go[0], &byte, 1) == 1)
			order->who[0] = 'R';
		_exit(0);
	}
	close(go[0]);
	CHECK_EQ(read(done[0], &byte, 1), 1);
	for (int i = 0; i < 200; i++) { /* it is back in its read: with a higher priority it went there before we ran */
		order->who[0] = 'F';
		CHECK_EQ(write(go[1], &byte, 1), 1);
		CHECK_EQ(order->who[0], 'R');
	}
	close(go[1]);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

/* One that never sleeps leaves others a share: enough to be told to end. */
CASE(a_real_time_hog_can_be_stopped)
{
	struct sched_param p = { .sched_priority = 20 };
	struct order *order = shared_page();
	int status;
	pid_t pid;

	if (geteuid())
		return;
	pin(0, 0);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		CHECK_EQ(sched_setscheduler(0, SCHED_FIFO, &p), 0);
		order->who[0] = 'R';
		while (order->who[0] == 'R')
			;
		_exit(0);
	}
	while (order->who[0] != 'R')
		sched_yield();
	for (int i = 0; i < 3; i++) /* a tenth of a second of our own takes two of its periods or more */
		for (clock_t from = clock(); clock() - from < CLOCKS_PER_SEC / 30;)
			;
	order->who[0] = 'F';
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

/* Two real-time tasks of one processor and one priority pass a byte: nobody preempts, so each read has to leave the processor. */
CASE(switches_are_counted)
{
	struct sched_param p = { .sched_priority = 20 };
	struct rusage before, after;
	int there[2], back[2];
	char byte = 0;
	pid_t pid;

	if (geteuid())
		return;
	CHECK_EQ(pipe(there) | pipe(back), 0);
	pin(0, 0);
	CHECK_EQ(sched_setscheduler(0, SCHED_FIFO, &p), 0);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		close(there[1]);
		while (read(there[0], &byte, 1) == 1)
			CHECK_EQ(write(back[1], &byte, 1), 1);
		_exit(0);
	}
	CHECK_EQ(getrusage(RUSAGE_THREAD, &before), 0);
	for (int i = 0; i < 50; i++) {
		CHECK_EQ(write(there[1], &byte, 1), 1);
		CHECK_EQ(read(back[0], &byte, 1), 1);
	}
	CHECK_EQ(getrusage(RUSAGE_THREAD, &after), 0);
	CHECK(after.ru_nvcsw - before.ru_nvcsw >= 50);
	CHECK(after.ru_nivcsw - before.ru_nivcsw < 50);
	close(there[1]);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

static void *yielder(void *arg)
{
	volatile int *turn = arg;

	pin(0, 0);
	for (int i = 0; i < 2000; i++) {
		while (*turn != 1)
			sched_yield();
		*turn = 0;
	}
	return NULL;
}

/* Two threads of one processor pass a word with sched_yield() alone. */
CASE(yield_lets_the_other_run)
{
	volatile int turn = 0;
	pthread_t thread;

	pin(0, 0);
	CHECK_EQ(pthread_create(&thread, NULL, yielder, (void *)&turn), 0);
	for (int i = 0; i < 2000; i++) {
		turn = 1;
		while (turn == 1)
			sched_yield();
	}
	CHECK_EQ(pthread_join(thread, NULL), 0);
}

/* More threads than processors, moved about while they count: nothing is lost. */
struct mover {
	pthread_mutex_t mutex;
	volatile long sum;
};

static void *moved(void *arg)
{
	struct mover *m = arg;

	for (int i = 0; i < 5000; i++) {
		CHECK_EQ(pthread_mutex_lock(&m->mutex), 0);
		m->sum++;
		CHECK_EQ(pthread_mutex_unlock(&m->mutex), 0);
	}
	return NULL;
}

CASE(threads_survive_being_moved)
{
	struct mover m = { .mutex = PTHREAD_MUTEX_INITIALIZER };
	pthread_t thread[6];
	cpu_set_t all, one;

	CHECK_EQ(sched_getaffinity(0, sizeof(all), &all), 0);
	for (int i = 0; i < 6; i++)
		CHECK_EQ(pthread_create(&thread[i], NULL, moved, &m), 0);
	for (int round = 0; round < 60; round++) {
		int cpu = round % CPU_COUNT(&all);

		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		(void)pthread_setaffinity_np(thread[round % 6], sizeof(one), &one);
	}
	for (int i = 0; i < 6; i++)
		CHECK_EQ(pthread_join(thread[i], NULL), 0);
	CHECK_EQ(m.sum, 30000);
}

TEST_MAIN()
