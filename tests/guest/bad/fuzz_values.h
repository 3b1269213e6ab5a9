/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fuzz_values.h - what a fuzzed argument may be: numbers at edges, user memory of every kind, plausible structures, paths.
 *
 * WHAT        All of it comes from one generator that is started with a seed, so a run with the same seed, one CPU and no signal makes
 *             the same calls. Pointers lead into the arena: pages that can be written, a page that can only be read, a page that
 *             cannot be touched. What a pointer shows is one of the structures that calls read (soup), with numbers drawn again.
 */
#pragma once
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define FUZZ_PAGE 4096ul
#define ARENA_PAGES 64
#define ARENA_BYTES (ARENA_PAGES * FUZZ_PAGE)
#define NR_SLOTS 32

struct fuzz {
	uint64_t random;
	char *arena;	/* ARENA_BYTES that can be written, one page read only, one page of nothing */
	long pids[8];	/* children, and numbers that are none */
};

static uint64_t fuzz_next(struct fuzz *f)
{
	uint64_t x = f->random += 0x9e3779b97f4a7c15ull;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

static uint64_t fuzz_below(struct fuzz *f, uint64_t n)
{
	return fuzz_next(f) % n;
}

#define FUZZ_PICK(f, list) ((list)[fuzz_below(f, sizeof(list) / sizeof((list)[0]))])

static const char *const fuzz_paths[] = {
	"", ".", "..", "/", "f", "f", "g", "d", "d", "d/f", "d/../f", "d/new", "new", "link", "loop", "fifo", "sock", "script", "elf",
	"f/", "d/", "nodir/x", "/dev/null", "/dev/zero", "/dev/full", "/dev/ptmx", "/dev/tty", "/dev/urandom", "/dev/pts", "/dev/pts/0",
	"/proc", "/proc/self", "/proc/self/fd", "/proc/self/fd/3", "/proc/self/fd/7", "/proc/self/maps", "/proc/self/mem",
	"/proc/self/mounts", "/proc/self/mountinfo", "/proc/self/status", "/proc/self/ns/mnt", "/proc/self/ns/pid", "/proc/self/ns/user",
	"/proc/self/ns/uts", "/proc/self/comm", "/proc/self/cmdline", "/proc/self/environ", "/proc/self/exe", "/proc/self/cwd",
	"/proc/self/task", "/proc/self/limits", "/proc/self/smaps", "/proc/self/pagemap", "/proc/self/fdinfo", "/proc/1/status",
	"/proc/1/fd", "/proc/stat", "/proc/meminfo", "/proc/self/uid_map", "/proc/self/setgroups", "/proc/self/oom_score_adj",
	"/proc/self/timerslack_ns", "/proc/self/attr/current",
};

static const char *const fuzz_xattrs[] = { "user.x", "user.y", "trusted.x", "security.x", "system.posix_acl_access", "x", "user." };
static const char *const fuzz_types[] = { "tmpfs", "tmpfs", "tmpfs", "proc", "sysfs", "devpts", "overlay", "9p", "none", "devtmpfs" };
static const char *const fuzz_keys[] = { "source", "size", "mode", "ro", "nr_inodes", "lowerdir", "upperdir", "workdir", "newinstance" };
static const char *const fuzz_options[] = { "size=1m", "mode=700,nr_inodes=10", "lowerdir=d:d2", "lowerdir=d,upperdir=d2,workdir=d3", "size=-1",
					    "lowerdir=d", "newinstance", "trans=virtio", ",,,", "%s%n", "" };

/* A number where bugs live. */
static uint64_t fuzz_number(struct fuzz *f)
{
	static const uint64_t edges[] = {
		0, 1, 2, 3, 7, 8, 16, 63, 64, 127, 128, 255, 256, 4095, 4096, 4097, 8192, 65535, 65536, 0x7fffffff, 0x80000000,
		0xffffffff, 0x100000000, 0x7fffffffffff, 0x800000000000, 0x7fffffffffffffff, 0x8000000000000000, -1ull, -2ull, -4095ull,
		-4096ull, 0xffff800000000000,
	};

	switch (fuzz_below(f, 8)) {
	case 0:
	case 1:
		return FUZZ_PICK(f, edges);
	case 2:
		return FUZZ_PICK(f, edges) + fuzz_below(f, 9) - 4;
	case 3:
		return 1ull << fuzz_below(f, 64);
	case 4:
		return (1ull << fuzz_below(f, 32)) | (1ull << fuzz_below(f, 32)) | (1ull << fuzz_below(f, 32));
	case 5:
		return fuzz_next(f) >> fuzz_below(f, 64);
	default:
		return fuzz_below(f, 40);
	}
}

static int fuzz_fd(struct fuzz *f)
{
	static const int odd[] = { -1, AT_FDCWD, 1000, 0x7fffffff, (int)0x80000000 };

	return fuzz_below(f, 12) ? 3 + (int)fuzz_below(f, 44) : FUZZ_PICK(f, odd);
}

static uint64_t fuzz_size(struct fuzz *f)
{
	return fuzz_below(f, 3) ? fuzz_below(f, 3 * FUZZ_PAGE) : fuzz_number(f);
}

static char *fuzz_slot(struct fuzz *f)
{
	return f->arena + fuzz_below(f, ARENA_BYTES / 256) * 256;
}

/* An address with nothing written to it; some are no good at all. */
static uint64_t fuzz_address(struct fuzz *f)
{
	static const uint64_t bad[] = {
		0, 1, 8, 0x1000, 0x7ffffffff000, 0x7fffffffffff, 0x800000000000, 0xffff800000000000, 0xffff888000000000,
		0xffffffff80000000, 0xffffffffff600000, 0xfffffffffffff000, -1ull, 0x4141414141414141,
	};
	uint64_t end = (uint64_t)f->arena + ARENA_BYTES;

	switch (fuzz_below(f, 10)) {
	case 0:
		return FUZZ_PICK(f, bad);
	case 1:
		return end + 2 * FUZZ_PAGE - fuzz_below(f, 64); /* straddles the page of nothing's end */
	case 2:
		return end + FUZZ_PAGE - fuzz_below(f, 64); /* read only, then nothing */
	case 3:
		return end - fuzz_below(f, 64); /* can be written, then read only */
	case 4:
		return (uint64_t)fuzz_slot(f) + fuzz_below(f, 8);
	default:
		return (uint64_t)f->arena + fuzz_below(f, ARENA_PAGES) * FUZZ_PAGE;
	}
}

static struct timespec fuzz_time(struct fuzz *f)
{
	static const long odd[] = { -1, 1000000000, 0x7fffffffffffffff, (long)0x8000000000000000 };
	struct timespec ts = { 0, (long)fuzz_below(f, 2000000) };

	if (!fuzz_below(f, 8))
		ts.tv_nsec = FUZZ_PICK(f, odd);
	if (!fuzz_below(f, 8))
		ts.tv_sec = FUZZ_PICK(f, odd);
	return ts;
}

static void fuzz_put_iovecs(struct fuzz *f, struct iovec *iov)
{
	for (int i = 0; i < 6; i++)
		iov[i] = (struct iovec){ (void *)fuzz_address(f), fuzz_size(f) };
}

static void fuzz_put_sockaddr(struct fuzz *f, struct sockaddr_un *un)
{
	un->sun_family = fuzz_below(f, 8) ? AF_UNIX : fuzz_below(f, 50);
	memset(un->sun_path, 0, sizeof(un->sun_path));
	snprintf(un->sun_path + fuzz_below(f, 2), 60, "s%d", (int)fuzz_below(f, 6));
}

static void fuzz_put_msghdr(struct fuzz *f, char *p)
{
	struct msghdr *m = (struct msghdr *)p;
	struct cmsghdr *c = (struct cmsghdr *)fuzz_slot(f);
	int *fds = (int *)CMSG_DATA(c);

	memset(m, 0, sizeof(*m));
	m->msg_iov = (struct iovec *)fuzz_slot(f);
	fuzz_put_iovecs(f, m->msg_iov);
	m->msg_iovlen = fuzz_below(f, 8) ? fuzz_below(f, 5) : fuzz_number(f);
	c->cmsg_level = fuzz_below(f, 6) ? SOL_SOCKET : (int)fuzz_number(f);
	c->cmsg_type = (int)fuzz_below(f, 4);
	c->cmsg_len = fuzz_below(f, 6) ? CMSG_LEN(sizeof(int) * fuzz_below(f, 5)) : fuzz_number(f);
	for (int i = 0; i < 4; i++)
		fds[i] = fuzz_fd(f);
	m->msg_control = fuzz_below(f, 4) ? (void *)c : (void *)fuzz_address(f);
	m->msg_controllen = fuzz_below(f, 4) ? fuzz_below(f, 64) : fuzz_number(f);
	if (!fuzz_below(f, 3)) {
		m->msg_name = fuzz_slot(f);
		fuzz_put_sockaddr(f, m->msg_name);
		m->msg_namelen = fuzz_below(f, 130);
	}
}

static void fuzz_put_clone_args(struct fuzz *f, char *p)
{
	struct clone_args *a = (struct clone_args *)p;

	memset(a, 0, sizeof(*a));
	a->flags = fuzz_number(f) & ~0xffull;
	a->pidfd = fuzz_address(f);
	a->child_tid = fuzz_address(f);
	a->parent_tid = fuzz_address(f);
	a->exit_signal = fuzz_below(f, 4) ? SIGCHLD : fuzz_number(f);
	if (!fuzz_below(f, 3)) {
		a->set_tid = (uint64_t)fuzz_slot(f);
		a->set_tid_size = fuzz_below(f, 5);
	}
	a->tls = fuzz_number(f);
	a->cgroup = fuzz_below(f, 3);
}

/* Words that calls read at a pointer: one of the usual structures with drawn contents. 256 bytes at most. */
static void fuzz_put_soup(struct fuzz *f, char *p)
{
	uint64_t *words = (uint64_t *)p;
	struct timespec *ts = (struct timespec *)p;
	struct pollfd *pfd = (struct pollfd *)p;
	struct sigevent *sev = (struct sigevent *)p;

	switch (fuzz_below(f, 14)) {
	case 0:
		fuzz_put_iovecs(f, (struct iovec *)p);
		return;
	case 1:
	case 2:
		for (int i = 0; i < 4; i++)
			ts[i] = fuzz_time(f);
		return;
	case 3:
		for (int i = 0; i < 8; i++)
			pfd[i] = (struct pollfd){ fuzz_fd(f), (short)fuzz_number(f), 0 };
		return;
	case 4:
		fuzz_put_sockaddr(f, (struct sockaddr_un *)p);
		return;
	case 5:
		fuzz_put_msghdr(f, p);
		return;
	case 6:
		fuzz_put_clone_args(f, p);
		return;
	case 7:
		memset(sev, 0, sizeof(*sev));
		sev->sigev_notify = (int)fuzz_below(f, 6);
		sev->sigev_signo = (int)fuzz_below(f, 70);
		return;
	case 8:
		*(struct epoll_event *)p = (struct epoll_event){ (uint32_t)fuzz_number(f), { .u64 = fuzz_next(f) } };
		return;
	case 9:
		*(struct open_how *)p = (struct open_how){ fuzz_number(f), fuzz_below(f, 01000), 1ull << fuzz_below(f, 7) };
		return;
	case 10:
		for (int i = 0; i < 32; i++)
			((uint32_t *)p)[i] = (uint32_t)fuzz_number(f);
		((uint32_t *)p)[0] = 48;
		return;
	case 11:
		for (int i = 0; i < 8; i++)
			((int *)p)[i] = fuzz_fd(f);
		return;
	case 12:
		strcpy(p, FUZZ_PICK(f, fuzz_paths));
		return;
	default:
		for (int i = 0; i < 32; i++)
			words[i] = fuzz_below(f, 3) ? fuzz_number(f) : fuzz_address(f);
	}
}

static uint64_t fuzz_pointer(struct fuzz *f)
{
	char *p;

	if (!fuzz_below(f, 4))
		return fuzz_below(f, 3) ? fuzz_address(f) : 0;
	p = fuzz_slot(f);
	fuzz_put_soup(f, p);
	return (uint64_t)p;
}

/* A string of @list, or a bad one. */
static uint64_t fuzz_string_of(struct fuzz *f, const char *const *list, size_t nr)
{
	char *p = f->arena + fuzz_below(f, ARENA_PAGES - 2) * FUZZ_PAGE;
	size_t len;

	switch (fuzz_below(f, 24)) {
	case 0:
		return fuzz_address(f);
	case 1: /* long names, long paths */
		len = fuzz_below(f, 2) ? 250 + fuzz_below(f, 10) : 4090 + fuzz_below(f, 10);
		memset(p, fuzz_below(f, 3) ? 'x' : '/', len);
		p[len] = 0;
		return (uint64_t)p;
	case 2: /* ends with the memory */
		return (uint64_t)f->arena + ARENA_BYTES + FUZZ_PAGE - 8;
	case 3:
		list = fuzz_options;
		nr = sizeof(fuzz_options) / sizeof(fuzz_options[0]);
		/* fallthrough */
	default:
		strcpy(p, list[fuzz_below(f, nr)]);
		return (uint64_t)p;
	}
}
#define FUZZ_STRING(f, list) fuzz_string_of(f, list, sizeof(list) / sizeof((list)[0]))
