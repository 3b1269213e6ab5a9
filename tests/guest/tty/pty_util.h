/* SPDX-License-Identifier: GPL-2.0-only */
/* pty_util.h - a pseudo-terminal for a test case: open, settings, exact expectations of what comes out. */
#pragma once
#include "check.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>

#define ANSWER_MS 5000 /* what must come comes within this */
#define SILENCE_MS 60  /* what must not come has not come after this */

static int master, slave, pts_number;

/* The termios of the kernel, as TCGETS carries it, has no speeds; glibc's has. The tests use glibc's. */
static inline void open_master(void)
{
	int unlock = 0;

	master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	CHECK(master >= 0);
	CHECK_EQ(ioctl(master, TIOCGPTN, &pts_number), 0);
	CHECK_EQ(ioctl(master, TIOCSPTLCK, &unlock), 0);
}

static inline const char *slave_name(void)
{
	static char name[32];

	snprintf(name, sizeof name, "/dev/pts/%d", pts_number);
	return name;
}

static inline void open_pair(void)
{
	open_master();
	slave = open(slave_name(), O_RDWR | O_NOCTTY);
	CHECK(slave >= 0);
}

static inline struct termios settings(void)
{
	struct termios t;

	CHECK_EQ(tcgetattr(slave, &t), 0);
	return t;
}

static inline void set(const struct termios *t)
{
	CHECK_EQ(tcsetattr(slave, TCSANOW, t), 0);
}

/* Change flags: what is in off goes, what is in on comes. */
static inline void change(tcflag_t i_off, tcflag_t i_on, tcflag_t o_off, tcflag_t o_on, tcflag_t l_off, tcflag_t l_on)
{
	struct termios t = settings();

	t.c_iflag = (t.c_iflag & ~i_off) | i_on;
	t.c_oflag = (t.c_oflag & ~o_off) | o_on;
	t.c_lflag = (t.c_lflag & ~l_off) | l_on;
	set(&t);
}

static inline void local_flags(tcflag_t off, tcflag_t on)
{
	change(0, 0, 0, 0, off, on);
}

static inline void set_raw(int vmin, int vtime)
{
	struct termios t = settings();

	cfmakeraw(&t);
	t.c_cc[VMIN] = (cc_t)vmin;
	t.c_cc[VTIME] = (cc_t)vtime;
	set(&t);
}

static inline void type_bytes(const char *text, size_t len)
{
	CHECK_EQ(write(master, text, len), (ssize_t)len);
}

static inline void type(const char *text)
{
	type_bytes(text, strlen(text));
}

static inline int ready_within(int fd, short events, int ms)
{
	struct pollfd p = { .fd = fd, .events = events };

	CHECK(poll(&p, 1, ms) >= 0);
	return p.revents;
}

static inline void show_bytes(const char *what, const char *bytes, size_t len)
{
	dprintf(1, "  %s:", what);
	for (size_t i = 0; i < len; i++)
		dprintf(1, bytes[i] > 32 && bytes[i] < 127 ? " %c" : " %02x", (unsigned char)bytes[i]);
	dprintf(1, "\n");
}

/* Exactly these bytes come from @fd, in any number of reads. */
static inline void expect_bytes_at(int line, int fd, const char *text, size_t len)
{
	char buf[8192];
	size_t got = 0;

	while (got < len) {
		ssize_t n;

		if (!(ready_within(fd, POLLIN, ANSWER_MS) & POLLIN))
			break;
		n = read(fd, buf + got, len - got);
		if (n <= 0)
			break;
		got += (size_t)n;
	}
	if (got == len && !memcmp(buf, text, len))
		return;
	show_bytes("got ", buf, got);
	show_bytes("want", text, len);
	check_failed(__FILE__, line, "other bytes than expected");
}
#define expect_bytes(fd, text, len) expect_bytes_at(__LINE__, fd, text, len)
#define expect(fd, text) expect_bytes_at(__LINE__, fd, text, strlen(text))

/* One read gives exactly this. */
static inline void expect_read_at(int line, int fd, const char *text)
{
	char buf[8192];
	ssize_t n;

	if (!(ready_within(fd, POLLIN, ANSWER_MS) & POLLIN))
		check_failed(__FILE__, line, "nothing to read");
	n = read(fd, buf, sizeof buf);
	if (n == (ssize_t)strlen(text) && !memcmp(buf, text, strlen(text)))
		return;
	show_bytes("got ", buf, n > 0 ? (size_t)n : 0);
	check_failed(__FILE__, line, "read gives %zd bytes, not %zu", n, strlen(text));
}
#define expect_read(fd, text) expect_read_at(__LINE__, fd, text)

static inline void expect_silence_at(int line, int fd)
{
	char buf[256];
	ssize_t n;

	if (!(ready_within(fd, POLLIN, SILENCE_MS) & POLLIN))
		return;
	n = read(fd, buf, sizeof buf);
	show_bytes("got ", buf, n > 0 ? (size_t)n : 0);
	check_failed(__FILE__, line, "something to read where nothing should be");
}
#define expect_silence(fd) expect_silence_at(__LINE__, fd)

/* Run the code as the leader of a new session, without a terminal; it must exit 0. */
#define IN_SESSION(...)               \
	IN_CHILD({                    \
		CHECK(setsid() >= 0); \
		__VA_ARGS__;          \
	})

/* Wait status of @pid. */
static inline int status_of(pid_t pid, int options)
{
	int status = -1;

	CHECK_EQ(waitpid(pid, &status, options), pid);
	return status;
}

static inline void say_ready(int fd)
{
	CHECK_EQ(write(fd, "r", 1), 1);
}

static inline void wait_ready(int fd)
{
	char c;

	CHECK_EQ(read(fd, &c, 1), 1);
}
