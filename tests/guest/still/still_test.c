/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * still_test.c - proves that stillness is reached under load and that no program can tell.
 *
 * Two hundred tasks check themselves while they block in every way: pipes with partial writes, futexes with requeue, vfork, stopped
 * jobs, timed waits, poll and epoll, file I/O, signals. None of them gets a signal that it did not send itself, so an EINTR, a short
 * count, a wrong wake count or an early timeout is a failure. Meanwhile the conductor stops and releases everything, again and again,
 * by /sys/kernel/debug/still. A kernel without that file (Linux) runs the same load unstopped: that is the proof of the load itself.
 * STILL_ROUNDS in the environment sets the number of rounds (15). The limit of a round is wide, for loaded machines; what it really took is
 * printed.
 */
#define CASE_SECONDS 600
#include "check.h"
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#define NR_GROUPS 20
#define STILL	  "/sys/kernel/debug/still"

/* Shared by all tasks of the case. */
struct arena {
	atomic_int stop;
	atomic_long turns[16];
	atomic_int word, parked_word, requeued_woken;
};
static struct arena *arena;

static long now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void turn(int kind)
{
	atomic_fetch_add(&arena->turns[kind], 1);
}

/* --- the loads: each runs until it is told to stop, and checks what it gets ----------------------------------------- */

static void pipe_writer(int fd)
{
	static char block[100000];

	for (size_t i = 0; i < sizeof block; i++)
		block[i] = i % 251;
	while (!arena->stop)
		CHECK_EQ(write(fd, block, sizeof block), sizeof block); /* whole, though the pipe holds 65536 */
}

