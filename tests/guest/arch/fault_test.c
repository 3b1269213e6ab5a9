/* SPDX-License-Identifier: GPL-2.0-only */
/* fault_test.c - proves which signal, code and address each exception of a program gives, and that bad pointers give EFAULT. */
#include "check.h"

#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Warray-bounds"

#include <setjmp.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <ucontext.h>

static sigjmp_buf back;
static volatile siginfo_t got;
static volatile int got_trap;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	got = *info;
	got_trap = ((ucontext_t *)context)->uc_mcontext.gregs[REG_TRAPNO];
	/* A trap flag of the program must not come along. */
	((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~0x100ll;
	siglongjmp(back, 1);
}

static void catch_all(void)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER };
	const int sigs[] = { SIGSEGV, SIGILL, SIGFPE, SIGTRAP, SIGBUS };

	for (unsigned int i = 0; i < sizeof sigs / sizeof *sigs; i++)
		CHECK_EQ(sigaction(sigs[i], &action, NULL), 0);
}

#define EXPECT_FAULT(code, sig, si, addr)                          \
	do {                                                       \
		catch_all();                                       \
		memset((void *)&got, 0, sizeof got);               \
		if (!sigsetjmp(back, 1)) {                         \
			code;                                      \
			CHECK(!"no fault");                        \
		}                                                  \
		CHECK_EQ(got.si_signo, sig);                       \
		CHECK_EQ(got.si_code, si);                         \
		CHECK_EQ((unsigned long)got.si_addr, (unsigned long)(addr)); \
	} while (0)

CASE(page_faults)
{
	char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *none = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(page != MAP_FAILED && none != MAP_FAILED);
	EXPECT_FAULT(*(volatile int *)0x123 = 1, SIGSEGV, SEGV_MAPERR, 0x123);
	CHECK_EQ(got_trap, 14);
	EXPECT_FAULT(*(volatile char *)(page + 7) = 1, SIGSEGV, SEGV_ACCERR, page + 7);
	EXPECT_FAULT((void)*(volatile char *)(none + 9), SIGSEGV, SEGV_ACCERR, none + 9);
	EXPECT_FAULT(((void (*)(void))page)(), SIGSEGV, SEGV_ACCERR, page);
	EXPECT_FAULT(*(volatile char *)0xffffffff80000000ul = 1, SIGSEGV, SEGV_MAPERR, 0xffffffff80000000ul);
	EXPECT_FAULT((void)*(volatile char *)0xffff888000000000ul, SIGSEGV, SEGV_MAPERR, 0xffff888000000000ul);
	EXPECT_FAULT(((void (*)(void))0xffffffff80000000ul)(), SIGSEGV, SEGV_MAPERR, 0xffffffff80000000ul);
}

CASE(general_protection)
{
	EXPECT_FAULT((void)*(volatile char *)0x8000000000000000ul, SIGSEGV, SI_KERNEL, 0);
	CHECK_EQ(got_trap, 13);
	EXPECT_FAULT(asm volatile("hlt"), SIGSEGV, SI_KERNEL, 0);
	EXPECT_FAULT(asm volatile("cli"), SIGSEGV, SI_KERNEL, 0);
	EXPECT_FAULT(asm volatile("outb %al, $0x80"), SIGSEGV, SI_KERNEL, 0);
	EXPECT_FAULT(asm volatile("mov %cr3, %rax"), SIGSEGV, SI_KERNEL, 0);
	EXPECT_FAULT(asm volatile("movl $0x18, %eax; movl %eax, %ds"), SIGSEGV, SI_KERNEL, 0);
	EXPECT_FAULT(asm volatile("int $0x40"), SIGSEGV, SI_KERNEL, 0);
}

extern char ud_here[], div_here[];

