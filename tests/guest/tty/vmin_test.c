/* SPDX-License-Identifier: GPL-2.0-only */
/* vmin_test.c - proves raw reads: VMIN and VTIME in all four combinations, poll, nonblocking. */
#include "pty_util.h"
#include <time.h>

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Type @text in @ms. */
static pid_t type_later(const char *text, int ms)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid)
		return pid;
	usleep(ms * 1000);
	type(text);
	_exit(0);
}

static void wait_for_input(int want)
{
	int n;

	do
		CHECK_EQ(ioctl(slave, FIONREAD, &n), 0);
	while (n != want);
}

CASE(no_minimum_no_time_does_not_wait)
{
	char buf[8];

	open_pair();
	set_raw(0, 0);
	CHECK_EQ(read(slave, buf, 8), 0);
	type("ab");
	wait_for_input(2);
	CHECK_EQ(read(slave, buf, 8), 2);
	fcntl(slave, F_SETFL, O_NONBLOCK | O_RDWR);
	CHECK_EQ(read(slave, buf, 8), 0);
}

CASE(minimum_is_waited_for)
{
	char buf[8];
	pid_t pid;

	open_pair();
	set_raw(3, 0);
	type("a");
	wait_for_input(1);
	CHECK_EQ(ready_within(slave, POLLIN, 20), 0);
	pid = type_later("bcd", 100);
	CHECK_EQ(read(slave, buf, 8), 4);
	CHECK(!memcmp(buf, "abcd", 4));
	CHECK_EQ(status_of(pid, 0), 0);
}

CASE(a_small_buffer_is_enough)
{
	char buf[8];

	open_pair();
	set_raw(5, 0);
	type("abc");
	wait_for_input(3);
	CHECK_EQ(read(slave, buf, 2), 2);
}

CASE(time_without_minimum)
{
	long start = now_ms();
	char buf[8];
	pid_t pid;

	open_pair();
	set_raw(0, 3);
	CHECK_EQ(read(slave, buf, 8), 0);
	CHECK(now_ms() - start >= 290);
	pid = type_later("x", 50);
	CHECK_EQ(read(slave, buf, 8), 1);
	CHECK_EQ(status_of(pid, 0), 0);
}

CASE(time_between_bytes)
{
	char buf[8];
	long start;
	pid_t pid;

	open_pair();
	set_raw(5, 2);
	pid = type_later("ab", 400); /* longer than VTIME: it does not run before the first byte */
	start = now_ms();
	CHECK_EQ(read(slave, buf, 8), 2);
	CHECK(now_ms() - start >= 580);
	CHECK_EQ(status_of(pid, 0), 0);
	type("abcdef");
	wait_for_input(6);
	CHECK_EQ(read(slave, buf, 8), 6);
}

CASE(nonblocking_gives_what_there_is)
{
	char buf[8];

	open_pair();
	set_raw(4, 0);
	fcntl(slave, F_SETFL, O_NONBLOCK | O_RDWR);
	CHECK_ERRNO(read(slave, buf, 8), EAGAIN);
	type("ab");
	wait_for_input(2);
	CHECK_EQ(read(slave, buf, 8), 2);
}

CASE(input_waits_when_the_buffer_is_full)
{
	static char text[12000], buf[12000];
	size_t got = 0;
	pid_t pid;

	open_pair();
	set_raw(1, 0);
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)(i * 13 + i / 200);
	pid = fork();
	if (!pid)
		_exit(write(master, text, sizeof text) != sizeof text);
	wait_for_input(4095);
	while (got < sizeof text) {
		ssize_t n = read(slave, buf + got, 1000);

		CHECK(n > 0);
		got += (size_t)n;
	}
	CHECK(!memcmp(text, buf, sizeof text));
	CHECK_EQ(status_of(pid, 0), 0);
}

TEST_MAIN()
