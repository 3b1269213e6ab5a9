/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clock_test.c - proves that clocks agree with each other and with their system calls, never go back on any processor, that sleeps
 * and timeouts are never short, and what setting refuses.
 */
#include "check.h"
#include <poll.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/timex.h>
#include <time.h>

static int64_t ns(const struct timespec *t)
{
	return t->tv_sec * 1000000000LL + t->tv_nsec;
}

static int64_t now(int clock)
{
	struct timespec t;

	CHECK_EQ(clock_gettime(clock, &t), 0);
	CHECK(t.tv_nsec >= 0 && t.tv_nsec < 1000000000);
	return ns(&t);
}

static int64_t now_by_call(int clock)
{
	struct timespec t;

	CHECK_EQ(syscall(SYS_clock_gettime, clock, &t), 0);
	return ns(&t);
}

static const int clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC,	CLOCK_MONOTONIC_RAW, CLOCK_BOOTTIME,
			      CLOCK_TAI,      CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID };

CASE(library_and_system_call_read_the_same_clock)
{
	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		for (int round = 0; round < 200; round++) {
			int64_t a = now(clocks[i]), b = now_by_call(clocks[i]), c = now(clocks[i]);

			CHECK(a <= b && b <= c);
		}
	}
	CHECK(getauxval(AT_SYSINFO_EHDR) != 0);
}

CASE(coarse_clocks_follow_the_fine_ones)
{
	for (int round = 0; round < 1000; round++) {
		int64_t coarse = now(CLOCK_MONOTONIC_COARSE), fine = now(CLOCK_MONOTONIC);

		CHECK(coarse <= fine);
		CHECK(fine - coarse < 100000000);
		CHECK(now(CLOCK_REALTIME_COARSE) <= now(CLOCK_REALTIME));
	}
}

CASE(monotonic_never_goes_back_on_any_processor)
{
	cpu_set_t all, one;
	int64_t last = now(CLOCK_MONOTONIC);

	CHECK_EQ(sched_getaffinity(0, sizeof(all), &all), 0);
	for (int round = 0; round < 200; round++) {
		for (int cpu = 0; cpu < 64; cpu++) {
			if (!CPU_ISSET(cpu, &all))
				continue;
			CPU_ZERO(&one);
			CPU_SET(cpu, &one);
			CHECK_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
			for (int i = 0; i < 20; i++) {
				int64_t t = i % 4 ? now(CLOCK_MONOTONIC) : now_by_call(CLOCK_MONOTONIC);

				CHECK(t >= last);
				last = t;
			}
		}
	}
}

CASE(time_and_gettimeofday_are_realtime)
{
	struct timeval tv;
	int64_t before = now(CLOCK_REALTIME);
	time_t t = time(NULL);

	CHECK_EQ(gettimeofday(&tv, NULL), 0);
	CHECK(tv.tv_sec * 1000000000LL + tv.tv_usec * 1000LL >= before / 1000 * 1000);
	CHECK(t >= before / 1000000000 - 1 && t <= now(CLOCK_REALTIME) / 1000000000);
	CHECK(before > 1600000000LL * 1000000000); /* the hardware clock was read */
}

CASE(resolutions)
{
	struct timespec r;

	CHECK_EQ(clock_getres(CLOCK_MONOTONIC, &r), 0);
	CHECK_EQ(ns(&r), 1);
	CHECK_EQ(clock_getres(CLOCK_REALTIME_COARSE, &r), 0);
	CHECK_EQ(ns(&r), 4000000);
	CHECK_EQ(clock_getres(CLOCK_PROCESS_CPUTIME_ID, &r), 0);
	CHECK_EQ(ns(&r), 1);
	CHECK_ERRNO(clock_getres(99, &r), EINVAL);
	CHECK_ERRNO(clock_gettime(99, &r), EINVAL);
}

CASE(sleeps_are_never_short)
{
	static const long lengths[] = { 1, 1000, 50000, 1000000, 20000000 };

	for (size_t i = 0; i < 5; i++) {
		struct timespec t = { 0, lengths[i] };
		int64_t begun = now(CLOCK_MONOTONIC);

		CHECK_EQ(nanosleep(&t, NULL), 0);
		CHECK(now(CLOCK_MONOTONIC) - begun >= lengths[i]);
		begun = now(CLOCK_MONOTONIC);
		t.tv_sec = (begun + lengths[i]) / 1000000000;
		t.tv_nsec = (begun + lengths[i]) % 1000000000;
		CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL), 0);
		CHECK(now(CLOCK_MONOTONIC) - begun >= lengths[i]);
	}
	CHECK_EQ(poll(NULL, 0, 0), 0);
}

