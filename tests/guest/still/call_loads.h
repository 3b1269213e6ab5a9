/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * call_loads.h - a load for each call of table.def that may block; see load.h.
 *
 *	feeder -> data -> call under test        the call waits for what the feeder, asked by a byte, sends after a while
 *	call under test -> data -> drainer       the call waits for room; the drainer takes and checks the stream
 */
#pragma once
#include "load.h"
#include <pty.h>
#include <sys/file.h>
#include <sys/klog.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <termios.h>
#include <linux/sched.h>

#define MESSAGE 40
#define FLOOD	100000 /* more than a pipe or a socket holds */

/* --- calls that wait for data ------------------------------------------------------------------------------------- */

struct feed {
	int data, ask;
	pid_t feeder;
	size_t at;
	unsigned char buf[4 * MESSAGE];
};

static void feeder(int data, int ask)
{
	unsigned char out[MESSAGE], n;
	size_t at = 0;

	while (read(ask, &n, 1) == 1) {
		for (int k = 0; k < n; k++) {
			usleep(at / MESSAGE % 3 * 700);
			for (int i = 0; i < MESSAGE; i++)
				out[i] = pattern(at++);
			CHECK_EQ(write(data, out, MESSAGE), MESSAGE);
		}
	}
	_exit(0);
}

static void feed_begin(struct feed *feed, int socket_type)
{
	int data[2], ask[2];

	CHECK_EQ(socket_type ? socketpair(AF_UNIX, socket_type, 0, data) : pipe(data), 0);
	CHECK_EQ(pipe(ask), 0);
	feed->at = 0;
	feed->feeder = fork();
	CHECK(feed->feeder >= 0);
	if (!feed->feeder) {
		close(data[0]);
		close(ask[1]);
		feeder(data[1], ask[0]);
	}
	close(data[1]);
	close(ask[0]);
	feed->data = data[0];
	feed->ask = ask[1];
}

static void feed_ask(struct feed *feed, unsigned char nr_messages)
{
	CHECK_EQ(write(feed->ask, &nr_messages, 1), 1);
}

/* @n bytes of the stream are in buf. */
static void feed_check(struct feed *feed, ssize_t n, ssize_t want)
{
	CHECK_EQ(n, want);
	for (ssize_t i = 0; i < n; i++)
		CHECK_EQ(feed->buf[i], pattern(feed->at + i));
	feed->at += n;
	turn();
}

static void feed_end(struct feed *feed)
{
	close(feed->ask);
	ends_with(feed->feeder, 0);
}

#define FEED_LOAD(name, type, call)                                                                                            \
	static void load_##name(void)                                                                                          \
	{                                                                                                                      \
		struct feed feed;                                                                                              \
		struct iovec iov[2] = { { feed.buf, 7 }, { feed.buf + 7, MESSAGE - 7 } };                                      \
		struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };                                                       \
		(void)msg;                                                                                                     \
		feed_begin(&feed, type);                                                                                       \
		while (!arena->stop) {                                                                                         \
			feed_ask(&feed, 1);                                                                                    \
			feed_check(&feed, call, MESSAGE);                                                                      \
		}                                                                                                              \
		feed_end(&feed);                                                                                               \
	}

FEED_LOAD(read, 0, read(feed.data, feed.buf, MESSAGE))
FEED_LOAD(readv, 0, readv(feed.data, iov, 2))
FEED_LOAD(preadv2, 0, preadv2(feed.data, iov, 2, -1, 0))
FEED_LOAD(recvfrom, SOCK_DGRAM, recvfrom(feed.data, feed.buf, sizeof feed.buf, 0, NULL, NULL))
FEED_LOAD(recvmsg, SOCK_SEQPACKET, recvmsg(feed.data, &msg, 0))

