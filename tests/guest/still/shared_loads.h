/* SPDX-License-Identifier: GPL-2.0-only */
/* shared_loads.h - loads of the calls that wait for a file, a lock of one, a listening socket, a terminal or the log; see load.h. */
#pragma once
#include "load.h"
#include <pty.h>
#include <sys/file.h>
#include <sys/klog.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <termios.h>

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
