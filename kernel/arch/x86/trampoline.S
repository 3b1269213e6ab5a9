/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trampoline.S - how another CPU gets from 16-bit mode to the kernel. Copied to a page below 1 MiB, so the
 * first part finds everything by its distance from the start of that page (cs << 4).
 */
#include "asm.h"
#include "trampoline_impl.h"

	.section .rodata, "a"
	.balign 16
	.globl trampoline_start, trampoline_end
	.code16
trampoline_start:
	cli
	cld
	movw	%cs, %ax
	movw	%ax, %ds
	movzwl	%ax, %ebp
	shll	$4, %ebp		/* physical address of this page */
	/* Fill in what depends on it. */
	leal	(tr_gdt - trampoline_start)(%ebp), %eax
	movl	%eax, (tr_gdt_ptr - trampoline_start + 2)
	leal	(tr_code32 - trampoline_start)(%ebp), %eax
	movl	%eax, (tr_far32 - trampoline_start)
	leal	(tr_code64 - trampoline_start)(%ebp), %eax
	movl	%eax, (tr_far64 - trampoline_start)
	lgdtl	(tr_gdt_ptr - trampoline_start)
	movl	$1, %eax		/* PE */
	movl	%eax, %cr0
	ljmpl	*(tr_far32 - trampoline_start)

	.code32
tr_code32:
	movl	$KERNEL_DS_SEL, %eax
	movl	%eax, %ds
	movl	%eax, %ss
	movl	%eax, %es
	movl	$(CR4_PAE_BIT | CR4_PGE_BIT), %eax
	movl	%eax, %cr4
	movl	(TRAMPOLINE_ARGS + ARGS_CR3)(%ebp), %eax
	movl	%eax, %cr3
	movl	$MSR_EFER_NR, %ecx
	rdmsr
	orl	$0x901, %eax		/* SCE, LME, NX */
	wrmsr
	movl	$CR0_BOOT, %eax
	movl	%eax, %cr0
	ljmpl	*(tr_far64 - trampoline_start)(%ebp)

	.code64
tr_code64:
	movl	%ebp, %ebp
	movq	(TRAMPOLINE_ARGS + ARGS_STACK)(%rbp), %rsp
	movq	(TRAMPOLINE_ARGS + ARGS_GS_BASE)(%rbp), %rbx
	movq	(TRAMPOLINE_ARGS + ARGS_KERNEL_CR3)(%rbp), %rsi
	movq	(TRAMPOLINE_ARGS + ARGS_ENTRY)(%rbp), %rax
	jmp	*%rax

	.balign 8
tr_gdt:
	.quad 0
	.quad 0x00cf9b000000ffff
	.quad 0x00af9b000000ffff
	.quad 0x00cf93000000ffff
tr_gdt_ptr:
	.short 31
	.long 0
	.balign 4
tr_far32:
	.long 0
	.short 0x08
	.balign 4
tr_far64:
	.long 0
	.short KERNEL_CS_SEL
trampoline_end:

	.section .entry.text, "ax"
	.globl secondary_start_asm
secondary_start_asm:
	movq	%rsi, %cr3
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	movl	$MSR_GS_BASE_NR, %ecx
	movl	%ebx, %eax
	movq	%rbx, %rdx
	shrq	$32, %rdx
	wrmsr
	leaq	17(%rsp), %rbp		/* the mark of the registers above: smp_boot.c */
	call	secondary_start
1:	hlt
	jmp	1b
