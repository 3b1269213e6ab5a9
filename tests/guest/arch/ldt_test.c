/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ldt_test.c - proves modify_ldt: its errors, what is read back, segments in use over signals, fork, exec, switches and processors.
 * modify_ldt returns an int: the library does not see its errors.
 */
#include "check.h"
#include <asm/ldt.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>

enum { READ = 0, WRITE_OLD = 1, READ_DEFAULT = 2, WRITE = 0x11 };
enum { DATA = 0, STACK = 1, CODE = 2, CONFORMING = 3 };

#define SELECTOR(nr) ((nr) * 8 + 7)

static int modify_ldt(int func, void *buf, unsigned long len)
{
	return (int)syscall(SYS_modify_ldt, func, buf, len);
}

static struct user_desc segment(unsigned int nr, void *base, unsigned int limit, int contents)
{
	return (struct user_desc){
		.entry_number = nr,
		.base_addr = (unsigned int)(uintptr_t)base,
		.limit = limit,
		.seg_32bit = 1,
		.contents = contents,
	};
}

static int install(struct user_desc desc)
{
	return modify_ldt(WRITE, &desc, sizeof(desc));
}

static int clear(unsigned int nr)
{
	struct user_desc desc = { .entry_number = nr, .read_exec_only = 1, .seg_not_present = 1 };

	return modify_ldt(WRITE, &desc, sizeof(desc));
}

