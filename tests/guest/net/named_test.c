/* SPDX-License-Identifier: GPL-2.0-only */
/* named_test.c - proves names, connections and datagrams: bind, listen, connect, accept, backlog, sendto, options. */
#include "check.h"
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <linux/sockios.h>
#ifndef SIOCUNIXFILE
#define SIOCUNIXFILE (SIOCPROTOPRIVATE + 0) /* linux/un.h, which cannot stand beside sys/un.h */
#endif

static struct sockaddr_un addr;
static socklen_t addr_len;

/* An abstract name of this case's own. */
static void abstract_name(const char *text)
{
	memset(&addr, 0, sizeof addr);
	addr.sun_family = AF_UNIX;
	addr_len = offsetof(struct sockaddr_un, sun_path) + 1 +
		   snprintf(addr.sun_path + 1, sizeof addr.sun_path - 1, "%s.%d", text, getpid());
}

static void path_name(const char *text)
{
	memset(&addr, 0, sizeof addr);
	addr.sun_family = AF_UNIX;
	snprintf(addr.sun_path, sizeof addr.sun_path, "/tmp/%s.%d", text, getpid());
	addr_len = sizeof addr;
}

static int bound(int type)
{
	int fd = socket(AF_UNIX, type, 0);

	CHECK(fd >= 0);
	CHECK_EQ(bind(fd, (void *)&addr, addr_len), 0);
	return fd;
}

static int connected(int type)
{
	int fd = socket(AF_UNIX, type, 0);

	CHECK(fd >= 0);
	CHECK_EQ(connect(fd, (void *)&addr, addr_len), 0);
	return fd;
}

CASE(what_socket_refuses)
{
	CHECK_ERRNO(socket(AF_UNIX, 99, 0), EINVAL);
	CHECK_ERRNO(socket(AF_UNIX, SOCK_RDM, 0), ESOCKTNOSUPPORT);
	CHECK_ERRNO(socket(AF_UNIX, SOCK_STREAM, 6), EPROTONOSUPPORT);
	CHECK_ERRNO(socket(99, SOCK_STREAM, 0), EAFNOSUPPORT);
	CHECK_ERRNO(socket(AF_UNIX, SOCK_STREAM | 0x100000, 0), EINVAL);
	CHECK_ERRNO(listen(1 << 20, 1), EBADF);
	int fd = open("/dev/null", O_RDWR);
	CHECK_ERRNO(listen(fd, 1), ENOTSOCK);
	CHECK_ERRNO(send(fd, "x", 1, 0), ENOTSOCK);
}

