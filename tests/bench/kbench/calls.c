/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * calls.c - rows of one process alone: plain calls, clocks, signals, select, poll, epoll, eventfd.
 */
#include "kbench.h"

/* Pure user-mode reference (shows emulator/host noise, not the kernel). */
static void f_user(u64 n, void *a)
{
	u64 x = 88172645463325252ull;
	for (u64 i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
	}
	sink = x;
}
static char mcsrc[1 << 20], mcdst[1 << 20];
static void f_memcpy(u64 n, void *a)
{
	while (n--) {
		memcpy(mcdst, mcsrc, sizeof mcsrc);
		__asm__ volatile("" ::: "memory");
	}
}
void t_user(void)
{
	ns("user_loop", f_user, 0);
	memset(mcsrc, 1, sizeof mcsrc);
	memset(mcdst, 2, sizeof mcdst);
	out("user_memcpy", sizeof mcsrc * 1000.0 / bench(f_memcpy, 0), "MB/s");
}

/* Simple system calls. */
void f_getppid(u64 n, void *a)
{
	while (n--)
		syscall(SYS_getppid);
}
void t_null(void)
{
	ns("null_getppid", f_getppid, 0);
}

static void f_read1(u64 n, void *a)
{
	char c;
	int fd = *(int *)a;
	while (n--)
		if (read(fd, &c, 1) != 1)
			die("read");
}
static void f_write1(u64 n, void *a)
{
	char c = 0;
	int fd = *(int *)a;
	while (n--)
		if (write(fd, &c, 1) != 1)
			die("write");
}
void t_rw1(void)
{
	int z = open("/dev/zero", O_RDONLY), w = open("/dev/null", O_WRONLY);
	CK(z);
	CK(w);
	ns("read_zero_1b", f_read1, &z);
	ns("write_null_1b", f_write1, &w);
}

static void f_stat(u64 n, void *a)
{
	struct stat st;
	while (n--)
		CK(stat(a, &st));
}
static void f_fstat(u64 n, void *a)
{
	struct stat st;
	while (n--)
		CK(fstat(*(int *)a, &st));
}
static void f_open(u64 n, void *a)
{
	while (n--) {
		int fd = open(a, O_RDONLY);
		CK(fd);
		close(fd);
	}
}
static void f_dup(u64 n, void *a)
{
	while (n--) {
		int fd = dup(*(int *)a);
		CK(fd);
		close(fd);
	}
}
static void f_pread1k(u64 n, void *a)
{
	while (n--)
		if (pread(*(int *)a, buf64k, 1024, 0) != 1024)
			die("pread");
}
void t_file(void)
{
	char *p = path("statfile");
	mkfile(p, 4096);
	ns("stat", f_stat, p);
	int fd = open(p, O_RDONLY);
	CK(fd);
	ns("fstat", f_fstat, &fd);
	ns("open_close", f_open, p);
	ns("dup_close", f_dup, &fd);
	ns("pread_1k", f_pread1k, &fd);
	/* five directories deep */
	char deep[256];
	snprintf(deep, sizeof deep, "%s", settings.dir);
	for (int i = 0; i < 5; i++) {
		strcat(deep, "/d");
		mkdir(deep, 0755);
	}
	strcat(deep, "/f");
	mkfile(deep, 1);
	ns("stat_deep5", f_stat, deep);
	unlink(deep);
	for (int i = 0; i < 5; i++) {
		*strrchr(deep, '/') = 0;
		rmdir(deep);
	}
	unlink(p);
}

static void f_clk(u64 n, void *a)
{
	struct timespec t;
	while (n--)
		clock_gettime(CLOCK_MONOTONIC, &t);
}
static void f_clksys(u64 n, void *a)
{
	struct timespec t;
	while (n--)
		syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &t);
}
void t_clock(void)
{
	ns("clock_gettime", f_clk, 0);
	ns("clock_gettime_syscall", f_clksys, 0);
}
static void f_sleep(u64 n, void *a)
{
	struct timespec t = { 0, 100000 };
	while (n--)
		nanosleep(&t, 0);
}
void t_sleep(void)
{
	prctl(PR_SET_TIMERSLACK, 1);
	ns("nanosleep_100us", f_sleep, 0);
}

