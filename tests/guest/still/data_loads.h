/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * data_loads.h - loads of the calls that wait for data or for room; see load.h.
 *
 *	feeder -> data -> call under test        the call waits for what the feeder, asked by a byte, sends after a while
 *	call under test -> data -> drainer       the call waits for room; the drainer takes and checks the stream
 */
#pragma once
#include "load.h"
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

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
