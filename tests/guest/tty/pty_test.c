/* SPDX-License-Identifier: GPL-2.0-only */
/* pty_test.c - proves the pair: numbers, lock, both ends' lives, bytes both ways in quantity, poll, peers, SIGIO. */
#include "pty_util.h"
#include <sys/epoll.h>

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

CASE(slave_is_locked_at_first)
{
	int lock = -1;

	master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	CHECK(master >= 0);
	CHECK_EQ(ioctl(master, TIOCGPTN, &pts_number), 0);
	CHECK_EQ(ioctl(master, TIOCGPTLCK, &lock), 0);
	CHECK_EQ(lock, 1);
	CHECK_ERRNO(open(slave_name(), O_RDWR | O_NOCTTY), EIO);
	lock = 0;
	CHECK_EQ(ioctl(master, TIOCSPTLCK, &lock), 0);
	CHECK(open(slave_name(), O_RDWR | O_NOCTTY) >= 0);
}

CASE(slave_node_comes_and_goes)
{
	struct stat st;

	open_master();
	CHECK_EQ(stat(slave_name(), &st), 0);
	CHECK(S_ISCHR(st.st_mode));
	CHECK_EQ(st.st_rdev, (136 << 8) + pts_number);
	CHECK_EQ(st.st_uid, geteuid());
	close(master);
	CHECK_ERRNO(stat(slave_name(), &st), ENOENT);
}

CASE(bytes_both_ways)
{
	open_pair();
	set_raw(1, 0);
	type("hello");
	expect(slave, "hello");
	CHECK_EQ(write(slave, "world", 5), 5);
	expect(master, "world");
}

CASE(bytes_typed_before_the_slave_is_open)
{
	open_master();
	type("early\n");
	slave = open(slave_name(), O_RDWR | O_NOCTTY);
	CHECK(slave >= 0);
	expect_read(slave, "early\n");
	expect(master, "early\r\n");
}

CASE(master_of_a_closed_slave)
{
	char c;

	open_pair();
	CHECK_EQ(write(slave, "bye", 3), 3);
	close(slave);
	expect(master, "bye");
	CHECK_ERRNO(read(master, &c, 1), EIO);
	CHECK(ready_within(master, POLLIN, 0) & POLLHUP);
	type("x\n");
	slave = open(slave_name(), O_RDWR | O_NOCTTY);
	CHECK(slave >= 0);
	CHECK(!(ready_within(master, 0, 0) & POLLHUP));
	expect_read(slave, "x\n");
}

CASE(slave_of_a_closed_master)
{
	struct termios t;
	char c;

	open_pair();
	close(master);
	CHECK_EQ(read(slave, &c, 1), 0);
	CHECK_ERRNO(write(slave, "x", 1), EIO);
	CHECK_ERRNO(tcgetattr(slave, &t), EIO);
	CHECK_ERRNO(ioctl(slave, TIOCSPGRP, &c), ENOTTY);
	CHECK_EQ(ready_within(slave, POLLIN | POLLOUT, 0), POLLIN | POLLOUT | POLLERR | POLLHUP);
}

CASE(blocked_reader_learns_of_the_masters_close)
{
	int ready[2];
	pid_t pid;
	char c;

	open_pair();
	CHECK_EQ(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		close(master);
		say_ready(ready[1]);
		_exit(read(slave, &c, 1) == -1 ? errno : 0);
	}
	wait_ready(ready[0]);
	usleep(50000);
	close(master);
	int status = status_of(pid, 0);
	CHECK(status == EIO << 8 || status == 0);
}

CASE(blocked_writer_learns_of_the_masters_close)
{
	static char text[100000];
	pid_t pid;

	open_pair();
	pid = fork();
	if (!pid) {
		close(master);
		signal(SIGHUP, SIG_IGN);
		while (write(slave, text, sizeof text) > 0)
			;
		_exit(errno);
	}
	usleep(50000);
	close(master);
	CHECK_EQ(status_of(pid, 0), EIO << 8);
}

CASE(peer_is_opened_through_the_master)
{
	open_master();
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	CHECK(slave >= 0);
	CHECK_EQ(fcntl(slave, F_GETFD), FD_CLOEXEC);
	type("a\n");
	expect_read(slave, "a\n");
}

CASE(poll_of_both_ends)
{
	open_pair();
	set_raw(1, 0);
	CHECK_EQ(ready_within(master, POLLIN | POLLOUT, 0), POLLOUT);
	CHECK_EQ(ready_within(slave, POLLIN | POLLOUT, 0), POLLOUT);
	type("x");
	CHECK_EQ(ready_within(slave, POLLIN, ANSWER_MS), POLLIN);
	CHECK_EQ(write(slave, "y", 1), 1);
	CHECK_EQ(ready_within(master, POLLIN, ANSWER_MS), POLLIN);
}