/* Memory below 4 GiB. */
static void *low_pages(size_t len, int prot)
{
	void *p = mmap(NULL, len, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

static void load_gs(unsigned int selector)
{
	asm volatile("movl %0, %%gs" : : "r"(selector));
}

static unsigned int gs_selector(void)
{
	unsigned int gs;

	asm volatile("movl %%gs, %0" : "=r"(gs));
	return gs;
}

static unsigned int gs_word(void)
{
	unsigned int word;

	asm volatile("movl %%gs:0, %0" : "=r"(word));
	return word;
}

/* Is there a descriptor that code of ours may use? */
static int is_there(unsigned int selector)
{
	unsigned int access;
	unsigned char ok;

	asm volatile("larl %2, %0\n\tsetz %1" : "=r"(access), "=q"(ok) : "r"(selector) : "cc");
	return ok;
}

CASE(nobody_has_one_at_first)
{
	unsigned char buf[200];

	memset(buf, 7, sizeof(buf));
	CHECK_EQ(modify_ldt(READ, buf, sizeof(buf)), 0);
	CHECK_EQ(buf[0], 7);
	CHECK_EQ(modify_ldt(READ_DEFAULT, buf, sizeof(buf)), 128);
	CHECK_EQ(buf[127], 0);
	CHECK_EQ(buf[128], 7);
	CHECK_EQ(modify_ldt(READ_DEFAULT, buf, 3), 3);
	CHECK(!is_there(SELECTOR(0)));
}

CASE(bad_requests_are_refused)
{
	struct user_desc d = segment(8192, NULL, 1, DATA);

	CHECK_EQ(modify_ldt(99, &d, sizeof(d)), -ENOSYS);
	CHECK_EQ(install(d), -EINVAL);
	d.entry_number = 8191;
	CHECK_EQ(modify_ldt(WRITE, &d, sizeof(d) - 1), -EINVAL);
	CHECK_EQ(modify_ldt(WRITE, NULL, sizeof(d)), -EFAULT);
	CHECK_EQ(install(d), 0);
	d.contents = CONFORMING;
	CHECK_EQ(install(d), -EINVAL);
	d.seg_not_present = 1;
	CHECK_EQ(install(d), 0);
	CHECK_EQ(modify_ldt(WRITE_OLD, &d, sizeof(d)), -EINVAL);
	CHECK_EQ(modify_ldt(READ, (void *)8, 8), -EFAULT);
}

CASE(what_was_written_is_read)
{
	uint64_t entries[5];
	struct user_desc d = segment(2, (void *)0x12345678, 0xabcde, CODE);

	d.limit_in_pages = 1;
	d.useable = 1;
	CHECK_EQ(install(d), 0);
	memset(entries, 0xff, sizeof(entries));
	CHECK_EQ(modify_ldt(READ, entries, sizeof(entries)), sizeof(entries)); /* zeros to the end */
	CHECK_EQ(entries[0], 0);
	CHECK_EQ(entries[1], 0);
	CHECK_EQ(entries[2], 0x12dafb345678bcde);
	CHECK_EQ(entries[3], 0);
	CHECK_EQ(entries[4], 0);
	CHECK_EQ(modify_ldt(READ, entries, 8), 8);
	CHECK_EQ(modify_ldt(WRITE_OLD, &d, sizeof(d)), 0); /* knows no "useable" */
	CHECK_EQ(modify_ldt(READ, entries, 24), 24);
	CHECK_EQ(entries[2], 0x12cafb345678bcde);
	CHECK_EQ(clear(2), 0);
	CHECK_EQ(modify_ldt(READ, entries, 24), 24);
	CHECK_EQ(entries[2], 0);
}

CASE(a_segment_has_its_base_and_survives_switches)
{
	unsigned int *words = low_pages(8192, PROT_READ | PROT_WRITE);

	words[0] = 0x5e9;
	words[1024] = 0x5ea;
	CHECK_EQ(install(segment(3, words, 0xfff, DATA)), 0);
	CHECK_EQ(install(segment(4, words + 1024, 0xfff, DATA)), 0);
	load_gs(SELECTOR(3));
	CHECK_EQ(gs_word(), 0x5e9);
	for (int i = 0; i < 20; i++)
		IN_CHILD(
			CHECK_EQ(gs_selector(), SELECTOR(3));
			CHECK_EQ(gs_word(), 0x5e9);
			load_gs(SELECTOR(4));
			sched_yield();
			CHECK_EQ(gs_word(), 0x5ea);
			load_gs(0));
	CHECK_EQ(gs_selector(), SELECTOR(3));
	CHECK_EQ(gs_word(), 0x5e9);
	load_gs(0);
}

CASE(a_child_has_a_copy)
{
	unsigned int *words = low_pages(4096, PROT_READ | PROT_WRITE);

	CHECK_EQ(install(segment(1, words, 0xfff, DATA)), 0);
	IN_CHILD(
		CHECK(is_there(SELECTOR(1)));
		CHECK_EQ(clear(1), 0);
		CHECK_EQ(install(segment(5, words, 0xfff, DATA)), 0);
		CHECK(!is_there(SELECTOR(1))));
	CHECK(is_there(SELECTOR(1)));
	CHECK(!is_there(SELECTOR(5)));
}

/* A selector whose descriptor goes while it is loaded: nobody dies of it, and it is 0 after the next switch. */
CASE(a_loaded_segment_may_go)
{
	unsigned int *words = low_pages(4096, PROT_READ | PROT_WRITE);

	CHECK_EQ(install(segment(1, words, 0xfff, DATA)), 0);
	load_gs(SELECTOR(1));
	asm volatile("movl %0, %%es" : : "r"(SELECTOR(1)));
	CHECK_EQ(clear(1), 0);
	for (int i = 0; i < 100 && gs_selector(); i++) {
		IN_CHILD(sched_yield());
		sched_yield();
	}
	CHECK_EQ(gs_selector(), 0);
}

static volatile int nr_seen, nr_gone;

static void *wait_for_segment(void *arg)
{
	while (!is_there(SELECTOR(6)))
		;
	__atomic_add_fetch(&nr_seen, 1, __ATOMIC_SEQ_CST);
	while (is_there(SELECTOR(6)))
		;
	__atomic_add_fetch(&nr_gone, 1, __ATOMIC_SEQ_CST);
	return arg;
}

/* Threads that only look, on whatever processor they run. */
CASE(other_threads_see_it)
{
	pthread_t threads[3];

	for (int i = 0; i < 3; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, wait_for_segment, NULL), 0);
	CHECK_EQ(install(segment(6, NULL, 0xfff, DATA)), 0);
	while (nr_seen < 3)
		sched_yield();
	CHECK_EQ(clear(6), 0);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
	CHECK_EQ(nr_gone, 3);
}

/*
 * Jumps to @code, an offset in segment @cs of 32 bits; the code ends with a jump to finish_32bit(). What it left in eax. Far jumps,
 * because the emulator makes the stack accesses of far calls and returns with the kernel's rights.
 */
static __attribute__((noinline)) unsigned int run_32bit(unsigned int cs, unsigned int code, char *stack_top)
{
	struct {
		unsigned int offset;
		unsigned short selector;
	} __attribute__((packed)) target = { code, (unsigned short)cs };
	unsigned int eax;

	asm volatile("movq %%rsp, %%r12\n\tmovq %[stack], %%rsp\n\tmovq %%r12, (%%rsp)\n\tljmp *(%[target])\n\t"
		     ".globl finish_32bit\nfinish_32bit:\n\tmovq (%%rsp), %%rsp\n\tmovl $0x2b, %%ecx\n\tmovl %%ecx, %%ss"
		     : "=a"(eax)
		     : [stack] "r"(stack_top - 64), [target] "r"(&target)
		     : "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
	return eax;
}

extern const char finish_32bit[];

/* @code at offset 16 of a new page, followed by the jump back. */
static char *place_code(const void *code, size_t len)
{
	unsigned char *page = low_pages(4096, PROT_READ | PROT_WRITE | PROT_EXEC), *p = page + 16;
	unsigned int back = (unsigned int)(uintptr_t)finish_32bit;
	unsigned short cs = 0x33;

	memcpy(p, code, len);
	p += len;
	*p++ = 0xea; /* ljmp $0x33, $finish_32bit */
	memcpy(p, &back, 4);
	memcpy(p + 4, &cs, 2);
	return (char *)page;
}

/* mov $41, %eax; inc %eax, which is a prefix in 64-bit code */
static const unsigned char add_code[] = { 0xb8, 41, 0, 0, 0, 0x40 };

CASE(code_of_32_bits_runs)
{
	char *page = place_code(add_code, sizeof(add_code)), *stack = low_pages(65536, PROT_READ | PROT_WRITE);

	CHECK_EQ(install(segment(0, page, 0xfff, CODE)), 0);
	CHECK_EQ(run_32bit(SELECTOR(0), 16, stack + 65536), 42);
}

static volatile unsigned int signal_cs, signal_here;

static void on_trap(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	unsigned int cs;

	(void)sig;
	(void)info;
	asm volatile("movl %%cs, %0" : "=r"(cs));
	signal_here = cs;
	signal_cs = uc->uc_mcontext.gregs[REG_CSGSFS] & 0xffff;
}

/* int3; mov $42, %eax; inc %eax */
static const unsigned char trap_code[] = { 0xcc, 0xb8, 42, 0, 0, 0, 0x40 };

CASE(a_signal_comes_back_to_its_segment)
{
	char *page = place_code(trap_code, sizeof(trap_code)), *stack = low_pages(65536, PROT_READ | PROT_WRITE);
	struct sigaction action = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };

	CHECK_EQ(sigaction(SIGTRAP, &action, NULL), 0);
	CHECK_EQ(install(segment(2, page, 0xfff, CODE)), 0);
	CHECK_EQ(run_32bit(SELECTOR(2), 16, stack + 65536), 43);
	CHECK_EQ(signal_cs, SELECTOR(2));
	CHECK_EQ(signal_here, 0x33);
}

/* Time slices, interrupts and page faults in the middle of it. mov $50000000, %eax; dec %eax; jnz */
static const unsigned char loop_code[] = { 0xb8, 0x80, 0xf0, 0xfa, 0x02, 0x48, 0x75, 0xfd };

CASE(code_of_32_bits_is_preempted)
{
	char *page = place_code(loop_code, sizeof(loop_code)), *stack = low_pages(65536, PROT_READ | PROT_WRITE);

	CHECK_EQ(install(segment(2, page, 0xfff, CODE)), 0);
	if (!fork()) {
		run_32bit(SELECTOR(2), 16, stack + 65536);
		_exit(0);
	}
	CHECK_EQ(run_32bit(SELECTOR(2), 16, stack + 65536), 0);
	CHECK(wait(NULL) > 0);
}

static void break_cs(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)info;
	if (sig == SIGUSR1)
		uc->uc_mcontext.gregs[REG_CSGSFS] = (uc->uc_mcontext.gregs[REG_CSGSFS] & ~0xffffl) | SELECTOR(9);
	else
		_exit((uc->uc_mcontext.gregs[REG_CSGSFS] & 0xffff) == SELECTOR(9) ? 0 : 3);
}

