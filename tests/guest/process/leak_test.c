/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * leak_test.c - proves that the objects of processes go when their users go: each case does one thing many times, and the
 * counts of live objects in /sys/kernel/debug/objects return to where they began. A kernel without that list (Debian's)
 * runs the same operations, and nothing is compared.
 */
#define CASE_SECONDS 60
#include "check.h"
#include <poll.h>
#include <pthread.h>
#include <grp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

enum { ROUNDS = 100, MAX_TYPES = 200 };

struct count {
	char type[32], owner[32];
	long live;
};

struct counts {
	int nr;
	struct count of[MAX_TYPES];
};

/* False: this kernel has no such list. */
static int read_counts(struct counts *counts)
{
	char text[20000] = "", *line, *next;
	int fd = open("/sys/kernel/debug/objects", O_RDONLY);
	ssize_t n, len = 0;

	counts->nr = 0;
	if (fd < 0)
		return 0;
	while ((n = read(fd, text + len, sizeof text - 1 - len)) > 0)
		len += n;
	close(fd);
	for (line = text; line && *line && counts->nr < MAX_TYPES; line = next) {
		struct count *at = &counts->of[counts->nr];

		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		if (sscanf(line, "%31s %31s %*s %*s %ld", at->type, at->owner, &at->live) == 3)
			counts->nr++;
	}
	return counts->nr > 0;
}

/* These must be back to the last one. Caches, and memory that is given back in heaps, may keep more. */
static int is_exact(const struct count *count)
{
	static const char *const owners[] = { "process", "sched", "mm", "net", "net/unix", "tty", NULL };
	static const char *const names[] = { "file", "files_struct", "fs_struct", "mnt_namespace", "mount", "pipe", "proc_inode",
					     "fpu_state", NULL };

	if (!strcmp(count->type, "kernel_task")) /* workers come when there is work */
		return 0;
	for (int i = 0; owners[i]; i++)
		if (!strcmp(count->owner, owners[i]))
			return 1;
	for (int i = 0; names[i]; i++)
		if (!strcmp(count->type, names[i]))
			return 1;
	return 0;
}

static const struct count *first_grown(const struct counts *before, const struct counts *after)
{
	for (int i = 0; i < before->nr && i < after->nr; i++) {
		const struct count *old = &before->of[i], *new = &after->of[i];

		if (is_exact(new) && new->live > old->live)
			return new;
	}
	return NULL;
}

static struct counts before, after;

/* Counts as many as there are when nothing is on its way to be freed: three looks see the same. */
static void settle(struct counts *counts)
{
	static struct counts last;
	int nr_same = 0;

	for (int tries = 0; tries < 100 && nr_same < 3 && read_counts(counts); tries++) {
		nr_same = first_grown(&last, counts) || first_grown(counts, &last) ? 0 : nr_same + 1;
		last = *counts;
		usleep(10000);
	}
}

/* A thread keeps its futex waiter from the first time that it slept on one: so that this one's is there before the first count. */
static void sleep_on_a_futex(void)
{
	struct timespec moment = { 0, 1000000 };
	int word = 0;

	CHECK_ERRNO(syscall(SYS_futex, &word, 0 /* FUTEX_WAIT */, 0, &moment, NULL, 0), ETIMEDOUT);
}

static void returns_to_where_it_began(void (*round)(void))
{
	const struct count *grown = NULL;

	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	sleep_on_a_futex();
	/* What is made on first use stays; what former cases left behind goes. */
	for (int i = 0; i < 20; i++)
		round();
	settle(&before);
	for (int i = 0; i < ROUNDS; i++)
		round();
	/* Objects go after grace periods and by workers: the count must come, and soon. */
	for (int tries = 0; tries < 1000; tries++) {
		if (!read_counts(&after))
			return;
		grown = first_grown(&before, &after);
		if (!grown)
			return;
		usleep(10000);
	}
	for (int i = 0; i < before.nr; i++)
		if (after.of[i].live != before.of[i].live)
			dprintf(1, "  %s: %ld, now %ld\n", after.of[i].type, before.of[i].live, after.of[i].live);
	CHECK(!grown);
}

static pid_t forked(void)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	return pid;
}

