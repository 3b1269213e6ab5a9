/* SPDX-License-Identifier: GPL-2.0-only */
/* output_test.c - proves output processing, echo and what the screen shows of editing. */
#include "pty_util.h"

static void put(const char *text)
{
	CHECK_EQ(write(slave, text, strlen(text)), (ssize_t)strlen(text));
}

CASE(newline_gets_a_return)
{
	open_pair();
	put("a\nb\n");
	expect(master, "a\r\nb\r\n");
	change(0, 0, ONLCR, 0, 0, 0);
	put("a\n");
	expect(master, "a\n");
	change(0, 0, OPOST, ONLCR, 0, 0);
	put("a\n");
	expect(master, "a\n");
	expect_silence(master);
}

CASE(return_becomes_newline)
{
	open_pair();
	change(0, 0, ONLCR, OCRNL, 0, 0);
	put("a\rb");
	expect(master, "a\nb");
}

CASE(no_return_at_column_zero)
{
	open_pair();
	change(0, 0, ONLCR, ONOCR, 0, 0);
	put("\rab\r\rc\r");
	expect(master, "ab\rc\r");
	expect_silence(master);
}

CASE(newline_does_the_return)
{
	open_pair();
	change(0, 0, ONLCR, ONLRET | ONOCR, 0, 0);
	put("ab\n\rc\r");
	expect(master, "ab\nc\r");
}

CASE(tabs_become_spaces)
{
	open_pair();
	change(0, 0, 0, XTABS, 0, 0);
	put("\tx\tabcdefg\ty\rab\bc\tz\n");
	expect(master, "        x       abcdefg y\rab\bc      z\r\n");
}

CASE(upper_case)
{
	open_pair();
	change(0, 0, 0, OLCUC, 0, 0);
	put("aBc1\n");
	expect(master, "ABC1\r\n");
}

CASE(long_output_is_whole)
{
	static char text[4000], want[8000];

	open_pair();
	for (int i = 0; i < 1000; i++)
		memcpy(text + 4 * i, "abc\n", 4), memcpy(want + 5 * i, "abc\r\n", 5);
	CHECK_EQ(write(slave, text, 4000), 4000);
	expect_bytes(master, want, 5000);
	expect_silence(master);
}

CASE(echo_of_text_and_controls)
{
	open_pair();
	type("ab\001\tc\033\n");
	expect(master, "ab^A\tc^[\r\n");
	local_flags(ECHOCTL, 0);
	type("\001\n");
	expect(master, "\001\r\n");
	local_flags(ECHO, ECHOCTL);
	type("abc\n");
	expect_silence(master);
	local_flags(0, ECHONL);
	type("abc\n");
	expect(master, "\r\n");
	expect_silence(master);
}

CASE(echo_of_end_of_file_is_nothing)
{
	open_pair();
	type("ab\004");
	expect(master, "ab");
	expect_silence(master);
}

CASE(erase_on_the_screen)
{
	open_pair();
	type("ab\177");
	expect(master, "ab\b \b");
	type("\001\177");
	expect(master, "^A\b \b\b \b");
	type("\177\177");
	expect(master, "\b \b");
	expect_silence(master);
	type("one two\027");
	expect(master, "one two\b \b\b \b\b \b");
	type("\025");
	expect(master, "\b \b\b \b\b \b\b \b");
	expect_silence(master);
}

CASE(erase_without_echoe)
{
	open_pair();
	local_flags(ECHOE, 0);
	type("ab\177");
	expect(master, "ab^?");
	type("\025");
	expect(master, "^U\r\n");
	local_flags(ECHOK | ECHOKE, ECHOE);
	type("ab\025");
	expect(master, "ab^U");
	expect_silence(master);
}

CASE(tab_is_erased_to_where_it_began)
{
	open_pair();
	type("ab\t\177");
	expect(master, "ab\t\b\b\b\b\b\b");
	type("\177\177\t\t\177");
	expect(master, "\b \b\b \b\t\t\b\b\b\b\b\b\b\b");
	type("\n");
	expect(master, "\r\n");
	put("12345");
	expect(master, "12345");
	type("x\t\177");
	expect(master, "x\t\b\b");
}

CASE(printed_erase)
{
	open_pair();
	local_flags(0, ECHOPRT);
	type("abc\177\177d\n");
	expect(master, "abc\\cb/d\r\n");
}

CASE(utf8_counts_one_column)
{
	open_pair();
	change(0, IUTF8, 0, 0, 0, 0);
	type("a\303\244\t\177\177");
	expect(master, "a\303\244\t\b\b\b\b\b\b\b \b");
}

CASE(reprint)
{
	open_pair();
	type("ab\001");
	expect(master, "ab^A");
	type("\022");
	expect(master, "^R\r\nab^A");
	type("\n");
	expect(master, "\r\n");
	expect_read(slave, "ab\001\n");
}

CASE(literal_next_on_the_screen)
{
	open_pair();
	type("a\026");
	expect(master, "a^\b");
	type("\003");
	expect(master, "^C");
}

CASE(output_blocks_until_it_is_read)
{
	static char text[65536], buf[65536];
	size_t got = 0;
	pid_t pid;

	open_pair();
	set_raw(1, 0);
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)(i * 7 + i / 251);
	pid = fork();
	if (!pid)
		_exit(write(slave, text, sizeof text) != sizeof text);
	while (got < sizeof text) {
		ssize_t n = read(master, buf + got, sizeof buf - got);

		CHECK(n > 0);
		got += (size_t)n;
	}
	CHECK(!memcmp(text, buf, sizeof text));
	CHECK_EQ(status_of(pid, 0), 0);
}

CASE(nonblocking_output_says_when_full)
{
	static char text[4096];
	ssize_t n, total = 0;

	open_pair();
	set_raw(1, 0);
	CHECK_EQ(fcntl(slave, F_SETFL, O_NONBLOCK | O_RDWR), 0);
	while ((n = write(slave, text, sizeof text)) > 0)
		total += n;
	CHECK_ERRNO(write(slave, text, sizeof text), EAGAIN);
	CHECK(total >= 4096);
	CHECK_EQ(ready_within(slave, POLLOUT, 0), 0);
	while (total > 0) {
		n = read(master, text, sizeof text);
		CHECK(n > 0);
		total -= n;
	}
	CHECK_EQ(ready_within(slave, POLLOUT, ANSWER_MS), POLLOUT);
}

CASE(writes_of_two_programs_do_not_mix)
{
	static char text[20000], buf[40000];
	size_t got = 0, changes = 0;
	pid_t pids[2];

	open_pair();
	set_raw(1, 0);
	for (int i = 0; i < 2; i++) {
		pids[i] = fork();
		if (pids[i])
			continue;
		memset(text, 'a' + i, sizeof text);
		_exit(write(slave, text, sizeof text) != sizeof text);
	}
	while (got < sizeof buf) {
		ssize_t n = read(master, buf + got, sizeof buf - got);

		CHECK(n > 0);
		got += (size_t)n;
	}
	for (size_t i = 1; i < sizeof buf; i++)
		changes += buf[i] != buf[i - 1];
	CHECK_EQ(changes, 1);
	CHECK_EQ(status_of(pids[0], 0), 0);
	CHECK_EQ(status_of(pids[1], 0), 0);
}

TEST_MAIN()
