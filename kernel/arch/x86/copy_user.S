/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * copy_user.S - copies between kernel and user memory.
 *
 * WHAT        copy_user(dst, src, n): rdi, rsi, rdx -> rax bytes not copied. One body for both directions: the fixups do
 *             not care which side faulted. Short copies test the bits of the length; from 64 bytes on
 *             "rep movsq", which costs one instruction per 8 bytes in the emulator and is fast in silicon.
 *             After a fault the rest is copied byte by byte until it faults again: an exact count.
 */
#include "asm.h"
#include <arch/alternative.h>

	.section .text, "ax"
	.globl copy_user
	.balign 16
copy_user:
	ALTERNATIVE "", "stac", FEATURE_SMAP
	cmpq	$64, %rdx
	jae	.Llong
	testb	$32, %dl
	jz	2f
1:	movq	(%rsi), %rax
11:	movq	8(%rsi), %rcx
12:	movq	16(%rsi), %r8
13:	movq	24(%rsi), %r9
14:	movq	%rax, (%rdi)
15:	movq	%rcx, 8(%rdi)
16:	movq	%r8, 16(%rdi)
17:	movq	%r9, 24(%rdi)
	addq	$32, %rsi
	addq	$32, %rdi
	subl	$32, %edx
2:	testb	$16, %dl
	jz	3f
21:	movq	(%rsi), %rax
22:	movq	8(%rsi), %rcx
23:	movq	%rax, (%rdi)
24:	movq	%rcx, 8(%rdi)
	addq	$16, %rsi
	addq	$16, %rdi
	subl	$16, %edx
3:	testb	$8, %dl
	jz	4f
31:	movq	(%rsi), %rax
32:	movq	%rax, (%rdi)
	addq	$8, %rsi
	addq	$8, %rdi
	subl	$8, %edx
4:	testl	%edx, %edx
	jz	.Ldone
	testb	$4, %dl
	jz	5f
41:	movl	(%rsi), %eax
42:	movl	%eax, (%rdi)
	addq	$4, %rsi
	addq	$4, %rdi
	subl	$4, %edx
5:	testb	$2, %dl
	jz	6f
51:	movw	(%rsi), %ax
52:	movw	%ax, (%rdi)
	addq	$2, %rsi
	addq	$2, %rdi
	subl	$2, %edx
6:	testb	$1, %dl
	jz	.Ldone
61:	movb	(%rsi), %al
62:	movb	%al, (%rdi)
	decl	%edx
.Ldone:
	ALTERNATIVE "", "clac", FEATURE_SMAP
	xorl	%eax, %eax
	ret

.Llong:
	movq	%rdx, %rcx
	shrq	$3, %rcx
	andl	$7, %edx
7:	rep movsq
	jmp	4b

/* The rest byte by byte: rdi, rsi, rdx as they stand. */
.Lfixup_long:
	leaq	(%rdx,%rcx,8), %rdx
.Lfixup:
	movq	%rdx, %rcx
8:	movb	(%rsi), %al
9:	movb	%al, (%rdi)
	incq	%rsi
	incq	%rdi
	decq	%rcx
	jnz	8b
.Lfixup_bytes:
	ALTERNATIVE "", "clac", FEATURE_SMAP
	movq	%rcx, %rax
	ret

	EX_TABLE_ENTRY 1b, .Lfixup
	EX_TABLE_ENTRY 11b, .Lfixup
	EX_TABLE_ENTRY 12b, .Lfixup
	EX_TABLE_ENTRY 13b, .Lfixup
	EX_TABLE_ENTRY 14b, .Lfixup
	EX_TABLE_ENTRY 15b, .Lfixup
	EX_TABLE_ENTRY 16b, .Lfixup
	EX_TABLE_ENTRY 17b, .Lfixup
	EX_TABLE_ENTRY 21b, .Lfixup
	EX_TABLE_ENTRY 22b, .Lfixup
	EX_TABLE_ENTRY 23b, .Lfixup
	EX_TABLE_ENTRY 24b, .Lfixup
	EX_TABLE_ENTRY 31b, .Lfixup
	EX_TABLE_ENTRY 32b, .Lfixup
	EX_TABLE_ENTRY 41b, .Lfixup
	EX_TABLE_ENTRY 42b, .Lfixup
	EX_TABLE_ENTRY 51b, .Lfixup
	EX_TABLE_ENTRY 52b, .Lfixup
	EX_TABLE_ENTRY 61b, .Lfixup
	EX_TABLE_ENTRY 62b, .Lfixup
	EX_TABLE_ENTRY 7b, .Lfixup_long
	EX_TABLE_ENTRY 8b, .Lfixup_bytes
	EX_TABLE_ENTRY 9b, .Lfixup_bytes

/* clear_user_raw(dst, n): rdi, rsi -> rax bytes not cleared. */
	.globl clear_user_raw
	.balign 16
clear_user_raw:
	ALTERNATIVE "", "stac", FEATURE_SMAP
	xorl	%eax, %eax
	movq	%rsi, %rcx
	movl	%esi, %edx
	shrq	$3, %rcx
	andl	$7, %edx
1:	rep stosq
	movl	%edx, %ecx
2:	rep stosb
3:	ALTERNATIVE "", "clac", FEATURE_SMAP
	movq	%rcx, %rax
	ret
4:	leaq	(%rdx,%rcx,8), %rcx
	jmp	2b
	EX_TABLE_ENTRY 1b, 4b
	EX_TABLE_ENTRY 2b, 3b
