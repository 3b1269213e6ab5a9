/* SPDX-License-Identifier: GPL-2.0-only */
/* pidfd_test.c - proves clone3, pidfds, rseq, membarrier and close_range: the calls of the last years that programs look for first. */
#include "check.h"
#include <linux/membarrier.h>
#include <linux/rseq.h>
#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/pidfd.h>
#include <sys/rseq.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

static pid_t clone3(struct clone_args *args, size_t size)
{
	return syscall(SYS_clone3, args, size);
}

CASE(clone3_gives_a_pidfd_that_tells_the_end)
{
	int fd = -1;
	struct clone_args args = { .flags = CLONE_PIDFD, .pidfd = (uintptr_t)&fd, .exit_signal = SIGCHLD };
	int pipes[2];
	char byte;

	CHECK_EQ(pipe(pipes), 0);
	pid_t pid = clone3(&args, sizeof args);

	if (!pid) {
		_exit(read(pipes[0], &byte, 1) == 1 ? 9 : 1);
	}
	CHECK(pid > 0 && fd >= 0);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	struct pollfd poll_fd = { fd, POLLIN, 0 };

	CHECK_EQ(poll(&poll_fd, 1, 0), 0);
	CHECK_EQ(write(pipes[1], "x", 1), 1);
	CHECK_EQ(poll(&poll_fd, 1, -1), 1);
	siginfo_t info = { 0 };

	CHECK_EQ(waitid(P_PIDFD, fd, &info, WEXITED), 0);
	CHECK_EQ(info.si_pid, pid);
	CHECK_EQ(info.si_status, 9);
	CHECK_ERRNO(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0), ESRCH);
	CHECK_ERRNO(waitid(P_PIDFD, fd, &info, WEXITED), ECHILD);
}

CASE(clone3_refuses_what_it_does_not_know)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	char large[sizeof args + 8];

	CHECK_ERRNO(clone3(&args, 8), EINVAL);
	CHECK_ERRNO(clone3((void *)8, sizeof args), EFAULT);
	CHECK_ERRNO(clone3(&args, 8192), E2BIG);
	memset(large, 0, sizeof large);
	memcpy(large, &args, sizeof args);
	large[sizeof args] = 1; /* a field of the future that is in use */
	CHECK_ERRNO(clone3((void *)large, sizeof large), E2BIG);
	args.exit_signal = 65;
	CHECK_ERRNO(clone3(&args, sizeof args), EINVAL);
	args = (struct clone_args){ .flags = CLONE_DETACHED, .exit_signal = SIGCHLD };
	CHECK_ERRNO(clone3(&args, sizeof args), EINVAL);
	args = (struct clone_args){ .stack = 4096, .exit_signal = SIGCHLD };
	CHECK_ERRNO(clone3(&args, sizeof args), EINVAL); /* a stack without size */
	args = (struct clone_args){ .flags = CLONE_SIGHAND };
	CHECK_ERRNO(clone3(&args, sizeof args), EINVAL);
	args = (struct clone_args){ .flags = CLONE_CLEAR_SIGHAND | CLONE_SIGHAND | CLONE_VM };
	CHECK_ERRNO(clone3(&args, sizeof args), EINVAL);
}

