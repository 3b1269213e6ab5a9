/* SPDX-License-Identifier: GPL-2.0-only */
/* input_test.c - proves what the line discipline makes of typed bytes: lines, ends of file, editing, translation, limits. */
#include "pty_util.h"

static void quiet(void)
{
	local_flags(ECHO, 0);
}

CASE(line_is_read_when_complete)
{
	open_pair();
	quiet();
	type("abc");
	expect_silence(slave);
	type("d\n");
	expect_read(slave, "abcd\n");
}

CASE(one_read_gives_one_line)
{
	open_pair();
	quiet();
	type("one\ntwo\nthree\n");
	expect_read(slave, "one\n");
	expect_read(slave, "two\n");
	expect_read(slave, "three\n");
}

CASE(short_reads_take_a_line_in_pieces)
{
	char buf[4];

	open_pair();
	quiet();
	type("abcdef\n");
	CHECK_EQ(read(slave, buf, 4), 4);
	CHECK(!memcmp(buf, "abcd", 4));
	CHECK_EQ(read(slave, buf, 4), 3);
	CHECK(!memcmp(buf, "ef\n", 3));
}

CASE(end_of_file_delivers_what_is_typed)
{
	char c;

	open_pair();
	quiet();
	type("abc\004");
	expect_read(slave, "abc");
	type("\004");
	CHECK(ready_within(slave, POLLIN, ANSWER_MS) & POLLIN);
	CHECK_EQ(read(slave, &c, 1), 0);
	type("x\n");
	expect_read(slave, "x\n");
}

CASE(end_of_file_after_an_exact_read_is_eaten)
{
	char buf[3];

	open_pair();
	quiet();
	type("abc\004def\n");
	expect_bytes(slave, "abc", 3);
	CHECK_EQ(read(slave, buf, 3), 3);
	CHECK(!memcmp(buf, "def", 3));
}

CASE(two_ends_of_file_are_two_reads)
{
	char c;

	open_pair();
	quiet();
	type("\004\004");
	CHECK(ready_within(slave, POLLIN, ANSWER_MS) & POLLIN);
	CHECK_EQ(read(slave, &c, 1), 0);
	CHECK(ready_within(slave, POLLIN, ANSWER_MS) & POLLIN);
	CHECK_EQ(read(slave, &c, 1), 0);
	expect_silence(slave);
}

CASE(other_line_ends)
{
	struct termios t;

	open_pair();
	quiet();
	t = settings();
	t.c_cc[VEOL] = ';';
	t.c_cc[VEOL2] = ',';
	set(&t);
	type("a;b,c\n");
	expect_read(slave, "a;");
	expect_read(slave, "b,");
	expect_read(slave, "c\n");
	local_flags(IEXTEN, 0);
	type("d,e;");
	expect_read(slave, "d,e;");
}

CASE(erase_word_and_line)
{
	open_pair();
	quiet();
	type("abx\177c\n");
	expect_read(slave, "abc\n");
	type("one two  \027three\n");
	expect_read(slave, "one three\n");
	type("foo.bar\027x\n");
	expect_read(slave, "foo.x\n");
	type("wrong\025right\n");
	expect_read(slave, "right\n");
	type("\177\177\027\025a\n");
	expect_read(slave, "a\n");
}

CASE(erase_stops_at_the_line_before)
{
	open_pair();
	quiet();
	type("ab\n\177\177cd\n");
	expect_read(slave, "ab\n");
	expect_read(slave, "cd\n");
}

CASE(utf8_characters_go_whole)
{
	open_pair();
	change(0, IUTF8, 0, 0, ECHO, 0);
	type("a\303\244\177b\342\202\254\177\n");
	expect_read(slave, "ab\n");
	change(IUTF8, 0, 0, 0, 0, 0);
	type("a\303\244\177\n");
	expect_read(slave, "a\303\n");
}

CASE(literal_next)
{
	open_pair();
	quiet();
	type("a\026\003b\026\026c\026\177\n");
	expect_read(slave, "a\003b\026c\177\n");
	type("a\026\004b\n");
	expect_read(slave, "a\004b\n");
	local_flags(IEXTEN, 0);
	type("a\026b\n");
	expect_read(slave, "a\026b\n");
}

CASE(carriage_return_and_newline)
{
	open_pair();
	quiet();
	type("a\r");
	expect_read(slave, "a\n");
	change(ICRNL, 0, 0, 0, 0, 0);
	type("a\rb\n");
	expect_read(slave, "a\rb\n");
	change(0, IGNCR, 0, 0, 0, 0);
	type("a\rb\n");
	expect_read(slave, "ab\n");
	change(IGNCR, INLCR, 0, 0, ICANON, 0);
	type("a\nb\r");
	expect(slave, "a\rb\r");
}

