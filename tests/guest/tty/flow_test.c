/* SPDX-License-Identifier: GPL-2.0-only */
/* flow_test.c - proves flow control by characters and by call, and packet mode, which tells the master of it. */
#include "pty_util.h"

static void put(const char *text)
{
	CHECK_EQ(write(slave, text, strlen(text)), (ssize_t)strlen(text));
}

static void wait_for_room(int want)
{
	int events;

	do
		events = ready_within(slave, POLLOUT, 0);
	while (!!(events & POLLOUT) != want);
}

CASE(stop_and_start_characters)
{
	open_pair();
	fcntl(slave, F_SETFL, O_RDWR | O_NONBLOCK);
	type("\023");
	wait_for_room(0);
	CHECK_ERRNO(write(slave, "x", 1), EAGAIN);
	type("ab"); /* echo waits, too */
	expect_silence(master);
	type("\021");
	wait_for_room(1);
	put("x");
	expect(master, "abx");
	expect_silence(slave);
}

CASE(blocked_writer_goes_on_at_start)
{
	pid_t pid;

	open_pair();
	type("\023");
	wait_for_room(0);
	pid = fork();
	if (!pid)
		_exit(write(slave, "hello", 5) != 5);
	expect_silence(master);
	type("\021");
	expect(master, "hello");
	CHECK_EQ(status_of(pid, 0), 0);
}

CASE(any_character_starts)
{
	open_pair();
	change(0, IXANY, 0, 0, ECHO, 0);
	type("\023");
	wait_for_room(0);
	type("a\n");
	wait_for_room(1);
	expect_read(slave, "a\n");
}

CASE(flow_characters_are_data_without_ixon)
{
	open_pair();
	change(IXON, 0, 0, 0, ECHO, 0);
	type("a\023b\021\n");
	expect_read(slave, "a\023b\021\n");
}

CASE(end_of_ixon_starts_output)
{
	open_pair();
	type("\023");
	wait_for_room(0);
	change(IXON, 0, 0, 0, 0, 0);
	wait_for_room(1);
}

CASE(stop_and_start_by_call)
{
	open_pair();
	CHECK_EQ(tcflow(slave, TCOOFF), 0);
	wait_for_room(0);
	type("\021"); /* START does not undo it */
	expect_silence(master);
	wait_for_room(0);
	CHECK_EQ(tcflow(slave, TCOON), 0);
	wait_for_room(1);
	CHECK_EQ(tcflow(slave, TCIOFF), 0);
	expect(master, "\023");
	CHECK_EQ(tcflow(slave, TCION), 0);
	expect(master, "\021");
	CHECK_ERRNO(ioctl(slave, TCXONC, 9), EINVAL);
}

/* --- packet mode --- */

static void packet_mode(int is_on)
{
	CHECK_EQ(ioctl(master, TIOCPKT, &is_on), 0);
}

static void expect_status(int want)
{
	unsigned char buf[10];

	CHECK(ready_within(master, POLLIN | POLLPRI, ANSWER_MS) & POLLPRI);
	CHECK_EQ(read(master, buf, sizeof buf), 1);
	CHECK_EQ(buf[0], want);
}

CASE(packet_of_data)
{
	int is_on = 0;

	open_pair();
	packet_mode(1);
	CHECK_EQ(ioctl(master, _IOR('T', 0x38, int), &is_on), 0);
	CHECK_EQ(is_on, 1);
	put("abc");
	CHECK_EQ(ready_within(master, POLLIN | POLLPRI, ANSWER_MS), POLLIN);
	expect_bytes(master, "\0abc", 4);
	packet_mode(0);
	put("abc");
	expect(master, "abc");
}

CASE(packet_of_flow)
{
	open_pair();
	packet_mode(1);
	type("\023");
	expect_status(TIOCPKT_STOP);
	type("\021");
	expect_status(TIOCPKT_START);
}

CASE(packet_of_flush)
{
	open_pair();
	local_flags(ECHO, 0);
	packet_mode(1);
	CHECK_EQ(tcflush(slave, TCIFLUSH), 0);
	expect_status(TIOCPKT_FLUSHREAD);
	CHECK_EQ(tcflush(slave, TCOFLUSH), 0);
	expect_status(TIOCPKT_FLUSHWRITE);
	CHECK_EQ(tcflush(slave, TCIOFLUSH), 0);
	expect_status(TIOCPKT_FLUSHREAD | TIOCPKT_FLUSHWRITE);
}

CASE(packet_of_settings)
{
	open_pair();
	packet_mode(1);
	change(IXON, 0, 0, 0, 0, 0);
	expect_status(TIOCPKT_NOSTOP);
	change(0, IXON, 0, 0, 0, 0);
	expect_status(TIOCPKT_DOSTOP);
	local_flags(0, EXTPROC);
	expect_status(TIOCPKT_IOCTL);
}

CASE(status_comes_before_data)
{
	unsigned char buf[10];

	open_pair();
	packet_mode(1);
	put("abc");
	CHECK_EQ(tcflow(slave, TCOOFF), 0);
	expect_status(TIOCPKT_STOP);
	CHECK_EQ(read(master, buf, sizeof buf), 4);
	CHECK(!memcmp(buf, "\0abc", 4));
}

TEST_MAIN()
