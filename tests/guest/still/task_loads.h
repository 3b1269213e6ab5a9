/* SPDX-License-Identifier: GPL-2.0-only */
/* task_loads.h - loads of the calls that wait for time, a signal, a child or a futex; see load.h. */
#pragma once
#include "load.h"
#include <sys/prctl.h>
#include <sys/time.h>
#include <linux/sched.h>

/* --- time --------------------------------------------------------------------------------------------------------- */

static void load_nanosleep(void)
{
	while (!arena->stop) {
		struct timespec ts = { 0, 3000000 };
		long start = now_us();

		CHECK_EQ(syscall(SYS_nanosleep, &ts, NULL), 0);
		CHECK(now_us() - start >= 3000);
		turn();
	}
}

static void load_clock_nanosleep(void)
{
	while (!arena->stop) {
		struct timespec ts, end;

		clock_gettime(CLOCK_MONOTONIC, &ts);
		ts.tv_nsec += 3000000;
		if (ts.tv_nsec >= 1000000000) {
			ts.tv_nsec -= 1000000000;
			ts.tv_sec++;
		}
		CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL), 0);
		clock_gettime(CLOCK_MONOTONIC, &end);
		CHECK(end.tv_sec > ts.tv_sec || (end.tv_sec == ts.tv_sec && end.tv_nsec >= ts.tv_nsec));
		turn();
	}
}

/* A reserve of one's own comes and goes, on our kernel; to others the options mean nothing. */
static void load_prctl(void)
{
	int is_ours = !prctl(0x504e0001, 0, 0, 0, 0);

	while (!arena->stop) {
		CHECK_EQ(prctl(0x504e0001, 65536, 0, 0, 0), is_ours ? 0 : -1);
		CHECK_EQ(prctl(0x504e0001, 131072, 0, 0, 0), is_ours ? 0 : -1);
		CHECK_EQ(prctl(0x504e0002, 0, 0, 0, 0), is_ours ? 131072 : -1);
		CHECK_EQ(prctl(0x504e0001, 0, 0, 0, 0), is_ours ? 0 : -1);
		turn();
	}
}

/* A stop and a continue in a sleep: it is restarted by restart_syscall and still lasts as long as it was asked to. */
static void load_restart_syscall(void)
{
	int status;
	pid_t pid = fork();

	while (!pid) {
		struct timespec ts = { 0, 20000000 };
		long start = now_us();

		CHECK_EQ(syscall(SYS_nanosleep, &ts, NULL), 0);
		CHECK(now_us() - start >= 20000);
		turn();
	}
	while (!arena->stop) {
		usleep(3000);
		CHECK_EQ(kill(pid, SIGSTOP), 0);
		CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
		CHECK(WIFSTOPPED(status));
		CHECK_EQ(kill(pid, SIGCONT), 0);
		CHECK_EQ(waitpid(pid, &status, WCONTINUED), pid);
		usleep(25000);
	}
	kill(pid, SIGKILL);
	ends_with(pid, SIGKILL);
}

/* --- signals ------------------------------------------------------------------------------------------------------ */

static volatile sig_atomic_t nr_alarms;

static void on_alarm(int sig)
{
	nr_alarms++;
}

static void load_pause(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval every = { { 0, 4000 }, { 0, 4000 } };

	sigaction(SIGALRM, &action, NULL);
	CHECK_EQ(setitimer(ITIMER_REAL, &every, NULL), 0);
	while (!arena->stop) {
		int before = nr_alarms;

		CHECK_ERRNO(syscall(SYS_pause), EINTR);
		CHECK(nr_alarms > before);
		turn();
	}
}

static void load_rt_sigsuspend(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval every = { { 0, 4000 }, { 0, 4000 } };
	sigset_t blocked, open_mask;

	sigaction(SIGALRM, &action, NULL);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGALRM);
	sigprocmask(SIG_BLOCK, &blocked, &open_mask);
	CHECK_EQ(setitimer(ITIMER_REAL, &every, NULL), 0);
	while (!arena->stop) {
		int before = nr_alarms;

		CHECK_ERRNO(sigsuspend(&open_mask), EINTR);
		CHECK_EQ(nr_alarms, before + 1);
		turn();
	}
}

/*
 * Queued signals arrive once each and in order. Few are ever pending: what is pending is bounded for the user (RLIMIT_SIGPENDING), thus
 * for all loads together, and who filled that queue would make the sigqueue() of another load fail.
 */
