/* SPDX-License-Identifier: GPL-2.0-only */
/* page_ops.h - clear and copy whole pages by kernel addresses. String instructions of 8 bytes: real processors and TCG both like them. */
#ifndef ARCH_PAGE_OPS_H
#define ARCH_PAGE_OPS_H

#include <arch/memlayout.h>
#include <lib/types.h>

static __always_inline void clear_page(void *page)
{
	unsigned long n = PAGE_SIZE / 8;

	asm volatile("rep stosq" : "+D"(page), "+c"(n) : "a"(0ul) : "memory");
}

static __always_inline void copy_page(void *to, const void *from)
{
	unsigned long n = PAGE_SIZE / 8;

	asm volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
}

#endif
