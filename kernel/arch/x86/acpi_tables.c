/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * acpi_tables.c - readers of MADT, FADT, MCFG, SRAT and SLIT. Pure: no kernel state, no allocation.
 *
 * WHAT        A table is a header of 36 bytes and a body: fixed fields (FADT), equal records (MCFG), a matrix (SLIT), or
 *             entries that begin with type and length (MADT, SRAT). Each reader puts what it understands into acpi_info
 *             or hands it to a visitor, and skips the rest.
 * INVARIANTS  L1  No byte outside [table, table + len) is read, whatever the bytes say.
 *             L2  Each loop goes forward by at least 2 bytes a turn.
 * TESTS       tests/acpi_test.c (known, cut, damaged), tests/acpi_fuzz.c
 * SEE         ACPI 6.4 sections 5.2.5, 5.2.9, 5.2.12, 5.2.16, 5.2.17; PCI firmware 3.2 section 4.1.2
 */
#include "acpi_impl.h"

bool acpi_checksum_ok(const u8 *bytes, size_t len)
{
	u8 sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += bytes[i];
	return sum == 0;
}

static bool bytes_equal(const u8 *bytes, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bytes[i] != (u8)text[i])
			return false;
	return true;
}

size_t acpi_rsdp_check(const u8 *rsdp, size_t len)
{
	if (len < 20 || !bytes_equal(rsdp, "RSD PTR ", 8) || !acpi_checksum_ok(rsdp, 20))
		return 0;
	if (rsdp[15] >= 2 && len >= 36 && acpi_checksum_ok(rsdp, 36))
		return 36;
	return 20;
}

bool acpi_table_ok(const u8 *table, size_t len)
{
	u32 said = len >= ACPI_HEADER_SIZE ? acpi_u32(table + 4) : 0;

	return said >= ACPI_HEADER_SIZE && said <= len && acpi_checksum_ok(table, said);
}

/* --- MADT ------------------------------------------------------------------------------------- */

#define MADT_ENTRIES 44
#define CPU_ENABLED  1u

static void add_cpu(struct acpi_info *info, u32 apic_id, u32 flags)
{
	if ((flags & CPU_ENABLED) && info->nr_cpus < ACPI_MAX_CPUS)
		info->cpu[info->nr_cpus++] = (struct acpi_cpu){ .apic_id = apic_id };
}

static void add_ioapic(struct acpi_info *info, const u8 *entry)
{
	if (info->nr_ioapics < ACPI_MAX_IOAPICS)
		info->ioapic[info->nr_ioapics++] = (struct acpi_ioapic){
			.id = entry[2],
			.phys = acpi_u32(entry + 4),
			.gsi_base = acpi_u32(entry + 8),
		};
}

static void add_override(struct acpi_info *info, const u8 *entry)
{
	if (info->nr_overrides < ACPI_MAX_OVERRIDES)
		info->override[info->nr_overrides++] = (struct acpi_override){
			.isa_irq = entry[3],
			.gsi = acpi_u32(entry + 4),
			.flags = acpi_u16(entry + 8),
		};
}

static void madt_entry(struct acpi_info *info, const u8 *entry, size_t len)
{
	switch (entry[0]) {
	case 0: /* processor */
		if (len >= 8)
			add_cpu(info, entry[3], acpi_u32(entry + 4));
		break;
	case 1: /* I/O APIC */
		if (len >= 12)
			add_ioapic(info, entry);
		break;
	case 2: /* interrupt source override */
		if (len >= 10)
			add_override(info, entry);
		break;
	case 5: /* local APIC address */
		if (len >= 12)
			info->lapic_phys = acpi_u64(entry + 4);
		break;
	case 9: /* processor with an id of 32 bits */
		if (len >= 16)
			add_cpu(info, acpi_u32(entry + 4), acpi_u32(entry + 8));
		break;
	}
}

void acpi_read_madt(struct acpi_info *info, const u8 *table, size_t len)
{
	if (len < MADT_ENTRIES)
		return;
	info->lapic_phys = acpi_u32(table + 36);
	for (size_t at = MADT_ENTRIES; len - at >= 2; at += table[at + 1]) { /* L2 */
		size_t entry_len = table[at + 1];

		if (entry_len < 2 || entry_len > len - at)
			return;
		madt_entry(info, table + at, entry_len);
		if (entry_len == len - at)
			return;
	}
}