CASE(a_timeout_of_poll_is_not_short)
{
	int64_t begun = now(CLOCK_MONOTONIC);

	CHECK_EQ(poll(NULL, 0, 15), 0);
	CHECK(now(CLOCK_MONOTONIC) - begun >= 15000000);
}

CASE(absolute_realtime_sleep_in_the_past_returns_at_once)
{
	struct timespec t = { 1, 0 };

	CHECK_EQ(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL), 0);
	t.tv_nsec = 1000000000;
	CHECK_EQ(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL), EINVAL);
	t.tv_nsec = -1;
	CHECK_ERRNO(nanosleep(&t, NULL), EINVAL);
}

CASE(setting_steps_realtime_and_nothing_else)
{
	struct timespec t;
	int64_t mono = now(CLOCK_MONOTONIC), real = now(CLOCK_REALTIME), mono2, real2;

	t.tv_sec = real / 1000000000 + 1000;
	t.tv_nsec = 0;
	if (geteuid()) { /* on a machine that is not ours */
		CHECK_ERRNO(clock_settime(CLOCK_REALTIME, &t), EPERM);
		return;
	}
	CHECK_EQ(clock_settime(CLOCK_REALTIME, &t), 0);
	real2 = now(CLOCK_REALTIME);
	mono2 = now(CLOCK_MONOTONIC);
	CHECK(real2 - real > 900 * 1000000000LL && real2 - real < 1100 * 1000000000LL);
	CHECK(mono2 - mono < 60 * 1000000000LL);
	CHECK(now_by_call(CLOCK_REALTIME) >= real2);
	t.tv_sec -= 1000;
	CHECK_EQ(clock_settime(CLOCK_REALTIME, &t), 0);
	CHECK_ERRNO(clock_settime(CLOCK_MONOTONIC, &t), EINVAL);
	t.tv_nsec = 1000000000;
	CHECK_ERRNO(clock_settime(CLOCK_REALTIME, &t), EINVAL);
}

static void step_by(time_t seconds)
{
	struct timespec t;

	CHECK_EQ(clock_gettime(CLOCK_REALTIME, &t), 0);
	t.tv_sec += seconds;
	CHECK_EQ(clock_settime(CLOCK_REALTIME, &t), 0);
}

CASE(a_step_ends_sleeps_until_an_instant_that_is_past_now)
{
	struct timespec until;
	pid_t pid;
	int status;

	if (geteuid())
		return;
	CHECK_EQ(clock_gettime(CLOCK_REALTIME, &until), 0);
	until.tv_sec += 1000;
	pid = fork();
	CHECK(pid >= 0);
	if (!pid)
		_exit(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL));
	usleep(20000); /* asleep by now, most often; both orders must do */
	step_by(2000);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	step_by(-2000);
	CHECK_EQ(status, 0);
}

CASE(a_step_moves_absolute_timers_and_no_relative_ones)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN };
	struct itimerspec set = { 0 }, left;
	struct timespec limit = { 10, 0 };
	timer_t absolute, relative;
	sigset_t mask;

	if (geteuid())
		return;
	sigemptyset(&mask);
	sigaddset(&mask, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	CHECK_EQ(timer_create(CLOCK_REALTIME, &event, &absolute), 0);
	CHECK_EQ(timer_create(CLOCK_REALTIME, &event, &relative), 0);
	set.it_value.tv_sec = 1000;
	CHECK_EQ(timer_settime(relative, 0, &set, NULL), 0);
	CHECK_EQ(clock_gettime(CLOCK_REALTIME, &set.it_value), 0);
	set.it_value.tv_sec += 1000;
	CHECK_EQ(timer_settime(absolute, TIMER_ABSTIME, &set, NULL), 0);
	step_by(2000);
	CHECK_EQ(sigtimedwait(&mask, NULL, &limit), SIGRTMIN);
	CHECK_EQ(timer_gettime(relative, &left), 0);
	CHECK(left.it_value.tv_sec > 900 && left.it_value.tv_sec <= 1000);
	CHECK_EQ(timer_gettime(absolute, &left), 0);
	CHECK_EQ(left.it_value.tv_sec, 0);
	step_by(-2000);
}

static int nr_waiting(unsigned *word)
{
	return syscall(SYS_futex, word, FUTEX_REQUEUE, 0, 1000l, word, 0); /* to itself: changes nothing, counts */
}

