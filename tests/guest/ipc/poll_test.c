/* SPDX-License-Identifier: GPL-2.0-only */
/* poll_test.c - proves select, poll and epoll: level and edge triggering, one-shot, nesting, timeouts, masks. */
#include "check.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

CASE(poll_timeout_takes_its_time)
{
	long start = now_ms();

	CHECK_EQ(poll(NULL, 0, 120), 0);
	CHECK(now_ms() - start >= 120);
}

CASE(poll_of_closed_descriptor_is_pollnval)
{
	struct pollfd p = { .fd = 77, .events = POLLIN };

	CHECK_EQ(poll(&p, 1, 0), 1);
	CHECK_EQ(p.revents, POLLNVAL);
	p.fd = -1;
	CHECK_EQ(poll(&p, 1, 0), 0);
}

CASE(select_clears_what_is_not_ready)
{
	int fds[2];
	fd_set in, out;
	struct timeval tv = { 0, 0 };

	CHECK_EQ(pipe(fds), 0);
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(fds[0], &in);
	FD_SET(fds[1], &out);
	CHECK_EQ(select(fds[1] + 1, &in, &out, NULL, &tv), 1);
	CHECK(!FD_ISSET(fds[0], &in) && FD_ISSET(fds[1], &out));
	FD_SET(40, &in); /* closed, and below the smallest table: larger numbers are not looked at */
	CHECK_ERRNO(select(41, &in, NULL, NULL, &tv), EBADF);
}

CASE(eventfd_counts)
{
	int fd = eventfd(3, EFD_NONBLOCK);
	uint64_t v = 4;

	CHECK_EQ(write(fd, &v, 8), 8);
	CHECK_EQ(read(fd, &v, 8), 8);
	CHECK_EQ(v, 7);
	CHECK_ERRNO(read(fd, &v, 8), EAGAIN);
	v = ~0ull;
	CHECK_ERRNO(write(fd, &v, 8), EINVAL);
	v = ~0ull - 1;
	CHECK_EQ(write(fd, &v, 8), 8);
	v = 1;
	CHECK_ERRNO(write(fd, &v, 8), EAGAIN);
	fd = eventfd(2, EFD_SEMAPHORE);
	CHECK_EQ(read(fd, &v, 8), 8);
	CHECK_EQ(v, 1);
}

CASE(epoll_level_edge_and_oneshot)
{
	int ep = epoll_create1(0), level = eventfd(1, 0), edge = eventfd(1, 0), once = eventfd(1, 0);
	struct epoll_event ev, out[8];
	uint64_t one = 1;

	ev = (struct epoll_event){ EPOLLIN, { .u32 = 1 } };
	CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, level, &ev), 0);
	ev = (struct epoll_event){ EPOLLIN | EPOLLET, { .u32 = 2 } };
	CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, edge, &ev), 0);
	ev = (struct epoll_event){ EPOLLIN | EPOLLONESHOT, { .u32 = 3 } };
	CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, once, &ev), 0);
	CHECK_ERRNO(epoll_ctl(ep, EPOLL_CTL_ADD, once, &ev), EEXIST);
	CHECK_EQ(epoll_wait(ep, out, 8, 0), 3);
	CHECK_EQ(epoll_wait(ep, out, 8, 0), 1);
	CHECK_EQ(out[0].data.u32, 1);
	CHECK_EQ(write(edge, &one, 8), 8);
	CHECK_EQ(write(once, &one, 8), 8);
	CHECK_EQ(epoll_wait(ep, out, 8, 0), 2);
	CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_MOD, once, &ev), 0);
	CHECK_EQ(epoll_wait(ep, out, 8, 0), 2);
	CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_DEL, level, NULL), 0);
	CHECK_EQ(epoll_wait(ep, out, 8, 0), 0);
	CHECK_ERRNO(epoll_ctl(ep, EPOLL_CTL_DEL, level, NULL), ENOENT);
	CHECK_ERRNO(epoll_ctl(ep, EPOLL_CTL_ADD, ep, &ev), EINVAL);
}

