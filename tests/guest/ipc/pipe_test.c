/* SPDX-License-Identifier: GPL-2.0-only */
/* pipe_test.c - proves pipes: order, limits, blocking both ways, broken ends, poll, splice and tee. */
#include "check.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <pthread.h>

static int fds[2];

static void make_pipe(int flags)
{
	CHECK_EQ(pipe2(fds, flags), 0);
}

CASE(bytes_come_out_in_order)
{
	char buf[8];

	make_pipe(0);
	CHECK_EQ(write(fds[1], "abc", 3), 3);
	CHECK_EQ(write(fds[1], "def", 3), 3);
	CHECK_EQ(read(fds[0], buf, 4), 4);
	CHECK(!memcmp(buf, "abcd", 4));
	CHECK_EQ(read(fds[0], buf, 8), 2);
	CHECK(!memcmp(buf, "ef", 2));
}

CASE(read_of_closed_writer_is_end_of_file)
{
	char c;

	make_pipe(0);
	close(fds[1]);
	CHECK_EQ(read(fds[0], &c, 1), 0);
}

CASE(write_without_reader_is_sigpipe_or_epipe)
{
	make_pipe(0);
	close(fds[0]);
	signal(SIGPIPE, SIG_IGN);
	CHECK_ERRNO(write(fds[1], "x", 1), EPIPE);
	signal(SIGPIPE, SIG_DFL);
	pid_t pid = fork();
	int status;
	if (!pid) {
		if (write(fds[1], "x", 1))
			_exit(1);
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
}

CASE(capacity_is_sixteen_pages)
{
	char page[4096] = { 0 };

	make_pipe(O_NONBLOCK);
	for (int i = 0; i < 16; i++)
		CHECK_EQ(write(fds[1], page, sizeof page), sizeof page);
	CHECK_ERRNO(write(fds[1], page, 1), EAGAIN);
	int n;
	CHECK_EQ(ioctl(fds[0], FIONREAD, &n), 0);
	CHECK_EQ(n, 65536);
	CHECK_EQ(fcntl(fds[0], F_GETPIPE_SZ), 65536);
	CHECK_EQ(read(fds[0], page, sizeof page), sizeof page);
	CHECK_EQ(write(fds[1], page, sizeof page), sizeof page);
}

CASE(small_writes_share_a_page)
{
	make_pipe(O_NONBLOCK);
	for (int i = 0; i < 4096; i++)
		CHECK_EQ(write(fds[1], "x", 1), 1);
	CHECK_EQ(fcntl(fds[1], F_SETPIPE_SZ, 4096), 4096);
}

CASE(resize_keeps_what_is_inside)
{
	char buf[20000], out[20000];

	make_pipe(O_NONBLOCK);
	for (size_t i = 0; i < sizeof buf; i++)
		buf[i] = i * 7;
	CHECK_EQ(write(fds[1], buf, sizeof buf), sizeof buf);
	CHECK_EQ(fcntl(fds[1], F_SETPIPE_SZ, 1 << 17), 1 << 17);
	CHECK_EQ(read(fds[0], out, sizeof out), sizeof out);
	CHECK(!memcmp(buf, out, sizeof buf));
	CHECK_EQ(write(fds[1], buf, sizeof buf), sizeof buf);
	CHECK_ERRNO(fcntl(fds[1], F_SETPIPE_SZ, 4096), EBUSY);
}

static void *write_much(void *arg)
{
	static char big[300000];

	for (size_t i = 0; i < sizeof big; i++)
		big[i] = i % 251;
	return (void *)write(fds[1], big, sizeof big);
}

CASE(large_blocking_write_is_whole)
{
	pthread_t thread;
	unsigned char buf[7777];
	size_t total = 0;
	void *ret;

	make_pipe(0);
	pthread_create(&thread, NULL, write_much, NULL);
	while (total < 300000) {
		ssize_t n = read(fds[0], buf, sizeof buf);
		CHECK(n > 0);
		for (ssize_t i = 0; i < n; i++)
			CHECK_EQ(buf[i], (total + i) % 251);
		total += n;
	}
	pthread_join(thread, &ret);
	CHECK_EQ((long)ret, 300000);
}

static void nothing(int sig)
{
}

static volatile int nr_alarms;

/* The third of a row of alarms writes what the reader, restarted by then, waits for. */
static void write_at_third(int sig)
{
	if (++nr_alarms == 3 && write(fds[1], "z", 1) != 1)
		_exit(1);
}

CASE(signal_interrupts_blocked_read_and_restart_goes_on)
{
	struct sigaction action = { .sa_handler = nothing };
	char c;

	make_pipe(0);
	sigaction(SIGALRM, &action, NULL);
	ualarm(30000, 30000); /* again and again: the first may come before the read */
	CHECK_ERRNO(read(fds[0], &c, 1), EINTR);
	action = (struct sigaction){ .sa_handler = write_at_third, .sa_flags = SA_RESTART };
	sigaction(SIGALRM, &action, NULL);
	CHECK_EQ(read(fds[0], &c, 1), 1);
	CHECK(nr_alarms >= 3);
	CHECK_EQ(c, 'z');
}

CASE(interrupted_large_write_is_short)
{
	struct sigaction action = { .sa_handler = nothing };
	static char big[200000];

	make_pipe(0);
	sigaction(SIGALRM, &action, NULL);
	ualarm(100000, 100000);
	CHECK_EQ(write(fds[1], big, sizeof big), 65536);
}

CASE(poll_says_what_is_possible)
{
	struct pollfd p[2];
	char page[65536] = { 0 };

	make_pipe(O_NONBLOCK);
	p[0] = (struct pollfd){ .fd = fds[0], .events = POLLIN };
	p[1] = (struct pollfd){ .fd = fds[1], .events = POLLOUT };
	CHECK_EQ(poll(p, 2, 0), 1);
	CHECK_EQ(p[0].revents, 0);
	CHECK_EQ(p[1].revents, POLLOUT);
	CHECK_EQ(write(fds[1], page, sizeof page), sizeof page);
	CHECK_EQ(poll(p, 2, 0), 1);
	CHECK_EQ(p[0].revents, POLLIN);
	CHECK_EQ(p[1].revents, 0);
	close(fds[1]);
	CHECK_EQ(poll(p, 1, 0), 1);
	CHECK_EQ(p[0].revents, POLLIN | POLLHUP);
}

CASE(readv_and_writev_take_all_segments)
{
	char a[3], b[5];
	struct iovec out[2] = { { "hel", 3 }, { "lo", 2 } };
	struct iovec in[2] = { { a, 3 }, { b, 5 } };

	make_pipe(0);
	CHECK_EQ(writev(fds[1], out, 2), 5);
	CHECK_EQ(readv(fds[0], in, 2), 5);
	CHECK(!memcmp(a, "hel", 3) && !memcmp(b, "lo", 2));
}

CASE(splice_and_tee_move_between_pipes)
{
	int other[2];
	char buf[16];

	make_pipe(O_NONBLOCK);
	CHECK_EQ(pipe2(other, O_NONBLOCK), 0);
	CHECK_EQ(write(fds[1], "0123456789", 10), 10);
	CHECK_EQ(tee(fds[0], other[1], 4, 0), 4);
	CHECK_EQ(read(other[0], buf, 16), 4);
	CHECK(!memcmp(buf, "0123", 4));
	CHECK_EQ(splice(fds[0], NULL, other[1], NULL, 6, 0), 6);
	CHECK_EQ(read(other[0], buf, 16), 6);
	CHECK(!memcmp(buf, "012345", 6));
	CHECK_EQ(read(fds[0], buf, 16), 4);
	CHECK(!memcmp(buf, "6789", 4));
}

CASE(splice_to_and_from_a_file)
{
	char path[] = "/tmp/splice-XXXXXX", buf[16];
	int fd = mkstemp(path);
	loff_t off = 2;

	CHECK(fd >= 0);
	unlink(path);
	make_pipe(0);
	CHECK_EQ(write(fd, "abcdefgh", 8), 8);
	CHECK_EQ(splice(fd, &off, fds[1], NULL, 4, 0), 4);
	CHECK_EQ(off, 6);
	CHECK_EQ(read(fds[0], buf, 16), 4);
	CHECK(!memcmp(buf, "cdef", 4));
	CHECK_EQ(write(fds[1], "XY", 2), 2);
	off = 0;
	CHECK_EQ(splice(fds[0], NULL, fd, &off, 16, 0), 2);
	CHECK_EQ(pread(fd, buf, 8, 0), 8);
	CHECK(!memcmp(buf, "XYcdefgh", 8));
}

CASE(named_pipe_open_waits_for_the_other_end)
{
	char path[64], c;

	snprintf(path, sizeof path, "/tmp/fifo-%d", getpid());
	CHECK_EQ(mkfifo(path, 0600), 0);
	CHECK_ERRNO(open(path, O_WRONLY | O_NONBLOCK), ENXIO);
	pid_t pid = fork();
	if (!pid) {
		int fd = open(path, O_WRONLY);
		if (fd < 0 || write(fd, "q", 1) != 1)
			_exit(1);
		_exit(0);
	}
	int fd = open(path, O_RDONLY);
	CHECK(fd >= 0);
	CHECK_EQ(read(fd, &c, 1), 1);
	CHECK_EQ(c, 'q');
	CHECK_EQ(read(fd, &c, 1), 0);
	unlink(path);
}

CASE(pipe_opens_again_through_proc_without_its_writer)
{
	char path[64], buf[8];

	make_pipe(0);
	CHECK_EQ(write(fds[1], "hi", 2), 2);
	close(fds[1]);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fds[0]);
	int fd = open(path, O_RDONLY);
	CHECK(fd >= 0);
	CHECK_EQ(read(fd, buf, 8), 2);
	CHECK_EQ(read(fd, buf, 8), 0);
}

TEST_MAIN()