/* A child waits by @wait until an instant 1000 s from now; steps bring it nearer, away, and past. */
static void is_ended_by_a_step(long (*wait)(unsigned *word, struct timespec *until))
{
	unsigned *word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct timespec until;
	int status;
	pid_t pid;

	if (geteuid())
		return;
	CHECK_EQ(clock_gettime(CLOCK_REALTIME, &until), 0);
	until.tv_sec += 1000;
	pid = fork();
	if (!pid)
		_exit(wait(word, &until) == -1 ? errno : 0);
	while (nr_waiting(word) < 1)
		usleep(1000);
	step_by(-2000);
	step_by(2500);
	CHECK_EQ(nr_waiting(word), 1);
	step_by(1000);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	step_by(-1500);
	CHECK_EQ(WEXITSTATUS(status), ETIMEDOUT);
	CHECK_EQ(nr_waiting(word), 0);
}

static long wait_bitset(unsigned *word, struct timespec *until)
{
	return syscall(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, until, NULL, ~0u);
}

static long wait_vector(unsigned *word, struct timespec *until)
{
	struct futex_waitv waiter = { .uaddr = (uintptr_t)word, .flags = FUTEX_32 };

	return syscall(SYS_futex_waitv, &waiter, 1, 0, until, CLOCK_REALTIME);
}

CASE(a_step_ends_a_futex_wait_until_an_instant_that_is_past_now)
{
	is_ended_by_a_step(wait_bitset);
}

CASE(a_step_ends_a_wait_for_several_futexes)
{
	is_ended_by_a_step(wait_vector);
}

/* A wake-up finds who was woken by a step to look again. */
CASE(a_step_loses_no_wake_up)
{
	unsigned *word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct timespec until;

	if (geteuid())
		return;
	CHECK_EQ(clock_gettime(CLOCK_REALTIME, &until), 0);
	until.tv_sec += 100000;
	for (int i = 0; i < 50; i++) {
		int status;
		pid_t pid = fork();

		if (!pid)
			_exit(wait_bitset(word, &until) == -1 ? errno : 0);
		while (nr_waiting(word) < 1)
			usleep(100);
		step_by(i & 1 ? -20 : 20);
		CHECK_EQ(syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0), 1);
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		CHECK_EQ(status, 0);
	}
}

CASE(adjtimex_reads_without_rights)
{
	struct timex tx = { 0 };
	int state = adjtimex(&tx);

	CHECK(state >= 0 && state <= 5);
	CHECK(tx.tick >= 9000 && tx.tick <= 11000);
	CHECK(tx.time.tv_sec > 1600000000);
}

static void burn(int64_t length)
{
	int64_t end = now(CLOCK_THREAD_CPUTIME_ID) + length;

	while (now(CLOCK_THREAD_CPUTIME_ID) < end)
		;
}

CASE(cpu_time_counts_running_only)
{
	struct timespec t = { 0, 50000000 };
	struct rusage before, after;
	struct tms tms;
	int64_t begun = now(CLOCK_PROCESS_CPUTIME_ID), used;

	CHECK_EQ(nanosleep(&t, NULL), 0);
	used = now(CLOCK_PROCESS_CPUTIME_ID) - begun;
	CHECK(used < 25000000);
	CHECK_EQ(getrusage(RUSAGE_SELF, &before), 0);
	burn(60000000);
	CHECK_EQ(getrusage(RUSAGE_SELF, &after), 0);
	used = (after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec - before.ru_stime.tv_sec) * 1000000LL +
	       after.ru_utime.tv_usec - before.ru_utime.tv_usec + after.ru_stime.tv_usec - before.ru_stime.tv_usec;
	CHECK(used >= 50000);
	CHECK(times(&tms) != (clock_t)-1);
	CHECK(tms.tms_utime + tms.tms_stime >= 4);
}

CASE(user_time_and_system_time_are_told_apart)
{
	struct rusage a, b, c;
	int64_t end;

	volatile unsigned long x = 0;

	CHECK_EQ(getrusage(RUSAGE_SELF, &a), 0);
	end = now(CLOCK_MONOTONIC) + 200000000;
	while (now(CLOCK_MONOTONIC) < end)
		for (int i = 0; i < 10000; i++)
			x += i;
	CHECK_EQ(getrusage(RUSAGE_SELF, &b), 0);
	end = now(CLOCK_MONOTONIC) + 200000000;
	while (now(CLOCK_MONOTONIC) < end)
		for (int i = 0; i < 100; i++)
			syscall(SYS_getppid);
	CHECK_EQ(getrusage(RUSAGE_SELF, &c), 0);
#define US(t) ((t).tv_sec * 1000000LL + (t).tv_usec)
	CHECK(US(b.ru_utime) - US(a.ru_utime) > US(b.ru_stime) - US(a.ru_stime));
	CHECK(US(c.ru_stime) > US(b.ru_stime));
}

TEST_MAIN()