static void echo_once(int type)
{
	struct sockaddr_un who;
	socklen_t len = sizeof who;
	int l = bound(type), c, a;
	char buf[8];

	CHECK_EQ(listen(l, 4), 0);
	c = connected(type);
	CHECK_EQ(write(c, "early", 5), 5);
	a = accept4(l, (void *)&who, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
	CHECK(a >= 0);
	CHECK_EQ(len, 2);
	CHECK_EQ(fcntl(a, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(a, F_GETFL), O_RDWR | O_NONBLOCK);
	CHECK_EQ(read(a, buf, 8), 5);
	CHECK_EQ(write(a, "ok", 2), 2);
	CHECK_EQ(read(c, buf, 8), 2);
	len = sizeof who;
	CHECK_EQ(getpeername(c, (void *)&who, &len), 0);
	CHECK(who.sun_family == AF_UNIX && len > 2);
	len = sizeof who;
	CHECK_EQ(getsockname(a, (void *)&who, &len), 0);
	CHECK(len > 2);
	CHECK_ERRNO(connect(c, (void *)&addr, addr_len), EISCONN);
	close(l);
	CHECK_EQ(write(c, "still", 5), 5);
	CHECK_EQ(read(a, buf, 8), 5);
}

CASE(stream_over_an_abstract_name)
{
	abstract_name("stream");
	echo_once(SOCK_STREAM);
}

CASE(seqpacket_over_an_abstract_name)
{
	abstract_name("seq");
	echo_once(SOCK_SEQPACKET);
}

CASE(stream_over_a_path)
{
	struct stat st;

	path_name("stream");
	umask(022);
	echo_once(SOCK_STREAM);
	CHECK_EQ(stat(addr.sun_path, &st), 0);
	CHECK(S_ISSOCK(st.st_mode));
	CHECK_EQ(st.st_mode & 0777, 0755);
	CHECK_ERRNO(open(addr.sun_path, O_RDWR), ENXIO);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_ERRNO(connect(fd, (void *)&addr, addr_len), ECONNREFUSED);
	CHECK_ERRNO(bind(fd, (void *)&addr, addr_len), EADDRINUSE);
	CHECK_EQ(unlink(addr.sun_path), 0);
	CHECK_ERRNO(connect(fd, (void *)&addr, addr_len), ENOENT);
}

CASE(names_are_unique_and_chosen_once)
{
	int a, b = socket(AF_UNIX, SOCK_STREAM, 0);

	abstract_name("unique");
	a = bound(SOCK_STREAM);
	CHECK_ERRNO(bind(b, (void *)&addr, addr_len), EADDRINUSE);
	addr.sun_path[1] = 'X';
	CHECK_ERRNO(bind(a, (void *)&addr, addr_len), EINVAL);
	CHECK_EQ(bind(b, (void *)&addr, addr_len), 0);
	CHECK_ERRNO(bind(b, (void *)&addr, 1), EINVAL);
	CHECK_ERRNO(listen(socket(AF_UNIX, SOCK_STREAM, 0), 1), EINVAL);
}

CASE(autobind_gives_five_hex_digits)
{
	struct sockaddr_un who = { .sun_family = AF_UNIX };
	socklen_t len = sizeof who;
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	CHECK_EQ(bind(fd, (void *)&who, 2), 0);
	CHECK_EQ(getsockname(fd, (void *)&who, &len), 0);
	CHECK_EQ(len, 8);
	CHECK(!who.sun_path[0] && strspn(who.sun_path + 1, "0123456789abcdef") >= 5);
}

CASE(types_must_match_on_a_path)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	path_name("proto");
	CHECK_EQ(listen(bound(SOCK_STREAM), 1), 0);
	CHECK_ERRNO(connect(fd, (void *)&addr, addr_len), EPROTOTYPE);
	unlink(addr.sun_path);
}

CASE(backlog_fills_and_drains)
{
	int l, c[4], n;

	abstract_name("backlog");
	l = bound(SOCK_STREAM);
	CHECK_EQ(listen(l, 1), 0);
	for (n = 0; n < 4; n++) {
		c[n] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		if (connect(c[n], (void *)&addr, addr_len))
			break;
	}
	CHECK_EQ(n, 2);
	CHECK_ERRNO(connect(c[2], (void *)&addr, addr_len), EAGAIN);
	CHECK(accept(l, NULL, NULL) >= 0);
	CHECK_EQ(connect(c[2], (void *)&addr, addr_len), 0);
}

CASE(closing_the_listener_resets_who_waits)
{
	int l, c;
	char b;

	abstract_name("reset");
	l = bound(SOCK_STREAM);
	CHECK_EQ(listen(l, 4), 0);
	c = connected(SOCK_STREAM);
	close(l);
	CHECK_ERRNO(read(c, &b, 1), ECONNRESET);
}

static void *do_accept(void *arg)
{
	return (void *)(long)accept(*(int *)arg, NULL, NULL);
}

static void *do_connect(void *arg)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	return (void *)(long)connect(fd, arg, addr_len);
}

CASE(accept_and_connect_wait)
{
	pthread_t t[3];
	void *ret;
	int l;

	abstract_name("wait");
	l = bound(SOCK_STREAM);
	CHECK_EQ(listen(l, 0), 0);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(pthread_create(&t[i], NULL, do_accept, &l), 0);
	usleep(20000);
	for (int i = 0; i < 3; i++)
		connected(SOCK_STREAM);
	for (int i = 0; i < 3; i++) {
		pthread_join(t[i], &ret);
		CHECK((long)ret >= 0);
	}
	connected(SOCK_STREAM);
	CHECK_EQ(pthread_create(&t[0], NULL, do_connect, &addr), 0);
	usleep(20000);
	CHECK(accept(l, NULL, NULL) >= 0);
	CHECK(accept(l, NULL, NULL) >= 0);
	pthread_join(t[0], &ret);
	CHECK_EQ((long)ret, 0);
}