CASE(clone3_clears_handlers_on_request)
{
	struct clone_args args = { .flags = CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD };
	struct sigaction action;
	int status;

	signal(SIGUSR1, exit);
	signal(SIGUSR2, SIG_IGN);
	pid_t pid = clone3(&args, sizeof args);

	if (!pid) {
		int bad = 0;

		sigaction(SIGUSR1, NULL, &action);
		bad |= action.sa_handler != SIG_DFL;
		sigaction(SIGUSR2, NULL, &action);
		bad |= action.sa_handler != SIG_IGN;
		_exit(bad);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

CASE(clone3_chooses_the_pid)
{
	pid_t want = 3999;
	struct clone_args args = { .exit_signal = SIGCHLD, .set_tid = (uintptr_t)&want, .set_tid_size = 1 };
	pid_t pid = clone3(&args, sizeof args);

	if (!pid) {
		pause();
		_exit(0);
	}
	CHECK_EQ(pid, want);
	CHECK_ERRNO(clone3(&args, sizeof args), EEXIST);
	args.set_tid_size = 33;
	CHECK_ERRNO(clone3(&args, sizeof args), EINVAL);
	kill(pid, SIGKILL);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

CASE(pidfd_open_and_getfd)
{
	int pipes[2], fd;
	char byte = 0;

	CHECK_EQ(pipe(pipes), 0);
	pid_t pid = fork();

	if (!pid) {
		int secret = memfd_create("secret", 0);

		if (secret != 55)
			dup2(secret, 55);
		CHECK_EQ(write(55, "hello", 5), 5);
		CHECK_EQ(write(pipes[1], "x", 1), 1);
		for (;;)
			pause();
	}
	CHECK_EQ(read(pipes[0], &byte, 1), 1);
	fd = syscall(SYS_pidfd_open, pid, 0);
	CHECK(fd >= 0);
	int got = syscall(SYS_pidfd_getfd, fd, 55, 0);
	char text[6] = "";

	CHECK(got >= 0);
	CHECK_EQ(fcntl(got, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(pread(got, text, 5, 0), 5);
	CHECK(!strcmp(text, "hello"));
	CHECK_ERRNO(syscall(SYS_pidfd_getfd, fd, 56, 0), EBADF);
	CHECK_ERRNO(syscall(SYS_pidfd_getfd, fd, 55, 1), EINVAL);
	CHECK_ERRNO(syscall(SYS_pidfd_open, pid, 1), EINVAL);
	CHECK_ERRNO(syscall(SYS_pidfd_open, 0, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_pidfd_open, 4000000, 0), ESRCH);
	CHECK_EQ(syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0), 0);
	int status;

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, SIGKILL);
	CHECK_ERRNO(syscall(SYS_pidfd_getfd, fd, 55, 0), ESRCH);
}

CASE(the_directory_of_a_process_takes_signals_as_a_pidfd_does)
{
	char name[64];
	int status, task_fd;
	pid_t pid = fork();

	if (!pid)
		for (;;)
			pause();
	snprintf(name, sizeof name, "/proc/%d", pid);
	int fd = open(name, O_RDONLY | O_DIRECTORY);

	CHECK(fd >= 0);
	snprintf(name, sizeof name, "/proc/%d/task/%d", pid, pid);
	task_fd = open(name, O_RDONLY | O_DIRECTORY);
	CHECK(task_fd >= 0);
	CHECK_ERRNO(syscall(SYS_pidfd_send_signal, task_fd, SIGTERM, NULL, 0), EBADF);
	CHECK_ERRNO(syscall(SYS_pidfd_getfd, fd, 0, 0), EBADF);
	CHECK_EQ(syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0), 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, SIGTERM);
	CHECK_ERRNO(syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0), ESRCH);
}

CASE(pidfd_that_does_not_wait)
{
	int fd, status;
	pid_t pid = fork();

	if (!pid)
		for (;;)
			pause();
	fd = syscall(SYS_pidfd_open, pid, O_NONBLOCK);
	CHECK(fd >= 0);
	siginfo_t info;

	CHECK_ERRNO(waitid(P_PIDFD, fd, &info, WEXITED), EAGAIN);
	kill(pid, SIGKILL);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
}

/* ---- restartable sequences ---- */

CASE(rseq_tells_the_processor)
{
	volatile struct rseq *area = (void *)((char *)__builtin_thread_pointer() + __rseq_offset);
	cpu_set_t all, one;

	CHECK(__rseq_size >= 20); /* glibc registered it */
	CHECK_EQ(sched_getaffinity(0, sizeof all, &all), 0);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		CHECK_EQ(sched_setaffinity(0, sizeof one, &one), 0);
		CHECK_EQ(area->cpu_id, cpu);
		CHECK_EQ(area->cpu_id_start, cpu);
	}
	CHECK_ERRNO(syscall(SYS_rseq, area, 32, 0, 0x53053053), EBUSY); /* the same again */
	CHECK_ERRNO(syscall(SYS_rseq, area, 32, 1, 0x12345678), EPERM); /* another signature */
	CHECK_ERRNO(syscall(SYS_rseq, (char *)area + 32, 32, 0, 0x53053053), EINVAL);
}