CASE(instructions)
{
	volatile int zero = 0;

	EXPECT_FAULT(asm volatile(".globl ud_here\nud_here: ud2"), SIGILL, ILL_ILLOPN, ud_here);
	EXPECT_FAULT(asm volatile("xor %%edx, %%edx; mov $1, %%eax; .globl div_here\ndiv_here: divl %0" : : "m"(zero) : "eax", "edx"),
		     SIGFPE, FPE_INTDIV, div_here);
	catch_all();
	if (!sigsetjmp(back, 1)) {
		asm volatile("int3");
		CHECK(!"no trap");
	}
	CHECK_EQ(got.si_signo, SIGTRAP);
	CHECK_EQ(got.si_code, SI_KERNEL);
	CHECK_EQ(got_trap, 3);
}

CASE(single_step_traps_after_one_instruction)
{
	catch_all();
	if (!sigsetjmp(back, 1)) {
		asm volatile("pushf\n\torq $0x100, (%%rsp)\n\tpopf\n\tnop\n\tnop" : : : "memory", "cc");
		CHECK(!"no trap");
	}
	CHECK_EQ(got.si_signo, SIGTRAP);
	CHECK_EQ(got.si_code, TRAP_TRACE);
	CHECK_EQ(got_trap, 1);
}

/* By the x87: the emulator raises no exceptions for SSE. */
CASE(floating_point_exceptions)
{
	unsigned short control = 0x37f & ~4;

	catch_all();
	if (!sigsetjmp(back, 1)) {
		asm volatile("fninit\n\tfldcw %0\n\tfld1\n\tfldz\n\tfdivrp\n\tfwait" : : "m"(control));
		CHECK(!"no fault");
	}
	asm volatile("fninit");
	CHECK_EQ(got.si_signo, SIGFPE);
	CHECK_EQ(got.si_code, FPE_FLTDIV);
	CHECK_EQ(got_trap, 16);
}

static void bad_rip(int sig, siginfo_t *info, void *context)
{
	((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] = 0x8000000000000000ll;
}

CASE(return_to_a_non_canonical_address)
{
	struct sigaction action = { .sa_sigaction = bad_rip, .sa_flags = SA_SIGINFO };

	catch_all();
	CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
	if (!sigsetjmp(back, 1)) {
		raise(SIGUSR1);
		CHECK(!"went on");
	}
	CHECK_EQ(got.si_signo, SIGSEGV);
}

static void *const bad[] = { (void *)8, (void *)0x7ffffffff000, (void *)0x800000000000, (void *)0x8000000000000000,
			     (void *)0xffff888000000000, (void *)0xffffffff80000000, (void *)-4096, (void *)-1 };

CASE(bad_pointers_give_efault)
{
	int fd[2];
	char byte;

	CHECK_EQ(pipe(fd), 0);
	for (unsigned int i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct iovec vec = { bad[i], 16 };

		CHECK_ERRNO(write(fd[1], bad[i], 16), EFAULT);
		CHECK_ERRNO(writev(fd[1], &vec, 1), EFAULT);
		CHECK_EQ(write(fd[1], "x", 1), 1);
		CHECK_ERRNO(read(fd[0], bad[i], 1), EFAULT);
		CHECK_EQ(read(fd[0], &byte, 1), 1);
		CHECK_ERRNO(syscall(SYS_open, bad[i], 0), EFAULT);
		CHECK_ERRNO(syscall(SYS_pipe, bad[i]), EFAULT);
		CHECK_ERRNO(syscall(SYS_uname, bad[i]), EFAULT);
	}
}

CASE(copies_stop_at_the_end_of_memory)
{
	char *two = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd[2];

	CHECK(two != MAP_FAILED);
	memset(two, 'a', 8192);
	CHECK_EQ(munmap(two + 4096, 4096), 0);
	CHECK_EQ(pipe(fd), 0);
	/* 100 bytes are there, the rest is not. */
	ssize_t n = write(fd[1], two + 4096 - 100, 200);
	int error = errno;
	CHECK(n == 100 || (n == -1 && error == EFAULT));
	CHECK_ERRNO(syscall(SYS_open, two + 4090, 0), EFAULT); /* a path without an end */
}

TEST_MAIN()