CASE(accept_ends_by_time_shutdown_and_nonblock)
{
	struct timeval tv = { 0, 30000 };
	pthread_t t;
	void *ret;
	int l;

	abstract_name("end");
	l = bound(SOCK_STREAM);
	CHECK_ERRNO(accept(l, NULL, NULL), EINVAL);
	CHECK_EQ(listen(l, 1), 0);
	CHECK_EQ(setsockopt(l, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv), 0);
	CHECK_ERRNO(accept(l, NULL, NULL), EAGAIN);
	tv.tv_usec = 0;
	CHECK_EQ(setsockopt(l, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv), 0);
	CHECK_EQ(pthread_create(&t, NULL, do_accept, &l), 0);
	usleep(20000);
	CHECK_EQ(shutdown(l, SHUT_RD), 0);
	pthread_join(t, &ret);
	CHECK_EQ((long)ret, -1);
	CHECK_EQ(fcntl(l, F_SETFL, O_RDWR | O_NONBLOCK), 0);
	CHECK_ERRNO(accept(l, NULL, NULL), EAGAIN);
	CHECK_ERRNO(accept4(l, NULL, NULL, 1), EINVAL);
}

CASE(datagrams_keep_their_bounds)
{
	struct sockaddr_un who;
	socklen_t len = sizeof who;
	char buf[8];
	int r, c;

	abstract_name("dgram");
	r = bound(SOCK_DGRAM);
	c = socket(AF_UNIX, SOCK_DGRAM, 0);
	CHECK_EQ(sendto(c, "hello", 5, 0, (void *)&addr, addr_len), 5);
	CHECK_EQ(sendto(c, "", 0, 0, (void *)&addr, addr_len), 0);
	CHECK_EQ(sendto(c, "world", 5, 0, (void *)&addr, addr_len), 5);
	CHECK_EQ(recvfrom(r, buf, 3, MSG_TRUNC, (void *)&who, &len), 5);
	CHECK_EQ(len, 0);
	CHECK_EQ(recv(r, buf, 8, 0), 0);
	CHECK_EQ(recv(r, buf, 8, 0), 5);
	CHECK_ERRNO(send(c, "x", 1, 0), ENOTCONN);
	CHECK_ERRNO(recv(r, buf, 8, MSG_DONTWAIT), EAGAIN);
	CHECK_EQ(connect(c, (void *)&addr, addr_len), 0);
	CHECK_EQ(send(c, "x", 1, 0), 1);
	close(r);
	CHECK_ERRNO(send(c, "x", 1, 0), ECONNREFUSED);
	CHECK_ERRNO(send(c, "x", 1, 0), ENOTCONN);
}

CASE(datagram_queue_has_a_bound)
{
	struct pollfd p;
	char big[5];
	int r, c, n;

	abstract_name("qlen");
	r = bound(SOCK_DGRAM);
	c = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	CHECK_EQ(connect(c, (void *)&addr, addr_len), 0);
	for (n = 0; send(c, "x", 1, 0) == 1; n++)
		;
	FILE *f = fopen("/proc/sys/net/unix/max_dgram_qlen", "r");
	int qlen = 10;
	if (f && fscanf(f, "%d", &qlen) != 1)
		qlen = 10;
	CHECK_EQ(n, qlen + 1);
	p = (struct pollfd){ c, POLLOUT, 0 };
	CHECK_EQ(poll(&p, 1, 0), 0);
	CHECK_EQ(recv(r, big, 5, 0), 1);
	CHECK_EQ(poll(&p, 1, 1000), 1);
	CHECK_EQ(send(c, "x", 1, 0), 1);
}