static void reap(pid_t pid)
{
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

/* ---- life and death ---- */

static void fork_round(void)
{
	pid_t pid = forked();

	if (!pid)
		_exit(0);
	reap(pid);
}
CASE(forks) { returns_to_where_it_began(fork_round); }

static void kill_round(void)
{
	sigset_t all, old;
	pid_t pid;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	pid = forked();
	if (!pid)
		for (;;)
			pause();
	sigprocmask(SIG_SETMASK, &old, NULL);
	for (int i = 0; i < 3; i++)
		sigqueue(pid, SIGRTMIN + i, (union sigval){ .sival_int = i });
	kill(pid, SIGTERM);
	kill(pid, SIGSTOP);
	CHECK_EQ(waitpid(pid, NULL, WUNTRACED), pid);
	kill(pid, SIGKILL);
	reap(pid);
}
CASE(kills_with_signals_pending) { returns_to_where_it_began(kill_round); }

static void *thread_body(void *arg)
{
	return arg;
}

static void thread_round(void)
{
	pthread_t thread;

	CHECK_EQ(pthread_create(&thread, NULL, thread_body, NULL), 0);
	CHECK_EQ(pthread_join(thread, NULL), 0);
}
CASE(threads) { returns_to_where_it_began(thread_round); }

static void *thread_sleeps(void *arg)
{
	for (;;)
		pause();
	return arg;
}

/* The leader goes first, the group dies by a signal later. */
static void zombie_leader_round(void)
{
	pid_t pid = forked();

	if (!pid) {
		pthread_t thread;

		pthread_create(&thread, NULL, thread_sleeps, NULL);
		syscall(SYS_exit, 0);
	}
	usleep(500);
	kill(pid, SIGKILL);
	reap(pid);
}
CASE(leaders_that_end_before_their_threads) { returns_to_where_it_began(zombie_leader_round); }

static void orphan_round(void)
{
	int fds[2];
	char byte;
	pid_t pid;

	CHECK_EQ(pipe(fds), 0);
	pid = forked();
	if (!pid) {
		if (!fork())
			setsid();
		_exit(0);
	}
	reap(pid);
	close(fds[1]);
	CHECK_EQ(read(fds[0], &byte, 1), 0); /* the orphan has ended too */
	close(fds[0]);
}
CASE(orphans_with_sessions_of_their_own) { returns_to_where_it_began(orphan_round); }

static void vfork_round(void)
{
	int fds[2];
	char byte;
	pid_t pid;

	CHECK_EQ(pipe(fds), 0);
	pid = forked();
	if (!pid) {
		setpgid(0, 0);
		if (!syscall(SYS_clone, CLONE_VFORK | SIGCHLD, 0, 0, 0, 0)) {
			write(fds[1], "x", 1);
			for (;;)
				pause();
		}
		_exit(0);
	}
	close(fds[1]);
	CHECK_EQ(read(fds[0], &byte, 1), 1);
	kill(-pid, SIGKILL);
	reap(pid);
	close(fds[0]);
}
CASE(vfork_parents_that_are_killed) { returns_to_where_it_began(vfork_round); }

/* ---- exec ---- */

__attribute__((constructor)) static void as_program(void)
{
	if (getenv("LEAK_TEST_CHILD"))
		_exit(0);
}

static void exec_myself(void)
{
	char *const argv[] = { "leak", NULL }, *const envp[] = { "LEAK_TEST_CHILD=1", NULL };

	execve("/proc/self/exe", argv, envp);
	_exit(9);
}

static void exec_round(void)
{
	int status;
	pid_t pid = forked();

	if (!pid)
		exec_myself();
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}
CASE(execs) { returns_to_where_it_began(exec_round); }

static void failing_exec_round(void)
{
	char *const argv[] = { "leak", NULL };

	CHECK_ERRNO(execve("/does/not/exist", argv, argv), ENOENT);
	CHECK_ERRNO(execve("/proc/self/maps", argv, argv), EACCES);
	CHECK_ERRNO(execve("/", argv, argv), EACCES);
	CHECK_ERRNO(syscall(SYS_execve, "/proc/self/exe", 1L, argv), EFAULT);
}
CASE(execs_that_fail) { returns_to_where_it_began(failing_exec_round); }

static void *thread_execs(void *arg)
{
	exec_myself();
	return arg;
}

static void thread_exec_round(void)
{
	int status;
	pid_t pid = forked();

	if (!pid) {
		pthread_t threads[2];

		pthread_create(&threads[0], NULL, thread_sleeps, NULL);
		pthread_create(&threads[1], NULL, thread_execs, NULL);
		for (;;)
			pause();
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}
CASE(execs_by_threads) { returns_to_where_it_began(thread_exec_round); }

/* ---- namespaces and credentials ---- */

static void namespace_round(void)
{
	pid_t pid = forked();

	if (!pid) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWNS))
			_exit(1);
		for (int i = 0; i < 3; i++)
			if (!fork()) /* the first is init: the others die with it */
				_exit(0);
		while (wait(NULL) > 0)
			;
		_exit(0);
	}
	reap(pid);
}
CASE(namespaces) { returns_to_where_it_began(namespace_round); }

static int init_with_children(void *arg)
{
	for (int i = 0; i < 3; i++)
		if (!fork())
			for (;;)
				pause();
	usleep(200);
	return 0;
}

static char stack[65536] __attribute__((aligned(16)));

static void namespace_kill_round(void)
{
	pid_t pid = clone(init_with_children, stack + sizeof stack, CLONE_NEWPID | CLONE_NEWUTS | SIGCHLD, NULL);
	char path[64];
	int fd;

	CHECK(pid > 0);
	snprintf(path, sizeof path, "/proc/%d/ns/uts", pid);
	fd = open(path, O_RDONLY);
	reap(pid);
	close(fd);
}
CASE(namespaces_whose_init_ends_first) { returns_to_where_it_began(namespace_kill_round); }

