/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * args_test.c - proves that a call which waits does not read its time limit, mask or set again when it goes on after a park.
 *
 * A thread waits with these in a page of their own. When it sleeps the page is unmapped, everything is made still once, and then the
 * wait is ended by what it waits for. The call must succeed, and leave nothing behind: the mask is as before, and the next wait
 * of the thread is one of its own. A kernel without /sys/kernel/debug/still (Linux) does the same without the stop.
 */
#include "check.h"
#include "text.h"
#include <linux/futex.h>
#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <time.h>

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif
#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

/* What is in the page that goes away. */
struct args {
	struct timespec limit;
	sigset_t set;
	struct {
		const sigset_t *set;
		size_t size;
	} mask;
};

struct waiter {
	long (*wait)(const struct args *args);
	const struct args *args;
	pid_t tid;
	long result;
	int error;
	sigset_t mask_before, mask_after;
	long next_result;
	int next_error;
};

static uint32_t word, other_word, is_gone, may_end;
static int event_fd, epoll_fd;

/* Everything to the boundary once, and on. */
static void still_once(void)
{
	int fd = open("/sys/kernel/debug/still", O_RDWR);

	if (fd < 0)
		return;
	CHECK_EQ(pwrite(fd, "20000\n", 6, 0), 6);
	close(fd);
}

static void *run(void *arg)
{
	struct waiter *me = arg;
	struct timespec soon = { .tv_nsec = 1000000 };

	pthread_sigmask(SIG_SETMASK, NULL, &me->mask_before);
	__atomic_store_n(&me->tid, gettid(), __ATOMIC_SEQ_CST);
	me->result = me->wait(me->args);
	me->error = me->result < 0 ? errno : 0;
	pthread_sigmask(SIG_SETMASK, NULL, &me->mask_after);
	me->next_result = syscall(SYS_futex, &other_word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0, &soon, NULL, 0);
	me->next_error = me->next_result < 0 ? errno : 0;
	return NULL;
}

static void on_signal(int sig)
{
}

static struct args *make_args(void)
{
	struct args *args = mmap(NULL, sizeof *args, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(args != MAP_FAILED);
	args->limit.tv_sec = 100000;
	sigemptyset(&args->set);
	sigaddset(&args->set, SIGUSR1);
	args->mask.set = &args->set;
	args->mask.size = 8;
	return args;
}

static void absolute(struct args *args, int clock)
{
	clock_gettime(clock, &args->limit);
	args->limit.tv_sec += 100000;
}

/* Park @wait once, with its arguments gone, then end it. */
static void park_without_args(long (*wait)(const struct args *), struct args *args, void (*end)(pid_t), long want,
			      int want_error)
{
	struct waiter me = { .wait = wait, .args = args };
	pthread_t thread;

	CHECK_EQ(pthread_create(&thread, NULL, run, &me), 0);
	while (!__atomic_load_n(&me.tid, __ATOMIC_SEQ_CST))
		sched_yield();
	wait_until_asleep(me.tid);
	CHECK_EQ(munmap(args, sizeof *args), 0);
	still_once();
	wait_until_asleep(me.tid);
	end(me.tid);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK_EQ(me.error, want_error);
	CHECK_EQ(me.result, want);
	CHECK(!memcmp(&me.mask_before, &me.mask_after, 8));
	CHECK_EQ(me.next_result, -1);
	CHECK_EQ(me.next_error, ETIMEDOUT);
}

static void by_wake(pid_t tid)
{
	CHECK_EQ(syscall(SYS_futex, &word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0), 1);
}

static void by_event(pid_t tid)
{
	uint64_t one = 1;

	CHECK_EQ(write(event_fd, &one, sizeof one), sizeof one);
}

static void by_signal(pid_t tid)
{
	CHECK_EQ(syscall(SYS_tgkill, getpid(), tid, SIGUSR1), 0);
}

static long wait_futex(const struct args *args)
{
	return syscall(SYS_futex, &word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0, &args->limit, NULL, 0);
}

CASE(futex)
{
	park_without_args(wait_futex, make_args(), by_wake, 0, 0);
}

static long wait_futex_realtime(const struct args *args)
{
	return syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME, 0, &args->limit, NULL,
		       ~0u);
}

CASE(futex_on_the_real_time_clock)
{
	struct args *args = make_args();

	absolute(args, CLOCK_REALTIME);
	park_without_args(wait_futex_realtime, args, by_wake, 0, 0);
}

static long wait_waitv(const struct args *args)
{
	struct futex_waitv words[2] = {
		{ .uaddr = (uintptr_t)&other_word, .flags = FUTEX_32 | FUTEX_PRIVATE_FLAG },
		{ .uaddr = (uintptr_t)&word, .flags = FUTEX_32 | FUTEX_PRIVATE_FLAG },
	};

	return syscall(SYS_futex_waitv, words, 2, 0, &args->limit, CLOCK_MONOTONIC);
}