static void *drain_later(void *arg)
{
	char c;

	usleep(30000);
	return (void *)(long)recv(*(int *)arg, &c, 1, 0);
}

CASE(poll_hears_of_the_peers_room)
{
	struct pollfd p;
	pthread_t t;
	int r, c;

	abstract_name("room");
	r = bound(SOCK_DGRAM);
	c = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	CHECK_EQ(connect(c, (void *)&addr, addr_len), 0);
	while (send(c, "x", 1, 0) == 1)
		;
	CHECK_EQ(pthread_create(&t, NULL, drain_later, &r), 0);
	p = (struct pollfd){ c, POLLOUT, 0 };
	CHECK_EQ(poll(&p, 1, 5000), 1);
	pthread_join(t, NULL);
	CHECK_EQ(fcntl(c, F_SETFL, O_RDWR), 0);
	CHECK_EQ(send(c, "x", 1, 0), 1);
	CHECK_EQ(pthread_create(&t, NULL, drain_later, &r), 0);
	CHECK_EQ(send(c, "y", 1, 0), 1); /* waits */
	pthread_join(t, NULL);
}

CASE(strangers_may_not_send_to_a_pair)
{
	int s[2], a, b;

	abstract_name("perm");
	a = bound(SOCK_DGRAM);
	addr.sun_path[1] = 'Y';
	b = bound(SOCK_DGRAM);
	CHECK_EQ(connect(a, (void *)&addr, addr_len), 0);
	addr.sun_path[1] = 'p';
	int c = socket(AF_UNIX, SOCK_DGRAM, 0);
	CHECK_ERRNO(sendto(c, "x", 1, 0, (void *)&addr, addr_len), EPERM);
	CHECK_EQ(sendto(b, "x", 1, 0, (void *)&addr, addr_len), 1);
	CHECK_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, s), 0);
	CHECK_ERRNO(send(s[0], "x", 1, MSG_OOB), EOPNOTSUPP);
}

CASE(large_datagrams)
{
	static char out[200000], in[200000];
	int s[2];

	CHECK_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, s), 0);
	for (size_t i = 0; i < sizeof out; i++)
		out[i] = i * 13 + (i >> 8);
	CHECK_EQ(write(s[0], out, sizeof out), (long)sizeof out);
	CHECK_EQ(read(s[1], in, sizeof in), (long)sizeof in);
	CHECK(!memcmp(in, out, sizeof in));
	static char huge[300000];
	CHECK_ERRNO(write(s[0], huge, sizeof huge), EMSGSIZE);
}

CASE(sequenced_packets)
{
	int s[2];
	char buf[8];

	CHECK_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s), 0);
	CHECK_EQ(write(s[0], "abc", 3), 3);
	CHECK_EQ(write(s[0], "de", 2), 2);
	CHECK_EQ(read(s[1], buf, 2), 2);
	CHECK_EQ(read(s[1], buf, 8), 2);
	CHECK(!memcmp(buf, "de", 2));
	close(s[0]);
	CHECK_EQ(read(s[1], buf, 8), 0);
	CHECK_ERRNO(send(s[1], "x", 1, 0), EPIPE);
}

CASE(many_messages_in_one_call)
{
	struct mmsghdr out[3] = { 0 }, in[4] = { 0 };
	char bufs[4][8];
	struct iovec ov[3] = { { "a", 1 }, { "bb", 2 }, { "ccc", 3 } }, iv[4];
	struct timespec ts = { 1, 0 };
	int s[2];

	CHECK_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, s), 0);
	for (int i = 0; i < 3; i++) {
		out[i].msg_hdr.msg_iov = &ov[i];
		out[i].msg_hdr.msg_iovlen = 1;
	}
	for (int i = 0; i < 4; i++) {
		iv[i] = (struct iovec){ bufs[i], 8 };
		in[i].msg_hdr.msg_iov = &iv[i];
		in[i].msg_hdr.msg_iovlen = 1;
	}
	CHECK_EQ(sendmmsg(s[0], out, 3, 0), 3);
	CHECK_EQ(out[2].msg_len, 3);
	CHECK_EQ(recvmmsg(s[1], in, 4, MSG_WAITFORONE, &ts), 3);
	CHECK_EQ(in[0].msg_len, 1);
	CHECK_EQ(in[2].msg_len, 3);
	CHECK_ERRNO(recvmmsg(s[1], in, 4, MSG_DONTWAIT, NULL), EAGAIN);
}