CASE(edge_triggered_epoll_sees_each_write)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
	int ep = epoll_create1(0);

	open_pair();
	set_raw(1, 0);
	CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, master, &ev), 0);
	for (int i = 0; i < 10; i++) {
		CHECK_EQ(write(slave, "y", 1), 1);
		CHECK_EQ(epoll_wait(ep, &ev, 1, ANSWER_MS), 1);
	}
	CHECK_EQ(epoll_wait(ep, &ev, 1, 20), 0);
}

CASE(a_megabyte_through_and_back)
{
	enum { SIZE = 1 << 20 };
	static char buf[8192];
	size_t sent = 0, got = 0;
	pid_t pid;

	open_pair();
	set_raw(1, 0);
	pid = fork();
	if (!pid) { /* sends back what comes */
		close(master);
		while (1) {
			ssize_t n = read(slave, buf, sizeof buf);

			if (n <= 0 || write(slave, buf, (size_t)n) != n)
				_exit(0);
		}
	}
	CHECK_EQ(fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK), 0);
	while (got < SIZE) {
		int what = ready_within(master, sent < SIZE ? POLLIN | POLLOUT : POLLIN, ANSWER_MS);

		CHECK(what);
		if (what & POLLOUT) {
			for (size_t i = 0; i < sizeof buf; i++)
				buf[i] = (char)((sent + i) * 31 >> 3);
			ssize_t n = write(master, buf, SIZE - sent < sizeof buf ? SIZE - sent : sizeof buf);
			CHECK(n > 0 || errno == EAGAIN);
			sent += n > 0 ? (size_t)n : 0;
		}
		if (!(what & POLLIN))
			continue;
		ssize_t n = read(master, buf, sizeof buf);
		CHECK(n > 0);
		for (ssize_t i = 0; i < n; i++)
			if (buf[i] != (char)((got + (size_t)i) * 31 >> 3))
				check_failed(__FILE__, __LINE__, "byte %zu is wrong", got + (size_t)i);
		got += (size_t)n;
	}
	kill(pid, SIGKILL);
}

CASE(echo_of_much_input_does_not_block)
{
	char line[101];

	open_pair(); /* nobody reads the master: echo has no room in the end, input goes on */
	memset(line, 'x', 99);
	strcpy(line + 99, "\n");
	for (int i = 0; i < 1000; i++) {
		type(line);
		expect_read(slave, line);
	}
}

CASE(requests_about_modems_are_refused)
{
	int n;

	open_pair();
	CHECK_ERRNO(ioctl(slave, TIOCMGET, &n), ENOTTY);
	CHECK_ERRNO(ioctl(slave, TIOCGPTN, &n), ENOTTY);
	CHECK_ERRNO(ioctl(slave, 0x1234, &n), ENOTTY);
	CHECK_EQ(tcsendbreak(slave, 0), 0);
	CHECK_EQ(tcdrain(slave), 0);
	CHECK_EQ(ioctl(slave, TIOCOUTQ, &n), 0);
	CHECK_EQ(n, 0);
	CHECK_EQ(ioctl(slave, TIOCGETD, &n), 0);
	CHECK_EQ(n, 0);
	CHECK_EQ(ioctl(slave, TIOCSETD, &n), 0);
	CHECK_EQ(ioctl(slave, _IOR('T', 0x32, unsigned), &n), 0);
	CHECK_EQ(n, (136 << 8) + pts_number);
}

CASE(exclusive_use)
{
	open_pair();
	CHECK_EQ(ioctl(slave, TIOCEXCL), 0);
	if (geteuid() == 0) {
		IN_CHILD({
			CHECK_EQ(chmod(slave_name(), 0666), 0);
			CHECK_EQ(setuid(65534), 0);
			CHECK_ERRNO(open(slave_name(), O_RDWR | O_NOCTTY), EBUSY);
		});
	}
	CHECK_EQ(ioctl(slave, TIOCNXCL), 0);
	CHECK(open(slave_name(), O_RDWR | O_NOCTTY) >= 0);
}

static volatile int got_io;
static void on_io(int sig)
{
	got_io += sig != 0;
}

CASE(sigio_tells_of_input)
{
	sigset_t set, old;

	open_pair();
	signal(SIGIO, on_io);
	sigemptyset(&set);
	sigaddset(&set, SIGIO);
	sigprocmask(SIG_BLOCK, &set, &old);
	CHECK_EQ(fcntl(slave, F_SETOWN, getpid()), 0);
	CHECK_EQ(fcntl(slave, F_SETFL, O_RDWR | O_ASYNC), 0);
	type("a\n");
	while (!got_io)
		sigsuspend(&old);
	expect_read(slave, "a\n");
}

CASE(pushed_input_is_as_typed)
{
	open_pair();
	if (geteuid() != 0)
		return;
	for (const char *p = "hi\n"; *p; p++)
		CHECK_EQ(ioctl(slave, TIOCSTI, p), 0);
	expect_read(slave, "hi\n");
	expect(master, "hi\r\n");
}

TEST_MAIN()
