/* SPDX-License-Identifier: GPL-2.0-only */
/* scm_test.c - proves what travels beside the bytes: descriptors, credentials, truncation, cycles that nobody holds. */
#include "check.h"
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

static int s[2];

static void make_pair(int type)
{
	CHECK_EQ(socketpair(AF_UNIX, type, 0, s), 0);
}

/* Send @len bytes with @nr descriptors. */
static ssize_t send_fds(int to, const char *text, size_t len, const int *fds, int nr)
{
	char control[CMSG_SPACE(256 * sizeof(int))] = { 0 };
	struct iovec iov = { (void *)text, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = CMSG_SPACE(nr * sizeof(int)) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&msg);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(nr * sizeof(int));
	memcpy(CMSG_DATA(head), fds, nr * sizeof(int));
	return sendmsg(to, &msg, 0);
}

/* Receive; up to @room descriptors of control space. *@nr: how many came. */
static ssize_t recv_fds(int from, char *buf, size_t len, int *fds, int room, int *nr, int flags, int *out_flags)
{
	char control[CMSG_SPACE(256 * sizeof(int))] = { 0 };
	struct iovec iov = { buf, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room ? control : NULL,
			      .msg_controllen = room ? CMSG_LEN(room * sizeof(int)) : 0 };
	ssize_t n = recvmsg(from, &msg, flags);
	struct cmsghdr *head = n < 0 ? NULL : CMSG_FIRSTHDR(&msg);

	*nr = 0;
	if (out_flags)
		*out_flags = msg.msg_flags;
	if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS) {
		*nr = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(head), *nr * sizeof(int));
	}
	return n;
}

CASE(a_descriptor_arrives_and_works)
{
	int p[2], got[4], nr, flags;
	char buf[8];

	make_pair(SOCK_STREAM);
	CHECK_EQ(pipe(p), 0);
	CHECK_EQ(send_fds(s[0], "x", 1, &p[1], 1), 1);
	close(p[1]);
	CHECK_EQ(recv_fds(s[1], buf, 8, got, 4, &nr, 0, &flags), 1);
	CHECK_EQ(nr, 1);
	CHECK_EQ(flags, 0);
	CHECK_EQ(fcntl(got[0], F_GETFD), 0);
	CHECK_EQ(write(got[0], "hi", 2), 2);
	CHECK_EQ(read(p[0], buf, 8), 2);
}

CASE(cloexec_on_request)
{
	int got[1], nr, flags;
	char c;

	make_pair(SOCK_DGRAM);
	CHECK_EQ(send_fds(s[0], "x", 1, (int[]){ 1 }, 1), 1);
	CHECK_EQ(recv_fds(s[1], &c, 1, got, 1, &nr, MSG_CMSG_CLOEXEC, &flags), 1);
	CHECK_EQ(nr, 1);
	CHECK_EQ(fcntl(got[0], F_GETFD), FD_CLOEXEC);
}

CASE(order_and_number_are_kept)
{
	int p[2], fds[3], got[3], nr;
	char c;

	make_pair(SOCK_SEQPACKET);
	CHECK_EQ(pipe(p), 0);
	fds[0] = p[0];
	fds[1] = p[1];
	fds[2] = s[0];
	CHECK_EQ(send_fds(s[0], "x", 1, fds, 3), 1);
	CHECK_EQ(recv_fds(s[1], &c, 1, got, 3, &nr, 0, NULL), 1);
	CHECK_EQ(nr, 3);
	CHECK_EQ(write(got[1], "z", 1), 1);
	CHECK_EQ(read(got[0], &c, 1), 1);
	CHECK(c == 'z');
}

CASE(too_little_room_truncates)
{
	int p[2], got[2], nr, flags;
	char c;

	make_pair(SOCK_STREAM);
	CHECK_EQ(pipe(p), 0);
	CHECK_EQ(send_fds(s[0], "x", 1, p, 2), 1);
	close(p[1]);
	CHECK_EQ(recv_fds(s[1], &c, 1, got, 1, &nr, 0, &flags), 1);
	CHECK_EQ(nr, 1);
	CHECK(flags & MSG_CTRUNC);
	CHECK_EQ(read(p[0], &c, 1), 0); /* the write end that did not fit is closed */
}

