/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pv_native_ops.S - the operations of pv_ops.def on bare hardware, as far as they are instructions.
 *
 * Each keeps all registers but rax (arguments may be spoilt: rdi, rsi). The code between pv_native_X and
 * pv_native_X_end is the operation without its return: the patcher copies it into call sites if it fits.
 */
#include "asm.h"

.macro NATIVE name
	.pushsection .noinstr.text, "ax"
	.globl pv_native_\name, pv_native_\name\()_end
	.balign 16
pv_native_\name:
.endm
.macro NATIVE_END name
pv_native_\name\()_end:
	ret
	.popsection
.endm

NATIVE irq_save
	pushfq
	popq %rax
	cli
NATIVE_END irq_save
NATIVE irq_flags
	pushfq
	popq %rax
NATIVE_END irq_flags
NATIVE irq_disable
	cli
NATIVE_END irq_disable
NATIVE irq_enable
	sti
NATIVE_END irq_enable
NATIVE halt
	hlt
NATIVE_END halt
NATIVE safe_halt
	sti
	hlt
NATIVE_END safe_halt

NATIVE read_cr0
	movq %cr0, %rax
NATIVE_END read_cr0
NATIVE write_cr0
	movq %rdi, %cr0
NATIVE_END write_cr0
NATIVE read_cr2
	movq %cr2, %rax
NATIVE_END read_cr2
NATIVE write_cr2
	movq %rdi, %cr2
NATIVE_END write_cr2
NATIVE read_cr3
	movq %cr3, %rax
NATIVE_END read_cr3
NATIVE write_cr3
	movq %rdi, %cr3
NATIVE_END write_cr3
NATIVE read_cr4
	movq %cr4, %rax
NATIVE_END read_cr4
NATIVE write_cr4
	movq %rdi, %cr4
NATIVE_END write_cr4

NATIVE read_msr
	pushq %rcx
	pushq %rdx
	movl %edi, %ecx
	rdmsr
	shlq $32, %rdx
	orq %rdx, %rax
	popq %rdx
	popq %rcx
NATIVE_END read_msr
NATIVE write_msr
	pushq %rcx
	pushq %rdx
	movl %edi, %ecx
	movl %esi, %eax
	movq %rsi, %rdx
	shrq $32, %rdx
	wrmsr
	popq %rdx
	popq %rcx
NATIVE_END write_msr
NATIVE read_msr_safe
	pushq %rcx
	pushq %rdx
	movl %edi, %ecx
1:	rdmsr
	movl %eax, (%rsi)
	movl %edx, 4(%rsi)
	xorl %eax, %eax
2:	popq %rdx
	popq %rcx
NATIVE_END read_msr_safe
	.pushsection .noinstr.text, "ax"
3:	movl $-5, %eax
	jmp 2b
	.popsection
	EX_TABLE_ENTRY 1b, 3b
NATIVE write_msr_safe
	pushq %rcx
	pushq %rdx
	movl %edi, %ecx
	movl %esi, %eax
	movq %rsi, %rdx
	shrq $32, %rdx
1:	wrmsr
	xorl %eax, %eax
2:	popq %rdx
	popq %rcx
NATIVE_END write_msr_safe
	.pushsection .noinstr.text, "ax"
3:	movl $-5, %eax
	jmp 2b
	.popsection
	EX_TABLE_ENTRY 1b, 3b

NATIVE tlb_flush_local
	movq %cr3, %rax
	movq %rax, %cr3
NATIVE_END tlb_flush_local
NATIVE tlb_flush_global
	pushfq
	cli
	movq %cr4, %rax
	xorq $CR4_PGE_BIT, %rax
	movq %rax, %cr4
	xorq $CR4_PGE_BIT, %rax
	movq %rax, %cr4
	popfq
NATIVE_END tlb_flush_global
NATIVE tlb_flush_one
	invlpg (%rdi)
NATIVE_END tlb_flush_one

NATIVE set_pte
	movq %rsi, (%rdi)
NATIVE_END set_pte
NATIVE set_pmd
	movq %rsi, (%rdi)
NATIVE_END set_pmd
NATIVE set_pud
	movq %rsi, (%rdi)
NATIVE_END set_pud
NATIVE set_pgd
	movq %rsi, (%rdi)
NATIVE_END set_pgd
NATIVE make_entry
	movq %rdi, %rax
NATIVE_END make_entry
NATIVE entry_val
	movq %rdi, %rax
NATIVE_END entry_val
NATIVE pte_xchg
	movq %rsi, %rax
	xchgq %rax, (%rdi)
NATIVE_END pte_xchg
NATIVE pte_and
	lock andq %rsi, (%rdi)
