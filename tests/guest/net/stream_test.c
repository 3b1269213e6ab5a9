/* SPDX-License-Identifier: GPL-2.0-only */
/* stream_test.c - proves Unix stream sockets: order, blocking, ends, limits, peeking, urgent bytes, large transfers. */
#include "check.h"
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/sendfile.h>
#include <linux/sockios.h>

static int s[2];

static void make_pair(int type)
{
	CHECK_EQ(socketpair(AF_UNIX, type, 0, s), 0);
}

CASE(bytes_come_out_in_order)
{
	char buf[16];

	make_pair(SOCK_STREAM);
	CHECK_EQ(write(s[0], "abc", 3), 3);
	CHECK_EQ(send(s[0], "def", 3, 0), 3);
	CHECK_EQ(read(s[1], buf, 4), 4);
	CHECK(!memcmp(buf, "abcd", 4));
	CHECK_EQ(recv(s[1], buf, 16, 0), 2);
	CHECK(!memcmp(buf, "ef", 2));
	CHECK_EQ(write(s[1], "back", 4), 4);
	CHECK_EQ(read(s[0], buf, 16), 4);
}

CASE(one_read_takes_many_writes)
{
	char buf[64];

	make_pair(SOCK_STREAM);
	for (int i = 0; i < 10; i++)
		CHECK_EQ(write(s[0], "0123", 4), 4);
	CHECK_EQ(read(s[1], buf, sizeof buf), 40);
	CHECK(!memcmp(buf + 36, "0123", 4));
}

CASE(close_is_end_of_file)
{
	char c;

	make_pair(SOCK_STREAM);
	CHECK_EQ(write(s[0], "x", 1), 1);
	close(s[0]);
	CHECK_EQ(read(s[1], &c, 1), 1);
	CHECK_EQ(read(s[1], &c, 1), 0);
	CHECK_EQ(read(s[1], &c, 1), 0);
}

CASE(close_with_unread_bytes_resets)
{
	char c;

	make_pair(SOCK_STREAM);
	CHECK_EQ(write(s[0], "x", 1), 1);
	close(s[1]);
	CHECK_ERRNO(read(s[0], &c, 1), ECONNRESET);
	CHECK_EQ(read(s[0], &c, 1), 0);
}