/* Two messages in one call: a park after the first must not end it. */
static void load_recvmmsg(void)
{
	struct feed feed;
	struct iovec iov[2] = { { feed.buf, MESSAGE }, { feed.buf + MESSAGE, MESSAGE } };
	struct mmsghdr msgs[2] = { { .msg_hdr = { .msg_iov = &iov[0], .msg_iovlen = 1 } },
				   { .msg_hdr = { .msg_iov = &iov[1], .msg_iovlen = 1 } } };

	feed_begin(&feed, SOCK_DGRAM);
	while (!arena->stop) {
		feed_ask(&feed, 2);
		CHECK_EQ(recvmmsg(feed.data, msgs, 2, 0, NULL), 2);
		CHECK_EQ(msgs[0].msg_len, MESSAGE);
		CHECK_EQ(msgs[1].msg_len, MESSAGE);
		feed_check(&feed, 2 * MESSAGE, 2 * MESSAGE);
	}
	feed_end(&feed);
}

/* Calls that wait for readiness; then the data is read. */
#define READY_LOAD(name, call)                                                                                                 \
	static void load_##name(void)                                                                                          \
	{                                                                                                                      \
		struct feed feed;                                                                                              \
		struct timespec minute = { 60, 0 };                                                                            \
		int ep = epoll_create1(0);                                                                                     \
		struct epoll_event ev = { EPOLLIN, { .u64 = 77 } };                                                            \
		fd_set set;                                                                                                    \
		(void)minute;                                                                                                  \
		feed_begin(&feed, 0);                                                                                          \
		CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, feed.data, &ev), 0);                                                     \
		while (!arena->stop) {                                                                                         \
			struct pollfd p = { feed.data, POLLIN, 0 };                                                            \
			(void)p;                                                                                               \
			FD_ZERO(&set);                                                                                         \
			FD_SET(feed.data, &set);                                                                               \
			feed_ask(&feed, 1);                                                                                    \
			CHECK_EQ(call, 1);                                                                                     \
			feed_check(&feed, read(feed.data, feed.buf, MESSAGE), MESSAGE);                                        \
		}                                                                                                              \
		feed_end(&feed);                                                                                               \
	}

READY_LOAD(poll, poll(&p, 1, -1))
READY_LOAD(ppoll, ppoll(&p, 1, &minute, NULL))
READY_LOAD(select, syscall(SYS_select, feed.data + 1, &set, NULL, NULL, NULL))
READY_LOAD(pselect6, pselect(feed.data + 1, &set, NULL, NULL, &minute, NULL))
READY_LOAD(epoll_wait, syscall(SYS_epoll_wait, ep, &ev, 1, -1))
READY_LOAD(epoll_pwait, epoll_pwait(ep, &ev, 1, 60000, NULL))
READY_LOAD(epoll_pwait2, syscall(SYS_epoll_pwait2, ep, &ev, 1, &minute, NULL, 8))

/* tee copies what splice then takes away. */
static void load_tee(void)
{
	struct feed feed;
	int side[2];

	feed_begin(&feed, 0);
	CHECK_EQ(pipe(side), 0);
	while (!arena->stop) {
		feed_ask(&feed, 1);
		CHECK_EQ(tee(feed.data, side[1], 4096, 0), MESSAGE);
		CHECK_EQ(read(side[0], feed.buf, sizeof feed.buf), MESSAGE);
		for (int i = 0; i < MESSAGE; i++)
			CHECK_EQ(feed.buf[i], pattern(feed.at + i));
		feed_check(&feed, read(feed.data, feed.buf, MESSAGE), MESSAGE);
	}
	feed_end(&feed);
}

static void load_splice(void)
{
	struct feed feed;
	int side[2];

	feed_begin(&feed, 0);
	CHECK_EQ(pipe(side), 0);
	while (!arena->stop) {
		feed_ask(&feed, 1);
		CHECK_EQ(splice(feed.data, NULL, side[1], NULL, 4096, 0), MESSAGE);
		feed_check(&feed, read(side[0], feed.buf, sizeof feed.buf), MESSAGE);
	}
	feed_end(&feed);
}

/* --- calls that wait for room ------------------------------------------------------------------------------------- */

struct flood {
	int data;
	pid_t drainer;
	size_t at; /* position in the stream of what is sent next */
	unsigned char *block;
};