CASE(options)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), v, big = 100000;
	socklen_t len = sizeof v;

	CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_TYPE, &v, &len), 0);
	CHECK_EQ(v, SOCK_STREAM);
	CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &v, &len), 0);
	CHECK_EQ(v, AF_UNIX);
	CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &v, &len), 0);
	CHECK_EQ(v, 0);
	CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &v, &len), 0);
	CHECK_EQ(v, 212992);
	CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &big, sizeof big), 0);
	CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &v, &len), 0);
	CHECK_EQ(v, 200000);
	CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_ERROR, &v, &len), 0);
	CHECK_EQ(v, 0);
	CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &v, &len), 0);
	CHECK_EQ(v, 0);
	v = 1;
	CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &v, sizeof v), 0);
	v = 0;
	CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &v, &len), 0);
	CHECK_EQ(v, 1);
	CHECK_ERRNO(setsockopt(fd, SOL_SOCKET, SO_TYPE, &v, sizeof v), ENOPROTOOPT);
	CHECK_ERRNO(setsockopt(fd, SOL_SOCKET, 9999, &v, sizeof v), ENOPROTOOPT);
	CHECK_ERRNO(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &v, 1), EINVAL);
	CHECK_ERRNO(setsockopt(fd, 6, 1, &v, sizeof v), EOPNOTSUPP);
	CHECK_ERRNO(getsockopt(fd, SOL_SOCKET, SO_PEERSEC, &v, &len), ENOPROTOOPT);
}

CASE(epoll_sees_connections_and_ends)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET }, got[2];
	int l, c, a, ep = epoll_create1(0);
	char b;

	abstract_name("epoll");
	l = bound(SOCK_STREAM);
	CHECK_EQ(listen(l, 4), 0);
	CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, l, &ev), 0);
	CHECK_EQ(epoll_wait(ep, got, 2, 0), 0);
	c = connected(SOCK_STREAM);
	CHECK_EQ(epoll_wait(ep, got, 2, 1000), 1);
	a = accept(l, NULL, NULL);
	CHECK(a >= 0);
	ev.events = EPOLLIN | EPOLLRDHUP;
	CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, a, &ev), 0);
	close(c);
	CHECK_EQ(epoll_wait(ep, got, 2, 1000), 1);
	CHECK_EQ(got[0].events, EPOLLIN | EPOLLRDHUP | EPOLLHUP);
	CHECK_EQ(read(a, &b, 1), 0);
}

CASE(proc_net_unix_lists_sockets)
{
	char line[256], wanted[128];
	int found = 0;

	abstract_name("listed");
	bound(SOCK_STREAM);
	snprintf(wanted, sizeof wanted, "@%s", addr.sun_path + 1);
	FILE *f = fopen("/proc/net/unix", "r");
	CHECK(f);
	CHECK(fgets(line, sizeof line, f) && !strncmp(line, "Num       RefCount Protocol Flags    Type St Inode Path", 50));
	while (fgets(line, sizeof line, f))
		found |= strstr(line, wanted) != NULL;
	CHECK(found);
}

CASE(a_socket_names_itself)
{
	char link[64], path[64];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct stat st;

	CHECK_EQ(fstat(fd, &st), 0);
	CHECK(S_ISSOCK(st.st_mode) && (st.st_mode & 0777) == 0777);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(path, link, sizeof link - 1);
	CHECK(n > 0);
	link[n] = 0;
	snprintf(path, sizeof path, "socket:[%lu]", (unsigned long)st.st_ino);
	CHECK(!strcmp(link, path));
}

