/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ldt16_test.c - proves segments of 16 bits: code runs in one, on a stack in another, comes back from signals and interrupts with its whole
 * stack pointer, and a return to it that faults is the program's fault. IRET to such a stack sets 16 bits of the stack pointer; the
 * other 16 of ESP must be the program's, not the kernel's. Handlers run on a stack of their own.
 */
#include "check.h"
#include <asm/ldt.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>

enum { READ = 0, WRITE_OLD = 1, WRITE = 0x11 };
enum { DATA = 0, CODE = 2 };
enum { NR_CODE = 0, NR_STACK = 1, NR_BAD = 9 };

#define SELECTOR(nr) ((nr) * 8 + 7)
#define CODE_OFFSET 16
#define STACK_TOP 0x800

static int modify_ldt(int func, void *buf, unsigned long len)
{
	return (int)syscall(SYS_modify_ldt, func, buf, len);
}

static struct user_desc segment(unsigned int nr, void *base, int contents)
{
	return (struct user_desc){
		.entry_number = nr,
		.base_addr = (unsigned int)(uintptr_t)base,
		.limit = 0xfff,
		.contents = contents,
	};
}

static int install(struct user_desc desc)
{
	return modify_ldt(WRITE, &desc, sizeof(desc));
}

static unsigned char *low_page(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

static void handler_stack(void)
{
	stack_t stack = { .ss_size = 65536 };

	stack.ss_sp = mmap(NULL, stack.ss_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(stack.ss_sp != MAP_FAILED);
	CHECK_EQ(sigaltstack(&stack, NULL), 0);
}

static void on(int sig, void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK };

	CHECK_EQ(sigaction(sig, &action, NULL), 0);
}

extern const char finish_16bit[];
static unsigned long saved_sp __attribute__((used)), saved_bp __attribute__((used));

/*
 * Jumps to the code segment with the stack segment and @esp in place, @ecx as given; the code ends with a jump to finish_16bit.
 * What it left in eax.
 */
static __attribute__((noinline)) unsigned int run_16bit(unsigned int esp, unsigned int ecx)
{
	struct {
		unsigned int offset;
		unsigned short selector;
	} __attribute__((packed)) target = { CODE_OFFSET, SELECTOR(NR_CODE) };
	unsigned int eax;

	asm volatile("movq %%rbp, saved_bp(%%rip)\n\tmovq %%rsp, saved_sp(%%rip)\n\t"
		     "movl %[ss], %%eax\n\tmovl %%eax, %%ss\n\tmovl %[esp], %%esp\n\t"
		     "ljmp *(%[target])\n\t"
		     ".globl finish_16bit\nfinish_16bit:\n\t"
		     "movl $0x2b, %%edx\n\tmovl %%edx, %%ss\n\t"
		     "movq saved_sp(%%rip), %%rsp\n\tmovq saved_bp(%%rip), %%rbp"
		     : "=a"(eax), "+c"(ecx)
		     : [ss] "i"(SELECTOR(NR_STACK)), [esp] "D"(esp), [target] "S"(&target)
		     : "rbx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
	return eax;
}

/* @code at its place in a new code segment, followed by the jump back; a new stack segment. The stack's page. */
static unsigned char *place_code(const unsigned char *code, size_t len)
{
	unsigned char *page = low_page(), *stack = low_page(), *p = page + CODE_OFFSET;
	unsigned int back = (unsigned int)(uintptr_t)finish_16bit;
	unsigned short cs = 0x33;

	memcpy(p, code, len);
	p += len;
	*p++ = 0x66; /* ljmp $0x33, $finish_16bit, an offset of 32 bits */
	*p++ = 0xea;
	memcpy(p, &back, 4);
	memcpy(p + 4, &cs, 2);
	CHECK_EQ(install(segment(NR_CODE, page, CODE)), 0);
	CHECK_EQ(install(segment(NR_STACK, stack, DATA)), 0);
	return stack;
}

static const unsigned int stack_pointers[] = { STACK_TOP, 0x12340000 | STACK_TOP, 0xffff0000 | STACK_TOP, 0x80000000 | STACK_TOP };

/* mov $0x1234, %ax; push %ax; mov %esp, %eax */
static const unsigned char push_code[] = { 0xb8, 0x34, 0x12, 0x50, 0x66, 0x89, 0xe0 };

CASE(a_descriptor_of_16_bits_is_accepted)
{
	struct user_desc d = segment(3, (void *)0x12345678, CODE);
	uint64_t entries[4];

	d.limit = 0xabcde;
	CHECK_EQ(install(d), 0);
	CHECK_EQ(modify_ldt(READ, entries, sizeof(entries)), sizeof(entries));
	CHECK_EQ(entries[3], 0x120afb345678bcde);
	d.contents = DATA;
	CHECK_EQ(modify_ldt(WRITE_OLD, &d, sizeof(d)), 0);
	CHECK_EQ(modify_ldt(READ, entries, sizeof(entries)), sizeof(entries));
	CHECK_EQ(entries[3], 0x120af3345678bcde);
}

CASE(code_of_16_bits_runs_on_its_stack)
{
	unsigned char *stack = place_code(push_code, sizeof(push_code));

	for (int i = 0; i < 4; i++) {
		memset(stack, 0, 4096);
		CHECK_EQ(run_16bit(stack_pointers[i], 0), stack_pointers[i] - 2);
		CHECK_EQ(stack[STACK_TOP - 2], 0x34);
		CHECK_EQ(stack[STACK_TOP - 1], 0x12);
	}
}

static volatile unsigned int seen_cs, seen_ss, seen_esp, nr_traps;

static void on_trap(int sig __attribute__((unused)), siginfo_t *info __attribute__((unused)), void *context)
{
	ucontext_t *uc = context;

	nr_traps++;
	seen_cs = uc->uc_mcontext.gregs[REG_CSGSFS] & 0xffff;
	seen_ss = (unsigned long)uc->uc_mcontext.gregs[REG_CSGSFS] >> 48;
	seen_esp = uc->uc_mcontext.gregs[REG_RSP];
}

/* int3; mov %esp, %eax */
static const unsigned char trap_code[] = { 0xcc, 0x66, 0x89, 0xe0 };

CASE(a_signal_gives_the_whole_stack_pointer_back)
{
	place_code(trap_code, sizeof(trap_code));
	handler_stack();
	on(SIGTRAP, on_trap);
	for (int i = 0; i < 4; i++) {
		CHECK_EQ(run_16bit(stack_pointers[i], 0), stack_pointers[i]);
		CHECK_EQ(nr_traps, i + 1);
		CHECK_EQ(seen_cs, SELECTOR(NR_CODE));
		CHECK_EQ(seen_ss, SELECTOR(NR_STACK));
		CHECK_EQ(seen_esp, stack_pointers[i]);
	}
}

/*
 * Page faults and interrupts come back to it, too: the pointer is compared for as long as ecx counts. What stands in ebx is what it
 * was at first; eax is what it is when they differ, or at the end.
 *	mov %esp, %ebx;  1: mov %esp, %eax; cmp %ebx, %eax; jne 2f; dec %ecx; jnz 1b;  2:
 */
static const unsigned char loop_code[] = { 0x66, 0x89, 0xe3, 0x66, 0x89, 0xe0, 0x66, 0x39, 0xd8, 0x75, 0x04, 0x66, 0x49, 0x75, 0xf4 };

CASE(interrupts_give_the_whole_stack_pointer_back)
{
	place_code(loop_code, sizeof(loop_code));
	for (int child = 0; child < 2; child++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (!pid) {
			for (int i = 0; i < 4; i++)
				if (run_16bit(stack_pointers[i], 20000000) != stack_pointers[i])
					_exit(1 + i);
			_exit(0);
		}
	}
	for (int child = 0; child < 2; child++) {
		int status;

		CHECK(wait(&status) > 0);
		CHECK_EQ(status, 0);
	}
}

/* mov $0x5a, %al; push %ax: on a page that is not there yet; mov %esp, %eax */
static const unsigned char fault_code[] = { 0xb0, 0x5a, 0x50, 0x66, 0x89, 0xe0 };

CASE(a_page_fault_gives_the_whole_stack_pointer_back)
{
	unsigned char *stack = place_code(fault_code, sizeof(fault_code));

	for (int i = 0; i < 4; i++) {
		CHECK_EQ(madvise(stack, 4096, MADV_DONTNEED), 0);
		CHECK_EQ(run_16bit(stack_pointers[i], 0), stack_pointers[i] - 2);
		CHECK_EQ(stack[STACK_TOP - 2], 0x5a);
	}
}

static volatile int spoil, nr_segv;

/* The frame's selectors, as they will be returned to. */
static void set_selectors(ucontext_t *uc, unsigned long cs, unsigned long ss)
{
	uc->uc_mcontext.gregs[REG_CSGSFS] = cs | ss << 48;
}

static void on_trap_spoiling(int sig __attribute__((unused)), siginfo_t *info __attribute__((unused)), void *context)
{
	ucontext_t *uc = context;

	if (spoil == 0)
		set_selectors(uc, SELECTOR(NR_BAD), SELECTOR(NR_STACK));
	else if (spoil == 1)
		set_selectors(uc, SELECTOR(NR_CODE), SELECTOR(NR_BAD));
	else if (spoil == 2)
		set_selectors(uc, SELECTOR(NR_STACK), SELECTOR(NR_STACK));
	else
		set_selectors(uc, SELECTOR(NR_CODE), SELECTOR(NR_CODE));
}

/* The return faulted: the frame shows the registers it was to return with. Make them good. */
static void on_segv(int sig __attribute__((unused)), siginfo_t *info __attribute__((unused)), void *context)
{
	ucontext_t *uc = context;

	nr_segv++;
	seen_cs = uc->uc_mcontext.gregs[REG_CSGSFS] & 0xffff;
	seen_ss = (unsigned long)uc->uc_mcontext.gregs[REG_CSGSFS] >> 48;
	seen_esp = uc->uc_mcontext.gregs[REG_RSP];
	nr_traps += uc->uc_mcontext.gregs[REG_RCX] == 0x1234567;
	set_selectors(uc, SELECTOR(NR_CODE), SELECTOR(NR_STACK));
}

CASE(a_return_that_faults_is_the_programs_fault)
{
	place_code(trap_code, sizeof(trap_code));
	handler_stack();
	on(SIGTRAP, on_trap_spoiling);
	on(SIGSEGV, on_segv);
	on(SIGBUS, on_segv);
	for (spoil = 0; spoil < 4; spoil++) {
		unsigned int esp = stack_pointers[spoil];

		CHECK_EQ(run_16bit(esp, 0x1234567), esp);
		CHECK_EQ(nr_segv, spoil + 1);
		CHECK_EQ(nr_traps, spoil + 1);
		CHECK_EQ(seen_esp, esp);
		CHECK_EQ(seen_cs, spoil == 0 ? SELECTOR(NR_BAD) : spoil == 2 ? SELECTOR(NR_STACK) : SELECTOR(NR_CODE));
		CHECK_EQ(seen_ss, spoil == 1 ? SELECTOR(NR_BAD) : spoil == 3 ? SELECTOR(NR_CODE) : SELECTOR(NR_STACK));
	}
}

TEST_MAIN()
