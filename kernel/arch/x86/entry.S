/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * entry.S - every way into the kernel and back: docs/adr/0002-stacks-and-entry.md.
 *
 * WHAT        system call    the thread's stack; SYSRET back when the registers allow it, else IRET
 *             exception      the current stack (from user mode: the thread's)
 *             interrupt      registers on the current stack, handler on the CPU's interrupt stack
 *             NMI, #DF, #MC, #DB  a stack of their own (IST); GS.base is saved and restored as a value,
 *                            because they may hit between entry and SWAPGS; from user mode, #MC and #DB
 *                            move to the thread's stack and are ordinary exceptions
 * INVARIANTS  I1  rbp of every frame above struct pt_regs is its address + 1: the unwinder's mark.
 *             I2  Interrupts are off from the last look at the work bits to the return instruction.
 *             I3  User mode has SWAPGSed: kernel code has GS.base = this CPU's per-CPU offset.
 */
#include "asm.h"
#include <arch/alternative.h>

.macro PV_JUMP op, nr
771:	jmp *pv_ops + \nr * 8(%rip)
	.pushsection .pv_sites, "a"
	.long 771b - .
	.byte \nr, 6
	.short 1
	.popsection
.endm

/* Below an error code and the vector on the stack: completes struct pt_regs; rdi: regs, rsi: vector. */
.macro SAVE_REGS_VECTOR
	xchgq	%rdi, (%rsp)
	pushq	%rsi
	pushq	%rdx
	pushq	%rcx
	pushq	%rax
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	leaq	1(%rsp), %rbp
	movl	%edi, %esi
	movq	%rsp, %rdi
.endm

.macro RESTORE_REGS
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rax
	popq	%rcx
	popq	%rdx
	popq	%rsi
	popq	%rdi
.endm

	.section .entry.text, "ax"
	.globl entry_syscall
	.balign 64
entry_syscall:
	swapgs
	movq	%rsp, %gs:cpu_user_sp
	movq	%gs:cpu_tss + TSS_SP0, %rsp
	pushq	$USER_DS_SEL
	pushq	%gs:cpu_user_sp
	pushq	%r11
	pushq	$USER_CS_SEL
	pushq	%rcx
	pushq	%rax
	pushq	%rdi
	pushq	%rsi
	pushq	%rdx
	pushq	%rcx
	pushq	$-38			/* rax: -ENOSYS unless a handler says otherwise */
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	leaq	1(%rsp), %rbp
	movq	%rsp, %rdi
	sti
	call	syscall_dispatch
	cli
	movq	%gs:current_thread_ptr, %rax
	testl	$TIF_EXIT_WORK_MASK, ARCH_THREAD_WORK(%rax)
	jnz	return_user_work
	/* SYSRET gives rcx to rip and r11 to the flags, and must not see a non-canonical address. */
	movq	RIP(%rsp), %rcx
	movq	RFLAGS(%rsp), %r11
	cmpq	%rcx, RCX(%rsp)
	jne	return_user_iret
	cmpq	%r11, R11(%rsp)
	jne	return_user_iret
	movq	%rcx, %rax
	shrq	$47, %rax
	jnz	return_user_iret
	testl	$0x10100, %r11d		/* RF, TF */
	jnz	return_user_iret
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	movq	R10-R11(%rsp), %r10
	movq	R9-R11(%rsp), %r9
	movq	R8-R11(%rsp), %r8
	movq	RAX-R11(%rsp), %rax
	movq	RDX-R11(%rsp), %rdx
	movq	RSI-R11(%rsp), %rsi
	movq	RDI-R11(%rsp), %rdi
	movq	RSP-R11(%rsp), %rsp
	PV_JUMP	return_sysret, PV_return_sysret_NR

/* SYSCALL by 32-bit code, which only some processors have: on the user's stack, with the user's GS, interrupts off. */
	.globl entry_syscall_compat
	.balign 16
entry_syscall_compat:
	movl	$-38, %eax		/* -ENOSYS */
	sysretl

/* rsp: struct pt_regs of user mode, interrupts off. */
return_user_work:
	movq	%rsp, %rdi
	call	exit_to_user_mode
	.globl return_user
return_user:
	movq	%gs:current_thread_ptr, %rax
	testl	$TIF_EXIT_WORK_MASK, ARCH_THREAD_WORK(%rax)
	jnz	return_user_work
return_user_iret:
	RESTORE_REGS
	addq	$8, %rsp
	PV_JUMP	return_iret, PV_return_iret_NR

/* IRET to user mode faulted (a non-canonical rip that nobody caught): the user's frame is still there, the
 * user's registers too; treat it as the program's own general protection fault. */
	.globl bad_iret, bad_iret_espfix
bad_iret_espfix:			/* the same from espfix_recover(), with the user's GS back */
	swapgs
bad_iret:
	pushq	$0
	pushq	$13
	jmp	exception_from_user

/* ---- exceptions: an error code (or 0) and the vector are on the stack ------------------------------- */
	.balign 16
exception_common:
	cld
	ALTERNATIVE "", "clac", FEATURE_SMAP
	testb	$3, 24(%rsp)
	jz	1f
	swapgs
exception_from_user:
	SAVE_REGS_VECTOR
	call	trap_from_user
	jmp	return_user
1:	pushq	%rax			/* IRET with the user's GS already back? */
	leaq	native_iret_insn(%rip), %rax
	cmpq	%rax, 24(%rsp)
	popq	%rax
	jne	2f
	swapgs
2:	SAVE_REGS_VECTOR
	call	trap_from_kernel
return_kernel:
	RESTORE_REGS
	addq	$8, %rsp
	iretq

.macro EXCEPTION nr, has_error=0
	.balign 16
trap_entry_\nr:
	.if \has_error == 0
	pushq	$0
	.endif
	pushq	$\nr
	jmp	exception_common
.endm

EXCEPTION 0

/* A breakpoint of the kernel gets six words of room above its frame: the text patcher may have to act as a
 * call, which pushes. */
	.balign 16
trap_entry_3:
	pushq	$0
	testb	$3, 16(%rsp)
	jnz	1f
	.rept 6
	pushq	40(%rsp)
	.endr
1:	pushq	$3
	jmp	exception_common

EXCEPTION 4
EXCEPTION 5
EXCEPTION 6
EXCEPTION 7
EXCEPTION 9
EXCEPTION 10, 1
EXCEPTION 11, 1
EXCEPTION 12, 1
EXCEPTION 13, 1
EXCEPTION 14, 1
EXCEPTION 15
EXCEPTION 16
EXCEPTION 17, 1
EXCEPTION 19
EXCEPTION 20
EXCEPTION 21, 1
EXCEPTION 22
EXCEPTION 23
EXCEPTION 24
EXCEPTION 25
EXCEPTION 26
EXCEPTION 27
EXCEPTION 28
EXCEPTION 29, 1
EXCEPTION 30, 1
EXCEPTION 31

/* ---- exceptions on their own stacks ------------------------------------------------------------------ */
.macro PARANOID nr, has_error=0
	.balign 16
trap_entry_\nr:
	.if \has_error == 0
	pushq	$0
	.endif
	pushq	$\nr
	jmp	paranoid_common
.endm

PARANOID 1
PARANOID 2
PARANOID 8, 1
PARANOID 18

	.balign 16
paranoid_common:
	cld
	ALTERNATIVE "", "clac", FEATURE_SMAP
	cmpq	$2, (%rsp)		/* NMI and #DF stay here, wherever they come from */
	je	1f
	cmpq	$8, (%rsp)
	je	1f
	testb	$3, 24(%rsp)
	jnz	paranoid_from_user
1:	SAVE_REGS_VECTOR
	movl	%esi, %r12d
	movl	$MSR_GS_BASE_NR, %ecx
	rdmsr
	movl	%eax, %r13d
	movl	%edx, %r14d
	/* This CPU's offset stands at the lowest address of each IST stack. */
	movq	%rsp, %rbx
	andq	$-IST_STACK_SIZE, %rbx
	movl	(%rbx), %eax
	movl	4(%rbx), %edx
	wrmsr
	movq	%rsp, %rdi
	movl	%r12d, %esi
	call	trap_paranoid
	movl	$MSR_GS_BASE_NR, %ecx
	movl	%r13d, %eax
	movl	%r14d, %edx
	wrmsr
	jmp	return_kernel

/* Move the frame to the thread's stack and go on as an ordinary exception. */
paranoid_from_user:
	swapgs
	pushq	%rax
	movq	%rsp, %rax
	movq	%gs:cpu_tss + TSS_SP0, %rsp
	pushq	56(%rax)		/* ss */
	pushq	48(%rax)
	pushq	40(%rax)
	pushq	32(%rax)
	pushq	24(%rax)		/* rip */
	pushq	16(%rax)		/* error */
	pushq	8(%rax)			/* vector */
	movq	(%rax), %rax
	jmp	exception_from_user

/* ---- interrupts ---------------------------------------------------------------------------------------- */
	.balign 16
	.globl irq_entries
irq_entries:
	.set vector, 32
	.rept 224
	.balign 16
	pushq	$~vector		/* orig_rax: negative, no system call; the tick reads it */
	pushq	$vector
	jmp	irq_common
	.set vector, vector + 1
	.endr

	.balign 16
irq_common:
	cld
	ALTERNATIVE "", "clac", FEATURE_SMAP
	testb	$3, 24(%rsp)
	jz	1f
	swapgs
1:	SAVE_REGS_VECTOR
	movq	%rsp, %rbx
	movq	%gs:cpu_irq_stack, %rsp
	call	irq_dispatch
	movq	%rbx, %rsp
	testb	$3, CS(%rsp)
	jnz	return_user
	cmpl	$0, %gs:arch_preempt_count
	jne	return_kernel
	testl	$0x200, RFLAGS(%rsp)
	jz	return_kernel
	call	irq_preempt
	jmp	return_kernel

/* ---- threads -------------------------------------------------------------------------------------------- */
	.section .noinstr.text, "ax"
/* struct arch_thread *switch_stack(prev, next): the other half of arch_switch_to(). */
	.globl switch_stack
	.balign 16
switch_stack:
	pushq	%rbp
	movq	%rsp, %rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, ARCH_THREAD_SP(%rdi)
	movq	ARCH_THREAD_SP(%rsi), %rsp
	movq	%rdi, %rax
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	ret

/* First code of threads; rax: the previous thread, rbx and r12 as thread.c laid them down, rbp marks the
 * registers at the top of the stack. */
	.globl thread_begin_kernel
thread_begin_kernel:
	movq	%rax, %rdi
	movq	%rbx, %rsi
	movq	%r12, %rdx
	call	thread_run_kernel	/* comes back only when the thread has become a user thread */
	cli
	jmp	return_user
	.globl thread_begin_user
thread_begin_user:
	movq	%rax, %rdi
	call	thread_start_user
	cli
	jmp	return_user

/* preempt_enable() came to zero: keeps all registers. */
	.globl preempt_slow_thunk
preempt_slow_thunk:
	pushq	%rbp
	movq	%rsp, %rbp
	pushq	%rdi
	pushq	%rsi
	pushq	%rdx
	pushq	%rcx
	pushq	%rax
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	call	preempt_slow
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rax
	popq	%rcx
	popq	%rdx
	popq	%rsi
	popq	%rdi
	popq	%rbp
	ret

/* ---- table of the exception entries, for idt.c ------------------------------------------------------- */
	.section .rodata, "a"
	.balign 8
	.globl trap_entries
trap_entries:
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	.quad trap_entry_\n
	.endr