static void drainer(int fd)
{
	static unsigned char buf[30000];
	size_t at = 0;

	for (int n = 0;; n++) {
		ssize_t got = read(fd, buf, 1 + at % sizeof buf);
		CHECK(got >= 0);
		if (!got)
			_exit(0);
		for (ssize_t i = 0; i < got; i++)
			CHECK_EQ(buf[i], pattern(at + i));
		at += got;
		if (n % 4 == 0)
			usleep(300);
	}
}

static void flood_begin(struct flood *flood, int socket_type, void (*drain)(int))
{
	int data[2];

	CHECK_EQ(socket_type ? socketpair(AF_UNIX, socket_type, 0, data) : pipe(data), 0);
	flood->drainer = fork();
	CHECK(flood->drainer >= 0);
	if (!flood->drainer) {
		close(data[1]);
		drain(data[0]);
	}
	close(data[0]);
	flood->data = data[1];
	flood->at = 0;
	flood->block = malloc(FLOOD + 251);
	for (int i = 0; i < FLOOD + 251; i++)
		flood->block[i] = pattern(i);
}

static unsigned char *flood_next(struct flood *flood)
{
	return flood->block + flood->at % 251;
}

static void flood_sent(struct flood *flood, ssize_t n, ssize_t want)
{
	CHECK_EQ(n, want);
	flood->at += n;
	turn();
}

static void flood_end(struct flood *flood)
{
	close(flood->data);
	ends_with(flood->drainer, 0);
}

#define FLOOD_LOAD(name, type, call)                                                                                           \
	static void load_##name(void)                                                                                          \
	{                                                                                                                      \
		struct flood flood;                                                                                            \
		flood_begin(&flood, type, drainer);                                                                            \
		while (!arena->stop) {                                                                                         \
			unsigned char *out = flood_next(&flood);                                                               \
			struct iovec iov[2] = { { out, 70000 }, { out + 70000, FLOOD - 70000 } };                              \
			struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };                                               \
			(void)msg;                                                                                             \
			flood_sent(&flood, call, FLOOD);                                                                       \
		}                                                                                                              \
		flood_end(&flood);                                                                                             \
	}

FLOOD_LOAD(write, 0, write(flood.data, out, FLOOD))
FLOOD_LOAD(writev, 0, writev(flood.data, iov, 2))
FLOOD_LOAD(pwritev2, 0, pwritev2(flood.data, iov, 2, -1, 0))
FLOOD_LOAD(sendto, SOCK_STREAM, sendto(flood.data, out, FLOOD, 0, NULL, 0))
FLOOD_LOAD(sendmsg, SOCK_STREAM, sendmsg(flood.data, &msg, 0))

/* Datagrams: each arrives whole and in order; the queue of the other end is full most of the time. */
static void message_drainer(int fd)
{
	unsigned char buf[200];
	size_t at = 0;
	ssize_t n;

	while ((n = recv(fd, buf, sizeof buf, 0)) > 0) {
		CHECK_EQ(n, MESSAGE);
		for (int i = 0; i < MESSAGE; i++)
			CHECK_EQ(buf[i], pattern(at + i));
		at += MESSAGE;
		if (at / MESSAGE % 64 == 0)
			usleep(500);
	}
	CHECK_EQ(n, 0);
	_exit(0);
}

static void load_sendmmsg(void)
{
	enum { NR = 30 };
	struct flood flood;
	struct iovec iov[NR];
	struct mmsghdr msgs[NR];

	flood_begin(&flood, SOCK_SEQPACKET, message_drainer);
	while (!arena->stop) {
		for (int i = 0; i < NR; i++) {
			iov[i] = (struct iovec){ flood_next(&flood) + i * MESSAGE, MESSAGE };
			msgs[i] = (struct mmsghdr){ .msg_hdr = { .msg_iov = &iov[i], .msg_iovlen = 1 } };
		}
		CHECK_EQ(sendmmsg(flood.data, msgs, NR, 0), NR);
		flood_sent(&flood, NR * MESSAGE, NR * MESSAGE);
	}
	flood_end(&flood);
}

