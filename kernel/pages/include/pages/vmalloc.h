/* SPDX-License-Identifier: GPL-2.0-only */
/* vmalloc.h - address ranges of the kernel that are mapped page by page. All of these may sleep. */
#ifndef PAGES_VMALLOC_H
#define PAGES_VMALLOC_H

#include <pages/gfp.h>
#include <arch/pgtable.h>
#include <arch/thread.h>

struct page;

/* Virtually contiguous memory of @size bytes, page aligned, with a guard page behind it. */
void *vmalloc(size_t size) __must_check __malloc;
void *vzalloc(size_t size) __must_check __malloc;
void *vmalloc_gfp(size_t size, gfp_t gfp) __must_check __malloc;
void vfree(const void *addr);

/* Map @n given pages side by side; the caller keeps its references. Undone by vunmap(). */
void *vmap(struct page **pages, size_t n, pgprot_t prot) __must_check;
void vunmap(const void *addr);

/* Map device memory, uncached (ioremap) or as ordinary cached memory (memremap: ACPI tables, ROMs). */
void *ioremap(phys_addr_t phys, size_t size) __must_check;
void *memremap(phys_addr_t phys, size_t size) __must_check;
void iounmap(const void *addr);
static inline void memunmap(const void *addr)
{
	iounmap(addr);
}

bool is_vmalloc_addr(const void *addr);
/* The page behind a vmalloc address, or NULL. */
struct page *vmalloc_to_page(const void *addr);

/*
 * Kernel stacks: THREAD_SIZE bytes of order-0 pages, a guard page below. stack_alloc returns the
 * lowest address; a few free ones are cached so that fork does not remap each time.
 */
#define THREAD_SIZE THREAD_STACK_SIZE
void *stack_alloc(gfp_t gfp, int node) __must_check;
/* Any context. */
void stack_free(void *stack);

#endif
