/* SPDX-License-Identifier: GPL-2.0-only */
/* regs_test.c - proves that registers, vector state and segments belong to their thread, across calls, switches, signals and fork. */
#include "check.h"

#pragma GCC diagnostic ignored "-Wunused-parameter"

#include <asm/prctl.h>
#include <cpuid.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>

static long raw_prctl(int option, unsigned long arg)
{
	return syscall(SYS_arch_prctl, option, arg);
}

/* All general registers hold patterns during a call; the mask of those that changed. */
static unsigned long registers_changed_by(long nr)
{
	unsigned long bad = 0;

	asm volatile("push %%rbp\n\tpush %%rbx\n\t"
		     "mov %[nr], %%rax\n\t"
		     "mov $0x1111, %%rbx\n\tmov $0x2222, %%rbp\n\tmov $0x3333, %%r12\n\tmov $0x4444, %%r13\n\t"
		     "mov $0x5555, %%r14\n\tmov $0x6666, %%r15\n\tmov $0, %%rdi\n\tmov $0x8888, %%rsi\n\t"
		     "mov $0x9999, %%rdx\n\tmov $0xaaaa, %%r8\n\tmov $0xbbbb, %%r9\n\tmov $0xcccc, %%r10\n\t"
		     "syscall\n\t"
		     "xor %%rax, %%rax\n\t"
		     "cmp $0x1111, %%rbx\n\tje 1f\n\tor $1, %%rax\n1:\tcmp $0x2222, %%rbp\n\tje 1f\n\tor $2, %%rax\n"
		     "1:\tcmp $0x3333, %%r12\n\tje 1f\n\tor $4, %%rax\n1:\tcmp $0x4444, %%r13\n\tje 1f\n\tor $8, %%rax\n"
		     "1:\tcmp $0x5555, %%r14\n\tje 1f\n\tor $16, %%rax\n1:\tcmp $0x6666, %%r15\n\tje 1f\n\tor $32, %%rax\n"
		     "1:\tcmp $0, %%rdi\n\tje 1f\n\tor $64, %%rax\n1:\tcmp $0x8888, %%rsi\n\tje 1f\n\tor $128, %%rax\n"
		     "1:\tcmp $0x9999, %%rdx\n\tje 1f\n\tor $256, %%rax\n1:\tcmp $0xaaaa, %%r8\n\tje 1f\n\tor $512, %%rax\n"
		     "1:\tcmp $0xbbbb, %%r9\n\tje 1f\n\tor $1024, %%rax\n1:\tcmp $0xcccc, %%r10\n\tje 1f\n\tor $2048, %%rax\n"
		     "1:\tpop %%rbx\n\tpop %%rbp\n\t"
		     : "=&a"(bad) : [nr] "r"(nr)
		     : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
	return bad;
}

CASE(calls_keep_registers)
{
	CHECK_EQ(registers_changed_by(SYS_getpid), 0);
	CHECK_EQ(registers_changed_by(SYS_sched_yield), 0);
	CHECK_EQ(registers_changed_by(100000), 0); /* no such call */
}

static int has_avx(void)
{
	unsigned int a, b, c, d;

	return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_AVX) && (c & bit_OSXSAVE);
}