/* The return itself faults: the program gets a signal with the registers that it asked for. */
CASE(a_frame_with_a_bad_segment_is_the_programs_fault)
{
	struct sigaction action = { .sa_sigaction = break_cs, .sa_flags = SA_SIGINFO };

	CHECK_EQ(install(segment(1, NULL, 0xfff, DATA)), 0);
	IN_CHILD(
		CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
		CHECK_EQ(sigaction(SIGSEGV, &action, NULL), 0);
		raise(SIGUSR1);
		_exit(4));
}

/* mov $-1, %eax; syscall */
static const unsigned char call_code[] = { 0xb8, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x05 };

/* In a flat segment, where SYSRET goes. Some processors do not know the instruction there: SIGILL; Linux
 * returns from it to a 32-bit vDSO, which is not there: SIGSEGV. */
CASE(a_system_call_by_32_bit_code_does_no_harm)
{
	char *page = place_code(call_code, sizeof(call_code)), *stack = low_pages(65536, PROT_READ | PROT_WRITE);
	struct user_desc d = segment(2, NULL, 0xfffff, CODE);
	pid_t child;
	int status;

	d.limit_in_pages = 1;
	CHECK_EQ(install(d), 0);
	child = fork();
	CHECK(child >= 0);
	if (!child) {
		int got = (int)run_32bit(SELECTOR(2), (unsigned int)(uintptr_t)page + 16, stack + 65536);

		_exit(got == -ENOSYS ? 0 : 1);
	}
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK(status == 0 || (WIFSIGNALED(status) && (WTERMSIG(status) == SIGILL || WTERMSIG(status) == SIGSEGV)));
}

CASE(a_new_program_has_none)
{
	char *argv[] = { "busybox", "true", NULL };

	CHECK_EQ(install(segment(1, NULL, 0xfff, DATA)), 0);
	load_gs(SELECTOR(1));
	asm volatile("movl %0, %%es" : : "r"(SELECTOR(1)));
	execv("/bin/busybox", argv);
	CHECK(!"exec failed");
}

TEST_MAIN()
