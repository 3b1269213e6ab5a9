/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * arch_port.h - functions that arch calls and exactly one higher folder defines; the link checks it.
 */
#ifndef ARCH_PORT_H
#define ARCH_PORT_H

#include <arch/ptregs.h>
#include <arch/pv.h>
#include <lib/types.h>

struct thread;

/* --- syscall ------------------------------------------------------------------------------------- */
/* A system call: number in regs->orig_ax, regs->ax preset to -ENOSYS. Interrupts enabled. */
void syscall_dispatch(struct pt_regs *regs);

/* --- process ------------------------------------------------------------------------------------- */
/* Work (TIF_*) is pending on the way to user mode. Called with interrupts off, may enable them, returns
 * with them off. Called again while work bits remain set. */
void exit_to_user_mode(struct pt_regs *regs);
/* An exception other than a page fault, caused by user code. Interrupts enabled. */
void fault_trap(struct pt_regs *regs, int vector, unsigned long error);
/* First code of a forked thread; calls sched_finish_switch(@prev). Returning enters user mode. */
void thread_start_user(struct thread *prev);

/* --- mm ------------------------------------------------------------------------------------------ */
/* A page fault by user code, or by the kernel on a user address at an instruction with a fixup. Sends the
 * signal itself, or for kernel code calls fault_fixup(). Interrupts as they were in @regs. */
void fault_page(struct pt_regs *regs, unsigned long addr, unsigned long error);

/* --- log ----------------------------------------------------------------------------------------- */
/* The kernel itself faulted, or found itself broken: says so with registers and stack, stops the machine. */
void panic_regs(struct pt_regs *regs, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 2, 3)));
void panic(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* --- boot ---------------------------------------------------------------------------------------- */
/* The boot CPU, at the final address of the image, on early page tables, on the boot stack. */
void kernel_main(void) __attribute__((noreturn));

/* --- pages --------------------------------------------------------------------------------------- */
/* A zeroed page for a page table, in reach of the direct map; 0 when there is none. @gfp 0: may sleep. */
phys_addr_t pgtable_page_alloc(gfp_t gfp);
void pgtable_page_free(phys_addr_t page);
/* A stack of @size bytes in vmalloc space with guard pages; NULL when there is no memory. */
void *arch_stack_alloc(size_t size);
/* @size bytes of zeroed physically contiguous memory in the direct map (per-CPU areas). */
void *arch_pages_alloc(size_t size);

/* Zeroed, 64-byte aligned memory for a thread's FPU state; NULL when there is none. */
void *fpu_state_alloc(size_t size);
void fpu_state_free(void *state);

/* --- sync ---------------------------------------------------------------------------------------- */
/* Wake the processors that are halted in pv_lock_wait() for the lock at @lock, which is only a number here. */
void pv_lock_kick_sleepers(const void *lock) __pvcall;
/* The thread that boots: struct thread (sync), statically set up; it becomes the boot CPU's idle thread. */
extern struct thread *const boot_thread_ptr;

/* --- sched --------------------------------------------------------------------------------------- */
/* A reschedule is wanted. Preemption depth 1, interrupts enabled, before and after. */
void sched_preempt(void);
/* First code of every new thread: @prev is the thread that was switched away from. */
void sched_finish_switch(struct thread *prev);
/* The idle thread of @cpu, made once before the CPU starts; its stack is where the CPU starts. NULL:
 * no memory, the CPU stays off. */
struct thread *sched_create_idle(int cpu);
/* The CPU is up, on its idle thread, interrupts off. Never returns. */
void sched_cpu_start(int cpu) __attribute__((noreturn));
/* Another CPU sent smp_send_reschedule(). Interrupts off, in hard interrupt. */
void sched_ipi(void);

/* --- time ---------------------------------------------------------------------------------------- */
/* The one-shot timer of this CPU has fired. Interrupts off, in hard interrupt. */
void timer_interrupt(void);

#endif
