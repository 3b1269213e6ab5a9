/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * acpi.c - from the root pointer to acpi_info: find the tables, map them, let the pure readers read.
 *
 * WHAT        The root pointer names the root table, which names all others. Good ones are kept mapped for ever (who
 *             wants one asks acpi_find_table()); the facts that the kernel needs go into acpi_info. Without ACPI the
 *             MultiProcessor tables are looked for.
 * INVARIANTS  A1  A table is used only after its length and checksum were right over a mapping of its
 *                 whole length. No length beyond ACPI_TABLE_MAX is believed.
 * LOCKING     One CPU, before allocators; read-only afterwards.
 * ERRORS      A bad table is as good as none; a line in the early log says so.
 * TESTS       tests/acpi_test.c for the readers; every boot for this file
 */
#include "acpi_impl.h"

#include <arch/cpu.h>
#include <arch/early_console.h>
#include <arch/io.h>
#include <arch/numa.h>

#define ROOT_MAX_TABLES 64

struct acpi_info acpi_info;

struct acpi_table {
	const u8 *bytes;
	u32 len;
};

static struct {
	struct acpi_table table[ROOT_MAX_TABLES];
	u32 nr;
} tables;

static bool signature_is(const u8 *table, const char *signature)
{
	return table[0] == (u8)signature[0] && table[1] == (u8)signature[1] &&
	       table[2] == (u8)signature[2] && table[3] == (u8)signature[3];
}

/* A1. Length 0: there is no good table at @phys. */
static struct acpi_table table_map(phys_addr_t phys)
{
	struct acpi_table none = { NULL, 0 };
	const u8 *bytes;
	u32 len;

	if (!phys)
		return none;
	bytes = firmware_map(phys, ACPI_HEADER_SIZE);
	if (!bytes)
		return none;
	len = acpi_u32(bytes + 4);
	if (len < ACPI_HEADER_SIZE || len > ACPI_TABLE_MAX) {
		early_printk("acpi: table at %#llx has no sane length\n", phys);
		return none;
	}
	bytes = firmware_map(phys, len);
	if (!bytes || !acpi_table_ok(bytes, len)) {
		early_printk("acpi: table at %#llx has a bad checksum, left out\n", phys);
		return none;
	}
	return (struct acpi_table){ bytes, len };
}

static void table_add(phys_addr_t phys)
{
	struct acpi_table table = table_map(phys);

	if (table.len && tables.nr < ROOT_MAX_TABLES)
		tables.table[tables.nr++] = table;
}

static void read_root(phys_addr_t rsdp)
{
	const u8 *root = firmware_map(rsdp, 36);
	size_t valid = root ? acpi_rsdp_check(root, 36) : 0;
	struct acpi_table table = { NULL, 0 };
	u32 entry = 8;

	if (!valid) {
		early_printk("acpi: no root pointer at %#llx\n", rsdp);
		return;
	}
	if (valid >= 36)
		table = table_map(acpi_u64(root + 24));
	if (!table.len) {
		table = table_map(acpi_u32(root + 16));
		entry = 4;
	}
	for (u32 at = ACPI_HEADER_SIZE; at + entry <= table.len; at += entry)
		table_add(entry == 8 ? acpi_u64(table.bytes + at) : acpi_u32(table.bytes + at));
}

const void *acpi_find_table(const char *signature, u32 nth, u32 *len_bytes)
{
	for (u32 i = 0; i < tables.nr; i++) {
		if (!signature_is(tables.table[i].bytes, signature) || nth--)
			continue;
		*len_bytes = tables.table[i].len;
		return tables.table[i].bytes;
	}
	return NULL;
}

/* --- nodes -------------------------------------------------------------------------------------- */

static void srat_cpu(struct srat_visitor *visitor, u32 apic_id, u32 domain)
{
	int node = numa_node_of_domain(domain);

	for (u32 i = 0; i < acpi_info.nr_cpus; i++)
		if (acpi_info.cpu[i].apic_id == apic_id && node > 0)
			acpi_info.cpu[i].node = node;
}

static void srat_memory(struct srat_visitor *visitor, u64 base, u64 length, u32 domain)
{
	if (length && base + length > base)
		numa_add_block(base, base + length, numa_node_of_domain(domain));
}

static void read_nodes(void)
{
	struct srat_visitor visitor = { .cpu = srat_cpu, .memory = srat_memory };
	const u8 *srat, *slit;
	u32 len;

	srat = acpi_find_table("SRAT", 0, &len);
	if (!srat)
		return;
	acpi_read_srat(&visitor, srat, len);
	slit = acpi_find_table("SLIT", 0, &len);
	for (int from = 0; slit && from < numa_nr_nodes(); from++)
		for (int to = 0; to < numa_nr_nodes(); to++)
			numa_set_distance(from, to,
					  acpi_slit_distance(slit, len, numa_domain(from), numa_domain(to)));
}

/* --- machines without ACPI ---------------------------------------------------------------------- */

#define MP_AREAS(X) \
	X(0x9fc00, 0x400) X(0xf0000, 0x10000) X(0x9f800, 0x400) X(0x7fc00, 0x400)
#define MP_AREA_ROW(at, len) { at, len },
static const struct {
	phys_addr_t at;
	size_t len;
} mp_areas[] = { MP_AREAS(MP_AREA_ROW) };

static void read_mptable(phys_addr_t phys)
{
	const u8 *bytes = firmware_map(phys, ACPI_HEADER_SIZE + 8);
	u32 len = bytes ? acpi_u16(bytes + 4) : 0;

	bytes = len ? firmware_map(phys, len) : NULL;
	if (bytes && mptable_ok(bytes, len))
		mptable_read(&acpi_info, bytes, len);
}

static void look_for_mptable(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(mp_areas); i++) {
		const u8 *area = firmware_map(mp_areas[i].at, mp_areas[i].len);
		phys_addr_t phys = area ? mptable_find_pointer(area, mp_areas[i].len) : 0;

		if (!phys)
			continue;
		read_mptable(phys);
		return;
	}
}

void acpi_init(phys_addr_t rsdp)
{
	struct acpi_table dsdt;
	const u8 *bytes;
	u32 len;

	acpi_info.boot_flags = 0xffff;
	if (rsdp)
		read_root(rsdp);
	acpi_info.has_tables = tables.nr != 0;
	if ((bytes = acpi_find_table("APIC", 0, &len)))
		acpi_read_madt(&acpi_info, bytes, len);
	if ((bytes = acpi_find_table("MCFG", 0, &len)))
		acpi_read_mcfg(&acpi_info, bytes, len);
	if (!acpi_info.has_tables)
		look_for_mptable();
	read_nodes();
	if ((bytes = acpi_find_table("FACP", 0, &len)))
		acpi_read_fadt(&acpi_info, bytes, len);
	dsdt = table_map(acpi_info.dsdt_phys);
	if (dsdt.len)
		acpi_read_dsdt(&acpi_info, dsdt.bytes, dsdt.len);
	early_printk("acpi: %u tables, %u cpus, %u ioapics, %u ecam, %u virtio-mmio, %d nodes%s\n",
		     tables.nr, acpi_info.nr_cpus, acpi_info.nr_ioapics, acpi_info.nr_ecams,
		     acpi_info.nr_mmio, numa_nr_nodes(), acpi_info.is_hw_reduced ? ", hw-reduced" : "");
}

int acpi_register_cpus(void)
{
	int n = 0;

	for (u32 i = 0; i < acpi_info.nr_cpus; i++)
		if (cpu_register(acpi_info.cpu[i].apic_id, acpi_info.cpu[i].node) >= 0)
			n++;
	return n ? n : 1;
}
