/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * thread.h - the processor's side of a thread: stack, saved registers, work flags.
 *
 * WHAT        struct arch_thread is the first member of struct thread (sync), so both have one address. A
 *             thread that is not running keeps its callee-saved registers on its stack, at @sp.
 * INVARIANTS  I1  stack_top - sizeof(struct pt_regs) is where the user registers lie while a user thread
 *                 is in the kernel; kernel threads keep that space free, so they may become user threads.
 *             I2  work bits are set by anyone (atomically), cleared by the thread itself.
 * LIFECYCLE   zeroed + stack set -> arch_thread_setup_kernel/user -> arch_switch_to() starts it ->
 *             dead after its last switch away; the owner frees the stack.
 */
#ifndef ARCH_THREAD_H
#define ARCH_THREAD_H

#include <arch/atomic.h>
#include <arch/percpu.h>
#include <arch/ptregs.h>

#define THREAD_STACK_SIZE (16 * 1024ul)

/* Work bits: what has to happen before the thread returns to user mode. */
#define TIF_NEED_RESCHED 0
#define TIF_SIGPENDING 1
#define TIF_NOTIFY 2
#define TIF_PARK 3
#define TIF_PATCH 4
/* From here on: not work of the exit path, looked at by the system call dispatcher. */
#define TIF_SYSCALL_TRACE 16
#define TIF_SECCOMP 17
#define TIF_SINGLESTEP 18
#define TIF_USER_DISPATCH 19

#define TIF_EXIT_WORK 0x0000ffffu    /* exit_to_user_mode() is called while any is set */
#define TIF_SYSCALL_WORK 0xffff0000u /* for syscall_dispatch() */

/* What few threads have: arch_thread.extra. */
#define EXTRA_PORTS 1u
#define EXTRA_NO_TSC 2u

struct fpu_state;
struct io_ports;

struct arch_thread {
	unsigned long sp;             /* stack pointer while switched out */
	unsigned long stack_top;      /* end of the stack; multiple of 16 */
	u32 work;                     /* TIF_* bits, atomic */
	u32 pagefault_disabled;       /* depth; own thread only */
	unsigned long stack;          /* lowest address of the stack */
	struct fpu_state *fpu;        /* user FPU registers; NULL for a kernel thread */
	unsigned long fsbase, gsbase; /* user segment bases while switched out */
	u32 pkru;                     /* protection key rights while switched out: pkeys.h */
	u64 selectors;                /* ds, es, fs, gs, 16 bits each from the low end */
	u32 fpu_cpu;                  /* CPU that last loaded fpu, or ~0 */
	u32 user_started;             /* pt_regs at the top hold user registers */
	u32 extra;                    /* EXTRA_* bits: what a switch has to move besides; own thread, interrupts off */
	u32 iopl;                     /* iopl(2): 3 gives all ports */
	const struct io_ports *ports; /* ioperm(2), or NULL */
	unsigned long fault_addr, fault_error, trap_nr; /* last fault that user code caused */
};

/* entry.S knows these. */
_Static_assert(__builtin_offsetof(struct arch_thread, sp) == 0, "entry.S");
_Static_assert(__builtin_offsetof(struct arch_thread, stack_top) == 8, "entry.S");
_Static_assert(__builtin_offsetof(struct arch_thread, work) == 16, "entry.S");

/* What a kernel thread runs. run() does not return, unless it made the thread a user thread
 * (start_thread()): then returning from run() enters user mode. */
struct kthread_ops {
	const char *name;
	void (*run)(void *arg);
};

static inline struct arch_thread *arch_thread(struct thread *thread)
{
	return (struct arch_thread *)thread;
}

static inline struct arch_thread *current_arch_thread(void)
{
	return (struct arch_thread *)current_thread();
}

static inline void thread_set_work(struct thread *thread, int bit)
{
	asm volatile("lock; orl %1, %0" : "+m"(arch_thread(thread)->work) : "er"(1u << bit) : "memory", "cc");
}

static inline void thread_clear_work(struct thread *thread, int bit)
{
	asm volatile("lock; andl %1, %0" : "+m"(arch_thread(thread)->work) : "er"(~(1u << bit)) : "memory", "cc");
}

static inline bool thread_test_work(struct thread *thread, int bit)
{
	return (*(volatile u32 *)&arch_thread(thread)->work >> bit) & 1;
}

/* All work bits at once. */
static inline u32 thread_work(struct thread *thread)
{
	return *(volatile u32 *)&arch_thread(thread)->work;
}

/* The user registers of @thread, which is the caller or does not run. */
static inline struct pt_regs *arch_user_regs(struct thread *thread)
{
	return (struct pt_regs *)arch_thread(thread)->stack_top - 1;
}

/* The stack that the boot CPU starts on; the boot thread's. */
extern char boot_stack[], boot_stack_end[];

/* Tells arch which stack (THREAD_STACK_SIZE bytes from @stack) a new, zeroed @thread owns. */
void arch_thread_set_stack(struct thread *thread, void *stack);
/* First switch to @thread will call sched_finish_switch(), then @ops->run(@arg). */
void arch_thread_setup_kernel(struct thread *thread, const struct kthread_ops *ops, void *arg);
/* @child returns to user mode with @regs and result 0, after thread_start_user(). Copies the running
 * thread's segment bases; the FPU state is the caller's business (fpu_thread_copy()). */
void arch_thread_setup_user(struct thread *child, const struct pt_regs *regs);
/* clone() with CLONE_SETTLS, arch_prctl(): a bad base is -EPERM. */
int arch_thread_set_fsbase(struct thread *thread, unsigned long base) __must_check;
int arch_thread_set_gsbase(struct thread *thread, unsigned long base) __must_check;
unsigned long arch_thread_fsbase(struct thread *thread);
unsigned long arch_thread_gsbase(struct thread *thread);
/* arch_prctl(2) for the running thread: ARCH_SET_FS and friends; -EINVAL for others. */
long arch_prctl(int option, unsigned long arg);

/* Switches from @prev (the caller) to @next. Comes back, on @prev's stack, when somebody switches to it
 * again, and returns the thread that did. Interrupts off, preemption off. */
struct thread *arch_switch_to(struct thread *prev, struct thread *next);

/* exec: user registers for a new program. Clears FPU state and segment bases. */
void start_thread(struct pt_regs *regs, unsigned long ip, unsigned long sp);
/* sigreturn, ptrace: makes user-supplied cs, ss and flags harmless, whatever they were. */
void regs_sanitize_user(struct pt_regs *regs);

#endif
