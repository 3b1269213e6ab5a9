/* SPDX-License-Identifier: GPL-2.0-only */
/* vmalloc_impl.h - ranges of the vmalloc window, for vmalloc.c and stack.c. */
#ifndef PAGES_VMALLOC_IMPL_H
#define PAGES_VMALLOC_IMPL_H

#include <pages/vmalloc.h>
#include <lib/rbtree.h>

enum vm_kind { VM_KIND_PAGES, VM_KIND_MAPPED, VM_KIND_DEVICE };

/* One range in use, guard page behind it included in neither size nor mapping. */
struct vm_range {
	struct rb_node node; /* by start; vmalloc lock */
	unsigned long start;
	size_t size; /* of the mapping, in whole pages */
	size_t nr_pages;
	struct page **pages; /* VM_KIND_PAGES: owned frames */
	u8 kind;
	struct vm_range *next; /* list of dead ranges whose translations may live on */
};

void vmalloc_init(void);
/* A range with owned frames mapped in it, guard pages on both sides; NULL: no memory. */
void *vmalloc_range(size_t size, gfp_t gfp, int node);
/* Flush every CPU once and free the addresses of all dead ranges. Interrupts are on. */
void vmalloc_purge(void);

#endif
