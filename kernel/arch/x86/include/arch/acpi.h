/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * acpi.h - what the firmware tables say about the machine, read once at boot into one plain structure.
 *
 * LIFECYCLE   acpi_init(rsdp), before there are allocators: fills acpi_info and the NUMA blocks.
 *             acpi_register_cpus(), when there are allocators. Everything is read-only afterwards.
 */
#ifndef ARCH_ACPI_H
#define ARCH_ACPI_H

#include <lib/types.h>

#define ACPI_MAX_CPUS	   256
#define ACPI_MAX_IOAPICS   8
#define ACPI_MAX_OVERRIDES 16
#define ACPI_MAX_ECAMS	   4
#define ACPI_MAX_MMIO	   64

/* A register anywhere ("generic address"): space 0 memory, 1 I/O ports; address 0: there is none. */
struct acpi_reg {
	u8 space;
	u8 width_bits;
	u64 address;
};

struct acpi_cpu {
	u32 apic_id;
	int node;
};

struct acpi_ioapic {
	u32 id;
	u32 gsi_base;
	phys_addr_t phys;
};

/* An ISA interrupt that is not the GSI of the same number. Flags: bits 0-1 polarity, 2-3 trigger. */
struct acpi_override {
	u8 isa_irq;
	u32 gsi;
	u16 flags;
};

/* PCI configuration space in memory: 4 KiB a function. */
struct acpi_ecam {
	phys_addr_t phys;
	u16 segment;
	u8 bus_first, bus_last;
};

/* A virtio-mmio device that the DSDT names. */
struct acpi_mmio_device {
	phys_addr_t phys;
	u32 size;
	u32 gsi;
	bool is_edge;
};

struct acpi_info {
	bool has_tables;
	bool is_hw_reduced; /* no PM1 registers: sleep control register instead */
	bool has_s5;
	u8 s5_type_a, s5_type_b;
	u16 boot_flags; /* IAPC_BOOT_ARCH; ~0 when unknown */
	phys_addr_t lapic_phys; /* 0: not said */
	phys_addr_t dsdt_phys;
	struct acpi_reg pm1a_control, pm1b_control, sleep_control, reset;
	u8 reset_value;
	bool can_reset;
	u8 century_register;
	u32 nr_cpus, nr_ioapics, nr_overrides, nr_ecams, nr_mmio;
	struct acpi_cpu cpu[ACPI_MAX_CPUS];
	struct acpi_ioapic ioapic[ACPI_MAX_IOAPICS];
	struct acpi_override override[ACPI_MAX_OVERRIDES];
	struct acpi_ecam ecam[ACPI_MAX_ECAMS];
	struct acpi_mmio_device mmio[ACPI_MAX_MMIO];
};
extern struct acpi_info acpi_info; /* __final after acpi_init() */

/* Read all tables. @rsdp 0: none, acpi_info says so. Bad tables are left out, one line in the log each. */
void acpi_init(phys_addr_t rsdp);
/* Calls cpu_register() for each enabled CPU of the MADT. Returns how many exist, at least 1. */
int acpi_register_cpus(void);

/* The whole table with this signature (@nth of them), mapped, or NULL. For /sys/firmware/acpi and the TPM. */
const void *acpi_find_table(const char *signature, u32 nth, u32 *len_bytes);

#endif