static void load_pipe(void)
{
	static unsigned char buf[50000];
	int fds[2];
	size_t at = 0;

	CHECK_EQ(pipe(fds), 0);
	pid_t pid = fork();
	if (!pid) {
		close(fds[0]);
		pipe_writer(fds[1]);
		_exit(0);
	}
	close(fds[1]);
	for (;;) {
		ssize_t n = read(fds[0], buf, 1 + at % sizeof buf);
		CHECK(n >= 0);
		if (!n)
			break;
		for (ssize_t i = 0; i < n; i++)
			CHECK_EQ(buf[i], (at + i) % 100000 % 251);
		at += n;
		turn(0);
	}
	CHECK_EQ(at % 100000, 0);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

static long futex(atomic_int *word, int op, int val, const struct timespec *timeout, atomic_int *word2, int val3)
{
	return syscall(SYS_futex, word, op, val, timeout, word2, val3);
}

/* Two tasks hand a word to and fro; each wait must end by a wake-up or by the word. */
static void load_futex(void)
{
	atomic_int *word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = fork();
	int me = pid ? 0 : 1;

	while (!arena->stop || me) {
		while (atomic_load(word) != me) {
			if (atomic_load(word) == 2)
				_exit(0);
			long ret = futex(word, FUTEX_WAIT, 1 - me, NULL, NULL, 0);
			int error = errno;
			CHECK(ret == 0 || error == EAGAIN);
		}
		atomic_store(word, 1 - me);
		CHECK(futex(word, FUTEX_WAKE, 1, NULL, NULL, 0) <= 1);
		turn(1);
	}
	while (atomic_load(word) != 0)
		sched_yield();
	atomic_store(word, 2);
	futex(word, FUTEX_WAKE, 1, NULL, NULL, 0);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

/* Four waiters on one word are requeued to another and woken there, one by one: the counts must be right. */
static void load_requeue(void)
{
	atomic_int *words = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	while (!arena->stop) {
		pid_t pids[4];
		int moved = 0, woken = 0;

		words[0] = words[8] = 0;
		for (int i = 0; i < 4; i++) {
			pids[i] = fork();
			if (!pids[i])
				_exit(futex(&words[0], FUTEX_WAIT, 0, NULL, NULL, 0) ? 1 : 0);
		}
		while (moved < 4) {
			long n = futex(&words[0], FUTEX_CMP_REQUEUE, 0, (void *)4l, &words[8], 0);
			CHECK(n >= 0);
			moved += n;
			usleep(500);
		}
		while (woken < 4) {
			CHECK_EQ(futex(&words[8], FUTEX_WAKE, 1, NULL, NULL, 0), 1);
			woken++;
		}
		for (int i = 0; i < 4; i++) {
			int status;
			CHECK_EQ(waitpid(pids[i], &status, 0), pids[i]);
			CHECK_EQ(status, 0);
		}
		turn(2);
	}
}

static void load_vfork(void)
{
	while (!arena->stop) {
		int status;
		pid_t pid = vfork();

		if (!pid) {
			struct timespec ts = { 0, 3000000 };
			syscall(SYS_nanosleep, &ts, NULL);
			_exit(7);
		}
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		CHECK_EQ(WEXITSTATUS(status), 7);
		turn(3);
	}
}

static void load_stopped_job(void)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		for (;;)
			pause();
	while (!arena->stop) {
		CHECK_EQ(kill(pid, SIGSTOP), 0);
		CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
		CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
		usleep(2000);
		CHECK_EQ(kill(pid, SIGCONT), 0);
		CHECK_EQ(waitpid(pid, &status, WCONTINUED), pid);
		CHECK(WIFCONTINUED(status));
		turn(4);
	}
	kill(pid, SIGKILL);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(WTERMSIG(status), SIGKILL);
}

static void load_timed_waits(void)
{
	atomic_int word = 0;

	while (!arena->stop) {
		struct timespec ts = { 0, 4000000 };
		long start = now_us();

		CHECK_EQ(nanosleep(&ts, NULL), 0);
		CHECK(now_us() - start >= 4000);
		start = now_us();
		CHECK_EQ(futex(&word, FUTEX_WAIT, 0, &ts, NULL, 0), -1);
		CHECK(now_us() - start >= 4000);
		start = now_us();
		CHECK_EQ(poll(NULL, 0, 5), 0);
		CHECK(now_us() - start >= 5000);
		sigset_t set;
		sigemptyset(&set);
		sigaddset(&set, SIGUSR2);
		CHECK_ERRNO(sigtimedwait(&set, NULL, &ts), EAGAIN);
		turn(5);
	}
}

static void load_epoll(void)
{
	int there = eventfd(0, 0), back = eventfd(0, 0), ep = epoll_create1(0);
	struct epoll_event ev = { EPOLLIN, { .fd = there } };
	uint64_t v;

	CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, there, &ev), 0);
	pid_t pid = fork();
	if (!pid) {
		for (;;) {
			CHECK_EQ(epoll_wait(ep, &ev, 1, -1), 1);
			CHECK_EQ(read(there, &v, 8), 8);
			if (v > 1)
				_exit(0);
			CHECK_EQ(write(back, &v, 8), 8);
		}
	}
	while (!arena->stop) {
		struct pollfd p = { back, POLLIN, 0 };

		v = 1;
		CHECK_EQ(write(there, &v, 8), 8);
		CHECK_EQ(poll(&p, 1, -1), 1);
		CHECK_EQ(read(back, &v, 8), 8);
		CHECK_EQ(v, 1);
		turn(6);
	}
	v = 100;
	CHECK_EQ(write(there, &v, 8), 8);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

static void load_file(void)
{
	char path[64], out[5000], in[5000];
	int n = 0;

	snprintf(path, sizeof path, "/tmp/still-%d", getpid());
	while (!arena->stop) {
		int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
		CHECK(fd >= 0);
		memset(out, n++, sizeof out);
		CHECK_EQ(write(fd, out, sizeof out), sizeof out);
		char *map = mmap(NULL, sizeof out, PROT_READ, MAP_SHARED, fd, 0);
		CHECK(map != MAP_FAILED);
		CHECK_EQ(pread(fd, in, sizeof in, 0), sizeof in);
		CHECK(!memcmp(in, out, sizeof in) && !memcmp(map, out, sizeof out));
		munmap(map, sizeof out);
		close(fd);
		CHECK_EQ(unlink(path), 0);
		turn(7);
	}
}