CASE(write_to_closed_peer_is_sigpipe_or_epipe)
{
	int status;
	pid_t pid;

	make_pair(SOCK_STREAM);
	close(s[1]);
	CHECK_ERRNO(send(s[0], "x", 1, MSG_NOSIGNAL), EPIPE);
	signal(SIGPIPE, SIG_IGN);
	CHECK_ERRNO(write(s[0], "x", 1), EPIPE);
	signal(SIGPIPE, SIG_DFL);
	pid = fork();
	if (!pid) {
		if (write(s[0], "x", 1))
			_exit(1);
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
}

CASE(shutdown_one_direction)
{
	char c;

	make_pair(SOCK_STREAM);
	CHECK_EQ(write(s[0], "a", 1), 1);
	CHECK_EQ(shutdown(s[0], SHUT_WR), 0);
	CHECK_ERRNO(send(s[0], "b", 1, MSG_NOSIGNAL), EPIPE);
	CHECK_EQ(read(s[1], &c, 1), 1);
	CHECK_EQ(read(s[1], &c, 1), 0);
	CHECK_EQ(write(s[1], "c", 1), 1);
	CHECK_EQ(read(s[0], &c, 1), 1);
	CHECK_EQ(shutdown(s[1], SHUT_RD), 0);
	CHECK_ERRNO(shutdown(s[1], 7), EINVAL);
}

CASE(shutdown_read_of_peer_stops_writer)
{
	make_pair(SOCK_STREAM);
	CHECK_EQ(shutdown(s[1], SHUT_RD), 0);
	CHECK_ERRNO(send(s[0], "b", 1, MSG_NOSIGNAL), EPIPE);
}

CASE(nonblocking_says_eagain)
{
	char c;

	make_pair(SOCK_STREAM | SOCK_NONBLOCK);
	CHECK_ERRNO(read(s[0], &c, 1), EAGAIN);
	CHECK_EQ(fcntl(s[0], F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	CHECK_EQ(fcntl(s[0], F_SETFL, O_RDWR), 0);
	CHECK_ERRNO(recv(s[0], &c, 1, MSG_DONTWAIT), EAGAIN);
}

CASE(as_many_small_writes_fit_as_on_linux)
{
	int n = 0;

	make_pair(SOCK_STREAM | SOCK_NONBLOCK);
	while (write(s[0], "x", 1) == 1)
		n++;
	CHECK_EQ(n, 278);
}

CASE(a_large_nonblocking_write_is_cut_as_on_linux)
{
	static char big[1 << 20];

	make_pair(SOCK_STREAM | SOCK_NONBLOCK);
	CHECK_EQ(write(s[0], big, sizeof big), 219264);
	CHECK_ERRNO(write(s[0], big, 1), EAGAIN);
	CHECK_EQ(read(s[1], big, sizeof big), 219264);
	CHECK_EQ(write(s[0], big, 100), 100);
}

struct mover {
	int fd;
	size_t total;
	unsigned sum;
};

static void *read_all(void *arg)
{
	struct mover *m = arg;
	static unsigned char buf[50001];
	ssize_t n;

	while ((n = read(m->fd, buf, sizeof buf)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			m->sum = m->sum * 31 + buf[i];
		m->total += n;
	}
	return NULL;
}

CASE(large_transfers_keep_every_byte)
{
	static unsigned char buf[300007];
	struct mover m = { 0 };
	unsigned sum = 0;
	pthread_t t;

	make_pair(SOCK_STREAM);
	for (size_t i = 0; i < sizeof buf; i++)
		buf[i] = i * 7 + (i >> 9);
	m.fd = s[1];
	CHECK_EQ(pthread_create(&t, NULL, read_all, &m), 0);
	for (int round = 0; round < 8; round++) {
		CHECK_EQ(write(s[0], buf, sizeof buf), (long)sizeof buf);
		for (size_t i = 0; i < sizeof buf; i++)
			sum = sum * 31 + buf[i];
	}
	close(s[0]);
	pthread_join(t, NULL);
	CHECK_EQ(m.total, 8 * sizeof buf);
	CHECK_EQ(m.sum, sum);
}

CASE(vectors)
{
	char a[3], b[5];
	struct iovec out[3] = { { "ab", 2 }, { "", 0 }, { "cdefgh", 6 } }, in[2] = { { a, 3 }, { b, 5 } };

	make_pair(SOCK_STREAM);
	CHECK_EQ(writev(s[0], out, 3), 8);
	CHECK_EQ(readv(s[1], in, 2), 8);
	CHECK(!memcmp(a, "abc", 3) && !memcmp(b, "defgh", 5));
}

CASE(peek_leaves_the_bytes)
{
	char buf[8];

	make_pair(SOCK_STREAM);
	CHECK_EQ(write(s[0], "abc", 3), 3);
	CHECK_EQ(write(s[0], "def", 3), 3);
	CHECK_EQ(recv(s[1], buf, 5, MSG_PEEK), 5);
	CHECK(!memcmp(buf, "abcde", 5));
	CHECK_EQ(recv(s[1], buf, 8, 0), 6);
	CHECK(!memcmp(buf, "abcdef", 6));
}

CASE(peek_offset_moves)
{
	int off = 1;
	socklen_t len = sizeof off;
	char buf[8];

	make_pair(SOCK_STREAM);
	CHECK_EQ(setsockopt(s[1], SOL_SOCKET, SO_PEEK_OFF, &off, sizeof off), 0);
	CHECK_EQ(write(s[0], "abcdef", 6), 6);
	CHECK_EQ(recv(s[1], buf, 2, MSG_PEEK), 2);
	CHECK(!memcmp(buf, "bc", 2));
	CHECK_EQ(recv(s[1], buf, 2, MSG_PEEK), 2);
	CHECK(!memcmp(buf, "de", 2));
	CHECK_EQ(recv(s[1], buf, 3, 0), 3);
	CHECK_EQ(getsockopt(s[1], SOL_SOCKET, SO_PEEK_OFF, &off, &len), 0);
	CHECK_EQ(off, 2);
	CHECK_EQ(recv(s[1], buf, 2, MSG_PEEK), 1);
	CHECK(buf[0] == 'f');
}

static void *write_later(void *arg __attribute__((unused)))
{
	usleep(20000);
	if (write(s[0], "def", 3) != 3)
		return "write";
	return NULL;
}

CASE(waitall_waits_for_all)
{
	char buf[6];
	pthread_t t;
	void *ret;

	make_pair(SOCK_STREAM);
	CHECK_EQ(write(s[0], "abc", 3), 3);
	CHECK_EQ(pthread_create(&t, NULL, write_later, NULL), 0);
	CHECK_EQ(recv(s[1], buf, 6, MSG_WAITALL), 6);
	pthread_join(t, &ret);
	CHECK(!ret && !memcmp(buf, "abcdef", 6));
}

CASE(timeouts)
{
	struct timeval tv = { 0, 30000 }, got;
	socklen_t len = sizeof got;
	static char big[1 << 20];
	char c;

	make_pair(SOCK_STREAM);
	CHECK_EQ(setsockopt(s[1], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv), 0);
	CHECK_EQ(getsockopt(s[1], SOL_SOCKET, SO_RCVTIMEO, &got, &len), 0);
	/* Linux keeps ticks: what comes back may be rounded up to one. */
	CHECK(!got.tv_sec && got.tv_usec >= 30000 && got.tv_usec <= 40000);
	CHECK_ERRNO(read(s[1], &c, 1), EAGAIN);
	CHECK_EQ(setsockopt(s[0], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv), 0);
	CHECK_EQ(write(s[0], big, sizeof big), 219264);
	CHECK_ERRNO(write(s[0], big, 1), EAGAIN);
}

static void on_alarm(int sig __attribute__((unused)))
{
}

CASE(a_signal_interrupts_or_restarts)
{
	struct sigaction act = { .sa_handler = on_alarm };
	struct itimerval it = { { 0, 30000 }, { 0, 30000 } }; /* again and again: one may come before the read */
	struct timeval tv = { 5, 0 };
	char c;

	make_pair(SOCK_STREAM);
	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
	CHECK_ERRNO(read(s[0], &c, 1), EINTR);
	act.sa_flags = SA_RESTART;
	sigaction(SIGALRM, &act, NULL);
	CHECK_EQ(setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv), 0);
	setitimer(ITIMER_REAL, &it, NULL);
	CHECK_ERRNO(read(s[0], &c, 1), EINTR); /* a timeout forbids the restart */
}

CASE(bytes_in_and_out_queue)
{
	int n;
	char c;

	make_pair(SOCK_STREAM);
	CHECK_EQ(write(s[0], "abcd", 4), 4);
	CHECK_EQ(write(s[0], "ef", 2), 2);
	CHECK_EQ(ioctl(s[1], FIONREAD, &n), 0);
	CHECK_EQ(n, 6);
	CHECK_EQ(ioctl(s[0], SIOCOUTQ, &n), 0);
	CHECK_EQ(n, 2 * 768);
	CHECK_EQ(read(s[1], &c, 1), 1);
	CHECK_EQ(ioctl(s[1], SIOCINQ, &n), 0);
	CHECK_EQ(n, 5);
}

static short events_of(int fd, short events)
{
	struct pollfd p = { fd, events, 0 };

	poll(&p, 1, 0);
	return p.revents;
}

CASE(poll_says_what_works)
{
	char c;

	make_pair(SOCK_STREAM | SOCK_NONBLOCK);
	CHECK_EQ(events_of(s[0], POLLIN | POLLOUT), POLLOUT);
	CHECK_EQ(write(s[1], "x", 1), 1);
	CHECK_EQ(events_of(s[0], POLLIN | POLLOUT), POLLIN | POLLOUT);
	CHECK_EQ(read(s[0], &c, 1), 1);
	while (write(s[0], "x", 1) == 1)
		;
	CHECK_EQ(events_of(s[0], POLLIN | POLLOUT), 0);
	shutdown(s[1], SHUT_WR);
	CHECK_EQ(events_of(s[0], POLLIN | POLLRDHUP), POLLIN | POLLRDHUP);
	close(s[1]);
	CHECK_EQ(events_of(s[0], POLLIN | POLLOUT | POLLRDHUP) & (POLLIN | POLLHUP | POLLRDHUP | POLLERR),
		 POLLIN | POLLHUP | POLLRDHUP | POLLERR);
}

CASE(poll_of_a_lonely_socket)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	CHECK(fd >= 0);
	CHECK_EQ(events_of(fd, POLLIN | POLLOUT), POLLOUT | POLLHUP);
}

CASE(urgent_byte)
{
	char buf[8];
	int mark;

	make_pair(SOCK_STREAM);
	CHECK_EQ(send(s[0], "abc", 3, 0), 3);
	CHECK_EQ(send(s[0], "dX", 2, MSG_OOB), 2);
	CHECK_EQ(send(s[0], "ef", 2, 0), 2);
	CHECK_EQ(events_of(s[1], POLLPRI), POLLPRI);
	CHECK_EQ(recv(s[1], buf, 8, 0), 4);
	CHECK(!memcmp(buf, "abcd", 4));
	CHECK_EQ(ioctl(s[1], SIOCATMARK, &mark), 0);
	CHECK_EQ(mark, 1);
	CHECK_EQ(recv(s[1], buf, 8, MSG_OOB), 1);
	CHECK(buf[0] == 'X');
	CHECK_ERRNO(recv(s[1], buf, 8, MSG_OOB), EINVAL);
	CHECK_EQ(recv(s[1], buf, 8, 0), 2);
	CHECK(!memcmp(buf, "ef", 2));
	CHECK_ERRNO(send(s[0], "", 0, MSG_OOB), EOPNOTSUPP);
}

CASE(urgent_byte_that_nobody_took_is_passed_over)
{
	char buf[8];

	make_pair(SOCK_STREAM);
	CHECK_EQ(send(s[0], "X", 1, MSG_OOB), 1);
	CHECK_EQ(send(s[0], "ef", 2, 0), 2);
	CHECK_EQ(recv(s[1], buf, 8, 0), 2);
	CHECK(!memcmp(buf, "ef", 2));
	CHECK_ERRNO(recv(s[1], buf, 8, MSG_OOB), EINVAL);
}

CASE(urgent_byte_inline)
{
	int on = 1;
	char buf[8];

	make_pair(SOCK_STREAM);
	CHECK_EQ(setsockopt(s[1], SOL_SOCKET, SO_OOBINLINE, &on, sizeof on), 0);
	CHECK_EQ(send(s[0], "ab", 2, 0), 2);
	CHECK_EQ(send(s[0], "X", 1, MSG_OOB), 1);
	CHECK_EQ(send(s[0], "cd", 2, 0), 2);
	CHECK_EQ(recv(s[1], buf, 8, 0), 2);
	CHECK_EQ(recv(s[1], buf, 8, 0), 3);
	CHECK(!memcmp(buf, "Xcd", 3));
}

CASE(bad_memory_is_efault_and_loses_nothing)
{
	char *volatile nowhere = (char *)8;
	char buf[8];

	make_pair(SOCK_STREAM);
	CHECK_ERRNO(write(s[0], nowhere, 4), EFAULT);
	CHECK_EQ(write(s[0], "abcd", 4), 4);
	CHECK_ERRNO(read(s[1], nowhere, 4), EFAULT);
	CHECK_EQ(read(s[1], buf, 8), 4);
}

CASE(positions_are_refused)
{
	char c;

	make_pair(SOCK_STREAM);
	CHECK_ERRNO(lseek(s[0], 0, SEEK_SET), ESPIPE);
	CHECK_ERRNO(pread(s[0], &c, 1, 0), ESPIPE);
	CHECK_ERRNO(pwrite(s[0], &c, 1, 0), ESPIPE);
	CHECK_EQ(read(s[0], &c, 0), 0);
}

CASE(names_on_a_stream_are_refused)
{
	struct sockaddr sa = { .sa_family = AF_UNIX, .sa_data = "x" };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char c;

	make_pair(SOCK_STREAM);
	CHECK_ERRNO(sendto(s[0], "x", 1, 0, &sa, 4), EISCONN);
	CHECK_ERRNO(sendto(fd, "x", 1, 0, &sa, 4), EOPNOTSUPP);
	CHECK_ERRNO(send(fd, "x", 1, 0), ENOTCONN);
	CHECK_ERRNO(recv(fd, &c, 1, 0), EINVAL);
}

CASE(sendfile_and_splice_into_a_socket)
{
	char path[] = "/tmp/sfXXXXXX", buf[16];
	int fd = mkstemp(path), p[2];
	off_t off = 2;

	CHECK(fd >= 0);
	unlink(path);
	CHECK_EQ(write(fd, "0123456789", 10), 10);
	make_pair(SOCK_STREAM);
	CHECK_EQ(sendfile(s[0], fd, &off, 5), 5);
	CHECK_EQ(off, 7);
	CHECK_EQ(read(s[1], buf, 16), 5);
	CHECK(!memcmp(buf, "23456", 5));
	CHECK_EQ(pipe(p), 0);
	CHECK_EQ(write(p[1], "piped", 5), 5);
	CHECK_EQ(splice(p[0], NULL, s[0], NULL, 5, 0), 5);
	CHECK_EQ(read(s[1], buf, 16), 5);
	CHECK(!memcmp(buf, "piped", 5));
	CHECK_EQ(write(s[0], "in", 2), 2);
	CHECK_EQ(splice(s[1], NULL, p[1], NULL, 16, 0), 2);
	CHECK_EQ(read(p[0], buf, 16), 2);
}

static void *spinning_reader(void *arg)
{
	struct mover *m = arg;
	char buf[64];
	ssize_t n;

	while ((n = read(m->fd, buf, sizeof buf)) > 0)
		m->total += n;
	return NULL;
}

CASE(several_readers_get_every_byte_once)
{
	struct mover m[4] = { { 0 } };
	pthread_t t[4];
	size_t total = 0;

	make_pair(SOCK_STREAM);
	for (int i = 0; i < 4; i++) {
		m[i].fd = s[1];
		CHECK_EQ(pthread_create(&t[i], NULL, spinning_reader, &m[i]), 0);
	}
	for (int i = 0; i < 2000; i++)
		CHECK_EQ(write(s[0], "0123456789", 1 + i % 10), 1 + i % 10);
	shutdown(s[0], SHUT_WR);
	for (int i = 0; i < 4; i++) {
		pthread_join(t[i], NULL);
		total += m[i].total;
	}
	CHECK_EQ(total, 11000);
}

static volatile int sigio_seen;

static void on_sigio(int sig __attribute__((unused)))
{
	sigio_seen++;
}

CASE(sigio_when_bytes_arrive)
{
	make_pair(SOCK_STREAM);
	signal(SIGIO, on_sigio);
	CHECK_EQ(fcntl(s[1], F_SETOWN, getpid()), 0);
	CHECK_EQ(fcntl(s[1], F_GETOWN), getpid());
	CHECK_EQ(fcntl(s[1], F_SETFL, O_RDWR | O_ASYNC), 0);
	CHECK_EQ(write(s[0], "x", 1), 1);
	CHECK(sigio_seen >= 1);
}

TEST_MAIN()