static void load_rt_sigtimedwait(void)
{
	enum { PENDING_MAX = 16 };
	atomic_int *taken = shared_words();
	sigset_t set;
	siginfo_t info;
	int expected = 0, sent = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pid_t parent = getpid(), pid = fork();
	while (!pid) {
		union sigval value = { .sival_int = sent };

		if (arena->stop)
			_exit(0);
		if (sent - atomic_load(taken) >= PENDING_MAX) {
			usleep(2000);
			continue;
		}
		CHECK_EQ(sigqueue(parent, SIGRTMIN + 1, value), 0);
		if (++sent % 3 == 0)
			usleep(2000);
	}
	while (!arena->stop) {
		struct timespec ts = { 0, 50000000 };
		int sig = sigtimedwait(&set, &info, &ts);

		if (sig < 0) { /* the sender was late */
			int error = errno;

			CHECK_EQ(error, EAGAIN);
			continue;
		}
		CHECK_EQ(sig, SIGRTMIN + 1);
		CHECK_EQ(info.si_value.sival_int, expected++);
		atomic_store(taken, expected);
		turn();
	}
	ends_with(pid, 0);
}

/* --- children ----------------------------------------------------------------------------------------------------- */

static pid_t short_child(int code)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (!pid) {
		usleep(2000);
		_exit(code);
	}
	return pid;
}

static void load_wait4(void)
{
	for (int n = 0; !arena->stop; n++) {
		int status;
		pid_t pid = short_child(n % 100);

		CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == n % 100);
		turn();
	}
}

static void load_waitid(void)
{
	for (int n = 0; !arena->stop; n++) {
		siginfo_t info = { 0 };
		pid_t pid = short_child(n % 100);

		CHECK_EQ(waitid(P_PID, pid, &info, WEXITED), 0);
		CHECK_EQ(info.si_pid, pid);
		CHECK_EQ(info.si_status, n % 100);
		turn();
	}
}

/* The maker stands still until the child ends: what the child did last is there. */
static void load_clone3(void)
{
	atomic_int *words = shared_words();

	for (int n = 1; !arena->stop; n++) {
		struct clone_args args = { .flags = CLONE_VFORK, .exit_signal = SIGCHLD };
		pid_t pid = syscall(SYS_clone3, &args, sizeof args);

		CHECK(pid >= 0);
		if (!pid) {
			usleep(2000);
			words[0] = n;
			_exit(0);
		}
		CHECK_EQ(words[0], n);
		ends_with(pid, 0);
		turn();
	}
}

/* --- futexes ------------------------------------------------------------------------------------------------------ */

static int nr_waiting(atomic_int *word)
{
	return futex(word, FUTEX_REQUEUE, 0, (void *)1000l, word, 0); /* to itself: changes nothing, counts */
}

/* Three wait in a known order; they are moved, and woken one by one: in that order, each wake-up wakes exactly one. */
static void load_futex_order(void)
{
	atomic_int *words = shared_words();

	while (!arena->stop) {
		pid_t pids[3];

		words[0] = words[16] = words[32] = 0;
		for (int i = 0; i < 3; i++) {
			pids[i] = fork();
			if (!pids[i]) {
				CHECK_EQ(futex(&words[0], FUTEX_WAIT, 0, NULL, NULL, 0), 0);
				words[33 + atomic_fetch_add(&words[32], 1)] = i;
				_exit(0);
			}
			while (nr_waiting(&words[0]) <= i)
				usleep(200);
		}
		CHECK_EQ(futex(&words[0], FUTEX_CMP_REQUEUE, 0, (void *)9l, &words[16], 0), 3);
		for (int i = 0; i < 3; i++) {
			CHECK_EQ(futex(&words[16], FUTEX_WAKE, 1, NULL, NULL, 0), 1);
			ends_with(pids[i], 0);
			CHECK_EQ(words[33 + i], i);
		}
		CHECK_EQ(futex(&words[16], FUTEX_WAKE, 9, NULL, NULL, 0), 0);
		turn();
	}
}

static void load_futex_waitv(void)
{
	atomic_int *words = shared_words();
	struct futex_waitv waiters[3];

	for (int i = 0; i < 3; i++)
		waiters[i] = (struct futex_waitv){ .uaddr = (uintptr_t)&words[i * 16], .flags = FUTEX_32 };
	for (int n = 0; !arena->stop; n++) {
		pid_t pid = fork();

		if (!pid)
			_exit(syscall(SYS_futex_waitv, waiters, 3, 0, NULL, CLOCK_MONOTONIC) == n % 3 ? 0 : 1);
		while (nr_waiting(&words[32]) < 1)
			usleep(200);
		CHECK_EQ(futex(&words[n % 3 * 16], FUTEX_WAKE, 9, NULL, NULL, 0), 1);
		ends_with(pid, 0);
		CHECK_EQ(nr_waiting(&words[0]) + nr_waiting(&words[16]) + nr_waiting(&words[32]), 0);
		turn();
	}
}