/* Counts in a loop that ends only by being sent to the abort handler; a timer's signal interrupts it. */
static volatile int aborted;

static void on_alarm(int sig)
{
}

CASE(interrupted_sequence_goes_to_its_abort_handler)
{
	volatile struct rseq *area = (void *)((char *)__builtin_thread_pointer() + __rseq_offset);

	signal(SIGALRM, on_alarm);
	ualarm(20000, 0);
	asm volatile goto("leaq 3f(%%rip), %%rax\n\t"
			  "movq %%rax, %c1(%0)\n\t"
			  "1: jmp 1b\n\t"
			  "2: ud2\n\t"
			  ".pushsection __rseq_cs, \"aw\"\n\t"
			  ".balign 32\n\t"
			  "3: .long 0, 0\n\t"
			  ".quad 1b, 2b - 1b, 4f\n\t"
			  ".popsection\n\t"
			  ".pushsection .text.rseq_abort, \"ax\"\n\t"
			  ".byte 0x0f, 0xb9, 0x3d\n\t"
			  ".long 0x53053053\n\t"
			  "4: jmp %l[abort]\n\t"
			  ".popsection"
			  :
			  : "r"(area), "i"(offsetof(struct rseq, rseq_cs))
			  : "rax", "memory"
			  : abort);
	__builtin_unreachable();
abort:
	CHECK_EQ(area->rseq_cs, 0);
}

/* ---- membarrier ---- */

CASE(membarrier_registers_before_it_may)
{
	long commands = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);

	CHECK(commands & MEMBARRIER_CMD_GLOBAL);
	CHECK(commands & MEMBARRIER_CMD_PRIVATE_EXPEDITED);
	CHECK(commands & MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE);
	CHECK_EQ(syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0), 0);
	CHECK_ERRNO(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0), EPERM);
	CHECK_EQ(syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0), 0);
	CHECK_EQ(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0), 0);
	CHECK_EQ(syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0), 0);
	CHECK_ERRNO(syscall(SYS_membarrier, 1 << 20, 0, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 1, 0), EINVAL);
}

/* Two threads, two words, each stores one and reads the other; one side has only a compiler barrier. Never both zero. */
static volatile int x, y, seen_y, seen_x, turn, quit;

