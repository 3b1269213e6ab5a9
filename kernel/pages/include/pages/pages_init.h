/* SPDX-License-Identifier: GPL-2.0-only */
/* pages_init.h - boot's face of this folder: from early memory (arch/early_mem.h) to the zones. */
#ifndef PAGES_PAGES_INIT_H
#define PAGES_PAGES_INIT_H

#include <lib/types.h>

/*
 * Descriptors, zones, per-CPU lists, slab: everything that is free in early memory goes to the zones and
 * early memory is closed. After it every allocator works, one CPU, GFP_KERNEL included.
 */
void pages_init(void);

/* Give reserved RAM (initramfs, boot-only parts of the image) to the zones, later. Whole pages only. */
void boot_free_late(phys_addr_t start, phys_addr_t end);

/* selftest=pages: 0, or -EIO after it said what is wrong. Threads run. */
int pages_selftest(void);

/* selftest=reserve: the same. */
int reserve_selftest(void);

/* selftest=costs: what they cost, to the log. */
int costs_selftest(void);

/* Objects that were never freed, by type, to the log (DEBUG_LEAKS: at power off). */
void pages_report_leaks(void);

#endif
