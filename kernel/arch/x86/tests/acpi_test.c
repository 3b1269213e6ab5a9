/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * acpi_test.c - the pure readers of firmware tables, on the host under ASan and UBSan.
 *
 * Proves: what QEMU writes is read (MADT, FADT, MCFG, SRAT, SLIT, _S5, LNRO0005); tables cut at every
 * length and 20000 random or damaged ones neither crash nor read outside (L1, L2 of acpi_tables.c).
 */
#include "unit_test.h"

#include "../acpi_impl.h"

#include <stdlib.h>
#include <string.h>

static unsigned long nr_visited;

static void visit_cpu(struct srat_visitor *v, u32 apic_id, u32 domain)
{
	nr_visited += apic_id + domain > 0;
}

static void visit_memory(struct srat_visitor *v, u64 base, u64 length, u32 domain)
{
	nr_visited += base + length + domain > 0;
}

/* All readers over an exact heap copy, so that ASan sees one byte too far. */
static void read_all(const u8 *bytes, size_t len, struct acpi_info *info)
{
	struct srat_visitor v = { .cpu = visit_cpu, .memory = visit_memory };
	u8 *copy = malloc(len ? len : 1);

	memcpy(copy, bytes, len);
	memset(info, 0, sizeof(*info));
	acpi_rsdp_check(copy, len);
	acpi_table_ok(copy, len);
	acpi_read_madt(info, copy, len);
	acpi_read_fadt(info, copy, len);
	acpi_read_mcfg(info, copy, len);
	acpi_read_srat(&v, copy, len);
	acpi_read_dsdt(info, copy, len);
	mptable_find_pointer(copy, len);
	mptable_ok(copy, len);
	for (u64 i = 0; i < 3; i++)
		acpi_slit_distance(copy, len, i, 2 - i);
	free(copy);
}

static const u8 madt[] = {
	'A', 'P', 'I', 'C', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0xe0, 0xfe, 1, 0, 0, 0,
	0, 8, 0, 0, 1, 0, 0, 0,
	0, 8, 1, 7, 1, 0, 0, 0,
	0, 8, 2, 9, 0, 0, 0, 0, /* not enabled */
	1, 12, 0, 0, 0, 0, 0xc0, 0xfe, 0, 0, 0, 0,
	2, 10, 0, 0, 2, 0, 0, 0, 0, 0,
};

static const u8 dsdt[] = {
	'D', 'S', 'D', 'T', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0x08, '_', 'S', '5', '_', 0x12, 0x06, 0x04, 0x0a, 0x05, 0x00, 0x00, 0x00,
	0x08, '_', 'H', 'I', 'D', 0x0d, 'L', 'N', 'R', 'O', '0', '0', '0', '5', 0,
	0x08, '_', 'C', 'R', 'S', 0x11, 0x1a, 0x0a, 0x17,
	0x86, 9, 0, 1, 0x00, 0x0e, 0x00, 0xfe, 0x00, 0x02, 0x00, 0x00,
	0x89, 6, 0, 1, 1, 23, 0, 0, 0,
	0x79, 0,
};

static struct acpi_info info;

TEST(madt_names_cpus_ioapics_and_overrides)
{
	read_all(madt, sizeof(madt), &info);
	CHECK(info.nr_cpus == 2 && info.cpu[1].apic_id == 7);
	CHECK(info.nr_ioapics == 1 && info.ioapic[0].phys == 0xfec00000);
	CHECK(info.nr_overrides == 1 && info.override[0].gsi == 2);
}

TEST(dsdt_names_s5_and_virtio_devices)
{
	read_all(dsdt, sizeof(dsdt), &info);
	CHECK(info.has_s5 && info.s5_type_a == 5);
	CHECK(info.nr_mmio == 1 && info.mmio[0].phys == 0xfe000e00 && info.mmio[0].size == 0x200);
	CHECK(info.mmio[0].gsi == 23 && !info.mmio[0].is_edge);
}

TEST(mptable_names_cpus_ioapics_and_isa_lines)
{
	u8 table[44 + 20 * 2 + 8 * 3] = { 'P', 'C', 'M', 'P' };
	u8 *entry = table + 44;

	memcpy(table + 36, (u8[]){ 0, 0, 0xe0, 0xfe }, 4);
	memcpy(entry, (u8[]){ 0, 0, 0, 1 }, 4);
	memcpy(entry + 20, (u8[]){ 0, 5, 0, 1 }, 4);
	memcpy(entry + 40, (u8[]){ 1, 0, 'I', 'S', 'A', ' ', ' ', ' ' }, 8);
	memcpy(entry + 48, (u8[]){ 2, 9, 0, 1, 0, 0, 0xc0, 0xfe }, 8);
	memcpy(entry + 56, (u8[]){ 3, 0, 0, 0, 0, 0, 9, 2 }, 8);
	memset(&info, 0, sizeof(info));
	mptable_read(&info, table, sizeof(table));
	CHECK(info.nr_cpus == 2 && info.cpu[1].apic_id == 5);
	CHECK(info.nr_ioapics == 1 && info.ioapic[0].phys == 0xfec00000);
	CHECK(info.nr_overrides == 1 && info.override[0].isa_irq == 0 && info.override[0].gsi == 2);
	CHECK_EQ(info.lapic_phys, 0xfee00000);
}

TEST(cut_tables_are_read_to_their_end)
{
	for (size_t len = 0; len < sizeof(madt); len++)
		read_all(madt, len, &info);
	for (size_t len = 0; len < sizeof(dsdt); len++)
		read_all(dsdt, len, &info);
}

TEST(damaged_tables_do_no_harm)
{
	u8 bytes[400];

	for (unsigned int r = 0; r < 20000; r++) {
		size_t len = unit_random() % sizeof(bytes);

		for (size_t i = 0; i < len; i++)
			bytes[i] = unit_random() & 1 ? (u8)unit_random() : (u8)(unit_random() % 16);
		if (r & 1) {
			const u8 *from = r & 2 ? madt : dsdt;

			len = r & 2 ? sizeof(madt) : sizeof(dsdt);
			memcpy(bytes, from, len);
			for (int i = 0; i < 4; i++)
				bytes[unit_random() % len] = (u8)unit_random();
		}
		read_all(bytes, len, &info);
	}
}