/* Fills all vector registers from @seed, spins, and compares; the number of wrong bytes. */
static int vectors_lost(uint8_t seed, int spins)
{
	uint8_t in[16][16], out[16][16];
	int bad = 0;

	for (int i = 0; i < 16; i++)
		for (int k = 0; k < 16; k++)
			in[i][k] = seed * 31 + i * 16 + k;
	asm volatile("movups 0(%[in]), %%xmm0\n\tmovups 16(%[in]), %%xmm1\n\tmovups 32(%[in]), %%xmm2\n\tmovups 48(%[in]), %%xmm3\n\t"
		     "movups 64(%[in]), %%xmm4\n\tmovups 80(%[in]), %%xmm5\n\tmovups 96(%[in]), %%xmm6\n\tmovups 112(%[in]), %%xmm7\n\t"
		     "movups 128(%[in]), %%xmm8\n\tmovups 144(%[in]), %%xmm9\n\tmovups 160(%[in]), %%xmm10\n\tmovups 176(%[in]), %%xmm11\n\t"
		     "movups 192(%[in]), %%xmm12\n\tmovups 208(%[in]), %%xmm13\n\tmovups 224(%[in]), %%xmm14\n\tmovups 240(%[in]), %%xmm15\n\t"
		     "1: pause\n\tdec %[n]\n\tjnz 1b\n\t"
		     "movups %%xmm0, 0(%[out])\n\tmovups %%xmm1, 16(%[out])\n\tmovups %%xmm2, 32(%[out])\n\tmovups %%xmm3, 48(%[out])\n\t"
		     "movups %%xmm4, 64(%[out])\n\tmovups %%xmm5, 80(%[out])\n\tmovups %%xmm6, 96(%[out])\n\tmovups %%xmm7, 112(%[out])\n\t"
		     "movups %%xmm8, 128(%[out])\n\tmovups %%xmm9, 144(%[out])\n\tmovups %%xmm10, 160(%[out])\n\tmovups %%xmm11, 176(%[out])\n\t"
		     "movups %%xmm12, 192(%[out])\n\tmovups %%xmm13, 208(%[out])\n\tmovups %%xmm14, 224(%[out])\n\tmovups %%xmm15, 240(%[out])\n\t"
		     : [n] "+r"(spins) : [in] "r"(in), [out] "r"(out)
		     : "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9",
		       "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
	for (int i = 0; i < 16; i++)
		for (int k = 0; k < 16; k++)
			bad += in[i][k] != out[i][k];
	return bad;
}

CASE(vector_registers_survive_switches)
{
	struct timespec start, now;

	for (int i = 0; i < 6; i++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid)
			continue;
		clock_gettime(CLOCK_MONOTONIC, &start);
		do {
			if (vectors_lost(i + 1, 20000))
				_exit(1);
			sched_yield();
			clock_gettime(CLOCK_MONOTONIC, &now);
		} while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 < 400);
		_exit(0);
	}
	for (int i = 0; i < 6; i++) {
		int status;

		CHECK(wait(&status) > 0);
		CHECK_EQ(status, 0);
	}
}

static void clobber_vectors(int sig)
{
	vectors_lost(99, 10);
	asm volatile("fninit" ::: "memory");
}

CASE(vector_registers_survive_signals)
{
	struct sigaction action = { .sa_handler = clobber_vectors };
	struct itimerval often = { .it_interval.tv_usec = 1000, .it_value.tv_usec = 1000 };

	CHECK_EQ(sigaction(SIGALRM, &action, NULL), 0);
	CHECK_EQ(setitimer(ITIMER_REAL, &often, NULL), 0);
	for (int i = 0; i < 50; i++)
		CHECK_EQ(vectors_lost(7, 50000), 0);
}

CASE(upper_halves_survive_fork_and_switches)
{
	uint64_t in[4] = { 1, 2, 0x1234567890abcdefull, 4 }, out[4];
	long pid;

	if (!has_avx())
		return;
	asm volatile("vmovdqu (%[in]), %%ymm9\n\tsyscall\n\tvmovdqu %%ymm9, (%[out])\n\tvzeroupper"
		     : "=a"(pid) : "a"(SYS_fork), [in] "r"(in), [out] "r"(out)
		     : "rcx", "r11", "memory", "xmm9");
	if (!pid)
		_exit(memcmp(in, out, sizeof in) != 0);
	int status;
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	CHECK_EQ(memcmp(in, out, sizeof in), 0);
}

static volatile int frame_ok;

static void look_at_frame(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	uint32_t *sw = (uint32_t *)((char *)uc->uc_mcontext.fpregs + 464);

	/* Change xmm3 in the frame: the program must find it so. */
	memset(&uc->uc_mcontext.fpregs->_xmm[3], 0x5a, 16);
	frame_ok = ((uintptr_t)uc->uc_mcontext.fpregs & 15) == 0;
	if (has_avx()) {
		uint32_t *end = (uint32_t *)((char *)uc->uc_mcontext.fpregs + sw[4]);

		frame_ok = frame_ok && sw[0] == 0x46505853 && *end == 0x46505845;
	}
}

