/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * boot_mem.h - memory before there are zones: a sorted list of RAM ranges and one of taken ranges.
 *
 * boot_mem_init() reads the memory map of boot information; boot_alloc() serves page tables,
 * per-CPU areas and the page descriptors; pages_init() then hands everything that is not taken to
 * the zones. Early boot only, one CPU.
 */
#ifndef PAGES_BOOT_MEM_H
#define PAGES_BOOT_MEM_H

#include <lib/types.h>
#include <arch/memlayout.h>

/* RAM from the boot information, minus image, modules, firmware tables and the first MiB. */
void boot_mem_init(void);

/* Never used for anything: firmware, image, blobs. Before pages_init(). */
void boot_reserve(phys_addr_t start, size_t size);

/* Zeroed memory for ever, as a direct-map address. Panics when there is none: boot can't go on. */
void *boot_alloc(size_t size, size_t align);
/* The same, NULL when there is none below @limit. */
phys_addr_t boot_alloc_phys(size_t size, size_t align, phys_addr_t limit);

/* Give a reserved range (initrd, boot-time tables) to the zones, after pages_init(). */
void boot_free_late(phys_addr_t start, size_t size);

/* Highest RAM address + 1. */
phys_addr_t boot_mem_end(void);

/* Zones, per-CPU lists, slab, vmalloc; after it every allocator works. GFP_KERNEL from here on. */
void pages_init(void);

#endif