CASE(without_control_buffer_they_are_closed)
{
	int p[2];
	char c;

	make_pair(SOCK_STREAM);
	CHECK_EQ(pipe(p), 0);
	CHECK_EQ(send_fds(s[0], "x", 1, &p[1], 1), 1);
	close(p[1]);
	CHECK_EQ(read(s[1], &c, 1), 1);
	CHECK_EQ(read(p[0], &c, 1), 0);
}

CASE(reads_do_not_run_over_a_message_with_files)
{
	int got[2], nr;
	char buf[16];

	make_pair(SOCK_STREAM);
	CHECK_EQ(write(s[0], "ab", 2), 2);
	CHECK_EQ(send_fds(s[0], "cd", 2, (int[]){ 0 }, 1), 2);
	CHECK_EQ(write(s[0], "ef", 2), 2);
	CHECK_EQ(recv_fds(s[1], buf, 16, got, 2, &nr, 0, NULL), 4);
	CHECK(!memcmp(buf, "abcd", 4));
	CHECK_EQ(nr, 1);
	CHECK_EQ(recv_fds(s[1], buf, 16, got, 2, &nr, 0, NULL), 2);
	CHECK_EQ(nr, 0);
}

CASE(peeking_copies_descriptors)
{
	int got[1], nr;
	char c;

	make_pair(SOCK_STREAM);
	CHECK_EQ(send_fds(s[0], "x", 1, (int[]){ 1 }, 1), 1);
	CHECK_EQ(recv_fds(s[1], &c, 1, got, 1, &nr, MSG_PEEK, NULL), 1);
	CHECK_EQ(nr, 1);
	CHECK_EQ(close(got[0]), 0);
	CHECK_EQ(recv_fds(s[1], &c, 1, got, 1, &nr, 0, NULL), 1);
	CHECK_EQ(nr, 1);
	CHECK_EQ(close(got[0]), 0);
}

CASE(bad_descriptors_and_too_many)
{
	int many[254];

	make_pair(SOCK_STREAM);
	CHECK_ERRNO(send_fds(s[0], "x", 1, (int[]){ 999 }, 1), EBADF);
	for (int i = 0; i < 254; i++)
		many[i] = 1;
	CHECK_EQ(send_fds(s[0], "x", 1, many, 253), 1);
	CHECK_ERRNO(send_fds(s[0], "x", 1, many, 254), EINVAL);
}

CASE(credentials_on_request)
{
	char control[CMSG_SPACE(sizeof(struct ucred))], c;
	struct iovec iov = { &c, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
	struct ucred cred;
	int on = 1, status;
	pid_t pid;

	make_pair(SOCK_STREAM);
	CHECK_EQ(setsockopt(s[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on), 0);
	pid = fork();
	if (!pid)
		_exit(write(s[0], "x", 1) != 1);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(recvmsg(s[1], &msg, 0), 1);
	CHECK(CMSG_FIRSTHDR(&msg));
	CHECK_EQ(CMSG_FIRSTHDR(&msg)->cmsg_type, SCM_CREDENTIALS);
	memcpy(&cred, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof cred);
	CHECK_EQ(cred.uid, getuid());
	CHECK_EQ(cred.gid, getgid());
	CHECK_EQ(cred.pid, pid);
}

CASE(explicit_credentials_are_checked)
{
	char control[CMSG_SPACE(sizeof(struct ucred))] = { 0 };
	struct iovec iov = { "x", 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
	struct ucred cred = { getpid(), getuid(), getgid() };
	struct cmsghdr *head = CMSG_FIRSTHDR(&msg);

	make_pair(SOCK_DGRAM);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_CREDENTIALS;
	head->cmsg_len = CMSG_LEN(sizeof cred);
	memcpy(CMSG_DATA(head), &cred, sizeof cred);
	CHECK_EQ(sendmsg(s[0], &msg, 0), 1);
	if (getuid())
		return;
	CHECK_EQ(setgid(1000), 0);
	CHECK_EQ(setuid(1000), 0);
	CHECK_ERRNO(sendmsg(s[0], &msg, 0), EPERM);
}

CASE(peer_credentials)
{
	struct ucred cred;
	socklen_t len = sizeof cred;

	make_pair(SOCK_STREAM);
	CHECK_EQ(getsockopt(s[0], SOL_SOCKET, SO_PEERCRED, &cred, &len), 0);
	CHECK_EQ(cred.pid, getpid());
	CHECK_EQ(cred.uid, geteuid());
	int lonely = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_EQ(getsockopt(lonely, SOL_SOCKET, SO_PEERCRED, &cred, &len), 0);
	CHECK_EQ(cred.pid, 0);
	CHECK_EQ(cred.uid, (uid_t)-1);
}

/* The write end of a pipe sits in a cycle of sockets that nobody holds: its reader sees the end when the cycle goes. */
static void wait_for_end(int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };
	char c;

	for (int i = 0; i < 50; i++) {
		int t[2]; /* closing a socket is what starts a collection */

		CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, t), 0);
		close(t[0]);
		close(t[1]);
		if (poll(&p, 1, 100) == 1)
			break;
	}
	CHECK(p.revents & POLLHUP);
	CHECK_EQ(read(fd, &c, 1), 0);
}