/* These two may send less than asked on any kernel: one round of room. */
static void load_vmsplice(void)
{
	struct flood flood;

	flood_begin(&flood, 0, drainer);
	while (!arena->stop) {
		struct iovec iov = { flood_next(&flood), FLOOD };
		ssize_t n = vmsplice(flood.data, &iov, 1, 0);

		CHECK(n > 0 && n <= FLOOD);
		flood_sent(&flood, n, n);
	}
	flood_end(&flood);
}

static int file_with_pattern(size_t size)
{
	char path[] = "/tmp/still-XXXXXX";
	int fd = mkstemp(path);
	unsigned char *bytes = malloc(size);

	CHECK(fd >= 0);
	unlink(path);
	for (size_t i = 0; i < size; i++)
		bytes[i] = pattern(i);
	CHECK_EQ(write(fd, bytes, size), size);
	free(bytes);
	return fd;
}

static void load_sendfile(void)
{
	struct flood flood;
	int fd = file_with_pattern(FLOOD + 251);

	flood_begin(&flood, 0, drainer);
	while (!arena->stop) {
		off_t offset = flood.at % 251;
		ssize_t n = sendfile(flood.data, fd, &offset, FLOOD);

		CHECK(n > 0 && n <= FLOOD);
		CHECK_EQ(offset, flood.at % 251 + n);
		flood_sent(&flood, n, n);
	}
	flood_end(&flood);
}

/* --- files -------------------------------------------------------------------------------------------------------- */

#define FILE_LOAD(name, put, get)                                                                                              \
	static void load_##name(void)                                                                                          \
	{                                                                                                                      \
		static unsigned char out[20000], in[20000];                                                                    \
		int fd = file_with_pattern(10);                                                                                \
		struct iovec ov[2] = { { out, 3 }, { out + 3, sizeof out - 3 } };                                              \
		struct iovec iv[2] = { { in, 11000 }, { in + 11000, sizeof in - 11000 } };                                     \
		(void)ov, (void)iv;                                                                                            \
		for (int n = 0; !arena->stop; n++) {                                                                           \
			memset(out, n, sizeof out);                                                                            \
			CHECK_EQ(put, sizeof out);                                                                             \
			CHECK_EQ(get, sizeof in);                                                                              \
			CHECK(!memcmp(in, out, sizeof in));                                                                    \
			turn();                                                                                                \
		}                                                                                                              \
	}

FILE_LOAD(pread64, pwrite(fd, out, sizeof out, 5000), pread(fd, in, sizeof in, 5000))
FILE_LOAD(preadv, pwritev(fd, ov, 2, 777), preadv(fd, iv, 2, 777))

/* --- locks of files ----------------------------------------------------------------------------------------------- */

static int lock_fcntl(int fd, int is_lock)
{
	struct flock lock = { .l_type = is_lock ? F_WRLCK : F_UNLCK, .l_len = 10 };

	return fcntl(fd, F_SETLKW, &lock);
}

static int lock_flock(int fd, int is_lock)
{
	return flock(fd, is_lock ? LOCK_EX : LOCK_UN);
}

/* Three processes add to one number under the lock: none may be lost. */
static void locked_adds(int (*lock)(int, int))
{
	atomic_int *words = shared_words();
	volatile int *plain = (volatile int *)&words[8];
	char path[64];
	pid_t pids[3];

	snprintf(path, sizeof path, "/tmp/still-lock-%d", getpid());
	for (int i = 0; i < 3; i++) {
		pids[i] = fork();
		if (pids[i])
			continue;
		int fd = open(path, O_RDWR | O_CREAT, 0600);
		while (!arena->stop) {
			CHECK_EQ(lock(fd, 1), 0);
			int seen = *plain;
			sched_yield();
			*plain = seen + 1;
			CHECK_EQ(lock(fd, 0), 0);
			atomic_fetch_add(&words[0], 1);
			turn();
		}
		_exit(0);
	}
	for (int i = 0; i < 3; i++)
		ends_with(pids[i], 0);
	CHECK_EQ(*plain, words[0]);
	unlink(path);
}

