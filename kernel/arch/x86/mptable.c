/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mptable.c - CPUs and I/O APICs from the MultiProcessor tables: what machines without ACPI have (microvm with
 * acpi=off, older Firecracker). Pure readers, like acpi_tables.c; the search is in acpi.c.
 *
 * INVARIANTS  L1, L2 of acpi_tables.c.
 * TESTS       tests/acpi_test.c, tests/acpi_fuzz.c
 * SEE         MultiProcessor Specification 1.4, chapter 4
 */
#include "acpi_impl.h"

#define TABLE_ENTRIES	44
#define ENTRY_CPU	0
#define ENTRY_BUS	1
#define ENTRY_IOAPIC	2
#define ENTRY_INTERRUPT 3
#define CPU_ENTRY_LEN	20
#define OTHER_ENTRY_LEN 8
#define BUS_IDS		256
#define IOAPIC_LINES	24 /* all that such machines have */

static bool text_is(const u8 *bytes, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bytes[i] != (u8)text[i])
			return false;
	return true;
}

phys_addr_t mptable_find_pointer(const u8 *area, size_t len)
{
	for (size_t at = 0; at + 16 <= len; at += 16)
		if (text_is(area + at, "_MP_", 4) && area[at + 8] == 1 && acpi_checksum_ok(area + at, 16))
			return acpi_u32(area + at + 4);
	return 0;
}

bool mptable_ok(const u8 *table, size_t len)
{
	size_t said = len >= TABLE_ENTRIES ? acpi_u16(table + 4) : 0;

	return said >= TABLE_ENTRIES && said <= len && text_is(table, "PCMP", 4) &&
	       acpi_checksum_ok(table, said);
}

static void add_ioapic(struct acpi_info *info, const u8 *entry)
{
	if ((entry[3] & 1) && info->nr_ioapics < ACPI_MAX_IOAPICS) {
		info->ioapic[info->nr_ioapics] = (struct acpi_ioapic){
			.id = entry[1],
			.phys = acpi_u32(entry + 4),
			.gsi_base = info->nr_ioapics * IOAPIC_LINES,
		};
		info->nr_ioapics++;
	}
}

static u32 gsi_base_of(const struct acpi_info *info, u8 id)
{
	for (u32 i = 0; i < info->nr_ioapics; i++)
		if (info->ioapic[i].id == id)
			return info->ioapic[i].gsi_base;
	return 0;
}

/* An ISA line that is wired to a pin of another number. */
static void add_interrupt(struct acpi_info *info, const u8 *entry, const u64 *isa_bus)
{
	u8 bus = entry[4], irq = entry[5];
	u32 gsi = gsi_base_of(info, entry[6]) + entry[7];

	if (entry[1] != 0 || !(isa_bus[bus / 64] >> (bus % 64) & 1) || gsi == irq ||
	    info->nr_overrides == ACPI_MAX_OVERRIDES)
		return;
	info->override[info->nr_overrides++] = (struct acpi_override){
		.isa_irq = irq,
		.gsi = gsi,
		.flags = acpi_u16(entry + 2),
	};
}

static void read_entry(struct acpi_info *info, const u8 *entry, u64 *isa_bus)
{
	switch (entry[0]) {
	case ENTRY_CPU:
		if ((entry[3] & 1) && info->nr_cpus < ACPI_MAX_CPUS)
			info->cpu[info->nr_cpus++] = (struct acpi_cpu){ .apic_id = entry[1] };
		break;
	case ENTRY_BUS:
		if (text_is(entry + 2, "ISA", 3))
			isa_bus[entry[1] / 64] |= 1ull << (entry[1] % 64);
		break;
	case ENTRY_IOAPIC:
		add_ioapic(info, entry);
		break;
	case ENTRY_INTERRUPT:
		add_interrupt(info, entry, isa_bus);
		break;
	}
}

void mptable_read(struct acpi_info *info, const u8 *table, size_t len)
{
	u64 isa_bus[BUS_IDS / 64] = { 0 };
	size_t at = TABLE_ENTRIES;

	if (len < TABLE_ENTRIES)
		return;
	info->lapic_phys = acpi_u32(table + 36);
	while (at < len) {
		size_t entry_len = table[at] == ENTRY_CPU ? CPU_ENTRY_LEN : OTHER_ENTRY_LEN;

		if (entry_len > len - at)
			return;
		read_entry(info, table + at, isa_bus);
		at += entry_len; /* L2 */
	}
}