CASE(a_socket_in_its_own_queue_is_collected)
{
	int p[2];

	make_pair(SOCK_STREAM);
	CHECK_EQ(pipe(p), 0);
	CHECK_EQ(send_fds(s[0], "x", 1, (int[]){ s[1], p[1] }, 2), 1);
	close(s[0]);
	close(s[1]);
	close(p[1]);
	wait_for_end(p[0]);
}

CASE(two_sockets_in_each_other_are_collected)
{
	int p[2], t[2];

	make_pair(SOCK_DGRAM);
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, t), 0);
	CHECK_EQ(pipe(p), 0);
	CHECK_EQ(send_fds(s[0], "x", 1, (int[]){ t[1], p[1] }, 2), 1);
	CHECK_EQ(send_fds(t[0], "x", 1, (int[]){ s[1], s[0] }, 2), 1);
	close(s[0]);
	close(s[1]);
	close(t[0]);
	close(t[1]);
	close(p[1]);
	wait_for_end(p[0]);
}

CASE(a_reachable_chain_is_kept)
{
	int t[2], got[2], nr;
	char c;

	make_pair(SOCK_STREAM);
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, t), 0);
	CHECK_EQ(write(t[0], "q", 1), 1);
	CHECK_EQ(send_fds(s[0], "x", 1, &t[1], 1), 1);
	close(t[1]);
	for (int i = 0; i < 5; i++) {
		int u[2];
		CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, u), 0);
		close(u[0]);
		close(u[1]);
	}
	usleep(50000);
	CHECK_EQ(recv_fds(s[1], &c, 1, got, 1, &nr, 0, NULL), 1);
	CHECK_EQ(nr, 1);
	CHECK_EQ(read(got[0], &c, 1), 1);
	CHECK(c == 'q');
}

/* Nobody takes the files of an urgent byte that a read passes over: they are closed. A directory's close takes its own locks. */
CASE(files_of_an_urgent_byte_go_with_it)
{
	char control[CMSG_SPACE(2 * sizeof(int))] = { 0 }, buf[8];
	struct iovec iov = { "!", 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
	struct cmsghdr *head = CMSG_FIRSTHDR(&msg);
	struct pollfd end = { .events = POLLIN };
	int p[2], fds[2];

	make_pair(SOCK_STREAM);
	CHECK_EQ(pipe(p), 0);
	fds[0] = p[1];
	fds[1] = open("/tmp", O_RDONLY | O_DIRECTORY);
	CHECK(fds[1] >= 0 || errno == ENOENT);
	if (fds[1] < 0)
		fds[1] = open("/", O_RDONLY | O_DIRECTORY);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof fds);
	memcpy(CMSG_DATA(head), fds, sizeof fds);
	CHECK_EQ(sendmsg(s[0], &msg, MSG_OOB), 1);
	CHECK_EQ(send(s[0], "x", 1, 0), 1);
	close(fds[0]);
	close(fds[1]);
	CHECK_EQ(read(s[1], buf, sizeof buf), 1);
	CHECK_EQ(buf[0], 'x');
	end.fd = p[0];
	CHECK_EQ(poll(&end, 1, 5000), 1);
	CHECK_EQ(read(p[0], buf, 1), 0);
}

TEST_MAIN()