static void load_fcntl(void) { locked_adds(lock_fcntl); }
static void load_flock(void) { locked_adds(lock_flock); }

/* --- sockets that wait for each other ------------------------------------------------------------------------------ */

static int listener(struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	*addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(addr->sun_path + 1, sizeof addr->sun_path - 1, "still-%d", getpid());
	CHECK_EQ(bind(fd, (struct sockaddr *)addr, sizeof *addr), 0);
	CHECK_EQ(listen(fd, 0), 0); /* a second connect has to wait */
	return fd;
}

/* Two processes connect, a third accepts; each connection carries its number there and back. */
static void connects(int use_accept4)
{
	struct sockaddr_un addr;
	int fd = listener(&addr);
	pid_t pids[2], acceptor = fork();
	unsigned char byte;

	CHECK(acceptor >= 0);
	while (!acceptor) {
		int c = use_accept4 ? accept4(fd, NULL, NULL, SOCK_CLOEXEC) : accept(fd, NULL, NULL);
		CHECK(c >= 0);
		CHECK_EQ(read(c, &byte, 1), 1);
		byte += 10;
		CHECK_EQ(write(c, &byte, 1), 1);
		close(c);
		turn();
	}
	for (int i = 0; i < 2; i++) {
		pids[i] = fork();
		if (pids[i])
			continue;
		while (!arena->stop) {
			int c = socket(AF_UNIX, SOCK_STREAM, 0);
			CHECK_EQ(connect(c, (struct sockaddr *)&addr, sizeof addr), 0);
			byte = i;
			CHECK_EQ(write(c, &byte, 1), 1);
			CHECK_EQ(read(c, &byte, 1), 1);
			CHECK_EQ(byte, i + 10);
			close(c);
		}
		_exit(0);
	}
	ends_with(pids[0], 0);
	ends_with(pids[1], 0);
	kill(acceptor, SIGKILL);
	ends_with(acceptor, SIGKILL);
}

static void load_accept(void) { connects(0); }
static void load_accept4(void) { connects(1); }

/* --- time --------------------------------------------------------------------------------------------------------- */

static void load_nanosleep(void)
{
	while (!arena->stop) {
		struct timespec ts = { 0, 3000000 };
		long start = now_us();

		CHECK_EQ(syscall(SYS_nanosleep, &ts, NULL), 0);
		CHECK(now_us() - start >= 3000);
		turn();
	}
}

static void load_clock_nanosleep(void)
{
	while (!arena->stop) {
		struct timespec ts, end;

		clock_gettime(CLOCK_MONOTONIC, &ts);
		ts.tv_nsec += 3000000;
		if (ts.tv_nsec >= 1000000000) {
			ts.tv_nsec -= 1000000000;
			ts.tv_sec++;
		}
		CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL), 0);
		clock_gettime(CLOCK_MONOTONIC, &end);
		CHECK(end.tv_sec > ts.tv_sec || (end.tv_sec == ts.tv_sec && end.tv_nsec >= ts.tv_nsec));
		turn();
	}
}

/* A stop and a continue in a sleep: it is restarted by restart_syscall and still lasts as long as it was asked to. */
static void load_restart_syscall(void)
{
	int status;
	pid_t pid = fork();

	while (!pid) {
		struct timespec ts = { 0, 20000000 };
		long start = now_us();

		CHECK_EQ(syscall(SYS_nanosleep, &ts, NULL), 0);
		CHECK(now_us() - start >= 20000);
		turn();
	}
	while (!arena->stop) {
		usleep(3000);
		CHECK_EQ(kill(pid, SIGSTOP), 0);
		CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
		CHECK(WIFSTOPPED(status));
		CHECK_EQ(kill(pid, SIGCONT), 0);
		CHECK_EQ(waitpid(pid, &status, WCONTINUED), pid);
		usleep(25000);
	}
	kill(pid, SIGKILL);
	ends_with(pid, SIGKILL);
}