NATIVE_END pte_and
NATIVE pte_test_clear
	lock btrq %rsi, (%rdi)
	setc %al
	movzbl %al, %eax
NATIVE_END pte_test_clear
NATIVE alloc_table
NATIVE_END alloc_table
NATIVE release_table
NATIVE_END release_table
NATIVE load_sp0
NATIVE_END load_sp0
NATIVE lock_kick
NATIVE_END lock_kick
NATIVE vcpu_is_preempted
	xorl %eax, %eax
NATIVE_END vcpu_is_preempted

NATIVE load_gdt
	lgdt (%rdi)
NATIVE_END load_gdt
NATIVE load_idt
	lidt (%rdi)
NATIVE_END load_idt
NATIVE load_tr
	ltr %di
NATIVE_END load_tr
NATIVE load_ldt
	lldt %di
NATIVE_END load_ldt
NATIVE write_fsbase
	wrfsbase %rdi
NATIVE_END write_fsbase
NATIVE write_user_gsbase		/* interrupts off */
	swapgs
	wrgsbase %rdi
	swapgs
NATIVE_END write_user_gsbase
NATIVE write_fsbase_msr
	movq %rdi, %rsi
	movl $0xc0000100, %edi
	call pv_native_write_msr
NATIVE_END write_fsbase_msr
NATIVE write_user_gsbase_msr
	movq %rdi, %rsi
	movl $0xc0000102, %edi
	call pv_native_write_msr
NATIVE_END write_user_gsbase_msr

NATIVE io_delay
	outb %al, $0x80
NATIVE_END io_delay
NATIVE clock_read
	pushq %rdx
	lfence
	rdtsc
	shlq $32, %rdx
	orq %rdx, %rax
	popq %rdx
NATIVE_END clock_read
NATIVE lock_wait
	pause
NATIVE_END lock_wait

/*
 * Under a hypervisor (native.c). An NMI between the labels goes on at the second one (smp_handle_nmi()), so a kick that comes before the halt is
 * not lost. The interrupt that sti lets in comes after the halt has begun, and ends it.
 */
	.pushsection .noinstr.text, "ax"
	.globl pv_halting_lock_wait, pv_lock_halt_begin, pv_lock_halt_end
	.balign 16
pv_halting_lock_wait:
pv_lock_halt_begin:
	movb $1, %al
	xchgb %al, 1(%rdi)
	cmpb $0, (%rdi)
	je pv_lock_halt_end
	testl %esi, %esi
	jz 1f
	sti
1:	hlt
pv_lock_halt_end:
	cli
	ret

/* What a spinlock's release is under a hypervisor. rdi: the lock, whose first bytes are locked and sleepers. */
	.globl pv_lock_release
	.balign 16
pv_lock_release:
	xorl %eax, %eax
	xchgw %ax, (%rdi)
	cmpb $0, %ah
	jne pv_lock_kick_sleepers
	ret
	.popsection

/* Jumped to, not called: the user's frame is on the stack, all registers hold user values. */
	.pushsection .entry.text, "ax"
	.globl pv_native_return_sysret, pv_native_return_sysret_end
	.globl pv_native_return_iret, pv_native_return_iret_end, native_iret_insn
	.balign 16
pv_native_return_sysret:
	swapgs
	sysretq
pv_native_return_sysret_end:
	.balign 16
pv_native_return_iret:
	testb $4, 32(%rsp)		/* a stack segment of the program's own may have 16 bits: espfix.c */
	jnz return_iret_espfix
	swapgs
native_iret_insn:
	iretq
pv_native_return_iret_end:
/* The frame lies on the thread's stack, with room below. */
return_iret_espfix:
	pushq %rdi
	movq %gs:espfix_frame, %rdi
	movq %rax, (%rdi)
	movq 8(%rsp), %rax
	movq %rax, ESPFIX_RIP(%rdi)
	movq 16(%rsp), %rax
	movq %rax, ESPFIX_CS(%rdi)
	movq 24(%rsp), %rax
	movq %rax, ESPFIX_RFLAGS(%rdi)
	movq 40(%rsp), %rax
	movq %rax, ESPFIX_SS(%rdi)
	movq 32(%rsp), %rax
	movq %rax, ESPFIX_RSP(%rdi)
	andl $0xffff0000, %eax
	orq %gs:espfix_alias, %rax
	popq %rdi
	swapgs
	movq %rax, %rsp			/* the alias: to be read, not written */
	popq %rax
	jmp native_iret_insn
	.popsection
	EX_TABLE_ENTRY native_iret_insn, bad_iret