static volatile sig_atomic_t handled;
static void on_usr1(int sig)
{
	handled++;
}

static void load_signals(void)
{
	struct sigaction action = { .sa_handler = on_usr1 };
	sigset_t blocked, open_mask;
	siginfo_t info;
	int turns = 0;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigaddset(&blocked, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &blocked, &open_mask);
	sigaction(SIGUSR1, &action, NULL);
	pid_t parent = getpid(), pid = fork();
	if (!pid) {
		for (;;) {
			union sigval value = { .sival_int = turns };
			CHECK_EQ(sigwaitinfo(&blocked, &info), SIGRTMIN);
			CHECK_EQ(info.si_value.sival_int, turns++);
			if (kill(parent, SIGUSR1))
				_exit(0);
			(void)value;
		}
	}
	while (!arena->stop) {
		union sigval value = { .sival_int = turns++ };
		int before = handled;

		CHECK_EQ(sigqueue(pid, SIGRTMIN, value), 0);
		CHECK_ERRNO(sigsuspend(&open_mask), EINTR);
		CHECK_EQ(handled, before + 1);
		turn(8);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

struct load {
	const char *name;
	void (*run)(void);
};
static const struct load loads[] = {
	{ "pipe", load_pipe },	       { "futex", load_futex }, { "requeue", load_requeue }, { "vfork", load_vfork },
	{ "stopped job", load_stopped_job }, { "timed waits", load_timed_waits }, { "epoll", load_epoll }, { "file", load_file },
	{ "signals", load_signals },
};
#define NR_LOADS (int)(sizeof loads / sizeof loads[0])

/* --- the conductor ------------------------------------------------------------------------------------------------- */

static int compare_longs(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return x < y ? -1 : x > y;
}

/* One round: microseconds, or -1 with the report on the output. */
static long still_round(int fd)
{
	char report[512];
	long start = now_us();

	if (pwrite(fd, "8000\n", 5, 0) == 5)
		return now_us() - start;
	int error = errno;
	ssize_t n = pread(fd, report, sizeof report - 1, 0);
	report[n > 0 ? n : 0] = 0;
	dprintf(1, "  not still: errno %d\n%s", error, report);
	return -1;
}

static void conduct(int rounds)
{
	int fd = open(STILL, O_RDWR);
	long *took = calloc(rounds, sizeof *took);

	if (fd < 0) {
		dprintf(1, "  no %s: the load runs unstopped\n", STILL);
		usleep(rounds * 20000);
		return;
	}
	for (int i = 0; i < rounds; i++) {
		took[i] = still_round(fd);
		CHECK(took[i] >= 0);
		usleep(2000);
	}
	qsort(took, rounds, sizeof *took, compare_longs);
	dprintf(1, "  %d rounds: median %ld us, p99 %ld us, max %ld us\n", rounds, took[rounds / 2], took[rounds * 99 / 100],
		took[rounds - 1]);
}

CASE(nobody_can_tell_that_the_world_stood_still)
{
	pid_t pids[NR_GROUPS * 9];
	const char *env = getenv("STILL_ROUNDS");
	int nr = 0, status;

	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	arena = mmap(NULL, sizeof *arena, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (int group = 0; group < NR_GROUPS / 2; group++) {
		for (int i = 0; i < NR_LOADS; i++) {
			pids[nr] = fork();
			CHECK(pids[nr] >= 0);
			if (!pids[nr]) {
				loads[i].run();
				_exit(0);
			}
			nr++;
		}
	}
	conduct(env ? atoi(env) : 15);
	usleep(200000);
	arena->stop = 1;
	for (int i = 0; i < nr; i++) {
		CHECK_EQ(waitpid(pids[i], &status, 0), pids[i]);
		if (status)
			check_failed(__FILE__, __LINE__, "load \"%s\" ended with status %x", loads[i % NR_LOADS].name, status);
	}
	for (int i = 0; i < NR_LOADS; i++)
		CHECK(arena->turns[i] > 0);
}

TEST_MAIN()
