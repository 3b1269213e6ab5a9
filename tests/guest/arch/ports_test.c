/* SPDX-License-Identifier: GPL-2.0-only */
/* ports_test.c - proves iopl, ioperm and PR_SET_TSC: who may, what a port access does, over fork, threads and switches. */
#include "check.h"
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdint.h>
#include <sys/io.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

enum { CMOS = 0x70, DEBUG_PORT = 0x80 };

static sigjmp_buf back;

static void on_segv(int sig)
{
	siglongjmp(back, sig);
}

/* 0, or the signal that reading @port gave. */
static int try_port(unsigned short port)
{
	struct sigaction action = { .sa_handler = on_segv, .sa_flags = SA_NODEFER };
	int sig;

	CHECK_EQ(sigaction(SIGSEGV, &action, NULL), 0);
	sig = sigsetjmp(back, 1);
	if (!sig)
		(void)inb(port);
	return sig;
}

static int try_tsc(void)
{
	struct sigaction action = { .sa_handler = on_segv, .sa_flags = SA_NODEFER };
	int sig;

	CHECK_EQ(sigaction(SIGSEGV, &action, NULL), 0);
	sig = sigsetjmp(back, 1);
	if (!sig)
		(void)__builtin_ia32_rdtsc();
	return sig;
}

CASE(no_ports_at_first)
{
	CHECK_EQ(try_port(DEBUG_PORT), SIGSEGV);
	CHECK_EQ(try_port(0), SIGSEGV);
	CHECK_EQ(try_port(0xffff), SIGSEGV);
}

CASE(ioperm_checks_its_arguments)
{
	CHECK_ERRNO(ioperm(0, 0, 1), EINVAL);
	CHECK_ERRNO(ioperm(65535, 2, 1), EINVAL);
	CHECK_ERRNO(ioperm(-1ul, 1, 1), EINVAL);
	CHECK_ERRNO(ioperm(65536, 1, 0), EINVAL);
	CHECK_ERRNO(ioperm(1, -1ul, 0), EINVAL);
	CHECK_EQ(ioperm(65535, 1, 0), 0);
	CHECK_ERRNO(iopl(4), EINVAL);
	CHECK_ERRNO(iopl(-1), EINVAL);
	CHECK_EQ(iopl(0), 0);
}

CASE(only_the_allowed_ports_are_open)
{
	CHECK_EQ(ioperm(DEBUG_PORT, 1, 1), 0);
	CHECK_EQ(try_port(DEBUG_PORT), 0);
	CHECK_EQ(try_port(DEBUG_PORT - 1), SIGSEGV);
	CHECK_EQ(try_port(DEBUG_PORT + 1), SIGSEGV);
	CHECK_EQ(ioperm(0, 65536, 1), 0);
	CHECK_EQ(try_port(0xffff), 0);
	CHECK_EQ(ioperm(0, 65536, 0), 0);
	CHECK_EQ(try_port(DEBUG_PORT), SIGSEGV);
}

/* Two bytes, the second one forbidden. */
CASE(a_wide_access_needs_all_its_ports)
{
	struct sigaction action = { .sa_handler = on_segv, .sa_flags = SA_NODEFER };

	CHECK_EQ(ioperm(DEBUG_PORT, 1, 1), 0);
	CHECK_EQ(sigaction(SIGSEGV, &action, NULL), 0);
	if (!sigsetjmp(back, 1)) {
		(void)inw(DEBUG_PORT);
		CHECK(!"came back");
	}
}

CASE(turning_on_needs_the_capability)
{
	CHECK_EQ(ioperm(DEBUG_PORT, 1, 1), 0);
	CHECK_EQ(iopl(1), 0);
	CHECK_EQ(setuid(1000), 0);
	CHECK_ERRNO(ioperm(DEBUG_PORT, 1, 1), EPERM);
	CHECK_ERRNO(iopl(3), EPERM);
	CHECK_EQ(iopl(1), 0); /* what it has */
	CHECK_EQ(try_port(DEBUG_PORT), 0);
	CHECK_EQ(iopl(0), 0); /* down is free */
	CHECK_ERRNO(iopl(1), EPERM);
	CHECK_EQ(ioperm(DEBUG_PORT, 1, 0), 0);
	CHECK_EQ(try_port(DEBUG_PORT), SIGSEGV);
}

