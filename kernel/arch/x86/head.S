/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * head.S - from the loader to C.
 *
 * WHAT        PVH starts us in 32-bit protected mode without paging, ebx = struct hvm_start_info. This code finds
 *             where it was loaded (any 2 MiB-aligned address), builds tables that map 4 GiB one to one and
 *             the image at its link address, enters long mode, lets kaslr_start() move the image, and goes
 *             on in arch_start() at the final address.
 * INVARIANTS  32-bit code is position independent: ebp holds the address of pvh_base, and every other symbol is
 *             reached by its distance from it.
 */
#include "asm.h"

	.section .note.Xen, "a", @note
	.align 4
	.long 4, 4, 18			/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.long pvh_entry - 0xffffffff80000000
	.align 4

	.section .head.text, "ax"
	.code32
	.globl pvh_entry
pvh_entry:
	cli
	cld
	/* Four bytes of the loader's structure are a stack for one call (its magic is put back). */
	movl	(%ebx), %edx
	leal	4(%ebx), %esp
	call	pvh_base
pvh_base:
	popl	%ebp
	movl	%edx, (%ebx)
	leal	(boot_stack_end - pvh_base)(%ebp), %esp

	/* Where the image was loaded, as a distance from where it was linked. */
	leal	(image_start - pvh_base)(%ebp), %esi
	subl	$0x200000, %esi

	/* 4 GiB one to one, by 2 MiB pages. */
	leal	(early_pmd_id - pvh_base)(%ebp), %edi
	movl	$0x083, %eax
	movl	$2048, %ecx
1:	movl	%eax, (%edi)
	addl	$0x200000, %eax
	addl	$8, %edi
	loop	1b
	leal	(early_pud_id - pvh_base)(%ebp), %edi
	leal	(early_pmd_id - pvh_base + 3)(%ebp), %eax
	movl	%eax, 0(%edi)
	addl	$0x1000, %eax
	movl	%eax, 8(%edi)
	addl	$0x1000, %eax
	movl	%eax, 16(%edi)
	addl	$0x1000, %eax
	movl	%eax, 24(%edi)

	/* The image at its link address: the first 64 MiB of the image window. */
	leal	(early_pmd_image - pvh_base)(%ebp), %edi
	leal	0x083(%esi), %eax
	movl	$32, %ecx
2:	movl	%eax, (%edi)
	addl	$0x200000, %eax
	addl	$8, %edi
	loop	2b
	leal	(early_pud_image - pvh_base)(%ebp), %edi
	leal	(early_pmd_image - pvh_base + 3)(%ebp), %eax
	movl	%eax, 510*8(%edi)

	leal	(early_pgd - pvh_base)(%ebp), %edi
	leal	(early_pud_id - pvh_base + 3)(%ebp), %eax
	movl	%eax, (%edi)
	leal	(early_pud_image - pvh_base + 3)(%ebp), %eax
	movl	%eax, 511*8(%edi)

	movl	$(CR4_PAE_BIT | CR4_PGE_BIT), %eax
	movl	%eax, %cr4
	movl	%edi, %cr3
	movl	$MSR_EFER_NR, %ecx
	rdmsr
	orl	$0x100, %eax		/* LME */
	wrmsr
	movl	$CR0_BOOT, %eax
	movl	%eax, %cr0

	leal	(boot_gdt - pvh_base)(%ebp), %eax
	leal	(boot_gdt_ptr - pvh_base)(%ebp), %ecx
	movl	%eax, 2(%ecx)
	lgdt	(%ecx)
	leal	(head_low64 - pvh_base)(%ebp), %eax
	pushl	$KERNEL_CS_SEL
	pushl	%eax
	lretl

	.code64
head_low64:
	movq	$head_high64, %rax
	jmp	*%rax

head_high64:
	movl	$KERNEL_DS_SEL, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	movl	$MSR_GS_BASE_NR, %ecx	/* per-CPU variables: the template itself for now */
	xorl	%edx, %edx
	wrmsr
	leaq	boot_stack_end(%rip), %rsp
	xorl	%ebp, %ebp
	movl	%ebx, %ebx
	movl	%esi, %esi
	movslq	%esi, %r12		/* distance of load from link address */
	movq	%rbx, %rdi
	movq	%r12, %rsi
	call	kaslr_start		/* rax: slide; absolute addresses in the text have changed now */
	addq	%rax, %rsp
	movq	$head_slid64, %rcx
	jmp	*%rcx
head_slid64:
	/* The bottom of the boot thread's stack is like any thread's: (unused) registers, marked by rbp. */
	subq	$(PT_REGS_SIZE + 16), %rsp
	leaq	17(%rsp), %rbp
	movq	%rbx, %rdi
	movq	%r12, %rsi
	call	arch_start
1:	hlt
	jmp	1b

	.section .data, "aw"
	.align 16
boot_gdt:
	.quad 0
	.quad 0x00cf9b000000ffff	/* 08: 32-bit code */
	.quad 0x00af9b000000ffff	/* 10: 64-bit code */
	.quad 0x00cf93000000ffff	/* 18: data */
boot_gdt_ptr:
	.short 31
	.quad 0

	/* The first thread's stack lives on as the boot CPU's idle stack. */
	.section .bss..page_aligned, "aw", @nobits
	.align 4096
	.globl boot_stack_guard, boot_stack, boot_stack_end
boot_stack_guard:
	.skip 4096			/* never mapped in the final tables */
boot_stack:
	.skip 16384
boot_stack_end:

	.section .init.bss, "aw", @nobits
	.align 4096
	.globl early_pgd, early_pud_id, early_pmd_id, early_pud_image, early_pmd_image, early_pud_direct
early_pgd:		.skip 4096
early_pud_id:		.skip 4096
early_pud_image:	.skip 4096
early_pmd_image:	.skip 4096
early_pud_direct:	.skip 4096
early_pmd_id:		.skip 4 * 4096