static void cred_round(void)
{
	gid_t groups[3] = { 10, 20, 30 };
	pid_t pid = forked();

	if (!pid) {
		setgroups(3, groups);
		setresgid(1000, 1001, 1002);
		prctl(PR_SET_KEEPCAPS, 1);
		setresuid(1000, 1001, 1002);
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		unshare(CLONE_NEWUSER);
		access("/", R_OK);
		_exit(0);
	}
	reap(pid);
}
CASE(credentials) { returns_to_where_it_began(cred_round); }

/* ---- what refers to processes ---- */

static void pidfd_round(void)
{
	struct pollfd waited = { .events = POLLIN };
	pid_t pid = forked();

	if (!pid)
		_exit(0);
	waited.fd = syscall(SYS_pidfd_open, pid, 0);
	CHECK(waited.fd >= 0);
	CHECK_EQ(poll(&waited, 1, -1), 1);
	reap(pid);
	close(waited.fd);
}
CASE(pidfds) { returns_to_where_it_began(pidfd_round); }

static void owner_round(void)
{
	int s[2], pair = socketpair(AF_UNIX, SOCK_STREAM, 0, s);
	pid_t pid = forked();

	CHECK_EQ(pair, 0);
	if (!pid) {
		fcntl(s[0], F_SETOWN, getpid());
		fcntl(s[1], F_SETOWN, -getpgrp());
		_exit(0);
	}
	reap(pid);
	close(s[0]);
	close(s[1]);
}
CASE(owners_of_files) { returns_to_where_it_began(owner_round); }

/* A message with credentials and a descriptor is under way when both ends go. */
static void message_round(void)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(2 * sizeof(int))];
	} control = { 0 };
	struct iovec iov = { "x", 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.room };
	struct cmsghdr *head = CMSG_FIRSTHDR(&msg);
	pid_t pid = forked();
	int s[2], on = 1;

	if (pid) {
		reap(pid);
		close(socket(AF_UNIX, SOCK_STREAM, 0)); /* the end of any Unix socket asks for a collection */
		return;
	}
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, s), 0);
	setsockopt(s[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(2 * sizeof(int));
	memcpy(CMSG_DATA(head), s, sizeof s); /* a cycle: the sockets hold each other */
	CHECK_EQ(sendmsg(s[0], &msg, 0), 1);
	_exit(0);
}
CASE(messages_that_nobody_receives) { returns_to_where_it_began(message_round); }

static void terminal_round(void)
{
	pid_t pid = forked();

	if (!pid) {
		int unlock = 0, number, master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
		char path[32];

		setsid();
		ioctl(master, TIOCSPTLCK, &unlock);
		ioctl(master, TIOCGPTN, &number);
		snprintf(path, sizeof path, "/dev/pts/%d", number);
		open(path, O_RDWR); /* becomes the controlling terminal */
		if (!fork()) {
			setpgid(0, 0);
			signal(SIGTTOU, SIG_IGN);
			tcsetpgrp(master + 1, getpid());
			_exit(0);
		}
		wait(NULL);
		_exit(0);
	}
	reap(pid);
}
CASE(controlling_terminals) { returns_to_where_it_began(terminal_round); }

static void timer_round(void)
{
	pid_t pid = forked();

	if (!pid) {
		struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN };
		struct itimerspec soon = { .it_value = { .tv_nsec = 1000 }, .it_interval = { .tv_nsec = 1000000 } };
		struct itimerval real = { .it_value = { .tv_usec = 100 }, .it_interval = { .tv_usec = 100 } };
		timer_t timer;

		signal(SIGRTMIN, SIG_IGN);
		signal(SIGALRM, SIG_IGN);
		timer_create(CLOCK_MONOTONIC, &event, &timer);
		timer_settime(timer, 0, &soon, NULL);
		timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &timer);
		timer_settime(timer, 0, &soon, NULL);
		setitimer(ITIMER_REAL, &real, NULL);
		usleep(300);
		_exit(0);
	}
	reap(pid);
}
CASE(timers_that_nobody_deletes) { returns_to_where_it_began(timer_round); }

static void signalfd_round(void)
{
	sigset_t set;
	pid_t pid = forked();

	if (!pid) {
		struct pollfd waited = { .events = POLLIN };

		sigemptyset(&set);
		sigaddset(&set, SIGUSR1);
		sigprocmask(SIG_BLOCK, &set, NULL);
		waited.fd = signalfd(-1, &set, 0);
		raise(SIGUSR1);
		poll(&waited, 1, -1);
		_exit(0);
	}
	reap(pid);
}
CASE(signalfds) { returns_to_where_it_began(signalfd_round); }

TEST_MAIN()