CASE(futex_waitv)
{
	struct args *args = make_args();

	absolute(args, CLOCK_MONOTONIC);
	park_without_args(wait_waitv, args, by_wake, 1, 0);
}

static long wait_sigtimedwait(const struct args *args)
{
	return syscall(SYS_rt_sigtimedwait, &args->set, NULL, &args->limit, 8);
}

CASE(rt_sigtimedwait)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	park_without_args(wait_sigtimedwait, make_args(), by_signal, SIGUSR1, 0);
}

static long wait_nanosleep(const struct args *args)
{
	return syscall(SYS_nanosleep, &args->limit, NULL);
}

CASE(nanosleep)
{
	signal(SIGUSR1, on_signal);
	park_without_args(wait_nanosleep, make_args(), by_signal, -1, EINTR);
}

static long wait_clock_nanosleep(const struct args *args)
{
	return syscall(SYS_clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, &args->limit, NULL);
}

CASE(clock_nanosleep)
{
	struct args *args = make_args();

	absolute(args, CLOCK_REALTIME);
	signal(SIGUSR1, on_signal);
	park_without_args(wait_clock_nanosleep, args, by_signal, -1, EINTR);
}

static void make_event(void)
{
	struct epoll_event event = { .events = EPOLLIN };

	event_fd = eventfd(0, 0);
	epoll_fd = epoll_create1(0);
	CHECK(event_fd >= 0 && epoll_fd >= 0);
	CHECK_EQ(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, event_fd, &event), 0);
}

static long wait_ppoll(const struct args *args)
{
	struct pollfd fd = { .fd = event_fd, .events = POLLIN };

	return syscall(SYS_ppoll, &fd, 1, &args->limit, &args->set, 8);
}

CASE(ppoll)
{
	make_event();
	park_without_args(wait_ppoll, make_args(), by_event, 1, 0);
}

static long wait_pselect6(const struct args *args)
{
	fd_set in;

	FD_ZERO(&in);
	FD_SET(event_fd, &in);
	return syscall(SYS_pselect6, event_fd + 1, &in, NULL, NULL, &args->limit, &args->mask);
}

CASE(pselect6)
{
	make_event();
	park_without_args(wait_pselect6, make_args(), by_event, 1, 0);
}

/* A limit as long as this is none; it is read once all the same. */
CASE(pselect6_with_a_limit_beyond_the_clock)
{
	struct args *args = make_args();

	make_event();
	args->limit.tv_sec = INT64_MAX;
	park_without_args(wait_pselect6, args, by_event, 1, 0);
}

static long wait_epoll_pwait2(const struct args *args)
{
	struct epoll_event event;

	return syscall(SYS_epoll_pwait2, epoll_fd, &event, 1, &args->limit, &args->set, 8);
}

CASE(epoll_pwait2)
{
	make_event();
	park_without_args(wait_epoll_pwait2, make_args(), by_event, 1, 0);
}

/* Its parent's stack is the child's: nothing here returns. */
static void __attribute__((noreturn, noinline)) vfork_child(struct clone_args *args)
{
	syscall(SYS_munmap, args, sizeof *args);
	__atomic_store_n(&is_gone, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&may_end, __ATOMIC_SEQ_CST))
		syscall(SYS_sched_yield);
	syscall(SYS_exit, 0);
	__builtin_unreachable();
}

static void *vfork_by_clone3(void *arg)
{
	struct clone_args *args = arg;
	long ret;

	asm volatile("syscall" : "=a"(ret) : "0"(SYS_clone3), "D"(args), "S"(sizeof *args) : "rcx", "r11", "memory");
	if (!ret)
		vfork_child(args);
	return (void *)ret;
}

/* The child ends the wait, and shares the memory: it takes the arguments away. */
CASE(clone3_that_waits_for_its_child)
{
	struct clone_args *args = mmap(NULL, sizeof *args, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int status;
	pthread_t thread;
	void *result;

	args->flags = CLONE_VM | CLONE_VFORK;
	args->exit_signal = SIGCHLD;
	CHECK_EQ(pthread_create(&thread, NULL, vfork_by_clone3, args), 0);
	while (!__atomic_load_n(&is_gone, __ATOMIC_SEQ_CST))
		sched_yield();
	still_once();
	__atomic_store_n(&may_end, 1, __ATOMIC_SEQ_CST);
	CHECK_EQ(pthread_join(thread, &result), 0);
	CHECK((long)result > 0);
	CHECK_EQ(waitpid((pid_t)(long)result, &status, 0), (long)result);
	CHECK_EQ(status, 0);
}

TEST_MAIN()