CASE(signal_frame_holds_and_restores_vectors)
{
	struct sigaction action = { .sa_sigaction = look_at_frame, .sa_flags = SA_SIGINFO };
	uint8_t got[16];
	long ret;

	CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
	asm volatile("pxor %%xmm3, %%xmm3\n\tsyscall\n\tmovups %%xmm3, (%[got])"
		     : "=a"(ret) : "a"(SYS_kill), "D"(getpid()), "S"(SIGUSR1), [got] "r"(got)
		     : "rcx", "r11", "memory", "xmm3");
	CHECK_EQ(ret, 0);
	CHECK_EQ(frame_ok, 1);
	for (int i = 0; i < 16; i++)
		CHECK_EQ(got[i], 0x5a);
}

static void change_registers(int sig, siginfo_t *info, void *context)
{
	greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;

	r[REG_RCX] = 0x123456789ll;
	r[REG_R11] = 0x987654321ll;
	r[REG_RBX] = 77;
	r[REG_EFL] &= ~0x200ll;
	r[REG_EFL] |= 0x3000;
}

CASE(sigreturn_restores_every_register_and_safe_flags)
{
	struct sigaction action = { .sa_sigaction = change_registers, .sa_flags = SA_SIGINFO };
	unsigned long rcx, r11, rbx, flags, ret = SYS_kill;

	CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
	asm volatile("xor %%ebx, %%ebx\n\tsyscall\n\tmov %%rcx, %[c]\n\tmov %%r11, %[r]\n\tmov %%rbx, %[b]\n\tpushf\n\tpop %[f]"
		     : "+a"(ret), [c] "=&r"(rcx), [r] "=&r"(r11), [b] "=&r"(rbx), [f] "=&r"(flags)
		     : "D"(getpid()), "S"(SIGUSR1) : "rcx", "r11", "rbx", "memory");
	CHECK_EQ(rcx, 0x123456789ll);
	CHECK_EQ(r11, 0x987654321ll);
	CHECK_EQ(rbx, 77);
	CHECK_EQ(flags & 0x3200, 0x200); /* interrupts on, no I/O privilege */
}

CASE(segment_bases_belong_to_the_thread)
{
	unsigned long base = 0, mine[2] = { 0x1122334455667788ull, 0 };

	CHECK_EQ(raw_prctl(ARCH_SET_GS, (unsigned long)mine), 0);
	IN_CHILD({
		unsigned long theirs = 5;

		if (raw_prctl(ARCH_GET_GS, (unsigned long)&base) || base != (unsigned long)mine)
			_exit(1); /* fork copies it */
		if (raw_prctl(ARCH_SET_GS, (unsigned long)&theirs))
			_exit(2);
		for (int i = 0; i < 100; i++)
			sched_yield();
		asm volatile("movq %%gs:0, %0" : "=r"(base));
		if (base != 5)
			_exit(3);
	});
	asm volatile("movq %%gs:0, %0" : "=r"(base));
	CHECK_EQ(base, mine[0]);
	CHECK_EQ(raw_prctl(ARCH_GET_GS, (unsigned long)&base), 0);
	CHECK_EQ(base, (unsigned long)mine);
	CHECK_ERRNO(raw_prctl(ARCH_SET_FS, 0xffffffff80000000ul), EPERM);
	CHECK_ERRNO(raw_prctl(ARCH_SET_GS, 0x0000800000000000ul), EPERM);
	CHECK_ERRNO(raw_prctl(0x9999, 0), EINVAL);
	CHECK_ERRNO(raw_prctl(ARCH_GET_FS, 8), EFAULT);
}

CASE(data_selectors_belong_to_the_thread)
{
	unsigned int es = 0x2b, got;

	asm volatile("movl %0, %%es" : : "r"(es));
	IN_CHILD({
		asm volatile("movl %0, %%es" : : "r"(0));
		for (int i = 0; i < 50; i++)
			sched_yield();
	});
	for (int i = 0; i < 50; i++)
		sched_yield();
	asm volatile("movl %%es, %0" : "=r"(got));
	CHECK_EQ(got, 0x2b);
}

CASE(direction_and_status_flags_survive_calls)
{
	unsigned long flags, ret = SYS_getpid;

	asm volatile("std\n\tstc\n\tsyscall\n\tpushf\n\tpop %[f]\n\tcld" : [f] "=r"(flags), "+a"(ret) : : "rcx", "r11", "memory", "cc");
	CHECK_EQ(flags & 0x401, 0x401);
	CHECK_EQ(ret, getpid());
}

TEST_MAIN()
