/* SPDX-License-Identifier: GPL-2.0-only */
/* mixed_loads.h - loads of the stillness test that join several kinds of wait; see load.h. */
#pragma once
#include "load.h"
#include <linux/mempolicy.h>

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
		turn();
	}
	CHECK_EQ(at % 100000, 0);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

/* Two tasks hand a word to and fro; each wait must end by a wake-up or by the word. */
static void load_futex(void)
{
	atomic_int *word = shared_words();
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
		turn();
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
	atomic_int *words = shared_words();

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
		turn();
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
		turn();
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
		turn();
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
		turn();
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
		turn();
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
		turn();
	}
}

/* Memory that a call promises to be there is there when it returns, however often it was held on the way. */
#define POPULATED (4096 * 4096ul)
static void all_present(char *map, unsigned char *vec)
{
	CHECK_EQ(mincore(map, POPULATED, vec), 0);
	for (unsigned long i = 0; i < POPULATED / 4096; i++)
		CHECK(vec[i] & 1);
}

static void load_populate(void)
{
	unsigned char *vec = malloc(POPULATED / 4096);

	while (!arena->stop) {
		char *map = mmap(NULL, POPULATED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

		CHECK(map != MAP_FAILED);
		all_present(map, vec);
		CHECK_EQ(munmap(map, POPULATED), 0);
		map = mmap(NULL, POPULATED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		CHECK(map != MAP_FAILED);
		CHECK_EQ(mlock(map, POPULATED), 0);
		all_present(map, vec);
		CHECK_EQ(munmap(map, POPULATED), 0);
		turn();
	}
	free(vec);
}

/* Each page of a long list is answered for once the call returns, none twice and none left out, and keeps its contents. */
static void load_move_pages(void)
{
	enum { NR = 1024 };
	char *map = mmap(NULL, NR * 4096ul, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	void **pages = malloc(NR * sizeof *pages);
	int *nodes = calloc(NR, sizeof *nodes), *status = malloc(NR * sizeof *status);

	CHECK(map != MAP_FAILED);
	for (int i = 0; i < NR; i++) {
		pages[i] = map + i * 4096ul;
		*(int *)pages[i] = i;
	}
	while (!arena->stop) {
		memset(status, 0x55, NR * sizeof *status);
		CHECK_EQ(syscall(SYS_move_pages, 0, (unsigned long)NR, pages, nodes, status, MPOL_MF_MOVE), 0);
		for (int i = 0; i < NR; i++) {
			CHECK_EQ(status[i], 0);
			CHECK_EQ(*(int *)pages[i], i);
		}
		memset(status, 0x55, NR * sizeof *status);
		CHECK_EQ(syscall(SYS_move_pages, 0, (unsigned long)NR, pages, NULL, status, 0), 0);
		for (int i = 0; i < NR; i++)
			CHECK_EQ(status[i], 0);
		turn();
	}
	CHECK_EQ(munmap(map, NR * 4096ul), 0);
	free(pages);
	free(nodes);
	free(status);
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
		turn();
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