CASE(strip_and_lower_case)
{
	open_pair();
	change(0, ISTRIP, 0, 0, ECHO, 0);
	type("\341\n");
	expect_read(slave, "a\n");
	change(ISTRIP, IUCLC, 0, 0, 0, 0);
	type("AbC\n");
	expect_read(slave, "abc\n");
}

CASE(marked_parity_doubles_ff)
{
	open_pair();
	set_raw(1, 0);
	change(0, PARMRK, 0, 0, 0, 0);
	type("a\377b");
	expect(slave, "a\377\377b");
}

CASE(long_line_keeps_4095_bytes)
{
	static char line[6000], buf[6000];
	ssize_t n;

	open_pair();
	quiet();
	memset(line, 'x', 5000);
	type_bytes(line, 5000);
	type("\n");
	CHECK(ready_within(slave, POLLIN, ANSWER_MS) & POLLIN);
	n = read(slave, buf, sizeof buf);
	CHECK_EQ(n, 4096);
	CHECK_EQ(buf[4094], 'x');
	CHECK_EQ(buf[4095], '\n');
	type("y\n");
	expect_read(slave, "y\n");
}

CASE(typed_ahead_becomes_a_line_in_canonical_mode)
{
	open_pair();
	set_raw(1, 0);
	type("abc");
	while (1) {
		int n;

		CHECK_EQ(ioctl(slave, FIONREAD, &n), 0);
		if (n == 3)
			break;
	}
	local_flags(0, ICANON);
	expect_read(slave, "abc");
	local_flags(ICANON, 0);
}

CASE(unfinished_line_is_readable_in_raw_mode)
{
	open_pair();
	quiet();
	type("abc");
	expect_silence(slave);
	local_flags(ICANON, 0);
	expect_read(slave, "abc");
}

CASE(count_of_input)
{
	int n = -1;

	open_pair();
	quiet();
	type("abc\ndef");
	CHECK(ready_within(slave, POLLIN, ANSWER_MS) & POLLIN);
	CHECK_EQ(ioctl(slave, FIONREAD, &n), 0);
	CHECK_EQ(n, 4);
	type("\004");
	while (n != 7)
		CHECK_EQ(ioctl(slave, FIONREAD, &n), 0);
}

CASE(flush_forgets_input)
{
	open_pair();
	quiet();
	type("abc\ndef");
	CHECK(ready_within(slave, POLLIN, ANSWER_MS) & POLLIN);
	CHECK_EQ(tcflush(slave, TCIFLUSH), 0);
	type("x\n");
	expect_read(slave, "x\n");
	type("y\n");
	CHECK(ready_within(slave, POLLIN, ANSWER_MS) & POLLIN);
	struct termios t = settings();
	CHECK_EQ(tcsetattr(slave, TCSAFLUSH, &t), 0);
	expect_silence(slave);
	CHECK_ERRNO(ioctl(slave, TCFLSH, 7), EINVAL);
}

CASE(extproc_leaves_lines_to_the_other_side)
{
	open_pair();
	local_flags(0, EXTPROC);
	type("ab\177\003");
	expect(slave, "ab\177\003");
	expect_silence(master);
}

CASE(nonblocking_read)
{
	char c;

	open_pair();
	quiet();
	CHECK_EQ(fcntl(slave, F_SETFL, O_NONBLOCK | O_RDWR), 0);
	CHECK_ERRNO(read(slave, &c, 1), EAGAIN);
	type("a");
	expect_silence(slave);
	CHECK_ERRNO(read(slave, &c, 1), EAGAIN);
}

CASE(read_of_nothing_and_of_bad_memory)
{
	char *volatile nowhere = (char *)8;
	char c;

	open_pair();
	quiet();
	CHECK_EQ(read(slave, &c, 0), 0);
	type("abc\n");
	CHECK(ready_within(slave, POLLIN, ANSWER_MS) & POLLIN);
	CHECK_ERRNO(read(slave, nowhere, 10), EFAULT);
	CHECK_ERRNO(write(slave, nowhere, 10), EFAULT);
	CHECK_ERRNO(lseek(slave, 0, SEEK_SET), ESPIPE);
	CHECK_ERRNO(pread(slave, &c, 1, 0), ESPIPE);
}

static void on_signal(int sig)
{
	(void)sig;
}

CASE(signal_ends_a_blocked_read)
{
	struct sigaction act = { .sa_handler = on_signal };
	char c;

	open_pair();
	sigaction(SIGALRM, &act, NULL);
	ualarm(50000, 0);
	CHECK_ERRNO(read(slave, &c, 1), EINTR);
	ualarm(50000, 0);
	CHECK_ERRNO(read(master, &c, 1), EINTR);
}

TEST_MAIN()