static void check_protocol(int fd, const char *want)
{
	char text[64] = "", path[64];
	struct stat st;

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(fgetxattr(fd, "system.sockprotoname", text, sizeof text), strlen(want) + 1);
	CHECK(!strcmp(text, want));
	CHECK_EQ(getxattr(path, "system.sockprotoname", text, sizeof text), strlen(want) + 1);
	CHECK_EQ(fgetxattr(fd, "system.sockprotoname", NULL, 0), strlen(want) + 1);
	CHECK_ERRNO(fgetxattr(fd, "system.sockprotoname", text, strlen(want)), ERANGE);
}

CASE(a_sockets_inode_tells_its_protocol)
{
	int pair[2];

	check_protocol(socket(AF_UNIX, SOCK_STREAM, 0), "UNIX-STREAM");
	check_protocol(socket(AF_UNIX, SOCK_DGRAM, 0), "UNIX");
	check_protocol(socket(AF_UNIX, SOCK_SEQPACKET, 0), "UNIX");
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	check_protocol(pair[1], "UNIX-STREAM");
	abstract_name("protocol");
	int listener = bound(SOCK_STREAM), fd = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_EQ(listen(listener, 1), 0);
	CHECK_EQ(connect(fd, (struct sockaddr *)&addr, addr_len), 0);
	check_protocol(accept(listener, NULL, NULL), "UNIX-STREAM");
}

CASE(a_sockets_inode_has_no_other_attribute)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char text[64];

	CHECK_ERRNO(fgetxattr(fd, "system.other", text, sizeof text), EOPNOTSUPP);
	CHECK_ERRNO(fgetxattr(fd, "user.a", text, sizeof text), ENODATA);
	CHECK_ERRNO(fsetxattr(fd, "user.a", "1", 1, 0), EPERM);
	CHECK_ERRNO(fgetxattr(fd, "trusted.a", text, sizeof text), EOPNOTSUPP);
	CHECK_ERRNO(fsetxattr(fd, "trusted.a", "1", 1, 0), EOPNOTSUPP);
	CHECK_ERRNO(fsetxattr(fd, "security.a", "1", 1, 0), EOPNOTSUPP);
	CHECK_ERRNO(fgetxattr(fd, "security.a", text, sizeof text), EOPNOTSUPP);
	CHECK_ERRNO(fsetxattr(fd, "system.sockprotoname", "1", 1, 0), EOPNOTSUPP);
	CHECK_ERRNO(fremovexattr(fd, "system.sockprotoname"), EOPNOTSUPP);
	CHECK_EQ(flistxattr(fd, NULL, 0), sizeof "system.sockprotoname");
	CHECK_EQ(flistxattr(fd, text, sizeof text), sizeof "system.sockprotoname");
	CHECK(!strcmp(text, "system.sockprotoname"));
	CHECK_ERRNO(flistxattr(fd, text, 3), ERANGE);
}

CASE(the_place_of_a_bound_socket_can_be_opened)
{
	struct stat of_fd, of_name;
	int fd, place;

	path_name("place");
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_ERRNO(ioctl(fd, SIOCUNIXFILE, 0), ENOENT);
	fd = bound(SOCK_STREAM);
	place = ioctl(fd, SIOCUNIXFILE, 0);
	CHECK(place >= 0);
	CHECK_EQ(fcntl(place, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(place, F_GETFL) & O_PATH, O_PATH);
	CHECK(!fstat(place, &of_fd) && !stat(addr.sun_path, &of_name));
	CHECK_EQ(of_fd.st_ino, of_name.st_ino);
	CHECK(S_ISSOCK(of_fd.st_mode));
	IN_CHILD({
		CHECK_EQ(setuid(1000), 0);
		CHECK_ERRNO(ioctl(fd, SIOCUNIXFILE, 0), EPERM);
	});
	unlink(addr.sun_path);
	abstract_name("noplace");
	CHECK_ERRNO(ioctl(bound(SOCK_STREAM), SIOCUNIXFILE, 0), ENOENT);
}

TEST_MAIN()