/* The array's pages have never been touched. */
CASE(epoll_tells_all_events_that_fit_into_the_array)
{
	enum { NR = 900 };
	struct epoll_event *events = mmap(NULL, NR * sizeof *events, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int ep = epoll_create1(0);

	for (int i = 0; i < NR; i++) {
		int fd = eventfd(0, 0);
		struct epoll_event event = { .events = EPOLLOUT, .data.fd = fd };

		CHECK(fd >= 0);
		CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event), 0);
	}
	CHECK_EQ(epoll_wait(ep, events, NR, 0), NR);
	CHECK_EQ(events[NR - 1].events, EPOLLOUT);
}

CASE(epoll_forgets_closed_files)
{
	int ep = epoll_create1(0), fd = eventfd(1, 0);
	struct epoll_event ev = { EPOLLIN, { .u32 = 1 } };

	CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev), 0);
	close(fd);
	CHECK_EQ(epoll_wait(ep, &ev, 1, 0), 0);
}

CASE(epoll_in_epoll)
{
	int inner = epoll_create1(0), outer = epoll_create1(0), fd = eventfd(0, 0);
	struct epoll_event ev = { EPOLLIN, { .u32 = 5 } };
	uint64_t one = 1;

	CHECK_EQ(epoll_ctl(inner, EPOLL_CTL_ADD, fd, &ev), 0);
	CHECK_EQ(epoll_ctl(outer, EPOLL_CTL_ADD, inner, &ev), 0);
	CHECK_ERRNO(epoll_ctl(inner, EPOLL_CTL_ADD, outer, &ev), ELOOP);
	CHECK_EQ(epoll_wait(outer, &ev, 1, 0), 0);
	CHECK_EQ(write(fd, &one, 8), 8);
	CHECK_EQ(epoll_wait(outer, &ev, 1, 100), 1);
	CHECK_EQ(epoll_wait(inner, &ev, 1, 0), 1);
}

CASE(epoll_wait_wakes_from_another_process)
{
	int ep = epoll_create1(0), fd = eventfd(0, 0);
	struct epoll_event ev = { EPOLLIN, { .u64 = 0x1122334455667788 } };
	pid_t pid;

	CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev), 0);
	pid = fork();
	if (!pid) {
		uint64_t one = 1;
		usleep(50000);
		_exit(write(fd, &one, 8) != 8);
	}
	CHECK_EQ(epoll_wait(ep, &ev, 1, 5000), 1);
	CHECK_EQ(ev.data.u64, 0x1122334455667788);
	CHECK_EQ(ev.events, EPOLLIN);
}

CASE(timerfd_expires_and_repeats)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);
	struct itimerspec its = { { 0, 20000000 }, { 0, 20000000 } };
	uint64_t n;

	CHECK_EQ(timerfd_settime(fd, 0, &its, NULL), 0);
	usleep(110000);
	CHECK_EQ(read(fd, &n, 8), 8);
	CHECK(n >= 5);
	CHECK_EQ(read(fd, &n, 8), 8);
	CHECK(n >= 1);
	CHECK_EQ(timerfd_gettime(fd, &its), 0);
	CHECK_EQ(its.it_interval.tv_nsec, 20000000);
}

CASE(signalfd_reads_a_blocked_signal)
{
	sigset_t set;
	struct signalfd_siginfo info;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	int fd = signalfd(-1, &set, SFD_NONBLOCK);
	CHECK(fd >= 0);
	CHECK_ERRNO(read(fd, &info, sizeof info), EAGAIN);
	union sigval value = { .sival_int = 99 };
	CHECK_EQ(sigqueue(getpid(), SIGUSR2, value), 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	CHECK_EQ(poll(&p, 1, 0), 1);
	CHECK_EQ(read(fd, &info, sizeof info), sizeof info);
	CHECK_EQ(info.ssi_signo, SIGUSR2);
	CHECK_EQ(info.ssi_int, 99);
	CHECK_EQ(info.ssi_pid, getpid());
}

static volatile int got;
static void on_signal(int sig)
{
	got = sig;
}

CASE(ppoll_swaps_the_mask_while_it_waits)
{
	sigset_t blocked, empty;
	struct sigaction action = { .sa_handler = on_signal };
	struct timespec ts = { 5, 0 };

	sigemptyset(&empty);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	CHECK_EQ(got, 0);
	CHECK_ERRNO(ppoll(NULL, 0, &ts, &empty), EINTR);
	CHECK_EQ(got, SIGUSR1);
	sigprocmask(SIG_BLOCK, NULL, &empty);
	CHECK(sigismember(&empty, SIGUSR1));
}

TEST_MAIN()
