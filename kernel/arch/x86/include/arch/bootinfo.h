/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bootinfo.h - what the loader told us (PVH start_info), copied, checked, empty entries dropped.
 */
#ifndef ARCH_BOOTINFO_H
#define ARCH_BOOTINFO_H

#include <lib/types.h>

#define BOOT_CMDLINE_SIZE 2048
#define BOOT_MAX_RANGES 64
#define BOOT_MAX_MODULES 8

enum boot_range_type { /* as e820 */
	BOOT_RAM = 1, BOOT_RESERVED = 2, BOOT_ACPI = 3, BOOT_ACPI_NVS = 4, BOOT_UNUSABLE = 5,
};

struct boot_range {
	phys_addr_t start, end;
	u32 type;
};

struct boot_info {
	char cmdline[BOOT_CMDLINE_SIZE];
	bool is_cmdline_cut; /* it was longer */
	struct boot_range ranges[BOOT_MAX_RANGES]; /* sorted by start, none empty */
	u32 nr_ranges;
	struct boot_range modules[BOOT_MAX_MODULES]; /* module 0 is the initramfs */
	u32 nr_modules;
	phys_addr_t rsdp;
	phys_addr_t image_start, image_end;
	/* Why a module was refused, or NULL: it lies over a reserved range, or outside memory. */
	const char *refusal;
	struct boot_range refused;
};

extern struct boot_info boot_info;

/* Copies @start_info. Before the memory map is used by anyone. */
void bootinfo_init(phys_addr_t start_info);
/* Type of the range that holds @pa; 0 outside of all. */
u32 bootinfo_type_of(phys_addr_t pa);

#endif