CASE(iopl_three_opens_all)
{
	CHECK_EQ(iopl(2), 0);
	CHECK_EQ(try_port(DEBUG_PORT), SIGSEGV);
	CHECK_EQ(iopl(3), 0);
	CHECK_EQ(try_port(DEBUG_PORT), 0);
	CHECK_EQ(try_port(0xffff), 0);
	asm volatile("cli\n\tsti"); /* without effect, and without a signal */
	CHECK_EQ(iopl(0), 0);
	CHECK_EQ(try_port(DEBUG_PORT), SIGSEGV);
	CHECK_EQ(ioperm(DEBUG_PORT, 1, 1), 0);
	CHECK_EQ(iopl(3), 0);
	CHECK_EQ(iopl(0), 0); /* the bitmap was kept meanwhile */
	CHECK_EQ(try_port(DEBUG_PORT), 0);
	CHECK_EQ(try_port(DEBUG_PORT + 1), SIGSEGV);
}

CASE(a_child_has_a_copy)
{
	CHECK_EQ(ioperm(DEBUG_PORT, 1, 1), 0);
	IN_CHILD(
		CHECK_EQ(try_port(DEBUG_PORT), 0);
		CHECK_EQ(ioperm(DEBUG_PORT, 1, 0), 0);
		CHECK_EQ(ioperm(CMOS, 1, 1), 0);
		CHECK_EQ(try_port(DEBUG_PORT), SIGSEGV);
		CHECK_EQ(try_port(CMOS), 0));
	CHECK_EQ(try_port(DEBUG_PORT), 0);
	CHECK_EQ(try_port(CMOS), SIGSEGV);
	CHECK_EQ(iopl(3), 0);
	IN_CHILD(CHECK_EQ(try_port(CMOS), 0));
}

static void *count_refusals(void *arg)
{
	long refused = 0;

	(void)arg;
	for (int i = 0; i < 300; i++) {
		refused += try_port(DEBUG_PORT) == SIGSEGV;
		sched_yield();
	}
	return (void *)refused;
}

static void pin_here(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	CHECK_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
}

/* Two processes in turn on one processor, one of which may. */
CASE(switches_move_the_ports)
{
	int child, status;

	pin_here();
	child = fork();
	CHECK(child >= 0);
	if (!child)
		_exit(count_refusals(NULL) == (void *)300 ? 0 : 1);
	CHECK_EQ(ioperm(DEBUG_PORT, 1, 1), 0);
	CHECK_EQ((long)count_refusals(NULL), 0);
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
}

static void *look_from_thread(void *arg)
{
	(void)arg;
	return (void *)(long)try_port(DEBUG_PORT);
}

CASE(a_thread_is_born_with_the_ports_and_keeps_its_own)
{
	pthread_t thread;
	void *sig;

	CHECK_EQ(ioperm(DEBUG_PORT, 1, 1), 0);
	CHECK_EQ(pthread_create(&thread, NULL, look_from_thread, NULL), 0);
	CHECK_EQ(pthread_join(thread, &sig), 0);
	CHECK_EQ((long)sig, 0);
}

CASE(the_counter_can_be_forbidden)
{
	int mode = 0;

	CHECK_EQ(prctl(PR_GET_TSC, &mode), 0);
	CHECK_EQ(mode, PR_TSC_ENABLE);
	CHECK_EQ(try_tsc(), 0);
	CHECK_EQ(prctl(PR_SET_TSC, PR_TSC_SIGSEGV), 0);
	CHECK_EQ(prctl(PR_GET_TSC, &mode), 0);
	CHECK_EQ(mode, PR_TSC_SIGSEGV);
	CHECK_EQ(try_tsc(), SIGSEGV);
	IN_CHILD(CHECK_EQ(try_tsc(), SIGSEGV));
	CHECK_EQ(prctl(PR_SET_TSC, PR_TSC_ENABLE), 0);
	CHECK_EQ(try_tsc(), 0);
	CHECK_ERRNO(prctl(PR_SET_TSC, 0), EINVAL);
	CHECK_ERRNO(prctl(PR_SET_TSC, 3), EINVAL);
	CHECK_ERRNO(prctl(PR_GET_TSC, 8), EFAULT);
}

static void count_tsc(int want)
{
	for (int i = 0; i < 300; i++) {
		CHECK_EQ(try_tsc(), want);
		sched_yield();
	}
}

CASE(switches_move_the_forbidden_counter)
{
	int child, status;

	pin_here();
	child = fork();
	CHECK(child >= 0);
	if (!child) {
		CHECK_EQ(prctl(PR_SET_TSC, PR_TSC_SIGSEGV), 0);
		count_tsc(SIGSEGV);
		_exit(0);
	}
	count_tsc(0);
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
}

TEST_MAIN()