/* --- FADT ------------------------------------------------------------------------------------- */

#define FADT_HW_REDUCED (1u << 20)
#define FADT_RESET	(1u << 10)

static struct acpi_reg read_reg(const u8 *table, size_t len, size_t at)
{
	struct acpi_reg reg = { 0 };

	if (len < at + 12)
		return reg;
	reg.space = table[at];
	reg.width_bits = table[at + 1];
	reg.address = acpi_u64(table + at + 4);
	return reg;
}

/* A PM1 control block: the extended form when there is one, else the port number. */
static struct acpi_reg read_block(const u8 *table, size_t len, size_t at_long, size_t at_short)
{
	struct acpi_reg reg = read_reg(table, len, at_long);

	if (!reg.address && len >= at_short + 4)
		reg = (struct acpi_reg){ .space = 1, .width_bits = 16, .address = acpi_u32(table + at_short) };
	return reg;
}

void acpi_read_fadt(struct acpi_info *info, const u8 *table, size_t len)
{
	u32 flags = len >= 116 ? acpi_u32(table + 112) : 0;

	if (len >= 44)
		info->dsdt_phys = acpi_u32(table + 40);
	if (len >= 148 && acpi_u64(table + 140))
		info->dsdt_phys = acpi_u64(table + 140);
	if (len >= 111)
		info->boot_flags = acpi_u16(table + 109);
	if (len >= 109)
		info->century_register = table[108];
	info->is_hw_reduced = (flags & FADT_HW_REDUCED) != 0;
	info->pm1a_control = read_block(table, len, 172, 64);
	info->pm1b_control = read_block(table, len, 184, 68);
	info->sleep_control = read_reg(table, len, 244);
	info->reset = read_reg(table, len, 116);
	if (len >= 129)
		info->reset_value = table[128];
	info->can_reset = (flags & FADT_RESET) && info->reset.address;
}

/* --- MCFG, SRAT, SLIT ------------------------------------------------------------------------------ */

void acpi_read_mcfg(struct acpi_info *info, const u8 *table, size_t len)
{
	for (size_t at = 44; at + 16 <= len && info->nr_ecams < ACPI_MAX_ECAMS; at += 16) {
		struct acpi_ecam ecam = {
			.phys = acpi_u64(table + at),
			.segment = acpi_u16(table + at + 8),
			.bus_first = table[at + 10],
			.bus_last = table[at + 11],
		};

		if (ecam.phys && ecam.bus_last >= ecam.bus_first)
			info->ecam[info->nr_ecams++] = ecam;
	}
}

static void srat_entry(struct srat_visitor *visitor, const u8 *e, size_t len)
{
	if (e[0] == 0 && len >= 16 && (acpi_u32(e + 4) & 1))
		visitor->cpu(visitor, e[3],
			     e[2] | (u32)e[9] << 8 | (u32)e[10] << 16 | (u32)e[11] << 24);
	if (e[0] == 1 && len >= 40 && (acpi_u32(e + 28) & 1))
		visitor->memory(visitor, acpi_u64(e + 8), acpi_u64(e + 16), acpi_u32(e + 2));
	if (e[0] == 2 && len >= 24 && (acpi_u32(e + 12) & 1))
		visitor->cpu(visitor, acpi_u32(e + 8), acpi_u32(e + 4));
}

void acpi_read_srat(struct srat_visitor *visitor, const u8 *table, size_t len)
{
	size_t at = 48;

	while (at + 2 <= len) {
		size_t entry_len = table[at + 1];

		if (entry_len < 2 || entry_len > len - at)
			return;
		srat_entry(visitor, table + at, entry_len);
		at += entry_len; /* L2 */
	}
}

u8 acpi_slit_distance(const u8 *table, size_t len, u64 from, u64 to)
{
	u64 n = len >= 44 ? acpi_u64(table + 36) : 0;

	if (n > 256 || from >= n || to >= n || 44 + n * n > len)
		return 0;
	return table[44 + from * n + to];
}