static void *light_side(void *arg)
{
	for (int round = 1; !quit; round++) {
		while (turn != round && !quit)
			sched_yield();
		x = 1;
		asm volatile("" ::: "memory");
		seen_y = y;
		__atomic_store_n(&turn, -round, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

CASE(membarrier_orders_the_side_without_a_fence)
{
	pthread_t thread;

	CHECK_EQ(syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0), 0);
	CHECK_EQ(pthread_create(&thread, NULL, light_side, NULL), 0);
	for (int round = 1; round <= 300; round++) {
		x = y = 0;
		__atomic_store_n(&turn, round, __ATOMIC_SEQ_CST);
		y = 1;
		CHECK_EQ(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0), 0);
		seen_x = x;
		while (__atomic_load_n(&turn, __ATOMIC_SEQ_CST) != -round)
			sched_yield();
		CHECK(seen_x || seen_y);
	}
	quit = 1;
	pthread_join(thread, NULL);
}

CASE(close_range_closes_marks_and_unshares)
{
	int first = open("/dev/null", O_RDONLY), last = first;

	for (int i = 0; i < 9; i++)
		last = dup(first);
	CHECK_EQ(syscall(SYS_close_range, first + 5, last, 4), 0); /* CLOSE_RANGE_CLOEXEC */
	CHECK_EQ(fcntl(last, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(first, F_GETFD), 0);
	CHECK_EQ(syscall(SYS_close_range, first, ~0u, 2), 0); /* CLOSE_RANGE_UNSHARE */
	CHECK_ERRNO(fcntl(first, F_GETFD), EBADF);
	CHECK_ERRNO(fcntl(last, F_GETFD), EBADF);
	CHECK_ERRNO(syscall(SYS_close_range, 5, 4, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_close_range, 5, 6, 8), EINVAL);
}

static long mrelease(int pidfd, unsigned int flags)
{
	return syscall(SYS_process_mrelease, pidfd, flags);
}

static long resident_pages(pid_t pid)
{
	char path[64], line[256] = "";
	long size, resident;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	fd = open(path, O_RDONLY);
	CHECK(fd >= 0);
	CHECK(read(fd, line, sizeof(line) - 1) > 0);
	close(fd);
	CHECK_EQ(sscanf(line, "%ld %ld", &size, &resident), 2);
	return resident;
}

CASE(mrelease_wants_a_dying_process)
{
	int fd = (int)syscall(SYS_pidfd_open, getpid(), 0), null = open("/dev/null", O_RDONLY);
	pid_t child;

	CHECK(fd >= 0);
	CHECK_ERRNO(mrelease(fd, 0), EINVAL);
	CHECK_ERRNO(mrelease(fd, 1), EINVAL);
	CHECK_ERRNO(mrelease(-1, 0), EBADF);
	CHECK_ERRNO(mrelease(null, 0), EBADF);
	child = fork();
	if (!child)
		_exit(0);
	fd = (int)syscall(SYS_pidfd_open, child, 0);
	CHECK(fd >= 0);
	while (waitid(P_PIDFD, fd, &(siginfo_t){ 0 }, WEXITED | WNOWAIT))
		;
	CHECK_ERRNO(mrelease(fd, 0), ESRCH); /* a zombie has no memory */
	CHECK_EQ(waitpid(child, NULL, 0), child);
	CHECK_ERRNO(mrelease(fd, 0), ESRCH);
}

/* The child is killed, but cannot run: the parent keeps the only processor that it may use. */
CASE(mrelease_takes_the_memory_of_one_that_does_not_run)
{
	enum { PAGES = 2000, UNCOUNTED = 64 }; /* Linux' tasks tell what they touched in portions of 64 pages */
	struct sched_param param = { .sched_priority = 10 };
	cpu_set_t set;
	pid_t child;
	int fd, fds[2], status;
	char byte;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	CHECK_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
	CHECK_EQ(pipe(fds), 0);
	child = fork();
	CHECK(child >= 0);
	if (!child) {
		char *volatile memory = malloc((PAGES + UNCOUNTED) * 4096);

		memset(memory, 1, (PAGES + UNCOUNTED) * 4096);
		CHECK_EQ(write(fds[1], "x", 1), 1);
		for (;;)
			pause();
	}
	fd = (int)syscall(SYS_pidfd_open, child, 0);
	CHECK(fd >= 0);
	CHECK_EQ(read(fds[0], &byte, 1), 1);
	CHECK(resident_pages(child) >= PAGES);
	CHECK_ERRNO(mrelease(fd, 0), EINVAL);
	CHECK_EQ(sched_setscheduler(0, SCHED_FIFO, &param), 0);
	CHECK_EQ(kill(child, SIGKILL), 0);
	CHECK_EQ(mrelease(fd, 0), 0);
	CHECK(resident_pages(child) < PAGES / 2);
	CHECK_EQ(mrelease(fd, 0), 0);
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, SIGKILL);
}

TEST_MAIN()
