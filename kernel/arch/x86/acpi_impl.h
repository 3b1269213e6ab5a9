/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * acpi_impl.h - pure readers of firmware tables: bytes in, facts out. Also compiled for the host.
 *
 * Each takes the whole table, checked by acpi_table_ok(), and trusts nothing else in it: an entry that is
 * cut off or of length 0 ends the table, entries beyond the room in the structure are dropped.
 */
#ifndef ARCH_ACPI_IMPL_H
#define ARCH_ACPI_IMPL_H

#include <arch/acpi.h>

#define ACPI_HEADER_SIZE 36
#define ACPI_TABLE_MAX	 (4u << 20)

/* What SRAT says; nodes are the firmware's domain numbers here. */
struct srat_visitor {
	void (*cpu)(struct srat_visitor *visitor, u32 apic_id, u32 domain);
	void (*memory)(struct srat_visitor *visitor, u64 base, u64 length, u32 domain);
};

static inline u16 acpi_u16(const u8 *p)
{
	return (u16)(p[0] | p[1] << 8);
}

static inline u32 acpi_u32(const u8 *p)
{
	return acpi_u16(p) | (u32)acpi_u16(p + 2) << 16;
}

static inline u64 acpi_u64(const u8 *p)
{
	return acpi_u32(p) | (u64)acpi_u32(p + 4) << 32;
}

bool acpi_checksum_ok(const u8 *bytes, size_t len);
/* The length of the root pointer structure's valid part (20 or 36), or 0. @len bytes are readable. */
size_t acpi_rsdp_check(const u8 *rsdp, size_t len);
/* Header, length and checksum of a table of which @len bytes are readable. */
bool acpi_table_ok(const u8 *table, size_t len);

void acpi_read_madt(struct acpi_info *info, const u8 *table, size_t len);
void acpi_read_fadt(struct acpi_info *info, const u8 *table, size_t len);
void acpi_read_mcfg(struct acpi_info *info, const u8 *table, size_t len);
void acpi_read_srat(struct srat_visitor *visitor, const u8 *table, size_t len);
/* Distance from locality @from to @to, or 0 when the table does not say. */
u8 acpi_slit_distance(const u8 *table, size_t len, u64 from, u64 to);
/* \_S5 and the virtio-mmio devices. */
void acpi_read_dsdt(struct acpi_info *info, const u8 *table, size_t len);
/* MultiProcessor tables (mptable.c): the table's address from the pointer structure in @area, or 0; header, length
 * and checksum; CPUs, I/O APICs and ISA lines. */
phys_addr_t mptable_find_pointer(const u8 *area, size_t len);
bool mptable_ok(const u8 *table, size_t len);
void mptable_read(struct acpi_info *info, const u8 *table, size_t len);

#endif
