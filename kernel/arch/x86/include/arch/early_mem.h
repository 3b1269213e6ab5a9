/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * early_mem.h - memory before the page allocator: a list of reserved ranges over the boot memory map, and
 * an allocator that takes from the top of free memory below a limit.
 * LIFECYCLE   early_mem_init -> alloc/reserve -> pages/ takes over by walking the free ranges, then early_mem_close().
 */
#ifndef ARCH_EARLY_MEM_H
#define ARCH_EARLY_MEM_H

#include <lib/types.h>

/* From bootinfo: RAM ranges; the image, modules and the first page are reserved. */
void early_mem_init(void);
void early_reserve(phys_addr_t start, phys_addr_t end);
/* Zeroed memory (physical address), @align a power of two; panics when there is none. */
phys_addr_t early_alloc(size_t size, size_t align);
/* As early_alloc() but below @limit and not zeroed. 0 when there is none. */
phys_addr_t early_alloc_below(size_t size, size_t align, phys_addr_t limit);
/* Walks what is free, in whole pages, ascending: *cursor starts at 0. False at the end. */
bool early_mem_next_free(u64 *cursor, phys_addr_t *start, phys_addr_t *end);
/* Walks RAM as the loader described it, free or not, in whole pages. */
bool early_mem_next_ram(u64 *cursor, phys_addr_t *start, phys_addr_t *end);
/* No more early allocations: the page allocator owns memory now. */
void early_mem_close(void);
bool early_mem_is_open(void);
/* Boot-only parts of the image, for the page allocator to take: [start, end) physical. */
void image_init_range(phys_addr_t *start, phys_addr_t *end);

#endif