/* Signals. */
static volatile int sigcount;
static void h_usr(int s)
{
	sigcount++;
}
static void f_siginst(u64 n, void *a)
{
	struct sigaction sa = { .sa_handler = h_usr };
	while (n--)
		sigaction(SIGUSR1, &sa, 0);
}
static void f_sigdel(u64 n, void *a)
{
	pid_t p = getpid();
	while (n--)
		kill(p, SIGUSR1);
}
static void f_sigmask(u64 n, void *a)
{
	sigset_t s, o;
	sigemptyset(&s);
	sigaddset(&s, SIGUSR2);
	while (n--)
		sigprocmask(SIG_BLOCK, &s, &o);
}
static char *prot_page;
static sigjmp_buf jb;
static void h_segv(int s, siginfo_t *si, void *c)
{
	siglongjmp(jb, 1);
}
static void f_prot(u64 n, void *a)
{
	volatile u64 i = 0;
	sigsetjmp(jb, 1);
	if (i < n) {
		i++;
		*(volatile char *)prot_page = 1;
	}
}
void t_signal(void)
{
	ns("sig_install", f_siginst, 0);
	int c0 = sigcount;
	ns("sig_deliver", f_sigdel, 0);
	if (sigcount == c0)
		die("no signal came");
	ns("sig_procmask", f_sigmask, 0);
	prot_page = mmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct sigaction sa = { .sa_sigaction = h_segv, .sa_flags = SA_SIGINFO };
	sigaction(SIGSEGV, &sa, 0);
	ns("sig_segv", f_prot, 0);
}

/* Select, poll, epoll on 100 descriptors (one of them ready). */
static int pfds[100][2];
static void f_select(u64 n, void *a)
{
	int max = 0;
	while (n--) {
		fd_set s;
		struct timeval tv = { 0, 0 };
		FD_ZERO(&s);
		for (int i = 0; i < 100; i++) {
			FD_SET(pfds[i][0], &s);
			if (pfds[i][0] > max)
				max = pfds[i][0];
		}
		if (select(max + 1, &s, 0, 0, &tv) != 1)
			die("select");
	}
}
static void f_poll(u64 n, void *a)
{
	struct pollfd p[100];
	for (int i = 0; i < 100; i++) {
		p[i].fd = pfds[i][0];
		p[i].events = POLLIN;
	}
	while (n--)
		if (poll(p, 100, 0) != 1)
			die("poll");
}
static void f_epoll(u64 n, void *a)
{
	struct epoll_event ev[100];
	while (n--)
		if (epoll_wait(*(int *)a, ev, 100, 0) != 1)
			die("epoll_wait");
}
static void f_epctl(u64 n, void *a)
{
	struct epoll_event ev = { .events = EPOLLIN };
	while (n--) {
		CK(epoll_ctl(*(int *)a, EPOLL_CTL_DEL, pfds[50][0], &ev));
		CK(epoll_ctl(*(int *)a, EPOLL_CTL_ADD, pfds[50][0], &ev));
	}
}
void t_poll(void)
{
	for (int i = 0; i < 100; i++)
		CK(pipe(pfds[i]));
	if (write(pfds[99][1], "x", 1) != 1)
		die("write");
	ns("select_100", f_select, 0);
	ns("poll_100", f_poll, 0);
	int ep = epoll_create1(0);
	CK(ep);
	for (int i = 0; i < 100; i++) {
		struct epoll_event ev = { .events = EPOLLIN, .data.fd = i };
		CK(epoll_ctl(ep, EPOLL_CTL_ADD, pfds[i][0], &ev));
	}
	ns("epoll_100", f_epoll, &ep);
	ns("epoll_ctl_pair", f_epctl, &ep);
}
static void f_eventfd(u64 n, void *a)
{
	u64 v = 1;
	int fd = *(int *)a;
	while (n--)
		if (write(fd, &v, 8) != 8 || read(fd, &v, 8) != 8)
			die("eventfd");
}
void t_eventfd(void)
{
	int fd = eventfd(0, 0);
	CK(fd);
	ns("eventfd_wr_rd", f_eventfd, &fd);
}
