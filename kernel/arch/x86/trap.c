/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trap.c - exceptions, sorted by who caused them.
 *
 * WHAT        User code: page faults go to mm, everything else to process, which makes signals of them. Kernel code: a
 *             fixup if the instruction has one, a page fault on a user address to mm, else the machine stops
 *             with registers and stack.
 * INVARIANTS  I1  Entered with interrupts off; user traps enable them; both return with them off.
 *             I2  trap_paranoid() takes no lock and causes no fault (NMI may hit anywhere).
 */
#include <arch/alternative.h>
#include <arch/arch_port.h>
#include <arch/extable.h>
#include <arch/irqflags.h>
#include <arch/memlayout.h>
#include <arch/msr.h>
#include <arch/preempt.h>
#include <arch/thread.h>
#include <lib/string.h>
#include "cpu_impl.h"
#include "espfix_impl.h"
#include "smp_impl.h"
#include "text_impl.h"

static const char *const trap_names[32] = {
	"divide error", "debug", "NMI", "breakpoint", "overflow", "bound range", "invalid opcode",
	"device not available", "double fault", "coprocessor overrun", "invalid TSS",
	"segment not present", "stack segment fault", "general protection fault", "page fault", "trap 15",
	"x87 error", "alignment check", "machine check", "SIMD error", "virtualization exception",
	"control protection",
};

static const char *trap_name(int vector)
{
	return trap_names[vector] ? trap_names[vector] : "unknown trap";
}

void trap_from_user(struct pt_regs *regs, int vector)
{
	unsigned long error = regs->orig_ax, addr;

	regs->orig_ax = REGS_NO_SYSCALL;
	if (vector == X86_TRAP_PF) {
		addr = read_cr2();
		local_irq_enable();
		fault_page(regs, addr, error);
	} else {
		local_irq_enable();
		fault_trap(regs, vector, error);
	}
	local_irq_disable();
}

/* A user address was touched by the kernel: legitimate only at an instruction that says so. */
static void kernel_user_fault(struct pt_regs *regs, unsigned long addr, unsigned long error)
{
	if (!fault_has_fixup(regs))
		fault_oops(regs, addr < PAGE_SIZE ? "null pointer" : "user memory accessed directly", addr,
			   error);
	if (cpu_has(FEATURE_SMAP) && !(regs->flags & X86_EFLAGS_AC))
		fault_oops(regs, "user memory accessed without permission (SMAP)", addr, error);
	if (preempt_count() || !(regs->flags & X86_EFLAGS_IF) || current_arch_thread()->pagefault_disabled) {
		fault_fixup(regs);
		return;
	}
	local_irq_enable();
	fault_page(regs, addr, error);
	local_irq_disable();
}

static void kernel_page_fault(struct pt_regs *regs, unsigned long error)
{
	unsigned long addr = read_cr2();

	if (addr < USER_END && !(error & (FAULT_RSVD | FAULT_INSTR)))
		kernel_user_fault(regs, addr, error);
	else if (!fault_fixup(regs))
		fault_oops(regs, "page fault", addr, error);
}

extern const s32 kcfi_traps_start[], kcfi_traps_end[];

/* Is the invalid instruction at @ip the compiler's "wrong type of function" trap? */
static bool is_cfi_trap(unsigned long ip)
{
	for (const s32 *t = kcfi_traps_start; t < kcfi_traps_end; t++)
		if ((unsigned long)t + *t == ip)
			return true;
	return false;
}

/* "ud1l N(%eax), %eax": check number N of the undefined behaviour sanitizer failed. */
static bool is_ubsan_trap(unsigned long ip)
{
	const u8 ud1[4] = { 0x67, 0x0f, 0xb9, 0x40 };

	return address_is_text(ip) && !memcmp((void *)ip, ud1, sizeof(ud1));
}

void trap_from_kernel(struct pt_regs *regs, int vector)
{
	unsigned long error = regs->orig_ax;

	regs->orig_ax = REGS_NO_SYSCALL;
	if (vector == X86_TRAP_PF) {
		kernel_page_fault(regs, error);
	} else if (vector == X86_TRAP_BP) {
		if (!text_poke_trap(regs))
			fault_oops(regs, "breakpoint", 0, 0);
	} else if (vector == X86_TRAP_UD && is_cfi_trap(regs->ip)) {
		fault_oops(regs, "indirect call to a function of another type (kCFI)", 0, 0);
	} else if (vector == X86_TRAP_UD && is_ubsan_trap(regs->ip)) {
		fault_oops(regs, "undefined behaviour (UBSan)", 0, *(u8 *)(regs->ip + 4));
	} else if (!fault_fixup(regs)) {
		fault_oops(regs, trap_name(vector), 0, error);
	}
	if ((regs->flags & X86_EFLAGS_IF) && should_resched(0))
		irq_preempt();
}

static void debug_trap(struct pt_regs *regs)
{
	unsigned long dr6;

	asm volatile("movq %%db6, %0" : "=r"(dr6));
	asm volatile("movq %0, %%db6" : : "r"(0xffff0ff0ul));
	/* Single step that leaked into the kernel with the user's TF. */
	regs->flags &= ~X86_EFLAGS_TF;
}

void trap_paranoid(struct pt_regs *regs, int vector)
{
	if (vector == X86_TRAP_DF && espfix_recover(regs))
		return;
	if (vector == X86_TRAP_DF)
		fault_oops(regs, "double fault (kernel stack overflow?)", read_cr2(), regs->orig_ax);
	if (vector == X86_TRAP_MC)
		fault_oops(regs, trap_name(vector), 0, regs->orig_ax);
	preempt_count_add(NMI_OFFSET);
	if (vector == X86_TRAP_NMI)
		smp_handle_nmi(regs);
	else
		debug_trap(regs);
	preempt_count_sub(NMI_OFFSET);
}

void fault_oops(struct pt_regs *regs, const char *what, unsigned long addr, unsigned long error)
{
	panic_regs(regs, "%s: address %lx, error %lx, at %pS", what, addr, error, (void *)regs->ip);
}

/* Interrupted kernel code that may be preempted, and a reschedule is wanted. Interrupts off. */
void irq_preempt(void)
{
	do {
		preempt_disable();
		local_irq_enable();
		sched_preempt();
		local_irq_disable();
		preempt_enable_no_resched();
	} while (should_resched(0));
}

/* preempt_enable() reached depth 0 with a reschedule wanted. */
void preempt_slow(void)
{
	if (irqs_disabled())
		return;
	do {
		preempt_disable();
		sched_preempt();
		preempt_enable_no_resched();
	} while (should_resched(0));
}