/* --- signals ------------------------------------------------------------------------------------------------------ */

static volatile sig_atomic_t nr_alarms;

static void on_alarm(int sig)
{
	nr_alarms++;
}

static void load_pause(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval every = { { 0, 4000 }, { 0, 4000 } };

	sigaction(SIGALRM, &action, NULL);
	CHECK_EQ(setitimer(ITIMER_REAL, &every, NULL), 0);
	while (!arena->stop) {
		int before = nr_alarms;

		CHECK_ERRNO(syscall(SYS_pause), EINTR);
		CHECK(nr_alarms > before);
		turn();
	}
}

static void load_rt_sigsuspend(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval every = { { 0, 4000 }, { 0, 4000 } };
	sigset_t blocked, open_mask;

	sigaction(SIGALRM, &action, NULL);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGALRM);
	sigprocmask(SIG_BLOCK, &blocked, &open_mask);
	CHECK_EQ(setitimer(ITIMER_REAL, &every, NULL), 0);
	while (!arena->stop) {
		int before = nr_alarms;

		CHECK_ERRNO(sigsuspend(&open_mask), EINTR);
		CHECK_EQ(nr_alarms, before + 1);
		turn();
	}
}

/* Queued signals arrive once each and in order. */
static void load_rt_sigtimedwait(void)
{
	sigset_t set;
	siginfo_t info;
	int expected = 0, sent = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pid_t parent = getpid(), pid = fork();
	while (!pid) {
		union sigval value = { .sival_int = sent };

		if (arena->stop)
			_exit(0);
		if (sigqueue(parent, SIGRTMIN + 1, value)) {
			int error = errno; /* the queue is full */

			CHECK_EQ(error, EAGAIN);
			usleep(2000);
			continue;
		}
		if (++sent % 3 == 0)
			usleep(2000);
	}
	while (!arena->stop) {
		struct timespec ts = { 0, 50000000 };
		int sig = sigtimedwait(&set, &info, &ts);

		if (sig < 0) { /* the sender was late */
			int error = errno;

			CHECK_EQ(error, EAGAIN);
			continue;
		}
		CHECK_EQ(sig, SIGRTMIN + 1);
		CHECK_EQ(info.si_value.sival_int, expected++);
		turn();
	}
	ends_with(pid, 0);
}

/* --- children ----------------------------------------------------------------------------------------------------- */

static pid_t short_child(int code)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (!pid) {
		usleep(2000);
		_exit(code);
	}
	return pid;
}

static void load_wait4(void)
{
	for (int n = 0; !arena->stop; n++) {
		int status;
		pid_t pid = short_child(n % 100);

		CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == n % 100);
		turn();
	}
}

static void load_waitid(void)
{
	for (int n = 0; !arena->stop; n++) {
		siginfo_t info = { 0 };
		pid_t pid = short_child(n % 100);

		CHECK_EQ(waitid(P_PID, pid, &info, WEXITED), 0);
		CHECK_EQ(info.si_pid, pid);
		CHECK_EQ(info.si_status, n % 100);
		turn();
	}
}

/* The maker stands still until the child ends: what the child did last is there. */
static void load_clone3(void)
{
	atomic_int *words = shared_words();

	for (int n = 1; !arena->stop; n++) {
		struct clone_args args = { .flags = CLONE_VFORK, .exit_signal = SIGCHLD };
		pid_t pid = syscall(SYS_clone3, &args, sizeof args);

		CHECK(pid >= 0);
		if (!pid) {
			usleep(2000);
			words[0] = n;
			_exit(0);
		}
		CHECK_EQ(words[0], n);
		ends_with(pid, 0);
		turn();
	}
}

/* --- futexes ------------------------------------------------------------------------------------------------------ */

static int nr_waiting(atomic_int *word)
{
	return futex(word, FUTEX_REQUEUE, 0, (void *)1000l, word, 0); /* to itself: changes nothing, counts */
}

/* Three wait in a known order; they are moved, and woken one by one: in that order, each wake-up wakes exactly one. */
static void load_futex_order(void)
{
	atomic_int *words = shared_words();

	while (!arena->stop) {
		pid_t pids[3];

		words[0] = words[16] = words[32] = 0;
		for (int i = 0; i < 3; i++) {
			pids[i] = fork();
			if (!pids[i]) {
				CHECK_EQ(futex(&words[0], FUTEX_WAIT, 0, NULL, NULL, 0), 0);
				words[33 + atomic_fetch_add(&words[32], 1)] = i;
				_exit(0);
			}
			while (nr_waiting(&words[0]) <= i)
				usleep(200);
		}
		CHECK_EQ(futex(&words[0], FUTEX_CMP_REQUEUE, 0, (void *)9l, &words[16], 0), 3);
		for (int i = 0; i < 3; i++) {
			CHECK_EQ(futex(&words[16], FUTEX_WAKE, 1, NULL, NULL, 0), 1);
			ends_with(pids[i], 0);
			CHECK_EQ(words[33 + i], i);
		}
		CHECK_EQ(futex(&words[16], FUTEX_WAKE, 9, NULL, NULL, 0), 0);
		turn();
	}
}

static void load_futex_waitv(void)
{
	atomic_int *words = shared_words();
	struct futex_waitv waiters[3];

	for (int i = 0; i < 3; i++)
		waiters[i] = (struct futex_waitv){ .uaddr = (uintptr_t)&words[i * 16], .flags = FUTEX_32 };
	for (int n = 0; !arena->stop; n++) {
		pid_t pid = fork();

		if (!pid)
			_exit(syscall(SYS_futex_waitv, waiters, 3, 0, NULL, CLOCK_MONOTONIC) == n % 3 ? 0 : 1);
		while (nr_waiting(&words[32]) < 1)
			usleep(200);
		CHECK_EQ(futex(&words[n % 3 * 16], FUTEX_WAKE, 9, NULL, NULL, 0), 1);
		ends_with(pid, 0);
		CHECK_EQ(nr_waiting(&words[0]) + nr_waiting(&words[16]) + nr_waiting(&words[32]), 0);
		turn();
	}
}

/* --- terminals and the log ---------------------------------------------------------------------------------------- */

/* A terminal in raw mode whose other end echoes late; the wait for its output to leave is an ioctl. */
static void load_ioctl(void)
{
	struct termios raw = { 0 };
	int master, slave, n;
	char buf[8];

	cfmakeraw(&raw);
	raw.c_cflag |= CS8 | CREAD | B38400;
	CHECK_EQ(openpty(&master, &slave, NULL, &raw, NULL), 0);
	pid_t pid = fork();
	if (!pid) {
		while (read(master, buf, 5) == 5) {
			usleep(1000);
			CHECK_EQ(write(master, buf, 5), 5);
		}
		_exit(0);
	}
	while (!arena->stop) {
		CHECK_EQ(write(slave, "12345", 5), 5);
		CHECK_EQ(tcdrain(slave), 0);
		CHECK_EQ(ioctl(slave, TCSETSW, &raw), 0);
		for (int at = 0; at < 5; at += n) {
			n = read(slave, buf + at, 5 - at);
			CHECK(n > 0);
		}
		CHECK(!memcmp(buf, "12345", 5));
		turn();
	}
	kill(pid, SIGKILL);
	ends_with(pid, SIGKILL);
}

/* A line of the log that nobody has read yet. One reader only: it takes them. */
static void load_syslog(void)
{
	static char buf[8192];
	int kmsg = open("/dev/kmsg", O_WRONLY);
	pid_t pid = fork();

	while (!pid) {
		usleep(30000);
		CHECK(write(kmsg, "<7>still\n", 9) == 9);
	}
	while (!arena->stop) {
		CHECK(klogctl(2, buf, sizeof buf) > 0);
		turn();
	}
	kill(pid, SIGKILL);
	ends_with(pid, SIGKILL);
}
